"""AdamW as one pass over memory: clipping, the step, the moving averages and the cast to bf16 weights.

Bytes of device memory for each parameter, with one moving average:

| gradient and weights        | gradient | weights | moments | average | cast | fused | separate passes |
| bf16 with float32 masters   | 2        | 8       | 16      | 8       | 2    | 36    | 44              |
| float32                     | 4        | 8       | 16      | 8       | -    | 36    | 48              |
| bf16 (moments in bf16)      | 2        | 4       | 8       | 8       | -    | 22    | 28              |

Weights, moments and averages are read and written. Separate passes write the clipped gradient and read both it
and the new weights again: bf16 with masters 4 (clip) + 28 (AdamW that casts) + 12 (average). The gradients' norm
reads them once before, in either case: 2 or 4 more.

Weights, masters, moments and averages of a role are views of one buffer for each dtype; parameters stay the same
objects with the same names. Gradients are not: autograd hands a fresh gradient over without a copy, while adding
it to a buffer that was cleared before would move 8 (bf16) or 16 (float32) bytes a parameter and hold the buffer
between updates. The kernels read gradients through a table of addresses instead.

On whole vectors of 16 elements the step is, bit for bit, `torch.optim.AdamW(fused=True)` of a CPU, and so is the
average `torch.lerp`; torch's scalar loop for the rest of a tensor differs by a unit in the last place of v. The
norm is a sum in another order than torch's: a few units in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..ema import Average
from . import fused_adamw_kernels as kernels

SLOT = 256
"""Elements to a multiple of which each tensor is padded: at least 512 bytes, as torch's allocators align, so that matrix
products see the same alignment whether weights lie in a buffer or by themselves."""
VECTOR = 16  # bytes that a kernel reads at once
BLOCK = 1024
BLOCKS = 16
WIDE = 4096
WARPS = 8  # four elements for a thread: eight spill on sm_80


class Flat:
    """Tensors of one dtype as views of one buffer, each padded with zeros to a multiple of `SLOT`."""

    def __init__(self, tensors: Sequence[Tensor], dtype: torch.dtype | None = None) -> None:
        self.tensors = list(tensors)
        self.offsets: list[int] = []
        total = 0
        for t in tensors:
            self.offsets.append(total)
            total += -(-t.numel() // SLOT) * SLOT
        first = tensors[0]
        self.buffer = torch.zeros(total, dtype=dtype or first.dtype, device=first.device)
        self.views = [
            self.buffer[o : o + t.numel()].view(t.shape) for o, t in zip(self.offsets, self.tensors)
        ]

    def hold(self) -> Flat:
        """Puts into the buffer what lies elsewhere."""
        for t, view in zip(self.tensors, self.views):
            if t.data_ptr() != view.data_ptr():
                view.copy_(t.data)
                t.data = view
        return self


class _Group:
    """Parameters of one dtype, with their masters, moments and averages."""

    def __init__(self, parameters: Sequence[nn.Parameter], masters: bool) -> None:
        self.parameters = list(parameters)
        self.weights = Flat(parameters)
        self.dtype = self.weights.buffer.dtype
        self.cast = masters and self.dtype != torch.float32
        self.weights.hold()
        self.master = Flat(parameters, torch.float32) if self.cast else self.weights
        if self.cast:
            self.master.buffer.copy_(self.weights.buffer)
        moments = torch.float32 if self.cast else self.dtype
        self.exp_avg, self.exp_avg_sq = Flat(parameters, moments), Flat(parameters, moments)
        self.averages: dict[Average, Flat] = {}
        rows = [
            (n, first, p.numel(), offset)
            for n, (p, offset) in enumerate(zip(parameters, self.weights.offsets))
            for first in range(0, p.numel(), BLOCK * BLOCKS)
        ]
        device = self.weights.buffer.device
        self.programs = len(rows)
        self.rows = torch.tensor(rows, dtype=torch.int64, device=device)
        self.addresses = torch.zeros(len(parameters), dtype=torch.int64, device=device)
        self.sent: list[int] = []

    def gradients(self) -> list[int]:
        """Where each parameter's gradient begins, zero for none; as the kernels need them, contiguous."""
        found = []
        for p in self.parameters:
            g = p.grad
            if g is not None and (g.dtype != p.dtype or not g.is_contiguous() or g.data_ptr() % VECTOR):
                g = p.grad = g.to(p.dtype).clone(memory_format=torch.contiguous_format)
            found.append(0 if g is None else g.data_ptr())
        return found

    def send(self, addresses: list[int]) -> Tensor:
        if addresses != self.sent:
            self.addresses.copy_(torch.tensor(addresses, dtype=torch.int64))
            self.sent = addresses
        return self.addresses

    def follow(self, average: Average, tensors: Mapping[int, Tensor]) -> Flat:
        """The average's tensors as one buffer."""
        if average not in self.averages:
            self.averages[average] = Flat([tensors[id(p)] for p in self.parameters])
        return self.averages[average].hold()


class FusedAdamW(torch.optim.Optimizer):
    """AdamW on a role's parameters; its state is that of `torch.optim.AdamW`, so either resumes the other's.

    With `masters`, parameters below float32 keep a float32 master (`master` in the state) that is stepped, and
    are the rounded copy of it; an average follows the master then.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        masters: bool = False,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        every = [p for p in self.param_groups[0]["params"] if p.numel()]
        dtypes = dict.fromkeys(p.dtype for p in every)
        self.groups = [_Group([p for p in every if p.dtype == dtype], masters) for dtype in dtypes]
        device = every[0].device
        self.partials = torch.zeros(sum(g.programs for g in self.groups), device=device)
        self.one = torch.ones(1, device=device)
        self.factor = self.one
        self.ages: dict[nn.Parameter, int] = dict.fromkeys(every, 0)

    def norm(self, clip: float | None) -> Tensor:
        """The gradients' L2 norm, which stays on the device; the next step clips by it."""
        first = 0
        for group in self.groups:
            kernels.squares[(group.programs,)](
                self.partials[first:],
                group.send(group.gradients()),
                group.rows,
                group.weights.buffer,
                BLOCK=BLOCK,
                BLOCKS=BLOCKS,
                enable_fp_fusion=False,
            )
            first += group.programs
        result = torch.empty(2, device=self.partials.device)
        limit = math.inf if clip is None else clip
        kernels.finish[(1,)](
            result,
            self.partials,
            len(self.partials),
            limit,
            WIDE=WIDE,
            num_warps=WARPS,
            enable_fp_fusion=False,
        )
        self.factor = self.one if clip is None else result[1:]
        return result[0]

    @torch.no_grad()
    def step(  # type: ignore[override]
        self, closure: Callable[[], float] | None = None, averages: Sequence[Average] = ()
    ) -> None:
        """One step, clipped if `norm` was asked before it, and one update of each of these averages."""
        moved = [(average, share) for average in averages if (share := average.advance())]
        averages, shares = [average for average, _ in moved], [share for _, share in moved]
        followed = [{id(p): a for _, a, p in average.pairs()} for average in averages]
        for group in self.groups:
            group.weights.hold()
            buffers = [group.follow(a, tensors).buffer for a, tensors in zip(averages, followed)]
            addresses = group.gradients()
            due = [p for p, address in zip(group.parameters, addresses) if address]
            self._begin(group, due)
            ages = {self.ages[p] for p in due}
            # where not all tensors take the same step, each average has its own pass over all of them
            inside = len(due) == len(addresses) and len(ages) == 1
            for age in sorted(ages):
                now = [a if self.ages[p] == age else 0 for p, a in zip(group.parameters, addresses)]
                self._launch(group, now, age, buffers if inside else [], shares if inside else [])
            if not inside:
                for buffer, share in zip(buffers, shares):
                    buffer.lerp_(group.master.buffer.float(), share)
        self.factor = self.one

    def _begin(self, group: _Group, due: Sequence[nn.Parameter]) -> None:
        """Counts a step of each of these, with a state from the first one on."""
        for n, p in enumerate(group.parameters):
            if p in self.state or p.grad is None:
                continue
            self.state[p] = {"step": torch.zeros(()), **self._held(group, n)}
        for p in due:
            self.ages[p] += 1
            self.state[p]["step"].fill_(self.ages[p])

    def _held(self, group: _Group, n: int) -> dict[str, Tensor]:
        found = {"exp_avg": group.exp_avg.views[n], "exp_avg_sq": group.exp_avg_sq.views[n]}
        return {**found, "master": group.master.views[n]} if group.cast else found

    def _launch(
        self, group: _Group, addresses: list[int], age: int, averages: list[Tensor], shares: list[float]
    ) -> None:
        asked = self.param_groups[0]
        lr, decay, (beta_1, beta_2) = asked["lr"], asked["weight_decay"], asked["betas"]
        kernels.adamw[(group.programs,)](
            group.send(addresses),
            group.rows,
            self.factor,
            group.weights.buffer,
            group.master.buffer,
            group.exp_avg.buffer,
            group.exp_avg_sq.buffer,
            tuple(averages),
            tuple(shares),
            1 - lr * decay,
            1.0 - beta_1,
            float(beta_2),
            1.0 - beta_2,
            lr / (1 - beta_1**age),
            math.sqrt(1 - beta_2**age),
            float(asked["eps"]),
            CAST=group.cast,
            AVERAGES=len(averages),
            BLOCK=BLOCK,
            BLOCKS=BLOCKS,
            num_warps=WARPS,
            enable_fp_fusion=False,
        )

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Copies a state, of this class or of `torch.optim.AdamW`, into the buffers."""
        with torch.no_grad():
            every = [p for group in self.param_groups for p in group["params"]]
            order = {p: i for i, p in enumerate(every)}
            self.state.clear()
            self.ages = dict.fromkeys(self.ages, 0)
            for group in self.groups:
                for n, p in enumerate(group.parameters):
                    saved = state_dict["state"].get(order[p])
                    held = self._held(group, n)
                    if saved is None:
                        if group.cast:
                            held["master"].copy_(p.data)
                        continue
                    # a run without masters had its weights for them
                    for key, view in held.items():
                        view.copy_(saved.get(key, p.data))
                    self.ages[p] = int(saved["step"])
                    self.state[p] = {"step": torch.tensor(float(saved["step"])), **held}
        for mine, theirs in zip(self.param_groups, state_dict["param_groups"]):
            mine.update({k: v for k, v in theirs.items() if k != "params"})
