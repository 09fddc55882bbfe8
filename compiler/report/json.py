"""Diagnostics as a JSON document."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from ..base.diagnostics import Diagnostic
from ..base.source import Source, Span


def document(diagnostics: Sequence[Diagnostic]) -> str:
    """`{"diagnostics": [...]}` with every part of each: places, labels, facts, help, fixes."""
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
