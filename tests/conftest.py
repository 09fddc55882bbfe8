"""How the suite is spread over the cores, and golden files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # each worker has a core: threads that torch would start beside it would only wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")

_kept = tempfile.TemporaryDirectory(prefix="fdc-cache-")
os.environ["FDC_CACHE"] = _kept.name  # modules that earlier runs of fdc kept are no part of a test

# how long an example takes says how busy the machine is
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew: read the difference then"
    )


@pytest.fixture(scope="session")
def golden(pytestconfig: pytest.Config) -> Callable[[Path, str], None]:
    """Compares a text with a golden file, or writes the file with `--update-golden`."""
    update = pytestconfig.getoption("--update-golden")

    def compare(path: Path, text: str) -> None:
        if update:
            path.write_text(text, "utf-8")
        found = path.read_text("utf-8") if path.exists() else ""
        assert text == found, f"{path.name} differs: `pytest --update-golden`, then read the difference"

    return compare


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no core is left with one of them when the others are done."""
    items.sort(key=lambda item: -patience(item))


def patience(item: pytest.Item) -> int:
    """Seconds that a test may take by a mark of its own."""
    mark = item.get_closest_marker("timeout")
    return mark.args[0] if mark else 0
