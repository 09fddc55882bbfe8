"""Whatever the text, `fdc check` and `fdc fmt` end soon and give diagnostics: never an exception. `fuzz/` makes the inputs
and says what must hold of each; here a part of them is judged, always the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from generated.programs_at_random import files, layouts
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from fdc.compiler.base import limits
from fuzz.bombs import BOMBS, Bomb
from fuzz.inputs import KINDS, make
from fuzz.judge import GIVEN_UP, HERE, SECONDS, Input, judge
from fuzz.process import MEGABYTES, measure

pytestmark = pytest.mark.slow

KEPT = sorted((HERE / "corpus").iterdir())
FRAME = """import wan
program p {{
  sizes {{ F = 17, H = 128, W = 128 }}
  role student = wan.t2v_1_3b("w") {{ train = full }}
  data clips = folder("d") {{ prompt: str, video: pixels[b, 3, F, H, W] }}
  update student {{
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    y = {0}
    loss flow = mse(student.predict(xt, t, student.cond(batch)), y)
  }}
  optimize student = adamw(lr = 1e-5)
  train {{ steps = 100, batch = 8 }}
}}
"""
LEAVES = (
    *(
        "x0",
        "eps",
        "xt",
        "t",
        "t.sigma",
        "t.ticks",
        "1",
        "0.5",
        "0",
        '"a"',
        "true",
        "batch",
        "step",
        "student",
    ),
    *(
        "batch.prompt",
        "batch.video",
        "ticks([1000, 500])",
        "grid(4)",
        "noise[student]",
        "uniform(0, 1)",
        "nothing",
    ),
)
CALLS = (
    *(
        "mse({0}, {1})",
        "stop({0})",
        "guide({0}, {1}, 2.0)",
        "mean({0}, per = sample)",
        "abs({0})",
        "square({0})",
    ),
    *(
        "student.x0({0}, {1}, student.cond(batch))",
        "student.noisy({0}, {1}, t)",
        "student.target({0}, eps, {1})",
    ),
    *(
        "({0}, {1})",
        "[{0}, {1}]",
        "{0}[{1}]",
        "{0} + {1}",
        "{0} - {1}",
        "{0}*{1}",
        "{0}/{1}",
        "{0}**{1}",
        "-{0}",
    ),
    *(
        "{0} < {1}",
        "{0} and {1}",
        "not {0}",
        "{0} .. {1}",
        "shifted({0}, {1})",
        "clamp({0}, {1}, 1)",
        "len({0})",
    ),
    *("pick({0})", "select({0}, {1}, x0)", "recast({0}, {1}, to = student)", "bridge({0}, to = student)"),
    *(
        "jvp({0}, x = {1})",
        "({0} as clean[student])",
        "({0} as noisy[student, {1}])",
        "average({0}, decay = {1})",
    ),
    *(
        "min({0}, {1})",
        "{0}.sigma",
        "{0}.video",
        "student.sample({0}, steps = {1})",
        "concat({0}, {1}, axis = c)",
    ),
    *(
        "grid({0})",
        "ticks({0})",
        "sigmas([{0}, {1}])",
        "uniform({0}, {1})",
        "logit_normal({0}, {1})",
        "{0} % {1}",
    ),
)
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(CALLS), inner, inner),
    max_leaves=6,
)
QUIET = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def holds(given: Input, thorough: bool = True, most: float = GIVEN_UP) -> None:
    """Time is only told here where there is no end to it: how long it may be is for `fuzz` and the slow tests."""
    verdict = judge(given, thorough=thorough, most=most)
    assert not verdict.problem, (
        verdict.problem,
        given.overrides,
        given.data[:3000].decode("utf-8", "replace"),
    )


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "bombs"])
def test_some_of_each_kind(kind: str) -> None:
    for number in range(8):
        holds(make(kind, 7, number))


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    holds(Input("bombs", BOMBS[name](40).encode("utf-8", "replace")), thorough=False)


@pytest.mark.parametrize("path", KEPT, ids=lambda p: p.name)
def test_inputs_that_were_kept(path: Path) -> None:
    holds(Input("kept", path.read_bytes()))


@seed(7)
@settings(max_examples=100, **QUIET)
@given(EXPRESSIONS)
def test_any_expression(expression: str) -> None:
    holds(Input("expressions", FRAME.format(expression).encode()), thorough=False)


@seed(7)
@settings(max_examples=30, **QUIET)
@given(files().flatmap(layouts))
def test_any_syntax_tree(text: str) -> None:
    holds(Input("trees", text.encode()))


# the same and more, and what it costs


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "bombs"])
def test_more_of_each_kind(kind: str) -> None:
    for number in range(100, 160):
        holds(make(kind, 7, number), thorough=number % 5 == 0)


@pytest.mark.parametrize("size", [5, 150])
def test_larger_bombs(size: int) -> None:
    for bomb in BOMBS.values():
        holds(Input("bombs", bomb(size).encode("utf-8", "replace")), thorough=False)


LARGEST = (
    *(
        "parentheses",
        "a sum",
        "comments",
        "a long string",
        "blank lines",
        "only (",
        "only names",
        "only errors",
    ),
    *("escaped quotes", "control characters", "letters of another alphabet", "tabs", "one long line"),
    *("a long path of an import", "a long string for a setting", "a long number", "a long name of a library"),
)
WORST = (
    *(
        "graphs that double",
        "methods from a large one",
        "samples",
        "loops in loops that rebind",
        "unknown settings",
    ),
    *(
        "products of products",
        "a loop that carries many",
        "declarations",
        "roles",
        "graphs that loop",
        "keywords",
    ),
)


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_what_the_largest_take(form: str) -> None:
    """In a process with `MEGABYTES` of memory. A busy machine may take three times as long as an idle one."""
    few = slice(None) if form == "text" else slice(None, None, 4)
    texts = [of_size(BOMBS[name], limits.FILE_BYTES) for name in LARGEST[few]]
    texts += [BOMBS[name](1500).encode() for name in WORST[few]]
    for text in texts:
        done = measure(text, "check", "--format", form)
        assert done.fine, (text[:200], done)
        assert done.megabytes < MEGABYTES and done.seconds < 3 * SECONDS, (text[:200], done)


def of_size(bomb: Bomb, size: int) -> bytes:
    """A text of about so many bytes."""
    short, more = len(bomb(1000).encode()), len(bomb(2000).encode())
    text = bomb(1000 + (size - short) * 1000 // (more - short)).encode()
    return text[:size].decode("utf-8", "ignore").encode()
