"""Weights that a role starts from: `init = ROLE` against what that role has, and programs that start from each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ....base.diagnostics import Fix, Label
from ....base.source import Span
from ....modules.given_settings import NOTHING
from ....modules.imports import Definition, Module
from ....modules.names.lookup import meaning, words_of
from ....program.family import Component
from ....syntax import ast
from ...core.family_model import FamilyModel
from ...core.role_binding import RoleBinding
from ...core.suggestions import report_unknown
from ..blocks.setting_values import whole_entry
from ..program_state import ProgramState


def check_initial_weights(state: ProgramState) -> None:
    """Every `init`, once all roles are bound."""
    stated: dict[str, tuple[str, Span]] = {}
    for d in state.members(ast.RoleDecl):
        init = state.role_settings.get(d.name.id, {}).get("init")
        entry = next((e for e in d.entries if e.name == "init"), None)
        if isinstance(init, str) and entry is not None:
            stated.setdefault(d.name.id, (init, entry.span))
    known = {r.name.id for r in state.members(ast.RoleDecl)}
    circles: set[str] = set()
    for name, (other, place) in stated.items():
        if other not in known and other in NOTHING:
            fix = Fix("remove `init`", whole_entry(place), "")
            message = f"`init` names a role, and none is called `{other}`"
            state.bag.error("unknown-name", message, place, help="leave it out", fixes=(fix,))
        elif other not in known:
            message = f"`init` names a role, and none is called `{other}`"
            report_unknown(state.bag, "unknown-name", message, place, other, known)
        elif name in circles:
            continue
        elif circle := _circle(name, stated):
            circles |= set(circle)
            _report_circle(state, circle, stated)
        elif name in state.roles and other in state.roles and name not in state.unsure:
            _check_fit(state, state.roles[name], state.roles[other], place)


def _circle(name: str, stated: Mapping[str, tuple[str, Span]]) -> list[str]:
    """The roles that start from each other, beginning with this one; none if it comes to an end."""
    chain = [name]
    while (following := stated.get(chain[-1])) is not None:
        if following[0] == name:
            return chain
        if following[0] in chain:
            return []
        chain.append(following[0])
    return []


def _report_circle(state: ProgramState, circle: list[str], stated: Mapping[str, tuple[str, Span]]) -> None:
    first, *others = circle
    if not others:
        message = f"`{first}` starts from its own weights"
        help = "leave `init` out: it starts from the weights that its source has"
    else:
        message = f"{' and '.join(f'`{n}`' for n in circle)} start from each other's weights"
        help = "one of them starts from its source alone: leave its `init` out"
    labels = tuple(Label(stated[n][1], "and this one") for n in others)
    state.bag.error("bad-setting", message, stated[first][1], labels=labels, help=help)


def _check_fit(state: ProgramState, role: RoleBinding, other: RoleBinding, place: Span) -> None:
    """The trained components are copied, each from the other role's of its name."""
    assert isinstance(role.model, FamilyModel) and isinstance(other.model, FamilyModel)
    if not role.trainable:
        state.bag.error(
            "dead-setting",
            f"`{role.name}` is frozen, and `init` copies the weights that are trained",
            place,
            help=f"name the weights as the role's source, or use `{other.name}` itself",
        )
        return
    for c in role.model.components.values():
        there = other.model.components.get(c.name)
        why = _unlike(c, there) if c.trainable else ""
        if why:
            state.bag.error(
                "config-mismatch",
                f"`{role.name}` cannot start from `{other.name}`: {why}",
                place,
                labels=(
                    Label(role.span, f"`{role.name}` is {_called(role.model)}"),
                    Label(other.span, f"`{other.name}` is {_called(other.model)}"),
                ),
                help="`init` copies weights between roles of one family and size",
            )
            return


def _unlike(c: Component, there: Component | None) -> str:
    if there is None:
        return f"that has no `{c.name}`"
    if c.cls != there.cls:
        return f"their `{c.name}`s are `{c.cls}` and `{there.cls}`"
    for key, value in c.config.items():
        if key in there.config and there.config[key] != value:
            return f"`{key}` of their `{c.name}`s is {value} and {there.config[key]}"
    return ""


def _called(model: FamilyModel) -> str:
    return f"`{model.name}.{model.variant}`" if model.variant else f"`{model.name}`"


def starts_from(program: ast.ProgramDecl, module: Module) -> Iterator[Definition]:
    """The programs from which a program's roles take their weights."""
    for d in program.members:
        if isinstance(d, ast.RoleDecl) and isinstance(d.source, ast.Call):
            for a in d.source.args:
                if a.name is None and isinstance(a.value, ast.Attr):
                    found = meaning(module.names, words_of(a.value.base)).program
                    if found is not None:
                        yield found


def circle(found: Definition, to: ast.ProgramDecl) -> list[Definition]:
    """The programs from one to another that start from each other in turn; none if the last does not lead back."""
    seen: set[str] = set()
    waiting = [[found]]
    while waiting:
        path = waiting.pop()
        d = path[-1]
        assert isinstance(d.declaration, ast.ProgramDecl)
        if d.declaration is to:
            return path
        if d.key not in seen:
            seen.add(d.key)
            waiting += [[*path, other] for other in starts_from(d.declaration, d.module)]
    return []
