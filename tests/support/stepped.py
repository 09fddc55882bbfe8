"""Training steps of small programs, emitted and run in this process: no files, no checkpoints of families."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from lowering import Net, compiled, typed
from lowering import role as of_parts
from torch import Tensor, nn
from toys import ADAMW

from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.settings import AdamSettings, TrainSettings
from fdc.compiler.runtime.data.prefetch import Repeated
from fdc.compiler.runtime.train import carried, optimizers
from fdc.compiler.runtime.train.training import Trained, Training
from fdc.compiler.runtime.train.training_step import one_step


class ToyRole(SimpleNamespace):
    """A role of the toy family whose network trains."""

    net: nn.Module

    def parameters(self) -> Iterator[nn.Parameter]:
        return self.net.parameters()

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        return self.net.named_parameters()


class Clips:
    """Clips at random, each a function of its position."""

    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        found = []
        for p in positions:
            generator = torch.Generator().manual_seed(p)
            found.append(torch.rand(3, 5, 16, 24, generator=generator) * 2 - 1)
        return {"prompt": [f"a clip {'x' * (p % 5)}" for p in positions], "video": torch.stack(found)}

    def names(self, positions: Sequence[int]) -> list[str]:
        return [f"clip {p}" for p in positions]


def training(
    program: TypedProgram,
    nets: Mapping[str, nn.Module] | None = None,
    without: Collection[str] = (),
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
    data: Any = Repeated(Clips(), asked.each)  # type: ignore[arg-type]
    make_run = partial(Run, roles=roles, device=device)
    t = Training(module.UPDATES, roles, trained, {}, data, asked, device, make_run)
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


def in_parts(
    tmp_path: Path, body: str, accumulate: int, without: Collection[str] = (), each: int = 1, **more: Any
) -> Training:
    """The training of a program with a body, whose batch of 8 is taken in parts."""
    train = f"train {{ steps = 10, batch = 8, accumulate = {accumulate}, each = {each} }}"
    return training(typed(tmp_path, body + f"\n  {train}", **more), without=without)
