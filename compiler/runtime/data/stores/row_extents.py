"""How large the pictures of a store's rows are: each row is read once for it, and what was found is kept by its content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...base.events import Counting
from ...base.media.clips_and_images import aside
from ..folders.extents import Extent

_THREADS = 8
_VERSION = 1
Measured = Extent | str
"""An extent, or why a row cannot be used."""


def row_extents(
    where: str,
    contents: Sequence[str],
    asked: Sequence[int],
    about: str,
    measure: Callable[[int], Measured],
    kept: Path | None,
) -> dict[int, Measured]:
    """That of each row that is asked for, as `measure` finds it. `contents` are hashes of all rows, and `about` says what of
    them is looked at; what earlier calls found of equal ones is in the folder `kept`."""
    path = _file(where, about, kept)
    known = _known(path)
    found = {k: known[contents[k]] for k in asked if contents[k] in known}
    missing = [k for k in asked if k not in found]
    counting = Counting(f"rows of {where} measured", len(missing))
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="probe") as pool:
        for count, (k, one) in enumerate(zip(missing, pool.map(measure, missing), strict=True), 1):
            found[k] = one
            counting.reached(count)
    counting.close()
    if missing and path is not None:
        rows = {contents[k]: _written(one) for k, one in found.items()}
        try:
            with aside(path) as part:
                part.write_text(json.dumps({"version": _VERSION, "rows": rows}))
        except OSError:
            pass  # they are measured again the next time
    return found


def _file(where: str, about: str, kept: Path | None) -> Path | None:
    if kept is None:
        return None
    return kept / "extents" / f"{hashlib.sha256(f'{where} {about}'.encode()).hexdigest()[:24]}.json"


def _written(one: Measured) -> object:
    return one if isinstance(one, str) else [one.frames, one.height, one.width]


def _known(path: Path | None) -> Mapping[str, Measured]:
    try:
        record = json.loads(path.read_text()) if path is not None else {}
        if record.get("version") != _VERSION:
            return {}
        return {k: v if isinstance(v, str) else Extent(*map(int, v)) for k, v in record["rows"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
