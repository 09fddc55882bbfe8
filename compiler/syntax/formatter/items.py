"""A file's tokens with what the canonical form puts between them: spaces, commas, comments, the author's breaks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Literal

from ...base.frozen import field, fields, mutable, struct
from ...base.source import Source
from .. import ast
from ..lexer import CLOSERS, Lexed

OPENERS = {**CLOSERS, "_TARGETS": "RPAR"}
CLOSING = frozenset(CLOSERS.values())
OPERANDS = frozenset({"NAME", "NUMBER", "STRING", "TRUE", "FALSE", *CLOSING})
"""What may end an operand; after anything else, `-` is a sign and `{` opens a map."""
PRODUCTS = frozenset({"STAR", "SLASH", "FLOOR", "POWER"})
LISTED = frozenset({"declarations", "members", "entries", "fields", "lets", "body", "names"})
"""The fields of syntax nodes that hold what stands in a block one after the other."""
CONTINUING = frozenset({"AND", "OR", "AS", "PER"})
"""Words that may go on with the entry before: where an entry starts with one as its name, the comma stays."""
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


@struct
class Remark:
    """A comment before an item. `beside`: on the line of the item before. `blank`: a blank line stands before it."""

    text: str
    beside: bool
    blank: bool


@mutable
class Item:
    """A token other than a comma."""

    kind: str
    text: str
    start: int
    """Its offset in the source; -1 for the file's end."""
    partner: int = -1
    """The index of a bracket's other half."""
    starts: bool = False
    """It is the first of an entry of a block."""
    gap: str = " "
    """What stands before it where it follows on a line, the comma left out."""
    comma: Literal["", "row", "kept", "last"] = ""
    """The comma before it: one only within a line, one always, one only where it closes a bracket of several lines."""
    remarks: list[Remark] = field(default_factory=list)
    breaks: bool = False
    """The author broke the line somewhere after the item before, comments included."""
    blank: bool = False
    """A blank line stands right before it."""


def items_of(source: Source, file: ast.File, lexed: Lexed) -> list[Item]:
    """The items of a file without errors, an empty one of kind $END last."""
    starts, tight, colons = _facts(file, lexed)
    items: list[Item] = []
    stack: list[int] = []
    comma = False
    remarks: list[Remark] = []
    known, written = 0, 0  # how many comments were taken; where the last token or comment ends
    breaks = blank = False
    for i, token in enumerate(lexed.tokens):
        while known < len(lexed.comments) and lexed.comment_before[known] == i:
            comment = lexed.comments[known]
            between = source.text[written : comment.span.start]
            breaks = breaks or "\n" in between
            blank = blank or BLANK_LINE.search(between) is not None
            remarks.append(Remark(comment.text, not breaks and bool(items), blank))
            known, written, breaks, blank = known + 1, comment.span.end, True, False
        between = source.text[written : token.start]
        breaks = breaks or "\n" in between
        blank = blank or BLANK_LINE.search(between) is not None
        written = token.end
        if token.kind == "COMMA":
            comma = True
            continue
        item = Item(token.kind, token.text, token.start, starts=token.start in starts)
        item.remarks, item.breaks, item.blank = remarks, breaks, blank
        opener = items[stack[-1]] if stack else None
        if item.kind in CLOSING:
            item.partner = stack.pop()
            items[item.partner].partner = len(items)
            item.comma = "last" if item.kind != "RBRACE" and _several(items, item.partner) else ""
        elif item.starts and opener is not None:
            clash = comma and token.kind == "NAME" and token.keyword in CONTINUING
            item.comma = "" if items[-1] is opener else "kept" if clash else "row"
        else:
            item.comma = "kept" if comma and not item.starts else ""
        item.gap = _gap(items, item, tight, colons)
        if item.kind in OPENERS:
            stack.append(len(items))
        items.append(item)
        comma, remarks, breaks, blank = False, [], False, False
    return items


def _several(items: list[Item], opener: int) -> bool:
    """Whether the bracket that is open has more than one item so far."""
    i = opener + 1
    while i < len(items):
        if items[i].comma == "kept":
            return True
        i = max(items[i].partner, i) + 1
    return False


def _gap(items: list[Item], item: Item, tight: set[int], colons: set[int]) -> str:
    if not items:
        return ""
    before = items[-1]
    if item.comma in ("row", "kept"):
        return " "
    if before.kind in ("LPAR", "LSQB", "_TARGETS", "DOT") or item.kind in ("RPAR", "RSQB", "DOT"):
        return ""
    if before.kind == "LBRACE" and item.kind == "RBRACE":
        return ""
    if item.kind == "COLON":
        return " " if item.start in colons else ""
    if item.kind in ("LPAR", "LSQB") and (before.kind in OPERANDS or before.kind == "ALLOW"):
        return ""
    if item.kind == "_TARGETS" and before.kind == "NAME" and not item.starts:
        return ""  # `grid(n) = ...`
    if item.start in tight or before.start in tight:
        return ""
    if before.kind == "MINUS" and (before.comma or len(items) < 2 or items[-2].kind not in OPERANDS):
        return ""  # a sign
    return " "


# what the tree says about tokens


def _facts(file: ast.File, lexed: Lexed) -> tuple[set[int], set[int], set[int]]:
    """Where entries start, which operators are tight, and which `:` has spaces on both sides."""
    offsets = [token.start for token in lexed.tokens]
    starts: set[int] = set()
    tight: set[int] = set()
    colons: set[int] = set()

    def after(offset: int, kinds: frozenset[str]) -> int:
        i = bisect_left(offsets, offset)
        while lexed.tokens[i].kind not in kinds:
            i += 1
        return offsets[i]

    def in_parentheses(node: ast.Syntax) -> bool:
        first = bisect_left(offsets, node.span.start)
        last = bisect_left(offsets, node.span.end) - 1
        return lexed.tokens[first - 1].kind == "LPAR" and lexed.tokens[last + 1].kind == "RPAR"

    def visit(node: Any, dense: bool, in_sum: bool) -> None:
        if isinstance(node, ast.Binary):
            sums = node.op in ("+", "-")
            if node.op in ("*", "/", "//", "**"):
                sums = in_sum and not in_parentheses(node)
                if dense or sums or any(isinstance(x, ast.Number) for x in _factors(node)):
                    tight.add(after(node.left.span.end, PRODUCTS))
            visit(node.left, dense, sums)
            visit(node.right, dense, sums)
            return
        if isinstance(node, ast.Unary):
            visit(node.operand, dense, in_sum)
            return
        if isinstance(node, ast.Index):
            visit(node.base, dense, in_sum)
            visit(node.index, True, False)
            return
        if isinstance(node, ast.SamplesOf):
            visit(node.base, dense, in_sum)
            visit(node.which, False, False)
            return
        if isinstance(node, ast.Allow):
            first, last = (bisect_left(offsets, at) for at in (node.span.start, node.span.end))
            tight.update(token.start for token in lexed.tokens[first:last] if token.kind == "MINUS")
            return
        if isinstance(node, ast.StageDecl):
            colons.add(after(node.name.span.end, frozenset({"COLON"})))
        dense = isinstance(node, ast.DimExpr)
        for name, child in _children(node):
            if name in LISTED:
                starts.add(child.span.start)
            visit(child, dense, False)

    visit(file, False, False)
    return starts, tight, colons


def _children(node: Any) -> Iterator[tuple[str, ast.Syntax]]:
    for name in fields(node):
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, ast.Syntax) and name != "comments":
                yield name, child


def _factors(node: ast.Expr) -> Iterator[ast.Expr]:
    """The factors of a product, signs taken off."""
    if isinstance(node, ast.Binary) and node.op in ("*", "/", "//", "**"):
        yield from _factors(node.left)
        yield from _factors(node.right)
    elif isinstance(node, ast.Unary):
        yield from _factors(node.operand)
    else:
        yield node
