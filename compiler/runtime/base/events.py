"""What a run tells while it goes: a progress line, an event log, trackers, and the loss curve at its end."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO, TypeVar

from ...base.terminal import harmless
from .errors import Report, RunError
from .event_records import DataEvent, Event, StepEvent
from .settings import TrackerSettings

EventType = TypeVar("EventType", bound=Event)


class Tracker(Protocol):
    def scalars(self, step: int, values: Mapping[str, float]) -> None: ...
    def picture(self, step: int, name: str, path: Path) -> None: ...
    def page(self, name: str, path: Path) -> None: ...
    def close(self) -> None: ...


class Log:
    """`events.jsonl`: one line of json an event, written through. Reopened by a resumed run, it goes on.

    A disk that takes no more is told once; what matters then is that the next checkpoint says so.
    """

    def __init__(self, path: Path) -> None:
        self.file = open(path, "ab", buffering=0)  # noqa: SIM115, open as long as the run
        self._full = False
        if not _ends_a_line(path):
            self._put(b"\n")

    def write(self, event: Event) -> None:
        head = {"event": event.kind, "time": round(time.time(), 3)}
        line = json.dumps({**head, **event.model_dump()}, ensure_ascii=False)
        # Terminals show these lines: what would steer one is written as JSON escapes.
        line = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
        self._put(line.encode() + b"\n")

    def _put(self, data: bytes) -> None:
        try:
            self.file.write(data)
        except OSError as e:
            if not self._full:
                print(f"{self.file.name} cannot be written: {e.strerror or e}", file=sys.stderr, flush=True)
            self._full = True

    def close(self) -> None:
        self.file.close()


class DataNews:
    """A report of what is found in the data: told at once, and logged as soon as there is a log."""

    def __init__(self, say: Report) -> None:
        self._say = say
        self._waiting: list[str] = []
        self._log: Log | None = None

    def __call__(self, message: str) -> None:
        # Names of files may hold what a terminal would take for commands.
        message = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
        self._say(message)
        if self._log is None:
            self._waiting.append(message)
        else:
            self._log.write(DataEvent(message=message))

    def log_to(self, log: Log) -> None:
        self._log = log
        for message in self._waiting:
            log.write(DataEvent(message=message))
        self._waiting.clear()


def _ends_a_line(path: Path) -> bool:
    """False after a process that was killed while it wrote."""
    with open(path, "rb") as f:
        if not f.seekable() or not f.seek(0, os.SEEK_END):
            return True
        f.seek(-1, os.SEEK_END)
        return f.read(1) == b"\n"


def read_events(path: Path, kind: type[EventType]) -> list[EventType]:
    """The events of one kind; lines that a killed process left half written are passed over."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == kind.kind:
            found.append(kind.model_validate(event))
    return found


class TensorBoard:
    """Opened at the first step that it is told of: what a resumed run tells again replaces what was there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer: Any = None

    def _at(self, step: int) -> Any:
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self.folder), purge_step=step)
        return self._writer

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._at(step).add_scalar(name, value, step)

    def picture(self, step: int, name: str, path: Path) -> None:
        import numpy as np
        from PIL import Image

        with Image.open(path) as image:
            self._at(step).add_image(name, np.asarray(image.convert("RGB")), step, dataformats="HWC")

    def page(self, name: str, path: Path) -> None:
        """TensorBoard shows no pages: it tells where this one lies."""
        if self._writer is not None:
            self._writer.add_text(name, f"`{path}`")

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class Wandb:
    """wandb, or trackio, which has its interface."""

    def __init__(self, module: Any, project: str, config: Mapping[str, Any]) -> None:
        self.module = module
        self.run = module.init(project=project, config=dict(config))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.module.log({**values, "step": step})

    def picture(self, step: int, name: str, path: Path) -> None:
        self.module.log({name: self.module.Image(str(path)), "step": step})

    def page(self, name: str, path: Path) -> None:
        if hasattr(self.module, "Html"):  # trackio has none
            self.module.log({name: self.module.Html(path.read_text(encoding="utf-8"))})

    def close(self) -> None:
        self.module.finish()


class MLflow:
    def __init__(self, module: Any, project: str, config: Mapping[str, Any]) -> None:
        self.module = module
        module.set_experiment(project)
        module.start_run()
        module.log_params({k: str(v)[:250] for k, v in config.items()})

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.module.log_metrics(dict(values), step=step)

    def picture(self, step: int, name: str, path: Path) -> None:
        self.module.log_artifact(str(path), f"samples/{step}")

    def page(self, name: str, path: Path) -> None:
        self.module.log_artifact(str(path), name)

    def close(self) -> None:
        self.module.end_run()


def open_trackers(
    asked: Sequence[TrackerSettings], folder: Path, project: str, config: Mapping[str, Any]
) -> list[Tracker]:
    """The trackers that a program names. Raises `RunError` when a library is missing."""
    import importlib

    found: list[Tracker] = []
    for entry in asked:
        name = entry.tracker
        if name == "tensorboard":
            found.append(TensorBoard(folder / "metrics"))
            continue
        try:
            module = importlib.import_module(name)
        except ImportError as e:
            raise RunError(
                "bad-setting", f"`track {name}` needs its library: {e}", help=f"pip install 'fdc[{name}]'"
            ) from None
        found.append((MLflow if name == "mlflow" else Wandb)(module, project, config))
    return found


class Progress:
    """A bar on a terminal; elsewhere a plain line now and then, the first and last step among them."""

    def __init__(
        self, name: str, start: int, steps: int, stream: TextIO | None = None, seconds: float = 10.0
    ) -> None:
        self.name, self.steps, self.seconds = name, steps, seconds
        self.stream = stream or sys.stderr
        self.last = -math.inf
        self.bar: Any = None
        if self.stream.isatty():
            from tqdm import tqdm

            self.bar = tqdm(
                total=steps, initial=start, desc=name, unit="step", dynamic_ncols=True, file=self.stream
            )

    def step(self, number: int, values: Mapping[str, float]) -> None:
        shown = "  ".join(f"{k} {v:.4g}" for k, v in values.items())
        if self.bar is not None:
            self.bar.set_postfix_str(shown, refresh=False)
            self.bar.update(1)
            return
        now = time.monotonic()
        if now - self.last >= self.seconds or number == self.steps:
            self.last = now
            self.say(f"{self.name}  step {number}/{self.steps}  {shown}")

    def say(self, text: str) -> None:
        text = harmless(text)
        if self.bar is not None:
            self.bar.write(text, file=self.stream)
        else:
            print(text, file=self.stream, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


class Counting:
    """How far something has come that takes more than a second: a bar on a terminal, elsewhere a plain line now and then."""

    def __init__(
        self,
        what: str,
        total: int,
        stream: TextIO | None = None,
        patience: float = 1.0,
        seconds: float = 10.0,
    ) -> None:
        self.what, self.total, self.seconds = what, total, seconds
        self.stream = stream or sys.stderr
        self.next = time.monotonic() + patience
        self.bar: Any = None
        if self.stream.isatty():
            from tqdm import tqdm

            self.bar = tqdm(
                total=total, desc=what, dynamic_ncols=True, file=self.stream, delay=patience, leave=False
            )

    def reached(self, count: int) -> None:
        """So many of all are done."""
        if self.bar is not None:
            self.bar.update(count - self.bar.n)
        elif time.monotonic() >= self.next:
            self.next = time.monotonic() + self.seconds
            print(harmless(f"{self.what}: {count} of {self.total}"), file=self.stream, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def draw_losses(log: Path, picture: Path) -> None:
    """The loss curves of an event log, each with its running mean, as a png."""
    import numpy as np
    from matplotlib.figure import Figure

    series: dict[str, tuple[list[int], list[float]]] = {}
    for event in read_events(log, StepEvent):
        for name, value in event.losses.items():
            if value is None:
                continue
            steps, values = series.setdefault(name, ([], []))
            if steps and event.step <= steps[-1]:  # a run resumed from an earlier checkpoint
                keep = bisect_left(steps, event.step)
                del steps[keep:], values[keep:]
            steps.append(event.step)
            values.append(value)
    if not series:
        return
    figure = Figure(figsize=(4.5 * len(series), 3))
    axes = figure.subplots(1, len(series), squeeze=False)
    for axis, (name, (steps, values)) in zip(axes[0], series.items()):
        axis.plot(steps, values, color="#9db8d9", linewidth=0.7)
        window = max(1, len(values) // 30)
        total = np.concatenate([[0.0], np.cumsum(values)])
        end = np.arange(1, len(values) + 1)
        start = np.maximum(end - window, 0)
        mean = (total[end] - total[start]) / (end - start)
        axis.plot(steps, mean, color="#1f4e8c", linewidth=1.6)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("step")
        axis.grid(alpha=0.25)
        if min(values) > 0 and max(values) / min(values) > 50:
            axis.set_yscale("log")
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
