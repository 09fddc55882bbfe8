"""Adapters from files, in any of the layouts, and added to the weights of a network that has none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ....contracts.networks.adapter_files import FILES
from ....contracts.networks.adapter_keys import Names, parts_by_layer
from ...base.errors import Place, RunError
from ..role_sources import HUB_NAME, fetch

CONFIG = "adapter_config.json"
ON_HUB = re.compile(rf"(?P<repository>{HUB_NAME.pattern})(?:/(?P<file>[\w./-]+\.safetensors))?")


@dataclass(frozen=True)
class FileLayer:
    """An adapter of one layer: tensors by their names in peft, its rank, and what the product is multiplied by."""

    tensors: Mapping[str, Tensor]
    rank: int
    scale: float

    def delta(self) -> Tensor:
        """What is added to the layer's weight, float32, as a matrix."""
        t = {n: x.float() for n, x in self.tensors.items()}
        if "lora_A" in t:
            return self.scale * (t["lora_B"].flatten(1) @ t["lora_A"].flatten(1))
        w1 = t["lokr_w1"] if "lokr_w1" in t else t["lokr_w1_a"] @ t["lokr_w1_b"]
        w2 = t["lokr_w2"] if "lokr_w2" in t else t["lokr_w2_a"] @ t["lokr_w2_b"]
        return self.scale * torch.kron(w1, w2)


@dataclass(frozen=True)
class AdapterFile:
    path: Path
    layers: Mapping[str, FileLayer]


def find_file(text: str, place: Place) -> Path:
    """The adapter's file that a path means: itself, or the one in a folder. A relative path is looked for in the working
    folder, then beside the program; `OWNER/NAME`, and `OWNER/NAME/FILE.safetensors`, on the hub. Raises RunError."""
    path = _here(text, place)
    if path is None:
        return _on_hub(text, place)
    if path.is_file():
        return path
    known = [path / name for name in FILES if (path / name).is_file()]
    found = known[:1] or sorted(path.glob("*.safetensors"))
    if len(found) != 1:
        what = f"{len(found)} .safetensors files" if found else "no .safetensors file"
        raise RunError(
            "missing-file",
            f"{path} holds {what}",
            help="name the adapter's file",
            place=place,
            exit_status=2,
        )
    return found[0]


def origin(text: str, place: Place) -> str:
    """How records name an adapter: its file as an absolute path, or its name on the hub. Raises RunError."""
    found = find_file(text, place)
    return text if _here(text, place) is None else str(found.resolve())


def _here(text: str, place: Place) -> Path | None:
    tried = [base / Path(text).expanduser() for base in (Path(), place[0].parent)]
    return next((p for p in tried if p.exists()), None)


def _on_hub(text: str, place: Place) -> Path:
    """No other file of a repository is fetched than those that an adapter has: it may hold a whole model, too."""
    named = ON_HUB.fullmatch(text)
    if named is None or named["repository"].endswith(".safetensors"):
        raise RunError(
            "missing-file",
            f"there is no adapter {text}",
            help="name its file, or a hub name, `OWNER/NAME`",
            place=place,
            exit_status=2,
        )
    wanted = (named["file"],) if named["file"] else FILES
    folder = fetch(named["repository"], [*wanted, CONFIG], place)
    found = next((folder / name for name in wanted if (folder / name).is_file()), None)
    if found is None:
        raise RunError(
            "missing-file",
            f"{named['repository']} holds no {' or '.join(wanted)}",
            help=f"name the file: `{named['repository']}/FILE.safetensors`",
            place=place,
            exit_status=2,
        )
    return found


def read_adapter(text: str, module: nn.Module, names: Names, place: Place) -> AdapterFile:
    """The adapters of a file by the names of the module's layers. Raises RunError for a file that cannot be read, is no
    adapter, or holds anything else that the module has no layer for."""
    path = find_file(text, place)
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
    except (OSError, ValueError, SafetensorError) as e:
        raise RunError(
            "missing-file",
            f"{path} cannot be read: {str(e).splitlines()[0]}",
            help="an adapter is a .safetensors file",
            place=place,
            exit_status=2,
        ) from e
    layers = {n.replace(".base_layer", ""): m for n, m in module.named_modules() if hasattr(m, "weight")}
    parts, strange = parts_by_layer(list(tensors), names, list(layers))
    if strange or not parts:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        shown = f"{', '.join(strange[:3])}{more}" if strange else "nothing"
        raise RunError(
            "config-mismatch",
            f"{path} holds {shown}, which is no adapter of a layer of `{type(module).__name__}`",
            help="the adapter is of another network, or of a kind that is not read: LoRA and LoKr are",
            place=place,
        )
    stated = _stated_alpha(said, path, names)
    return AdapterFile(
        path, {n: _layer(n, p, tensors, layers[n], stated, path, place) for n, p in parts.items()}
    )


def _layer(
    name: str,
    parts: Mapping[str, str],
    tensors: Mapping[str, Tensor],
    layer: Any,
    stated: Mapping[str, Any],
    path: Path,
    place: Place,
) -> FileLayer:
    held = {part: tensors[k] for part, k in parts.items() if part != "alpha"}
    whole = {"lora_A", "lora_B"} == held.keys() or all(
        f"lokr_{w}" in held or {f"lokr_{w}_a", f"lokr_{w}_b"} <= held.keys() for w in ("w1", "w2")
    )
    if not whole:
        raise RunError(
            "config-mismatch",
            f"{path} holds a part of the adapter of `{name}` only: {', '.join(held)}",
            place=place,
        )
    rank = next((held[n].shape[0] for n in ("lora_A", "lokr_w2_b", "lokr_w1_b") if n in held), 0)
    alpha = float(tensors[parts["alpha"]]) if "alpha" in parts else stated.get("alpha")
    # two whole factors have no rank, and alpha means nothing there
    scale = alpha / (math.sqrt(rank) if stated.get("rslora") else rank) if alpha and rank else 1.0
    found = FileLayer(held, int(rank), float(scale))
    shape = getattr(layer, "weight").shape  # noqa: B009
    delta = _shape(held)
    if delta != (shape[0], math.prod(shape[1:])):
        raise RunError(
            "config-mismatch",
            f"the adapter of `{name}` in {path} is for a layer of {list(delta)}, and here it is {list(shape)}",
            help="the adapter is of another network",
            place=place,
        )
    return found


def _shape(held: Mapping[str, Tensor]) -> tuple[int, int]:
    if "lora_A" in held:
        return held["lora_B"].shape[0], held["lora_A"][0].numel()
    w1 = held["lokr_w1"].shape if "lokr_w1" in held else (len(held["lokr_w1_a"]), held["lokr_w1_b"].shape[1])
    w2 = held["lokr_w2"].shape if "lokr_w2" in held else (len(held["lokr_w2_a"]), held["lokr_w2_b"].shape[1])
    return int(w1[0] * w2[0]), int(w1[1] * w2[1])


def _stated_alpha(said: Mapping[str, str], path: Path, names: Names) -> dict[str, Any]:
    """Alpha where keys do not tell it: in diffusers' metadata, or in peft's config beside the file."""
    prefix = f"{names.component}."
    try:
        config: Any = json.loads(said.get("lora_adapter_metadata", "null"))
        if not isinstance(config, dict) and path.name == FILES[1] and (path.parent / CONFIG).is_file():
            config, prefix = json.loads((path.parent / CONFIG).read_text(encoding="utf-8")), ""
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict):
        return {}
    alpha = config.get(f"{prefix}lora_alpha", config.get(f"{prefix}alpha"))
    known = isinstance(alpha, (int, float)) and not isinstance(alpha, bool)
    return {"alpha": alpha if known else None, "rslora": config.get(f"{prefix}use_rslora") is True}


@torch.no_grad()
def merge_adapter(text: str, module: nn.Module, names: Names, place: Place) -> str:
    """Adds a file's adapters to the weights of a module in place, in float32; what there is to say. Raises RunError."""
    given = read_adapter(text, module, names, place)
    for name, layer in given.layers.items():
        weight: Tensor = getattr(module.get_submodule(name), "weight")  # noqa: B009
        weight.copy_(weight.float() + layer.delta().to(weight.device).view_as(weight))
    return f"adapters of {len(given.layers)} layers of {given.path} are merged into `{names.component}`"
