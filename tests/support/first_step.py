"""The first step of a method: its emitted updates on real roles, and the same inputs for a reference in plain torch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lowering import compiled
from paths import TESTS
from torch import Tensor

from fdc.compiler.driver.pipeline import check
from fdc.compiler.ir.graph import LOG, NEXT
from fdc.compiler.program.averaging import Averaging
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.train import batch_numbers
from fdc.compiler.runtime.train.ema import Average
from fdc.compiler.runtime.weights.load_roles import Registry, load_roles

METHODS = TESTS / "programs" / "first_step"
CPU = torch.device("cpu")
SAMPLES, SEED = 4, 7
STEP = 10
"""One on which an update of every second or fifth step is due."""


def method_program(name: str) -> TypedProgram:
    """The program `run_NAME` of `NAME.fdl`."""
    found = check(METHODS / f"{name}.fdl")
    assert not found.diagnostics, [f"{d.span.line}: {d.code}: {d.message}" for d in found.diagnostics]
    (program,) = [p for p in found.programs if p.name == f"run_{name}"]
    return program


@dataclass(frozen=True)
class World:
    """What both sides see: the roles, the batch, and the streams of random numbers of one step."""

    roles: Mapping[str, Role]
    batch: Mapping[str, Any]
    draws: Streams

    def cond(self, role: str) -> Tensor:
        """The text's embeddings [b, n, d]."""
        if "text" in self.batch:
            return self.batch["text"]["embeds"]
        return self._embeds(role, self.batch["prompt"])

    def uncond(self, role: str) -> Tensor:
        return self._embeds(role, [""] * SAMPLES)

    def _embeds(self, role: str, prompts: list[str]) -> Tensor:
        with torch.no_grad():
            found: Tensor = self.roles[role].binding.encode_text(self.roles[role], prompts)["embeds"]
        return found

    def clean(self, role: str) -> Tensor:
        """Latents [b, 12, 2, 4, 4]: a stored field, or pixels in blocks of 2 x 2, normalised."""
        if "real" in self.batch:
            return self.batch["real"]
        codec = self.roles[role].codec.module
        return (codec.encode(self.batch["video"]) - codec.config.latents_mean) / codec.config.latents_std

    def decode(self, role: str, x0: Tensor) -> Tensor:
        codec = self.roles[role].codec.module
        return codec.decode(x0 * codec.config.latents_std + codec.config.latents_mean)

    def net(self, role: str, x: Tensor, ticks: Tensor, c: Tensor, **more: Tensor) -> Tensor:
        """The role's network as it is, without fdc's own code around it."""
        components = self.roles[role].components
        if "transformer" in components:
            given = {"hidden_states": x, "timestep": ticks, "encoder_hidden_states": c, "return_dict": False}
            return components["transformer"].module(**given, **more)[0]
        return components["net"].module(x=x, t=ticks, c=c, **more)

    def trained(self, role: str) -> list[Tensor]:
        return [p for _, p in self.roles[role].named_parameters()]


def world_of(program: TypedProgram) -> World:
    """Roles with the program's tiny weights, and a batch of four samples with every field that its data declares."""
    roles = load_roles(program.roles, Registry(base=Path.cwd()), allow_python=True, device=CPU)
    random = torch.Generator().manual_seed(3)
    made: dict[str, Any] = {
        "prompt": [f"{'abcd'[i]} clip {'x' * i}" for i in range(SAMPLES)],
        "video": torch.rand(SAMPLES, 3, 2, 8, 8, generator=random) * 2 - 1,
        "start": torch.randn(SAMPLES, 12, 2, 4, 4, generator=random),
        "real": torch.randn(SAMPLES, 12, 2, 4, 4, generator=random),
        "text": {"embeds": torch.randn(SAMPLES, 40, 64, generator=random)},
    }
    assert program.data is not None
    batch = {name: made[name] for name in program.data.fields}
    return World(roles, batch, Streams(SEED, STEP, tuple(range(SAMPLES)), CPU))


def gradients(
    program: TypedProgram, w: World, without: Collection[str] = ()
) -> dict[str, tuple[dict[str, float], dict[str, list[Tensor]]]]:
    """For each update: its losses by name, and for each role that it trains the gradients of the parameters."""
    _, module, _ = compiled(program, without)
    found = {}
    for update in module.UPDATES:
        assert STEP % update.every == 0
        averages = {key: Average(w.roles[key[0]], key[1]).role for key in averages_of(program)}
        only(w, update.roles)
        run, batch = Run(w.roles, STEP, w.draws, SAMPLES, CPU, averages=averages), dict(w.batch)
        with torch.no_grad():
            run.state = {n: state.initial(run, batch) for n, state in getattr(module, "STATES", {}).items()}
        parts = [(run, batch)]
        numbers, shares = batch_numbers.joined(update.before, parts, lambda k: None)
        losses = {n: v for n, v in update.losses(run, batch).items() if not n.startswith((LOG, NEXT))}
        torch.stack([v.float() for v in losses.values()]).sum().backward()
        batch_numbers.backward(update.before, parts, numbers, shares, lambda k: None)
        grads = {r: [p.grad for p in w.trained(r)] for r in update.roles}
        found[update.name] = {n: float(v.detach()) for n, v in losses.items()}, grads
    return found


def only(w: World, names: Collection[str]) -> None:
    """Only these roles' parameters collect gradients, from nothing."""
    for name, role in w.roles.items():
        for p in role.parameters():
            p.grad = None
            p.requires_grad_(name in names)


def averages_of(program: TypedProgram) -> set[tuple[str, Averaging]]:
    from fdc.compiler.program.ops import ROLE
    from fdc.compiler.program.values import every_value

    roots = [v for u in program.updates for _, v in u.losses]
    refs = [ROLE.find(v) for v in every_value(roots)]
    return {(r.name, r.average) for r in refs if r is not None and r.average is not None}
