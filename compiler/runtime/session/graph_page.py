"""The page of a run's graph: written as the run begins, and with losses and times of its steps as it ends."""

from __future__ import annotations

from pathlib import Path

from ...base.frozen import replace
from ...driver.picture import picture
from ...graph.document import RunCurves
from ...graph.formats import to_html
from ..base.event_records import StepEvent
from ..base.events import read_events
from ..base.run_folder import RunFolder, write_text
from .run_request import RunRequest

PAGE = "graph.html"
POINTS = 1000
"""Of a longer run every so many steps are kept, the last one among them."""


def graph_page(r: RunRequest, plan: str, curves: RunCurves | None = None) -> str:
    """The page of a program, beside the module `plan` that runs."""
    made = picture(r.checked, [r.program], r.options.without, plan)
    return to_html(replace(made, run=curves))


def finished_page(r: RunRequest, plan: str, folder: RunFolder) -> Path:
    """Writes the page with what the run has logged so far; gives its path."""
    path = folder.path / PAGE
    write_text(path, graph_page(r, plan, curves_of(folder.path / "events.jsonl")))
    return path


def curves_of(events: Path) -> RunCurves | None:
    """Losses and seconds of the steps in a log; what a resumed run did again counts as it was done last. None without a
    step."""
    found = {e.step: e for e in read_events(events, StepEvent)}
    if not found:
        return None
    steps = sorted(found)
    every = -(-len(steps) // POINTS)
    kept = steps[::-1][::every][::-1]
    names = dict.fromkeys(name for e in found.values() for name in e.losses)
    losses = tuple((name, tuple(found[s].losses.get(name) for s in kept)) for name in names)
    return RunCurves(tuple(kept), losses, tuple(found[s].seconds for s in kept))
