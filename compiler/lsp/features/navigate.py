"""From a name to its declaration, and to every place that means the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types as lsp

from ...base.source import Source, Span
from ...modules.imports import Module, Unreadable
from ...modules.names.bind_file import bind
from ...modules.names.symbol import FileNames, Symbol, Use
from ..workspace import View, Workspace


def definition(workspace: Workspace, view: View, offset: int) -> list[lsp.Location]:
    use = view.names.at(offset)
    if use is None:
        return [workspace.location(s) for s in _led_to(workspace, view, offset)]
    target = use.symbol
    if target.kind == "python":
        return list(_in_binding(workspace, view.path, target.name))
    if use.span == target.span or target.kind in ("file", "role function"):
        target = target.leads or target.origin or target
    return [workspace.location(target.span)]


def _led_to(workspace: Workspace, view: View, offset: int) -> list[Span]:
    """Where the checks of programs found a name to lead that the file by itself does not show: `student.cond`."""
    found: dict[tuple[Path, int], Span] = {}
    for section, source in workspace.sections(view):
        for name, target in section.notes.uses.items():
            if name.source is source and name.start <= offset <= name.end:
                found.setdefault((workspace.path(target.source), target.start), target)
    return list(found.values())


def _in_binding(workspace: Workspace, family: Path, name: str) -> Iterator[lsp.Location]:
    """A function of the `binding.py` beside a family. The file is read, not run."""
    path = family.parent / "binding.py"
    try:
        source = workspace.documents.read(path, path.name)
    except Unreadable:
        return
    found = re.search(rf"^(?:async\s+)?def\s+({re.escape(name)})\b", source.text, re.MULTILINE)
    start, end = found.span(1) if found is not None else (0, 0)
    yield workspace.location(Span(source, start, end))


def mentioning(workspace: Workspace, symbol: Symbol) -> Iterator[Module]:
    """The files of the workspace, and the symbol's own, that hold its name and reach its declaration."""
    home = symbol.root[0]
    paths = dict.fromkeys(workspace.documents.nearby())
    if isinstance(home, Path):
        paths.setdefault(home)
    for path in paths:
        try:
            text = workspace.documents.read(path, workspace.documents.shown(path)).text
        except Unreadable:
            continue
        found = workspace.module(path) if symbol.name in text else None
        if found is not None and (home == path or home in found[1]):
            yield found[0]


def uses(workspace: Workspace, symbol: Symbol) -> Iterator[tuple[Source, FileNames, list[Use]]]:
    """The places that mean a symbol, file by file."""
    for module in mentioning(workspace, symbol):
        names = bind(module)
        here = names.of(symbol.root)
        if here:
            yield module.source, names, here


def references(
    workspace: Workspace, view: View, offset: int, declaration: bool = True
) -> list[lsp.Location] | None:
    use = view.names.at(offset)
    if use is None:
        return None
    symbol = use.symbol
    if symbol.kind == "file" and symbol.leads is not None:
        symbol = symbol.leads
    places: dict[tuple[Path, int], Span] = {}
    for source, names, here in uses(workspace, symbol):
        through_file = [
            u for u in names.uses if u.symbol.leads is not None and u.symbol.leads.root == symbol.root
        ]
        for u in (*here, *(u for u in through_file if u.symbol.kind in ("file", "alias"))):
            if declaration or u.span != u.symbol.span:
                places[workspace.path(source), u.span.start] = u.span
    for other in workspace.views():
        for section in other.checked.sections:
            for name, target in section.notes.uses.items():
                if (target.source.file, target.start) == (symbol.span.source.file, symbol.span.start):
                    places.setdefault((workspace.path(name.source), name.start), name)
    return [workspace.location(places[key]) for key in sorted(places, key=lambda k: (str(k[0]), k[1]))]


def highlights(view: View, offset: int) -> list[lsp.DocumentHighlight]:
    use = view.names.at(offset)
    if use is None:
        return []
    return [
        lsp.DocumentHighlight(
            view.text.range_of(u.span),
            lsp.DocumentHighlightKind.Write if u.declares else lsp.DocumentHighlightKind.Read,
        )
        for u in view.names.of(use.symbol.root)
    ]
