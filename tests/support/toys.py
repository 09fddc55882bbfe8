"""A training of a few numbers, built from the runtime's own parts, for tests of the loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from fdc.compiler.program.averaging import Averaging
from fdc.compiler.runtime.api.components import LoadedComponent, Role
from fdc.compiler.runtime.api.run_context import Run, State, Update
from fdc.compiler.runtime.base.settings import OPTIMIZERS, AdamSettings, TrainSettings
from fdc.compiler.runtime.train import optimizers
from fdc.compiler.runtime.train.ema import Average
from fdc.compiler.runtime.train.training import Trained, Training

ADAMW = AdamSettings(lr=0.01)
TRAIN = TrainSettings(steps=10, batch=8, seed=7)
WIDTH = 4


class Points:
    """Samples as a function of their position."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        self.asked.append(list(positions))
        rows = [torch.linspace(0.1, 1.0, WIDTH) * (1 + (p * 37 % 11)) / 5 for p in positions]
        return {"x": torch.stack(rows), "prompt": [f"point {p}" for p in positions]}

    def names(self, positions: Sequence[int]) -> list[str]:
        return [f"point-{p}.txt" for p in positions]

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        return dict(batch)

    def left_out(self) -> tuple[str, ...]:
        return ()


def net(seed: int, dropout: float = 0.0) -> nn.Module:
    """A linear layer, a dropout layer and another linear layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Dropout(dropout), nn.Linear(WIDTH, WIDTH))


def role(
    name: str, seed: int, trained: bool = True, module: nn.Module | None = None, dropout: float = 0.0
) -> Role:
    module = module if module is not None else net(seed, dropout)
    module.requires_grad_(trained)
    module.train(trained)
    return Role(name, {"net": LoadedComponent("net", module)}, None, ("net",) if trained else ())


def fit(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """The student learns to undo noise."""
    noise = run.draws.normal("fit.noise", (WIDTH,))
    return {"flow": (run.student.net(input=batch["x"] + 0.1 * noise) - batch["x"]).square().mean()}


def follow(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """The critic follows the student."""
    return {
        "follow": (run.critic.net(input=batch["x"]) - run.student.net(input=batch["x"]).detach())
        .square()
        .mean()
    }


def please(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """The student learns through the critic."""
    return {"please": run.critic.net(input=run.student.net(input=batch["x"])).square().mean()}


FIT = (Update("student", ("student",), 1, fit),)
ALTERNATE = (Update("critic", ("critic",), 1, follow), Update("student", ("student",), 2, please))


def training(
    updates: Sequence[Update] = FIT,
    roles: Sequence[Role] | None = None,
    averages: Sequence[tuple[str, float | Averaging]] = (),
    optimizer: Mapping[str, Any] | None = None,
    kind: str = "adamw",
    state: Mapping[str, Any] | None = None,
    of_samples: Collection[str] = (),
    data: Points | None = None,
    device: str = "cpu",
    **settings: Any,
) -> Training:
    roles = roles if roles is not None else (role("student", 0), role("critic", 1))
    by_name = {r.name: r for r in roles}
    chosen = TRAIN.model_copy(update=settings)
    trained = {}
    for r in roles:
        if not r.trainable:
            continue
        s = ADAMW if kind == "adamw" else OPTIMIZERS[kind](lr=0.01)
        s = s.model_copy(update=optimizer)
        total = sum(u.schedule.count(chosen.steps) for u in updates if r.name in u.roles)
        trained[r.name] = Trained(r, s, optimizers.build(kind, s, list(r.parameters())), total, kind)
    kinds = [(n, kind if isinstance(kind, Averaging) else Averaging(kind)) for n, kind in averages]
    moving = {(name, kind): Average(by_name[name], kind) for name, kind in kinds}
    on = torch.device(device)
    return Training(
        updates=updates,
        roles=by_name,
        trained=trained,
        averages=moving,
        data=data or Points(),
        settings=chosen,
        device=on,
        make_run=partial(Run, roles=by_name, device=on, averages={k: a.role for k, a in moving.items()}),
        state=dict(state or {}),
        states={n: State(partial(held, v), n in of_samples) for n, v in (state or {}).items()},
    )


def held(value: Any, run: Run, batch: Mapping[str, Any]) -> Any:
    """What a state begins with, whatever the batch."""
    return value


def weights(r: Role) -> dict[str, Tensor]:
    return {n: p.detach().clone() for n, p in r.named_parameters()}


def same(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    """Equal to the last bit."""
    return a.keys() == b.keys() and all(torch.equal(a[n], b[n]) for n in a)
