"""Built-in functions: one table from name to typing rule, and the rules that stand alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .....stages.op import Op
from .....stages.table import FUNCTIONS, HANDED, IN_STAGES
from ....base.diagnostics import Label, nearest, respelt
from ....base.frozen import replace
from ....program.ops import AXIS
from ....syntax import ast
from ....types.describe import noun
from ....types.dims import Dim
from ....types.types import ANY_SPACE, Latent, Tensor, Type, axes_of
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.session import Session
from ...core.term import Term, unknown
from .. import bridges, conversions, derivatives
from ..arguments import Rule
from ..calls.guidance import guide
from ..calls.networks.told import x0_of
from ..calls.rescaling import product, rescale
from ..products import is_one_tensor
from ..times import distributions, grids, levels, time_lists
from . import pooling, reductions, statistics, stochastic_steps
from .averages import average, copy
from .given import given
from .live import live
from .losses import loss
from .selection import select
from .stops import stop


def concat(session: Session, e: ast.Call, context: Context) -> Term:
    axis = next((a.value for a in e.args if a.name == "axis"), None)
    items = [evaluate(session, a.value, context) for a in e.args if a.name is None]
    if not items or not isinstance(axis, ast.Name):
        return session.error("missing-argument", "`concat` takes tensors and `axis = NAME`", e.span)
    if any(i.unknown for i in items):
        return unknown(e.span)
    if not all(is_one_tensor(session, i, "`concat` joins tensors along an axis") for i in items):
        return unknown(e.span)
    axes = _axes_of(items[0].type)
    if axes is not None and axis.id not in axes:
        near = nearest(axis.id, axes)
        return session.error(
            "unknown-name",
            f"these tensors have no axis `{axis.id}`",
            axis.span,
            help=f"did you mean `{near}`?" if near else f"they have {', '.join(axes) or 'none with a name'}",
            fixes=respelt(axis.id, near, axis.span, closed=True),
        )
    if axes is not None and not _lie_beside(session, items, _place(items[0].type, axis.id)):
        return unknown(e.span)
    value = session.value("concat", tuple(items), items[0].type, e.span, context, AXIS(axis.id))
    return Term(replace(value, type=_joined([i.type for i in items], _place(items[0].type, axis.id))))


def _joined(types: Sequence[Type], axis: int) -> Type:
    """Tensors one behind the other; latents of a space that is not known yet stay in it."""
    first, dims = types[0], [d for t in types if (d := _dims_of(t)) is not None]
    if len(dims) < len(types) or (isinstance(first, Latent) and first.space.key == ANY_SPACE):
        return Latent(first.space, None) if isinstance(first, Latent) else first
    total = dims[0][axis]
    for d in dims[1:]:
        total = total + d[axis]
    joined = (*dims[0][:axis], total, *dims[0][axis + 1 :])
    if isinstance(first, Latent):  # no mix of x0 and eps, and of no space that a role has
        return Latent(replace(first.space, key=f"{first.space.key}+", dims=joined), None)
    return replace(first, dims=joined) if isinstance(first, Tensor) else first


def _lie_beside(session: Session, items: Sequence[Term], axis: int) -> bool:
    """Whether tensors agree in all dims but one; reports the first that does not."""
    first = _dims_of(items[0].type)
    for item in items:
        dims = _dims_of(item.type)
        if dims is None:
            session.error(
                "type-mismatch", f"`concat` joins tensors, and this is {noun(item.type)}", item.span
            )
            return False
        rest = (*dims[:axis], *dims[axis + 1 :])
        if first is not None and (len(dims) != len(first) or rest != (*first[:axis], *first[axis + 1 :])):
            shown = [f"[{', '.join(map(str, d))}]" for d in (first, dims)]
            session.error(
                "dim-mismatch",
                f"`concat` joins tensors that agree in all dims but one: {shown[0]} and {shown[1]} do not",
                item.span,
                labels=(Label(items[0].span, shown[0]),),
            )
            return False
    return True


def _place(t: Type, axis: str) -> int:
    """Which dim an axis is."""
    axes = axes_of(t)
    return axes.index(axis) if axis in axes else 1


def _dims_of(t: Type) -> tuple[Dim, ...] | None:
    return t.space.dims if isinstance(t, Latent) else t.dims if isinstance(t, Tensor) else None


def _axes_of(t: Type) -> tuple[str, ...] | None:
    """The axes of a tensor that have a name; None where they are not known."""
    if isinstance(t, Latent) and t.space.key == ANY_SPACE:
        return None
    return tuple(a for a in axes_of(t) if a is not None)


def handed(session: Session, e: ast.Call, context: Context) -> Term:
    name = e.func.span.text
    said = "in what a stage hands to a component" if name in HANDED else "behind `by` of a stage"
    layouts = "`stage denoise : ... by net(x = pack(x, [[h, w], c]))`; latents of a program keep their axes"
    layers = "a role is asked for a stage of its family: `teacher.feature(x, t, c)`"
    return session.error(
        "type-mismatch",
        f"`{name}` stands {said}, and nowhere else",
        e.span,
        help=layouts if name in HANDED else layers,
    )


SHARED: Mapping[str, Callable[[Op], Rule]] = {
    "loss": loss,
    "reduction": reductions.reduction,
    "elementwise": reductions.elementwise,
    "extreme": reductions.extreme,
    "normal": lambda op: distributions.number_range(*op.support),
    "quantile": distributions.of_quantiles,
    "times": lambda op: time_lists.times_list(op.name),
}
"""The rules that type the calls of several ops."""

OWN: Mapping[str, Rule] = {
    "stop": stop,
    "live": live,
    "guide": guide,
    "rescale": rescale,
    "product": product,
    "uniform": distributions.uniform,
    "pick": distributions.pick,
    "shifted": distributions.shifted,
    "clamp": distributions.clamp,
    "truncated": distributions.truncated,
    "level": levels.level,
    "grid": grids.grid,
    "len": time_lists.length,
    "select": select,
    "pool": pooling.pool,
    "norm": statistics.norm,
    "std": statistics.std,
    "concat": concat,
    "given": given,
    "average": average,
    "copy": copy,
    "recast": conversions.recast,
    "x0_of": x0_of,
    "bridge": bridges.bridge,
    "perturb": stochastic_steps.perturb,
    "sde_step": stochastic_steps.sde_step,
    "log_prob": stochastic_steps.log_prob,
    "jvp": derivatives.jvp,
    **{op.rule: handed for op in IN_STAGES.values()},
}
"""The rules of one op each."""

BUILT_IN: Mapping[str, Rule] = {
    name: SHARED[op.rule](op) if op.rule in SHARED else OWN[op.rule] for name, op in FUNCTIONS.items()
}
