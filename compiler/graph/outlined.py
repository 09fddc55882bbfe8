"""The document of what is no plan: a method or a family alone, a program with errors. It is drawn from the typed values, as
far as they are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..base.diagnostics import Diagnostic
from ..base.frozen import replace
from ..base.source import Source
from ..check.core.notes import Outline
from ..program.family import Family
from .document import Document, Drawing, Role, Snapshot
from .families import family_graph
from .program import message, spanned
from .reading.cards import drawn
from .reading.steps import Steps
from .reading.typed import read
from .reading.words import LEGEND, naming

CHECKED = ("checked", "as it was checked")


def outlined(
    name: str,
    kind: str,
    outlines: Sequence[Outline],
    families: Mapping[str, Family],
    sources: Iterable[Source],
    diagnostics: Sequence[Diagnostic] = (),
    doc: str = "",
) -> Document:
    """`families` are those of roles that have one; the others are holes."""
    graphs = [_drawing(o, families, names) for o, names in _named(outlines)]
    if kind == "family" and families:
        graphs.insert(0, family_graph(next(iter(families.values()))))
    trained = tuple(dict.fromkeys(r for o in outlines for r in o.roles))
    lanes = [n.lane for g in graphs for s in g.snapshots for n in s.nodes]
    roles = tuple(
        _role(r, families.get(r), trained) for r in dict.fromkeys((*families, *lanes)) if r != "data"
    )
    made = Document(name, kind, doc, (), trained, roles, (), None, LEGEND, tuple(graphs))
    texts = {s.path: s.text for s in sources}
    return replace(
        made,
        sources=tuple(spanned(graphs, texts)),
        diagnostics=tuple(message(d, graphs) for d in diagnostics),
    )


def _named(outlines: Iterable[Outline]) -> Iterator[tuple[Outline, str]]:
    """Each with an id of its own."""
    taken: dict[str, int] = {}
    for o in outlines:
        id = f"{o.kind}_{o.name}"
        taken[id] = taken.get(id, 0) + 1
        yield o, id if taken[id] == 1 else f"{id}_{taken[id]}"


def _drawing(o: Outline, families: Mapping[str, Family], id: str) -> Drawing:
    found = read(id, o.kind, o.outputs, o.span, o.roles, families)
    steps = Steps(found.function, found.stages, found.values)
    now = drawn(steps, naming(families, found.values.all))
    kind = "update" if o.kind == "update" else "stage-graph"
    title = f"update {', '.join(o.roles)}" if o.kind == "update" else o.name
    return Drawing(
        id,
        kind,
        title,
        o.often,
        o.roles,
        (Snapshot(*CHECKED, ("checked",), now.cards, now.edges),),
        now.losses,
    )


def _role(name: str, family: Family | None, trained: Sequence[str]) -> Role:
    how = "trained" if name in trained else "frozen"
    if family is None:
        return Role(name, "any", "", how, "", ())
    return Role(name, family.name, family.variant or "", how, "", ())
