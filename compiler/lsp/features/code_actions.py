"""Edits on offer: what diagnostics say to write, and the canonical form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lsprotocol import types as lsp

from ...base.diagnostics import Diagnostic, Fix
from ...base.frozen import struct
from ...base.source import Source
from ...report.apply_fixes import TRIALS, Texts, fixable, mend
from ...syntax.formatter import format
from ..edits import TextChange, between, text_edits, workspace_edit
from ..publish import protocol_diagnostic
from ..workspace import View, Workspace

FIX_ALL = "source.fixAll.fdl"


@struct
class Client:
    """What the editor can do: `versioned` takes edits of a version of a document, `resolves` asks for an action's edit
    when the user takes it."""

    versioned: bool = False
    resolves: bool = False


TRIALS_AT_CURSOR = 2
"""How many checks one request may take that the editor sends by itself, at every move of the cursor."""


def actions(
    workspace: Workspace,
    view: View,
    start: int,
    end: int,
    only: Sequence[str] | None,
    client: Client,
) -> Iterator[lsp.CodeAction]:
    """The edits of the diagnostics that touch a stretch of text; and all safe ones of the file at once."""
    here = [
        d
        for d in view.checked.diagnostics
        if d.span.source is view.source and d.span.start <= end and start <= d.span.end
    ]
    if _wanted(lsp.CodeActionKind.QuickFix, only):
        for d in here:
            for fix in d.fixes:
                action = _quick_fix(workspace, view, d, fix, client)
                if action is not None:
                    yield action
    texts = {view.path: view.source.text}
    asked_about = view.checked.diagnostics if only is not None else here
    if not _wanted(FIX_ALL, only) or all(fixable(d, texts) is None for d in asked_about):
        return
    action = lsp.CodeAction("Make all safe fixes of this file", FIX_ALL)
    if client.resolves:  # which fixes help is found by checking: only once the user takes the action
        action.data = {"uri": view.document.uri, "version": view.document.version}
        yield action
    else:
        filled = fix_all(workspace, view, action, client, TRIALS if only is not None else TRIALS_AT_CURSOR)
        if filled.edit is not None:
            yield filled


def fix_all(
    workspace: Workspace, view: View, action: lsp.CodeAction, client: Client, trials: int = TRIALS
) -> lsp.CodeAction:
    """The action with the edit of the safe fixes that help, as `fdc check --fix` makes them; none if none helps."""
    text = _mended(workspace, view, trials)
    if text != view.source.text:
        changes = {view.path: (view.source.text, between(view.source.text, text))}
        action.edit = workspace_edit(workspace, changes, client.versioned)
    return action


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(kind == k or kind.startswith(f"{k}.") or k == "" for k in only)


def _quick_fix(
    workspace: Workspace, view: View, d: Diagnostic, fix: Fix, client: Client
) -> lsp.CodeAction | None:
    source = fix.span.source
    path = workspace.path(source)
    if not workspace.documents.owns(path):
        return None
    new = fix.text.replace("\n", "\r\n") if "\r\n" in source.text else fix.text
    edits = [TextChange(fix.span.start, fix.span.end, new)]
    title = fix.title[:1].upper() + fix.title[1:]
    if source is not view.source:
        title += f" ({fix.span})"
    return lsp.CodeAction(
        title,
        lsp.CodeActionKind.QuickFix,
        diagnostics=[protocol_diagnostic(workspace, d)],
        is_preferred=fix.safe or None,
        edit=workspace_edit(workspace, {path: (source.text, edits)}, client.versioned),
    )


def _mended(workspace: Workspace, view: View, trials: int) -> str:
    """The text with the safe fixes made that help, as at most `trials` checks find."""

    def check(texts: Texts) -> Sequence[Diagnostic]:
        source = Source(view.source.path, texts[view.path], view.path)
        return workspace.checked(view.document, source).checked.diagnostics

    texts: dict[Path, str] = {view.path: view.source.text}
    return mend(texts, check, known=view.checked.diagnostics, trials=trials).texts[view.path]


def formatted(view: View, start: int = 0, end: int | None = None) -> list[lsp.TextEdit] | None:
    """The edits to the canonical form, of the declarations that a stretch of text touches; None where there are
    syntax errors."""
    found = format(view.source)
    if not isinstance(found, str):
        return None
    new = found.replace("\n", "\r\n") if "\r\n" in view.source.text and "\r\n" not in found else found
    edits = between(view.source.text, new)
    if end is not None:
        spans = [d.span for d in view.main.file.declarations if d.span.start <= end and start <= d.span.end]
        edits = [e for e in edits if any(s.start <= e.end and e.start <= s.end for s in spans)]
    return text_edits(view.text, edits)
