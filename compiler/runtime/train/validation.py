"""Samples made while training, which leave training as it was: weights, random states, modes, gradients."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..api.components import Role
from ..base.errors import RunError
from ..base.media import contact_sheet, to_uint8, write_mp4, write_png


@contextmanager
def undisturbed(roles: Mapping[str, Role]) -> Iterator[None]:
    """Puts back module modes, gradients and the global random states of Python, numpy and torch."""
    modules = [m for role in roles.values() for _, root in role.modules() for m in root.modules()]
    modes = [m.training for m in modules]
    gradients = [(p, p.grad) for role in roles.values() for p in role.parameters()]
    python, array, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        for m in modules:
            m.training = False
        with torch.no_grad():
            yield
    finally:
        for m, mode in zip(modules, modes):
            m.training = mode
        for p, grad in gradients:
            p.grad = grad
        random.setstate(python)
        np.random.set_state(array)
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)


def pixels_of(made: Any) -> Tensor:
    """The pixels [b, 3, F, H, W] of what a family's `sample` gives: pixels, or pixels and a wave."""
    pixels: Tensor = made[0] if isinstance(made, (tuple, list)) else made
    return pixels if pixels.ndim == 5 else pixels.unsqueeze(2)


def _shown(clip: Tensor, caption: str) -> Tensor:
    try:
        return to_uint8(clip)
    except ValueError:
        raise RunError(
            "non-finite",
            f"the sample for `{caption}` is not finite, so it cannot be shown",
            help="lower the learning rate or clip; the checkpoints before this step are kept",
        ) from None


def write_samples(folder: Path, clips: Sequence[Tensor], captions: Sequence[str], rate: float) -> Path:
    """One mp4 (or png) for each clip [3, F, H, W], and a contact sheet of all; gives the sheet's path."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = [_shown(clip, caption) for clip, caption in zip(clips, captions)]
    for i, clip in enumerate(shown):
        if len(clip) == 1:
            write_png(folder / f"{i:02d}.png", clip[0])
        else:
            write_mp4(folder / f"{i:02d}.mp4", clip, rate)
    (folder / "captions.txt").write_text(
        "".join(f"{i:02d} {c}\n" for i, c in enumerate(captions)), encoding="utf-8"
    )
    sheet = folder / "sheet.png"
    contact_sheet(sheet, {"": shown}, captions)
    return sheet
