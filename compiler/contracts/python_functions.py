"""The Python of a family, `binding.py`, as its text says: which functions and classes it has. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..base import limits
from ..base.frozen import struct
from ..base.source import NotAFile, contents

FILE = "binding.py"


@struct
class Called:
    """How many arguments a function takes by position: at least and at most, None for any number."""

    least: int
    most: int | None


@struct
class Binding:
    """What a file offers: functions with their arguments, and names of which no more is known. `open` says that there may
    be others (`from x import *`); `fault` why the file cannot be read, with the line."""

    functions: Mapping[str, Called]
    names: frozenset[str]
    open: bool = False
    fault: str = ""


def binding_of(folder: Path) -> Binding | None:
    """The binding in a family's folder; None where there is none."""
    path = folder / FILE
    try:
        text = contents(path, limits.FILE_BYTES)
    except FileNotFoundError:
        return None
    except NotAFile:
        return Binding({}, frozenset(), fault="it is no file")
    except OSError as e:
        return Binding({}, frozenset(), fault=f"it cannot be read: {e.strerror or e}")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        line = f" in line {e.lineno}" if isinstance(e, SyntaxError) and e.lineno else ""
        return Binding({}, frozenset(), fault=f"it is no Python{line}: {getattr(e, 'msg', None) or e}")
    functions: dict[str, Called] = {}
    names: set[str] = set()
    free = False
    for node in _top(tree.body):
        match node:
            case ast.FunctionDef(name=name, args=args):
                functions[name] = _called(args) if not node.decorator_list else Called(0, None)
            case ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=imported) | ast.ImportFrom(names=imported):
                free = free or any(n.name == "*" for n in imported)
                names |= {n.asname or n.name.partition(".")[0] for n in imported}
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            case _:
                pass
    return Binding(functions, frozenset(names), free)


def _top(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """The statements of a file, those under its `if` and `try` included."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _top(node.body)
            yield from _top(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from _top(handler.body)


def _called(args: ast.arguments) -> Called:
    positional = [*args.posonlyargs, *args.args]
    return Called(len(positional) - len(args.defaults), None if args.vararg is not None else len(positional))
