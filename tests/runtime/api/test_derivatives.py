"""Derivatives along tangents, by forward mode and by central differences, against float64."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import WanTransformer3DModel
from lowering import run
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from fdc.compiler.runtime.api.components import LoadedComponent, Role
from fdc.compiler.runtime.api.derivatives import RECOMPUTES, central_difference, forward_mode
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.weights.preparation.activation_checkpointing import CHECKPOINTING

WEIGHT = torch.linspace(-1.0, 1.0, 9).view(3, 3)


def smooth(run: Any, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
    return torch.tanh(x @ WEIGHT.to(x) * (1 + t).sin()[..., None]) * c


def record(run: Any, x: dict[str, Tensor], t: Tensor) -> dict[str, Tensor]:
    return {n: (v * t[:, None]).sin() for n, v in x.items()}


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(2)
    x, v, c = (torch.randn(4, 3, generator=g) for _ in range(3))
    return x, 0.2 + 0.6 * torch.rand(4, generator=g), v, torch.rand(4, generator=g) - 0.5, c


def exact(x: Tensor, t: Tensor, v: Tensor, s: Tensor, c: Tensor) -> Tensor:
    double = [a.double() for a in (x, t, v, s)]
    return torch.func.jvp(lambda x, t: smooth(None, x, t, c.double()), tuple(double[:2]), tuple(double[2:]))[
        1
    ]


def test_forward_mode_is_exact() -> None:
    x, t, v, s, c = inputs()
    found = forward_mode(run({}), smooth, (x, t), (v, s), c)
    torch.testing.assert_close(found.double(), exact(x, t, v, s, c), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("width", [0.02, 0.01])
def test_the_error_of_a_central_difference_falls_with_the_square_of_its_width(width: float) -> None:
    x, t, v, s, c = (a.double() for a in inputs())
    error = [
        (central_difference(run({}), smooth, (x, t), (v, s), c, width=w, times=(1,)) - exact(x, t, v, s, c))
        .abs()
        .max()
        for w in (width, width / 2)
    ]
    assert 0 < error[0] < 3 * width**2 and error[0] / error[1] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("derivative", [forward_mode, central_difference])
def test_numbers_of_python_records_and_other_shapes(derivative: Callable[..., Any]) -> None:
    more = {"width": 1e-3, "times": (1,)} if derivative is central_difference else {}
    x, t, v, s, c = inputs()
    found = derivative(run({}), smooth, (x, 0.4), (v, 1), c, **more)
    whole = exact(x, torch.full((4,), 0.4), v, torch.ones(4), c).float()
    torch.testing.assert_close(found, whole, rtol=1e-3, atol=1e-3)
    found = derivative(run({}), smooth, (x, torch.tensor(0.4)), (v, s), c, **more)
    torch.testing.assert_close(found, exact(x, torch.full((4,), 0.4), v, s, c).float(), rtol=1e-3, atol=1e-3)
    parts = derivative(run({}), record, ({"a": x, "b": 2 * x}, t), ({"a": v, "b": v}, s), **more)
    wanted = (x * t[:, None]).cos() * (v * t[:, None] + x * s[:, None])
    torch.testing.assert_close(parts["a"], wanted, rtol=1e-3, atol=1e-3)
    assert set(parts) == {"a", "b"} and not torch.equal(parts["a"], parts["b"])


def test_levels_stay_between_noise_and_data() -> None:
    seen: list[Tensor] = []

    def function(run: Any, x: Tensor, t: Tensor) -> Tensor:
        seen.append(t)
        return x * (t * t)[:, None]

    t = torch.tensor([0.0, 1.0, 0.9999, 0.5])
    x, s = torch.ones(4, 3), torch.tensor([1.0, 1.0, -1.0, 1.0])
    found = central_difference(run({}), function, (x, t), (torch.zeros(4, 3), s), width=0.005, times=(1,))
    assert all(float(level.min()) >= 0 and float(level.max()) <= 1 for level in seen)
    torch.testing.assert_close(found[:, 0], 2 * t * s, rtol=0, atol=0.006)


def test_both_ends_see_the_same_dropout() -> None:
    drop = nn.Dropout(0.5).train()
    torch.manual_seed(3)
    found = central_difference(
        run({}), lambda run, x: drop(x), (torch.ones(64),), (torch.ones(64),), width=0.01
    )
    assert set(found.round(decimals=3).tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("derivative", [forward_mode, central_difference])
def test_weights_get_the_gradient_of_the_derivative(derivative: Callable[..., Any]) -> None:
    more = {"width": 1e-3} if derivative is central_difference else {}
    weight = WEIGHT.double().requires_grad_()
    x, v = (a.double() for a in inputs()[::2][:2])
    found = derivative(run({}), lambda run, x: torch.tanh(x @ weight), (x,), (v,), **more)
    (got,) = torch.autograd.grad(found.square().sum(), weight)
    wanted = (1 - torch.tanh(x @ weight).square()) * (v @ weight)
    (exact_,) = torch.autograd.grad(wanted.square().sum(), weight)
    torch.testing.assert_close(got, exact_, rtol=1e-5, atol=1e-5)


def test_attention_has_a_forward_mode() -> None:
    q, d = torch.randn(2, 1, 4, 8), torch.randn(2, 1, 4, 8)

    def function(run: Any, x: Tensor) -> Tensor:
        return nn.functional.scaled_dot_product_attention(x, x, x)

    def by_hand(x: Tensor) -> Tensor:
        return torch.softmax(x @ x.transpose(-1, -2) / 8**0.5, -1) @ x

    exact_ = torch.func.jvp(by_hand, (q.double(),), (d.double(),))[1]
    with torch.no_grad():
        found = forward_mode(run({}), function, (q,), (d,))
    torch.testing.assert_close(found.double(), exact_, rtol=1e-4, atol=1e-5)


class Kernel(torch.autograd.Function):
    """A kernel with a backward and no forward mode."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x * x

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return 2 * ctx.saved_tensors[0] * g


class KernelOfOnePart(torch.autograd.Function):
    """The same, written as those of `runtime/kernels` are."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return 2 * ctx.saved_tensors[0] * g


class InferenceKernel:
    """An op without any derivative, which torch takes for a constant."""

    apply = torch.library.custom_op(
        "fdc_tests::squared", lambda x: x * x, mutates_args=(), schema="(Tensor x) -> Tensor"
    )


@pytest.mark.parametrize("kernel", [Kernel, KernelOfOnePart, InferenceKernel])
def test_a_kernel_without_a_forward_mode_is_told_with_what_there_is_instead(kernel: Any) -> None:
    def function(run: Any, x: Tensor) -> Tensor:
        return kernel.apply(x)  # type: ignore[no-any-return]

    x = torch.linspace(0, 1, 5)
    with pytest.raises(RunError, match="has no forward mode") as caught:
        forward_mode(run({}), function, (x,), (torch.ones(5),))
    assert "jvp = difference(0.005)" in str(caught.value.help)
    found = central_difference(run({}), function, (x,), (torch.ones(5),), width=0.005)
    torch.testing.assert_close(found, 2 * x, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def wan() -> nn.Module:
    torch.manual_seed(0)
    return WanTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=4,
        out_channels=4,
        text_dim=8,
        freq_dim=16,
        ffn_dim=16,
        num_layers=1,
    ).eval()


def test_wan_is_differentiated_with_and_without_a_tape(wan: nn.Module) -> None:
    """Against two passes backward of the same network, which need no forward mode; its weights get their gradients."""
    g = torch.Generator().manual_seed(1)
    x, v = (torch.randn(2, 4, 1, 4, 4, generator=g) for _ in range(2))
    t, s, c = torch.tensor([0.3, 0.7]), torch.tensor([0.01, 0.005]), torch.randn(2, 3, 8, generator=g)

    def function(run: Any, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        found: Tensor = wan(hidden_states=x, timestep=1000 * t, encoder_hidden_states=c).sample
        return found

    with torch.no_grad():
        quiet = forward_mode(run({}), function, (x, t), (v, s), c)
    found = forward_mode(run({}), function, (x, t), (v, s), c)
    assert not quiet.requires_grad
    torch.testing.assert_close(quiet, found.detach(), rtol=1e-4, atol=1e-5)
    with sdpa_kernel(SDPBackend.MATH):
        exact_ = torch.autograd.functional.jvp(lambda x, t: function(None, x, t, c), (x, t), (v, s))[1]
    torch.testing.assert_close(found.detach(), exact_, rtol=1e-3, atol=1e-4)
    found.square().mean().backward()
    assert [n for n, p in wan.named_parameters() if p.grad is None] == ["proj_out.bias"]


def test_a_network_in_bf16_is_differentiated(wan: nn.Module) -> None:
    component = LoadedComponent("transformer", copy.deepcopy(wan), torch.bfloat16, autocast=True)
    x, v, c = torch.randn(2, 4, 1, 4, 4), torch.randn(2, 4, 1, 4, 4), torch.randn(2, 3, 8)

    def function(run: Any, x: Tensor, c: Tensor) -> Tensor:
        return component(hidden_states=x, timestep=torch.tensor([100.0, 200.0]), encoder_hidden_states=c)

    def plain(run: Any, x: Tensor, c: Tensor) -> Tensor:
        found: Tensor = wan(
            hidden_states=x, timestep=torch.tensor([100.0, 200.0]), encoder_hidden_states=c
        ).sample
        return found

    with torch.no_grad():
        found, wanted = (forward_mode(run({}), f, (x,), (v,), c) for f in (function, plain))
    assert found.dtype == torch.float32 and (found - wanted).norm() < 0.05 * wanted.norm()
    forward_mode(run({}), function, (x,), (v,), c).square().mean().backward()
    assert sum(p.grad is not None for p in component.parameters()) > 10


@pytest.mark.parametrize("checkpointing", CHECKPOINTING)
def test_networks_that_recompute_get_the_same_gradient(checkpointing: str, wan: nn.Module) -> None:
    g = torch.Generator().manual_seed(3)
    x, v = (torch.randn(2, 4, 1, 4, 4, generator=g) for _ in range(2))
    c = torch.randn(2, 3, 8, generator=g)
    found = []
    for recompute in (lambda m: True, CHECKPOINTING[checkpointing]):
        network = copy.deepcopy(wan).train().requires_grad_()
        network.zero_grad()
        assert recompute(network)
        component = LoadedComponent("transformer", network)

        def function(run: Any, x: Tensor, component: LoadedComponent = component) -> Tensor:
            t = torch.tensor([100.0, 200.0])
            return component(hidden_states=x, timestep=t, encoder_hidden_states=c)

        at = run({"student": Role("student", {"transformer": component}, None, ("transformer",))})
        (forward_mode(at, function, (x,), (v,)) - function(at, x)).square().mean().backward()
        found.append([p.grad for p in component.parameters() if p.grad is not None])
        flags = [getattr(m, flag, False) for m in network.modules() for flag in RECOMPUTES]
        assert any(flags) == (recompute is CHECKPOINTING[checkpointing])
    assert len(found[0]) == len(found[1]) > 10
    for a, b in zip(*found):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
