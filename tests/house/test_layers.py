"""A file imports only from rows above its own (the table in the design of the house), and the front half stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

ROWS = (
    ("struct", "source", "diagnostics", "terminal", "field", "passes"),
    ("dims", "quantity", "types"),
    ("lex", "slips", "syntax", "tree", "parse", "format"),
    ("resolve", "typed", "settings", "overrides", "check"),
    ("ir", "lower"),
    ("scalar", "group", "rewrite", "batch", "fuse", "liveness", "optimise"),
    ("emit",),
    ("cells", "report", "sarif", "snippet", "draw", "fixes", "targets", "watch", "changes"),
    ("builds", "pipeline"),
    ("runtime",),
    ("cli", "check_command", "format_command", "explain", "lsp"),
)
ROW = {name: i for i, names in enumerate(ROWS) for name in names}
FILES = sorted(p for p in (ROOT / "compiler").rglob("*.py") if p.name != "__init__.py")


def imported(path: Path) -> set[str]:
    """The first part of each module of `compiler` that a file imports."""
    inside = path.relative_to(ROOT).with_suffix("").parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*inside[: -node.level], *(node.module or "").split(".")]
            base = [b for b in base if b]
            if base[:1] == ["compiler"]:
                found |= {base[1]} if len(base) > 1 else {a.name for a in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def _off_test_imports_point_upwards(path: Path) -> None:
    own = path.relative_to(ROOT / "compiler").parts[0].removesuffix(".py")
    assert own in ROW, f"{own} stands in no row"
    below = {name for name in imported(path) if ROW.get(name, 99) > ROW[own]}
    assert not below, f"{own} (row {ROW[own]}) imports {below}"


def test_the_compiler_package_is_empty() -> None:
    assert (ROOT / "compiler" / "__init__.py").read_text() == ""


def test_checking_imports_no_torch_and_no_networkx() -> None:
    program = ROOT / "programs" / "wan_dmd2.fdl"
    code = (
        "import sys; from fdc.compiler.cli.main import main; "
        f"status = main(['check', {str(program)!r}]); "
        "heavy = {'torch', 'networkx', 'numpy', 'diffusers', 'transformers', 'lark'} & set(sys.modules); "
        "sys.exit(status or len(heavy) and str(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compiler_and_the_stages_name_no_family_method_or_role() -> None:
    names = {p.stem for p in (ROOT / "families").glob("*/*.fdl")} | {
        "dmd2",
        "finetune",
        "student",
        "teacher",
        "critic",
    }
    for path in [*FILES, *(ROOT / "stages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                constants = {c.value for c in ast.walk(node) if isinstance(c, ast.Constant)}
                assert not constants & names, f"{path.name}:{node.lineno} tests for {constants & names}"
