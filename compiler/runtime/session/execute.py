"""`fdc run`: the programs of a file in the order of what they need, each from its sources to its finished folder."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from ...base import terminal
from ...check.programs.datasets import STORED
from ...driver import build_cache
from ...driver.pipeline import Checked, compile
from ...emit.header import ModuleOrigin
from ...graph.page import page
from ...lower.program import lower
from ...passes.pass_list import flags, replaced
from ...program.ops import ROLE
from ...program.typed_program import TypedProgram
from ...program.values import RoleRef, every_value
from ..api.components import Role
from ..api.run_context import Run
from ..api.triton import runs_on
from ..api.verify_kernels import Verifier
from ..base import events, run_folder
from ..base.code_hash import kept_apart
from ..base.encoder_cache import Cache, weights_hash
from ..base.errors import RunError
from ..base.run_folder import RunFolder
from ..data.cache_keys import conventions
from ..data.datasets import read_lines
from ..data.prefetch import Feed, open_feed
from ..data.provenance import Weights, agree
from ..data.shards import Shards
from ..random.streams import Streams
from ..train import checkpoints, optimizers, validation
from ..train.ema import Average
from ..train.loop import Outcome, Trained, Training, resume, train
from ..weights import load_roles
from . import export, produce
from .built_plan import Built
from .load_plan import load_built, load_plan, places_told

INTERRUPTED = 75
CACHE = "cache"


@dataclass(frozen=True)
class Options:
    file: str
    program: str | None
    runs: Path
    folder: Path | None
    fresh: bool
    allow_python: bool
    device: str | None
    overrides: tuple[str, ...]
    without: tuple[str, ...] = ()  # names of passes
    built: Built | None = None  # a module to run in place of the one that would be made
    verify: bool = False

    @property
    def command(self) -> str:
        return shlex.join(["fdc", "run", self.file, *replaced(self.overrides), *flags(self.without)])


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
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    done: dict[str, RunFolder] = {}
    for name in ordered(programs, options.program):
        only = replace(
            options, folder=options.folder if len(programs) == 1 or name == options.program else None
        )
        folder, interrupted = _Program(programs[name], checked, only, device, done).run()
        if interrupted:
            return INTERRUPTED
        done[name] = folder
    return 0


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


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class _Program:
    """One program's run."""

    def __init__(
        self,
        program: TypedProgram,
        checked: Checked,
        options: Options,
        device: torch.device,
        done: Mapping[str, RunFolder],
    ) -> None:
        self.program = program
        self.checked = checked
        self.options = options
        self.device = device
        self.done = done
        built = options.built
        self.built = built if built is not None and built.program == program.name else None

    def run(self) -> tuple[RunFolder, bool]:
        """The folder, and whether a signal stopped the run."""
        p = self.program
        upstream = [self._upstream(name) for name in p.needs]
        texts = [f.text for f in self.checked.files]
        digest = run_folder.program_hash(
            p.name, *texts, *(str(u.name) for u in upstream), *([self.built.text] if self.built else [])
        )
        folder = run_folder.open_folder(
            self.options.runs, p.name, digest, self.options.folder, self.options.fresh
        )
        finished = folder.finished()
        if finished is not None and all(map(produce.stands, p.produce)) and self._reads_the_same(folder):
            _say(f"{p.name}: done and unchanged, in {folder.path}")
            if finished.get("table"):
                print(finished["table"])
            return folder, False
        with run_folder.held(folder), places_told(folder.path / "plan.py", self.checked):
            return folder, self._run(folder, dict(zip(p.needs, upstream)))

    def _upstream(self, name: str) -> Path:
        if name in self.done:
            return self.done[name].path
        found = sorted(
            self.options.runs.glob(f"{name}/*/finished.json"), key=lambda p: p.stat().st_mtime, reverse=True
        )
        if not found:
            raise RunError(
                "missing-file",
                f"`{self.program.name}` needs a role of program `{name}`, which has not been run",
                help=f"run the file that holds `{name}` first",
            )
        return found[0].parent

    def _run(self, folder: RunFolder, upstream: Mapping[str, Path]) -> bool:
        p = self.program
        text = self._module(folder)
        run_folder.write_text(folder.path / "plan.py", text)
        run_folder.write_text(folder.path / "graph.html", page(p))
        path = folder.path / "plan.py"
        plan = load_plan(path) if self.built is None else load_built(path, self.built, p)
        exports = {
            f"{name}.{role}": path / "export" / role
            for name, path in upstream.items()
            for role in (d.name for d in (path / "export").glob("*") if d.is_dir())
        }
        registry = load_roles.Registry(base=Path.cwd(), exports=exports)
        roles = load_roles.load_roles(
            p.roles, registry, allow_python=self.options.allow_python, device=self.device
        )
        for role in roles.values():
            for note in role.notes:
                _say(f"{p.name}: {note}")
        feed, in_order = self._feeds()
        source = feed.source if feed is not None else in_order.source if in_order is not None else None
        if p.data is not None and isinstance(source, Shards):
            agree(p.data, source.manifest, p, roles, Weights())
        cache = Cache(self.options.runs / CACHE, _say)
        hashes = {
            f"{name}.{part}": weights_hash(module)
            for name, role in roles.items()
            for part, module in role.modules()
            if part not in role.trained
        }
        averages = self._averages(roles)
        stages: Mapping[str, Mapping[str, str]] = conventions(p, roles, hashes)
        if self.built is not None and self.built.edited:
            stages = kept_apart(stages, text, compile(p, "", without=self.options.without).text)

        verifier = self._verifier(p.name)
        apart: set[str] = set()

        def make_run(**given: Any) -> Run:
            return Run(
                roles=roles,
                device=self.device,
                averages={k: a.role for k, a in averages.items()},
                cache=cache,
                conventions=stages,
                verifier=verifier,
                apart=apart,
                tell=lambda told: _say(f"{p.name}: {told}"),
                **given,
            )

        fingerprint = {**hashes, "data": source.fingerprint() if source is not None else ""}
        self._unchanged(folder, fingerprint)
        log = events.Log(folder.path / "events.jsonl")
        try:
            run_folder.describe(
                folder,
                self._resolved(),
                text,
                self.options.command,
                json.loads(json.dumps({n: dict(b) for n, b in p.settings.items()}, default=str)),
                fingerprint,
                {"name": p.name, "source": str(self._source), "plan": self._described(text)},
            )
            table = ""
            outcome: Outcome | None = None
            if p.updates:
                outcome = self._train(folder, plan, roles, averages, feed, make_run, log)
                if outcome.interrupted:
                    return True
            making = produce.Making(p, plan, text, roles, make_run, hashes)
            for item in p.produce:
                table = produce.run(item, making, in_order if item.kind == STORED else feed, _say) or table
            statistics = cache.statistics
            log.write("done", cache_hits=statistics.hits, cache_misses=statistics.misses)
        finally:
            log.close()
            for opened in (feed, in_order):
                if opened is not None:
                    opened.close()
        events.draw_losses(folder.path / "events.jsonl", folder.path / "loss.png")
        summary: dict[str, Any] = {"table": table}
        if outcome is not None:
            summary |= {"steps": outcome.step, "seconds": round(outcome.seconds, 1)}
            _say(f"{p.name}: {outcome.step} steps, in {folder.path}")
        folder.finish(summary)
        return False

    def _module(self, folder: RunFolder) -> str:
        """The text of the module that runs: the one that was given, or the program's."""
        if self.built is not None:
            self._made_from_the_same(self.built)
            return self.built.text
        source = os.path.relpath(self._source, folder.path)
        origin = ModuleOrigin(self.options.command, source, self.options.overrides, terminal.version())
        key = {
            **build_cache.versions(str(self.device)),
            "command": origin.command,
            "source": origin.source,
            "without": " ".join(self.options.without),
        }

        def kept(graph: str, make: Callable[[], str]) -> str:
            return build_cache.kept(build_cache.folder(), {"graph": graph, **key}, make, _say)

        return compile(self.program, origin, self.options.verify, self.options.without, kept).text

    def _made_from_the_same(self, built: Built) -> None:
        """Refuses a module whose program is another by now; tells of one that was edited."""
        digest = lower(self.program).digest
        if digest != built.digest:
            raise RunError(
                "stale-plan",
                f"`{built.path}` was built from other text than {built.source} and its imports hold now",
                help="build it again, or put the texts back",
                facts=(f"then: sha256 {built.digest}", f"now: sha256 {digest}", *built.facts),
            )
        for fact in built.facts:
            _say(f"{self.program.name}: {built.path} is run as it stands; {fact}")

    @property
    def _source(self) -> Path:
        """The program's file."""
        return Path(self.checked.source.path) if self.built is None else self.built.source

    def _described(self, text: str) -> dict[str, Any]:
        """The module that runs, for the lock."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        if self.built is None:
            return {"sha256": digest, "version": terminal.version(), "built": None, "edited": False}
        b = self.built
        return {"sha256": digest, "version": b.version, "built": str(b.path), "edited": b.edited}

    def _verifier(self, name: str) -> Verifier | None:
        if not self.options.verify:
            return None
        if not runs_on(self.device):
            _say(
                f"{name}: no kernels run on this device, so there is none to verify; torch computes every group"
            )
        return Verifier(lambda told: _say(f"{name}: {told}"))

    def _reads_the_same(self, folder: RunFolder) -> bool:
        """Whether the stored data set, if it is still there, is the one that the finished run read."""
        if self.program.data is None or self.program.data.source != STORED:
            return True
        try:
            feed = open_feed(self.program, self.device, _say)
        except RunError:
            return True
        assert feed is not None
        feed.close()
        before = json.loads((folder.path / "lock.json").read_text())["hashes"].get("data")
        return bool(before == feed.source.fingerprint())

    def _feeds(self) -> tuple[Feed | None, Feed | None]:
        """The data as training sees it, in an order of its own every epoch, and for data sets in its own order."""
        p = self.program
        stores = any(item.kind == STORED for item in p.produce)
        shows = bool(p.updates) or any(item.kind != STORED for item in p.produce)
        feed = open_feed(p, self.device, _say) if shows else None
        quiet = _say if feed is None else lambda line: None
        return feed, open_feed(p, self.device, quiet, shuffled=False) if stores else None

    def _unchanged(self, folder: RunFolder, hashes: Mapping[str, str]) -> None:
        """A run goes on only with the data and the frozen weights that it began with."""
        lock = folder.path / "lock.json"
        if not checkpoints.complete(folder.checkpoints) or not lock.exists():
            return
        before = json.loads(lock.read_text())["hashes"]
        changed = [n for n, h in hashes.items() if before.get(n, h) != h]
        if changed:
            raise RunError(
                "data-mismatch",
                f"{', '.join(changed)} changed since this run began",
                help="put it back to go on from the last checkpoint, or begin anew with --fresh",
                facts=(f"run folder: {folder.path}",),
            )

    def _resolved(self) -> str:
        head = "".join(f"# --set {o}\n" for o in self.options.overrides)
        return head + self.checked.source.text

    # data

    def _can_run(self) -> None:
        """What the language knows and this version does not do yet is refused, not ignored."""
        blocks = self.program.settings
        ranks = {n: v for n, v in blocks.get("mesh", {}).items() if v > 1}
        asked = f"mesh {ranks}" if ranks else ""
        if blocks.get("checkpoint", {}).get("async"):
            asked = "checkpoint { async = true }"
        if asked:
            span = self.program.span
            raise RunError(
                "not-run-yet",
                f"`{self.program.name}` asks for `{asked}`, which this version checks and cannot run yet",
                help="leave it out to train on one device, saving in turn",
                place=(Path(span.source.path), span.line) if span is not None else None,
            )

    def _averages(self, roles: Mapping[str, Role]) -> dict[tuple[str, float], Average]:
        roots = [v for u in self.program.updates for _, v in u.losses]
        roots += [self.program.sample] if self.program.sample is not None else []
        refs = [ROLE.find(v) for v in every_value(roots)]
        read = {(r.name, r.decay) for r in refs if isinstance(r, RoleRef) and r.decay is not None}
        wanted: list[tuple[str, float]] = sorted(read)
        weights = self.program.settings.get("validate", {}).get("weights")
        if isinstance(weights, dict):
            chosen = [weights["role"]] if weights["role"] else [n for n, r in roles.items() if r.trainable]
            wanted += [(name, weights["decay"]) for name in chosen]
        return {key: Average(roles[key[0]], key[1]) for key in dict.fromkeys(wanted)}

    def _train(
        self,
        folder: RunFolder,
        plan: ModuleType,
        roles: Mapping[str, Role],
        averages: Mapping[tuple[str, float], Average],
        feed: Feed | None,
        make_run: Any,
        log: events.Log,
    ) -> Outcome:
        p = self.program
        settings = p.settings["train"]
        self._can_run()
        if feed is None:
            raise RunError("missing-argument", f"program `{p.name}` trains and names no data")
        if settings["deterministic"]:
            torch.use_deterministic_algorithms(True)
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        trained = {}
        for name, typed in p.roles.items():
            if roles[name].trainable and typed.optimizer is not None:
                kind, chosen = typed.optimizer
                total = sum(settings["steps"] // u.every for u in plan.UPDATES if name in u.roles)
                parameters = list(roles[name].parameters())
                trained[name] = Trained(
                    roles[name], chosen, optimizers.build(kind, chosen, parameters), total
                )
        training = Training(plan.UPDATES, roles, trained, averages, feed, settings, self.device, make_run)
        training.places = {
            key: (Path(span.source.path), span.line)
            for u in p.updates
            for key, span in [(u.name, u.span), *((f"{u.name}.{n}", v.span) for n, v in u.losses)]
        }
        states = getattr(plan, "STATES", {})
        training.next_state = {name: pair[1] for name, pair in states.items() if pair[1] is not None}
        for role in roles.values():
            for part, module in role.modules():
                module.train(part in role.trained)
        saved, passed = checkpoints.newest(folder.checkpoints, folder.program)
        for problem in passed:
            _say(f"{p.name}: {problem}")
        if saved is not None:
            resume(training, saved)
            _say(f"{p.name}: goes on from step {saved.step}, in {folder.path}")
        else:
            _say(f"{p.name}: begins, in {folder.path}")
            for name, (initial, _) in states.items():
                draws = Streams(settings["seed"], 0, (0,), self.device)
                training.state[name] = initial(make_run(draws=draws, step=0, batch_size=1, state={}), {})
        trackers = events.open_trackers(
            p.settings.get("track", {}).get("trackers", ()),
            folder.path,
            p.name,
            {"command": self.options.command},
        )
        validate = self._validator(folder, plan, roles, averages, feed, make_run, log, trackers)
        asked = p.settings.get("validate", {})
        checkpoint = p.settings.get("checkpoint", {"every": 0, "keep": 1, "export": True})
        log.write("begin", step=training.step, command=self.options.command)
        try:
            outcome = train(
                training,
                folder=folder.checkpoints,
                program=folder.program,
                name=p.name,
                log=log,
                trackers=trackers,
                checkpoint=checkpoint,
                validate=validate,
                validate_every=asked.get("every", 0),
            )
        finally:
            for tracker in trackers:
                tracker.close()
            if settings["deterministic"]:
                torch.use_deterministic_algorithms(False)
        if not outcome.interrupted and checkpoint["export"]:
            for name in trained:
                role, words = _validated(name, roles, averages, asked.get("weights"))
                about = {"program": p.name, "step": outcome.step, "weights": words}
                export.export_role(roles[name], folder.export / name, averaged=role, metadata=about)
        return outcome

    def _validator(
        self,
        folder: RunFolder,
        plan: ModuleType,
        roles: Mapping[str, Role],
        averages: Mapping[tuple[str, float], Average],
        feed: Feed,
        make_run: Any,
        log: events.Log,
        trackers: Sequence[events.Tracker],
    ) -> Any:
        asked = self.program.settings.get("validate")
        if asked is None or not hasattr(plan, "sample"):
            return None
        batch = self._validation_batch(asked, feed)
        text = next((n for n, v in batch.items() if isinstance(v, list) and not n.endswith(".key")), None)
        count = len(batch[text]) if text is not None else asked["count"]
        captions = batch[text] if text is not None else [""] * count

        def validate(step: int) -> None:
            with validation.undisturbed(roles):
                shown = {n: _validated(n, roles, averages, asked["weights"])[0] for n in roles}
                draws = Streams(asked["seed"], 0, tuple(range(count)), self.device)
                run = make_run(draws=draws, step=step, batch_size=count)
                run.roles = shown
                pixels = validation.pixels_of(plan.sample(run, batch))
                sheet = validation.write_samples(folder.samples / f"step-{step}", list(pixels), captions, 8)
                log.write("samples", step=step, path=str(sheet.relative_to(folder.path)))
                for tracker in trackers:
                    tracker.picture(step, "samples", sheet)

        return validate

    def _validation_batch(self, asked: Mapping[str, Any], feed: Feed) -> dict[str, Any]:
        prompts = asked["prompts"]
        if isinstance(prompts, str):
            prompts = [line for _, line in read_lines(Path(prompts), None)]
            if not prompts:
                raise RunError("missing-file", f"{asked['prompts']} holds no prompts")
        count = len(prompts) if prompts else asked["count"]
        batch = feed.batch(range(count))
        if prompts:
            name = next((n for n, v in batch.items() if isinstance(v, list) and not n.endswith(".key")), None)
            if name is None:
                raise RunError("data-mismatch", "`prompts` are given, and the data has no field of text")
            batch[name] = list(prompts)
            batch[f"{name}.key"] = list(prompts)
        return batch


def _validated(
    name: str, roles: Mapping[str, Role], averages: Mapping[tuple[str, float], Average], weights: Any
) -> tuple[Role, str]:
    """The weights of a role that validation and export use."""
    if isinstance(weights, dict) and weights.get("role") in (None, name):
        average = averages.get((name, weights["decay"]))
        if average is not None and average.updates:
            return average.role, f"average({weights['decay']})"
    return roles[name], "live"
