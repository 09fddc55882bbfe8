"""Clips of one family's codec carried to another's space of images, in a run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base.media.clips_and_images import decode, write_mp4

FAMILY = """
family tiles {
  sizes { H = 4*m, W = 4*n }
  component net = python.Net { trainable }
  component eye = python.Means { dtype = f32, config = { side = 4 } }
  space means = f32[b, 3, h = H/4, w = W/4] from eye { normalize = z * 2.0 - 0.5 }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = s }
  record text { embeds: f32[b, 2] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[means] by eye.encode(x = image)
  stage denoise : denoise(x: noisy[means], t: time[b], c: text) -> predict[means]
    by net(x = x, t = t.ticks, text = c.embeds)
  stage decode_image : decode(x0: clean[means]) -> pixels[b, 3, H, W] by eye.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch) {
    x ~ noise[means]
    t = sigmas([1.0])[0]
    return decode_image(x - denoise(x, t, cond(batch)))
  }
}
"""
BINDING = """
import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config


class Net(ModelMixin, ConfigMixin):
    config_name = "config.json"

    @register_to_config
    def __init__(self) -> None:
        super().__init__()
        self.mix = torch.nn.Conv2d(3, 3, 1)
        self.said = torch.nn.Linear(3, 3)

    def forward(self, x, t, text):
        return self.mix(x) + self.said(torch.cat([text, t[:, None]], 1))[..., None, None]


class Means(ModelMixin, ConfigMixin):
    config_name = "config.json"

    @register_to_config
    def __init__(self, side: int = 4) -> None:
        super().__init__()

    def encode(self, x):
        return torch.nn.functional.avg_pool2d(x, self.config.side)

    def decode(self, z):
        return torch.nn.functional.interpolate(z, scale_factor=float(self.config.side))


def encode_text(role, prompt):
    return {"embeds": torch.tensor([[float(len(p)), 1.0] for p in prompt])}
"""
PROGRAM = """
import mini
import "./tiles.fdl" as t

program carried {
  sizes { F = 2, H = 8, W = 12 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  role student = t.tiles(tiny(seed = 0)) { precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W], image: pixels[b, 3, H, W] }
  graph both(batch) { return (bridge(teacher.clean(batch), to = student), student.clean(batch)) }
  produce out = both(batch) to shards("out") { fields = [bridged, own], count = 3, batch = 3 }
}

program trained {
  sizes { F = 2, H = 8, W = 12 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  role student = t.tiles(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = bridge(teacher.clean(batch), to = student)
    s ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, s)
    loss flow = mse(student.predict(xt, s, student.cond(batch)), student.target(x0, eps, s))
  }
  optimize student = adamw(lr = 1e-2)
  train { steps = 2, batch = 3 }
  validate every 2 { sample = student.sample(), count = 2 }
}
"""


def test_a_clip_is_carried_to_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiles.fdl").write_text(FAMILY)
    (tmp_path / "binding.py").write_text(BINDING)
    (tmp_path / "p.fdl").write_text(PROGRAM)
    for n in range(3):
        generator = torch.Generator().manual_seed(n)
        clip = torch.randint(0, 256, (2, 8, 12, 3), generator=generator, dtype=torch.uint8)
        write_mp4(tmp_path / "clips" / f"{n}.mp4", clip, lossless=True)
        (tmp_path / "clips" / f"{n}.txt").write_text("a" * n)
    monkeypatch.chdir(tmp_path)
    assert main(["run", "p.fdl", "--allow-python", "--device", "cpu"]) == 0
    stored = load_file(tmp_path / "out" / "shard-00000.safetensors")
    assert torch.allclose(stored["bridged"], stored["own"], atol=1e-5)
    for n in range(3):
        first = decode(tmp_path / "clips" / f"{n}.mp4")[0].permute(2, 0, 1).float() / 127.5 - 1
        means = torch.nn.functional.avg_pool2d(first[None], 4)[0]
        assert torch.allclose(stored["bridged"][n], means * 2.0 - 0.5, atol=1e-5)
    assert len(list(tmp_path.glob("runs/trained/*/samples/step-2/*.png"))) == 3
