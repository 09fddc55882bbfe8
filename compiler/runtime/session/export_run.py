"""`fdc export`: a trained role of a run's folder, written in diffusers layout."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from ...base.source import Source
from ...driver.pipeline import check_source
from ...modules.imports import Unreadable, read
from ..base.errors import RunError
from ..base.records import Lock, read_record
from ..train.checkpoints import newest, restore
from ..weights.load_roles import Registry, load_role
from .export import export_role


def export_run(run: Path, role: str, out: Path, weights: str | None, allow_python: bool) -> Path:
    """`fdc export RUN --role NAME OUT`: a trained role of a run in diffusers layout. Raises RunError."""
    lock = _lock(run)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError("bad-setting", f"{out} is there already", help="name a new folder", exit_status=2)
    exported = run / "export" / role
    if weights is None and exported.is_dir():
        shutil.copytree(exported, out, dirs_exist_ok=True)
        return out
    try:
        text = read(run / "program.fdl", str(run / "program.fdl")).text
    except Unreadable as e:
        raise RunError("missing-file", str(e), exit_status=2) from None
    source = Path(lock.source)
    checked = check_source(Source(str(source), text), source)
    program = next((p for p in checked.programs if p.name == lock.name), None)
    if program is None or role not in program.roles:
        known = ", ".join(n for n, r in program.roles.items() if r.optimizer) if program else "none"
        raise RunError("unknown-name", f"the run trains no role `{role}`; it trains {known}", exit_status=2)
    registry = Registry(base=Path.cwd())
    loaded = load_role(program.roles[role], registry, allow_python=allow_python, device=torch.device("cpu"))
    saved, _ = newest(run / "checkpoints", lock.program)
    if saved is None:
        raise RunError("missing-file", f"{run} has no complete checkpoint")
    groups = [n for n in saved.tensors if n.startswith(f"{role}.average-")]
    group = groups[0] if weights == "average" and groups else f"{role}.weights"
    if weights == "average" and not groups:
        raise RunError("bad-setting", f"the run keeps no average of `{role}`", exit_status=2)
    restore(dict(loaded.named_parameters()), saved.tensors[group], f"weights of `{role}`")
    about = {"program": program.name, "step": saved.step, "weights": weights or "live"}
    return export_role(loaded, out, metadata=about)


def _lock(run: Path) -> Lock:
    try:
        return read_record(Lock, run / "lock.json")
    except FileNotFoundError:
        raise RunError(
            "missing-file", f"{run} is not a run's folder: it has no lock.json", exit_status=2
        ) from None
    except (OSError, ValueError) as e:
        raise RunError("missing-file", f"{run / 'lock.json'} cannot be read: {e}", exit_status=2) from None
