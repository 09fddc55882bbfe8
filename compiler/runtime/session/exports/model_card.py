"""The card of an export, `README.md`: what the weights are, how they are loaded, samples, the program and its lock."""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....contracts.local_sources import TINY
from ....program.ops import ROLE
from ....program.typed_program import TypedProgram
from ....program.values import every_value
from ...api.components import Role
from ...base.records import ExportRecord, Lock
from ...base.run_folder import library_version
from ...weights.pipelines import GIVES_LEVELS, pipeline_class
from .pipeline_scheduler import Scheduler

CARD = "README.md"
PROGRAM = "program.fdl"
SAMPLES = "samples"
SHOWN = (".png", ".mp4", ".wav", ".txt")
MOST = 24
"""Files of samples that go along."""
SIZES = {"H": "height", "W": "width", "F": "num_frames", "fps": "frame_rate"}
"""Arguments of pipelines, and the sizes of a program that they are."""
IN_LOCK = ("program", "versions", "settings", "hashes")
"""What of `lock.json` goes into the card: nothing that names a place of this machine."""


@dataclass(frozen=True)
class Origin:
    """The run that an export comes from."""

    run: Path
    name: str
    text: str
    lock: Lock | None
    sizes: Mapping[str, int]
    published: str | None = None
    """The repository that the export goes to: the card names it, and no place of this machine."""
    sampled: frozenset[str] = frozenset()
    """The roles that validation's samples are made by."""

    @property
    def samples(self) -> Path | None:
        """The newest samples of validation."""
        found = [p for p in (self.run / SAMPLES).glob("step-*") if p.name[5:].isdigit()]
        return max(found, key=lambda p: int(p.name[5:]), default=None)


def origin_of(run: Path, program: TypedProgram, lock: Lock | None) -> Origin:
    try:
        text = (run / PROGRAM).read_text(encoding="utf-8")
    except OSError:
        text = ""
    made_by = (ROLE.find(v) for v in every_value(program.samples.values()))
    sampled = frozenset(ref.name for ref in made_by if ref is not None)
    return Origin(run, program.name, text, lock, program.sizes, sampled=sampled)


def write_card(
    folder: Path,
    place: Path,
    role: Role,
    record: ExportRecord,
    index: Mapping[str, Any] | None,
    scheduler: Scheduler,
    origin: Origin,
) -> None:
    """Writes the card, the program and samples into an export's folder, which will lie at `place`. `index` is that of a
    whole pipeline, None for an adapter."""
    if origin.text:
        (folder / PROGRAM).write_text(origin.text, encoding="utf-8")
    shown = _copy_samples(origin.samples, folder / SAMPLES) if role.name in origin.sampled else []
    where = origin.published or str(place)
    use = (
        _adapter(where, role, record, scheduler, origin)
        if index is None
        else _whole(where, role, index, scheduler, origin)
    )
    parts = [
        *_front(role, record),
        f"# {origin.name}: {role.name}",
        "",
        *_facts(role, record, origin),
        "",
        "## Use",
        "",
        *use,
        *(f"\n* {note}" for note in scheduler.notes),
        *(["", "## Samples", "", *shown] if shown else []),
        *(["", "## Program", "", "```", origin.text.rstrip(), "```"] if origin.text else []),
        *_lock(origin.lock),
    ]
    (folder / CARD).write_text("\n".join(parts) + "\n", encoding="utf-8")


def _front(role: Role, record: ExportRecord) -> Iterator[str]:
    """What the hub reads: a base is named if it is a repository there."""
    yield "---"
    yield "library_name: diffusers"
    if role.repository:
        yield f"base_model: {role.repository}"
        yield from ["base_model_relation: adapter"] if record.files else []
    yield "tags:"
    yield from (f"- {tag}" for tag in ("fdc", *(["lora"] if record.files else [])))
    yield "---"
    yield ""


def _facts(role: Role, record: ExportRecord, origin: Origin) -> Iterator[str]:
    step = f", at step {record.step}" if record.step is not None else ""
    yield f"Role `{role.name}` of program `{origin.name}`, trained by fdc {library_version('fdc') or ''}{step}."
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| weights | {record.weights} |"
    yield f"| trained | {', '.join(f'`{n}`' for n in role.trained)} |"
    began = (
        f"`{role.repository}`" if role.repository else "random weights" if TINY.fullmatch(role.origin) else ""
    )
    yield f"| began with | {began or f'`{Path(role.origin).name}`'} |"
    for component, file in role.overlays.items():
        yield f"| its `{component}` | `{Path(file).name}` |"
    for file in role.adapters:
        yield f"| merged before | `{Path(file).name}` |"
    if record.files:
        yield f"| adapter | {', '.join(f'`{f}`' for f in record.files)}, keys of {record.lora} |"
    if role.process is not None:
        shift = f", {role.process.shift_words}" if role.process.kind == "flow" else ""
        yield f"| process | {role.process.name} ({role.process.kind}){shift} |"
    yield f"| sizes | {', '.join(f'{n} = {v}' for n, v in origin.sizes.items())} |"


def _whole(
    place: str, role: Role, index: Mapping[str, Any], scheduler: Scheduler, origin: Origin
) -> Iterator[str]:
    cls = pipeline_class(index)
    if cls is None:
        own = [
            n
            for n, entry in index.items()
            if isinstance(entry, list) and None in entry and n in role.components
        ]
        why = (
            f"{', '.join(f'`{n}`' for n in own)} {'is' if len(own) == 1 else 'are'} of the family's own Python"
            if own
            else "none is made of these parts"
        )
        yield f"diffusers has no pipeline for this family: {why}. The networks by themselves:"
        yield ""
        yield "```python"
        loaded = [n for n in role.trained if None not in index.get(n, [None])]
        for name in loaded:
            library, kind = index[name]
            yield f"from {library} import {kind}"
            yield ""
            yield f'{name} = {kind}.from_pretrained("{place}", subfolder="{role.components[name].subfolder}")'
        yield "```"
        return
    yield "```python"
    yield "from diffusers import DiffusionPipeline"
    yield ""
    yield f'pipeline = DiffusionPipeline.from_pretrained("{place}")'
    yield from _call(cls, scheduler, origin)
    yield "```"
    kind = (scheduler.config or {}).get("_class_name") or _kept_class(role, scheduler)
    gives = getattr(role.binding, GIVES_LEVELS, False)
    if kind == "FlowMatchEulerDiscreteScheduler" and not scheduler.exact and not gives:
        yield ""
        yield "fdc's own samples step along the shifted levels 1, (n - 1)/n, ..., 1/n, those of diffusers end elsewhere:"
        yield ""
        yield "```python"
        yield "plain = pipeline.scheduler.set_timesteps"
        yield "pipeline.scheduler.set_timesteps = lambda n, device=None: plain("
        yield "    sigmas=[1 - k / n for k in range(n)], device=device"
        yield ")"
        yield "```"


def _kept_class(role: Role, scheduler: Scheduler) -> str | None:
    if not scheduler.kept or role.source is None:
        return None
    try:
        found = json.loads((role.source / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
        return str(found.get("_class_name"))
    except (OSError, ValueError, AttributeError):
        return None


def _call(cls: type[Any], scheduler: Scheduler, origin: Origin) -> Iterator[str]:
    known = inspect.signature(cls.__call__).parameters
    given = {
        argument: str(origin.sizes[size])
        for size, argument in SIZES.items()
        if argument in known and size in origin.sizes
    }
    if scheduler.exact and scheduler.levels:
        given |= _steps(scheduler)
        given |= {"guidance_scale": "1.0"} if "guidance_scale" in known else {}
    yield f'made = pipeline("what is to be seen", {", ".join(f"{n}={v}" for n, v in given.items())})'


def _adapter(
    place: str, role: Role, record: ExportRecord, scheduler: Scheduler, origin: Origin
) -> Iterator[str]:
    if record.lora != "diffusers":
        yield f"`{record.files[0]}` goes where the tool looks for adapters, in ComfyUI into `models/loras`."
        return
    whole = role.source is not None and (role.source / "model_index.json").is_file()
    if not whole and not hasattr(role.binding, "PIPELINE") and "_class_name" not in role.pipeline:
        yield "diffusers has no pipeline for this family. A network of it takes the adapter by itself:"
        yield ""
        yield "```python"
        yield "from safetensors.torch import load_file"
        yield ""
        for name in role.trained:
            prefix = role.components[name].subfolder
            yield f'{name}.load_lora_adapter(load_file("{place}/{record.files[0]}"), prefix="{prefix}")'
        yield "```"
        return
    here = role.repository is None and origin.published is not None
    base = Path(role.origin).name if here else role.origin
    base = base if not TINY.fullmatch(role.origin) else "the pipeline that the adapter belongs to"
    config = {k: v for k, v in (scheduler.config or {}).items() if not k.startswith("_")}
    cls = (scheduler.config or {}).get("_class_name")
    yield "```python"
    yield "from diffusers import DiffusionPipeline" + (f", {cls}" if cls else "")
    yield ""
    yield f'pipeline = DiffusionPipeline.from_pretrained("{base}")'
    for file in [Path(f).name if here else f for f in role.adapters]:
        yield f'pipeline.load_lora_weights("{file}")  # merged before training: pipeline.fuse_lora()'
    yield f'pipeline.load_lora_weights("{place}")'
    if cls:
        yield f"pipeline.scheduler = {cls}({', '.join(f'{n}={v!r}' for n, v in config.items())})"
    if scheduler.exact and scheduler.levels:
        yield f"# {', '.join(f'{n}={v}' for n, v in _steps(scheduler).items())}, guidance_scale=1.0"
    yield "```"


def _steps(scheduler: Scheduler) -> dict[str, str]:
    """The argument of a pipeline by which it makes the steps that the network was trained for."""
    if scheduler.timesteps:
        return {"timesteps": str(list(scheduler.timesteps))}
    return {"num_inference_steps": str(len(scheduler.levels))}


def _copy_samples(source: Path | None, folder: Path) -> list[str]:
    """Copies what validation made last; the lines that show it."""
    if source is None or not source.is_dir():
        return []
    files = sorted(p for p in source.iterdir() if p.suffix in SHOWN)[:MOST]
    if not files:
        return []
    folder.mkdir()
    for path in files:
        shutil.copy2(path, folder / path.name)
    sheet = [f"![samples]({SAMPLES}/{p.name})" for p in files if p.name == "sheet.png"]
    others = [f"* [{p.name}]({SAMPLES}/{p.name})" for p in files if p.name != "sheet.png"]
    return [f"Made by validation at {source.name.replace('-', ' ')}.", "", *sheet, "", *others]


def _lock(lock: Lock | None) -> Iterator[str]:
    if lock is None:
        return
    value = lock.json_value()
    kept = {k: value[k] for k in IN_LOCK if k in value}
    yield ""
    yield "## Lock"
    yield ""
    yield "<details><summary>versions, settings, hashes of data and frozen weights</summary>"
    yield ""
    yield "```json"
    yield json.dumps(kept, indent=1, sort_keys=True)
    yield "```"
    yield ""
    yield "</details>"
