"""Built-in functions: one table from name to typing rule, and the rules that stand alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .....stages.op import Op
from .....stages.table import FUNCTIONS
from ....base.diagnostics import Label
from ....base.frozen import replace
from ....program.ops import AXIS
from ....syntax import ast
from ....types.types import Latent, RoleType
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term, unknown
from .. import bridges, conversions, derivatives
from ..arguments import Arguments, Rule, float_of
from ..calls.guidance import guide
from ..products import is_one_tensor
from ..times import distributions, levels, time_lists
from . import reductions
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
    value = session.value("concat", tuple(items), items[0].type, e.span, context, AXIS(axis.id))
    first = items[0].type
    if isinstance(first, Latent):
        value = replace(value, type=Latent(first.space, None))
    return Term(value)


def average(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("role", "decay"), 1)
    decay = a.number("decay")
    if not a.valid:
        return unknown(e.span)
    role = a.terms["role"]
    if not isinstance(role.type, RoleType) or not isinstance(role.role, RoleBinding):
        return session.error("type-mismatch", f"`average` takes a role, not {role.type}", role.span)
    rate = 0.999 if decay is None else float_of(decay, 0.999)
    if not 0 < rate < 1:
        return session.error("bad-setting", "a decay lies between 0 and 1", e.span)
    if not role.role.trainable:
        return session.error(
            "not-trainable",
            f"`{role.role.name}` is frozen, so that its average is what it always was",
            e.span,
            labels=(Label(role.role.span, "frozen: it says no `train`"),),
            help=f"use `{role.span.text}` itself",
            role=role.role.name,
        )
    return replace(role, role=role.role.averaged(rate), place=e.span)


SHARED: Mapping[str, Callable[[Op], Rule]] = {
    "loss": loss,
    "reduction": reductions.reduction,
    "elementwise": reductions.elementwise,
    "extreme": reductions.extreme,
    "normal": lambda op: distributions.number_range(*op.support),
    "times": lambda op: time_lists.times_list(op.name),
}
"""The rules that type the calls of several ops."""

OWN: Mapping[str, Rule] = {
    "stop": stop,
    "live": live,
    "guide": guide,
    "uniform": distributions.uniform,
    "pick": distributions.pick,
    "shifted": distributions.shifted,
    "clamp": distributions.clamp,
    "truncated": distributions.truncated,
    "level": levels.level,
    "grid": time_lists.grid,
    "len": time_lists.length,
    "select": select,
    "norm": reductions.norm,
    "concat": concat,
    "average": average,
    "recast": conversions.recast,
    "bridge": bridges.bridge,
    "jvp": derivatives.jvp,
}
"""The rules of one op each."""

BUILT_IN: Mapping[str, Rule] = {
    name: SHARED[op.rule](op) if op.rule in SHARED else OWN[op.rule] for name, op in FUNCTIONS.items()
}
