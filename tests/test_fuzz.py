"""Whatever the text, `check` ends soon and gives diagnostics: never an exception."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from fdc.compiler.diagnostics import Diagnostic
from fdc.compiler.pipeline import check_source
from fdc.compiler.source import Source

HERE = Path(__file__).parent
TEXTS = [
    p.read_text()
    for folder in ("examples/good", "accepted", "refused")
    for p in sorted((HERE / folder).glob("*.fdl"))
    if "import" not in p.read_text() or "import wan\n" in p.read_text()
]
TOKENS = sorted({t for text in TEXTS for t in re.findall(r"\w+|[^\w\s]|\"[^\"\n]*\"", text)})
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
LEAVES = [
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
]
LEAVES += [
    "batch.prompt",
    "batch.video",
    "ticks([1000, 500])",
    "grid(4)",
    "noise[student]",
    "uniform(0, 1)",
    "nothing",
]
CALLS = [
    "mse({0}, {1})",
    "stop({0})",
    "guide({0}, {1}, 2.0)",
    "mean({0}, per = sample)",
    "abs({0})",
    "square({0})",
]
CALLS += [
    "student.x0({0}, {1}, student.cond(batch))",
    "student.noisy({0}, {1}, t)",
    "student.target({0}, eps, {1})",
]
CALLS += [
    "({0}, {1})",
    "[{0}, {1}]",
    "{0}[{1}]",
    "{0} + {1}",
    "{0} - {1}",
    "{0}*{1}",
    "{0}/{1}",
    "{0}**{1}",
    "-{0}",
]
CALLS += [
    "{0} < {1}",
    "{0} and {1}",
    "not {0}",
    "{0} .. {1}",
    "shifted({0}, {1})",
    "clamp({0}, {1}, 1)",
    "len({0})",
]
CALLS += ["pick({0})", "select({0}, {1}, x0)", "recast({0}, {1}, to = student)", "bridge({0}, to = student)"]
CALLS += [
    "jvp({0}, x = {1})",
    "({0} as clean[student])",
    "({0} as noisy[student, {1}])",
    "average({0}, decay = {1})",
]
CALLS += [
    "min({0}, {1})",
    "{0}.sigma",
    "{0}.video",
    "student.sample({0}, steps = {1})",
    "concat({0}, {1}, axis = c)",
]
CALLS += [
    "grid({0})",
    "ticks({0})",
    "sigmas([{0}, {1}])",
    "uniform({0}, {1})",
    "logit_normal({0}, {1})",
    "{0} % {1}",
]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(CALLS), inner, inner),
    max_leaves=6,
)


def diagnostics(text: str) -> tuple[Diagnostic, ...]:
    found = check_source(Source("fuzz.fdl", text), HERE / "refused" / "fuzz.fdl").diagnostics
    assert all(d.code and d.message and 0 <= d.span.start <= d.span.end for d in found)
    return found


@seed(7)
@settings(max_examples=150, deadline=None, database=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    diagnostics(text)


@seed(7)
@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_any_tokens(tokens: list[str]) -> None:
    diagnostics(" ".join(tokens))


@seed(7)
@settings(max_examples=150, deadline=None, database=None)
@given(st.sampled_from(TEXTS), st.data())
def test_a_program_with_tokens_exchanged(text: str, data: st.DataObject) -> None:
    places = [m.span() for m in re.finditer(r"\w+|[^\w\s]", text)]
    for _ in range(data.draw(st.integers(1, 3))):
        start, end = data.draw(st.sampled_from(places))
        text = text[:start] + data.draw(st.sampled_from(TOKENS)) + text[end:]
    diagnostics(text)


@seed(7)
@settings(max_examples=300, deadline=None, database=None)
@given(EXPRESSIONS)
def test_any_expression(expression: str) -> None:
    diagnostics(FRAME.format(expression))


HUGE = "9" * 5000
DOUBLING = (
    "".join(f"graph g{i}(x) {{ return g{i + 1}(x) + g{i + 1}(x) }}\n" for i in range(40))
    + "graph g40(x) { return x }\n"
)
EXTREMES = {
    "parentheses": FRAME.format("(" * 20_000 + "x0" + ")" * 20_000),
    "open parentheses": FRAME.format("(" * 100_000),
    "minus signs": FRAME.format("-" * 20_000 + "x0"),
    "calls": FRAME.format("stop(" * 5_000 + "x0" + ")" * 5_000),
    "indices": FRAME.format("x0" + "[0]" * 5_000),
    "attributes": FRAME.format("x0" + ".video" * 5_000),
    "a long sum": FRAME.format(" + ".join(["x0"] * 20_000)),
    "powers": FRAME.format("2**2**2**2**2**2**2**2*x0"),
    "a huge number": FRAME.format(f"{HUGE}*x0"),
    "a huge float": FRAME.format("1e999999999*x0"),
    "a tiny float": FRAME.format("x0/1e-999999999"),
    "a huge size": FRAME.format("x0").replace("F = 17", f"F = {HUGE}"),
    "a huge grid": FRAME.format(f"student.sample(batch, steps = {HUGE})"),
    "a huge range": FRAME.format("x0").replace("y =", f"n = 0\nfor i in 0 .. {HUGE} {{ n = n + i }}\ny ="),
    "a huge list": FRAME.format("ticks([" + ", ".join(["1"] * 20_000) + "])"),
    "a huge rate": FRAME.format("x0").replace("1e-5", HUGE),
    "a huge seed": FRAME.format("x0").replace("steps = 100", f"steps = 100, seed = {HUGE}"),
    "nested blocks": "program p { update s {" + "for i in 0 .. 2 {" * 3_000 + "}" * 3_000 + "} }",
    "nested loops": FRAME.format("x0").replace(
        "y =", "z = x0\n" + "for i in 0 .. 2 { " * 12 + "z = z " + "}" * 12 + " y ="
    ),
    "doubling graphs": FRAME.format("g0(x0)").replace("update", DOUBLING + "update"),
    "doubling in a setting": FRAME.format("eps - x0").replace(
        "optimize", DOUBLING + "validate every 2 { sample = g0(batch.video) } optimize"
    ),
    "doubling in what is produced": FRAME.format("eps - x0").replace(
        "update", DOUBLING + 'produce w = g0(batch.video) to shards("w") { count = 3 } update'
    ),
    "doubling in a method": "method m(a) {" + DOUBLING + "assert g0(1) == 2 }",
    "many declarations": "\n".join(f"method m{i}(a) {{ }}" for i in range(500)),
    "null bytes": "\0" * 1_000,
    "byte order": "\ufeffprogram p { }",
    "surrogates and marks": "program \u202ep { \u0301 }",
}


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES)
def test_extremes(text: str) -> None:
    assert diagnostics(text)
