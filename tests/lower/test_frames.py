"""Numbers and noise for each frame and each chunk of frames: drawn, lined up with latents by the name of their axis, and
averaged over; losses and gradients as in plain torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lowering import BACK, FAMILY, Codec, batch, compiled, embed, role, run, typed
from torch import Tensor, nn

FRAMES = 4
PER_FRAME = FAMILY.replace("t: time[b], c: text", "t: time[b, t], c: text").replace("SAMPLE", BACK)
FRAMES_FIRST = PER_FRAME.replace("f32[b, 4, t = (F - 1)/4 + 1,", "f32[b, t = (F - 1)/4 + 1, 4,").replace(
    "(z - vae.config.latents_mean) / vae.config.latents_std", "z / 2"
)
PROCESSES = {
    "flow": "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s",
    "vp": "noisy = a*x0 + s*eps, predict = eps, ticks = 1000*s",
    "edm": "noisy = x0 + s*eps, predict = x0, ticks = 1000*s",
}
READ: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "flow": lambda s: (1 - s, s),
    "vp": lambda s: (torch.cos(torch.atan2(s, 1 - s)), torch.sin(torch.atan2(s, 1 - s))),
    "edm": lambda s: (torch.ones_like(s), s / (1 - s)),
}


class FrameNet(nn.Module):
    """Sees its latents, the time of each frame, and text. `axis` is that of frames."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(4, 4, generator=generator) * 0.5)
        self.time = nn.Parameter(torch.tensor(1e-3))
        self.axis = axis

    def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        assert timestep.shape == (len(hidden_states), hidden_states.shape[self.axis])
        spread = timestep.view(len(timestep), *(-1 if k == self.axis else 1 for k in range(1, 5)))
        axes = "bcthw" if self.axis == 2 else "btchw"
        mixed = torch.einsum(f"oc,{axes}->{axes.replace('c', 'o')}", self.weight, hidden_states)
        return mixed.tanh() + self.time * spread + encoder_hidden_states.mean()


UPDATE = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9) per SCOPE
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    w = exp(-2*square(t.sigma - 0.5))
    p = student.predict(xt, t, c)
    loss plain = mse(p, student.target(x0, eps, t), weight = w)
    loss frames = mean(w*huber(student.x0(xt, t, c), x0, delta = 0.1, per = frame))
    loss sized = mean(l1(p, student.target(x0, eps, t), per = sample) / mean(mean(abs(p), per = frame), per = sample))
    loss chosen = mse(select(t.sigma > 0.5, p, stop(p)), student.target(x0, eps, t))
  }"""


class FramesFirst(Codec):
    def encode(self, x: Tensor) -> Tensor:
        return super().encode(x).transpose(1, 2)


def drawn(scope: str) -> Tensor:
    """The levels [4 samples, 4 frames] that the update draws."""
    chunk = int(scope.removeprefix("chunk(").removesuffix(")")) if "chunk" in scope else 1
    u = run({}).draws.uniform("student.t", (FRAMES // chunk,))
    return 0.1 + 0.8 * u.repeat_interleave(chunk, 1)


@pytest.mark.parametrize("without", [(), ("fuse",)])
@pytest.mark.parametrize("layout", ["channels first", "frames first"])
@pytest.mark.parametrize(("scope", "process"), [("frame", "flow"), ("chunk(2)", "vp"), ("chunk(4)", "edm")])
def test_losses_and_gradients_are_those_of_plain_torch(
    scope: str, process: str, layout: str, without: tuple[str, ...], tmp_path: Path
) -> None:
    first = layout == "frames first"
    axis, family = (1, FRAMES_FIRST) if first else (2, PER_FRAME)
    program = typed(
        tmp_path,
        UPDATE.replace("SCOPE", scope),
        process=PROCESSES[process],
        family=family,
        frames=4 * (FRAMES - 1) + 1,
    )
    _, module, text = compiled(program, without)
    net, given = FrameNet(axis), batch(frames=4 * (FRAMES - 1) + 1)
    student = role("student", net)
    student.vae = FramesFirst() if first else Codec()
    at = run({"student": student})
    losses = module.update_student(at, given)
    found = torch.autograd.grad(sum(losses.values()), list(net.parameters()))

    s = drawn(scope)
    t = s.view(4, 1, FRAMES, 1, 1) if not first else s.view(4, FRAMES, 1, 1, 1)
    alpha, sigma = READ[process](t)
    z = student.vae.encode(given["video"])
    x0 = z / 2 if first else (z - Codec.mean.view(-1, 1, 1, 1)) / Codec.std.view(-1, 1, 1, 1)
    eps = at.draws.normal("student.eps", tuple(x0.shape[1:]))
    xt = alpha * x0 + sigma * eps
    text_ = embed(list(given["prompt"]))["embeds"]  # type: ignore[call-overload]
    p = net(xt, 1000 * READ[process](s)[1], text_)
    target = {"flow": eps - x0, "vp": eps, "edm": x0}[process]
    clean = {"flow": xt - sigma * p, "vp": (xt - sigma * p) / alpha, "edm": p}[process]
    w = torch.exp(-2 * (sigma - 0.5) ** 2)
    over = [k for k in range(1, 5) if k != axis]
    distance = (clean - x0).abs()
    near = distance.clamp(max=0.1)
    wanted = {
        "plain": (w * (p - target) ** 2).mean(),
        "frames": (w.flatten(1) * (near * (distance - near / 2)).mean(over)).mean(),
        "sized": ((p - target).abs().mean((1, 2, 3, 4)) / p.abs().mean(over).mean(1)).mean(),
        "chosen": ((torch.where(sigma > 0.5, p, p.detach()) - target) ** 2).mean(),
    }
    torch.testing.assert_close(losses, wanted)
    exact = torch.autograd.grad(sum(wanted.values()), list(net.parameters()))
    for g, e in zip(found, exact, strict=True):
        torch.testing.assert_close(g, e)
    assert ("fused_" in text) == (not without)
