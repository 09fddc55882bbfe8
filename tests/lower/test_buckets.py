"""A module for several sizes is, at each of them, the module of these sizes alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fdc.compiler.base.frozen import replace
from fdc.compiler.driver.pipeline import check, compile, plan_of
from fdc.compiler.ir.graph import Array, Plan
from fdc.compiler.lower.buckets import merged
from fdc.compiler.lower.builder import CannotRun
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.liveness import LARGE, liveness
from fdc.compiler.program.typed_program import TypedProgram

ROOT = Path(__file__).parents[2]
ACCEPTED = ROOT / "tests" / "programs" / "accepted"


def at(path: Path, *sizes: str, program: int = 0) -> TypedProgram:
    """A program at its own sizes, with further ones as buckets."""
    found = []
    for some in ("", *sizes):
        checked = check(path, overrides=tuple(f"sizes.{s}" for s in some.split(",") if s))
        found.append(checked.programs[program])
    return replace(found[0], buckets=tuple(found))


class _Put(ast.NodeTransformer):
    """The numbers of a bucket in the place of what reads them, and no docstrings."""

    def __init__(self, numbers: dict[str, object]) -> None:
        self.numbers = numbers

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value) == "run.sizes" and isinstance(node.slice, ast.Constant):
            return ast.Constant(self.numbers[str(node.slice.value)])
        return self.generic_visit(node)


def code(text: str, key: tuple[int, ...] | None = None) -> list[str]:
    """What a module does, by its definitions: without comments and what tells how it was made."""
    tree = ast.parse(text)
    tables = [n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "BUCKETS"]
    numbers = ast.literal_eval(tables[0].value)[key] if tables and key is not None else {}
    kept = [
        n
        for n in tree.body
        if isinstance(n, (ast.FunctionDef, ast.ImportFrom, ast.Import))
        or (isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) not in APART)
    ]
    return [ast.unparse(ast.fix_missing_locations(_Put(numbers).visit(n))) for n in kept]


APART = ("BUCKETS", "PROGRAM", "SOURCE", "OVERRIDES", "DIGEST", "VERSION", "TEXT", "LINES")

CASES = {
    ROOT / "programs" / "wan_finetune.fdl": ("H=832,W=480", "F=1,H=640,W=640"),
    ROOT / "programs" / "wan_dmd2.fdl": ("H=832,W=480", "F=41"),
    ACCEPTED / "rollout_from_data.fdl": ("H=32", "W=32"),
    ACCEPTED / "image_to_video.fdl": ("H=64,W=32",),
    ACCEPTED / "adversarial.fdl": ("H=32,W=64",),
    ROOT / "programs" / "cosmos_finetune.fdl": ("H=1280,W=704",),
}


@pytest.mark.slow
@pytest.mark.parametrize(("path", "sizes"), [pytest.param(p, s, id=p.stem) for p, s in CASES.items()])
def test_at_each_bucket_it_is_the_module_of_its_sizes(path: Path, sizes: tuple[str, ...]) -> None:
    program = at(path, *sizes)
    together = compile(program, "", verify=True).text
    for bucket in program.buckets:
        alone = compile(replace(bucket, buckets=()), "").text
        assert code(together, tuple(bucket.sizes.values())) == code(alone)


def test_calls_of_a_head_that_differ_in_one_bucket_have_functions_of_their_own_in_all() -> None:
    """`judge.patches` takes [64, 8] in both of its calls at the program's sizes, and [64, 8] and [64, 4] in the bucket's."""
    (program,) = check(ACCEPTED / "heads_in_buckets.fdl").programs
    plan = plan_of(program)
    assert [f.name for f in plan.functions if f.stage == "patches"] == [
        "judge_patches",
        "judge_patches_again",
    ]
    (alone,) = {f.name for f in plan_of(replace(program, buckets=())).functions if f.stage == "patches"}
    assert alone == "judge_patches"


def test_sizes_have_the_names_of_the_program_and_of_its_latents() -> None:
    text = compile(at(ROOT / "programs" / "wan_finetune.fdl", "H=832,W=480"), "").text
    assert '(16, 21, run.sizes["h"], run.sizes["w"])' in text
    assert "buckets   F x H x W = 81x480x832, 81x832x480" in text
    assert '    (81, 832, 480): {"h": 104, "w": 60, "H": 832, "W": 480},' in text


def test_numbers_that_follow_from_sizes_are_read_of_the_bucket(tmp_path: Path) -> None:
    path = tmp_path / "p.fdl"
    path.write_text(SHIFTED)
    text = compile(at(path, "H=32"), "").text
    assert 'moved = 1 + run.sizes["H"] / 8' in text


def test_what_a_stage_fills_has_the_sizes_of_the_bucket() -> None:
    text = compile(at(ROOT / "programs" / "cosmos1_finetune.fdl", "H=1280,W=704"), "").text
    assert '(1, 1, run.sizes["H"], run.sizes["W"],)' in text


SHIFTED = """\
import mini

program p {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("data") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    moved = 1 + H/8
    x0 = student.clean(batch)
    t ~ shifted(uniform(0, 1), moved)
    eps ~ noise[student]
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-4)
  train { steps = 2, batch = 2 }
}
"""


def test_what_is_another_graph_at_other_sizes_is_refused_with_its_place() -> None:
    program = at(ACCEPTED / "stages_in_methods.fdl").buckets[0]
    lacking = replace(program, updates=program.updates[:1])
    with pytest.raises(CannotRun) as caught:
        merged([lower(program), lower(lacking)], [program, lacking])
    assert caught.value.diagnostic.code == "not-run-yet"


def test_values_that_are_large_in_one_bucket_are_let_go_in_all() -> None:
    program = at(ROOT / "programs" / "wan_dmd2.fdl", "H=832,W=480")
    plan: Plan = plan_of(program)
    arrays = [n.type for f in plan.functions for n in f.graph.walk() if isinstance(n.type, Array)]
    large = [t for t in arrays if plan.most(t.dims[1:]) >= LARGE]
    assert large and {len(f.freed) for f in liveness(plan).functions} == {
        len(f.freed) for f in liveness(plan_of(replace(program, buckets=()))).functions
    }
