"""What Stable Diffusion XL is told of its pictures: how large the originals are, where they were cut, what is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import family_trials
import pytest
import torch
from lowering import loaded
from PIL import Image
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import LoadedComponent, Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.data.open_data import open_feed
from fdc.compiler.runtime.random.streams import Streams

SIDE = 64
PICTURES = {"a": (96, 64), "b": (64, 160), "c": (128, 128), "d": (200, 90)}
"""Heights and widths."""
FIELDS = "size: f32[b, 2] { size_of = image }, crop: f32[b, 2] { crop_of = image }"
TUNE = """import sdxl
import finetune
program tune {
  sizes { H = 64, W = 64 }
  role student = sdxl.tiny(tiny(seed = 0)) { train = full, precision = f32 }
  data pictures = DATA
  use finetune(student) { times = ticks(pick(0 .. 1000)) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 2, batch = 4, seed = 3 }
  validate every 2 { sample = student.sample(steps = 2), count = 2 }
}
"""
PICTURED = 'folder("pictures") { prompt: str, image: pixels[b, 3, H, W], FIELDS }'
STORED = 'shards("latents") { x0: clean[student], c: student.text, prompt: str }'
PRODUCE = """import sdxl
program write {
  sizes { H = 64, W = 64 }
  role student = sdxl.tiny(tiny(seed = 0)) { precision = f32 }
  data pictures = folder("pictures") { prompt: str, image: pixels[b, 3, H, W], FIELDS }
  graph encoded(batch) { return (student.clean(batch), student.cond(batch)) }
  produce latents = encoded(batch) to shards("latents") { fields = [x0, c], count = 4, batch = 2 }
}
"""


def by_script(height: int, width: int) -> tuple[int, ...]:
    """`compute_time_ids` of examples/text_to_image/train_text_to_image_sdxl.py with --resolution 64 --center_crop: the
    shorter side is resized to it, and the middle is cut out."""
    short, long = sorted((height, width))
    longer = int(SIDE * long / short)
    tall, wide = (longer, SIDE) if height > width else (SIDE, longer)
    top, left = (max(0, round((x - SIDE) / 2.0)) for x in (tall, wide))
    return (height, width, top, left, SIDE, SIDE)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for k, (name, (height, width)) in enumerate(PICTURES.items()):
        noise = torch.randint(0, 256, (height, width, 3), generator=torch.Generator().manual_seed(k))
        Image.fromarray(noise.to(torch.uint8).numpy()).save(tmp_path / "pictures" / f"{name}.png")
        (tmp_path / "pictures" / f"{name}.txt").write_text(f"picture {name}")
    return tmp_path


@contextmanager
def told(role: Role) -> Iterator[list[Tensor]]:
    """The `time_ids` of each call of the network."""
    found: list[Tensor] = []

    def keep(module: Any, args: Any, given: dict[str, Any]) -> None:
        found.append(given["added_cond_kwargs"]["time_ids"].clone())

    hook = role.unet.module.register_forward_pre_hook(keep, with_kwargs=True)
    yield found
    hook.remove()


def checked(data: str) -> TypedProgram:
    text = TUNE.replace("DATA", data).replace("FIELDS", FIELDS)
    found = check_source(Source("tune.fdl", text), Path("tune.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    return found.programs[0]


def trained_rows(data: str, folder: Path) -> tuple[dict[str, tuple[int, ...]], float]:
    """The rows that the network is told of in a training step by their prompts, and the step's loss."""
    program = checked(data)
    torch.set_num_threads(1)
    with chdir(folder):
        feed = open_feed(program, family_trials.CPU, lambda line: None)
        assert feed is not None
        batch = feed.batch(range(4))
        roles, plan = family_trials.roles_of(program), loaded(compile(program, "test").text)
        with told(roles["student"]) as rows:
            run = Run(roles, 0, Streams(3, 0, (0, 1, 2, 3)), 4, family_trials.CPU)
            (loss,) = plan.UPDATES[0].losses(run, batch).values()
    (once,) = rows
    return dict(zip(batch["prompt"], map(tuple, once.int().tolist()), strict=True)), float(loss.detach())


@pytest.mark.slow
def test_training_tells_what_the_public_trainer_does(pictures: Path) -> None:
    rows, loss = trained_rows(PICTURED, pictures)
    assert rows == {f"picture {n}": by_script(*size) for n, size in PICTURES.items()}
    plain, other = trained_rows(PICTURED.replace(", FIELDS", ""), pictures)
    assert set(plain.values()) == {(SIDE, SIDE, 0, 0, SIDE, SIDE)} and loss != other


def test_sizes_are_told_to_the_pixel() -> None:
    """In bf16 1023 is 1024."""
    given: dict[str, Any] = {}

    def network(**inputs: Any) -> Tensor:
        given.update(inputs)
        made: Tensor = inputs["sample"]
        return made

    c = LoadedComponent("unet", network, torch.bfloat16)
    rows, text = torch.tensor([[1023.0, 767.0, 3.0, 0.0, 1024.0, 1024.0]]), torch.ones(1, 4)
    c(sample=torch.ones(1, 2), added_cond_kwargs={"time_ids": rows, "text_embeds": text})
    told = given["added_cond_kwargs"]
    assert torch.equal(told["time_ids"], rows) and told["text_embeds"].dtype == torch.bfloat16


MADE = """import sdxl
program made {
  sizes { H = 64, W = 64 }
  role student = sdxl.tiny(tiny(seed = 0)) { precision = f32 }
  data pictures = folder("pictures") { prompt: str, image: pixels[b, 3, H, W], FIELDS }
  produce samples = student.sample(batch, steps = 2) to shards("samples") { fields = [sample], count = 4, batch = 4 }
}
"""


@pytest.mark.slow
def test_both_sides_of_guidance_are_told_of_their_own_pictures(pictures: Path) -> None:
    """The two sides of guidance are one call, in which rows of texts and of numbers stand in one order."""
    found = check_source(Source("made.fdl", MADE.replace("FIELDS", FIELDS)), Path("made.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    (program,) = found.programs
    torch.set_num_threads(1)
    with chdir(pictures):
        feed = open_feed(program, family_trials.CPU, lambda line: None)
        assert feed is not None
        batch = feed.batch(range(4))
    roles, plan = family_trials.roles_of(program), loaded(compile(program, "test").text)
    texts: list[Tensor] = []

    def keep(module: Any, args: Any, given: dict[str, Any]) -> None:
        texts.append(given["encoder_hidden_states"].clone())

    hook = roles["student"].unet.module.register_forward_pre_hook(keep, with_kwargs=True)
    with torch.no_grad(), told(roles["student"]) as rows:
        plan.PRODUCE["samples"](Run(roles, 0, Streams(3, 0, (0, 1, 2, 3)), 4, family_trials.CPU), batch)
    hook.remove()
    own = [by_script(*PICTURES[p.removeprefix("picture ")]) for p in batch["prompt"]]
    for numbers, text in zip(rows, texts, strict=True):
        assert [tuple(r) for r in numbers.int().tolist()] == [*own, *own]
        assert bool((text[:4] != 0).any()) and not bool(text[4:].any()), "zeros stand for no text"


@pytest.mark.slow
def test_stored_conditions_and_samples(pictures: Path) -> None:
    """What `produce` stores says it too; samples are of no file, and are made as if whole."""
    (pictures / "write.fdl").write_text(PRODUCE.replace("FIELDS", FIELDS))
    (pictures / "tune.fdl").write_text(TUNE.replace("DATA", PICTURED).replace("FIELDS", FIELDS))
    with chdir(pictures):
        assert main(["run", "write.fdl"]) == 0
        assert main(["run", "tune.fdl"]) == 0
        assert (
            main(
                [
                    "sample",
                    next(iter(map(str, Path("runs/tune").iterdir()))),
                    "--out",
                    "made",
                    "--prompt",
                    "x",
                ]
            )
            == 0
        )
    rows, _ = trained_rows(STORED, pictures)
    assert rows == {f"picture {n}": by_script(*size) for n, size in PICTURES.items()}
    program = checked(PICTURED)
    assert not program.validations[0].fields & {"size", "crop"}
    roles, plan = family_trials.roles_of(program), loaded(compile(program, "test").text)
    run = Run(roles, 0, Streams(3, 0, (0,)), 1, family_trials.CPU)
    with torch.no_grad(), told(roles["student"]) as asked:
        plan.sample(run, {"prompt": ["x"]})
    assert {tuple(row) for x in asked for row in x.int().tolist()} == {(SIDE, SIDE, 0, 0, SIDE, SIDE)}
