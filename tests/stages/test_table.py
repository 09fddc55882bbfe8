"""The table of ops holds together: names are unique, and what an entry names is there."""

from __future__ import annotations

import importlib
import string
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.check.expressions.functions import builtins
from fdc.stages import table
from fdc.stages.op import Op
from fdc.stages.table import GRAPH_OPS, OPS

FILES = [p.stem for p in sorted((ROOT / "stages").glob("*.py")) if "OPS = (" in p.read_text("utf-8")]


def test_every_file_is_in_the_table_and_names_are_unique() -> None:
    entries: list[Op] = [op for file in FILES for op in importlib.import_module(f"fdc.stages.{file}").OPS]
    assert len(FILES) == 13
    assert sorted(op.name for op in entries) == sorted(OPS)


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_what_an_entry_names_is_there(op: Op) -> None:
    assert not op.inverse or OPS[op.inverse].inverse == op.name
    assert not op.through or OPS[op.through].python is not None
    assert not op.partials or len(op.partials) == op.arity
    assert not (op.triton and op.scalar), "a kernel computes it in one way"
    assert bool(op.form) <= bool(op.meaning)
    assert op.sign == "" or op.python is not None
    assert op.caption.format(**dict.fromkeys(("name", "op"), "x"))
    if op.imports:
        module, _, function = op.imports.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_every_function_has_its_rule_and_no_rule_is_for_nothing() -> None:
    rules = {op.rule for op in table.FUNCTIONS.values()}
    assert rules == builtins.SHARED.keys() | builtins.OWN.keys()


def test_ops_of_graphs_have_a_text() -> None:
    read_otherwise = {name for name, op in GRAPH_OPS.items() if not op.torch}
    assert read_otherwise == {name for name in read_otherwise if OPS[name].kind == "structure"}
    for op in GRAPH_OPS.values():
        places = {field for _, field, _, _ in string.Formatter().parse(op.torch) if field is not None}
        numbered = {int(p) for p in places if p.isdigit()}
        assert op.arity is None or numbered <= set(range(op.arity)), op.name


def test_the_table_is_read_without_torch() -> None:
    code = "import sys, fdc.stages.table; sys.exit(bool({'torch', 'dataclasses'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path("/")).returncode == 0
