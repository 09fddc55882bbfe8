"""A file as the commands behind `check` need it: free of errors, or its diagnostics printed."""

from __future__ import annotations

from pathlib import Path

from ...base import terminal
from ...base.diagnostics import exit_status
from ...driver.pipeline import Checked, check
from ...modules.imports import Unreadable
from ...modules.overrides import BadOverride


def without_errors(name: str, overrides: list[str]) -> Checked | int:
    """The checked file if it has no errors; else they are printed, and the exit status is given."""
    if Path(name).suffix == ".py":
        terminal.complain(
            f"`{name}` is Python: `fdc run` takes it if it was built, and this its program's .fdl file"
        )
        return 2
    try:
        checked = check(Path(name), name, tuple(overrides))
    except (Unreadable, BadOverride) as e:
        terminal.complain(str(e))
        return 2
    if checked.diagnostics:
        from ...report.render import complain

        complain(checked.diagnostics)
    return checked if checked.clean else exit_status(checked.diagnostics)
