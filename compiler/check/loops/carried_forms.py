"""What latents that a loop carries are made of, at the head of a round and after the last.

Each has clean data of its own. While the body draws no noise, the noise is what it was before the loop; else it is new,
and one for all that come from one noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...program.values import Value
from ...types.coefficients import Coef
from ...types.forms import Form, Live, Route, Source
from ...types.quantity import Quantity
from ...types.types import Latent
from ..core.session import Session
from ..core.term import Term
from .iteration import LoopRange


def put_heads(session: Session, loop_range: LoopRange, carried: Iterable[tuple[Term, Term]]) -> None:
    """Gives forms to the heads of a loop; `carried` are what each name starts as, and its head."""
    noises: dict[frozenset[Source], Source] = {}
    for start, head in _latents(carried):
        entered = session.form(start)
        descent = entered.ancestors if entered is not None else frozenset[int]()
        roles = entered.roles if entered is not None else frozenset[str]()
        _put(session, loop_range, head, entered, descent, roles, noises)


def put_exit(session: Session, loop_range: LoopRange, start: Value, after: Value, left: Value) -> None:
    """Gives a form to what a name is after its loop; `after` is what it is at the end of a round."""
    if not _is_mix(left):
        return
    entered, ended = session.form(start), session.form(after)
    descent = frozenset[int]().union(*(f.ancestors for f in (entered, ended) if f is not None))
    _put(session, loop_range, left, entered, descent, session.latents.roles_through(left), {})


def _put(
    session: Session,
    loop_range: LoopRange,
    v: Value,
    entered: Form | None,
    descent: frozenset[int],
    roles: frozenset[str],
    noises: dict[frozenset[Source], Source],
) -> None:
    """The form of a carried latent that was `entered` before the loop; `noises` are those that are shared already."""
    known, q = session.latents, _quantity(v)
    of = entered.noise if entered is not None and entered.dependent is None else {}
    shares: dict[Source, Coef] = {}
    if q.a.constant != 0:
        shares[known.source("carried", True, descent, v)] = q.a
    if q.b.constant != 0:
        if of and entered is not None and id(loop_range.index.value) not in known.drawing:
            shares |= {s: q.b * (c / entered.noise_size) for s, c in of.items()}
        else:
            noise = noises.get(frozenset(of)) or known.source("carried", False, descent, v)
            if of:
                noises[frozenset(of)] = noise
            shares[noise] = q.b
    live: dict[Route, Live] = {(s, "carried"): Live(c, roles) for s, c in shares.items()}
    known.put(v, Form(shares, live if roles else {}))


def _is_mix(v: Value) -> bool:
    return isinstance(v.type, Latent) and v.type.quantity is not None


def _quantity(v: Value) -> Quantity:
    assert isinstance(v.type, Latent) and v.type.quantity is not None
    return v.type.quantity


def _latents(carried: Iterable[tuple[Term, Term]]) -> Iterator[tuple[Value, Value]]:
    """The latents among carried names, and among the parts of those that stand for several values."""
    for start, head in carried:
        if head.items is not None:
            parts = start.items if start.items is not None else (start,) * len(head.items)
            yield from _latents(zip(parts, head.items))
        elif _is_mix(head.value):
            yield start.value, head.value
