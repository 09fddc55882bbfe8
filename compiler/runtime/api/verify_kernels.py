"""`--verify`: every fused group's kernels, forward and backward, against its torch reference on the first real inputs
that it gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from .fused import Fused
    from .run_context import Run

TIMES = 8.0
"""How many times the reference's own error a kernel's may be."""
ROUNDING = 16 * 2.0**-23
"""And beside it, of the largest value: sums are rounded in another order."""

Results = tuple[list[Tensor], list[Tensor]]


@dataclass(frozen=True)
class Off:
    """A result of a kernel that is not the reference's: both errors, to a float64 evaluation."""

    what: str
    error: float
    allowed: float

    def __str__(self) -> str:
        return f"{self.what} is off by {self.error:.2g}, where {self.allowed:.2g} would be rounding"


@dataclass(eq=False)
class Verifier:
    """Tells what it finds to `say`, once for each group; a group that is off is computed by its reference from
    then on."""

    say: Callable[[str], None]
    held: dict[str, bool] = field(default_factory=dict)

    def holds(self, fused: Fused, run: Run, inputs: Sequence[Any]) -> bool:
        """Whether the group's kernels may be used."""
        if fused.name not in self.held:
            try:
                found = compared(fused, run, inputs)
            except Exception as e:
                said = str(e).strip().splitlines()
                self._off(fused, f"{type(e).__name__}: {said[0] if said else ''}".rstrip(": "))
            else:
                if found:
                    self._off(fused, "; ".join(map(str, found)))
                else:
                    self.held[fused.name] = True
                    self.say(f"verified: kernels of {fused.name} ({fused.lines})")
        return self.held[fused.name]

    def _off(self, fused: Fused, why: str) -> None:
        self.held[fused.name] = False
        self.say(
            f"kernels of {fused.name} ({fused.lines}) are not used: {why}; torch computes this group instead"
        )


def compared(fused: Fused, run: Run, inputs: Sequence[Any]) -> list[Off]:
    """What of the kernels' results and gradients is not the reference's. Leaves no trace on the tape."""
    rows = max(1, inputs[fused.latents[0]].shape[0])
    with torch.enable_grad():
        kernels = _results(fused, fused.by_kernels, run, inputs, None)
        plain = _results(fused, fused.reference, run, inputs, None)
        exact = _results(fused, fused.reference, run, inputs, torch.float64)
    found: list[Off] = []
    for kind, here, there, true in zip(("output", "gradient"), kernels, plain, exact):
        for k, (a, b, e) in enumerate(zip(here, there, true)):
            error, own = (_furthest(x, e) for x in (a, b))
            allowed = TIMES * own + ROUNDING * float(e.abs().max() if e.numel() else 0)
            if not error <= allowed and not (own != own and error != error):  # not a number in both
                found.append(Off(f"{kind} {k + 1} of {len(here)} ({rows} samples)", error, allowed))
    return found


def _furthest(x: Tensor, exact: Tensor) -> float:
    return float((x.double() - exact).abs().max()) if x.numel() else 0.0


def _results(
    fused: Fused,
    function: Callable[..., Tensor | tuple[Tensor, ...]],
    run: Run,
    inputs: Sequence[Any],
    dtype: torch.dtype | None,
) -> Results:
    taking = set(fused.gradients)
    given = [
        x.detach().to(dtype or x.dtype, copy=k in taking).requires_grad_(k in taking)
        if isinstance(x, Tensor) and x.is_floating_point()
        else x
        for k, x in enumerate(inputs)
    ]
    made = function(run, *given)
    outputs = list(made) if isinstance(made, tuple) else [made]
    gradients: list[Tensor] = []
    taped = [o for k, o in enumerate(outputs) if k not in fused.quiet and o.requires_grad]
    if taped:
        generator = torch.Generator().manual_seed(0)
        upstream = [torch.randn(o.shape, generator=generator).to(o.device, o.dtype) for o in taped]
        asked = [given[k] for k in fused.gradients]
        found = torch.autograd.grad(taped, asked, upstream, allow_unused=True)
        gradients = [torch.zeros_like(x) if g is None else g for x, g in zip(asked, found)]
    return [o.detach() for o in outputs], gradients
