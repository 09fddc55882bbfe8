"""`live-scalar`: a number that is computed at run time and carries gradient scales what is compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .....stages.table import OPERATORS, OPS
from ....base.diagnostics import Label
from ....program.values import Value, every_value
from ....types.types import Latent
from ...core.gradient_flow import GradientFlow
from ...core.session import Session
from ..comparison import Comparison


def check(session: Session, c: Comparison) -> None:
    if c.weight_value is not None and _divides(session, c.weight_value, c.trained):
        session.error(
            "live-scalar",
            "gradient flows through the weight of this loss: training may lower the weight instead of coming near",
            c.weight_value.span,
            "divided by a number that carries gradient",
            help="put `stop(...)` around the weight",
        )
        return
    for side in (c.left, c.right):
        if side.form.scalars & c.trained and side.live:
            session.error(
                "live-scalar",
                "gradient flows through a number that scales this side: training may change it instead of the latents",
                side.span,
                "scaled by a number that carries gradient",
                help="put `stop(...)` around the number",
            )
            return


def check_division(session: Session, loss: Value, comparisons: Iterable[Comparison]) -> None:
    """A distance divided by a number that is made of the same prediction: training may make the number larger instead."""
    distances = {id(c.value): c for c in comparisons if not c.product}
    flow = GradientFlow(session.families)
    for v in _live_values(loss):
        if v.op != OPERATORS["/"].name or isinstance(v.type, Latent):
            continue
        of = next((c for x in every_value(v.args[:1]) if (c := distances.get(id(x))) is not None), None)
        if of is None or not flow.roles(v.args[1]) & of.trained:
            continue
        if any(OPS[x.op].rule == "reduction" for x in every_value(v.args[1:])):
            session.error(
                "live-scalar",
                "gradient flows through the number that divides this loss: training may raise it instead of coming near",
                v.span,
                labels=(Label(v.args[1].span, "carries gradient"),)
                if not v.span.covers(v.args[1].span)
                else (),
                help="put `stop(...)` around the number",
            )
            return


def _divides(session: Session, weight: Value, trained: frozenset[str]) -> bool:
    """Whether a weight is divided by a reduction that carries gradient."""
    flow = GradientFlow(session.families)
    return any(
        v.op == OPERATORS["/"].name
        and flow.roles(v.args[1]) & trained
        and any(OPS[x.op].rule == "reduction" for x in every_value(v.args[1:]))
        for v in _live_values(weight)
    )


def _live_values(root: Value) -> Iterator[Value]:
    """What a number is made of, but for what a `stop` cuts off."""
    stack, seen = [root], set[int]()
    while stack:
        v = stack.pop()
        if id(v) not in seen and OPS[v.op].differentiable:
            seen.add(id(v))
            yield v
            stack.extend(v.args)
