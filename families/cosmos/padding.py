"""diffusers resizes a mask of padding by torchvision; without that package the network would fail at its first call."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from diffusers.models.transformers import transformer_cosmos
from torch import Tensor
from torch.nn.functional import interpolate


def resize_without_torchvision() -> None:
    """Where torchvision is not installed, its one function that the network calls: the nearest pixel of a mask."""
    if hasattr(transformer_cosmos, "transforms"):
        return
    transformer_cosmos.transforms = SimpleNamespace(
        functional=SimpleNamespace(resize=nearest), InterpolationMode=SimpleNamespace(NEAREST="nearest")
    )


def nearest(mask: Tensor, size: Sequence[int], interpolation: str = "nearest") -> Tensor:
    """A mask [1, 1, H, W] at another size."""
    return interpolate(mask.float(), size=tuple(size), mode=interpolation).to(mask.dtype)
