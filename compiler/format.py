"""A file's canonical text.

The author decides where lines break, which blocks stand on one line and which runs of `=` are aligned. The
rest has one form: two spaces a level, at most one blank line, commas between entries that share a line, not
at a line's end, `*` and `/` tight inside a sum, beside a number or in brackets. Tokens and comments stay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from . import syntax as ast
from .diagnostics import Diagnostic
from .lex import CLOSERS, Lexed, Token, lex
from .parse import parse_tokens
from .source import Source

INDENT = "  "
NOWHERE = (-1, -1)

OPENERS = {**CLOSERS, "_TARGETS": "RPAR"}
CLOSING = frozenset(CLOSERS.values())
OPERANDS = frozenset({"NAME", "NUMBER", "STRING", "TRUE", "FALSE", *CLOSING})
PRODUCTS = frozenset({"STAR", "SLASH", "FLOOR", "POWER"})

# Nodes that stand in a block one after the other, by the field of the node above that holds them.
LISTED = frozenset({"declarations", "members", "entries", "fields", "lets", "body", "names"})


@dataclass(slots=True, eq=False)
class Item:
    """A token or comment; `breaks` are the line breaks before it."""

    kind: str
    text: str
    start: int
    breaks: int = 0
    starts: bool = False  # it is the first of an entry
    block: bool = False  # a brace with entries inside
    several: bool = False  # the block has a line for each entry


def format(source: Source) -> str | tuple[Diagnostic, ...]:
    """The canonical text, or what is wrong with a file that cannot be read. A second time changes nothing."""
    lexed = lex(source)
    file, errors = parse_tokens(source, lexed)
    if errors:
        return errors
    starts, tight, spaced_colons = _facts(file, lexed)
    items = _items(source, lexed, starts)
    items = _commas(items)
    _breaks(items)
    lines = _lines(items, tight, spaced_colons)
    return "".join(line + "\n" for line in _aligned(source, lines))


# what the tree says about tokens


def _facts(file: ast.File, lexed: Lexed) -> tuple[set[int], set[int], set[int]]:
    """Where entries start, which products are tight, and which `:` has spaces on both sides."""
    offsets = [token.start for token in lexed.tokens]
    starts: set[int] = set()
    tight: set[int] = set()
    colons: set[int] = set()

    def after(offset: int, kinds: frozenset[str]) -> int:
        i = bisect_left(offsets, offset)
        while lexed.tokens[i].kind not in kinds:
            i += 1
        return offsets[i]

    def walk(node: Any, dense: bool, in_sum: bool) -> None:
        if isinstance(node, ast.Binary):
            sums = node.op in ("+", "-")
            if node.op in ("*", "/", "//", "**"):
                if dense or in_sum or any(isinstance(x, ast.Number) for x in _chain(node)):
                    tight.add(after(node.left.span.end, PRODUCTS))
                sums = in_sum
            walk(node.left, dense, sums)
            walk(node.right, dense, sums)
            return
        if isinstance(node, ast.Unary):
            walk(node.operand, dense, in_sum)
            return
        if isinstance(node, ast.Index):
            walk(node.base, dense, in_sum)
            walk(node.index, True, False)
            return
        if isinstance(node, ast.StageDecl):
            colons.add(after(node.name.span.end, frozenset({"COLON"})))
        dense = isinstance(node, ast.DimExpr)
        for name, child in _children(node):
            if name in LISTED:
                starts.add(child.span.start)
            walk(child, dense, False)

    walk(file, False, False)
    return starts, tight, colons


def _children(node: Any) -> Iterator[tuple[str, ast.Node]]:
    for f in fields(node):
        value = getattr(node, f.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, ast.Node) and f.name != "comments":
                yield f.name, child


def _chain(node: ast.Expr) -> Iterator[ast.Expr]:
    """The factors of a product, signs taken off."""
    if isinstance(node, ast.Binary) and node.op in ("*", "/", "//", "**"):
        yield from _chain(node.left)
        yield from _chain(node.right)
    elif isinstance(node, ast.Unary):
        yield from _chain(node.operand)
    else:
        yield node


# items, their commas and line breaks


def _items(source: Source, lexed: Lexed, starts: set[int]) -> list[Item]:
    marks: list[Token | ast.Comment] = []
    known = 0
    for i, token in enumerate(lexed.tokens):
        while known < len(lexed.comments) and lexed.comment_before[known] == i:
            marks.append(lexed.comments[known])
            known += 1
        marks.append(token)
    items: list[Item] = []
    end = 0
    stack: list[Item] = []
    for mark in marks:
        if isinstance(mark, ast.Comment):
            item = Item("COMMENT", mark.text, mark.span.start)
            stop = mark.span.end
        else:
            item = Item(mark.kind, mark.text, mark.start, starts=mark.start in starts)
            stop = mark.end
        item.breaks = source.text.count("\n", end, item.start)
        if items and items[-1].kind == "COMMENT":
            item.breaks = max(item.breaks, 1)
        if item.kind in OPENERS:
            item.block = item.kind == "LBRACE"
            stack.append(item)
        elif item.kind in CLOSING:
            item.block = stack.pop().block
        items.append(item)
        end = stop
    return items


def _commas(items: list[Item]) -> list[Item]:
    """Each comma right after what it follows.

    Between entries only where they share a line, before a closing bracket only where that starts one."""
    kept: list[Item] = []
    stack: list[Item] = []
    listed: set[int] = set()  # open round and square brackets that hold commas
    pending: Item | None = None
    for item in items:
        if item.kind == "COMMA":
            pending = item
            continue
        if pending is not None:
            item.breaks = max(item.breaks, pending.breaks) if item.kind != "COMMENT" else item.breaks
        if item.kind == "COMMENT":
            if pending is not None and pending.breaks:
                pending.breaks = 0
            kept.append(item)
            continue
        inside = stack[-1] if stack else None
        within = inside is not None and inside.kind == "LBRACE"
        if inside is not None and not within and pending is not None:
            listed.add(id(inside))
        if item.kind in CLOSING:
            wanted = not within and id(inside) in listed and item.breaks > 0
        elif item.starts and within:
            wanted = item.breaks == 0 and kept[-1] is not inside
        else:
            wanted = pending is not None
        if wanted and kept:
            at = len(kept)
            while kept[at - 1].kind == "COMMENT":
                at -= 1
            kept.insert(at, Item("COMMA", ",", kept[at - 1].start))
        pending = None
        if item.kind in OPENERS:
            stack.append(item)
        elif item.kind in CLOSING:
            stack.pop()
        kept.append(item)
    return kept


def _breaks(items: list[Item]) -> None:
    """Settle the line breaks: which blocks take several lines, and at most one blank line."""
    stack: list[Item] = []
    for before, item in zip([None, *items], items):
        inside = stack[-1] if stack else None
        entry = item.starts or (item.kind in CLOSING and item.block)
        if inside is not None and inside.block and item.breaks and (entry or before is inside):
            inside.several = True
        if item.kind in OPENERS:
            stack.append(item)
        elif item.kind in CLOSING:
            closed = stack.pop()
            if closed.block and closed.several:
                for outer in stack:
                    outer.several = outer.several or outer.block
    stack = []
    for i, item in enumerate(items):
        before = items[i - 1] if i else None
        after_comment = before is not None and before.kind == "COMMENT"
        inside = stack[-1] if stack else None
        if before is None or item.kind == "$END":
            item.breaks = 0
        elif item.kind in CLOSING:
            stack.pop()
            if item.block:
                item.breaks = 1 if inside is not None and inside.several else 0
            item.breaks = min(item.breaks, 1)
        elif before is inside and inside is not None:
            if inside.several and item.kind != "COMMENT":
                item.breaks = 1
            item.breaks = min(item.breaks, 1)
        elif item.kind == "LBRACE" and not after_comment and not item.starts:
            item.breaks = 0
        elif not stack and item.starts:
            item.breaks = min(max(item.breaks, 1), 2)
        elif item.starts or item.kind == "COMMENT":
            item.breaks = min(item.breaks, 2)
        else:
            item.breaks = min(item.breaks, 1)
        if after_comment and item.kind != "$END":
            item.breaks = max(item.breaks, 1)
        if item.kind in OPENERS:
            stack.append(item)


# lines


@dataclass(slots=True, eq=False)
class Line:
    """A line's text and, where an entry starts it, its depth and where its `=` is, here and in the source."""

    text: str
    equals: int = -1
    source_equals: int = -1
    depth: int = -1


def _lines(items: list[Item], tight: set[int], spaced_colons: set[int]) -> list[Line]:
    lines: list[Line] = []
    stack: list[tuple[Item, int]] = []  # open brackets, each with the indentation of its line
    indent = 0
    ahead = list(range(len(items)))  # the next token from each item on
    for i in range(len(items) - 2, -1, -1):
        if items[i].kind == "COMMENT":
            ahead[i] = ahead[i + 1]
    before: Item | None = None
    for i, item in enumerate(items):
        if item.kind == "$END":
            break
        if before is None or item.breaks:
            lines.extend(Line("") for _ in range(item.breaks - 1))
            indent = _indent(items, ahead, i, stack)
            lines.append(Line(INDENT * indent, depth=len(stack) if item.starts else -1))
            gap = ""
        else:
            gap = _gap(items, i, tight, spaced_colons)
        line = lines[-1]
        if item.kind == "EQUAL" and len(stack) == line.depth and line.equals < 0:
            line.equals, line.source_equals = len(line.text), item.start
        line.text += gap + item.text
        if item.kind in OPENERS:
            stack.append((item, indent))
        elif item.kind in CLOSING:
            stack.pop()
        before = item
    return lines


def _indent(items: list[Item], ahead: list[int], i: int, stack: list[tuple[Item, int]]) -> int:
    item = items[i]
    following = items[ahead[i]]
    if not stack:
        return 0 if item.starts or following.starts or following.kind == "$END" else 1
    opener, base = stack[-1]
    if item.kind in CLOSING:
        return base
    if not opener.block or following.starts or following.kind in CLOSING:
        return base + 1
    return base + 2


def _gap(items: list[Item], i: int, tight: set[int], spaced_colons: set[int]) -> str:
    """What stands between an item and the one before it on its line."""
    before, item = items[i - 1], items[i]
    if item.kind == "COMMENT":
        return " "
    if before.kind in ("LPAR", "LSQB", "_TARGETS", "DOT") or item.kind in ("RPAR", "RSQB", "COMMA", "DOT"):
        return ""
    if before.kind == "LBRACE" and item.kind == "RBRACE":
        return ""
    if item.kind == "COLON":
        return " " if item.start in spaced_colons else ""
    if item.kind in ("LPAR", "LSQB") and before.kind in ("NAME", "STRING", "NUMBER", "RPAR", "RSQB"):
        return ""
    if item.start in tight and item.kind in PRODUCTS:
        return ""
    if before.start in tight and before.kind in PRODUCTS:
        return ""
    if before.kind == "MINUS" and (i < 2 or _previous(items, i - 1).kind not in OPERANDS):
        return ""
    return " "


def _previous(items: list[Item], i: int) -> Item:
    """The token before, comments skipped."""
    while i > 0 and items[i - 1].kind == "COMMENT":
        i -= 1
    return items[max(i - 1, 0)]


def _aligned(source: Source, lines: list[Line]) -> Iterator[str]:
    """The lines, runs of `=` that the author aligned brought to one column again."""
    i = 0
    while i < len(lines):
        run = i
        while run < len(lines) and _column(source, lines[run]) == _column(source, lines[i]) != NOWHERE:
            run += 1
        group = lines[i:run]
        if len(group) > 1 and any(source.text[x.source_equals - 2 : x.source_equals] == "  " for x in group):
            column = max(x.equals for x in group)
            for x in group:
                yield x.text[: x.equals] + " " * (column - x.equals) + x.text[x.equals :]
        else:
            yield from (x.text for x in lines[i : max(run, i + 1)])
        i = max(run, i + 1)


def _column(source: Source, line: Line) -> tuple[int, int]:
    """How deep a line's entry is, and the column of its `=` in the source."""
    if line.equals < 0:
        return NOWHERE
    return line.depth, line.source_equals - source.text.rfind("\n", 0, line.source_equals)
