"""An adapter written to a file, in one of the layouts."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ....contracts.networks.adapter_files import FILES
from ....contracts.networks.adapter_keys import Names, key
from .layers import AdapterLayer, adapter_layers, last_part


def file_name(layout: str, role: str, component: str | None) -> str:
    """The name that diffusers looks for, and one that tells adapters of other tools apart."""
    part = f"_{component}" if component is not None else ""
    return FILES[0] if layout == "diffusers" else f"{role}{part}_{layout}.safetensors"


def write_adapter(
    path: Path, module: nn.Module, names: Names, layout: str, dtype: torch.dtype | None
) -> None:
    """Writes the adapters of a module, beside those of other components that the file holds already.

    Rank, alpha and the layers stand in the header, under `fdc`, and as kohya's tools name them.
    """
    layers = adapter_layers(module)
    tensors = load_file(path) if path.exists() else {}
    for name, layer in layers.items():
        tensors |= _keys(name, layer, names, layout, dtype)
    ranks, alphas = {a.rank for a in layers.values()}, {a.alpha for a in layers.values()}
    rank, alpha = max(ranks), max(alphas)
    about = {"rank": rank, "alpha": alpha, "layers": len(layers), "layout": layout}
    header = {"format": "pt", "fdc": json.dumps(about)}
    if layout == "kohya":
        header |= {
            "ss_network_module": "networks.lora",
            "ss_network_dim": str(rank),
            "ss_network_alpha": f"{alpha:g}",
        }
    save_file(tensors, path, metadata=header)


def _keys(
    name: str, layer: AdapterLayer, names: Names, layout: str, dtype: torch.dtype | None
) -> dict[str, Tensor]:
    """One layer. kohya's layout says alpha, where its factors have a rank; otherwise what the product is multiplied by
    goes into the last factor, so that no reader needs to know of it."""
    last = last_part(layer.tensors)
    stated = layout == "kohya" and last == "lora_B"
    found = {}
    for part, tensor in layer.tensors.items():
        value = tensor.detach().float().cpu()
        if part == last and not stated:
            value = value * (layer.alpha / layer.rank)
        found[key(layout, names, name, part)] = value.to(dtype or tensor.dtype).contiguous()
    if layout == "kohya":
        alpha = layer.alpha if stated else float(layer.rank)
        found[key(layout, names, name, "alpha")] = torch.tensor(alpha)
    return found
