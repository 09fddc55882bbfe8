"""The formatter: examples are fixed points, layout never changes meaning, and every comment survives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fdc.compiler.format import format
from fdc.compiler.lex import lex
from fdc.compiler.parse import parse
from fdc.compiler.source import Source

HERE = Path(__file__).parent
ROOT = HERE.parent
GOOD = sorted((HERE / "examples" / "good").glob("*.fdl"))
TEXTS = [path.read_text() for path in GOOD]
TEXTS.append(
    """
space a = video * audio
process vp { let r = a*s, noisy = a*x0 + s*eps predict = eps }
method m(student, critic,) from base.dmd2 {
  state count = 0
  shared = f(student)
  noise0 ~ noise[student] per chunk(3)
  (p, q) = g(shared)
  param pair: (float, [time]) = (1.0, ticks([1, 2]))
  assert count >= 0 and not (count == -1), "why"
  update student, critic every 2 {
    d = jvp(student.predict(x, t), x = dx, t = dt) as clean[student]
    for i in 0 .. k { x = -x ** 2 * -3 // 4 % 5 }
    reveal d
    loss l = mse(d, d, weight = { a = 1.5e-3, b.c = true })
    return ((a + b), [1, 2], "s", x[i])
  }
}
"""
)


def formatted(text: str) -> str:
    found = format(Source("a.fdl", text))
    assert isinstance(found, str), found
    return found


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.name)
def test_examples_are_canonical(path: Path) -> None:
    assert formatted(path.read_text()) == path.read_text()


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "programs").glob("*.fdl"), *(ROOT / "families").glob("*/*.fdl")]),
    ids=lambda p: p.name,
)
def test_the_library_formats_to_itself_the_second_time(path: Path) -> None:
    once = formatted(path.read_text())
    assert formatted(once) == once


@st.composite
def disturbed(draw: st.DrawFn) -> str:
    """An example with other white space and more comments."""
    text = draw(st.sampled_from(TEXTS))
    lexed = lex(Source("a.fdl", text))
    comments = dict.fromkeys(range(len(lexed.tokens) + 1), "")
    for count, comment in zip(lexed.comment_before, lexed.comments):
        comments[count] += " " + comment.text + "\n"
    rate = draw(st.sampled_from([0.02, 0.2, 0.8]))
    rng = draw(st.randoms(use_true_random=False))
    parts = []
    for i, token in enumerate(lexed.tokens):
        before, after = lexed.tokens[i - 1].end if i else 0, token.start
        gap = "".join(c for c in text[before:after] if c.isspace()) if not comments[i] else comments[i]
        if rng.random() < rate:
            gap = (
                rng.choice(["", " ", "\n", "\n\n\n", "  ", "\t", " # a note\n", "\n## doc\n", "\n# x\n\n"])
                + gap
            )
        if rng.random() < rate and "#" not in gap:
            gap = " "
        parts.append(gap + token.text)
    return "".join(parts)


@settings(max_examples=120, deadline=None)
@given(disturbed())
def test_layout_is_canonical_and_keeps_meaning_and_comments(text: str) -> None:
    file, errors = parse(Source("a.fdl", text))
    assert not errors
    once = formatted(text)
    again, errors = parse(Source("a.fdl", once))
    assert not errors
    assert again == file
    assert [c.text for c in again.comments] == [c.text for c in file.comments]
    assert formatted(once) == once
    assert all(line == line.rstrip() for line in once.split("\n"))
    assert "\n\n\n" not in once


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("\ufeffimport   wan\r\nimport dmd2\r\n", "import wan\nimport dmd2\n"),
        ("import wan import dmd2", "import wan\nimport dmd2\n"),
        (
            "program p { train{steps=1} mesh {shard=2} }",
            "program p { train { steps = 1 }, mesh { shard = 2 } }\n",
        ),
        (
            "program p {\n\n\n train { steps = 1 , \n batch=2 }\n\n}",
            "program p {\n  train {\n    steps = 1\n    batch = 2\n  }\n}\n",
        ),
        ("program p { train {\nsteps = 1 } }", "program p {\n  train {\n    steps = 1\n  }\n}\n"),
        ("method m(a){ x = f(1,\n2\n) }", "method m(a) { x = f(1,\n  2,\n) }\n"),
        ("method m(a){ x = [1, 2,] }", "method m(a) { x = [1, 2] }\n"),
        (
            "method m(a){ x=b*c y=b*c+d z=2*b w=-b-(-c) }",
            "method m(a) { x = b * c, y = b*c + d, z = 2*b, w = -b - (-c) }\n",
        ),
        (
            "method m(a) {\n  x = steps[i*j]\n\n\n\n  # end\n\n}\n",
            "method m(a) {\n  x = steps[i*j]\n\n  # end\n}\n",
        ),
        ("process p {\n a   = 1\n bb  = 2\n c = 3\n}", "process p {\n  a  = 1\n  bb = 2\n  c = 3\n}\n"),
        ("process p {\n a   = 1\n bb = 2\n}", "process p {\n  a = 1\n  bb = 2\n}\n"),
        ("# only a comment", "# only a comment\n"),
    ],
)
def test_forms(text: str, canonical: str) -> None:
    assert formatted(text) == canonical
    assert formatted(canonical) == canonical


def test_a_broken_file_is_left_alone() -> None:
    found = format(Source("a.fdl", "program p {\n  train { steps = }\n}\n"))
    assert not isinstance(found, str)
    assert [d.code for d in found] == ["syntax"]
