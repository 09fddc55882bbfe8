"""`bridge` between two codecs against decoding and encoding by hand: values, and the gradient that flows through both."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import lowering
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from fdc.compiler.driver.pipeline import check

OTHER = """
family coarse {
  sizes { F = 4*k + 1, H = 8*m, W = 8*n }
  component net = diffusers.Net { trainable }
  component eye = diffusers.Eye { dtype = f32 }
  component words = transformers.Words
  space rough = f32[b, 3, t = F, h = H/8, w = W/8] from eye { normalize = 2.0*z + 0.5 }
  process p { noisy = (1 - s)*x0 + s*eps, predict = eps - x0 }
  record text { embeds: f32[b, 6, 8] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_clip : encode(video: pixels[b, 3, F, SIZE]) -> clean[rough] by eye.encode(x = video)
  stage denoise : denoise(x: noisy[rough], t: time[b], c: text) -> predict[rough] by net(x = x, s = t.sigma, e = c.embeds)
  stage decode_clip : decode(x0: clean[rough]) -> pixels[b, 3, F, SIZE] by eye.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_clip(batch.small) }
  graph sample(batch) { return decode_clip(clean(batch)) }
}
program try {
  sizes { F = 5, H = 16, W = 24 }
  role student = toy("one") { train = full, precision = f32 }
  role judge = coarse("two") { precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }

  update student {
    t ~ uniform(0.2, 0.8)
    eps ~ noise[student]
    x0 = student.clean(batch)
    xt = student.noisy(x0, eps, t)
    guess = student.x0(xt, t, student.cond(batch))
    there = bridge(guess, to = judgeASKED)
    loss near = mse(there, bridge(x0, to = judgeASKED))
    loss back = mse(guess, stop(bridge(there, to = studentASKED)))
    loss own = mse(bridge(guess, to = student), x0)
  }
  optimize student = adamw(lr = 1e-4)
  train { steps = 10, batch = 4 }
}
"""
SIZES = {"equal sizes": ("H, W", "", (16, 24)), "other sizes": ("H/2, W/4", ", resize = true", (8, 6))}


class Eye:
    """Means of parts of each frame, not linearly."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def encode(self, x: Tensor) -> Tensor:
        assert x.shape[3:] == self.size
        frames = x.movedim(2, 1).flatten(0, 1)
        return interpolate(frames, (2, 3), mode="area").view(len(x), -1, 3, 2, 3).movedim(1, 2) ** 3

    def decode(self, z: Tensor) -> Tensor:
        frames = interpolate(z.movedim(2, 1).flatten(0, 1), self.size)
        return frames.view(len(z), -1, *frames.shape[1:]).movedim(1, 2).sin()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("without", [(), ("share", "freeze", "hoist", "fuse")], ids=["whole", "eager"])
def test_a_bridge_decodes_and_encodes(size: str, without: tuple[str, ...], tmp_path: Path) -> None:
    pixels, asked, frame = SIZES[size]
    head = lowering.FAMILY.replace("PROCESS", lowering.FLOW).replace("SAMPLE", lowering.BACK)
    path = tmp_path / "try.fdl"
    path.write_text(head + OTHER.replace("ASKED", asked).replace("SIZE", pixels))
    found = check(path)
    assert found.clean and found.programs, [d.message for d in found.diagnostics]
    _, module, text = lowering.compiled(found.programs[0], without=without)
    assert ("resize(" in text) == (size == "other sizes")
    mine, theirs = lowering.Net(0), lowering.Net(0)
    judge = SimpleNamespace(name="judge", eye=Eye(frame), binding=None)
    run = lowering.run({"student": lowering.role("student", mine), "judge": judge})
    losses = module.update_student(run, lowering.batch())
    expected = by_hand(theirs, Eye(frame), frame)
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss, rtol=1e-5, atol=1e-6)
        mine.zero_grad()
        theirs.zero_grad()
        losses[name].backward(retain_graph=True)
        loss.backward(retain_graph=True)
        for p, q in zip(mine.parameters(), theirs.parameters()):
            assert q.grad is not None and q.grad.abs().max() > 0
            torch.testing.assert_close(p.grad, q.grad, rtol=1e-5, atol=1e-6)


def by_hand(net: lowering.Net, eye: Eye, frame: tuple[int, int]) -> dict[str, Tensor]:
    given, run, codec = lowering.batch(), lowering.run({}), lowering.Codec()
    mean, std = (c.view(-1, 1, 1, 1) for c in (codec.mean, codec.std))
    video = given["video"]
    assert isinstance(video, Tensor)
    x0 = (codec.encode(video) - mean) / std
    t = 0.2 + 0.6 * run.draws.uniform("student.t")
    at = t.view(-1, 1, 1, 1, 1)
    xt = (1 - at) * x0 + at * run.draws.normal("student.eps", (4, 2, 2, 3))
    texts = lowering.embed(given["prompt"])["embeds"]  # type: ignore[arg-type]
    guess = xt - at * net(xt, t * 1000, texts)

    def scaled(x: Tensor, size: tuple[int, int]) -> Tensor:
        frames = [interpolate(x[:, :, i], size, mode="bilinear", antialias=True) for i in range(x.shape[2])]
        return torch.stack(frames, 2) if x.shape[3:] != size else x

    def to_judge(z: Tensor) -> Tensor:
        return 2.0 * eye.encode(scaled(codec.decode(z * std + mean), frame)) + 0.5

    def to_student(z: Tensor) -> Tensor:
        return (codec.encode(scaled(eye.decode((z - 0.5) / 2.0), (16, 24))) - mean) / std

    there = to_judge(guess)
    return {
        "near": (there - to_judge(x0)).square().mean(),
        "back": (guess - to_student(there).detach()).square().mean(),
        "own": (guess - x0).square().mean(),
    }
