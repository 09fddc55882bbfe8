"""Methods in plain torch, written from their papers' formulas: for each update, its losses by name.

`s` is a flow noise level, [b] or a number; `w` gives both sides the same roles, batch and draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import torch
from first_step import World
from torch import Tensor
from torch.nn.functional import softplus

Losses = Mapping[str, Tensor]
SHAPE = (12, 2, 4, 4)
STEPS = (1.0, 0.75, 0.5, 0.25)


def spread(s: Tensor | float, x: Tensor) -> Tensor:
    """A level of each sample or frame against latents [b, c, t, h, w]."""
    s = torch.as_tensor(s, dtype=torch.float32)
    return s if s.dim() == 0 else s.view(-1, 1, 1, 1, 1) if s.dim() == 1 else s[:, None, :, None, None]


def mix(x0: Tensor, eps: Tensor, s: Tensor | float) -> Tensor:
    s = spread(s, x0)
    return (1 - s) * x0 + s * eps


def velocity(w: World, role: str, x: Tensor, s: Tensor | float, c: Tensor, **more: Tensor) -> Tensor:
    level = torch.as_tensor(s, dtype=torch.float32)
    return w.net(role, x, 1000 * (level.expand(len(x)) if level.dim() == 0 else level), c, **more)


def x0_of(w: World, role: str, x: Tensor, s: Tensor | float, c: Tensor, **more: Tensor) -> Tensor:
    return x - spread(s, x) * velocity(w, role, x, s, c, **more)


def each(x: Tensor) -> Tensor:
    """The mean of each sample, [b]."""
    return x.flatten(1).mean(1)


def mse(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().mean()


def warped(s: Tensor, shift: float) -> Tensor:
    return shift * s / (1 + (shift - 1) * s)


def between(u: Tensor, low: float, high: float) -> Tensor:
    return low + (high - low) * u


# fine-tuning


def sft(w: World) -> Losses:
    x0, s, eps = (
        w.clean("student"),
        warped(w.draws.uniform("student.t"), 3.0),
        w.draws.normal("student.eps", SHAPE),
    )
    return {"flow": mse(velocity(w, "student", mix(x0, eps, s), s, w.cond("student")), eps - x0)}


def logit_normal(w: World, site: str, mean: float = 0.0, std: float = 1.0) -> Tensor:
    return torch.sigmoid(mean + std * w.draws.normal(site))


def sft_precond(w: World) -> Losses:
    x0, s, eps = w.clean("student"), logit_normal(w, "student.t"), w.draws.normal("student.eps", SHAPE)
    return {"data": mse(x0_of(w, "student", mix(x0, eps, s), s, w.cond("student")), x0)}


def min_snr(w: World) -> Losses:
    """Hang et al., 2023, equation 9, for a velocity."""
    x0, s, eps = w.clean("student"), logit_normal(w, "student.t"), w.draws.normal("student.eps", SHAPE)
    snr = ((1 - s) / s).square()
    weight = torch.minimum(snr, torch.tensor(5.0)) / (snr + 1)
    off = each((velocity(w, "student", mix(x0, eps, s), s, w.cond("student")) - (eps - x0)).square())
    return {"v": (weight * off).mean()}


def mode_weighting(w: World) -> Losses:
    """Esser et al., 2024, equation 20."""
    x0, u, eps = w.clean("student"), w.draws.uniform("student.u"), w.draws.normal("student.eps", SHAPE)
    s = (1 - u - 1.29 * (torch.cos(1.5707963 * u).square() - 1 + u)).clamp(0, 1)
    return {"flow": mse(velocity(w, "student", mix(x0, eps, s), s, w.cond("student")), eps - x0)}


def caption_drop(w: World) -> Losses:
    x0, s, eps = w.clean("student"), logit_normal(w, "student.t"), w.draws.normal("student.eps", SHAPE)
    dropped = w.draws.uniform("student.k") < 0.1
    c = torch.where(dropped[:, None, None], w.uncond("student"), w.cond("student"))
    return {"flow": mse(velocity(w, "student", mix(x0, eps, s), s, c), eps - x0)}


def tf_frames(w: World) -> Losses:
    x0, eps = w.clean("student"), w.draws.normal("student.eps", SHAPE)
    s = w.draws.uniform("student.t", (2,))
    v = velocity(w, "student", mix(x0, eps, s), s, w.cond("student"), past=x0)
    return {"flow": mse(v, eps - x0)}


def df_frames(w: World) -> Losses:
    """Chen et al., 2024 (diffusion forcing), a level for each chunk of two frames."""
    x0, eps = w.clean("student"), w.draws.normal("student.eps", SHAPE)
    s = warped(w.draws.uniform("student.t", (1,)), 5.0).repeat_interleave(2, 1)
    off = (velocity(w, "student", mix(x0, eps, s), s, w.cond("student")) - (eps - x0)).square()
    return {"flow": (torch.exp(-2 * (s - 0.5).square()) * off.mean((1, 3, 4))).mean()}


def grad_penalty(w: World) -> Losses:
    x0, c = w.clean("judge"), w.cond("judge")
    s = between(w.draws.uniform("judge.t"), 0.1, 0.9)
    eps, d = w.draws.normal("judge.eps", SHAPE), w.draws.normal("judge.d", SHAPE)
    here = velocity(w, "judge", mix(x0, eps, s), s, c)
    near = velocity(w, "judge", mix(x0, math.sqrt(1 - 0.01) * eps + 0.1 * d, s), s, c)
    return {
        "r1": (each(here) - each(near)).square().mean() / 0.01,
        "keep": mse(velocity(w, "judge", mix(x0, eps, s), s, c), eps - x0),
    }


def stochastic_step(w: World) -> Losses:
    x0, c = w.clean("student"), w.cond("student")
    t = between(w.draws.uniform("student.t"), 0.5, 1)
    s = between(w.draws.uniform("student.s"), 0.1, 0.5)
    eps, z = w.draws.normal("student.eps", SHAPE), w.draws.normal("student.z", SHAPE)
    xt = mix(x0, eps, t)
    with torch.no_grad():
        v = velocity(w, "student", xt, t, c)
        made, noise = xt - spread(t, xt) * v, xt + (1 - spread(t, xt)) * v
    xs = mix(made, math.sqrt(1 - 0.09) * noise + 0.3 * z, s)
    return {"back": mse(x0_of(w, "student", xs, s, c), x0)}


def kd_pairs(w: World) -> Losses:
    made = x0_of(w, "student", w.batch["start"], 1.0, w.cond("student"))
    return {"kd": 0.5 * mse(made, w.clean("student"))}


# distribution matching


def rollout(w: World, update: str) -> Tensor:
    """A few-step sample of which only the last step carries gradient."""
    c = w.cond("student")
    k = int(w.draws.integer(f"{update}.generate.k", 0, 4, scope="step"))
    x = w.draws.normal(f"{update}.generate.x", SHAPE)
    with torch.no_grad():
        for i in range(k):
            eps = w.draws.normal(f"{update}.generate.eps", SHAPE, iteration=(i,))
            x = mix(x0_of(w, "student", x, STEPS[i], c), eps, STEPS[i + 1])
    return x0_of(w, "student", x, STEPS[k], c)


def one_step(w: World, update: str) -> Tensor:
    return x0_of(w, "student", w.draws.normal(f"{update}.generate.z", SHAPE), 1.0, w.cond("student"))


def critic_loss(w: World, made: Tensor) -> Losses:
    """Denoising of detached samples."""
    s, eps = between(w.draws.uniform("critic.t"), 0.05, 0.95), w.draws.normal("critic.eps", SHAPE)
    made = made.detach()
    return {"flow": mse(velocity(w, "critic", mix(made, eps, s), s, w.cond("critic")), eps - made)}


def pseudo_gradient(w: World, made: Tensor, scale: float = 3.0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Yin et al., 2024, equations 7 and 8: (fake - real) over the mean distance to real; with the level, its noise
    and the noisy sample."""
    s, eps = between(w.draws.uniform("student.t"), 0.05, 0.95), w.draws.normal("student.eps", SHAPE)
    xt = mix(made.detach(), eps, s)
    with torch.no_grad():
        fake = x0_of(w, "critic", xt, s, w.cond("critic"))
        plain = x0_of(w, "teacher", xt, s, w.uncond("teacher"))
        real = plain + scale * (x0_of(w, "teacher", xt, s, w.cond("teacher")) - plain)
        return (fake - real) / spread(each((made - real).abs()), made), s, eps, xt


def matched(made: Tensor, g: Tensor) -> Tensor:
    return 0.5 * mse(made, (made - g).detach())


def dmd(w: World) -> Mapping[str, Losses]:
    made = one_step(w, "student")
    g, *_ = pseudo_gradient(w, made)
    pairs = 0.25 * mse(x0_of(w, "student", w.batch["start"], 1.0, w.cond("student")), w.clean("student"))
    return {
        "critic": critic_loss(w, one_step(w, "critic")),
        "student": {"dmd": matched(made, g), "pairs": pairs},
    }


def judged(w: World, x0: Tensor, s: Tensor, site: str) -> Tensor:
    """The judge's logit [b] of the teacher's second feature of a noised sample."""
    xt = mix(x0, w.draws.normal(site, SHAPE), s)
    feature = w.roles["teacher"].components["net"].module.features(xt, 1000 * s, w.cond("teacher"))[1]
    return w.roles["judge"].components["head"].module(h=feature)


def dmd2_gan(w: World) -> Mapping[str, Losses]:
    s = between(w.draws.uniform("judge.t"), 0.05, 0.95)
    fake = judged(w, rollout(w, "judge").detach(), s, "judge.logit.e")
    real = judged(w, w.clean("student"), s, "judge.logit.e.2")
    made = rollout(w, "student")
    g, t, _, _ = pseudo_gradient(w, made)
    return {
        "critic": critic_loss(w, rollout(w, "critic")),
        "judge": {"gan": softplus(fake).mean() + softplus(-real).mean()},
        "student": {
            "dmd": matched(made, g),
            "gan": 0.03 * softplus(-judged(w, made, t, "student.logit.e")).mean(),
        },
    }


def noised_answer(w: World, x0: Tensor, s: Tensor, site: str) -> Tensor:
    """The mean [b] of the judge's answer to a noised sample."""
    return each(velocity(w, "judge", mix(x0, w.draws.normal(site, SHAPE), s), s, w.cond("judge")))


def fdistill(w: World) -> Mapping[str, Losses]:
    """Xu et al., 2025: DMD's gradient times a density ratio, over its running mean."""
    s = between(w.draws.uniform("judge.t"), 0.05, 0.95)
    fake = noised_answer(w, rollout(w, "judge").detach(), s, "judge.logit.e")
    real = noised_answer(w, w.clean("judge"), s, "judge.logit.e.2")
    made = rollout(w, "student")
    g, t, _, _ = pseudo_gradient(w, made)
    with torch.no_grad():
        rho = noised_answer(w, made, t, "student.logit.e").clamp(-10, 10).exp().clamp(0.1, 20)
        h = rho / (0.9 * 1.0 + 0.1 * rho.mean())
        g = spread(h / h.mean(), g) * g
    return {
        "critic": critic_loss(w, rollout(w, "critic")),
        "judge": {"gan": softplus(fake).mean() + softplus(-real).mean()},
        "student": {"dmd": matched(made, g)},
    }


def ladd(w: World) -> Mapping[str, Losses]:
    def made(update: str) -> Tensor:
        levels = torch.tensor(STEPS)[w.draws.integer(f"{update}.generate.k", 0, 4)]
        xt = mix(w.clean("student"), w.draws.normal(f"{update}.generate.e", SHAPE), levels)
        return x0_of(w, "student", xt, levels, w.cond("student"))

    s = between(w.draws.uniform("judge.t"), 0.05, 0.95)
    fake = judged(w, made("judge").detach(), s, "judge.logit.e")
    real = judged(w, w.clean("student"), s, "judge.logit.e.2")
    t = between(w.draws.uniform("student.t"), 0.05, 0.95)
    return {
        "judge": {"hinge": (1 + fake).clamp(min=0).mean() + (1 - real).clamp(min=0).mean()},
        "student": {"adv": -judged(w, made("student"), t, "student.logit.e").mean()},
    }


def causvid(w: World) -> Mapping[str, Losses]:
    """Yin et al., 2025: a causal student with a level for each frame, beside clean frames of data."""

    def made(update: str) -> Tensor:
        s = torch.tensor(STEPS)[w.draws.integer(f"{update}.generate.t", 0, 4, (2,))]
        x = w.clean("student")
        xt = mix(x, w.draws.normal(f"{update}.generate.eps", SHAPE), s)
        return x0_of(w, "student", xt, s, w.cond("student"), past=x)

    sample = made("student")
    g, *_ = pseudo_gradient(w, sample)
    return {"critic": critic_loss(w, made("critic")), "student": {"dmd": matched(sample, g)}}


def streaming_clean(w: World) -> Mapping[str, Losses]:
    """The state is at first what it is set to: the batch's own latents."""

    def made(update: str) -> Tensor:
        z = w.draws.normal(f"{update}.generate.z", SHAPE)
        return x0_of(w, "student", z, 1.0, w.cond("student"), past=w.clean("student"))

    sample = made("student")
    g, *_ = pseudo_gradient(w, sample)
    return {"critic": critic_loss(w, made("critic")), "student": {"dmd": matched(sample, g)}}


# rewards


def draft(w: World) -> Losses:
    c, x = w.cond("student"), w.draws.normal("student.x", SHAPE)
    with torch.no_grad():
        for i in range(3):
            x = x + (STEPS[i + 1] - STEPS[i]) * velocity(w, "student", x, STEPS[i], c)
    return {"reward": -w.decode("student", x0_of(w, "student", x, STEPS[3], c)).mean()}


def advantage(r: Tensor) -> Tensor:
    return (r - r.mean()) / ((r - r.mean()).square().mean().sqrt() + 0.0001)


def nft(w: World) -> Losses:
    """Zheng et al., 2025, equation 5. The average is at first the student itself."""
    c, grid = w.cond("student"), (1.0, 0.75, 0.5, 0.25, 0.0)
    with torch.no_grad():
        x = w.draws.normal("student.z", SHAPE)
        for a, b in pairwise(grid):
            x = x + (b - a) * velocity(w, "student", x, a, c)
        q = (advantage(each(w.decode("student", x))) / 10 + 0.5).clamp(0, 1)
    s, eps = between(w.draws.uniform("student.s"), 0.01, 0.99), w.draws.normal("student.eps", SHAPE)
    xs = mix(x, eps, s)
    v = velocity(w, "student", xs, s, c)
    old = v.detach()
    good = xs - spread(s, xs) * (0.1 * v + 0.9 * old)
    bad = xs - spread(s, xs) * (1.1 * old - 0.1 * v)
    lg, lb = (each((m - x).square()) / each((m - x).abs()).clamp(min=1e-5).detach() for m in (good, bad))
    with torch.no_grad():
        near = velocity(w, "reference", xs, s, w.cond("reference"))
    return {"nft": 5 * (q * lg / 0.1 + (1 - q) * lb / 0.1).mean(), "near": 0.0001 * mse(v, near)}


def grpo(w: World) -> Losses:
    """Liu et al., 2025, equations 8 to 11; the step is that of equation 9, by Euler and Maruyama."""
    c, levels = w.cond("student"), (1.0, 0.75, 0.5, 0.25, 0.0)
    k = int(w.draws.integer("student.k", 1, 3, scope="step"))

    def walked(x: Tensor, indices: range) -> Tensor:
        for i in indices:
            x = x + (levels[i + 1] - levels[i]) * velocity(w, "student", x, levels[i], c)
        return x

    t, dt = levels[k], levels[k + 1] - levels[k]
    sigma = 0.7 * math.sqrt(t / (1 - t))
    std = sigma * math.sqrt(-dt)

    def mean(x: Tensor, v: Tensor) -> Tensor:
        return x + (v + sigma**2 / (2 * t) * (x + (1 - t) * v)) * dt

    def log_prob(y: Tensor, mu: Tensor) -> Tensor:
        return each(-((y - mu).square()) / (2 * std**2)) - math.log(std) - 0.5 * math.log(2 * math.pi)

    with torch.no_grad():
        x = walked(w.draws.normal("student.x", SHAPE), range(k))
        before = mean(x, velocity(w, "student", x, t, c))
        y = before + std * w.draws.normal("student.step", SHAPE)
        a = advantage(each(w.decode("student", walked(y, range(k + 1, 4)))))
        near = velocity(w, "reference", x, t, w.cond("reference"))
    v = velocity(w, "student", x, t, c)
    ratio = (log_prob(y, mean(x, v)) - log_prob(y, before)).exp()
    ppo = -torch.minimum(a * ratio, a * ratio.clamp(0.8, 1.2)).mean()
    return {"ppo": ppo, "near": 0.04 * mse(v, near)}


# consistency


def hyper_sd(w: World) -> Losses:
    """Ren et al., 2024, with one segment's end in sight of each sample."""
    edges = torch.tensor((1.0, 0.75, 0.5, 0.25, 0.02))
    x0, c, eps = w.clean("student"), w.cond("student"), w.draws.normal("student.eps", SHAPE)
    k = w.draws.integer("student.k", 0, 4)
    u = between(w.draws.uniform("student.u"), 0.2, 1.0)
    t, s = edges[k], edges[k + 1]
    n = u * t / (1 + (u - 1) * t)
    xt = mix(x0, eps, t)
    with torch.no_grad():
        xn = xt + spread(n - t, xt) * velocity(w, "teacher", xt, t, w.cond("teacher"))

    def moved(x: Tensor, at: Tensor) -> Tensor:
        v = velocity(w, "student", x, at, c)
        return mix(x - spread(at, x) * v, x + (1 - spread(at, x)) * v, s)

    theirs = moved(xn, n).detach()
    liked = -0.01 * w.decode("student", x0_of(w, "student", xt, t, c)).mean()
    return {"phase": mse(moved(xt, t), theirs), "liked": liked}


def meanflow(w: World) -> Losses:
    """Geng et al., 2025, equation 6: u = v - (t - r) du/dt along the path."""
    x0, c, eps = w.clean("student"), w.cond("student"), w.draws.normal("student.eps", SHAPE)
    a, d = logit_normal(w, "student.a", -0.4), logit_normal(w, "student.d", -0.4)
    t, r = torch.maximum(a, d), torch.minimum(a, d)
    v, xt = eps - x0, mix(x0, eps, t)

    def u(x: Tensor, t: Tensor) -> Tensor:
        return w.net("student", x, 1000 * t, c, r=1000 * r)

    _, du = torch.func.jvp(u, (xt, t), (v, torch.ones_like(t)))
    return {"mean": mse(u(xt, t), (v - spread(t - r, v) * du).detach())}


def scm(w: World) -> Losses:
    """Lu and Song, 2024, equation 8, with data of deviation 1: levels are angles u, whose cosine and sine mix."""
    x0, c, eps = w.clean("student"), w.cond("student"), w.draws.normal("student.eps", SHAPE)
    flow = logit_normal(w, "student.t", -1.0, 1.4)
    angle = torch.atan2(flow, 1 - flow)  # of the same ratio of noise to data
    cos, sin = (spread(f(angle), x0) for f in (torch.cos, torch.sin))
    xt = cos * x0 + sin * eps

    def f(x: Tensor, angle: Tensor) -> Tensor:
        return w.net("student", x, angle, c)

    with torch.no_grad():
        dx = w.net("teacher", xt, angle, w.cond("teacher"))
    f_now = f(xt, angle)
    cs = cos * sin
    _, j = torch.func.jvp(f, (xt, angle), (cs * dx, cs.flatten()))
    r = min(10 / 1000, 1.0)
    g = -cos.square() * (f_now.detach() - dx) - r * (cs * xt + j)
    n = g / (spread(each(g.square()).sqrt(), g) + 0.1)
    return {"scm": mse(f_now, (f_now + n).detach())}


REFERENCES: Mapping[str, Callable[[World], Losses | Mapping[str, Losses]]] = {
    f.__name__: f
    for f in (
        sft, sft_precond, min_snr, mode_weighting, caption_drop, tf_frames, df_frames, grad_penalty,
        stochastic_step, kd_pairs, dmd, dmd2_gan, fdistill, ladd, causvid, streaming_clean, draft, nft, grpo,
        hyper_sd, meanflow, scm,
    )
}  # fmt: skip
