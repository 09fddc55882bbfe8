"""A program's trackers."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.source import Span
from ....modules import setting_checks, settings
from ....syntax import ast
from ...core.suggestions import report_unknown
from ..program_state import ProgramState, report_twice
from .setting_values import entry_values, report_entries


def check_trackers(state: ProgramState) -> None:
    tracks: list[Mapping[str, object]] = []
    seen: dict[str, Span] = {}
    for d in state.members(ast.TrackDecl):
        tracker = d.tracker.id
        if tracker not in settings.TRACKERS:
            report_unknown(
                state.bag,
                "bad-setting",
                f"no tracker is called `{tracker}`",
                d.tracker.span,
                tracker,
                settings.TRACKERS,
                otherwise=f"there are {', '.join(settings.TRACKERS)}",
                closed=True,
            )
            continue
        if tracker in seen:
            report_twice(state, f"track {tracker}", d.tracker.span, seen[tracker])
            continue
        seen[tracker] = d.tracker.span
        checked = setting_checks.validate(tracker, entry_values(state, d.entries, None))
        report_entries(state, checked, d.entries, d.tracker.span, f"`track {tracker}`")
        tracks.append({"tracker": tracker, **(checked.values or {})})
    state.blocks["track"] = {"trackers": tracks}
