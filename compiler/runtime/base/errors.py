"""The one exception by which a run says that it cannot go on for a reason its user can act on.

The command line renders it like a compile diagnostic; anything else that escapes is a defect of fdc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

Place = tuple[Path, int]
"""A file and a line in it, counted from 1."""

Report = Callable[[str], None]
"""Takes one line of news that does not stop the run: a file left out, a cache entry made anew."""


class RunError(Exception):
    """What was found, where the user chose it, and what to do.

    `code` is one of the diagnostic codes of the language, `place` the line that chose the value at fault,
    `facts` the values in force (`F = 81 from clips.fdl:5`). `exit_status` is 1 for a program or data at
    fault, 2 for wrong use and for files that are missing or cannot be read, 75 after a signal.
    """

    def __init__(
        self,
        code: str,
        message: str,
        help: str | None = None,
        place: Place | None = None,
        exit_status: int | None = None,
        facts: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.place = place
        self.exit_status = exit_status or (2 if code == "missing-file" else 1)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


NAMED = 5
"""Things of a kind that a message names."""


def several(errors: Sequence[RunError], what: str) -> RunError:
    """One error for several of a kind, all of them `what`; one alone stays as it is."""
    first, more = errors[0], len(errors) - NAMED
    if len(errors) == 1:
        return first
    shown = [e.message for e in errors[:NAMED]]
    facts = (*shown, f"and {more} more") if more > 0 else tuple(shown)
    return RunError(first.code, f"{len(errors)} {what}", first.help, first.place, first.exit_status, facts)


class Unplaced(Exception):
    """Where the program's line of something raised (its cause) is known to the loop alone: in a backward pass."""

    def __init__(self, doing: str, place: Place | None) -> None:
        super().__init__(doing)
        self.doing = doing
        self.place = place
