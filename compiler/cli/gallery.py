"""`fdc graph --all`: a page for each family, method and file of programs that comes with fdc, and an index of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from ..base.frozen import struct
from ..base.source import save
from ..driver.picture import outline, picture
from ..driver.pipeline import check
from ..graph.document import Document
from ..graph.formats import to_html
from ..graph.still.svg import heading
from ..modules.imports import PACKAGE

STYLE = """:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem } li { margin: .5rem 0 } small { opacity: .75; display: block }"""
GROUPS = (
    ("program", "Programs"),
    ("file", "Files of several programs"),
    ("method", "Methods"),
    ("family", "Families"),
)


@struct
class Entry:
    """A page: the name of its file, and its document."""

    file: str
    document: Document


def gallery(folder: Path) -> int:
    """Writes the pages and `index.html`; gives the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = list(_entries())
    for e in entries:
        save(folder / e.file, to_html(e.document))
    save(folder / "index.html", index(entries))
    print(f"wrote {folder / 'index.html'}, with {len(entries)} pages beside it")
    return 0


def _entries() -> Iterator[Entry]:
    files = sorted([*(PACKAGE / "families").glob("*/*.fdl"), *(PACKAGE / "programs").glob("*.fdl")])
    for path in files:
        checked = check(path, noting=True)
        made = picture(checked, checked.programs) if checked.programs else outline(checked)
        if made is not None:
            yield Entry(f"{path.stem}.html", made)


def index(entries: Sequence[Entry]) -> str:
    """One page with a link to each."""
    parts = []
    for kind, title in GROUPS:
        held = [e for e in entries if e.document.kind == kind]
        if held:
            rows = "\n".join(map(_row, held))
            parts.append(f"<h2>{title}</h2>\n<ul>\n{rows}\n</ul>")
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>fdc: all graphs</title>\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{STYLE}</style></head>\n<body>\n<h1>All graphs</h1>\n{body}\n</body></html>\n"
    )


def _row(e: Entry) -> str:
    about = " · ".join(filter(None, (e.document.doc, heading(e.document).partition(" · ")[2])))
    return (
        f'<li><a href="{escape(e.file)}">{escape(e.document.program)}</a><small>{escape(about)}</small></li>'
    )
