"""What lies where in a tar file, read from its headers alone and kept by the file's size and time."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...base.errors import Place, RunError
from ...base.media.clips_and_images import aside

_VERSION = 1
"""Part of what is kept: counts the changes to what is found."""


@dataclass(frozen=True)
class Member:
    """A file in a tar: its bytes are there as they are, from `offset` on. `changed` is the time that its header says."""

    name: str
    offset: int
    size: int
    changed: int


def members(path: Path, kept: Path | None, place: Place | None) -> list[Member]:
    """The files in a tar, in its order. RunError for what is no tar, is compressed, or ends before its end."""
    try:
        stat = path.stat()
    except OSError as error:
        raise RunError("missing-file", f"{path} cannot be read ({error.strerror})", place=place) from error
    stamp = [_VERSION, str(path.absolute()), stat.st_size, stat.st_mtime_ns]
    where = _record(path, kept)
    known = _known(where, stamp)
    if known is not None:
        return known
    found = _scanned(path, place)
    if where is not None:
        entries = [[m.name, m.offset, m.size, m.changed] for m in found]
        try:
            with aside(where) as part:
                part.write_text(json.dumps({"of": stamp, "members": entries}))
        except OSError:
            pass  # a full or read-only disk costs time and no more
    return found


def _scanned(path: Path, place: Place | None) -> list[Member]:
    try:
        with tarfile.open(path, "r:") as tar:
            listed = [m for m in tar if not m.issparse()]
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise _no_tar(path, str(error), place) from error
    end = max((m.offset_data + -(-m.size // _BLOCK) * _BLOCK for m in listed if m.isreg()), default=0)
    end = max(end, *(m.offset_data for m in listed)) if listed else 0
    with path.open("rb") as file:
        file.seek(end)
        behind = file.read(_PADDING)
    if len(behind) < 2 * _BLOCK or behind[: 2 * _BLOCK].strip(b"\0"):
        raise _no_tar(path, f"it has no end after {len(listed)} members", place)
    if behind.strip(b"\0"):
        raise _no_tar(path, f"another one begins behind its {len(listed)} members", place)
    return [
        Member(m.name.removeprefix("./"), m.offset_data, m.size, int(m.mtime)) for m in listed if m.isreg()
    ]


_BLOCK = 512
"""Bytes in which a tar is laid out; two that are empty end it."""

_PADDING = 1 << 20
"""Bytes behind the last member that are looked at."""


def _no_tar(path: Path, why: str, place: Place | None) -> RunError:
    with path.open("rb") as file:
        head = file.read(6)
    packed = any(head.startswith(magic) for magic in _PACKED)
    return RunError(
        "data-mismatch",
        f"{path} is compressed, and samples are read from where they lie"
        if packed
        else f"{path} is no whole tar file: {why}",
        help="unpack it to a plain .tar; media are compressed already"
        if packed
        else "write or copy it again",
        place=place,
        exit_status=2,
    )


_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""What files begin with that gzip, bzip2, xz or zstd packed."""


def _record(path: Path, kept: Path | None) -> Path | None:
    if kept is None:
        return None
    return kept / "tars" / f"{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]}.json"


def _known(where: Path | None, stamp: list[Any]) -> list[Member] | None:
    try:
        record = json.loads(where.read_text()) if where is not None else {}
        return [Member(*entry) for entry in record["members"]] if record["of"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
