"""Methods run as methods: losses and gradients of their first step equal plain torch, fused and unfused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from first_step import METHODS, gradients, method_program, only, world_of
from methods.references import REFERENCES
from torch import Tensor


@pytest.mark.slow
@pytest.mark.parametrize("without", [(), ("fuse",)], ids=["fused", "unfused"])
@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_gradients_equal_plain_torch(name: str, without: tuple[str, ...]) -> None:
    program = method_program(name)
    w = world_of(program)
    found = gradients(program, w, without)
    for update, (losses, grads) in found.items():
        only(w, grads.keys())
        made = REFERENCES[name](w)
        several = isinstance(next(iter(made.values())), Mapping)
        assert (made.keys() if several else {update}) == found.keys()
        wanted: Mapping[str, Tensor] = made[update] if several else made  # type: ignore[assignment]
        assert losses == pytest.approx({n: float(v.detach()) for n, v in wanted.items()}, rel=2e-6, abs=1e-7)
        torch.stack(list(wanted.values())).sum().backward()
        for role, given in grads.items():
            whole = torch.cat([p.grad.flatten() for p in w.trained(role) if p.grad is not None])
            assert float(whole.norm()) > 0
            for a, p in zip(given, w.trained(role), strict=True):
                assert (a is None) == (p.grad is None)
                if a is not None:
                    torch.testing.assert_close(a, p.grad, rtol=1e-6, atol=1e-6 * float(whole.abs().max()))


def test_every_method_is_compared() -> None:
    assert {p.stem for p in METHODS.glob("*.fdl")} == REFERENCES.keys()
