"""The passes: what is kept, shared, recorded, and read from the cache."""

from __future__ import annotations

from pathlib import Path

from lowering import CRITIC, DMD2, FLOW, STUDENT, TEACHER, Net, batch, compiled, embed, role, run, typed

from fdc.compiler.base.source import Source, Span
from fdc.compiler.ir.graph import Function, Plan
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.passes.pass_list import PASSES

ROLES = "\n".join((STUDENT, CRITIC, TEACHER))
USE = "use dmd2(student, teacher, critic)"
SPAN = Span(Source("x.fdl", "x"), 0, 1)


def dmd2(tmp_path: Path, roles: str = ROLES, methods: str = DMD2) -> Plan:
    return optimise(lower(typed(tmp_path, USE, roles, methods=methods)), verified=True)[0]


def function(plan: Plan, name: str) -> Function:
    return next(f for f in plan.functions if f.name == name)


def ops(f: Function) -> list[str]:
    return [n.op for n in f.graph.walk()]


def test_passes_are_pure_and_named(tmp_path: Path) -> None:
    plan = lower(typed(tmp_path, USE, ROLES, methods=DMD2))
    before = [tuple(f.graph.nodes) for f in plan.functions]
    _, records = optimise(plan, verified=True)
    assert [r.name for r in records] == list(PASSES)
    assert [tuple(f.graph.nodes) for f in plan.functions] == before


def test_one_encoding_for_roles_with_the_same_weights(tmp_path: Path) -> None:
    critic = function(dmd2(tmp_path), "update_critic")
    assert ops(critic).count("cached") == 1  # student and critic load `one`
    student = function(dmd2(tmp_path), "update_student")
    assert ops(student).count("cached") == 3  # `one`, and `two` with and without the prompt
    alike = ROLES.replace('toy("two")', 'toy("one")')
    assert ops(function(dmd2(tmp_path, alike), "update_student")).count("cached") == 2
    stored_otherwise = alike.replace("{ precision = f32 }", "{ precision = bf16 }")
    assert ops(function(dmd2(tmp_path, stored_otherwise), "update_student")).count("cached") == 3


def test_averages_have_weights_of_their_own(tmp_path: Path) -> None:
    """Not those of another average, nor of a frozen role that loads what the trained one started from."""
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = average(student, 0.9).cond(batch)
    p = student.x0(xt, t, c)
    loss fast = mse(p, average(student, 0.9).x0(xt, t, c))
    loss slow = mse(p, average(student, 0.99).x0(xt, t, c))
    loss start = mse(p, teacher.x0(xt, t, teacher.cond(batch)))
  }"""
    roles = "\n".join((STUDENT, TEACHER.replace('"two"', '"one"')))
    plan, _, text = compiled(typed(tmp_path, body, roles))
    calls = [n for n in function(plan, "update_student").graph.walk() if n.op in ("stage", "batched")]
    assert len(calls) == len({n["function"] for n in calls}) == 4
    assert (
        text.count('run.averaged("student", decay=0.9).net')
        == text.count('run.averaged("student", decay=0.99).net')
        == 1
    )
    # what is never trained is the same in all of them
    assert [n["function"] for n in function(plan, "update_student").graph.walk() if n.op == "cached"] == [
        "student_encode_video",
        "student_encode_text",
    ]


def test_draws_are_never_shared(tmp_path: Path) -> None:
    body = """update student {
    a ~ noise[student]
    b ~ noise[student]
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    xt = student.noisy(x0, a, t)
    c = student.cond(batch)
    xb = student.noisy(x0, b, t)
    loss one = mse(student.predict(xt, t, c), student.target(x0, a, t))
    loss two = mse(student.predict(xb, t, c), student.target(x0, b, t))
  }"""
    plan, _, _ = compiled(typed(tmp_path, body), without={"fuse"})
    sites = [n["site"] for n in function(plan, "update_student").graph.walk() if n.op == "normal"]
    assert sites == ["student.a", "student.b"]


def test_only_what_reaches_the_loss_is_recorded(tmp_path: Path) -> None:
    plan = dmd2(tmp_path)
    calls = {
        name: [(n["function"], n.grad) for n in function(plan, name).graph.walk() if n.op == "stage"]
        for name in ("update_critic", "update_student")
    }
    assert calls["update_critic"].count(("critic_denoise", "tape")) == 1
    assert {c for c in calls["update_critic"] if c[1] == "tape"} == {("critic_denoise", "tape")}
    # the rollout's last call alone; its rounds, the critic and the teacher are quiet
    assert [c for c in calls["update_student"] if c[1] == "tape"] == [("student_denoise", "tape")]
    assert ("student_denoise", "none") in calls["update_student"]
    assert "stop" not in ops(function(plan, "update_student"))


def test_a_gradient_through_another_role_is_kept(tmp_path: Path) -> None:
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    c = student.cond(batch)
    made = student.x0(student.noisy(x0, eps, t), t, c)
    loss judged = mse(critic.x0(student.noisy(made, eps, t), t, c), x0)
  }
  update critic {
    x0 = critic.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[critic]
    loss flow = mse(critic.x0(critic.noisy(x0, eps, t), t, critic.cond(batch)), x0)
  }"""
    plan, _, _ = compiled(typed(tmp_path, body, "\n".join((STUDENT, CRITIC))))
    update = function(plan, "update_student")
    taped = [n["function"] for n in update.graph.walk() if n.op == "stage" and n.grad == "tape"]
    assert taped == ["student_denoise", "critic_denoise"]


def test_gradient_through_every_round_of_a_loop(tmp_path: Path) -> None:
    whole = DMD2.replace("x0 = stop(student.x0(x, steps[i], c))", "x0 = student.x0(x, steps[i], c)")
    student = function(dmd2(tmp_path, methods=whole), "update_student")
    loop = next(n for n in student.graph.nodes if n.op == "loop")
    assert loop.grad == "tape" and loop.body is not None
    assert all(n.grad == "tape" for n in loop.body.nodes if n.op == "stage")
    critic = function(dmd2(tmp_path, methods=whole), "update_critic")
    assert next(n for n in critic.graph.nodes if n.op == "loop").grad == "none"


def test_what_only_a_dropped_part_of_a_loop_reads_is_dropped(tmp_path: Path) -> None:
    shown = "validate { every = 5, sample = student.sample(steps = 3, scale = 1.0) }"
    program = typed(tmp_path, f"{USE}\n  {shown}", ROLES, methods=DMD2)
    made = function(optimise(lower(program), without=set(PASSES) - {"slice"})[0], "sample")
    assert [n["stage"] for n in made.graph.walk() if n.op == "stage"] == [
        "encode_text",
        "denoise",
        "decode_video",
    ]


def test_loops_drop_what_nothing_reads(tmp_path: Path) -> None:
    body = """graph rolled(batch) {
    c = student.cond(batch)
    x ~ noise[student]
    y ~ noise[student]
    for (t, next) in grid(3) {
      x = x + (next.sigma - t.sigma)*student.predict(x, t, c)
      y = y + (next.sigma - t.sigma)*student.predict(y, t, c)
    }
    return x
  }
  update student {
    loss one = mean(square(rolled(batch)))
  }"""
    plan, _, text = compiled(typed(tmp_path, body))
    update = function(plan, "update_student")
    loop = next(n for n in update.graph.nodes if n.op == "loop")
    assert loop.body is not None and len(loop.body.outputs) == 1
    assert ops(update).count("stage") == 1
    assert [n["site"] for n in update.graph.walk() if n.op == "normal"] == ["student.rolled.x"]
    assert "y" not in text.split("def update_student")[1].split("LINES")[0].split()


def test_what_a_loop_does_not_change_stands_before_it(tmp_path: Path) -> None:
    block = 'validate every 5 { sample = student.sample(steps = 3), prompts = "p.txt" }\n'
    finetune = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }"""
    plan, _, _ = compiled(typed(tmp_path, block + finetune, process=FLOW))
    graph = function(plan, "sample").graph
    assert [n.op for n in graph.nodes].count("cached") == 2
    loop = next(n for n in graph.nodes if n.op == "loop")
    assert loop.body is not None and "cached" not in [n.op for n in loop.body.walk()]


def test_a_trained_encoder_is_not_cached(tmp_path: Path) -> None:
    from lowering import FAMILY

    family = FAMILY.replace(
        "component vae = diffusers.Codec { dtype = f32 }", "component vae = diffusers.Codec { trainable }"
    )
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    loss flow = mse(student.x0(student.noisy(x0, eps, t), t, student.cond(batch)), x0)
  }"""
    plan, _, _ = compiled(typed(tmp_path, body, family=family))
    update = function(plan, "update_student")
    encode = next(n for n in update.graph.walk() if n.op == "stage" and n["stage"] == "encode_video")
    assert encode.grad == "tape"
    # nor what Python runs, which may be that component
    assert not [n for n in update.graph.walk() if n.op == "cached"]


def test_encoders_of_fields_and_constant_texts_are_cached(tmp_path: Path) -> None:
    from lowering import FAMILY

    family = FAMILY.replace(
        "encode_text : encode(prompt: str[b]) -> text",
        "encode_text : encode(prompt: str[b], also: str[b]) -> text",
    )
    for old, new in (
        ("encode_text(batch.prompt)", "encode_text(batch.prompt, batch.prompt)"),
        ('encode_text("")', 'encode_text("", batch.prompt)'),
    ):
        family = family.replace(old, new)
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    p = guide(student.x0(xt, t, student.cond(batch)), student.x0(xt, t, student.uncond(batch)), 2.0)
    loss flow = mse(p, x0)
  }"""
    plan, module, text = compiled(typed(tmp_path, body, family=family))
    cached = [n["sources"] for n in function(plan, "update_student").graph.walk() if n.op == "cached"]
    assert cached == [
        (("field", "video"),),
        (("field", "prompt"),) * 2,
    ]  # a text called as a field that is read is not kept
    plan, module, text = compiled(
        typed(tmp_path, body, family=family.replace("prompt: str[b], also", "negative: str[b], also"))
    )
    cached = [n["sources"] for n in function(plan, "update_student").graph.walk() if n.op == "cached"]
    assert cached[2] == (("text", ""), ("field", "prompt"))
    assert '{**batch, "negative": [""] * run.batch_size}' in text
    assert 'lambda rows: student_encode_text(run, rows["negative"], rows["prompt"])' in text
    student = role("student", Net(1))
    seen = []
    student.binding.encode_text = lambda role, prompt, also: seen.append((prompt, also)) or embed(prompt)
    module.update_student(run({"student": student}, samples=2), batch(2))
    prompts = batch(2)["prompt"]
    assert seen == [(prompts, prompts), (["", ""], prompts)]


def test_numbers_beside_a_text_are_part_of_what_results_are_kept_by(tmp_path: Path) -> None:
    """As the scale of guidance that a network is told, or how long a template is."""
    from lowering import FAMILY

    family = FAMILY.replace(
        "encode_text : encode(prompt: str[b]) -> text",
        "encode_text : encode(prompt: str[b], scale: float, skipped: int) -> text",
    )
    for old, new in (
        ("encode_text(batch.prompt)", "encode_text(batch.prompt, 6.5, 34)"),
        ('encode_text("")', 'encode_text("", 6.5, 34)'),
    ):
        family = family.replace(old, new)
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.x0(xt, t, student.cond(batch)), x0)
  }"""
    plan, module, text = compiled(typed(tmp_path, body, family=family))
    cached = [n["sources"] for n in function(plan, "update_student").graph.walk() if n.op == "cached"]
    assert cached[1] == (("field", "prompt"), ("number", 6.5), ("number", 34))
    assert '"scale": ["6.5"] * run.batch_size, "skipped": ["34"] * run.batch_size}' in text
    student = role("student", Net(1))
    seen = []
    student.binding.encode_text = lambda role, prompt, *numbers: seen.append(numbers) or embed(prompt)
    module.update_student(run({"student": student}, samples=2), batch(2))
    assert seen == [(6.5, 34)]
