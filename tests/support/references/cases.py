"""What a family is compared with: a pipeline of diffusers at a tiny size, and what its classes make when they are called
with tensors, not through the family's binding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

IMAGE = "prompt: str, image: pixels[b, 3, H, W]"
CLIP = "prompt: str, video: pixels[b, 3, F, H, W]"
"""The fields of most families' data."""
LOW, HIGH = 0.2, 0.9
"""The noise levels between which a family's stages are compared."""
Made = Mapping[str, Tensor]
"""Tensors by name; those of a record are `NAME.FIELD`."""


@dataclass(frozen=True)
class Asked:
    """What the family was asked, for the reference to be asked the same.

    `batch` holds the fields of the data, `drawn` each draw by its name in the program, in the order of its iterations,
    `made` what the family made. `steps` and `scale` are those of a sample, `sizes` the program's.
    """

    batch: Mapping[str, Any]
    drawn: Mapping[str, list[Tensor]]
    made: Made
    steps: int
    scale: float
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def prompts(self) -> list[str]:
        return list(self.batch["prompt"])

    @property
    def no_text(self) -> list[str]:
        """A prompt without words for each sample."""
        return [""] * len(self.prompts)

    @property
    def level(self) -> Tensor:
        """The noise level of each sample [b] where the case has times of its own accord."""
        return LOW + (HIGH - LOW) * self.drawn["t"][0]

    def noise(self, name: str = "x") -> Tensor:
        """The first draw of this name."""
        return self.drawn[name][0].clone()

    def one_by_one(self) -> Iterator[Asked]:
        """Each sample by itself, without what the family made."""
        for k in range(len(self.prompts)):
            part = slice(k, k + 1)
            drawn = {n: [x[part] for x in found] for n, found in self.drawn.items()}
            yield replace(self, batch={n: v[part] for n, v in self.batch.items()}, drawn=drawn, made={})

    def sampled(self, pipeline: Any, **given: Any) -> Any:
        """What a pipeline makes of the prompts in as many steps, at the sizes of the program; `given` is what it takes
        beside these, or in their place."""
        names = {"H": "height", "W": "width", "F": "num_frames"}
        sizes = {names[n]: v for n, v in self.sizes.items() if n in names}
        asked = {"prompt": self.prompts, "num_inference_steps": self.steps, "output_type": "pt"}
        return pipeline(**sizes | asked | given)


@dataclass(frozen=True)
class Case:
    """A family at a tiny size beside what diffusers makes of it.

    `pipeline()` builds the pipeline of diffusers' and transformers' classes, of random weights from a fixed seed; its folder
    is the checkpoint that the family loads. `stages` calls its classes with the tensors of what was asked, and gives what
    each stage has to make by the names of `graph`. `sample` runs the pipeline on the same noise, prompts, steps and scale;
    what reaches its codecs' `decode` is compared. `counts` are the parameters of components at the published sizes:
    variant, component, number.
    """

    family: str
    sizes: Mapping[str, int]
    pipeline: Callable[[], Any]
    stages: Callable[[Any, Asked], Made]
    sample: Callable[[Any, Asked], object]
    counts: Mapping[str, Mapping[str, int]]
    fields: str = IMAGE
    decode: str = "decode_image"
    """The stage that decodes."""
    codecs: tuple[str, ...] = ("vae",)
    """Components of which what they decode is compared."""
    prompts: tuple[str, str] = ("a red circle moving left", "two green squares, one above the other")
    variant: str = "tiny"
    times: str = f"uniform({LOW}, {HIGH})"
    graph: str = """
    c = student.cond(batch)
    u = student.uncond(batch)
    x0 = student.clean(batch)
    x = student.noisy(x0, eps, t)
    return (c, u, x0, x, student.predict(x, t, c), student.DECODE(x0))"""
    made: tuple[str, ...] = ("cond", "uncond", "clean", "noisy", "predict", "decode")
    """The names of what `graph` returns. `noisy` is what the reference is asked of."""
    source: str = 'folder("data")'
    """What the data come from, as a program says it."""
    shown: tuple[str, ...] = ("sample",)
    """The names of what the family's `sample` gives."""
    ships: str = ""
    """What `programs/NAME_METHOD.fdl` begins with; "" for the family's name."""
    options: str = ""
    """Further arguments of the family's `sample`."""
    steps: int = 3
    scale: float = 5.0
    rates: Mapping[str, float] = field(default_factory=lambda: {"finetune": 2e-3, "dmd2": 1e-3})
    """Learning rates at which the tiny networks learn in some dozens of steps."""
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"dmd2": ("use.ratio=1",)})
    """By method, further settings of the program that ships, as `--set` writes them."""
    losses: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"finetune": ("student.flow",), "dmd2": ("critic.flow",)}
    )
    """By method, the losses that have to fall: a distribution-matching loss is no distance."""

    @property
    def shipped(self) -> str:
        return self.ships or self.family

    def program(self, checkpoint: Path) -> str:
        """A program that asks each stage once, and for a sample."""
        sizes = ", ".join(f"{n} = {v}" for n, v in self.sizes.items())
        graph = self.graph.replace("DECODE", self.decode)
        return f"""import {self.family}
program ask {{
  sizes {{ {sizes} }}
  role student = {self.family}.{self.variant}("{checkpoint}") {{ precision = f32 }}
  data d = {self.source} {{ {self.fields} }}
  graph stages(batch) {{
    t ~ {self.times}
    eps ~ noise[student]{graph}
  }}
  produce stages = stages(batch) to shards("stages") {{ fields = [{", ".join(self.made)}], count = 2, batch = 2 }}
  produce samples = student.sample(batch, steps = {self.steps}, scale = {self.scale}{self.options}) to shards("samples") {{
    fields = [{", ".join(self.shown)}], count = 2, batch = 2
  }}
}}
"""


def statistics(codec: Any, ndim: int = 4) -> list[Tensor]:
    """Mean and deviation of a codec's latents, by the channels of tensors of so many dims."""
    numbers = (torch.tensor(codec.config[k]) for k in ("latents_mean", "latents_std"))
    return [x.view(1, -1, *[1] * (ndim - 2)) for x in numbers]


@cache
def all_cases() -> dict[str, Case]:
    """The cases of the files of this folder's rooms by the families' names, of further variants by `FAMILY.VARIANT`."""
    files = sorted(Path(__file__).parent.glob("*/*.py"), key=lambda p: p.stem)
    modules = [import_module(f"references.{p.parent.name}.{p.stem}") for p in files if p.stem != "__init__"]
    found = [c for m in modules for c in getattr(m, "CASES", [m.CASE] if hasattr(m, "CASE") else [])]
    return {c.family if c.variant == "tiny" else f"{c.family}.{c.variant}": c for c in found}
