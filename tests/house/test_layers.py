"""The rows of `compiler/README.md` hold for every import of the tree, and the front half stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib

import pytest
from layers import breaches, imports, names_of, read_page, read_tree
from paths import ROOT

PAGE = read_page((ROOT / "compiler" / "README.md").read_text("utf-8"))
FILES = read_tree(ROOT)
NAMES = names_of(ROOT)

CHECK, BASE, STAGE = "compiler/check/expressions/operators.py", "compiler/base/source.py", "stages/times.py"
TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
ROLE = "def f(x: str) -> int:\n    match x:\n        case 'student':\n            return 1\n    return 0"
PLANTED = {
    "check imports a family": (CHECK, "from ....families.wan import binding"),
    "check imports a family by its whole name": (CHECK, "import fdc.families.wan.binding"),
    "check imports the runtime": (CHECK, "from ...runtime.train.loop import one_step"),
    "check imports torch when it is called": (CHECK, "def late() -> None:\n    import torch"),
    "check imports torch by a computed name": (
        CHECK,
        "import importlib\nimportlib.import_module('to' + 'rch')",
    ),
    "check names a role": (CHECK, ROLE),
    "a stage imports the runtime": (STAGE, "from ..compiler.runtime.api import run_context"),
    "the lowest row imports the highest": (BASE, "from ..cli import main"),
    "a type-only import upwards": (BASE, f"{TYPES}    from ..program.values import Value"),
    "a type-only circle inside a room": (BASE, f"{TYPES}    from .diagnostics import Diagnostic"),
    "a file in no room": ("compiler/somewhere.py", "X = 1"),
}


def test_the_rows_hold() -> None:
    assert breaches(FILES, PAGE, NAMES) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_breach_is_found(name: str) -> None:
    path, text = PLANTED[name]
    planted = {**FILES, path: f"{FILES.get(path, '')}\n\n{text}\n"}
    found = breaches(planted, PAGE, NAMES)
    assert found, name
    assert any(path in line for line in found), found


def test_every_row_holds_files() -> None:
    for room in PAGE.rows:
        assert any(path == room or path.startswith(f"{room}/") for path in FILES), f"{room} stands nowhere"


def test_every_library_is_used_where_the_page_says() -> None:
    used: dict[str, set[str]] = {}
    for path in FILES:
        for i in imports(path, FILES):
            used.setdefault(i.library, set()).add(path)
    for library, rooms in PAGE.libraries.items():
        for room in rooms:
            if not room.startswith("tests"):
                assert any(p == room or p.startswith(f"{room}/") for p in used.get(library, ())), (
                    library,
                    room,
                )


def test_the_compiler_package_is_empty() -> None:
    assert (ROOT / "compiler" / "__init__.py").read_text() == ""


def test_every_room_says_what_it_is() -> None:
    """Three lines at the head of each folder: what lives here, what it may import, what it must not know."""
    for path, text in FILES.items():
        if path.startswith("compiler/") and path.endswith("/__init__.py") and path != "compiler/__init__.py":
            assert len((ast.get_docstring(ast.parse(text)) or "").splitlines()) >= 3, path


def test_every_package_is_installed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    folders = {path.rpartition("/")[0] for path in FILES}
    assert {p.removeprefix("fdc.").replace(".", "/") for p in listed} == folders


def test_checking_imports_nothing_heavy() -> None:
    program = ROOT / "programs" / "wan_dmd2.fdl"
    heavy = {"torch", "networkx", "numpy", "diffusers", "transformers", "lark", "pydantic"}
    code = (
        "import sys; from fdc.compiler.cli.main import main; "
        f"status = main(['check', {str(program)!r}]); "
        f"heavy = {heavy!r} & set(sys.modules); "
        "sys.exit(status or len(heavy) and str(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
