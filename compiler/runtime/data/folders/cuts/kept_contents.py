"""Hashes of the files of a data set, kept by size and time: no start reads all files to know them again.

A line for each file that was hashed, added as it is; of several of one file the last one counts. A line that cannot be read
is passed over, and a disk that cannot be written keeps nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

from ....base.media.clips_and_images import aside
from .file_facts import content_hash

_STALE = 2
"""Lines a file, on average, from which on they are written anew."""


class KeptContents:
    """The hash of a file of the folder `root`, as `content_hash` gives it; `kept` is where those of earlier runs are. May be
    called from several threads."""

    def __init__(self, kept: Path, root: Path) -> None:
        name = hashlib.sha256(str(root.absolute()).encode()).hexdigest()[:24]
        self._where = kept / "contents" / f"{name}.jsonl"
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, int, str]] | None = None

    def __call__(self, path: Path) -> str:
        try:
            stat = path.stat()
        except OSError:
            return content_hash(path)  # which says why
        as_it_is, key = (stat.st_size, stat.st_mtime_ns), str(path.absolute())
        with self._lock:
            if self._known is None:
                self._known = self._read()
            found = self._known.get(key)
        if found is not None and found[:2] == as_it_is:
            return found[2]
        made = content_hash(path)
        with self._lock:
            self._known[key] = *as_it_is, made
            self._add(key)
        return made

    def _read(self) -> dict[str, tuple[int, int, str]]:
        try:
            lines = self._where.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        found: dict[str, tuple[int, int, str]] = {}
        for line in lines:
            try:
                path, size, changed, digest = json.loads(line)
            except (ValueError, TypeError):
                continue
            if isinstance(path, str) and isinstance(digest, str):
                found[path] = size, changed, digest
        if len(lines) > _STALE * len(found):
            try:
                with aside(self._where) as part:
                    part.write_text("".join(map(_line, found.items())), encoding="utf-8")
            except OSError:
                pass
        return found

    def _add(self, key: str) -> None:
        assert self._known is not None
        try:
            self._where.parent.mkdir(parents=True, exist_ok=True)
            with self._where.open("a", encoding="utf-8") as file:
                file.write(_line((key, self._known[key])))
        except OSError:
            pass  # it is read again the next time


def _line(entry: tuple[str, tuple[int, int, str]]) -> str:
    path, found = entry
    return json.dumps([path, *found]) + "\n"
