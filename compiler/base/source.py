"""A source text and spans into it."""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from typing import Any

from .frozen import field, struct


@struct(eq=False)
class Source:
    """One file's text. Two sources are the same only if they are the same object.

    `path` is how the user named the file (shown in messages), `text` its decoded content, `file` where it lies on
    disk, if it does.
    """

    path: str
    text: str = field(repr=False)
    file: Path | None = field(default=None, repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in re.finditer("\n", self.text)))

    @cached_property
    def kept(self) -> dict[str, Any]:
        """Room for what is made of the text once, such as its tree; it lives as long as the text."""
        return {}

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line (counted from 1) without its newline."""
        start = self.line_starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")

    @cached_property
    def folder(self) -> Path:
        return Path(self.path).parent


class NotAFile(OSError):
    """A folder, a device, a pipe or a socket where a file is due."""


def contents(path: str | Path, most: int) -> bytes:
    """The first `most` bytes of a regular file. Nothing else is opened, or waited for if it takes the file's place.

    Raises `NotAFile`, other `OSError`s, and `ValueError` for what is no path.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise NotAFile
    with open(
        os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
    ) as f:
        if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
            raise NotAFile
        return f.read(most)


def save(path: Path, text: str) -> None:
    """Writes a text as it is, aside and then renamed, so that an interruption leaves the old file.

    An existing file keeps its mode, and a link stays a link.
    """
    path = path.resolve()
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        aside.write_bytes(text.encode("utf-8"))
        if path.exists():
            aside.chmod(path.stat().st_mode & 0o7777)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


@struct
class Span:
    """Characters `start` to `end` (exclusive) of a source."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other."""
        return Span(self.source, self.start, max(self.end, other.end))

    def covers(self, other: Span) -> bool:
        return self.source is other.source and self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}"
