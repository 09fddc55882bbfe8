"""A role as a folder in diffusers layout, which diffusers reads without fdc."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ....contracts.local_sources import EXPORT
from ...api.components import Role
from ...base.errors import Report, RunError
from ...base.records import ExportRecord
from ...weights import component_classes
from ...weights.adapters import layers, write_file
from ...weights.load_component import names_of
from .model_card import Origin, write_card
from .own_levels import OwnLevels
from .pipeline_scheduler import FOLDER as SCHEDULER
from .pipeline_scheduler import Scheduler, scheduler_of

INDEX = "model_index.json"
METADATA = EXPORT
ANY = "DiffusionPipeline"


def export_role(
    role: Role,
    folder: Path,
    *,
    averaged: Role | None = None,
    weights_only: bool = False,
    lora: str = "diffusers",
    dtype: torch.dtype | None = None,
    own: OwnLevels | None = None,
    origin: Origin | None = None,
    say: Report = lambda line: None,
    metadata: Mapping[str, object] | None = None,
) -> Path:
    """Writes a role to `folder`, replacing what an earlier export left there.

    Of a role that is trained by adapters these alone are written, in the layout `lora`: `diffusers`, `comfy` or `kohya`
    (`contracts.networks.adapter_keys`); with `merged` they are added to the weights and the whole is written, as of any other
    role.

    Trained components are saved as `dtype`, else as they are held (float32 master weights under `bf16`), those of
    `averaged` if it is given; frozen ones are copied from their checkpoint byte by byte, and left out with
    `weights_only`. What else the checkpoint's `model_index.json` lists is copied too; its scheduler is, where it means the
    process of the role, and made for that otherwise (`own` are levels that the role was trained at). `fdc.json` says which
    weights these are, and with `origin` a card, `README.md`, how they are used. `say` is told what a user should know.

    All is written aside and renamed at the end. Raises RunError if the folder holds something else, or the
    disk is full.
    """
    if folder.exists() and not (
        folder.is_dir() and (not any(folder.iterdir()) or (folder / METADATA).is_file())
    ):
        raise RunError(
            "bad-setting",
            f"{folder} is there already and is no export of fdc's, so it is not overwritten",
            help="name another folder",
            exit_status=2,
        )
    part = folder.with_name(f".{folder.name}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        weights = averaged or role
        described = {"role": role.name, "weights": "live" if averaged is None else "average"}
        adapted = lora != "merged" and any(layers.adapted(weights.components[n].held) for n in role.trained)
        scheduler, index = scheduler_of(role, own), None
        if adapted:
            written = _write_adapters(role, weights, part, lora, dtype)
        else:
            index = _index(role)
            written = _write(role, weights, part, index, scheduler if not weights_only else None, dtype)
        record = ExportRecord.model_validate({**described, **written, **(metadata or {})})
        _dump(record.json_value(), part / METADATA)
        if origin is not None:
            write_card(part, folder, role, record, index, scheduler, origin)
        _replace(part, folder)
        for note in scheduler.notes:
            say(f"`{role.name}`: {note}")
    except OSError as e:
        shutil.rmtree(part, ignore_errors=True)
        raise RunError(
            "missing-file",
            f"`{role.name}` cannot be exported to {folder}: {e.strerror or e}",
            help="what was there before is unchanged",
            exit_status=2,
        ) from e
    return folder


def _write_adapters(
    role: Role, weights: Role, folder: Path, lora: str, dtype: torch.dtype | None
) -> dict[str, object]:
    files = []
    several = len(role.trained) > 1 and lora != "diffusers"
    for name in role.trained:
        c = weights.components[name]
        files.append(write_file.file_name(lora, role.name, name if several else None))
        write_file.write_adapter(
            folder / files[-1], c.held, names_of(c.subfolder, name, role.binding), lora, dtype
        )
    return {
        "base": role.origin,
        "adapters": list(role.adapters),
        **({"overlays": dict(role.overlays)} if role.overlays else {}),
        "files": list(dict.fromkeys(files)),
        "lora": lora,
    }


def _write(
    role: Role,
    weights: Role,
    folder: Path,
    index: dict[str, Any],
    scheduler: Scheduler | None,
    dtype: torch.dtype | None,
) -> dict[str, object]:
    """The components, and with a scheduler all else of a pipeline."""
    written: dict[str, str] = {}
    for name in role.components:
        if scheduler is None and name not in role.trained:
            continue
        component = weights.components[name] if name in role.trained else role.components[name]
        place = folder / role.components[name].subfolder
        if component.origin is not None:
            shutil.copytree(component.origin, place)
        else:
            value = _plain(component.held)
            if dtype is not None and name in role.trained:
                value = copy.deepcopy(value)
                component_classes.store(value, dtype)
            component_classes.write(value, place)
        written[name] = role.components[name].subfolder
        index.setdefault(name, _entry(component.held))
    if scheduler is not None:
        _copy_undeclared(role, folder, index)
        if scheduler.config is not None:
            _write_scheduler(scheduler.config, folder / SCHEDULER, index)
        _dump(index, folder / INDEX)
    return {"components": written}


def _write_scheduler(config: Mapping[str, Any], place: Path, index: dict[str, Any]) -> None:
    """In place of the checkpoint's, through its class, which fills in what the config leaves out."""
    name = str(config["_class_name"])
    cls = component_classes.find(f"diffusers.{name}", None, None).cls
    shutil.rmtree(place, ignore_errors=True)
    component_classes.write(cls.from_config({k: v for k, v in config.items() if k != "_class_name"}), place)
    index[SCHEDULER] = ["diffusers", name]


def _index(role: Role) -> dict[str, Any]:
    """The checkpoint's own index, so that its pipeline's class and options stay.

    Without one the pipeline is what the family's `PIPELINE` names, of diffusers, with the facts that the family states of it.
    """
    path = role.source / INDEX if role.source is not None else None
    if path is not None and path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("_class_name") != ANY:
            return found
    return {"_class_name": getattr(role.binding, "PIPELINE", ANY), **role.pipeline}


def _entry(value: Any) -> list[str | None]:
    """Library and class, as a pipeline's index lists them: classes that a pipeline of diffusers keeps to itself under its
    folder's name. A family's own class is in no library."""
    library, *path = type(value).__module__.split(".")
    if library not in ("diffusers", "transformers"):
        return [None, None]
    if path[:1] == ["pipelines"] and not component_classes.offered(f"{library}.{type(value).__name__}"):
        library = path[1]
    return [library, type(value).__name__]


def _copy_undeclared(role: Role, folder: Path, index: dict[str, Any]) -> None:
    """Copies what the index lists and the family does not declare; what the snapshot holds only in part is
    struck out.
    """
    for name, entry in list(index.items()):
        if not isinstance(entry, list) or name.startswith("_") or name in role.components:
            continue
        source = role.source / name if role.source is not None else None
        if source is not None and source.is_dir() and _whole(source):
            shutil.copytree(source, folder / name)
        else:
            index[name] = [None, None]


def _whole(folder: Path) -> bool:
    """A model's folder has weights beside its config; schedulers and tokenizers have none."""
    return not (folder / "config.json").is_file() or any(folder.glob("*.safetensors"))


def _plain(value: Any) -> Any:
    """The component as its class saves it: adapters merged into a module that has none."""
    if not isinstance(value, nn.Module) or not layers.adapted(value):
        return value
    with torch.device("meta"), component_classes.quiet():
        build = getattr(type(value), "from_config", None) or type(value)
        plain: nn.Module = build(value.config)
    plain.load_state_dict(layers.merged(value), strict=True, assign=True)
    return plain


def _dump(value: Mapping[str, object], path: Path) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _replace(part: Path, folder: Path) -> None:
    for path in sorted(part.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
