"""Which roles an update asks, and about whose samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....stages.table import OPS
from ...base.frozen import struct
from ...base.source import Span
from ...program.ops import NAME, ROLE, STAGE
from ...program.values import Value, every_value
from ...types.types import Latent
from ..core.latents.form_rules import ancestors
from ..core.session import Session


@struct
class Asked:
    """A call of a role's networks. `samples_of` are the roles whose answers went into what it is asked about, `graphs` the
    graphs of its family that made the conditions."""

    value: Value
    role: str
    samples_of: frozenset[str]
    graphs: frozenset[str] = frozenset()

    @property
    def place(self) -> Span:
        return self.value.span


def asked_in(session: Session, losses: Iterable[Value]) -> Iterator[Asked]:
    """The calls of networks that are trained that losses are made of, averages left out."""
    for v in every_value(losses):
        ref = ROLE.find(v)
        if ref is None or ref.average is not None or not OPS[v.op].runs:
            continue
        found = (session.latents.sources[n].call for n in ancestors(session.latents, v))
        samples = frozenset(c.role for c in found if c is not None and c.role != ref.name)
        made = (session.latents.conditions.get(id(a)) for a in v.args)
        graphs = {m[1] for m in made if m is not None} | {NAME.of(a) for a in v.args if _is_condition(a)}
        yield Asked(v, ref.name, samples, frozenset(graphs))


def roles_in(values: Iterable[Value]) -> frozenset[str]:
    """All roles whose networks these are made by, averages among them."""
    refs = (ROLE.find(v) for v in every_value(values) if OPS[v.op].runs)
    return frozenset(r.name for r in refs if r is not None)


def _is_condition(a: Value) -> bool:
    """Whether it is what a family whose graphs are not known here makes of the batch, latents apart."""
    return a.op == "published" and not isinstance(a.type, Latent)


def head_means(session: Session, v: Value) -> str:
    """What a high value of a head's call means; "" for what is none, or where it is not said."""
    ref = ROLE.find(v)
    family = session.families.get(ref.name) if ref is not None else None
    if family is None or OPS[v.op].runs != "stage":
        return ""
    stage = family.stages.get(STAGE.of(v))
    return stage.means if stage is not None else ""
