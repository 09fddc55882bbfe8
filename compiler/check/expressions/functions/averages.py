"""Frozen copies of a trained role that follow it: `average(role, ...)` and `copy(role, every = n)`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....program.averaging import Averaging, averaging
from ....syntax import ast
from ....types.types import RoleType
from ...core.context import Context
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments

BOUNDS: Mapping[str, str] = {
    "decay": "a decay lies between 0 and 1",
    "half_life": "a half-life is a number of updates above 0",
    "power": "the power of an average is a number above 0",
    "start": "`start` is a whole number of updates, 0 or more",
    "every": "`every` is a whole number of updates above 0",
}
"""What must hold of each number, as its message says it."""


def average(session: Session, e: ast.Call, context: Context) -> Term:
    names = ("decay", "half_life", "power", "start")
    a = Arguments(session, e, context, ("role", *names), 1)
    given = _numbers(session, a, names)
    if not a.valid or given is None:
        return unknown(e.span)
    try:
        kind = averaging(
            decay=given.get("decay"),
            half_life=given.get("half_life"),
            power=given.get("power"),
            start=int(given.get("start", 0)),
        )
    except ValueError as problem:
        return session.error("bad-setting", str(problem), e.span, help="keep one of them")
    return _following(session, e, a.terms["role"], kind)


def copy(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("role", "every"), 2)
    given = _numbers(session, a, ("every",))
    if not a.valid or given is None:
        return unknown(e.span)
    return _following(session, e, a.terms["role"], Averaging(every=int(given["every"])))


def _numbers(session: Session, a: Arguments, names: tuple[str, ...]) -> dict[str, float] | None:
    """The numbers that are given, each within its bounds; None after an error."""
    found: dict[str, float] = {}
    sound = True
    for name in names:
        term = a.number(name)
        if term is None:
            continue
        value = term.constant
        if not isinstance(value, (int, Fraction)) or not _within(name, value):
            session.error("bad-setting", BOUNDS[name], term.span)
            sound = False
        else:
            found[name] = float(value)
    return found if sound else None


def _within(name: str, value: int | Fraction) -> bool:
    if name == "decay":
        return 0 < value < 1
    if name in ("start", "every"):
        return value == int(value) and (0 if name == "start" else 1) <= value < 1 << 63
    return 0 < value < 1 << 63


def _following(session: Session, e: ast.Call, role: Term, kind: Averaging) -> Term:
    assert isinstance(e.func, ast.Name)
    word = e.func.id
    if not isinstance(role.type, RoleType) or not isinstance(role.role, RoleBinding):
        return session.error("type-mismatch", f"`{word}` takes a role, not {role.type}", role.span)
    if not role.role.trainable:
        return session.error(
            "not-trainable",
            f"`{role.role.name}` is frozen, so that its {word} is what it always was",
            e.span,
            labels=(Label(role.role.span, "frozen: it says no `train`"),),
            help=f"use `{role.span.text}` itself",
            role=role.role.name,
        )
    return replace(role, role=role.role.averaged(kind), place=e.span)
