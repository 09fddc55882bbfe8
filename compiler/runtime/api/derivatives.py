"""Derivatives of calls along tangents: by torch's forward mode, or by a central difference.

`function(run, *at, *given)` is what is differentiated, along the tangents `along` of its first arguments; those are tensors,
records of them, or numbers of Python, which become tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from ..base.errors import RunError
from .components import Role
from .run_context import Run


def forward_mode(
    run: Run, function: Callable[..., Any], at: tuple[Any, ...], along: tuple[Any, ...], *given: Any
) -> Any:
    """The derivative in one pass, with the gradients of what is recorded. Attention is computed by the kernels that have a
    forward mode; a recorded network keeps its activations. Raises RunError where the function runs a kernel without a
    forward mode."""
    pairs = [_pair(run, x, d) for x, d in zip(at, along, strict=True)]
    starts, tangents = (tuple(p[k] for p in pairs) for k in (0, 1))
    seen = _Foreign() if function not in _LOOKED_INTO else nullcontext()
    with sdpa_kernel(SDPBackend.MATH), _activations_kept(run), seen:
        try:
            found = torch.func.jvp(lambda *moved: function(run, *moved, *given), starts, tangents)[1]
        except (NotImplementedError, RuntimeError) as e:
            if not any(words in str(e) for words in NO_FORWARD_MODE):
                raise
            raise _no_forward_mode(str(e).strip().splitlines()[0]) from e
    if isinstance(seen, _Foreign) and seen.ops:
        raise _no_forward_mode(", ".join(sorted(seen.ops)))
    _LOOKED_INTO.add(function)
    return found


def _no_forward_mode(what: str) -> RunError:
    return RunError(
        "run-error",
        f"a kernel in what `jvp` differentiates has no forward mode: {what}",
        help="`jvp = difference(0.005)` in the role's block takes a central difference instead",
    )


_LOOKED_INTO: WeakSet[Callable[..., Any]] = WeakSet()
"""Functions that ran in forward mode and called nothing that drops a tangent."""


class _Foreign(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collects ops that are not torch's own: those that get here have no derivative, of which torch says nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ops: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.namespace not in TORCHS_OWN:
            self.ops.add(str(func))
        return func(*args, **(kwargs or {}))


TORCHS_OWN = frozenset({"aten", "prim", "prims"})
"""Namespaces of ops whose derivatives torch knows."""


NO_FORWARD_MODE = ("forward AD", "forward mode AD", "functorch transforms")
"""What torch says of a kernel that has none: of its own, of an autograd function with two parts, and with one."""


def central_difference(
    run: Run,
    function: Callable[..., Any],
    at: tuple[Any, ...],
    along: tuple[Any, ...],
    *given: Any,
    width: float,
    times: tuple[int, ...] = (),
) -> Any:
    """(f(x + h dx) - f(x - h dx)) / 2h for the width h; its error falls with the square of h. Both calls see the same
    dropout.

    `times` are the indexes of levels, which stay in [0, 1]: for a sample that would leave it, both ends move inwards.
    """
    pairs = [_pair(run, x, d) for x, d in zip(at, along, strict=True)]
    ahead, behind = _ends([pairs[k] for k in times], width)
    ends = []
    with _same_numbers(run.device) as again:
        for h in (ahead, behind):
            moved = [_moved(x, d, h) for x, d in pairs]
            ends.append(function(run, *moved, *given))
            again()
    return _mapped(lambda a, b: (a - b) / _spread(ahead - behind, a), *ends)


def _pair(run: Run, x: Any, d: Any) -> tuple[Any, Any]:
    """An argument and its tangent, as tensors of one shape and dtype."""
    if isinstance(x, Mapping):
        pairs = {name: _pair(run, x[name], d[name]) for name in x}
        return {n: p[0] for n, p in pairs.items()}, {n: p[1] for n, p in pairs.items()}
    if not isinstance(x, Tensor):
        x = torch.tensor(float(x), device=run.device)
    if not isinstance(d, Tensor):
        d = torch.full_like(x, float(d))
    d = d.to(x.device, x.dtype)
    return (x + torch.zeros_like(d)), (d + torch.zeros_like(x))  # of the shape of both


def _ends(times: list[tuple[Tensor, Tensor]], width: float) -> tuple[Tensor, Tensor]:
    """How far a sample goes along its tangent and back: [] or [b]."""
    ahead, behind = torch.tensor(width), torch.tensor(-width)
    for t, d in times:
        to_top = torch.where(d > 0, (1 - t) / d, torch.where(d < 0, -t / d, torch.inf))
        to_bottom = torch.where(d > 0, -t / d, torch.where(d < 0, (1 - t) / d, -torch.inf))
        if t.dim() > 1:
            to_top, to_bottom = to_top.flatten(1).amin(1), to_bottom.flatten(1).amax(1)
        ahead = torch.minimum(ahead.to(t.device), to_top.clamp(min=0))
        behind = torch.maximum(behind.to(t.device), to_bottom.clamp(max=0))
    return ahead, behind


def _moved(x: Any, d: Any, h: Tensor) -> Any:
    return _mapped(lambda a, b: a + _spread(h, a).to(a) * b, x, d)


def _spread(h: Tensor, like: Tensor) -> Tensor:
    """A number for each sample beside a tensor [b, ...]."""
    return (
        h.to(like.device).view(-1, *[1] * (like.dim() - 1)) if h.dim() and like.dim() else h.to(like.device)
    )


def _mapped(change: Callable[[Tensor, Tensor], Tensor], a: Any, b: Any) -> Any:
    return {n: _mapped(change, a[n], b[n]) for n in a} if isinstance(a, Mapping) else change(a, b)


@contextmanager
def _activations_kept(run: Run) -> Iterator[None]:
    """Within it, networks that compute their activations again for a backward pass keep them: what is computed then knows
    nothing of tangents."""
    if not torch.is_grad_enabled():
        yield
        return
    networks = [m for r in run.roles.values() if isinstance(r, Role) for _, m in r.modules()]
    modules = {m for network in networks for m in network.modules()}
    again = [(m, flag) for m in modules for flag in RECOMPUTES if getattr(m, flag, False) is True]
    for module, flag in again:
        setattr(module, flag, False)
    try:
        yield
    finally:
        for module, flag in again:
            setattr(module, flag, True)


RECOMPUTES = ("gradient_checkpointing", "recomputes")
"""Attributes by which modules compute activations again: of diffusers and transformers, and of `weights`' own blocks."""


@contextmanager
def _same_numbers(device: torch.device) -> Iterator[Callable[[], None]]:
    """Within it, the function that it gives puts torch's random numbers back to where they were."""
    state = torch.get_rng_state()
    on_device = torch.cuda.get_rng_state(device) if device.type == "cuda" else None

    def again() -> None:
        torch.set_rng_state(state)
        if on_device is not None:
            torch.cuda.set_rng_state(on_device, device)

    yield again
