"""`sign-mismatch` of what is added where a difference was meant: two like latents in a size, `mean(abs(x0 + real))`, or the
distances of a trained role and of its reference."""

from __future__ import annotations

from collections.abc import Iterable

from .....stages.table import OPERATORS, OPS
from ....base.diagnostics import Label
from ....program.values import Value, every_value
from ....types.types import Latent
from ...core.session import Session
from ..comparison import Comparison


def check(session: Session, losses: Iterable[Value]) -> None:
    """Reports the first sum in a loss, in what scales it as well."""
    for v in every_value(losses):
        inside = v.args[0] if OPS[v.op].rule == "reduction" else None
        if inside is None or not OPS[inside.op].measures:
            continue
        x = inside.args[0]
        if x.op == OPERATORS["+"].name and _are_alike(session, *x.args):
            session.error(
                "sign-mismatch",
                "this is the size of a sum of two like latents, which is large where they agree",
                x.span,
                "a sum",
                help="the distance of two latents is the size of their difference",
                mild=True,
            )
            return


def _are_alike(session: Session, a: Value, b: Value) -> bool:
    """Whether two latents are the same whole mix of data and noise: both clean, both noise, both a velocity."""
    quantities = [x.type.quantity for x in (a, b) if isinstance(x.type, Latent)]
    if len(quantities) < 2 or any(q is None for q in quantities):
        return False
    p, q = quantities
    if p is None or q is None or p != q or p.is_direction:
        return False
    forms = [session.form(x) for x in (a, b)]
    whole = all(k in (-1, 0, 1) for k in (p.a, p.b))
    return whole and all(f is not None and f.known for f in forms)


def check_distances(session: Session, compared: Iterable[Comparison]) -> None:
    """Reports the distance of a frozen role that is added to the like one of a trained role, of one input and one target."""
    by_loss: dict[str, list[Comparison]] = {}
    for c in compared:
        if c.known and not c.product and not c.alone and c.sign in (1, -1):
            by_loss.setdefault(c.loss, []).append(c)
    for of in by_loss.values():
        for c in of:
            twin = next((d for d in of if c.prediction.live and _is_reference_of(d, c)), None)
            if twin is not None:
                session.error(
                    "sign-mismatch",
                    "this loss moves in one direction with the distance of a frozen role and with that of the trained one, "
                    "which are compared by their difference",
                    twin.value.span,
                    labels=(Label(c.value.span, "the distance of the role that is trained"),)
                    if c.value.span != twin.value.span
                    else (),
                    help="take off the reference's distance: `mse(student, v) - mse(reference, v)`",
                    mild=True,
                )
                return


def _is_reference_of(d: Comparison, c: Comparison) -> bool:
    """Whether a distance without gradient is that of another role which was asked the same, to the same target."""
    if d.prediction.live or d.target.live or d.sign != c.sign or d.value.op != c.value.op:
        return False
    ours = {s.call.fed: s.call for s, _ in c.prediction.live if s.call is not None}
    for side, other in ((d.left, d.right), (d.right, d.left)):
        theirs = [s.call for s in side.form.remaining if s.call is not None]
        if len(theirs) == 1 and theirs[0].fed in ours and other.form.key == c.target.form.key:
            mine = ours[theirs[0].fed]
            return (mine.role, mine.average) != (theirs[0].role, theirs[0].average) and mine.time == theirs[
                0
            ].time
    return False
