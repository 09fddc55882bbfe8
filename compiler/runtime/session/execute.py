"""`fdc run`: the programs of a file in the order of what they need, each from its sources to its finished folder."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...base import terminal
from ...driver import build_cache
from ...driver.meaning import meaning, record
from ...driver.pipeline import Checked
from ...modules.given_settings import Opaque
from ...program.typed_program import STORED, TypedProgram
from ...program.values import Value, written
from ..base import events, run_folder
from ..base.errors import RunError
from ..base.event_records import DoneEvent
from ..base.kept_hashes import file_hash
from ..base.records import Finished, Leg, Lock, record_or_none
from ..base.run_folder import RunFolder
from ..data.open_data import open_feed
from ..weights.role_sources import overlay_file
from ..weights.verify_checkpoint import place_of
from . import produce
from .changed_data import RECORD
from .choose_device import choose_device
from .choose_run import Chosen, choose
from .disk_errors import disk_errors_told
from .graph_page import graph_page
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
    continued = _continued(options, programs)
    device = choose_device(options.device)
    done: dict[str, RunFolder] = {}
    for name in order:
        only = options
        if len(programs) > 1 and name != options.program:
            only = replace(only, folder=None)
        if name != continued:
            only = replace(only, continued=None)
        folder, interrupted = _run_program(RunRequest(programs[name], checked, only, device), done)
        if interrupted:
            return INTERRUPTED
        done[name] = folder
    return 0


def _continued(options: Options, programs: Mapping[str, TypedProgram]) -> str | None:
    """The program that `--continue` is about: the one that was asked for, or the file's only one, or that of the run."""
    if options.continued is None:
        return None
    lock = RunFolder(options.continued, "").lock
    name = options.program or (next(iter(programs)) if len(programs) == 1 else lock.name if lock else "")
    if name not in programs:
        raise RunError(
            "missing-argument",
            f"{options.file} holds {len(programs)} programs, and {options.continued} is a run of none of them",
            help="name the program that goes on with it: `--program NAME`",
            exit_status=2,
        )
    return name


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
    p = r.program
    upstream = {name: _upstream(r, name, done) for name in p.needs}
    edited = r.built.text if r.built is not None and r.built.edited else None
    others = {name: _which(path) for name, path in upstream.items()}
    chosen = choose(r, meaning(p, others, edited, _overlays(r)))
    folder = chosen.folder
    if _is_done(r, folder) and all(map(produce.stands, p.produce)) and _reads_the_same(r, folder):
        _say_done(r, chosen)
        return folder, False
    place = errors_placed(folder.path / "plan.py", r.checked)
    kept = run_folder.kept_where_refused(folder)
    with disk_errors_told(folder.path), run_folder.held(folder), kept, place:
        return folder, _run(prepare(r, chosen, upstream))


def _overlays(r: RunRequest) -> dict[str, str]:
    """Hashes of the files of weights that roles name, by the paths as written. Raises RunError where one is missing."""
    kept = build_cache.folder() / "weights"
    return {
        text: file_hash(overlay_file(text, Path.cwd(), place_of(role.span)), kept, r.say)
        for role in r.program.roles.values()
        for text in role.overlays.values()
    }


def _which(upstream: Path) -> str:
    """What is read of another program's run: its program, and how long it was trained."""
    folder = RunFolder(upstream, "")
    lock, finished = folder.lock, record_or_none(Finished, upstream / "finished.json")
    steps = f" after {finished.steps} steps" if finished is not None and finished.steps is not None else ""
    return f"{lock.program if lock is not None else upstream.name}{steps}"


def _is_done(r: RunRequest, folder: RunFolder) -> bool:
    finished, train = folder.finished(), r.settings.train
    if finished is None:
        return False
    if train is None or finished.steps is None:
        return True
    if train.steps is not None:
        return finished.steps >= train.steps
    lock = folder.lock  # how many steps the epochs are is known once the data are read
    said = {**lock.meaning, **lock.launch} if lock is not None else {}
    return said.get("train.epochs") == str(train.epochs)


def _say_done(r: RunRequest, chosen: Chosen) -> None:
    finished = chosen.folder.finished()
    assert finished is not None
    if chosen.launch:
        r.say(f"done, in {chosen.folder.path}; what changed since would tell in further steps:")
        for line in chosen.launch:
            r.say(f"  {line}")
    else:
        r.say(f"done and unchanged, in {chosen.folder.path}")
    if finished.table:
        print(finished.table)


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
        summary: dict[str, Any] = {}
        if r.program.updates:
            outcome = train_program(p, log, partial(_describe, p))
            if outcome.interrupted:
                return True
            summary = {"steps": outcome.step, "seconds": round(outcome.seconds, 1)}
        else:
            _describe(p, 0, ())
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


def _describe(p: Prepared, from_step: int, told: Sequence[str]) -> None:
    """Writes down how the run is made, once it is known that it can be. `told` is what of a checkpoint did not fit."""
    r, chosen = p.request, p.chosen
    before, folder = chosen.before, chosen.folder
    changed = (*chosen.changes, *p.changed_inputs, *told, *chosen.launch)
    legs = before.legs if before is not None else ()
    if changed or not legs:
        leg = Leg(
            from_step=from_step,
            program=folder.program,
            fdc=terminal.version(),
            command=r.options.full_command,
            changes=changed,
        )
        legs = (*legs, leg)
    lock = Lock(
        program=folder.program,
        command=r.options.command,
        python=platform.python_version(),
        versions=run_folder.library_versions(),
        settings=_plain(r.program.settings),
        hashes=p.fingerprint,
        name=r.program.name,
        source=str(r.source),
        plan=plan_record(r, p.text),
        meaning=record(chosen.meaning.facts),
        launch=record(chosen.meaning.launch),
        words=record(chosen.meaning.words),
        legs=legs,
    )
    (folder.path / "finished.json").unlink(missing_ok=True)
    if p.data_record is not None:
        run_folder.write_text(folder.path / RECORD, p.data_record.text())
    run_folder.describe(folder, _resolved(r), p.text, graph_page(r, p.text), lock)


def _resolved(r: RunRequest) -> str:
    head = "".join(f"# --set {o}\n" for o in r.options.overrides)
    return head + r.checked.source.text


def _plain(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Settings as JSON, with the expressions among them as the program writes them."""

    def shown(value: object) -> str:
        inside = value.value if isinstance(value, Opaque) else value
        return written(inside) if isinstance(inside, Value) else str(inside)

    plain: dict[str, Any] = json.loads(
        json.dumps({name: dict(block) for name, block in settings.items()}, default=shown)
    )
    return plain
