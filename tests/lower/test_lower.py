"""Lowering: conversions between predictions, normalisation, draws, losses, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from lowering import EULER, FAMILY, Codec, Net, batch, compiled, embed, role, run, typed
from torch import Tensor

from fdc.stages import losses, times

VP = "noisy = a*x0 + s*eps, ticks = 1000*s, "
TRIG = "noisy = cos(u)*x0 + sin(u)*eps, ticks = 1000*sin(u), "
EDM = "noisy = x0 + s*eps, ticks = 1000*s, "
FLOW = "noisy = (1 - s)*x0 + s*eps, ticks = 1000*s, "
EDM_HEAD = "let r = sqrt(s*s + 0.25) predict = (x0 - 0.25/(r*r)*(x0 + s*eps)) * r / (0.5*s)"
Says = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]

PROCESSES: dict[str, tuple[str, str, Says]] = {
    "flow velocity": (FLOW + "predict = eps - x0", "flow", lambda x0, e, a, s: e - x0),
    "flow negative velocity": (FLOW + "predict = x0 - eps", "flow", lambda x0, e, a, s: x0 - e),
    "flow x0": (FLOW + "predict = x0", "flow", lambda x0, e, a, s: x0),
    "flow eps": (FLOW + "predict = eps", "flow", lambda x0, e, a, s: e),
    "vp eps": (VP + "predict = eps", "vp", lambda x0, e, a, s: e),
    "vp x0": (VP + "predict = x0", "vp", lambda x0, e, a, s: x0),
    "vp v": (VP + "predict = a*eps - s*x0", "vp", lambda x0, e, a, s: a * e - s * x0),
    "trig": (TRIG + "predict = cos(u)*eps - sin(u)*x0", "trig", lambda x0, e, a, s: a * e - s * x0),
    "edm x0": (EDM + "predict = x0", "edm", lambda x0, e, a, s: x0),
    "edm eps": (EDM + "predict = eps", "edm", lambda x0, e, a, s: e),
    "edm head": (
        EDM + EDM_HEAD,
        "edm",
        lambda x0, e, a, s: (x0 - 0.25 / (s * s + 0.25) * (x0 + s * e)) * (s * s + 0.25).sqrt() / (0.5 * s),
    ),
}
READ: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "flow": lambda s: (1 - s, s),
    "vp": lambda s: (torch.cos(torch.atan2(s, 1 - s)), torch.sin(torch.atan2(s, 1 - s))),
    "trig": lambda s: (torch.cos(torch.atan2(s, 1 - s)), torch.sin(torch.atan2(s, 1 - s))),
    "edm": lambda s: (torch.ones_like(s), s / (1 - s)),
}
CONVERSIONS = """
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0.05, 0.95)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    loss said = mse(student.predict(xt, t, c), student.target(x0, eps, t))
    loss clean = mse(student.x0(xt, t, c), x0)
    loss noise = mse(student.eps(xt, t, c), eps)
    loss score = mse(student.score(xt, t, c), -eps / t.sigma)
    loss path = mse(student.velocity(xt, t, c), VELOCITY)
  }
"""
VELOCITY = {
    "flow": "eps - x0",
    "vp": "t.alpha*eps - t.sigma*x0",
    "trig": "t.alpha*eps - t.sigma*x0",
    "edm": "eps",
}


@pytest.mark.parametrize("name", PROCESSES)
def test_conversions_agree_with_what_the_network_was_made_of(name: str, tmp_path: Path) -> None:
    process, kind, says = PROCESSES[name]
    program = typed(tmp_path, CONVERSIONS.replace("VELOCITY", VELOCITY[kind]), process=process)
    _, module, _ = compiled(program)
    at = run({})
    level = 0.05 + 0.9 * at.draws.uniform("student.t")
    eps = at.draws.normal("student.eps", (4, 2, 2, 3))
    given = batch()
    x0 = (Codec().encode(given["video"]) - Codec.mean.view(-1, 1, 1, 1)) / Codec.std.view(-1, 1, 1, 1)  # type: ignore[arg-type]
    alpha, sigma = (v.view(-1, 1, 1, 1, 1) for v in READ[kind](level))
    fed: list[tuple[Tensor, Tensor]] = []

    def net(hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        fed.append((hidden_states, timestep))
        return says(x0, eps, alpha, sigma)

    found = module.update_student(run({"student": role("student", net)}), given)
    assert set(found) == {"said", "clean", "noise", "score", "path"}
    for loss in found.values():
        assert loss.shape == () and loss < 1e-8
    assert len(fed) == 1  # five conversions, one forward pass
    torch.testing.assert_close(fed[0][0], alpha * x0 + sigma * eps)
    torch.testing.assert_close(fed[0][1], 1000 * READ[kind](level)[1])


def test_decoding_undoes_the_normalisation_of_encoding(tmp_path: Path) -> None:
    program = typed(
        tmp_path, 'validate every 5 { sample = student.sample(steps = 1), prompts = "p.txt" }\n' + FINETUNE
    )
    _, module, _ = compiled(program)
    z = torch.randn(2, 4, 2, 2, 3)
    made = module.student_decode_video(run({"student": role("student", None)}), z)  # type: ignore[arg-type]
    back = module.student_encode_video(run({"student": role("student", None)}), made)  # type: ignore[arg-type]
    torch.testing.assert_close(back[:, :3], z[:, :3])


FINETUNE = """update student {
    x0 = student.clean(batch)
    t ~ shifted(uniform(0, 1), 3.0)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }"""


def test_a_guide_of_scale_one_is_the_conditional_call(tmp_path: Path) -> None:
    block = 'validate every 5 { sample = student.sample(steps = 2, scale = SCALE), prompts = "p.txt" }\n'
    for scale, calls in (("1.0", 1), ("2.0", 2)):
        _, _, text = compiled(typed(tmp_path, block.replace("SCALE", scale) + FINETUNE), {"batch"})
        assert text[text.index("def sample") :].count("student_denoise(run, ") == calls


def test_a_guided_sample_follows_the_grid(tmp_path: Path) -> None:
    block = 'validate every 5 { sample = student.sample(steps = 3), prompts = "p.txt" }\n'
    _, module, _ = compiled(typed(tmp_path, block + FINETUNE))

    def net(hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        return (
            hidden_states * 0.5 + encoder_hidden_states.mean((1, 2)).view(-1, 1, 1, 1, 1) + timestep[0] / 1000
        )

    at = run({"student": role("student", net)})
    x = at.draws.normal("validate.sample.x", (4, 2, 2, 3))
    levels = [3 * u / (1 + 2 * u) for u in (1, 2 / 3, 1 / 3, 0)]
    given = batch()
    c, u = embed(given["prompt"])["embeds"], embed([""] * 4)["embeds"]  # type: ignore[arg-type]
    for t, after in pairwise(levels):
        ticks = torch.full((4,), 1000 * t)
        conditional, plain = net(x, ticks, c), net(x, ticks, u)
        x = x + (after - t) * (plain + 2.0 * (conditional - plain))
    z = x * Codec.std.view(-1, 1, 1, 1) + Codec.mean.view(-1, 1, 1, 1)
    torch.testing.assert_close(module.sample(at, given), Codec().decode(z), rtol=1e-5, atol=1e-5)


def test_a_window_of_guidance_in_a_sample_ends_at_its_level(tmp_path: Path) -> None:
    """The times of a grid are known on the host."""
    block = 'validate every 5 { sample = student.sample(steps = 3), prompts = "p.txt" }\n'
    plain = "guide(denoise(x, t, cond(batch)), denoise(x, t, uncond(batch)), scale)"
    changed = plain.replace("scale", "scale, zero = true, rescale = 0.7")
    window = f"select(t.sigma > 0.8, {changed}, denoise(x, t, cond(batch)))"
    family = FAMILY.replace("SAMPLE", EULER.replace(plain, window))
    _, module, _ = compiled(typed(tmp_path, block + FINETUNE, family=family))

    def net(hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        text = encoder_hidden_states.mean((1, 2)).view(-1, 1, 1, 1, 1)
        return torch.sin(hidden_states + 9 * text) + timestep[0] / 1000

    at = run({"student": role("student", net)})
    x = at.draws.normal("validate.sample.x", (4, 2, 2, 3))
    levels = [3 * u / (1 + 2 * u) for u in (1, 2 / 3, 1 / 3, 0)]
    assert [t > 0.8 for t in levels] == [True, True, False, False]
    given = batch()
    c, u = embed(given["prompt"])["embeds"], embed([""] * 4)["embeds"]  # type: ignore[arg-type]
    axes = (1, 2, 3, 4)
    for t, after in pairwise(levels):
        ticks = torch.full((4,), 1000 * t)
        said = p = net(x, ticks, c)
        if t > 0.8:
            q = net(x, ticks, u)
            q = q * (p * q).sum(axes, keepdim=True) / q.square().sum(axes, keepdim=True)
            guided = q + 2.0 * (p - q)
            spread = p.std(axes, keepdim=True) / guided.std(axes, keepdim=True)
            said = 0.7 * spread * guided + 0.3 * guided
        x = x + (after - t) * said
    z = x * Codec.std.view(-1, 1, 1, 1) + Codec.mean.view(-1, 1, 1, 1)
    torch.testing.assert_close(module.sample(at, given), Codec().decode(z), rtol=1e-5, atol=1e-5)


def test_draws_by_kind_and_scope(tmp_path: Path) -> None:
    draws = """update student {
    a ~ uniform(2, 4) per step
    b ~ normal(1, 0.5)
    t ~ logit_normal(0, 1)
    r ~ pick(ticks([1000, 500])) per step
    q ~ pick(ticks([900, 300]))
    eps ~ noise[student]
    x0 = student.clean(batch)
    loss one = mse(student.x0(student.noisy(x0, eps, t), t, student.cond(batch)), x0, weight = b) * a
    loss two = mse(student.x0(student.noisy(x0, eps, q), q, student.cond(batch)), x0)
    loss three = mse(student.x0(student.noisy(x0, eps, r), r, student.cond(batch)), x0, weight = r.sigma)
  }"""
    _, module, _ = compiled(typed(tmp_path, draws))

    def net(hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        return torch.zeros_like(hidden_states)

    given = batch()
    at = run({"student": role("student", net)})
    found = module.update_student(at, given)
    d = at.draws
    t = torch.sigmoid(d.normal("student.t"))
    q = torch.tensor([0.9, 0.3])[d.integer("student.q", 0, 2)]
    r = [1.0, 0.5][int(d.integer("student.r", 0, 2, scope="step"))]
    eps = d.normal("student.eps", (4, 2, 2, 3))
    x0 = (Codec().encode(given["video"]) - Codec.mean.view(-1, 1, 1, 1)) / Codec.std.view(-1, 1, 1, 1)  # type: ignore[arg-type]

    def error(s: Tensor) -> Tensor:
        s = s.view(-1, 1, 1, 1, 1)
        return ((1 - s) * x0 + s * eps - x0).square().flatten(1).mean(1)

    a = 2 + 2 * d.uniform("student.a", scope="step")
    torch.testing.assert_close(found["one"], (error(t) * (1 + 0.5 * d.normal("student.b"))).mean() * a)
    torch.testing.assert_close(found["two"], error(q).mean())
    torch.testing.assert_close(found["three"], error(torch.full((4,), r)).mean() * r)


@pytest.mark.parametrize("name", [op.name for op in losses.OPS])
def test_losses_match_torch(name: str) -> None:
    a, b = torch.randn(3, 4, 5), torch.randn(3, 4, 5)
    weight = torch.rand(3)
    wanted = {
        "mse": (a - b) ** 2,
        "l1": (a - b).abs(),
        "huber": torch.nn.functional.huber_loss(a, b, reduction="none", delta=0.7),
        "pseudo_huber": ((a - b) ** 2 + 0.49).sqrt() - 0.7,
    }[name]
    delta = {"delta": 0.7} if "huber" in name else {}
    loss = getattr(losses, name)
    torch.testing.assert_close(loss(a, b, **delta), wanted.mean())
    torch.testing.assert_close(loss(a, b, **delta, per_sample=True), wanted.mean((1, 2)))
    weighted = (wanted * weight[:, None, None]).mean()
    torch.testing.assert_close(loss(a, b, weight=weight, **delta), weighted)


def test_time_maps_on_numbers_and_tensors() -> None:
    for s in (0.1, 0.5, 0.9):
        u = math.atan2(s, 1 - s)
        wanted = {
            "circle_sigma": math.sin(u),
            "circle_alpha": math.cos(u),
            "circle_angle": u,
            "edm_sigma": s / (1 - s),
        }
        for name, value in wanted.items():
            read = getattr(times, name)
            assert read(s) == pytest.approx(value)
            torch.testing.assert_close(read(torch.tensor([s])), torch.tensor([value]))
    assert times.grid(4, 1.0) == (1.0, 0.75, 0.5, 0.25, 0.0)
    assert times.shifted(0.5, 3.0) == pytest.approx(0.75)


def test_captions_are_dropped_for_some_samples(tmp_path: Path) -> None:
    """A choice between two records is one of each field, sample by sample."""
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    k ~ uniform(0, 1)
    eps ~ noise[student]
    c = select(k < 0.5, student.uncond(batch), student.cond(batch))
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, c), student.target(x0, eps, t))
  }"""
    _, module, text = compiled(typed(tmp_path, body))
    assert "torch.where(" in text
    seen: list[Tensor] = []

    class Seeing(Net):
        def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            seen.append(encoder_hidden_states)
            return super().forward(hidden_states, timestep, encoder_hidden_states)

    at = run({"student": role("student", Seeing(1))}, samples=16)
    given = batch(16)
    module.update_student(at, given)
    dropped = at.draws.uniform("student.k") < 0.5
    assert 0 < dropped.sum() < 16
    empty, full = embed([""] * 16)["embeds"], embed(list(given["prompt"]))["embeds"]  # type: ignore[call-overload]
    assert torch.equal(seen[0], torch.where(dropped.view(-1, 1, 1), empty, full))


def test_latents_of_a_space_from_another_file_are_normalised(tmp_path: Path) -> None:
    """A space that is named through its file, `shared.small`, once lost its `normalize`."""
    start = FAMILY.index("  space small")
    space = FAMILY[start : FAMILY.index("  process p")]
    (tmp_path / "shared.fdl").write_text(space.replace("  space", "space"))
    elsewhere = FAMILY.replace(space, "").replace("[small]", "[shared.small]")
    family = 'import "./shared.fdl" as shared\n' + elsewhere
    _, _, text = compiled(typed(tmp_path, FINETUNE, process=FLOW + "predict = eps - x0", family=family))
    encode = text[text.index("def student_encode_video") :].partition("\n\n")[0]
    assert "latents_mean" in encode and "latents_std" in encode


def test_one_time_is_a_number(tmp_path: Path) -> None:
    body = """update student {
    x0 = student.clean(batch)
    t = shifted(ticks(250), 3.0)
    eps ~ noise[student]
    xt = (1 - t.sigma)*x0 + t.sigma*eps
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }"""
    _, module, _ = compiled(typed(tmp_path, body))
    seen: list[Tensor] = []

    class Seeing(Net):
        def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            seen.append(timestep)
            return super().forward(hidden_states, timestep, encoder_hidden_states)

    made = module.update_student(run({"student": role("student", Seeing(1))}), batch())
    assert made["flow"].isfinite()
    assert torch.allclose(seen[0], torch.full((4,), 1000 * times.shifted(0.25, 3.0)))


def test_a_list_of_times_is_shifted_time_by_time(tmp_path: Path) -> None:
    body = """update student {
    steps = shifted(ticks([1000, 500]), 3.0)
    x0 = student.clean(batch)
    eps ~ noise[student]
    t = steps[1]
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }"""
    _, _, text = compiled(typed(tmp_path, body))
    assert "[1.0, 0.75]" in text


def test_a_time_that_two_updates_share_is_a_number_in_both(tmp_path: Path) -> None:
    body = """use both(student)"""
    method = """
method both(student) {
  at = ticks(250)
  eps ~ noise[student]
  update student {
    x0 = student.clean(batch)
    loss flow = mse(student.predict(student.noisy(x0, eps, at), at, student.cond(batch)), stop(eps - x0))
  }
}
"""
    _, _, text = compiled(typed(tmp_path, body, methods=method))
    assert "run.once" in text and '"at"' not in text


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64])
def test_a_stage_selects_by_a_mask(dtype: torch.dtype, tmp_path: Path) -> None:
    family = FAMILY.replace(
        "pad = zero } }", "pad = zero }, given: mask[b, 1, (F - 1)/4 + 1, H/8, W/8] { one = given } }"
    ).replace("hidden_states = x,", "hidden_states = select(c.given, 2.0*x, x),")
    body = """
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }
"""
    _, module, _ = compiled(typed(tmp_path, body, family=family))
    given = torch.zeros(4, 1, 2, 2, 3)
    given[:, :, 0] = 1
    heard = []

    def net(hidden_states: Tensor, **_: Tensor) -> Tensor:
        heard.append(hidden_states)
        return hidden_states

    student = role("student", net)
    student.binding.encode_text = lambda role, prompt: {**embed(prompt), "given": given.to(dtype)}
    at = run({"student": student})
    module.update_student(at, batch())
    t = at.draws.uniform("student.t").view(-1, 1, 1, 1, 1)
    codec = Codec()
    mean, std = (c.view(-1, 1, 1, 1) for c in (codec.mean, codec.std))
    x0 = (codec.encode(batch()["video"]) - mean) / std  # type: ignore[arg-type]
    xt = (1 - t) * x0 + t * at.draws.normal("student.eps", (4, 2, 2, 3))
    torch.testing.assert_close(heard[0], xt * (1 + given))
