"""Reports: the text that the language's own page shows, and documents that tools accept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fdc.compiler.diagnostics import Diagnostic, Fix, Label
from fdc.compiler.parse import parse
from fdc.compiler.report import Format, render, render_failure, summary
from fdc.compiler.source import Source, Span

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
        "   = F = 81 from dmd2.fdl:5",
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


def test_empty_places_places_over_lines_and_at_the_end() -> None:
    source = Source("a.fdl", "import\nx = [\n  1\n]\n")
    for span, column, marks in (
        (Span(source, 6, 6), 7, "      ^ m"),
        (Span(source, 11, 18), 5, "    ^ m"),
        (Span(source, 19, 19), 1, "^ m"),
    ):
        lines = text(Diagnostic("syntax", "s", span, "m"))
        assert lines[1].endswith(f":{column}")
        assert lines[4] == f"  | {marks}"


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
    assert found["fixes"] == [{"title": "swap", "safe": False, "text": "eps - x0", **place}]
    assert json.loads(render([], "json", False, 80)) == {"diagnostics": []}


def test_sarif(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = Source(str(tmp_path / "my programs" / "a.fdl"), "x\ny\n")
    found = Diagnostic("syntax", "s", Span(source, 0, 3), "n", (Label(Span(source, 2, 3), "l"),))
    document = json.loads(render([found, SIGN], "sarif", False, 80))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    first, second = run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20programs/a.fdl"
    assert place["region"] == {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 2}
    assert first["relatedLocations"][0]["message"]["text"] == "l"
    assert (
        second["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "eps - x0"
    )
    assert json.loads(render([], "sarif", False, 80))["runs"][0]["results"] == []


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
        "  = seed = 0 from p.fdl:2",
        "  = help: make some",
    ]
    for place in (None, (tmp_path / "gone.fdl", 3), (path, 99)):
        assert render_failure("missing-file", "no clips", place, (), None, False).startswith(
            "error[missing-file]"
        )
