"""Sizes, dims, functions and constants in what components are handed, in graphs and in Python, against plain torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from lowering import embed
from observers import SEEN, STUDENT, Seeing, agree, at_time, normalised
from observers import role as plain_role
from torch import Tensor, nn

from fdc.compiler.driver.pipeline import check
from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.weights.load_roles import Registry, load_roles

FAMILY = SEEN.replace(
    "timestep = t.ticks", "timestep = sqrt(t.ticks)*x.t*H/4*net.factor + log(net.config.offset)"
).replace(
    "graph cond(batch) { return encode_text(batch.prompt) }",
    'graph cond(batch) { return encode_text(select(H > F, "large", batch.prompt)) }',
)
BODY = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = x0.t*x0.c*mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }"""


class Scaled(Seeing):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.factor = 3.0
        self.config = {"offset": 2.5}


def make() -> dict[str, Any]:
    return {"student": plain_role("student", LoadedComponent("net", Scaled(1)))}


def by_hand(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    student = roles["student"]
    x0, c = normalised(given["video"], student.vae), embed(["large"] * 4)["embeds"]
    t = 0.1 + 0.8 * run.draws.uniform("student.t")
    s, eps = at_time(t), run.draws.normal("student.eps", (4, 2, 2, 3))
    fed = (1000 * t).sqrt() * 2 * 16 / 4 * 3.0 + torch.tensor(2.5).log()
    said = student.net.module(hidden_states=(1 - s) * x0 + s * eps, timestep=fed, encoder_hidden_states=c)
    return 2 * 4 * (said - (eps - x0)).square().mean()


def test_sizes_functions_and_constants_reach_the_component(tmp_path: Path) -> None:
    agree(tmp_path, BODY, make, by_hand, STUDENT, family=FAMILY)


def test_a_constant_may_be_a_buffer_of_the_module() -> None:
    module = nn.Module()
    module.register_buffer("latents_mean", torch.tensor([0.5, -1.0], dtype=torch.float64))
    loaded = LoadedComponent("vae", module)
    found = loaded.buffer("latents_mean", axis=1, ndim=3)
    assert isinstance(found, Tensor) and found.dtype == torch.float32 and found.shape == (1, 2, 1)
    with pytest.raises(RunError, match="`vae` holds no constant `latents_std`"):
        loaded.buffer("latents_std", axis=1, ndim=3)


def test_a_part_of_what_a_module_returns() -> None:
    class Layers(nn.Module):
        def forward(self, x: Tensor) -> dict[str, Any]:
            return {"hidden_states": (x, 2 * x, 3 * x), "last_hidden_state": 4 * x}

    loaded, x = LoadedComponent("encoder", Layers()), torch.ones(2, 3)
    assert torch.equal(loaded.output("", ("hidden_states", -2), x=x), 2 * x)
    assert [float(h[0, 0]) for h in loaded.outputs("", ("hidden_states",), x=x)] == [1, 2, 3]
    with pytest.raises(RunError, match=r"what `encoder` returns has no `.hidden_states\[3\]`"):
        loaded.output("", ("hidden_states", 3), x=x)


def test_python_reads_sizes_of_its_role(tmp_path: Path) -> None:
    text = """import mini
program p {
  sizes { F = 4, H = 16, W = 24 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("clips", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }
  update student { loss a = mean(square(student.velocity(student.clean(batch), sigmas([0.0])[0], student.cond(batch)))) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 1, batch = 2 }
}
"""
    (tmp_path / "p.fdl").write_text(text)
    (program,) = check(tmp_path / "p.fdl").programs
    found = load_roles(program.roles, Registry(), allow_python=False, device=torch.device("cpu"))["student"]
    assert dict(found.sizes) == {"F": 4, "H": 16, "W": 24, "t": 4, "h": 8, "w": 12}
