"""What the command line knows of its surroundings: the terminal's colours and width, the version of fdc."""

from __future__ import annotations

import os
import sys
from typing import TextIO

WIDTH = 100
"""Columns where there is no terminal to ask."""


def colour(stream: TextIO) -> bool:
    """Whether escape codes are wanted: by `NO_COLOR` and `FORCE_COLOR`, else where a terminal shows the stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int:
    """The columns of the terminal that shows the stream; `COLUMNS` says otherwise where it is set."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdigit() and int(stated):
        return int(stated)
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def printable(text: str) -> str:
    """A line of text that can be written to a terminal, and cannot steer it."""
    if text.isascii() and text.isprintable():
        return text
    from unicodedata import category  # most programs are plain text

    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join("�" if c != "\t" and category(c) in hidden else c for c in text)


def harmless(text: str) -> str:
    """The same of a text of many lines."""
    return "\n".join(map(printable, text.split("\n")))


def complain(message: str) -> None:
    """Says on standard error, in a line, why something is not done."""
    print(f"fdc: {printable(message)}", file=sys.stderr)


def version() -> str:
    """Of fdc as it is installed."""
    from importlib import metadata

    try:
        return metadata.version("fdc")
    except metadata.PackageNotFoundError:
        return "unknown"
