"""Emitted modules: golden files, layout, the line map, and their gradients against plain torch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lowering import (
    CRITIC,
    DMD2,
    STUDENT,
    TEACHER,
    Codec,
    Net,
    batch,
    compiled,
    embed,
    loaded,
    role,
    run,
    typed,
)
from paths import ACCEPTED, EXAMPLES, GOLDEN, ROOT
from torch import Tensor

from fdc.compiler.driver.pipeline import check
from fdc.compiler.emit.expression_text import Expression, call, fill, literal, wrapped
from fdc.compiler.emit.module import emit
from fdc.compiler.emit.source_map import place_in
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.runtime.api.run_context import Batch, Encode
from fdc.stages.table import OPS

PROGRAMS = {
    "wan_dmd2": ROOT / "programs" / "wan_dmd2.fdl",
    "wan_finetune": ROOT / "programs" / "wan_finetune.fdl",
    "teach": ROOT / "programs" / "teach.fdl",
    "produce_latents": ROOT / "programs" / "produce_latents.fdl",
    "train_on_latents": ROOT / "programs" / "train_on_latents.fdl",
    "quickstart": ROOT / "programs" / "quickstart.fdl",
    **{
        name: ACCEPTED / f"{name}.fdl"
        for name in (
            "consistency",
            "edm_eps",
            "edm_x0",
            "two_roles_at_once",
            "carried_state",
            "numbers_of_the_batch",
        )
    },
    "produce_pairs": EXAMPLES / "produce_pairs.fdl",
}
LONG = ("asserts_and_params", "dropout_of_captions", "image_to_video", "step_dependent")
"""Accepted programs with long decorators, calls of functions, records and results."""
ROLES = "\n".join((STUDENT, CRITIC, TEACHER))
USE = "use dmd2(student, teacher, critic) { ratio = 2, scale = 2.5 }"


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    """The text of each golden module as it is made now."""
    made = {}
    for name, path in PROGRAMS.items():
        program = check(path).programs[0]
        made[name] = emit(optimise(lower(program), verified=True)[0])
    return made


@pytest.mark.parametrize("name", PROGRAMS)
def test_golden(name: str, modules: dict[str, str], golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"{name}.txt", modules[name])


def test_modules_are_formatted_and_import(modules: dict[str, str], tmp_path: Path) -> None:
    long = {name: emit(optimise(lower(check(ACCEPTED / f"{name}.fdl").programs[0]))[0]) for name in LONG}
    for name, text in {**modules, **long}.items():
        (tmp_path / f"{name}.py").write_text(text)
        loaded(text)
    config = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["format", "--check"], ["check", "--ignore", "E501,I001"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config, str(tmp_path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_modules_import_torch_the_stages_and_the_runtime_api_alone(modules: dict[str, str]) -> None:
    allowed = re.compile(r"__future__|math|torch|fdc\.stages\.\w+|fdc\.compiler\.runtime\.api\.\w+")
    for name, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            found = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert [m for m in found if not allowed.fullmatch(m)] == [], name


def test_updates_stand_first_and_kernels_last(modules: dict[str, str]) -> None:
    for name, text in modules.items():
        kinds = [n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
        kernels = [k for k, found in enumerate(kinds) if found.startswith("fused_")]
        firsts = [k for k, found in enumerate(kinds) if found.startswith(("update_", "produce_"))]
        assert kernels == list(range(len(kinds) - len(kernels), len(kinds))), name
        assert firsts == list(range(len(firsts))), name


def test_a_value_has_one_name_in_update_kernels_and_reference(modules: dict[str, str]) -> None:
    text = modules["wan_dmd2"]
    functions = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    called = 0
    for update in ("update_critic", "update_student"):
        for node in ast.walk(functions[update]):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("fused_"):
                called += 1
                group = ast.unparse(node.func)
                for way in ("reference", "forward"):
                    parameters = [a.arg for a in functions[f"{group}_{way}"].args.args]
                    for given, parameter in zip(node.args[1:], parameters[1:], strict=True):
                        assert not isinstance(given, ast.Name) or given.id == parameter, group
    assert called == 6
    names = {
        kind: {
            n.id
            for name, f in functions.items()
            if name.startswith("fused_mse") and kind in name
            for n in ast.walk(f)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        for kind in ("kernel", "reference")
    }
    assert names["reference"] <= names["kernel"]
    assert {"fake", "real_uncond_x0", "real", "grad", "target"} <= names["reference"]
    for line in (
        "real_uncond_x0 = xt - sigma * teacher_uncond_velocity",
        "fake = xt - sigma * fake_velocity",
    ):
        assert text.count(line) >= 2  # in a kernel, and in the reference
    assert not re.search(r"\b(value|v|p|c)_\d\b", text)


def test_no_value_takes_the_name_of_an_import(modules: dict[str, str]) -> None:
    for name, text in modules.items():
        tree = ast.parse(text)
        imported = {
            a.asname or a.name
            for n in tree.body
            if isinstance(n, (ast.Import, ast.ImportFrom))
            for a in n.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assert node.id not in imported, name
            if isinstance(node, ast.arg):
                assert node.arg not in imported, name


def test_each_cached_encoder_is_called_by_one_function(modules: dict[str, str]) -> None:
    text = modules["wan_dmd2"]
    assert text.count("run.cached(") == 3
    assert text.count("student_cond(run, batch)  # dmd2.fdl:11") == 2  # and in `sample`
    assert (
        text.count("# also for critic: critic.encode_text and student.encode_text have the same weights") == 2
    )


def test_only_what_would_be_recorded_stands_under_no_grad(modules: dict[str, str]) -> None:
    """Not a draw alone: it records nothing."""
    for name, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.With):
                first = ast.unparse(node.body[0])
                assert any(word in first for word in ("_denoise(", "x0", "(r - ")), (name, first)


def test_the_header_says_how_roles_are_trained_and_where_a_step_happens(modules: dict[str, str]) -> None:
    head = ast.get_docstring(ast.parse(modules["wan_dmd2"]))
    assert head is not None
    assert (
        "student  all weights trained by update student; bf16 autocast over float32 weights; adamw(lr = 2e-6,"
        in head
    )
    assert "teacher  frozen; bf16\n" in head and "clips the gradients to norm 1.0" in head
    for file, function in re.findall(r"`(\w+)` in\s+fdc/(\S+\.py)", head):
        tree = ast.parse((ROOT / function).read_text())
        assert file in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    assert len(re.findall(r"fdc/compiler/runtime/train/\w+\.py", head)) == 2
    assert max(map(len, head.splitlines())) <= 120
    adapted = " ".join(emit(lower(check(ACCEPTED / "method_from_another.fdl").programs[0])).split())
    assert "lora(rank = 32, alpha = 16.0, dropout = 0.0) trained by update student;" in adapted
    assert "; checkpointing = full;" in adapted
    kept = ast.get_docstring(ast.parse(modules["consistency"]))
    assert kept is not None and "moving average of decay 0.99" in " ".join(kept.split())


def test_line_map_points_at_the_statement(modules: dict[str, str]) -> None:
    text = modules["wan_dmd2"]
    source = (ROOT / "programs" / "dmd2.fdl").read_text().splitlines()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("grad = "):
            found = place_in(text, number)
            assert found is not None
            file, at = found
            assert file == "dmd2.fdl" and source[at - 1].strip().startswith("grad = ")
            break
    else:
        raise AssertionError("no gradient line")
    assert place_in(text, 1) is None
    assert str(Path.home()) not in text and str(ROOT) not in text


@pytest.mark.parametrize("without", [(), ("fuse",)])
def test_values_called_like_functions_of_the_module(without: tuple[str, ...], tmp_path: Path) -> None:
    """A loss may be called mse, and a level shifted."""
    body = """update student {
    x0 = student.clean(batch)
    shifted ~ shifted(uniform(0, 1), 3.0)
    eps ~ noise[student]
    p = student.predict(student.noisy(x0, eps, shifted), shifted, student.cond(batch))
    loss mse = mse(p, student.target(x0, eps, shifted))
    loss huber = huber(p, student.target(x0, eps, shifted))
  }"""
    _, module, text = compiled(typed(tmp_path, body), without)
    losses = module.UPDATES[0].losses(run({"student": role("student", Net(1))}), batch())
    assert (
        set(losses) == {"mse", "huber"} and "mse_, huber_ = fused_" in text
        if not without
        else "mse_ = mse(" in text
    )


def hand_written(roles: dict[str, Net], update: str) -> tuple[Tensor, int]:
    """dmd2's loss in plain torch, on the same draws (Yin et al., 2024), with continuous levels."""
    student, teacher, critic = roles["student"], roles["teacher"], roles["critic"]
    given = batch()
    d = run({}).draws
    c, u = embed(given["prompt"])["embeds"], embed([""] * 4)["embeds"]  # type: ignore[arg-type]
    steps = (1.0, 0.75, 0.5, 0.25)
    shape = (4, 2, 2, 3)

    def x0(net: Net, x: Tensor, s: Tensor | float, c: Tensor) -> Tensor:
        level = torch.as_tensor(s, dtype=torch.float32).expand(4)
        return x - level.view(-1, 1, 1, 1, 1) * net(x, 1000 * level, c)

    k = int(d.integer(f"{update}.generate.k", 0, 4, scope="step"))
    x = d.normal(f"{update}.generate.x", shape)
    with torch.no_grad():
        for i in range(k):
            clean = x0(student, x, steps[i], c)
            eps = d.normal(f"{update}.generate.eps", shape, iteration=(i,))
            x = (1 - steps[i + 1]) * clean + steps[i + 1] * eps
    made = x0(student, x, steps[k], c)
    level = d.uniform(f"{update}.t")
    level = (8 * level / (1 + 7 * level)).clamp(0.02, 0.98)
    s = level.view(-1, 1, 1, 1, 1)
    eps = d.normal(f"{update}.eps", shape)
    noisy = (1 - s) * made.detach() + s * eps
    if update == "critic":
        return (critic(noisy, 1000 * level, c) - (eps - made.detach())).square().mean(), k
    with torch.no_grad():
        fake = x0(critic, noisy, level, c)
        plain = x0(teacher, noisy, level, u)
        real = plain + 2.5 * (x0(teacher, noisy, level, c) - plain)
        weight = (made - real).abs().mean((1, 2, 3, 4), keepdim=True)
        goal = made - (fake - real) / weight
    return 0.5 * (made - goal).square().mean(), k


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("update", ["critic", "student"])
def test_dmd2_gradients_match_plain_torch(update: str, seed: int, tmp_path: Path) -> None:
    _, module, _ = compiled(typed(tmp_path, USE, ROLES, methods=DMD2))
    assert [(u.name, u.roles, u.every) for u in module.UPDATES] == [
        ("critic", ("critic",), 1),
        ("student", ("student",), 2),
    ]
    nets = {name: Net(10 * seed + i) for i, name in enumerate(("student", "teacher", "critic"))}
    trained = nets[update]
    for net in nets.values():
        net.requires_grad_(net is trained)
    wanted, rounds = hand_written(nets, update)
    expected = torch.autograd.grad(wanted, list(trained.parameters()))
    calls: list[str] = []
    for name, net in nets.items():
        net.register_forward_hook(lambda *_, name=name: calls.append(name))
    losses = getattr(module, f"update_{update}")(run({n: role(n, net) for n, net in nets.items()}), batch())
    (loss,) = losses.values()
    torch.testing.assert_close(loss, wanted, rtol=1e-6, atol=1e-7)
    found = torch.autograd.grad(loss, list(trained.parameters()))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6 * float(b.abs().max()))
    assert calls.count("student") == rounds + 1  # the rollout stops where it was drawn to stop
    assert calls.count("teacher") == (1 if update == "student" else 0)  # both conditions in one call
    assert calls.count("critic") == 1


def test_fewer_rounds_are_run_for_smaller_draws(tmp_path: Path) -> None:
    _, module, _ = compiled(typed(tmp_path, USE, ROLES, methods=DMD2))
    seen = set()
    for step in range(12):
        nets = {n: Net(i) for i, n in enumerate(("student", "teacher", "critic"))}
        calls: list[int] = []
        nets["student"].register_forward_hook(lambda *_, calls=calls: calls.append(1))
        at = run({n: role(n, net) for n, net in nets.items()}, step=step)
        module.update_critic(at, batch())
        assert len(calls) == 1 + int(at.draws.integer("critic.generate.k", 0, 4, scope="step"))
        seen.add(len(calls))
    assert len(seen) > 1


def test_finetune_reads_latents_through_the_cache(tmp_path: Path) -> None:
    finetune = (ROOT / "programs" / "finetune.fdl").read_text()
    _, module, text = compiled(typed(tmp_path, "use finetune(student)", methods=finetune))
    asked: list[tuple[str, tuple[str, ...]]] = []

    def cached(role: object, stage: str, given: Batch, fields: tuple[str, ...], make: Encode) -> object:
        asked.append((stage, fields))
        return make(given)

    at = run({"student": role("student", Net(1))})
    at.cached = cached  # type: ignore[assignment]
    losses = module.update_student(at, batch())
    assert losses["flow"].requires_grad
    assert sorted(asked) == [("encode_text", ("prompt",)), ("encode_video", ("video",))]
    assert "checked(" in text and Codec.std.numel() == 4


def test_a_wrong_result_of_a_python_stage_is_refused(tmp_path: Path) -> None:
    from fdc.compiler.runtime.base.errors import RunError

    finetune = (ROOT / "programs" / "finetune.fdl").read_text()
    _, module, _ = compiled(typed(tmp_path, "use finetune(student)", methods=finetune))
    student = role("student", Net(1))
    student.binding.encode_text = lambda role, prompt: {"embeds": torch.zeros(len(prompt), 5, 8)}
    with pytest.raises(RunError, match=r"encode_text"):
        module.update_student(run({"student": student}), batch())


def test_shared_values_are_made_once_and_differentiated_where_they_are_wanted(tmp_path: Path) -> None:
    shared = DMD2.replace("  update critic {", "  made = generate(batch)\n\n  update critic {")
    shared = shared.replace("x0 = stop(generate(batch))", "x0 = stop(made)").replace(
        "x0 = generate(batch)", "x0 = made"
    )
    plan, module, text = compiled(typed(tmp_path, USE, ROLES, methods=shared))
    assert "run.once(" in text.split("def update_critic")[1].split("def update_student")[0]
    assert "run.once(" not in text.split("def update_student")[1].split("def shared")[0]
    nets = {n: Net(i) for i, n in enumerate(("student", "teacher", "critic"))}
    at = run({n: role(n, net) for n, net in nets.items()})
    assert module.update_critic(at, batch())["flow"].requires_grad
    assert module.update_student(at, batch())["dmd"].requires_grad
    assert [f.name for f in plan.of_kind("shared")] == ["shared_made"]


def test_a_shared_value_that_only_another_one_reads_is_made(tmp_path: Path) -> None:
    method = """method m(student) {
  x0 = student.clean(batch)
  twice = 2*x0
  half = 0.25*twice + 0.5*x0
  update student {
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(half, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(half, eps, t))
  }
}
"""
    _, module, text = compiled(typed(tmp_path, "use m(student)", methods=method))
    assert all(f"def shared_{name}(" in text for name in ("x0", "twice", "half"))
    assert module.update_student(run({"student": role("student", Net(1))}), batch())["flow"].requires_grad


def test_text_of_operations_binds_as_it_should() -> None:
    a, total = Expression("a"), Expression("b + c", OPS["add"].binds)
    assert fill(OPS["mul"], [a, total], False).text == "a * (b + c)"
    assert fill(OPS["sub"], [a, total], False).text == "a - (b + c)"
    assert fill(OPS["add"], [total, a], False).text == "b + c + a"
    assert fill(OPS["neg"], [total], False).text == "-(b + c)"
    assert fill(OPS["abs"], [total], False).text == "(b + c).abs()"
    assert fill(OPS["abs"], [total], True).text == "abs(b + c)"
    assert fill(OPS["pow"], [a, literal(2)], False).text == "a**2"
    assert fill(OPS["pow"], [total, literal(2)], False).text == "(b + c) ** 2"
    assert fill(OPS["mul"], [a, literal(-2)], False).text == "a * -2"


def test_long_calls_are_broken_as_the_formatter_does(tmp_path: Path) -> None:
    parts = [Expression(f"argument_{i}" * 3) for i in range(4)]
    for count in (2, 3, 4):
        lines = ["x = (", *wrapped("x = ", call("function", parts[:count]), 0)][1:]
        path = tmp_path / f"{count}.py"
        path.write_text("\n".join(lines) + "\n")
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--check", "--line-length", "110", str(path)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, "\n".join(lines)


def test_states_are_read_and_handed_on(tmp_path: Path) -> None:
    body = """state seen = 0.0
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    loss flow = mse(student.predict(xt, t, c), student.target(x0, eps, t)) * exp(seen)
    seen = 0.5*seen + 0.1
  }"""
    _, module, text = compiled(typed(tmp_path, body))
    assert 'run.state["seen"]' in text and '"next.seen": seen_2' in text
    assert module.STATES["seen"].initial(run({}), {}) == 0.0 and not module.STATES["seen"].of_samples


def test_an_error_inside_a_group_is_told_with_its_line(tmp_path: Path) -> None:
    """A network that gives latents of other frames fails where they are first mixed with others."""

    class Wrong(Net):
        def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            made = super().forward(hidden_states, timestep, encoder_hidden_states)
            return torch.cat((made, made, made[:, :, :1]), 2)

    plan, module, text = compiled(typed(tmp_path, USE, ROLES, methods=DMD2))
    nets = {"student": Wrong(1), "critic": Net(2), "teacher": Net(3)}
    with pytest.raises(RuntimeError) as raised:
        module.update_critic(run({n: role(n, net) for n, net in nets.items()}, step=1), batch())
    lines = [f.lineno for f in raised.traceback if str(f.path).endswith(".py") and "plan-" in str(f.path)]
    inner = lines[-1] + 1  # pytest counts from nought
    found = place_in(text, inner)
    assert found is not None and found[0] == "try.fdl"
    source = (tmp_path / "try.fdl").read_text().splitlines()
    assert "student.x0(x, steps[" in source[found[1] - 1], text.splitlines()[inner - 1]
    assert "_reference" in text and plan.of_kind("fused")
