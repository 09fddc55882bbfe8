"""Each fused group, forward and backward: fdc's kernels, its torch reference eager and compiled, and a device's copy of
as many bytes as the kernels have to move.

    python tests/bench/bench_glue.py            on a CPU: small latents, the reference eager and compiled
    python tests/bench/gpu.py --out records     on a GPU: Wan 1.3B at 480p and SDXL at 1024², with the kernels

`eager` draws fdc's streams with torch's integer arithmetic; `eager, randn` is the same with torch.randn, which is what a
loop written by hand would call. The copy reads half the bytes and writes half of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from harness import Candidate, Meter, Table, cuda, interleaved, processor, record, timed_table
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.emit.module import emit
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.fusion.fuse import fuse
from fdc.compiler.passes.fusion.group import Arithmetic, arithmetic, latent_size
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.runtime.api.fused import Fused
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.api.triton import runs_on
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.session.plans.load_plan import load_plan

PATH = Path(__file__).with_name("glue.fdl")  # not there: the text is made
PROGRAM = """
import wan
import dmd2
FAMILY
program glue {
  sizes { SIZES }
  role student = MODEL { train = full }
  optimize student = adamw(lr = 1e-5)
  data items = folder("items") { prompt: str, DATA }
  BODY
  train { steps = 10, batch = 1 }
}
"""
DISTIL = """role critic = MODEL { train = full }
  role teacher = MODEL
  optimize critic = adamw(lr = 1e-5)
  use dmd2(student, teacher, critic)"""
TUNE = """update student {
    x0 = student.clean(batch)
    t ~ logit_normal(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    p = student.x0(xt, t, student.cond(batch))
    loss plain = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
    loss weighted = mse(p, x0, weight = t.sigma)
    loss huber = huber(p, x0, delta = 0.1)
    loss pseudo = pseudo_huber(p, x0, delta = 0.01)
  }"""
# SDXL's latents; its groups' sizes are what matters here, so its process is the one that DMD2 runs on as it is
IMAGES = """
family images {
  sizes { H = 8*m, W = 8*n }
  component net = diffusers.Net { trainable }
  component vae = diffusers.Codec { dtype = f32 }
  space small = f32[b, 4, h = H/8, w = W/8] from vae {
    normalize = (z - vae.config.latents_mean) / vae.config.latents_std
  }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 1.0 }
  record text { embeds: f32[b, 77, 2048] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[small] by vae.encode(x = image)
  stage denoise : denoise(x: noisy[small], t: time[b], c: text) -> predict[small]
    by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  stage decode_image : decode(x0: clean[small]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch) { return decode_image(clean(batch)) }
}
"""


@dataclass(frozen=True)
class Latents:
    """A family and a size; `batch` samples of it."""

    name: str
    texts: tuple[str, ...]
    batch: int


def latents(name: str, model: str, sizes: str, data: str, batch: int, family: str = "") -> Latents:
    texts = []
    for body in (DISTIL, TUNE):
        text = PROGRAM.replace("BODY", body).replace("FAMILY", family).replace("SIZES", sizes)
        texts.append(text.replace("MODEL", model).replace("DATA", data))
    return Latents(name, tuple(texts), batch)


def wan(frames: int, height: int, width: int, batch: int) -> Latents:
    sizes = f"F = {frames}, H = {height}, W = {width}"
    name = f"Wan, {frames}×{height}×{width}, batch {batch}"
    return latents(name, "wan.t2v_1_3b(tiny(seed = 1))", sizes, "video: pixels[b, 3, F, H, W]", batch)


def sdxl(side: int, batch: int) -> Latents:
    sizes = f"H = {side}, W = {side}"
    data = "image: pixels[b, 3, H, W]"
    return latents(f"SDXL, {side}², batch {batch}", 'images("one")', sizes, data, batch, IMAGES)


@dataclass(frozen=True)
class Glue:
    """A fused group with what it takes; `moved` bytes a sample, forward and backward."""

    fused: Fused
    group: Arithmetic
    shapes: tuple[tuple[int, ...], ...]
    ops: int
    moved: int

    def inputs(self, b: int, device: torch.device) -> list[Any]:
        generator = torch.Generator().manual_seed(1)
        taking = {k for k, _ in self.group.gradients}
        made: list[Any] = []
        for k, given in enumerate(self.group.inputs):
            if given.kind == "latent":
                x = torch.randn(b, *self.shapes[k], generator=generator).to(device)
                made.append(x.requires_grad_(k in taking))
            elif given.kind in ("sample", "number"):
                shape = (b, *self.shapes[k]) if given.kind == "sample" else ()
                made.append((0.1 + 0.8 * torch.rand(shape, generator=generator)).to(device))
            elif given.kind == "host":
                made.append(0.5)
            else:
                made.append("a.site" if given.dtype == "str" else 3)
        return made


def glue(of: Latents, folder: Path) -> Iterator[Glue]:
    """The groups of a size's programs; modules are written to the folder, where Triton reads their kernels."""
    for number, text in enumerate(of.texts):
        checked = check_source(Source("glue.fdl", text, PATH), PATH)
        if not checked.clean:
            raise ValueError([d.message for d in checked.diagnostics])
        made = fuse(optimise(lower(checked.programs[0]), without=("fuse",))[0])
        path = folder / f"glue_{''.join(c for c in of.name if c.isalnum())}_{number}.py"
        path.write_text(emit(made.plan), "utf-8")
        module = load_plan(path)
        ops = {g.function.name: g.ops for g in made.groups}
        for f in made.plan.functions:
            if f.kind == "fused":
                types = [f.graph[i].type for i in f.graph.parameters]
                shapes = tuple(tuple(d.constant or 1 for d in getattr(t, "dims", ())[1:]) for t in types)
                group = arithmetic(f)
                moved = latent_size(f) * sum(t.moved for t in group.traffic)
                yield Glue(getattr(module, f.name), group, shapes, ops[f.name], moved)


@dataclass(frozen=True)
class _Randn:
    """Draws as a loop written by hand makes them."""

    samples: tuple[int, ...]
    device: torch.device

    def normal(self, site: str, shape: tuple[int, ...], iteration: tuple[int, ...] = ()) -> Tensor:
        return torch.randn(len(self.samples), *shape, device=self.device)


def candidates(g: Glue, b: int, device: torch.device, compiled: bool) -> list[Candidate]:
    inputs = g.inputs(b, device)
    samples = tuple(range(b))
    streams = Run({}, 1, Streams(1, 1, samples, device), b, device)
    randn = replace(streams, draws=_Randn(samples, device))
    taking = [inputs[k] for k, _ in g.group.gradients]
    draws = any(v.op == "normal" for v in g.group.scalars.values)

    def both(function: Callable[..., Any], run: Run) -> Callable[[], object]:
        upstream: list[Tensor] = []

        def work() -> object:
            run._made.clear()
            made = function(run, *inputs)
            if not taking:
                return made
            outputs = made if isinstance(made, tuple) else (made,)
            taped = [o for k, o in enumerate(outputs) if k not in g.fused.quiet]
            if not upstream:
                upstream.extend(torch.ones_like(o) for o in taped)
            return torch.autograd.grad(taped, taking, upstream)

        return work

    floats = g.moved * b // 4
    half = torch.empty(max(1, floats // 2), device=device)
    into = torch.empty_like(half)
    found = [
        Candidate("copy", lambda: into.copy_(half)),
        Candidate("eager", both(g.fused.reference, streams)),
    ]
    if draws:
        found.append(Candidate("eager, randn", both(g.fused.reference, randn)))
    if compiled:
        torch._dynamo.reset()  # what was compiled for other groups counts towards its limit
        made = torch.compile(g.fused.reference, dynamic=False)
        found.append(Candidate("torch.compile", both(made, randn if draws else streams)))
    if runs_on(device):
        found.append(Candidate("kernels", both(g.fused.by_kernels, streams)))
    return found


def tables(
    sizes: Sequence[Latents],
    device: torch.device,
    rounds: int,
    meter: Meter,
    *,
    compiled: bool = True,
    calls: int = 1,
    deadline: float = float("inf"),
) -> list[Table]:
    """A table for each group of each size; a run of a candidate is `calls` calls."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for of in sizes:
            for g in glue(of, Path(folder)):
                if time.monotonic() >= deadline:
                    break
                tried = [
                    Candidate(c.name, lambda work=c.work: [work() for _ in range(calls)])  # type: ignore[misc]
                    for c in candidates(g, of.batch, device, compiled)
                ]
                measured = interleaved(tried, rounds, meter, warmup=2, deadline=deadline)
                ways = "forward and backward" if g.group.gradients else "forward"
                moved = f"{g.moved * of.batch / 2**20:.1f} MiB"
                notes = [f"`{g.fused.name}`, {g.fused.lines}: {g.ops} ops, {moved}, {ways}."]
                title = f"{of.name}: {g.fused.name}"
                found.append(
                    timed_table(title, measured, to="copy", unit=("µs", 1e6), per=calls, notes=notes)
                )
    return found


def on_cuda(deadline: float = float("inf")) -> list[Table]:
    """The rows that need a GPU."""
    sizes = [wan(77, 448, 832, 1), sdxl(1024, 4)]
    return tables(sizes, torch.device("cuda"), 20, cuda(), calls=20, deadline=deadline)


def on_cpu(rounds: int, *, compiled: bool = True, sizes: Sequence[Latents] = ()) -> list[Table]:
    """On one thread, by the processor's time, so that other work on the machine counts for little."""
    torch.set_num_threads(1)
    sizes = sizes or [wan(17, 128, 128, 1), sdxl(256, 1)]
    return tables(sizes, torch.device("cpu"), rounds, processor(), compiled=compiled, calls=5)


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    a = parser.parse_args(given)
    print(record("bench_glue", on_cpu(a.rounds, compiled=not a.no_compile), given).markdown())


if __name__ == "__main__":
    main()
