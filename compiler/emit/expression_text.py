"""Source text with how tightly it binds, and lines laid out as the formatter would."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from fractions import Fraction

from ...stages.op import ATOM, POWER, SIGN, Op
from ..base.frozen import struct

WIDTH = 110
PLAIN_CALL = re.compile(r"([\w.]+)\(\{0\}(?:, \{\d\})*\)")
"""The template of a call of all inputs, in their order."""


@struct
class Expression:
    """`head` and `parts` are there where the text is one call, or a list, that may be broken at its arguments."""

    text: str
    binds: int = ATOM
    head: str = ""
    parts: tuple[Expression, ...] = ()
    brackets: tuple[str, str] = ("(", ")")

    def at(self, slot: int) -> str:
        """The text for a place that needs it to bind this tightly."""
        return self.text if self.binds >= slot else f"({self.text})"


def call(head: str, parts: Sequence[Expression], close: str = ")") -> Expression:
    """`head(parts)`; a part is an argument's text, keyword included."""
    return Expression(f"{head}({', '.join(p.text for p in parts)}{close}", ATOM, head, tuple(parts))


def keyword(name: str, value: Expression) -> Expression:
    """`name=value`; the value alone without a name."""
    if not name:
        return value
    head = f"{name}={value.head}" if value.parts else ""
    return Expression(f"{name}={value.text}", ATOM, head, value.parts, value.brackets)


def literal(value: object) -> Expression:
    """A constant of the language as Python text."""
    if isinstance(value, str):
        return Expression(json.dumps(value, ensure_ascii=False))
    if isinstance(value, Fraction):
        value = float(value)
    text = repr(value)
    return Expression(text, SIGN if text.startswith("-") else ATOM)


def mapping(text: str) -> Expression:
    """The text of a dict of literals, or of another literal, which may be broken at its entries."""
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.Dict):
        return Expression(text)
    entries = [
        f"{ast.get_source_segment(text, k)}: {ast.get_source_segment(text, v)}"
        for k, v in zip(tree.keys, tree.values, strict=True)
        if k is not None
    ]
    return Expression(text, ATOM, "", tuple(map(Expression, entries)), ("{", "}"))


def fill(op: Op, inputs: Sequence[Expression], host: bool) -> Expression:
    """An op's text with its inputs put in; `host` where all of them are Python numbers."""
    if op.name == "pow":
        base, exponent = inputs
        tight = all(_simple(c) for c in inputs)
        return Expression(f"{base.at(ATOM)}{'**' if tight else ' ** '}{exponent.at(SIGN)}", POWER)
    if host and op.host:
        whole = op.host.endswith(")")
        slot = 0 if whole else ATOM
        return Expression(op.host.format(*(c.at(slot) for c in inputs)), ATOM if whole else 0)
    slots = [op.slots[min(i, len(op.slots) - 1)] for i in range(len(inputs))]
    if plain := PLAIN_CALL.fullmatch(op.torch):
        return call(plain[1], inputs)
    return Expression(op.torch.format(*(c.at(s) for c, s in zip(inputs, slots, strict=True))), op.binds)


def _simple(c: Expression) -> bool:
    return c.text.removeprefix("-").replace(".", "").replace("_", "").isalnum()


def wrapped(prefix: str, code: Expression, indent: int, after: str = "") -> list[str]:
    """`prefix code after` as one line, or broken at the arguments of its calls and the entries of its lists."""
    pad = " " * indent
    line = f"{pad}{prefix}{code.text}{after}"
    if len(line) <= WIDTH or not code.parts:
        return [line]
    start, end = code.brackets
    inner = " " * (indent + 4)
    arguments = f"{inner}{', '.join(p.text for p in code.parts)}"
    opened, closed = f"{pad}{prefix}{code.head}{start}", f"{pad}{end}{after}"
    if len(arguments) <= WIDTH and start == "(":
        return [opened, arguments, closed]
    lines = [opened]
    for part in code.parts:
        lines += wrapped("", part, indent + 4, ",")
    return [*lines, closed]


def defined(name: str, parameters: Sequence[str], gives: str = "") -> list[str]:
    """The line `def name(parameters) -> gives:`, or several."""
    after = f" -> {gives}:" if gives else ":"
    return wrapped("def ", call(name, tuple(map(Expression, parameters))), 0, after)
