"""`select(c.given, x, y)` in what a component is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .....stages.table import OPS
from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.frozen import struct
from ....base.source import Span
from ....program.family import Component
from ....program.values import Value
from ....syntax import ast
from ....types.dims import Dim, Facts
from ....types.types import UNKNOWN, Latent, Scalar, Tensor, Type, Unknown


@struct
class Selection:
    """`value` makes the value of an expression."""

    value: Callable[[ast.Expr], Value]
    components: Mapping[str, Component]
    facts: Facts
    bag: Bag

    def of(self, e: ast.Call) -> Value:
        """`select(c.given, x, y)` between values: the condition is spread over their other axes."""
        stated = self._stated(e.args[0].value) if len(e.args) == 3 else None
        if stated is not None:
            branches = [self.value(a.value) for a in e.args[1:]]
            return branches[0 if stated else 1]
        made = tuple(self.value(a.value) for a in e.args)
        if len(e.args) != 3 or any(a.name is not None for a in e.args):
            return self._wrong(
                "`select` takes a condition and two values", e.span, "`select(t.sigma >= 0.875, a, b)`"
            )
        condition, one, other = made
        type_ = one.type if not isinstance(one.type, Scalar) or one.type.axes else other.type
        mask = isinstance(condition.type, Tensor) and condition.type.kind == "mask"
        known = not isinstance(condition.type, Unknown)
        missing = _missing(condition.type, type_)
        if known and not mask and OPS[condition.op].gives != "bool":
            return self._wrong(
                f"`select` chooses by a comparison or a mask, not {condition.type}", e.args[0].span, ""
            )
        if mask and not _lies_over(condition.type, type_):
            self.bag.error(
                "dim-mismatch",
                "this mask does not lie over what `select` chooses between",
                e.args[0].span,
                self._dims_shown(condition.type),
                labels=(Label(e.args[1].span, self._dims_shown(type_)),),
                help="each of its dims is 1 or that of the values; `mask[b]` is one for each sample",
            )
        elif missing is not None:
            self.bag.error(
                "rank-mismatch",
                f"this condition varies over `{missing}`, and what `select` chooses between has no such axis",
                e.args[0].span,
                str(condition.type),
                labels=(Label(e.args[1].span, str(one.type)),),
            )
        return Value("select", made, type_, e.span)

    def _stated(self, e: ast.Expr) -> bool | None:
        """`net.config.guidance_embeds`, by which a variant's config chooses: what the family states of it."""
        match e:
            case ast.Attr(base=ast.Attr(base=ast.Name(id=name), name="config"), name=key) if (
                name in self.components
            ):
                found = self.components[name].config.get(key)
            case _:
                return None
        if not isinstance(found, bool):
            help = f"`config = {{ {key} = true }}`"
            self._wrong(f"the family does not state whether `{key}` of `{name}` is true", e.span, help)
            return True
        return found

    def _dims_shown(self, t: Type) -> str:
        return f"[{', '.join(map(self.facts.show, _dims(t) or ()))}]"

    def _wrong(self, message: str, span: Span, help: str) -> Value:
        self.bag.error("type-mismatch", message, span, help=help)
        return Value("unknown", (), UNKNOWN, span)


def _missing(condition: Type, chosen: Type) -> str | None:
    """An axis that a condition varies over, and what is chosen by it does not."""
    match chosen:
        case Latent(space=space):
            axes: tuple[str | None, ...] = ("b", *space.axes)
        case Tensor(axes=named):
            axes = ("b", *named)
        case _:
            return None
    varies = condition.axes if isinstance(condition, Scalar) else ()
    return next((a for a in varies if a not in axes), None)


def _lies_over(mask: Type, chosen: Type) -> bool:
    """Whether a mask broadcasts over what is chosen by it."""
    dims = _dims(chosen)
    if dims is None or not isinstance(mask, Tensor):
        return True
    one = Dim.of(1)
    whole = len(mask.dims) in (1, len(dims))
    return whole and all(m in (one, d) for m, d in zip(mask.dims, dims))


def _dims(t: Type) -> tuple[Dim, ...] | None:
    if isinstance(t, Latent):
        return t.space.dims or None
    return t.dims if isinstance(t, Tensor) else None
