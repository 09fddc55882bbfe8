"""Changes of texts as the protocol has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types as lsp

from .positions import Text
from .workspace import Workspace


class TextChange(NamedTuple):
    """Characters `start` to `end` become `text`."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[TextChange]) -> str:
    for e in sorted(edits, reverse=True):
        text = text[: e.start] + e.text + text[e.end :]
    return text


def text_edits(text: Text, edits: Iterable[TextChange]) -> list[lsp.TextEdit]:
    return [lsp.TextEdit(text.range(e.start, e.end), e.text) for e in sorted(edits)]


def workspace_edit(
    workspace: Workspace, changes: Mapping[Path, tuple[str, Iterable[TextChange]]], versioned: bool
) -> lsp.WorkspaceEdit:
    """Edits of several files, each with the text that they are made for. `versioned` is what the client takes."""
    by_uri = {
        workspace.documents.uri(path): (path, text_edits(Text(text, workspace.encoding), edits))
        for path, (text, edits) in changes.items()
    }
    if not versioned:
        return lsp.WorkspaceEdit(changes={uri: edits for uri, (_, edits) in by_uri.items()})
    documents = workspace.documents.open
    return lsp.WorkspaceEdit(
        document_changes=[
            lsp.TextDocumentEdit(
                lsp.OptionalVersionedTextDocumentIdentifier(
                    uri, documents[path].version if path in documents else None
                ),
                list(edits),
            )
            for uri, (path, edits) in by_uri.items()
        ]
    )


def between(before: str, after: str) -> list[TextChange]:
    """The lines that differ, as edits: what did not change keeps its marks and its folds."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    return [
        TextChange(starts[a], starts[b], "".join(new[c:d]))
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
