"""`concat(x, c.mask, axis = c)` in what a component is handed: tensors beside each other, all other dims equal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from .....stages.table import OPS
from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....program.ops import AXIS
from ....program.values import Value
from ....syntax import ast
from ....types.dims import Answer, Dim, Facts
from ....types.types import UNKNOWN, Latent, Scalar, Space, Tensor, Type
from ...core.matching.quantity_match import spaces_fit
from ...core.suggestions import did_you_mean

Items = Sequence[tuple[ast.Expr, Value]]


def concatenated(
    e: ast.Call, value: Callable[[ast.Expr], Value], axes: Collection[str], facts: Facts, bag: Bag
) -> Value:
    """`value` makes the value of an argument; `axes` are those of the family's spaces, and `c`."""
    axis = next((a.value for a in e.args if a.name == "axis"), None)
    items: list[tuple[ast.Expr, Value]] = []
    for a in e.args:
        if a.name is None:
            items.append((a.value, value(a.value)))
        elif a.name != "axis":
            bag.error(
                "unknown-parameter", f"`concat` has no parameter `{a.name}`", a.span, help="it has `axis`"
            )
    name = axis.id if isinstance(axis, ast.Name) else ""
    if axis is None:
        bag.error("missing-argument", "`concat` needs its axis", e.span, help="`concat(x, y, axis = c)`")
    elif name not in axes:
        bag.error(
            "unknown-name",
            f"no axis is called `{axis.span.text}`",
            axis.span,
            help=did_you_mean(name, axes, f"there are {', '.join(sorted(axes))}"),
        )
    type_ = _beside(items, bag)
    _check_dims(items, name, facts, bag)
    return Value("concat", tuple(v for _, v in items), type_, e.span, dict([AXIS(name)]))


def _beside(items: Items, bag: Bag) -> Type:
    """Latents that lie beside each other are of one space: equal normalisation, equal meaning."""
    latents = [(e, v.type.space) for e, v in items if isinstance(v.type, Latent)]
    if not latents:
        return UNKNOWN
    (place, space), *others = latents
    for e, whole in latents:
        if whole.factors:
            bag.error(
                "space-mismatch",
                f"`concat` joins tensors along an axis, and latents of `{whole}` are several",
                e.span,
                f"latents of `{whole}`",
                help=f"take one part: `{e.span.text}.{whole.factors[0][0]}`",
            )
    labels = (Label(place.span, f"a latent of `{space}`"),)
    for e, other in others:
        if not spaces_fit(other, space):
            bag.error(
                "space-mismatch",
                f"`concat` puts a latent of `{other}` beside one of `{space}`",
                e.span,
                f"a latent of `{other}`",
                labels=labels,
            )
    for e, v in items:
        filled = v.op == "filled"  # a tensor of one number says nothing of what is in a latent
        if as_given(v) and not filled and isinstance(v.type, Tensor) and v.type.dims == space.dims:
            bag.error(
                "space-mismatch",
                f"`{e.span.text}` has the dims of latents of `{space}`, and belongs to no space",
                e.span,
                "whether it is normalised is not known",
                labels=labels,
                help=f"declare it as `clean[{space}]`: it is then normalised as all latents are",
            )
    return Latent(space, None)


def _check_dims(items: Items, axis: str, facts: Facts, bag: Bag) -> None:
    """All have the same dims but along the axis."""
    known = [(e, v, d) for e, v in items if (d := _dims(v.type)) is not None]
    for e, v in items:
        if isinstance(v.type, Scalar):
            bag.error("type-mismatch", f"`concat` joins tensors, and this is {v.type}", e.span)
    if not known:
        return
    (first, value, dims), *others = known
    along = _place(value.type, axis)
    for e, v, other in others:
        label = Label(first.span, _shown(value.type, dims, facts))
        if len(other) != len(dims):
            bag.error(
                "rank-mismatch",
                f"`concat` joins tensors of equal rank, and these have {len(dims)} and {len(other)} dims",
                e.span,
                _shown(v.type, other, facts),
                labels=(label,),
            )
            continue
        if along is None:
            along = _place(v.type, axis)
        apart = [k for k, (a, b) in enumerate(zip(dims, other)) if facts.equal(a, b) is Answer.REFUTED]
        wrong = [k for k in apart if k != along]
        if along is not None and wrong:
            a, b = facts.show(dims[wrong[0]]), facts.show(other[wrong[0]])
            bag.error(
                "dim-mismatch",
                f"`concat` along `{axis}` joins tensors whose other dims agree: {b} is not {a}",
                e.span,
                _shown(v.type, other, facts),
                labels=(label,),
            )


def as_given(v: Value) -> bool:
    """Whether a value is one of the stage's own, or a part of one, with nothing computed."""
    return OPS[v.op].kind == "structure"


def _dims(type: Type) -> tuple[Dim, ...] | None:
    match type:
        case Latent(space=Space(dims=dims, factors=())):
            return dims
        case Tensor(dims=dims):
            return dims
        case _:
            return None


def _place(type: Type, axis: str) -> int | None:
    """Which dim an axis is; `c` is the one beside the batch that has no name."""
    axes = type.space.axes if isinstance(type, Latent) else type.axes if isinstance(type, Tensor) else ()
    if axis in axes:
        return axes.index(axis)
    return 1 if axis == "c" and len(axes) > 1 and axes[1] is None else None


def _shown(type: Type, dims: Sequence[Dim], facts: Facts) -> str:
    kind = type.space.name if isinstance(type, Latent) else type.kind if isinstance(type, Tensor) else ""
    return f"{kind}[{', '.join(map(facts.show, dims))}]"
