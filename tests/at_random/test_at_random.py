"""Random programs that are right check clean, and a random change that makes one wrong is refused; `at_random` says which."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from at_random.__main__ import measured
from at_random.cases import Rates, changed, right
from at_random.choices import Choices, Drawn, Seeded

COMMON = {
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate, Phase.shrink],
}


@pytest.mark.slow
@seed(31)
@settings(max_examples=40, **COMMON)  # type: ignore[arg-type]
@given(st.data())
def test_right_programs_are_accepted_and_wrong_changes_refused(data: st.DataObject) -> None:
    choices = Choices(Drawn(data.draw))
    base = right(choices)
    assert base.verdict.right, base.told()  # else the generator is wrong, or the oracle
    assert base.agreed, base.told()
    for _ in range(2):
        found = changed(choices, base)
        assert found is None or found.agreed, found.told()


@pytest.mark.slow
def test_the_oracle_sees_most_changes_that_matter() -> None:
    """The random cases are worth something: changes of every sort, most of them wrong, told once and in their place."""
    rates = measured(programs=25, mutants=3, seed=7)
    assert rates.right == 25
    assert rates.wrong > 35
    assert rates.still_right > 12
    assert len(rates.kinds) > 25
    assert rates.unsettled < 4  # what only the sources of latents tell, and a noise with the other sign
    assert rates.once > 0.8 * rates.wrong
    assert rates.on_the_line > 0.9 * rates.wrong


@pytest.mark.slow
def test_more_programs_and_changes() -> None:
    """`python -m at_random` tries thousands."""
    rates: Rates = measured(programs=60, mutants=4, seed=100)
    shown = "\n\n".join(j.told() for j in rates.disagreements[:3])
    assert not rates.disagreements, f"{rates.told()}\n\n{shown}"
    assert rates.right == rates.accepted == 60
    assert rates.refused == rates.wrong > 90


def test_a_case_is_the_same_every_time() -> None:
    first, again = (right(Choices(Seeded(5))).text.text for _ in range(2))
    assert first == again
