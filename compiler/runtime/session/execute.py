"""`fdc run`: the programs of a file in the order of what they need, each from its sources to its finished folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ...driver.pipeline import Checked
from ...modules.settings import Opaque
from ...program.typed_program import STORED, TypedProgram
from ...program.values import Value, written
from ...syntax.ast import Syntax
from ..base import events, run_folder
from ..base.errors import RunError
from ..base.event_records import DoneEvent
from ..base.records import Finished
from ..base.run_folder import RunFolder
from ..data.open_data import open_feed
from . import produce
from .plans.load_plan import errors_placed
from .plans.plan_text import plan_record
from .prepare import Prepared, prepare
from .run_request import Options, RunRequest, say
from .train_program import train_program

INTERRUPTED = 75


def execute(checked: Checked, options: Options) -> int:
    """Runs every program of a checked file, or the named one and what it needs; gives the exit status."""
    programs = {p.name: p for p in checked.programs}
    if options.program is not None and options.program not in programs:
        names = ", ".join(programs) or "none"
        raise RunError(
            "unknown-name",
            f"{options.file} has no program `{options.program}`; it has {names}",
            exit_status=2,
        )
    if not programs:
        raise RunError("missing-argument", f"{options.file} holds no program to run", exit_status=2)
    order = ordered(programs, options.program)
    for name in order:
        _refuse_what_waits(programs[name])
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    done: dict[str, RunFolder] = {}
    for name in order:
        only = replace(
            options, folder=options.folder if len(programs) == 1 or name == options.program else None
        )
        folder, interrupted = _run_program(RunRequest(programs[name], checked, only, device), done)
        if interrupted:
            return INTERRUPTED
        done[name] = folder
    return 0


def _refuse_what_waits(p: TypedProgram) -> None:
    """What `fdc check` warns of is no reason to begin otherwise than the program says."""
    for what, place, help in p.waiting:
        raise RunError(
            "not-run-yet",
            f"`{p.name}` asks for {what}, which is checked, and does not run yet",
            help=help,
            place=(Path(place.source.path), place.line),
        )


def ordered(programs: Mapping[str, TypedProgram], wanted: str | None) -> list[str]:
    """Programs after those that they need; only the wanted one's if one is named."""
    found: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in found or name not in programs:
            return
        if name in path:
            raise RunError("import-cycle", f"programs need each other: {' → '.join((*path, name))}")
        for needed in programs[name].needs:
            visit(needed, (*path, name))
        found.append(name)

    for name in [wanted] if wanted is not None else programs:
        visit(name, ())
    return found


def _run_program(r: RunRequest, done: Mapping[str, RunFolder]) -> tuple[RunFolder, bool]:
    """The folder, and whether a signal stopped the run. `done` are folders of programs of this file that ran before."""
    p, options = r.program, r.options
    upstream = {name: _upstream(r, name, done) for name in p.needs}
    digest = run_folder.program_hash(
        p.name,
        *(f.text for f in r.checked.files),
        *(str(u.name) for u in upstream.values()),
        *([r.built.text] if r.built else []),
    )
    folder = run_folder.open_folder(options.runs, p.name, digest, options.folder, options.fresh)
    finished = folder.finished()
    if finished is not None and all(map(produce.stands, p.produce)) and _reads_the_same(r, folder):
        r.say(f"done and unchanged, in {folder.path}")
        if finished.table:
            print(finished.table)
        return folder, False
    with run_folder.held(folder), errors_placed(folder.path / "plan.py", r.checked):
        return folder, _run(prepare(r, folder, upstream))


def _upstream(r: RunRequest, name: str, done: Mapping[str, RunFolder]) -> Path:
    """The folder of the latest finished run of a program that this one needs."""
    if name in done:
        return done[name].path
    found = sorted(r.options.runs.glob(f"{name}/*/finished.json"), key=lambda p: p.stat().st_mtime)
    if not found:
        raise RunError(
            "missing-file",
            f"`{r.program.name}` needs a role of program `{name}`, which has not been run",
            help=f"run the file that holds `{name}` first",
        )
    return found[-1].parent


def _reads_the_same(r: RunRequest, folder: RunFolder) -> bool:
    """Whether the stored data set, if it is still there, is the one that the finished run read."""
    if r.program.data is None or r.program.data.source != STORED:
        return True
    try:
        feed = open_feed(r.program, r.device, say)
    except RunError:
        return True
    assert feed is not None
    feed.close()
    lock = folder.lock
    return lock is not None and lock.hashes.get("data") == feed.source.fingerprint()


def _run(p: Prepared) -> bool:
    """Trains and produces what the program says, and leaves a finished folder; whether a signal stopped it."""
    r, folder = p.request, p.folder
    log = events.Log(folder.path / "events.jsonl")
    try:
        p.news.log_to(log)
        run_folder.describe(
            folder,
            _resolved(r),
            p.text,
            r.options.command,
            _plain(r.program.settings),
            p.fingerprint,
            name=r.program.name,
            origin=str(r.source),
            module=plan_record(r, p.text),
        )
        summary: dict[str, Any] = {}
        if r.program.updates:
            outcome = train_program(p, log)
            if outcome.interrupted:
                return True
            summary = {"steps": outcome.step, "seconds": round(outcome.seconds, 1)}
        table = produce.produce_all(p)
        statistics = p.cache.statistics
        log.write(DoneEvent(cache_hits=statistics.hits, cache_misses=statistics.misses))
    finally:
        log.close()
        p.close()
    events.draw_losses(folder.path / "events.jsonl", folder.path / "loss.png")
    if summary:
        r.say(f"{summary['steps']} steps, in {folder.path}")
    folder.finish(Finished(program=folder.program, table=table, **summary))
    return False


def _resolved(r: RunRequest) -> str:
    head = "".join(f"# --set {o}\n" for o in r.options.overrides)
    return head + r.checked.source.text


def _plain(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Settings as JSON, with the expressions among them as the program writes them."""

    def shown(value: object) -> str:
        inside = value.value if isinstance(value, Opaque) else value
        if isinstance(inside, Syntax):
            return " ".join(inside.span.text.split())
        return written(inside) if isinstance(inside, Value) else str(inside)

    plain: dict[str, Any] = json.loads(
        json.dumps({name: dict(block) for name, block in settings.items()}, default=shown)
    )
    return plain
