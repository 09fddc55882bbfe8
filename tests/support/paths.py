"""Where the files that tests read stand: the one file that knows how `tests/` lies in the repository."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SUPPORT = TESTS / "support"
GOLDEN = TESTS / "golden"
ACCEPTED = TESTS / "programs" / "accepted"
"""Programs that are right, one for each part of the language."""
METHODS = TESTS / "programs" / "methods"
"""Methods of training that are right, each in a program, and the wrong variants of each."""
CONFIGURATIONS = TESTS / "configurations"
"""Public configurations of other trainers as programs."""
EXAMPLES = TESTS / "programs" / "examples"
"""The programs of the language's own pages."""
REFUSED = TESTS / "programs" / "refused"
"""Programs with a mistake each, by topic."""
LIBRARY = tuple(sorted([*(ROOT / "programs").glob("*.fdl"), *(ROOT / "families").glob("*/*.fdl")]))
"""The programs and families that ship with fdc."""
