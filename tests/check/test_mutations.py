"""Random methods check clean however they are written, and single mistakes in them are told.

`random_methods` knows by construction which is which.
"""

from __future__ import annotations

import pytest
from method_cases import checked
from random_methods import Written, written


def told(w: Written) -> list[str]:
    return [f"{d.code} on line {d.span.line}: {d.message}" for d in checked("random", w.text).diagnostics]


@pytest.mark.parametrize("seed", range(24))
def test_a_right_method_is_accepted_however_it_is_written(seed: int) -> None:
    for style in range(2):
        w = written(seed, style=style)
        assert told(w) == [], w.text
