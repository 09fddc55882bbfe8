"""Dims as they are written: sizes and whole numbers with + - * and exact /."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostic_bag import Bag
from ...syntax import ast
from ...syntax.visitor import names_read
from ...types.dims import Dim, Facts, NotDivisible, TooLarge, Undecided
from .suggestions import did_you_mean

PREDEFINED: Mapping[str, Dim] = {"b": Dim.of("b"), "t": Dim.of("t")}
"""The batch and the latent frames; every family knows them."""


def dim_of(expr: ast.Expr, names: Mapping[str, Dim | None], facts: Facts, bag: Bag) -> Dim | None:
    """A dim's value in normal form, over the basis of `facts`.

    None after an error, which is reported here unless it is about a size that is None in `names`: that was
    reported where the size is declared.
    """
    try:
        found = _walk(expr, names, facts, bag)
        return facts.norm(found) if found is not None else None
    except TooLarge as e:
        bag.error("dim-mismatch", f"{e} is more than can be followed", expr.span)
        return None


def _walk(e: ast.Expr, names: Mapping[str, Dim | None], facts: Facts, bag: Bag) -> Dim | None:
    match e:
        case ast.Number(value=int() as value, is_float=False):
            return Dim.of(value)
        case ast.Name(id=name):
            if name in names:
                return names[name]
            if name in PREDEFINED:
                return PREDEFINED[name]
            known = [*names, *PREDEFINED]
            sizes = ", ".join(names)
            bag.error(
                "unknown-name",
                f"no size is called `{name}`",
                e.span,
                help=did_you_mean(
                    name, known, f"the sizes are {sizes}" if sizes else "no sizes are declared"
                ),
            )
            return None
        case ast.Unary(op="-", operand=x):
            inner = _walk(x, names, facts, bag)
            return -inner if inner is not None else None
        case ast.Binary(op="+" | "-" | "*" | "/" as op, left=left, right=right):
            a, b = _walk(left, names, facts, bag), _walk(right, names, facts, bag)
            if a is None or b is None:
                return None
            if op == "/":
                return _divided(e, left, a, b, names, facts, bag)
            return a + b if op == "+" else a - b if op == "-" else a * b
        case ast.Binary(op="//"):
            help = "division of dims is exact, and written `/`"
        case _:
            help = "a dim is made of sizes and whole numbers with + - * and exact /"
    bag.error("dim-mismatch", "this is not a dim", e.span, help=help)
    return None


def _divided(
    e: ast.Binary,
    left: ast.Expr,
    a: Dim,
    b: Dim,
    names: Mapping[str, Dim | None],
    facts: Facts,
    bag: Bag,
) -> Dim | None:
    n = facts.norm(b).constant
    try:
        return facts.divide(a, b)
    except NotDivisible as why:
        text = left.span.text
        known = facts.norm(a).constant is not None and len(text) <= 60
        message = f"`{text}` leaves {why.residue} when divided by {n}" if known and n else str(why)
        if isinstance(left, ast.Number):
            message = f"{text} does not divide by {n}: sizes are whole numbers"
        help = f"a multiple of {n} fits" if n else ""
        bag.error("not-divisible", message, e.span, facts=_values(e, names), help=help)
    except Undecided as why:
        help = "say in `sizes` what makes it exact"
        if why.missing.startswith("`"):
            help = f"say so in `sizes`: {why.missing}"
        bag.error("not-divisible", why.question, e.span, help=help, facts=_values(e, names))
    return None


def _values(e: ast.Expr, names: Mapping[str, Dim | None]) -> tuple[str, ...]:
    """The sizes that an expression reads and whose numbers are known."""
    found = ((n, names.get(n)) for n in sorted(names_read([e])))
    return tuple(f"{n} = {d}" for n, d in found if d is not None and d.constant is not None)
