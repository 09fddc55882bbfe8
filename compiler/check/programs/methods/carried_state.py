"""State: what an update makes of it is what the next step begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....base.diagnostics import Fix, Label
from ....base.source import Span
from ....program.ops import NAME
from ....program.typed_program import TypedUpdate
from ....program.values import Value, every_value
from ....syntax import ast
from ....types.describe import noun
from ....types.quantity import Quantity
from ....types.types import Latent, Level, Scalar, Tensor, TimeType
from ...core.context import Context
from ...core.lexical_scope import Binding
from ...core.matching.quantity_match import Expected, require
from ...core.matching.type_match import mismatch
from ...core.session import Session
from ...core.term import Term
from ...expressions.products import is_one_tensor


def held(term: Term, name: str, d: ast.StateDecl) -> Term:
    """A state as updates read it: with the type of what it begins with, and no number that is known."""
    value = Value("state", (), term.type, d.span, dict([NAME(name)]), (), name)
    return Term(value, place=d.value.span)


def check_written_once(session: Session, name: str, place: Span, written: dict[str, Span]) -> None:
    """All updates of a step read what a state held before it, so that one alone says what it becomes."""
    if name in written:
        session.error(
            "duplicate-name",
            f"two updates say what `{name}` becomes",
            place,
            labels=(Label(written[name], "the first"),),
            help="write it in one of them; all updates of a step read what it held before the step",
        )
    written.setdefault(name, place)


def check_read(session: Session, states: Mapping[str, ast.StateDecl], updates: Iterable[TypedUpdate]) -> None:
    """Reports states whose carried value reaches no loss, no log and no other state that does."""
    updates = tuple(updates)
    after = dict(s for u in updates for s in u.states)
    read = _states_in([v for u in updates for _, v in (*u.losses, *u.logs)])
    while more := _states_in([after[n] for n in read if n in after]) - read:
        read |= more
    for name, d in states.items():
        if name not in read:
            session.error(
                "dead-setting",
                f"nothing reads what the state `{name}` carries to the next step",
                d.name.span,
                "never read",
                help=f"use it in a loss, or `log {name} = ...` to see it; else leave it out",
            )


def _states_in(roots: list[Value]) -> set[str]:
    return {NAME.of(v) for v in every_value(roots) if v.op == "state"}


def check_next(session: Session, name: str, state: Binding, then: Term, context: Context) -> None:
    """Reports a next value that is not what the state holds at the beginning."""
    now = state.term
    if now.unknown or then.unknown or not _can_be_held(session, now, name):
        return
    label = Label(state.span, "where it begins") if state.span is not None else None
    if isinstance(now.type, Latent) and now.type.quantity is not None:
        held = now.type.quantity
        wanted = Expected(
            now.type.space, held, f"`{name}` of the next step", kind=session.default_kind, because=label
        )
        if require(then, wanted, session, context):
            _check_times(session, name, held, then, label)
        return
    if _begins_whole(now, then):
        place = state.term.span
        session.error(
            "type-mismatch",
            f"`{name}` begins as a whole number, and of the next step is none",
            then.span,
            str(then.type),
            labels=(label,) if label is not None else (),
            help=f"begin with a fraction: `state {name} = {place.text}.0`" if place.text.isdigit() else "",
            fixes=(Fix("begin with a fraction", place, f"{place.text}.0"),) if place.text.isdigit() else (),
        )
        return
    numbers = [t for t in (now.type, then.type) if isinstance(t, Scalar) and t.kind in ("int", "float")]
    if len(numbers) == 2:
        if numbers[0].axes != numbers[1].axes:
            have, want = (
                "one number" if not n.axes else "one for each sample or frame" for n in numbers[::-1]
            )
            session.error(
                "type-mismatch",
                f"`{name}` of the next step is {want}, and this is {have}",
                then.span,
                str(then.type),
                labels=(label,) if label is not None else (),
                help="the next step has other samples: `mean(x)` makes one number of theirs",
            )
        return
    problem = mismatch(now.type, then.type)
    if problem is not None:
        code, words, help = problem
        labels = (label,) if label is not None else ()
        message = f"`{name}` of the next step {words}"
        session.error(code, message, then.span, str(then.type), labels=labels, help=help)


def _can_be_held(session: Session, now: Term, name: str) -> bool:
    """A state is a number or one tensor; reports what is more."""
    if isinstance(now.type, (Scalar, TimeType, Level, Tensor, Latent)):
        return is_one_tensor(session, now, "a state is one tensor")
    session.error(
        "type-mismatch",
        f"a state holds a number, latents or a tensor, and `{name}` begins with {noun(now.type)}",
        now.span,
        help="carry a part of it, or make it anew in each step",
    )
    return False


def _begins_whole(now: Term, then: Term) -> bool:
    kinds = [t.kind for t in (now.type, then.type) if isinstance(t, Scalar) and not t.axes]
    return kinds == ["int", "float"]


def _check_times(session: Session, name: str, held: Quantity, then: Term, label: Label | None) -> None:
    """What is noisy at a time of this step is not noisy at the time that the next step draws."""
    if any(t.kind == "symbol" and t.key.startswith("draw ") for t in held.times()):
        session.error(
            "time-mismatch",
            f"`{name}` is carried to the next step, which draws its times anew",
            then.span,
            "at a time of this step",
            labels=(label,) if label is not None else (),
            help="carry clean data or noise, and mix them at each step's own time",
        )
