"""`fdc build`: the module that a run executes."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from ..base import terminal
from ..base.source import save
from ..driver.pipeline import compile
from ..emit.header import ModuleOrigin
from ..passes.pass_list import flags, replaced
from .checking.one_file import without_errors
from .options import passes, settings


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("file", metavar="FILE")
    p.add_argument(
        "-o",
        "--out",
        default="out",
        metavar="FOLDER",
        help="where to write plan.py, in a folder for each program if there are several [out]",
    )
    p.add_argument("--program", help="build this program of the file")
    settings(p)
    passes(p)


def run(args: argparse.Namespace) -> int:
    checked = without_errors(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    programs = [p for p in checked.programs if args.program in (None, p.name)]
    if not programs:
        names = ", ".join(p.name for p in checked.programs) or "none"
        terminal.complain(f"there is no such program to build; the file holds: {names}")
        return 2
    without, overrides = tuple(args.without), tuple(args.overrides)
    chosen = ["--program", args.program] if args.program else []
    command = shlex.join(["fdc", "build", args.file, *chosen, *replaced(overrides), *flags(without)])
    for program in programs:
        folder = Path(args.out) / (program.name if len(programs) > 1 else "")
        path = folder / "plan.py"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            source = Path(os.path.relpath(args.file, folder)).as_posix()
            origin = ModuleOrigin(command, source, overrides, terminal.version())
            save(path, compile(program, origin, without=without).text)
        except OSError as e:
            terminal.complain(f"`{path}` cannot be written: {e.strerror}")
            return 2
        print(f"wrote {path}")
    return 0
