"""The formatter: examples are fixed points, layout never changes meaning, every comment stays where it belongs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

import pytest
from generated.programs_at_random import (
    MAYBE,
    REMARKS,
    SEEDS,
    SPACES,
    expressions,
    files,
    layouts,
    tokens,
    types,
)
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from paths import EXAMPLES, GOLDEN, ROOT, TESTS

from fdc.compiler.base.source import Source
from fdc.compiler.syntax import ast as s
from fdc.compiler.syntax.formatter import LIMIT, format
from fdc.compiler.syntax.lexer import Lexed, lex
from fdc.compiler.syntax.parser import parse

CANONICAL = sorted(
    p for folder in (EXAMPLES, ROOT / "programs", ROOT / "families") for p in folder.rglob("*.fdl")
)


@cache
def texts() -> list[str]:
    """Of all files that can be read."""
    found = [p.read_text() for p in sorted(TESTS.rglob("*.fdl"))]
    return [p.read_text() for p in CANONICAL] + [t for t in found if not parse(Source("a.fdl", t))[1]]


def formatted(text: str) -> str:
    found = format(Source("a.fdl", text))
    assert isinstance(found, str), found
    return found


def docs(node: object) -> list[tuple[str, tuple[str, ...]]]:
    """The doc comments of every declaration below a node."""
    if isinstance(node, tuple):
        return [d for n in node for d in docs(n)]
    if not isinstance(node, s.Syntax):
        return []
    own = [(type(node).__name__, node.doc)] if hasattr(node, "doc") else []
    return own + [
        d for name in node.__dataclass_fields__ if name != "span" for d in docs(getattr(node, name))
    ]


def holds(text: str, tree: tuple[s.Declaration, ...] | None = None) -> str:
    """Everything that is true of all files and their canonical text, which is given back."""
    file, errors = parse(Source("a.fdl", text))
    assert not errors
    if tree is not None:
        assert file.declarations == tree
    once = formatted(text)
    again, errors = parse(Source("a.fdl", once))
    assert not errors
    assert again == file
    assert [c.text for c in again.comments] == [c.text for c in file.comments]
    assert docs(again.declarations) == docs(file.declarations)
    assert formatted(once) == once
    assert all(line == line.rstrip() for line in once.split("\n"))
    assert "\n\n\n" not in once and once[:1] != "\n" and once[-2:] != "\n\n"
    for words in lines_of(once):
        start = words[0][0]
        length = words[-1][0] + len(words[-1][1])
        longest = max(len(word) for _, word in words)
        several = sum(word[0].isalnum() or word[0] in '_"' for _, word in words) > 1
        assert length <= LIMIT or not several or start + longest > LIMIT
    return once


def lines_of(text: str) -> list[list[tuple[int, str]]]:
    """Each line's tokens with their columns; a comma counts to what it follows, a comment not at all."""
    source = Source("a.fdl", text)
    lines: dict[int, list[tuple[int, str]]] = {}
    for token in lex(source).tokens[:-1]:
        line, column = source.position(token.start)
        if token.text != ",":
            lines.setdefault(line, []).append((column - 1, token.text))
    return list(lines.values())


@pytest.mark.parametrize("path", CANONICAL, ids=lambda p: p.name)
def test_the_examples_and_the_library_are_canonical(path: Path) -> None:
    assert holds(path.read_text()) == path.read_text()


# properties

SOME = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=100
)


@pytest.mark.slow
@SOME
@given(st.data())
def test_random_files(data: st.DataObject) -> None:
    tree = data.draw(files())
    holds(data.draw(layouts(tree)), tree)


@pytest.mark.slow
@SOME
@given(st.data())
def test_random_expressions(data: st.DataObject) -> None:
    tree = data.draw(expressions(5))
    holds("method m(a) { value = " + data.draw(layouts(tree)) + "\n}")


@settings(SOME, max_examples=40)
@given(st.data())
def test_random_types(data: st.DataObject) -> None:
    tree = data.draw(types())
    holds("method m(a) { param p: " + data.draw(layouts(tree)) + "\n}")


@pytest.mark.slow
@SOME
@given(
    st.deferred(lambda: st.sampled_from(texts())),
    SEEDS,
    st.sampled_from([0.02, 0.2, 0.8]),
    st.sampled_from([0.0, 0.1, 0.5]),
)
def test_files_in_another_layout(text: str, rng: Random, rate: float, remarks: float) -> None:
    lexed = lex(Source("a.fdl", text))
    gaps = list(spaces_of(text, lexed))
    for i, gap in enumerate(gaps):
        if rng.random() < rate:
            words = re.findall(r"#[^\n]*", gap)
            new = "".join(rng.choice(SPACES) + w + "\n" for w in words) + rng.choice(SPACES)
            if rng.random() < remarks:
                new = rng.choice(("", " ", "\n")) + rng.choice(REMARKS) + "\n" + new
            gaps[i] = new
    holds(joined(lexed, gaps))


@settings(SOME, max_examples=40)
@given(st.sampled_from([p.read_text() for p in CANONICAL]), SEEDS)
def test_spaces_within_a_line_are_forgotten(text: str, rng: Random) -> None:
    text = formatted(re.sub(" +=", " =", text))  # where none are aligned
    lexed = lex(Source("a.fdl", text))
    gaps = list(spaces_of(text, lexed))
    for i, (gap, token) in enumerate(zip(gaps, lexed.tokens)):
        if "\n" not in gap and token.kind != "EQUAL" and i:
            wide = [" ", "  ", "\t"] if gap or rng.random() < 0.5 else [""]
            gaps[i] = rng.choice(wide)
    assert formatted(joined(lexed, gaps)) == text


@settings(SOME, max_examples=40)
@given(files())
def test_optional_commas_are_forgotten(tree: tuple[s.Declaration, ...]) -> None:
    without = " ".join(w for w in tokens(tree) if w != MAYBE)
    with_all = " ".join("," if w == MAYBE else w for w in tokens(tree))
    with_all = re.sub(r", (?=[,])", "", with_all)
    assert formatted(with_all) == formatted(without)


@pytest.mark.parametrize("path", CANONICAL, ids=lambda p: p.name)
@pytest.mark.parametrize("margin", ["", "     ", "\t"])
def test_indentation_is_forgotten(path: Path, margin: str) -> None:
    text = "".join(margin + line.strip() + "  \n" for line in path.read_text().split("\n"))
    assert formatted(text) == path.read_text()


def spaces_of(text: str, lexed: Lexed) -> list[str]:
    """What stands before each token."""
    ends = [0, *(t.end for t in lexed.tokens)]
    return [text[end : token.start] for end, token in zip(ends, lexed.tokens)]


def joined(lexed: Lexed, gaps: list[str]) -> str:
    return "".join(gap + token.text for gap, token in zip(gaps, lexed.tokens))


@pytest.mark.slow
def test_the_random_files_use_the_whole_grammar() -> None:
    """Every node of the tree, every keyword and every mark is drawn, so that the properties speak for all."""
    from fdc.compiler.syntax.lexer import KEYWORDS, PUNCTUATION

    words: set[str] = set()
    kinds: set[str] = set()

    def seen(node: object) -> None:
        for n in node if isinstance(node, tuple) else (node,):
            if isinstance(n, s.Syntax):
                kinds.add(type(n).__name__)
                for name in n.__dataclass_fields__:
                    seen(getattr(n, name))

    def draw(tree: tuple[s.Declaration, ...]) -> None:
        seen(tree)
        words.update(tokens(tree))

    nodes = {n.__name__ for n in vars(s).values() if isinstance(n, type) and issubclass(n, s.Syntax)}
    nodes -= {"Syntax", "Comment"}
    marks = set(KEYWORDS) | set(PUNCTUATION)
    for k in range(8):  # what one seed draws depends on which modules were imported before
        seed(k)(settings(SOME, max_examples=150, database=None)(given(files())(draw)))()
        if nodes <= kinds and marks <= words:
            break
    assert nodes - kinds == set() and marks - words == set()


# forms


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
        # a break between a bracket's items opens it; the author's rows stay
        ("method m(a){ x = f(1,\n2, 3) }", "method m(a) {\n  x = f(\n    1,\n    2, 3,\n  )\n}\n"),
        ("method m(a){ x = f(1, 2\n) }", "method m(a) {\n  x = f(\n    1, 2,\n  )\n}\n"),
        ("method m(a){ x = steps[\ni] }", "method m(a) {\n  x = steps[\n    i\n  ]\n}\n"),
        ("method m(a){ x = ticks([\n1, 2]) }", "method m(a) {\n  x = ticks([\n    1, 2,\n  ])\n}\n"),
        ("method m(a){ x = [1, 2,] (b,) = f() }", "method m(a) { x = [1, 2], (b) = f() }\n"),
        # one beside an operator breaks before each of the chain
        ("method m(a){ x = b +\nc - d*e }", "method m(a) {\n  x = b\n    + c\n    - d*e\n}\n"),
        ("method m(a){ x = b\nas clean[a] }", "method m(a) {\n  x = b\n    as clean[a]\n}\n"),
        # others are no choice
        ("method\nm(\n)\n{ x\n=\nf\n(a\n.\nb, -\nc) }", "method m() { x = f(a.b, -c) }\n"),
        (
            "method m(a){ x=b*c y=b*c+d z=2*b w=-b-(-c) }",
            "method m(a) { x = b * c, y = b*c + d, z = 2*b, w = -b - (-c) }\n",
        ),
        ("method m(a){ x = (b*c)+(d/e)/f }", "method m(a) { x = (b * c) + (d / e)/f }\n"),
        ("method m(a){ x = [-1, -b,- c] }", "method m(a) { x = [-1, -b, -c] }\n"),
        ("method m(a){ x = {b=1}\n[c] y = true\n(d) }", "method m(a) { x = { b = 1 }[c], y = true(d) }\n"),
        (
            "method m(a) {\n  x = steps[i*j]\n\n\n\n  # end\n\n}\n",
            "method m(a) {\n  x = steps[i*j]\n\n  # end\n}\n",
        ),
        ("process p {\n a   = 1\n bb  = 2\n c = 3\n}", "process p {\n  a  = 1\n  bb = 2\n  c = 3\n}\n"),
        ("process p {\n a   = 1\n bb = 2\n}", "process p {\n  a = 1\n  bb = 2\n}\n"),
        ("# only a comment", "# only a comment\n"),
        # without its comma, a name such as `as` would go on with the entry before
        (
            "program p { train { b = c,\nas = d, or = e } }",
            "program p {\n  train {\n    b = c,\n    as = d, or = e\n  }\n}\n",
        ),
        ("method m(a) {\n x ~ d,\nper = 3\n}", "method m(a) {\n  x ~ d,\n  per = 3\n}\n"),
    ],
)
def test_forms(text: str, canonical: str) -> None:
    assert holds(text) == canonical
    assert formatted(canonical) == canonical


COMMENTS = [
    # beside what they are beside, whatever becomes of the comma
    (
        "process p { a = 1, # one\n b = 2 # two\n , c = 3 } # end",
        "process p {\n  a = 1 # one\n  b = 2 # two\n  c = 3\n} # end\n",
    ),
    (
        "method m(a) { x = f(b, # one\n c # two\n) }",
        "method m(a) {\n  x = f(\n    b, # one\n    c, # two\n  )\n}\n",
    ),
    ("method m(a) { # one\n\n # two\n }", "method m(a) { # one\n  # two\n}\n"),
    ("process p { # empty\n}", "process p { # empty\n}\n"),
    ("process p {\n\n# alone\n\n}\n\n\n# end\n\n", "process p {\n  # alone\n}\n\n# end\n"),
    (
        "method m(a) { x = [\n # first\n 1, 2,\n\n # more\n 3 # last\n] }",
        "method m(a) {\n  x = [\n    # first\n    1, 2,\n\n    # more\n    3, # last\n  ]\n}\n",
    ),
    # in the midst of an entry
    ("method m(a) { x # why\n = b }", "method m(a) {\n  x # why\n    = b\n}\n"),
    ("method m(a) { x = b # one\n + c }", "method m(a) {\n  x = b # one\n    + c\n}\n"),
    (
        "method m(a) { x = f # one\n(b)\n # end\n}",
        "method m(a) {\n  x = f # one\n    (b)\n  # end\n}\n",
    ),
    # a doc comment after a comma on another line belongs to what follows
    (
        "process p { a = 1\n, ## of b\n b = 2, ## of b too\n }",
        "process p {\n  a = 1\n  ## of b\n  b = 2 ## of b too\n}\n",
    ),
]


@pytest.mark.parametrize(("text", "canonical"), COMMENTS)
def test_comments(text: str, canonical: str) -> None:
    assert holds(text) == canonical


def test_long_lines_break_as_a_careful_person_would_break_them() -> None:
    text = (GOLDEN / "long_lines.fdl").read_text()
    assert holds(text) == text
    on_one_line = [" ".join(declaration.split()) for declaration in text.split("\n\n")]
    assert holds("\n\n".join(on_one_line)) == text


def test_what_cannot_break_stays_long() -> None:
    name = "n" * (LIMIT + 10)
    assert holds(f"method m(a) {{ x = {name} }}") == f"method m(a) {{\n  x =\n    {name}\n}}\n"
    for mark in (".", "*", "**"):
        long = mark.join(["name_of_a_part"] * 24)
        canonical = holds(f"method m(a) {{ x = {long} + 1 }}")
        assert max(map(len, canonical.split("\n"))) <= LIMIT


def test_deep_nesting_is_formatted() -> None:
    deep = "(" * 150 + "x" + ")" * 150
    assert holds(f"method m(a) {{ x = {deep} }}")
    assert holds("method m(a) { x = " + "f(" * 90 + "x" + ")" * 90 + " }")


def test_a_broken_file_is_left_alone() -> None:
    found = format(Source("a.fdl", "program p {\n  train { steps = }\n}\n"))
    assert not isinstance(found, str)
    assert [d.code for d in found] == ["syntax"]
