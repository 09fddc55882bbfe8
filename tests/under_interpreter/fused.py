"""Kernels of fused groups, forward and backward, against the torch reference in float64."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import torch
from kernels.groups import PER_FRAME, PROCESSES, ROLES, UPDATES, Tried, doubled, results, tried, update
from lowering import DMD2, run, typed
from torch import Tensor

from fdc.compiler.runtime.api import fused

TIMES = 4
"""How many times the unfused path's error a kernel's may be; sums over blocks are rounded in another order."""
ROUNDING = 4 * 2.0**-23
"""Of the largest value, what both may be off by."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("groups")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """48 elements of a sample are a block and a tail."""
    monkeypatch.setattr(fused, "BLOCK", 32)


def cases() -> Iterator[tuple[str, str, int]]:
    """Every update under every process, with one more of `INPUTS` by turns."""
    turns = cycle(range(1, len(INPUTS)))
    for process in PROCESSES:
        for name in UPDATES:
            yield process, name, next(turns)


INPUTS = ((3, 1, 1.0), (1, 0, 1.0), (2, 2, 1e3), (2, 3, 1e-3))
"""Samples, seed and scale."""


def near(found: list[Tensor], unfused: list[Tensor], exact: list[Tensor], what: str) -> None:
    assert len(found) == len(exact)
    for k, (a, b, e) in enumerate(zip(found, unfused, exact)):
        assert a.shape == e.shape
        assert torch.isfinite(a).all() or not torch.isfinite(b).all(), f"{what} {k} is not finite"
        error, allowed = (a.double() - e).abs().max(), (b.double() - e).abs().max()
        assert error <= TIMES * allowed + ROUNDING * e.abs().max(), f"{what} {k}: {error} against {allowed}"


def agrees(t: Tried, inputs: list[Any]) -> None:
    found, gradients = results(t, inputs, "kernels")
    unfused, unfused_gradients = results(t, inputs, "reference")
    exact, exact_gradients = results(t, doubled(inputs), "reference")
    near(found, unfused, exact, f"{t.fused.name}: output")
    near(gradients, unfused_gradients, exact_gradients, f"{t.fused.name}: gradient")


@pytest.mark.parametrize(("process", "name", "more"), cases())
def test_kernels_are_the_reference(process: str, name: str, more: int, folder: Path) -> None:
    program = typed(folder, update(UPDATES[name]), process=PROCESSES[process])
    found = list(tried(program))
    assert found and any(t.group.gradients for t in found)
    for t in found:
        for b, seed, scale in (INPUTS[0], INPUTS[more]):
            agrees(t, t.inputs(b, seed, scale=scale))


def test_numbers_for_each_frame(folder: Path) -> None:
    found = list(tried(typed(folder, update(PER_FRAME), process=PROCESSES["trig"], frames=13)))
    along = [i.period for t in found for i in t.group.inputs if i.kind == "frame"]
    assert along and set(along) == {(4, 6)} and any(t.group.gradients for t in found)
    for t in found:
        for b, seed in ((3, 1), (1, 2)):
            agrees(t, t.inputs(b, seed))


@pytest.mark.parametrize("x", [-80.0, -30.0, -1.0, 0.0, 1e-4, 30.0, 1e4])
def test_the_ends_of_softplus_keep_their_digits(x: float, folder: Path) -> None:
    """exp(-30) is lost beside 1."""
    text = "loss a = mean(softplus(student.x0(xt, t, c))) - 2*mean(log_sigmoid(student.x0(xt, t, c)))"
    t = next(t for t in tried(typed(folder, update(text), process=PROCESSES["edm"])) if t.group.gradients)
    inputs = [torch.full_like(i, x).requires_grad_() if isinstance(i, Tensor) else i for i in t.inputs(1, 0)]
    found, gradients = results(t, inputs, "kernels")
    exact, exact_gradients = results(t, doubled(inputs), "reference")
    for a, e in zip([*found, *gradients], [*exact, *exact_gradients], strict=True):
        assert torch.allclose(a.double(), e, rtol=2e-6, atol=0)


@pytest.fixture(scope="module")
def dmd2(folder: Path) -> list[Tried]:
    return list(tried(typed(folder, "use dmd2(student, teacher, critic)", ROLES, methods=DMD2)))


def test_the_groups_of_dmd2(dmd2: list[Tried]) -> None:
    assert len(dmd2) >= 5
    for t in dmd2:
        for b, seed in ((1, 0), (4, 1)):
            agrees(t, t.inputs(b, seed))


def test_latents_of_any_strides(dmd2: list[Tried]) -> None:
    def strided(x: Any) -> Any:
        if not isinstance(x, Tensor) or x.dim() < 3:
            return x
        turned = x.detach().transpose(1, -1).contiguous().transpose(1, -1)
        return turned.requires_grad_(x.requires_grad)

    for t in dmd2:
        agrees(t, [strided(x) for x in t.inputs(3, 5)])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_short_latents_are_read_as_they_are_and_computed_in_float32(
    dmd2: list[Tried], dtype: torch.dtype
) -> None:
    for t in dmd2:
        inputs = t.inputs(2, 7, dtype)
        found, gradients = results(t, inputs, "kernels")
        exact, exact_gradients = results(t, doubled(inputs), "reference")
        for a, e in zip(found, exact):
            assert a.dtype == torch.float32
            assert (a.double() - e).abs().max() <= 1e-5 * max(1.0, float(e.abs().max()))
        for g, e in zip(gradients, exact_gradients):
            assert g.dtype == dtype
            assert (g.double() - e).abs().max() <= 2 * torch.finfo(dtype).eps * e.abs().max()


def test_no_sample_at_all(dmd2: list[Tried]) -> None:
    for t in dmd2:
        made = t.fused(run({}, samples=0), *t.inputs(0, 0))
        for o in made if isinstance(made, tuple) else (made,):
            assert len(o) == 0 if o.dim() else torch.isnan(o)


def test_nothing_is_kept_that_the_backward_does_not_read(dmd2: list[Tried]) -> None:
    """x0 = x - s p needs neither to pass its gradient on."""
    t = next(t for t in dmd2 if t.fused.name == "fused_x0_and_xt")
    inputs = t.inputs(2, 3)
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, lambda x: x):  # type: ignore[func-returns-value]
        kept: list[Tensor] = []
        t.fused.by_kernels(run({}, samples=2), *inputs)
    assert not kept


def test_a_loss_keeps_one_latent_for_its_backward(dmd2: list[Tried]) -> None:
    """The difference of what it compares, which is less than the five latents that this is made of."""
    t = next(t for t in dmd2 if "mse" in t.fused.name and len(t.fused.latents) == 5)
    inputs = t.inputs(2, 3)
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, lambda x: x):  # type: ignore[func-returns-value]
        kept: list[Tensor] = []
        t.fused.by_kernels(run({}, samples=2), *inputs)
    like = inputs[t.fused.latents[0]]
    assert [x.shape for x in kept if x.numel() >= like.numel()] == [like.shape]


def test_results_are_the_same_every_time(dmd2: list[Tried]) -> None:
    for t in dmd2:
        inputs = t.inputs(3, 11)
        first, second = results(t, inputs, "kernels"), results(t, inputs, "kernels")
        for a, b in zip((*first[0], *first[1]), (*second[0], *second[1])):
            assert torch.equal(a, b)
