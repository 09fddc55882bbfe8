"""`fdc new`: a program, a method or a family of one's own, begun from one that comes with fdc; and the list of the layers of
a family.
"""

from __future__ import annotations

import argparse
import json
import keyword
import re
from collections.abc import Mapping
from pathlib import Path

from ...grammar.samples import BEGINNINGS
from ..base import terminal
from ..base.diagnostics import nearest
from ..base.source import Source, save
from ..contracts.networks.layer_lists import beside
from ..modules.imports import PACKAGE, Unreadable, parsed, read
from ..syntax import ast
from ..syntax.lexer import KEYWORDS

KINDS: Mapping[str, type] = {
    "program": ast.ProgramDecl,
    "method": ast.MethodDecl,
    "family": ast.FamilyDecl,
}
LAYERS = "layers"


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "kind", choices=(*KINDS, LAYERS), metavar="KIND", help="program, method, family, or layers of one"
    )
    p.add_argument(
        "name",
        metavar="NAME",
        help="what it is called; a file NAME.fdl, of a family in a folder NAME. Of layers: a family's file",
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
    p.add_argument(
        "--allow-python", action="store_true", help="the family whose layers are listed may run Python"
    )


def run(args: argparse.Namespace) -> int:
    name, kind = args.name, args.kind
    if kind == LAYERS:
        return _layers(Path(name), args.allow_python)
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
        listed = beside(Path(str(source.file)))
        if listed.is_file():
            said = json.loads(listed.read_text("utf-8"))
            written[folder / beside(Path(f"{name}.fdl"))] = json.dumps({name: said[wanted]}, indent=1) + "\n"
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


def _layers(path: Path, allow_python: bool) -> int:
    """Writes anew what the networks of a family's file are made of, beside it."""
    if path.suffix != ".fdl":
        terminal.complain(f"`{path}` is no family's file: its name ends in .fdl")
        return 2
    from ..runtime.weights.state_layers import layers_text

    try:
        save(beside(path), layers_text(path, allow_python=allow_python))
    except Unreadable as e:
        terminal.complain(str(e))
        return 2
    except OSError as e:
        terminal.complain(f"`{beside(path)}` cannot be written: {e.strerror}")
        return 2
    print(f"wrote {terminal.printable(str(beside(path)))}")
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
