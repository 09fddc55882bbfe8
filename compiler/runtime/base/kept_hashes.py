"""Hashes of weights that lie in files, kept by the sizes and times of these: no start reads gigabytes to know them again.

An entry says what it was made of: the files, and the names, dtypes and shapes that they were loaded as. One for other files
is another entry; one that cannot be read is made anew, and a folder that cannot be written keeps nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from torch import nn

from .errors import Report
from .records import JsonRecord, record_or_none
from .run_folder import write_text

LARGE = 1 << 30
"""Bytes of weights whose reading takes long enough to be told."""


class KeptHash(JsonRecord):
    """A hash, and what it was made of, in clear."""

    made_of: str
    hash: str


def file_hash(path: Path, root: Path, say: Report) -> str:
    """That of a file's bytes, which is taken once for as long as its size and time stay."""
    stat = path.stat()
    made_of = json.dumps(["file", str(path), stat.st_size, stat.st_mtime_ns])

    def make() -> str:
        if stat.st_size >= LARGE:
            say(f"reads the {stat.st_size / LARGE:.1f} GiB of {path} once, to know them again")
        with open(path, "rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()

    return _kept(root, made_of, make)


def _kept(root: Path, made_of: str, make: Callable[[], str]) -> str:
    path = root / f"{hashlib.sha256(made_of.encode()).hexdigest()}.json"
    found = record_or_none(KeptHash, path)
    if found is not None and found.made_of == made_of:
        return found.hash
    made = make()
    try:
        root.mkdir(parents=True, exist_ok=True)
        write_text(path, KeptHash(made_of=made_of, hash=made).text())
    except OSError:
        pass  # it is made again the next time
    return made


class KeptHashes:
    """`origins` are the folders that modules were loaded from, by their ids; others are hashed each time. `root` holds the
    entries."""

    def __init__(self, origins: Mapping[int, Path], root: Path, say: Report) -> None:
        self._origins, self._root, self._say = origins, root, say

    def taken(self, kind: str, make: Callable[[nn.Module], str], what: str, module: nn.Module) -> str:
        """The hash of a kind, which `make` gives where it is not known; `what` names the module where that takes long."""
        origin = self._origins.get(id(module))
        made_of = _made_of(kind, origin, module) if origin is not None else None
        if made_of is None:
            return make(module)

        def read() -> str:
            size = sum(t.numel() * t.element_size() for t in module.state_dict().values())
            if size >= LARGE:
                self._say(f"reads the {size / LARGE:.1f} GiB of `{what}` once, to know them again")
            return make(module)

        return _kept(self._root, made_of, read)


def _made_of(kind: str, origin: Path, module: nn.Module) -> str | None:
    """None where the files cannot be looked at."""
    try:
        files = sorted(p for p in origin.rglob("*") if p.is_file())
        stats = [(str(p), (s := p.stat()).st_size, s.st_mtime_ns) for p in files]
    except OSError:
        return None
    tensors = [(n, str(t.dtype), list(t.shape)) for n, t in sorted(module.state_dict().items())]
    form = hashlib.sha256(json.dumps(tensors).encode()).hexdigest()
    libraries = [version(library) for library in ("torch", "diffusers", "transformers")]
    return json.dumps([kind, type(module).__qualname__, stats, form, libraries])
