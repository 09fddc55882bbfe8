"""HunyuanVideo 1.5 with a second time: what it says leads from one time to another, and it trains to."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import family_trials
import pytest
import torch
from diffusers import HunyuanVideo15Transformer3DModel
from lowering import loaded
from references.clips import hunyuan15
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams
from fdc.stages.times import grid

PROGRAM = """import hunyuan15
program p {
  sizes { F = 9, H = 32, W = 32 }
  role student = hunyuan15.tiny_mean("CHECKPOINT") { train = full, precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }

  graph both(batch) {
    t ~ uniform(0.5, 1)
    r ~ uniform(0, 0.5)
    eps ~ noise[student]
    x = student.noisy(student.clean(batch), eps, t)
    c = student.cond(batch)
    return (x, c, student.predict(x, t, r, c))
  }

  ## MeanFlow (Geng et al., 2025, algorithm 1): the velocity at one time for half of the samples, its mean for the others.
  update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
    a ~ uniform(0, 1)
    d ~ uniform(0, 1)
    u ~ uniform(0, 1)
    t = max(a, d)
    r = select(u < 0.5, t, min(a, d))
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    du = jvp(student.predict(xt, t, r, c), along = t)
    goal = student.target(x0, eps, t) - (t.sigma - r.sigma)*du
    loss mean = mse(student.predict(xt, t, r, c), stop(goal))
    loss straight = mse(student.predict(xt, t, t, c), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 100, batch = 2 }
  produce said = both(batch) to shards("said") { fields = [x, c, said], count = 2, batch = 2 }
  produce samples = student.sample(batch, steps = 3) to shards("samples") { fields = [sample], count = 2, batch = 2 }
}
"""


def typed(checkpoint: Path) -> TypedProgram:
    """A program on a checkpoint whose network has a second time."""
    torch.set_num_threads(1)
    pipeline = hunyuan15.pipeline()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        config = {n: v for n, v in pipeline.transformer.config.items() if n[0] != "_"}
        pipeline.transformer = HunyuanVideo15Transformer3DModel(**{**config, "use_meanflow": True}).eval()
    pipeline.save_pretrained(checkpoint)
    found = check_source(
        Source("p.fdl", PROGRAM.replace("CHECKPOINT", str(checkpoint))), Path("p.fdl").absolute()
    )
    assert found.clean, [d.message for d in found.diagnostics]
    return found.programs[0]


def said(
    network: HunyuanVideo15Transformer3DModel, x: Tensor, t: Tensor, r: Tensor, c: dict[str, Tensor]
) -> Tensor:
    """The class called with tensors: latents, those of given frames, their mask; ticks of both times."""
    found: Tensor = network(
        hidden_states=torch.cat([x, torch.zeros_like(x), torch.zeros_like(x[:, :1])], dim=1),
        timestep=1000 * t,
        timestep_r=1000 * r,
        encoder_hidden_states=c["embeds"],
        encoder_attention_mask=c["attend"],
        encoder_hidden_states_2=c["glyphs"],
        encoder_attention_mask_2=c["attend_glyphs"],
        image_embeds=torch.zeros(len(x), 5, 12),
    ).sample
    return found


@pytest.mark.slow
def test_it_says_what_the_class_says_and_samples_by_it(tmp_path: Path) -> None:
    program = typed(tmp_path)
    plan, roles = loaded(compile(program, "test").text), family_trials.roles_of(program)
    network = HunyuanVideo15Transformer3DModel.from_pretrained(tmp_path / "transformer").eval()
    batch = family_trials.batch_of(program, hunyuan15.QUOTES)
    with torch.no_grad():
        asked = family_trials.asked(hunyuan15.CASE, plan, roles, batch, "said")
        c = {n.removeprefix("c."): v for n, v in asked.made.items() if n.startswith("c.")}
        t, r = 0.5 + 0.5 * asked.drawn["t"][0], 0.5 * asked.drawn["r"][0]
        wanted = said(network, asked.made["x"], t, r, c)
        assert family_trials.difference(asked.made["said"], wanted) <= 1e-4
        assert family_trials.difference(said(network, asked.made["x"], t, t, c), wanted) > 1e-3, (
            "it reads `r`"
        )
        with family_trials.decoded([roles["student"].vae.held]) as made:
            asked = family_trials.asked(hunyuan15.CASE, plan, roles, batch, "samples")
        x = asked.noise()
        for start, end in pairwise(grid(3, 5.0)):
            x = x + (end - start) * said(network, x, torch.full((2,), start), torch.full((2,), end), c)
    assert family_trials.difference(torch.cat(made[0]) * hunyuan15.FACTOR, x) <= 1e-4


@pytest.mark.slow
def test_mean_flow_trains_it_and_reaches_the_second_time(tmp_path: Path) -> None:
    program = typed(tmp_path)
    plan, roles = loaded(compile(program, "test").text), family_trials.roles_of(program)
    batch = family_trials.batch_of(program, hunyuan15.QUOTES)
    (update,) = plan.UPDATES
    optimizer = torch.optim.AdamW(list(roles["student"].parameters()), lr=2e-3)
    losses, reached = [], set()
    for step in range(60):
        draws = Streams(3, step % 10, (0, 1))
        found = update.losses(Run(roles, step, draws, 2, family_trials.CPU), batch)
        assert found["mean"].isfinite(), "its goal moves with it: it need not fall"
        optimizer.zero_grad()
        (1e-3 * found["mean"] + found["straight"]).backward()
        reached |= {
            n for n, p in roles["student"].named_parameters() if p.grad is not None and bool(p.grad.any())
        }
        optimizer.step()
        losses.append(float(found["straight"].detach()))
    second = {n for n, _ in roles["student"].named_parameters() if "timestep_embedder_r" in n}
    assert len(second) == 4 and second <= reached
    fallen = torch.tensor(losses[:10]) - torch.tensor(losses[-10:])
    assert fallen.mean() > 3 * fallen.std() / 10**0.5, losses
