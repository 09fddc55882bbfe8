"""Training steps of small programs, emitted and run in this process: no files, no checkpoints of families."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
import torch
from lowering import Net, compiled, typed
from lowering import role as of_parts
from torch import Tensor, nn
from toys import ADAMW

from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.settings import AdamSettings, TrainSettings
from fdc.compiler.runtime.data.prefetch import Repeated
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.train import carried, optimizers
from fdc.compiler.runtime.train.training import Trained, Training
from fdc.compiler.runtime.train.training_step import one_step


class ToyRole(SimpleNamespace):
    """A role of the toy family whose network trains."""

    net: nn.Module
    idle: Mapping[str, str] = MappingProxyType({})

    def parameters(self) -> Iterator[nn.Parameter]:
        return self.net.parameters()

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        return self.net.named_parameters()


class Clips:
    """Clips at random, each a function of its position."""

    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        found = []
        for p in positions:
            generator = torch.Generator().manual_seed(p)
            found.append(torch.rand(3, 5, 16, 24, generator=generator) * 2 - 1)
        return {"prompt": [f"a clip {'x' * (p % 5)}" for p in positions], "video": torch.stack(found)}

    def names(self, positions: Sequence[int]) -> list[str]:
        return [f"clip {p}" for p in positions]

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        return dict(batch)

    def left_out(self) -> tuple[str, ...]:
        return ()


def training(
    program: TypedProgram,
    nets: Mapping[str, nn.Module] | None = None,
    without: Collection[str] = (),
    data: Clips | None = None,
    **settings: Any,
) -> Training:
    """The training of a program that `lowering.typed` gave, at its first step."""
    _, module, _ = compiled(program, without)
    asked = TrainSettings.model_validate({**program.settings["train"], **settings})
    roles: dict[str, Any] = {}
    for k, name in enumerate(program.roles):
        net = (nets or {}).get(name) or Net(k + 1)
        roles[name] = ToyRole(**vars(of_parts(name, net)), trained=("net",))
    trained = {}
    for name, typed_role in program.roles.items():
        if typed_role.optimizer is not None:
            given = AdamSettings.model_validate({**ADAMW.model_dump(), **typed_role.optimizer[1]})
            built = optimizers.build("adamw", given, list(roles[name].parameters()))
            trained[name] = Trained(roles[name], given, built, asked.steps)
        else:
            roles[name].net.requires_grad_(False)
    device = torch.device("cpu")
    feed: Any = Repeated(data or Clips(), asked.each)  # type: ignore[arg-type]
    make_run = partial(Run, roles=roles, device=device)
    t = Training(module.UPDATES, roles, trained, {}, feed, asked, device, make_run)
    t.states = getattr(module, "STATES", {})
    t.state.update(carried.initial(t))
    return t


def gradients(t: Training, role: str = "student") -> tuple[dict[str, float], dict[str, Tensor]]:
    """The losses of a step, and the gradients that its optimizer was given."""
    taken: dict[str, Tensor] = {}

    def keep(*_: object) -> None:
        taken.update(
            {n: p.grad.clone() for n, p in t.trained[role].role.named_parameters() if p.grad is not None}
        )

    handle = t.trained[role].optimizer.register_step_pre_hook(keep)
    losses = one_step(t).losses
    handle.remove()
    return dict(losses), taken


def by_hand(t: Training) -> SimpleNamespace:
    """What an update of the student reads in the first step, in float64: x0, eps, the time's sigma s, v, which the network
    says of their mix, and u, which it says without a prompt."""
    net, role = t.roles["student"].net, t.roles["student"]
    draws = Streams(t.settings.seed, 1, tuple(range(t.settings.batch)), t.device)
    batch = t.data.host(range(t.settings.batch))
    shape = (1, -1, 1, 1, 1)
    x0 = ((role.vae.encode(batch["video"]) - role.vae.mean.view(shape)) / role.vae.std.view(shape)).double()
    s = 0.1 + 0.8 * draws.uniform("student.t").double()
    eps = draws.normal("student.eps", tuple(x0.shape[1:])).double()
    wide = s.view(-1, 1, 1, 1, 1)
    mixed = torch.einsum("oc,bcthw->bothw", net.weight.double(), (1 - wide) * x0 + wide * eps).tanh()
    moved = net.time.double() * (1000 * s)[:, None]

    def said(prompts: list[str]) -> Tensor:
        text = role.binding.encode_text(None, prompts)["embeds"].double()
        of_text = torch.einsum("od,bd->bo", net.text.double(), text.mean(1))
        return mixed + (moved + of_text)[:, :, None, None, None]

    v, u = said(batch["prompt"]), said([""] * t.settings.batch)
    return SimpleNamespace(x0=x0, eps=eps, s=s, wide=wide, v=v, u=u, batch=batch)


def compare(t: Training, loss: Tensor) -> None:
    """The step's loss and gradient against those of a loss that `by_hand` leads to."""
    net = t.roles["student"].net
    names = [n for n, _ in net.named_parameters()]
    wanted = dict(zip(names, torch.autograd.grad(loss, list(net.parameters()), allow_unused=True)))
    losses, found = gradients(t)
    assert sum(losses.values()) == pytest.approx(float(loss.detach()), rel=1e-5, abs=1e-6)
    assert any(g is not None and bool(g.any()) for g in wanted.values())
    for name, g in wanted.items():
        expected = torch.zeros_like(found[name]) if g is None else g.float()
        scale = float(expected.abs().max()) + 1e-6
        assert torch.allclose(found[name] / scale, expected / scale, rtol=1e-3, atol=1e-4), name


def in_parts(
    tmp_path: Path, body: str, accumulate: int, without: Collection[str] = (), each: int = 1, **more: Any
) -> Training:
    """The training of a program with a body, whose batch of 8 is taken in parts."""
    train = f"train {{ steps = 10, batch = 8, accumulate = {accumulate}, each = {each} }}"
    return training(typed(tmp_path, body + f"\n  {train}", **more), without=without)
