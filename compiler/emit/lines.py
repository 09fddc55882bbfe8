"""The lines of an emitted module as they are written, each with the place of the program that it came from."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.frozen import field, mutable
from ..base.source import Span
from .expression_text import WIDTH, Expression, wrapped


@mutable
class EmittedLine:
    text: str
    span: Span | None = None


@mutable
class BodyWriter:
    """The lines of a function's body so far; `indent` in spaces."""

    lines: list[EmittedLine] = field(default_factory=list)
    indent: int = 4

    def add(self, text: str, span: Span | None = None) -> None:
        self.lines.append(EmittedLine(f"{' ' * self.indent}{text}", span))

    def statement(
        self, prefix: str, value: Expression, span: Span | None, comment: str, notes: Sequence[str] = ()
    ) -> None:
        """`prefix value  # comment`, on several lines where one is too narrow; `notes` stand above it."""
        for note in notes:
            self.add(f"# {note}", span)
        made = wrapped(prefix, value, self.indent)
        after = f"  # {comment}" if comment else ""
        if len(made) == 1 and len(made[0]) + len(after) <= WIDTH:
            self.lines.append(EmittedLine(made[0] + after, span))
            return
        if comment:
            self.add(f"# {comment}", span)
        self.lines.extend(EmittedLine(text, span) for text in made)
