"""Gradients through stages that show a network's hidden tensors, and through heads on them, against plain torch."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lowering import compiled, typed
from observers import (
    HEADS,
    JUDGE,
    SEEN,
    STUDENT,
    TEACHER,
    Seeing,
    agree,
    at_time,
    gradients,
    judging,
    normalised,
    seeing,
    text,
)
from torch import Tensor, nn

from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.errors import RunError

LATENT = (4, 2, 2, 3)
ROLES = f"{STUDENT}\n  {TEACHER}"
NEAR = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    guess = student.x0(xt, t, student.cond(batch))
    e ~ noise[teacher]
    c = teacher.cond(batch)
    shown = teacher.layers(teacher.noisy(guess, e, t), t, c)
    right = teacher.layers(teacher.noisy(x0, e, t), t, c)
    loss near = mse(shown[0], right[0]) + 0.5*mse(shown[1], right[1])
  }"""


def asked(net: Any, x: Tensor, t: Tensor, c: Tensor, method: str = "forward") -> Any:
    call = getattr(net.module, method)
    return call(hidden_states=x, timestep=1000 * t, encoder_hidden_states=c)


def guess(run: Run, roles: Any, given: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The student's clean estimate, the clean latents, the noise levels and the text."""
    student = roles["student"]
    x0, c = normalised(given["video"], student.vae), text(given)
    t = 0.1 + 0.8 * run.draws.uniform("student.t")
    s, eps = at_time(t), run.draws.normal("student.eps", LATENT)
    xt = (1 - s) * x0 + s * eps
    return xt - s * asked(student.net, xt, t, c), x0, t, c


def near(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    x0_hat, x0, t, c = guess(run, roles, given)
    s, e = at_time(t), run.draws.normal("student.e", LATENT)
    shown, right = (asked(roles["teacher"].net, (1 - s) * x + s * e, t, c, "features") for x in (x0_hat, x0))
    return (shown[0] - right[0]).square().mean() + 0.5 * (shown[1] - right[1]).square().mean()


def frozen_teacher() -> dict[str, Any]:
    return {"student": seeing("student", 1, True), "teacher": seeing("teacher", 2, False)}


def test_a_frozen_feature_stage_passes_the_gradient_on(tmp_path: Path) -> None:
    found = agree(tmp_path, NEAR, frozen_teacher, near, ROLES)
    assert set(found) == {f"student.net.{n}" for n in ("weight", "time", "text")}


def test_a_trained_feature_stage_collects_its_own(tmp_path: Path) -> None:
    body = NEAR.replace("teacher.layers(teacher.noisy(guess", "student.layers(teacher.noisy(guess")

    def both(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        x0_hat, x0, t, c = guess(run, roles, given)
        s, e = at_time(t), run.draws.normal("student.e", LATENT)
        shown = asked(roles["student"].net, (1 - s) * x0_hat + s * e, t, c, "features")
        right = asked(roles["teacher"].net, (1 - s) * x0 + s * e, t, c, "features")
        return (shown[0] - right[0]).square().mean() + 0.5 * (shown[1] - right[1]).square().mean()

    agree(tmp_path, body, frozen_teacher, both, ROLES)


LADD = """
method ladd(student, teacher, judge) {
  graph generate(batch) {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    return student.x0(student.noisy(x0, eps, t), t, student.cond(batch))
  }

  graph shown(x0, t, batch) {
    e ~ noise[teacher]
    return teacher.layers(teacher.noisy(x0, e, t), t, teacher.cond(batch))
  }

  update judge {
    t ~ uniform(0.1, 0.9)
    fake = judge.head(shown(stop(generate(batch)), t, batch), t)
    real = judge.head(shown(teacher.clean(batch), t, batch), t)
    loss hinge = mean(clamp(1 + fake, 0, 1000)) + mean(clamp(1 - real, 0, 1000))
  }

  update student {
    t ~ uniform(0.1, 0.9)
    loss adv = -mean(judge.head(shown(generate(batch), t, batch), t))
  }
}
"""
"""Sauer et al., "Fast high-resolution image synthesis with latent adversarial diffusion distillation" (2024)."""


def three() -> dict[str, Any]:
    return {**frozen_teacher(), "judge": judging("judge", 3)}


def generated(run: Run, roles: Any, given: dict[str, Any], site: str) -> Tensor:
    student = roles["student"]
    x0, c = normalised(given["video"], student.vae), text(given)
    t = 0.1 + 0.8 * run.draws.uniform(f"{site}.generate.t")
    s, eps = at_time(t), run.draws.normal(f"{site}.generate.eps", LATENT)
    xt = (1 - s) * x0 + s * eps
    return xt - s * asked(student.net, xt, t, c)


def judged(run: Run, roles: Any, given: dict[str, Any], x0: Tensor, t: Tensor, site: str) -> Tensor:
    s, e = at_time(t), run.draws.normal(site, LATENT)
    h = asked(roles["teacher"].net, (1 - s) * x0 + s * e, t, text(given), "features")
    return roles["judge"].judge.module(h=h, t=t)[:, 0]


def test_a_gan_on_features_trains_the_student_through_the_head(tmp_path: Path) -> None:
    def adversarial(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        roles["judge"].judge.module.requires_grad_(False)
        t = 0.1 + 0.8 * run.draws.uniform("student.t")
        return -judged(
            run, roles, given, generated(run, roles, given, "student"), t, "student.shown.e"
        ).mean()

    def make() -> dict[str, Any]:
        roles = three()
        roles["judge"].judge.module.requires_grad_(False)  # as a step of another role has it
        return roles

    body, roles = "use ladd(student, teacher, judge)", f"{ROLES}\n  {JUDGE}"
    agree(tmp_path, body, make, adversarial, roles, family=SEEN + HEADS, methods=LADD)


def test_a_judge_of_heads_alone_is_trained(tmp_path: Path) -> None:
    def hinge(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        t = 0.1 + 0.8 * run.draws.uniform("judge.t")
        made = generated(run, roles, given, "judge").detach()
        real = normalised(given["video"], roles["teacher"].vae)
        fake = judged(run, roles, given, made, t, "judge.shown.e")
        right = judged(run, roles, given, real, t, "judge.shown.e.2")
        return (1 + fake).clamp(0, 1000).mean() + (1 - right).clamp(0, 1000).mean()

    body, roles = "use ladd(student, teacher, judge)", f"{ROLES}\n  {JUDGE}"
    found = agree(tmp_path, body, three, hinge, roles, "judge", SEEN + HEADS, LADD)
    assert set(found) == {"judge.judge.weight", "judge.judge.time"}


REWARDED = """
method rewarded(student, judge) {
  update student {
    x ~ noise[student]
    top = sigmas([1.0])[0]
    pixels = student.decode(student.x0(x, top, student.cond(batch)))
    REWARD
  }
}
"""
"""Clark et al., "Directly fine-tuning diffusion models on differentiable rewards" (2024), over one step."""
TASTE = """
family tasting {
  sizes { F = 4*k + 1, H = 8*m, W = 8*n }
  component judge = python.Taste { trainable }
  stage likes : head(video: pixels[b, 3, F, H, W], w: guidance) -> score by judge(video = video, w = w)
}
"""


class Taste(nn.Module):
    """How red a clip is, weighted."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = nn.Parameter(torch.tensor([1.0, -0.5, -0.25]))

    def forward(self, video: Tensor, w: Tensor) -> Tensor:
        assert w.shape == (len(video),)
        return w * torch.einsum("bcfhw,c->b", video.tanh(), self.colour) / video[0, 0].numel()


def decoded(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    """The pixels of what the student makes of pure noise."""
    student = roles["student"]
    x, t = run.draws.normal("student.x", LATENT), torch.ones(4)
    x0 = x - asked(student.net, x, t, text(given))
    codec = student.vae
    return codec.decode(x0 * codec.std.view(1, 4, 1, 1, 1) + codec.mean.view(1, 4, 1, 1, 1))


def rewarded(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    return -roles["judge"].judge.module(video=decoded(run, roles, given), w=torch.full((4,), 2.0)).mean()


def test_a_reward_on_decoded_pixels_trains_the_student(tmp_path: Path) -> None:
    def make() -> dict[str, Any]:
        judge = LoadedComponent("judge", Taste().requires_grad_(False))
        return {"student": seeing("student", 1, True), "judge": SimpleNamespace(name="judge", judge=judge)}

    method = REWARDED.replace("REWARD", "loss reward = -mean(judge.head(pixels, 2.0))")
    roles = f'{STUDENT}\n  role judge = tasting("three") {{ precision = f32 }}'
    agree(
        tmp_path, "use rewarded(student, judge)", make, rewarded, roles, family=SEEN + TASTE, methods=method
    )


def test_an_encoder_of_another_role_reads_what_was_made(tmp_path: Path) -> None:
    """It is no encoding of the batch: the gradient passes through, and nothing of it is kept."""

    def encoded(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        codec = roles["teacher"].vae
        apart = normalised(decoded(run, roles, given), codec) - normalised(given["video"], codec)
        return apart.square().mean()

    method = REWARDED.replace("REWARD", "loss near = mse(judge.encode_video(pixels), judge.clean(batch))")
    body = "use rewarded(student, teacher)"
    agree(tmp_path, body, frozen_teacher, encoded, ROLES, methods=method)


def test_a_list_that_is_not_what_its_stage_declares_is_told(tmp_path: Path) -> None:
    program = typed(
        tmp_path, NEAR, ROLES, family=SEEN.replace("[f32[b, 4, 2, 2, 3]]", "[f32[b, 4, 2, 3, 2]]")
    )
    with pytest.raises(
        RunError, match=r"`teacher.layers\[0\]` is declared to give .*2, 3, 2\].* gave float32"
    ):
        gradients(frozen_teacher(), compiled(program)[1])


def test_a_text_encoder_that_is_trained_collects_its_gradient(tmp_path: Path) -> None:
    """Python runs it, and no network stage can."""

    class Words(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor([0.5, 1.0, -1.0, 2.0, 0.1, 0.2, 0.3, 0.4]))

        def forward(self, rows: Tensor) -> Tensor:
            return (rows * self.scale).tanh()

    def encode(role: Any, prompt: list[str]) -> dict[str, Tensor]:
        return {"embeds": role.words(rows=text({"prompt": prompt}))}

    def make() -> dict[str, Any]:
        student = seeing("student", 1, True)
        student.words = LoadedComponent("words", Words())
        student.binding = SimpleNamespace(encode_text=encode)
        return {"student": student}

    def by_hand(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        student = roles["student"]
        x0, t = normalised(given["video"], student.vae), 0.1 + 0.8 * run.draws.uniform("student.t")
        s, eps = at_time(t), run.draws.normal("student.eps", LATENT)
        c = encode(student, given["prompt"])["embeds"]
        return (asked(student.net, (1 - s) * x0 + s * eps, t, c) - (eps - x0)).square().mean()

    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }"""
    family = SEEN.replace("transformers.Words", "transformers.Words { trainable }")
    found = agree(tmp_path, body, make, by_hand, STUDENT, family=family)
    assert "student.words.scale" in found


def test_a_head_takes_tensors_of_other_dims_in_each_call(tmp_path: Path) -> None:
    pooled = SEEN.replace(
        "  stage decode_video",
        """  stage pooled : feature(x: noisy[small], t: time[b], c: text) -> [f32[b, 4, 1, 1, 1]]
    by net.pooled(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_video""",
    )
    body = """update judge {
    x0 = teacher.clean(batch)
    t ~ uniform(0.1, 0.9)
    e ~ noise[teacher]
    xt = teacher.noisy(x0, e, t)
    c = teacher.cond(batch)
    loss both = mean(square(judge.head(teacher.layers(xt, t, c), t) - judge.head(teacher.pooled(xt, t, c), t)))
  }"""

    class Pooling(Seeing):
        def pooled(self, **given: Tensor) -> list[Tensor]:
            return [x.mean((2, 3, 4), keepdim=True) ** 2 for x in self.features(**given)]

    def make() -> dict[str, Any]:
        teacher = seeing("teacher", 2, False)
        teacher.net = LoadedComponent("net", Pooling(2).requires_grad_(False))
        return {"teacher": teacher, "judge": judging("judge", 3)}

    def by_hand(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        teacher, judge = roles["teacher"], roles["judge"].judge.module
        t = 0.1 + 0.8 * run.draws.uniform("judge.t")
        s, e = at_time(t), run.draws.normal("judge.e", LATENT)
        xt = (1 - s) * normalised(given["video"], teacher.vae) + s * e
        shown = [asked(teacher.net, xt, t, text(given), m) for m in ("features", "pooled")]
        return (judge(h=shown[0], t=t)[:, 0] - judge(h=shown[1], t=t)[:, 0]).square().mean()

    agree(tmp_path, body, make, by_hand, f"{TEACHER}\n  {JUDGE}", "judge", pooled + HEADS)
