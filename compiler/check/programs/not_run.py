"""What the language knows and no run does yet: an error where a result would be another, a warning where only the way to it
would be."""

from __future__ import annotations

from ...base.source import Span
from .program_state import ProgramState

CODE = "not-run-yet"


def refuse(state: ProgramState, what: str, place: Span, help: str) -> None:
    """An error at the setting."""
    state.bag.error(CODE, f"{what} is checked, and does not run yet", place, help=help)


def postpone(state: ProgramState, what: str, place: Span, help: str) -> None:
    """A warning at the setting; `fdc run` refuses the program before it reads anything."""
    state.bag.error(CODE, f"{what} is checked, and does not run yet", place, help=help, mild=True)
    state.waiting.append((what, place, help))
