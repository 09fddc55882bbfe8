"""A data set's `manifest.json`, read.

It is somebody's file: it is read up to a size, every entry is looked at before it is believed, and what is wrong with
it is said in words.
"""

from __future__ import annotations

import os
import stat

from ...base import limits
from ...base.source import NotAFile, contents
from .dataset_manifest import Manifest

FILE = "manifest.json"
BEGUN = "described.json"
"""Stands in a folder while its data set is being written; the manifest takes its place."""


class NoDataSet(Exception):
    """A folder that cannot be read as a data set: `code`, why, and what to do."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def size(folder: str) -> int:
    """How many bytes the manifest of a folder has; 0 where there is none."""
    try:
        return os.path.getsize(os.path.join(folder, FILE))
    except (OSError, ValueError):
        return 0


def read(folder: str, most: int = limits.MANIFEST_BYTES) -> Manifest:
    """The manifest of a folder, of at most so many bytes; raises `NoDataSet`."""
    again = "run the program that produces it"
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise NoDataSet("missing-file", f"`{folder}` is not a folder", "name the folder of a data set")
        path = os.path.join(folder, FILE)
        if not os.path.exists(path):
            if os.path.exists(os.path.join(folder, BEGUN)):
                raise NoDataSet(
                    "missing-file",
                    f"`{folder}` holds part of a data set: it was not written to the end",
                    f"{again} again; it goes on where it stopped",
                )
            raise NoDataSet(
                "missing-file",
                f"`{folder}` holds no data set: there is no {FILE} in it",
                'a data set is written by `produce NAME = ... to shards("folder")`',
            )
        text = contents(path, most + 1)
    except NotAFile:
        raise NoDataSet("missing-file", f"`{path}` is not a regular file", again) from None
    except FileNotFoundError:
        raise NoDataSet(
            "missing-file", f"there is no data set `{folder}`", f"{again}, or correct the path"
        ) from None
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or e
        raise NoDataSet("missing-file", f"`{folder}` cannot be read: {why}", "correct the path") from None
    from .manifest_file import UnfitManifest, parsed  # only where there is a data set to look at

    try:
        if len(text) > most:
            others = ", with the other manifests that are read" if most < limits.MANIFEST_BYTES else ""
            raise UnfitManifest(f"it holds more than {limits.MANIFEST_BYTES:,} bytes{others}")
        return parsed(text)
    except UnfitManifest as e:
        raise NoDataSet(
            "data-mismatch",
            f"`{folder}` cannot be used: in its {FILE}, {e}",
            f"{again}, to a new folder",
        ) from None
