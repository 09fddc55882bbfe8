"""`sign-mismatch` of a size: two latents of one kind are added where their distance was meant, `mean(abs(x0 + real))`."""

from __future__ import annotations

from collections.abc import Iterable

from .....stages.table import OPERATORS, OPS
from ....program.values import Value, every_value
from ....types.types import Latent
from ...core.session import Session


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
                "this is the size of a sum of two like latents, which is nothing where they are opposite, not where they agree",
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
    whole = all(k.constant in (-1, 0, 1) for k in (p.a, p.b))
    return whole and all(f is not None and f.known for f in forms)
