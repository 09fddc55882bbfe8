"""`fdc check` as a user meets it: what it reads, prints and writes, and the status that it ends with."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.cli.main import main
from fdc.compiler.driver import watch as watching
from fdc.compiler.driver.inputs import gather
from fdc.compiler.driver.watch import PERIOD, Round, watch

GOOD = """\
import mini

program p {
  sizes { F = 4, H = 32, W = 32 }
  role student = mini(tiny(seed = 0)) { train = full }
  data clips = shapes("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-4)
  train { steps = 10, batch = 2 }
}
"""
SLIP = GOOD.replace("steps = 10", "stepz = 10")
WRONG = GOOD.replace("student.target(x0, eps, t)", "x0 - eps")
SPARE = GOOD.replace("    loss", "    spare = x0 - eps\n    loss")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, text in (("good", GOOD), ("slip", SLIP), ("wrong", WRONG), ("spare", SPARE)):
        (tmp_path / f"{name}.fdl").write_text(text)
    return tmp_path


class Run:
    """A command in this process: its status, what it printed, what it complained of."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *args: str) -> None:
        capsys.readouterr()
        self.status = main(["check", *args])
        self.out, self.err = capsys.readouterr()

    @property
    def last(self) -> str:
        return self.out.rstrip("\n").split("\n")[-1]


# what is reported


def test_the_last_line_counts(capsys: pytest.CaptureFixture[str]) -> None:
    for files, status, last in (
        (["good.fdl"], 0, "1 file checked, no errors"),
        (["spare.fdl"], 0, "1 warning (1 can be fixed with --fix)"),
        (["slip.fdl", "good.fdl"], 1, "1 error (1 can be fixed with --fix)"),
        (["wrong.fdl"], 1, "1 error (1 can be fixed with --fix --unsafe-fixes)"),
        (
            ["wrong.fdl", "slip.fdl", "spare.fdl"],
            1,
            "2 errors, 1 warning (2 can be fixed with --fix, 1 more with --unsafe-fixes)",
        ),
    ):
        run = Run(capsys, *files)
        assert (run.status, run.last, run.err) == (status, last, "")


def test_a_file_named_twice_is_checked_once(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "link.fdl").symlink_to("slip.fdl")
    run = Run(capsys, "slip.fdl", "./slip.fdl", str(folder / "slip.fdl"), "link.fdl")
    assert run.last.startswith("1 error (")
    assert Run(capsys, "good.fdl", "./good.fdl").last == "1 file checked, no errors"


def test_a_mistake_in_an_imported_file_is_told_once(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "m.fdl").write_text("method m(a) {\n  update a { loss l = mse(1, 2 }\n}\n")
    for name in ("one", "two"):
        (folder / f"{name}.fdl").write_text('import "./parts/m.fdl"\n')
    run = Run(capsys, "one.fdl", "two.fdl", str(folder / "parts" / "m.fdl"), "--format", "concise")
    assert len(run.out.splitlines()) == 1 and run.status == 1


def test_a_folder_stands_for_the_files_below_it(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for inside in ("a/b", ".hidden", "venv/lib", "runs/p/1", "node_modules"):
        (folder / "sub" / inside).mkdir(parents=True)
        (folder / "sub" / inside / "x.fdl").write_text(SLIP)
    (folder / "sub" / "venv" / "pyvenv.cfg").touch()
    (folder / "sub" / "runs" / "p" / "1" / "lock.json").touch()
    run = Run(capsys, "sub", "--format", "concise")
    assert [line.split(":")[0] for line in run.out.splitlines()] == [os.path.join("sub", "a", "b", "x.fdl")]
    run = Run(capsys, "sub", os.path.join("sub", ".hidden", "x.fdl"), "--format", "concise")
    assert len(run.out.splitlines()) == 2
    (folder / "empty").mkdir()
    run = Run(capsys, "empty", "good.fdl")
    assert run.status == 2 and run.err == "fdc: there is no .fdl file in the folder `empty`\n"


def test_what_cannot_be_read_is_told_beside_the_rest(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "latin.fdl").write_bytes(b"# \xe9\n")
    run = Run(capsys, "gone.fdl", "latin.fdl", "slip.fdl")
    assert run.status == 2 and run.last == "1 error (1 can be fixed with --fix)"
    assert run.err == (
        "fdc: there is no file `gone.fdl`\nfdc: `latin.fdl` is not UTF-8 text (byte 2, line 1)\n"
    )


def test_one_document_for_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "slip.fdl", "wrong.fdl", "--format", "json")
    assert [d["path"] for d in json.loads(run.out)["diagnostics"]] == ["slip.fdl", "wrong.fdl"]
    run = Run(capsys, "slip.fdl", "wrong.fdl", "--format", "sarif")
    (log,) = json.loads(run.out)["runs"]
    assert len(log["results"]) == 2 and log["tool"]["driver"]["version"]
    run = Run(capsys, "slip.fdl", "wrong.fdl", "--format", "github")
    assert [line[:20] for line in run.out.splitlines()] == ["::error file=slip.fd", "::error file=wrong.f"]
    assert json.loads(Run(capsys, "good.fdl", "--format", "json").out) == {"diagnostics": []}
    assert Run(capsys, "good.fdl", "--format", "github").out == ""


def test_library_files_are_named_so_that_they_can_be_opened(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "size.fdl").write_text(GOOD.replace("F = 4", "F = 5"))
    (found,) = json.loads(Run(capsys, "size.fdl", "--format", "json").out)["diagnostics"]
    (label,) = found["labels"]
    assert Path(label["path"]) == ROOT / "families" / "mini" / "mini.fdl"


def test_what_does_not_go_together_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for args, said in (
        (["--unsafe-fixes"], "--unsafe-fixes goes with --fix or --diff"),
        (["--stdin-filename", "x.fdl"], "give `-` as a file"),
        (["--watch", "--fix"], "--watch does not go with --fix"),
        (["--watch", "-"], "--watch does not go with `-`"),
        (["--fix", "-"], "--diff prints what it would do"),
        (["--fix", "--set", "train.steps=1"], "leave --set out"),
        (["--diff", "--format", "json"], "leave --format out"),
    ):
        run = Run(capsys, "slip.fdl", *args)
        assert run.status == 2 and said in run.err and run.out == ""


# colour and width


def coloured(**environment: str) -> bool:
    command = [sys.executable, "-m", "fdc.compiler.cli.main", "check", "slip.fdl"]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    return "\x1b[" in done.stdout


@pytest.mark.slow
def test_colour_only_where_it_is_wanted() -> None:
    assert not coloured()
    assert coloured(FORCE_COLOR="1")
    assert not coloured(FORCE_COLOR="1", NO_COLOR="1")


def in_a_terminal(*args: str, columns: int, **environment: str) -> str:
    """What a terminal of this width gets to see."""
    import fcntl
    import pty
    import struct
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "fdc.compiler.cli.main", *args]
    process = subprocess.Popen(
        command, stdout=child, stderr=child, env={**os.environ, "TERM": "xterm", **environment}
    )
    os.close(child)
    seen = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        seen += part
    os.close(parent)
    process.wait()
    return seen.decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_a_terminal_gets_its_width_and_colours() -> None:
    seen = in_a_terminal("check", "wrong.fdl", columns=50)
    assert "\x1b[1;31merror[sign-mismatch]\x1b[0m" in seen
    plain = in_a_terminal("check", "wrong.fdl", columns=50, NO_COLOR="1")
    assert "\x1b" not in plain and max(map(len, plain.split("\n"))) <= 50
    assert "\x1b" not in in_a_terminal("check", "wrong.fdl", columns=50, TERM="dumb")
    assert len(max(in_a_terminal("check", "wrong.fdl", columns=120, NO_COLOR="1").split("\n"), key=len)) > 50


def test_an_encoding_that_lacks_a_letter_is_no_defect() -> None:
    Path("näh.fdl").write_text(SLIP)
    done = subprocess.run(
        [sys.executable, "-m", "fdc.compiler.cli.main", "check", "näh.fdl"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "40"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "n\\xe4h.fdl:15:11" in done.stdout


# what is changed


def test_fix_writes_what_it_says(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "slip.fdl").chmod(0o640)
    run = Run(capsys, "--fix", "slip.fdl", "wrong.fdl")
    assert run.status == 1
    assert run.out.startswith("fixed slip.fdl:15:11: write `steps` (unknown-setting)\n\nerror[sign-mismatch]")
    assert run.last == "1 error (1 fixed, 1 can be fixed with --unsafe-fixes)"
    assert (folder / "slip.fdl").read_text() == GOOD and (folder / "wrong.fdl").read_text() == WRONG
    assert (folder / "slip.fdl").stat().st_mode & 0o777 == 0o640
    assert {p.name for p in folder.iterdir()} == {"good.fdl", "slip.fdl", "wrong.fdl", "spare.fdl"}
    run = Run(capsys, "--fix", "slip.fdl")
    assert (run.status, run.out) == (0, "1 file checked, no errors\n")
    run = Run(capsys, "--fix", "--unsafe-fixes", "wrong.fdl")
    assert (run.status, run.last) == (0, "1 file checked, no errors (1 fixed)")


def test_fix_prints_its_notes_beside_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "--fix", "slip.fdl", "--format", "json")
    assert json.loads(run.out) == {"diagnostics": []} and run.err.startswith("fixed slip.fdl:15:11: ")


def test_fix_says_what_it_left(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "slip.fdl").write_text(
        SLIP.replace("  train {", "  mesh { shard = 2 }\n  train {").replace("batch = 2", "bacth = 3")
    )
    run = Run(capsys, "--fix", "slip.fdl")
    assert "fixed slip.fdl:16:11: write `steps` (unknown-setting)" in run.out
    assert (
        "left slip.fdl:16:23: write `batch` (unknown-setting): it would not help, or bring another" in run.out
    )
    assert run.last == "1 error (1 fixed)"


def test_fix_touches_no_file_that_was_not_named(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "main.fdl").write_text('import "./slip.fdl"\n')
    broken = SLIP.replace("program p {", "porgram p {")
    (folder / "slip.fdl").write_text(broken)
    run = Run(capsys, "--fix", "main.fdl")
    assert run.status == 1 and (folder / "slip.fdl").read_text() == broken
    assert run.last == "1 error"
    assert Run(capsys, "--fix", "main.fdl", "slip.fdl").status == 0
    assert (folder / "slip.fdl").read_text() == GOOD


def test_fix_touches_no_file_of_fdcs_own(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fdc.compiler.driver import inputs

    (folder / "families").mkdir()
    (folder / "slip.fdl").rename(folder / "families" / "slip.fdl")
    monkeypatch.setattr(inputs, "PACKAGE", folder)
    for args in (["families"], ["--fix", "families"], ["--diff", "families"]):
        run = Run(capsys, *args)
        assert run.status == 1 and "fix" not in run.out
    assert (folder / "families" / "slip.fdl").read_text() == SLIP


def test_fix_keeps_a_byte_order_mark_line_ends_and_a_link(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "slip.fdl").write_bytes(b"\xef\xbb\xbf" + SLIP.replace("\n", "\r\n").encode())
    (folder / "link.fdl").symlink_to("slip.fdl")
    assert Run(capsys, "--fix", "link.fdl").status == 0
    assert (folder / "slip.fdl").read_bytes() == b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert (folder / "link.fdl").is_symlink()


def test_fix_leaves_a_file_that_was_changed_meanwhile(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fdc.compiler.cli.checking import fixes

    mend = fixes.mend

    def slow(*args: object) -> object:
        done = mend(*args)  # type: ignore[arg-type]
        (folder / "slip.fdl").write_text("# mine\n" + SLIP)
        return done

    monkeypatch.setattr(fixes, "mend", slow)
    run = Run(capsys, "--fix", "slip.fdl")
    assert run.status == 2 and "has changed in the meantime" in run.err
    assert (folder / "slip.fdl").read_text() == "# mine\n" + SLIP


def test_diff_prints_and_changes_nothing(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    run = Run(capsys, "--diff", "slip.fdl", "wrong.fdl")
    assert run.status == 1 and run.err == "1 fix would be made, 1 error would remain\n"
    assert "-  train { stepz = 10, batch = 2 }\n+  train { steps = 10, batch = 2 }\n" in run.out
    assert run.out.startswith("--- slip.fdl\n+++ slip.fdl\n") and "wrong.fdl" not in run.out
    assert (folder / "slip.fdl").read_text() == SLIP
    run = Run(capsys, "--diff", "--unsafe-fixes", "wrong.fdl")
    assert run.status == 1 and run.err == "1 fix would be made, no errors would remain\n"
    assert "+    loss flow = mse(student.predict(xt, t, student.cond(batch)), eps - x0)\n" in run.out
    run = Run(capsys, "--diff", "good.fdl")
    assert (run.status, run.out, run.err) == (0, "", "0 fixes would be made, no errors would remain\n")


# standard input


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_a_text_on_standard_input(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "m.fdl").write_text("# nothing\n")
    (folder / "parts" / "new.fdl").write_text("what lies here is not looked at")
    text = b'\xef\xbb\xbfimport "./m.fdl"\nimprot "./n.fdl"\n'
    monkeypatch.setattr(sys, "stdin", Stdin(text))
    run = Run(capsys, "-", "--stdin-filename", "parts/new.fdl", "--format", "concise")
    assert (
        run.status == 1
        and run.out.startswith("parts/new.fdl:2:1: error[syntax]: ")
        and run.out.count("\n") == 1
    )
    monkeypatch.setattr(sys, "stdin", Stdin(text))
    run = Run(capsys, "-", "--stdin-filename", "parts/new.fdl", "--diff")
    assert '+import "./n.fdl"\n' in run.out and run.status == 1
    monkeypatch.setattr(sys, "stdin", Stdin(SLIP.encode()))
    run = Run(capsys, "-")
    assert run.status == 1 and " --> <stdin>:15:11\n" in run.out and run.last == "1 error"
    monkeypatch.setattr(sys, "stdin", Stdin(SLIP.encode()))
    assert "+  train { steps = 10, batch = 2 }\n" in Run(capsys, "-", "--diff").out
    monkeypatch.setattr(sys, "stdin", Stdin(b"\xff"))
    run = Run(capsys, "-")
    assert run.status == 2 and run.err == "fdc: `<stdin>` is not UTF-8 text (byte 0, line 1)\n"


def test_standard_input_stands_for_its_file_in_what_imports_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gather(["good.fdl", "-"], lambda most: b"text"[:most], "good.fdl")
    assert [(t.shown, t.text) for t in found.targets] == [("good.fdl", "text")]


# --watch


def test_watch_checks_again_after_a_change_and_when_a_missing_file_appears(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "main.fdl").write_text('import "./later.fdl"\nimport "./good.fdl"\n')
    steps = iter(
        [
            lambda: (folder / "later.fdl").write_text("method m(a) {\n"),
            lambda: (folder / "later.fdl").write_text("# nothing\n"),
            lambda: (folder / "good.fdl").rename(folder / "away.fdl"),
            lambda: (folder / "away.fdl").rename(folder / "good.fdl"),
        ]
    )
    rounds: list[str] = []
    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        assert seconds == PERIOD
        out = capsys.readouterr().out
        if out:
            rounds.append(out)
            looks = 0
        looks += 1
        if looks == 2:  # nothing happens while nothing changes
            step = next(steps, None)
            if step is None:
                raise KeyboardInterrupt
            step()

    monkeypatch.setattr(watching.time, "sleep", sleep)
    monkeypatch.setattr(watching, "watch", lambda check: watch(check, sleep))
    assert main(["check", "--watch", "main.fdl"]) == 0
    assert ["no errors" in r for r in rounds] == [False, False, True, False, True]
    for text, said in zip(
        rounds, ("there is no file `later.fdl`", "this `{` is never closed", "", "`good.fdl`", "")
    ):
        assert said in text and text.startswith("[") and "\x1b" not in text and "; Ctrl-C ends\n\n" in text


def test_watch_waits_until_a_file_is_written(folder: Path) -> None:
    file = folder / "x"
    states = [None, None, 1, 2, 2, 2]
    checks: list[int] = []
    looks: list[int] = []

    def check() -> Round:
        checks.append(len(looks))
        return Round(len(checks), {file: states[min(len(looks), len(states) - 1)]})

    def sleep(_: float) -> None:
        looks.append(0)
        now = states[min(len(looks), len(states) - 1)]
        watching_stamps[file] = now

    watching_stamps: dict[Path, object] = {}
    original = watching.stamp
    watching.stamp = lambda path: watching_stamps.get(path)  # type: ignore[assignment]
    try:
        assert watch(check, sleep, lambda: len(looks) >= 8) == 2
    finally:
        watching.stamp = original
    assert checks == [0, 4]


@pytest.mark.slow
def test_watch_gives_a_document_a_round_and_ends_with_the_last_status(folder: Path) -> None:
    command = [
        sys.executable,
        "-u",
        "-m",
        "fdc.compiler.cli.main",
        "check",
        "--watch",
        "slip.fdl",
        "--format",
        "json",
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background job ignores Ctrl-C, and so would its children
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None and process.stderr is not None

    def document() -> list[object]:
        text = ""
        while True:
            text += process.stdout.readline()  # type: ignore[union-attr]
            if text.endswith("\n}\n"):
                return json.loads(text)["diagnostics"]  # type: ignore[no-any-return]

    assert len(document()) == 1
    time.sleep(0.01)  # so that the file's time differs
    (folder / "slip.fdl").write_text(GOOD)
    assert document() == []
    time.sleep(1)  # the round ends after its document
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0 and process.stderr.read() == ""
    process.stdout.close()
    process.stderr.close()


def test_watch_sees_a_new_file_in_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from fdc.compiler.cli.checking.watch import one_round
    from fdc.compiler.cli.main import parser_for

    (folder / "sub").mkdir()
    done = one_round(parser_for("check").parse_args(["--watch", "sub"]))
    assert done.status == 2 and done.stamps[Path("sub")] == watching.stamp(Path("sub"))
    (folder / "sub" / "a.fdl").write_text(GOOD)
    assert done.stamps[Path("sub")] != watching.stamp(Path("sub"))


# the cold path


def test_a_clean_check_imports_only_what_it_needs() -> None:
    kept_out = {
        "json",
        "difflib",
        "tempfile",
        "shutil",
        "importlib.metadata",
        "fdc.grammar.codes",
        "fdc.compiler.report.apply_fixes",
    }
    code = (
        "import sys; from fdc.compiler.cli.main import main; status = main(['check', 'good.fdl']); "
        f"print(status, sorted({kept_out!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout + done.stderr


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0 and capsys.readouterr().out.startswith("fdc ")
