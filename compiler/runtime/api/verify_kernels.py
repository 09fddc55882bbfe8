"""`--verify`: every fused group's kernels, forward and backward, against its torch reference on the first real inputs
that it gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

TIMES = 8.0
"""How many times the reference's own error a kernel's may be."""
ROUNDING = 16 * 2.0**-23
"""Allowed beside that, relative to the largest value: sums are rounded in another order."""

Results = tuple[list[Tensor], list[Tensor]]
Compute = Callable[..., "Tensor | tuple[Tensor, ...]"]
"""A group's outputs from its inputs, by kernels or by torch."""


@dataclass(frozen=True)
class Deviation:
    """A result of a kernel that is not the reference's: both errors, to a float64 evaluation."""

    what: str
    error: float
    allowed: float

    def __str__(self) -> str:
        return f"{self.what} is off by {self.error:.2g}, where {self.allowed:.2g} would be rounding"


@dataclass(eq=False)
class Verifier:
    """Decides once for each group whether its kernels may be used, and reports that to `say`.

    A group whose kernels deviate is computed by its reference from then on.
    """

    say: Callable[[str], None]
    trusted: dict[str, bool] = field(default_factory=dict)

    def trusts(self, name: str, lines: str, compare: Callable[[], Sequence[Deviation]]) -> bool:
        """Whether the kernels of group `name` (of `lines`) may be used; `compare` finds how they deviate."""
        if name not in self.trusted:
            try:
                found = compare()
            except Exception as e:
                said = str(e).strip().splitlines()
                self._distrust(name, lines, f"{type(e).__name__}: {said[0] if said else ''}".rstrip(": "))
            else:
                if found:
                    self._distrust(name, lines, "; ".join(map(str, found)))
                else:
                    self.trusted[name] = True
                    self.say(f"verified: kernels of {name} ({lines})")
        return self.trusted[name]

    def _distrust(self, name: str, lines: str, why: str) -> None:
        self.trusted[name] = False
        self.say(f"kernels of {name} ({lines}) are not used: {why}; torch computes this group instead")


def deviations(
    kernels: Compute,
    reference: Compute,
    inputs: Sequence[Any],
    gradients: Sequence[int] = (),
    quiet: Sequence[int] = (),
) -> list[Deviation]:
    """Where results and gradients of `kernels` are not those of `reference`, on these inputs.

    `gradients` are indexes of the inputs that gradients are taken of, `quiet` those of outputs that have none.
    Records nothing for the backward pass of the caller.
    """
    asked = frozenset(gradients), frozenset(quiet)
    with torch.enable_grad():
        here = _results(kernels, inputs, *asked)
        there = _results(reference, inputs, *asked)
        exact = _results(reference, inputs, *asked, dtype=torch.float64)
    samples = max((len(x) for x in inputs if isinstance(x, Tensor) and x.dim()), default=1)
    found: list[Deviation] = []
    for kind, found_here, found_there, true in zip(("output", "gradient"), here, there, exact):
        for k, (a, b, e) in enumerate(zip(found_here, found_there, true)):
            error, own = (_furthest(x, e) for x in (a, b))
            allowed = TIMES * own + ROUNDING * float(e.abs().max() if e.numel() else 0)
            if not error <= allowed and not (own != own and error != error):  # not a number in both
                what = f"{kind} {k + 1} of {len(found_here)} ({samples} samples)"
                found.append(Deviation(what, error, allowed))
    return found


def _furthest(x: Tensor, exact: Tensor) -> float:
    return float((x.double() - exact).abs().max()) if x.numel() else 0.0


def _results(
    compute: Compute,
    inputs: Sequence[Any],
    gradients: frozenset[int],
    quiet: frozenset[int],
    dtype: torch.dtype | None = None,
) -> Results:
    """Outputs, and gradients for random ones of the outputs: the same each time."""
    given = [
        x.detach().to(dtype or x.dtype, copy=k in gradients).requires_grad_(k in gradients)
        if isinstance(x, Tensor) and x.is_floating_point()
        else x
        for k, x in enumerate(inputs)
    ]
    made = compute(*given)
    outputs = list(made) if isinstance(made, tuple) else [made]
    recorded = [o for k, o in enumerate(outputs) if k not in quiet and o.requires_grad]
    found: list[Tensor] = []
    if recorded:
        generator = torch.Generator().manual_seed(0)
        upstream = [torch.randn(o.shape, generator=generator).to(o.device, o.dtype) for o in recorded]
        asked = [given[k] for k in sorted(gradients)]
        grads = torch.autograd.grad(recorded, asked, upstream, allow_unused=True)
        found = [torch.zeros_like(x) if g is None else g for x, g in zip(asked, grads)]
    return [o.detach() for o in outputs], found
