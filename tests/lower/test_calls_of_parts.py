"""Stages whose one call gives several tensors, in the emitted module: parts of a product in layouts of their own, given
frames, arguments changed by another stage, latents as their codec makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile

TEXT = """family toy {
  sizes { F = 8*k + 1, H = 32*m, W = 32*n, N = 640*a }
  component net = diffusers.LTX2VideoTransformer3DModel { trainable }
  component vae = diffusers.AutoencoderKLLTX2Video { dtype = f32 }
  component ear = diffusers.AutoencoderKLLTX2Audio { dtype = f32 }
  component grow = diffusers.UNet2DModel
  space video = f32[b, 8, t = (F - 1)/8 + 1, h = H/32, w = W/32] from vae { normalize = z / vae.config.scaling_factor }
  space sound = f32[b, 4, l = N/640 + 1] from ear { normalize = z }
  space both = video * sound
  space large = video with { H = 2*H, W = 2*W }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }
  record text {
    rows: bf16[b, 8, 4] { pad = attend }
    first: clean[video]
    given: mask[b, 1, t = (F - 1)/8 + 1, h = H/32, w = W/32] { one = given }
  }
  stage encode_text : encode(prompt: str[b], image: pixels[b, 3, H, W]) -> text by python(encode_text)
  stage encode_both : encode(video: pixels[b, 3, F, H, W], sound: wave[b, 2, N]) -> clean[both] by python(encode_both)
  stage asked : denoise(x: noisy[both], t: time[b, part], c: text) -> predict[both]
    by unpack(
      net(
        x = pack(select(c.given, c.first, x.video), [[t, h, w], c]), y = pack(x.sound, [l, c]), rows = c.rows,
        time = select(pack(c.given, [[t, h, w, c]]), 0, t.video.ticks), heard = t.sound.ticks, count = x.sound.l
      ).parts,
      video = [[t, h, w], c], sound = [l, c],
    )
  stage alone : denoise(x: noisy[both], t: time[b, part], c: text) -> predict[both]
    by asked with { count = 3, apart = true, heard = none }
  stage ended : denoise(x: noisy[both], t: time[b, part], c: text) -> predict[both]
    by select(c.given, video = (x.video - c.first) / t.video.sigma, asked)
  stage grown : refine(x0: clean[video]) -> clean[large] by normalize(grow(sample = denormalize(x0)))
  stage show : decode(x0: clean[video]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt, batch.image) }
  graph uncond(batch) { return encode_text("", batch.image) }
  graph clean(batch) { return encode_both(batch.video, batch.sound) }
  graph sample(batch) { return show(clean(batch).video) }
  graph other(batch) { return show(clean(batch).video) }
  variant keeps { sample = other, asked = ended }
}

program ask {
  sizes { F = 17, H = 64, W = 96, N = 10_880 }
  role student = toy.keeps("checkpoint")
  data d = folder("data") { prompt: str, image: pixels[b, 3, H, W], video: pixels[b, 3, F, H, W], sound: wave[b, 2, N] }
  graph all(batch) {
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    x0 = student.clean(batch)
    x = student.noisy(x0, eps, t)
    c = student.cond(batch)
    return (student.predict(x, t, c), student.alone(x, t, c), student.grown(x0.video))
  }
  produce made = all(batch) to shards("made") { fields = [ended, alone, grown], count = 2, batch = 2 }
}
"""


@pytest.fixture(scope="module")
def emitted() -> str:
    found = check_source(Source("ask.fdl", TEXT), Path("ask.fdl"))
    assert found.clean, [d.message for d in found.diagnostics]
    return compile(found.programs[0], "test").text


@pytest.mark.parametrize(
    "line",
    [
        'run.student.net.giving("video", "sound", path=(\'parts\',))(',
        'x=packed(torch.where(ne, c["first"], x["video"]), "c t h w", "(t h w) c"),',
        'y=packed(x["sound"], "c l", "l c"),',
        "count=18,",
        'unpacked(component["video"], "c t h w", "(t h w) c", (8, 3, 2, 3))',
        '"sound": unpacked(component["sound"], "c l", "l c", (4, 18))',
        '(x["video"] - c["first"]) / t.view(-1, 1, 1, 1, 1)',
    ],
)
def test_what_holds_of_given_frames_and_what_the_network_says(emitted: str, line: str) -> None:
    stage = emitted[emitted.index("def student_asked(") :].partition("\n\n\n")[0]
    assert line in stage


def test_another_stage_changes_arguments_and_leaves_one_out(emitted: str) -> None:
    stage = emitted[emitted.index("def student_alone(") :].partition("\n\n\n")[0]
    assert "count=3," in stage and "apart=True" in stage and "heard=" not in stage
    assert "torch.where(ne, (x" not in stage


def test_latents_as_their_codec_makes_them(emitted: str) -> None:
    stage = emitted[emitted.index("def student_grown(") :].partition("\n\n\n")[0]
    assert "run.student.grow(sample=x0 * scaling_factor)" in stage
    assert "return component / scaling_factor" in stage
