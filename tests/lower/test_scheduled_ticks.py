"""A process whose ticks are entries of a checkpoint's schedule: what the network is fed, at which levels a list of ticks
lies, and where a grid begins."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import lowering
import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn

from fdc.compiler.driver.pipeline import check
from fdc.compiler.program.process import Process
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.schedule import Schedule
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.weights.noise_schedules import LATENT_DIFFUSION, noise_schedule, table

PROCESS = "noisy = a*x0 + s*eps, predict = eps, ticks = net.schedule(s)"
SAMPLE = """graph sample(batch) {
    x ~ noise[small]
    for (t, next) in grid(4) {
      p = denoise(x, t, cond(batch))
      x = next.alpha*((x - t.sigma*p) / t.alpha) + next.sigma*p
    }
    return decode_video(x)
  }"""
BODY = """
  update student {
    x0 = student.clean(batch)
    t ~ pick(ticks([999, 500, 20.5, 0]))
    eps ~ noise[student]
    loss noise = mse(student.eps(student.noisy(x0, eps, t), t, student.cond(batch)), eps)
  }
  validate every 5 { sample = student.sample() }
"""
LINEAR = {"beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02, "num_train_timesteps": 50}
CONFIGS = {
    "latent diffusion": LATENT_DIFFUSION,
    "few ticks": LINEAR,
    "cosine": {"beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 100},
    "no signal at the end": {**LATENT_DIFFUSION, "rescale_betas_zero_snr": True},
}


class Listening(nn.Module):
    """Says half of its input, and keeps what it was fed."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.heard: list[Tensor] = []

    def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        self.heard.append(timestep)
        return self.scale * hidden_states


def typed(
    tmp_path: Path, process: str = PROCESS, body: str = BODY, net: str = "diffusers.Net"
) -> TypedProgram:
    text = lowering.FAMILY.replace("PROCESS", process).replace("SAMPLE", SAMPLE).replace("diffusers.Net", net)
    path = tmp_path / "try.fdl"
    path.write_text(
        text
        + lowering.PROGRAM.replace("ROLES", lowering.STUDENT)
        .replace(" FIELDS", "")
        .replace("BODY", f"{body}\n  {lowering.TRAIN}")
    )
    found = check(path)
    assert found.clean and found.programs, [d.message for d in found.diagnostics]
    return found.programs[0]


def process(tmp_path: Path, formula: str = PROCESS) -> Process:
    return typed(tmp_path, formula).roles["student"].family.process


@pytest.mark.parametrize("name", CONFIGS)
def test_ticks_are_entries_of_the_table(name: str, tmp_path: Path) -> None:
    config = CONFIGS[name]
    schedule = table(process(tmp_path), config)
    signal = DDIMScheduler(**config).alphas_cumprod.double()
    sigma = (1 - signal).sqrt()
    ticks = torch.arange(len(signal)).double()
    level = sigma / (sigma + signal.sqrt())
    assert torch.equal(schedule.ticks(level), ticks)
    assert (schedule.ticks(level.float()) - ticks).abs().max() < 2e-3
    assert [schedule.ticks(float(s)) for s in level] == ticks.tolist()
    assert torch.allclose(torch.tensor(schedule.at(ticks.tolist())).double(), level, atol=1e-7)
    assert schedule.ticks(0.0) == 0 and schedule.ticks(1.0) == len(signal) - 1
    assert 10 < schedule.ticks(float(level[10] + level[11]) / 2) < 11
    assert schedule.top == schedule.levels[-1] and schedule.levels == tuple(sorted(schedule.levels))
    with pytest.raises(ValueError, match="is none"):
        schedule.at([len(signal)])


@pytest.mark.parametrize("without", [(), ("fuse", "freeze", "share")], ids=["whole", "eager"])
def test_the_network_is_fed_the_ticks_that_are_asked_for(without: tuple[str, ...], tmp_path: Path) -> None:
    program = typed(tmp_path)
    _, module, _ = lowering.compiled(program, without=without)
    schedule = table(program.roles["student"].family.process, LATENT_DIFFUSION)
    net = Listening()
    student = lowering.role("student", net)
    student.schedule = schedule
    run = lowering.run({"student": student}, samples=4)
    losses = module.update_student(run, lowering.batch())
    picked = run.draws.integer("student.t", 0, 4)
    asked = torch.tensor([999.0, 500.0, 20.5, 0.0])[picked]
    torch.testing.assert_close(net.heard.pop(), asked, atol=0.02, rtol=0)
    signal = DDIMScheduler(**LATENT_DIFFUSION).alphas_cumprod
    sigma = (1 - signal).sqrt()
    level = sigma / (sigma + signal.sqrt())
    at = torch.stack([torch.lerp(level[int(k)], level[min(int(k) + 1, 999)], float(k % 1)) for k in asked])
    s = at / torch.hypot(at, 1 - at)
    given = lowering.batch()
    codec = lowering.Codec()
    mean, std = (c.view(-1, 1, 1, 1) for c in (codec.mean, codec.std))
    x0 = (codec.encode(given["video"]) - mean) / std  # type: ignore[arg-type]
    eps = run.draws.normal("student.eps", (4, 2, 2, 3))
    xt = (1 - s * s).sqrt().view(-1, 1, 1, 1, 1) * x0 + s.view(-1, 1, 1, 1, 1) * eps
    torch.testing.assert_close(losses["noise"], (0.5 * xt - eps).square().mean(), rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        made = module.sample(run, given)
    assert made.isfinite().all()
    assert net.heard[0].tolist() == [999.0] * 4
    assert len(net.heard) == 4 and all((a > b).all() for a, b in zip(net.heard, net.heard[1:], strict=False))


def test_a_class_of_the_familys_own_tells_its_ticks(tmp_path: Path) -> None:
    body = BODY.replace("pick(ticks([999, 500, 20.5, 0]))", "uniform(0.1, 0.9)")
    program = typed(tmp_path, PROCESS.replace("schedule", "from_sigma"), body, "python.Net")
    _, module, _ = lowering.compiled(program)
    net = Listening()
    net.from_sigma = lambda s: 7 * s  # type: ignore[assignment]
    holder = lowering.role("student", net)
    holder.net = Held(net)
    run = lowering.run({"student": holder}, samples=4)
    module.update_student(run, lowering.batch())
    level = 0.1 + 0.8 * run.draws.uniform("student.t")
    torch.testing.assert_close(net.heard[0], 7 * torch.sin(torch.atan2(level, 1 - level)))


class Held(SimpleNamespace):
    def __init__(self, module: nn.Module) -> None:
        super().__init__(module=module)

    def __call__(self, **inputs: Tensor) -> Tensor:
        made: Tensor = self.module(**inputs)
        return made


def test_where_a_schedule_comes_from(tmp_path: Path) -> None:
    role = typed(tmp_path).roles["student"]
    place = (tmp_path / "try.fdl", 3)
    none, there = SimpleNamespace(folder=None), SimpleNamespace(folder=tmp_path)
    assert noise_schedule(role, none, place) == table(role.family.process, LATENT_DIFFUSION)  # type: ignore[arg-type]
    with pytest.raises(RunError, match="takes its ticks from the schedule of its checkpoint") as caught:
        noise_schedule(role, there, place)  # type: ignore[arg-type]
    assert caught.value.code == "missing-file"
    (tmp_path / "scheduler").mkdir()
    file = tmp_path / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps({"_class_name": "DDPMScheduler", **LINEAR}))
    found = noise_schedule(role, there, place)  # type: ignore[arg-type]
    assert isinstance(found, Schedule) and len(found.levels) == 50
    file.write_text("{")
    with pytest.raises(RunError, match="cannot be read"):
        noise_schedule(role, there, place)  # type: ignore[arg-type]


def test_whole_ticks_keep_their_derivative_by_the_level() -> None:
    schedule = Schedule((0.1, 0.2, 0.4, 0.8))
    levels = torch.tensor([0.2, 0.3, 0.4, 0.7], dtype=torch.float64)
    ticks, slopes = torch.func.jvp(schedule.ticks, (levels,), (torch.ones_like(levels),))
    torch.testing.assert_close(ticks, torch.tensor([1.0, 1.5, 2.0, 2.75], dtype=torch.float64))
    assert torch.equal(ticks[[0, 2]], torch.tensor([1.0, 2.0], dtype=torch.float64))
    steepness = {0.1: 10.0, 0.2: 5.0, 0.4: 2.5}  # of the pieces that begin there
    assert slopes[1] == pytest.approx(5.0) and slopes[3] == pytest.approx(2.5)
    for slope, beside in ((slopes[0], (0.1, 0.2)), (slopes[2], (0.2, 0.4))):
        assert any(slope == pytest.approx(steepness[piece]) for piece in beside)
