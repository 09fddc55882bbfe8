"""The dim solver: ring laws, facts, matching, and soundness and completeness against brute force."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fdc.compiler.base import limits
from fdc.compiler.types.dims import (
    Answer,
    Contradiction,
    Dim,
    Facts,
    NoMatch,
    NotDivisible,
    TooLarge,
    Undecided,
    accepts,
    match,
    nearest_legal,
)

F, H, W, k = (Dim.of(name) for name in "FHWk")


def value(d: Dim, at: dict[str, int]) -> int:
    return sum(c * prod(at[v] for v in mono) for mono, c in d.terms)


linear = st.builds(
    lambda a, b, c: a * Dim.of("x") + b * Dim.of("y") + c, *(st.integers(-9, 9) for _ in range(3))
)
dims = st.builds(lambda a, b, c: a * b + c, linear, linear, linear)
points = st.fixed_dictionaries({"x": st.integers(-5, 20), "y": st.integers(-5, 20)})


@given(dims, dims, dims)
def test_ring_laws(a: Dim, b: Dim, c: Dim) -> None:
    assert a + b == b + a and a * b == b * a
    assert (a + b) + c == a + (b + c) and (a + b) * c == a * c + b * c
    assert a - a == Dim.of(0) and a + 0 == a and a * 1 == a and 0 * a == Dim.of(0)
    assert 3 - a == -(a - 3)
    assert hash(a + b) == hash(b + a)


@given(dims, dims, points)
def test_a_dim_means_its_values(a: Dim, b: Dim, at: dict[str, int]) -> None:
    assert value(a + b, at) == value(a, at) + value(b, at)
    assert value(a - b, at) == value(a, at) - value(b, at)
    assert a.substitute(at).constant == value(a, at)


@given(dims, linear, linear, points)
def test_substitution_commutes_with_evaluation(a: Dim, x: Dim, y: Dim, at: dict[str, int]) -> None:
    inner = {"x": value(x, at), "y": value(y, at)}
    assert value(a.substitute({"x": x, "y": y}), at) == value(a, inner)


def test_substitution_is_simultaneous() -> None:
    assert (H - W).substitute({"H": W, "W": H}) == W - H


def test_printing() -> None:
    assert str(4 * k + 1) == "4*k + 1"
    assert str(1 - k) == "-k + 1"
    assert str(H * W * H - 2 * F - 3) == "H*H*W - 2*F - 3"
    assert str(F - F) == "0" and str(Dim.of(-2)) == "-2"


@pytest.mark.parametrize(
    "grow",
    [
        lambda: Dim.of(1 << limits.DIM_BITS),
        lambda: F * ((1 << limits.DIM_BITS // 2) + 1) * ((1 << limits.DIM_BITS // 2) + 1),
        lambda: prod([F] * (limits.DIM_DEGREE + 1), start=Dim.of(1)),
        lambda: prod((Dim.of(f"a{i}") + f"b{i}" for i in range(limits.DIM_DEGREE)), start=Dim.of(1)),
        lambda: sum((Dim.of(f"v{i}") for i in range(1000)), start=Dim.of(0)),
        lambda: (F * F * F).substitute({"F": F * F * F}),
        lambda: Facts().congruent("F", 1 << limits.DIM_BITS, 5),
    ],
)
def test_what_grows_too_large_is_refused(grow) -> None:
    with pytest.raises(TooLarge):
        grow()


# facts


def wan() -> Facts:
    facts = Facts().congruent("F", 4, 1, "sizes F")
    return facts.congruent("H", 16, 0, "sizes H").congruent("W", 16, 0, "sizes W")


def test_wan_latents_and_tokens() -> None:
    f = wan()
    latent = [f.divide(F - 1, 4) + 1, f.divide(H, 8), f.divide(W, 8)]
    assert [f.show(d) for d in latent] == ["(F - 1)/4 + 1", "H/8", "W/8"]
    tokens = latent[0] * f.divide(latent[1], 2) * f.divide(latent[2], 2)
    assert f.show(tokens) == "(F + 3)*H*W/1024"
    sized = f.equals("F", 81).equals("H", 480).equals("W", 832)
    assert [sized.norm(d).constant for d in (*latent, tokens)] == [21, 60, 104, 21 * 30 * 52]


def test_decode_after_encode_is_the_identity() -> None:
    f = wan()
    latent = [f.divide(F - 1, 4) + 1, f.divide(H, 8), f.divide(W, 8)]
    # the callee uses the caller's own names for its unknowns
    found = match([F, H, W], latent, {"F", "H", "W"}, f)
    back = [4 * found["F"] - 3, 8 * found["H"], 8 * found["W"]]
    assert [f.equal(a, b) for a, b in zip(back, (F, H, W))] == [Answer.PROVED] * 3


def test_chunks_by_the_chinese_remainder_theorem() -> None:
    f = wan().congruent("F", 3, 0)
    assert f.norm(F) == 12 * Dim.of("F'12:9") + 9
    assert f.show(f.divide(f.divide(F - 1, 4) + 1, 3)) == "(F - 9)/12 + 1"


def test_facts_in_any_order_give_the_same_normal_form() -> None:
    a = Facts().congruent("F", 4, 1).congruent("F", 3, 0)
    b = Facts().congruent("F", 3, 0).congruent("F", 4, 1)
    assert a.norm(F) == b.norm(F)


def test_a_dim_made_before_a_fact_is_understood_after_it() -> None:
    early = Facts().congruent("F", 4, 1)
    frames = early.divide(F - 1, 4)
    late = early.congruent("F", 3, 0)
    assert late.equal(4 * frames + 1, F) is Answer.PROVED


def test_contradictions_name_all_origins() -> None:
    with pytest.raises(Contradiction, match="cannot leave 0 when divided by 2") as caught:
        wan().congruent("F", 2, 0, "new")
    assert caught.value.origins == ("sizes F", "new")
    with pytest.raises(Contradiction) as caught:
        Facts().equals("F", 4 * k + 1, "sizes").equals("F", 80, "program")
    assert caught.value.origins == ("sizes", "program")
    assert "leaves 1 when divided by 4" in str(caught.value)
    with pytest.raises(Contradiction) as caught:
        Facts().equals("F", 81, "program").congruent("F", 4, 3, "sizes")
    assert caught.value.origins == ("program", "sizes")
    with pytest.raises(Contradiction):
        Facts().equals("F", 81).equals("F", 80)
    with pytest.raises(Contradiction):
        Facts().equals("F", 0)
    with pytest.raises(Contradiction):
        Facts().equals("F", 3).at_least("F", 5)
    with pytest.raises(Contradiction):
        Facts().at_least("F", 5).equals("F", 3)


def test_origins_of_a_dim() -> None:
    assert wan().origins(F * H) == ("sizes F", "sizes H")
    bound = Facts().equals("F", 4 * k + 1, "form").equals("F", 81, "number")
    assert bound.origins("F") == ("form", "number") == bound.origins("k")


def test_a_form_and_then_a_number() -> None:
    f = Facts().equals("F", 4 * k + 1)
    assert f.norm(F) == 4 * k + 1 and f.lowest("k") == 0 and f.show("k") == "(F - 1)/4"
    assert f.equals("F", 81).norm("k").constant == 20
    assert f.equals("F", 1).norm("k").constant == 0
    assert Facts().equals("H", 16 * Dim.of("m")).lowest("m") == 1
    assert Facts().equals("F", 81).equals("F", 4 * k + 1).norm("k").constant == 20


def test_two_forms_of_one_size() -> None:
    f = Facts().equals("F", 4 * k + 1).equals("F", 6 * Dim.of("j") + 3)
    assert f.equal(F, 4 * k + 1) is f.equal(F, 6 * Dim.of("j") + 3) is Answer.PROVED
    assert f.divide(F - 9, 12) and f.equals("F", 21).norm("j").constant == 3
    with pytest.raises(Contradiction):
        Facts().equals("F", 4 * k + 1).equals("F", 6 * Dim.of("j"))


def test_what_the_facts_cannot_hold_is_unknown() -> None:
    total = Facts().equals("T", Dim.of("A") + "B")
    with pytest.raises(Undecided):
        total.congruent("T", 4, 0)
    with pytest.raises(Undecided):
        Facts().equals("S", H * W).equals("S", 480)


def test_division() -> None:
    f = wan()
    with pytest.raises(NotDivisible, match=r"`F` leaves 1 when divided by 4") as refused:
        f.divide(F, 4)
    assert refused.value.residue == 1
    with pytest.raises(NotDivisible, match="`79` leaves 3 when divided by 4"):
        f.divide(79, 4)
    with pytest.raises(NotDivisible, match="divided by 0"):
        f.divide(F, 0)
    with pytest.raises(Undecided, match="whether 32 divides `H`") as open_:
        f.divide(H, 32)
    assert open_.value.residue == 16 * Dim.of("H'16:0")
    assert f.divide(H * W + 2 * W, W) == f.norm(H + 2)
    assert Facts().divide((H + W) * (H - W), H + W) == H - W
    with pytest.raises(Undecided):
        Facts().divide(H * W + 1, W)


@pytest.mark.parametrize(
    ("k", "d", "answer"),
    [
        (16, H, Answer.PROVED),
        (16, H * W + 32 * F, Answer.PROVED),
        (32, H, Answer.UNKNOWN),
        (2, F, Answer.REFUTED),
        (7, 84, Answer.PROVED),
        (8, 84, Answer.REFUTED),
        (0, H, Answer.REFUTED),
        (-4, H, Answer.PROVED),
        # products that are multiples, or never are, though no coefficient says so
        (2, F * (F + 1), Answer.PROVED),
        (3, Dim.of("a") * "a" + 1, Answer.REFUTED),
        # divisors that sizes make up
        (H, H * F, Answer.PROVED),
        (H, H * F + 8, Answer.REFUTED),
        (F, H, Answer.UNKNOWN),
        (H, F, Answer.REFUTED),
        (2 * H, H * F, Answer.REFUTED),
        (2 * F, H * F, Answer.PROVED),
        (F, H * W + F + 1, Answer.UNKNOWN),
        (2 * F, F * F, Answer.REFUTED),
        (F - 1, (F - 1) * H, Answer.UNKNOWN),
        (F + 1, H - H, Answer.PROVED),
    ],
)
def test_divides(k: Dim | int, d: Dim, answer: Answer) -> None:
    assert wan().divides(k, d) is answer


def test_a_divisor_may_not_be_0() -> None:
    with pytest.raises(Undecided, match="what is missing is that `F - 1` is at least 1"):
        wan().divide((F - 1) * H, F - 1)
    assert wan().at_least("F", 2).divide((F - 1) * H, F - 1) == wan().norm(H)


@pytest.mark.parametrize(
    ("d", "n", "missing"),
    [
        (H, 32, "`H = 32*k`"),
        (F - 1, 8, "`F = 8*k + 1`"),
        ((F - 1) * 3 + 8, 16, "`F = 16*k + 9`"),
        (3 * H - 16, 32, "`H = 32*k + 16`"),
        (Dim.of("k"), 5, "`k = 5*m`"),
        (H * F, 32, "`H = 32*k`"),
        (H * W, 512, ""),
        (H * W + 512 * F, 512, "that 512 divides `H*W`"),
    ],
)
def test_the_fact_that_a_division_misses(d: Dim, n: int, missing: str) -> None:
    with pytest.raises(Undecided) as open_:
        wan().divide(d, n)
    assert open_.value.missing == missing
    told = f"; what is missing is {missing}" if missing else ""
    assert str(open_.value) == open_.value.question + told
    assert "'" not in str(open_.value)


def test_a_fact_misses_in_terms_of_the_size_not_of_its_helper() -> None:
    f = Facts().equals("F", 4 * k + 1)
    with pytest.raises(Undecided) as open_:
        f.divide(f.divide(F - 1, 4) + 1, 3)
    assert open_.value.question == "it is not known whether 3 divides `(F - 1)/4 + 1`"
    assert open_.value.missing == "`F = 12*m + 9`"


def test_a_quotient_without_whole_coefficients() -> None:
    with pytest.raises(Undecided, match=r"2 divides `H\*H \+ H`, but the quotient is no sum"):
        Facts().divide(H * (H + 1), 2)


def test_bounds_from_above() -> None:
    f = Facts().at_least("A", 1).equals("F", 10 - 2 * Dim.of("A"))
    assert f.prove_at_least("A", 5) is Answer.REFUTED and f.prove_at_least(-1 * F, -8) is Answer.PROVED
    assert f.equal("A", 5) is Answer.REFUTED and f.equal("A", 4) is Answer.UNKNOWN
    assert f.at_least("A", 4).equal("F", 2) is Answer.PROVED
    with pytest.raises(Contradiction, match="`A` is at most 4, but must be at least 5"):
        f.at_least("A", 5)
    with pytest.raises(Contradiction):
        f.equals("A", 4 * k + 5)
    total = Facts().equals("T", Dim.of("A") + "B").at_least("T", 3)
    assert total.prove_at_least("T", 3) is Answer.PROVED
    assert total.equals("T", 9).prove_at_least("A", 10) is Answer.REFUTED


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (3 * H + 5 * W, Dim.of(8), Answer.UNKNOWN),
        (3 * H + 5 * W, Dim.of(15), Answer.REFUTED),
        (3 * H + 5 * W, Dim.of(16), Answer.UNKNOWN),
        (6 * H + 10 * W + 15 * F, Dim.of(60), Answer.REFUTED),
        (6 * H + 10 * W + 15 * F, Dim.of(61), Answer.UNKNOWN),
    ],
)
def test_sums_that_cannot_be_reached(a: Dim, b: Dim, answer: Answer) -> None:
    assert Facts().equal(a, b) is answer


def test_equality_and_bounds() -> None:
    f = wan()
    assert f.equal(H * F - F, F * (H - 1)) is Answer.PROVED
    assert f.equal(F, 80) is Answer.REFUTED
    assert f.equal(F, 81) is Answer.UNKNOWN
    assert f.equal(H, 0) is Answer.REFUTED
    assert f.prove_at_least(H, 16) is Answer.PROVED
    assert f.prove_at_least(H, 17) is Answer.UNKNOWN
    assert f.prove_at_least(-H, 0) is Answer.REFUTED
    assert f.prove_at_least((F + 3) * (H - 15), 4) is Answer.PROVED
    assert (
        Facts().at_least("F", 5).congruent("F", 4, 1).at_least("F", 6).prove_at_least(F, 9) is Answer.PROVED
    )


@pytest.mark.parametrize(
    ("d", "shown"),
    [
        (F - 1, "F - 1"),
        (H, "H"),
        (3 * H, "3*H"),
        (Dim.of(7), "7"),
        (F * H, "F*H"),
        (2 * F * H + 4, "2*F*H + 4"),
        (Dim.of("b") + 1, "b + 1"),
    ],
)
def test_shown_in_the_users_names(d: Dim, shown: str) -> None:
    assert wan().show(d) == shown


def test_shown_fractions() -> None:
    f = wan()
    h = f.divide(H, 16)
    assert [f.show(d) for d in (h, 3 * h - 2, 4 * h, h * h, -1 * h)] == [
        "H/16",
        "3*H/16 - 2",
        "H/4",
        "H*H/256",
        "-H/16",
    ]


def test_what_is_too_large_to_multiply_out_is_shown_in_the_users_names_too() -> None:
    f = Facts()
    for v in "abcdefgh":
        f = f.congruent(v, 3, 1)
    d = prod((f.divide(Dim.of(v) - 1, 3) for v in "abcdefgh"), start=Dim.of(2)) - 5
    assert f.show(d) == "2*" + "*".join(f"(({v} - 1)/3)" for v in "abcdefgh") + " - 5"


@settings(deadline=None)
@given(dims, st.integers(1, 20), st.integers(0, 19), points)
def test_what_is_shown_has_the_dims_value(d: Dim, m: int, r: int, at: dict[str, int]) -> None:
    f = Facts().congruent("x", m, r).congruent("y", 3, 2)
    x, y = m * abs(at["x"]) + r % m + m, 3 * abs(at["y"]) + 2
    sized = f.equals("x", x).equals("y", y)
    fresh = {"x": Dim.of(f"x'{m}:{r % m}" if m > 1 else "x"), "y": Dim.of("y'3:2")}
    basis = d.substitute(fresh)
    shown = eval(f.show(basis), {"x": Fraction(x), "y": Fraction(y)})
    assert shown == sized.norm(basis).constant


# brute force


def random_facts(rng: random.Random, names: str) -> tuple[Facts, dict[str, list[int]]] | None:
    """Random congruences and bounds, with the values below 200 that they leave each variable."""
    facts = Facts()
    left = {v: list(range(1, 200)) for v in names}
    for _ in range(rng.randrange(5)):
        v = rng.choice(names)
        if rng.random() < 0.3:
            n = rng.randrange(1, 12)
            facts, left[v] = facts.at_least(v, n), [x for x in left[v] if x >= n]
            continue
        m = rng.choice([2, 3, 4, 6, 8])
        r = rng.randrange(m)
        keep = [x for x in left[v] if x % m == r]
        if not keep:
            with pytest.raises(Contradiction):
                facts.congruent(v, m, r)
            return None
        facts, left[v] = facts.congruent(v, m, r), keep
    return facts, left


@pytest.mark.slow
def test_linear_goals_against_brute_force() -> None:
    """No unsound proof or refutation, and no linear goal that holds for all sizes left unproved."""
    rng = random.Random(1)
    seen = dict.fromkeys(Answer, 0)
    for _ in range(1500):
        drawn = random_facts(rng, "xy")
        if drawn is None:
            continue
        facts, left = drawn
        form = rng.randrange(-6, 7) * Dim.of("x") + rng.randrange(-6, 7) * Dim.of("y") + rng.randrange(-9, 10)
        # the classes repeat after 24, so 24 values past the first show every residue
        xs, ys = ([z for z in left[v] if z < left[v][0] + 25] for v in "xy")
        values = [value(form, {"x": x, "y": y}) for x, y in product(xs, ys)]
        n = rng.choice([2, 3, 4, 8, 12])
        exact = [v % n == 0 for v in values]
        try:
            quotient = facts.divide(form, n)
        except NotDivisible:
            seen[Answer.REFUTED] += 1
            assert not any(exact)
        except Undecided:
            seen[Answer.UNKNOWN] += 1
            assert any(exact) and not all(exact)
        else:
            seen[Answer.PROVED] += 1
            assert all(exact) and facts.equal(quotient * n, form) is Answer.PROVED
        low = rng.randrange(-5, 60)
        slopes = {c for mono, c in form.terms if mono}
        corner = value(form, {v: left[v][0] for v in "xy"})
        holds_everywhere = corner >= low and all(c > 0 for c in slopes)
        holds_nowhere = corner < low and all(c < 0 for c in slopes)
        expected = Answer.PROVED if holds_everywhere else Answer.REFUTED if holds_nowhere else Answer.UNKNOWN
        assert facts.prove_at_least(form, low) is expected
        goal = rng.randrange(-5, 40)
        answer = facts.equal(form, goal)
        if answer is Answer.REFUTED:
            assert goal not in values
        elif answer is Answer.PROVED:
            assert set(values) == {goal}
        else:
            assert set(values) != {goal}
    assert min(seen.values()) > 50


def test_products_against_brute_force() -> None:
    rng = random.Random(2)
    proved = 0
    for _ in range(1000):
        drawn = random_facts(rng, "xy")
        if drawn is None:
            continue
        facts, left = drawn
        form = Dim.of("x") * "y" * rng.randrange(1, 5) + rng.randrange(-6, 7) * Dim.of("x") + rng.randrange(9)
        n = rng.choice([2, 3, 4, 8])
        xs, ys = ([z for z in left[v] if z < left[v][0] + 25] for v in "xy")
        exact = [value(form, {"x": x, "y": y}) % n == 0 for x, y in product(xs, ys)]
        try:
            facts.divide(form, n)
        except NotDivisible:
            assert not any(exact)
        except Undecided:
            pass
        else:
            proved += 1
            assert all(exact)
    assert proved > 20


# matching


def test_matching_solves_to_a_fixpoint() -> None:
    patterns = [Dim.of("h") * "w", 2 * Dim.of("w"), Dim.of("h") + "c", Dim.of("c")]
    f = Facts().congruent("W", 2, 0)
    w = f.divide(W, 2)
    found = match(patterns, [H * w, W, H + 3, Dim.of(3)], {"h", "w", "c"}, f)
    assert {v: f.show(d) for v, d in found.items()} == {"h": "H", "w": "W/2", "c": "3"}


def test_matching_divides_by_a_size() -> None:
    assert match([Dim.of("h") * "W"], [H * W], {"h"}, Facts()) == {"h": H}


@pytest.mark.parametrize(
    ("patterns", "actuals", "unknowns", "index", "answer", "reason"),
    [
        ([4 * Dim.of("n") + 1], [F + 1], {"n"}, 0, Answer.REFUTED, "`F` leaves 1 when divided by 4"),
        ([32 * Dim.of("n")], [H], {"n"}, 0, Answer.UNKNOWN, "whether 32 divides `H`"),
        ([Dim.of("a") * "b"], [H * W], {"a", "b"}, 0, Answer.UNKNOWN, "does not determine `a` and `b`"),
        ([Dim.of("n") * "n"], [H], {"n"}, 0, Answer.UNKNOWN, "does not determine `n`"),
        ([Dim.of("n"), Dim.of("n")], [H, W], {"n"}, 1, Answer.UNKNOWN, "`W` is not known to be `H`"),
        ([Dim.of("n"), Dim.of("n") + 1], [H, H], {"n"}, 1, Answer.REFUTED, "`H` is not `H + 1`"),
        ([Dim.of(512)], [Dim.of(226)], set(), 0, Answer.REFUTED, "`226` is not `512`"),
        ([Dim.of("n") + 9], [Dim.of(5)], {"n"}, 0, Answer.REFUTED, "too small to be `n + 9`"),
    ],
)
def test_no_match(patterns, actuals, unknowns, index, answer, reason) -> None:
    with pytest.raises(NoMatch) as caught:
        match(patterns, actuals, unknowns, wan())
    no = caught.value
    assert (no.index, no.answer, no.pattern, no.actual) == (index, answer, patterns[index], actuals[index])
    assert reason in no.reason


def test_matching_goes_on_where_one_place_does_not_tell() -> None:
    n = Dim.of("n")
    assert match([2 * n, n], [2 * H, H], {"n"}, wan()) == {"n": wan().norm(H)}
    f = Facts()
    assert match([n * n, n], [H * H, H], {"n"}, f) == {"n": H}
    with pytest.raises(NoMatch) as caught:
        match([4 * n, n + 9], [F, Dim.of(5)], {"n"}, f)
    assert (caught.value.index, caught.value.answer) == (1, Answer.REFUTED)


def test_an_unknown_that_might_be_negative_says_so() -> None:
    with pytest.raises(NoMatch) as caught:
        match([Dim.of("n") + 9], [F], {"n"}, wan())
    no = caught.value
    assert no.answer is Answer.UNKNOWN and no.missing == "that `F` is at least `9`"
    assert match([Dim.of("n") + 9], [F], {"n"}, wan().at_least("F", 6)) == {"n": wan().norm(F - 9)}


def test_no_match_says_what_is_missing_as_the_user_names_it() -> None:
    f = Facts().congruent("F", 4, 1)
    with pytest.raises(NoMatch) as caught:
        match([12 * Dim.of("n") + 9], [F], {"n"}, f)
    assert caught.value.missing == "`F = 12*k + 9`"
    assert caught.value.reason == (
        "`F` is not known to have the form `12*n + 9`: it is not known whether 12 divides `F - 9`; "
        "what is missing is `F = 12*k + 9`"
    )


@given(st.integers(1, 9), st.integers(-9, 9), st.integers(0, 50))
def test_matching_finds_the_number(m: int, r: int, n: int) -> None:
    assert match([m * k + r], [Dim.of(m * n + r)], {"k"}, Facts()) == {"k": Dim.of(n)}


# forms of sizes


def test_nearest_sizes_for_wan() -> None:
    assert nearest_legal(4 * k + 1, {}, 80) == (77, 81)
    assert nearest_legal(4 * k + 1, {}, 81) == (81, 81)
    assert nearest_legal(4 * k + 1, {}, 0) == (None, 1)
    assert nearest_legal(16 * k, {}, 7) == (None, 16)
    assert nearest_legal(4 * k + 1, {"k": 1}, 2) == (None, 5)
    assert nearest_legal(Dim.of(81), {}, 80) == (None, 81)
    assert accepts(4 * k + 1, 1) and not accepts(16 * k, 0) and not accepts(4 * k + 1, -3)
    assert not accepts(4 * k + 1, 1, {"k": 1})
    with pytest.raises(Undecided):
        nearest_legal(H * W, {}, 5)


@given(st.integers(-7, 7), st.integers(-20, 60), st.integers(-30, 90))
def test_nearest_sizes_against_brute_force(m: int, r: int, wanted: int) -> None:
    legal = sorted({m * n + r for n in range(200) if m * n + r >= 1})
    expected = (
        max((v for v in legal if v <= wanted), default=None),
        min((v for v in legal if v >= wanted), default=None),
    )
    assert nearest_legal(m * k + r, {}, wanted) == expected
    assert accepts(m * k + r, wanted) == (wanted in legal)
