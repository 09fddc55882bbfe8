"""`fdc graph`: a program as a picture, or what each pass changes of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..base import terminal
from ..base.diagnostics import exit_status
from ..base.frozen import replace
from ..base.source import save
from ..driver.picture import outline, picture
from ..driver.pipeline import Checked, check, compile
from ..graph.diff import compared
from ..graph.document import Document, Drawing
from ..graph.formats import BY_ENDING, PICTURES, WRITERS, to_picture
from ..graph.page.browser import NotRendered
from ..graph.pass_diff import changes
from ..lower.builder import CannotRun
from ..modules.imports import Unreadable, find_library
from ..modules.overrides import BadOverride
from ..passes.pass_list import PASSES
from ..program.typed_program import TypedProgram
from .options import passes, settings


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="a file, or the name of a family or method that comes with fdc",
    )
    p.add_argument("-o", "--out", metavar="FILE", help=f"write there ({', '.join(BY_ENDING)}); else print")
    p.add_argument("--format", choices=(*WRITERS, *PICTURES), help="[mermaid, or by the file's ending]")
    p.add_argument("--program", help="draw this program of the file")
    p.add_argument(
        "--update",
        metavar="GRAPH",
        help="draw this graph alone: the number of its tab from 1, its role, or its name",
    )
    p.add_argument(
        "--pass",
        dest="after",
        choices=("lowered", *PASSES),
        default="",
        help="draw what it is after this pass [as it was checked]",
    )
    p.add_argument("--diff", metavar="OTHER", help="mark what FILE adds, leaves out and changes of this file")
    p.add_argument(
        "--all",
        action="store_true",
        help="draw all families, methods and programs that come with fdc into the folder -o, with an index page",
    )
    p.add_argument(
        "--why",
        action="store_true",
        help="print what each pass changes, which arithmetic becomes one kernel, and why not more of it",
    )
    settings(p)
    passes(p)


def run(args: argparse.Namespace) -> int:
    fault = _misused(args)
    if fault:
        terminal.complain(fault)
        return 2
    if args.all:
        from .gallery import gallery

        return gallery(Path(args.out))
    form = _format(args)
    if form is None:
        return 2
    checked = read(args.file, args.overrides)
    if checked is None:
        return 2
    if checked.diagnostics:
        from ..report.render import complain

        complain(checked.diagnostics)
    programs = [p for p in checked.programs if args.program in (None, p.name)]
    if args.why:
        return _why(checked, programs, tuple(args.without))
    document = _document(checked, programs, args)
    if isinstance(document, int):
        return document
    if args.diff:
        other = _other(args)
        if other is None:
            return 2
        document = compared(document, other)
    chosen = _chosen(document, args.update)
    if chosen is None:
        return 2
    status = exit_status(checked.diagnostics)
    if not args.out:
        print(WRITERS[form](chosen, args.after), end="")
        return status
    return write(chosen, form, Path(args.out), args.after) or status


def _misused(args: argparse.Namespace) -> str:
    """What does not go together, in words."""
    if args.all and (args.file or not args.out):
        return "--all draws what comes with fdc into a folder: `fdc graph --all -o gallery/`, without a file"
    if not args.all and not args.file:
        return "name a file to draw, or a family or method that comes with fdc; --all draws all of these"
    if args.why and args.diff:
        return "--why is about one program: leave --diff out"
    return ""


def _other(args: argparse.Namespace) -> Document | None:
    """The document to compare with; None, with a message, where there is none."""
    checked = read(args.diff, [])
    if checked is None:
        return None
    named = [p for p in checked.programs if args.program in (None, p.name)]
    found = _document(checked, named or checked.programs, args)
    return None if isinstance(found, int) else found


def read(name: str, overrides: list[str]) -> Checked | None:
    """A checked file, or family or method that comes with fdc; None, with a message, where there is none to read."""
    if (Path(name) / "graph.html").is_file():
        terminal.complain(f"`{name}` is a run: its page is {Path(name) / 'graph.html'}, with its losses")
        return None
    if Path(name).suffix == ".py":
        terminal.complain(f"`{name}` is Python: `fdc graph` takes the .fdl file that it was made from")
        return None
    built_in = find_library(name) if not Path(name).exists() else None
    try:
        return check(
            built_in or Path(name), name if built_in is None else None, tuple(overrides), noting=True
        )
    except (Unreadable, BadOverride) as e:
        terminal.complain(str(e))
        return None


def _document(checked: Checked, programs: Sequence[TypedProgram], args: argparse.Namespace) -> Document | int:
    """What is drawn, or an exit status, with a message."""
    try:
        document = (
            picture(checked, programs, tuple(args.without)) if programs else outline(checked, args.program)
        )
    except CannotRun as e:
        from ..report.render import complain

        complain([e.diagnostic])
        return 1
    if document is None or not (document.graphs or document.diagnostics):
        if not checked.clean:
            return exit_status(checked.diagnostics)
        names = ", ".join(s.definition.name for s in checked.sections) or "none"
        terminal.complain(f"there is no such program to draw; the file holds: {names}")
        return 2
    return document


def write(document: Document, form: str, out: Path, after: str = "") -> int:
    """Writes a file and says what it holds; gives the exit status."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if form in PICTURES:
        try:
            out.write_bytes(to_picture(document, form, after))
        except NotRendered as e:
            terminal.complain(str(e))
            return 2
    else:
        save(out, WRITERS[form](document, after))
    print(f"wrote {out}: {_told(document)}")
    return 0


def _format(args: argparse.Namespace) -> str | None:
    """The format that is asked for; None, with a message, for an ending that has none."""
    if args.format in PICTURES and not args.out:
        terminal.complain(f"a picture goes into a file: -o graph.{args.format}")
        return None
    if args.format or not args.out:
        return str(args.format or "mermaid")
    ending = Path(args.out).suffix
    if ending not in BY_ENDING:
        known = ", ".join(BY_ENDING)
        terminal.complain(
            f"`{args.out}` could be many things: end it with {known}, or say which with --format"
        )
        return None
    return BY_ENDING[ending]


def _told(document: Document) -> str:
    """Which graphs a file holds."""
    main = [g for g in document.graphs if g.kind != "stage-graph"]
    stages = len(document.graphs) - len(main)
    names = [f"{g.program}: {g.title}" if g.program else g.title for g in main]
    return ", ".join([*names, *([f"{stages} stages"] if stages else [])])


def _chosen(document: Document, which: str | None) -> Document | None:
    """The document with the one graph that is named, or None and a message."""
    if which is None:
        return document
    found = [g for k, g in enumerate(document.graphs, 1) if which in _names(g, k)]
    if len(found) != 1:
        known = "; ".join(f"{k} {g.id} ({g.title})" for k, g in enumerate(document.graphs, 1))
        several = "several graphs have that name" if found else "there is no such graph"
        terminal.complain(f"{several}; these are there: {known}")
        return None
    return replace(document, graphs=tuple(found))


def _names(g: Drawing, number: int) -> tuple[str, ...]:
    return (str(number), g.id, g.title, *([", ".join(g.trains)] if g.trains and g.kind == "update" else []))


def _why(checked: Checked, programs: Sequence[TypedProgram], without: tuple[str, ...]) -> int:
    if not programs:
        terminal.complain("--why tells what the passes change of a program without errors, and here is none")
        return exit_status(checked.diagnostics) or 2
    for program in programs:
        print(f"program {program.name}")
        print("\n".join(changes(compile(program, "fdc graph", without=without).records)))
    return 0
