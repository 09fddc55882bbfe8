"""The texts that a check reads: open documents as the editor has them, all else from disk.

A text is the same `Source` until it changes, so that what was made of it (its tree) can be kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pygls import uris

from ..base import limits
from ..base.frozen import field, mutable
from ..base.source import Source
from ..driver.inputs import Target
from ..modules.imports import Unreadable, read

MAX_FOUND = 2000
"""Files of the workspace that references are looked for in."""
MAX_FOLDERS = 5000
MAX_KEPT = 256
"""Files on disk whose texts are kept."""


@mutable
class Document:
    """An open document. `sources` are its text under each name that it was asked for by."""

    uri: str
    path: Path
    version: int | None
    text: str
    sources: dict[str, Source] = field(default_factory=dict)

    def source(self, shown: str) -> Source:
        if shown not in self.sources:
            self.sources[shown] = Source(shown, self.text, self.path)
        return self.sources[shown]


Stamp = tuple[int, int, int]


class Documents:
    """Open documents by path, and the texts on disk beside them."""

    def __init__(self) -> None:
        self.open: dict[Path, Document] = {}
        self.roots: list[Path] = []
        self._disk: dict[tuple[Path, str], tuple[Stamp, Source]] = {}

    def put(self, uri: str, version: int | None, text: str) -> Document:
        path = path_of(uri)
        document = self.open[path] = Document(uri, path, version, text)
        return document

    def at(self, uri: str) -> Document | None:
        return self.open.get(path_of(uri))

    def drop(self, uri: str) -> None:
        self.open.pop(path_of(uri), None)

    def uri(self, path: Path) -> str:
        """A path's address; an open document's is what its editor calls it."""
        document = self.open.get(path)
        return document.uri if document is not None else uris.from_fs_path(str(path)) or str(path)

    def shown(self, path: Path) -> str:
        """A file's name in messages: from the workspace's folder on, where it lies in one."""
        for root in self.roots:
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.name

    def read(self, path: Path, shown: str) -> Source:
        """The text of a path, as `resolve.Reader`; raises `Unreadable`."""
        document = self.open.get(path)
        if document is not None:
            if len(document.text) > limits.FILE_BYTES:
                raise Unreadable(f"`{shown}` is too long; a program may hold {limits.FILE_BYTES:,} bytes")
            return document.source(shown)
        try:
            info = os.stat(path)
        except (OSError, ValueError):
            return read(path, shown)  # says why
        stamp = info.st_mtime_ns, info.st_size, info.st_ino
        kept = self._disk.get((path, shown))
        if kept is None or kept[0] != stamp:
            kept = stamp, read(path, shown)
            if len(self._disk) >= MAX_KEPT:
                self._disk.clear()
            self._disk[path, shown] = kept
        return kept[1]

    def owns(self, path: Path) -> bool:
        """Whether a file is the user's to edit: none of fdc's own, and in the workspace or open."""
        if Target(path, "").built_in:
            return False
        return path in self.open or any(path.is_relative_to(root) for root in self.roots)

    def nearby(self) -> Iterator[Path]:
        """The `.fdl` files of the workspace, open ones first. Run folders, which hold copies, are left out, as are
        the folders that `fdc check FOLDER` leaves out."""
        yield from self.open
        found = folders = 0
        for root in self.roots:
            for folder, inside, files in os.walk(root):
                folders += 1
                if found >= MAX_FOUND or folders >= MAX_FOLDERS:
                    return
                inside[:] = sorted(
                    d for d in inside if not d.startswith((".", "node_modules", "__pycache__"))
                )
                if "lock.json" in files:
                    continue
                for name in sorted(files):
                    path = Path(folder, name)
                    if path.suffix == ".fdl" and path not in self.open:
                        found += 1
                        yield path


def path_of(uri: str) -> Path:
    """Where an address lies; what was never saved stands in the working folder, under its own name."""
    found = uris.to_fs_path(uri)
    if found is None:
        scheme, _, name = uri.partition(":")
        return Path.cwd() / f"{Path(name).name or 'untitled'}.{scheme}"
    return Path(os.path.realpath(found))
