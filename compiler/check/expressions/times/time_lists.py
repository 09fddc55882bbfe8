"""Lists of times: ticks, noise levels, a role's sampling grid."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from ....program.grids import exact
from ....program.ops import COMPONENT, LEVELS, PROCESS_OF, TICKS, VALUE, WHICH
from ....syntax import ast
from ....types.coefficients import Time, const, level
from ....types.dims import Dim
from ....types.types import Distribution, ListOf, Scalar, TimeType, Type
from ...core.context import Context
from ...core.family_model import FamilyModel
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, fresh_number
from ..attributes import process_here
from ..operators import as_number


def times_list(which: str) -> Callable[[Session, ast.Call, Context], Term]:
    """`ticks([1000, 757])` and `sigmas([1.0, 0.5])`"""

    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("list",), 1)
        if not a.valid:
            return unknown(e.span)
        x = a.terms["list"]
        if which == "ticks" and isinstance(x.type, Distribution):
            return _entries(session, x, e, context)
        single = x.items is None and isinstance(x.type, Scalar)
        entries = (x,) if single else x.items
        if entries is None:
            return session.error("type-mismatch", f"`{which}` takes a list of numbers, not {x.type}", x.span)
        levels: list[Fraction | None] = []
        written: list[Fraction] = []
        for item in entries:
            number = as_number(item)
            v = number.constant
            if not isinstance(v, (int, Fraction)):
                return session.error(
                    "type-mismatch",
                    f"`{which}` takes numbers known beforehand",
                    item.span,
                    help="`level(x)` makes a time of a number that is computed"
                    if isinstance(number.type, Scalar) and number.type.kind in ("int", "float")
                    else "",
                )
            written.append(Fraction(v))
            try:
                levels.append(level_of(session, which, Fraction(v), context))
            except ValueError as problem:
                session.error(
                    "not-a-time",
                    f"{float(v):g} is no {'tick' if which == 'ticks' else 'noise level'}: {problem}",
                    item.span,
                    help="ticks are what the network is fed, noise levels lie in [0, 1]",
                )
                return unknown(e.span)
        key = f"{which}:{e.span.source.path}:{e.span.start}"
        if single:
            time = level(levels[0]) if levels[0] is not None else Time("symbol", f"{which} {x.constant}")
            type_: Type = TimeType(time)
        else:
            type_ = ListOf(TimeType(Time("symbol", key)), Dim.of(len(levels)))
        if None in levels and not _has_table(session, context):
            return session.error(
                "not-a-time",
                "which noise level a tick has is told by a class of the family's own, and is not known here",
                e.span,
                help="name the noise levels: `sigmas([...])`",
            )
        role = context.family or session.default_role
        value = session.value(
            "levels",
            (),
            type_,
            e.span,
            context,
            LEVELS(tuple(levels)),
            WHICH(which),
            TICKS(tuple(written)),
            PROCESS_OF(role.ref if role else None),
        )
        if not single and any(a is not None and b is not None and a <= b for a, b in pairwise(levels)):
            return session.error(
                "bad-setting",
                "these times do not fall: a sampler goes from noise to data",
                e.span,
                help="write them from the noisiest to the cleanest",
            )
        return Term(value, levels=None if single else tuple(levels), key=key)

    return typed


def _entries(session: Session, x: Term, e: ast.Call, context: Context) -> Term:
    """`ticks(uniform(0, 999))`: the levels of entries that are drawn."""
    process = process_here(session, context)
    assert isinstance(x.type, Distribution)
    if process is None or process.table is None:
        return session.error(
            "type-mismatch",
            "`ticks` of a distribution draws entries of a schedule, and this process states none",
            e.span,
            help="name the noise levels: `uniform(0.02, 0.98)`",
        )
    table = process.table
    low, high = (0.0, table.count - 1.0) if x.type.of == "int" else (x.type.low, x.type.high)
    if x.type.of not in ("int", "number") or low < 0 or high > table.count - 1:
        return session.error(
            "not-a-time",
            f"the schedule has entries from 0 to {table.count - 1}",
            x.span,
            help=f"`ticks(uniform(0, {table.count - 1}))`",
        )
    numbers = [
        session.value(
            "const",
            (),
            Scalar("float" if isinstance(n, float) else "int"),
            e.span,
            context,
            VALUE(exact(n)),
        )
        for n in table.numbers
    ]
    least, most = (float(table.level_of(Fraction(round(k)))) for k in (low, high))
    type_ = Distribution("number", least, most)
    return Term(
        session.value("entry_level", (x, *map(Term, numbers)), type_, e.span, context), choice=x.choice
    )


def length(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("list",), 1)
    if not a.valid:
        return unknown(e.span)
    x = a.terms["list"]
    if not isinstance(x.type, ListOf):
        return session.error("type-mismatch", f"`len` takes a list, not {x.type}", x.span)
    n = (
        x.type.length
        if x.type.length is not None
        else session.numbers.whole("len", Dim.of(1), Dim.of(1_000_000))
    )
    constant = n.constant
    if constant is not None:
        value = session.value("const", (), Scalar("int"), e.span, context, VALUE(constant))
    else:
        value = session.value("len", (x,), Scalar("int"), e.span, context)
    coef = const(constant) if constant is not None else fresh_number(session, e.span)
    return Term(value, coef=coef, dim=n, constant=constant, choice=x.choice)


def _has_table(session: Session, context: Context) -> bool:
    """Whether the process's ticks are entries of a checkpoint's schedule, from which their levels follow."""
    role, process = context.family or session.default_role, process_here(session, context)
    call = process.scheduled if process is not None else None
    if role is None or call is None or not isinstance(role.model, FamilyModel):
        return True
    component = role.model.components.get(COMPONENT.of(call))
    return component is None or not component.cls.startswith("python.")


def level_of(session: Session, which: str, v: Fraction, context: Context) -> Fraction | None:
    """The flow noise level of so many ticks, or of a process's own sigma. Raises ValueError outside the process."""
    process = process_here(session, context)
    if process is None:
        return v / 1000 if which == "ticks" else v
    if which == "ticks":
        return process.level_of_ticks(v)
    return process.level_of_sigma(v)
