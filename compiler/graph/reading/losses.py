"""The losses of an update: their weights, what they are the mean over, and the roles that they train."""

from __future__ import annotations

from collections.abc import Iterator

from ....stages.table import OPS
from ...ir.autograd import is_trained_call
from ...ir.graph import LOG, NEXT, Function
from ...program.ops import OPTIONS, PER
from ...program.values import Value
from .steps import Steps


def is_loss(function: Function, output: str) -> bool:
    """Whether an output is minimised: it is neither reported only, nor what a state becomes."""
    return function.kind == "update" and not output.startswith((LOG, NEXT))


def weight(value: Value | None) -> str:
    """What a loss is multiplied by: `0.5` of `0.5*mse(a, b)`."""
    if value is None or OPS[value.op].linear != "product":
        return "1"
    factors = [a.name or " ".join(a.span.text.split()) for a in value.args if not _has_loss(a)]
    return "*".join(factors) or "1"


def _has_loss(v: Value) -> bool:
    return OPS[v.op].is_loss or (bool(OPS[v.op].linear) and any(map(_has_loss, v.args)))


def normaliser(value: Value | None) -> str:
    """What a loss is the mean over, as far as one loss stands in it."""
    if value is None:
        return ""
    if OPS[value.op].is_loss:
        per = PER.find(value)
        options = OPTIONS.find(value) or ()
        over = f"mean of each {per}" if per else "mean over all elements"
        return f"{over}, with {', '.join(options)}" if options else over
    found = {normaliser(a) for a in value.args if _has_loss(a)}
    return found.pop() if len(found) == 1 else ""


def trained_by(steps: Steps, output: int) -> Iterator[str]:
    """Roles of the update whose parameters the gradient of an output reaches."""
    stages = dict(steps.stages)
    stack, seen = [output], set()
    found: set[str] = set()
    while stack:
        i = stack.pop()
        if i in seen or (i not in steps.tape and steps.nodes[i].body is None):
            continue
        seen.add(i)
        n = steps.nodes[i]
        found |= {r for r in steps.function.roles if is_trained_call(n, (r,), stages)}
        if dict(n.attributes).get("gradient") is True:  # it goes on in the numbers of the whole batch
            found |= set(steps.function.roles)
        if n.body is not None:
            stack += [r for _, r in n.body.outputs]
        if i in steps.carried:
            loop, _, start = steps.carried[i]
            stack += [start, loop]
        stack += n.inputs
    return (r for r in steps.function.roles if r in found)
