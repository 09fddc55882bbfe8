"""`zeros(b, 729, 1152)` in what a component is handed: a tensor of one number, of these dims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....base.diagnostic_bag import Bag
from ....program.ops import NAME, VALUE
from ....program.values import Value
from ....syntax import ast
from ....types.dims import Dim, Facts
from ....types.types import UNKNOWN, Latent, Tensor
from ...core.dim_expressions import dim_of
from ...expressions.size_numbers import dim_along

FILLED: Mapping[str, int] = {"zeros": 0, "ones": 1}
"""What a component may be handed beside the stage's parameters, by the number that it is filled with."""


def filled(
    e: ast.Call, params: Iterable[Value], sizes: Mapping[str, Dim | None], facts: Facts, bag: Bag
) -> Value:
    """Its rows are those of the stage's latents. A dim is made of sizes, or one of the latents, `x.t`."""
    broken = Value("unknown", (), UNKNOWN, e.span)
    name = e.func.span.text
    latents = {NAME.of(p): p for p in params if isinstance(p.type, Latent) and not p.type.space.factors}
    if not latents:
        bag.error(
            "type-mismatch",
            f"`{name}` stands beside latents, and this stage takes none",
            e.span,
            help="a stage of latents has a number of rows",
        )
        return broken
    if not e.args or any(a.name is not None for a in e.args):
        bag.error("missing-argument", f"`{name}` takes dims", e.span, help=f"`{name}(b, 729, 1152)`")
        return broken
    dims: list[Dim | None] = []
    axes: list[str | None] = []
    for a in e.args:
        match a.value:
            case ast.Attr(base=ast.Name(id=owner), name=axis) if owner in latents:
                dims.append(dim_along(latents[owner].type, axis))
                if dims[-1] is None:
                    bag.error(
                        "rank-mismatch", f"latents of `{owner}` have no axis `{axis}`", a.value.span, help=""
                    )
                axes.append(axis if axis != "c" else None)
            case ast.Name(id="b"):
                dims.append(Dim.of("b"))
                axes.append("b")
            case _:
                dims.append(dim_of(a.value, sizes, facts, bag))
                axes.append(None)
    if any(d is None for d in dims):
        return broken
    made = Tensor("f32", tuple(d for d in dims if d is not None), tuple(axes))
    return Value("filled", (next(iter(latents.values())),), made, e.span, dict([VALUE(FILLED[name])]))
