"""The command line. Each command imports what it needs: `fdc check` never imports torch.

Exit status: 0 done, 1 errors in the program, 2 used wrongly or a file cannot be read, 3 a defect of fdc itself, 75 stopped
by a signal after a checkpoint was written.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .diagnostics import Diagnostic
    from .pipeline import Checked

FORMATS = ("text", "concise", "json", "sarif", "github")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit status."""
    parser = _parser()
    args = parser.parse_args(argv)
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
    parser = argparse.ArgumentParser(
        prog="fdc",
        description="Checks, draws and runs programs that train diffusion models.",
        epilog="examples:\n  fdc check program.fdl\n  fdc run program.fdl --set train.steps=100\n"
        "  fdc explain sign-mismatch",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"fdc {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        p = commands.add_parser(name, help=help, description=help)
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

    p = add("check", _check, "prove that a program fits together, before a weight is read")
    p.add_argument("files", nargs="+", metavar="FILE")
    p.add_argument("--format", choices=FORMATS, default="text")
    settings(p)

    p = add("run", _run, "check a program, then train or produce what it says")
    p.add_argument("file", metavar="FILE")
    p.add_argument("--program", help="run this program of the file, and what it needs")
    p.add_argument("--runs", default="runs", metavar="FOLDER", help="where runs are kept [runs]")
    p.add_argument("--run-folder", metavar="FOLDER", help="use this run folder instead of the program's own")
    p.add_argument("--fresh", action="store_true", help="begin anew beside what earlier runs left")
    p.add_argument(
        "--allow-python", action="store_true", help="let families imported by path run their binding.py"
    )
    p.add_argument("--device", default=None, help="cpu or cuda [cuda where there is one]")
    settings(p)

    p = add("build", _build, "write the module that a run executes")
    p.add_argument("file", metavar="FILE")
    p.add_argument("-o", "--out", default="out", metavar="FOLDER", help="where to write it [out]")
    settings(p)

    p = add("graph", _graph, "draw a program: stages, roles, spaces, losses")
    p.add_argument("file", metavar="FILE")
    p.add_argument("-o", "--out", metavar="FILE", help="write there (.svg, .mmd, .dot); else print")
    p.add_argument("--format", choices=("mermaid", "dot", "svg"), help="[mermaid, or by the file's ending]")
    p.add_argument("--program", help="draw this program of the file")
    settings(p)

    p = add("fmt", _format, "put files into the canonical form")
    p.add_argument("files", nargs="+", metavar="FILE")
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
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("fdc")
    except PackageNotFoundError:
        return "unknown"


# the front half


def _check(args: argparse.Namespace) -> int:
    # Start-up makes many objects and hardly a cycle: the collector's default pace costs a twentieth of a short check.
    gc.set_threshold(50_000)
    from . import report
    from .diagnostics import in_order

    status = 0
    found: list[Diagnostic] = []
    bad: list[str] = []
    programs = 0
    for name in args.files:
        checked = _checked(name, args.overrides)
        if isinstance(checked, str):
            bad.append(checked)
            continue
        found.extend(checked.diagnostics)
        programs += len(checked.programs)
        status = status or (0 if checked.clean else 1)
    text = report.render(in_order(found), args.format, _colour(sys.stdout), _width())
    if text:
        print(text)
    if args.format == "text" and not bad and status == 0:
        n = len(args.files)
        print(f"{n} file{'s' if n > 1 else ''} checked, no errors")
    for message in bad:
        print(f"fdc: {message}", file=sys.stderr)
    return 2 if bad else status


def _checked(name: str, overrides: list[str]) -> Checked | str:
    """The checked file, or why it cannot be read."""
    from .overrides import BadOverride
    from .pipeline import check
    from .resolve import Unreadable

    try:
        return check(Path(name), name, tuple(overrides))
    except (Unreadable, BadOverride) as e:
        return str(e)


def _colour(stream: object) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(getattr(stream, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size((100, 24)).columns


def _clean(name: str, overrides: list[str]) -> Checked | int:
    """The checked file if it has no errors; else they are printed, and the exit status is given."""
    from . import report

    checked = _checked(name, overrides)
    if isinstance(checked, str):
        print(f"fdc: {checked}", file=sys.stderr)
        return 2
    if checked.diagnostics:
        print(report.render(checked.diagnostics, "text", _colour(sys.stderr), _width()), file=sys.stderr)
    return checked if checked.clean else 1


def _format(args: argparse.Namespace) -> int:
    import difflib

    from . import report
    from .format import format
    from .resolve import Unreadable, read

    status = 0
    for name in args.files:
        try:
            source = read(Path(name), name)
        except Unreadable as e:
            print(f"fdc: {e}", file=sys.stderr)
            status = 2
            continue
        text = format(source)
        if not isinstance(text, str):
            print(report.render(text, "text", _colour(sys.stderr), _width()), file=sys.stderr)
            status = max(status, 1)
        elif text != source.text:
            if args.diff:
                before, after = source.text.splitlines(True), text.splitlines(True)
                sys.stdout.writelines(difflib.unified_diff(before, after, name, name))
            if args.check or args.diff:
                print(f"{name} would change", file=sys.stderr)
                status = max(status, 1)
            else:
                _replace(Path(name), text)
                print(f"{name} formatted")
    return status


def _replace(path: Path, text: str) -> None:
    """Written aside and renamed, so that an interruption leaves the old file."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    if path.exists():
        aside.chmod(path.stat().st_mode & 0o7777)
    aside.replace(path)


def _explain(args: argparse.Namespace) -> int:
    from ..grammar.codes import CODES, explain
    from .diagnostics import nearest

    text = explain(args.code)
    if text is None:
        near = nearest(args.code, CODES)
        hint = f"; did you mean `{near}`?" if near else ""
        print(f"fdc: there is no code `{args.code}`{hint}", file=sys.stderr)
        return 2
    print(text)
    return 0


# the back half


def _graph(args: argparse.Namespace) -> int:
    checked = _clean(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    from . import draw

    programs = [p for p in checked.programs if args.program in (None, p.name)]
    if not programs:
        names = ", ".join(p.name for p in checked.programs) or "none"
        print(f"fdc: there is no such program to draw; the file holds: {names}", file=sys.stderr)
        return 2
    by_ending = {".svg": "svg", ".mmd": "mermaid", ".md": "mermaid", ".dot": "dot", ".gv": "dot"}
    form = args.format or by_ending.get(Path(args.out).suffix if args.out else "", "mermaid")
    drawn = {"mermaid": draw.to_mermaid, "dot": draw.to_dot, "svg": draw.to_svg}[form]
    text = "\n".join(drawn(draw.picture(p)) for p in (programs[:1] if form == "svg" else programs))
    if args.out:
        Path(args.out).parent.mkdir(parents=True, exist_ok=True)
        _replace(Path(args.out), text)
        print(f"wrote {args.out}")
    else:
        print(text)
    return 0


def _build(args: argparse.Namespace) -> int:
    checked = _clean(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    from .pipeline import compile

    for program in checked.programs:
        command = " ".join(["fdc build", args.file, *(f"--set {o}" for o in args.overrides)])
        path = Path(args.out) / program.name / "plan.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, compile(program, command).text)
        print(f"wrote {path}")
    return 0


def _run(args: argparse.Namespace) -> int:
    checked = _clean(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    from .runtime.errors import RunError
    from .runtime.execute import Options, execute

    options = Options(
        file=args.file,
        program=args.program,
        runs=Path(args.runs),
        folder=Path(args.run_folder) if args.run_folder else None,
        fresh=args.fresh,
        allow_python=args.allow_python,
        device=args.device,
        overrides=tuple(args.overrides),
    )
    try:
        return execute(checked, options)
    except RunError as e:
        return _failed(e)


def _export(args: argparse.Namespace) -> int:
    from .runtime.errors import RunError
    from .runtime.export import export_run

    try:
        path = export_run(Path(args.run), args.role, Path(args.out), args.weights, args.allow_python)
    except RunError as e:
        return _failed(e)
    print(f"wrote {path}")
    return 0


def _failed(e: Exception) -> int:
    from .report import render_failure
    from .runtime.errors import RunError

    assert isinstance(e, RunError)
    print(render_failure(e.code, e.message, e.place, e.facts, e.help, _colour(sys.stderr)), file=sys.stderr)
    return e.exit_status


def _refused(diagnostic: Diagnostic) -> int:
    """A right program that uses what is checked and not run yet."""
    from . import report

    print(report.render((diagnostic,), "text", _colour(sys.stderr), _width()), file=sys.stderr)
    return 1


def _defect(e: Exception) -> int:
    """A defect of fdc: a report goes to a file, and the user is told so in two lines."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="fdc-report-", suffix=".txt", delete=False) as f:
        f.write(f"fdc {_version()}, Python {sys.version}\ncommand: {' '.join(sys.argv)}\n\n")
        f.write("".join(traceback.format_exception(e)))
    print(f"fdc: a defect of fdc itself: {type(e).__name__}: {e}", file=sys.stderr)
    print(f"     the report to file is {f.name}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())
