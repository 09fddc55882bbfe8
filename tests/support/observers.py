"""A toy family whose network shows its hidden tensors, with one gradient of an update in plain torch to compare with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from lowering import FAMILY, Net, batch, compiled, embed, role, run, typed
from torch import Tensor, nn

from fdc.compiler.passes.pass_list import PASSES
from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.api.run_context import Run

SEEN = FAMILY.replace("family toy", "family seen").replace(
    "  stage decode_video",
    """  stage layers : feature(x: noisy[small], t: time[b], c: text) -> [f32[b, 4, 2, 2, 3]]
    by net.features(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_video""",
)
"""Its sizes are those of `lowering.PROGRAM`: latents [b, 4, 2, 2, 3]."""

STUDENT = (
    'role student = seen("one") { train = full, precision = f32 }\n  optimize student = adamw(lr = 1e-4)'
)
TEACHER = 'role teacher = seen("two") { precision = f32 }'
HEADS = """
family judging {
  component judge = python.Judge { trainable }
  stage head : head(h: [f32[b, c, f, h, w]], t: time[b]) -> logit(real) by judge(h = h, t = t.sigma)
}
"""
"""Judges on hidden tensors of any family: nothing but a head."""

JUDGE = 'role judge = judging("three") { train = full, precision = f32 }\n  optimize judge = adamw(lr = 1e-4)'
ONE_BY_ONE = tuple(PASSES)
"""Every pass left out: each op as the program writes it."""


class Seeing(Net):
    """The toy network, which shows what it has in its middle and at its end."""

    def features(self, **given: Tensor) -> list[Tensor]:
        x = given["hidden_states"]
        return [torch.einsum("oc,bcthw->bothw", self.weight, x).tanh(), self(**given)]


class Judge(nn.Module):
    """A number for each sample [b, 1] of hidden tensors of four channels, and of how noisy they are."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(4, generator=generator))
        self.time = nn.Parameter(torch.randn(4, generator=generator))

    def forward(self, h: list[Tensor], t: Tensor) -> Tensor:
        assert t.shape == (len(h[0]),)
        seen = torch.stack([x.mean((2, 3, 4)) for x in h]).sum(0)
        return ((seen + self.time * t[:, None]).tanh() * self.weight).sum(1, keepdim=True)


def judging(name: str, seed: int) -> SimpleNamespace:
    return SimpleNamespace(name=name, judge=LoadedComponent("judge", Judge(seed)))


def seeing(name: str, seed: int, trained: bool) -> SimpleNamespace:
    """A role of `seen`."""
    return role(name, LoadedComponent("net", Seeing(seed).requires_grad_(trained)))


def gradients(
    roles: Mapping[str, Any], module: Any, update: str = "student"
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The losses of an update, and the gradients of all parameters that collect some, as `role.component.path`."""
    (chosen,) = [u for u in module.UPDATES if u.name == update]
    losses = dict(chosen.losses(run(roles), batch()))
    return {n: v.detach() for n, v in losses.items()}, collected(roles, sum(losses.values()))


def collected(roles: Mapping[str, Any], loss: Any) -> dict[str, Tensor]:
    named = {
        f"{r}.{c}.{n}": p
        for r, held in roles.items()
        for c, part in vars(held).items()
        if isinstance(part, LoadedComponent)
        for n, p in part.module.named_parameters()
    }
    for p in named.values():
        p.grad = None
    loss.backward()
    return {n: p.grad.clone() for n, p in named.items() if p.grad is not None}


def agree(
    folder: Path,
    body: str,
    make: Callable[[], Mapping[str, Any]],
    by_hand: Callable[[Run, Mapping[str, Any], dict[str, Any]], Tensor],
    roles: str,
    update: str = "student",
    family: str = SEEN,
    methods: str = "",
    ways: Collection[Collection[str]] = ((), ONE_BY_ONE),
) -> dict[str, Tensor]:
    """Compares the gradients of an update, as all passes leave it and with every op by itself, with those of a loss in plain
    torch, to 1e-6 of the largest; gives the gradients. `by_hand(run, roles, batch)` is that loss."""
    program = typed(folder, body, roles, family=family, methods=methods)
    held = make()
    wanted = collected(held, by_hand(run(held), held, dict(batch())))
    for without in ways:
        held = make()
        _, found = gradients(held, compiled(program, without)[1], update)
        assert found.keys() == wanted.keys(), without
        for name, gradient in wanted.items():
            assert gradient.abs().max() > 0, name
            assert (found[name] - gradient).abs().max() <= 1e-6 * max(1.0, float(gradient.abs().max())), (
                name,
                without,
            )
    return wanted


def at_time(s: Tensor, rank: int = 5) -> Tensor:
    """Noise levels [b] beside latents."""
    return s.view(-1, *[1] * (rank - 1))


def normalised(pixels: Tensor, codec: Any) -> Tensor:
    """What `clean(batch)` gives of the toy codec."""
    return (codec.encode(pixels) - codec.mean.view(1, 4, 1, 1, 1)) / codec.std.view(1, 4, 1, 1, 1)


def text(given: Mapping[str, Any]) -> Tensor:
    return embed(given["prompt"])["embeds"]
