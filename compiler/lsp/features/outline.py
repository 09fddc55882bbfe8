"""The shape of a file: its declarations as a tree, and what can be folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types as lsp

from ...base.source import Span
from ...modules.names.members import KINDS, parts
from ...syntax import ast
from ...syntax.lexer import match_brackets
from ..positions import moved
from ..workspace import View
from .symbol_text import flat

SYMBOL_KINDS = {
    "family": lsp.SymbolKind.Class,
    "method": lsp.SymbolKind.Module,
    "program": lsp.SymbolKind.Namespace,
    "space": lsp.SymbolKind.Interface,
    "process": lsp.SymbolKind.Event,
    "record": lsp.SymbolKind.Struct,
    "component": lsp.SymbolKind.Object,
    "stage": lsp.SymbolKind.Function,
    "graph": lsp.SymbolKind.Function,
    "update": lsp.SymbolKind.Method,
    "param": lsp.SymbolKind.Property,
    "variant": lsp.SymbolKind.EnumMember,
    "role": lsp.SymbolKind.Variable,
    "state": lsp.SymbolKind.Field,
    "field": lsp.SymbolKind.Field,
    "loss": lsp.SymbolKind.Number,
    "log": lsp.SymbolKind.Number,
}


def symbols(view: View, now: View) -> list[lsp.DocumentSymbol]:
    """The tree of a view, at the places where the text now has it; what was being edited is left out."""
    found = (_symbol(view, now, d) for d in view.main.file.declarations)
    return [s for s in found if s is not None]


def _symbol(view: View, now: View, node: ast.Syntax) -> lsp.DocumentSymbol | None:
    match node:
        case ast.UpdateDecl(roles=roles, body=body):
            name, kind = f"update {', '.join(r.id for r in roles)}", "update"
            place = roles[0].span.to(roles[-1].span)
            inside: Iterable[ast.Syntax] = body
        case ast.SettingsDecl(kind=word):
            name, kind, place, inside = word.id, "settings", word.span, ()
        case ast.SizesDecl(entries=entries) if entries:
            name, kind, place, inside = "sizes", "settings", parts(entries[0])[0], ()
        case ast.UseDecl(method=method):
            name, kind, place, inside = f"use {method.span.text}", "settings", method.span, ()
        case ast.OptimizeDecl(role=role):
            name, kind, place, inside = f"optimize {role.id}", "settings", role.span, ()
        case ast.TrackDecl(tracker=tracker):
            name, kind, place, inside = f"track {tracker.id}", "settings", tracker.span, ()
        case ast.DataDecl(name=n, fields=fields):
            name, kind, place, inside = n.id, "data", n.span, fields
        case ast.FieldDecl(name=n):
            name, kind, place, inside = n.id, "field", n.span, ()
        case ast.Loss(name=n):
            name, kind, place, inside = n.id, "loss", n.span, ()
        case ast.Log(name=n):
            name, kind, place, inside = n.id, "log", n.span, ()
        case ast.Bind(targets=(target,)):
            name, kind, place, inside = target.id, "name", target.span, ()
        case (
            ast.FamilyDecl(name=n, members=members)
            | ast.MethodDecl(name=n, members=members)
            | ast.ProgramDecl(name=n, members=members)
        ):
            name, kind, place, inside = n.id, KINDS[type(node)], n.span, members
        case ast.RecordDecl(name=n, fields=fields):
            name, kind, place, inside = n.id, "record", n.span, fields
        case (
            ast.SpaceDecl(name=n)
            | ast.ProcessDecl(name=n)
            | ast.ComponentDecl(name=n)
            | ast.StageDecl(name=n)
            | ast.GraphDecl(name=n)
            | ast.Param(name=n)
            | ast.VariantDecl(name=n)
            | ast.RoleDecl(name=n)
            | ast.StateDecl(name=n)
            | ast.ProduceDecl(name=n)
        ):
            name, kind, place, inside = n.id, KINDS[type(node)], n.span, ()
        case _:
            return None
    whole, selected = (_now(view, now, s) for s in (node.span, place))
    if whole is None or selected is None:
        return None
    numbers_only = isinstance(node, ast.UpdateDecl)
    children = [
        s
        for m in inside
        if not numbers_only or isinstance(m, (ast.Loss, ast.Log))
        if (s := _symbol(view, now, m)) is not None
    ]
    return lsp.DocumentSymbol(
        name=name,
        kind=SYMBOL_KINDS.get(kind, lsp.SymbolKind.Property),
        range=whole,
        selection_range=selected,
        detail=_detail(node),
        children=children,
    )


def _now(view: View, now: View, span: Span) -> lsp.Range | None:
    places = [moved(view.source.text, now.source.text, i) for i in (span.start, span.end)]
    start, end = places
    return now.text.range(start, end) if start is not None and end is not None else None


def _detail(node: ast.Syntax) -> str | None:
    match node:
        case ast.RoleDecl(source=source):
            return flat(source.span.text)
        case ast.StageDecl(kind=kind):
            return kind.id
        case ast.ComponentDecl(cls=cls):
            return cls
        case ast.FieldDecl(type=type_):
            return flat(type_.span.text)
        case ast.Param(type=type_, default=default):
            shown = [flat(type_.span.text)] if type_ is not None else []
            return " = ".join([*shown, flat(default.span.text)] if default is not None else shown) or None
        case ast.MethodDecl(roles=roles):
            return ", ".join(r.id for r in roles)
        case ast.GraphDecl(params=params):
            return f"({', '.join(p.name.id for p in params)})"
        case _:
            return None


def folds(view: View) -> Iterator[lsp.FoldingRange]:
    """Blocks and brackets over several lines, runs of comments, and the imports at the top. Broken texts fold too."""
    tokens = view.lexed.tokens[:-1]
    match_brackets(tokens)
    for token in tokens:
        if token.partner > 0 and token.kind in ("LBRACE", "LPAR", "LSQB"):
            first = view.text.position(token.start).line
            last = view.text.position(tokens[token.partner].start).line - 1
            if last > first:
                yield lsp.FoldingRange(first, last)
    yield from _runs(view, [c.span for c in view.lexed.comments], lsp.FoldingRangeKind.Comment)
    imports = [d.span for d in view.main.file.declarations if isinstance(d, ast.Import)]
    yield from _runs(view, imports, lsp.FoldingRangeKind.Imports)


def _runs(view: View, spans: Iterable[Span], kind: lsp.FoldingRangeKind) -> Iterator[lsp.FoldingRange]:
    """Neighbouring lines that belong together."""
    start = last = -2
    for span in spans:
        first_line = view.text.position(span.start).line
        starts_line = not view.source.text[view.text.starts[first_line] : span.start].strip()
        if starts_line and first_line == last + 1:
            last = view.text.position(span.end).line
            continue
        if last > start:
            yield lsp.FoldingRange(start, last, kind=kind)
        start, last = (first_line, view.text.position(span.end).line) if starts_line else (-2, -2)
    if last > start:
        yield lsp.FoldingRange(start, last, kind=kind)
