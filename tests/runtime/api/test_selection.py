"""`select` of records, latents, numbers and texts by one condition for each sample or for all, against plain torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from lowering import embed
from observers import SEEN, STUDENT, agree, at_time, normalised, seeing, text
from torch import Tensor

from fdc.compiler.runtime.api.run_context import Run

LATENT = (4, 2, 2, 3)
BODY = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    CHOICE
  }"""
PROMPTS = SEEN.replace(
    "graph cond(batch) { return encode_text(batch.prompt) }",
    """graph cond(batch) {
    k ~ uniform(0, 1)
    return encode_text(select(k < 0.5, "", batch.prompt))
  }""",
)


def parts(run: Run, roles: Any, given: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    x0 = normalised(given["video"], roles["student"].vae)
    t = 0.1 + 0.8 * run.draws.uniform("student.t")
    eps = run.draws.normal("student.eps", LATENT)
    return x0, t, eps, (1 - at_time(t)) * x0 + at_time(t) * eps, run.draws.uniform("student.k")


def said(roles: Any, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
    return roles["student"].net.module(hidden_states=x, timestep=1000 * t, encoder_hidden_states=c)


def empty(given: dict[str, Any]) -> Tensor:
    return embed([""] * len(given["prompt"]))["embeds"]


def records(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    x0, t, eps, xt, k = parts(run, roles, given)
    c = torch.where(k.view(-1, 1, 1) < 0.5, empty(given), text(given))
    return (said(roles, xt, t, c) - (eps - x0)).square().mean()


def latents(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    x0, t, eps, xt, k = parts(run, roles, given)
    a, b = said(roles, xt, t, text(given)), said(roles, xt, t, empty(given))
    return (torch.where(at_time(k) < 0.5, a, b) - (eps - x0)).square().mean()


def numbers(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    x0, t, eps, xt, _ = parts(run, roles, given)
    weight = torch.where(t < 0.5, torch.ones_like(t), t * t)
    return ((said(roles, xt, t, text(given)) - (eps - x0)).square() * at_time(weight)).mean()


def first(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    x0, t, eps, xt, _ = parts(run, roles, given)
    return (said(roles, xt, t, text(given)) - (eps - x0)).square().mean()


def by_prompt(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
    x0, t, eps, xt, _ = parts(run, roles, given)
    k = run.draws.uniform("student.cond.k")
    c = embed(["" if dropped else p for dropped, p in zip((k < 0.5).tolist(), given["prompt"])])["embeds"]
    return (said(roles, xt, t, c) - (eps - x0)).square().mean()


FLOW = "loss flow = mse(student.predict(xt, t, {}), student.target(x0, eps, t){})"
CASES = {
    "records": (
        "c = select(k < 0.5, student.uncond(batch), student.cond(batch))\n    " + FLOW.format("c", ""),
        records,
        SEEN,
    ),
    "latents": (
        "a = student.predict(xt, t, student.cond(batch))\n    b = student.predict(xt, t, student.uncond(batch))\n"
        "    loss flow = mse(select(k < 0.5, a, b), student.target(x0, eps, t))",
        latents,
        SEEN,
    ),
    "numbers": (
        "w = select(t.sigma < 0.5, 1, t.sigma*t.sigma)\n    "
        + FLOW.format("student.cond(batch)", ", weight = w"),
        numbers,
        SEEN,
    ),
    "by the step": (
        "c = select(step < 100, student.cond(batch), student.uncond(batch))\n    " + FLOW.format("c", ""),
        first,
        SEEN,
    ),
    "latents by the step": (
        "a = student.predict(xt, t, student.cond(batch))\n    "
        "loss flow = mse(select(step < 100, a, stop(a)), student.target(x0, eps, t))",
        first,
        SEEN,
    ),
    "texts": (FLOW.format("student.cond(batch)", ""), by_prompt, PROMPTS),
}


@pytest.mark.parametrize("name", CASES)
def test_a_selection(name: str, tmp_path: Path) -> None:
    choice, by_hand, family = CASES[name]
    drawn = "k ~ uniform(0, 1)\n    " if "k < " in choice else ""
    body = BODY.replace("CHOICE", drawn + choice)
    agree(tmp_path, body, lambda: {"student": seeing("student", 1, True)}, by_hand, STUDENT, family=family)
