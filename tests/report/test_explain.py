"""`fdc check --explain` and `reveal`: what the checker found, for a user who asks why a program is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from paths import GOLDEN, ROOT

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.report.explain_types import explain

METHOD = """method m(student, teacher) {
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    {}
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
    loss near = mse(student.x0(xt, t, student.cond(batch)), teacher.x0(xt, t, teacher.cond(batch)))
  }
}
"""


def revealed(statement: str) -> list[str]:
    source = Source("m.fdl", METHOD.replace("{}", statement))
    found = check_source(source, Path("m.fdl")).diagnostics
    assert {(d.code, d.severity) for d in found} <= {("reveal", "info")}
    return [d.message for d in found]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("x0", "clean[student]"),
        ("xt", "noisy[student] at `t`"),
        ("eps - x0", "eps - x0 in student"),
        ("t", "a noise level from 0 to 1, one for each sample"),
        ("student.eps(xt, t, student.cond(batch))", "noise[student]"),
        ("0.5*x0 + 0.5*eps", "0.5*x0 + 0.5*eps in student"),
        ("mean(square(x0), per = sample)", "float, one for each sample"),
        ("2 + 3", "int = 5"),
        ("x0 * eps", "a non-linear function of latents in student"),
    ],
)
def test_what_an_expression_is(expression: str, said: str) -> None:
    assert revealed(f"reveal {expression}") == [f"`{expression}` is {said}"]


def test_reveal_changes_nothing_and_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "m.fdl"
    place.write_text(METHOD.replace("{}", "reveal x0"), "utf-8")
    assert main(["check", str(place)]) == 0
    printed = capsys.readouterr().out
    assert "info[reveal]: `x0` is clean[student]" in printed and "no errors" in printed


def test_warnings_that_are_acknowledged_are_listed() -> None:
    text = METHOD.replace("{}", "allow(unused-binding)\n    spare = x0\n    other = x0")
    checked = check_source(Source("m.fdl", text), Path("m.fdl"), noting=True)
    assert [d.message for d in checked.diagnostics] == ["nothing reads `other`"]
    last = explain(checked).split("\n\n")[-1]
    assert last.splitlines() == [
        "warnings that are acknowledged",
        "    m.fdl:8  unused-binding  nothing reads `spare`",
    ]


def test_a_revealed_mistake_is_told_once() -> None:
    source = Source("m.fdl", METHOD.replace("{}", "reveal gone"))
    found = check_source(source, Path("m.fdl")).diagnostics
    assert [d.code for d in found] == ["unknown-name"]


def test_the_table_of_a_program(monkeypatch: pytest.MonkeyPatch, golden: Callable[[Path, str], None]) -> None:
    """Every stage call, draw and loss of the quickstart, with space, quantity, time and dims."""
    monkeypatch.chdir(ROOT)
    place = Path("programs/quickstart.fdl")
    source = Source(str(place), place.read_text("utf-8"))
    golden(GOLDEN / "explain_quickstart.txt", explain(check_source(source, place, noting=True)) + "\n")


def test_a_method_alone_has_a_table_too() -> None:
    told = explain(check_source(Source("m.fdl", METHOD.replace("{}", "")), Path("m.fdl"), noting=True))
    assert "method m (m.fdl:1)" in told
    assert "noisy[student] at t" in told and "both sides are clean[student]" not in told
    assert "not told until a program binds the roles" in told
