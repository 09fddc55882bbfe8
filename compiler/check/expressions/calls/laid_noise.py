"""Noise that a network is given beside its noisy latents, `denoise(x: noisy[S], t: time[b], c: text, eps: noise[S])`: drawn
anew at each call that does not give it, from a stream of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....base.source import Span
from ....program.ops import LAID, PROCESS_OF, SCOPE, SITE, SPACE
from ....program.values import Value
from ....types.quantity import NOISE
from ....types.types import Distribution, Latent, Space
from ...core.context import Context
from ...core.family_model import StageModel
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term
from ..times.draws import site_of

KINDS = ("denoise", "feature")
"""Stages that are asked of noisy latents by whoever knows of nothing but these, their time and a record."""


def drawn_parameters(
    session: Session, role: RoleBinding, stage: StageModel, span: Span, context: Context
) -> Mapping[str, Callable[[], Term]]:
    """What draws each parameter of a stage that is noise, for a call at `span`."""
    if stage.declaration.kind.id not in KINDS:
        return {}

    def drawing(name: str, space: Space) -> Callable[[], Term]:
        return lambda: _drawn(session, role, f"{stage.declaration.name.id}_{name}", space, span, context)

    return {
        p.name: drawing(p.name, p.declared.space)
        for p in stage.params
        if p.declared.kind == "noise" and p.declared.space is not None
    }


def _drawn(session: Session, role: RoleBinding, name: str, space: Space, span: Span, context: Context) -> Term:
    """It belongs to the call: what the network says descends from what it is asked of, and from no noise that only it saw."""
    d = session.value(
        "noise", (), Distribution("noise", space=space), span, context, SPACE(space), PROCESS_OF(role.ref)
    )
    site = site_of(session, context, f"{role.name}_{name}")
    value: Value = session.value(
        "draw", (Term(d), *context.loops), Latent(space, NOISE), span, context, SITE(site), SCOPE("sample"), LAID(True)
    )
    return Term(value)
