"""Diagnostics as workflow commands, which GitHub shows beside the lines of a change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..base.diagnostics import Diagnostic
from ..base.terminal import printable
from .text import one_line


def commands(diagnostics: Sequence[Diagnostic]) -> str:
    """A command for each diagnostic, a line each."""
    return "\n".join(map(_command, diagnostics))


def _command(d: Diagnostic) -> str:
    """A workflow command. Columns are left out where lines differ, as the service asks."""
    line, column = d.span.source.position(d.span.start)
    end_line, end_column = d.span.source.position(max(d.span.end - 1, d.span.start))
    fields = {"file": printable(_relative(d.span.source.path)), "line": line, "endLine": end_line}
    if line == end_line:
        fields |= {"col": column, "endColumn": end_column}
    fields["title"] = d.code
    said = [d.message, d.note, *(f"{label.text} ({label.span})" for label in d.labels), *d.facts]
    if d.help:
        said.append(f"help: {d.help}")
    kind = {"error": "error", "warning": "warning", "info": "notice"}[d.severity]
    properties = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in fields.items())
    return f"::{kind} {properties}::{_escaped(chr(10).join(one_line(part) for part in said if part))}"


def _relative(path: str) -> str:
    """A path relative to the working folder, whatever name the user gave the file."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return Path(path).as_posix()


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(c):02X}" if c in "%\r\n" + more else c for c in text)
