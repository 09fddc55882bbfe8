"""Fusion rules: their values and derivatives are torch's, and kernels are scheduled around reductions."""

from __future__ import annotations

import pytest
import torch
from kernels.scalars import BASIC, B, N, values
from torch import Tensor

from fdc.compiler.passes.fusion.scalar_autodiff import SUM, ScalarGraph, Unfusible, derive, schedule
from fdc.stages import losses, times
from fdc.stages.table import OPS

COMPOSITE = {
    "square": (torch.square, 1),
    "shifted": (times.shifted, 2),
    "circle_sigma": (times.circle_sigma, 1),
    "circle_alpha": (times.circle_alpha, 1),
    "edm_sigma": (times.edm_sigma, 1),
}


def full(seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (0.1 + 0.8 * torch.rand(B, N, generator=generator, dtype=torch.float64)).requires_grad_()


def agrees(s: ScalarGraph, result: int, leaves: list[int], inputs: list[Tensor], expected: Tensor) -> None:
    """The value, and the derivative of its sum weighted by itself."""
    g = s.leaf("load", s.level(result), len(inputs))
    upstream = torch.rand(expected.shape, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    found = derive(s, {result: g}, leaves)
    computed = values(s, [*(x.detach() for x in inputs), upstream])
    assert torch.allclose(computed[result].expand_as(expected), expected, rtol=1e-12, atol=1e-14)
    autograd = torch.autograd.grad(expected, inputs, upstream, allow_unused=True)
    for leaf, gradient, x in zip(leaves, autograd, inputs):
        if gradient is None or leaf not in found:
            assert leaf not in found or not computed[found[leaf]].any()
            assert gradient is None or not gradient.any()
        else:
            assert torch.allclose(computed[found[leaf]].expand_as(x), gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in BASIC if OPS[n].partials and n not in ("clamp", "select")])
def test_the_derivative_of_an_op_is_autograds(name: str) -> None:
    arity = OPS[name].arity
    assert arity is not None
    s, inputs = ScalarGraph(), [full(i) for i in range(arity)]
    leaves = [s.leaf("load", 2, i) for i in range(arity)]
    agrees(s, s.op(name, *leaves), leaves, inputs, BASIC[name](*inputs))


@pytest.mark.parametrize("name", COMPOSITE)
def test_an_op_made_of_others_is_torchs(name: str) -> None:
    function, arity = COMPOSITE[name]
    s, inputs = ScalarGraph(), [full(i) for i in range(arity)]
    leaves = [s.leaf("load", 2, i) for i in range(arity)]
    agrees(s, s.apply(name, leaves), leaves, inputs, function(*inputs))


def test_clamp_select_and_ties() -> None:
    s, x = ScalarGraph(), full()
    a = s.leaf("load", 2, 0)
    low, high = s.const(0.3), s.const(0.6)
    agrees(s, s.op("clamp", a, low, high), [a], [x], x.clamp(0.3, 0.6))
    s = ScalarGraph()
    a = s.leaf("load", 2, 0)
    chosen = s.expand("select(a > 0.5, a*a, 2*a)", {"a": a})
    agrees(s, chosen, [a], [x], torch.where(x > 0.5, x * x, 2 * x))
    same = torch.ones(B, N, dtype=torch.float64, requires_grad=True)
    for name in ("min", "max"):
        s = ScalarGraph()
        a, b = s.leaf("load", 2, 0), s.leaf("load", 2, 1)
        other = same.detach().clone().requires_grad_()
        agrees(s, s.op(name, a, b), [a, b], [same, other], BASIC[name](same, other))


@pytest.mark.parametrize("name", [op.name for op in losses.OPS])
@pytest.mark.parametrize("per_sample", [False, True])
def test_a_loss_adds_up_its_rule(name: str, per_sample: bool) -> None:
    s, inputs = ScalarGraph(), [full(1), full(2)]
    a, b = s.leaf("load", 2, 0), s.leaf("load", 2, 1)
    each = s.expand(OPS[name].scalar, {"a": a, "b": b, "delta": s.const(0.25)})
    count = s.leaf("elements", 0) if per_sample else s.op("mul", s.leaf("elements", 0), s.leaf("samples", 0))
    result = s.op("div", s.sum(each, 1 if per_sample else 0), count)
    delta = {"delta": 0.25} if name.endswith("huber") else {}
    expected = getattr(losses, name)(*inputs, per_sample=per_sample, **delta)
    agrees(s, result, [a, b], inputs, expected.view(-1, 1))


def test_a_number_of_each_sample_collects_from_all_of_its_elements() -> None:
    """a + w, a*w and a constant's share, with w [b, 1]: what each element gives is added up."""
    s, x = ScalarGraph(), full()
    w = torch.rand(B, 1, dtype=torch.float64, requires_grad=True)
    a, b = s.leaf("load", 2, 0), s.leaf("load", 1, 1)
    agrees(s, s.expand("a*b + b", {"a": a, "b": b}), [a, b], [x, w], x * w + w)
    s = ScalarGraph()
    a, b = s.leaf("load", 2, 0), s.leaf("load", 1, 1)
    agrees(s, s.sum(s.op("add", a, b), 1), [a, b], [x, w], (x + w).sum(1, keepdim=True))


def test_a_normaliser_is_two_kernels_and_its_derivative_as_few() -> None:
    """(a - b)/mean(|a - b|): the mean must be there before anything is divided by it."""
    s, inputs = ScalarGraph(), [full(1), full(2)]
    a, b = s.leaf("load", 2, 0), s.leaf("load", 2, 1)
    difference = s.op("sub", a, b)
    mean = s.op("div", s.sum(s.op("abs", difference), 1), s.leaf("elements", 0))
    result = s.op("div", difference, mean)
    first, second = schedule(s, [result]).phases
    assert first.stores == () and [s[i].op for i in first.sums] == [SUM] and first.after == (mean,)
    assert second.stores == (result,) and second.reads == (mean,)
    x, y = inputs
    expected = (x - y) / (x - y).abs().mean(1, keepdim=True)
    agrees(s, result, [a, b], inputs, expected)


def test_nothing_passes_a_stop() -> None:
    s = ScalarGraph()
    a = s.leaf("load", 2, 0)
    g = s.leaf("load", 2, 1)
    halted = s.op("mul", s.op("stop", a), s.const(2))
    assert derive(s, {halted: g}, [a]) == {}


def test_what_no_kernel_computes_is_refused() -> None:
    s = ScalarGraph()
    with pytest.raises(Unfusible):
        s.op("tanh", s.leaf("load", 2, 0))


def test_equal_values_are_one_and_neutral_arithmetic_is_gone() -> None:
    s = ScalarGraph()
    a = s.leaf("load", 2, 0)
    assert s.op("add", a, s.const(0)) == a == s.op("mul", s.const(1), a) == s.op("neg", s.op("neg", a))
    assert s.op("sin", a) == s.op("sin", a)
    assert s.number(s.op("div", s.const(1), s.const(4))) is not None
