"""The ops of a typed program."""

from __future__ import annotations

from collections.abc import Mapping

INFIX: Mapping[str, str] = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod", "**": "pow",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "and": "and", "or": "or",
}  # fmt: skip
"""The op of a sign between two values."""
