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
from .checked_file import without_errors
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
    settings(p)
    passes(p)


def run(args: argparse.Namespace) -> int:
    checked = without_errors(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    if not checked.programs:
        terminal.complain(f"`{args.file}` holds no program to build")
        return 2
    without, overrides = tuple(args.without), tuple(args.overrides)
    command = shlex.join(["fdc", "build", args.file, *replaced(overrides), *flags(without)])
    for program in checked.programs:
        folder = Path(args.out) / (program.name if len(checked.programs) > 1 else "")
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
