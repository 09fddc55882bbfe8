"""A program's roles: each with its family, its settings and the source of its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...base.diagnostics import Fix
from ...base.source import Span
from ...contracts.local_sources import LocalCheckpoint
from ...modules import setting_checks
from ...modules.names.lookup import meaning, words_of
from ...program.typed_program import TypedRole
from ...syntax import ast
from ..core.family_model import FamilyModel
from ..core.given_configs import told
from ..core.role_binding import RoleBinding
from ..families.latent_spaces.tokens import check_attention
from . import not_run
from .blocks.setting_values import entry_values, report_entries
from .program_state import ProgramState, report_twice
from .role_families import family_of, family_parameters
from .sources.checkpoints import local_checkpoint
from .sources.initial_weights import check_initial_weights


def bind_roles(state: ProgramState) -> None:
    """Every role whose family is known, bound to it. Weights that lie here are compared with the families."""
    here: list[LocalCheckpoint] = []
    _without_their_word(state)
    for d in state.members(ast.RoleDecl):
        name = d.name.id
        if name in state.roles or name in state.lost:
            first = state.roles[name].span if name in state.roles else state.lost[name]
            report_twice(state, name, d.name.span, first)
            continue
        model = family_of(state, d)
        checked = setting_checks.validate("role", entry_values(state, d.entries, None))
        report_entries(state, checked, d.entries, d.name.span, f"role `{name}`")
        chosen = checked.values
        if model is None:
            state.broken = True
            state.lost[name] = d.name.span
            continue
        if chosen is None:
            chosen = checked.sound
            state.unsure |= {name} if any(_about_training(p) for p in checked.problems) else set()
        trained = chosen.get("train") not in (None, "frozen") or name in state.unsure
        role = RoleBinding(name, model, d.name.span, trained)
        _check_network(state, d, chosen, model)
        if isinstance(train := chosen.get("train"), Mapping) and model.process is not None:
            from .network_parts import check_parts  # most programs train whole networks

            check_parts(state, d, model, train)
        if model.process is not None and (chosen.get("adapter") or isinstance(chosen.get("train"), Mapping)):
            from .adapter_sources import check_adapters

            check_adapters(state, d, model, chosen)
        role.params = family_parameters(state, d, model, role)
        state.roles[name] = role
        if state.session.notes is not None:
            state.session.notes.roles[name] = role
        state.role_settings[name] = chosen
        source = local_checkpoint(d, model, trained, state.module.path.parent)
        here += [source] if source is not None else []
    check_initial_weights(state)
    if here:
        from ...contracts import checkpoint  # a program whose weights lie elsewhere does not pay for it

        checkpoint.check(here, state.bag, state.library.configs)


def _without_their_word(state: ProgramState) -> None:
    """`student = wan.t2v_14b("weights")` among a program's members: a role without the word before it."""
    for m in state.members(ast.Bind):
        if len(m.targets) != 1 or not isinstance(m.value, ast.Call):
            continue
        name = m.targets[0]
        if meaning(state.module.names, words_of(m.value.func)).family is None:
            continue
        place = Span(m.span.source, m.span.start, m.span.start)
        state.bag.error(
            "unknown-name",
            f"`{name.id}` is a family with its weights, as a role is: the word `role` is missing before it",
            name.span,
            fixes=(Fix(f"write `role {name.id}`", place, "role ", safe=True),),
        )
        state.lost.setdefault(name.id, name.span)
        state.broken = True


def _about_training(p: setting_checks.Problem) -> bool:
    """Whether a wrong entry may have been meant to say that the role is trained."""
    meant = p.meant.write if p.meant is not None else ""
    return p.entry == "train" or p.suggestion == "train" or meant.startswith("train ")


def _check_network(
    state: ProgramState, d: ast.RoleDecl, chosen: Mapping[str, Any], model: FamilyModel
) -> None:
    """What a role asks of its family's network: sparse attention, compiled chains of blocks."""
    attention = chosen.get("attention")
    if isinstance(attention, Mapping):
        place = next(e.span for e in d.entries if e.name == "attention")
        kind = str(attention["kind"])
        if check_attention(kind, attention, model.tokens, place, model.name, state.bag):
            not_run.refuse(
                state, f"sparse attention (`{kind}`)", place, "leave `attention` out: it is dense then"
            )
    if chosen.get("offload"):
        place = next(e.span for e in d.entries if e.name == "offload")
        not_run.refuse(state, "`offload`", place, "leave `offload` out")
    if chosen.get("compile") == "chains" and not any(c.chains for c in model.components.values()):
        state.bag.error(
            "bad-setting",
            f"`{model.name}` declares no chains of its blocks",
            next(e.span for e in d.entries if e.name == "compile"),
            help="`compile = regional` compiles the blocks of any network",
        )


def typed_role(state: ProgramState, name: str, role: RoleBinding) -> TypedRole:
    assert isinstance(role.model, FamilyModel)
    optimizer = state.optimizers.get(name)
    return TypedRole(
        name,
        told(role.model.typed(), name, state.session.told),
        state.sources.get(name, ("path", "")),
        state.role_settings[name],
        (optimizer[0], optimizer[1]) if optimizer is not None else None,
        role.span,
        state.overlays.get(name, {}),
    )
