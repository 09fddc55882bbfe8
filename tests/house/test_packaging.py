"""The wheel: it carries what the package reads, adds one top-level name, and works from where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from paths import ROOT

pytestmark = pytest.mark.slow

PACKAGES = ("compiler", "families", "grammar", "programs", "stages")
NESTED = Path("families/mini/weights/nested/deeper/probe.safetensors")
"""Not in the tree: shows that a folder of weights travels however deep it is."""


def run(
    command: list[str | Path], folder: Path, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PIP_TARGET")}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def files_read() -> set[str]:
    """What the package is made of: modules, grammar, families, programs, pages, weights and configs."""
    found = (p for package in PACKAGES for p in (ROOT / package).rglob("*") if p.is_file())
    return {
        p.relative_to(ROOT).as_posix()
        for p in found
        if not {"__pycache__", "node_modules"} & {*p.parts} and p.name[0] != "."
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, as setuptools leaves its build folder beside what it builds."""
    tree = tmp_path_factory.mktemp("tree") / "fdc"
    tree.mkdir()
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    (tree / NESTED).parent.mkdir(parents=True)
    (tree / NESTED).write_bytes(b"probe")
    out = tmp_path_factory.mktemp("wheel")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "-w",
        out,
        tree,
    ]
    built = run(pip, out)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", target, wheel]
    done = run(pip, target)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_it_carries_every_file(wheel: Path) -> None:
    carried = set(ZipFile(wheel).namelist())
    assert {f"fdc/{name}" for name in files_read()} - carried == set()
    assert f"fdc/{NESTED.as_posix()}" in carried
    for needed in ("grammar/fdl.lark", "grammar/guide.md", "families/mini/mini.fdl", "programs/dmd2.fdl"):
        assert f"fdc/{needed}" in carried


def test_it_adds_one_top_level_name(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}
    assert tops == {"fdc", f"fdc-{project['version']}.dist-info"}


def test_it_checks_a_program_far_from_the_tree(installed: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "programs" / "wan_dmd2.fdl", tmp_path / "mine.fdl")
    where = run(
        [sys.executable, "-c", "import fdc.compiler.cli.main as c; print(c.__file__)"], tmp_path, installed
    )
    assert Path(where.stdout.strip()).is_relative_to(installed), where.stderr
    fdc = [sys.executable, "-m", "fdc.compiler.cli.main"]
    fine = run([*fdc, "check", "mine.fdl"], tmp_path, installed)
    assert (fine.returncode, fine.stdout) == (0, "1 file checked, no errors\n"), fine.stderr
    wrong = run(
        [*fdc, "check", "mine.fdl", "--set", "sizes.F=80", "--format", "concise"], tmp_path, installed
    )
    assert wrong.returncode == 1
    assert "size-not-accepted" in wrong.stdout
    told = run([*fdc, "explain", "sign-mismatch"], tmp_path, installed)
    assert told.stdout.startswith("sign-mismatch: ")
