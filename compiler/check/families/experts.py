"""Stages that choose between components by noise level: each level is served once, by a component that says it serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from ....stages.table import OPS
from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import field, mutable
from ...base.source import Span
from ...program.family import Component
from ...program.values import Value
from ...syntax import ast
from ...types.types import UNKNOWN, Scalar, Type, Unknown

Range = tuple[Fraction, Fraction]
"""Noise levels (of a flow: sigma) from low to high."""

EVERY: Range = (Fraction(0), Fraction(1))
FORM = "`select(t.sigma >= 0.875, a(...), b(...))`"


@mutable
class Experts:
    """What a choice is checked with: `value` and `component` make the values of an expression and of a component's call,
    `result` is what the stage gives, `astray` the first component that is called at other levels than it states."""

    bag: Bag
    components: Mapping[str, Component]
    result: Type
    value: Callable[[ast.Expr], Value]
    component: Callable[[ast.Syntax, ast.Name, str | None, tuple[ast.Arg, ...]], Value]
    astray: list[ast.Name] = field(default_factory=list)

    def choice(self, args: tuple[ast.Arg, ...], span: Span, within: Range | None = EVERY) -> Value:
        """`select(t.sigma >= 0.875, high(...), low(...))`, whose branches may choose again. `within` are the noise levels
        at which it is asked, None where they are not known."""
        if len(args) != 3 or any(a.name is not None for a in args):
            return self._wrong("`select` takes a condition and two calls", span, FORM)
        condition, *branches = (a.value for a in args)
        made = [self.value(condition)]
        self._check_condition(condition, made[0])
        for branch, levels in zip(branches, _split(condition, within)):
            made.append(self._branch(branch, levels, condition))
        return Value("select", tuple(made), self.result, span)

    def _check_condition(self, e: ast.Expr, made: Value) -> None:
        if isinstance(made.type, Unknown):
            return
        if OPS[made.op].gives != "bool":
            self._wrong("`select` chooses between components by a comparison of noise levels", e.span, FORM)
        elif isinstance(made.type, Scalar) and len(made.type.axes) > 1:
            axes = ", ".join(made.type.axes)
            self.bag.error(
                "rank-mismatch",
                f"this condition varies over [{axes}], and a component is chosen for a whole sample",
                e.span,
                help="one time for each sample, `t: time[b]`, chooses; or call one component",
            )

    def _branch(self, e: ast.Expr, levels: Range | None, condition: ast.Expr) -> Value:
        match e:
            case ast.Call(func=ast.Name(id="select"), args=args) if "select" not in self.components:
                return self.choice(args, e.span, levels)
            case ast.Call(func=ast.Name() as name, args=args):
                made = self.component(e, name, None, args)
            case ast.Call(func=ast.Attr(base=ast.Name() as name, name=method), args=args):
                made = self.component(e, name, method, args)
            case _:
                return self._wrong("`select` chooses between calls of components", e.span, "")
        if levels is not None:
            self._serves(name, levels, condition)
        return made

    def _serves(self, name: ast.Name, levels: Range, condition: ast.Expr) -> None:
        """A component that says which noise levels it serves is called at these and at no others."""
        low, high = levels
        if low >= high:
            self.bag.error(
                "time-mismatch",
                f"no noise level reaches `{name.id}`",
                name.span,
                "never called",
                labels=(Label(condition.span, "never so here"),),
                help="each noise level is served once: let the conditions split what is left",
            )
            return
        known = self.components.get(name.id)
        if known is None or known.levels is None or known.levels == levels or self.astray:
            return
        self.astray.append(name)  # two that are swapped are one mistake
        bottom, top = known.levels
        inside = bottom <= low and high <= top
        self.bag.error(
            "time-mismatch",
            f"`{name.id}` serves noise levels {_shown(bottom)} to {_shown(top)}, "
            f"and is called from {_shown(low)} to {_shown(high)}",
            name.span,
            f"called from {_shown(low)} to {_shown(high)}",
            labels=(
                Label(condition.span, "decides between the two"),
                Label(known.places.get("levels", known.span), "declared here"),
            ),
            help=f"`levels = [{_shown(low)}, {_shown(high)}]`: each noise level is served once"
            if inside
            else "swap the two calls, or the levels that the components state",
        )

    def _wrong(self, message: str, span: Span, help: str) -> Value:
        self.bag.error("type-mismatch", message, span, help=help)
        return Value("unknown", (), UNKNOWN, span)


def _split(condition: ast.Expr, within: Range | None) -> tuple[Range | None, Range | None]:
    """The noise levels at which a condition of the form `t.sigma >= 0.875` holds, and at which not; None where that is not
    told by its form."""
    match condition:
        case ast.Binary(op=op, left=ast.Attr(base=ast.Name(), name="sigma"), right=ast.Number(value=value)):
            above = {">": True, ">=": True, "<": False, "<=": False}.get(op)
        case ast.Binary(op=op, left=ast.Number(value=value), right=ast.Attr(base=ast.Name(), name="sigma")):
            above = {">": False, ">=": False, "<": True, "<=": True}.get(op)
        case _:
            return None, None
    if above is None or within is None:
        return None, None
    at, (bottom, top) = Fraction(value), within
    high, low = (max(at, bottom), top), (bottom, min(at, top))
    return (high, low) if above else (low, high)


def _shown(level: Fraction) -> str:
    return f"{float(level):g}"
