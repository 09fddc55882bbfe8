"""Sound to the logarithm of its mel spectrum, as LTX-2's audio codec was trained on it."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

WINDOW = 1024
"""Samples of a window of the short-time transform."""

LEAST = 1e-5
"""Silence, before the logarithm."""


def log_mel(sound: Tensor, rate: int, hop: int, bins: int) -> Tensor:
    """Samples [b, 2, N] to [b, 2, N/hop + 1, bins]: magnitudes of a Hann window's transform, centred and mirrored at the
    ends, in mel bands of equal area (Slaney's scale and norm).
    """
    b, channels, samples = sound.shape
    window = torch.hann_window(WINDOW, device=sound.device)
    found = torch.stft(
        sound.float().reshape(b * channels, samples),
        WINDOW,
        hop_length=hop,
        window=window,
        center=True,
        pad_mode="reflect",
        return_complex=True,
    ).abs()
    mel = torch.einsum("nft,fm->ntm", found, _bands(rate, bins).to(found.device))
    return mel.clamp(min=LEAST).log().unflatten(0, (b, channels))


@cache
def _bands(rate: int, bins: int) -> Tensor:
    from transformers.audio_utils import mel_filter_bank

    bank = mel_filter_bank(WINDOW // 2 + 1, bins, 0.0, rate / 2, rate, norm="slaney", mel_scale="slaney")
    return torch.from_numpy(bank).float()
