"""Distillation from a teacher of another family: its latents are other latents, and `bridge` carries them over."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source

ROLES = """
import {student}
import {teacher}
import dmd2

program cross {{
  sizes {{ {sizes} }}
  role student = {student}.tiny(tiny(seed = 0)) {{ train = full, precision = f32 }}
  role teacher = {teacher}.tiny(tiny(seed = 1)) {{ precision = f32 }}
  role critic = {student}.tiny(tiny(seed = 0)) {{ train = full, precision = f32 }}
  data shots = shapes("shots", count = 4) {{ prompt: str, {fields} }}
{method}
  optimize student = adamw(lr = 1e-4)
  optimize critic = adamw(lr = 1e-4)
  train {{ steps = 4, batch = 2 }}
}}
"""
AS_IT_IS = "  use dmd2(student, teacher, critic) { steps = sigmas([FIRST, 0.75, 0.5]), ratio = 2 }"
BRIDGED = """
  graph generate(batch) {
    e ~ noise[student]
    return student.x0(e, sigmas([1.0])[0], student.cond(batch))
  }
  update critic {
    x0 = stop(generate(batch))
    t ~ uniform(0.02, 0.98)
    eps ~ noise[critic]
    loss flow = mse(critic.predict(critic.noisy(x0, eps, t), t, critic.cond(batch)), critic.target(x0, eps, t))
  }
  ## The teacher is asked in its own space, and what it says comes back.
  update student every 2 {
    x0 = generate(batch)
    t ~ uniform(0.02, 0.98)
    eps ~ noise[student]
    fake = critic.x0(student.noisy(stop(x0), eps, t), t, critic.cond(batch))
    there = bridge(stop(x0), to = teacher)
    e ~ noise[teacher]
    real = bridge(teacher.x0(teacher.noisy(there, e, t), t, teacher.cond(batch)), to = student)
    grad = (fake - real) / mean(abs(x0 - real), per = sample)
    loss dmd = 0.5*mse(x0, stop(x0 - grad))
  }
"""
CLIPS = {"sizes": "F = 9, H = 32, W = 32", "fields": "video: pixels[b, 3, F, H, W]", "first": "1.0"}
PICTURES = {"sizes": "H = 64, W = 64, L = 32", "fields": "image: pixels[b, 3, H, W]", "first": "1.0"}
PAIRS = {
    "hunyuan to wan": {"student": "wan", "teacher": "hunyuan", **CLIPS},
    "flux to sd35": {"student": "sd35", "teacher": "flux", **PICTURES},
}
"""Families of which one cannot teach the other in its own latents."""
ALIKE = {
    "cosmos25 to wan": {"student": "wan", "teacher": "cosmos25", **CLIPS},
    "wan to cosmos25": {"student": "cosmos25", "teacher": "wan", **CLIPS, "first": "0.9950248756"},
}
"""Families that share a space."""


def text(pair: dict[str, str], method: str) -> str:
    return ROLES.format(**pair, method=method.replace("FIRST", pair["first"]))


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_teacher_of_another_space_is_refused_and_a_bridge_offered(
    pair: dict[str, str], tmp_path: Path
) -> None:
    found = check_source(Source("cross.fdl", text(pair, AS_IT_IS)), tmp_path / "cross.fdl")
    assert [d.code for d in found.diagnostics if d.severity == "error"] == ["space-mismatch"]
    assert any("bridge(" in d.help for d in found.diagnostics)


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_it_teaches_over_a_bridge(
    pair: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    Path("cross.fdl").write_text(text(pair, BRIDGED))
    assert main(["run", "cross.fdl"]) == 0
    assert list(Path("runs/cross").glob("*/export/student"))


@pytest.mark.slow
@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_a_teacher_of_the_same_space_needs_no_bridge(
    pair: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    Path("cross.fdl").write_text(text(pair, AS_IT_IS))
    assert main(["run", "cross.fdl"]) == 0
    assert list(Path("runs/cross").glob("*/export/student"))


@pytest.mark.parametrize(
    ("student", "teacher", "sizes", "fields"),
    [
        ("sd35", "zimage", "H = 64, W = 64, L = 77", "image: pixels[b, 3, H, W]"),
        (
            "cosmos",
            "hunyuan15",
            "F = 9, G = 5, H = 32, W = 32",
            "shown: pixels[b, 3, G, H, W], video: pixels[b, 3, F, H, W]",
        ),
    ],
)
def test_a_size_that_one_family_fixes_is_free_for_another(
    student: str, teacher: str, sizes: str, fields: str, tmp_path: Path
) -> None:
    """Both have a size of one name: rows of text in Z-Image, which are as many as it says, and given frames."""
    pair = {"student": student, "teacher": teacher, "sizes": sizes, "fields": fields, "first": "0.98"}
    found = check_source(
        Source("cross.fdl", text(pair, BRIDGED.replace("[1.0]", "[0.98]"))), tmp_path / "c.fdl"
    )
    assert "size-not-accepted" not in [d.code for d in found.diagnostics]
