"""The language server over its own protocol: each test speaks with a running `fdc lsp` as an editor does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import ROOT
from processes.editor import CAPABILITIES, METHOD, PROGRAM, Editor, Refused, place, quiet

from fdc.compiler.driver.pipeline import check
from fdc.compiler.report.render import render

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work").resolve()


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Editor]:
    editor = Editor(root, CAPABILITIES)
    yield editor
    assert editor.stop() == 0


@pytest.fixture
def editor(server: Editor) -> Iterator[Editor]:
    """The running server, with no file open before and after."""
    yield from quiet(server)


# the server


def test_it_says_what_it_offers(editor: Editor) -> None:
    offered = editor.capabilities
    assert offered["textDocumentSync"]["change"] == 2
    assert offered["positionEncoding"] == "utf-16"
    assert offered["renameProvider"] == {"prepareProvider": True}
    assert "source.fixAll.fdl" in offered["codeActionProvider"]["codeActionKinds"]
    for feature in ("hover", "definition", "references", "documentHighlight", "documentSymbol", "inlayHint"):
        assert offered[f"{feature}Provider"]
    for feature in ("completion", "signatureHelp", "foldingRange", "documentFormatting"):
        assert offered[f"{feature}Provider"] is not None


def test_without_the_extra_it_names_the_extra() -> None:
    code = "import sys; sys.modules['pygls'] = None; from fdc.compiler.cli.main import main; sys.exit(main(['lsp']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert done.stderr == "fdc: the language server needs pygls: pip install 'fdc[lsp]'\n"
    assert not done.stdout


def test_it_ends_with_its_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fdc.compiler.cli.main", "lsp"], capture_output=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0


def test_a_log_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "lsp.log"
    editor = Editor(
        tmp_path, command=(sys.executable, "-m", "fdc.compiler.cli.main", "lsp", "--log", str(log))
    )
    assert editor.stop() == 0
    assert "INFO" in log.read_text()
    assert not editor.errors


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "fdc.compiler.cli.main",
        "lsp",
        "--log",
        str(tmp_path / "no" / "lsp.log"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "cannot be written: No such file or directory" in done.stderr


def test_no_other_command_imports_what_the_server_needs() -> None:
    code = (
        "import sys; from fdc.compiler.cli.main import main; "
        f"status = main(['check', {str(ROOT / 'programs' / 'wan_dmd2.fdl')!r}]); "
        "sys.exit(status or len({'pygls', 'lsprotocol', 'attrs', 'asyncio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


# diagnostics


def test_diagnostics_are_those_of_fdc_check(editor: Editor, root: Path) -> None:
    text = PROGRAM.replace("F = 81", "F = 80").replace("critic) {", "critc) {")
    found = editor.open("same.fdl", text)
    (root / "same.fdl").write_text(text)
    printed = json.loads(render(check(root / "same.fdl").diagnostics, "json", False, 80))["diagnostics"]
    assert [(d["code"], d["range"]["start"]["line"] + 1) for d in found] == [
        (d["code"], d["line"]) for d in printed
    ]
    size = next(d for d in found if d["code"] == "size-not-accepted")
    assert size["source"] == "fdc" and size["severity"] == 1
    assert size["message"].splitlines() == [
        "`wan` does not accept F = 80",
        "help: the nearest sizes that fit are 77 and 81",
    ]
    (label,) = size["relatedInformation"]
    assert label["message"] == "it accepts F = 4*k + 1"
    assert label["location"]["uri"] == (ROOT / "families" / "wan" / "wan.fdl").as_uri()
    (root / "same.fdl").unlink()


def test_they_follow_the_text_as_it_is_typed(editor: Editor) -> None:
    assert editor.open("typed.fdl", PROGRAM) == []
    line, character = place(PROGRAM, "81")
    start = {"line": line, "character": character}
    end = {"line": line, "character": character + 2}
    editor.change("typed.fdl", {"range": {"start": start, "end": end}, "text": ""})
    editor.change("typed.fdl", {"range": {"start": start, "end": start}, "text": "8"})
    after = {"line": line, "character": character + 1}
    editor.change("typed.fdl", {"range": {"start": after, "end": after}, "text": "0"})
    (found,) = editor.diagnostics("typed.fdl")
    assert found["code"] == "size-not-accepted"
    told = [
        m["params"]["version"]
        for m in editor.messages
        if m["method"] == "textDocument/publishDiagnostics" and m["params"]["uri"].endswith("typed.fdl")
    ]
    assert told == sorted(told) and told[-1] == 4
    assert editor.write("typed.fdl", PROGRAM) == []


def test_several_changes_in_one_message_are_made_in_order(editor: Editor) -> None:
    editor.open("several.fdl", "program p {\n")
    at = {"line": 1, "character": 0}
    editor.change(
        "several.fdl",
        {"text": "method m(student) {\n"},
        {"range": {"start": at, "end": at}, "text": "  param x = 1\n}\n"},
    )
    (found,) = [d for d in editor.diagnostics("several.fdl") if d["code"] == "dead-setting"]
    assert found["range"]["start"] == {"line": 1, "character": 8}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_positions_are_exact_behind_wide_and_astral_characters(tmp_path: Path, encoding: str) -> None:
    """In the code units that the client asks for, with line ends of both kinds and one that is none."""
    editor = Editor(tmp_path, {"general": {"positionEncodings": [encoding]}})
    assert editor.capabilities["positionEncoding"] == encoding

    def wide(text: str) -> int:
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
        return len(text.encode(codec)) // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]

    before = '  assert true, "画😀é" param '
    text = f"# 😀 \u2028 \x0c\r\nmethod m(student) {{\n{before}unread = 1\r\n}}\n".replace("\x0c", "")
    (dead,) = [d for d in editor.open("wide.fdl", text) if d["code"] == "dead-setting"]
    assert dead["range"]["start"] == {"line": 2, "character": wide(before)}
    assert dead["range"]["end"] == {"line": 2, "character": wide(before + "unread")}
    start = {"line": 2, "character": wide('  assert true, "画')}
    end = {"line": 2, "character": wide('  assert true, "画😀é')}
    editor.change("wide.fdl", {"range": {"start": start, "end": end}, "text": "y"})
    (dead,) = [d for d in editor.diagnostics("wide.fdl") if d["code"] == "dead-setting"]
    assert dead["range"]["start"] == {"line": 2, "character": wide('  assert true, "画y" param ')}
    assert editor.stop() == 0


def test_what_nothing_reads_is_faded(editor: Editor) -> None:
    text = METHOD.replace("    t ~ times\n", "    t ~ times\n    idle = 1\n")
    (found,) = editor.open("faded.fdl", text)
    assert found["code"] == "unused-binding" and found["severity"] == 2 and found["tags"] == [1]
    (found,) = editor.write("faded.fdl", METHOD.replace("param times", "param idle = 2\n  param times"))
    assert found["code"] == "dead-setting" and found["tags"] == [1]


def test_files_that_import_the_changed_one_are_checked_again(editor: Editor) -> None:
    method = METHOD.replace("student, teacher", "student").replace(
        "teacher.x0(xt, t, teacher.cond(batch))", "x0"
    )
    assert editor.open("mine.fdl", method) == []
    user = (
        PROGRAM.replace("  allow(unseen-levels)\n", "")
        .replace("import dmd2", 'import "./mine.fdl"')
        .replace("use dmd2(student, teacher, critic)", "use mine(student)")
    )
    user = (
        user[: user.index("{ steps = ticks")]
        + "{ times = uniform(0.1, 0.9) }\n"
        + user[user.index("\n  optimize") :]
    )
    user = user.replace('  role teacher = wan.t2v_14b("large")\n', "").replace(
        "  optimize critic = adamw(lr = 8e-6)\n", ""
    )
    user = user.replace('  role critic = wan.t2v_1_3b("small") { train = full }\n', "")
    assert editor.open("user.fdl", user) == []
    editor.change("mine.fdl", {"text": method.replace("times", "levels")})
    (found,) = editor.wait(lambda: editor.told[editor.uri("user.fdl")]["diagnostics"])
    assert found["code"] == "unknown-parameter" and "`tune` has no parameter `times`" in found["message"]
    editor.change("mine.fdl", {"text": method})
    editor.wait(lambda: not editor.told[editor.uri("user.fdl")]["diagnostics"])


def test_an_imported_file_that_is_not_open_has_its_errors_told(editor: Editor, root: Path) -> None:
    (root / "beside.fdl").write_text(METHOD.replace("param times", "param idle = 2\n  param times"))
    found = editor.open("imports.fdl", 'import "./beside.fdl"\n')
    assert found == []
    told = editor.wait(lambda: editor.told.get(editor.uri("beside.fdl")))
    assert [d["code"] for d in told["diagnostics"]] == ["dead-setting"] and told.get("version") is None
    editor.close("imports.fdl")
    editor.wait(lambda: not editor.told[editor.uri("beside.fdl")]["diagnostics"])
    (root / "beside.fdl").unlink()


def test_an_import_that_is_deleted_is_told_once_the_editor_says_so(editor: Editor, root: Path) -> None:
    (root / "gone.fdl").write_text(METHOD)
    assert editor.open("wants.fdl", 'import "./gone.fdl"\n') == []
    (root / "gone.fdl").unlink()
    change = {"uri": editor.uri("gone.fdl"), "type": 3}
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    (found,) = editor.wait(lambda: editor.told[editor.uri("wants.fdl")]["diagnostics"])
    assert found["code"] == "unknown-import" and "there is no file `gone.fdl`" in found["message"]
    (root / "gone.fdl").mkdir()
    editor.notify("textDocument/didSave", {"textDocument": {"uri": editor.uri("wants.fdl")}})
    editor.wait(
        lambda: any(
            "not a regular file" in d["message"] for d in editor.told[editor.uri("wants.fdl")]["diagnostics"]
        )
    )
    (root / "gone.fdl").rmdir()


def test_files_that_import_each_other_are_told(editor: Editor) -> None:
    editor.open("one.fdl", 'import "./two.fdl"\n')
    found = editor.open("two.fdl", 'import "./one.fdl"\n')
    assert [d["code"] for d in found] == ["import-cycle"]
    editor.wait(
        lambda: [d["code"] for d in editor.told[editor.uri("one.fdl")]["diagnostics"]] == ["import-cycle"]
    )


def test_a_closed_file_is_told_no_more(editor: Editor) -> None:
    assert editor.open("closed.fdl", "program p {\n") != []
    editor.close("closed.fdl")
    editor.wait(lambda: editor.told[editor.uri("closed.fdl")]["diagnostics"] == [])


def test_data_is_looked_for_in_the_folder_that_is_open(tmp_path: Path) -> None:
    root = tmp_path / "work"
    (root / "out").mkdir(parents=True)
    (root / "out" / "manifest.json").write_text("{}")
    editor = Editor(root, working_folder=tmp_path)
    stored = 'data d = shards("out") { clean: clean[student], text: student.text }'
    text = PROGRAM.replace(PROGRAM[PROGRAM.index("data clips") : PROGRAM.index("\n\n  use")], stored)
    found = editor.open("stored.fdl", text)
    assert [d["code"] for d in found] == ["data-mismatch"]
    assert editor.stop() == 0


def test_a_text_that_was_never_saved_is_checked(editor: Editor) -> None:
    document = {"uri": "untitled:Untitled-1", "languageId": "fdl", "version": 1, "text": "programm p {}\n"}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    told = editor.wait(lambda: editor.told.get("untitled:Untitled-1"))
    assert [d["code"] for d in told["diagnostics"]] == ["syntax"]
    editor.notify("textDocument/didClose", {"textDocument": {"uri": "untitled:Untitled-1"}})


# robustness


def test_a_mistake_in_one_request_ends_nothing(editor: Editor) -> None:
    editor.open("steady.fdl", PROGRAM)
    with pytest.raises(Refused):
        editor.request("fdc/nothing", {})
    editor.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": "file:///not/open.fdl", "version": 3}, "contentChanges": [{"text": "x"}]},
    )
    assert editor.at("hover", "steady.fdl", *place(PROGRAM, "student")) is not None


def test_an_exception_is_logged_and_answered_and_the_server_goes_on(tmp_path: Path) -> None:
    code = (
        "import fdc.compiler.lsp.features.hover as h, fdc.compiler.driver.pipeline as p\n"
        "import fdc.compiler.lsp.workspace as w, sys\n"
        "def broken(*a, **k): raise ZeroDivisionError('a test')\n"
        "h.hover = broken\n"
        "real = w.check_source\n"
        "w.check_source = lambda s, *a, **k: broken() if 'defect' in s.text else real(s, *a, **k)\n"
        "from fdc.compiler.cli.main import main; sys.exit(main(['lsp']))"
    )
    editor = Editor(tmp_path, command=(sys.executable, "-c", code))
    editor.open("a.fdl", PROGRAM)
    with pytest.raises(Refused, match="a test"):
        editor.at("hover", "a.fdl", 0, 8)
    (found,) = editor.write("a.fdl", "# defect\n" + PROGRAM)
    assert "by a defect of fdc itself" in found["message"]
    assert editor.write("a.fdl", PROGRAM) == []
    assert editor.about("documentSymbol", "a.fdl")
    assert editor.stop() == 0
    assert b"ZeroDivisionError: a test" in editor.errors


def test_requests_about_files_that_are_not_open_are_answered(editor: Editor) -> None:
    for method in ("hover", "definition", "completion", "signatureHelp", "documentHighlight"):
        answer = editor.at(method, "nowhere.fdl", 0, 0)
        assert not answer or not answer.get("items", [])
    for method in ("documentSymbol", "foldingRange", "formatting"):
        assert not editor.about(method, "nowhere.fdl", options={"tabSize": 2, "insertSpaces": True})
