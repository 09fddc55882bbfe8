"""Moving averages and copies of a role's trained weights, counted by the role's own updates."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor

from ...program.averaging import Averaging
from ..api.components import LoadedComponent, Role


class Average:
    """A frozen copy of a role whose weights follow the role's: w = (1 - share)*w + share*new, `kind` giving the shares.

    It is kept in float32, whatever the role is stored in: bf16 would round its small steps away.
    """

    def __init__(self, live: Role, kind: Averaging) -> None:
        self.live = live
        self.kind = kind
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
        share = self.kind.share(self.updates)
        self.updates += 1
        return share

    @torch.no_grad()
    def update(self) -> None:
        share = self.advance()
        if not share:
            return
        averaged, live = [], []
        for _, a, p in self.pairs():
            averaged.append(a)
            live.append(p.detach().float())
        torch._foreach_lerp_(averaged, live, share)
