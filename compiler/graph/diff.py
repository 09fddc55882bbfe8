"""Two documents as one: what of the first the second has not, what it had, and what is of another type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping

from ..base.frozen import replace
from .document import Card, Document, Drawing, Edge, Port, Snapshot

OLD = "old."
"""What the ids of cards begin with that were removed."""


def compared(now: Document, then: Document) -> Document:
    """`now`, in which cards and edges tell how they differ from `then`. Graphs are compared by their kind and title, cards by
    what they are in the order in which they stand, after each pass that `now` has."""
    graphs = [_graph(g, _same(g, then.graphs)) for g in now.graphs]
    gone = [g for g in then.graphs if _same(g, now.graphs) is None]
    removed = [replace(_marked(g, "removed"), id=f"{OLD}{g.id}") for g in gone]
    sources = dict((*then.sources, *now.sources))
    return replace(
        now,
        graphs=(*graphs, *removed),
        sources=tuple(sources.items()),
        roles=(*now.roles, *(r for r in then.roles if r.name not in {x.name for x in now.roles})),
        compared_with=then.program,
    )


def _same(g: Drawing, others: Iterable[Drawing]) -> Drawing | None:
    found = [o for o in others if (o.kind, o.title) == (g.kind, g.title)]
    return next((o for o in found if o.id == g.id), found[0] if found else None)


def _marked(g: Drawing, change: str) -> Drawing:
    """All of a graph as added or removed."""
    snapshots = tuple(
        replace(
            s,
            nodes=tuple(replace(n, change=change) for n in s.nodes),
            edges=tuple(replace(e, change=change) for e in s.edges),
        )
        for s in g.snapshots
    )
    return replace(g, snapshots=snapshots)


def _graph(now: Drawing, then: Drawing | None) -> Drawing:
    if then is None:
        return _marked(now, "added")
    return replace(now, snapshots=tuple(_snapshot(s, _after(then, s)) for s in now.snapshots))


def _after(g: Drawing, s: Snapshot) -> Snapshot:
    """The graph after the same pass."""
    return next((o for o in g.snapshots if s.pass_ in o.passes), g.snapshots[-1])


def _snapshot(now: Snapshot, then: Snapshot) -> Snapshot:
    pairs = matched(now.nodes, then.nodes)
    before = {n.id: n for n in then.nodes}
    cards = [
        replace(n, change="added" if n.id not in pairs else _change(n, before[pairs[n.id]]))
        for n in now.nodes
    ]
    back = {old: new for new, old in pairs.items()}
    gone = [n for n in then.nodes if n.id not in back]
    ids = {n.id: back.get(n.id, f"{OLD}{n.id}") for n in then.nodes}
    cards += [
        replace(n, id=ids[n.id], parent=ids[n.parent] if n.parent else None, change="removed", plan=())
        for n in gone
    ]
    ports: dict[str, list[Port]] = defaultdict(list)
    had = {_ends(e, ids): e for e in then.edges}
    own = {_ends(e, {}) for e in now.edges}
    edges = [e if _ends(e, {}) in had else replace(e, change="added") for e in now.edges]
    for key, e in had.items():
        if key not in own:
            source, target = ids[e.source], ids[e.target]
            edges.append(replace(e, id=f"{OLD}{e.id}", source=source, target=target, change="removed"))
            ports[source].append(_port(before[e.source], e.source_port, "out"))
            ports[target].append(_port(before[e.target], e.target_port, "in"))
    cards = [replace(n, ports=(*n.ports, *_lacking(n, ports[n.id]))) for n in cards]
    return replace(now, nodes=tuple(cards), edges=tuple(edges))


def _ends(e: Edge, ids: Mapping[str, str]) -> Hashable:
    return ids.get(e.source, e.source), e.source_port, ids.get(e.target, e.target), e.target_port, e.back


def _port(n: Card, name: str, side: str) -> Port:
    return next(p for p in n.ports if (p.name, p.side) == (name, side))


def _lacking(n: Card, wanted: Iterable[Port]) -> Iterator[Port]:
    """Ports that only a removed edge goes to."""
    known = {(p.name, p.side) for p in n.ports}
    for p in wanted:
        if (p.name, p.side) not in known:
            known.add((p.name, p.side))
            yield p


def _change(now: Card, then: Card) -> str:
    def told(n: Card) -> Hashable:
        types = tuple((p.name, p.side, p.type, p.words) for p in n.ports)
        return n.title, n.note, n.formula, types, n.trains, n.frozen

    return "retyped" if told(now) != told(then) else ""


def matched(now: Iterable[Card], then: Iterable[Card]) -> dict[str, str]:
    """Cards of the one by cards of the other: those with the same words, then those that give a value of the same name, then
    those of the same kind and role, each in their order."""
    pairs: dict[str, str] = {}
    left, right = list(now), list(then)
    for key in (_words, _given, _kind):
        waiting: dict[Hashable, list[Card]] = defaultdict(list)
        for n in right:
            waiting[key(n)].append(n)
        still = []
        for n in left:
            if waiting[key(n)]:
                old = waiting[key(n)].pop(0)
                pairs[n.id] = old.id
                right.remove(old)
            else:
                still.append(n)
        left = still
    return pairs


def _words(n: Card) -> Hashable:
    return n.kind, n.title, n.note, n.lane, n.parent is None


def _given(n: Card) -> Hashable:
    names = tuple(p.name for p in n.ports if p.side == "out")
    return n.kind, n.lane, n.parent is None, names


def _kind(n: Card) -> Hashable:
    return n.kind, n.lane, n.parent is None, n.title.partition(" ")[0]
