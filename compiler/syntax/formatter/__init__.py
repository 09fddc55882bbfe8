"""A file's canonical text.

Tokens and comments stay as they are written; white space, commas and line breaks have one form. Two spaces a
level, at most one blank line, commas between entries that share a line and not at a line's end, `*` and `/`
tight inside a sum, beside a number or in brackets, runs of `=` aligned where the author aligned them.

Lines break only between the items of a bracket, before an operator, and before words such as `by`. A bracket,
or a chain of operators, takes several lines where the author gave it several, and where it would not fit on
one; a bracket on several lines keeps the author's rows.
"""

from __future__ import annotations

from ...base.diagnostics import Diagnostic
from ...base.source import Source
from ..lexer import lex
from ..parser import parse_tokens
from .break_groups import grouped
from .items import items_of
from .line_layout import LIMIT, aligned, laid_out

__all__ = ["LIMIT", "format"]


def format(source: Source) -> str | tuple[Diagnostic, ...]:
    """The canonical text, or what is wrong with a file that cannot be read. A second time changes nothing."""
    lexed = lex(source)
    file, errors = parse_tokens(source, lexed)
    if errors:
        return errors
    items = items_of(source, file, lexed)
    lines = laid_out(items, grouped(items))
    return "".join(line + "\n" for line in aligned(source, lines))
