"""Open documents as they were checked. Asking again costs nothing until a text that was read changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from lsprotocol import types as lsp

from ..base.frozen import field, mutable
from ..base.source import Source, Span
from ..driver.pipeline import Checked, Section, check_source
from ..modules.imports import Module, Unreadable, parsed, resolve
from ..modules.names.bind_file import bind
from ..modules.names.symbol import FileNames
from ..syntax.lexer import Lexed, lex
from .documents import Document, Documents
from .positions import Text, moved, text_of

log = logging.getLogger(__name__)

Read = dict[tuple[Path, str], "Source | str"]
"""What was read under which name: a text, or why there was none."""


@mutable
class View:
    """A document's text with all that is known of it."""

    document: Document
    source: Source
    checked: Checked
    text: Text
    indices: dict[Path, FileNames] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.document.path

    @property
    def main(self) -> Module:
        return self.checked.modules[0]

    @cached_property
    def modules(self) -> dict[Path, Module]:
        return {m.path: m for m in self.checked.modules}

    @cached_property
    def names(self) -> FileNames:
        return bind(self.main)

    @cached_property
    def lexed(self) -> Lexed:
        return lex(self.source)

    @property
    def parses(self) -> bool:
        return not parsed(self.source)[1]


class Workspace:
    """`view` gives a document as it is, `good` as it last was without a syntax error."""

    def __init__(self) -> None:
        self.documents = Documents()
        self.encoding = "utf-16"
        self._views: dict[Path, tuple[View, Read]] = {}
        self._good: dict[Path, View] = {}
        self._failed: dict[Path, Source] = {}

    @property
    def failed(self) -> list[Path]:
        """Open documents whose check ended in an exception: a defect of fdc."""
        return [p for p in self._failed if p in self.documents.open]

    def forget(self) -> None:
        """What lies beside the texts (configs, manifests) may have changed: everything is checked again."""
        self._views.clear()
        self._failed.clear()

    def close(self, path: Path) -> None:
        for table in (self._views, self._good, self._failed):
            table.pop(path, None)

    def view(self, path: Path) -> View | None:
        """An open document, checked; None if none is open there. Raises what the checker raises by mistake, once."""
        document = self.documents.open.get(path)
        if document is None:
            return None
        source = document.source(self.documents.shown(path))
        kept = self._views.get(path)
        if kept is not None and kept[0].source is source and self._unchanged(kept[1]):
            return kept[0]
        if self._failed.get(path) is source:
            return None
        reads: Read = {}
        try:
            view = self.checked(document, source, reads)
        except Exception:
            self._failed[path] = source
            raise
        self._views[path] = view, reads
        if view.parses:
            self._good[path] = view
        return view

    def checked(self, document: Document, source: Source, reads: Read | None = None) -> View:
        """A text as if it were the document's. `reads` takes what it depends on."""
        found = check_source(source, document.path, noting=True, reader=self._reader(reads))
        return View(document, source, found, text_of(source, self.encoding))

    def good(self, path: Path) -> View | None:
        return self._good.get(path)

    def before(self, view: View) -> View | None:
        """The document as it last was without a syntax error, where it has one now."""
        return None if view.parses else self._good.get(view.path)

    def readable(self, view: View, offset: int) -> tuple[View, int]:
        """The view to ask about a place: the last one that could be read, where the declaration there cannot be."""
        good = self.before(view)
        parsed_here = any(d.span.start <= offset <= d.span.end for d in view.main.file.declarations)
        if good is None or parsed_here:
            return view, offset
        old = moved(view.source.text, good.source.text, offset)
        return (view, offset) if old is None else (good, old)

    def views(self) -> Iterator[View]:
        """Every open document, checked; those on which the checker fails are left out and logged."""
        for path in list(self.documents.open):
            try:
                view = self.view(path)
            except Exception:
                log.exception("the check of %s failed", path)
                continue
            if view is not None:
                yield view

    def sections(self, view: View) -> Iterator[tuple[Section, Source]]:
        """What was found out about a view's text: by its own check, then by those of open files that import it.

        Each comes with the text that it is about. Others know the file as it is now, so that a view of an older text
        has only its own check.
        """
        for section in view.checked.sections:
            yield section, view.source
        now = self.documents.open.get(view.path)
        if now is None or view.source.text != now.text:
            return
        for other in self.views():
            if other.path != view.path and view.path in other.modules:
                for section in other.checked.sections:
                    yield section, other.modules[view.path].source

    def module(self, path: Path) -> tuple[Module, dict[Path, Module]] | None:
        """A file with all that it reaches, checked or not; None if it cannot be read."""
        kept = self._views.get(path)
        if kept is not None and path in self.documents.open:
            view = self.view(path)
            if view is not None:
                return view.main, view.modules
        try:
            source = self.documents.read(path, self.documents.shown(path))
        except Unreadable:
            return None
        resolved = resolve(source, path, reader=self.documents.read)
        return resolved.main, {m.path: m for m in resolved.modules}

    def text(self, source: Source) -> Text:
        return text_of(source, self.encoding)

    def path(self, source: Source) -> Path:
        return source.file or Path(source.path)

    def location(self, span: Span) -> lsp.Location:
        """A place in a file as it is now, even if the text that was asked is older."""
        path = self.path(span.source)
        document = self.documents.open.get(path)
        text = self.text(span.source)
        start, end = span.start, span.end
        if document is not None and document.text != text.text:
            places = (moved(text.text, document.text, i) for i in (start, end))
            start, end = (i if i is not None else 0 for i in places)
            text = self.text(document.source(self.documents.shown(path)))
        return lsp.Location(self.documents.uri(path), text.range(start, max(start, end)))

    def _reader(self, reads: Read | None) -> Callable[[Path, str], Source]:
        def read(path: Path, shown: str) -> Source:
            found = self._read(path, shown)
            if reads is not None:
                reads[path, shown] = found
            if isinstance(found, str):
                raise Unreadable(found)
            return found

        return read

    def _read(self, path: Path, shown: str) -> Source | str:
        try:
            return self.documents.read(path, shown)
        except Unreadable as e:
            return str(e)

    def _unchanged(self, reads: Read) -> bool:
        return all(self._read(*key) == found for key, found in reads.items())
