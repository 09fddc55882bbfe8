"""DMD2 for Wan as somebody would write it by hand: one file, torch and diffusers, nothing of fdc.

The algorithm is that of `programs/dmd2.fdl`: a critic step every iteration, then a student step every `ratio`-th; the
rollout stops at a drawn step, with gradient through its last call only. `fastvideo` is the same objective by
FastVideo's schedule: every step of the rollout runs, and one of its inputs is used. The teacher's conditional and
unconditional calls are one call on a batch of twice the size with `paired`, else two.

Noise comes from an object with the names of draws, so that another implementation can be given the same numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts


@dataclass(frozen=True)
class Recipe:
    latents: tuple[int, int, int, int]
    steps: tuple[float, ...] = (1.0, 0.75, 0.5, 0.25)
    scale: float = 4.5
    ratio: int = 5
    shift: float = 8.0
    low: float = 0.02
    high: float = 0.98
    student_lr: float = 2e-6
    critic_lr: float = 8e-6
    betas: tuple[float, float] = (0.0, 0.999)
    weight_decay: float = 0.01
    clip: float = 1.0
    fastvideo: bool = False
    paired: bool = False


class Noise(Protocol):
    def normal(self, site: str, shape: tuple[int, ...], iteration: tuple[int, ...] = ()) -> Tensor: ...
    def uniform(self, site: str) -> Tensor: ...
    def integer(self, site: str, lo: int, hi: int, *, scope: str) -> Any: ...


class TorchNoise:
    """torch's own generator for what lives on the device, Python's for the exit, which the host needs.

    `exits` gives the exit of a site instead, for runs that are to do equal work.
    """

    def __init__(
        self,
        seed: int,
        rows: int,
        device: torch.device,
        exits: Callable[[str], int] | None = None,
    ) -> None:
        self.rows, self.device, self.exits = rows, device, exits
        self.generator = torch.Generator(device).manual_seed(seed)
        self.host = random.Random(seed)

    def normal(self, site: str, shape: tuple[int, ...], iteration: tuple[int, ...] = ()) -> Tensor:
        return torch.randn(self.rows, *shape, device=self.device, generator=self.generator)

    def uniform(self, site: str) -> Tensor:
        return torch.rand(self.rows, device=self.device, generator=self.generator)

    def integer(self, site: str, lo: int, hi: int, *, scope: str) -> int:
        return self.exits(site) if self.exits is not None else self.host.randrange(lo, hi)


@dataclass(frozen=True)
class Net:
    """A `WanTransformer3DModel` under a policy: `autocast` computes in bf16 with float32 weights."""

    module: nn.Module
    dtype: torch.dtype = torch.float32
    autocast: bool = False

    def __call__(self, x: Tensor, t: Tensor | float, text: Tensor) -> Tensor:
        """The predicted velocity, in float32."""
        ticks = x.new_full((len(x),), 1000 * t) if isinstance(t, float) else 1000 * t
        if not self.autocast:
            x, text = x.to(self.dtype), text.to(self.dtype)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.autocast):
            return self.module(
                hidden_states=x, timestep=ticks, encoder_hidden_states=text, return_dict=False
            )[0].float()


@dataclass(frozen=True)
class Nets:
    student: Net
    critic: Net
    teacher: Net


@dataclass(frozen=True)
class Text:
    cond: Tensor
    uncond: Tensor


def rollout(net: Net, r: Recipe, noise: Noise, site: str, text: Text) -> tuple[Tensor, int]:
    """The input of the last call, and which step it is."""
    with torch.no_grad():
        x = noise.normal(f"{site}.generate.x", r.latents)
        k = int(noise.integer(f"{site}.generate.k", 0, len(r.steps), scope="step"))
        inputs = [x]
        for i in range(len(r.steps) - 1 if r.fastvideo else k):
            x0 = x - r.steps[i] * net(x, r.steps[i], text.cond)
            eps = noise.normal(f"{site}.generate.eps", r.latents, iteration=(i,))
            x = (1 - r.steps[i + 1]) * x0 + r.steps[i + 1] * eps
            inputs.append(x)
    return inputs[k], k


def scored(r: Recipe, noise: Noise, site: str, x0: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x0 noised to a drawn time: the time, its shape for latents, the noise, and the mix."""
    u = noise.uniform(f"{site}.t")
    t = (r.shift * u / (1 + (r.shift - 1) * u)).clamp(r.low, r.high)
    eps = noise.normal(f"{site}.eps", r.latents)
    sigma = t.view(-1, 1, 1, 1, 1)
    return t, sigma, eps, torch.lerp(x0, eps, sigma)


def critic_loss(nets: Nets, r: Recipe, noise: Noise, text: Text) -> Tensor:
    with torch.no_grad():
        x, k = rollout(nets.student, r, noise, "critic", text)
        x0 = x - r.steps[k] * nets.student(x, r.steps[k], text.cond)
        t, _, eps, xt = scored(r, noise, "critic", x0)
    return nn.functional.mse_loss(nets.critic(xt, t, text.cond), eps - x0)


def student_loss(nets: Nets, r: Recipe, noise: Noise, text: Text) -> Tensor:
    x, k = rollout(nets.student, r, noise, "student", text)
    x0 = x - r.steps[k] * nets.student(x, r.steps[k], text.cond)
    with torch.no_grad():
        t, sigma, _, xt = scored(r, noise, "student", x0)
        fake = xt - sigma * nets.critic(xt, t, text.cond)
        if r.paired:
            both = nets.teacher(xt.repeat(2, 1, 1, 1, 1), t.repeat(2), torch.cat([text.cond, text.uncond]))
            cond, uncond = both.chunk(2)
        else:
            cond, uncond = nets.teacher(xt, t, text.cond), nets.teacher(xt, t, text.uncond)
        real = xt - sigma * torch.lerp(uncond, cond, r.scale)
        grad = (fake - real) / (x0 - real).abs().mean(dim=(1, 2, 3, 4), keepdim=True)
    return 0.5 * nn.functional.mse_loss(x0, x0.detach() - grad)


def adamw(net: Net, lr: float, r: Recipe) -> torch.optim.AdamW:
    return torch.optim.AdamW(
        net.module.parameters(), lr=lr, betas=r.betas, weight_decay=r.weight_decay, fused=True
    )


@dataclass(frozen=True)
class Loop:
    """The whole of training but for data and files."""

    nets: Nets
    recipe: Recipe
    critic_optimizer: torch.optim.Optimizer
    student_optimizer: torch.optim.Optimizer

    def step(self, number: int, noise: Noise, text: Text) -> dict[str, Tensor]:
        """Iteration `number`, from 1; the losses stay on the device."""
        found = {"critic": self._update(critic_loss, self.nets.critic, self.critic_optimizer, noise, text)}
        if number % self.recipe.ratio == 0:
            found["student"] = self._update(
                student_loss, self.nets.student, self.student_optimizer, noise, text
            )
        return found

    def _update(
        self,
        loss_of: Callable[[Nets, Recipe, Noise, Text], Tensor],
        net: Net,
        optimizer: torch.optim.Optimizer,
        noise: Noise,
        text: Text,
    ) -> Tensor:
        loss = loss_of(self.nets, self.recipe, noise, text)
        loss.backward()
        nn.utils.clip_grad_norm_(net.module.parameters(), self.recipe.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.detach()


_ATTENTION = tuple(
    getattr(torch.ops.aten, name).default
    for name in (
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_efficient_attention",
        "_scaled_dot_product_cudnn_attention",
        "_scaled_dot_product_flash_attention_for_cpu",
    )
)


def _policy(context: Any, op: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
    return CheckpointPolicy.MUST_SAVE if op in _ATTENTION else CheckpointPolicy.PREFER_RECOMPUTE


class Keeping:
    """Selective checkpointing of a model's repeated blocks: attention's results are kept, the rest is recomputed.

    The blocks call through it inside of what `compile_repeated_blocks` compiles, so it is made before. It changes
    nothing while `on` is false.
    """

    def __init__(self, model: nn.Module) -> None:
        self.on = False
        for block in model.blocks:  # type: ignore[union-attr]
            block.forward = partial(self._forward, block.forward)

    def _forward(self, plain: Callable[..., Tensor], *args: Any) -> Tensor:
        if not (self.on and torch.is_grad_enabled()):
            return plain(*args)
        contexts = partial(create_selective_checkpoint_contexts, _policy)
        return checkpoint(plain, *args, use_reentrant=False, context_fn=contexts)
