"""Which roles a loss trains: gradient that cancels in the algebra reaches none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ....stages.table import OPERATORS
from ...program.values import Value, every_value
from ..core.gradient_flow import GradientFlow
from ..core.session import Session
from .comparison import Comparison
from .wording import shown


def roles_reached(session: Session, loss: Value, comparisons: Iterable[Comparison]) -> frozenset[str]:
    """The roles whose parameters a gradient of a loss reaches."""
    flow = GradientFlow(session.families)
    for c in comparisons:
        if c.known:
            flow.put(c.value, _through(flow, c))
    numbers = session.latents.numbers
    for v in every_value([loss]):
        if v.op == OPERATORS["-"].name and numbers.of(v.args[0]) == numbers.of(v.args[1]):
            flow.put(v, frozenset())  # two equal computations
    return flow.roles(loss)


def _through(flow: GradientFlow, c: Comparison) -> frozenset[str]:
    """The roles that a comparison trains, of those of its update; of all others those that its sides are made by."""
    if c.sign == 0:
        return frozenset()
    weight = flow.roles(c.weight_value) if c.weight_value is not None else frozenset[str]()
    if c.product:
        pairs = ((c.left, c.right), (c.right, c.left))
        return weight.union(*(a.form.roles_left for a, b in pairs if b.form.remaining))
    if not c.difference.remaining:  # both sides are one value
        return frozenset()
    return weight | c.difference.roles_left


def why_none(comparisons: Sequence[Comparison]) -> str:
    """What to say of losses that train nothing; empty where the algebra has nothing to say."""
    for c in comparisons:
        text = shown(c.value.span)
        text = "a comparison here" if text == "this" else text
        if not c.product and not c.difference.remaining:
            return f"{text} is always zero: both sides are one value"
        if c.sign == 0:
            return f"the loss does not depend on {text}: its factor is 0"
        if not c.product and c.prediction.live and not c.difference.into(c.trained):
            return (
                f"what carries gradient in {text} stands on both sides and cancels: put `stop(...)` around the side "
                "that is the target"
            )
    return ""
