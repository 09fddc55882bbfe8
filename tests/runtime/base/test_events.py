"""What a run tells while it goes, and what is left of it after a crash."""

from __future__ import annotations

import io
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fdc.compiler.runtime.base import events
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.event_records import StepEvent
from fdc.compiler.runtime.base.events import Log, Progress, draw_losses, open_trackers, read_events
from fdc.compiler.runtime.base.settings import TrackerSettings


def test_an_event_is_on_disk_as_soon_as_it_is_written(tmp_path: Path) -> None:
    log = Log(tmp_path / "events.jsonl")
    log.write(StepEvent(step=1, losses={"ä": 0.5}))
    line = (tmp_path / "events.jsonl").read_text(encoding="utf-8")
    event = json.loads(line)
    assert event["event"] == "step" and event["losses"] == {"ä": 0.5} and event["time"] > 0 and "ä" in line
    log.close()


def test_a_log_goes_on_after_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "step", "step": 1}\n{"event": "step", "st')
    log = Log(path)
    log.write(StepEvent(step=2))
    log.close()
    assert [e.step for e in read_events(path, StepEvent)] == [1, 2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told_once_and_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(Path("/dev/full"))
    log.write(StepEvent(step=1))
    log.write(StepEvent(step=2))
    log.close()
    assert capsys.readouterr().err.count("/dev/full cannot be written") == 1


# the loss curve


def drawn(
    tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[list[float], list[float]]]:
    """Draws a log's losses; gives what was plotted."""
    from matplotlib.axes import Axes

    plotted: list[tuple[list[float], list[float]]] = []
    real = Axes.plot

    def plot(self: Axes, x: Any, y: Any, **more: Any) -> Any:
        plotted.append(([float(v) for v in x], [float(v) for v in y]))
        return real(self, x, y, **more)

    monkeypatch.setattr(Axes, "plot", plot)
    log = tmp_path / "events.jsonl"
    log.write_text("".join(lines))
    draw_losses(log, tmp_path / "loss.png")
    return plotted


def step(number: int, value: float | None, name: str = "student.flow") -> str:
    return json.dumps({"event": "step", "step": number, "losses": {name: value}}) + "\n"


def test_the_curve_has_every_loss_with_its_running_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [step(i, float(i % 2)) for i in range(1, 91)]
    plotted = drawn(tmp_path, lines, monkeypatch)
    assert plotted[0][0] == list(range(1, 91)) and plotted[0][1][:2] == [1.0, 0.0]
    assert plotted[1][1][0] == 1.0 and plotted[1][1][89] == pytest.approx(1 / 3)
    with Image.open(tmp_path / "loss.png") as image:
        assert image.width > 300


def test_a_resumed_run_has_one_value_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (
        [step(i, 1.0) for i in (1, 2, 3, 4)]
        + ['{"event": "step", "ste\n']
        + [step(i, 2.0) for i in (3, 4, 5)]
    )
    assert drawn(tmp_path, lines, monkeypatch)[0] == ([1, 2, 3, 4, 5], [1, 1, 2, 2, 2])


def test_a_curve_of_what_is_not_finite_or_missing_leaves_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [step(1, 1.0), step(2, None), step(2, 3.0, "critic.flow"), step(3, 2.0), '{"event": "done"}\n']
    plotted = drawn(tmp_path, lines, monkeypatch)
    assert plotted[0] == ([1, 3], [1, 2]) and plotted[2] == ([2], [3])


def test_no_step_no_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(tmp_path, ['{"event": "begin"}\n'], monkeypatch) == []
    assert not (tmp_path / "loss.png").exists()


# progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_come_now_and_then_and_at_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.5]
    monkeypatch.setattr(events.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    progress = Progress("toy", 0, 100, stream, seconds=10.0)
    for i in range(1, 101):
        progress.step(i, {"student.flow": 0.25})
        now[0] += 1.0
    progress.close()
    lines = stream.getvalue().splitlines()
    assert [int(line.split("step ")[1].split("/")[0]) for line in lines] == [*range(1, 100, 10), 100]
    assert "0.25" in lines[0] and "\r" not in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_that_goes_on_where_the_run_does() -> None:
    stream = Terminal()
    progress = Progress("toy", 40, 42, stream)
    progress.step(41, {"student.flow": 0.5})
    progress.say("a line")
    progress.step(42, {"student.flow": 0.25})
    progress.close()
    assert "42/42" in stream.getvalue() and "a line" in stream.getvalue() and "0.25" in stream.getvalue()


# trackers


def test_tensorboard_holds_scalars_and_pictures_and_what_a_resumed_run_tells_again_once(
    tmp_path: Path,
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    picture = tmp_path / "sheet.png"
    Image.new("RGB", (8, 8), (255, 0, 0)).save(picture)
    for start, value in ((1, 1.0), (3, 2.0)):
        (tracker,) = open_trackers([TrackerSettings(tracker="tensorboard")], tmp_path, "toy", {})
        for i in range(start, 5):
            tracker.scalars(i, {"loss/student.flow": value})
        tracker.picture(4, "samples", picture)
        tracker.close()
    read = EventAccumulator(str(tmp_path / "metrics"))
    read.Reload()
    assert [(e.step, e.value) for e in read.Scalars("loss/student.flow")] == [
        (1, 1.0),
        (2, 1.0),
        (3, 2.0),
        (4, 2.0),
    ]
    assert [e.step for e in read.Images("samples")] == [4]


@pytest.mark.parametrize("name", ["wandb", "trackio", "mlflow"])
def test_a_tracker_whose_library_is_missing_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(RunError) as caught:
        open_trackers([TrackerSettings(tracker=name)], tmp_path, "toy", {})
    assert name in caught.value.message and f"fdc[{name}]" in (caught.value.help or "")


class Recorder(types.ModuleType):
    """Stands for a tracker's library: remembers what it is called with."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.calls.append((name, args, kwargs))


@pytest.mark.parametrize("name", ["wandb", "trackio", "mlflow"])
def test_other_trackers_are_told_the_same(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = Recorder(name)
    monkeypatch.setitem(sys.modules, name, library)
    (tracker,) = open_trackers([TrackerSettings(tracker=name)], tmp_path, "toy", {"command": "fdc run p.fdl"})
    tracker.scalars(7, {"loss/a": 0.5})
    tracker.picture(7, "samples", tmp_path / "sheet.png")
    (tmp_path / "graph.html").write_text("the page graph.html")
    tracker.page("graph", tmp_path / "graph.html")
    tracker.close()
    told = repr(library.calls)
    for words in ("toy", "fdc run p.fdl", "loss/a", "0.5", "7", "sheet.png", "graph.html"):
        assert words in told
    assert library.calls[-1][0] in ("finish", "end_run")


def test_what_is_counted_is_told_once_it_takes_long_and_no_more_than_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(events.time, "monotonic", lambda: now)
    stream = io.StringIO()
    counting = events.Counting("files", 300, stream)
    for count in range(1, 301):
        now += 0.125
        counting.reached(count)
    counting.close()
    assert stream.getvalue().splitlines() == [
        "files: 8 of 300",
        "files: 88 of 300",
        "files: 168 of 300",
        "files: 248 of 300",
    ]
    short = events.Counting("files", 2, quiet := io.StringIO())
    short.reached(2)
    assert quiet.getvalue() == ""
    bar = events.Counting("files", 2, Terminal())
    bar.reached(2)
    bar.close()
