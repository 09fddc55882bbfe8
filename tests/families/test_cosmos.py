"""What is silently wrong of Cosmos elsewhere, and is told or held here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.base.errors import RunError
from fdc.families.cosmos import binding as predict2
from fdc.families.cosmos1_video import binding as predict1

GIVEN = torch.zeros(2, 1, 3, 4, 4, dtype=torch.bool)
GIVEN[:, :, 0] = True
SIZES = {"t": 3, "H": 32, "W": 32}


class Network:
    """Keeps what it is given, and says 7 everywhere."""

    def __call__(self, **inputs: Any) -> Tensor:
        self.given = inputs
        return torch.full_like(inputs["hidden_states"], 7.0)


def asked(binding: Any, level: Tensor) -> tuple[Network, Tensor, Tensor, Tensor]:
    network = Network()
    random = torch.Generator().manual_seed(0)
    x, first = (torch.randn(2, 16, 3, 4, 4, generator=random) for _ in range(2))
    c = {"embeds": torch.zeros(2, 4, 8), "first": first, "given": GIVEN}
    said = binding.denoise(SimpleNamespace(transformer=network, sizes=SIZES), x, level, c)
    return network, x, first, said


def test_given_frames_have_a_time_of_their_own_and_stay_as_they_are() -> None:
    level = torch.tensor([0.25, 0.75])
    network, x, first, said = asked(predict2, level)
    assert network.given["timestep"].shape == (2, 1, 3, 1, 1)
    assert network.given["timestep"].flatten().tolist() == pytest.approx(
        [1e-4, 0.25, 0.25, 1e-4, 0.75, 0.75], rel=1e-3
    )
    assert network.given["padding_mask"].shape == (1, 1, 32, 32) and not network.given["padding_mask"].any()
    assert torch.equal(network.given["hidden_states"][:, :, 0], first[:, :, 0])
    clean = x - level.view(-1, 1, 1, 1, 1) * said
    torch.testing.assert_close(clean[:, :, 0], first[:, :, 0])
    assert (said[:, :, 1:] == 7).all()


def test_given_frames_of_predict1_have_noise_laid_over_until_they_are_as_noisy_as_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(predict1, "noise_like", torch.randn_like)  # comparisons with diffusers take none
    sigma = torch.tensor([5.0, 0.0005])
    network, x, first, said = asked(predict1, sigma / (1 + sigma))
    handed = network.given["hidden_states"]
    laid_over = handed[0, :, 0] * (predict1.AUGMENT**2 + 0.25) ** 0.5 - first[0, :, 0]
    assert float(laid_over.std()) == pytest.approx(predict1.AUGMENT, rel=0.2)
    torch.testing.assert_close(handed[1, :, 0], x[1, :, 0] / (0.0005**2 + 0.25) ** 0.5)
    assert network.given["timestep"].tolist() == pytest.approx(
        [0.25 * float(s.log()) for s in sigma], rel=1e-3
    )
    root = (sigma[0] ** 2 + 0.25).sqrt()
    clean = 0.25 / root**2 * x[0, :, 0] + 0.5 * sigma[0] / root * said[0, :, 0]
    torch.testing.assert_close(clean, first[0, :, 0], rtol=1e-4, atol=1e-4)
    assert (said[1] == 7).all()


def test_constants_of_frames_are_those_of_the_first() -> None:
    config = SimpleNamespace(mean=[float(n) for n in range(12)], short=[0.0] * 4)
    vae = LoadedComponent("vae", SimpleNamespace(config=config))
    mean = vae.constant("mean", 1, 5, frames=(3, 2, 2))
    assert mean.shape == (1, 3, 2, 1, 1)
    assert mean.flatten().tolist() == [0.0, 1.0, 4.0, 5.0, 8.0, 9.0]
    with pytest.raises(RunError, match="holds 12 numbers") as e:
        vae.constant("mean", 1, 5, frames=(3, 5, 2))
    assert e.value.code == "config-mismatch"
    with pytest.raises(RunError, match="holds 4 numbers"):
        vae.constant("short", 1, 5, frames=(3, 1, 2))
