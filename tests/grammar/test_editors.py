"""What editors and documentation colour: current, true to the parser, and the same for both."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
import warnings
from collections.abc import Iterator
from importlib import import_module
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import ROOT
from pygments.token import Comment, Error, Keyword, Name, String, Text

from fdc.compiler.base.source import Source
from fdc.compiler.syntax.lexer import KEYWORDS, lex
from fdc.compiler.syntax.parser import parse_tokens
from fdc.grammar import words
from fdc.grammar.codes import CODES
from fdc.grammar.editors import build
from fdc.grammar.highlight import FdlLexer, scopes, token

EXTENSION = build.TARGET.parent.parent
FILES = sorted(p for f in ("families", "programs", "tests") for p in (ROOT / f).rglob("*.fdl"))
TEXTS = [p.read_text("utf-8") for p in FILES]

# Keywords as names wherever they may be, and right texts that are laid out otherwise than `fdc fmt` has them.
ODD = (
    """
program process {
  role student = f("x") { train = full, use, data = loss, from = 1, in = 2 }
  train { train = 1, checkpoint = mesh }
  graph graph(update, role) { return update.stage(param = role, record = program) }
}
""",
    """
method m(role, state) {
  param by: float = 1.0
  param to: [time] = ticks([1])
  per = role
  from = by + to
  x = not careful and not (a or b)
  use = loss . state(per = sample, as = 3, in = to)
  every = (from, to)
  y = every[in] + to - by
  update role every 2 { loss loss = mse(state, to), reveal per }
}
""",
    """
family family {
  sizes { F = 4*k + 1, sizes = 3 }
  component component = python.stage { trainable config = { stage = 3, graph = "x" } }
  space space = f32[b, 12, t = F]
    from component { normalize = z }
  stage stage : encode(
    param: str[b],
    by: time[b]
  ) -> clean[space]
    by
    component.encode(x = param, by = by)
  graph clean(batch) {
    return
      stage(batch.graph)
  }
  record record { from: bf16[b, 3] { pad = zero } to: f32[b] }
}
""",
    """
import "./mine.fdl" { latent, other }
import "./mine.fdl" as mine
space both = video * audio * depth
process vp { let r = a*s, noisy = a*x0 + s*eps predict = eps }
method b(x, y) from lib.dmd2
{
  state old = x
  param pair: (float, [time]) = (1.0, ticks([1]))
  n ~ noise[x] per chunk(3)
  assert step >= 0 and
    step < 9, "why" assert true,
  update x, y every 2
  {
    loss l = mse(jvp(f(x, t), x = dx), y), reveal l allow(live-target)
  }
}
""",
    """
# c }
method m(a) # }
{ # }
  graph g(x) # odd }
  { return x }
  update a # }
  { for i in 0 .. 3 { x = g(a) } loss l = x as clean[a] } ## }
}
""",
)


def scope_of(text: str) -> list[str]:
    """The scope of each character."""
    return [scope for scope, piece in scopes(text) for _ in piece]


def is_keyword(scope: str) -> bool:
    groups = ("keyword.control", "keyword.other", "keyword.operator.wordlike", "storage.")
    return scope.startswith(groups) or scope == "constant.language.fdl"


def patterns(found: Any) -> Iterator[dict[str, Any]]:
    """All patterns of a grammar, however deep."""
    if isinstance(found, dict):
        if not found.keys().isdisjoint({"match", "begin", "include"}):
            yield found
        for value in found.values():
            yield from patterns(value)
    elif isinstance(found, list):
        for value in found:
            yield from patterns(value)


# words


def test_every_keyword_has_a_place() -> None:
    starters = [w for found in words.STARTERS.values() for w in found]
    assert {*starters, *words.CONSTANTS, *words.LOGICAL, *words.CONNECTIVES} == set(KEYWORDS)
    assert set(build.NAMES) <= set(starters)
    assert set(words.CONSTANTS) == {"true", "false"}
    assert set(words.LOGICAL) == {"and", "or", "not"}
    assert set(words.CONNECTIVES) == {
        "as",
        "at",
        "by",
        "every",
        "except",
        "from",
        "in",
        "per",
        "to",
        "until",
        "with",
    }
    assert "loss" in words.STARTERS["body"] and "loss" not in words.STARTERS["method"]
    assert "stage" in words.STARTERS["family"] and "stage" not in words.STARTERS["program"]


# the grammar


def test_the_grammar_is_current() -> None:
    assert build.TARGET.read_text("utf-8") == build.document(), "run `python -m fdc.grammar.editors.build`"


def test_patterns_are_read_alike_by_oniguruma_and_python() -> None:
    grammar = build.grammar()
    for pattern in patterns(grammar):
        if "include" in pattern:
            assert pattern["include"][1:] in grammar["repository"]
            continue
        assert pattern.keys() <= {"name", "match", "captures"} or pattern.keys() <= {
            *("name", "begin", "end", "beginCaptures", "endCaptures", "patterns")
        }
        for part, captures in (("match", "captures"), ("begin", "beginCaptures"), ("end", "endCaptures")):
            if part not in pattern:
                continue
            text = pattern[part]
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # of sets within sets, which only Oniguruma has
                compiled = re.compile(text)
            assert {int(g) for g in pattern.get(captures, {})} <= set(range(1, compiled.groups + 1))
            assert part == "end" or not compiled.match(""), f"{text} matches nothing"
            assert not re.search(r"\(\?[a-zA-Z#(]|\\[AGZzhHKpPR]|[*+?}]\+", text), f"{text} differs"


@pytest.mark.slow
@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        [" ".join(t.text for t in lex(Source("a.fdl", text)).tokens) for text in TEXTS[::4]],
        [text for page in CODES.values() for text in (page.fixed, page.failing)],
        ODD,
    ],
    ids=["files", "on_one_line", "diagnostics", "odd"],
)
def test_keywords_are_those_that_the_parser_reads(texts: list[str]) -> None:
    right = 0
    for text in texts:
        source = Source("a.fdl", text)
        lexed = lex(source)
        if parse_tokens(source, lexed)[1]:
            continue
        right += 1
        found = scope_of(text)
        for t in lexed.tokens[:-1]:
            scope = found[t.start]
            place = (
                f"{t.text} at {source.position(t.start)} of {text[:60]!r} is {t.kind}, and coloured {scope!r}"
            )
            if t.kind in ("STRING", "NUMBER"):
                start = "string" if t.kind == "STRING" else "constant.numeric"
                assert all(s.startswith((start, "constant.character")) for s in found[t.start : t.end]), place
            elif t.keyword or t.kind == "NAME":
                assert scope and set(found[t.start : t.end]) == {scope}, place
                assert is_keyword(scope) == (t.kind in KEYWORDS.values()), place
            else:
                assert scope.startswith(("punctuation", "keyword.operator", "variable", "entity")), place
        for comment in lexed.comments:
            kind = "documentation" if comment.text.startswith("##") else "number-sign"
            span = found[comment.span.start : comment.span.end]
            assert set(span) == {f"comment.line.{kind}.fdl"}
    assert right > len(texts) * 0.8


LOOKS = {
    "import wan": (("wan", "entity.name.namespace"),),
    "family f { sizes { F = 4*k } }": (
        ("f", "entity.name.type"),
        ("sizes", "storage.type.member"),
        ("F", "variable.other.property"),
    ),
    "family f { component v = diffusers.Vae { trainable } }": (
        ("v", "entity.name.type"),
        ("diffusers", "entity.name.namespace"),
        ("Vae", "entity.name.type"),
        ("trainable", "variable.other.property"),
    ),
    "family f { stage s : encode(x: str[b]) -> clean[w] by python(s1) }": (
        ("s", "entity.name.function"),
        ("encode", "support.class.stage"),
        ("x", "variable.parameter"),
        ("str", "support.type"),
        ("->", "punctuation.separator.type"),
        ("clean", "support.type"),
        ("w", "variable.other.readwrite"),
        ("by", "keyword.other"),
        ("s1", "variable.other.readwrite"),
    ),
    "family f { stage s : enkode(x: text) -> clean[w] by v(x = x) }": (
        ("enkode", "entity.name.type"),
        ("text", "entity.name.type"),
    ),
    "family f { record r { e: bf16[b, 2] { pad = zero } } }": (
        ("r", "entity.name.type"),
        ("e", "variable.other.property"),
        ("bf16", "support.type"),
        ("pad", "variable.other.property"),
        ("zero", "constant.language.setting"),
    ),
    "method m(a) from c { }": (
        ("method", "storage.type.declaration"),
        ("m", "entity.name.function"),
        ("a", "variable.parameter"),
        ("from", "keyword.other"),
        ("c", "entity.other.inherited-class"),
    ),
    "method m(a) { param p: [time] = ticks([1]) }": (
        ("param", "storage.type.member"),
        ("p", "variable.other.definition"),
        ("time", "support.type"),
        ("ticks", "support.function.builtin"),
    ),
    "method m(a) { update a every 2 { loss l = a.x0(x, t.sigma, g(c)) } }": (
        ("update", "storage.type.member"),
        ("every", "keyword.other"),
        ("loss", "keyword.control"),
        ("l", "variable.other.definition"),
        ("x0", "support.function.role"),
        ("sigma", "support.variable.time"),
        ("g", "entity.name.function"),
    ),
    "method m(a) { graph g(q) { for i in 0 .. 3 { } return -q } }": (
        ("g", "entity.name.function"),
        ("q", "variable.parameter"),
        ("for", "keyword.control"),
        ("in", "keyword.control"),
        ("..", "keyword.operator.range"),
        ("return", "keyword.control"),
    ),
    "method m(a) { x ~ noise[a] per frame }": (
        ("~", "keyword.operator.draw"),
        ("noise", "support.type"),
        ("per", "keyword.other"),
        ("frame", "constant.language.scope"),
    ),
    "method m(a) { y = mean(x, per = sample) as velocity[a] }": (
        ("mean", "support.function.builtin"),
        ("per", "variable.parameter"),
        ("sample", "constant.language.scope"),
        ("as", "keyword.other"),
        ("velocity", "support.type"),
    ),
    "method m(a) { y = not true }": (
        ("not", "keyword.operator.wordlike"),
        ("true", "constant.language"),
    ),
    'program p { role s = w("x") { train = lora(rank = 4), precision = bf16 } }': (
        ("train", "variable.other.property"),
        ("lora", "support.function.setting"),
        ("rank", "variable.parameter"),
        ("bf16", "constant.language.setting"),
    ),
    "program p { train { steps = 3 } }": (
        ("train", "storage.type.member"),
        ("steps", "variable.other.property"),
    ),
    'program p { produce n = f(b) to shards("o") { fields = [g] } }': (
        ("n", "variable.other.definition"),
        ("to", "keyword.other"),
        ("shards", "support.function.setting"),
        ("g", "variable.other.readwrite"),
    ),
    "program p { assert x >= 1; }": (
        ("assert", "keyword.control"),
        (">=", "keyword.operator.comparison"),
        (";", "invalid.illegal"),
    ),
    r'program p { x = "a\n\q" }': (
        (r"\n", "constant.character.escape"),
        (r"\q", "invalid.illegal.escape"),
    ),
    "param ratio: int = 5": (
        ("param", "storage.type.member"),
        ("ratio", "variable.other.definition"),
        ("int", "support.type"),
    ),
    "loss flow = mse(a, b)": (
        ("loss", "keyword.control"),
        ("flow", "variable.other.definition"),
    ),
}


@pytest.mark.parametrize("text", LOOKS)
def test_looks(text: str) -> None:
    found = {piece.strip(): scope for scope, piece in reversed(list(scopes(text)))}
    for piece, scope in LOOKS[text]:
        assert found[piece] == f"{scope}.fdl", piece


@pytest.mark.parametrize(
    ("group", "text", "scope"),
    [
        (words.FUNCTIONS, "x = {}(1)", "support.function.builtin"),
        (words.ROLE_FUNCTIONS, "x = a.{}(1)", "support.function.role"),
        (words.TYPES, "param p: {} = 1", "support.type"),
        (words.STAGE_KINDS, "stage s : {}(x: int) -> int by f(x)", "support.class.stage"),
        (words.SCOPES, "x ~ d per {}", "constant.language.scope"),
        (words.VALUES, "role s = f(1) {{ a = {} }}", "constant.language.setting"),
        (words.CALLED, "x = {}(1)", "support.function"),
        (words.TIME_PARTS, "x = t.{}", "support.variable.time"),
    ],
)
def test_every_word_is_known(group: tuple[str, ...], text: str, scope: str) -> None:
    assert group
    for word in group:
        found = [s for s, piece in scopes(text.format(word)) if piece == word]
        assert found and found[-1].startswith(scope), word


def test_a_missing_bracket_costs_one_declaration() -> None:
    broken = "method a(x) {\n  update x { y = f([1, (2\n\nmethod b(x) { state s = 1 }\n"
    found = [(piece, scope) for scope, piece in scopes(broken)]
    assert found.count(("method", "storage.type.declaration.fdl")) == 2
    assert ("state", "storage.type.member.fdl") in found


# Pygments


@given(st.text(alphabet='abx0 \n\r\t#{}()[]"\\=~.,:;_-+*/<>!é\x0b', max_size=60) | st.sampled_from(TEXTS))
def test_tokens_are_the_text(text: str) -> None:
    pieces = list(FdlLexer().get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in pieces) == text
    starts = accumulate((len(piece) for _, _, piece in pieces), initial=0)
    assert all(start == wanted for (start, _, _), wanted in zip(pieces, starts))


@pytest.mark.slow
def test_no_file_has_an_error_token() -> None:
    for text in TEXTS:
        assert Error not in {kind for kind, _ in FdlLexer().get_tokens(text)}


def test_every_scope_is_a_token() -> None:
    named = [p["name"] for p in patterns(build.grammar()) if "name" in p]
    for p in patterns(build.grammar()):
        for captures in ("captures", "beginCaptures", "endCaptures"):
            named += [c["name"] for c in p.get(captures, {}).values()]
    assert {n for n in named if token(n) is Text} == set()
    assert token("comment.line.documentation.fdl") is String.Doc
    assert token("comment.line.number-sign.fdl") is Comment.Single


def test_pygments_finds_the_lexer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["entry-points"]["pygments.lexers"]["fdl"].partition(":")
    lexer = getattr(import_module(module), name)()
    assert (lexer.name, lexer.aliases, lexer.filenames) == ("FDL", ["fdl"], ["*.fdl"])
    pairs = list(lexer.get_tokens("program p { train { steps = 3 } }"))
    assert (Keyword.Declaration, "train") in pairs and (Name.Attribute, "steps") in pairs


# the extension


def test_the_extension_is_whole() -> None:
    package = json.loads((EXTENSION / "package.json").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (package["version"], package["license"]) == (project["version"], project["license"])
    (language,), (grammar,) = package["contributes"]["languages"], package["contributes"]["grammars"]
    assert language["extensions"] == [".fdl"] and grammar["language"] == language["id"] == "fdl"
    assert (EXTENSION / grammar["path"]).resolve() == build.TARGET.resolve()
    assert grammar["scopeName"] == build.grammar()["scopeName"]
    assert (EXTENSION / language["configuration"]).is_file()
    script = "".join(p.read_text("utf-8") for p in sorted(EXTENSION.glob("*.js")))
    modules = {m.split("/")[0] for m in re.findall(r'require\("([^"]+)"\)', script)}
    assert modules - {"vscode", "child_process", "util", "fs", "os", "path", "."} == set(
        package["dependencies"]
    )
    for command in package["contributes"]["commands"]:
        assert f'registerCommand("{command["command"]}"' in script
    for setting in package["contributes"]["configuration"]["properties"]:
        section, _, name = setting.partition(".")
        assert f'getConfiguration("{section}").get("{name}")' in script
    assert 'args: ["lsp"]' in script


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("name", [p.name for p in EXTENSION.glob("*.js")])
def test_the_extension_is_javascript(name: str) -> None:
    done = subprocess.run(["node", "--check", EXTENSION / name], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_indentation_is_the_formatters() -> None:
    rules = json.loads((EXTENSION / "language-configuration.json").read_text("utf-8"))["indentationRules"]
    more, less = re.compile(rules["increaseIndentPattern"]), re.compile(rules["decreaseIndentPattern"])
    assert not any(more.match(line) for line in ('x = "{"', "# {", "sizes { F = 1 }", "a = f(1) # (", "}"))
    canonical = [p.read_text() for p in (ROOT / "programs").glob("*.fdl")]
    canonical += [p.read_text() for p in (ROOT / "families").glob("*/*.fdl")]
    opened = 0
    for text in canonical:
        lines = [line for line in text.splitlines() if line.strip()]
        for line, following in pairwise(lines):
            indent, after = (len(x) - len(x.lstrip()) for x in (line, following))
            if more.match(line):
                opened += 1
                assert after == indent + 2, following
            elif less.match(following):
                assert after == indent - 2, following
    assert opened > 30
