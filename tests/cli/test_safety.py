"""`fdc check` is safe on a program that nobody has read: it runs nothing, writes nothing, connects to nothing and reads
only what the program names. Its commands run under an audit hook (`watched.py`), in a namespace without a network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from paths import ACCEPTED, EXAMPLES, REFUSED, ROOT, SUPPORT
from refused import PROGRAMS

from fdc.compiler.base import limits
from fdc.compiler.base import source as sources
from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.driver.pipeline import check
from fdc.compiler.report.render import render
from fdc.grammar.codes import CODES

WATCHED = SUPPORT / "processes" / "watched.py"
FORMATS = ("text", "concise", "json", "sarif", "github")
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What a terminal may obey."""


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    errors: str
    refused: list[str]


@cache
def without_network() -> tuple[str, ...]:
    """The words that start a command in a namespace with no interface, where that is possible; else none."""
    for words in (("unshare", "-n"), ("unshare", "-rn")):
        try:
            if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
                return words
        except OSError:
            continue
    return ()


def watched(
    commands: Sequence[dict[str, object]], libraries: Sequence[str] = ()
) -> tuple[list[Done], list[str]]:
    """The commands in one process, and the modules that are neither fdc's nor the standard library's."""
    done = subprocess.run(
        [*without_network(), sys.executable, "-B", str(WATCHED)],
        input=json.dumps({"commands": commands, "libraries": list(libraries)}),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return [Done(*d) for d in told["done"]], [m for m in told["imported"] if m != "fdc"]


def named_by(file: Path, here: Path) -> set[Path]:
    """What a program names, found without fdc: files that it imports, and JSON below the folders in its strings."""
    found: set[Path] = set()
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found |= {path, path.with_suffix(".layers.json")}
        for text in re.findall(r'"([^"\n]*)"', path.read_text("utf-8", "replace")):
            for base in (path.parent, here):
                place = Path(os.path.normpath(base / text))
                if text.endswith(".fdl"):
                    waiting.append(place)
                elif text and place.is_dir():
                    found |= set(place.rglob("*.json"))
    return found


def command(
    argv: Iterable[str | Path], here: Path, reads: Iterable[Path], stdin: str = ""
) -> dict[str, object]:
    return {
        "argv": [str(a) for a in argv],
        "here": str(here),
        "reads": [str(p) for p in reads],
        "stdin": stdin,
    }


def harmless(
    commands: Sequence[dict[str, object]],
    statuses: Iterable[int] = (0, 1, 2),
    libraries: Sequence[str] = (),
) -> list[Done]:
    """Runs commands that must do nothing that is refused, and give one of these statuses.

    `libraries` are imported before the watch begins: those with which fdc reads the manifest of a data set.
    """
    done, imported = watched(commands, libraries)
    assert set(imported) <= set(libraries)
    for c, d in zip(commands, done, strict=True):
        assert d.refused == [], c["argv"]
        assert d.status in statuses, (c["argv"], d.errors)
        assert "defect of fdc" not in d.errors and "Traceback" not in d.errors
    return done


# the watch itself


def test_the_watch_sees_what_it_must_refuse(tmp_path: Path) -> None:
    """Each of these is done where fdc is imported, and noted: a hook that notes nothing proves nothing."""
    wrong = {
        "open('/etc/hostname')": "opens",
        "open('x', 'w')": "to write",
        "import socket; socket.socket()": "socket.__new__",
        "import subprocess; subprocess.run(['true'])": "subprocess.Popen",
        "import os; os.system('true')": "os.system",
        "import os; os.remove('x')": "os.remove",
        "import os; os.mkdir('x')": "os.mkdir",
        "import os; os.listdir('/')": "lists",
        "import os; os.fork()": "os.fork",
        "import ctypes; ctypes.CDLL(None)": "ctypes.dlopen",
        "import numpy": "imports numpy",
        "import socket; socket.getaddrinfo('localhost', 80)": "socket.getaddrinfo",
    }
    for text, word in wrong.items():
        code = (
            f"import sys; sys.path.insert(0, {str(WATCHED.parent)!r})\n"
            "import watched; w = watched.Watch(); sys.addaudithook(w)\n"
            f"w.on = True\ntry:\n    {text}\nexcept watched.Refused: pass\nw.on = False\nprint(w.refused)"
        )
        done = subprocess.run(
            [sys.executable, "-B", "-c", code], capture_output=True, text=True, cwd=tmp_path
        )
        assert word in done.stdout, (text, done.stdout, done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_network() -> None:
    if not without_network():
        pytest.skip("no namespace without a network can be made here: the hook alone refuses sockets")
    code = "import socket; s = socket.socket(); s.settimeout(2); print(s.connect_ex(('192.0.2.1', 9)))"
    done = subprocess.run([*without_network(), sys.executable, "-c", code], capture_output=True, text=True)
    assert int(done.stdout) in (101, 113)  # no network, no way to the host


# what is there, checked in every way


@pytest.mark.slow
def test_every_command_that_only_reads() -> None:
    good = EXAMPLES
    files = [*good.glob("*.fdl"), *PROGRAMS[::25]]
    reads = {p for f in files for p in named_by(f, ROOT)}
    commands = [command(["check", *files, "--format", form], ROOT, reads) for form in FORMATS]
    commands += [
        command(["check", good], ROOT, [good]),
        command(["check", *files, "--explain"], ROOT, reads),
        command(["check", *files, "--watch"], ROOT, reads),
        command(["check", *files, "--diff", "--unsafe-fixes"], ROOT, reads),
        command(
            ["check", "-", "--stdin-filename", good / "x.fdl"], ROOT, reads, "import wan\nmethod m(a) { x = }"
        ),
        command(["check", good / "wan_dmd2.fdl", "--set", "train.steps=0"], ROOT, reads),
        command(["fmt", "--check", *files], ROOT, reads),
        command(["fmt", "--diff", *files], ROOT, reads),
        command(["--version"], ROOT, []),
        command(["check", "--help"], ROOT, []),
        *(command(["explain", code], ROOT, []) for code in [*CODES, "no-such-code"]),
    ]
    done = harmless(commands)
    assert {d.status for d in done} == {0, 1, 2}


@pytest.mark.slow
def test_programs_with_checkpoints_and_data_sets() -> None:
    folder = REFUSED
    files = [p for p in PROGRAMS if p.parent.name in ("checkpoints", "data")]
    done = harmless(
        [command(["check", f], folder, named_by(f, folder)) for f in files],
        (0, 1, 2),
        ["pydantic", "fdc.compiler.contracts.data_sets.manifest_file"],
    )
    told = "".join(d.out for d in done)
    assert "config-mismatch" in told and "data-mismatch" in told  # they were read


def test_programs_that_import_others() -> None:
    files = [f for f in sorted((ACCEPTED).glob("*.fdl")) if 'import "' in f.read_text()]
    assert files
    harmless([command(["check", f], ROOT, named_by(f, ROOT)) for f in files], (0,))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A program of a family of one's own, in a folder full of Python that would tell if it were run."""
    for name in ("wan.fdl", "mini.fdl"):
        found = next((ROOT / "families").glob(f"*/{name}"))
        shutil.copy(found, tmp_path / f"own_{name}")
    evil = "print('I was run')\nopen('written', 'w').write('by me')\nraise SystemExit(77)\n"
    for name in (
        "binding",
        "own_mini",
        "fdc",
        "torch",
        "json",
        "difflib",
        "__init__",
        "sitecustomize",
        "conftest",
    ):
        (tmp_path / f"{name}.py").write_text(evil)
    (tmp_path / "weights").mkdir()
    (tmp_path / "p.fdl").write_text(
        'import "./own_mini.fdl" as mini\nimport finetune\nprogram p {\n  sizes { F = 4, H = 16, W = 16 }\n'
        '  role student = mini("weights") { train = full }\n'
        '  data clips = shards("d") { clean: clean[student], text: student.text }\n'
        "  use finetune(student)\n  optimize student = adamw(lr = 1e-3)\n  train { steps = 10 }\n}\n"
    )
    return tmp_path


def test_a_familys_python_is_not_run(own: Path) -> None:
    before = sorted(own.rglob("*"))
    commands = [
        command(["check", "p.fdl", "own_wan.fdl", "--format", form], own, named_by(own / "p.fdl", own))
        for form in FORMATS
    ]
    for c in commands:
        c["reads"] = [*c["reads"], str(own / "own_wan.fdl"), str(own / "binding.py")]  # type: ignore[misc]
    for d in harmless(commands, (1,)):
        assert "I was run" not in d.out + d.errors
    assert sorted(own.rglob("*")) == before


def test_other_files_of_a_folder_are_not_opened(own: Path) -> None:
    """Weights, caches and links beside what is named; and nothing is made of folders that hold very many files."""
    weights = own / "weights"
    for name in ("transformer", "codec", "text_encoder"):
        shutil.copytree(ROOT / "families" / "mini" / "weights" / name, weights / name)
    for i in range(3000):
        (weights / f"shard-{i}.safetensors").touch()
    (weights / "model_index.json").symlink_to(ROOT / "families" / "mini" / "weights" / "model_index.json")
    reads = [own / "p.fdl", own / "own_mini.fdl", own / "binding.py", ROOT / "families" / "mini"]
    # of the components' weights the headers: what is in a file, and in which precision
    reads += [*weights.rglob("*.json"), *weights.glob("*/*.safetensors")]
    (d,) = harmless([command(["check", "p.fdl"], own, reads)], (0, 1))
    assert "config-mismatch" not in d.out, d.out


# paths in programs


PROGRAM = """\
import mini
program p {{
  sizes {{ F = 4, H = 16, W = 16 }}
  role student = mini({source}) {{ train = full }}
  data clips = {data} {{ prompt: str, video: pixels[b, 3, F, H, W] }}
  update student {{ loss a = mse(student.clean(batch), student.clean(batch)) }}
  optimize student = adamw(lr = 1e-3)
  train {{ steps = 10 }}
}}
"""
SECRET = "method secret_of_somebody(a) { hunter2 }"


def test_imports_of_what_is_no_program(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text(SECRET)
    (outside / "passwords.txt").write_text(SECRET)
    here = tmp_path / "here"
    here.mkdir()
    (here / "link.fdl").symlink_to(outside / "secret")
    (here / "text.fdl").symlink_to("../outside/passwords.txt")
    (here / "zero.fdl").symlink_to("/dev/zero")
    (here / "stdin.fdl").symlink_to("/dev/stdin")
    (here / "ring.fdl").symlink_to("ring.fdl")
    (here / "ring").symlink_to("ring")
    (here / "folder.fdl").mkdir()
    os.mkfifo(here / "pipe.fdl")
    with open(here / "huge.fdl", "wb") as f:
        f.truncate(50 << 30)
    (here / "bytes.fdl").write_bytes(b"\xff\xfe")
    (here / "closed").mkdir(mode=0)
    targets = [
        *(
            "./link.fdl",
            "./text.fdl",
            "./zero.fdl",
            "./stdin.fdl",
            "./ring.fdl",
            "./ring/a.fdl",
            "./folder.fdl",
        ),
        *(
            "./pipe.fdl",
            "./huge.fdl",
            "./bytes.fdl",
            "./closed/a.fdl",
            "../outside/secret",
            "../outside/passwords.txt",
        ),
        *(
            "../../../../../../etc/passwd",
            "/etc/passwd",
            "~/.netrc",
            "file:///etc/passwd",
            "https://example.org/a.fdl",
        ),
        *(
            "./a\\u{0}.fdl",
            "./\\u{1b}]0;x\\u{7}.fdl",
            "./a\\nb.fdl",
            "",
            ".",
            "./",
            "./.fdl",
            "/proc/self/environ",
        ),
        *(
            "./" + "a" * 5000 + ".fdl",
            "./" + "a/" * 5000 + "b.fdl",
            "/proc/self/fd/0.fdl",
            "./pipe.fdl/../pipe.fdl",
        ),
    ]
    (here / "p.fdl").write_text("".join(f'import "{t}" as m{i}\n' for i, t in enumerate(targets)))
    reads = [here / n for n in ("p.fdl", "huge.fdl", "bytes.fdl")]
    done = harmless([command(["check", "p.fdl", "--format", form], here, reads) for form in FORMATS], (1,))
    for d in done:
        assert "hunter2" not in d.out + d.errors and "root:" not in d.out
        assert not STEERING.search(d.out + d.errors)
    (found,) = (json.loads(d.out)["diagnostics"] for d, form in zip(done, FORMATS) if form == "json")
    assert len(found) == len(targets) and {d["code"] for d in found} == {"unknown-import"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "data"),
    [
        ('"/dev/zero"', 'folder("/dev/zero")'),
        ('"/proc/self"', 'shards("/proc/self")'),
        ('"/proc/self/fd"', 'shards("/dev/fd/0")'),
        ('"/dev"', 'shards("/dev/stdin")'),
        ('"pipe"', 'shards("pipe")'),
        ('"ring"', 'shards("ring")'),
        ('"/"', 'lines("pipe")'),
        ('"a\\u{0}b"', 'shards("a\\u{0}b")'),
        ('"~nobody-of-that-name/x"', 'shards("~nobody-of-that-name/x")'),
        ('"' + "a" * 5000 + '"', 'shards("' + "a/" * 5000 + '")'),
        ('""', 'shards("")'),
    ],
)
def test_sources_that_are_no_folders(source: str, data: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "ring").symlink_to("ring")
    (tmp_path / "p.fdl").write_text(PROGRAM.format(source=source, data=data))
    (d,) = harmless([command(["check", "p.fdl"], tmp_path, [tmp_path / "p.fdl"])], (0, 1))
    assert not STEERING.search(d.out + d.errors)


def test_a_component_lies_inside_of_the_checkpoint(tmp_path: Path) -> None:
    family = (ROOT / "families" / "mini" / "mini.fdl").read_text()
    (tmp_path / "config.json").write_text('{"token": "hunter2"}')
    program = PROGRAM.format(source='"weights"', data='shapes("d")')
    program = program.replace("import mini", 'import "./f.fdl" as mini')
    first = re.search(r"component \w+ = [\w.]+ \{", family)
    assert first is not None
    commands = []
    for n, folder in enumerate(("..", "../..", "/etc", "a/../..", "c:x", "a\\\\b")):
        here = tmp_path / str(n)
        here.mkdir()
        (here / "weights").mkdir()
        (here / "f.fdl").write_text(family.replace(first[0], f'{first[0]} subfolder = "{folder}", ', 1))
        (here / "p.fdl").write_text(program)
        commands.append(command(["check", "p.fdl"], here, [here / "p.fdl", here / "f.fdl"]))
    for d in harmless(commands, (1,)):
        assert "is a folder inside of the checkpoint" in d.out and "hunter2" not in d.out


def test_a_file_that_becomes_a_pipe_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, file = tmp_path / "pipe.fdl", tmp_path / "file.fdl"
    os.mkfifo(pipe)
    file.write_text("")
    before = os.stat(file)
    monkeypatch.setattr(sources.os, "stat", lambda *_: before)
    with pytest.raises(sources.NotAFile):
        sources.contents(pipe, 100)


def test_a_file_that_grows_is_read_up_to_a_size(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1000)
    assert sources.contents(tmp_path / "file", 10) == b"x" * 10


NAMES = [
    "a\nb.fdl",
    "\x1b[31mred.fdl",
    "\x1b]0;title\x07.fdl",
    "::error ::x.fdl",
    "a%0Ab.fdl",
    "\u202egnp.fdl",
    "\x9b2J.fdl",
    "a b,c:d.fdl",
]


@pytest.mark.slow
def test_no_name_of_a_file_steers_a_terminal(tmp_path: Path) -> None:
    commands: list[dict[str, object]] = []
    for n, name in enumerate(NAMES):
        here = tmp_path / str(n)
        here.mkdir()
        (here / name).write_text("import nothing\nmethod m(a) { x = nothing(y) }\n")
        escaped = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in name)
        (here / "p.fdl").write_text(f'import "./{escaped}" as other\nimport "./{escaped}.fdl"\n')
        files = [name, "p.fdl", f"{name}.missing", f"{name}/"]
        reads = [here / "p.fdl", here / name]
        commands += [command(["check", *files, "--format", form], here, reads) for form in FORMATS]
        commands += [
            command(["check", name, "--explain"], here, reads),
            command(["check", name, "--watch"], here, reads),
            command(["fmt", "--check", *files], here, reads),
            command(["check", name, "--set", f"{name}=1"], here, reads),
            command(["explain", name], here, []),
        ]
    for c, d in zip(commands, harmless(commands)):
        assert not STEERING.search(d.out + d.errors), (c["argv"], d)
        if "github" in str(c["argv"]):
            lines = d.out.rstrip("\n").split("\n")
            assert all(re.match(r"::(error|warning|notice) file=[^\s,:]", line) for line in lines)


def test_a_diff_on_a_terminal_steers_nothing(tmp_path: Path) -> None:
    import pty

    (tmp_path / "p.fdl").write_text(
        "method m(a) {\n  x = 1;\x1b[2J\n}\nprogram p { trian { } train { stpes = 1 } }\n"
    )
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "fdc.compiler.cli.main", "check", "--diff", "p.fdl"]
    subprocess.run(
        words, cwd=tmp_path, stdout=theirs, stderr=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"}
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 10_000):
            seen += part
    except OSError:
        pass
    assert b"@@" in seen and b"\x1b" not in seen


# many files


def found_in(folder: Path, files: dict[str, str]) -> tuple[Diagnostic, ...]:
    for name, text in files.items():
        (folder / name).write_text(text)
    found = check(folder / next(iter(files))).diagnostics
    render(found, "text", False, 80)
    return found


def test_files_that_import_two_that_import_two(tmp_path: Path) -> None:
    files = {f"f{i}.fdl": f'import "./f{i + 1}.fdl" as a\nimport "./f{i + 1}.fdl" as b\n' for i in range(40)}
    assert found_in(tmp_path, {**files, "f40.fdl": "method m(a) { }"})[-1].code == "unused-role"


def test_every_file_imports_every_other(tmp_path: Path) -> None:
    files = {f"f{i}.fdl": "".join(f'import "./f{j}.fdl"\n' for j in range(i + 1, 60)) for i in range(60)}
    assert found_in(tmp_path, files) == ()


def test_ten_thousand_imports(tmp_path: Path) -> None:
    text = "".join(f'import "./f{i}.fdl"\n' for i in range(10_000))
    files = {"p.fdl": text, **{f"f{i}.fdl": "" for i in range(400)}}
    found = found_in(tmp_path, files)
    assert 0 < len(found) < 300 and any("more than 256 files" in d.message for d in found)


@pytest.mark.parametrize("length", [1, 2, 3, 10, 63, 64, 65, 100])
def test_circles_of_imports(length: int, tmp_path: Path) -> None:
    files = {f"f{i}.fdl": f'import "./f{(i + 1) % length}.fdl"\n' for i in range(length)}
    (d,) = found_in(tmp_path, files)
    assert d.code == ("import-cycle" if length <= 64 else "unknown-import")


def test_many_words_in_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WORDS", limits.WORDS // 50)
    method = "".join(f"method m{i}(a) {{ x = f(a, 1) }}\n" for i in range(10))
    files = {
        "p.fdl": "".join(f'import "./f{i}.fdl"\n' for i in range(50)),
        **{f"f{i}.fdl": method for i in range(50)},
    }
    found = found_in(tmp_path, files)
    assert any("words" in d.message and d.code == "unknown-import" for d in found)


def test_a_file_of_several_names_is_one_module(tmp_path: Path) -> None:
    """Spaces are nominal: two copies of a declaration would be two spaces."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "s.fdl").write_text("method m(a) { update a { loss l = mse(a.clean(batch), nothing) } }")
    (tmp_path / "link.fdl").symlink_to("s.fdl")
    (tmp_path / "way").symlink_to(".")
    os.link(tmp_path / "s.fdl", tmp_path / "second.fdl")
    names = ("./s.fdl", "./link.fdl", "./way/s.fdl", "./inner/../s.fdl", "./second.fdl", "./way/way/link.fdl")
    (tmp_path / "p.fdl").write_text("".join(f'import "{n}" as m{i}\n' for i, n in enumerate(names)))
    checked = check(tmp_path / "p.fdl")
    assert len(checked.modules) == 2 and len(checked.diagnostics) == 1


def test_names_that_differ_in_case(tmp_path: Path) -> None:
    (tmp_path / "a.fdl").write_text("method m(a) { }")
    (tmp_path / "p.fdl").write_text('import "./a.fdl" as one\nimport "./A.fdl" as two\n')
    checked = check(tmp_path / "p.fdl")
    found = [d.code for d in checked.diagnostics]
    same = (tmp_path / "A.fdl").exists()
    assert (
        found == (["unused-role"] if same else ["unused-role", "unknown-import"])
        and len(checked.modules) == 2
    )
