"""Conditioning that holds latents: they are normalised when they are encoded, as all latents are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from paths import ROOT
from safetensors.torch import load_file

from fdc.compiler.cli.main import main

MINI = ROOT / "families" / "mini"
RECORD = """
  record start {
    embeds: f32[b, 40, 64] { pad = zero }
    image: clean[blocks]
    given: mask[b, 1, F, H/2, W/2] { one = given }
  }

  stage encode_start : encode(prompt: str[b], video: pixels[b, 3, F, H, W]) -> start by python(encode_start)
"""
BINDING = '''
def encode_start(role, prompt, video):
    """The whole clip is given; the codec's latents leave as the codec makes them."""
    image = role.codec.module.encode(video)
    return {**encode_text(role, prompt), "image": image, "given": torch.ones_like(image[:, :1]).bool()}
'''
PROGRAM = """import "./continued.fdl" { mini }

program train {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("data", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }

  update student {
    x0 = student.clean(batch)
    t ~ clamp(shifted(uniform(0, 1), student.shift), 0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    v = guide(student.predict(xt, t, c), student.predict(xt, t, student.uncond(batch)), extra = 0.5)
    loss flow = mse(v, student.target(x0, eps, t))
    loss first = mse(student.x0(xt, t, c), c.image)
  }

  optimize student = adamw(lr = 1e-3)
  train { steps = 2, batch = 2 }
}

program store {
  sizes { F = 4, H = 16, W = 16 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  data clips = shapes("data", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }
  graph both(batch) { return (teacher.clean(batch), teacher.cond(batch)) }
  produce pairs = both(batch) to shards("out") { fields = [clean, start], count = 4, batch = 2 }
}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    text = (MINI / "mini.fdl").read_text("utf-8")
    changes = {
        "  stage encode_text": RECORD + "\n  stage encode_text",
        "in_channels = 12": "in_channels = 25",
        "hidden_states = x,": "hidden_states = concat(x, c.given, c.image, axis = c),",
        "cond(batch) { return encode_text(batch.prompt) }": "cond(batch) { return encode_start(batch.prompt, batch.video) }",
        'uncond(batch) { return encode_text("") }': 'uncond(batch) { return encode_start("", batch.video) }',
    }
    text = text.replace("c: text)", "c: start)")
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (tmp_path / "continued.fdl").write_text(text, "utf-8")
    (tmp_path / "binding.py").write_text((MINI / "binding.py").read_text("utf-8") + BINDING, "utf-8")
    (tmp_path / "p.fdl").write_text(PROGRAM, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_latents_of_a_record_are_normalised_as_all_latents(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "p.fdl", "--allow-python"]) == 0, capfd.readouterr().err
    rows = load_file(here / "out" / "shard-00000.safetensors")
    assert rows["start.image"].std() > 0.1
    torch.testing.assert_close(rows["start.image"], rows["clean"])
    assert rows["start.given"].min() == 1
