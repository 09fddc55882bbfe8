"""Numbers of a whole batch that is taken in parts, and the gradient through them.

First every part gives its own, without a tape, and these are joined: with equal parts the mean of the parts' means is the
batch's, the sum of their sums, and the largest of their largest. Losses read the joined numbers as leaves. What a loss's
gradient says of a leaf is then handed on to the parts, which compute theirs once more with a tape: the chain rule, a part
at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from ..api.run_context import BatchNumbers, Run

Part = tuple[Run, Mapping[str, Any]]
"""What one part of a batch is computed with."""


class Parts(Protocol):
    """The parts of a batch, each of which is there while it is held."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> Part: ...


Shares = dict[str, Tensor]
"""By the numbers of a batch, what each part's own number moves it by."""


def joined(
    before: Sequence[BatchNumbers], parts: Parts, start: Callable[[int], None]
) -> tuple[dict[str, Tensor], Shares]:
    """The numbers of the batch; those that a gradient flows through are leaves. `start` is called before each part, by its
    index."""
    found: dict[str, Tensor] = {}
    shares: Shares = {}
    for numbers in before:
        made = []
        for k in range(len(parts)):
            run, batch = parts[k]
            start(k)
            run.numbers = found
            with torch.no_grad():
                made.append(numbers.parts(run, batch))  # type: ignore[arg-type]
            del batch  # before the next is there
        for name, how in numbers.joined.items():
            several = torch.stack([m[name].detach().float() for m in made])
            value, shares[name] = _JOINED[how](several)
            found[name] = value.requires_grad_(name in numbers.gradient)
    return found, shares


def _mean(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.mean(), torch.full_like(x, 1 / len(x))


def _sum(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.sum(), torch.ones_like(x)


def _of_those(x: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """One of the parts' numbers; parts that have the same share its gradient."""
    same = (x == value).float()
    return value, same / same.sum().clamp(min=1)


_JOINED: Mapping[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "mean": _mean,
    "sum": _sum,
    "max": lambda x: _of_those(x, x.amax()),
    "min": lambda x: _of_those(x, x.amin()),
}
"""The number of the batch, and the shares of the parts."""


def backward(
    before: Sequence[BatchNumbers],
    parts: Parts,
    found: Mapping[str, Tensor],
    shares: Shares,
    start: Callable[[int], None],
) -> None:
    """Hands the gradients of the numbers on to the weights, from the last numbers to the first."""
    for numbers in reversed(before):
        given = {n: g for n in numbers.gradient if (g := found[n].grad) is not None}
        if not given:
            continue
        for k in range(len(parts)):
            run, batch = parts[k]
            start(k)
            made = numbers.parts(run, batch)  # type: ignore[arg-type]
            moved = [made[n].float() * (g * shares[n][k]) for n, g in given.items() if made[n].requires_grad]
            if moved:
                torch.stack(moved).sum().backward()  # type: ignore[no-untyped-call]
            del batch
