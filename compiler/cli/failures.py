"""How a command that cannot go on says so: every exception becomes a diagnostic and an exit status."""

from __future__ import annotations

import sys
import tempfile
import traceback

from ..base import terminal
from ..base.diagnostics import Diagnostic


def failed(e: Exception) -> int:
    """Prints what happened; gives the exit status.

    An exception that carries a `diagnostic` is a right program that uses what is checked and not run yet, one that
    carries an `exit_status` is a run that cannot go on; any other is a defect of fdc.
    """
    diagnostic = getattr(e, "diagnostic", None)
    if isinstance(diagnostic, Diagnostic):
        from ..report.render import complain

        complain((diagnostic,))
        return 1
    return _stopped(e) if hasattr(e, "exit_status") else _defect(e)


def _stopped(e: Exception) -> int:
    from ..report.failure import render_failure
    from ..runtime.base.errors import RunError

    assert isinstance(e, RunError)
    out = sys.stderr
    text = render_failure(
        e.code, e.message, e.place, e.facts, e.help, terminal.colour(out), terminal.width(out)
    )
    print(text, file=out)
    return e.exit_status


def _defect(e: Exception) -> int:
    """A defect of fdc: a report goes to a file, and two lines tell the user where it is."""
    with tempfile.NamedTemporaryFile("w", prefix="fdc-report-", suffix=".txt", delete=False) as f:
        f.write(f"fdc {terminal.version()}, Python {sys.version}\ncommand: {' '.join(sys.argv)}\n\n")
        f.write("".join(traceback.format_exception(e)))
    terminal.complain(f"a defect of fdc itself: {type(e).__name__}: {e}")
    print(f"     the report to file is {f.name}", file=sys.stderr)
    return 3
