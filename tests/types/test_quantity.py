"""The field in which equalities are tried, and noise levels as different processes read them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from fdc.compiler.types import finite_field
from fdc.compiler.types.quantity import ONE, Time, const, level, read, square_root, unknown

ELEMENTS = st.integers(0, finite_field.PRIME - 1) | st.tuples(
    st.integers(0, 9), st.integers(1, finite_field.PRIME - 1)
)
LEVELS = (
    level(Fraction(3, 10)),
    level(Fraction(1, 3)),
    level(0),
    Time("symbol", "t"),
    Time("element", "steps"),
)


@seed(1)
@settings(max_examples=100, database=None, deadline=None)
@given(ELEMENTS, ELEMENTS, ELEMENTS)
def test_it_is_a_field(a: finite_field.Element, b: finite_field.Element, c: finite_field.Element) -> None:
    assert finite_field.multiply(a, finite_field.add(b, c)) == finite_field.add(
        finite_field.multiply(a, b), finite_field.multiply(a, c)
    )
    assert finite_field.subtract(finite_field.add(a, b), b) == a
    assert a == 0 or finite_field.multiply(finite_field.multiply(a, b), finite_field.inverse(a)) == b


@seed(2)
@settings(max_examples=100, database=None, deadline=None)
@given(st.integers(0, finite_field.PRIME - 1))
def test_every_number_has_a_root(a: int) -> None:
    assert finite_field.multiply(finite_field.root(a), finite_field.root(a)) == a


def test_roots_of_squares_are_exact() -> None:
    assert square_root(const(Fraction(16, 25))) == Fraction(4, 5)
    assert square_root(unknown("x")) * square_root(unknown("x")) == unknown("x")
    assert finite_field.exact_root(Fraction(2)) is None
    assert finite_field.exact_root(Fraction(-4)) is None


@pytest.mark.parametrize("t", LEVELS, ids=lambda t: t.identity)
def test_processes_agree_on_the_ratio_of_a_time_known_or_not(t: Time) -> None:
    ratios = [read("sigma", kind, t) / read("alpha", kind, t) for kind in ("flow", "vp", "trig", "edm")]
    assert all(r == ratios[0] for r in ratios)
    alpha, sigma = read("alpha", "vp", t), read("sigma", "vp", t)
    assert alpha * alpha + sigma * sigma == ONE
    assert read("alpha", "flow", t) + read("sigma", "flow", t) == ONE
    assert read("alpha", "edm", t) == ONE
    assert t == level(0) or ratios[0] != 0
