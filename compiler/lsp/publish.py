"""Diagnostics of the checker as the protocol has them, by the file that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lsprotocol import types as lsp

from ..base.diagnostics import Diagnostic
from .workspace import View, Workspace

SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "info": lsp.DiagnosticSeverity.Information,
}
UNREAD = frozenset({"unused-binding", "dead-setting"})
"""Codes of what may be taken away: editors show it faded."""

DEFECT = lsp.Diagnostic(
    lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)),
    "this file could not be checked, by a defect of fdc itself; the server's log holds the report to file",
    lsp.DiagnosticSeverity.Error,
    source="fdc",
)

Published = dict[str, tuple[int | None, list[lsp.Diagnostic]]]
"""By address: the version of the text that was checked, and what was found in it."""


def published(workspace: Workspace, views: Iterable[View]) -> Published:
    """What is found in every open file and in those that they import. A place and a code are reported once."""
    views = list(views)
    found: dict[Path, dict[tuple[str, int], Diagnostic]] = {v.path: {} for v in views}
    for view in sorted(views, key=lambda v: len(v.checked.modules)):
        for d in view.checked.diagnostics:
            path = workspace.path(d.span.source)
            found.setdefault(path, {}).setdefault((d.code, d.span.start), d)
    out: Published = {
        workspace.documents.uri(path): (workspace.documents.open[path].version, [DEFECT])
        for path in workspace.failed
    }
    for path, diagnostics in found.items():
        document = workspace.documents.open.get(path)
        version = document.version if document is not None else None
        found_here = [
            protocol_diagnostic(workspace, d)
            for d in sorted(diagnostics.values(), key=lambda d: d.span.start)
        ]
        out[workspace.documents.uri(path)] = version, found_here
    return out


def changes(before: Mapping[str, object], now: Published) -> Published:
    """What an editor has not been sent yet; files in which nothing is found any more have an empty list."""
    gone: Published = {uri: (None, []) for uri in before if uri not in now}
    return {**gone, **{uri: found for uri, found in now.items() if before.get(uri) != found}}


def protocol_diagnostic(workspace: Workspace, d: Diagnostic) -> lsp.Diagnostic:
    text = workspace.text(d.span.source)
    return lsp.Diagnostic(
        range=text.range_of(d.span),
        message=message(d),
        severity=SEVERITIES[d.severity],
        code=d.code,
        source="fdc",
        tags=[lsp.DiagnosticTag.Unnecessary] if d.code in UNREAD else None,
        related_information=[
            lsp.DiagnosticRelatedInformation(workspace.location(label.span), label.text) for label in d.labels
        ]
        or None,
    )


def message(d: Diagnostic) -> str:
    """All that the report says in words: what is wrong, what stands there, the facts in force, the help."""
    rows = [d.message]
    if d.note and d.note not in d.message:
        rows.append(f"here: {d.note}")
    rows += [f"note: {fact}" for fact in d.facts]
    if d.help:
        rows.append(f"help: {d.help}")
    return "\n".join(rows)
