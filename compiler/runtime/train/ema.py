"""Moving averages of a role's trained weights, counted by the role's own updates."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor

from ..api.components import LoadedComponent, Role


class Average:
    """A frozen copy of a role whose weights follow the role's: w = decay*w + (1 - decay)*new.

    Early on the decay is min(decay, (1 + n)/(10 + n)) after n updates, so that the start weighs little.
    It is kept in float32, whatever the role is stored in: bf16 would round its small steps away.
    """

    def __init__(self, live: Role, decay: float) -> None:
        self.live = live
        self.decay = decay
        self.updates = 0
        components = dict(live.components)
        for name in live.trained:
            c = live.components[name]
            module = copy.deepcopy(c.module).float()
            module.requires_grad_(False)
            module.eval()
            components[name] = LoadedComponent(
                name, module, c.compute, c.compute != torch.float32, subfolder=c.subfolder
            )
        self.role = Role(live.name, components, live.binding, (), live.sizes)

    def pairs(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Name, averaged tensor, live tensor."""
        for name, p in self.live.named_parameters():
            component, _, path = name.partition(".")
            module = self.role.components[component].module
            yield name, module.get_parameter(path), p

    def advance(self) -> float:
        """Counts an update; gives the share that the new weights have in it."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        return 1.0 - decay

    @torch.no_grad()
    def update(self) -> None:
        share = self.advance()
        averaged, live = [], []
        for _, a, p in self.pairs():
            averaged.append(a)
            live.append(p.detach().float())
        torch._foreach_lerp_(averaged, live, share)
