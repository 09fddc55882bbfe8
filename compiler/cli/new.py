"""`fdc new`: a program, a method or a family of one's own, begun from one that comes with fdc."""

from __future__ import annotations

import argparse
import keyword
import re
from collections.abc import Mapping
from pathlib import Path

from ...grammar.samples import BEGINNINGS
from ..base import terminal
from ..base.diagnostics import nearest
from ..base.source import Source, save
from ..modules.imports import PACKAGE, parsed, read
from ..syntax import ast
from ..syntax.lexer import KEYWORDS

KINDS: Mapping[str, type] = {
    "program": ast.ProgramDecl,
    "method": ast.MethodDecl,
    "family": ast.FamilyDecl,
}


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("kind", choices=tuple(KINDS), metavar="KIND", help="program, method or family")
    p.add_argument(
        "name", metavar="NAME", help="what it is called; a file NAME.fdl, of a family in a folder NAME"
    )
    p.add_argument(
        "--from",
        dest="model",
        metavar="SHIPPED",
        help="begin with this one ["
        + ", ".join(f"{model} for a {kind}" for kind, model in BEGINNINGS.items())
        + "]",
    )
    p.add_argument("-o", "--out", default=".", metavar="FOLDER", help="where to write it [.]")


def run(args: argparse.Namespace) -> int:
    name, kind = args.name, args.kind
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) is None or name in KEYWORDS or keyword.iskeyword(name):
        terminal.complain(f"`{name}` is no name: small letters, digits and `_`, and no word of the language")
        return 2
    shipped = models(kind)
    wanted = args.model or BEGINNINGS[kind]
    if wanted not in shipped:
        near = nearest(wanted, shipped)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(shipped)}"
        terminal.complain(f"no {kind} `{wanted}` comes with fdc; {hint}")
        return 2
    source = shipped[wanted]
    folder = Path(args.out) / (name if kind == "family" else "")
    written = {folder / f"{name}.fdl": renamed(source, KINDS[kind], name)}
    if kind == "family":
        python = sorted(p for p in Path(str(source.file)).parent.glob("*.py") if p.name != "__init__.py")
        written |= {folder / p.name: p.read_text("utf-8") for p in python}
    there = [path for path in written if path.exists()]
    if there:
        terminal.complain(f"`{there[0]}` is there already, and is left as it is")
        return 2
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in written.items():
            save(path, text)
            print(f"wrote {terminal.printable(str(path))}")
    except OSError as e:
        terminal.complain(f"`{folder}` cannot be written: {e.strerror}")
        return 2
    print(f"next: fdc check {terminal.printable(str(next(iter(written))))}")
    return 0


def models(kind: str) -> Mapping[str, Source]:
    """By name, the files that come with fdc and declare one thing, of this kind."""
    found: dict[str, Source] = {}
    for path in sorted((*(PACKAGE / "programs").glob("*.fdl"), *(PACKAGE / "families").glob("*/*.fdl"))):
        source = read(path, path.name)
        own = [d for d in parsed(source)[0].declarations if not isinstance(d, ast.Import)]
        if len(own) == 1 and isinstance(own[0], KINDS[kind]):
            found[path.stem] = source
    return found


def renamed(source: Source, declared: type, name: str) -> str:
    """The file's text with its declaration under another name."""
    for d in parsed(source)[0].declarations:
        if isinstance(d, declared) and not isinstance(d, ast.Import):
            span = d.name.span
            return source.text[: span.start] + name + source.text[span.end :]
    raise AssertionError(f"`{source.path}` declares no {declared.__name__}")
