"""Coefficients at real points: what equals what, signs, branches, and noise levels as different processes read them."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from fdc.compiler.types.coefficients import (
    ONE,
    Coef,
    Time,
    const,
    exact_root,
    flow_levels,
    function,
    level,
    power,
    read,
    square_root,
    unknown,
)
from fdc.compiler.types.dims import Dim
from fdc.compiler.types.points import POSITIVE, REALS, SWITCH, UNIT, Support
from fdc.stages.table import OPERATORS, OPS

LEVELS = (
    level(Fraction(3, 10)),
    level(Fraction(1, 3)),
    level(0),
    Time("symbol", "t"),
    Time("element", "steps", Dim.of("i")),
)
X, Y = unknown("x", POSITIVE), unknown("y", POSITIVE)
ANYTHING = unknown("anything")


def test_roots_of_squares_are_exact() -> None:
    assert square_root(const(Fraction(16, 25))) == Fraction(4, 5)
    assert exact_root(Fraction(2)) is None
    assert exact_root(Fraction(-4)) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (square_root(X) * square_root(Y), square_root(X * Y)),
        (square_root(X * X * Y), X * square_root(Y)),
        (square_root(ANYTHING * ANYTHING), function("abs", ANYTHING)),
        (power(square_root(ONE + square_root(X)), const(2)), ONE + square_root(X)),
        (function("exp", function("log", X)), X),
        (function("exp", X) * function("exp", -Y), function("exp", X - Y)),
        (power(X, const(Fraction(3, 2))), X * square_root(X)),
        (power(X, Y), function("exp", Y * function("log", X))),
        (power(X, const(-2)), ONE / (X * X)),
        (function("sigmoid", X), function("exp", X) / (ONE + function("exp", X))),
        (function("min", X, Y) + function("max", X, Y), X + Y),
        (unknown("mask", SWITCH) * unknown("mask", SWITCH), unknown("mask", SWITCH)),
        (square_root(const(2)) * square_root(const(8)), const(4)),
    ],
)
def test_what_is_equal(a: Coef, b: Coef) -> None:
    assert a == b
    assert (a - b).is_zero
    assert hash(a) == hash(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (square_root(ANYTHING * ANYTHING), ANYTHING),
        (square_root(X + Y), square_root(X) + square_root(Y)),
        (function("exp", X), ONE + X + X * X / 2),
        (function("min", X, Y), X),
        (function("clamp", read("sigma", "flow", LEVELS[3]), const(0), const(Fraction(9, 10))), Y),
        (unknown("mask", SWITCH), ONE),
        (unknown("x"), unknown("y")),
    ],
)
def test_what_differs(a: Coef, b: Coef) -> None:
    assert a != b
    assert not (a - b).is_zero


@pytest.mark.parametrize("x", [ANYTHING, read("sigma", "flow", LEVELS[3]), X], ids=str)
@pytest.mark.parametrize(("low", "high"), [(Fraction(1, 20), 1), (0, 5), (Fraction(1, 100), 100)])
def test_a_clamp_is_one_number_however_it_is_written(x: Coef, low: Fraction, high: Fraction) -> None:
    a, b = const(low), const(high)
    above = function(OPERATORS[">"].name, x, a)
    spelt = (
        function("clamp", x, a, b),
        function("min", function("max", x, a), b),
        function("max", a, function("min", b, x)),
        function("min", b, function("select", above, x, a)),
    )
    assert all(one == other for one in spelt for other in spelt)
    assert function("select", above, a, x) == function("min", a, x)
    assert function("clamp", x, a, b + 1) != spelt[0]


def test_ddpm_sigma_in_its_two_forms() -> None:
    """sqrt(1 - a/b) with a < b squared alphas of neighbours on a list (Ho et al., 2020), and as sigma and alpha have it."""
    t, s = (Time("element", "steps", Dim.of("i") + k) for k in (0, 1))
    a, b = (read("alpha", "vp", x) for x in (t, s))
    sigma, other = read("sigma", "vp", t), read("sigma", "vp", s)
    beta = ONE - (a * a) / (b * b)
    first = other / sigma * square_root(beta)
    second = square_root((ONE - b * b) / (ONE - a * a) * beta)
    assert first == second
    assert first.sign == 1


@pytest.mark.parametrize(
    ("c", "sign"),
    [
        (X + Y, 1),
        (-X, -1),
        (X - X, 0),
        (X - Y, None),
        (ANYTHING, None),
        (ANYTHING * ANYTHING, 1),
        (unknown("warm-up", UNIT) - 1, -1),
        (unknown("warm-up", Support(0, Fraction(1, 2))) * 2 - 1, -1),
    ],
)
def test_signs(c: Coef, sign: int | None) -> None:
    assert c.sign == sign


def test_a_branch_that_the_points_do_not_show_is_a_number_of_that_range() -> None:
    """`clamp(s, 0.001, 0.999)` equals s at every point inside: it must not pass for s."""
    s = read("sigma", "flow", Time("symbol", "s"))
    near = function("clamp", s, const(Fraction(1, 1000)), const(Fraction(999, 1000)))
    assert near != s
    assert (near.sign, (near - Fraction(1, 1000)).sign, (near - Fraction(999, 1000)).sign) == (1, 1, -1)
    warm = function("min", ONE, unknown("step", POSITIVE) / 1_000_000)
    assert (warm - 1).sign == -1
    assert warm.sign == 1


def test_a_number_that_is_known_nowhere_equals_itself_alone() -> None:
    assert square_root(-X - 1) == square_root(-X - 1)
    assert square_root(-X - 1) != square_root(-Y - 1)
    assert not square_root(-X - 1).is_zero
    assert square_root(-X - 1).sign is None


@pytest.mark.parametrize(
    "c", [function("exp", function("exp", const(10**6))), ONE / (X - X), power(X, const(17))]
)
def test_numbers_beyond_all_bounds_end(c: Coef) -> None:
    assert isinstance(c == X, bool)
    assert isinstance(hash(c), int)


@pytest.mark.parametrize("t", LEVELS, ids=lambda t: t.identity)
def test_processes_agree_on_the_ratio_of_a_time_known_or_not(t: Time) -> None:
    ratios = [read("sigma", kind, t) / read("alpha", kind, t) for kind in ("flow", "vp", "trig", "edm")]
    assert all(r == ratios[0] for r in ratios)
    alpha, sigma = read("alpha", "vp", t), read("sigma", "vp", t)
    assert alpha * alpha + sigma * sigma == ONE
    assert read("alpha", "flow", t) + read("sigma", "flow", t) == ONE
    assert read("alpha", "edm", t) == ONE
    assert t == level(0) or ratios[0] != 0


def test_levels_fall_along_a_list_and_lie_where_they_are_drawn() -> None:
    entries = [flow_levels(Time("element", "grid", Dim.of("i") + k)) for k in (-1, 0, 1, 40)]
    for here, then in pairwise(entries):
        assert all(0 < b < a < 1 for a, b in zip(here, then))
    low = flow_levels(Time("symbol", "t", support=Support(0.25, 0.5)))
    assert all(0.25 < s < 0.5 for s in low)


def test_random_forms_written_in_two_ways_are_equal_and_changed_ones_differ() -> None:
    """Sums of products with roots: the order of terms and factors means nothing, one number does."""
    r = random.Random(0)
    atoms = [unknown(f"a{i}", POSITIVE) for i in range(4)] + [read("sigma", "vp", LEVELS[3])]
    for _ in range(60):
        terms = [[r.choice(atoms) for _ in range(r.randint(1, 3))] for _ in range(r.randint(2, 4))]

        def made(order: list[list[Coef]], off: int = 0) -> Coef:
            total = const(0)
            for k, factors in enumerate(order):
                product = ONE
                for f in factors:
                    product = product * f
                total = total + square_root(product) + (off if k == 0 else 0)
            return total

        straight, turned = made(terms), made([t[::-1] for t in terms[::-1]])
        assert straight == turned
        assert straight != made(terms, off=1)


def test_sine_cosine_and_hyperbolic_tangent_are_known_by_their_values() -> None:
    sine, cosine = function("sin", X), function("cos", X)
    assert sine * sine + cosine * cosine == ONE
    assert function("cos", X + X) == cosine * cosine - sine * sine
    assert function("sin", -ANYTHING) == -function("sin", ANYTHING)
    assert sine * sine + sine * sine != ONE
    e = function("exp", X + X)
    assert function("tanh", X) == (e - 1) / (e + 1)


@pytest.mark.parametrize(
    "name", sorted(n for n, op in OPS.items() if op.exact is not None and op.python is not None)
)
def test_what_the_algebra_knows_of_an_op_is_what_python_computes(name: str) -> None:
    """At two places of its arguments, the second beyond one."""
    op = OPS[name]
    count = op.arity or 2
    for first in (0.25, 1.75):
        given = [first + k / 4 for k in range(count)]
        if name in ("not", "and", "or", "select"):
            given[0] = 1.0
        found = op.exact(REALS, *map(Decimal, given))
        assert float(found) == pytest.approx(float(op.python(*given)), rel=1e-12)
