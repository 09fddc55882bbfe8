"""The headers of all files of a folder, read in parallel before the first step and kept by size and time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from ...base.events import Counting
from ...base.media.clips_and_images import aside
from ...base.media.media_probe import MediaProbe, probe, probe_shown
from .cuts.array_files import values_problem
from .file_fields import Values

_THREADS = 8
_VERSION = 4
"""Part of what is kept: counts the changes to what a probe finds."""


def shown_of_files(
    every: Sequence[Path], kept: Path | None, most: int, paths: Sequence[Path]
) -> dict[Path, MediaProbe]:
    """Probes of some of the files that were probed together, with what is shown of them."""
    return probe_files(every, kept, most, frozenset(paths)) if paths else {}


def probe_files(
    paths: Sequence[Path], kept: Path | None, shown: int = 0, closely: Set[Path] | None = None
) -> dict[Path, MediaProbe]:
    """A probe of each file; of files with frames of up to `shown` pixels, or of those of them that are looked at `closely`,
    with what is shown. Those of earlier calls are in the folder `kept` and hold as long as a file has the size and the time
    of change that it had; what cannot be kept is read again the next time."""
    where = _record(paths, kept)
    known = _known(where)
    stamps = {path: _stamp(path) for path in paths}
    close = {path for path in paths if shown and (closely is None or path in closely)}

    def suffices(path: Path) -> bool:
        one = known.get(stamps[path])
        return one is not None and bool(path not in close or one.shown or one.problem)

    found = {path: known[stamps[path]] for path in paths if suffices(path)}
    asked = [path for path in paths if path not in found]
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="probe") as pool:

        def look(path: Path) -> MediaProbe:
            return probe_shown(path, shown) if path in close else probe(path)

        counting = Counting("headers of files read", len(asked))
        for count, (path, one) in enumerate(zip(asked, pool.map(look, asked), strict=True), 1):
            found[path] = one
            counting.reached(count)
        counting.close()
    if asked and where is not None:
        record = {stamps[path]: asdict(one) for path, one in found.items()}
        try:
            with aside(where) as part:
                part.write_text(json.dumps({"version": _VERSION, "files": record}))
        except OSError:
            pass  # a full or read-only disk costs time and no more
    return found


def values_problems(files: Sequence[tuple[Path, str, Values]]) -> list[str]:
    """Why each file of a tensor does not hold what its field wants, by its header; "" where it does."""
    if not files:
        return []
    counting = Counting("headers of tensors read", len(files))
    found = []
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="probe") as pool:
        for problem in pool.map(lambda file: values_problem(*file), files):
            found.append(problem)
            counting.reached(len(found))
    counting.close()
    return found


def _record(paths: Sequence[Path], kept: Path | None) -> Path | None:
    """The file that keeps the probes of these paths' common folder."""
    if kept is None or not paths:
        return None
    folder = os.path.commonpath([path.absolute().parent for path in paths])
    return kept / "probes" / f"{hashlib.sha256(folder.encode()).hexdigest()[:24]}.json"


def _known(where: Path | None) -> Mapping[str, MediaProbe]:
    try:
        record = json.loads(where.read_text()) if where is not None else {}
        if record.get("version") != _VERSION:
            return {}
        return {stamp: MediaProbe(**one) for stamp, one in record["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _stamp(path: Path) -> str:
    """The file as it is: its name, size and time of change."""
    try:
        stat = path.stat()
    except OSError:
        return f"{path.absolute()} gone"
    return f"{path.absolute()} {stat.st_size} {stat.st_mtime_ns}"
