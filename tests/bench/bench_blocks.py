"""One block of Wan, forward and backward: as diffusers has it, compiled by torch (`compile = regional`), and with fdc's
kernels in it (`compile = chains`).

    python tests/bench/bench_blocks.py          on a CPU, small; where no kernel runs, `chains` is its torch reference
    python tests/bench/gpu.py --out records     on a GPU: Wan 1.3B at 77×448×832 in bf16
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from harness import Candidate, Meter, Table, cuda, interleaved, record, timed_table, wall
from torch import Tensor

from fdc.families.wan.blocks import ChainedAttention, ChainedBlock


@dataclass(frozen=True)
class Size:
    """A block and what it sees: `tokens` of width heads × head, `text` rows of a condition."""

    name: str
    heads: int
    head: int
    ffn: int
    tokens: int
    text: int


SMALL = Size("width 96, 320 tokens", 3, 32, 384, 320, 40)
WAN = Size("Wan 1.3B, 77×448×832: width 1536, 29,120 tokens", 12, 128, 8960, 20 * 28 * 52, 512)


def block(size: Size, device: torch.device, dtype: torch.dtype) -> WanTransformerBlock:
    torch.manual_seed(0)
    made = WanTransformerBlock(
        size.heads * size.head, size.ffn, size.heads, "rms_norm_across_heads", cross_attn_norm=True
    )
    return made.to(device, dtype)


def chained(plain: WanTransformerBlock) -> WanTransformerBlock:
    made = copy.deepcopy(plain)
    made.__class__ = ChainedBlock
    made.attn1.processor = ChainedAttention()
    return made


def compiled(plain: WanTransformerBlock) -> WanTransformerBlock:
    made = copy.deepcopy(plain)
    made.compile()
    return made


WAYS: dict[str, Callable[[WanTransformerBlock], WanTransformerBlock]] = {
    "eager": copy.deepcopy,
    "regional": compiled,
    "chains": chained,
}


def inputs(
    size: Size, device: torch.device, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Latent tokens, text, condition and angles of a batch of one."""
    generator = torch.Generator().manual_seed(1)
    width = size.heads * size.head

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).to(device)

    angle = draw(1, size.tokens, 1, size.head // 2).repeat_interleave(2, dim=-1)
    x = draw(1, size.tokens, width).to(dtype).requires_grad_()
    return x, draw(1, size.text, width).to(dtype), draw(1, 6, width), (angle.cos(), angle.sin())


def work(made: WanTransformerBlock, given: tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]) -> Tensor:
    """One forward and backward; gives the result."""
    made.zero_grad(set_to_none=True)
    given[0].grad = None
    result: Tensor = made(*given)
    result.backward(torch.ones_like(result))
    return result.detach()


def tables(
    size: Size,
    device: torch.device,
    dtype: torch.dtype,
    rounds: int,
    meter: Meter,
    *,
    ways: Sequence[str] = tuple(WAYS),
    deadline: float = float("inf"),
) -> list[Table]:
    plain = block(size, device, dtype)
    given = inputs(size, device, dtype)
    made = {name: WAYS[name](plain) for name in ways}
    candidates = [Candidate(name, lambda m=m: work(m, given)) for name, m in made.items()]  # type: ignore[misc]
    measured = interleaved(candidates, rounds, meter, warmup=2, deadline=deadline)
    title = f"One block forward and backward, {size.name}, {str(dtype).removeprefix('torch.')}"
    return [timed_table(title, measured, to="eager", unit=("ms", 1e3))]


def on_cuda(deadline: float = float("inf")) -> list[Table]:
    """The rows that need a GPU."""
    return tables(WAN, torch.device("cuda"), torch.bfloat16, 30, cuda(), deadline=deadline)


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    a = parser.parse_args(given)
    found = tables(SMALL, torch.device("cpu"), torch.float32, a.rounds, wall())
    print(record("bench_blocks", found, given).markdown())


if __name__ == "__main__":
    main()
