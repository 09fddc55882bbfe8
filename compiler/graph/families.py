"""A family as a graph: its components, the stages that run them, the spaces and records between them."""

from __future__ import annotations

from collections.abc import Iterator

from ..program.family import Declared, Family, Stage
from ..types.quantity import CLEAN, LATENTS
from ..types.types import Record
from .document import Card, Drawing, Edge, Port, Snapshot
from .reading.places import doc_above, place


def family_graph(family: Family) -> Drawing:
    """An edge leads from a component to each stage that runs it, and from what a stage takes to what it gives."""
    cards = (*_components(family), *_kept(family), *map(_stage, family.stages.values()))
    edges = tuple(dict.fromkeys(_edges(family)))
    made = Snapshot("checked", "the parts of the family", ("checked",), cards, edges)
    return Drawing("family", "overview", f"parts of {family.name}", "", (), (made,))


def _components(family: Family) -> Iterator[Card]:
    for c in family.components.values():
        note = " · ".join(filter(None, (c.cls, "trainable" if c.trainable else "")))
        ports = (Port("weights", "out", words="runs"),)
        yield Card(
            f"component.{c.name}",
            "constant",
            c.name,
            note,
            ports=ports,
            trains=c.trainable,
            trace=(place(c.span),),
        )


def _kept(family: Family) -> Iterator[Card]:
    ports = (Port("in", "in"), Port("out", "out"))
    for name, s in family.spaces.items():
        dims = (
            f"{s.dtype}[{', '.join(map(str, s.dims))}]" if s.dims else " and ".join(n for n, _ in s.factors)
        )
        where = (place(family.codings[name].span),) if name in family.codings else ()
        yield Card(f"space.{name}", "state", f"space {name}", dims, ports=ports, trace=where)
    for name, r in family.records.items():
        yield Card(f"record.{name}", "data", f"record {name}", "; ".join(map(str, r.fields)), ports=ports)


def _stage(s: Stage) -> Card:
    takes = [Port(i.name, "in", str(i.declared.type), words=i.declared.kind) for i in s.inputs]
    by = "Python" if s.body is None else ", ".join(sorted(s.components))
    gives = Port("result", "out", str(s.result.type), words=s.result.kind)
    ports = (Port("by", "in", words="runs"), *takes, gives)
    note = f"{s.kind} by {by}"
    return Card(
        f"stage.{s.name}", "stage", s.name, note, ports=ports, doc=doc_above(s.span), trace=(place(s.span),)
    )


def _edges(family: Family) -> Iterator[Edge]:
    for s in family.stages.values():
        for name in sorted(s.components & family.components.keys()):
            yield _edge(f"component.{name}", "weights", f"stage.{s.name}", "by", "runs", "other")
        read = {at for i in s.inputs for at in _where(family, i.declared)}
        for i in s.inputs:
            for at in _where(family, i.declared):
                yield _edge(at, "out", f"stage.{s.name}", i.name, i.declared.kind, _quantity(i.declared))
        for at in _where(family, s.result):
            words, quantity = s.result.kind, _quantity(s.result)
            yield _edge(f"stage.{s.name}", "result", at, "in", words, quantity, at in read)


def _where(family: Family, d: Declared) -> Iterator[str]:
    """The spaces and the record that a declared type is of."""
    for name, space in family.spaces.items():
        if d.space is not None and d.space.key == space.key:
            yield f"space.{name}"
    if isinstance(d.type, Record):
        yield from (f"record.{name}" for name, r in family.records.items() if r == d.type)


def _quantity(d: Declared) -> str:
    if d.kind not in LATENTS:
        return "record" if isinstance(d.type, Record) else "other"
    known = LATENTS[d.kind]
    if known is not None:
        return "clean" if known == CLEAN else "noise"
    return "noisy" if d.kind == "noisy" else "velocity"


def _edge(
    source: str, port: str, target: str, at: str, label: str, quantity: str, back: bool = False
) -> Edge:
    return Edge(
        f"{source}.{port}-{target}.{at}", source, port, target, at, "" if label == "value" else label, quantity, False, back
    )  # fmt: skip
