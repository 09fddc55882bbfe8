"""What a method assumes of its roles and parameters is told where the program made the choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.driver.pipeline import check

SPACE = """
space image = bf16[b, 4, h = H/8, w = W/8] from vae { normalize = z * vae.config.scaling_factor }
"""
FAMILIES = """
family flowing {
  sizes { H = 8*m, W = 8*n }
  component unet = diffusers.UNet2DConditionModel { trainable }
  component vae = diffusers.AutoencoderKL { dtype = f32 }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }
  record text { embeds: bf16[b, 77, 768] { pad = attend } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[image] by vae.encode(x = image)
  stage denoise : denoise(x: noisy[image], t: time[b], c: text) -> predict[image]
    by unet(sample = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_image : decode(x0: clean[image]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch) { return decode_image(clean(batch)) }
}
"""
EPS = FAMILIES.replace("flowing", "guessing").replace("predict = eps - x0", "predict = eps")
OTHER = FAMILIES.replace("flowing", "elsewhere").replace(
    "embeds: bf16[b, 77, 768]", "embeds: bf16[b, 256, 768]"
)

METHOD = """
method m(student, teacher) {
  param steps: [time] = ticks([1000, 500])
  param share = 0.5
  param wide: bool = false
  assert len(steps) > 1, "two steps or more"

  update student {
    x0 = student.clean(batch)
    x ~ noise[student]
    first = student.x0(x, steps[0], student.cond(batch))
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    LOSS
    loss start = share*mse(first, stop(student.x0(x, steps[0], student.uncond(batch))))
  }
}
"""
PROGRAM = """import "./families.fdl" { flowing, guessing, elsewhere }
import "./m.fdl" { m }

program p {
  sizes { H = 64, W = 64 }
  role student = flowing("checkpoints/student") { train = full }
  role teacher = TEACHER("checkpoints/teacher")
  data shots = folder("data/shots") { prompt: str, image: pixels[b, 3, H, W] }
  use m(student, teacher) { ASKED }
  optimize student = adamw(lr = 1e-5)
  train { steps = 100, batch = 8 }
}
"""
SAME = "loss same = mse(student.predict(xt, t, student.cond(batch)), teacher.predict(xt, t, teacher.cond(batch)))"
SHARED = "loss same = mse(student.x0(xt, t, student.cond(batch)), teacher.x0(xt, t, student.cond(batch)))"


def found(
    folder: Path, teacher: str = "flowing", asked: str = "share = 0.5", loss: str = SAME
) -> list[Diagnostic]:
    (folder / "families.fdl").write_text(SPACE + FAMILIES + EPS + OTHER, "utf-8")
    (folder / "m.fdl").write_text(
        METHOD.replace("LOSS", loss).replace("  param wide: bool = false\n", ""), "utf-8"
    )
    place = folder / "p.fdl"
    place.write_text(PROGRAM.replace("TEACHER", teacher).replace("ASKED", asked), "utf-8")
    return list(check(place, "p.fdl").diagnostics)


def where(d: Diagnostic) -> tuple[str, str]:
    return Path(d.span.source.path).name, d.span.text


def test_right_choices_are_not_refused(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    assert found(tmp_path, "guessing", loss=SHARED) == []


@pytest.mark.parametrize(
    ("teacher", "asked", "loss", "code", "at", "label"),
    [
        ("guessing", "share = 0.5", SAME, "quantity-mismatch", "teacher", "teacher.predict"),
        ("elsewhere", "share = 0.5", SHARED, "record-mismatch", "teacher", "student.cond(batch)"),
        ("flowing", "steps = ticks([757, 522])", SAME, "noise-start", "ticks([757, 522])", "student.x0"),
        ("flowing", "share = ticks([1000])", SAME, "type-mismatch", "ticks([1000])", ""),
    ],
)
def test_the_choice_is_the_place_and_the_methods_line_a_label(
    tmp_path: Path, teacher: str, asked: str, loss: str, code: str, at: str, label: str
) -> None:
    (d,) = found(tmp_path, teacher, asked, loss)
    assert (d.code, *where(d)) == (code, "p.fdl", at)
    in_method = [x for x in d.labels if x.span.source.path.endswith("m.fdl")]
    assert in_method and all(label in x.span.source.text for x in in_method)


def test_a_failed_assertion_points_to_the_program(tmp_path: Path) -> None:
    (d,) = found(tmp_path, asked="steps = ticks([1000])")
    assert (d.code, d.message) == ("bad-setting", "required: two steps or more")
    assert where(d)[0] == "p.fdl"
    assert any(x.span.source.path.endswith("m.fdl") for x in d.labels)
