"""Low-rank adapters, through peft: only the adapters are trained, and an export has them merged into the
weights.

W' = W + (alpha / rank) * B A with B = 0 at the start (Hu et al., LoRA, 2021).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..base.errors import Place, RunError
from ..base.settings import LoraSettings

ADAPTER = "default"


def inject(module: nn.Module, settings: LoraSettings, place: Place) -> None:
    """Puts adapters into a module in place, and marks them as what is trained.

    Without `targets` every linear layer inside the class's repeated blocks gets one. Weights stay in float32.
    Raises RunError if peft is not there, or a target names no layer.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError:
        raise RunError(
            "missing-file",
            "`lora` needs the package peft, which is not installed",
            help='pip install "fdc[lora]"',
            place=place,
            exit_status=2,
        ) from None
    targets = settings.targets or sorted(_linear_layers(module))
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.rank if settings.alpha is None else settings.alpha,  # type: ignore[arg-type]
        lora_dropout=settings.dropout,
        target_modules=list(targets),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(type(module).__name__.encode()))
        try:
            inject_adapter_in_model(config, module, adapter_name=ADAPTER)
        except ValueError as e:
            raise RunError("bad-setting", f"no adapter can be put in: {e}", place=place) from e
    trained = frozenset(n for n, p in module.named_parameters() if p.requires_grad)
    object.__setattr__(module, "fdc_trained", trained)


def _linear_layers(module: nn.Module) -> Iterator[str]:
    blocks = set(getattr(module, "_repeated_blocks", None) or ())
    roots = [n for n, m in module.named_modules() if type(m).__name__ in blocks] or [""]
    for root in roots:
        for name, part in module.get_submodule(root).named_modules():
            if isinstance(part, nn.Linear):
                yield f"{root}.{name}" if root else name


def adapted(module: nn.Module) -> bool:
    return hasattr(module, "fdc_trained")


def plain_weights(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Saved tensors under the names that the class gives them, adapters left out."""
    for name, tensor in module.state_dict().items():
        parts = name.split(".")
        if not any(p.startswith("lora_") for p in parts):
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
