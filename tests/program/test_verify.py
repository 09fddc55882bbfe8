"""A typed program that does not keep to the table of ops is refused (that all others do is tested where they are checked)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from layers import imports, read_tree
from lowering import typed
from paths import ROOT

from fdc.compiler.base.frozen import replace
from fdc.compiler.program.ops import ATTRIBUTES, INDEX
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.program.values import Value, every_value
from fdc.compiler.program.verify import BadValue, verify_program
from fdc.stages.table import OPS

BODY = """
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0.0, 1.0)
    eps ~ noise[student]
    w = 1.0
    for i in 0 .. 2 { w = 0.5*w }
    p = student.predict(student.noisy(x0, eps, t), t, student.cond(batch))
    loss said = mse(p, student.target(x0, eps, t), weight = w*t.sigma, per = sample)
  }
"""


def test_the_table_names_ops_and_rules() -> None:
    rules = {op.rule for op in OPS.values()}
    assert [name for name in ATTRIBUTES if name not in OPS and name not in rules] == []


def _changed(program: TypedProgram, op: str, change: Callable[[Value], Value]) -> TypedProgram:
    """The program with a copy of the first value of an op, changed, as a loss of its own."""
    update = program.updates[0]
    v = next(v for v in every_value([v for _, v in update.losses]) if v.op == op)
    losses = (*update.losses, ("changed", change(v)))
    return replace(program, updates=(replace(update, losses=losses), *program.updates[1:]))


CHANGES: dict[str, tuple[str, Callable[[Value], Value], str]] = {
    "an op that is none": ("mul", lambda v: replace(v, op="mull"), "no op"),
    "too few arguments": ("mul", lambda v: replace(v, args=v.args[:1]), "1 arguments, not 2"),
    "without its attribute": ("draw", lambda v: replace(v, attrs={"scope": "sample"}), "its site is None"),
    "an attribute of another type": (
        "result",
        lambda v: replace(v, attrs={"index": "0"}),
        "its index is '0'",
    ),
    "an attribute of another op": (
        "mse",
        lambda v: replace(v, attrs={**v.attrs, "name": "x"}),
        "it has no name",
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_value_that_is_none_of_its_op_is_refused(case: str, tmp_path: Path) -> None:
    op, change, why = CHANGES[case]
    program = typed(tmp_path, BODY)
    verify_program(program)
    with pytest.raises(BadValue, match=why):
        verify_program(_changed(program, op, change))


def test_nothing_behind_the_checker_reads_syntax() -> None:
    files = read_tree(ROOT)
    behind = ("program", "contracts", "ir", "lower", "passes", "emit")
    for path in (p for p in files if p.startswith(tuple(f"compiler/{room}/" for room in behind))):
        for i in imports(path, files):
            read = "/".join(i.target.split("/")[:2]) if i.target else ""
            assert read not in ("compiler/syntax", "compiler/check"), f"{path}:{i.line}"


def test_an_attribute_is_read_as_its_type(tmp_path: Path) -> None:
    loss = typed(tmp_path, BODY).updates[0].losses[0][1]
    with pytest.raises(TypeError, match="`mse` has no index"):
        INDEX.of(loss)
    assert INDEX.find(loss) is None
