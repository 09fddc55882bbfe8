"""The graph of a file in a notebook:

from fdc.compiler.driver.notebook import graph
graph("program.fdl")
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.frozen import struct
from ..modules.imports import find_library
from .picture import outline, picture
from .pipeline import check

if TYPE_CHECKING:
    from ..graph.document import Document

HEIGHT = 640
"""Pixels of the frame."""


@struct(eq=False)
class Graph:
    """A document that a notebook shows as its page, in a frame of its own."""

    document: Document

    def page(self) -> str:
        """The page as `fdc graph -o FILE.html` writes it."""
        from ..graph.formats import to_html

        return to_html(self.document)

    def _repr_html_(self) -> str:
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" style="width: 100%; height: {HEIGHT}px; border: 0" '
            f'srcdoc="{escape(self.page())}"></iframe>'
        )


def graph(file: str, program: str | None = None, *settings: str) -> Graph:
    """The graph of a file, or of the family or method that comes with fdc; of one program of several if it is named, with
    `settings` such as `"train.steps=100"` replaced.

    Raises `Unreadable` and `BadOverride` as `check` does, `CannotRun` for what is not lowered, ValueError where there is
    nothing of that name to draw.
    """
    library = find_library(file) if not Path(file).exists() else None
    checked = check(library or Path(file), overrides=settings, noting=True)
    programs = [p for p in checked.programs if program in (None, p.name)]
    made = picture(checked, programs) if programs else outline(checked, program)
    if made is None:
        raise ValueError(f"{file} holds nothing to draw{f' that is called {program}' if program else ''}")
    return Graph(made)
