"""The benchmarks' logic: that what they compare computes the same, and that they count and record rightly. No time is
tested."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import bench_blocks
import bench_compile
import bench_data
import bench_glue
import bench_graph
import bench_overhead
import bench_step
import gpu
import pytest
import torch
from dmd2 import both as dmd2_both
from dmd2 import by_hand as dmd2_by_hand
from dmd2.both import CYCLE, TINY, Both, Policy, both, equivalents, forwards
from dmd2.by_hand import Recipe
from harness import Candidate, Meter, Table, interleaved, spread, timed_table
from kernels.interpreted import interpreted, needs_exact_interpreter
from torch import Tensor

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
SMALL = replace(TINY, height=32, width=32, batch=2)
LOSS = {"critic": dmd2_by_hand.critic_loss, "student": dmd2_by_hand.student_loss}
SCHEDULES = {
    "same algorithm": {},
    "one teacher call": {"paired": True},
    "FastVideo's schedule": {"fastvideo": True},
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def f32() -> Both:
    return both(SMALL, Policy("f32"), CPU, seed=3)


def gradient(b: Both, role: str, loss: Callable[[], Tensor]) -> tuple[float, Tensor]:
    """A loss and the gradient of one role's weights, flat."""
    parameters = list(b.models[role].parameters())
    value = loss()
    found = torch.autograd.grad(value, parameters)
    return float(value.detach()), torch.cat([g.flatten().double() for g in found])


def plans(b: Both, role: str, number: int) -> Callable[[], Tensor]:
    t = b.training
    (update,) = (u for u in t.updates if u.name == role)
    run = t.make_run(draws=b.streams(number), step=number, batch_size=b.size.batch)
    return lambda: torch.stack(list(update.losses(run, t.data.host(range(b.size.batch))).values())).sum()


def by_hand(b: Both, role: str, number: int, recipe: Recipe) -> Callable[[], Tensor]:
    return lambda: LOSS[role](b.loop.nets, recipe, b.streams(number), b.texts)


def compared(b: Both, role: str, number: int, recipe: Recipe) -> tuple[float, float, float]:
    """Relative difference of the losses, cosine of the gradients, largest difference of these to their largest."""
    ours, ours_by = gradient(b, role, plans(b, role, number))
    theirs, theirs_by = gradient(b, role, by_hand(b, role, number, recipe))
    cosine = float(ours_by @ theirs_by / (ours_by.norm() * theirs_by.norm()))
    apart = float((ours_by - theirs_by).abs().max() / theirs_by.abs().max())
    return abs(ours - theirs) / abs(theirs), cosine, apart


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("role", LOSS)
def test_the_plan_and_the_loop_by_hand_have_the_same_gradients(f32: Both, role: str, schedule: str) -> None:
    """Measured: losses within 3e-7, cosines within 2e-13 of 1, gradients within 5e-7 of their largest entry."""
    recipe = replace(f32.recipe, **SCHEDULES[schedule])
    exits = {dmd2_both.exits(3, n, f"{role}.generate.k") for n in (1, 2, 3, 5)}
    assert len(exits) > 1
    for number in (1, 2, 3, 5):
        loss, cosine, apart = compared(f32, role, number, recipe)
        assert loss < 1e-5 and cosine > 1 - 1e-9 and apart < 1e-4, (loss, cosine, apart)


@pytest.mark.parametrize("role", LOSS)
def test_in_bf16_too(role: str) -> None:
    """Measured: gradients equal to the last bit, losses within 1e-7."""
    b = both(SMALL, Policy("bf16"), CPU, seed=3)
    for number in (1, 2):
        loss, cosine, apart = compared(b, role, number, b.recipe)
        assert loss < 1e-3 and cosine > 0.9999 and apart < 1e-2, (loss, cosine, apart)


def test_whole_iterations_leave_the_same_weights() -> None:
    """A cycle of draws, clipping and AdamW; `b` is trained by fdc, `c` by hand."""
    b, c = (both(SMALL, Policy("f32"), CPU, seed=3) for _ in range(2))
    before = [p.detach().clone() for p in b.models["student"].parameters()]
    b.fdc()
    c.by_hand(c.recipe, c.streams)
    assert not all(map(torch.equal, before, b.models["student"].parameters()))
    for name in b.models:
        for p, q in zip(b.models[name].parameters(), c.models[name].parameters(), strict=True):
            # an entry with hardly a gradient moves by the rate either way: AdamW divides it by its own size
            apart = (p - q).abs()
            assert apart.max() <= 2 * CYCLE * 8e-6 and (apart > 1e-6).float().mean() < 0.01


def test_a_step_as_it_is_on_a_gpu() -> None:
    pytest.importorskip("triton")
    needs_exact_interpreter()
    interpreted("under_interpreter/step.py")


@pytest.mark.parametrize("size", dmd2_both.SIZES)
def test_the_program_of_a_gpu_is_accepted(size: str) -> None:
    program = dmd2_both._program(dmd2_both.SIZES[size], bench_step.ON_CUDA, 0)
    assert program.roles["student"].settings["checkpointing"] == "selective"
    assert program.roles["teacher"].settings["compile"] == "regional"


@pytest.mark.parametrize("kind", ["full", "selective"])
def test_checkpointing_changes_no_gradient(f32: Both, kind: str) -> None:
    plain = gradient(f32, "critic", by_hand(f32, "critic", 1, f32.recipe))
    f32.checkpointing(kind)
    try:
        kept = gradient(f32, "critic", by_hand(f32, "critic", 1, f32.recipe))
    finally:
        f32.checkpointing("none")
    assert plain[0] == kept[0] and torch.equal(plain[1], kept[1])


def test_forwards_are_counted_as_they_are_reckoned() -> None:
    """On paper it is 8.6 forwards an iteration with an early exit, 10.4 where every step of the rollout runs."""
    whole, kept = (bench_step.costs(bench_step.kinds(kind)) for kind in ("full", "selective"))
    assert whole == {
        bench_step.FDC: "8.60",
        bench_step.HAND: "8.60",
        f"{bench_step.HAND}, two teacher calls": "8.60",
        bench_step.FASTVIDEO: "10.40",
    }
    assert kept[bench_step.FDC] == kept[bench_step.HAND] == "7.79"
    assert kept[f"{bench_step.HAND}, all recomputed"] == "8.60"


def test_a_call_counts_its_samples_and_its_tape(f32: Both) -> None:
    recipe = replace(f32.recipe, paired=True)
    seen = forwards(f32.models, lambda: f32.by_hand(recipe, f32.streams))
    per = SMALL.batch
    assert seen["critic+"] == CYCLE * per and seen["student+"] == per and seen["teacher"] == 2 * per
    assert equivalents({"a": 3, "a+": 1}, "full", 2) == pytest.approx((3 + 1 + 2.33 + 1) / 2)


def test_torchs_draws_are_seeded_and_exit_where_fdc_does(f32: Both) -> None:
    a, b = f32.torch_noise(2), f32.torch_noise(2)
    assert torch.equal(a.normal("x", (3,)), b.normal("x", (3,)))
    site = "student.generate.k"
    assert a.integer(site, 0, 4, scope="step") == int(f32.streams(2).integer(site, 0, 4, scope="step"))


def test_rounds_are_in_turn_and_failures_cost_only_their_row() -> None:
    order: list[str] = []
    ticks = iter(range(100))

    def fail() -> None:
        raise RuntimeError("out of memory\nand more")

    works: dict[str, Callable[[], object]] = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    candidates = [Candidate(n, w) for n, w in works.items()] + [Candidate("c", fail)]
    meter = Meter(lambda: float(next(ticks)), peak=lambda: 2**30)
    a, b, c = interleaved(candidates, 3, meter, warmup=1)
    assert order == ["a", "b", "a", "b", "b", "a", "a", "b"]
    assert a.seconds == b.seconds == (1.0, 1.0, 1.0) and c.failed == "RuntimeError: out of memory"
    shown = timed_table("t", [a, b, c], to="a").markdown()
    assert "| b | 1 | 1 – 1 | 1.000 | 1.000 – 1.000 | 1.00 |" in shown
    assert "| c | RuntimeError: out of memory |" in shown


def test_rounds_end_at_the_deadline_and_never_before_the_first() -> None:
    (only,) = interleaved([Candidate("a", lambda: None)], 9, Meter(lambda: 0.0), warmup=0, deadline=0.0)
    assert len(only.seconds) == 1


def test_spreads() -> None:
    s = spread([4.0, 1.0, 3.0, 2.0, 5.0])
    assert (s.least, s.q1, s.median, s.q3, s.most, s.count) == (1.0, 2.0, 3.0, 4.0, 5.0, 5)
    assert spread([2.0]).q3 == 2.0


def test_programs_of_many_updates_compile() -> None:
    found = bench_compile.measured(1, (1, 3))
    one, three = bench_compile.table(found).rows
    assert (one[0], three[0]) == ("1", "3") and one[-1] == "" and three[-1] != ""


def test_the_overheads_rows(f32: Both) -> None:
    before = f32.training.trained["critic"].updates
    for c in bench_overhead.candidates(f32, range(1, 2)):
        c.work()
    assert f32.training.trained["critic"].updates == before + 1


def test_the_glue_is_that_of_the_programs(tmp_path: Path) -> None:
    """Every kind of group is there; each candidate runs, and moves what the copy beside it moves."""
    for size in (bench_glue.wan(17, 128, 128, 1), bench_glue.sdxl(64, 2)):
        groups = list(bench_glue.glue(size, tmp_path))
        ops = {v.op for g in groups for v in g.group.scalars.values}
        assert {"normal", "sum", "abs", "sqrt", "select"} <= ops
        assert any(g.group.gradients for g in groups) and any(not g.group.gradients for g in groups)
        for g in groups:
            tried = {c.name: c for c in bench_glue.candidates(g, size.batch, CPU, compiled=False)}
            assert {"copy", "eager"} <= set(tried)
            for c in tried.values():
                c.work()
    sizes = {k.numel() for g in groups for k in g.inputs(2, CPU) if isinstance(k, Tensor) and k.dim() > 2}
    assert sizes == {2 * 4 * 8 * 8}


def test_blocks_with_and_without_kernels_compute_the_same() -> None:
    """Compiling them is left to the benchmark: it takes a minute."""
    size = replace(bench_blocks.SMALL, tokens=24, text=5)
    plain = bench_blocks.block(size, CPU, torch.float32)
    given = bench_blocks.inputs(size, CPU, torch.float32)
    made = {name: bench_blocks.WAYS[name](plain) for name in ("eager", "chains")}
    results, gradients = {}, {}
    for name, m in made.items():
        results[name] = bench_blocks.work(m, given)
        gradients[name] = {n: p.grad for n, p in m.named_parameters()}
    torch.testing.assert_close(results["chains"], results["eager"])
    assert gradients["eager"].keys() == gradients["chains"].keys()
    for n, g in gradients["eager"].items():
        torch.testing.assert_close(gradients["chains"][n], g)


def test_the_command_for_a_gpu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On small networks; a benchmark that fails is told and costs no other's rows."""
    assert gpu.main(["--tiny", "--out", str(tmp_path)]) == 0
    step, glue, blocks = json.loads((tmp_path / "tiny.json").read_text())
    assert [t["title"] for t in step["tables"]] == ["Same algorithm", "Same objective, fewer forwards"]
    assert len(glue["tables"]) == 7 and len(blocks["tables"]) == 1
    for done in (step, glue, blocks):
        assert all(len(row["seconds"]) == 2 for t in done["tables"] for row in t["raw"].values())
    assert str(tmp_path) not in (tmp_path / "tiny.md").read_text()

    def fail(deadline: float) -> list[Table]:
        raise ValueError("no")

    benches = (gpu.Bench("one", 1.0, fail), gpu.Bench("two", 1.0, lambda deadline: []))
    one, two = gpu.run(benches, 1.0, ())
    assert one.tables[0].rows == [["ValueError: no"]] and two.tables == []


def test_a_gpu_is_needed_for_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert gpu.main([]) == 2 and "no GPU" in capsys.readouterr().err


def test_reading_is_timed_by_threads_and_by_what_a_step_waits() -> None:
    bytes_, threads, waits = bench_data.tables(3, (32, 48), (16, 24), [1, 2], 0.5, 1)
    assert [row[0] for row in bytes_.rows] == ["from_uint8", "float first"]
    assert [row[0] for row in threads.rows] == ["1 thread", "2 threads"]
    assert [row[0] for row in waits.rows] == ["1", "2"] and all(0 <= float(row[1]) <= 1 for row in waits.rows)


def test_the_graph_benchmark_measures_every_part() -> None:
    found = bench_graph.measured(1, (1,))
    assert set(found) == set(bench_graph.PARTS)
    assert len(bench_graph.table(found).rows) == 1
