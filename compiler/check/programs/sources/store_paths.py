"""Paths of stores: files of this machine, and patterns of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ....base.diagnostic_bag import Bag
from ....base.source import Span

_MOST_FILES = 1_000_000
"""That one pattern may stand for."""


def check_path(values: Mapping[str, object], places: Mapping[str, Span], bag: Bag) -> bool:
    """Whether a store's path is one, as far as its text tells; reports if not."""
    path, place = str(values.get("path", "")), places.get("path")
    if place is None:
        return True
    scheme = re.match(r"(\w+://|pipe:)", path)
    if scheme is not None:
        bag.error(
            "bad-setting",
            f"a store lies on this machine, and this begins with `{scheme[0]}`",
            place,
            help="copy or mount it, and name the files: any sample may be asked for next, and the same again",
        )
        return False
    files = 1
    for braces in re.findall(r"\{([^{}]*)\}", path):
        numbers = re.fullmatch(r"(\d{1,18})\.\.(\d{1,18})", braces)
        if numbers is None and ("," not in braces or ".." in braces):
            bag.error(
                "bad-setting",
                f"`{{{braces}}}` stands for no files",
                place,
                help="`{000..099}` stands for a hundred, `{a,b}` for two, and `*` for any text",
            )
            return False
        if numbers is not None and int(numbers[1]) > int(numbers[2]):
            bag.error("bad-setting", f"`{{{braces}}}` counts down, and stands for no files", place)
            return False
        files *= int(numbers[2]) - int(numbers[1]) + 1 if numbers is not None else braces.count(",") + 1
    if files > _MOST_FILES:
        bag.error("bad-setting", f"this stands for {files} files, more than {_MOST_FILES}", place)
        return False
    return True
