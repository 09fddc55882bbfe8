"""`jvp` in programs: along the path of each process, through graphs and loops, by either way, with gradients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lowering import STUDENT, Codec, Net, batch, compiled, embed, role, run, typed
from torch import Tensor

VP = "noisy = a*x0 + s*eps, predict = eps, ticks = 1000*s"
PROCESSES = {
    "flow": "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s",
    "vp": VP,
    "trig": "noisy = cos(u)*x0 + sin(u)*eps, predict = cos(u)*eps - sin(u)*x0, ticks = u",
    "edm": "noisy = x0 + s*eps, predict = x0, ticks = s",
}
PATH = {
    "flow": "eps - x0",
    "vp": "eps - t.sigma/t.alpha*x0",
    "trig": "t.alpha*eps - t.sigma*x0",
    "edm": "eps",
}
"""The derivative of `noisy` by its process's variable: sigma, or the angle."""
OWN: dict[str, Callable[[Tensor], Tensor]] = {
    "flow": lambda s: s,
    "vp": lambda s: torch.sin(torch.atan2(s, 1 - s)),
    "trig": lambda s: torch.atan2(s, 1 - s),
    "edm": lambda s: s / (1 - s),
}
"""The process's variable of a level."""
MIX: dict[str, Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]] = {
    "flow": lambda s: (1 - s, s, 1000 * s),
    "vp": lambda s: ((1 - s * s).sqrt(), s, 1000 * s),
    "trig": lambda u: (u.cos(), u.sin(), u),
    "edm": lambda s: (torch.ones_like(s), s, s),
}
"""alpha, sigma and what the network is fed, by that variable."""
UPDATE = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.2, 0.8)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    CALL
    loss slope = mean(square(du))
  }"""
DIRECT = "du = jvp(student.predict(xt, t, student.cond(batch)), x = PATH, t = 1)"


def column(x: Tensor) -> Tensor:
    return x.view(-1, 1, 1, 1, 1)


def sides(given: dict[str, object]) -> tuple[Tensor, Tensor, Tensor]:
    """Clean latents, noise and embeddings, in float64."""
    z = Codec().encode(given["video"])  # type: ignore[arg-type]
    x0 = (z - Codec.mean.view(-1, 1, 1, 1)) / Codec.std.view(-1, 1, 1, 1)
    eps = run({}).draws.normal("student.eps", (4, 2, 2, 3))
    return x0.double(), eps.double(), embed(given["prompt"])["embeds"].double()  # type: ignore[arg-type]


def levels() -> Tensor:
    return 0.2 + 0.6 * run({}).draws.uniform("student.t").double()


class WideNet(Net):
    """Takes float64 as well."""

    def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        mixed = torch.einsum("oc,bcthw->bothw", self.weight, hidden_states).tanh()
        said = torch.einsum("od,bd->bo", self.text, encoder_hidden_states.mean(1))
        return mixed * column(torch.cos(timestep * self.time[0])) * (1 + said[:, :, None, None, None])


@pytest.mark.parametrize("way", ["forward", "difference(0.002)"])
@pytest.mark.parametrize("process", PROCESSES)
def test_along_the_path_of_a_process(process: str, way: str, tmp_path: Path) -> None:
    """The derivative is that of the network over the process's own variable, and so is its gradient."""
    roles = STUDENT.replace("precision = f32", f"precision = f32, jvp = {way}")
    body = UPDATE.replace("CALL", DIRECT.replace("PATH", PATH[process]))
    _, module, _ = compiled(typed(tmp_path, body, roles, process=PROCESSES[process]))
    net, given = WideNet(0), batch()
    found = module.update_student(run({"student": role("student", net)}), given)["slope"]
    gradients = torch.autograd.grad(found, list(net.parameters()))

    x0, eps, text = sides(given)
    twin = WideNet(0).double()

    def said(u: Tensor) -> Tensor:
        alpha, sigma, fed = MIX[process](u)
        return twin(column(alpha) * x0 + column(sigma) * eps, fed, text)

    u = OWN[process](levels())
    exact = torch.func.jvp(said, (u,), (torch.ones_like(u),))[1].square().mean()
    close = {"rtol": 1e-4, "atol": 1e-7} if way == "forward" else {"rtol": 5e-3, "atol": 1e-5}
    torch.testing.assert_close(found.double(), exact, **close)
    for g, e in zip(gradients, torch.autograd.grad(exact, list(twin.parameters())), strict=True):
        torch.testing.assert_close(g.double(), e, **close)


def test_a_graph_is_differentiated_with_its_loop_and_what_is_stopped_stands_still(tmp_path: Path) -> None:
    method = """
method m(student) {
  graph twice(x, t, c) {
    y = stop(student.x0(x, t, c))
    for i in 0 .. 2 {
      y = 0.5*y + 0.5*student.x0(x, t, c)
    }
    return y
  }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0.2, 0.8)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    d = jvp(twice(xt, t, student.cond(batch)), x = xt)
    loss slope = mean(square(d))
  }
}
"""
    _, module, text = compiled(typed(tmp_path, "use m(student)", methods=method))
    net, given = WideNet(0), batch()
    found = module.update_student(run({"student": role("student", net)}), given)["slope"]
    x0, eps, embeds = sides(given)
    s, twin = levels(), WideNet(0).double()
    xt = (1 - column(s)) * x0 + column(s) * eps

    def twice(x: Tensor) -> Tensor:
        said = x - column(s) * twin(x, 1000 * s, embeds)
        return 0.25 * said.detach() + 0.75 * said

    exact = torch.func.jvp(twice, (xt,), (xt,))[1].square().mean()
    torch.testing.assert_close(found.double(), exact, rtol=1e-4, atol=1e-7)
    function = text[text.index("def twice_of_x") :]
    assert "fused_" not in function[: function.index("\n\n\n")]


def test_what_is_stopped_is_differentiated_without_a_tape(tmp_path: Path) -> None:
    call = DIRECT.replace("PATH", "eps - x0") + (
        "\n    u = student.predict(xt, t, student.cond(batch))"
        "\n    loss mean = mse(u, stop(eps - x0 - t.sigma*du as velocity[student]))"
    )
    body = UPDATE.replace("CALL", call).replace("loss slope = mean(square(du))", "")
    _, module, text = compiled(typed(tmp_path, body))
    lines = text.splitlines()
    here = next(k for k, line in enumerate(lines) if "forward_mode(run, " in line)
    assert any(line.strip() == "with torch.no_grad():" for line in lines[here - 2 : here])
    kept: list[tuple[int, ...]] = []
    net = WideNet(0)
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(tuple(x.shape)) or x, lambda x: x):  # type: ignore[func-returns-value]
        at = run({"student": role("student", net)})
        module.update_student(at, batch())
        both = len(kept)
        kept.clear()
        net(torch.randn(4, 4, 2, 2, 3), torch.rand(4), torch.rand(4, 6, 8))
    assert both <= len(kept) + 4  # of the loss
