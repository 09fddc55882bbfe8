"""What three ops that were added by an entry each can do: `test_one_entry` runs this with a copy of `stages/` that has
them. `log_cosh(a, b, sharpness = 1)` is a loss, `sinh(x)` a function of each element,
`log_normal(mean, std)` a distribution.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch
from kernels.groups import doubled, results, tried, update
from lowering import STUDENT, Codec, Net, batch, compiled, embed, role, run, typed
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.driver.picture import picture
from fdc.compiler.driver.pipeline import check, check_source
from fdc.compiler.graph.pass_diff import changes
from fdc.compiler.lower.program import lower
from fdc.compiler.lsp.completion.complete import complete
from fdc.compiler.lsp.features.hover import hover
from fdc.compiler.lsp.workspace import Workspace
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.report.explain_types import explain
from fdc.compiler.runtime.train.steppers import learning_rates
from fdc.grammar import words
from fdc.grammar.editors import build
from fdc.stages import losses, table

ADDED = {"log_cosh", "sinh"}
LOG_NORMAL = "log_normal(1, 0.5)"
DRAWN = f"d ~ {LOG_NORMAL}\n    loss a = mse(student.x0(xt, t, c), x0, weight = d)"
RIGHT = "loss a = log_cosh(student.x0(xt, t, c), x0, weight = sinh(t.sigma), sharpness = 2)"


def method(loss: str) -> str:
    return f"method m(student) {{\n  {update(loss)}\n}}\n"


def found(loss: str) -> list[str]:
    """The diagnostics of an update with these losses, each with its code."""
    source = Source("m.fdl", method(loss))
    return [f"{d.code}: {d.message}" for d in check_source(source, Path("m.fdl")).diagnostics]


def test_the_table_has_them_and_stages_were_read_from_the_copy() -> None:
    assert table.OPS.keys() >= {*ADDED, "log_normal"} and losses.__file__.startswith(
        str(Path(table.__file__).parent)
    )


def test_right_programs_check() -> None:
    assert found(RIGHT) == []
    assert found("loss a = mean(log_cosh(student.x0(xt, t, c), x0, per = sample))") == []


@pytest.mark.parametrize(
    ("loss", "code", "message"),
    [
        ("log_cosh(student.x0(xt, t, c), eps)", "quantity-mismatch", "this loss compares"),
        ("log_cosh(student.x0(xt, t, c))", "missing-argument", "`log_cosh` needs `b`"),
        ("log_cosh(student.x0(xt, t, c), x0, delta = 1)", "unknown-parameter", "has no parameter `delta`"),
        ("log_cosh(student.x0(xt, t, c), x0, sharpness = 0)", "bad-setting", "`sharpness` is above 0"),
        ("log_cosh(student.x0(xt, t, c), t.sigma)", "type-mismatch", "this loss compares"),
        ("logcosh(student.x0(xt, t, c), x0)", "unknown-name", "logcosh"),
        ("mse(student.x0(sinh(xt), t, c), x0)", "nonlinear-quantity", "a non-linear function of latents"),
        (
            'mean(square(student.x0(xt, t, c)))*sinh("a")',
            "type-mismatch",
            "`sinh` works on numbers and tensors",
        ),
        ("mean(square(student.x0(xt, t, c)))*sinh()", "missing-argument", "`sinh` needs `x`"),
    ],
)
def test_wrong_programs_are_refused(loss: str, code: str, message: str) -> None:
    (said,) = found(f"loss a = {loss}")
    assert said.startswith(f"{code}: ") and message in said


def test_a_loss_of_one_value_is_constant() -> None:
    said = found("p = student.x0(xt, t, c)\n    loss a = mse(p, x0)\n    loss b = log_cosh(p, stop(p))")
    assert [s.partition(":")[0] for s in said] == ["constant-loss"]


def test_explained_drawn_and_fused(tmp_path: Path) -> None:
    program = typed(tmp_path, update(RIGHT))
    rows = explain(check(tmp_path / "try.fdl", noting=True))
    assert re.search(r"log_cosh\(student\.x0\(xt, t, c\), x0, .*both sides are clean", rows), rows
    (drawing, *_) = picture(check(tmp_path / "try.fdl"), [program]).graphs
    (loss,) = [n for n in drawing.snapshots[0].nodes if n.kind == "loss"]
    assert loss.title == "loss a" and loss.note.startswith("log_cosh(student.x0(xt, t, c), x0, ")
    plan, records = optimise(lower(program), verified=True)
    (fused,) = [f for f in plan.of_kind("fused") if {n.op for n in f.graph.nodes} >= ADDED]
    assert any(line.strip().startswith(f"{fused.name}: ") for line in changes(records))


def test_fused_and_right_to_the_gradient(tmp_path: Path) -> None:
    program = typed(tmp_path, update(RIGHT))
    (group,) = [t for t in tried(program) if t.group.gradients]
    inputs = group.inputs(3, seed=1)
    exact, exact_gradients = results(group, doubled(inputs), "reference")
    for by in ("reference", "kernels"):
        outputs, gradients = results(group, inputs, by)
        torch.testing.assert_close(outputs, [e.float() for e in exact], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(gradients, [e.float() for e in exact_gradients], rtol=1e-3, atol=1e-5)


def test_the_module_computes_it(tmp_path: Path) -> None:
    program = typed(tmp_path, update(RIGHT))
    _, module, text = compiled(program)
    assert "from fdc.stages.losses import log_cosh" in text and "sharpness=2" in text
    net, again = Net(1), Net(1)
    found = module.update_student(run({"student": role("student", net)}), batch())["a"]
    wanted = by_hand(again)
    torch.testing.assert_close(found, wanted)
    found.backward()
    wanted.backward()
    for p, q in zip(net.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad)


def by_hand(net: Net) -> Tensor:
    """The loss of `RIGHT` in torch alone."""
    error, level = distance(net)
    return (torch.cosh(2 * error).log() / 2 * level.sinh()).mean()


def distance(net: Net) -> tuple[Tensor, Tensor]:
    """What the network's x0 is off by, and the noise levels, on the draws of the run's streams."""
    draws, given = run({}).draws, batch()
    s = 0.1 + 0.8 * draws.uniform("student.t")
    eps = draws.normal("student.eps", (4, 2, 2, 3))
    codec = Codec()
    x0 = (codec.encode(given["video"]) - codec.mean.view(-1, 1, 1, 1)) / codec.std.view(-1, 1, 1, 1)  # type: ignore[arg-type]
    level = s.view(-1, 1, 1, 1, 1)
    xt = (1 - level) * x0 + level * eps
    said = net(xt, 1000 * s, embed(given["prompt"])["embeds"])  # type: ignore[arg-type]
    return xt - level * said - x0, level


def test_a_distribution_is_drawn_from(tmp_path: Path) -> None:
    assert found(DRAWN) == []
    (said,) = found(DRAWN.replace("weight = d", "weight = 1").replace("xt, t, c", "xt, d, c"))
    assert said.startswith("not-a-time: ")
    _, module, _ = compiled(typed(tmp_path, update(DRAWN)))
    net = Net(1)
    made = module.update_student(run({"student": role("student", net)}), batch())["a"]
    weight = (1 + 0.5 * run({}).draws.normal("student.d")).exp()
    torch.testing.assert_close(made, (weight.view(-1, 1, 1, 1, 1) * distance(net)[0].square()).mean())


def test_a_distribution_is_told_by_its_spread(tmp_path: Path) -> None:
    method = f"method m(student) {{\n  param spread = uniform(0, 1)\n  {update(DRAWN.replace(LOG_NORMAL, 'spread'))}\n}}\n"
    typed(tmp_path, f"use m(student) {{ spread = {LOG_NORMAL} }}", methods=method)
    rows = explain(check(tmp_path / "try.fdl", noting=True))
    assert f"half of them below {math.exp(1):.3f}" in rows, rows


def test_computed_on_numbers(tmp_path: Path) -> None:
    program = typed(tmp_path, update(RIGHT), STUDENT.replace("1e-4", "1e-4*sinh(step/10)"))
    optimizer = program.roles["student"].optimizer
    assert optimizer is not None
    rate = learning_rates.host_value(optimizer[1]["lr"].value, 5)
    assert rate == pytest.approx(1e-4 * math.sinh(0.5))


def test_hovered_completed_and_highlighted(tmp_path: Path) -> None:
    text = method(RIGHT)
    path = tmp_path / "m.fdl"
    workspace = Workspace()
    workspace.documents.put(path.as_uri(), 0, text)
    view = workspace.view(path)
    assert view is not None
    for name, form in (
        ("log_cosh", "log_cosh(a, b, sharpness = 1, weight = 1, per = sample)"),
        ("sinh", "sinh(x)"),
    ):
        about = hover(workspace, view, text.index(name) + 1)
        assert about is not None and form in about[0]
    offered = {item.label for item in complete(workspace, view, text.index("log_cosh"))}
    assert "log_normal" in {item.label for item in complete(workspace, view, text.index("~ uniform") + 2)}
    assert offered >= ADDED
    assert set(words.FUNCTIONS) >= ADDED
    assert all(re.search(rf"\b{name}\b", build.document()) for name in ADDED)
