"""Renaming a declared name everywhere in the workspace, or saying why not.

The renamed texts are read and checked before they are offered: a rename that would change what some other name means,
or that would bring an error, is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from ....grammar import meanings
from ...base.diagnostics import Diagnostic
from ...base.source import Source
from ...modules.imports import parsed
from ...modules.names.bind_file import bind
from ...modules.names.symbol import FileNames, Symbol, Use
from ...syntax.lexer import KEYWORDS
from ..edits import TextChange, applied
from ..workspace import View, Workspace
from .navigate import mentioning

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

FIXED = {
    "file": "`{name}` is named by its file: import it `as` another name",
    "python": "`{name}` is a function of `binding.py`, which is not read here",
    "component": "`{name}` is a component's name, and so its folder in checkpoints and its name in `binding.py`",
    "size": "`{name}` is a size, which families and programs share by its name",
    "role function": "`{name}` is what every role offers",
    "field": "`{name}` is a field, which families, methods and data share by its name",
}
"""Kinds of names that are known outside of the text, and why they stay."""
WORDS = frozenset({"batch", "step", "b", "t", "none"})
"""Names that the language gives."""


class Refused(Exception):
    """A rename that is not made, with why in plain words."""


def prepare(workspace: Workspace, view: View, offset: int) -> Use:
    """The name at a place, if it can be renamed. Raises `Refused`."""
    use = view.names.at(offset)
    if use is None:
        raise Refused("there is no declared name here")
    symbol = use.symbol
    if symbol.kind in FIXED:
        raise Refused(FIXED[symbol.kind].format(name=symbol.name))
    if symbol.name in meanings.ROLE_FUNCTIONS and symbol.kind == "graph":
        raise Refused(f"`{symbol.name}` is what methods ask every family for")
    if symbol.name == "batch" and symbol.kind == "argument":
        raise Refused("`batch` is what a graph's batch is called")
    home = symbol.root[0]
    if isinstance(home, Path) and not workspace.documents.owns(home):
        raise Refused(f"`{symbol.name}` is declared in a library: `{home.name}`")
    return use


def rename(
    workspace: Workspace, view: View, offset: int, new: str
) -> dict[Path, tuple[str, list[TextChange]]]:
    """The edits by file, each with the text that they are made for. Raises `Refused`."""
    symbol = prepare(workspace, view, offset).symbol
    if not _NAME.fullmatch(new):
        raise Refused(f"`{new}` is not a name: names take letters a to z, digits and `_`")
    if new == symbol.name:
        return {}
    if new in KEYWORDS or new in WORDS:
        raise Refused(f"`{new}` is a word of the language")
    if symbol.kind != "variant" and new in (*meanings.FUNCTIONS, *meanings.TYPES):
        raise Refused(f"`{new}` is a word of the language")
    changes: dict[Path, tuple[str, list[TextChange]]] = {}
    before: dict[Path, FileNames] = {}
    for module in mentioning(workspace, symbol):
        if parsed(module.source)[1]:
            raise Refused(f"`{module.source.path}` has a syntax error, so that a place in it could be missed")
        names = before[module.path] = bind(module)
        here = names.of(symbol.root)
        if here:
            changes[module.path] = (
                module.source.text,
                [TextChange(u.span.start, u.span.end, new) for u in here],
            )
    _try(workspace, symbol, new, changes, before)
    return changes


def _try(
    workspace: Workspace,
    symbol: Symbol,
    new: str,
    changes: Mapping[Path, tuple[str, list[TextChange]]],
    before: Mapping[Path, FileNames],
) -> None:
    """Reads and checks the renamed texts, and every file that mentions the name. Raises `Refused`."""
    then = _with(workspace, before, {path: applied(text, edits) for path, (text, edits) in changes.items()})
    for path, names in before.items():
        found = then.module(path)
        assert found is not None
        taken = _differs(names, bind(found[0]), changes)
        if taken is not None:
            at = taken.span
            raise Refused(f"`{new}` is taken: line {at.line} of `{at.source.path}` would mean another name")
    known = _errors(_with(workspace, before, {}))
    for path, found_then in _errors(then).items():
        fresh = Counter(d.code for d in found_then) - Counter(d.code for d in known.get(path, ()))
        for d in found_then:
            if d.code in fresh:
                raise Refused(f"`{symbol.name}` cannot be called `{new}`: {d.message} ({d.span})")


def _with(workspace: Workspace, files: Iterable[Path], texts: Mapping[Path, str]) -> Workspace:
    """The open files and these, some with other texts, to be tried out."""
    trial = Workspace()
    trial.documents.roots = workspace.documents.roots
    for path in dict.fromkeys((*workspace.documents.open, *files)):
        text = texts.get(path)
        if text is None:
            text = workspace.documents.read(path, workspace.documents.shown(path)).text
        trial.documents.put(workspace.documents.uri(path), None, text)
    return trial


def _errors(workspace: Workspace) -> dict[Path, list[Diagnostic]]:
    return {v.path: [d for d in v.checked.diagnostics if d.severity == "error"] for v in workspace.views()}


def _differs(
    before: FileNames, after: FileNames, changes: Mapping[Path, tuple[str, list[TextChange]]]
) -> Use | None:
    """The first name of the text after that does not mean what it meant."""

    def moved(file: object, offset: int) -> int:
        edits = changes[file][1] if isinstance(file, Path) and file in changes else []
        return offset + sum(len(e.text) - (e.end - e.start) for e in edits if e.end <= offset)

    def meaning(u: Use, move: bool) -> tuple[int, object, int, str]:
        file, start, kind, _ = u.symbol.root
        shift = moved if move else lambda _, offset: offset
        return shift(_file(u.span.source), u.span.start), file, shift(file, start), kind

    old = {meaning(u, True) for u in before.uses}
    new = {meaning(u, False): u for u in after.uses}
    different = [u for m, u in new.items() if m not in old]
    if different:
        return min(different, key=lambda u: u.span.start)
    missing = old - new.keys()
    return next(iter(after.uses), None) if missing else None


def _file(source: Source) -> object:
    return source.file or source
