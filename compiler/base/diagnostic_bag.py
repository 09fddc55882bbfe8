"""Where a check puts its diagnostics, and how much it may expand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from . import limits
from .diagnostics import Diagnostic, Fix, Label, bounded
from .frozen import mutable
from .source import Span


class TooLong(Exception):
    """More than the checker follows: the check ends here, with `diagnostic` as its last finding."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


@mutable
class Meter:
    """How much a whole check expands: the expressions of all its programs, methods and families, each as often as it is
    read. It bounds the time of a check by the size of what somebody wrote.
    """

    limit: int = 20_000
    spent: int = 0

    def spend(self, span: Span, expressions: int = 1) -> None:
        """Raises `TooLong`, at what is expanded at `span`, once the limit is passed."""
        self.spent += expressions
        if self.spent > self.limit:
            message = (
                f"this expands to more than {self.limit:,} expressions, which is more than can be followed"
            )
            raise TooLong(Diagnostic("syntax", message, span))


class Bag:
    """Collects diagnostics, except while it is muted: a loop's body is checked on trial before it is checked for good."""

    def __init__(self, meter: Meter | None = None) -> None:
        self.meter = meter or Meter()
        self.found: list[Diagnostic] = []
        self.muted = 0
        self.dropped = 0  # errors while it was muted
        self._places: set[tuple[str, Span]] = set()

    @property
    def broken(self) -> bool:
        return self.errors_since(0)

    def errors_since(self, count: int) -> bool:
        """Whether one of the diagnostics after the first `count` is an error."""
        return any(d.severity == "error" for d in self.found[count:])

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Drops what is reported inside."""
        self.muted += 1
        try:
            yield
        finally:
            self.muted -= 1

    def add(self, d: Diagnostic) -> None:
        """Raises `TooLong` where there are more than `limits.DIAGNOSTICS` of them, each place of a graph counted once."""
        if self.muted:
            self.dropped += d.severity == "error"
            return
        d = bounded(d)
        self._places.add((d.code, d.span))
        if len(self._places) > limits.DIAGNOSTICS:
            message = f"more than {limits.DIAGNOSTICS} mistakes are found: what follows is not checked"
            raise TooLong(Diagnostic("syntax", message, d.span))
        self.found.append(d)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        note: str = "",
        *,
        labels: Sequence[Label] = (),
        facts: Sequence[str] = (),
        help: str = "",
        fixes: Sequence[Fix] = (),
        role: str = "",
        mild: bool = False,
    ) -> None:
        """Adds a diagnostic; its code decides whether it is an error or a warning."""
        details = tuple(labels), tuple(facts), help, tuple(fixes)
        self.add(Diagnostic(code, message, span, note, *details, role=role, mild=mild))
