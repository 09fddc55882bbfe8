"""What a training run holds from step to step: roles with their optimizers, averages, carried state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from ...program.averaging import Averaging
from ..api.components import Role
from ..api.run_context import Run, State, Update
from ..base.errors import Place
from ..base.settings import OptimizerSettings, ScheduleFreeSettings, TrainSettings
from .ema import Average


class Data(Protocol):
    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        """The samples at these positions of the endless order as one batch, in the processor's memory."""

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Such a batch where it is computed with."""

    def names(self, positions: Sequence[int]) -> list[str]:
        """Where those samples come from, for messages."""

    def left_out(self) -> Iterable[str]:
        """The items that could not be used so far."""


@dataclass(eq=False)
class Trained:
    """A trained role with its optimizer. `kind` is the optimizer's word. `updates` counts the role's own, `still`
    those in a row whose gradient was zero."""

    role: Role
    settings: OptimizerSettings | ScheduleFreeSettings
    optimizer: torch.optim.Optimizer
    total: int
    kind: str = ""
    updates: int = 0
    still: int = 0

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        return list(self.role.parameters())


@dataclass(eq=False)
class Training:
    """Everything that a step touches, and that a checkpoint holds.

    `places` tells, for messages, where updates (`UPDATE`) and their losses (`UPDATE.LOSS`) are written. `origin` is a step
    and the position of the first sample behind it: a run that goes on with another batch goes on in the data where it was.
    `of_batch` gives what `make_run` is further told of the batch at some positions; with `whole_batches` a batch may begin
    only at a multiple of its size, as where each is of one bucket.
    """

    updates: Sequence[Update]
    roles: Mapping[str, Role]
    trained: Mapping[str, Trained]
    averages: Mapping[tuple[str, Averaging], Average]
    data: Data
    settings: TrainSettings
    device: torch.device
    make_run: Callable[..., Run]
    step: int = 0
    skipped: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    of_batch: Callable[[Sequence[int]], Mapping[str, Any]] = lambda positions: {}
    whole_batches: bool = False
    origin: tuple[int, int] = (0, 0)

    def position(self, step: int) -> int:
        """Of the first sample of a step (counted from 1)."""
        begun, first = self.origin
        return first + (step - 1 - begun) * self.settings.batch

    def place(self, update: str, loss: str = "") -> Place | None:
        return self.places.get(f"{update}.{loss}", self.places.get(update))
