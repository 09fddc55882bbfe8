"""What the benchmarks share: runs taken in turn, their medians and quartiles, and records as JSON and markdown.

A record says when, on what, with which versions and by which command it was made, and never names a machine.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

Clock = Callable[[], float]


@dataclass(frozen=True)
class Spread:
    """Quartiles, ends and number of some measurements."""

    median: float
    q1: float
    q3: float
    least: float
    most: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """Quartiles by linear interpolation between measurements."""
    if len(values) < 2:
        (only,) = values
        return Spread(only, only, only, only, only, 1)
    q1, middle, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(middle, q1, q3, min(values), max(values), len(values))


@dataclass(frozen=True)
class Candidate:
    """Something to be timed: `prepare` runs before each run of `work`, outside its time.

    `about` are columns that no measurement is needed for.
    """

    name: str
    work: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """Times of one candidate, in the order of the rounds; `peak` is in bytes. `failed` says why there are none."""

    name: str
    seconds: tuple[float, ...] = ()
    peak: int | None = None
    failed: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def spread(self) -> Spread:
        return spread(self.seconds)


@dataclass(frozen=True)
class Meter:
    """How time and memory are read: `settle` waits until all work that was begun is done."""

    clock: Clock
    settle: Callable[[], None] = lambda: None
    reset_peak: Callable[[], None] = lambda: None
    peak: Callable[[], int | None] = lambda: None


def wall() -> Meter:
    return Meter(time.perf_counter)


def processor() -> Meter:
    """The processor's time of this process, so that other work on the machine counts for little."""
    return Meter(time.process_time)


def cuda() -> Meter:
    import torch

    return Meter(
        time.perf_counter,
        torch.cuda.synchronize,
        torch.cuda.reset_peak_memory_stats,
        torch.cuda.max_memory_allocated,
    )


def interleaved(
    candidates: Sequence[Candidate],
    rounds: int,
    meter: Meter,
    *,
    warmup: int = 1,
    deadline: float = float("inf"),
) -> list[Measured]:
    """Every candidate in turn, `rounds` times, so that all meet the same load; every second round runs backwards.

    Rounds end early at the `deadline` (of `time.monotonic`), never before the first is whole. A candidate that raises
    is told as failed and left out; the others go on.
    """
    seconds: dict[str, list[float]] = {c.name: [] for c in candidates}
    peaks: dict[str, int] = {}
    failed: dict[str, str] = {}

    def once(c: Candidate, counted: bool) -> None:
        if c.name in failed:
            return
        try:
            c.prepare()
            meter.settle()
            meter.reset_peak()
            began = meter.clock()
            c.work()
            meter.settle()
            took = meter.clock() - began
        except Exception as e:  # one row that cannot run must not cost the others
            failed[c.name] = f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}".rstrip(": ")
            return
        if counted:
            seconds[c.name].append(took)
            peaks[c.name] = max(peaks.get(c.name, 0), meter.peak() or 0)

    for _ in range(warmup):
        for c in candidates:
            once(c, False)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for i in range(rounds):
            if i and time.monotonic() >= deadline:
                break
            for c in reversed(candidates) if i % 2 else candidates:
                once(c, True)
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return [
        Measured(
            c.name,
            tuple(seconds[c.name]) if c.name not in failed else (),
            peaks.get(c.name) or None,
            failed.get(c.name, ""),
            c.about,
        )
        for c in candidates
    ]


def paired(a: Measured, b: Measured) -> Spread:
    """Of the ratios a/b of the same rounds."""
    return spread([x / y for x, y in zip(a.seconds, b.seconds, strict=True)])


@dataclass(frozen=True)
class Table:
    """What a benchmark shows: a title, a header, rows of cells, and what has to be known to read them."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [f"**{self.title}**", ""]
        lines += [_line(self.header), _line(["---"] * len(self.header)), *map(_line, self.rows)]
        return "\n".join([*lines, *(("", *self.notes) if self.notes else ())])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def timed_table(
    title: str,
    rows: Sequence[Measured],
    *,
    to: str,
    unit: tuple[str, float] = ("s", 1.0),
    per: float = 1.0,
    notes: Sequence[str] = (),
) -> Table:
    """One row for each candidate: median and quartiles of a `per`-th of its time, its ratio to the row `to`.

    The ratio's quartiles are those of the rounds' own ratios.
    """
    name, factor = unit
    columns = list(dict.fromkeys(k for r in rows for k in r.about))
    peaks = any(r.peak for r in rows)
    header = ["", f"median {name}", "quartiles", f"ratio to {to}", "its quartiles", *columns]
    base = next((r for r in rows if r.name == to and r.seconds), None)
    shown = []
    for r in rows:
        about = [r.about.get(c, "") for c in columns] + ([_gib(r.peak)] if peaks else [])
        if not r.seconds:
            shown.append([r.name, r.failed or "not run", "", "", "", *about])
            continue
        s = r.spread
        cells = [f"{s.median / per * factor:.4g}", f"{s.q1 / per * factor:.4g} – {s.q3 / per * factor:.4g}"]
        ratios = ["", ""]
        if base is not None and len(base.seconds) == len(r.seconds):
            p = paired(r, base)
            ratios = [f"{s.median / base.spread.median:.3f}", f"{p.q1:.3f} – {p.q3:.3f}"]
        shown.append([r.name, *cells, *ratios, *about])
    raw = {r.name: {"seconds": r.seconds, "peak": r.peak, "failed": r.failed} for r in rows}
    return Table(title, [*header, *(["peak GiB"] if peaks else [])], shown, notes, raw)


def _gib(size: int | None) -> str:
    return f"{size / 2**30:.2f}" if size else ""


@dataclass(frozen=True)
class Record:
    """One run of a benchmark."""

    bench: str
    command: str
    date: str
    machine: str
    versions: Mapping[str, str]
    tables: Sequence[Table]

    def markdown(self) -> str:
        head = f"{', '.join(f'{n} {v}' for n, v in self.versions.items())}; {self.machine}. `{self.command}`"
        return "\n\n".join([f"### {self.bench}, {self.date}", head, *(t.markdown() for t in self.tables)])

    def json(self) -> dict[str, Any]:
        return asdict(self)


def record(bench: str, tables: Sequence[Table], arguments: Sequence[str] = ()) -> Record:
    given = " ".join(arguments)
    command = f"python tests/bench/{bench}.py {given}".rstrip()
    return Record(bench, command, date.today().isoformat(), machine(), versions(), tables)


LIBRARIES = ("fdc", "torch", "diffusers", "triton")


def versions(libraries: Sequence[str] = LIBRARIES) -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in libraries}}


def version(name: str) -> str:
    try:
        return installed_version(name)
    except PackageNotFoundError:
        return "absent"


def machine() -> str:
    """The processor and the accelerators in words, and how busy the machine is; no name of it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [f"{platform.machine()}, {cores} cores"]
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        parts.append(f"{torch.get_num_threads()} threads")
        if torch.cuda.is_available():
            card = torch.cuda.get_device_properties(0)
            parts.append(f"{card.name}, {card.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}")
    parts.append(f"load {os.getloadavg()[0]:.1f}")
    return ", ".join(parts)


def write(records: Sequence[Record], folder: Path, name: str) -> tuple[Path, Path]:
    """One JSON with every single time, and one markdown with the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / f"{name}.json", folder / f"{name}.md"
    data.write_text(json.dumps([r.json() for r in records], indent=1) + "\n", "utf-8")
    page.write_text("\n\n".join(r.markdown() for r in records) + "\n", "utf-8")
    return data, page


def process_seconds(command: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Seconds from start to end of one process. Raises CalledProcessError if it fails."""
    began = time.perf_counter()
    subprocess.run(
        command,
        env=dict(environment) if environment is not None else None,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began
