"""Latents of a product of two spaces against the same arithmetic written out in torch, eager and fused, with gradients."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import lowering
import pytest
import torch
from torch import Tensor, nn

from fdc.compiler.driver.pipeline import check
from fdc.compiler.program.averaging import Averaging
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import LoadedComponent

FAMILY = """
import finetune
import dmd2

family both {
  sizes { F = 4*k + 1, H = 8*m, W = 8*n, N = 16*a }
  component net = diffusers.Net { trainable }
  component eye = diffusers.Codec { dtype = f32 }
  component ear = diffusers.Ear { dtype = f32 }
  component words = transformers.Words
  space sight = f32[b, 4, t = (F - 1)/4 + 1, h = H/8, w = W/8] from eye {
    normalize = (z - eye.config.latents_mean) / eye.config.latents_std
  }
  space sound = f32[b, 2, l = N/16] from ear { normalize = z * 2.0 }
  space joint = sight * sound
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 3.0 }
  record text { embeds: f32[b, 6, 8] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_both : encode(video: pixels[b, 3, F, H, W], wave: wave[b, 2, N]) -> clean[joint] by python(encode_both)
  stage denoise : denoise(x: noisy[joint], t: time[b], c: text) -> predict[joint]
    by net(sight = x.sight, sound = x.sound, timestep = t.ticks, text = c.embeds)
  stage decode_video : decode(x0: clean[sight]) -> pixels[b, 3, F, H, W] by eye.decode(z = x0)
  stage decode_wave : audio_decode(x0: clean[sound]) -> wave[b, 2, N] by ear.decode(z = x0)
  stage decode_both : decode(x0: clean[joint]) -> pixels[b, 3, F, H, W] by eye.decode(z = x0.sight)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_both(batch.video, batch.wave) }
  graph sample(batch, steps: int = 3, scale: float = 2.0) {
    c = cond(batch)
    u = uncond(batch)
    x ~ noise[joint]
    for (t, next) in grid(steps) {
      p = guide(denoise(x, t, c), denoise(x, t, u), sight = scale, sound = 7.0)
      x = x + (next.sigma - t.sigma)*p
    }
    return (decode_both(x), decode_wave(x.sound))
  }
}
"""
PROGRAM = """
program try {
  sizes { F = 5, H = 16, W = 24, N = 64 }
  role student = both("one") { train = full, precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W], wave: wave[b, 2, N] }
  BODY
  optimize student = adamw(lr = 1e-4)
  train { steps = 10, batch = 4 }
  validate every 5 { sample = student.sample() }
}
"""
TEACHER = 'role teacher = both("two") { precision = f32 }\n  '
CRITIC = (
    'role critic = both("two") { train = full, precision = f32 }\n  optimize critic = adamw(lr = 1e-4)\n  '
)
OWN = """
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    v = student.predict(xt, t, c)
    loss flow = mse(v, student.target(x0, eps, t))
    yes = teacher.x0(xt, t, teacher.cond(batch))
    no = teacher.x0(xt, t, teacher.uncond(batch))
    real = guide(yes, no, sight = 3.0, sound = 5.0)
    fake = student.x0(xt, t, c)
    loss turned = mse(fake, guide(yes, no, 4.0, zero = true))
    loss even = mse(fake, guide(yes, no, sight = 3.0, sound = 5.0, zero = true, rescale = 0.7))
    d = (fake - real) / mean(abs(fake - real), per = sample)
    loss move = 0.5*mse(fake, stop(fake - d), weight = t.sigma)
    loss sound = l1(fake.sound, select(t.sigma > 0.5, real.sound, x0.sound))
    loss near = huber(fake, x0, delta = 0.3)
    loss slow = 0.1*mse(fake, average(student, 0.9).x0(xt, t, c))
  }
"""
PASSES = {"eager": {"share", "freeze", "hoist", "batch", "fuse", "early-exit"}, "whole": set[str]()}


class Net(nn.Module):
    """Each part sees the other, the time and the text."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        shapes = {"sight": (4, 4), "sound": (2, 2), "cross": (2, 4), "text": (2, 8), "time": (2,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.randn(shape, generator=generator) * 0.3))

    def forward(self, sight: Tensor, sound: Tensor, timestep: Tensor, text: Tensor) -> dict[str, Tensor]:
        assert timestep.shape == (len(sight),)
        means = sight.mean((2, 3, 4)) @ self.cross.T + text.mean(1) @ self.text.T
        heard = torch.einsum("oc,bcl->bol", self.sound, sound).tanh() + means[..., None]
        seen = torch.einsum("oc,bcthw->bothw", self.sight, sight).tanh() + sound.mean((1, 2)).view(
            -1, 1, 1, 1, 1
        )
        return {"sound": heard + (self.time * timestep[:, None] / 1000)[..., None], "sight": seen}


class Ear:
    def decode(self, z: Tensor) -> Tensor:
        return z.repeat_interleave(16, 2)


def encode_both(role: object, video: Tensor, wave: Tensor) -> dict[str, Tensor]:
    heard = wave.unflatten(2, (-1, 16)).mean(3)
    return {"sight": lowering.Codec().encode(video), "sound": heard}


def role(name: str, net: Net) -> SimpleNamespace:
    binding = SimpleNamespace(
        encode_text=lambda role, prompt: lowering.embed(prompt), encode_both=encode_both
    )
    component = LoadedComponent("net", net)
    return SimpleNamespace(name=name, net=component, eye=lowering.Codec(), ear=Ear(), binding=binding)


def typed(tmp_path: Path, body: str) -> TypedProgram:
    path = tmp_path / "try.fdl"
    path.write_text(FAMILY + PROGRAM.replace("BODY", body))
    found = check(path)
    assert found.clean and found.programs, [d.message for d in found.diagnostics]
    return found.programs[0]


def batch() -> dict[str, object]:
    wave = torch.rand(4, 2, 64, generator=torch.Generator().manual_seed(2)) * 2 - 1
    return {**lowering.batch(), "wave": wave}


def nets() -> dict[str, Net]:
    return {"student": Net(0), "teacher": Net(1), "critic": Net(2)}


def gradients(losses: Mapping[str, Tensor], net: Net) -> dict[str, Tensor]:
    sum(losses.values(), torch.zeros(())).backward()
    return {n: p.grad.clone() for n, p in net.named_parameters() if p.grad is not None}


Parts = dict[str, Tensor]
NAMES = ("sight", "sound")


def each(f: object, *given: Parts) -> Parts:
    return {n: f(*(g[n] for g in given)) for n in NAMES}  # type: ignore[operator]


def wide(x: Tensor, like: Tensor) -> Tensor:
    return x.view(-1, *[1] * (like.dim() - 1))


def by_hand(nets: Mapping[str, Net]) -> dict[str, Tensor]:
    """What `OWN` says, in torch."""
    given, run = batch(), lowering.run({})
    codec = lowering.Codec()
    mean, std = (c.view(-1, 1, 1, 1) for c in (codec.mean, codec.std))
    raw = encode_both(None, given["video"], given["wave"])  # type: ignore[arg-type]
    x0 = {"sight": (raw["sight"] - mean) / std, "sound": raw["sound"] * 2.0}
    t = run.draws.uniform("student.t")
    shapes = {"sight": (4, 2, 2, 3), "sound": (2, 4)}
    eps = {n: run.draws.normal(f"student.eps[{n}]", shapes[n]) for n in NAMES}
    xt = each(lambda a, e: (1 - wide(t, a)) * a + wide(t, a) * e, x0, eps)
    c = lowering.embed(given["prompt"])["embeds"]  # type: ignore[arg-type]
    u = lowering.embed([""] * 4)["embeds"]

    def said(net: Net, text: Tensor) -> Parts:
        return net(xt["sight"], xt["sound"], t * 1000, text)

    def clean(v: Parts) -> Parts:
        return each(lambda x, p: x - wide(t, x) * p, xt, v)

    v = said(nets["student"], c)
    with torch.no_grad():
        yes, no = clean(said(nets["teacher"], c)), clean(said(nets["teacher"], u))
        scales = {"sight": 3.0, "sound": 5.0}
        real = {n: no[n] + scales[n] * (yes[n] - no[n]) for n in NAMES}
        turned, even = {}, {}
        for n in NAMES:
            a, b = yes[n].flatten(1), no[n].flatten(1)
            b = b * (a * b).sum(1, keepdim=True) / b.square().sum(1, keepdim=True)
            turned[n] = (b + 4 * (a - b)).view_as(no[n])
            g = b + scales[n] * (a - b)
            even[n] = (0.7 * g * a.std(1, keepdim=True) / g.std(1, keepdim=True) + 0.3 * g).view_as(no[n])
        slow = clean(said(nets["average"], c))
    fake = clean(v)
    with torch.no_grad():
        far = torch.cat([(fake[n] - real[n]).abs().flatten(1) for n in NAMES], 1).mean(1)
        moved = each(lambda f, r: f - (f - r) / wide(far, f), fake, real)
    target = each(lambda e, x: e - x, eps, x0)
    picked = torch.where(wide(t, real["sound"]) > 0.5, real["sound"], x0["sound"])
    huber = nn.functional.huber_loss
    return {
        "flow": sum((v[n] - target[n]).square().mean() for n in NAMES),
        "turned": sum((fake[n] - turned[n]).square().mean() for n in NAMES),
        "even": sum((fake[n] - even[n]).square().mean() for n in NAMES),
        "move": 0.5 * sum(((fake[n] - moved[n]).square() * wide(t, fake[n])).mean() for n in NAMES),
        "sound": (fake["sound"] - picked).abs().mean(),
        "near": sum(huber(fake[n], x0[n], delta=0.3) for n in NAMES),
        "slow": 0.1 * sum((fake[n] - slow[n]).square().mean() for n in NAMES),
    }  # type: ignore[return-value]


@pytest.mark.parametrize("passes", PASSES)
def test_losses_and_gradients_are_those_of_torch(passes: str, tmp_path: Path) -> None:
    _, module, text = lowering.compiled(typed(tmp_path, TEACHER + OWN), without=PASSES[passes])
    assert '"sight": ("latent", (4, 2, 2, 3)), "sound": ("latent", (2, 4))' in " ".join(text.split())
    mine = nets()
    run = lowering.run({n: role(n, net) for n, net in mine.items()})
    run.averages = {("student", Averaging(0.9)): role("student", Net(5))}  # type: ignore[dict-item]
    found = module.update_student(run, batch())
    theirs = {**nets(), "average": Net(5)}
    expected = by_hand(theirs)
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss, rtol=1e-5, atol=1e-6)
    mine_grads, wanted = gradients(found, mine["student"]), gradients(expected, theirs["student"])
    assert mine_grads.keys() == wanted.keys() == dict(Net(0).named_parameters()).keys()
    for name, gradient in wanted.items():
        assert gradient.abs().max() > 0
        torch.testing.assert_close(mine_grads[name], gradient, rtol=1e-5, atol=1e-6)


METHODS = {
    "finetune": "use finetune(student)",
    "dmd2": TEACHER + CRITIC + "use dmd2(student, teacher, critic)",
}


@pytest.mark.parametrize("method", METHODS)
def test_methods_run_unedited_and_passes_change_nothing(method: str, tmp_path: Path) -> None:
    program = typed(tmp_path, METHODS[method])
    found = {}
    for passes, without in PASSES.items():
        _, module, _ = lowering.compiled(program, without=without)
        mine = nets()
        run = lowering.run({n: role(n, net) for n, net in mine.items()})
        for update in module.UPDATES:
            losses = update.losses(run, batch())
            grads = gradients(losses, mine[update.roles[0]])
            found[passes, update.name] = {**{n: x.detach() for n, x in losses.items()}, **grads}
            assert all(g.abs().max() > 0 for g in grads.values()) and grads
    for (passes, name), values in found.items():
        for key, value in found["eager", name].items():
            torch.testing.assert_close(values[key], value, rtol=1e-5, atol=1e-7, msg=f"{passes} {name} {key}")


def test_a_sample_is_guided_part_by_part(tmp_path: Path) -> None:
    mine = nets()
    for passes in PASSES.values():
        program = typed(tmp_path, METHODS["finetune"])
        _, module, text = lowering.compiled(program, without=passes)
        assert ("run.batched(student_denoise" in text) == (not passes)
        run = lowering.run({n: role(n, net) for n, net in mine.items()})
        with torch.no_grad():
            pixels, wave = module.sample(run, batch())
            x = {
                "sight": run.draws.normal("validate.sample.x[sight]", (4, 2, 2, 3)),
                "sound": run.draws.normal("validate.sample.x[sound]", (2, 4)),
            }
            levels = [3.0 * s / (1 + 2.0 * s) for s in (1, 2 / 3, 1 / 3, 0)]
            texts = [lowering.embed(p)["embeds"] for p in (batch()["prompt"], [""] * 4)]  # type: ignore[arg-type]
            for t, after in pairwise(levels):
                c, u = (mine["student"](x["sight"], x["sound"], torch.full((4,), 1000 * t), e) for e in texts)
                for name, scale in (("sight", 2.0), ("sound", 7.0)):
                    x[name] = x[name] + (after - t) * (u[name] + scale * (c[name] - u[name]))
            codec = lowering.Codec()
            mean, std = (k.view(-1, 1, 1, 1) for k in (codec.mean, codec.std))
        torch.testing.assert_close(pixels, codec.decode(x["sight"] * std + mean), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(wave, Ear().decode(x["sound"] / 2.0), rtol=1e-5, atol=1e-5)
