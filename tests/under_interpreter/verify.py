"""`--verify` trusts kernels that are the reference's, and falls back from those that are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from kernels.groups import ROLES, Tried, tried
from lowering import DMD2, run, typed
from torch import Tensor

from fdc.compiler.runtime.api.fused import Fused
from fdc.compiler.runtime.api.verify_kernels import Verifier


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tried]:
    folder = tmp_path_factory.mktemp("verify")
    found = tried(typed(folder, "use dmd2(student, teacher, critic)", ROLES, methods=DMD2))
    return {t.fused.name: t for t in found}


def verified(fused: Fused, t: Tried) -> tuple[list[str], Any, Any]:
    """What was told, the result under a verifier, and the reference's."""
    told: list[str] = []
    at = run({}, samples=3)
    at.verifier = Verifier(told.append)
    inputs = t.inputs(3, 4)
    made, again = fused(at, *inputs), fused(at, *inputs)
    reference = fused.reference(at, *inputs)
    for a, b in zip(flat(made), flat(again)):
        assert torch.equal(a, b)
    return told, flat(made), flat(reference)


def flat(made: Tensor | tuple[Tensor, ...]) -> list[Tensor]:
    return [o.detach() for o in (made if isinstance(made, tuple) else (made,))]


def test_right_kernels_are_trusted_and_named_once(groups: dict[str, Tried]) -> None:
    for name, t in groups.items():
        told, made, reference = verified(t.fused, t)
        assert told == [f"verified: kernels of {name} ({t.fused.lines})"]
        assert "dmd2.fdl:" in told[0] or "try.fdl:" in told[0]
        for a, b in zip(made, reference):
            assert torch.allclose(a, b, rtol=1e-5, atol=1e-6)


def test_wrong_results_are_told_with_lines_and_error_and_torch_goes_on(groups: dict[str, Tried]) -> None:
    t = groups["fused_mse"]
    right = t.fused.forward

    def forward(*inputs: Any) -> tuple[Tensor, ...]:
        loss, *saved = right(*inputs)
        return (loss * 1.01, *saved)

    told, made, reference = verified(replace(t.fused, forward=forward), t)
    assert len(told) == 1 and told[0].startswith(
        f"kernels of fused_mse ({t.fused.lines}) are not used: output 1 of 1"
    )
    assert "torch computes this group instead" in told[0]
    assert torch.equal(made[0], reference[0])


def test_wrong_gradients_are_found_too(groups: dict[str, Tried]) -> None:
    t = groups["fused_mse"]
    right = t.fused.backward
    assert right is not None

    def backward(*inputs: Any) -> tuple[Tensor, ...]:
        return tuple(-g for g in right(*inputs))

    told, _, _ = verified(replace(t.fused, backward=backward), t)
    assert "gradient 1 of 1" in told[0]


def test_a_kernel_that_fails_is_told_and_not_used(groups: dict[str, Tried]) -> None:
    t = groups["fused_x0_and_xt"]

    def forward(*inputs: Any) -> tuple[Tensor, ...]:
        raise RuntimeError("out of registers\nand more")

    told, made, reference = verified(replace(t.fused, forward=forward), t)
    assert "RuntimeError: out of registers;" in told[0]
    assert all(torch.equal(a, b) for a, b in zip(made, reference))
