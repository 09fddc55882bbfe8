"""Methods that are right, `tests/programs/methods/NAME.fdl`, and their wrong variants, the rows of `wrong.toml` beside them.

A variant is the right program with one mistake in it, and says with which code and on which line it is told.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from paths import METHODS

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import Checked, check_source

FAMILIES = "families"
"""The file of the families that the methods are tried on."""
NAMES = sorted(p.stem for p in METHODS.glob("*.fdl") if p.stem != FAMILIES)
NEXT = "and"
"""What stands before each further pair of old and new text."""


@dataclass(frozen=True)
class Variant:
    """`codes`: any of them is right; `line` is where it is to be told."""

    method: str
    wrong: str
    text: str
    codes: frozenset[str]
    line: int

    def __str__(self) -> str:
        return f"{self.method}: {self.wrong}"


def variants() -> list[Variant]:
    rows = tomllib.loads((METHODS / "wrong.toml").read_text())
    return [_variant(method, wrong, row) for method, of in rows.items() for wrong, row in of.items()]


def _variant(method: str, wrong: str, row: list[str]) -> Variant:
    text = (METHODS / f"{method}.fdl").read_text()
    old, new, codes, *rest = row
    told = rest.pop(0) if rest and rest[0] != NEXT else ""
    changed = _changed(text, old, new, wrong)
    while rest:
        _, first, second, *rest = rest
        changed = _changed(changed, first, second, wrong)
    place = told or new.rpartition("\n")[2] or new
    assert changed.count(place) == 1, f"{method}, {wrong}: `{place}` stands {changed.count(place)} times"
    line = changed[: changed.index(place)].count("\n") + 1
    return Variant(method, wrong, changed, frozenset(codes.split("|")), line)


def _changed(text: str, old: str, new: str, wrong: str) -> str:
    assert text.count(old) == 1, f"{wrong}: `{old}` stands {text.count(old)} times"
    return text.replace(old, new)


def checked(method: str, text: str) -> Checked:
    """What is found out about a text in the place of a method's file."""
    path = METHODS / f"{method}.fdl"
    return check_source(Source(str(path), text), path)
