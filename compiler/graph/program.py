"""The document of a program: what it is called, what it trains, its graphs and its texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..base.diagnostics import Diagnostic
from ..base.frozen import replace
from ..base.source import Source
from ..passes.optimise import PassRecord
from ..program.ops import ROLE
from ..program.typed_program import TypedProgram, TypedRole
from ..program.values import Value, every_value
from .document import Document, Drawing, Message, Role
from .drawings import drawings
from .reading.words import LEGEND


def document(
    program: TypedProgram,
    records: Iterable[PassRecord],
    sources: Iterable[Source],
    plan: str | None = None,
    diagnostics: Sequence[Diagnostic] = (),
) -> Document:
    """What is drawn of a program that is free of errors: `records` are of its passes, `sources` all files that it was read
    from, `plan` the module's text."""
    graphs = drawings(program, records)
    trained = tuple(dict.fromkeys(r for u in program.updates for r in u.roles))
    followed = list(_averages(program))
    roles = tuple(
        _role(r, trained, [a for name, a in followed if name == r.name]) for r in program.roles.values()
    )
    texts = {s.path: s.text for s in sources}
    made = Document(
        program.name,
        "program",
        "",
        tuple(program.sizes.items()),
        trained,
        roles,
        tuple(spanned(graphs, texts)),
        plan,
        LEGEND,
        graphs,
    )
    return replace(made, diagnostics=tuple(message(d, graphs) for d in diagnostics))


def _averages(program: TypedProgram) -> Iterator[tuple[str, str]]:
    roots: list[Value] = [v for u in program.updates for v in u.outputs]
    roots += [*program.samples.values(), *(v for p in program.produce for _, v in p.fields)]
    for v in every_value(roots):
        ref = ROLE.find(v)
        if ref is not None and ref.average is not None:
            yield ref.name, ref.average.written


def _role(r: TypedRole, trained: Sequence[str], averages: Iterable[str]) -> Role:
    train = r.settings.get("train", "frozen")
    how = str(train["kind"]) if isinstance(train, Mapping) else str(train)
    init = "" if r.source is None else str(r.source[1])
    return Role(
        r.name, r.family.name, r.family.variant or "", how if r.name in trained else "frozen", init,
        tuple(dict.fromkeys(averages)),
    )  # fmt: skip


def spanned(graphs: Iterable[Drawing], texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files that some card comes from."""
    named = {p.file for g in graphs for s in g.snapshots for n in s.nodes for p in n.trace}
    return ((path, texts[path]) for path in texts if path in named)


def message(d: Diagnostic, graphs: Iterable[Drawing]) -> Message:
    """A diagnostic at the card whose innermost place covers its line best."""
    found = None
    for g in graphs:
        for n in g.snapshots[0].nodes if g.snapshots else ():
            own = n.trace[-1] if n.trace else None
            if own is not None and own.file == d.span.source.path and own.line <= d.span.line <= own.end:
                width = own.end - own.line
                if found is None or width < found[0]:
                    found = (width, f"{g.id}/{n.id}")
    return Message(
        d.severity, d.code, d.message, d.help, d.span.source.path, d.span.line, found[1] if found else None
    )
