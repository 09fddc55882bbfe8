"""A program's optimizers: one for each role that is trained."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Fix, Label
from ....base.source import Span
from ....contracts.config_files import BadConfig
from ....contracts.networks.layer_lists import read_network
from ....modules import setting_checks, settings
from ....program.values import Value
from ....syntax import ast
from ....types.types import Scalar
from ...core.context import Context
from ...core.family_model import FamilyModel
from ...core.lexical_scope import Binding
from ...core.suggestions import report_unknown
from ...core.term import Term
from ..program_state import ProgramState, program_context, report_twice
from ..purpose import only_produces
from .setting_values import argument_values, line_below, report_problems


def check_optimizers(state: ProgramState) -> None:
    declared = {r.name.id: r for r in state.members(ast.RoleDecl)}
    for d in state.members(ast.OptimizeDecl):
        name = d.role.id
        if name in state.lost and name not in declared:
            continue
        if name not in declared:
            report_unknown(
                state.bag, "unknown-name", f"no role is called `{name}`", d.role.span, name, declared
            )
            continue
        if name in state.optimizers:
            report_twice(state, f"optimize {name}", d.role.span, state.optimizers[name][2].role.span)
            continue
        if not isinstance(d.optimizer, ast.Call) or not isinstance(d.optimizer.func, ast.Name):
            state.bag.error("type-mismatch", "an optimizer is called: `adamw(lr = 1e-4)`", d.optimizer.span)
            state.optimizers[name] = ("adamw", {}, d)
            continue
        _check_optimizer(state, d, d.optimizer, name)
    if only_produces(state):
        return
    # a misspelt role is why another has none
    optimizers = state.members(ast.OptimizeDecl)
    misspelt = any(d.role.id not in declared for d in optimizers)
    for name, role in state.roles.items():
        if not role.trainable or name in state.unsure:
            continue
        if name not in state.optimizers and not misspelt:
            last = [*(r.span for r in declared.values()), *(d.span for d in optimizers)][-1]
            state.bag.error(
                "no-optimizer",
                f"role `{name}` is trained and has no optimizer",
                declared[name].name.span,
                "trained here",
                help=f"add `optimize {name} = adamw(lr = 1e-5)`",
                fixes=line_below(last, f"optimize {name} = adamw(lr = 1e-5)"),
            )
    for name, role in state.roles.items():
        if state.broken or not state.trained or not state.trained <= set(state.roles):
            break
        if not all(state.roles[n].trainable for n in state.trained):
            break  # an update trains a frozen role, which is reported: it may be meant for this one
        if role.trainable and name not in state.trained and name not in state.unsure:
            state.bag.error(
                "never-updated",
                f"role `{name}` is to be trained, and no update trains it",
                role.span,
                "trained here",
                help="remove `train`, or write an update for it",
            )


def _check_optimizer(state: ProgramState, d: ast.OptimizeDecl, call: ast.Call, name: str) -> None:
    assert isinstance(call.func, ast.Name)
    kind = call.func.id
    if kind not in settings.OPTIMIZERS:
        report_unknown(
            state.bag,
            "unknown-name",
            f"no optimizer is called `{kind}`",
            call.func.span,
            kind,
            settings.OPTIMIZERS,
            otherwise=f"there are {', '.join(settings.OPTIMIZERS)}",
        )
        state.optimizers[name] = (kind, {}, d)
        return
    values, places = argument_values(state, call.args, ("lr",), _optimizer_context(state))
    checked = setting_checks.validate(kind, values)
    report_problems(state, checked, places, call.span, f"`{kind}`")
    chosen = checked.values or {}
    state.optimizers[name] = (kind, chosen, d)
    role = state.roles.get(name)
    if role is not None and not role.trainable and name not in state.trained:
        state.bag.error(
            "dead-setting",
            f"role `{name}` is frozen, so nothing reads its optimizer",
            d.role.span,
            labels=(Label(role.span, "frozen: it says no `train`"),),
            help="remove it, or add `train = full` to the role",
        )
    _check_schedule(state, chosen, places)
    if "adamw_lr" in settings.STEPPERS[kind] and chosen.get("adamw_lr") is None:
        _check_matrices(state, kind, name, call.span)
    lr = chosen.get("lr")
    _check_rate(state, kind, lr, places.get("lr", call.span))
    precision = state.role_settings.get(name, {}).get("precision")
    train = state.role_settings.get(name, {}).get("train")
    adapter = isinstance(train, Mapping) and train["kind"] in settings.ADAPTERS  # starts at zero, and moves
    if kind == settings.STORED_IN_BF16 and role is not None and precision != "pure_bf16":
        state.bag.error(
            "dead-setting",
            f"`{kind}` makes up for what weights stored in bf16 round away, and those of `{name}` are float32",
            call.func.span,
            labels=(Label(role.span, "its weights have float32 masters"),),
            help="`precision = pure_bf16` stores them in bf16; or use `adamw`",
        )
    if (
        precision == "pure_bf16"
        and kind != settings.STORED_IN_BF16
        and not adapter
        and isinstance(lr, float)
        and 0 < lr < setting_checks.bf16_step()
    ):
        state.bag.error(
            "lr-too-small",
            f"a learning rate of {lr:g} moves nothing: weights stored in bf16 round it away",
            places.get("lr", call.span),
            f"a typical weight of 0.02 moves only from about {setting_checks.bf16_step():.1g} on",
            labels=(Label(role.span, "stored in bf16, without float32 master weights"),) if role else (),
            help=f"`precision = bf16` keeps float32 master weights for `{name}`",
        )


def _check_matrices(state: ProgramState, kind: str, name: str, place: Span) -> None:
    """An optimizer of matrices needs a rate for all else: biases, and the weights of norms. Of a family that does not list
    its weights the run tells the same."""
    role = state.roles.get(name)
    model = role.model if role is not None else None
    if not isinstance(model, FamilyModel) or state.role_settings.get(name, {}).get("train") != "full":
        return
    for component in model.components.values():
        try:
            network = (
                read_network(model.typed(), component.name, state.library.configs)
                if component.trainable
                else None
            )
        except BadConfig:
            return  # told at the role
        others = (
            [w for w in network.weights if w.endswith(".bias") or "norm" in w] if network is not None else []
        )
        if others:
            state.bag.error(
                "bad-setting",
                f"`{kind}` works on matrices, and `{component.name}` of `{name}` has other weights too: `{others[0]}`",
                place,
                help=f"`{kind}(lr = ..., adamw_lr = 1e-4)` trains them by AdamW; the tensors of lora(...) are all matrices",
            )
            return


def _check_schedule(state: ProgramState, chosen: Mapping[str, object], places: Mapping[str, Span]) -> None:
    """What a schedule ends at, of one that never falls."""
    if chosen.get("min_lr_ratio") is None or chosen.get("schedule") != "constant":
        return
    at = places.get("schedule")
    state.bag.error(
        "dead-setting",
        "`min_lr_ratio` says where the schedule ends, and a constant rate stays as it is",
        places["min_lr_ratio"],
        labels=(Label(at, "the schedule"),) if at is not None else (),
        help="name a schedule that falls, such as `schedule = cosine`, or leave `min_lr_ratio` out",
    )


def _check_rate(state: ProgramState, kind: str, lr: object, place: Span) -> None:
    """Warns of a learning rate that nobody trains with: mostly a sign is missing, `1e4` for `1e-4`."""
    most = settings.STEPPERS[kind]["lr"].usual
    if not isinstance(lr, float) or lr <= most:
        return
    mantissa, mark, exponent = place.text.rpartition("=")[2].strip().partition("e")
    meant = f"{mantissa}e-{exponent.lstrip('+')}" if mark and not exponent.startswith("-") else ""
    number = Span(place.source, place.end - len(f"{mantissa}e{exponent}"), place.end)
    state.bag.error(
        "bad-setting",
        f"a learning rate of {lr:g} is larger than any that `{kind}` trains with",
        place,
        f"more than {most:g}",
        help=f"did you mean `{meant}`?" if meant else "",
        fixes=(Fix(f"write `{meant}`", number, meant),) if meant else (),
        mild=True,
    )


def _optimizer_context(state: ProgramState) -> Context:
    context = program_context(state)
    if "step" not in context.scope.names:
        step = Value("step", (), Scalar("int"), state.declaration.name.span, {}, (), "step")
        context.scope.names["step"] = Binding(Term(step), None, used=True)
    return context
