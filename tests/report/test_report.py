"""Reports: the text that the language's own page shows, and documents that tools accept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from paths import REFUSED, TESTS
from refused import PROGRAMS

from fdc.compiler.base.diagnostics import Diagnostic, Fix, Label
from fdc.compiler.base.source import Source, Span
from fdc.compiler.driver.pipeline import check
from fdc.compiler.report.failure import render_failure
from fdc.compiler.report.render import Format, render
from fdc.compiler.report.text import summary
from fdc.compiler.syntax.parser import parse
from fdc.grammar.codes import explain

SOME = PROGRAMS[::12]
LINE = "    loss flow = mse(critic.predict(xt, t, critic.cond(batch)), x0 - eps)"
PROGRAM = Source("dmd2.fdl", "\n" * 28 + LINE + "\n  y = 1\n\n\n  z = 2\n")
FAMILY = Source("wan.fdl", "family wan {\n  predict\t= 漢字 eps - x0\n}\n")


def at(source: Source, text: str) -> Span:
    start = source.text.index(text)
    return Span(source, start, start + len(text))


SIGN = Diagnostic(
    "sign-mismatch",
    "this loss compares a velocity with its negative",
    at(PROGRAM, "x0 - eps"),
    "x0 − ε",
    (
        Label(
            at(PROGRAM, "critic.predict(xt, t, critic.cond(batch))"),
            "ε − x0, which is what `wan` predicts (wan.fdl:19)",
        ),
    ),
    help="swap the operands",
    fixes=(Fix("swap", at(PROGRAM, "x0 - eps"), "eps - x0"),),
)
LINT = Diagnostic("unused-binding", "nothing reads `y`", at(PROGRAM, "y"))


def text(*found: Diagnostic, width: int = 100, color: bool = False) -> list[str]:
    return render(found, "text", color, width).split("\n")


def test_the_example_of_the_language() -> None:
    assert text(SIGN) == [
        "error[sign-mismatch]: this loss compares a velocity with its negative",
        "  --> dmd2.fdl:29:64",
        "   |",
        "29 |     loss flow = mse(critic.predict(xt, t, critic.cond(batch)), x0 - eps)",
        "   |                     -----------------------------------------  ^^^^^^^^ x0 − ε",
        "   |                     |",
        "   |                     ε − x0, which is what `wan` predicts (wan.fdl:19)",
        "   = help: swap the operands",
        "   |     loss flow = mse(critic.predict(xt, t, critic.cond(batch)), eps - x0)",
        "",
        "1 error",
    ]


def test_several_lines_files_and_facts() -> None:
    found = Diagnostic(
        "dim-mismatch",
        "other",
        at(PROGRAM, "mse"),
        "here",
        (
            Label(at(PROGRAM, "x0"), "x"),
            Label(at(PROGRAM, "loss"), "l"),
            Label(at(PROGRAM, "y"), "next line"),
            Label(at(PROGRAM, "z"), "far below"),
            Label(at(FAMILY, "eps - x0"), "elsewhere"),
        ),
        facts=("F = 81 from dmd2.fdl:5",),
        help="do this",
    )
    assert text(found) == [
        "error[dim-mismatch]: other",
        "  --> dmd2.fdl:29:17",
        "   |",
        "29 |     loss flow = mse(critic.predict(xt, t, critic.cond(batch)), x0 - eps)",
        "   |     ----        ^^^                                            -- x",
        "   |     |           |",
        "   |     |           here",
        "   |     l",
        "30 |   y = 1",
        "   |   - next line",
        "...",
        "33 |   z = 2",
        "   |   - far below",
        "  ::: wan.fdl:2:16",
        "   |",
        " 2 |   predict   = 漢字 eps - x0",
        "   |                    -------- elsewhere",
        "   = note: F = 81 from dmd2.fdl:5",
        "   = help: do this",
        "",
        "1 error",
    ]


def test_nested_and_equal_places() -> None:
    outer, inner = at(PROGRAM, "critic.predict(xt, t, critic.cond(batch))"), at(PROGRAM, "critic.cond(batch)")
    lines = text(
        Diagnostic("dim-mismatch", "m", inner, "inner", (Label(outer, "outer"), Label(inner, "too")))
    )
    assert lines[4:8] == [
        "   |                     ----------------------^^^^^^^^^^^^^^^^^^- outer",
        "   |                                           |",
        "   |                                           inner",
        "   |                                           too",
    ]


def test_empty_places_and_the_end() -> None:
    source = Source("a.fdl", "import\nx = [\n  1\n]\n")
    for span, column, marks in (
        (Span(source, 6, 6), 7, "      ^ m"),
        (Span(source, 6, 7), 7, "      ^ m"),
        (Span(source, 19, 19), 1, "^ m"),
    ):
        lines = text(Diagnostic("syntax", "s", span, "m"))
        assert lines[1].endswith(f":{column}")
        assert lines[4] == f"  | {marks}"


def test_places_over_lines_are_joined_from_first_to_last() -> None:
    source = Source("a.fdl", "x = f(a,\n  b + 1,\n  c,\n  d)\ny = [\n  1]\n")
    outer = at(source, "f(a,\n  b + 1,\n  c,\n  d)")
    found = Diagnostic("type-mismatch", "m", outer, "the call", (Label(at(source, "b"), "this"),))
    assert text(found)[1:-2] == [
        " --> a.fdl:1:5",
        "  |",
        "1 |   x = f(a,",
        "  |  _____^",
        "2 | |   b + 1,",
        "  | |   - this",
        "3 | |   c,",
        "4 | |   d)",
        "  | |____^ the call",
    ]
    whole = Span(source, 0, outer.end)
    assert text(Diagnostic("type-mismatch", "m", whole, "all", (Label(outer, "inner"),)))[3:-2] == [
        "1 | /   x = f(a,",
        "  | |  _____-",
        "... | |",
        "4 | | |   d)",
        "  | |_|____^ all",
        "  |   |____- inner",
    ]
    apart = Diagnostic("type-mismatch", "m", outer, "one", (Label(at(source, "[\n  1]"), "other"),))
    assert text(apart)[3:-2] == [
        "1 |   x = f(a,",
        "  |  _____^",
        "... |",
        "4 | |   d)",
        "  | |____^ one",
        "5 |   y = [",
        "  |  _____-",
        "6 | |   1]",
        "  | |____- other",
    ]


def test_of_a_block_over_lines_the_head_is_marked() -> None:
    source = Source("a.fdl", 'graph g(b) {\n  for i in 0 .. k {  # "rounds"\n    x = i\n  }\n}\n')
    loop = Span(source, source.text.index("for"), source.text.rindex("}", 0, -3) + 1)
    assert text(Diagnostic("noise-start", "m", loop, "this loop"))[3:-2] == [
        '2 |   for i in 0 .. k {  # "rounds"',
        "  |   ^^^^^^^^^^^^^^^ this loop",
    ]


def test_characters_take_the_columns_that_a_terminal_gives_them() -> None:
    # combining letters, a Hangul syllable in parts, a picture with its selector, letters from right to left
    for before, width in (
        ("e\u0301", 1),
        ("\u1112\u1161\u11ab", 2),
        ("\u2764\ufe0f", 1),
        ("\u05e9\u05dc", 2),
    ):
        source = Source("a.fdl", f'x = "{before}" + wrong\r\n')
        lines = text(Diagnostic("unknown-name", "m", at(source, "wrong"), "n"))
        assert lines[3] == f'1 | x = "{before}" + wrong'
        assert lines[4] == "  |     " + " " * (5 + width) + "^^^^^ n", before


MESSAGE = (
    "`c` of `teacher.x0` wants `embeds: bf16[b, 256, 4096]`, and this record has another one of 512 rows"
)
SETTING = Source("run.fdl", '  role student = wan.t2v("x") { train = full, precision = bf16 }\n')
NARROW = Diagnostic(
    "record-mismatch",
    MESSAGE,
    at(SETTING, "bf16"),
    "a typical weight of 0.02 moves only from about 6e-05 on",
    (Label(at(SETTING, "train = full"), "trained here"), Label(at(SETTING, "role"), "declared")),
    facts=("F = 81 from a_file_with_a_long_name_that_cannot_be_broken.fdl:5",),
    help="encode the text anew with the encoder that `teacher` takes",
)
GOLDEN = {
    40: """\
error[record-mismatch]: `c` of
    `teacher.x0` wants `embeds: bf16[b,
    256, 4096]`, and this record has
    another one of 512 rows
 --> run.fdl:1:59
  |
1 | … { train = full, precision = bf16 }
  | -   ------------              ^^^^
  | |   |                         |
  | |   | a typical weight of 0.02 moves
  | |   | only from about 6e-05 on
  | |   trained here
  | declared (column 3)
  = note: F = 81 from
          a_file_with_a_long_name_that_cannot_be_broken.fdl:5
  = help: encode the text anew with the
          encoder that `teacher` takes

1 error""",
    70: """\
error[record-mismatch]: `c` of `teacher.x0` wants `embeds: bf16[b,
    256, 4096]`, and this record has another one of 512 rows
 --> run.fdl:1:59
  |
1 |   role student = wan.t2v("x") { train = full, precision = bf16 }
  |   ----                          ------------              ^^^^
  |   |                             |                         |
  |   |                             | a typical weight of 0.02 moves
  |   |                             | only from about 6e-05 on
  |   |                             trained here
  |   declared
  = note: F = 81 from
          a_file_with_a_long_name_that_cannot_be_broken.fdl:5
  = help: encode the text anew with the encoder that `teacher` takes

1 error""",
    140: """\
error[record-mismatch]: `c` of `teacher.x0` wants `embeds: bf16[b, 256, 4096]`, and this record has another one of 512 rows
 --> run.fdl:1:59
  |
1 |   role student = wan.t2v("x") { train = full, precision = bf16 }
  |   ----                          ------------              ^^^^ a typical weight of 0.02 moves only from about 6e-05 on
  |   |                             |
  |   |                             trained here
  |   declared
  = note: F = 81 from a_file_with_a_long_name_that_cannot_be_broken.fdl:5
  = help: encode the text anew with the encoder that `teacher` takes

1 error""",
}


@pytest.mark.parametrize("width", GOLDEN)
def test_everything_is_wrapped_to_the_terminal(width: int) -> None:
    assert "\n".join(text(NARROW, width=width)) == GOLDEN[width]


def test_a_place_at_the_end_of_a_long_line_is_seen() -> None:
    source = Source("a.fdl", "x = f(" + "a + " * 30 + "b\n")
    end = len(source.text) - 1
    found = Diagnostic(
        "syntax", "m", Span(source, end, end), "`)` is missing", (Label(at(source, "("), "opened here"),)
    )
    lines = text(found, width=60)
    assert lines[3].endswith(" + b") and lines[4].index("^") == len(lines[3])
    assert any("opened here (column 6)" in line for line in lines)


def test_a_line_of_megabytes_costs_no_more_than_its_part_that_is_shown() -> None:
    source = Source("a.fdl", "x = [" + "y, " * 1_000_000 + "]\n")
    places = [Span(source, n, n + 1) for n in range(5, 3_000_000, 100_000)]
    found = [Diagnostic("unknown-name", "m", p, "n", fixes=(Fix("t", p, "z"),)) for p in places]
    lines = text(*found)
    assert max(map(len, lines)) <= 100 and sum("^" in line for line in lines) == len(places)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_long_lines_are_cut_around_the_place(width: int) -> None:
    source = Source("a.fdl", "x = f(" + "a + " * 60 + "wrong" + " + b" * 60 + ")\n")
    wrong = at(source, "wrong")
    lines = text(Diagnostic("unknown-name", "m", wrong, fixes=(Fix("t", wrong, "right"),)), width=width)
    shown, marks, fixed = lines[3], lines[4], lines[6]
    assert len(shown) <= width and len(fixed) <= width
    assert shown[4] == "…" and shown[-1] == "…"
    start = marks.index("^")
    assert shown[start : start + 5] == "wrong" and marks.count("^") == 5
    assert "right" in fixed


def test_no_line_ends_in_a_space_and_no_text_steers_the_terminal() -> None:
    source = Source("a\x1b[2J.fdl", "x = \x1b[31m\x07   \n")
    found = Diagnostic("syntax", "bad \x1b]0;x\x07 text\nmore", Span(source, 4, 9), "\x9b31m")
    for format in ("text", "concise"):
        said = render([found], format, False, 80)
        assert all(ord(c) >= 32 or c == "\n" for c in said) and "\x9b" not in said
        assert all(line == line.rstrip() for line in said.split("\n"))


def test_colour_changes_no_letter() -> None:
    import re

    coloured = "\n".join(text(SIGN, LINT, color=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == "\n".join(text(SIGN, LINT))
    assert "\x1b" not in "\n".join(text(SIGN, LINT))


def test_summary() -> None:
    assert summary([SIGN, SIGN, LINT]) == "2 errors, 1 warning"
    assert render([], "text", False, 80) == ""
    assert text(LINT)[-1] == "1 warning"


def test_an_inserted_line_is_shown_with_its_neighbour() -> None:
    (found,) = parse(Source("a.fdl", "program p {\n  mesh { shard = 1\n  train { steps = 1 }\n}\n"))[1]
    lines = text(found)
    assert lines[-4:-2] == ["  = help: close it with `}`", "  |   mesh { shard = 1 }"]


def test_concise() -> None:
    assert render([SIGN, LINT], "concise", False, 20) == (
        "dmd2.fdl:29:64: error[sign-mismatch]: this loss compares a velocity with its negative\n"
        "dmd2.fdl:30:3: warning[unused-binding]: nothing reads `y`"
    )


def test_json() -> None:
    document = json.loads(render([SIGN], "json", False, 80))
    (found,) = document["diagnostics"]
    place = {"path": "dmd2.fdl", "line": 29, "column": 64, "end_line": 29, "end_column": 72}
    assert {k: found[k] for k in place} == place
    assert (found["code"], found["severity"], found["help"]) == (
        "sign-mismatch",
        "error",
        "swap the operands",
    )
    assert found["message"] == SIGN.message
    assert found["labels"][0]["column"] == 21 and found["labels"][0]["message"] == SIGN.labels[0].text
    start = PROGRAM.text.index("x0 - eps")
    place |= {"offset": start, "end_offset": start + 8}
    assert found["fixes"] == [{"title": "swap", "safe": False, "text": "eps - x0", **place}]
    assert json.loads(render([], "json", False, 80)) == {"diagnostics": []}


SCHEMA = json.loads((TESTS / "schemas" / "sarif-2.1.0.json").read_text())


def sarif(*found: Diagnostic) -> dict[str, Any]:
    """The log's only run; the log is held against the standard's own schema."""
    log = json.loads(render(found, "sarif", False, 80, version="1.2.3"))
    Draft7Validator(SCHEMA, format_checker=FormatChecker()).validate(log)
    (run,) = log["runs"]
    return run


def test_sarif(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = Source(str(tmp_path / "my programs" / "a.fdl"), "x\ny\n")
    found = Diagnostic("syntax", "s", Span(source, 0, 3), "n", (Label(Span(source, 2, 3), "l"),))
    run = sarif(found, SIGN)
    assert run["tool"]["driver"]["version"] == "1.2.3"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    first, second = run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "my%20programs/a.fdl", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 2}
    assert first["relatedLocations"][0]["message"]["text"] == "l"
    (change,) = second["fixes"][0]["artifactChanges"]
    (edit,) = change["replacements"]
    assert edit["insertedContent"]["text"] == "eps - x0" and edit["deletedRegion"]["startColumn"] == 64
    assert sarif()["results"] == []


def test_sarif_names_a_file_elsewhere_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    source = Source("library.fdl", "x\n", tmp_path / "a b" / "library.fdl")
    (result,) = sarif(Diagnostic("syntax", "s", Span(source, 0, 1)))["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": (tmp_path / "a b" / "library.fdl").as_uri()}
    (found,) = json.loads(render([Diagnostic("syntax", "s", Span(source, 0, 1))], "json", False, 80))[
        "diagnostics"
    ]
    assert found["path"] == str(tmp_path / "a b" / "library.fdl")


def test_sarif_rules_say_what_fdc_explain_says() -> None:
    (rule,) = sarif(LINT)["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"]["level"] == "warning" and "helpUri" not in rule
    assert rule["help"]["text"] == explain("unused-binding")
    assert rule["help"]["markdown"].startswith("# unused-binding: ") and "```fdl" in rule["help"]["markdown"]
    assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"]
    assert sarif(Diagnostic("of-tomorrow", "m", LINT.span))["tool"]["driver"]["rules"][0]["help"]["text"]


def test_sarif_knows_a_mistake_again_after_its_line_has_moved() -> None:
    def prints(text: str) -> list[str]:
        source = Source("a.fdl", text)
        spots = [n for n in range(len(text)) if text.startswith("bad", n)]
        found = [Diagnostic("unknown-name", "m", Span(source, n, n + 3)) for n in spots]
        return [r["partialFingerprints"]["primaryLocationLineHash"] for r in sarif(*found)["results"]]

    before = prints("x = bad\ny = bad\nx = bad\n")
    assert prints("# new\n\n  x = bad\ny = bad\nx =  bad\n") == before
    assert len(set(before)) == 3 and prints("z = bad\n")[0] not in before


@pytest.mark.slow
def test_sarif_of_refused_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REFUSED)
    found = [d for path in SOME for d in check(path, str(path.relative_to(REFUSED))).diagnostics]
    assert len(found) >= len(SOME)
    sarif(*found)


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_of_a_report_is_wider_than_the_terminal(width: int) -> None:
    for path in SOME:
        found = check(path, path.name).diagnostics
        for line in text(*found, width=width):
            words = line.replace("= note: ", "").replace("= help: ", "").split()
            assert len(line) <= width or len(words) == 1 or "--> " in line or "::: " in line, (path, line)


def test_github_annotations() -> None:
    (first,) = render([SIGN], "github", False, 80).split("\n")
    head, message = first.split("::", 2)[1:]
    assert head == "error file=dmd2.fdl,line=29,endLine=29,col=64,endColumn=71,title=sign-mismatch"
    assert message.startswith(SIGN.message + "%0A") and message.endswith("help: swap the operands")
    source = Source("a,b:c.fdl", "x\ny\n")
    said = render([Diagnostic("unused-binding", "50%", Span(source, 0, 3))], "github", False, 80)
    assert said == "::warning file=a%2Cb%3Ac.fdl,line=1,endLine=2,title=unused-binding::50%25"


@pytest.mark.parametrize("format", ["text", "concise", "json", "sarif", "github"])
def test_every_format_takes_every_parser_error(format: Format) -> None:
    for broken in (
        "",
        "(",
        "method m(a",
        '"',
        "import\n\n\n",
        "\t\t}",
        "é",
        "program p {\r\n  train { x = 'a\r\n}\r\n",
    ):
        found = parse(Source("a.fdl", broken))[1]
        assert isinstance(render(found, format, True, 40), str)


def test_failures_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "p.fdl"
    path.write_text("program p {\n  train { steps = 1 }\n}\n")
    said = render_failure(
        "missing-file", "no clips", (path, 2), ("seed = 0 from p.fdl:2",), "make some", False
    )
    assert said.split("\n") == [
        "error[missing-file]: no clips",
        f" --> {path}:2",
        "  |",
        "2 |   train { steps = 1 }",
        "  |   ^^^^^^^^^^^^^^^^^^^",
        "  = note: seed = 0 from p.fdl:2",
        "  = help: make some",
    ]
    for place in (None, (tmp_path / "gone.fdl", 3), (path, 99)):
        assert render_failure("missing-file", "no clips", place, (), None, False).startswith(
            "error[missing-file]"
        )
