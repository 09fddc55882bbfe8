"""The printed form of plans: golden files, its grammar, and its place in the report of a defect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import lark
import pytest
from paths import GOLDEN, ROOT
from plans import PROGRAMS, plans
from shipped import later_slow

from fdc.compiler.cli.main import main
from fdc.compiler.ir.graph import Plan
from fdc.compiler.ir.text import plan_text
from fdc.compiler.passes.optimise import optimise

GRAMMAR = r"""
start: "plan" NAME "from" PATH "sizes" [size ("," size)*] ["batch" type] function*
size: NAME "=" NUMBER
function: NAME NAME "(" [parameter ("," parameter)*] ")" ["->" type] [facts] "{" node* return "}"
parameter: ID [NAME] ":" type
node: ID [NAME] ":" type "=" NAME "(" [operand ("," operand)*] ")" [facts] ["tape" | "quiet"] ["{" region "}"]
region: "for" parameter ("," parameter)* "carry" [carried ("," carried)*] node* "yield" [operand ("," operand)*]
carried: parameter "from" operand
return: "return" [output ("," output)*]
output: [NAME "="] ID
operand: ID | literal
facts: "[" fact ("," fact)* "]"
fact: NAME "=" literal
literal: STRING | NUMBER | TRUE | FALSE | NONE | "(" [literal ("," literal)*] ")"
type: ARRAY [DIM ("," DIM)*] "]"
    | HOST
    | "list[" type [";" NUMBER] "]"
    | "{" [field ("," field)*] "}"
    | "(" [type ("," type)*] ")"
field: NAME ":" type
ID: /%\d+/
NAME: /\w+/
PATH: /\S+\.fdl/
ARRAY: /(?!list\b)\w+\[/
HOST: /(int|float|bool|str)(?!\w|\[)/
DIM: /[^,\]\s][^,\]]*/
NUMBER: /-?\d+(\.\d+)?(e-?\d+)?(\/\d+)?/
STRING: /'[^'\n]*'|"[^"\n]*"/
TRUE: "True"
FALSE: "False"
NONE: "None"
%ignore /\s+/
"""


@pytest.mark.parametrize("stage", ["lowered", "whole"])
@pytest.mark.parametrize("name", ["wan_dmd2", "teach"])
def test_the_printed_plan(name: str, stage: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plans" / f"{name}_{stage}.txt", plan_text(plans(f"{name}.fdl")[name, stage]))


@pytest.mark.slow
@pytest.mark.parametrize("file", later_slow(PROGRAMS))
def test_it_has_a_grammar(file: str) -> None:
    """That of `ir/text.py`: every plan reads as it says, and every node of the plan is one of the text."""
    parser = lark.Lark(GRAMMAR, parser="lalr")
    for plan in plans(file).values():
        tree = parser.parse(plan_text(plan))
        functions = list(tree.find_data("function"))
        assert len(functions) == len(plan.functions)
        for read, f in zip(functions, plan.functions):
            ids = [n.children[0][1:] for n in (*read.find_data("node"), *read.find_data("parameter"))]
            assert sorted(map(int, ids)) == sorted(n.id for n in f.graph.walk() if n.op != "const")


def test_the_report_of_a_defect_has_the_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(plan: Plan) -> Plan:
        raise ValueError("no such share")

    monkeypatch.setitem(optimise.__globals__["_PASSES"], "share", broken)
    assert main(["graph", str(ROOT / "programs" / "teach.fdl"), "--why"]) == 3
    said = capsys.readouterr().err
    assert "ValueError: no such share" in said
    report = Path(said.split("the report to file is ")[1].strip())
    text = report.read_text()
    report.unlink()
    assert "passes done: slice\n" in text and "\nplan teach from teach.fdl\n" in text
    assert "\nupdate update_student() [roles = ('student')] {" in text
