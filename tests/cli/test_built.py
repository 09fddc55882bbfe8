"""`fdc build`, and its module at work: told of itself, run as it stands, refused when its program changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from paths import ROOT

from fdc.compiler.base import terminal
from fdc.compiler.cli.main import main
from fdc.compiler.driver import build_cache
from fdc.compiler.driver.pipeline import check
from fdc.compiler.driver.plan_fingerprint import fingerprint
from fdc.compiler.lower.program import lower

pytestmark = pytest.mark.slow

PROGRAM = """
import mini
import finetune

program toy {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("data", count = 16) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 6, batch = 4, seed = 3, deterministic = true }
  checkpoint every 10 { export = false }
}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FDC_CACHE", str(tmp_path / "cache"))
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "toy.fdl").write_text(PROGRAM)
    return tmp_path


def build(*args: str) -> str:
    assert main(["build", "programs/toy.fdl", "-o", "out", *args]) == 0
    return Path("out/plan.py").read_text()


def losses(run: Path) -> list[float]:
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    return [e["losses"]["student.flow"] for e in events if "losses" in e]


def test_a_module_tells_what_it_is(here: Path) -> None:
    build()
    for asked, status in (["--help"], 0), ([], 2), (["--train"], 2):
        done = subprocess.run([sys.executable, "out/plan.py", *asked], capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        said = done.stdout if status == 0 else done.stderr
        assert "Program toy" in said and "trains student, every step" in said
        assert "fdc run out/plan.py" in said and "forward and backward" in said
    assert "fdc build programs/toy.fdl" in said


def test_a_module_is_run_as_it_stands(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = build("--set", "train.steps=2")
    assert main(["run", "out/plan.py"]) == 0
    (first,) = (here / "runs" / "toy").iterdir()
    assert (first / "plan.py").read_text() == text and len(losses(first)) == 2
    assert 'return {"flow": flow}' in text
    Path("out/plan.py").write_text(text.replace('return {"flow": flow}', 'return {"flow": 2 * flow}'))
    assert main(["run", "out/plan.py"]) == 0
    (second,) = set((here / "runs" / "toy").iterdir()) - {first}
    assert losses(second)[0] == pytest.approx(2 * losses(first)[0])
    assert "2 * flow" in (second / "plan.py").read_text()
    capfd.readouterr()
    assert main(["run", "out/plan.py"]) == 0
    assert "done and unchanged" in capfd.readouterr().err


def test_a_run_and_its_module_compute_the_same(here: Path) -> None:
    build()
    assert main(["run", "out/plan.py"]) == 0 == main(["run", "programs/toy.fdl"])
    assert len(list((here / "runs" / "toy").iterdir())) == 1, (
        "a module that was not edited is its program's run"
    )
    assert main(["run", "programs/toy.fdl", "--fresh"]) == 0
    one, two = (losses(run) for run in (here / "runs" / "toy").iterdir())
    assert one == two and len(one) == 6


def test_a_runs_own_module_is_that_run(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The run in whose folder it stands, and not the last one of its program."""
    toy = ["run", "programs/toy.fdl", "--set", "train.steps=1"]
    assert main([*toy, "--run-folder", "mine"]) == 0 == main(toy)
    capfd.readouterr()
    assert main(["run", "mine/plan.py"]) == 0
    assert "done and unchanged, in mine" in capfd.readouterr().err
    (Path("mine") / "finished.json").unlink()
    before = len(losses(Path("mine")))
    assert main(["run", "mine/plan.py"]) == 0
    assert "1 steps, in mine" in capfd.readouterr().err
    assert len(losses(Path("mine"))) == before and (Path("mine") / "finished.json").exists()
    assert len(list((here / "runs" / "toy").iterdir())) == 1
    assert main(["run", "mine/plan.py", "--fresh"]) == 0
    assert len(list((here / "runs" / "toy").iterdir())) == 2


def test_a_module_in_a_runs_folder_can_be_run_again(here: Path) -> None:
    assert main(["run", "programs/toy.fdl", "--set", "train.steps=1"]) == 0
    (made,) = (here / "runs" / "toy").iterdir()
    assert main(["run", str(made / "plan.py"), "--runs", "again"]) == 0
    (again,) = (here / "again" / "toy").iterdir()
    assert losses(again) == losses(made)


@pytest.mark.parametrize(
    ("change", "said", "status"),
    [
        (lambda: program(PROGRAM.replace("uniform(0, 1)", "uniform(0, 0.9)")), "stale-plan", 1),
        (lambda: Path("programs/toy.fdl").unlink(), "programs/toy.fdl, which is not there", 2),
        (lambda: program(PROGRAM.replace("program toy", "program other")), "has no program `toy`", 2),
        (lambda: program(PROGRAM.replace("batch = 4", "batch = fur")), "error[", 1),
        (lambda: plan("x = ("), "out/plan.py:1 is no Python", 1),
        (lambda: plan("x = 1"), "is no module that `fdc build` wrote", 2),
        (lambda: plan("PROGRAM = SOURCE = f()"), "is no module that `fdc build` wrote", 2),
        (lambda: Path("out/plan.py").unlink(), "`out/plan.py` cannot be read", 2),
        (lambda: Path("out/plan.py").write_bytes(b"\xff\xfe"), "it is no text", 2),
    ],
)
def test_what_cannot_be_run_is_told(  # type: ignore[no-untyped-def]
    here: Path, change, said: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    build()
    change()
    assert main(["run", "out/plan.py"]) == status
    told = " ".join(capfd.readouterr().err.split())
    assert said in told and "Traceback" not in told and "defect" not in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("UPDATES = ", "x = nothing\nUPDATES = ", "cannot be loaded: NameError in line "),
        ("import Batch", "import Gone, Batch", "cannot be loaded: ImportError in line "),
        ("UPDATES = ", "raise SystemExit(7)\nUPDATES = ", "cannot be loaded: SystemExit"),
        ("UPDATES = ", "UPDATE = ", "has other UPDATES than program `toy`, which has student of student"),
        ('roles=("student",)', 'roles=("other",)', "has other UPDATES"),
        ("UPDATES = (", "UPDATES = (3, ", "something else in UPDATES"),
        ("every=1", "every=0", "no whole number of steps"),
        ('return {"flow": flow}', "return None", "gives no scalars by name in `update_student`"),
        ('return {"flow": flow}', 'return {"flow": 3.0}', "gives no scalars by name"),
        ('return {"flow": flow}', 'return {"flow": student_velocity}', "gives no scalars by name"),
        ('    return {"flow": flow}', "return 3", "is no Python"),
        ('return {"flow": flow}', 'return {"flow": flaw}', "NameError while this line ran"),
    ],
)
def test_what_was_edited_wrongly_is_told(
    here: Path, old: str, new: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    text = build()
    assert text.count(old) == 1
    plan(text.replace(old, new))
    assert main(["run", "out/plan.py"]) == 1
    told = " ".join(capfd.readouterr().err.split())
    assert said in told and "Traceback" not in told and "defect" not in told


def test_a_run_tells_and_records_which_module_ran(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def ran(name: str) -> tuple[str, dict[str, object]]:
        capfd.readouterr()
        assert main(["run", "out/plan.py", "--run-folder", name]) == 0
        lock = json.loads(Path(name, "lock.json").read_text())
        assert lock["source"] == "programs/toy.fdl" and lock["name"] == "toy"
        assert lock["plan"]["sha256"] == hashlib.sha256(Path(name, "plan.py").read_bytes()).hexdigest()
        return " ".join(capfd.readouterr().err.split()), lock["plan"]

    text = build("--set", "train.steps=1")
    said, recorded = ran("one")
    assert "as it stands" not in said and not recorded["edited"] and recorded["built"] == "out/plan.py"
    plan(text.replace("    flow = ", "    # more\n    flow = "))
    said, recorded = ran("two")
    assert "edited since" in said and recorded["edited"]
    done = subprocess.run([sys.executable, "out/plan.py", "--help"], capture_output=True, text=True)
    assert "It was edited since it was built." in done.stdout
    assert f'VERSION = "{terminal.version()}"' in text
    plan(text.replace(f'VERSION = "{terminal.version()}"', 'VERSION = "0.0.1"'))
    said, recorded = ran("three")
    assert "built by fdc 0.0.1, and this is" in said and recorded["version"] == "0.0.1"


def test_an_edited_module_goes_on_from_its_checkpoint(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = build("--set", "checkpoint.every=2")
    plan(text.replace('return {"flow": flow}', 'return {"flow": 2 * flow}'))
    assert main(["run", "out/plan.py", "--run-folder", "whole"]) == 0
    shutil.copytree("whole", "again")
    for path in (*Path("again/checkpoints").glob("step-6"), Path("again/finished.json")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    capfd.readouterr()
    assert main(["run", "out/plan.py", "--run-folder", "again"]) == 0
    assert "goes on from step 4" in capfd.readouterr().err
    weights = "checkpoints/step-6/student.weights.safetensors"
    assert Path("again", weights).read_bytes() == Path("whole", weights).read_bytes()
    plan(text)
    assert main(["run", "out/plan.py", "--run-folder", "again"]) == 2
    assert "run of another program" in capfd.readouterr().err


def test_an_edited_encoder_is_not_answered_from_what_another_kept(here: Path) -> None:
    text = build("--set", "train.steps=1")
    assert main(["run", "out/plan.py", "--run-folder", "one"]) == 0
    encodes = "return (z - latents_mean)"
    assert text.count(encodes) == 1
    plan(text.replace(encodes, f"return 0.1 * {encodes.removeprefix('return ')}"))
    assert main(["run", "out/plan.py", "--run-folder", "two"]) == 0
    assert losses(Path("two")) != losses(Path("one"))


def test_a_role_is_exported_from_the_run_of_a_module(here: Path) -> None:
    Path("programs/finetune.fdl").write_text((ROOT / "programs" / "finetune.fdl").read_text())
    program(PROGRAM.replace("import finetune", 'import "./finetune.fdl"'))
    build("--set", "train.steps=2", "--set", "checkpoint.every=2")
    assert main(["run", "out/plan.py", "--run-folder", "elsewhere"]) == 0
    assert main(["export", "elsewhere", "--role", "student", "--weights", "live", "exported"]) == 0
    assert Path("exported/transformer/config.json").is_file()


def test_commands_that_take_programs_alone_say_so(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build()
    for command in ("build", "graph"):
        assert main([command, "out/plan.py"]) == 2
        assert "`out/plan.py` is Python" in " ".join(capfd.readouterr().err.split())


def program(text: str) -> None:
    Path("programs/toy.fdl").write_text(text)


def plan(text: str) -> None:
    Path("out/plan.py").write_text(text)


def test_settings_are_for_building(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build()
    for option in (["--set", "train.steps=1"], ["--no-fuse"], ["--program", "toy"]):
        assert main(["run", "out/plan.py", *option]) == 2
        assert "for `fdc build`" in " ".join(capfd.readouterr().err.split())


def test_several_programs_get_a_folder_each(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    more = PROGRAM[PROGRAM.index("program toy") :].replace("program toy", "program second")
    Path("programs/toy.fdl").write_text(PROGRAM + more)
    assert main(["build", "programs/toy.fdl"]) == 0
    assert sorted(p.parent.name for p in Path("out").glob("*/plan.py")) == ["second", "toy"]
    Path("programs/none.fdl").write_text("import mini\n")
    assert main(["build", "programs/none.fdl"]) == 2
    Path("taken").write_text("")
    assert main(["build", "programs/toy.fdl", "-o", "taken/out"]) == 2
    assert "cannot be written" in capfd.readouterr().err


def test_equal_programs_give_equal_bytes_everywhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [
            sys.executable,
            "-m",
            "fdc.compiler.cli.main",
            "build",
            "programs/toy.fdl",
            "-o",
            f"at{seed}",
        ]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        texts.add(Path(f"at{seed}/plan.py").read_bytes())
    assert len(texts) == 1
    assert str(here).encode() not in next(iter(texts))
    shutil.copytree("programs", "other/programs")
    monkeypatch.chdir("other")
    assert main(["build", "programs/toy.fdl", "-o", "at0"]) == 0  # the header holds the command, without -o
    assert Path("at0/plan.py").read_bytes() in texts


# modules that are kept


def test_a_kept_module_is_read_and_a_damaged_one_made_anew(tmp_path: Path) -> None:
    made: list[int] = []
    told: list[str] = []

    def make() -> str:
        made.append(1)
        return "a module"

    def ask(key: dict[str, str]) -> str:
        return build_cache.kept(tmp_path, key, make, told.append)

    assert ask({"graph": "1"}) == ask({"graph": "1"}) == "a module" and len(made) == 1
    assert ask({"graph": "2"}) == "a module" and len(made) == 2
    entries = sorted((tmp_path / "builds").iterdir())
    assert len(entries) == 2
    for damage in (b"", b"{}", b"\xff", entries[0].read_bytes().replace(b"a module", b"b module"), b"[1]"):
        entries[0].write_bytes(damage)
        before = len(made)
        assert ask({"graph": "1"}) == ask({"graph": "2"}) == "a module"
        assert len(made) == before + 1 and str(entries[0]) in told[-1]
    assert json.loads(entries[0].read_text())["key"] in ({"graph": "1"}, {"graph": "2"})


def test_processes_that_keep_one_module_at_once_all_have_it(tmp_path: Path) -> None:
    ask = (
        "import sys; from pathlib import Path; from fdc.compiler.driver import build_cache\n"
        "for i in range(200):\n"
        "    k = {'graph': str(i % 3)}\n"
        "    assert build_cache.kept(Path(sys.argv[1]), k, lambda: 'made ' * 5000 + str(i % 3), sys.exit)[-1] == str(i % 3)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", ask, str(tmp_path)]) for _ in range(4)]
    assert [p.wait() for p in running] == [0] * 4
    assert len(list((tmp_path / "builds").glob("*.json"))) == 3
    assert not [p for p in (tmp_path / "builds").iterdir() if p.suffix != ".json"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert build_cache.kept(tmp_path / "file", {"graph": "1"}, lambda: "made", lambda told: None) == "made"


def test_a_key_knows_the_graph(here: Path) -> None:
    def key(text: str) -> str:
        program(text)
        return fingerprint(lower(check(Path("programs/toy.fdl")).programs[0]))

    assert key(PROGRAM) == key(PROGRAM)
    assert key(PROGRAM) != key(PROGRAM.replace("uniform(0, 1)", "uniform(0, 0.9)"))
    assert {"fdc", "python", "torch", "triton", "device"} == set(build_cache.versions("cpu"))


def test_a_run_keeps_its_module(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["run", "programs/toy.fdl", "--set", "train.steps=1", "--run-folder", "one", "--fresh"]
    assert main(command) == 0
    (entry,) = (here / "cache" / "builds").iterdir()
    kept = json.loads(entry.read_text())
    assert kept["text"] == Path("one/plan.py").read_text()
    shutil.rmtree("one")
    with monkeypatch.context() as changed:
        changed.setattr("fdc.compiler.emit.module.emit", None)  # what is kept is not made again
        assert main(command) == 0
    shutil.rmtree("one")
    entry.write_text(entry.read_text()[:100])
    capfd.readouterr()
    assert main(command) == 0
    assert "it is made anew" in capfd.readouterr().err and json.loads(entry.read_text()) == kept
