"""What a backward reads is chosen by bytes: never more than any other choice, and gradients stay what autograd gives."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection
from pathlib import Path

import pytest
import torch
from kernels.scalars import BASIC, B, values
from lowering import typed
from paths import ROOT
from torch import Tensor

from fdc.compiler.driver.pipeline import check
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.fusion.group import Arithmetic, arithmetic
from fdc.compiler.passes.fusion.saved import latents_to_keep
from fdc.compiler.passes.fusion.scalar_autodiff import ScalarGraph, derive, needs, schedule
from fdc.compiler.passes.fusion.traffic import FLOAT, Traffic
from fdc.compiler.passes.optimise import optimise

LEAVES = 3
UNARY, BINARY = ("neg", "sin", "cos", "exp", "sigmoid"), ("add", "sub", "mul", "max")


def drawn(seed: int, size: int = 7) -> tuple[ScalarGraph, list[int], list[int], list[int], frozenset[int]]:
    """A graph at random, its inputs, a result, the gradients of all inputs, and the sums that its forward leaves."""
    pick = random.Random(seed)
    s = ScalarGraph()
    inputs = [s.leaf("load", 2, k) for k in range(LEAVES)]
    made = list(inputs)
    for _ in range(size):
        if pick.random() < 0.15:
            made.append(
                s.op("mul", s.sum(pick.choice([i for i in made if s.level(i) == 2]), 1), s.const(0.1))
            )
        elif pick.random() < 0.4:
            made.append(s.op(pick.choice(UNARY), pick.choice(made)))
        else:
            made.append(s.op(pick.choice(BINARY), pick.choice(made), pick.choice(made)))
    result = s.op("add", made[-1], s.op("mul", made[-2], made[0]))
    phases = schedule(s, [result]).phases
    left = frozenset(i for phase in phases for i in (*phase.sums, *phase.after))
    found = derive(s, {result: s.leaf("load", s.level(result), LEAVES)}, inputs)
    return s, inputs, [result], [found[i] for i in inputs if i in found], left


def bytes_of(s: ScalarGraph, gradients: list[int], outputs: list[int], known: Collection[int]) -> int:
    """Held and moved for a backward that has these latents: those of the forward's leaves that it reads, too."""
    read = {
        i for i in needs(s, gradients, frozenset(known)) if s[i].op == "load" and s[i].data in range(LEAVES)
    }
    kept = {i for i in known if s.level(i) == 2 and i in needs(s, gradients, frozenset(known))}
    return sum(2 * FLOAT for _ in read) + sum((2 if i in outputs else 3) * FLOAT for i in kept)


@pytest.mark.parametrize("seed", range(60))
def test_no_other_choice_has_fewer_bytes(seed: int) -> None:
    s, _, outputs, gradients, left = drawn(seed)
    kept = latents_to_keep(s, outputs, gradients, left)
    forward = needs(s, outputs)
    latents = [i for i in needs(s, gradients, left) & forward if s.level(i) == 2 and s[i].op != "load"]
    chosen = bytes_of(s, gradients, outputs, left | set(kept))
    for count in range(len(latents) + 1):
        for others in itertools.combinations(latents, count):
            assert chosen <= bytes_of(s, gradients, outputs, left | set(others))


@pytest.mark.parametrize("seed", range(60))
def test_gradients_from_what_is_kept_are_autograds(seed: int) -> None:
    s, inputs, outputs, gradients, left = drawn(seed)
    kept = latents_to_keep(s, outputs, gradients, left)
    generator = torch.Generator().manual_seed(seed)
    given = [torch.rand(B, 7, generator=generator, dtype=torch.float64).requires_grad_() for _ in inputs]
    upstream = torch.rand(B, 7, generator=generator, dtype=torch.float64)
    if s.level(outputs[0]) == 1:
        upstream = upstream[:, :1]
    whole = values(s, [*(x.detach() for x in given), upstream])
    # The backward has nothing but what is kept, the sums, and the inputs that it still reads.
    known = left | set(kept)
    back = needs(s, gradients, frozenset(known))
    found: dict[int, Tensor] = {i: whole[i] for i in back & known}
    for i in sorted(back - known):
        value = s[i]
        match value.op:
            case "load" | "const" | "elements" | "samples":
                found[i] = whole[i]
            case "sum":
                found[i] = found[value.args[0]].sum((1,) if value.level == 1 else (0, 1), keepdim=True)
            case op:
                found[i] = BASIC[op](*(found[a] for a in value.args))
    recorded = values(s, [*given, upstream])
    wanted = [x for x, i in zip(given, inputs) if i in derive(s, {outputs[0]: s.const(1)}, inputs)]
    exact = torch.autograd.grad(recorded[outputs[0]], wanted, upstream.expand_as(recorded[outputs[0]]))
    for g, e in zip(gradients, exact, strict=True):
        assert torch.allclose(found[g].expand_as(e), e, rtol=1e-10, atol=1e-12)


def groups(file: str, program: int = 0) -> dict[str, Arithmetic]:
    plan, _ = optimise(lower(check(ROOT / "programs" / file).programs[program]))
    return {f.name: arithmetic(f) for f in plan.functions if f.kind == "fused"}


def latents(group: Arithmetic) -> list[str]:
    return [group.scalars[i].op for i in group.saved if group.scalars.level(i) == 2]


def test_dmd2_keeps_one_latent_of_five() -> None:
    """The loss is of x0 and of x0 - grad: its backward needs their difference, not the five that it is made of."""
    group = groups("wan_dmd2.fdl")["fused_mse"]
    assert latents(group) == ["sub"] and not group.read
    assert group.traffic == (Traffic(9 * FLOAT, FLOAT), Traffic(FLOAT, FLOAT))
    assert group.held == FLOAT


def test_what_costs_no_latent_keeps_none() -> None:
    group = groups("wan_dmd2.fdl")["fused_x0_and_xt"]
    assert latents(group) == [] and group.held == 0
    assert group.traffic[1] == Traffic(FLOAT, FLOAT)


@pytest.mark.parametrize(
    ("loss", "kept", "read"),
    [
        (
            "mse(student.predict(xt, t, c), student.target(x0, eps, t))",
            ["sub"],
            0,
        ),  # the noise is not made again
        (
            "mean(square(student.predict(xt, t, c)))",
            [],
            1,
        ),  # reading the input again is the cheapest there is
        ("mean(sin(student.predict(xt, t, c)))", [], 1),
    ],
)
def test_small_losses(tmp_path: Path, loss: str, kept: list[str], read: int) -> None:
    body = f"""update student {{
    x0 = student.clean(batch)
    c = student.cond(batch)
    eps ~ noise[student]
    t ~ uniform(0.1, 0.9)
    xt = student.noisy(x0, eps, t)
    loss a = {loss} + 0.0*mean(abs(xt))
  }}"""
    plan, _ = optimise(lower(typed(tmp_path, body)))
    found = [arithmetic(f) for f in plan.functions if f.kind == "fused"]
    group = next(a for a in found if a.gradients)
    assert latents(group) == kept
    assert len([k for k in group.read if group.inputs[k].kind == "latent"]) == read
