"""Schedules and grids that a process states are those of diffusers' schedulers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler
from diffusers.schedulers import EDMEulerScheduler

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.program.process import Process, sigma_of_level
from fdc.stages import schedules

LATENT_DIFFUSION = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
TABLE = "noisy = a*x0 + s*eps, predict = eps, schedule = betas(scaled_linear, 0.00085, 0.012, 1000)"
FLOW = "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s"
EDM = "noisy = x0 + s*eps, predict = x0, ticks = s, range = [0.002, 80]"
RULES = {
    "leading": "[ticks(1 + 1000//n*(n - 1 - i)) for i in 0 .. n]",
    "trailing": "[ticks((1000*(n - i) + n//2)//n - 1) for i in 0 .. n]",
    "linspace": "[ticks(999 - 999*i/max(n - 1, 1)) for i in 0 .. n]",
    "twice": "[shifted(1 - (1 - shifted(0.001, shift))*i/max(n - 1, 1), shift) for i in 0 .. n]",
    "karras": "[(80**(1/7) + i/max(n - 1, 1)*(0.002**(1/7) - 80**(1/7)))**7 for i in 0 .. n]",
}
FAMILY = """
family own {
  sizes { H = 8*m, W = 8*n }
  component net = diffusers.Net { trainable }
  component vae = diffusers.Codec { dtype = f32 }
  space image = f32[b, 4, h = H/8, w = W/8] from vae { normalize = z * vae.config.scaling_factor }
  process p { PROCESS }
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[image] by vae.encode(x = image)
  stage denoise : denoise(x: noisy[image], t: time[b]) -> predict[image] by net(sample = x, timestep = t.ticks)
  stage decode_image : decode(x0: clean[image]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_image(batch.image) }
  graph uncond(batch) { return encode_image(batch.image) }
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch) { return decode_image(clean(batch)) }
}
program p {
  sizes { H = 64, W = 64 }
  role model = own("checkpoints/own")
  data images = folder("data/images") { image: pixels[b, 3, H, W] }
  produce out = model.sample(batch) to shards("out") { fields = [image], count = 1 }
}
"""


def process(text: str) -> Process:
    found = check_source(Source("own.fdl", FAMILY.replace("PROCESS", text)), Path("own.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    return found.programs[0].roles["model"].family.process


@pytest.mark.parametrize("zero_snr", [False, True])
def test_a_table_is_the_scheduler_s(zero_snr: bool) -> None:
    found = torch.tensor(schedules.levels(0.00085, 0.012, 1000, 2, zero_snr), dtype=torch.float64)
    signal = DDIMScheduler(**LATENT_DIFFUSION, rescale_betas_zero_snr=zero_snr).alphas_cumprod.double()
    torch.testing.assert_close(
        found, (1 - signal).sqrt() / ((1 - signal).sqrt() + signal.sqrt()), rtol=0, atol=1e-6
    )


def test_entries_and_levels_are_each_other_s_inverse() -> None:
    table = (0.00085, 0.012, 1000, 2, 0)
    entries = torch.tensor([0.0, 1.0, 20.0, 499.0, 981.0, 999.0])
    levels = schedules.entry_level(entries, *table)
    assert torch.equal(schedules.entry_of(levels, *table), entries)
    for entry, level in zip(entries.tolist(), levels.tolist()):
        assert schedules.entry_of(level, *table) == entry
        assert schedules.entry_level(entry + 0.4, *table) == pytest.approx(level, abs=1e-7)
    between = torch.tensor([0.5], requires_grad=True)
    schedules.entry_of(between, *table).backward()
    assert between.grad is not None and between.grad > 0


@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
@pytest.mark.parametrize("steps", [4, 20, 30, 50])
def test_grids_of_a_table(spacing: str, steps: int) -> None:
    own = process(f"{TABLE}, grid(n) = {RULES[spacing]}")
    scheduler = EulerDiscreteScheduler(**LATENT_DIFFUSION, timestep_spacing=spacing, steps_offset=1)
    scheduler.set_timesteps(steps)
    assert own.table is not None
    entries = [schedules.entry_of(float(s), *own.table.numbers) for s in own.grid_levels(steps)[:-1]]
    assert entries == pytest.approx(scheduler.timesteps.tolist(), abs=2e-3)


@pytest.mark.parametrize("steps", [1, 2, 28])
def test_a_grid_that_is_shifted_twice(steps: int) -> None:
    own = process(f"{FLOW}, shift = 3.0, grid(n) = {RULES['twice']}")
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(steps)
    assert [float(s) for s in own.grid_levels(steps)] == pytest.approx(scheduler.sigmas.tolist(), abs=1e-6)


@pytest.mark.parametrize("steps", [2, 18])
def test_the_grid_of_karras(steps: int) -> None:
    own = process(f"{EDM}, grid(n) = {RULES['karras']}")
    scheduler = EDMEulerScheduler(sigma_min=0.002, sigma_max=80.0)
    scheduler.set_timesteps(steps)
    found = [sigma_of_level("edm", s) for s in own.grid_levels(steps)]
    assert found == pytest.approx(scheduler.sigmas.tolist(), rel=1e-5, abs=1e-9)
