"""Lines of an emitted module with their places in the program."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..base.source import Span
from .expression_text import WIDTH, Code, wrapped


@dataclass
class Line:
    text: str
    span: Span | None = None


@dataclass
class Writer:
    """Lines so far; `indent` in spaces."""

    lines: list[Line] = field(default_factory=list)
    indent: int = 4

    def add(self, text: str, span: Span | None = None) -> None:
        self.lines.append(Line(f"{' ' * self.indent}{text}", span))

    def statement(self, prefix: str, code: Code, span: Span | None, comment: str) -> None:
        made = wrapped(prefix, code, self.indent)
        note = f"  # {comment}" if comment else ""
        if len(made) == 1 and len(made[0]) + len(note) <= WIDTH:
            self.lines.append(Line(made[0] + note, span))
            return
        if comment:
            self.add(f"# {comment}", span)
        self.lines.extend(Line(text, span) for text in made)
