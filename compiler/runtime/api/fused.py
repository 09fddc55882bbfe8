"""Fused groups at work: Triton kernels where they run, the torch reference elsewhere, one autograd function around
both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..random.streams import iteration_word, stream_key
from .run_context import Run
from .triton import runs_on
from .verify_kernels import Deviation, deviations

BLOCK = 1024
"""Elements that one program of a kernel works on."""

Tensors = tuple[Tensor, ...]
Result = Tensor | Tensors


@dataclass(frozen=True, eq=False)
class Launch:
    """One launch's sizes: latents of `shape`, `b` samples of `n` elements."""

    run: Run
    shape: torch.Size
    device: torch.device

    @property
    def b(self) -> int:
        return self.shape[0]

    @property
    def n(self) -> int:
        return self.shape[1:].numel()

    @property
    def blocks(self) -> int:
        return -(-self.n // BLOCK)

    @property
    def grid(self) -> tuple[int]:
        return (self.b * self.blocks,)

    @property
    def options(self) -> dict[str, Any]:
        # A product and a sum contracted to one operation would round differently from torch.
        return {"N": self.n, "BLOCK": BLOCK, "num_warps": 4, "enable_fp_fusion": False}

    @property
    def samples(self) -> float:
        return float(self.b)

    @cached_property
    def rows(self) -> Tensor:
        """The global index of each sample, int64 [b]."""
        return torch.as_tensor(self.run.draws.samples, dtype=torch.int64, device=self.device)

    def stream(self, site: str, *rounds: int) -> tuple[int, int, int]:
        """The key of a draw's stream and the word of its loop rounds, as the signed words that Triton takes."""
        key = stream_key(self.run.draws.seed, self.run.draws.step, site)
        return _signed(key[0]), _signed(key[1]), _signed(iteration_word(rounds))

    def latent(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """Room for a latent."""
        return torch.empty(self.shape, dtype=dtype, device=self.device)

    def partial_sums(self) -> Tensor:
        """Room for the sums of the programs of each sample, [b, blocks]."""
        return torch.empty(self.b, self.blocks, device=self.device)


def _signed(word: int) -> int:
    return word - (1 << 32) if word >= 1 << 31 else word


@dataclass(eq=False)
class Fused:
    """A group as the emitted module calls it: `reference(run, *inputs)` is its meaning.

    `forward(launch, *inputs)` gives the `outputs` and small values for `backward(launch, *those of the inputs that it
    `reads`, *small values, *gradients)`, which gives the gradients of the inputs `gradients`, from those of the
    outputs that are not `quiet`. `latents` and `samples` are indexes of inputs [b, ...] and of one number a
    sample, or one for each of its frames; `lines` are the program's.
    """

    reference: Callable[..., Result]
    forward: Callable[..., Tensors]
    backward: Callable[..., Tensors] | None = None
    lines: str = ""
    latents: tuple[int, ...] = ()
    samples: tuple[int, ...] = ()
    outputs: int = 1
    gradients: tuple[int, ...] = ()
    reads: tuple[int, ...] = ()
    quiet: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.reference.__name__.removesuffix("_reference")

    def __call__(self, run: Run, *inputs: Any) -> Result:
        like: Tensor = inputs[self.latents[0]]
        alike = all(inputs[i].shape == like.shape for i in self.latents)  # dims that a run finds may differ
        if not like.numel() or not alike or not runs_on(like.device):
            return self.reference(run, *inputs)
        if run.verifier is not None:
            compare = partial(self.deviations, run, inputs)
            if not run.verifier.trusts(self.name, self.lines, compare):
                return self.reference(run, *inputs)
        return self.by_kernels(run, *inputs)

    def deviations(self, run: Run, inputs: Sequence[Any]) -> list[Deviation]:
        """Where the kernels give something else than the reference, on these inputs."""
        kernels, reference = partial(self.by_kernels, run), partial(self.reference, run)
        return deviations(kernels, reference, inputs, self.gradients, self.quiet)

    def by_kernels(self, run: Run, *inputs: Any) -> Result:
        """The same from the kernels, whether they are verified or not."""
        flat = list(inputs)
        for i in self.latents:
            flat[i] = flat[i].contiguous()
        for i in self.samples:
            flat[i] = flat[i].reshape(-1).contiguous()
        like = flat[self.latents[0]]
        launch = Launch(run, like.shape, like.device)
        recorded = torch.is_grad_enabled() and any(flat[i].requires_grad for i in self.gradients)
        record: Callable[..., Tensors] = _Recorded.apply
        made = record(self, launch, *flat) if recorded else self.forward(launch, *flat)[: self.outputs]
        return made if self.outputs > 1 else made[0]


class _Recorded(torch.autograd.Function):
    """Keeps what the backward kernels read and computes the rest again."""

    @staticmethod
    def forward(ctx: Any, fused: Fused, launch: Launch, *inputs: Any) -> Tensors:
        made = fused.forward(launch, *inputs)
        results = made[: fused.outputs]
        read = [inputs[i] for i in fused.reads]
        ctx.fused, ctx.launch = fused, launch
        ctx.plain = [None if isinstance(i, Tensor) else i for i in read]
        tensors = [i for i in read if isinstance(i, Tensor)]
        ctx.save_for_backward(*tensors, *made[fused.outputs :])
        ctx.dtypes = [i.dtype if isinstance(i, Tensor) else None for i in inputs]
        ctx.mark_non_differentiable(*(results[k] for k in fused.quiet))
        return results

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        fused: Fused = ctx.fused
        tensors = iter(ctx.saved_tensors)
        read = [next(tensors) if p is None else p for p in ctx.plain]
        taken = [g.reshape(-1).contiguous() for k, g in enumerate(gradients) if k not in fused.quiet]
        assert fused.backward is not None
        made = fused.backward(ctx.launch, *read, *tensors, *taken)
        found: list[Tensor | None] = [None] * len(ctx.dtypes)
        for k, g in zip(fused.gradients, made):
            found[k] = g.to(ctx.dtypes[k])
        return (None, None, *found)
