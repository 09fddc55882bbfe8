"""How long a whole iteration of `dmd2` takes: fdc's plan beside the loop by hand, and beside FastVideo's schedule.

    python tests/bench/bench_step.py                   a tiny Wan on the processor
    python tests/bench/bench_step.py --device cuda     Wan 1.3B, random weights, 77×448×832, batch 1

What is timed is a cycle of five iterations, five critic steps and a student's, divided by five. Its exits are drawn
once and are the same for all, and sum to what they do on average. Candidates run in turn. The two tables are two
questions: who is faster with the same algorithm, and what an algorithm of the same objective with fewer forwards saves.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from dmd2.both import CYCLE, ITERATIONS, SIZES, TINY, WAN, Both, Policy, Size, both, equivalents, forwards
from harness import Candidate, Measured, Meter, Table, cuda, interleaved, processor, record, timed_table

FDC, HAND, FASTVIDEO = "fdc", "by hand", "by hand, FastVideo's schedule"
ON_CUDA = Policy("bf16", compiled=True, checkpointing="selective")
"""What fits one card of 80 GB."""


@dataclass(frozen=True)
class Kind:
    """A candidate: who runs it, with which checkpointing, whether it belongs to the same algorithm, and whether both of
    the teacher's calls are one."""

    name: str
    who: str
    checkpointing: str
    same: bool = True
    paired: bool = True


def kinds(checkpointing: str) -> tuple[Kind, ...]:
    """fdc as it is set, by hand with the same, and by hand with less of each."""
    more = [Kind(f"{HAND}, two teacher calls", HAND, checkpointing, paired=False)]
    if checkpointing == "selective":
        more.append(Kind(f"{HAND}, all recomputed", HAND, "full"))
    return (
        Kind(FDC, FDC, checkpointing),
        Kind(HAND, HAND, checkpointing),
        *more,
        Kind(FASTVIDEO, FASTVIDEO, checkpointing, same=False, paired=False),
    )


def candidate(b: Both, kind: Kind, numbers: range = ITERATIONS) -> Candidate:
    recipe = replace(b.recipe, paired=kind.paired, fastvideo=kind.who == FASTVIDEO)

    def work() -> None:
        if kind.who == FDC:
            b.fdc(numbers)
        else:
            b.by_hand(recipe, b.torch_noise, numbers)

    return Candidate(kind.name, work, lambda: b.checkpointing(kind.checkpointing))


def costs(chosen: Sequence[Kind]) -> dict[str, str]:
    """Forwards that an iteration costs, counted on a tiny twin: they are the same for every size."""
    twin = both(TINY, Policy(), torch.device("cpu"))
    found = {}
    for kind in chosen:
        seen = forwards(twin.models, candidate(twin, kind).work)
        found[kind.name] = f"{equivalents(seen, kind.checkpointing, CYCLE * TINY.batch):.2f}"
    return found


def warm(b: Both, chosen: Sequence[Kind], meter: Meter, passes: int = 4) -> None:
    """Runs an iteration of both updates with each, until a pass over all is hardly faster than the one before: then
    nothing is compiled any more.
    """
    last = range(CYCLE, CYCLE + 1)
    before = float("inf")
    for _ in range(passes):
        began = time.perf_counter()
        interleaved([candidate(b, k, last) for k in chosen], 1, meter, warmup=0)
        took = time.perf_counter() - began
        if took > 0.8 * before:
            return
        before = took


def tables(
    size: Size,
    policy: Policy,
    device: torch.device,
    rounds: int,
    meter: Meter,
    backend: str | None = None,
    deadline: float = float("inf"),
) -> list[Table]:
    if policy.compiled:
        # each role, tape, size of batch and kind of checkpointing has a graph of its own
        torch._dynamo.config.recompile_limit = 64
        torch._dynamo.config.automatic_dynamic_shapes = False
    b = both(size, policy, device)
    if backend is not None:
        for model in b.models.values():
            model.set_attention_backend(backend)  # type: ignore[operator]
    chosen = kinds(policy.checkpointing)
    cost = costs(chosen)
    candidates = [
        replace(
            candidate(b, k),
            about={"checkpointing": k.checkpointing, "forwards an iteration": cost[k.name]},
        )
        for k in chosen
    ]
    warm(b, chosen, meter)
    found = interleaved(candidates, rounds, meter, warmup=0, deadline=deadline)
    how = f"{size}; {policy.precision}, {'blocks compiled' if policy.compiled else 'eager'}"
    how += f", attention {backend or 'as torch chooses'}; {max(len(m.seconds) for m in found)} rounds of {CYCLE} iterations"
    same = [m for m, k in zip(found, chosen) if k.same]
    fewer = [m for m, k in zip(found, chosen) if not k.same or k.name in (FDC, HAND)]
    return [
        _table("Same algorithm", same, HAND, how),
        _table("Same objective, fewer forwards", fewer, FASTVIDEO, how),
    ]


def _table(title: str, rows: Sequence[Measured], to: str, how: str) -> Table:
    return timed_table(title, rows, to=to, unit=("ms an iteration", 1000.0), per=CYCLE, notes=[how + "."])


def on_cuda(size: Size = WAN, rounds: int = 6, deadline: float = float("inf")) -> list[Table]:
    """The rows of a GPU."""
    torch.backends.cuda.matmul.allow_tf32 = True
    return tables(size, ON_CUDA, torch.device("cuda"), rounds, cuda(), deadline=deadline)


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--size", choices=SIZES, help="default: tiny on cpu, wan-1.3b on cuda")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--compiled", action="store_true", help="on cpu too; always on cuda")
    parser.add_argument("--checkpointing", choices=("none", "full", "selective"))
    parser.add_argument(
        "--attention", help="one of diffusers' attention backends, such as flash or _native_cudnn"
    )
    parser.add_argument("--minutes", type=float, default=7.5, help="after which no further round begins")
    a = parser.parse_args(given)
    on_gpu = a.device == "cuda"
    size = SIZES[a.size] if a.size else WAN if on_gpu else TINY
    policy = Policy(
        "bf16" if on_gpu else "f32",
        a.compiled or on_gpu,
        a.checkpointing or ("selective" if on_gpu else "none"),
    )
    if not on_gpu:
        torch.set_num_threads(1)
    meter = cuda() if on_gpu else processor()
    deadline = time.monotonic() + 60 * a.minutes
    rounds = a.rounds or (6 if on_gpu else 15)
    found = tables(size, policy, torch.device(a.device), rounds, meter, a.attention, deadline)
    print(record("bench_step", found, given).markdown())


if __name__ == "__main__":
    main()
