"""What is silently wrong of Cosmos elsewhere, and is told or held here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import family_trials
import pytest
import torch
from lowering import loaded
from references.cases import Case
from references.clips import cosmos, cosmos1_shown, cosmos25
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.base.errors import RunError

GRAPH = """
    c = student.cond(batch)
    x = student.noisy(student.clean(batch), eps, t)
    return (student.predict(x, t, c), student.target(student.clean(batch), eps, t))"""
"""What is said of clips of which the first frames are given, and what should be."""
FAMILIES = {"cosmos": cosmos.CASE, "cosmos1": cosmos1_shown.CASE, "cosmos25": cosmos25.FRAMES}


def with_frames(case: Case, count: int) -> Case:
    return replace(case, sizes={**case.sizes, "G": count})


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("cosmos", 5), ("cosmos1", 9), ("cosmos25", 5)])
def test_it_goes_on_from_frames_as_diffusers_does(name: str, count: int, tmp_path: Path) -> None:
    """From two latent frames; `test_families` compares those of one, and Predict2.5 from a text alone."""
    case = with_frames(FAMILIES[name], count)
    case.pipeline().save_pretrained(tmp_path)
    found = family_trials.compared(case, tmp_path)
    assert found.worst <= 1e-4, found


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_a_loss_counts_given_frames_as_zero(name: str, tmp_path: Path) -> None:
    """Whatever the network says there, the prediction is what ends at the frames, to rounding; the rest is the network's."""
    case = with_frames(FAMILIES[name], 1)
    case = replace(case, graph=GRAPH, made=("said", "wanted"))
    case.pipeline().save_pretrained(tmp_path)
    program = family_trials.asked_program(case, tmp_path)
    roles = family_trials.roles_of(program)
    batch = family_trials.batch_of(program, case.prompts)
    batch["shown"] = batch["video"][:, :, :1]
    with torch.no_grad():
        made: Mapping[str, Tensor] = family_trials.asked(
            case, loaded(compile(program, "test").text), roles, batch, "stages"
        ).made
    apart = (made["said"] - made["wanted"]).abs()
    assert float(apart[:, :, 0].max()) < 1e-4
    assert float(apart[:, :, 1:].mean()) > 0.1


TELLS = """
import FAMILY
import finetune
program p {
  sizes { SIZES, H = 32, W = 32 }
  role student = FAMILY.VARIANT(tiny(seed = 0)) { train = full }
  data clips = folder("data/clips") { prompt: str, FIELD video: pixels[b, 3, F, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-4)
  train { steps = 10, batch = 2 }
}
"""
SHOWN = "shown: pixels[b, 3, G, H, W],"


@pytest.mark.parametrize(
    ("family", "sizes", "field", "told"),
    [
        ("cosmos.tiny", "F = 9, G = 5", SHOWN, ""),
        ("cosmos.tiny", "F = 9, G = 6", SHOWN, "`cosmos` does not accept G = 6"),
        ("cosmos.tiny", "F = 9, G = 13", SHOWN, "no more frames are given than a clip has"),
        ("cosmos25.tiny", "F = 9", "", ""),
        ("cosmos25.tiny_v2w", "F = 9, G = 1", "", "`shown`"),
        ("cosmos1.tiny", "F = 121", "", ""),
        ("cosmos1.tiny", "F = 129", "", "constants for 16 latent frames"),
        ("cosmos1.tiny_v2w", "F = 129, G = 9", SHOWN, "constants for 16 latent frames"),
    ],
)
def test_frames_are_counted_before_anything_is_loaded(family: str, sizes: str, field: str, told: str) -> None:
    name, _, variant = family.partition(".")
    text = (
        TELLS.replace("FAMILY", name)
        .replace("VARIANT", variant)
        .replace("SIZES", sizes)
        .replace("FIELD", field)
    )
    found = [d.message for d in check_source(Source("p.fdl", text), Path("p.fdl").absolute()).diagnostics]
    assert (len(found) == 1 and told in found[0]) if told else not found, found


def test_constants_of_frames_are_those_of_the_first() -> None:
    config = SimpleNamespace(mean=[float(n) for n in range(12)], short=[0.0] * 4)
    vae = LoadedComponent("vae", SimpleNamespace(config=config))
    mean = vae.constant("mean", 1, 5, frames=(3, 2, 2))
    assert mean.shape == (1, 3, 2, 1, 1)
    assert mean.flatten().tolist() == [0.0, 1.0, 4.0, 5.0, 8.0, 9.0]
    with pytest.raises(RunError, match="holds 12 numbers") as e:
        vae.constant("mean", 1, 5, frames=(3, 5, 2))
    assert e.value.code == "config-mismatch"
    with pytest.raises(RunError, match="holds 4 numbers"):
        vae.constant("short", 1, 5, frames=(3, 1, 2))
