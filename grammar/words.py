"""Every word of the language in groups, for editors and highlighting, read from where each has its meaning.

Keywords come from the grammar, and where one may stand is asked of the parser's own automaton; the other words from
the tables that the checker looks them up in. So a new word needs no second list.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..compiler.check.core.annotations import BUILT_IN, FLOATS
from ..compiler.check.core.family_model import PUBLISHED
from ..compiler.check.expressions.times import draws
from ..compiler.check.families import components, records, stages
from ..compiler.check.programs.blocks import produce_blocks
from ..compiler.modules import settings
from ..compiler.syntax.automaton import STARTS, advance
from ..compiler.syntax.lexer import KEYWORDS
from ..stages import table

# Where keywords stand: after these terminals of a declaration.
PLACES = {
    "file": "",
    "family": "FAMILY NAME LBRACE",
    "method": "METHOD NAME LPAR RPAR LBRACE",
    "program": "PROGRAM NAME LBRACE",
    "process": "PROCESS NAME LBRACE",
    "body": "METHOD NAME LPAR RPAR LBRACE UPDATE NAME LBRACE",
}


def _reads(start: str, terminals: str) -> bool:
    """Whether a declaration or an expression may begin with these terminals."""
    stack = [STARTS[start]]
    return all(advance(stack, kind) for kind in terminals.split())


def follows(place: str, word: str, terminal: str) -> bool:
    """Whether a terminal may come after a keyword that starts something in a place."""
    return _reads("declaration", f"{PLACES[place]} {KEYWORDS[word]} {terminal}")


STARTERS: Mapping[str, tuple[str, ...]] = {
    place: tuple(word for word, kind in KEYWORDS.items() if _reads("declaration", f"{before} {kind}"))
    for place, before in PLACES.items()
}
"""The keywords that start a declaration, a member or a statement, by place."""

CONSTANTS = tuple(word for word, kind in KEYWORDS.items() if _reads("expr", f"{kind} $END"))
LOGICAL = tuple(
    word
    for word, kind in KEYWORDS.items()
    if word not in CONSTANTS and (_reads("expr", f"{kind} NUMBER") or _reads("expr", f"NUMBER {kind} NUMBER"))
)
CONNECTIVES = tuple(
    word
    for word in KEYWORDS
    if word not in {*CONSTANTS, *LOGICAL} and not any(word in starters for starters in STARTERS.values())
)
"""Keywords inside a declaration, a statement or an expression: `as`, `every`, `from`."""

TYPES = BUILT_IN
STAGE_KINDS = tuple(stages.STAGE_KINDS)
FUNCTIONS = tuple(table.FUNCTIONS)
ROLE_FUNCTIONS = (*table.ROLE_FUNCTIONS, *PUBLISHED)
TIME_PARTS = tuple(table.TIME_PARTS)
SCOPES = tuple(draws.SCOPES)
"""What may stand after `per`."""
ROOTS = components.ROOTS
"""Where a component's class comes from."""

_BLOCKS = [*settings.BLOCKS.values(), *settings.ARGUMENTS.values()]
_CHOICES = [
    *(setting.words for block in _BLOCKS for setting in block.values()),
    *records.OPTIONS.values(),
    FLOATS,
]
VALUES = tuple(dict.fromkeys(word for choice in _CHOICES for word in choice))
"""Words that are the value of a setting: `full`, `cosine`, `zero`."""
CALLED = tuple(
    dict.fromkeys([*settings.SOURCES, *settings.STEPPERS, *settings.ARGUMENTS, *produce_blocks.TARGETS])
)
"""Words with arguments that are no functions: `folder(...)`, `adamw(...)`, `lora(...)`, `shards(...)`."""
