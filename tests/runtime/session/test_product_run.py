"""A family of sight and sound in one product space, from clips with their sound to weights, samples and stored latents."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base.media.clips_and_images import decode, write_mp4
from fdc.compiler.runtime.base.media.waves import read_wave, wave_rate, write_wav

FAMILY = """
## Sight and sound, each with a codec, denoised as one.
family both {
  sizes { F, H = 2*m, W = 2*n, N = 16*a }
  component net = python.Net { trainable }
  component eye = python.Eye { dtype = f32, config = { mean = 0.25, std = 0.5 } }
  component ear = python.Ear { dtype = f32, config = { scale = 3.0 } }
  space sight = f32[b, 12, F, h = H/2, w = W/2] from eye { normalize = (z - eye.config.mean) / eye.config.std }
  space sound = f32[b, 32, l = N/16] from ear { normalize = z * ear.config.scale }
  space joint = sight * sound
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 3.0 }
  record text { embeds: f32[b, 4] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_both : encode(video: pixels[b, 3, F, H, W], sound: wave[b, 2, N]) -> clean[joint] by python(encode_both)
  stage denoise : denoise(x: noisy[joint], t: time[b], c: text) -> predict[joint]
    by net(sight = x.sight, sound = x.sound, timestep = t.ticks, text = c.embeds)
  stage decode_video : decode(x0: clean[sight]) -> pixels[b, 3, F, H, W] by eye.decode(z = x0)
  stage decode_sound : audio_decode(x0: clean[sound]) -> wave[b, 2, N] by ear.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_both(batch.video, batch.sound) }
  graph sample(batch, steps: int = 2, scale: float = 2.0) {
    c = cond(batch)
    u = uncond(batch)
    x ~ noise[joint]
    for (t, next) in grid(steps) {
      p = guide(denoise(x, t, c), denoise(x, t, u), scale)
      x = x + (next.sigma - t.sigma)*p
    }
    return (decode_video(x.sight), decode_sound(x.sound))
  }
  graph heard(batch) { return decode_sound(clean(batch).sound) }
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
        self.sight = torch.nn.Linear(12, 12)
        self.sound = torch.nn.Linear(32, 32)
        self.cross = torch.nn.Linear(12 + 4, 32)

    def forward(self, sight, sound, timestep, text):
        seen = torch.cat([sight.mean((2, 3, 4)), text + timestep[:, None] / 1000], 1)
        heard = self.sound(sound.mT).mT + self.cross(seen)[..., None]
        return self.sight(sight.movedim(1, -1)).movedim(-1, 1) + sound.mean((1, 2)).view(-1, 1, 1, 1, 1), heard


class Eye(ModelMixin, ConfigMixin):
    config_name = "config.json"

    @register_to_config
    def __init__(self, mean: float = 0.0, std: float = 1.0) -> None:
        super().__init__()

    def encode(self, x):
        return torch.nn.functional.pixel_unshuffle(x.transpose(1, 2), 2).transpose(1, 2)

    def decode(self, z):
        return torch.nn.functional.pixel_shuffle(z.transpose(1, 2), 2).transpose(1, 2)


class Ear(ModelMixin, ConfigMixin):
    config_name = "config.json"

    @register_to_config
    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()

    def encode(self, x):
        return x.unflatten(2, (-1, 16)).movedim(3, 2).flatten(1, 2)

    def decode(self, z):
        return z.unflatten(1, (2, 16)).movedim(2, 3).flatten(2)


def encode_text(role, prompt):
    return {"embeds": torch.tensor([[float(len(p)), 1.0, p.count("a"), 0.0] for p in prompt]) / 16}


def encode_both(role, video, sound):
    return {"sight": role.eye.encode(x=video), "sound": role.ear.encode(x=sound)}
"""
PROGRAM = """
import "./both.fdl" as b
import finetune
import dmd2

program stored {
  sizes { F = 3, H = 8, W = 12, N = 64 }
  role teacher = b.both(tiny(seed = 0)) { precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W], sound: wave[b, 2, N] }
  graph encoded(batch) { return (teacher.clean(batch), teacher.cond(batch)) }
  graph shown(batch) { return (teacher.sample(batch)) }
  produce latents = encoded(batch) to shards("latents") { fields = [x0, c], count = 4, batch = 2 }
  produce seen = shown(batch) to sheet("seen") { fields = [sight, sound], count = 2, batch = 2 }
}

program listened {
  sizes { F = 3, H = 8, W = 12, N = 64 }
  role teacher = b.both(tiny(seed = 0)) { precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W], sound: wave[b, 2, N] }
  graph again(batch) { return teacher.heard(batch) }
  produce sounds = again(batch) to sheet("sounds") { fields = [sound], count = 2 }
}

program on_clips {
  sizes { F = 3, H = 8, W = 12, N = 64 }
  role student = b.both(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W], sound: wave[b, 2, N] }
  use finetune(student)
  optimize student = adamw(lr = 1e-2)
  train { steps = 3, batch = 4 }
  validate every 3 { sample = student.sample(), count = 2 }
}

program on_latents {
  sizes { F = 3, H = 8, W = 12, N = 64 }
  role student = b.both(tiny(seed = 0)) { train = full, precision = f32 }
  data latents = shards("latents") { x0: clean[student], c: student.text }
  use finetune(student)
  optimize student = adamw(lr = 1e-2)
  train { steps = 3, batch = 4 }
}

program distilled {
  sizes { F = 3, H = 8, W = 12, N = 64 }
  role student = b.both(tiny(seed = 0)) { train = full, precision = f32 }
  role teacher = b.both(tiny(seed = 1)) { precision = f32 }
  role critic = b.both(tiny(seed = 1)) { train = full, precision = f32 }
  data latents = shards("latents") { x0: clean[student], c: student.text }
  use dmd2(student, teacher, critic) { steps = ticks([1000, 500]), ratio = 2 }
  optimize student = adamw(lr = 1e-2)
  optimize critic = adamw(lr = 1e-2)
  train { steps = 2, batch = 2, accumulate = 2 }
}
"""
RATE = 1600


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("both")
    (root / "both.fdl").write_text(FAMILY)
    (root / "binding.py").write_text(BINDING)
    (root / "p.fdl").write_text(PROGRAM)
    for n in range(4):
        generator = torch.Generator().manual_seed(n)
        picture = torch.randint(0, 256, (3, 8, 12, 3), generator=generator, dtype=torch.uint8)
        write_mp4(root / "clips" / f"{n}.mp4", picture, lossless=True)
        write_wav(root / "clips" / f"{n}.wav", torch.rand(2, 64, generator=generator) * 2 - 1, RATE)
        (root / "clips" / f"{n}.txt").write_text("a" * n)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["run", "p.fdl", "--allow-python", "--device", "cpu"]) == 0
    return root


def weights(root: Path, program: str, role: str = "student") -> dict[str, Tensor]:
    (path,) = root.glob(f"runs/{program}/*/export/{role}/net/*.safetensors")
    return load_file(path)


@pytest.mark.slow
def test_stored_latents_are_normalised_part_by_part(done: Path) -> None:
    stored = load_file(done / "latents" / "shard-00000.safetensors")
    assert {n: tuple(t.shape) for n, t in stored.items()} == {
        "x0.sight": (4, 12, 3, 4, 6),
        "x0.sound": (4, 32, 4),
        "c.embeds": (4, 4),
    }
    for n in range(4):
        wave = read_wave(done / "clips" / f"{n}.wav", 2, 64, RATE, 0)
        expected = wave.unflatten(1, (-1, 16)).movedim(2, 1).flatten(0, 1) * 3.0
        torch.testing.assert_close(stored["x0.sound"][n], expected)
        pixels = decode(done / "clips" / f"{n}.mp4").permute(0, 3, 1, 2).float() / 127.5 - 1
        raw = torch.nn.functional.pixel_unshuffle(pixels, 2).transpose(0, 1)
        torch.testing.assert_close(stored["x0.sight"][n], (raw - 0.25) / 0.5)


@pytest.mark.slow
def test_training_on_latents_is_training_on_clips(done: Path) -> None:
    on_clips, on_latents = weights(done, "on_clips"), weights(done, "on_latents")
    assert on_clips.keys() == on_latents.keys()
    for name, tensor in on_clips.items():
        assert torch.equal(tensor, on_latents[name]), name


def test_both_parts_are_trained(done: Path) -> None:
    student, critic = weights(done, "distilled"), weights(done, "distilled", "critic")
    assert all((student[n] != critic[n]).any() for n in student)


def test_samples_are_seen_and_heard(done: Path) -> None:
    (folder,) = done.glob("runs/on_clips/*/samples/step-3")
    names = {"00.mp4", "01.mp4", "00.wav", "01.wav", "sheet.png", "captions.txt"}
    assert {p.name for p in folder.iterdir()} == names
    assert wave_rate(folder / "00.wav") == RATE
    assert read_wave(folder / "00.wav", 2, 64, RATE, 0).abs().max() > 0
    assert {p.name for p in (done / "seen").iterdir()} == {
        "sheet.png",
        "sight.mp4",
        "sound-00.wav",
        "sound-01.wav",
    }


def test_a_sheet_of_sound_alone(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {p.name for p in (done / "sounds").iterdir()} == {"sheet.png", "sound-00.wav", "sound-01.wav"}
    for n in range(2):
        made = read_wave(done / "sounds" / f"sound-{n:02}.wav", 2, 64, RATE, 0)
        assert any(
            torch.allclose(made, read_wave(done / "clips" / f"{k}.wav", 2, 64, RATE, 0), atol=1e-4)
            for k in range(4)
        )
