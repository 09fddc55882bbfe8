"""What `fdc check` is asked to check: files, folders with files below them, a text on standard input."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..base import limits
from ..base.frozen import struct
from ..base.source import Source
from ..modules.imports import PACKAGE, Unreadable, decoded, read

STDIN = "-"
BESIDE_THE_POINT = ("__pycache__", "node_modules")
"""Folders that hold nobody's programs; so do those whose name begins with a dot."""
MARKS = ("pyvenv.cfg", "lock.json")
"""Files whose folder is an environment of Python's or the record of a run."""


@struct
class Target:
    """A file to check, under the name to show; `text` is that of standard input, other texts lie at `path`."""

    path: Path
    shown: str
    text: str | None = None

    @property
    def file(self) -> Path:
        return Path(os.path.realpath(self.path))

    @property
    def built_in(self) -> bool:
        """Whether it belongs to fdc."""
        return any(self.file.is_relative_to(PACKAGE / folder) for folder in ("families", "programs"))


@struct
class Gathered:
    """What there is to check, each file once; why something named cannot be; the folders that were looked through."""

    targets: tuple[Target, ...]
    refused: tuple[str, ...]
    folders: tuple[Path, ...]


def gather(names: Sequence[str], stdin: Callable[[int], bytes], stdin_name: str | None = None) -> Gathered:
    """Files as they are named, folders with every `.fdl` file below them, `-` as a text at `stdin_name`.

    `stdin` reads so many bytes of standard input: no more than a program may hold.
    """
    targets: dict[Path, Target] = {}
    refused: list[str] = []
    folders: list[Path] = []
    for name in dict.fromkeys(names):
        if name == STDIN:
            try:
                text = decoded(stdin(limits.FILE_BYTES + 1), stdin_name or "<stdin>")
            except Unreadable as e:
                refused.append(str(e))
                continue
            target = Target(Path(stdin_name or "<stdin>"), stdin_name or "<stdin>", text)
            targets[target.file] = target
        elif os.path.isdir(name):
            found = list(_below(name, folders))
            if not found:
                refused.append(f"there is no .fdl file in the folder `{name}`")
            for path in found:
                target = Target(Path(path), path)
                targets.setdefault(target.file, target)
        else:
            target = Target(Path(name), name)
            targets.setdefault(target.file, target)
    return Gathered(tuple(targets.values()), tuple(refused), tuple(folders))


def _below(folder: str, visited: list[Path]) -> Iterator[str]:
    for here, inside, files in os.walk(folder):
        inside[:] = sorted(d for d in inside if not d.startswith(".") and d not in BESIDE_THE_POINT)
        if here != folder and any(mark in files for mark in MARKS):
            inside.clear()
            continue
        visited.append(Path(here))
        yield from (os.path.normpath(os.path.join(here, f)) for f in sorted(files) if f.endswith(".fdl"))


class Reading:
    """A reader of files that takes `texts` for what lies at their paths, and remembers what it was asked for.

    A file that several programs import is read once. `stamps` tells for each path the state that it was read in, None
    where there was no file.
    """

    def __init__(self, texts: Mapping[Path, str]) -> None:
        self.texts = texts
        self.stamps: dict[Path, object] = {}
        self.known: dict[tuple[Path, str], Source] = {}

    def __call__(self, path: Path, shown: str) -> Source:
        file = Path(os.path.realpath(path))
        found = self.known.get((file, shown))
        if found is None:
            if file in self.texts:
                found = Source(shown, self.texts[file], file)
            else:
                self.note(path)
                found = read(path, shown)
            self.known[file, shown] = found
        return found

    def note(self, path: Path) -> None:
        self.stamps[path] = stamp(path)


def stamp(path: Path) -> object:
    """What changes when a file does; None where there is none."""
    try:
        info = os.stat(path)
    except (OSError, ValueError):
        return None
    return info.st_mtime_ns, info.st_size, info.st_ino
