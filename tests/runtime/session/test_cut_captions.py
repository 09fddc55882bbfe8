"""Captions that an encoder cuts are counted before the first step."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4
from fdc.compiler.runtime.session.cut_captions import tell_cut_captions
from fdc.compiler.runtime.session.plans.fields_read import field_uses
from fdc.families.mini import binding as mini
from fdc.families.wan import binding as wan

PROGRAM = """\
import mini
import finetune

program p {
  sizes { F = 2, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("data") { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-4)
  train { steps = 1, batch = 2 }
}
"""


def role(tokenizer: Any) -> Any:
    return SimpleNamespace(tokenizer=SimpleNamespace(module=tokenizer))


TEXTS = [
    "",
    "a cat",
    "x" * 39,
    "x" * 40,
    "狗" * 30,
    "a" * 511,
    "a" * 512,
    "a" * 600,
    "&amp;" * 300,
    "é" * 260,
]


def test_what_is_counted_is_what_is_cut() -> None:
    """A prompt is cut if its tokens are those of the prompt without its last letters."""
    counts = mini.cut_by_encode_text(None, TEXTS)
    assert counts[:5] == [0, 0, 0, 1, 51]
    bytes_as_tokens = wan.build_tokenizer({})
    counts = wan.cut_by_encode_text(role(bytes_as_tokens), TEXTS)
    assert counts == [max(0, len(wan.clean(text).encode()) + 1 - wan.LENGTH) for text in TEXTS]
    assert sum(map(bool, counts)) == 3


@pytest.mark.slow
def test_they_are_told_once_with_the_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for n, words in enumerate(("short", "w" * 44, "w" * 90)):
        write_mp4(Path(f"data/{n}.mp4"), torch.zeros(2, 16, 16, 3, dtype=torch.uint8))
        Path(f"data/{n}.txt").write_text(words)
    Path("p.fdl").write_text(PROGRAM)
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    told = capfd.readouterr().err
    line = (
        "2 of 3 texts for `prompt` are longer than `student.encode_text` reads, which cuts the rest: "
        "51 tokens of 2.mp4, fewer of the others"
    )
    assert told.count(line) == 1 and told.index(line) < told.index("step 1/1")


def test_an_encoder_that_is_given_more_than_the_text_is_asked_too(tmp_path: Path) -> None:
    """HunyuanVideo's is told a scale and how long its template is, Predict2's is given a picture."""
    told: list[str] = []
    for family, more, fields in (
        ("hunyuan", "", "prompt: str, video: pixels[b, 3, F, H, W]"),
        ("cosmos", ", G = 1", "prompt: str, shown: pixels[b, 3, G, H, W], video: pixels[b, 3, F, H, W]"),
    ):
        found = check_source(
            Source("p.fdl", CUT.format(family=family, more=more, fields=fields)), tmp_path / "p.fdl"
        )
        assert found.clean, found.diagnostics
        (program,) = found.programs
        uses = field_uses(compile(program, "").text, ("prompt",))
        (encoding,) = uses.encoded["prompt"]
        name = f"cut_by_{program.roles['student'].family.stages[encoding.stage].python}"
        binding = SimpleNamespace(**{name: lambda role, texts: [len(t) for t in texts]})
        roles: Any = {"student": SimpleNamespace(binding=binding)}
        tell_cut_captions(program, uses, roles, Captions(), told.append)
    assert [line.partition(" reads")[0] for line in told] == [
        "1 of 1 texts for `prompt` is longer than `student.encode_text`",
        "1 of 1 texts for `prompt` is longer than `student.encode_condition`",
    ]


class Captions:
    def texts(self, field: str) -> list[tuple[str, str]]:
        return [("0.mp4", "a dog")]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


CUT = """
import {family}
import finetune

program p {{
  sizes {{ F = 9, H = 32, W = 32{more} }}
  role student = {family}.tiny(tiny(seed = 0)) {{ train = full, precision = f32 }}
  data clips = folder("data") {{ {fields} }}
  use finetune(student) {{ times = uniform(0.1, 0.9) }}
  optimize student = adamw(lr = 1e-4)
  train {{ steps = 1, batch = 2 }}
}}
"""
