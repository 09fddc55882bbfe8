"""What is drawn of a checked file: its programs compiled, with every pass; a method or a family alone, and programs with
errors, as far as they were followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..base.frozen import replace
from ..program.typed_program import TypedProgram
from ..syntax import ast
from .pipeline import Checked, Section, compile, plan_of

if TYPE_CHECKING:
    from ..graph.document import Document, Drawing
    from ..passes.optimise import PassRecord


def picture(
    checked: Checked, programs: Sequence[TypedProgram], without: tuple[str, ...] = (), text: str = ""
) -> Document:
    """The document of these programs of a file that is free of errors, each compiled by all passes but those of `without`.
    `text` is that of the module, if it was made before.

    Several of them stand in one document, whose first graph tells what they need of each other.
    Raises `CannotRun` for what is checked and not yet lowered.
    """
    from ..graph.overview import joined, overview
    from ..graph.program import document

    made = []
    for p in programs:
        module = text or compile(p, "fdc graph", without=without).text
        drawn = document(p, _records(p, without), checked.files, module, checked.diagnostics)
        made.append(replace(drawn, graphs=(*drawn.graphs, *_at_own_sizes(p, checked, without))))
    if len(made) == 1:
        return made[0]
    return joined(PurePath(checked.source.path).name, made, overview(programs))


def _records(p: TypedProgram, without: tuple[str, ...]) -> tuple[PassRecord, ...]:
    """What each pass makes of a program. A module that is kept from an earlier run tells nothing of them."""
    from ..passes.optimise import optimise

    return optimise(plan_of(p), without=without)[1]


def _at_own_sizes(p: TypedProgram, checked: Checked, without: tuple[str, ...]) -> Iterator[Drawing]:
    """What blocks `validate` that state sizes of their own make at these; each is a module of its own."""
    from ..graph.program import document

    for v in p.validations:
        if v.sized is None:
            continue
        sizes = ", ".join(f"{n} = {size}" for n, size in v.sized.sizes.items())
        for g in document(v.sized, _records(v.sized, without), checked.files).graphs:
            if g.kind == "validation":
                yield replace(g, id=f"{g.id}_at_own_sizes", title=f"{g.title} at {sizes}")


KINDS = {ast.ProgramDecl: "program", ast.MethodDecl: "method", ast.FamilyDecl: "family"}
"""By declaration, what its document is of."""


def outline(checked: Checked, name: str | None = None) -> Document | None:
    """The document of what a file declares, from what its check found out (`noting`): of its programs with errors, its
    methods or families, or of the one with this name; None where there is none."""
    from ..graph.outlined import outlined
    from ..graph.overview import together
    from ..graph.reading.places import doc_above

    sections = [s for s in _drawable(checked) if name in (None, s.definition.name)]
    made = [
        outlined(
            s.definition.name,
            KINDS[type(s.definition.declaration)],
            s.notes.outlines,
            s.notes.families,
            checked.files,
            checked.diagnostics,
            doc_above(s.definition.declaration.name.span),
        )
        for s in sections
    ]
    if len(made) < 2:
        return made[0] if made else None
    return together(PurePath(checked.source.path).name, made)


def _drawable(checked: Checked) -> list[Section]:
    """Programs before all; a method that some program of the file uses is drawn there."""
    sections = [s for s in checked.sections if type(s.definition.declaration) in KINDS]
    programs = [s for s in sections if isinstance(s.definition.declaration, ast.ProgramDecl)]
    return programs or sections
