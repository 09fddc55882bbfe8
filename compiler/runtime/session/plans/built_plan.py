"""A module that `fdc build` wrote, perhaps edited since: what it was made from, read without running it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ....base import terminal
from ....emit.source_map import edited
from ...base.errors import RunError
from ...base.run_folder import RunFolder

FIELDS = ("PROGRAM", "SOURCE", "OVERRIDES", "DIGEST")


@dataclass(frozen=True)
class Built:
    """`source` is the program's file, as the working folder sees it; `digest` of the texts that it was made from;
    `version` of the fdc that made it; `edited` tells that somebody changed it since."""

    path: Path
    text: str
    program: str
    source: Path
    overrides: tuple[str, ...]
    digest: str
    version: str
    edited: bool

    @property
    def facts(self) -> tuple[str, ...]:
        """What may explain that it does not run."""
        now = terminal.version()
        made = (f"it was built by fdc {self.version}, and this is {now}",) if self.version != now else ()
        return (*made, *(["it was edited since it was built"] if self.edited else []))


def read_built(path: Path) -> Built:
    """Raises RunError for a file that is no such module, is not there, or is no Python, and if its program's file is
    gone."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, str(path))
        compile(text, str(path), "exec", dont_inherit=True)  # a `return` outside a function parses
    except (OSError, UnicodeDecodeError) as e:
        said = e.strerror if isinstance(e, OSError) else "it is no text"
        raise RunError("missing-file", f"`{path}` cannot be read: {said}", exit_status=2) from None
    except (SyntaxError, ValueError) as e:
        line = getattr(e, "lineno", None)
        where = f"{path}:{line}" if line else str(path)
        raise RunError(
            "run-error",
            f"{where} is no Python: {getattr(e, 'msg', e)}",
            help="correct that line, or build the module again",
        ) from None
    found = {name: value for node in tree.body for name, value in _assigned(node)}
    missing = [f for f in FIELDS if f not in found]
    if missing:
        raise RunError(
            "run-error",
            f"`{path}` is no module that `fdc build` wrote: it has no {', '.join(missing)}",
            help="give the program's .fdl file, or a plan.py as `fdc build` writes it",
            exit_status=2,
        )
    source = Path(os.path.normpath(path.parent / str(found["SOURCE"])))
    if not source.is_file():
        raise RunError(
            "missing-file",
            f"`{path}` takes its roles, data and settings from {source}, which is not there",
            help="put the program back where it was when the module was built, or build it again",
            exit_status=2,
        )
    given = found["OVERRIDES"]
    overrides = tuple(map(str, given)) if isinstance(given, tuple) else ()
    version = str(found.get("VERSION", "of before"))
    return Built(
        path, text, str(found["PROGRAM"]), source, overrides, str(found["DIGEST"]), version, edited(text)
    )


def run_beside(built: Built) -> Path | None:
    """The folder of the run whose own module this is: it stands there as the run wrote it."""
    folder = RunFolder(built.path.parent, "")
    lock = folder.lock
    return folder.path if lock is not None and lock.name == built.program else None


def _assigned(node: ast.stmt) -> Iterator[tuple[str, object]]:
    """The name and the value of one of `FIELDS`, where a statement assigns a literal to it."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in (*FIELDS, "VERSION"):
            try:
                yield name, ast.literal_eval(value)
            except ValueError:
                return
