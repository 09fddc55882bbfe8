"""Lines above a declaration that do something: check the file, run a program, show its graph."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lsprotocol import types as lsp

from ...syntax import ast
from ..positions import moved
from ..workspace import View

CHECK, RUN, GRAPH = "fdl.check", "fdl.run", "fdl.graph"
"""Commands of the client: each is called with the file's URI and the name of what stands below the lens."""

OFFERED: dict[type[ast.Syntax], tuple[tuple[str, str], ...]] = {
    ast.ProgramDecl: (("check", CHECK), ("run", RUN), ("graph", GRAPH)),
    ast.MethodDecl: (("check", CHECK), ("graph", GRAPH)),
    ast.FamilyDecl: (("check", CHECK), ("graph", GRAPH)),
}


def lenses(view: View, now: View, commands: Collection[str]) -> Iterator[lsp.CodeLens]:
    """The lenses of a view at the places where the text now has its declarations; only for commands that the client has."""
    for node in view.main.file.declarations:
        match node:
            case ast.ProgramDecl(name=name) | ast.MethodDecl(name=name) | ast.FamilyDecl(name=name):
                start = moved(view.source.text, now.source.text, name.span.start)
                end = moved(view.source.text, now.source.text, name.span.end)
            case _:
                continue
        if start is None or end is None:
            continue
        for title, command in OFFERED[type(node)]:
            if command in commands:
                called = lsp.Command(title, command, arguments=[now.document.uri, name.id])
                yield lsp.CodeLens(now.text.range(start, end), called)
