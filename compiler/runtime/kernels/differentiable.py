"""A kernel and the kernel of its derivative as one operation of autograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Forward = Callable[..., tuple[Tensor, tuple[Tensor, ...]]]
"""(tensors, constants) to the result and what its derivative needs. Tensors are contiguous."""

Gradient = Callable[..., tuple[Tensor | None, ...]]
"""(gradient of the result, what was saved, constants) to the gradients of the tensors, in any float dtype."""


def differentiable(
    forward: Forward, gradient: Gradient, tensors: Sequence[Tensor], constants: Sequence[Any] = ()
) -> Tensor:
    """The result of `forward`, once differentiable; gradients come back in the dtypes of the tensors."""
    made: Tensor = _Kernels.apply(forward, gradient, constants, *tensors)  # type: ignore[no-untyped-call]
    return made


class _Kernels(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, forward: Forward, gradient: Gradient, constants: Sequence[Any], *tensors: Tensor
    ) -> Tensor:
        made, saved = forward(*(t.contiguous() for t in tensors), *constants)
        ctx.save_for_backward(*saved)
        ctx.gradient, ctx.constants, ctx.dtypes = gradient, constants, [t.dtype for t in tensors]
        return made

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        found = ctx.gradient(grad.contiguous(), *ctx.saved_tensors, *ctx.constants)
        typed = (g if g is None else g.to(dtype) for g, dtype in zip(found, ctx.dtypes, strict=True))
        return None, None, None, *typed
