"""Files and folders in strings: of an import from the file's own folder on, of weights, data and prompts from the folder that
is open, as a run reads them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from lsprotocol import types as lsp

from ...syntax.lexer import Token
from ..settings_blocks import slot_at
from .request import Kind, Request

MAX_FILES = 200


def complete(r: Request, string: Token) -> list[lsp.CompletionItem]:
    """What may follow in a string, if a path may stand there."""
    typed = r.view.source.text[string.start + 1 : r.c.offset]
    if r.entry == ["import"]:
        if "/" not in typed:
            return list(_items(r, string, typed, ["./", "../"]))
        own = r.view.path

        def is_module(e: os.DirEntry[str]) -> bool:
            return e.is_dir() or (e.name.endswith(".fdl") and Path(e.path).resolve() != own)

        return list(_items(r, string, typed, _entries(own.parent, typed, is_module)))
    if _is_weights(r) or ((slot := slot_at(r.c)) is not None and slot.path):
        return list(_items(r, string, typed, _entries(Path.cwd(), typed, lambda e: True)))
    return []


def _is_weights(r: Request) -> bool:
    """`role student = wan.t2v_14b("|", weights = "|")`: the source of a role, and files that are laid over it."""
    inner = r.c.inner
    if inner.opener is None or inner.opener.kind != "LPAR" or r.entry[:1] != ["role"] or len(r.c.frames) != 3:
        return False
    if not inner.entry:
        return not inner.count
    taken = r.called.parameters if r.called is not None else ()
    return any(p.path and p.name == inner.entry[0].text for p in taken)


def _entries(base: Path, typed: str, wanted: Callable[[os.DirEntry[str]], bool]) -> list[str]:
    """What lies in the folder that is written so far; a folder ends in `/`. Hidden ones are left out."""
    try:
        found = sorted(os.scandir(base / os.path.dirname(typed)), key=lambda e: e.name)
    except (OSError, ValueError):
        return []
    return [e.name + "/" * e.is_dir() for e in found[:MAX_FILES] if not e.name.startswith(".") and wanted(e)]


def _items(r: Request, string: Token, typed: str, names: list[str]) -> Iterator[lsp.CompletionItem]:
    place = r.view.text.range(string.start + 1 + (typed.rfind("/") + 1), r.c.offset)
    for name in names:
        kind = Kind.Folder if name.endswith("/") else Kind.File
        label = name if name in ("./", "../") else name.rstrip("/")
        yield lsp.CompletionItem(label, kind=kind, text_edit=lsp.TextEdit(place, name))
