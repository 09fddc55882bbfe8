"""What is drawn of a checked file: its programs compiled, with every pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..program.typed_program import TypedProgram
from .pipeline import Checked, compile

if TYPE_CHECKING:
    from ..graph.document import Document


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
        done = compile(p, "fdc graph", without=without)
        made.append(document(p, done.records, checked.files, text or done.text, checked.diagnostics))
    if len(made) == 1:
        return made[0]
    return joined(PurePath(checked.source.path).name, made, overview(programs))
