"""`fdc graph`: a program as a picture, or what each pass changes of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..base import terminal
from ..base.source import save
from ..driver.pipeline import Checked, compile
from ..graph.document import to_json
from ..graph.dot import to_dot
from ..graph.mermaid import to_mermaid
from ..graph.model import Picture, picture
from ..graph.pass_diff import changes
from ..graph.program import document
from ..graph.svg import to_svg
from ..program.typed_program import TypedProgram
from .checking.one_file import without_errors
from .options import passes, settings

WRITERS: Mapping[str, Callable[[Picture], str]] = {"mermaid": to_mermaid, "dot": to_dot, "svg": to_svg}
BY_ENDING = {".svg": "svg", ".mmd": "mermaid", ".md": "mermaid", ".dot": "dot", ".gv": "dot", ".json": "json"}


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("file", metavar="FILE")
    p.add_argument("-o", "--out", metavar="FILE", help="write there (.svg, .mmd, .dot); else print")
    p.add_argument("--format", choices=(*WRITERS, "json"), help="[mermaid, or by the file's ending]")
    p.add_argument("--program", help="draw this program of the file")
    p.add_argument(
        "--why",
        action="store_true",
        help="print what each pass changes, which arithmetic becomes one kernel, and why not more of it",
    )
    settings(p)
    passes(p)


def run(args: argparse.Namespace) -> int:
    checked = without_errors(args.file, args.overrides)
    if isinstance(checked, int):
        return checked
    programs = [p for p in checked.programs if args.program in (None, p.name)]
    if not programs:
        names = ", ".join(p.name for p in checked.programs) or "none"
        terminal.complain(f"there is no such program to draw; the file holds: {names}")
        return 2
    if args.why:
        return _why(programs, tuple(args.without))
    form = args.format or BY_ENDING.get(Path(args.out).suffix if args.out else "", "mermaid")
    if form == "json":
        text = _json(checked, programs[0], tuple(args.without))
    else:
        text = "\n".join(WRITERS[form](picture(p)) for p in (programs[:1] if form == "svg" else programs))
    if args.out:
        Path(args.out).parent.mkdir(parents=True, exist_ok=True)
        save(Path(args.out), text)
        print(f"wrote {args.out}")
    else:
        print(text)
    return 0


def _json(checked: Checked, program: TypedProgram, without: tuple[str, ...]) -> str:
    made = compile(program, "fdc graph", without=without)
    return to_json(document(program, made.records, checked.files, made.text, checked.diagnostics))


def _why(programs: Sequence[TypedProgram], without: tuple[str, ...]) -> int:
    for program in programs:
        print(f"program {program.name}")
        print("\n".join(changes(compile(program, "fdc graph", without=without).records)))
    return 0
