"""The command line. Each command imports what it needs: `fdc check` never imports torch.

Exit status: 0 done, 1 errors in the program, 2 used wrongly or a file cannot be read, 3 a defect of fdc itself, 75 stopped
by a signal after a checkpoint was written.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..base import terminal
from ..passes.pass_list import PASSES, flags, replaced

if TYPE_CHECKING:
    from ..base.diagnostics import Diagnostic
    from ..driver.pipeline import Checked
    from ..program.typed_program import TypedProgram
    from ..runtime.session.built_plan import Built

FORMATS = ("text", "concise", "json", "sarif", "github")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal's encoding lacks is no reason to end
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    args, more = parser.parse_known_args(argv)
    if any(a.startswith("-") and a != "-" for a in more) or (more and not hasattr(args, "files")):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:  # files after an option that stands between files
        args.files += more
    command: Callable[[argparse.Namespace], int] | None = getattr(args, "command", None)
    if command is None:
        parser.print_help()
        return 2
    try:
        return command(args)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as e:
        told = getattr(e, "diagnostic", None)
        return _refused(told) if told is not None else _defect(e)


def _parser() -> argparse.ArgumentParser:
    # Left to themselves, the pages of help import a library of files and archives to ask how wide the terminal is.
    pages = partial(argparse.RawDescriptionHelpFormatter, width=terminal.width(sys.stdout) - 2)
    parser = argparse.ArgumentParser(
        prog="fdc",
        description="Checks, draws and runs programs that train diffusion models.",
        epilog="examples:\n  fdc check program.fdl\n  fdc run program.fdl --set train.steps=100\n"
        "  fdc explain sign-mismatch",
        formatter_class=pages,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="fdc")

    def add(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        p = commands.add_parser(name, help=help, description=help, formatter_class=pages)
        p.set_defaults(command=run)
        return p

    def settings(p: argparse.ArgumentParser) -> None:
        p.add_argument(
            "--set",
            dest="overrides",
            action="append",
            default=[],
            metavar="BLOCK.ENTRY=VALUE",
            help="replace a setting, as if written in the file (may be repeated)",
        )

    def passes(p: argparse.ArgumentParser) -> None:
        group = p.add_argument_group("passes", "each may be left out; results are the same")
        for name, about in PASSES.items():
            group.add_argument(
                f"--no-{name}",
                dest="without",
                action="append_const",
                const=name,
                default=[],
                help=f"do not {about}",
            )

    p = add("check", _check, "prove that a program fits together, before a weight is read")
    p.add_argument("files", nargs="+", metavar="FILE", help="files, folders, or `-` for standard input")
    p.add_argument("--format", choices=FORMATS, default="text", help="what to print [text]")
    p.add_argument(
        "--fix", action="store_true", help="make the edits that have one reading, then report the rest"
    )
    p.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: the other edits offered, too"
    )
    p.add_argument("--diff", action="store_true", help="change nothing; print what --fix would change")
    p.add_argument(
        "--explain",
        action="store_true",
        help="also print the types that were found, call by call and loss by loss",
    )
    p.add_argument("--watch", action="store_true", help="check again whenever a file changes, until Ctrl-C")
    p.add_argument("--stdin-filename", metavar="NAME", help="what `-` is called; imports are relative to it")
    settings(p)

    p = add("run", _run, "check a program, then train or produce what it says")
    p.add_argument("file", metavar="FILE", help="a program, or a plan.py that `fdc build` wrote")
    p.add_argument("--program", help="run this program of the file, and what it needs")
    p.add_argument("--runs", default="runs", metavar="FOLDER", help="where runs are kept [runs]")
    p.add_argument("--run-folder", metavar="FOLDER", help="use this run folder instead of the program's own")
    p.add_argument("--fresh", action="store_true", help="begin anew beside what earlier runs left")
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

    p = add("build", _build, "write the module that a run executes")
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

    p = add("graph", _graph, "draw a program: stages, roles, spaces, losses")
    p.add_argument("file", metavar="FILE")
    p.add_argument("-o", "--out", metavar="FILE", help="write there (.svg, .mmd, .dot); else print")
    p.add_argument("--format", choices=("mermaid", "dot", "svg"), help="[mermaid, or by the file's ending]")
    p.add_argument("--program", help="draw this program of the file")
    p.add_argument(
        "--why",
        action="store_true",
        help="print what each pass changes, which arithmetic becomes one kernel, and why not more of it",
    )
    settings(p)
    passes(p)

    p = add("fmt", _format, "put files into the canonical form")
    p.add_argument("files", nargs="+", metavar="FILE", help="files, folders, or `-` for standard input")
    p.add_argument("--stdin-filename", metavar="NAME", help="what `-` is called")
    p.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file would change")
    p.add_argument("--diff", action="store_true", help="change nothing; print what would change")

    p = add("explain", _explain, "document a diagnostic's code")
    p.add_argument("code", metavar="CODE")

    p = add("export", _export, "write a trained role in diffusers layout")
    p.add_argument("run", metavar="RUN", help="a run's folder")
    p.add_argument("out", metavar="OUT", help="the folder to write")
    p.add_argument("--role", required=True, help="which role")
    p.add_argument("--weights", choices=("live", "average"), default=None, help="[those that are validated]")
    p.add_argument("--allow-python", action="store_true")

    p = add("lsp", _lsp, "the language server, for editors; speaks on standard input and output")
    p.add_argument(
        "--log", type=Path, metavar="FILE", help="write there what the server does [standard error]"
    )
    p.add_argument("--stdio", action="store_true", help="what it does anyway; some editors ask for it")
    return parser


class _Version(argparse.Action):
    """Asks for the version only when it is wanted: that takes longer than reading all the other options."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"fdc {terminal.version()}")
        parser.exit()


# the front half


def _check(args: argparse.Namespace) -> int:
    # Start-up makes many objects and hardly a cycle: the collector's default pace costs a twentieth of a short check.
    gc.set_threshold(50_000)
    from .check import run

    return run(args)


def _checked(name: str, overrides: list[str]) -> Checked | str:
    """The checked file, or why it cannot be read."""
    from ..driver.pipeline import check
    from ..modules.imports import Unreadable
    from ..modules.overrides import BadOverride

    try:
        return check(Path(name), name, tuple(overrides))
    except (Unreadable, BadOverride) as e:
        return str(e)


def _clean(name: str, overrides: list[str]) -> Checked | int:
    """The checked file if it has no errors; else they are printed, and the exit status is given."""
    if Path(name).suffix == ".py":
        terminal.complain(
            f"`{name}` is Python: `fdc run` takes it if it was built, and this its program's .fdl file"
        )
        return 2
    checked = _checked(name, overrides)
    if isinstance(checked, str):
        terminal.complain(str(checked))
        return 2
    if checked.diagnostics:
        from ..report.text import complain

        complain(checked.diagnostics)
    return checked if checked.clean else 1


def _format(args: argparse.Namespace) -> int:
    from .format import run

    return run(args)


def _explain(args: argparse.Namespace) -> int:
    from ...grammar.codes import CODES, explain
    from ..base.diagnostics import nearest

    text = explain(args.code)
    if text is None:
        near = nearest(args.code, CODES)
        hint = f"; did you mean `{near}`?" if near else ""
        terminal.complain(f"there is no code `{args.code}`{hint}")
        return 2
    print(text)
    return 0


def _lsp(args: argparse.Namespace) -> int:
    try:
        from ..lsp.server import log_to, serve
    except ModuleNotFoundError as e:
        if e.name is None or e.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        terminal.complain("the language server needs pygls: pip install 'fdc[lsp]'")
        return 2
    try:
        log_to(args.log)
    except OSError as e:
        terminal.complain(f"`{args.log}` cannot be written: {e.strerror}")
        return 2
    serve()
    return 0


# the back half


def _graph(args: argparse.Namespace) -> int:
    checked = _clean(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    from ..base.source import save
    from ..graph import draw

    programs = [p for p in checked.programs if args.program in (None, p.name)]
    if not programs:
        names = ", ".join(p.name for p in checked.programs) or "none"
        terminal.complain(f"there is no such program to draw; the file holds: {names}")
        return 2
    if args.why:
        return _why(programs, tuple(args.without))
    by_ending = {".svg": "svg", ".mmd": "mermaid", ".md": "mermaid", ".dot": "dot", ".gv": "dot"}
    form = args.format or by_ending.get(Path(args.out).suffix if args.out else "", "mermaid")
    drawn = {"mermaid": draw.to_mermaid, "dot": draw.to_dot, "svg": draw.to_svg}[form]
    text = "\n".join(drawn(draw.picture(p)) for p in (programs[:1] if form == "svg" else programs))
    if args.out:
        Path(args.out).parent.mkdir(parents=True, exist_ok=True)
        save(Path(args.out), text)
        print(f"wrote {args.out}")
    else:
        print(text)
    return 0


def _why(programs: Sequence[TypedProgram], without: tuple[str, ...]) -> int:
    from ..driver.pipeline import compile
    from ..graph.pass_diff import changes

    for program in programs:
        print(f"program {program.name}")
        print("\n".join(changes(compile(program, "fdc graph", without=without).records)))
    return 0


def _build(args: argparse.Namespace) -> int:
    checked = _clean(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    from ..base.source import save
    from ..driver.pipeline import compile
    from ..emit.module import Origin

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
            origin = Origin(command, source, overrides, terminal.version())
            save(path, compile(program, origin, without=without).text)
        except OSError as e:
            terminal.complain(f"`{path}` cannot be written: {e.strerror}")
            return 2
        print(f"wrote {path}")
    return 0


def _run(args: argparse.Namespace) -> int:
    if Path(args.file).suffix == ".py":
        return _run_built(args)
    checked = _clean(args.file, args.overrides)
    return checked if isinstance(checked, int) else _executed(args, checked, None)


def _run_built(args: argparse.Namespace) -> int:
    """Runs a module as `fdc build` wrote it, or as it was edited since."""
    from ..runtime.base.errors import RunError
    from ..runtime.session.built_plan import read_built

    if args.overrides or args.without or args.program:
        terminal.complain(f"`{args.file}` is built: --set, --program and --no-... are for `fdc build`")
        return 2
    try:
        built = read_built(Path(args.file))
    except RunError as e:
        return _failed(e)
    checked = _clean(str(built.source), list(built.overrides))
    if isinstance(checked, int):
        return checked
    if all(p.name != built.program for p in checked.programs):
        terminal.complain(
            f"`{built.source}` has no program `{built.program}`, which `{args.file}` was built from"
        )
        return 2
    args.program = built.program
    return _executed(args, checked, built)


def _executed(args: argparse.Namespace, checked: Checked, built: Built | None) -> int:
    from ..runtime.base.errors import RunError
    from ..runtime.session.execute import Options, execute

    options = Options(
        file=args.file,
        program=args.program,
        runs=Path(args.runs),
        folder=Path(args.run_folder) if args.run_folder else None,
        fresh=args.fresh,
        allow_python=args.allow_python,
        device=args.device,
        overrides=tuple(args.overrides),
        without=tuple(args.without),
        built=built,
        verify=args.verify,
    )
    try:
        return execute(checked, options)
    except RunError as e:
        return _failed(e)


def _export(args: argparse.Namespace) -> int:
    from ..runtime.base.errors import RunError
    from ..runtime.session.export import export_run

    try:
        path = export_run(Path(args.run), args.role, Path(args.out), args.weights, args.allow_python)
    except RunError as e:
        return _failed(e)
    print(f"wrote {path}")
    return 0


def _failed(e: Exception) -> int:
    from ..report.text import render_failure
    from ..runtime.base.errors import RunError

    assert isinstance(e, RunError)
    out = sys.stderr
    told = render_failure(
        e.code, e.message, e.place, e.facts, e.help, terminal.colour(out), terminal.width(out)
    )
    print(told, file=out)
    return e.exit_status


def _refused(diagnostic: Diagnostic) -> int:
    """A right program that uses what is checked and not run yet."""
    from ..report.text import complain

    complain((diagnostic,))
    return 1


def _defect(e: Exception) -> int:
    """A defect of fdc: a report goes to a file, and the user is told so in two lines."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="fdc-report-", suffix=".txt", delete=False) as f:
        f.write(f"fdc {terminal.version()}, Python {sys.version}\ncommand: {' '.join(sys.argv)}\n\n")
        f.write("".join(traceback.format_exception(e)))
    terminal.complain(f"a defect of fdc itself: {type(e).__name__}: {e}")
    print(f"     the report to file is {f.name}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
