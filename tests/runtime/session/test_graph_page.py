"""The curves that the page of a finished run holds."""

from __future__ import annotations

import json
from pathlib import Path

from fdc.compiler.runtime.session.graph_page import POINTS, curves_of


def log(path: Path, steps: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps({"event": "step", "time": 0, **s}) + "\n" for s in steps), "utf-8")
    return path


def test_a_resumed_run_counts_as_it_was_done_last(tmp_path: Path) -> None:
    steps = [
        {"step": k, "losses": {"a.b": v}, "seconds": s}
        for k, v, s in ((1, 3.0, 0.5), (2, 9.0, 0.5), (2, 2.0, 0.25))
    ]
    found = curves_of(
        log(tmp_path / "events.jsonl", [*steps, {"step": 3, "losses": {"a.b": None}, "seconds": 1.0}])
    )
    assert found is not None
    assert (found.steps, found.losses, found.step_time) == (
        (1, 2, 3),
        (("a.b", (3.0, 2.0, None)),),
        (0.5, 0.25, 1.0),
    )


def test_a_long_run_keeps_some_steps_and_its_last(tmp_path: Path) -> None:
    found = curves_of(
        log(
            tmp_path / "events.jsonl", [{"step": k, "losses": {"a.b": 1.0}} for k in range(1, 2 * POINTS + 2)]
        )
    )
    assert found is not None and len(found.steps) <= POINTS and found.steps[-1] == 2 * POINTS + 1
    assert curves_of(log(tmp_path / "none.jsonl", [])) is None
