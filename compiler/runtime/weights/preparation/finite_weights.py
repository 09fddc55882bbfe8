"""Weights that are no numbers, found before a step is spent on them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ...base.errors import Place, RunError

NAMED = 3


def require_finite(what: str, tensors: Mapping[str, Tensor], source: str, place: Place | None = None) -> None:
    """Raises RunError that names the first tensors that hold NaN or infinity. `what` are the weights, in words, and
    `source` is where they were read from."""
    bad = [name for name, tensor in tensors.items() if not _finite(tensor)]
    if not bad:
        return
    more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
    raise RunError(
        "non-finite",
        f"{what} are not finite in {source}: {', '.join(bad[:NAMED])}{more} of {len(tensors)} tensors",
        help="the file was written by a run that diverged, or is damaged: use an earlier one",
        place=place,
    )


def _finite(tensor: Tensor) -> bool:
    """NaN and infinity show in the least and the greatest, which are found in one pass and no memory."""
    if not tensor.is_floating_point() or not tensor.numel() or tensor.element_size() == 1:
        return True
    least, greatest = torch.aminmax(tensor.detach())
    return bool(torch.isfinite(least) & torch.isfinite(greatest))
