"""Names that nothing in a file has: the import that was forgotten or misspelt, the file that a name was left out of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ...base.diagnostics import Fix, nearest, respelt
from ...base.frozen import struct
from ...base.source import Span
from ...syntax import ast
from ..imports import (
    Module,
    Namespace,
    Unreadable,
    find_library,
    installed,
    library_names,
    parsed,
    read,
)

KINDS: dict[type, str] = {ast.MethodDecl: "method", ast.FamilyDecl: "family", ast.ProgramDecl: "program"}


@struct
class Advice:
    """What to say of a name that is not known, and the edits that mend it."""

    help: str = ""
    fixes: tuple[Fix, ...] = ()


def excused(module: Module, path: Sequence[str]) -> bool:
    """Whether an import or declaration with an error of its own is why nothing is found at a path."""
    word = path[0]
    named = module.names.get(word)
    if isinstance(named, Namespace):
        there = named.module.broken
        return bool(there) and (len(path) == 1 or path[1] in there or nearest(path[1], there) is not None)
    if named is not None:
        return False
    if word in module.broken:
        return True
    known = {*module.names, *module.broken}
    return nearest(word, known) in module.broken or any(
        word in n.module.broken for n in module.names.values() if isinstance(n, Namespace)
    )


def advice(module: Module, path: Sequence[str], kind: type, place: Span) -> Advice:
    """What to do about a path of words that leads to no declaration of a kind; `place` is where it stands."""
    word = path[0]
    named = module.names.get(word)
    if isinstance(named, Namespace):
        return _inside(named, path, kind, place)
    declared = [n for n in _own(module, kind) if n != word]
    if named is None:
        if (where := _elsewhere(module, word, kind)) is not None:
            return Advice(
                f"the file `{where}` declares it: `{where}.{word}`", _written(place, f"{where}.{word}")
            )
        if word in library_names():
            text = f"import {word}"
            return Advice(f"it is built in: `{text}` at the top of the file", (importing(module, text),))
        if os.path.isfile(module.path.parent / f"{word}.fdl"):
            text = f'import "./{word}.fdl"'
            return Advice(f"there is a file of this name: `{text}`", (importing(module, text),))
    near = nearest(word, [*declared, *(n for n, d in module.names.items() if isinstance(d, Namespace))])
    if near is not None:
        return Advice(f"did you mean `{near}`?", respelt(word, near, place))
    near = nearest(word, library_names())
    if near is not None and named is None:
        return Advice(f"did you mean the built-in `{near}`? it is imported by `import {near}`")
    what = KINDS[kind]
    listed = ", ".join(f"`{n}`" for n in declared[:6])
    return Advice(
        f"the names here are {listed}"
        if listed
        else f'a {what} of another file is imported: `import "./{word}.fdl"`'
    )


def unimported(module: Module, kind: type) -> Iterator[tuple[str, Fix]]:
    """The families, methods or programs that come with fdc or a package and are not imported here, each by the name that it
    would go by, with the edit that imports it."""
    others = installed()
    for name in library_names(others):
        path = find_library(name) or others.get(name)
        if name not in module.names and path is not None and kind in _kinds(path):
            yield name, importing(module, f"import {name}")


@cache
def _kinds(path: Path) -> frozenset[type]:
    """What a file of the library declares."""
    try:
        declarations = parsed(read(path, path.name))[0].declarations
    except Unreadable:
        return frozenset()
    return frozenset(type(d) for d in declarations)


def importing(module: Module, text: str) -> Fix:
    """The edit that writes an import below the last one of a file, else above what the file begins with."""
    source = module.source
    imports = [d for d in module.file.declarations if isinstance(d, ast.Import)]
    if imports:
        at, new = imports[-1].span.end, f"\n{text}"
    else:
        at, new = _first(module), f"{text}\n\n"
    return Fix(f"add `{text}`", Span(source, at, at), new, safe=True)


def _first(module: Module) -> int:
    """Where the first declaration's line begins, its doc comments included."""
    source = module.source
    if not module.file.declarations:
        return 0
    line = source.position(module.file.declarations[0].span.start)[0]
    while line > 1 and source.line_text(line - 1).lstrip().startswith("##"):
        line -= 1
    return source.line_starts[line - 1]


def _own(module: Module, kind: type) -> Iterator[str]:
    """The names in a file that mean a declaration of a kind."""
    for name, d in module.names.items():
        if not isinstance(d, Namespace) and isinstance(d.declaration, kind):
            yield name


def _elsewhere(module: Module, word: str, kind: type) -> str | None:
    """The name of an imported file that declares `word`."""
    for name, d in module.names.items():
        if isinstance(d, Namespace) and word in _declared(d, kind):
            return name
    return None


def _declared(file: Namespace, kind: type) -> list[str]:
    return [d.name for d in file.module.own() if isinstance(d.declaration, kind)]


def _inside(file: Namespace, path: Sequence[str], kind: type, place: Span) -> Advice:
    """A file is imported under the first word, and what follows is none of its declarations."""
    there = _declared(file, kind)
    what = KINDS[kind]
    if not there:
        return Advice(f"the file `{file.name}` declares no {what}")
    if len(path) == 1:
        listed = " or ".join(f"`{file.name}.{n}`" for n in there[:6])
        fixes = _written(place, f"{file.name}.{there[0]}") if len(there) == 1 else ()
        return Advice(f"the file `{file.name}` declares {listed}: say which", fixes)
    near = nearest(path[1], there)
    if near is not None:
        return Advice(f"did you mean `{file.name}.{near}`?", respelt(path[1], near, place))
    return Advice(f"the file `{file.name}` declares {', '.join(f'`{n}`' for n in there[:6])}")


def _written(place: Span, text: str) -> tuple[Fix, ...]:
    return (Fix(f"write `{text}`", place, text),)
