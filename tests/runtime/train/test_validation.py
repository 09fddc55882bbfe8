"""Validation leaves training as it was, by hash; what it writes can be looked at."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from toys import ALTERNATE, role, training

from fdc.compiler.program.averaging import Averaging
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.waves import read_wave, wave_rate
from fdc.compiler.runtime.train.resume import snapshot
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step
from fdc.compiler.runtime.train.validation import (
    pixels_of,
    sound_of,
    undisturbed,
    write_samples,
)


class Norm(nn.Module):
    """Has what validation could disturb: dropout, and statistics that a pass in training mode moves."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.drop, self.last = (
            nn.Linear(4, 4),
            nn.BatchNorm1d(4),
            nn.Dropout(0.5),
            nn.Linear(4, 4),
        )

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.last(self.drop(self.norm(self.first(input))))
        return found


def toy() -> Training:
    torch.manual_seed(5)
    return training(
        ALTERNATE, roles=[role("student", 0, module=Norm()), role("critic", 1)], averages=[("student", 0.9)]
    )


def state_hash(t: Training) -> str:
    """Of weights, buffers, optimizers, averages, gradients, modes and every global random state."""
    digest = hashlib.sha256()

    def add(name: str, value: object) -> None:
        if isinstance(value, torch.Tensor):
            value = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        digest.update(repr((name, value)).encode())

    for group, tensors in sorted(snapshot(t).tensors.items()):
        for name, tensor in sorted(tensors.items()):
            add(f"{group}/{name}", tensor)
    for name, r in t.roles.items():
        for part, module in r.modules():
            for key, tensor in module.state_dict().items():
                add(f"{name}.{part}.{key}", tensor)
            add("modes", [m.training for m in module.modules()])
        for key, p in r.named_parameters():
            add(f"{key}.wants", p.requires_grad)
            add(f"{key}.grad", p.grad)
    add("torch", torch.get_rng_state())
    add("numpy", [str(part) for part in np.random.get_state()] + [np.random.get_state()[1].tobytes()])
    add("python", random.getstate())
    return digest.hexdigest()


def sample(t: Training) -> torch.Tensor:
    """What a careless sampler does: forward passes, and draws from every global generator."""
    x = torch.randn(3, 4) + random.random() + float(np.random.rand())
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    found: torch.Tensor = t.roles["student"].net(input=x)
    assert not found.requires_grad and not t.roles["student"].net.module.training
    return found


def test_training_is_the_same_after_validation_as_before() -> None:
    t = toy()
    one_step(t)
    one_step(t)
    for p in t.roles["student"].parameters():
        p.grad = torch.ones_like(p)
    before = state_hash(t)
    with undisturbed(t.roles):
        sample(t)
        assert state_hash(t) != before, "the hash would see a disturbance"
    assert state_hash(t) == before


def test_it_is_the_same_when_validation_fails() -> None:
    t = toy()
    one_step(t)
    before = state_hash(t)
    with pytest.raises(ZeroDivisionError), undisturbed(t.roles):
        sample(t)
        raise ZeroDivisionError
    assert state_hash(t) == before


def test_training_with_validation_is_bitwise_training_without() -> None:
    alone, watched = toy(), toy()
    for _ in range(4):
        one_step(alone)
        one_step(watched)
        with undisturbed(watched.roles):
            sample(watched)
    assert {n: v.tolist() for n, v in snapshot(alone).tensors["student.weights"].items()} == {
        n: v.tolist() for n, v in snapshot(watched).tensors["student.weights"].items()
    }


def test_averaged_weights_are_shown_without_touching_the_live_ones() -> None:
    t = toy()
    for _ in range(4):
        one_step(t)
    before = state_hash(t)
    averaged: Role = t.averages["student", Averaging(0.9)].role
    x = torch.ones(2, 4)
    with undisturbed(t.roles):
        live, shown = t.roles["student"].net(input=x), averaged.net(input=x)
    assert not torch.equal(live, shown)
    assert state_hash(t) == before


# what is written


def frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_clips_become_films_a_sheet_and_captions(tmp_path: Path) -> None:
    clips = [torch.linspace(-1, 1, 3 * 5 * 16 * 16).reshape(3, 5, 16, 16)] * 2
    sheet = write_samples(tmp_path / "step-5", torch.stack(clips), ["a red circle", "ein Würfel"], 8)
    assert sorted(p.name for p in (tmp_path / "step-5").iterdir()) == [
        "00.mp4",
        "01.mp4",
        "captions.txt",
        "sheet.png",
    ]
    assert frames(tmp_path / "step-5" / "00.mp4") == 5
    assert "01 ein Würfel" in (tmp_path / "step-5" / "captions.txt").read_text(encoding="utf-8")
    with Image.open(sheet) as image:
        assert image.width > 2 * 5 * 16


def test_single_frames_become_pictures(tmp_path: Path) -> None:
    write_samples(tmp_path, torch.zeros(1, 3, 16, 24), ["grey"], 8)
    with Image.open(tmp_path / "00.png") as image:
        assert image.size == (24, 16) and image.getpixel((3, 3)) == (128, 128, 128)


def test_pixels_that_are_not_finite_are_a_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        write_samples(tmp_path, torch.full((1, 3, 16, 16), float("nan")), ["a red circle"], 8)
    assert caught.value.code == "non-finite" and "a red circle" in caught.value.message


@pytest.mark.parametrize("shape", [(2, 3, 16, 16), (2, 3, 5, 16, 16)])
def test_pixels_are_found_with_or_without_a_wave(shape: tuple[int, ...]) -> None:
    pixels = torch.rand(shape)
    wave = torch.rand(2, 2, 100)
    for made in (pixels, (pixels, wave), (wave, pixels)):
        found = pixels_of(made)
        assert found is not None and found.shape[:2] == (2, 3) and found.ndim == 5
    assert sound_of((pixels, wave)) is wave and sound_of(pixels) is None and pixels_of(wave) is None


def test_sound_becomes_waves(tmp_path: Path) -> None:
    sound = torch.linspace(-1.5, 1, 2 * 2 * 100).view(2, 2, 100)
    assert write_samples(tmp_path, sound, ["low", "high"], 8, 8000) == tmp_path
    assert sorted(p.name for p in tmp_path.iterdir()) == ["00.wav", "01.wav", "captions.txt"]
    assert wave_rate(tmp_path / "01.wav") == 8000
    back = read_wave(tmp_path / "01.wav", 2, 100, 8000, 0)
    assert torch.allclose(back, sound[1].clamp(-1, 1), atol=1e-4)
    with pytest.raises(RunError, match="`low` is not finite"):
        write_samples(tmp_path, sound.clone().fill_(float("inf")), ["low"], 8)
