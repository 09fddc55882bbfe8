"""Numbers over a step's whole batch: the same loss and the same gradient however the batch is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from stepped import by_hand, compare, gradients, in_parts
from torch import Tensor

HEAD = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    v = student.predict(student.noisy(x0, eps, t), t, student.cond(batch))
    r = mean(square(v - (eps - x0)), per = sample)
    BODY
  }"""

BODIES = {
    "advantage": """a = stop((r - mean(r, over = batch)) / sqrt(mean(square(r - mean(r, over = batch)), over = batch)))
    loss flow = mean(a*r)""",
    "live": """m = mean(r, over = batch)
    loss flow = mean(r / (m + 0.5*mean(square(r - m), over = batch)))""",
    "root": "loss flow = sqrt(mse(v, eps - x0, over = batch))",
    "of a sum": "loss flow = mean(square(r / sum(r, over = batch)))",
    "the largest": """high = stop(max(r, over = batch))
    loss flow = mean(r / high) + 0.1*square(max(r, over = batch) - min(r, over = batch))""",
    "the largest element": "loss flow = square(max(abs(v), over = batch)) + mean(r)",
    "spread": "loss flow = mean(square((r - mean(r, over = batch)) / (std(r, over = batch) + 0.1)))*std(r, over = batch)",
    "spread of a prompt": """s = stop(std(r, over = prompt)) + max(r, over = prompt) - min(r, over = prompt)
    loss flow = mean(r*s)""",
    "plain sum": "loss flow = 0.1*sum(r) + mean(r)",
    "linear": """w = mean(square(x0), over = batch)
    loss flow = mean(r) / w - 2.0*mean(r)*w
    loss more = 0.5*mse(v, eps - x0)""",
    "prompt": """m = mean(r, over = prompt)
    loss flow = mean(square(r - m) + 0.1*r*sum(r, over = prompt))""",
}


def close(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.allclose(a[n], b[n], rtol=2e-4, atol=2e-6) for n in a)


@pytest.mark.slow
@pytest.mark.parametrize("name", BODIES)
def test_parts_change_neither_loss_nor_gradient(name: str, tmp_path: Path) -> None:
    body = HEAD.replace("BODY", BODIES[name])
    each = 2 if "over = prompt" in BODIES[name] else 1
    found = {n: gradients(in_parts(tmp_path, body, n, each=each)) for n in (1, 2, 4)}
    losses, whole = found[1]
    assert any(bool(g.any()) for g in whole.values())
    for n in (2, 4):
        assert found[n][0] == pytest.approx(losses, rel=1e-4), n
        assert close(found[n][1], whole), n


@pytest.mark.parametrize("without", [("fuse",), ("share",), ("freeze",), ("fuse", "share", "freeze")])
def test_passes_change_neither(without: tuple[str, ...], tmp_path: Path) -> None:
    body = HEAD.replace("BODY", BODIES["live"])
    losses, whole = gradients(in_parts(tmp_path, body, 1))
    for n in (1, 2):
        some, parts = gradients(in_parts(tmp_path, body, n, without))
        assert some == pytest.approx(losses, rel=1e-4) and close(parts, whole), n


def test_the_gradient_is_that_of_plain_torch(tmp_path: Path) -> None:
    """`live` once more by hand, in float64, over the eight samples at once."""
    t = in_parts(tmp_path, HEAD.replace("BODY", BODIES["live"]), 4)
    h = by_hand(t)
    r = (h.v - (h.eps - h.x0)).square().flatten(1).mean(1)
    m = r.mean()
    compare(t, (r / (m + 0.5 * (r - m).square().mean())).mean())


def test_the_largest_and_the_spread_are_torchs(tmp_path: Path) -> None:
    t = in_parts(tmp_path, HEAD.replace("BODY", BODIES["the largest"]), 4)
    h = by_hand(t)
    r = (h.v - (h.eps - h.x0)).square().flatten(1).mean(1)
    compare(t, (r / r.amax().detach()).mean() + 0.1 * (r.amax() - r.amin()).square())


def test_what_is_the_same_in_two_parts_shares_its_gradient(tmp_path: Path) -> None:
    """A bound that all samples reach, and a spread of nothing, whose gradient is 0."""
    body = "q = min(r, 0.001)\n    loss flow = max(q, over = batch) + std(q, over = batch) + mean(r)"
    found = [gradients(in_parts(tmp_path, HEAD.replace("BODY", body), n)) for n in (1, 4)]
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert close(found[0][1], found[1][1]) and all(bool(g.isfinite().all()) for g in found[0][1].values())
