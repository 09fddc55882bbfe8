"""Diagnostics as a SARIF 2.1.0 log, as code scanning services take it.

Files below the working folder are named relative to `%SRCROOT%`, which the log leaves to whoever reads it.
"""

from __future__ import annotations

import json
import os.path
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...grammar.codes import CODES, explain
from ..base.diagnostics import Diagnostic, Fix, Severity
from ..base.source import Source, Span

LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
ROOT = "%SRCROOT%"


def log(diagnostics: Sequence[Diagnostic], version: str) -> str:
    """The log of one run, as text. `version` is fdc's."""
    rules = list(dict.fromkeys(d.code for d in diagnostics))
    seen: Counter[tuple[Path, str]] = Counter()
    driver = {"name": "fdc", "version": version, "rules": [_rule(d) for d in _first_of_each(diagnostics)]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that fdc was started in."}}},
        "results": [_result(d, rules.index(d.code), seen) for d in diagnostics],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2)


def _first_of_each(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    first: dict[str, Diagnostic] = {}
    for d in diagnostics:
        first.setdefault(d.code, d)
    return list(first.values())


def _rule(d: Diagnostic) -> dict[str, Any]:
    """What `fdc explain` says of a diagnostic's code."""
    page = CODES.get(d.code)
    title = page.title if page is not None else d.code
    return {
        "id": d.code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{page.means} {page.why}" if page is not None else title},
        "help": {"text": explain(d.code) or title, "markdown": explain(d.code, "# ") or title},
        "defaultConfiguration": {"level": LEVELS[d.severity]},
    }


def _result(d: Diagnostic, rule: int, seen: Counter[tuple[Path, str]]) -> dict[str, Any]:
    text = ". ".join(part for part in (d.message, d.note, *d.facts, d.help) if part)
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": LEVELS[d.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": _physical(d.span)}],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(d, seen)},
    }
    if d.labels:
        result["relatedLocations"] = [
            {"id": i, "message": {"text": label.text or "here"}, "physicalLocation": _physical(label.span)}
            for i, label in enumerate(d.labels, 1)
        ]
    if d.fixes:
        result["fixes"] = [_fix(fix) for fix in d.fixes]
    return result


def _fingerprint(d: Diagnostic, seen: Counter[tuple[Path, str]]) -> str:
    """The same while the line says the same, wherever it moves; equal ones in a file are counted."""
    line = " ".join(d.span.source.line_text(d.span.line).split())
    digest = sha256(f"{d.code}\n{line}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    key = (_file(d.span.source), digest)
    seen[key] += 1
    return f"{digest}:{seen[key]}"


def _fix(fix: Fix) -> dict[str, Any]:
    change = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.text}}
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": _artifact(fix.span.source), "replacements": [change]}],
    }


def _physical(span: Span) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span.source), "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    """Lines and columns from 1, `endColumn` one past the last character."""
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _file(source: Source) -> Path:
    return source.file or Path(os.path.abspath(source.path))


def _artifact(source: Source) -> dict[str, str]:
    file, here = _file(source), Path.cwd().resolve()
    if file.is_relative_to(here):
        return {"uri": quote(file.relative_to(here).as_posix(), errors="surrogateescape"), "uriBaseId": ROOT}
    return {"uri": file.as_uri()}
