"""`fdc export`: a trained role of a run's folder, written anew from the run's last checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ....base.source import Source
from ....driver.pipeline import check_source
from ....modules.imports import Unreadable, read
from ....program.typed_program import TypedProgram, TypedRole
from ...api.components import DTYPES, Role
from ...base.errors import RunError
from ...base.records import Lock, read_record
from ...base.settings import AveragedWeights, ProgramSettings
from ...train.checkpoints import Snapshot, newest, restore
from ...train.resume import copy_word
from ...weights.load_roles import Registry, load_role
from ...weights.publish import publish, require_name
from .export_role import export_role
from .model_card import origin_of
from .own_levels import own_levels


@dataclass(frozen=True)
class Asked:
    """What the options say; None for what the program says."""

    role: str | None = None
    weights: str | None = None
    lora: str | None = None
    dtype: str | None = None
    push: str | None = None
    private: bool = False


def export_run(run: Path, out: Path, asked: Asked, allow_python: bool) -> list[str]:
    """Writes a trained role of a run to a new folder; what there is to say. Raises RunError."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError("bad-setting", f"{out} is there already", help="name a new folder", exit_status=2)
    if asked.push is not None:
        require_name(asked.push)
    lock = read_lock(run)
    program = _program(run, lock)
    typed = _role(program, asked.role)
    if asked.lora is not None and not isinstance(typed.settings["train"], Mapping):
        raise RunError(
            "bad-setting",
            f"`--lora {asked.lora}` says how adapters are written, and `{typed.name}` was not trained by one",
            help="leave it out: the whole network is written in diffusers layout",
            exit_status=2,
        )
    saved, passed = newest(run / "checkpoints", lock.programs)
    if saved is None:
        raise RunError("missing-file", f"{run} has no complete checkpoint", exit_status=2)
    registry = Registry(base=Path.cwd(), exports=upstream_exports(program, run))
    loaded = load_role(typed, registry, allow_python=allow_python, device=torch.device("cpu"))
    settings = ProgramSettings.model_validate(program.settings)
    words = restore_role(loaded, saved, asked.weights, settings)
    own = settings.checkpoint.export
    lora = asked.lora or (own if isinstance(own, str) else "diffusers")
    about = {"program": program.name, "step": saved.step, "weights": words}
    dtype = DTYPES[asked.dtype] if asked.dtype is not None else None
    said = list(passed)
    export_role(
        loaded,
        out,
        lora=lora,
        dtype=dtype,
        own=own_levels(program, typed.name),
        origin=replace(origin_of(run, program, lock), published=asked.push),
        say=said.append,
        metadata=about,
    )
    said.append(f"wrote {out}")
    if asked.push is not None:
        message = f"{typed.name} of {program.name}, step {saved.step}"
        said.append(f"uploaded to {publish(out, asked.push, private=asked.private, message=message)}")
    return said


def _program(run: Path, lock: Lock) -> TypedProgram:
    """The run's program, as it is kept in the folder, checked where it stood."""
    try:
        text = read(run / "program.fdl", str(run / "program.fdl")).text
    except Unreadable as e:
        raise RunError("missing-file", str(e), exit_status=2) from None
    source = Path(lock.source)
    checked = check_source(Source(str(source), text), source)
    program = next((p for p in checked.programs if p.name == lock.name), None)
    if program is None:
        first = next((d.message for d in checked.diagnostics if d.severity == "error"), "")
        raise RunError(
            "missing-file",
            f"{run / 'program.fdl'} is not right any more" + (f": {first}" if first else ""),
            help=f"it was checked as {source}, with what that imports",
            exit_status=2,
        )
    return program


def _role(program: TypedProgram, name: str | None) -> TypedRole:
    trained = {n: r for n, r in program.roles.items() if r.optimizer}
    if name is None and len(trained) == 1:
        return next(iter(trained.values()))
    if name in trained:
        return trained[name]
    known = ", ".join(f"`{n}`" for n in trained) or "none"
    message = f"the run trains {known}" + (f", and no `{name}`" if name is not None else "")
    raise RunError("unknown-name", message, help="name one of them with --role", exit_status=2)


def upstream_exports(program: TypedProgram, run: Path) -> dict[str, Path]:
    """Exported roles of programs that this one needed: the latest beside the run."""
    found = {}
    for name in program.needs:
        done = sorted(
            (run.resolve().parent.parent / name).glob("*/finished.json"), key=lambda p: p.stat().st_mtime
        )
        for role in (done[-1].parent / "export").glob("*") if done else ():
            found[f"{name}.{role.name}"] = role
    return found


def restore_role(role: Role, saved: Snapshot, wanted: str | None, settings: ProgramSettings) -> str:
    """Puts a checkpoint's weights into a role: those that were asked for, else those that are validated; in words which."""
    groups = [n for n in saved.tensors if n.startswith(f"{role.name}.average-")]
    if wanted == "average" and not groups:
        raise RunError("bad-setting", f"the run keeps no average of `{role.name}`", exit_status=2)
    outward = f"{role.name}.outward"  # where these are others than those that are trained
    group, words = outward if outward in saved.tensors else f"{role.name}.weights", "live"
    shown = settings.validation.weights if settings.validation is not None else "live"
    if groups and wanted != "live":
        of_validation = isinstance(shown, AveragedWeights) and shown.role in (None, role.name)
        own = f"{role.name}.{copy_word(shown.averaging)}" if isinstance(shown, AveragedWeights) else ""
        if wanted == "average" or (of_validation and own in groups):
            group = own if own in groups else groups[0]
            words = group.partition(".")[2].replace("average-", "average(", 1) + ")"
    parameters = dict(role.named_parameters())
    averaged = {
        n: t.to(parameters[n].dtype) if n in parameters else t for n, t in saved.tensors[group].items()
    }
    restore(parameters, averaged, f"weights of `{role.name}`")
    return words


def read_lock(run: Path) -> Lock:
    try:
        return read_record(Lock, run / "lock.json")
    except FileNotFoundError:
        raise RunError(
            "missing-file", f"{run} is not a run's folder: it has no lock.json", exit_status=2
        ) from None
    except (OSError, ValueError) as e:
        raise RunError("missing-file", f"{run / 'lock.json'} cannot be read: {e}", exit_status=2) from None
