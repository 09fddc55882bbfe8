"""Emitted modules kept on disk, under a key of the graph they were made from, the passes, versions and device.

An entry is one JSON file with its key in clear and a hash of its text. It is written aside and renamed, so that two
processes may write the same one; one that is damaged is made anew. A folder that cannot be written is no error: nothing
is kept then. Reading an entry takes a quarter of the time that the passes and the emitter take. What Triton makes of the
kernels lies in Triton's own cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ..base import terminal
from ..base.source import save

Key = Mapping[str, str]


class KeptModule(BaseModel):
    """A kept module: its key in clear, the SHA-256 of its text, and the text."""

    model_config = ConfigDict(frozen=True, strict=True)

    key: dict[str, str]
    sha256: str
    text: str


def folder() -> Path:
    """`$FDC_CACHE`, or `fdc` in the user's cache folder."""
    given = os.environ.get("FDC_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fdc"


def versions(device: str) -> Key:
    """What a module depends on beside its graph: Python, libraries, fdc's own code, and the device."""
    package = Path(__file__).parents[2]
    code = [
        (str(p.relative_to(package)), (stat := p.stat()).st_size, stat.st_mtime_ns)
        for part in ("compiler", "stages")
        for p in sorted((package / part).rglob("*.py"))
    ]
    return {
        "fdc": f"{terminal.version()} {_hash(repr(code))[:16]}",
        "python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "triton")},
        "device": device,
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def kept(at: Path, key: Key, make: Callable[[], str], tell: Callable[[str], None]) -> str:
    """The text for a key: read, or made and written. `tell` takes a line about an entry that was damaged."""
    path = at / "builds" / f"{_hash(json.dumps(dict(key), sort_keys=True))}.json"
    try:
        entry = KeptModule.model_validate_json(path.read_bytes())
        if entry.key == dict(key) and entry.sha256 == _hash(entry.text):
            return entry.text
        tell(f"{path} is damaged; it is made anew")
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        tell(f"{path} cannot be read; it is made anew")
    text = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, KeptModule(key=dict(key), sha256=_hash(text), text=text).model_dump_json(indent=1))
    except OSError:
        pass  # it is made again the next time
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
