"""`live-scalar`: a number that is computed at run time and carries gradient scales what is compared."""

from __future__ import annotations

from ..core.session import Session
from .comparison import Comparison


def check(session: Session, c: Comparison) -> None:
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
