"""An emitted module at work: loaded from its file, and what it raises told with the line of FDL that it came from."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from ....driver.pipeline import Checked
from ....emit.source_map import place_in
from ....ir.graph import NEXT
from ....program.typed_program import TypedProgram
from ...api.run_context import Batch, Run, Update
from ...base.errors import Place, RunError, Unplaced
from .built_plan import Built

TRACEBACK = "traceback.txt"
"""Beside the module: Python's own account of the last error in it."""


def load_plan(path: Path) -> ModuleType:
    """The emitted module at `path`."""
    spec = importlib.util.spec_from_file_location(f"fdc_plan_{path.parent.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_built(path: Path, built: Built, program: TypedProgram) -> ModuleType:
    """The module at `path`, a copy of one that was built and perhaps edited since.

    Raises RunError if it cannot be loaded, or lacks what the program's run calls.
    """

    def unfit(what: str) -> RunError:
        return RunError(
            "run-error",
            f"`{built.path}` {what}",
            help="undo what was edited there, or build the module again",
            facts=built.facts,
        )

    try:
        module = load_plan(path)
    except (Exception, SystemExit) as e:
        frames = _frames(e, path)
        where = f" in line {frames[-1].lineno}" if frames else ""
        raise unfit(f"cannot be loaded: {type(e).__name__}{where}: {_said(e)}") from e
    updates, products = getattr(module, "UPDATES", ()), getattr(module, "PRODUCE", {})
    if not isinstance(updates, tuple) or not all(isinstance(u, Update) for u in updates):
        raise unfit("holds something else in UPDATES than `Update(...)`")
    wanted = {u.name: set(u.roles) for u in program.updates}
    if {u.name: set(u.roles) for u in updates} != wanted or len(updates) != len(wanted):
        shown = "; ".join(f"{name} of {', '.join(sorted(roles))}" for name, roles in wanted.items())
        raise unfit(f"has other UPDATES than program `{program.name}`, which has {shown or 'none'}")
    for u in updates:
        whole = all(isinstance(n, int) for n in (u.every, u.excepted, u.first, 0 if u.end is None else u.end))
        if not whole or u.every < 1 or u.excepted < 0:
            raise unfit(f"has an update `{u.name}` on no whole number of steps")
    missing = [i.name for i in program.produce if not isinstance(products, dict) or i.name not in products]
    if missing:
        raise unfit(f"makes no {', '.join(missing)} in PRODUCE")
    for name in program.samples:
        if not callable(getattr(module, name, None)):
            raise unfit(f"has no function `{name}`, which validation calls")
    vars(module)["UPDATES"] = tuple(replace(u, losses=_scalars(u, unfit)) for u in updates)
    return module


def _scalars(
    update: Update, unfit: Callable[[str], RunError]
) -> Callable[[Run, Batch], Mapping[str, Tensor]]:
    """The update's losses, refused unless they are scalars by name: an edited function may give anything."""

    def losses(run: Run, batch: Batch) -> Mapping[str, Tensor]:
        found: Any = update.losses(run, batch)
        if (
            isinstance(found, dict)
            and found
            and all(isinstance(v, Tensor) and not v.dim() for n, v in found.items() if not n.startswith(NEXT))
        ):
            return found
        raise unfit(f"gives no scalars by name in `{update.losses.__name__}`")

    return losses


@contextmanager
def errors_placed(plan: Path, checked: Checked) -> Iterator[None]:
    """What a component or a family's Python raises inside the emitted module is raised again with its line of FDL."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except RunError as e:
        if e.place is None:  # raised by what the module calls, of a value whose line only the module knows
            e.place, more = _places(e, plan, checked)
            e.facts = (*e.facts, *more)
        raise
    except Exception as e:
        raised = e.__cause__ if isinstance(e, Unplaced) and e.__cause__ is not None else e
        frames = _frames(raised, plan)
        ran_out = _memory(raised)
        if not frames and not isinstance(e, Unplaced) and not ran_out:
            raise
        place, facts = _places(raised, plan, checked)
        facts = (*_in_bindings(raised, checked), *facts)
        doing = "while this line ran" if place is not None else "in this run"
        if isinstance(e, Unplaced):
            doing = e.doing
            place = place or e.place
        if ran_out:
            raise RunError(
                "out-of-memory",
                f"memory ran out {doing}: {_said(raised)}",
                help="`train { accumulate = N }` takes a batch in N parts, with the same results; smaller `sizes` "
                "and `train = lora(...)` take less, too",
                place=place,
                facts=facts,
            ) from e
        kept = _keep(raised, plan.parent / TRACEBACK)
        raise RunError(
            "run-error",
            f"{type(raised).__name__} {doing}: {_said(raised)}",
            place=place,
            facts=(*facts, *kept),
        ) from e


def _places(e: BaseException, plan: Path, checked: Checked) -> tuple[Place | None, tuple[str, ...]]:
    """The line of FDL that the emitted module was at, and from where that was called."""
    frames = _frames(e, plan)
    if not frames:
        return None, ()
    files = {Path(f.path).name: Path(f.path) for f in checked.files}
    text = plan.read_text(encoding="utf-8")
    found = [p for f in reversed(frames) if (p := place_in(text, f.lineno or 0)) is not None]
    places = [(files.get(name, Path(name)), line) for name, line in dict.fromkeys(found)]
    called = [f"called from {path}:{line}" for path, line in places[1:]]
    return places[0] if places else None, (*called, f"emitted module: {plan}:{frames[-1].lineno}")


def _in_bindings(e: BaseException, checked: Checked) -> tuple[str, ...]:
    """Where in the Python of a family something was raised."""
    families = {r.family.path for p in checked.programs for r in p.roles.values() if r.family.has_binding}
    bindings = {Path(path).resolve().with_name("binding.py") for path in families}
    inside = [f for f in traceback.extract_tb(e.__traceback__) if Path(f.filename).resolve() in bindings]
    return tuple(f"raised in {f.filename}:{f.lineno}: {f.line}" for f in inside[-1:])


def _frames(e: BaseException, plan: Path) -> list[traceback.FrameSummary]:
    """The frames of the module, outermost first."""
    return [f for f in traceback.extract_tb(e.__traceback__) if Path(f.filename).resolve() == plan.resolve()]


def _memory(e: BaseException) -> bool:
    """Whether a device or the machine has no memory left."""
    return isinstance(e, (torch.OutOfMemoryError, MemoryError)) or (
        isinstance(e, RuntimeError) and "DefaultCPUAllocator: can't allocate memory" in str(e)
    )


def _said(e: BaseException) -> str:
    return next(iter(str(e).strip().splitlines()), repr(e))


def _keep(e: BaseException, path: Path) -> tuple[str, ...]:
    try:
        path.write_text("".join(traceback.format_exception(e)), encoding="utf-8")
    except OSError:
        return ()
    return (f"Python's own account: {path}",)
