"""How the suite is spread over the cores."""

from __future__ import annotations

import os
import tempfile

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # each worker has a core: threads that torch would start beside it would only wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")

_kept = tempfile.TemporaryDirectory(prefix="fdc-cache-")
os.environ["FDC_CACHE"] = _kept.name  # modules that earlier runs of fdc kept are no part of a test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no core is left with one of them when the others are done."""
    items.sort(key=lambda item: -patience(item))


def patience(item: pytest.Item) -> int:
    """Seconds that a test may take by a mark of its own."""
    mark = item.get_closest_marker("timeout")
    return mark.args[0] if mark else 0
