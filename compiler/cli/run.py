"""`fdc run`: a program, or a module that `fdc build` wrote, trained or produced."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import terminal
from ..driver.pipeline import Checked
from .checking.one_file import without_errors
from .options import passes, settings

if TYPE_CHECKING:
    from ..runtime.session.plans.built_plan import Built


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("file", metavar="FILE", help="a program, or a plan.py that `fdc build` wrote")
    p.add_argument("--program", help="run this program of the file, and what it needs")
    p.add_argument("--runs", default=None, metavar="FOLDER", help="where runs are kept [runs]")
    p.add_argument("--run-folder", metavar="FOLDER", help="use this run folder instead of the program's own")
    p.add_argument("--fresh", action="store_true", help="begin anew beside what earlier runs left")
    p.add_argument(
        "--continue",
        dest="continued",
        metavar="RUN",
        help="go on from the last checkpoint of this run folder, with all that changed in the program since",
    )
    p.add_argument(
        "--allow-python", action="store_true", help="let families imported by path run their binding.py"
    )
    p.add_argument("--device", default=None, help="cpu or cuda [cuda where there is one]")
    p.add_argument(
        "--verify",
        action="store_true",
        help="compare every kernel with torch on its first inputs, and use torch where it is off",
    )
    settings(p)
    passes(p)


def run(args: argparse.Namespace) -> int:
    others = [o for o, given in (("--fresh", args.fresh), ("--run-folder", args.run_folder)) if given]
    if args.continued and others:
        terminal.complain(
            f"`--continue` goes on with a run in its folder, so it does not go with {others[0]}"
        )
        return 2
    if Path(args.file).suffix == ".py":
        return _run_built(args)
    checked = without_errors(args.file, args.overrides)
    return checked if isinstance(checked, int) else _executed(args, checked, None)


def _run_built(args: argparse.Namespace) -> int:
    """Runs a module as `fdc build` wrote it, or as it was edited since."""
    from ..runtime.session.plans.built_plan import read_built, run_beside

    if args.overrides or args.without or args.program:
        terminal.complain(f"`{args.file}` is built: --set, --program and --no-... are for `fdc build`")
        return 2
    built = read_built(Path(args.file))
    checked = without_errors(str(built.source), list(built.overrides))
    if isinstance(checked, int):
        return checked
    if all(p.name != built.program for p in checked.programs):
        terminal.complain(
            f"`{built.source}` has no program `{built.program}`, which `{args.file}` was built from"
        )
        return 2
    args.program = built.program
    if not (built.edited or args.runs or args.run_folder or args.fresh or args.continued):
        args.run_folder = run_beside(built)
    return _executed(args, checked, built)


def _executed(args: argparse.Namespace, checked: Checked, built: Built | None) -> int:
    from ..runtime.session.execute import execute
    from ..runtime.session.run_request import Options

    options = Options(
        file=args.file,
        program=args.program,
        runs=Path(args.runs or "runs"),
        folder=Path(args.run_folder) if args.run_folder else None,
        fresh=args.fresh,
        allow_python=args.allow_python,
        device=args.device,
        overrides=tuple(args.overrides),
        without=tuple(args.without),
        built=built,
        verify=args.verify,
        continued=Path(args.continued) if args.continued else None,
    )
    return execute(checked, options)
