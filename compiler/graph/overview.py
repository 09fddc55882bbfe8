"""The programs of a file, and what they need of each other, as one graph; and the document of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..base.frozen import replace
from ..program.typed_program import TypedProgram
from .document import Card, Document, Drawing, Edge, Message, Port, Snapshot
from .reading.places import place


def overview(programs: Sequence[TypedProgram]) -> Drawing:
    """A card for each program; an edge for each role that one has from another."""
    cards = tuple(_card(p, list(_needed(p, programs))) for p in programs)
    edges = tuple(
        Edge(f"{of}.{role}-{p.name}.{own}", f"program.{of}", role, f"program.{p.name}", own, role, "other")
        for p in programs
        for own, of, role in _needed(p, programs)
    )
    gives = {(e.source, e.source_port) for e in edges}
    cards = tuple(
        replace(c, ports=(*c.ports, *(Port(role, "out", words="weights") for i, role in gives if i == c.id)))
        for c in cards
    )
    made = Snapshot("lowered", "the programs of the file", ("lowered",), cards, edges)
    return Drawing("overview", "overview", "programs", "", (), (made,))


def _needed(p: TypedProgram, programs: Iterable[TypedProgram]) -> Iterator[tuple[str, str, str]]:
    """(role, the program it comes from, what it is called there)."""
    names = {q.name for q in programs}
    for r in p.roles.values():
        kind, source = r.source
        of, _, role = str(source).partition(".")
        if kind == "role" and of in names:
            yield r.name, of, role


def _card(p: TypedProgram, needed: Sequence[tuple[str, str, str]]) -> Card:
    trained = list(dict.fromkeys(r for u in p.updates for r in u.roles))
    steps = p.settings.get("train", {}).get("steps")
    said = [
        f"trains {', '.join(trained)}" if trained else "",
        f"{steps} steps" if trained and isinstance(steps, int) else "",
        f"produces {', '.join(q.name for q in p.produce)}" if p.produce else "",
    ]
    ports = tuple(Port(own, "in", words="weights") for own, _, _ in needed)
    where = (place(p.span),) if p.span is not None else ()
    return Card(
        f"program.{p.name}", "program", p.name, " · ".join(filter(None, said)), ports=ports, trace=where
    )


def joined(name: str, documents: Sequence[Document], first: Drawing) -> Document:
    """The documents of a file's programs as one, behind what they need of each other."""
    made = together(name, documents)
    return replace(made, graphs=(first, *made.graphs))


def together(name: str, documents: Sequence[Document]) -> Document:
    """Documents as one; ids of graphs begin with their program's name, and so do its sizes where the programs have others."""
    plan: list[str] = []
    graphs: list[Drawing] = []
    for d in documents:
        graphs += [_moved(d.program, g, len(plan)) for g in d.graphs]
        plan += (d.plan or "").splitlines()
    same = len({d.sizes for d in documents}) == 1
    sizes = (
        documents[0].sizes if same else tuple((f"{d.program}.{n}", v) for d in documents for n, v in d.sizes)
    )
    roles = tuple(replace(r, program=d.program) for d in documents for r in d.roles)
    sources = dict(s for d in documents for s in d.sources)
    return replace(
        documents[0],
        program=name,
        kind="file",
        doc="",
        sizes=sizes,
        trained=tuple(dict.fromkeys(t for d in documents for t in d.trained)),
        roles=roles,
        sources=tuple(sources.items()),
        plan="\n".join(plan) + "\n" if plan else None,
        graphs=tuple(graphs),
        diagnostics=tuple(_once(documents)),
    )


def _once(documents: Iterable[Document]) -> Iterator[Message]:
    """Each message of a file once, at a card where some document has one."""
    found: dict[Message, Message] = {}
    for d in documents:
        for m in d.diagnostics:
            key = replace(m, node=None)
            if m.node is not None and found.get(key, key).node is None:
                found[key] = replace(m, node=f"{d.program}/{m.node}")
            found.setdefault(key, key)
    return iter(found.values())


def _moved(program: str, g: Drawing, lines: int) -> Drawing:
    def line(c: Card) -> Card:
        return replace(c, plan_line=c.plan_line + lines) if c.plan_line is not None and lines else c

    snapshots = tuple(replace(s, nodes=tuple(map(line, s.nodes))) for s in g.snapshots)
    return replace(g, id=f"{program}/{g.id}", program=program, snapshots=snapshots)
