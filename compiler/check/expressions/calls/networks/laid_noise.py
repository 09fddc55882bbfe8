"""Noise that a network is given beside its noisy latents, `denoise(x: noisy[S], t: time[b], c: text, eps: noise[S])`: drawn
where a call does not give it, anew for each call, from a stream of its own."""

from __future__ import annotations

from collections.abc import Mapping

from .....base.source import Span
from .....program.ops import LAID, PROCESS_OF, SCOPE, SITE, SPACE
from .....types.quantity import NOISE
from .....types.types import Distribution, Latent, Space
from ....core.context import Context
from ....core.family_model import StageModel
from ....core.role_binding import RoleBinding
from ....core.session import Session
from ....core.term import Term
from ...times.draws import site_of
from ..graph_calls import Made

KINDS = ("denoise", "feature")
"""Stages that are asked of noisy latents by whoever knows of nothing but these, their time and a record."""


def drawn_parameters(
    session: Session, role: RoleBinding, stage: StageModel, span: Span, context: Context
) -> Mapping[str, Made]:
    """What draws each parameter of a stage that is noise, for a call at `span`. Calls of one role with one input are one
    call, which draws once, whether a prediction or hidden states are asked for."""
    if stage.declaration.kind.id not in KINDS:
        return {}

    def drawing(name: str, space: Space) -> Made:
        site = f"{role.name}_{name}"

        def drawn(given: Mapping[str, Term]) -> Term:
            numbers = tuple((n, session.latents.numbers.of(t.value)) for n, t in given.items())
            key = (role.ref, site, numbers, tuple(id(i.value) for i in context.loops))
            if session.bag.muted:
                return _drawn(session, role, site, space, span, context)
            if key not in session.laid:
                session.laid[key] = _drawn(session, role, site, space, span, context)
            return session.laid[key]

        return drawn

    return {
        p.name: drawing(p.name, p.declared.space)
        for p in stage.params
        if p.declared.kind == "noise" and p.declared.space is not None
    }


def _drawn(
    session: Session, role: RoleBinding, site: str, space: Space, span: Span, context: Context
) -> Term:
    """It belongs to the call: what the network says descends from what it is asked of, and from no noise that only it saw."""
    d = session.value(
        "noise", (), Distribution("noise", space=space), span, context, SPACE(space), PROCESS_OF(role.ref)
    )
    attrs = (SITE(site_of(session, context, site)), SCOPE("sample"), LAID(True))
    return Term(session.value("draw", (Term(d), *context.loops), Latent(space, NOISE), span, context, *attrs))
