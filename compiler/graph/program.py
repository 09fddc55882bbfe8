"""The document of a program: what it is called, what it trains, its graphs and its texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..base.diagnostics import Diagnostic
from ..base.frozen import replace
from ..base.source import Source, Span
from ..contracts.local_sources import local_folder
from ..contracts.networks.weight_sizes import WeightSizes, weight_sizes
from ..passes.optimise import PassRecord
from ..program.ops import ROLE
from ..program.typed_program import TypedProgram, TypedRole
from ..program.values import Value, every_value
from .document import Document, Drawing, Message, Role
from .drawings import drawings
from .reading.places import doc_above
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
    graphs = drawings(program, records, plan)
    trained = tuple(dict.fromkeys(r for u in program.updates for r in u.roles))
    followed = list(_averages(program))
    roles = tuple(
        _role(program, r, trained, [a for name, a in followed if name == r.name])
        for r in program.roles.values()
    )
    texts = {s.path: s.text for s in sources}
    made = Document(
        program.name,
        "program",
        doc_above(program.span) if program.span is not None else "",
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


def _role(program: TypedProgram, r: TypedRole, trained: Sequence[str], averages: Iterable[str]) -> Role:
    train = r.settings.get("train", "frozen")
    how = str(train["kind"]) if isinstance(train, Mapping) else str(train)
    init = "" if r.source is None else str(r.source[1])
    known = _weights(program, r)
    return Role(
        r.name,
        r.family.name,
        r.family.variant or "",
        how if r.name in trained else "frozen",
        init,
        tuple(dict.fromkeys(averages)),
        known.parameters if known is not None else None,
        known.bytes if known is not None else None,
    )


def _weights(program: TypedProgram, r: TypedRole) -> WeightSizes | None:
    """Of the networks of a role, where its checkpoint lies on this machine."""
    kind, source = r.source
    if kind != "path":
        return None
    folder = local_folder(str(source), Path(), Path(program.path).parent)
    networks = [c for c in r.family.components.values() if c.trainable]
    found = [weight_sizes(folder / c.subfolder) for c in networks] if folder is not None else []
    known = [s for s in found if s is not None]
    if not known or len(known) < len(found):
        return None
    return WeightSizes(sum(s.parameters for s in known), sum(s.bytes for s in known))


def spanned(graphs: Iterable[Drawing], texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files that some card comes from."""
    named = {p.file for g in graphs for s in g.snapshots for n in s.nodes for p in n.trace}
    return ((path, texts[path]) for path in texts if path in named)


def message(d: Diagnostic, graphs: Iterable[Drawing]) -> Message:
    """A diagnostic at a card: that of its own place, or where this is the `use` of a method, of what it is about inside."""
    own = d.span.source.path
    inside = (m.span for m in d.labels if m.span.source.path != own)
    drawn = tuple(graphs)
    found = (_card_at(span, drawn) for span in (*inside, d.span))
    return Message(
        d.severity, d.code, d.message, d.help, own, d.span.line, next((id for id in found if id), None)
    )


def _card_at(span: Span, graphs: Iterable[Drawing]) -> str | None:
    """The card whose innermost place covers a line best, before all if it has the words of the span."""
    found: list[tuple[tuple[bool, int, int], str]] = []
    for g in graphs:
        for n in g.snapshots[0].nodes if g.snapshots else ():
            at = n.trace[-1] if n.trace else None
            if at is not None and at.file == span.source.path and at.line <= span.line <= at.end:
                rank = (span.text not in at.text, at.end - at.line, len(at.text))
                found.append((rank, f"{g.id}/{n.id}"))
    return min(found)[1] if found else None
