"""Edges between the cards of a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...base.frozen import replace
from ..document import Edge, Loss, Port
from .folds import Folds, Meeting, outputs_of
from .losses import is_loss

NAMED = ("number", "other")
"""Quantities that say less than a value's name."""


def _label(gives: Port) -> str:
    """The quantity in words, or where they say nothing, the value's name."""
    return gives.name if gives.quantity in NAMED or gives.words == "latent" else gives.words


def edges(folds: Folds, losses: Iterable[Loss]) -> tuple[Edge, ...]:
    """One for each pair of ports that a value goes between."""
    found: dict[str, Edge] = {}
    for m in folds.meetings():
        made = _edge(folds, m)
        old = found.get(made.id)
        found[made.id] = replace(made, gradient=made.gradient or (old is not None and old.gradient))
    return (*found.values(), *_to_results(folds), *_to_roles(losses))


def _edge(folds: Folds, m: Meeting) -> Edge:
    entry = folds.entry(m.arrival)
    text = " ".join(folds.steps.nodes[entry].spans[0].text.split()) if entry is not None else ""
    id = f"{m.source}.{m.gives.name}-{m.target}.{m.takes.name}"
    return Edge(
        id,
        m.source,
        m.gives.name,
        m.target,
        m.takes.name,
        text or _label(m.gives),
        m.gives.quantity,
        _has_gradient(folds, m),
        m.back,
    )


def _has_gradient(folds: Folds, m: Meeting) -> bool:
    """Whether a gradient comes back: both ends are recorded, and nothing between them stops it."""
    s, a = folds.steps, m.arrival
    if a.stopped or a.node not in s.tape or not all(s.nodes[w].op_info.differentiable for w in a.way):
        return False
    reader = s.nodes[m.reader]
    return m.reader in s.tape and (reader.op_info.differentiable or reader.body is not None)


def _to_results(folds: Folds) -> Iterator[Edge]:
    f = folds.steps.function
    for name, id, target in outputs_of(f):
        minimised = is_loss(f, name)
        if minimised and folds.is_loss_card(id):
            continue
        for a in folds.steps.arrivals(id):
            gives, source = folds.gives(a), folds.id(a.node)
            gradient = minimised and a.node in folds.steps.tape and not a.stopped
            yield Edge(
                f"{source}.{gives.name}-{target}",
                source,
                gives.name,
                target,
                name or "result",
                gives.words,
                gives.quantity,
                gradient,
            )


def _to_roles(losses: Iterable[Loss]) -> Iterator[Edge]:
    for loss in losses:
        for role in loss.trains:
            id = f"{loss.node}.{loss.name}-trains.{role}"
            yield Edge(id, loss.node, loss.name, f"trains.{role}", role, "gradient", "number", True)
