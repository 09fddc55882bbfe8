"""Roles that consist of heads: they judge, and have no latents, no process and no prediction."""

from __future__ import annotations

from .....base.diagnostics import Label
from .....base.source import Span
from ....core.family_model import FamilyModel
from ....core.role_binding import RoleBinding
from ....core.session import Session
from ....core.term import Term


def without_latents(session: Session, role: RoleBinding, span: Span) -> Term:
    """Reports that a role of heads is asked for what it has not."""
    assert isinstance(role.model, FamilyModel)
    heads = [n for n, s in role.model.stages.items() if s.declaration.kind.id == "head"]
    return session.error(
        "type-mismatch",
        f"`{role.name}` consists of heads: it has no latents, no process and no prediction",
        span,
        labels=(Label(role.span, f"`{role.name}` is `{role.model.name}`"),),
        help=f"what it offers: {', '.join(f'`{role.name}.{n}(...)`' for n in heads)}",
        role=role.name,
    )
