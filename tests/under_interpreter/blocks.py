"""Kernels of network blocks, forward and backward, against their torch chains in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from kernels.interpreted import round_to_nearest
from torch import Tensor

from fdc.compiler.runtime.kernels import gated_activation, gated_residual, modulated_norm, rotary_norm
from fdc.compiler.runtime.kernels.rows import ROWS

SHAPES = [(1, 1, 8), (2, 5, 24), (1, ROWS, 40), (3, ROWS + 3, 12), (1, 2, 96)]
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
TIMES = 4
"""How many times the unfused chain's error a kernel's may be: sums over a row are taken in another order."""


@pytest.fixture(autouse=True)
def nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    round_to_nearest(monkeypatch)


def modulated(b: int, s: int, d: int, draw: Callable[..., Tensor], tokens: bool = False) -> list[Any]:
    of = (b, s if tokens else 1, d)
    return [draw(b, s, d) + 2, draw(*of, full=True), draw(*of, full=True), 1e-6]


def gated(b: int, s: int, d: int, draw: Callable[..., Tensor], tokens: bool = False) -> list[Any]:
    return [draw(b, s, d), draw(b, s, d), draw(b, s if tokens else 1, d, full=True)]


def rotary(b: int, s: int, d: int, draw: Callable[..., Tensor], tokens: bool = False) -> list[Any]:
    angle = torch.rand(1, s, 1, 4, generator=torch.Generator().manual_seed(5)).mul(6).double()
    angle = angle.repeat_interleave(2, dim=-1)[..., : min(8, d)]
    head = angle.shape[-1] if d % angle.shape[-1] == 0 else 4
    angle = angle[..., :head]
    return [draw(b, s, d), 1 + draw(d, full=True), angle.cos().float(), angle.sin().float(), 1e-6]


def activated(name: str) -> Callable[..., list[Any]]:
    return lambda b, s, d, draw, tokens=False: [draw(b, s, d), name]


CHAINS: Mapping[str, tuple[Callable[..., Tensor], Callable[..., Tensor], Callable[..., list[Any]]]] = {
    "modulated norm": (modulated_norm.modulated_norm, modulated_norm.reference, modulated),
    "gated residual": (gated_residual.gated_residual, gated_residual.reference, gated),
    "rotary norm": (rotary_norm.rotary_norm, rotary_norm.reference, rotary),
    **{
        name: (gated_activation.gated_activation, gated_activation.reference, activated(name))
        for name in gated_activation.ACTIVATIONS
    },
}


def drawing(seed: int, dtype: torch.dtype, scale: float = 1.0) -> Callable[..., Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int, full: bool = False) -> Tensor:
        made = torch.randn(*shape, generator=generator) * scale
        return made if full else made.to(dtype)

    return draw


def run(function: Callable[..., Tensor], inputs: list[Any], seed: int) -> list[Tensor]:
    """The result, and the gradients of everything but angles."""
    made = function(*inputs)
    taking = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    upstream = torch.randn(made.shape, generator=torch.Generator().manual_seed(seed)).to(made.dtype)
    return [made.detach(), *torch.autograd.grad(made, taking, upstream)]


def asking(inputs: list[Any], dtype: torch.dtype | None = None) -> list[Any]:
    found = []
    for k, x in enumerate(inputs):
        if isinstance(x, Tensor):
            made = x.detach().to(dtype or x.dtype)
            found.append(made.requires_grad_(k < 2 or x.dim() != 4))
        else:
            found.append(x)
    return found


def agree(name: str, inputs: list[Any], seed: int) -> None:
    kernel, reference, _ = CHAINS[name]
    found = run(kernel, asking(inputs), seed)
    unfused = run(reference, asking(inputs), seed)
    exact = run(reference, asking(inputs, torch.float64), seed)
    assert len(found) == len(exact) > 1
    for k, (a, b, e) in enumerate(zip(found, unfused, exact)):
        assert a.shape == e.shape and a.dtype == b.dtype and torch.isfinite(a).all()
        error, own = (float((x.double() - e).abs().max()) for x in (a, b))
        rounding = torch.finfo(a.dtype).eps * float(e.abs().max())
        assert error <= TIMES * own + rounding, f"{name} {k}: {error} against {own}"


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", CHAINS)
def test_chains(name: str, shape: tuple[int, int, int], dtype: torch.dtype) -> None:
    for seed, scale in ((0, 1.0), (1, 1e-3), (2, 30.0)):
        agree(name, CHAINS[name][2](*shape, drawing(seed, dtype, scale)), seed)


@pytest.mark.parametrize("name", ["modulated norm", "gated residual"])
def test_a_condition_of_each_token(name: str) -> None:
    agree(name, CHAINS[name][2](2, 5, 24, drawing(3, torch.float32), tokens=True), 3)


@pytest.mark.parametrize("name", CHAINS)
def test_activations_of_any_strides(name: str) -> None:
    def strided(x: Any) -> Any:
        return x.transpose(0, -1).contiguous().transpose(0, -1) if isinstance(x, Tensor) else x

    inputs = [strided(x) for x in CHAINS[name][2](2, 6, 24, drawing(4, torch.float32))]
    assert any(not x.is_contiguous() for x in inputs if isinstance(x, Tensor))
    agree(name, inputs, 4)


@pytest.mark.parametrize("name", CHAINS)
def test_no_sample_and_no_token(name: str) -> None:
    kernel, _, inputs = CHAINS[name]
    for b, s in ((0, 3), (2, 0)):
        assert kernel(*inputs(b, s, 8, drawing(0, torch.float32))).shape[:2] == (b, s)


@pytest.mark.parametrize("name", CHAINS)
def test_constant_and_large_rows_stay_finite(name: str) -> None:
    for value in (0.0, 1.0, 1e18, 3e4):
        inputs = CHAINS[name][2](1, 2, 8, drawing(0, torch.float32))
        inputs[0] = torch.full_like(inputs[0], value)
        reference = CHAINS[name][1](*inputs)
        found = CHAINS[name][0](*inputs)
        assert torch.isfinite(found).all() or not torch.isfinite(reference).all()


def test_results_are_the_same_every_time() -> None:
    for name, (kernel, _, inputs) in CHAINS.items():
        given = inputs(2, ROWS + 1, 16, drawing(1, torch.bfloat16))
        first, second = (run(kernel, asking(given), 1) for _ in range(2))
        assert all(torch.equal(a, b) for a, b in zip(first, second)), name
