"""A program's trackers."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import nearest, respelt
from ....base.source import Span
from ....modules import settings
from ....syntax import ast
from ..program_state import ProgramState, report_twice
from .setting_values import entry_values, report_entries


def check_trackers(state: ProgramState) -> None:
    tracks: list[Mapping[str, object]] = []
    seen: dict[str, Span] = {}
    for d in state.members(ast.TrackDecl):
        tracker = d.tracker.id
        if tracker not in settings.TRACKERS:
            near = nearest(tracker, settings.TRACKERS)
            state.bag.error(
                "bad-setting",
                f"no tracker is called `{tracker}`",
                d.tracker.span,
                help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.TRACKERS)}",
                fixes=respelt(d.tracker.id, near, d.tracker.span, closed=True),
            )
            continue
        if tracker in seen:
            report_twice(state, f"track {tracker}", d.tracker.span, seen[tracker])
            continue
        seen[tracker] = d.tracker.span
        checked = settings.validate(tracker, entry_values(state, d.entries, None))
        report_entries(state, checked, d.entries, d.tracker.span, f"`track {tracker}`")
        tracks.append({"tracker": tracker, **(checked.values or {})})
    state.blocks["track"] = {"trackers": tracks}
