"""Adapters in the layers of a network, through peft: they alone are trained.

W' = W + (alpha / rank) * B A with B = 0 at the start (Hu et al., LoRA, 2021); for LoKr the product of A and B is a
Kronecker product of two factors, each of which may be of low rank itself (Yeh et al., LyCORIS, 2024).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ....contracts.networks.adapter_keys import Names
from ...base.errors import Place, RunError
from ...base.settings import LokrSettings, LoraSettings
from .read_file import AdapterFile, read_adapter
from .targets import chosen_layers

ADAPTER = "default"
PARTS = ("lora_", "lokr_")
"""Beginnings of the names of an adapter's parts in peft."""


@dataclass(frozen=True)
class AdapterLayer:
    """What an adapter holds of one layer: its tensors by their names in peft, `lora_A` say, and alpha / rank."""

    tensors: Mapping[str, Tensor]
    rank: int
    alpha: float


def inject(
    module: nn.Module, settings: LoraSettings | LokrSettings, names: Names, place: Place
) -> tuple[str, ...]:
    """Puts adapters into a module in place, and marks them as what is trained.

    Without `targets` every linear layer inside the class's repeated blocks gets one, or those that the file of `start`
    has. Weights stay in float32. Gives what is worth saying. Raises RunError if peft is not there, a target names no
    layer, or the file is another network's or of another rank.
    """
    try:
        import peft
    except ImportError:
        raise RunError(
            "missing-file",
            f"`{settings.kind}` needs the package peft, which is not installed",
            help='pip install "fdc[lora]"',
            place=place,
            exit_status=2,
        ) from None
    given = read_adapter(settings.start, module, names, place) if settings.start is not None else None
    if given is not None and settings.targets is None:
        targets = sorted(given.layers)
    else:
        targets = chosen_layers(module, settings.targets, names, place)
    alpha = settings.rank if settings.alpha is None else settings.alpha
    config: Any
    if isinstance(settings, LoraSettings):
        config = peft.LoraConfig(
            r=settings.rank,
            lora_alpha=alpha,  # type: ignore[arg-type]
            lora_dropout=settings.dropout,
            target_modules=targets,
        )
    else:
        config = peft.LoKrConfig(
            r=settings.rank,
            alpha=alpha,  # type: ignore[arg-type]
            decompose_factor=settings.factor or -1,
            target_modules=targets,
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(type(module).__name__.encode()))
        try:
            peft.inject_adapter_in_model(config, module, adapter_name=ADAPTER)
        except ValueError as e:
            raise RunError("bad-setting", f"no adapter can be put in: {e}", place=place) from e
    trained = frozenset(n for n, p in module.named_parameters() if p.requires_grad)
    object.__setattr__(module, "fdc_trained", trained)
    return _start(module, given, alpha, place) if given is not None else ()


@torch.no_grad()
def _start(module: nn.Module, given: AdapterFile, alpha: float, place: Place) -> tuple[str, ...]:
    """Fills new adapters with those of a file, so that the network says what it says with the file.

    A file's own alpha / rank goes into the last factor, and the program's comes out of it.
    """
    news = []
    layers = adapter_layers(module)
    left_out = sorted(set(given.layers) - set(layers))
    if left_out:
        raise RunError(
            "config-mismatch",
            f"{given.path} adapts {_some(left_out)}, which `targets` leaves out",
            help="leave `targets` out: the layers of the file are taken then",
            place=place,
        )
    for name, layer in layers.items():
        there = given.layers.get(name)
        if there is None:
            continue
        here = {n: tuple(t.shape) for n, t in layer.tensors.items()}
        found = {n: tuple(t.shape) for n, t in there.tensors.items()}
        if here != found:
            raise RunError(
                "config-mismatch",
                f"`{name}` has an adapter of rank {there.rank} in {given.path}"
                if here.keys() == found.keys() and there.rank not in (0, layer.rank)
                else f"`{name}` has an adapter of other parts in {given.path}: {_shapes(found)} there, {_shapes(here)} here",
                help=f"write `rank = {there.rank}`" if there.rank not in (0, layer.rank) else None,
                place=place,
            )
        scale = there.scale / (layer.alpha / layer.rank)
        for part, tensor in layer.tensors.items():
            last = part == last_part(layer.tensors)
            tensor.copy_(there.tensors[part] * (scale if last else 1.0))
    new = len(set(layers) - set(given.layers))
    news.append(
        f"adapters of {len(given.layers)} layers come from {given.path}" + (f", {new} are new" if new else "")
    )
    stated = sorted({round(there.scale * there.rank, 6) for there in given.layers.values() if there.rank})
    if stated and stated != [round(alpha, 6)]:
        news.append(
            f"alpha is {', '.join(f'{a:g}' for a in stated[:3])} in {given.path} and {alpha:g} here; the adapters are "
            "rescaled, so that the network begins as the file says"
        )
    return tuple(news)


def _shapes(parts: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{n} {list(shape)}" for n, shape in sorted(parts.items()))


def _some(names: list[str]) -> str:
    return ", ".join(f"`{n}`" for n in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def adapted(module: nn.Module) -> bool:
    return any(hasattr(m, "get_delta_weight") for m in module.modules())


def adapter_layers(module: nn.Module) -> dict[str, AdapterLayer]:
    """The adapters of a module by the names that its class gives the layers."""
    found = {}
    for name, part in module.named_modules():
        if not hasattr(part, "get_delta_weight"):
            continue
        tensors: dict[str, Tensor] = {}
        for kind in part.adapter_layer_names:
            holder = getattr(part, str(kind), None)
            if holder is not None and str(kind).startswith(PARTS) and ADAPTER in holder:
                value: Any = holder[ADAPTER]
                tensors[str(kind)] = value.weight if hasattr(value, "weight") else value
        found[name] = AdapterLayer(tensors, int(part.r[ADAPTER]), float(_alpha(part)))
    return found


def _alpha(part: Any) -> float:
    return float(part.scaling[ADAPTER]) * int(part.r[ADAPTER])


def last_part(names: Mapping[str, object]) -> str:
    """The factor that carries what an adapter is scaled by: of each product there is one such."""
    return next(n for n in ("lora_B", "lokr_w2_b", "lokr_w2") if n in names)


def plain_weights(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Saved tensors under the names that the class gives them, adapters left out."""
    for name, tensor in module.state_dict().items():
        parts = name.split(".")
        if not any(p.startswith(PARTS) for p in parts):
            yield ".".join(p for p in parts if p != "base_layer"), tensor


@torch.no_grad()
def merged(module: nn.Module) -> dict[str, Tensor]:
    """`plain_weights` with each adapter added to its layer; the module itself stays as it is."""
    found = dict(plain_weights(module))
    for name, part in module.named_modules():
        if hasattr(part, "get_delta_weight"):
            key = f"{name}.weight"
            delta = part.get_delta_weight(ADAPTER)
            found[key] = found[key] + delta.to(found[key].dtype)
    return found
