"""What a disk refuses in the middle of a run, told as what it is: full, read-only, broken, or a folder that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.errors import RunError
from ..base.run_folder import HELD, gone


@contextmanager
def disk_errors_told(folder: Path) -> Iterator[None]:
    """Raises `RunError` for an `OSError` that escapes while a run has this folder."""
    try:
        yield
    except OSError as e:
        if e.errno is None:
            raise
        if not (folder / HELD).exists() and isinstance(e, FileNotFoundError):
            raise gone(folder) from e
        name = e.filename or (folder if e.filename2 is None else e.filename2)
        raise RunError(
            "missing-file",
            f"{name} cannot be read or written: {e.strerror or e}",
            help="put that right and run the same command: it goes on from the newest complete checkpoint, if there is one",
            exit_status=2 if isinstance(e, (FileNotFoundError, PermissionError)) else 1,
            facts=(f"run folder: {folder}",),
        ) from e
