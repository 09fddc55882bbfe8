"""What a program trains: the method that it uses, or the updates that it writes itself."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....modules import settings
from ....syntax import ast
from ....syntax.visitor import names_read
from ...core.evaluate import evaluate
from ...core.method_model import MethodModel
from ...core.role_binding import RoleBinding, first_with_latents
from ...core.suggestions import report_unknown
from ...core.term import Term
from ..program_state import (
    ProgramState,
    batch_type,
    lost_roles,
    outer_scope,
    program_context,
    report_twice,
)
from .method_members import check_dead, check_roles_used, collect, find_method, merge
from .method_requirements import discharged
from .passed_roles import add_training, misfit
from .published_sampler import published
from .updates import CheckedUpdates, expand_updates


def check_updates(state: ProgramState) -> CheckedUpdates | None:
    """The program's updates; None where there are none, or where something that they need is wrong."""
    uses = state.members(ast.UseDecl)
    own = state.own
    state.session.update.steps = _steps(state) or state.session.update.steps
    collect(own, state.declaration.members, state.bag)
    if uses and own.updates:
        first = next(iter(own.updates.values()))
        state.bag.error(
            "duplicate-name", "a program uses a method or writes its own updates, not both", first.span
        )
    for extra in uses[1:]:
        report_twice(state, "use", extra.method.span, uses[0].method.span)
    if uses:
        return _check_use(state, uses[0])
    if not own.updates and not state.members(ast.ProduceDecl):
        name = state.declaration.name
        state.bag.error(
            "missing-argument",
            f"program `{name.id}` says neither what to train nor what to produce",
            name.span,
            help="`use METHOD(roles...)`, updates in place, or `produce NAME = ...`",
        )
        state.broken = True
        return None
    return _own_updates(state, own)


def _steps(state: ProgramState) -> int | None:
    """How long the program trains, where it says so by a number; what else stands there is found out later."""
    train = (d for d in state.members(ast.SettingsDecl) if d.kind.id == "train")
    stated = (e.value for d in train for e in d.entries if e.name == "steps")
    found = next((v.value for v in stated if isinstance(v, ast.Number) and not v.is_float), None)
    may = settings.BLOCKS["train"]["steps"]
    return int(found) if found is not None and may.least <= found < may.below else None


def _own_updates(state: ProgramState, own: MethodModel) -> CheckedUpdates:
    elsewhere = (ast.ProduceDecl, ast.SettingsDecl, ast.UseDecl, ast.RoleDecl)
    read = names_read([m for m in state.declaration.members if isinstance(m, elsewhere)])
    unread = {name: p for name, p in own.params.items() if name not in read}
    check_dead(replace(own, params=unread), state.bag)
    state.trained |= {r.id for u in own.updates.values() for r in u.roles}
    _check_frozen(state, own, state.roles)
    before = len(state.bag.found)
    batch, outer = batch_type(state), outer_scope(state)
    done = expand_updates(state.session, own, state.roles, batch, {}, outer, knows_families=True)
    state.sizes_read |= {n for n, b in outer.names.items() if b.used}
    state.unclear = state.bag.errors_since(before)
    return done


def _check_use(state: ProgramState, use: ast.UseDecl) -> CheckedUpdates | None:
    """`use METHOD(roles...) { parameters }`: the method's updates with these roles."""
    definition = find_method(use.method, state.module, state.bag)
    members = merge(definition, state.bag) if definition is not None else None
    if members is None or members.broken or not members.keys.isdisjoint(state.wrong):
        state.broken = True
        return None
    check_dead(members, state.bag)
    bound = _bind_roles(state, use, members)
    given = _given_parameters(state, use, members)
    if misfit(state, use, members, bound):
        state.broken = True
        return None
    lost = {r.id: r.span for r in members.roles if r.id not in bound}
    state.broken = state.broken or bool(lost)
    state.trained |= {bound[r.id].name for u in members.updates.values() for r in u.roles if r.id in bound}
    state.session.update.use = use.method.span
    found = state.bag.found
    start = len(found)
    done = expand_updates(state.session, members, bound, batch_type(state), given, lost_roles(lost))
    found[start:] = discharged(found[start:], use, members.sources, state.roles)
    _check_frozen(state, members, bound)
    if not lost and not state.bag.errors_since(start):
        check_roles_used(members, bound, state.bag)
    state.unclear = state.bag.errors_since(start)
    if not lost:
        state.session.sampler = published(state.session, members, bound, done.context)
    for role in bound.values():
        state.roles[role.name].used = True
    return done


def _bind_roles(state: ProgramState, use: ast.UseDecl, members: MethodModel) -> dict[str, RoleBinding]:
    """The program's roles by the method's names for them, as far as they are known."""
    bound: dict[str, RoleBinding] = {}
    names = [r.id for r in members.roles]
    complete = True
    for i, arg in enumerate(use.roles):
        name = arg.name if arg.name is not None else (names[i] if i < len(names) else None)
        if name is None or name not in names:
            plural = "s" if len(names) != 1 else ""
            state.bag.error(
                "unknown-parameter",
                f"`{members.name}` takes {len(names)} role{plural}: {', '.join(names)}",
                arg.span,
            )
            complete = False
        elif not isinstance(arg.value, ast.Name) or arg.value.id not in state.roles:
            _unknown_role(state, arg)
            complete = False
        else:
            bound[name] = replace(state.roles[arg.value.id], used=False)
    for r in members.roles:
        if r.id not in bound and complete:
            state.bag.error(
                "missing-argument",
                f"`{members.name}` needs a role `{r.id}`",
                use.method.span,
                labels=(Label(r.span, "asked for here"),),
            )
            break
    # times are read in the process of the method's first role, in whichever order the roles are passed
    first = first_with_latents(bound[r.id] for r in members.roles if r.id in bound)
    state.session.default_role = first or state.session.default_role
    return bound


def _unknown_role(state: ProgramState, arg: ast.Arg) -> None:
    declared = {r.name.id for r in state.members(ast.RoleDecl)} | state.lost.keys()
    shown = arg.value.span.text
    if shown not in declared:  # one that is declared is wrong itself, which was reported
        report_unknown(
            state.bag, "unknown-name", f"no role is called `{shown}`", arg.value.span, shown, declared
        )


def _given_parameters(state: ProgramState, use: ast.UseDecl, members: MethodModel) -> dict[str, Term]:
    given: dict[str, Term] = {}
    for e in use.entries:
        if e.name not in members.params:
            report_unknown(
                state.bag,
                "unknown-parameter",
                f"`{members.name}` has no parameter `{e.name}`",
                e.span,
                e.name,
                members.params,
                otherwise=f"it has {', '.join(members.params)}",
            )
        elif e.name in given:
            report_twice(state, e.name, e.span, given[e.name].span)
        elif e.value is not None:
            given[e.name] = evaluate(state.session, e.value, program_context(state))
    return given


def _check_frozen(state: ProgramState, members: MethodModel, bound: Mapping[str, RoleBinding]) -> None:
    """An update of a role that the program does not train."""
    for update in members.updates.values():
        for r in update.roles:
            role = bound.get(r.id)
            if role is not None and not role.trainable:
                state.bag.error(
                    "not-trainable",
                    f"`{members.name}` trains `{r.id}`, and role `{role.name}` is frozen",
                    role.span,
                    "frozen: it says no `train`",
                    labels=(Label(r.span, "updated here"),),
                    help="add `train = full` (or `lora(rank = 16)`) to the role",
                    fixes=add_training(state, role.name),
                )
