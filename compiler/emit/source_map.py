"""The map from the lines of an emitted module to the program's, and the seal by which an edited module is known.

Reads a module's text without running it.
"""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from ..ir.places import base_name
from .expression_text import WIDTH
from .lines import EmittedLine

SEAL = re.compile(r'(?m)^TEXT = "([0-9a-f]{16})"$')
UNSEALED = "0" * 16
PLACE = re.compile(r"([^\s()]+\.fdl):(\d+)")


def line_map(lines: Sequence[EmittedLine]) -> list[str]:
    """The map as a literal of the module, a row "line:line ... of file": where the place changes."""
    known = [(i, base_name(line.span), line.span.line) for i, line in enumerate(lines, 1) if line.span]
    found: dict[str, list[str]] = defaultdict(list)
    for (name, number), same in groupby(known, key=lambda entry: entry[1:]):
        found[name].append(f"{next(same)[0]}:{number}")
    rows = [
        f"{row} of {name}"
        for name, entries in found.items()
        for row in textwrap.wrap(" ".join(entries), WIDTH - len(name) - len(" of "))
    ]
    text = "\n".join(rows).replace("\\", "\\\\").replace('"', '\\"')
    return ["", 'LINES = """', *text.splitlines(), '"""']


def sealed(text: str) -> str:
    """The module with the hash of everything else in it, by which an edited one is told from one as it was made."""
    return SEAL.sub(f'TEXT = "{_hash(text)}"', text, count=1)


def edited(text: str) -> bool:
    """Whether a module's text is another than `emit` gave."""
    found = SEAL.search(text)
    return found is None or found[1] != _hash(text)


def _hash(text: str) -> str:
    return hashlib.sha256(SEAL.sub("", text, count=1).encode()).hexdigest()[:16]


def place_in(text: str, line: int) -> tuple[str, int] | None:
    """The program's place of a line of a module: its own, or that of the nearest statement before it.

    The lines of an edited module are no longer those of its map; there the nearest comment counts, at the line or above
    it in the same function, or right above that.
    """
    if not edited(text):
        known = _mapped(text)
        return known[max(before)] if (before := [i for i in known if i <= line]) else None
    outside = False
    for above in reversed(text.splitlines()[:line]):
        found = PLACE.findall(above)
        if found:
            name, number = found[-1]
            return name, int(number)
        if outside and not above:
            return None
        outside = outside or above.startswith("def ")
    return None


def _mapped(text: str) -> dict[int, tuple[str, int]]:
    """The map that `line_map` wrote."""
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="LINES")], value=ast.Constant(value=str(rows))):
                parts = [row.partition(" of ") for row in rows.strip().splitlines()]
                pairs = [
                    (entry.partition(":"), name) for entries, _, name in parts for entry in entries.split()
                ]
                return {int(line): (name, int(number)) for (line, _, number), name in pairs}
    return {}
