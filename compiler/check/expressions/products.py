"""Latents of a product of spaces where one tensor is due."""

from __future__ import annotations

from ...types.types import Latent
from ..core.session import Session
from ..core.term import Term


def is_one_tensor(session: Session, x: Term, what: str) -> bool:
    """Whether a value is a single tensor; reports latents of a product. `what` says why that is asked for."""
    if not isinstance(x.type, Latent) or not x.type.space.factors:
        return True
    first, *_ = parts = [n for n, _ in x.type.space.factors]
    written = x.span.text
    base = written if written.replace(".", "").replace("_", "").isalnum() else "x"
    session.error(
        "space-mismatch",
        f"latents of `{x.type.space}` are {' and '.join(f'`{n}`' for n in parts)}, and {what}",
        x.span,
        f"latents of `{x.type.space}`",
        help=f"take one part: `{base}.{first}`",
    )
    return False
