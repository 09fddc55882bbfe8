"""The parser: the grammar's tables, trees, keywords by place, one error a declaration, bounds."""

from __future__ import annotations

import io
import logging
import random
from fractions import Fraction
from pathlib import Path

import pytest
from paths import EXAMPLES

from fdc.compiler.base import limits
from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.base.source import Source
from fdc.compiler.syntax import ast as s
from fdc.compiler.syntax.parser import parse, parse_expression
from fdc.grammar import build, tables

GOOD = sorted((EXAMPLES).glob("*.fdl"))


def errors(text: str) -> list[Diagnostic]:
    return list(parse(Source("a.fdl", text))[1])


def tree(text: str) -> s.File:
    file, found = parse(Source("a.fdl", text))
    assert not found, found
    return file


def expression(text: str) -> s.Expr:
    found = parse_expression(Source("--set", text))
    assert not isinstance(found, tuple), found
    return found


def body(text: str) -> tuple[object, ...]:
    (method,) = tree("method m(a) {\n" + text + "\n}").declarations
    assert isinstance(method, s.MethodDecl)
    return method.members


def shown(e: object) -> str:
    """An expression with all its brackets."""
    match e:
        case s.Name(id=name):
            return name
        case s.Number(value=value):
            return str(value)
        case s.Binary(op=op, left=left, right=right):
            return f"({shown(left)} {op} {shown(right)})"
        case s.Unary(op=op, operand=x):
            return f"({op} {shown(x)})"
        case s.Range(low=low, high=high):
            return f"({shown(low)} .. {shown(high)})"
        case s.As(value=x, type=t):
            return f"({shown(x)} as {t.name})"
        case s.Attr(base=base, name=name):
            return f"{shown(base)}.{name}"
        case s.Call(func=f, args=args):
            return f"{shown(f)}({', '.join(shown(a.value) for a in args)})"
        case s.Index(base=base, index=i):
            return f"{shown(base)}[{shown(i)}]"
    raise AssertionError(e)


# tables


def test_tables_are_current() -> None:
    assert Path(tables.__file__).read_text("utf-8") == build.build(), "run `python -m fdc.grammar.build`"


def test_the_grammar_has_no_conflicts() -> None:
    from lark import Lark
    from lark.utils import logger

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        text = (build.HERE / "fdl.lark").read_text("utf-8")
        Lark(
            text, parser="lalr", lexer="basic", start=list(build.STARTS), maybe_placeholders=True, debug=True
        )
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert "conflict" not in stream.getvalue().lower()


# trees


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.name)
def test_examples_parse(path: Path) -> None:
    source = Source(path.name, path.read_text())
    file, found = parse(source)
    assert found == ()
    assert len(file.comments) == sum("#" in line for line in source.text.split("\n"))
    assert all(source.text[d.span.start] == d.span.text[0] and d.span.text for d in file.declarations)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a + b*c - d", "((a + (b * c)) - d)"),
        ("-a**2", "(- (a ** 2))"),
        ("a**-b**c", "(a ** (- (b ** c)))"),
        ("-a*b", "((- a) * b)"),
        ("not a == b and c or d", "(((not (a == b)) and c) or d)"),
        ("0 .. len(x) + 1", "(0 .. (len(x) + 1))"),
        ("a + b as clean[S]", "((a + b) as clean)"),
        ("a // b % c / d", "(((a // b) % c) / d)"),
        ("f(x)[i].y", "f(x)[i].y"),
        ("0..k", "(0 .. k)"),
        ("train.steps", "train.steps"),
        ("loss", "loss"),
    ],
)
def test_precedence(text: str, meaning: str) -> None:
    assert shown(expression(text)) == meaning


@pytest.mark.parametrize(
    ("text", "value", "is_float"),
    [
        ("1_000", 1000, False),
        ("1e-4", Fraction(1, 10000), True),
        ("0.1", Fraction(1, 10), True),
        ("2E3", 2000, True),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction, is_float: bool) -> None:
    number = expression(text)
    assert isinstance(number, s.Number)
    assert (number.value, number.is_float) == (value, is_float)


def test_strings() -> None:
    assert expression(r'"a\n\t\"\\\u{1F600} ünïcode"') == s.String(None, 'a\n\t"\\😀 ünïcode')  # type: ignore[arg-type]


def test_keywords_are_names_where_they_cannot_stand() -> None:
    (program,) = tree(
        "program process {\n"
        '  role student = f("x") { train = full, use, data = loss, from = 1, in = 2 }\n'
        "  train { train = 1, checkpoint = mesh }\n"
        "  graph graph(update, role) { return update.stage(param = role, record = program) }\n"
        "}\n"
    ).declarations
    assert isinstance(program, s.ProgramDecl)
    role, train, graph = program.members
    assert isinstance(role, s.RoleDecl) and [e.name for e in role.entries] == [
        "train",
        "use",
        "data",
        "from",
        "in",
    ]
    assert isinstance(train, s.SettingsDecl) and train.kind.id == "train"
    assert isinstance(graph, s.GraphDecl) and [p.name.id for p in graph.params] == ["update", "role"]


def test_targets_on_the_next_line_are_no_call() -> None:
    for gap in ("\n", " ", ", "):
        first, second = body(f"a = b{gap}(c, d) = f(x)")
        assert isinstance(first, s.Bind) and isinstance(first.value, s.Name)
        assert isinstance(second, s.Bind) and [n.id for n in second.targets] == ["c", "d"]
    (only,) = body("a = b\n(c, d)\n")
    assert isinstance(only, s.Bind) and isinstance(only.value, s.Call)
    (only,) = body("a = b\n- c")
    assert isinstance(only, s.Bind) and isinstance(only.value, s.Binary)


def test_the_rest_of_the_language() -> None:
    file = tree(
        'import "./mine.fdl" { latent, other }\n'
        'import "./mine.fdl" as mine\n'
        "space both = video * audio * depth\n"
        "process vp { let r = a*s, noisy = a*x0 + s*eps predict = eps }\n"
        "method b(x, y) from lib.dmd2 {\n"
        "  state old = x\n"
        "  param pair: (float, [time]) = (1.0, ticks([1]))\n"
        "  n ~ noise[x] per chunk(3)\n"
        '  assert step >= 0, "why" assert true,\n'
        "  update x, y every 2 { loss l = mse(jvp(f(x, t), x = dx), y), reveal l }\n"
        "}\n"
        "program p {\n"
        "  validate every 200 { weights = average(0.99) }\n"
        '  track wandb { project = "x" }\n'
        '  produce pairs = ode(batch) to shards("out") { count = 3 }\n'
        "}\n"
    )
    latent, mine, both, vp, method, program = file.declarations
    assert (
        isinstance(latent, s.Import)
        and [n.id for n in latent.names] == ["latent", "other"]
        and latent.is_path
    )
    assert isinstance(mine, s.Import) and mine.alias == "mine"
    assert isinstance(both, s.SpaceDecl) and [f.id for f in both.factors] == ["video", "audio", "depth"]
    assert (
        isinstance(vp, s.ProcessDecl)
        and len(vp.lets) == 1
        and [e.name for e in vp.entries] == ["noisy", "predict"]
    )
    assert isinstance(method, s.MethodDecl) and isinstance(method.parent, s.Attr)
    _, pair, draw, first, second, update = method.members
    assert isinstance(pair, s.Param) and isinstance(pair.type, s.TupleType)
    assert isinstance(draw, s.Draw) and draw.scope == "chunk" and draw.scope_arg is not None
    assert isinstance(first, s.Assert) and first.why == "why"
    assert isinstance(second, s.Assert) and second.why is None
    assert isinstance(update, s.UpdateDecl) and [r.id for r in update.roles] == ["x", "y"] and update.every
    assert isinstance(program, s.ProgramDecl)
    assert [type(m).__name__ for m in program.members] == ["SettingsDecl", "TrackDecl", "ProduceDecl"]


def test_doc_comments_belong_to_the_declaration_after_or_before() -> None:
    (method,) = tree(
        "## The method.\n## Two lines.\nmethod m(a) { # plain\n"
        "  param x = 1 ## beside\n  ## above\n  param y = { b = 2, ## in an entry\n c = 3 }\n}\n"
    ).declarations
    assert isinstance(method, s.MethodDecl)
    x, y = method.members
    assert method.doc == ("The method.", "Two lines.")
    assert isinstance(x, s.Param) and x.doc == ("beside",)
    assert isinstance(y, s.Param) and y.doc == ("above",)
    assert isinstance(y.default, s.MapExpr) and y.default.entries[0].doc == ("in an entry",)


def test_line_ends_tabs_and_a_byte_order_mark_change_nothing() -> None:
    text = GOOD[0].read_text()
    other = "\ufeff" + text.replace("\n", "\r\n").replace("  ", "\t")
    assert tree(other).declarations == tree(text).declarations


# errors


@pytest.mark.parametrize("count", [1, 3])
def test_each_broken_declaration_gives_one_error_and_the_others_are_read(count: int) -> None:
    good = "method good(a) {\n  x = a\n}\n"
    breaks = [
        "method bad(a) {\n  x = = 3\n  y ~ \n  z = 1 +\n}\n",
        "method bad(a) {\n  x = f(a, b\n  y = 3\n}\n",
        "method bad(a) {\n  graph g(b) {\n    x = 1\n\n  update a { loss l = x }\n}\n",
        'method bad(a) {\n  x = "open\n  y = (\n}\n',
        "family bad {\n  sizes { H = \n}\n",
        "prgoram bad {\n  train { }\n}\n",
        "method bad(a) {\n  x = 1\n}}}\n",
        "import\n",
    ]
    for broken in breaks:
        file, found = parse(Source("a.fdl", good + broken * count + good))
        assert [d.code for d in found] == ["syntax"] * len(found)
        assert len(found) == count or broken.startswith("prgoram"), broken
        names = [d.name.id for d in file.declarations if isinstance(d, s.MethodDecl)]
        assert [n for n in names if n == "good"] == ["good", "good"], broken


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("methdo m(a) { }", 1, "`method`"),
        ("method m(a) {\n  grpah g(b) { return b }\n}", 2, "`graph`"),
        ("program p {\n  trian { steps = 1 }\n}", 2, "`train`"),
        ("program p {\n  train { steps: 1 }\n}", 2, "`=`"),
        ("program p {\n  train { steps == 1 }\n}", 2, "`==` compares"),
        ('program p {\n  data d = f("x") { prompt = str }\n}', 2, "comes after `:`"),
        ("method m(a) {\n  while x { }\n}", 2, "no `while`"),
        ("method m(a) {\n  graph g(b) {\n    if b { return b }\n  }\n}", 3, "no `if`"),
        ("def f(x): return x", 1, "no `def`"),
        ("method m(a) {\n  graph g(b) {\n    return b\n\n  update a { loss l = a }\n}", 2, "never closed"),
        ("program p {\n  train { lr = 2e-6\n  mesh { shard = 2 }\n}", 2, "never closed"),
        ("method m(a) {\n  x = 1", 1, "never closed"),
        ("method m(a) {\n  x = f(1,\n    2\n  y = 3\n}", 3, "`)` is missing"),
        ("method m(a {\n  x = 1\n}", 1, "`)` is missing"),
        ("method m(a) {\n  x = [1, 2)\n}", 2, "closed by `]`"),
        ("method m(a) {\n  x = 1\n}\n}", 4, "closes nothing"),
        ("method m(a) {\n  update a {\n    loss = mse(a, a)\n  }\n}", 3, "loss NAME = expression"),
        ("method m(a) {\n  update a {\n    mse(a, a)\n  }\n}", 3, "a call alone"),
        ("method m(a) {\n  x = f(a b)\n}", 2, "`,` is missing"),
        ("method m(a) {\n  x = 'abc'\n}", 2, "double quotes"),
        ('method m(a) {\n  x = "abc\n}', 2, "not closed on its line"),
        ("method m(a) {\n  x = 0 < y < 1\n}", 2, "do not chain"),
        ("method m(a) {\n  x = .5\n}", 2, "`0.5`"),
        ("method m(a) {\n  x =\n}", 2, "expected an expression"),
        ("method m(a) {\n  x = 3x\n}", 2, "neither a number nor a name"),
        ("method m(a) {\n  x = a && b\n}", 2, "`and`"),
        ("method m(a) {\n  x = a − b\n}", 2, "U+2212"),
        ("method m(a) {\n  graph g(b) { update a { } }\n}", 2, "in a method or a program"),
        ("method m(a) {\n  role x = y\n}", 2, "in a program"),
        ("train { steps = 1 }", 1, "in a program"),
        ("family f {\n  stage e : encode(x: y) -> z by python(a, b)\n}", 2, "one function"),
        ("method m(a) {\n  x = a\x00b\n}", 2, "U+0000"),
        ("# \x1b[31m red\nimport wan", 1, "U+001B"),
        ("method m(a) {\n  x = \u202ea\n}", 2, "U+202E"),
        ('method m(a) {\n  x = "\\d"\n}', 2, "stands for no character"),
        ("method m(a) {\n  x = 1e999999999\n}", 2, "too long"),
        ("method m(a) {\n  x = " + "9" * 5000 + "\n}", 2, "too long"),
    ],
)
def test_slips_are_named_where_they_are(text: str, line: int, words: str) -> None:
    (error,) = errors(text + "\n")
    said = " ".join([error.message, error.note, error.help, *(f.title for f in error.fixes)])
    assert (error.code, error.span.line) == ("syntax", line)
    assert words in said, said


def test_safe_fixes_and_insertions_repair_the_text() -> None:
    for text in (
        "program p {\n  train { steps: 1 }\n}\n",
        "method m(a) {\n  x = f(a, g(b)\n}\n",
        "method m(a) {\n  graph g(b) {\n    return b\n\n  update a { loss l = a }\n}\n",
        "methdo m(a) { }\n",
        "method m(a) {\n  x = 'a'\n}\n",
    ):
        (error,) = errors(text)
        fix = error.fixes[0]
        assert errors(text[: fix.span.start] + fix.text + text[fix.span.end :]) == []


def test_unindented_members_are_no_declarations() -> None:
    file, found = parse(
        Source("a.fdl", "family f {\nspace a = b[c]\nprocess p { noisy = x0 }\n}\nimport wan\n")
    )
    assert [type(d).__name__ for d in file.declarations] == ["FamilyDecl", "Import"]
    assert found == ()


def test_an_expression_that_is_none() -> None:
    for text in ("", "1 +", "a = b", "1 }", "x y"):
        found = parse_expression(Source("--set", text))
        assert isinstance(found, tuple) and [d.code for d in found] == ["syntax"]


# bounds


@pytest.mark.parametrize(
    "inner",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "[" * 20_000,
        "-" * 20_000 + "1",
        "not " * 20_000 + "a",
        "1" + "**2" * 10_000,
        "1" + " + 2" * 10_000,
        "a" + ".b" * 10_000,
        "a" + "()" * 10_000,
        "f(" * 150 + ")" * 150,
    ],
    ids=lambda t: t[:6].strip(),
)
def test_deep_nesting_is_refused(inner: str) -> None:
    found = errors(f"method m(a) {{\n  x = {inner}\n}}\nimport wan\n")
    assert [d.message for d in found] == ["this is nested too deeply to be read"]


@pytest.mark.parametrize("word", ["(", "a ", "# a\n", '"" ', "€"])
def test_a_file_of_very_many_words_is_not_read(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.WORDS == 150_000
    monkeypatch.setattr(limits, "WORDS", 1_500)
    (found,) = errors(f"method m(a) {{ x = {word * 2_000}")
    assert found.message.startswith("this file holds more than 1,500 words")
    assert errors("# " + "a" * 10_000 + "\nmethod m(a) { }") == []


def test_what_people_write_is_not_too_deep() -> None:
    tree("method m(a) { x = " + "(" * 150 + "1" + ")" * 150 + " }")
    tree("method m(a) { x = " + " + ".join(["a"] * 90) + " }")


def test_long_files_are_read_to_the_end() -> None:
    text = "".join(
        f"method m{i}(a) {{\n  x = f(a, {i})\n  y = x +{' ' if i % 7 else ' +'} 1\n}}\n" for i in range(700)
    )
    file, found = parse(Source("a.fdl", text))
    assert len(file.declarations) + len(found) == 700
    assert len(found) == 100


def test_any_text_gives_a_diagnostic_or_a_tree() -> None:
    """Pieces of programs in any order: nothing but diagnostics with places inside the text."""
    rng = random.Random(0)
    words = (
        "\n".join(p.read_text() for p in GOOD).split()
        + list("(){}[]=~:,.\"'#\\\x00é\n")
        + ["\n", "\t", "1e5"]
    )
    for _ in range(300):
        text = rng.choice([" ", "\n"]).join(rng.choices(words, k=rng.randrange(1, 60)))
        for d in errors(text):
            assert d.code == "syntax" and d.message
            spans = [d.span, *(label.span for label in d.labels), *(f.span for f in d.fixes)]
            assert all(0 <= span.start <= span.end <= len(text) for span in spans)
