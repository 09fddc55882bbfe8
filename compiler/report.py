"""Diagnostics as text for people, and as json, sarif and annotations for tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from .diagnostics import Diagnostic, Fix
from .snippet import MIN_WIDTH, Mark, Row, cells, cut, line_numbers, paint, printable, snippet, window
from .source import Source, Span

Format = Literal["text", "concise", "json", "sarif", "github"]

FIX_LINES = 8
"""How many lines of an edit are shown."""


def render(diagnostics: Sequence[Diagnostic], format: Format, color: bool, width: int) -> str:
    """The report, without a newline at its end. `width` is that of the terminal, in columns.

    As text, an empty list gives an empty string; the formats for tools always give a whole document.
    """
    writers: dict[Format, Callable[[], str]] = {
        "text": lambda: _text(diagnostics, color, width),
        "concise": lambda: "\n".join(_concise(d) for d in diagnostics),
        "json": lambda: _json(diagnostics),
        "sarif": lambda: _sarif(diagnostics),
        "github": lambda: "\n".join(_github(d) for d in diagnostics),
    }
    return writers[format]()


def render_failure(
    code: str,
    message: str,
    place: tuple[Path, int] | None,
    facts: Sequence[str],
    help: str | None,
    color: bool,
) -> str:
    """A run that cannot go on, as a diagnostic; the line at `place` is shown if it can be read."""
    rows = [_head("error", code, message)]
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
            rows.extend(snippet(source, [Mark(span, "", True, "error")], gutter, 100))
    rows.extend(_remark(gutter, fact) for fact in facts)
    if help:
        rows.append(_remark(gutter, help, "help"))
    return "\n".join(paint(row, color) for row in rows)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`"""
    counts = [(sum(d.severity == s for d in diagnostics), s) for s in ("error", "warning")]
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for n, name in counts if n)


# text


def _text(diagnostics: Sequence[Diagnostic], color: bool, width: int) -> str:
    if not diagnostics:
        return ""
    blocks = ["\n".join(paint(row, color) for row in _rows(d, max(width, MIN_WIDTH))) for d in diagnostics]
    return "\n\n".join([*blocks, summary(diagnostics)])


def _rows(d: Diagnostic, width: int) -> list[Row]:
    """Head, the main file's lines, other files' lines, facts, help."""
    marks = [Mark(d.span, d.note, True, d.severity)]
    marks += [Mark(label.span, label.text, False, "label") for label in d.labels]
    gutter = line_numbers(mark.span for mark in marks)
    rows = [_head(d.severity, d.code, d.message)]
    files: list[Source] = []
    for mark in marks:
        if all(_where(mark.span.source) != _where(known) for known in files):
            files.append(mark.span.source)
    for source in files:
        inside = [mark for mark in marks if _where(mark.span.source) == _where(source)]
        arrow = "--> " if source is files[0] else "::: "
        rows.append(cells(" " * gutter + arrow, "label") + cells(_at(inside[0].span)))
        rows.extend(snippet(source, inside, gutter, width))
    rows.extend(_remark(gutter, fact) for fact in d.facts)
    if d.help and (len(d.fixes) != 1):
        rows.append(_remark(gutter, d.help, "help"))
    for fix in d.fixes:
        title = d.help if d.help and len(d.fixes) == 1 else fix.title
        if _where(fix.span.source) != _where(d.span.source):
            title += f" ({fix.span})"
        rows.append(_remark(gutter, title, "help"))
        edge = cells(" " * (gutter + 1) + "|", "label")
        rows.extend([*edge, (" ", ""), *row] for row in _edited(fix, width - gutter - 3))
    return rows


def _where(source: Source) -> tuple[str, int]:
    return source.path, id(source)


def _head(severity: str, code: str, message: str) -> Row:
    return cells(f"{severity}[{code}]", severity) + cells(f": {_line(message)}", "bold")


def _remark(gutter: int, text: str, kind: str = "") -> Row:
    """`= help: ...`, or a fact."""
    start = cells(" " * (gutter + 1) + "= ", "label")
    return start + (cells(f"{kind}: ", kind) if kind else []) + cells(_line(text))


def _edited(fix: Fix, room: int) -> list[Row]:
    """The lines that an edit touches, as they are after it, what is new in the style of a help."""
    text = fix.span.source.text
    start = text.rfind("\n", 0, fix.span.start) + 1
    end = text.find("\n", fix.span.end)
    end = len(text) if end < 0 else end
    parts = [(text[start : fix.span.start], ""), (fix.text, "help"), (text[fix.span.end : end], "")]
    rows: list[Row] = [[]]
    for part, style in parts:
        for i, line in enumerate(part.replace("\r", "").split("\n")):
            if i:
                rows.append([])
            rows[-1].extend(cells(line, style))
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
    try:
        return Source(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _concise(d: Diagnostic) -> str:
    return f"{_at(d.span)}: {d.severity}[{d.code}]: {_line(d.message)}"


# for tools


def _place(span: Span) -> dict[str, Any]:
    """Lines and columns counted from 1; `end_column` is one past the last character."""
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "path": span.source.path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


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
    return json.dumps({"diagnostics": found}, indent=2, ensure_ascii=False)


def _sarif(diagnostics: Sequence[Diagnostic]) -> str:
    import json

    from ..grammar.codes import CODES

    codes = sorted({d.code for d in diagnostics})
    titles = {code: CODES[code].title if code in CODES else code for code in codes}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "fdc",
                        "rules": [{"id": code, "shortDescription": {"text": titles[code]}} for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(d, codes) for d in diagnostics],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _result(d: Diagnostic, codes: list[str]) -> dict[str, Any]:
    text = ". ".join(part for part in (d.message, d.note, *d.facts, d.help) if part)
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": codes.index(d.code),
        "level": {"error": "error", "warning": "warning", "info": "note"}[d.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": _physical(d.span)}],
    }
    if d.labels:
        result["relatedLocations"] = [
            {"id": i, "message": {"text": label.text}, "physicalLocation": _physical(label.span)}
            for i, label in enumerate(d.labels, 1)
        ]
    if d.fixes:
        result["fixes"] = [
            {
                "description": {"text": fix.title},
                "artifactChanges": [
                    {
                        "artifactLocation": _artifact(fix.span),
                        "replacements": [
                            {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.text}}
                        ],
                    }
                ],
            }
            for fix in d.fixes
        ]
    return result


def _physical(span: Span) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span), "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    at = _place(span)
    return {
        "startLine": at["line"],
        "startColumn": at["column"],
        "endLine": at["end_line"],
        "endColumn": at["end_column"],
    }


def _artifact(span: Span) -> dict[str, str]:
    """A path relative to the working folder, whatever name the user gave the file."""
    from urllib.parse import quote

    return {"uri": quote(_relative(span.source.path))}


def _relative(path: str) -> str:
    import os.path

    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return Path(path).as_posix()


def _github(d: Diagnostic) -> str:
    """A workflow command. Columns are left out where lines differ, as the service asks."""
    at = _place(d.span)
    fields = {"file": _relative(d.span.source.path), "line": at["line"], "endLine": at["end_line"]}
    if at["line"] == at["end_line"]:
        fields |= {"col": at["column"], "endColumn": max(at["column"], at["end_column"] - 1)}
    fields["title"] = d.code
    said = [d.message, d.note, *(f"{label.text} ({label.span})" for label in d.labels), *d.facts]
    if d.help:
        said.append(f"help: {d.help}")
    kind = {"error": "error", "warning": "warning", "info": "notice"}[d.severity]
    properties = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in fields.items())
    return f"::{kind} {properties}::{_escaped(chr(10).join(part for part in said if part))}"


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(c):02X}" if c in "%\r\n" + more else c for c in text)
