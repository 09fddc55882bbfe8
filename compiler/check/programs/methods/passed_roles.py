"""The roles that a program passes to a method, against those that the method trains: swapped ones, and one passed twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ....base.diagnostics import Fix, Label
from ....base.source import Span
from ....syntax import ast
from ...core.method_model import MethodModel
from ...core.role_binding import RoleBinding
from ..program_state import ProgramState


def misfit(
    state: ProgramState, use: ast.UseDecl, members: MethodModel, bound: Mapping[str, RoleBinding]
) -> bool:
    """Whether the roles are passed in a way in which nothing more can be checked, which is reported."""
    trained = [r.id for u in members.updates.values() for r in u.roles if r.id in bound]
    return _passed_twice(state, use, members, bound, trained) or _swapped(state, use, members, bound, trained)


def _passed_twice(
    state: ProgramState,
    use: ast.UseDecl,
    members: MethodModel,
    bound: Mapping[str, RoleBinding],
    trained: list[str],
) -> bool:
    """One role for two of the method's: right only where neither of them is trained."""
    places = dict(_places(use, members))
    for i, first in enumerate(members.roles):
        for second in members.roles[i + 1 :]:
            a, b = bound.get(first.id), bound.get(second.id)
            if first.id == second.id or a is None or b is None or a.name != b.name:
                continue
            if not {first.id, second.id} & set(trained):
                continue
            which = first.id if first.id in trained else second.id
            unused = [n for n in state.roles if n not in {r.name for r in bound.values()}]
            fix = (Fix(f"pass `{unused[0]}`", places[second.id], unused[0]),) if len(unused) == 1 else ()
            state.bag.error(
                "duplicate-name",
                f"`{a.name}` is passed for `{first.id}` and for `{second.id}`, and `{members.name}` trains `{which}`",
                places[second.id],
                labels=(Label(places[first.id], f"for `{first.id}`"),),
                help=f"pass `{unused[0]}`" if len(unused) == 1 else "each of them is a role of its own",
                fixes=fix,
            )
            return True
    return False


def _swapped(
    state: ProgramState,
    use: ast.UseDecl,
    members: MethodModel,
    bound: Mapping[str, RoleBinding],
    trained: list[str],
) -> bool:
    """A frozen role for one that the method trains, while a trained one stands where a frozen one may."""
    order = {r.id: bound[r.id].name for r in members.roles if r.id in bound}
    if len(order) < len(members.roles) or state.unsure & set(order.values()):
        return False
    frozen = [n for n in dict.fromkeys(trained) if not bound[n].trainable]
    idle = [n for n in order if n not in trained and bound[n].trainable]
    named_alike = any(
        bound[n].name == n for n in (*frozen, *idle)
    )  # each where its name says: none is swapped
    if not frozen or len(idle) < len(frozen) or named_alike:
        return False
    for a, b in zip(frozen, idle):
        order[a], order[b] = order[b], order[a]
    places = dict(_places(use, members))
    wrong = bound[frozen[0]]
    right = f"{use.method.span.text}({', '.join(order.values())})"
    whole = Span(use.method.span.source, use.method.span.start, _end_of_roles(use))
    state.bag.error(
        "not-trainable",
        f"`{members.name}` trains its `{frozen[0]}`, and `{wrong.name}`, which is passed for it, is frozen",
        places[frozen[0]],
        f"passed for `{frozen[0]}`",
        labels=(
            Label(places[idle[0]], f"trained, and passed for `{idle[0]}`"),
            Label(wrong.span, "frozen: it says no `train`"),
        ),
        help=f"the order that fits: `use {right}`",
        fixes=(Fix(f"write `use {right}`", whole, right),),
    )
    return True


def _end_of_roles(use: ast.UseDecl) -> int:
    text = use.span.source.text
    return text.index(")", max(a.span.end for a in use.roles)) + 1


def _places(use: ast.UseDecl, members: MethodModel) -> Iterator[tuple[str, Span]]:
    """Where each of the method's roles is passed."""
    names = [r.id for r in members.roles]
    for i, arg in enumerate(use.roles):
        name = arg.name if arg.name is not None else (names[i] if i < len(names) else None)
        if name is not None:
            yield name, arg.value.span


def add_training(state: ProgramState, role: str) -> tuple[Fix, ...]:
    """The edit that trains a role."""
    d = next((r for r in state.members(ast.RoleDecl) if r.name.id == role), None)
    if d is None:
        return ()
    stated = next((e for e in d.entries if e.name == "train"), None)
    if stated is not None:
        return (Fix("write `train = full`", stated.span, "train = full"),)
    if d.entries:
        place = Span(d.span.source, d.entries[0].span.start, d.entries[0].span.start)
        return (Fix("add `train = full`", place, "train = full, "),)
    place = Span(d.span.source, d.source.span.end, d.source.span.end)
    return (Fix("add `train = full`", place, " { train = full }"),) if d.source.span.end == d.span.end else ()
