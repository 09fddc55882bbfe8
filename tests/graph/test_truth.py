"""What is drawn is what happens: the edges of every graph against those of the plan, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from paths import LIBRARY
from shipped import later_slow

from fdc.compiler.driver.pipeline import check, compile
from fdc.compiler.graph.document import Document, Drawing, Snapshot
from fdc.compiler.graph.drawings import stands
from fdc.compiler.graph.program import document
from fdc.compiler.ir.graph import Function, Node
from fdc.compiler.passes.optimise import PassRecord

Pair = tuple[str, str, bool]
"""A card, one that reads it, and whether in the round after."""

PROGRAMS = [str(p) for p in LIBRARY if "\nprogram " in f"\n{p.read_text('utf-8')}"]


@cache
def documents(path: str) -> tuple[tuple[Document, tuple[PassRecord, ...]], ...]:
    checked = check(Path(path))
    made = [(p, compile(p, "test")) for p in checked.programs]
    return tuple((document(p, c.records, checked.files, c.text), c.records) for p, c in made)


def in_plan(function: Function, snapshot: Snapshot) -> set[Pair]:
    """Which card reads which, by the plan alone: what stands on no card hands on what it reads."""
    card = {i: n.id for n in snapshot.nodes for i in n.plan}
    nodes = {n.id: n for n in function.graph.walk()}

    def given(id: int) -> set[str]:
        if id in card:
            return {card[id]}
        return set[str]().union(*map(given, nodes[id].inputs))

    def reads(n: Node) -> Iterator[tuple[int, int, bool]]:
        """(what is read, by which node, in the next round)"""
        count = len(n.body.outputs) if n.body is not None else 0
        for k, i in enumerate(n.inputs):
            first = k - (len(n.inputs) - count)
            yield i, n.id if n.body is None or first < 0 else n.body.parameters[-count:][first], False
        if n.body is not None:
            for head, (_, i) in zip(n.body.parameters[-count:], n.body.outputs):
                yield i, head, True

    found = {
        (source, card[reader], back)
        for n in nodes.values()
        for i, reader, back in reads(n)
        if reader in card
        for source in given(i)
    }
    return {(a, b, back) for a, b, back in found if a != b or back}


def functions(records: tuple[PassRecord, ...], drawing: Drawing) -> Iterator[tuple[Function, Snapshot]]:
    plans = {s.name: s.plan for s in stands(records)}
    for snapshot in drawing.snapshots:
        yield next(f for f in plans[snapshot.pass_].functions if f.name == drawing.id), snapshot


@pytest.mark.parametrize("path", later_slow(PROGRAMS), ids=lambda p: Path(p).stem)
def test_edges_are_those_of_the_plan(path: str) -> None:
    for made, records in documents(path):
        assert made.graphs
        for drawing in made.graphs:
            for function, snapshot in functions(records, drawing):
                drawn = {(e.source, e.target, e.back) for e in snapshot.edges if e.target[0] == "n"}
                assert drawn == in_plan(function, snapshot), (drawing.id, snapshot.pass_)


@pytest.mark.slow
@pytest.mark.parametrize("path", later_slow(PROGRAMS), ids=lambda p: Path(p).stem)
def test_every_node_that_computes_is_on_one_card(path: str) -> None:
    for made, records in documents(path):
        for drawing in made.graphs:
            for function, snapshot in functions(records, drawing):
                held = [i for n in snapshot.nodes for i in n.plan]
                assert len(held) == len(set(held))
                for n in function.graph.walk():
                    costly = (
                        n.op_info.calls or n.op_info.kind in ("random", "reduction") or n.body is not None
                    )
                    assert not costly or n.id in held, (drawing.id, n)


@pytest.mark.parametrize("path", later_slow(PROGRAMS), ids=lambda p: Path(p).stem)
def test_ids_and_ports(path: str) -> None:
    for made, _ in documents(path):
        assert len({g.id for g in made.graphs}) == len(made.graphs)
        for snapshot in (s for g in made.graphs for s in g.snapshots):
            cards = {n.id: n for n in snapshot.nodes}
            assert len(cards) == len(snapshot.nodes)
            assert len({e.id for e in snapshot.edges}) == len(snapshot.edges)
            for e in snapshot.edges:
                assert e.source_port in {p.name for p in cards[e.source].ports if p.side == "out"}, e
                assert e.target_port in {p.name for p in cards[e.target].ports if p.side == "in"}, e
            for n in snapshot.nodes:
                assert n.parent is None or cards[n.parent].kind == "loop"
                assert n.lane in ("data", *(r.name for r in made.roles))
            for k in snapshot.groups:
                assert k.nodes and set(k.nodes) <= cards.keys() and "@triton.jit" in k.source


def test_each_kernel_lies_on_its_own_cards() -> None:
    for made, _ in documents(next(p for p in PROGRAMS if p.endswith("wan_dmd2.fdl"))):
        for g in made.graphs:
            groups = g.snapshots[-1].groups
            held = [n for k in groups for n in k.nodes]
            assert len(held) == len(set(held))
            assert all(k.bytes_saved > 0 for k in groups)
