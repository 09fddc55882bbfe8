"""What goes wrong inside an emitted module, told with the program's line: in a stage, a loop, a product, validation, on
the way back, out of memory, and in modules that were edited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import WanTransformer3DModel
from paths import ACCEPTED, ROOT

from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check
from fdc.compiler.emit.header import ModuleOrigin
from fdc.compiler.emit.module import emit
from fdc.compiler.emit.source_map import edited, place_in
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.runtime.base.code_hash import computation_hash, edited_keys

HEAD = """
import mini
import finetune
import dmd2

program toy {
  sizes { F = 2, H = 8, W = 8 }
  data clips = shapes("data", count = 16) { prompt: str, video: pixels[b, 3, F, H, W] }
"""
TRAINED = "  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }\n"
TRAIN = """
  optimize student = adamw(lr = 1e-3)
  train { steps = 2, batch = 4, seed = 3 }
"""
UPDATE = f"{HEAD}{TRAINED}  use finetune(student) {{ times = uniform(0, 1) }}{TRAIN}}}\n"
LOOP = f"""{HEAD}{TRAINED}
  role critic = mini(tiny(seed = 1)) {{ train = full, precision = f32 }}
  role teacher = mini(tiny(seed = 2)) {{ precision = f32 }}
  use dmd2(student, teacher, critic) {{ scale = 2.0 }}
  optimize critic = adamw(lr = 1e-3)
{TRAIN}}}
"""
PRODUCT = f"""{HEAD}
  role teacher = mini(tiny(seed = 0)) {{ precision = f32 }}
  produce made = teacher.sample(batch, steps = 2) to sheet("out") {{ count = 4 }}
}}
"""
SHOWN = (
    UPDATE.rstrip().removesuffix("}")
    + "  validate every 1 { sample = student.sample(steps = 2), count = 2 }\n}\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line_of(path: Path, part: str) -> int:
    (found,) = [i for i, line in enumerate(path.read_text().splitlines(), 1) if part in line]
    return found


def broken(
    monkeypatch: pytest.MonkeyPatch, breaks: Callable[[], Exception | None], back: bool = False
) -> None:
    """The network raises what `breaks` gives: when it is called, or on the way back."""
    whole = WanTransformer3DModel.forward

    def forward(self: Any, *args: Any, **named: Any) -> Any:
        error = breaks()
        if error is not None and not back:
            raise error
        made = whole(self, *args, **named)

        def hook(gradient: torch.Tensor) -> None:
            if error is not None:
                raise error

        first = made[0] if isinstance(made, tuple) else made.sample
        if back and first.requires_grad:
            first.register_hook(hook)
        return made

    monkeypatch.setattr(WanTransformer3DModel, "forward", forward)


def failure(capfd: pytest.CaptureFixture[str], *more: str) -> str:
    capfd.readouterr()
    assert main(["run", "toy.fdl", *more]) == 1
    said = " ".join(capfd.readouterr().err.split())
    assert "Traceback" not in said and "defect" not in said
    return said


MINI, FINETUNE, DMD2 = (
    ROOT / "families" / "mini" / "mini.fdl",
    ROOT / "programs" / "finetune.fdl",
    ROOT / "programs" / "dmd2.fdl",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "caller", "part"),
    [
        (UPDATE, FINETUNE, "loss flow"),
        (LOOP, DMD2, "x0 = stop(student.x0(x"),
        (PRODUCT, None, "produce made"),
        (SHOWN, None, "validate every"),
    ],
    ids=["update", "loop", "produce", "validate"],
)
def test_an_error_in_a_stage_is_told_with_its_line_and_its_callers(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    program: str,
    caller: Path | None,
    part: str,
) -> None:
    Path("toy.fdl").write_text(program)
    training = program is not UPDATE
    broken(monkeypatch, lambda: None if training and torch.is_grad_enabled() else RuntimeError("no ink"))
    said = failure(capfd)
    assert "error[run-error]: RuntimeError while this line ran: no ink" in said
    denoise = line_of(MINI, "stage denoise")
    assert f"--> mini.fdl:{denoise} | {denoise} | stage denoise" in said
    if caller is not None:
        assert f"called from {caller.name}:{line_of(caller, part)}" in said
    else:
        assert "called from" in said
    (kept,) = (here / "runs" / "toy").glob("*/traceback.txt")
    assert "no ink" in kept.read_text() and "plan.py" in kept.read_text()


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        (
            '    return {"embeds": embeds',
            '    raise ValueError("no words")',
            "error[run-error]: ValueError while this line ran: no words",
        ),
        (
            '    return {"embeds": embeds',
            '    return {"embeds": embeds[:, :7]}',
            "is declared to give f32[b, 40, 64], and gave float32[4, 7, 64]",
        ),
        (
            '    return {"embeds": embeds',
            '    return {"words": embeds}',
            "is declared to give a record of embeds, and gave words",
        ),
    ],
    ids=["raised", "shape", "fields"],
)
def test_the_python_of_a_family_is_told_with_its_line_and_its_stage(
    here: Path, capfd: pytest.CaptureFixture[str], line: str, instead: str, said: str
) -> None:
    own = Path("mine")
    own.mkdir()
    (own / "mine.fdl").write_text(MINI.read_text().replace("family mini", "family mine"))
    python = (MINI.parent / "binding.py").read_text().splitlines()
    at = next(i for i, text in enumerate(python) if text.startswith(line))
    (own / "binding.py").write_text("\n".join([*python[:at], instead, ""]))
    program = UPDATE.replace("import mini", 'import "./mine/mine.fdl"').replace("mini(", "mine(")
    Path("toy.fdl").write_text(program)
    told = failure(capfd, "--allow-python")
    assert said in told and "encode_text" in told
    assert f"--> mine/mine.fdl:{line_of(MINI, 'stage encode_text')}" in told or "--> toy.fdl" in told
    if "raise" in instead:
        assert f"raised in {own.resolve() / 'binding.py'}:{at + 1}: {instead.strip()}" in told


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), MemoryError()]
)
@pytest.mark.parametrize("back", [False, True])
def test_out_of_memory_is_told_with_its_line(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    back: bool,
) -> None:
    Path("toy.fdl").write_text(UPDATE)
    broken(monkeypatch, lambda: error, back)
    said = failure(capfd)
    assert "error[out-of-memory]" in said and "accumulate" in said
    at = f"finetune.fdl:{line_of(FINETUNE, 'update student')}"
    assert (at if back else f"mini.fdl:{line_of(MINI, 'stage denoise')}") in said
    assert ("in the backward pass of update `student`" in said) == back


def test_an_error_on_the_way_back_is_told_with_its_update(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("toy.fdl").write_text(UPDATE)
    broken(monkeypatch, lambda: RuntimeError("no ink"), back=True)
    said = failure(capfd)
    assert "RuntimeError in the backward pass of update `student`: no ink" in said
    assert f"finetune.fdl:{line_of(FINETUNE, 'update student')}" in said


def text_of(program: str) -> str:
    Path("toy.fdl").write_text(program)
    plan = lower(check(Path("toy.fdl")).programs[0])
    return emit(optimise(plan)[0], ModuleOrigin("fdc build toy.fdl", "toy.fdl", (), "0.1.0"))


def test_an_edited_module_is_known_and_its_lines_are_told_by_its_comments(here: Path) -> None:
    text = text_of(UPDATE)
    assert not edited(text) and edited(text + "\n") and edited("x = 1")
    rows = text.splitlines()
    at = next(i for i, row in enumerate(rows, 1) if row.startswith("    flow = fused_"))
    loss = ("finetune.fdl", line_of(FINETUNE, "loss flow"))
    assert place_in(text, at) == loss
    for above in ("", "    # a comment", "    x = 1"):
        changed = "\n".join([*rows[: at - 1], *[above] * 7, *rows[at - 1 :]])
        assert place_in(changed, at + 7) == loss
    assert place_in("def f():\n    return 1\n", 2) is None
    assert place_in("# a.fdl:3\n\n\ndef f():\n    return 1\n", 5) is None


def test_commands_and_files_of_any_name_make_a_module(here: Path) -> None:
    plan = lower(check(ACCEPTED / "edm_eps.fdl").programs[0])
    text = emit(plan, ModuleOrigin('fdc build \'a\\b""".fdl\'', 'a\\b""".fdl', ('x="\\"',)))
    found: dict[str, Any] = {}
    body = text[: text.index('if __name__ == "__main__"')]
    exec(compile(body, "plan.py", "exec"), found)
    assert 'fdc build \'a\\b""".fdl\'' in found["__doc__"] and found["SOURCE"] == 'a\\b""".fdl'


def test_recipes_reach_into_groups(here: Path) -> None:
    text = text_of(PRODUCT)
    reference = next(r for r in text.splitlines() if r.startswith("def fused_") and "_reference(" in r)
    start = text.index(reference)
    at = text.index("    return ", start)
    other = f"{text[:at]}    return 2 * {text[at:].removeprefix('    return ')}"
    assert computation_hash(text, "produce_made") != computation_hash(other, "produce_made")
    kernel = text.index("tl.store(")
    unsealed = text + "\n"
    other = f"{unsealed[:kernel]}tl.sort({unsealed[kernel:].removeprefix('tl.store(')}"
    assert edited(unsealed) and computation_hash(unsealed, "produce_made") != computation_hash(
        other, "produce_made"
    )


ENCODES = "return (z - latents_mean)"


def test_encoders_of_an_edited_module_keep_their_rows_apart(here: Path) -> None:
    text = text_of(UPDATE)
    known = {"student.encode_video": {"stage": "a"}, "student.encode_text": {"stage": "b"}}
    assert edited_keys(known, text.replace("p = student", "p = 2 * student"), text) == known
    assert edited_keys(known, text.replace(ENCODES, f"# words\n    {ENCODES}"), text) == known
    changed = edited_keys(known, text.replace(ENCODES, "return 2 * (z - latents_mean)"), text)
    assert changed["student.encode_video"]["edited"] and changed["student.encode_text"] == {"stage": "b"}
    called = text.replace(
        'student_encode_video(run, rows["video"])', '2 * student_encode_video(run, rows["video"])'
    )
    assert "edited" in edited_keys(known, called, text)["student.encode_video"]
    unknown = text.replace('"encode_video"', "NAME")
    assert all("edited" in made for made in edited_keys(known, unknown, text).values())
