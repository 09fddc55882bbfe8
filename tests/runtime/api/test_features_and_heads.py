"""Gradients through stages that show a network's hidden tensors, and through heads on them, against plain torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from observers import HEADS, JUDGE, SEEN, STUDENT, TEACHER, agree, at_time, judging, normalised, seeing, text
from torch import Tensor

from fdc.compiler.runtime.api.run_context import Run

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
