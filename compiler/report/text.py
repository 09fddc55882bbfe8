"""Diagnostics as text for people, and as lines and json for tools; `sarif.py` makes the SARIF log."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from ..base import terminal
from ..base.diagnostics import Diagnostic, Fix
from ..base.source import Source, Span
from ..base.terminal import printable
from ..modules.imports import find_library
from .snippet import MIN_WIDTH, NEAR, Mark, line_numbers, snippet
from .styled_text import Row, cells, cut, paint, window, wrapped

Format = Literal["text", "concise", "json", "sarif", "github"]

FIX_LINES = 8
"""How many lines of an edit are shown."""


def render(
    diagnostics: Sequence[Diagnostic],
    format: Format,
    color: bool,
    width: int,
    remark: str = "",
    version: str = "",
) -> str:
    """The report, without a newline at its end. `width` is that of the terminal, in columns.

    As text, an empty list gives an empty string, and `remark` stands behind the numbers of errors and warnings; the
    formats for tools always give a whole document, the SARIF log with fdc's `version`.
    """
    writers: dict[Format, Callable[[], str]] = {
        "text": lambda: _text(diagnostics, color, max(width, MIN_WIDTH), remark),
        "concise": lambda: "\n".join(_concise(d) for d in diagnostics),
        "json": lambda: _json(diagnostics),
        "sarif": lambda: _sarif(diagnostics, version),
        "github": lambda: "\n".join(_github(d) for d in diagnostics),
    }
    return writers[format]()


def complain(found: Sequence[Diagnostic]) -> None:
    """The report as text on standard error, for a command whose own output is another."""
    out = sys.stderr
    print(render(found, "text", terminal.colour(out), terminal.width(out)), file=out)


def render_failure(
    code: str,
    message: str,
    place: tuple[Path, int] | None,
    facts: Sequence[str],
    help: str | None,
    color: bool,
    width: int = 100,
) -> str:
    """A run that cannot go on, as a diagnostic; the line at `place` is shown if it can be read."""
    rows = _head("error", code, message, width)
    gutter = 1
    if place is not None:
        path, line = place
        gutter = len(str(line))
        rows.append(cells(" " * gutter + "--> ", "label") + cells(f"{path}:{line}"))
        source = _read(path)
        if source is not None and 0 < line <= len(source.line_starts):
            text = source.line_text(line)
            start = source.line_starts[line - 1] + len(text) - len(text.lstrip())
            span = Span(source, start, max(start, source.line_starts[line - 1] + len(text)))
            rows.extend(snippet(source, [Mark(span, "", True, "error")], gutter, width))
    for fact in facts:
        rows.extend(_remark(gutter, fact, "note", width))
    if help:
        rows.extend(_remark(gutter, help, "help", width))
    return "\n".join(paint(row, color) for row in rows)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is neither."""
    counts = [(sum(d.severity == s for d in diagnostics), s) for s in ("error", "warning")]
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for n, name in counts if n)


# text


def _text(diagnostics: Sequence[Diagnostic], color: bool, width: int, remark: str) -> str:
    blocks = ["\n".join(paint(row, color) for row in _rows(d, width)) for d in diagnostics]
    counts = summary(diagnostics)
    if counts:
        blocks.append(f"{counts} ({remark})" if remark else counts)
    return "\n\n".join(blocks)


def _rows(d: Diagnostic, width: int) -> list[Row]:
    """Head, the main file's lines, other files' lines, facts, help."""
    marks = [Mark(d.span, _line(d.note), True, d.severity)]
    marks += [Mark(label.span, _line(label.text), False, "label") for label in d.labels]
    gutter = line_numbers(mark.span for mark in marks)
    rows = _head(d.severity, d.code, d.message, width)
    files: list[Source] = []
    for mark in marks:
        if mark.span.source not in files:
            files.append(mark.span.source)
    for source in files:
        inside = [mark for mark in marks if mark.span.source is source]
        arrow = "--> " if source is files[0] else "::: "
        rows.append(cells(" " * gutter + arrow, "label") + cells(_at(inside[0].span)))
        rows.extend(snippet(source, inside, gutter, width))
    for fact in d.facts:
        rows.extend(_remark(gutter, fact, "note", width))
    if d.help and len(d.fixes) != 1:
        rows.extend(_remark(gutter, d.help, "help", width))
    for fix in d.fixes:
        title = d.help if d.help and len(d.fixes) == 1 else fix.title
        if fix.span.source is not d.span.source:
            title += f" ({fix.span})"
        rows.extend(_remark(gutter, title, "help", width))
        edge = cells(" " * (gutter + 1) + "|", "label")
        rows.extend([*edge, (" ", ""), *row] for row in _edited(fix, width - gutter - 3))
    return rows


def _head(severity: str, code: str, message: str, width: int) -> list[Row]:
    return wrapped(cells(f"{severity}[{code}]", severity) + cells(f": {_line(message)}", "bold"), width, 4)


def _remark(gutter: int, text: str, kind: str, width: int) -> list[Row]:
    """`= help: ...` or `= note: ...`, its further lines below its own text."""
    start = cells(" " * (gutter + 1) + "= ", "label") + cells(f"{kind}: ", kind)
    return wrapped(start + cells(_line(text)), width, len(start))


def _edited(fix: Fix, room: int) -> list[Row]:
    """The lines that an edit touches, as they are after it, what is new in the style of a help."""
    text = fix.span.source.text
    start = max(text.rfind("\n", 0, fix.span.start) + 1, fix.span.start - NEAR)
    end = text.find("\n", fix.span.end)
    end = min(len(text) if end < 0 else end, fix.span.end + NEAR)
    parts = [(text[start : fix.span.start], ""), (fix.text, "help"), (text[fix.span.end : end], "")]
    rows: list[Row] = [[]]
    for part, style in parts:
        for i, line in enumerate(islice(part.replace("\r", "").split("\n"), FIX_LINES + 1)):
            if i:
                rows.append([])
            rows[-1].extend(cells(line[: 2 * NEAR], style))
    if len(rows) > FIX_LINES:
        rows = [*rows[: FIX_LINES - 1], cells("...")]
    if not any(rows):
        return []
    first = next(
        (i for i, (_, style) in enumerate(rows[0]) if style), len(cells(text[start : fix.span.start]))
    )
    return [cut(row, window(len(row), first, min(len(row), first + room // 2), room), room) for row in rows]


def _line(text: str) -> str:
    return printable(" ".join(text.splitlines()))


def _at(span: Span) -> str:
    return f"{printable(span.source.path)}:{span.line}:{span.column}"


def _read(path: Path) -> Source | None:
    if path.parent == Path() and not path.is_file():  # what is built in is called by its name alone
        path = find_library(path.stem) or path
    try:
        return Source(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _concise(d: Diagnostic) -> str:
    return f"{_at(d.span)}: {d.severity}[{d.code}]: {_line(d.message)}"


# for tools


def _place(span: Span) -> dict[str, Any]:
    """Lines and columns count from 1, offsets from 0, all in characters; ends are one past the last one."""
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "path": _openable(span.source),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "offset": span.start,
        "end_offset": span.end,
    }


def _openable(source: Source) -> str:
    """The path as the user named it, and the whole path of a file of fdc's own."""
    if source.file is None or os.path.realpath(source.path) == str(source.file):
        return source.path
    return str(source.file)


def _json(diagnostics: Sequence[Diagnostic]) -> str:
    import json

    found = [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            **_place(d.span),
            "note": d.note,
            "labels": [{"message": label.text, **_place(label.span)} for label in d.labels],
            "facts": list(d.facts),
            "help": d.help,
            "fixes": [{"title": f.title, "safe": f.safe, "text": f.text, **_place(f.span)} for f in d.fixes],
        }
        for d in diagnostics
    ]
    return json.dumps({"diagnostics": found}, indent=2)


def _sarif(diagnostics: Sequence[Diagnostic], version: str) -> str:
    from . import sarif

    return sarif.log(diagnostics, version)


def _github(d: Diagnostic) -> str:
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
    return f"::{kind} {properties}::{_escaped(chr(10).join(_line(part) for part in said if part))}"


def _relative(path: str) -> str:
    """A path relative to the working folder, whatever name the user gave the file."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return Path(path).as_posix()


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(c):02X}" if c in "%\r\n" + more else c for c in text)
