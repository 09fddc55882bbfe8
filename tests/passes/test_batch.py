"""Calls with and without a condition become one, where that changes nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import torch
from lowering import CRITIC, DMD2, FAMILY, STUDENT, TEACHER, Net, batch, compiled, role, run, typed
from torch import Tensor

from fdc.compiler.base.source import Source, Span
from fdc.compiler.ir.graph import Array, Fields, Function, Graph, Node, Plan, Type
from fdc.compiler.passes.batch_calls import batch as join
from fdc.compiler.types.dims import Dim

ROLES = "\n".join((STUDENT, CRITIC, TEACHER))
USE = "use dmd2(student, teacher, critic)"
GUIDED = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    goal = GOAL
    loss a = mse(student.x0(xt, t, c), stop(goal))
  }"""


def test_the_teachers_two_calls_are_one(tmp_path: Path) -> None:
    _, _, text = compiled(typed(tmp_path, USE, ROLES, methods=DMD2))
    assert text.count("teacher_denoise, (xt, t, teacher_cond(run, batch)), (xt, t, teacher_uncond(run))") == 1
    assert "teacher_denoise(run" not in text.split("def update_student")[1].split("UPDATES = ")[0]


def test_calls_in_a_sampling_loop_are_one(tmp_path: Path) -> None:
    shown = f"{USE}\n  validate {{ every = 5, sample = student.sample(steps = 2, scale = 2.0) }}"
    _, _, text = compiled(typed(tmp_path, shown, ROLES, methods=DMD2))
    assert "student_denoise, (x, t, cond), (x, t, uncond)" in text.split("def sample")[1]


def test_what_is_recorded_stays_apart(tmp_path: Path) -> None:
    guide = "guide(student.x0(xt, t, c), student.x0(xt, t, student.uncond(batch)), 2.0)"
    body = GUIDED.replace("stop(goal)", "x0").replace("student.x0(xt, t, c), x0", "goal, x0")
    _, _, text = compiled(typed(tmp_path, body.replace("GOAL", guide)))
    assert "batched" not in text


def test_other_latents_or_levels_stay_apart(tmp_path: Path) -> None:
    again = "teacher.x0(student.noisy(x0, eps, r), r, teacher.uncond(batch))"
    goal = f"guide(teacher.x0(xt, t, teacher.cond(batch)), {again}, 2.0)"
    body = GUIDED.replace("GOAL", goal).replace("c = student", "r ~ uniform(0.1, 0.9)\n    c = student")
    _, _, text = compiled(typed(tmp_path, body, "\n".join((STUDENT, TEACHER))))
    assert "batched" not in text


def test_calls_of_a_role_in_training_stay_apart(tmp_path: Path) -> None:
    """Dropout would draw other numbers for twice the samples."""
    goal = "guide(student.x0(xt, t, c), student.x0(xt, t, student.uncond(batch)), 2.0)"
    body = GUIDED.replace("GOAL", goal).replace("c = student", "r ~ uniform(0.1, 0.9)\n    c = student")
    body = body.replace("mse(student.x0(xt, t, c)", "mse(student.x0(student.noisy(x0, eps, r), r, c)")
    _, _, text = compiled(typed(tmp_path, body))
    assert text.count("student_denoise(run, xt, t, ") == 2 and "batched" not in text
    _, _, text = compiled(
        typed(
            tmp_path,
            body.replace(
                "guide(student.x0(xt, t, c), student.x0",
                "guide(average(student, 0.9).x0(xt, t, c), average(student, 0.9).x0",
            ),
        )
    )
    assert "student_average_denoise, (xt, t, c), (xt, t, student_uncond(run))" in text


def test_joining_some_calls_may_keep_others_apart() -> None:
    """The second call of each denoiser takes its record from the first of the other."""
    latent = Array((Dim.of("b"), Dim.of(4), Dim.of(4)))
    record = Fields((("embeds", latent),))

    def node(id: int, op: str, *inputs: int, type: Type = latent, **attributes: object) -> Node:
        return Node(id, op, inputs, type, tuple(sorted(attributes.items())), grad="none")

    def denoise(id: int, function: str, c: int) -> Node:
        return node(id, "stage", 0, 1, c, function=function, role=function, average=None, kind="denoise")

    def packed(id: int, made: int) -> Node:
        return node(id, "fields", made, type=record, names=("embeds",))

    body = Graph.of([node(0, "param")], (0,), [("", 0)])
    span = Span(Source("x.fdl", "x"), 0, 1)
    stages = [
        Function(n, "stage", body, span, role=(n, None), frozen=True, stage_kind="denoise") for n in "ab"
    ]
    nodes = [node(0, "param"), node(1, "param"), packed(2, 0), denoise(3, "a", 2), packed(4, 3)]
    nodes += [denoise(5, "b", 2), packed(6, 5), denoise(7, "b", 4), denoise(8, "a", 6), node(9, "add", 7, 8)]
    update = Function("update", "update", Graph.of(nodes, (0, 1), [("", 9)]), span, ("x", "t"))
    graph = join(Plan("p", "p.fdl", "", (), (*stages, update))).functions[-1].graph
    place = {n.id: k for k, n in enumerate(graph.nodes)}
    assert all(place[i] < place[n.id] for n in graph.nodes for i in n.inputs)
    assert sorted(n.op for n in graph.nodes if n.op in ("stage", "batched")) == ["batched", "stage", "stage"]


def test_python_stages_stay_apart(tmp_path: Path) -> None:
    family = FAMILY.replace(
        "by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)",
        "by python(denoise)",
    )
    goal = "guide(teacher.x0(xt, t, teacher.cond(batch)), teacher.x0(xt, t, teacher.uncond(batch)), 2.0)"
    program = typed(tmp_path, GUIDED.replace("GOAL", goal), "\n".join((STUDENT, TEACHER)), family=family)
    assert "batched" not in compiled(program)[2]


def test_each_call_gets_its_own_samples_and_its_result_stands_in_its_place() -> None:
    seen: list[int] = []

    def stage(run: object, x: Tensor, t: Tensor | float, c: dict[str, Tensor]) -> Tensor:
        seen.append(len(x))
        level = t if isinstance(t, float) else t.view(-1, 1)
        return x * level + c["embeds"]

    at = run({})
    x, t = torch.rand(4, 3), torch.rand(4)
    c, u = ({"embeds": torch.rand(4, 3)} for _ in range(2))
    for level in (t, 0.5):
        first, second = at.batched(stage, (x, level, c), (x, level, u))
        assert torch.equal(first, stage(at, x, level, c)) and torch.equal(second, stage(at, x, level, u))
    assert seen == [8, 4, 4, 8, 4, 4]


def test_one_by_one_where_memory_is_short(tmp_path: Path) -> None:
    _, module, _ = compiled(typed(tmp_path, USE, ROLES, methods=DMD2))

    class Small(Net):
        def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            sizes.append(len(hidden_states))
            if len(hidden_states) > 4:
                raise torch.OutOfMemoryError("no more")
            return super().forward(hidden_states, timestep, encoder_hidden_states)

    def loss(teacher: Net, apart: set[str], told: list[str]) -> Tensor:
        nets: dict[str, SimpleNamespace] = {
            n: role(n, net) for n, net in (("student", Net(1)), ("critic", Net(3)), ("teacher", teacher))
        }
        at = run(nets)
        at.one_by_one, at.say = apart, told.append
        (update,) = (u for u in module.UPDATES if u.name == "student")
        return update.losses(at, batch())["dmd"]

    sizes: list[int] = []
    apart: set[str] = set()
    told: list[str] = []
    small = loss(Small(2), apart, told)
    assert sizes == [8, 4, 4] and apart == {"teacher_denoise"}
    assert told == ["2 calls of teacher_denoise at once need more memory than there is: one by one"]
    assert torch.allclose(small, loss(Net(2), set(), []), rtol=1e-6)
    loss(Small(2), apart, told)
    assert sizes == [8, 4, 4, 4, 4] and len(told) == 1
