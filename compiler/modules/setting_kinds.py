"""The kinds of entries that settings blocks are made of."""

from __future__ import annotations

from math import inf
from typing import Any

from ..base.frozen import struct

REQUIRED: Any = object()


@struct
class Setting:
    """One entry: `wanted` completes "must be"; None may stand where it is the default."""

    wanted: str
    types: tuple[type, ...] = ()
    default: Any = REQUIRED
    items: type | None = None
    """A list of these may stand."""
    length: tuple[int, float] = (0, inf)
    """Fewest and most characters of a text, or items of a list."""
    least: float = -inf
    above: float = -inf
    most: float = inf
    below: float = inf
    """Bounds of a number, or of each number of a list."""
    usual: float = inf
    """The largest number that anybody gives: a larger one is a warning."""
    words: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    """Words with arguments; each is a block of its own in `ARGUMENTS`."""
    path: bool = False
    """A text is the path of a file or folder."""


def whole(default: Any = REQUIRED, least: int = 1) -> Setting:
    words = "a whole number above 0" if least == 1 else f"a whole number, {least} or more"
    return Setting(words, (int,), default, least=least, below=1 << 63)


def above_zero(default: Any) -> Setting:
    return Setting("a number above 0", (float,), default, above=0)


def share(default: float) -> Setting:
    return Setting("a number from 0 to 1", (float,), default, least=0, most=1)


def below_one(default: Any = REQUIRED) -> Setting:
    return Setting("a number from 0 up to, but not including, 1", (float,), default, least=0, below=1)


def flag(default: bool) -> Setting:
    return Setting("`true` or `false`", (bool,), default)


def path() -> Setting:
    return Setting('a path, such as "data/clips"', (str,), length=(1, inf), path=True)


def text() -> Setting:
    return Setting("a text", (str,), None, length=(1, inf))


def word(*words: str, default: Any, calls: tuple[str, ...] = ()) -> Setting:
    """Words that may stand; one that is among `calls` too may stand with its arguments or without."""
    *first, last = [f"`{w}`" for w in words] + [f"`{c}(...)`" for c in calls if c not in words]
    wanted = f"{', '.join(first)} or {last}" if first else last
    return Setting(wanted, default=default, words=words, calls=calls)


def wholes(wanted: str, count: int) -> Setting:
    return Setting(wanted, items=int, length=(count, count), least=1, below=1 << 63)


def names(wanted: str) -> Setting:
    return Setting(wanted, default=None, items=str, length=(1, inf))


def role() -> Setting:
    return Setting("the name of a role", (str,), None, length=(1, inf))
