"""Texts of any size whose cost might grow faster than they do: each a function of a number.

What a text should cost is what somebody wrote of it. Each of these repeats, nests or multiplies one thing that the language
knows, where a checker that follows it naively would double its work with every line, or go too deep.
"""

from __future__ import annotations

from .families import FAMILIES
from .frames import Bomb
from .long import LONG
from .mistakes import MISTAKES
from .nested import NESTED
from .texts import TEXTS, TOKENS
from .work import WORK

GROUPS = (NESTED, LONG, FAMILIES, WORK, MISTAKES, TEXTS, TOKENS)
BOMBS: dict[str, Bomb] = {name: bomb for group in GROUPS for name, bomb in group.items()}
assert len(BOMBS) == sum(map(len, GROUPS))
