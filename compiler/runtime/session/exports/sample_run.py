"""`fdc sample`: samples of a run's role, or of an export, for prompts that are given."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ....contracts.local_sources import EXPORT
from ....driver.pipeline import Checked, compile
from ....program.ops import ROLE
from ....program.typed_program import TypedProgram, TypedRole, text_fields
from ....program.values import Value, every_value
from ...api.components import Role
from ...api.run_context import Run
from ...base.errors import RunError
from ...base.records import ExportRecord, read_record
from ...base.run_folder import write_text
from ...base.settings import ProgramSettings
from ...random.streams import Streams
from ...train import checkpoints, validation
from ...weights.load_roles import Registry, load_role
from ..choose_device import choose_device
from ..plans.load_plan import errors_placed, load_plan
from .export_run import read_lock, restore_role, upstream_exports
from .model_card import PROGRAM
from .sample_text import Wanted, sampling_program

RATE = 8.0
"""Frames a second of clips, if nothing else is asked for."""


@dataclass(frozen=True)
class Asked:
    """What the options say. `count` samples are made of each prompt."""

    prompts: tuple[str, ...]
    role: str | None = None
    weights: str | None = None
    negative: str | None = None
    steps: int | None = None
    scale: float | None = None
    count: int = 1
    seed: int = 0
    rate: float = RATE
    device: str | None = None
    allow_python: bool = False


@dataclass(frozen=True)
class Sampled:
    """A program that makes samples, and its roles with the weights that are asked for."""

    checked: Checked
    program: TypedProgram
    roles: Mapping[str, Role]
    said: Sequence[str] = ()


def sample_run(place: Path, out: Path, asked: Asked) -> list[str]:
    """Makes samples of a run's folder, or of an export's, and writes them to `out`; what there is to say. Raises RunError."""
    device = choose_device(asked.device)
    found = _export(place, asked, device) if (place / EXPORT).is_file() else _run(place, asked, device)
    program, (name, value) = found.program, next(iter(found.program.samples.items()))
    texts = text_fields(program.data) if program.data is not None else ()
    read = program.validations[0].fields
    strange = sorted(read - set(texts[:1]))
    if strange:
        raise RunError(
            "missing-argument",
            f"this sampler reads {', '.join(f'`{n}`' for n in strange)} of the data, and only a prompt is given",
            help="let `validate` of a program make these samples, from its data",
            exit_status=2,
        )
    averaged = sorted({ref.name for ref in _refs(value) if ref.average is not None})
    if averaged:
        raise RunError(
            "bad-setting",
            f"the program's sample asks for an average of `{averaged[0]}` by name",
            help="say how to sample with --steps, and --weights average for the average",
            exit_status=2,
        )
    prompts = [p for p in asked.prompts for _ in range(asked.count)]
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.py"
        write_text(path, compile(program, "fdc sample").text)
        plan = load_plan(path)
        with errors_placed(path, found.checked), torch.no_grad():
            for i, prompt in enumerate(prompts):
                draws = Streams(asked.seed, 0, (i,), device)
                run = Run(roles=found.roles, step=0, draws=draws, batch_size=1, device=device)
                batch = {n: [prompt] for field in texts[:1] for n in (field, f"{field}.key")}
                made = getattr(plan, name)(run, batch)
                parts.append(made if isinstance(made, tuple) else (made,))
    whole = tuple(torch.cat([part[k].cpu() for part in parts]) for k in range(len(parts[0])))
    sheet = validation.write_samples(out, whole, prompts, asked.rate)
    return [*found.said, f"wrote {sheet}"]


def _refs(value: Value) -> list[Any]:
    return [ref for v in every_value([value]) if (ref := ROLE.find(v)) is not None]


def _run(place: Path, asked: Asked, device: torch.device) -> Sampled:
    lock = read_lock(place)
    checked, program, role = _checked(place, Path(lock.source), lock.name, asked.role, asked)
    settings = ProgramSettings.model_validate(program.settings)
    saved, passed = checkpoints.newest(place / "checkpoints", lock.programs)
    if saved is None:
        raise RunError("missing-file", f"{place} has no complete checkpoint", exit_status=2)
    registry = Registry(base=Path.cwd(), exports=upstream_exports(program, place))
    roles = {n: _loaded(program.roles[n], registry, asked, device) for n in _needed(program)}
    said = list(passed)
    for name, loaded in roles.items():
        if loaded.trainable and f"{name}.weights" in saved.tensors:
            words = restore_role(loaded, saved, asked.weights if name == role else None, settings)
            said.append(f"`{name}` as of step {saved.step}, {words}")
    return Sampled(checked, program, roles, said)


def _export(place: Path, asked: Asked, device: torch.device) -> Sampled:
    try:
        record = read_record(ExportRecord, place / EXPORT)
    except (OSError, ValueError) as e:
        raise RunError("missing-file", f"{place / EXPORT} cannot be read: {e}", exit_status=2) from None
    role = asked.role or record.role
    checked, program, _ = _checked(place, place / PROGRAM, record.program or "", role, asked)
    changed = replace_source(program.roles[record.role], place)
    registry = Registry(base=Path.cwd(), exports={})
    typed = {n: changed if n == record.role else program.roles[n] for n in _needed(program)}
    return Sampled(checked, program, {n: _loaded(r, registry, asked, device) for n, r in typed.items()})


def replace_source(role: TypedRole, folder: Path) -> TypedRole:
    """A role frozen, with its weights from an export."""
    return replace(
        role,
        source=("path", str(folder.resolve())),
        settings={**role.settings, "train": "frozen", "adapter": None, "init": None},
        overlays={},
    )


def _loaded(role: TypedRole, registry: Registry, asked: Asked, device: torch.device) -> Role:
    loaded = load_role(role, registry, allow_python=asked.allow_python, device=device)
    for _, module in loaded.modules():
        module.eval()
    return loaded


def _needed(program: TypedProgram) -> list[str]:
    return sorted({ref.name for value in program.samples.values() for ref in _refs(value)})


def _checked(
    place: Path, source: Path, name: str, role: str | None, asked: Asked
) -> tuple[Checked, TypedProgram, str]:
    """The program of a folder, made to sample; and the role that is sampled."""
    try:
        text = (place / PROGRAM).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise RunError(
            "missing-file",
            f"{place} holds no {PROGRAM} to sample by: {getattr(e, 'strerror', None) or e}",
            help="name a run's folder, or an export of one",
            exit_status=2,
        ) from None
    wanted = role or _trained(text, source, name)
    checked = sampling_program(text, source, name, Wanted(wanted, asked.steps, asked.scale, asked.negative))
    return checked, next(p for p in checked.programs if p.name == name), wanted


def _trained(text: str, source: Path, name: str) -> str:
    """The first role that the program trains, as it is written."""
    from ....base.source import Source
    from ....driver.pipeline import check_source

    program = next(
        (p for p in check_source(Source(str(source), text), source).programs if p.name == name), None
    )
    trained = [n for n, r in program.roles.items() if r.optimizer] if program is not None else []
    return next(iter(trained), "")
