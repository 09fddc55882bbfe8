"""Fused groups of small programs, with inputs at random, for tests of what their kernels compute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from lowering import CRITIC, FLOW, STUDENT, TEACHER, loaded, run
from torch import Tensor

from fdc.compiler.emit.module import emit
from fdc.compiler.ir.verify import verify
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.fusion.fuse import fuse
from fdc.compiler.passes.fusion.group import Arithmetic, arithmetic
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.fused import Fused

ROLES = "\n".join((STUDENT, CRITIC, TEACHER))
PROCESSES = {
    "flow": FLOW,
    "vp": "noisy = a*x0 + s*eps, predict = a*eps - s*x0, ticks = 1000*s",
    "trig": "noisy = cos(u)*x0 + sin(u)*eps, predict = cos(u)*eps - sin(u)*x0, ticks = 1000*sin(u)",
    "edm": "noisy = x0 + s*eps, predict = x0, ticks = 1000*s",
}

UPDATES = {
    "mse": "loss a = mse(student.predict(xt, t, c), student.target(x0, eps, t))",
    "l1": "loss a = l1(student.x0(xt, t, c), x0)",
    "huber": "loss a = huber(student.x0(xt, t, c), x0, delta = 0.3)",
    "pseudo_huber": "loss a = pseudo_huber(student.x0(xt, t, c), x0, delta = 0.01)",
    "weighted": "loss a = mse(student.x0(xt, t, c), x0, weight = t.sigma*t.sigma)",
    "per_sample": "loss a = mean(mse(student.x0(xt, t, c), x0, per = sample))",
    "eps": "loss a = mse(student.eps(xt, t, c), eps)",
    "score": "loss a = mse(t.sigma*student.score(xt, t, c), -eps)",
    "renoised": "loss a = mse(student.x0(student.noisy(student.x0(xt, t, c), eps, t), t, c), x0)",
    "huber_each": "loss a = huber(student.x0(xt, t, c), x0, delta = 0.1 + t.sigma)",
    "elementwise": "loss a = mse(student.x0(xt, t, c), x0, weight = 1/(0.1 + square(x0)))",
    "bounded": (
        "p = student.x0(xt, t, c)\n"
        "    loss a = mean(max(square(p), 0.1)) + mean(min(square(p), t.sigma)) + mean(max(p, x0)*clamp(p, -x0, 1))"
    ),
    "vectors": "loss a = pseudo_huber(student.x0(xt, t, c), x0, norm = sample, delta = 0.3)",
    "passed_on": (
        "r ~ uniform(0.1, 0.9)\n    e ~ noise[student]\n    again = student.noisy(student.x0(xt, t, c), e, r)\n"
        "    loss a = mse(student.x0(again, r, c), x0)"
    ),
    "normalised": (
        "p = student.x0(xt, t, c)\n    g = (p - x0) / mean(abs(p - x0), per = sample)\n"
        "    loss a = mse(x0 - g, x0)"
    ),
    "product": (
        "p = student.x0(xt, t, c)\n    loss a = mean(mse(p, x0, per = sample) * mean(abs(p), per = sample))"
    ),
    "ratio": (
        "p = student.x0(xt, t, c)\n"
        "    loss a = mean(sqrt(mse(p, x0, per = sample) + 0.01) / (mean(square(p), per = sample) + 0.1))"
    ),
    "guided": (
        "loss a = mse(student.x0(xt, t, c), "
        "guide(student.x0(xt, t, c), student.x0(xt, t, student.uncond(batch)), 3.0))"
    ),
    "functions": (
        "p = student.x0(xt, t, c)\n"
        "    loss a = mean(softplus(4*p)) - mean(log_sigmoid(30*(p - x0))) + mean(norm(p - x0, per = sample))\n"
        "    loss b = mean(std(p, per = sample)*mse(p, x0, per = sample))"
    ),
    "perturbed": (
        "w = perturb(eps, 1.0, per = channel)\n    loss a = mse(student.eps(student.noisy(x0, w, t), t, c), w)"
    ),
    "guided_elsewise": (
        "g = guide(student.x0(xt, t, c), student.x0(xt, t, student.uncond(batch)), 3.0, zero = true, rescale = 0.7)\n"
        "    loss a = mse(g, x0)"
    ),
    "ddim": (
        "r ~ uniform(0.1, 0.9)\n    loss a = mse("
        "student.noisy(student.x0(xt, t, c), student.eps(xt, t, c), r), student.noisy(x0, eps, r))"
    ),
}
"""One update each, from `xt`, the noisy form of `x0`."""


PER_FRAME = (
    "r ~ uniform(0.1, 0.9) per frame\n    e ~ noise[student]\n"
    "    again = student.noisy(student.x0(xt, t, c), e, r)\n"
    "    loss a = mse((again - r.sigma*e) / r.alpha, x0, weight = 1 - r.sigma)"
)
"""The same with a level for each frame."""


def update(loss: str) -> str:
    return f"""update student {{
    x0 = student.clean(batch)
    c = student.cond(batch)
    eps ~ noise[student]
    t ~ uniform(0.1, 0.9)
    xt = student.noisy(x0, eps, t)
    {loss}
  }}"""


@dataclass(frozen=True)
class Tried:
    """A group of an emitted module, and its arithmetic."""

    module: ModuleType
    fused: Fused
    group: Arithmetic
    shapes: tuple[tuple[int, ...], ...]  # of each input after the batch

    def inputs(self, b: int, seed: int, dtype: torch.dtype = torch.float32, scale: float = 1.0) -> list[Any]:
        generator = torch.Generator().manual_seed(seed)
        taking = {k for k, _ in self.group.gradients}
        made: list[Any] = []
        for k, given in enumerate(self.group.inputs):
            match given.kind:
                case "latent":
                    x = (scale * torch.randn(b, *self.shapes[k], generator=generator)).to(dtype)
                    made.append(x.requires_grad_() if k in taking else x)
                case "sample" | "frame":
                    made.append(0.1 + 0.8 * torch.rand(b, *self.shapes[k], generator=generator))
                case "number":
                    made.append(0.1 + 0.8 * torch.rand((), generator=generator))
                case "host":
                    made.append(float(0.1 + 0.8 * torch.rand((), generator=generator)))
                case _:
                    made.append("a.site" if given.dtype == "str" else 3)
        return made


def tried(program: TypedProgram) -> Iterator[Tried]:
    """The groups of a program."""
    plan = fuse(optimise(lower(program), without={"fuse"})[0]).plan
    verify(plan)
    module = loaded(emit(plan))
    for f in plan.functions:
        if f.kind == "fused":
            types = [f.graph[i].type for i in f.graph.parameters]
            shapes = tuple(
                tuple(d.constant or 1 for d in t.dims[1:]) if hasattr(t, "dims") else () for t in types
            )
            yield Tried(module, getattr(module, f.name), arithmetic(f), shapes)


def doubled(inputs: list[Any]) -> list[Any]:
    """The same in float64."""
    return [
        x.detach().double().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs
    ]


def results(t: Tried, inputs: list[Any], by: str, seed: int = 0) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs and gradients of the taped inputs, of "kernels" or of the "reference"."""
    b = next(x.shape[0] for x, i in zip(inputs, t.group.inputs) if i.kind == "latent")
    at = run({}, samples=b)
    made = t.fused.by_kernels(at, *inputs) if by == "kernels" else t.fused.reference(at, *inputs)
    outputs = list(made) if isinstance(made, tuple) else [made]
    taking = [inputs[k] for k, _ in t.group.gradients]
    taped = [o for k, o in enumerate(outputs) if k not in t.fused.quiet]
    gradients: list[Tensor] = []
    if taking:
        generator = torch.Generator().manual_seed(seed)
        upstream = [torch.randn(o.shape, generator=generator).to(o.dtype) for o in taped]
        gradients = list(torch.autograd.grad(taped, taking, upstream))
    return [o.detach() for o in outputs], gradients
