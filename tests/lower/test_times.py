"""Times that are computed: what a network is asked at equals the same made of the draws by hand in torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lowering import FAMILY, Codec, Net, batch, compiled, role, run, typed
from torch import Tensor

from fdc.compiler.runtime.random.streams import Streams

BODY = """update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
    a ~ uniform(0, 1)
    d ~ uniform(0.2, 0.9)
    u ~ uniform(0, 1)
    k ~ pick(0 .. 4)
    listed = shifted(ticks([900, 500]), 1 + step/2)
    t = TIME
    eps ~ noise[student]
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, c), student.target(x0, eps, t))
  }"""


def kept(x: Tensor, low: float, high: float) -> Tensor:
    return x.clamp(low, high)


def shift(s: Any, by: Any) -> Any:
    return by * s / (1 + (by - 1) * s)


LISTED = [shift(s, 2.5) for s in (0.9, 0.5)]
"""What `listed` is at step 3."""
Made = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
TIMES: dict[str, Made] = {
    "clamp(a, d.sigma, 1)": lambda a, d, u, k: torch.maximum(a, d),
    "clamp(a, 0.25, d)": lambda a, d, u, k: torch.minimum(a.clamp(min=0.25), d),
    "clamp(a, 0.3, 0.6)": lambda a, d, u, k: kept(a, 0.3, 0.6),
    "clamp(listed[0], a, 1)": lambda a, d, u, k: a.clamp(min=LISTED[0]),
    "max(a, d)": lambda a, d, u, k: torch.maximum(a, d),
    "min(a, d)": lambda a, d, u, k: torch.minimum(a, d),
    "min(0.5, a)": lambda a, d, u, k: a.clamp(max=0.5),
    "max(listed[1], a)": lambda a, d, u, k: a.clamp(min=LISTED[1]),
    "select(u < 0.5, a, d)": lambda a, d, u, k: torch.where(u < 0.5, a, d),
    "select(step > 2, listed[0], listed[1])": lambda a, d, u, k: torch.full((4,), LISTED[0]),
    "level((1 - u)*a + u*d)": lambda a, d, u, k: (1 - u) * a + u * d,
    "level(clamp(a + 0.3, 0, 1))": lambda a, d, u, k: kept(a + 0.3, 0, 1),
    "level(1 - k/4)": lambda a, d, u, k: 1 - k / 4,
    "level(min(1, step/10))": lambda a, d, u, k: torch.full((4,), 0.3),
    "level(0.25)": lambda a, d, u, k: torch.full((4,), 0.25),
    "shifted(a, 1 + u)": lambda a, d, u, k: shift(a, 1 + u),
    "[a, d][k % 2]": lambda a, d, u, k: torch.where(k % 2 == 0, a, d),
    "[level(0.25), a][step % 2]": lambda a, d, u, k: a,
    "shifted([a, d], 1 + step)[1]": lambda a, d, u, k: shift(d, 4.0),
    "listed[step % 2]": lambda a, d, u, k: torch.full((4,), LISTED[1]),
    "listed[step // 8]": lambda a, d, u, k: torch.full((4,), LISTED[0]),
}


@pytest.mark.parametrize("time", TIMES)
def test_a_computed_time(time: str, tmp_path: Path) -> None:
    at = run({}, step=3)
    draws = at.draws
    a, d, u = (draws.uniform(f"student.{name}") for name in "adu")
    wanted = TIMES[time](a, 0.2 + 0.7 * d, u, draws.integer("student.k", 0, 4))
    torch.testing.assert_close(asked_at(BODY.replace("TIME", time), tmp_path), wanted)


def asked_at(body: str, folder: Path) -> Tensor:
    """The noise levels at which the network is asked, [b]."""
    seen: list[Tensor] = []

    class Seeing(Net):
        def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            seen.append(timestep / 1000)
            return super().forward(hidden_states, timestep, encoder_hidden_states)

    _, module, _ = compiled(typed(folder, body))
    made = module.update_student(run({"student": role("student", Seeing(1))}, step=3), batch())
    assert made["flow"].isfinite()
    return seen[0]


CUT = {
    "truncated(uniform(0, 1), 0.2, 0.5)": (0.2, 0.5),
    "truncated(shifted(uniform(0, 1), 5.0), 0, 0.875)": (0.0, 0.875),
    "truncated(shifted(uniform(0, 1), 5.0), 0.875, 1)": (0.875, 1.0),
    "truncated(logit_normal(-0.4, 1.0), 0.3, 0.6)": (0.3, 0.6),
    "truncated(shifted(logit_normal(0.5, 1.0), 3.0), 0.5, 0.9)": (0.5, 0.9),
    "truncated(truncated(uniform(0, 1), 0.1, 0.7), 0.4, 1)": (0.4, 0.7),
    "shifted(truncated(uniform(0, 1), 0.1, 0.5), 1.0)": (0.1, 0.5),
}
PARENTS: dict[str, Callable[[Streams], Tensor]] = {
    "truncated(uniform(0, 1), 0.2, 0.5)": lambda s: s.uniform("x"),
    "truncated(shifted(uniform(0, 1), 5.0), 0, 0.875)": lambda s: shift(s.uniform("x"), 5.0),
    "truncated(shifted(uniform(0, 1), 5.0), 0.875, 1)": lambda s: shift(s.uniform("x"), 5.0),
    "truncated(logit_normal(-0.4, 1.0), 0.3, 0.6)": lambda s: (s.normal("x") - 0.4).sigmoid(),
    "truncated(shifted(logit_normal(0.5, 1.0), 3.0), 0.5, 0.9)": lambda s: shift(
        (s.normal("x") + 0.5).sigmoid(), 3.0
    ),
    "truncated(truncated(uniform(0, 1), 0.1, 0.7), 0.4, 1)": lambda s: s.uniform("x"),
    "shifted(truncated(uniform(0, 1), 0.1, 0.5), 1.0)": lambda s: s.uniform("x"),
}
MANY = 4000


@pytest.mark.parametrize("distribution", CUT)
def test_a_cut_distribution_is_that_of_the_draws_between_its_ends(distribution: str, tmp_path: Path) -> None:
    """Against rejection: no draw lies outside, and the two empirical distributions are alike."""
    low, high = CUT[distribution]
    body = BODY.replace("t = TIME", f"t ~ {distribution}")
    levels: list[Tensor] = []

    class Seeing(Net):
        def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            levels.append(timestep / 1000)
            return hidden_states

    _, module, _ = compiled(typed(tmp_path, body))
    given = batch(1)
    many = {"prompt": given["prompt"] * MANY, "video": given["video"].expand(MANY, -1, -1, -1, -1)}  # type: ignore[operator,attr-defined]
    module.update_student(run({"student": role("student", Seeing(1))}, samples=MANY), many)
    drawn = levels[0].sort().values
    assert drawn[0] >= low - 1e-6 and drawn[-1] <= high + 1e-6
    parent = PARENTS[distribution](Streams(9, 1, tuple(range(20 * MANY))))
    rejected = parent[(parent >= low) & (parent <= high)].sort().values
    at = torch.linspace(low, high, 50)
    shares = [torch.searchsorted(x, at) / len(x) for x in (drawn, rejected)]
    assert (
        shares[0] - shares[1]
    ).abs().max() < 0.04  # Kolmogorov and Smirnov's bound at these sizes is 0.035


def test_a_cut_draw_is_a_function_of_its_address() -> None:
    """The same for other rows at hand, and on an array of either kind."""
    together = Streams(5, 2, tuple(range(40))).normal_between("site", -0.5, 1.5)
    alone = Streams(5, 2, (7,)).normal_between("site", -0.5, 1.5)
    assert (
        together[7] == alone[0]
        and (together != Streams(5, 3, tuple(range(40))).normal_between("site", -0.5, 1.5)).any()
    )
    tail = Streams(5, 2, tuple(range(40))).normal_between("site", 3.0, 64.0)
    assert tail.min() >= 3 and tail.isfinite().all() and len(tail.unique()) == 40


ENDS = {
    "vp": (
        "noisy = a*x0 + s*eps, predict = eps, ticks = 1000*s, range = [0, 0.96]",
        0.96 / (0.96 + 0.28),
        1.0,
    ),
    "exploding": ("noisy = x0 + s*eps, predict = x0, ticks = 1000*s, range = [0.002, 24]", 0.96, 24.0),
    "exploding without a range": ("noisy = x0 + s*eps, predict = x0, ticks = 1000*s", 80 / 81, 80.0),
}
SAMPLER = """graph sample(batch) {
    c = cond(batch)
    z ~ noise[small]
    (first, _) = grid(3)[0]
    x = SCALE*z
    for (t, next) in grid(3) {
      x0 = NETWORK
      x = next.alpha*x0 + next.sigma*(x - t.alpha*x0)/t.sigma
    }
    return decode_video(x)
  }"""


@pytest.mark.parametrize("name", ENDS)
def test_a_grid_begins_at_the_top_of_its_process(name: str, tmp_path: Path) -> None:
    """A network that guesses 0.5 everywhere: the first input is noise of the top's sigma, the sample is the guess."""
    process, top, scale = ENDS[name]
    vp = name == "vp"
    sampler = SAMPLER.replace("SCALE", "1" if vp else "first.sigma")
    sampler = sampler.replace(
        "NETWORK", "(x - t.sigma*denoise(x, t, c))/t.alpha" if vp else "denoise(x, t, c)"
    )
    body = BODY.replace("t = TIME", "t ~ uniform(0.1, 0.9)").replace(
        "listed = shifted(ticks([900, 500]), 1 + step/2)", ""
    )
    body += '\n  validate every 5 { sample = student.sample(), prompts = "p.txt" }'
    family = FAMILY.replace("SAMPLE", sampler)
    _, module, _ = compiled(typed(tmp_path, body, process=process, family=family))
    inputs: list[Tensor] = []
    fed: list[float] = []

    def net(hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        sigma = timestep.view(-1, 1, 1, 1, 1) / 1000
        inputs.append(hidden_states)
        fed.append(float(sigma[0, 0, 0, 0, 0]))
        guess = torch.full_like(hidden_states, 0.5)
        return (hidden_states - (1 - sigma**2).sqrt() * guess) / sigma if vp else guess

    at = run({"student": role("student", net)})
    made = module.sample(at, batch())
    torch.testing.assert_close(inputs[0], scale * at.draws.normal("validate.sample.z", inputs[0].shape[1:]))
    levels = [top * (1 - i / 3) for i in range(3)]
    read = [s / (1 - s) if not vp else s / (s * s + (1 - s) ** 2) ** 0.5 for s in levels]
    assert fed == pytest.approx(read, rel=1e-5)
    guess = torch.full_like(inputs[0], 0.5) * Codec.std.view(-1, 1, 1, 1) + Codec.mean.view(-1, 1, 1, 1)
    torch.testing.assert_close(made, Codec().decode(guess), rtol=1e-4, atol=1e-4)
