"""Where the cards of a graph stand: columns from left to right, a band for each role, loops as boxes with their cards,
and slots through which edges pass the columns that lie between their ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

import networkx as nx

from ...base.frozen import replace, struct
from ..document import Card, Edge, Snapshot

LETTER, SMALL_LETTER = 7.0, 5.9
CARD, SLOT, GAP, COLUMN, BAND = 46.0, 8.0, 14.0, 44.0, 12.0
HEAD, PAD, FOOT = 40.0, 16.0, 26.0
"""In pixels: the width of a letter of a title and of a note; the heights of a card, a slot and what lies between; the least
room between columns and around bands; in a loop the height of its title, the room at its sides and for its edge back."""
SWEEPS = 6

Point = tuple[float, float]


@struct
class Spot:
    """Something in a column: a card, a slot (`card` None) or a loop with what is in it."""

    key: str
    card: Card | None
    x: float
    y: float
    w: float
    h: float
    inner: Block | None = None

    @property
    def middle(self) -> float:
        return self.y + self.h / 2


@struct
class Wire:
    """An edge, or a part of it, as a way from point to point; it turns only between columns. `label` is for its begin."""

    edge: Edge
    points: tuple[Point, ...]
    ends: bool
    label: str = ""


@struct
class Block:
    """What lies in a graph or in a loop, in its own coordinates. `bands` are (lane, top, bottom)."""

    spots: Mapping[str, Spot]
    wires: tuple[Wire, ...]
    bands: tuple[tuple[str, float, float], ...]
    width: float
    height: float

    def placed(self, x: float = 0.0, y: float = 0.0) -> Iterator[Spot]:
        """Cards and loops, each loop before what is in it, where they stand in the whole."""
        for s in self.spots.values():
            if s.card is not None:
                yield replace(s, x=s.x + x, y=s.y + y)
                if s.inner is not None:
                    yield from s.inner.placed(s.x + x, s.y + y)

    def drawn_wires(self, x: float = 0.0, y: float = 0.0) -> Iterator[Wire]:
        for w in self.wires:
            yield replace(w, points=tuple((a + x, b + y) for a, b in w.points))
        for s in self.spots.values():
            if s.inner is not None:
                yield from s.inner.drawn_wires(s.x + x, s.y + y)


def layout(snapshot: Snapshot, lanes: Iterable[str]) -> Block:
    """A graph with a band for each lane that has a card. Nothing overlaps, and no edge runs through a card."""
    return _Scope(snapshot, None, tuple(dict.fromkeys(lanes))).block()


def label_width(text: str) -> float:
    return len(text) * SMALL_LETTER + 14


@struct
class _Link:
    """An edge as it is in one scope, between two things in it."""

    source: str
    target: str
    edge: Edge
    whole: bool
    back: bool = False


class _Scope:
    """A graph, or the inside of a loop: its cards, and the edges between them or from outside ("in ...") to one."""

    def __init__(self, snapshot: Snapshot, parent: str | None, lanes: tuple[str, ...]) -> None:
        self.snapshot, self.parent = snapshot, parent
        self.cards = {n.id: n for n in snapshot.nodes if n.parent == parent}
        self.up = {n.id: n.parent for n in snapshot.nodes}
        used = {c.lane for c in self.cards.values()}
        self.lanes = tuple(lane for lane in lanes if lane in used) if parent is None else ("",)
        self.inner = {
            i: _Scope(snapshot, i, lanes).block() for i, c in self.cards.items() if c.kind == "loop"
        }
        self.links = tuple(self._links())
        self.columns = self._columns()

    def _here(self, id: str) -> str | None:
        """The card of this scope that a card is, or lies in; None if it is outside."""
        at: str | None = id
        while at is not None and self.up.get(at) != self.parent:
            at = self.up.get(at)
        return at if at in self.cards else None

    def _links(self) -> Iterator[_Link]:
        for e in self.snapshot.edges:
            a, b = self._here(e.source), self._here(e.target)
            if b is None or a == b:
                if e.back and b is not None and self.up.get(e.target) == self.parent:
                    yield _Link(b, b, e, True, True)
                continue
            if a is not None:
                yield _Link(a, b, e, e.target == b, e.back)
            elif self.parent is not None and e.source != self.parent:
                yield _Link(f"in {e.source} {e.source_port}", b, e, e.target == b)

    def lane(self, key: str) -> str:
        return self.cards[key].lane if self.parent is None and key in self.cards else ""

    def _columns(self) -> dict[str, int]:
        graph = nx.DiGraph()
        graph.add_nodes_from(self.cards)
        graph.add_edges_from((k.source, k.target) for k in self.links if not k.back)
        order = list(nx.topological_sort(graph))
        outside = any(i not in self.cards for i in order)
        found: dict[str, int] = {}
        for i in order:
            first = 1 if outside and i in self.cards else 0
            found[i] = max((found[p] + 1 for p in graph.predecessors(i)), default=first)
        for i in reversed(order):
            after = [found[s] for s in graph.successors(i)]
            if after and i in self.cards and not graph.in_degree(i):
                found[i] = max(found[i], min(after) - 1)
        return found

    def block(self) -> Block:
        if not self.columns:
            return Block({}, (), (), 2 * PAD, HEAD + FOOT)
        order = self._ordered()
        sizes = {key: self._size(key) for column in order for key in column}
        lefts, rights = self._across(order, sizes)
        bands = self._bands(order, sizes)
        spots = self._down(order, sizes, lefts, rights, bands)
        wires = tuple(self._wires(spots, lefts, rights))
        backs = sum(k.back for k in self.links)
        last = rights[-1] + (COLUMN / 2 if backs else 0)
        return Block(spots, wires, bands, last + PAD, bands[-1][2] + (FOOT if backs else PAD))

    # columns and their order

    def _ordered(self) -> list[list[str]]:
        """What stands in each column from top to bottom, slots included: by lane, and near to what it is connected to."""
        count = max(self.columns.values()) + 1
        ways: dict[str, list[str]] = {}
        columns: list[list[str]] = [[] for _ in range(count)]
        last = {
            s: max(self.columns[k.target] for k in links)
            for s, links in groupby(sorted(self._forward(), key=_source), key=_source)
        }
        for key, c in self.columns.items():
            columns[c].append(key)
            for passed in range(c + 1, last.get(key, c)):
                columns[passed].append(f"{key}@{passed}")
        for key, c in self.columns.items():
            ways[key] = [key, *(f"{key}@{p}" for p in range(c + 1, last.get(key, c)))]
        neighbours: dict[str, list[str]] = defaultdict(list)
        for way in ways.values():
            for a, b in pairwise(way):
                neighbours[a].append(b)
                neighbours[b].append(a)
        for k in self._forward():
            before = ways[k.source][self.columns[k.target] - self.columns[k.source] - 1]
            neighbours[before].append(k.target)
            neighbours[k.target].append(before)
        for sweep in range(SWEEPS):
            place = {key: i / max(1, len(column)) for column in columns for i, key in enumerate(column)}
            for column in columns if sweep % 2 == 0 else reversed(columns):
                near = {
                    k: sum(place[n] for n in neighbours[k]) / len(neighbours[k])
                    if neighbours[k]
                    else place[k]
                    for k in column
                }
                column.sort(key=lambda k: (self._band(k), near[k]))
                place |= {key: i / max(1, len(column)) for i, key in enumerate(column)}
        return columns

    def _forward(self) -> list[_Link]:
        return [k for k in self.links if not k.back]

    def _band(self, key: str) -> int:
        return self.lanes.index(self.lane(key.partition("@")[0]) or self.lanes[0])

    # sizes and places

    def _size(self, key: str) -> Point:
        card = self.cards.get(key)
        if card is None:
            return (0.0, SLOT)
        words = max(len(card.title) * LETTER, len(card.note) * SMALL_LETTER) + 24
        block = self.inner.get(key)
        return (words, CARD) if block is None else (max(words, block.width), block.height)

    def _across(
        self, order: Sequence[Sequence[str]], sizes: Mapping[str, Point]
    ) -> tuple[list[float], list[float]]:
        """The left and the right end of each column; labels stand between two."""
        lefts, rights = [], []
        x = PAD
        labels = [0.0] * len(order)
        for k in self.links:
            c = self.columns.get(k.source, 0)
            labels[c] = max(labels[c], label_width(k.edge.label))
        for c, column in enumerate(order):
            lefts.append(x)
            rights.append(x + max((sizes[k][0] for k in column), default=0.0))
            x = rights[-1] + COLUMN + labels[c]
        return lefts, rights

    def _bands(
        self, order: Sequence[Sequence[str]], sizes: Mapping[str, Point]
    ) -> tuple[tuple[str, float, float], ...]:
        y = HEAD
        bands = []
        for b, lane in enumerate(self.lanes):
            heights = [sum(sizes[k][1] + GAP for k in column if self._band(k) == b) for column in order]
            bottom = y + max(heights, default=0.0) + 2 * BAND - GAP
            bands.append((lane, y, bottom))
            y = bottom + 6
        return tuple(bands)

    def _down(
        self,
        order: Sequence[Sequence[str]],
        sizes: Mapping[str, Point],
        lefts: Sequence[float],
        rights: Sequence[float],
        bands: Sequence[tuple[str, float, float]],
    ) -> dict[str, Spot]:
        """Each thing as near to the middle of what leads to it as the others of its column and its band allow."""
        before: dict[str, list[str]] = defaultdict(list)
        for k in self._forward():
            c = self.columns[k.target] - 1
            before[k.target].append(k.source if c == self.columns[k.source] else f"{k.source}@{c}")
        spots: dict[str, Spot] = {}
        for c, column in enumerate(order):
            for b, (_, top, bottom) in enumerate(bands):
                mine = [k for k in column if self._band(k) == b]
                y = top + BAND
                for i, key in enumerate(mine):
                    w, h = sizes[key]
                    base, _, passed = key.partition("@")
                    leads = (
                        [f"{base}@{c - 1}" if f"{base}@{c - 1}" in spots else base] if passed else before[key]
                    )
                    middles = [spots[s].middle for s in leads if s in spots]
                    rest = sum(sizes[k][1] + GAP for k in mine[i + 1 :])
                    wanted = sum(middles) / len(middles) - h / 2 if middles else y
                    y = max(y, min(wanted, bottom - BAND - rest - h))
                    width = w if key in self.cards else rights[c] - lefts[c]
                    spots[key] = Spot(key, self.cards.get(key), lefts[c], y, width, h, self.inner.get(key))
                    y += h + GAP
        return spots

    # edges

    def _wires(
        self, spots: Mapping[str, Spot], lefts: Sequence[float], rights: Sequence[float]
    ) -> Iterator[Wire]:
        arriving: dict[str, list[_Link]] = defaultdict(list)
        for k in self._forward():
            arriving[k.target].append(k)
        for k in self._forward():
            c, end = self.columns[k.source], self.columns[k.target]
            start = spots[k.source]
            left = start.x + start.w if k.source in self.cards else 0.0
            points = [(left, self._leaves(start, k)), (rights[c], self._leaves(start, k))]
            for passed in range(c + 1, end):
                slot = spots[f"{k.source}@{passed}"]
                points += [(lefts[passed], slot.middle), (rights[passed], slot.middle)]
            points.append((spots[k.target].x, self._enters(spots[k.target], k, arriving[k.target])))
            label = k.edge.label if k.source in self.cards else ""
            yield Wire(k.edge, tuple(points), k.whole, label)
        low = max((s.y + s.h for s in spots.values()), default=0.0) + BAND
        for k in self.links:
            if k.back:
                a, b = spots[k.source], spots[k.target]
                right, y = rights[-1] + COLUMN / 3, low + FOOT / 2
                yield Wire(
                    k.edge,
                    (
                        (a.x + a.w, a.middle + 8),
                        (right, a.middle + 8),
                        (right, y),
                        (b.x - PAD / 2, y),
                        (b.x - PAD / 2, b.middle + 10),
                        (b.x, b.middle + 10),
                    ),
                    True,
                )

    def _leaves(self, spot: Spot, link: _Link) -> float:
        """Values of one port leave at one height."""
        mine = dict.fromkeys(k.edge.source_port for k in self.links if k.source == link.source)
        ports = list(mine)
        return spot.y + spot.h * (ports.index(link.edge.source_port) + 1) / (len(ports) + 1)

    def _enters(self, spot: Spot, link: _Link, all: Sequence[_Link]) -> float:
        """In a loop, where its inside goes on from there; else spread over the card's side."""
        key = f"in {link.edge.source} {link.edge.source_port}"
        if spot.inner is not None:
            inside = spot.inner.spots.get(key)
            return spot.y + (inside.middle if inside is not None and not link.whole else HEAD / 2)
        ends = list(
            dict.fromkeys((k.source, k.edge.source_port) for k in sorted(all, key=lambda k: _order(k)))
        )
        at = ends.index((link.source, link.edge.source_port))
        return spot.y + spot.h * (at + 1) / (len(ends) + 1)


def _source(k: _Link) -> str:
    return k.source


def _order(k: _Link) -> str:
    return k.source
