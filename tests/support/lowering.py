"""A family and programs small enough to read, lowered and run without loading anything."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace

import torch
from paths import ROOT
from torch import Tensor, nn

from fdc.compiler.driver.pipeline import check
from fdc.compiler.emit.module import emit
from fdc.compiler.ir.graph import Plan
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams

FLOW = "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 3.0"

FAMILY = """
family toy {
  sizes { F = 4*k + 1, H = 8*m, W = 8*n }
  component net = diffusers.Net { trainable }
  component vae = diffusers.Codec { dtype = f32 }
  component words = transformers.Words
  space small = f32[b, 4, t = (F - 1)/4 + 1, h = H/8, w = W/8] from vae {
    normalize = (z - vae.config.latents_mean) / vae.config.latents_std
  }
  process p { PROCESS }
  record text { embeds: f32[b, 6, 8] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_video : encode(video: pixels[b, 3, F, H, W]) -> clean[small] by vae.encode(x = video)
  stage denoise : denoise(x: noisy[small], t: time[b], c: text) -> predict[small]
    by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_video : decode(x0: clean[small]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_video(batch.video) }
  SAMPLE
}
"""

EULER = """graph sample(batch, steps: int = 4, scale: float = 2.0) {
    x ~ noise[small]
    for (t, next) in grid(steps) {
      p = guide(denoise(x, t, cond(batch)), denoise(x, t, uncond(batch)), scale)
      x = x + (next.sigma - t.sigma)*p
    }
    return decode_video(x)
  }"""
BACK = "graph sample(batch) { return decode_video(clean(batch)) }"

DMD2 = (ROOT / "programs" / "dmd2.fdl").read_text()

PROGRAM = """
program try {
  sizes { F = 5, H = 16, W = 24 }
  ROLES
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  BODY
}
"""
TRAIN = "train { steps = 10, batch = 4 }"

STUDENT = 'role student = toy("one") { train = full, precision = f32 }\n  optimize student = adamw(lr = 1e-4)'
CRITIC = 'role critic = toy("one") { train = full, precision = f32 }\n  optimize critic = adamw(lr = 1e-4)'
TEACHER = 'role teacher = toy("two") { precision = f32 }'


def typed(
    tmp_path: Path,
    body: str,
    roles: str = STUDENT,
    process: str = FLOW,
    methods: str = "",
    family: str = FAMILY,
    frames: int = 5,
    fields: str = "",
) -> TypedProgram:
    """The typed program, of videos of so many frames, with `fields` of the data beside them; fails with the diagnostics if
    it does not check."""
    sample = EULER if process == FLOW else BACK
    text = (
        family.replace("PROCESS", process).replace("SAMPLE", sample)
        + methods
        + PROGRAM.replace("F = 5", f"F = {frames}")
        .replace("ROLES", roles)
        .replace("W] }", f"W], {fields} }}" if fields else "W] }")
        .replace("BODY", body if "train {" in body else f"{body}\n  {TRAIN}")
    )
    path = tmp_path / "try.fdl"
    path.write_text(text)
    found = check(path)
    assert found.clean and found.programs, [d.message for d in found.diagnostics]
    return found.programs[0]


def compiled(program: TypedProgram, without: Collection[str] = ()) -> tuple[Plan, ModuleType, str]:
    """The optimised plan (verified after every pass), its module, and the module's text."""
    plan, _ = optimise(lower(program), without=without, verified=True)
    text = emit(plan)
    return plan, loaded(text), text


def loaded(text: str) -> ModuleType:
    """A module of this text; Triton reads the source of its kernels from its file."""
    with tempfile.NamedTemporaryFile("w", prefix="plan-", suffix=".py", dir=FOLDER.name, delete=False) as f:
        f.write(text)
    module = ModuleType("plan")
    exec(compile(text, f.name, "exec"), module.__dict__)
    return module


FOLDER = tempfile.TemporaryDirectory()


class Net(nn.Module):
    """Sees its latents, time and text; differentiable and cheap."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(4, 4, generator=generator) * 0.5)
        self.time = nn.Parameter(torch.randn(4, generator=generator) * 1e-3)
        self.text = nn.Parameter(torch.randn(4, 8, generator=generator) * 0.1)

    def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        assert timestep.shape == (len(hidden_states),) and timestep.dtype == torch.float32
        mixed = torch.einsum("oc,bcthw->bothw", self.weight, hidden_states).tanh()
        said = torch.einsum("od,bd->bo", self.text, encoder_hidden_states.mean(1))
        shift = self.time * timestep[:, None] + said
        return mixed + shift[:, :, None, None, None]


class Codec:
    """Patches of 8x8 pixels and every fourth frame, averaged; constants that are not one and zero."""

    mean, std = torch.tensor([0.1, -0.2, 0.3, 0.4]), torch.tensor([1.5, 0.5, 2.0, 1.0])

    def encode(self, x: Tensor) -> Tensor:
        b, _, f, h, w = x.shape
        cells = x[:, :, ::4].view(b, 3, (f - 1) // 4 + 1, h // 8, 8, w // 8, 8).mean((4, 6))
        return torch.cat([cells, cells.mean(1, keepdim=True)], 1)

    def decode(self, z: Tensor) -> Tensor:
        return z[:, :3].repeat_interleave(8, 3).repeat_interleave(8, 4).repeat_interleave(4, 2)[:, :, 3:]

    def constant(self, name: str, axis: int, ndim: int) -> Tensor:
        shape = [1] * ndim
        shape[axis] = -1
        return {"latents_mean": self.mean, "latents_std": self.std}[name].view(shape)


def embed(prompts: list[str]) -> dict[str, Tensor]:
    rows = [torch.sin(torch.arange(48.0) * (1 + len(p))).view(6, 8) for p in prompts]
    return {"embeds": torch.stack(rows)}


def role(name: str, net: nn.Module | Callable[..., Tensor]) -> SimpleNamespace:
    binding = SimpleNamespace(encode_text=lambda role, prompt: embed(prompt))
    return SimpleNamespace(name=name, net=net, vae=Codec(), binding=binding)


def run(roles: Mapping[str, object], *, seed: int = 5, step: int = 3, samples: int = 4) -> Run:
    streams = Streams(seed, step, tuple(range(samples)))
    return Run(roles, step, streams, samples, torch.device("cpu"))  # type: ignore[arg-type]


def batch(samples: int = 4, frames: int = 5) -> dict[str, object]:
    generator = torch.Generator().manual_seed(1)
    video = torch.rand(samples, 3, frames, 16, 24, generator=generator) * 2 - 1
    return {"prompt": [f"a clip {'x' * i}" for i in range(samples)], "video": video}
