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

from ...base.terminal import printable
from ..api.components import Role
from ..base.errors import RunError
from ..base.media.clips_and_images import to_uint8, write_mp4, write_png
from ..base.media.contact_sheet import contact_sheet
from ..base.media.waves import write_wav


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


SOUND_RATE = 24000
"""Samples of sound a second where the data does not say."""


def pixels_of(made: Any) -> Tensor | None:
    """The pixels [b, 3, F, H, W] of what a family's `sample` gives, images as clips of one frame; None where it gives
    sound alone."""
    found = next((m for m in _media(made) if m.ndim in (4, 5)), None)
    return found.unsqueeze(2) if found is not None and found.ndim == 4 else found


def sound_of(made: Any) -> Tensor | None:
    """The sound [b, channels, samples] of what a family's `sample` gives; None where it gives none."""
    return next((m for m in _media(made) if m.ndim == 3), None)


def _media(made: Any) -> tuple[Tensor, ...]:
    return tuple(made) if isinstance(made, (tuple, list)) else (made,)


def _shown(clip: Tensor, caption: str) -> Tensor:
    try:
        return to_uint8(clip)
    except ValueError:
        raise _not_finite(caption) from None


def _not_finite(caption: str) -> RunError:
    return RunError(
        "non-finite",
        f"the sample for `{caption}` is not finite, so it cannot be shown",
        help="lower the learning rate or clip; the checkpoints before this step are kept",
    )


def write_samples(
    folder: Path, made: Any, captions: Sequence[str], rate: float, sound_rate: int = SOUND_RATE
) -> Path:
    """What `sample` gave for each caption: an mp4 (or png), a wav, and a contact sheet; gives the sheet's path, or the
    folder of sound alone."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels, sound = pixels_of(made), sound_of(made)
    shown = [_shown(clip, caption) for clip, caption in zip(pixels, captions)] if pixels is not None else []
    for i, clip in enumerate(shown):
        if len(clip) == 1:
            write_png(folder / f"{i:02d}.png", clip[0])
        else:
            write_mp4(folder / f"{i:02d}.mp4", clip, rate)
    for i, (heard, caption) in enumerate(zip(sound, captions)) if sound is not None else ():
        _write_sound(folder / f"{i:02d}.wav", heard, caption, sound_rate)
    (folder / "captions.txt").write_text(
        "".join(f"{i:02d} {printable(c)}\n" for i, c in enumerate(captions)), encoding="utf-8"
    )
    if not shown:
        return folder
    sheet = folder / "sheet.png"
    contact_sheet(sheet, {"": shown}, captions)
    return sheet


def _write_sound(path: Path, sound: Tensor, caption: str, rate: int) -> None:
    try:
        write_wav(path, sound, rate)
    except ValueError:
        raise _not_finite(caption) from None
