"""Checkpoints of one file, with the names of tensors under which a network was published, through diffusers' converters.

Such a file may hold one component or several; it has no config, so that the family's stands for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ..base.errors import Place, RunError
from . import component_classes
from .component_classes import Kind


def converts(kind: Kind) -> bool:
    """Whether diffusers knows published checkpoints of a class."""
    from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES

    return kind.configured and kind.name.rpartition(".")[2] in SINGLE_FILE_LOADABLE_CLASSES


def holds(kind: Kind, config: Mapping[str, object], path: Path, component: str, place: Place) -> bool:
    """Whether a file holds a component, by its header alone. Raises RunError for a file that cannot be read, or that holds
    the component in part, or in other shapes than the family says."""
    found = header(path, place)
    wanted = _shapes(kind, config)
    given = {k: tuple(t.shape) for k, t in converted(kind, config, found, wanted).items()}
    common = wanted.keys() & given.keys()
    if 2 * len(common) < len(wanted):
        return False
    missing = sorted(wanted.keys() - common)
    other = sorted(k for k in common if wanted[k] != given[k])
    if missing or other:
        told = [f"missing: {', '.join(missing[:3])}"] if missing else []
        told += [
            f"{k} is {list(given[k])} in the file, and {list(wanted[k])} by the family" for k in other[:8]
        ]
        raise RunError(
            "config-mismatch",
            f"what {path} holds is no `{component}` of this family",
            help="name the variant that the file is",
            place=place,
            facts=tuple(told),
        )
    return True


def header(path: Path, place: Place) -> dict[str, Tensor]:
    """The tensors of a file without their values. Raises RunError for one that cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:
            slices = {k: file.get_slice(k) for k in file.keys()}  # noqa: SIM118
            return {
                k: torch.empty(s.get_shape(), dtype=_DTYPES.get(s.get_dtype(), torch.uint8), device="meta")
                for k, s in slices.items()
            }
    except (OSError, ValueError, SafetensorError) as e:
        raise RunError(
            "missing-file",
            f"{path} cannot be read: {str(e).splitlines()[0]}",
            help="a checkpoint of one file is a .safetensors file",
            place=place,
            exit_status=2,
        ) from e


_DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""What safetensors calls those that weights are read from; all others stand for bytes."""


def _shapes(kind: Kind, config: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"), component_classes.quiet():
        model: nn.Module = component_classes.build(kind, config)
    return {k: tuple(t.shape) for k, t in model.state_dict().items()}


def converted(
    kind: Kind, config: Mapping[str, object], found: dict[str, Tensor], wanted: Mapping[str, object]
) -> dict[str, Tensor]:
    """Tensors under the names of the class; those of a file that has them already as they are. Converters raise anything
    for what is no such checkpoint: nothing is known of it then."""
    if wanted.keys() <= found.keys():
        return found
    from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES

    table: Any = SINGLE_FILE_LOADABLE_CLASSES
    convert = table[kind.name.rpartition(".")[2]]["checkpoint_mapping_fn"]
    try:
        return dict(convert(config=dict(config), checkpoint=found))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError, StopIteration):
        return {}


def read(
    kind: Kind, config: Mapping[str, object], path: Path, dtype: torch.dtype, component: str, place: Place
) -> nn.Module:
    """The component of a file that `holds` it, its weights as `dtype`, but for those that its class keeps in float32.
    Raises RunError."""
    with tempfile.TemporaryDirectory() as folder, component_classes.quiet():
        with torch.device("meta"):
            component_classes.build(kind, config).save_config(folder)
        try:
            model: nn.Module = kind.cls.from_single_file(str(path), config=folder, local_files_only=True)
        except component_classes.UNREADABLE as e:
            raise RunError(
                "missing-file",
                f"component `{component}` cannot be read from {path}: {str(e).strip().splitlines()[0]}",
                place=place,
                exit_status=2,
            ) from e
    kept = component_classes.float32_parts(model)
    for name, tensor in model.named_parameters():
        if tensor.is_floating_point() and kept & set(name.split(".")):
            tensor.data = tensor.data.float()
    component_classes.store(model, dtype)
    return model
