"""Guidance that is written out: between two calls that differ in the condition alone, the unconditional one must not
have the larger share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from .....stages.table import OPS
from ....base.diagnostics import Label
from ....program.values import Value, every_value
from ....types.coefficients import Coef
from ....types.forms import Form, Source, calls, total
from ....types.types import Latent
from ...core.session import Session
from ..comparison import Comparison


def check(session: Session, c: Comparison) -> None:
    own = total(c.left.live.values()) if c.left.live else total(c.right.live.values())
    if c.product:
        for factor, other in ((c.left, c.right), (c.right, c.left)):
            if not factor.live and other.live and _led_away(session, factor.value, -own):
                return
        return
    for side in (c.left, c.right):
        if _led_away(session, side.value, own if own.sign is not None else None):
            return


def check_fed(session: Session, losses: Iterable[Value]) -> None:
    """Guidance in what a network is fed: a step of a sampler."""
    for v in every_value(losses):
        if OPS[v.op].runs == "denoiser" and any(_led_away(session, a, None) for a in v.args):
            return


def _led_away(session: Session, v: Value, own: Coef | None) -> bool:
    """Reports guidance in a latent that leads to the unconditional answer. `own` is the share of a clean estimate by which
    a pair is oriented whose shares add up to nothing; None where there is none."""
    while OPS[v.op].rule == "same" and isinstance(
        v.args[0].type, Latent
    ):  # a claim says nothing of directions
        v = v.args[0]
    form = session.form(v)
    if form is None:
        return False
    for cond, uncond in _pairs(form):
        a, b = form.shares[cond], form.shares[uncond]
        net = a + b
        if net.is_zero:
            if own is None:
                continue
            net = own
        # of shares that only a run knows it is told what draws to the conditional answer, or from it
        by_own = own if net.sign is None else None
        away = (a / by_own).sign == -1 if by_own is not None else ((b - a) / net).sign == 1
        if away:
            session.error(
                "sign-mismatch",
                "this guidance leads away from the prompt: the unconditional call has the larger share",
                _combined(session, v, cond, uncond).span,
                "written the wrong way round",
                labels=(
                    Label(cond.place, "the conditional call"),
                    Label(uncond.place, "the unconditional call"),
                ),
                help="`guide(c, u, scale)` is `u + scale*(c - u)`: the difference is the conditional call minus the other",
                mild=True,
            )
            return True
    return False


def _combined(session: Session, v: Value, cond: Source, uncond: Source) -> Value:
    """The expression in which two calls come together."""
    while True:
        inner = [
            a for a in v.args if (f := session.form(a)) is not None and {cond, uncond} <= f.shares.keys()
        ]
        if len(inner) != 1:
            return v
        v = inner[0]


def _pairs(form: Form) -> Iterator[tuple[Source, Source]]:
    """A conditional and an unconditional call of one role on one input at one time."""
    for (a, x), (b, y) in combinations(calls(form), 2):
        if (x.role, x.average, x.time, x.fed) != (y.role, y.average, y.time, y.fed):
            continue
        if x.graphs == {"cond"} and y.graphs == {"uncond"}:
            yield a, b
        elif x.graphs == {"uncond"} and y.graphs == {"cond"}:
            yield b, a
