"""Inputs of each kind, by number: the same seed, kind and number give the same input."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any

from fdc.compiler.base.source import Source
from fdc.compiler.syntax import ast
from fdc.compiler.syntax.automaton import STARTS, advance, expected
from fdc.compiler.syntax.lexer import KEYWORDS, PUNCTUATION
from fdc.compiler.syntax.parser import parse
from fdc.grammar import words

from .bombs import BOMBS
from .judge import HERE, Input

TESTS = HERE.parent
ROOT = TESTS.parent
SEEDS = ("programs", "golden")
TOKEN = re.compile(r'"[^"\n]*"|\w+(?:\.\d+)?|\*\*|//|->|\.\.|[=!<>]=|[^\w\s]')
MOST = 200_000
"""Characters of a random input. What a size does is asked of `bombs.py`."""


@cache
def seeds() -> tuple[tuple[Path, str], ...]:
    """Every program, method and family there is, with the folder that its imports are relative to."""
    paths = [p for folder in SEEDS for p in sorted((TESTS / folder).rglob("*.fdl"))]
    paths += [p for folder in ("programs", "families") for p in sorted((ROOT / folder).rglob("*.fdl"))]
    return tuple((p.parent, p.read_text("utf-8")) for p in paths)


@cache
def vocabulary() -> tuple[str, ...]:
    """The language's own words, some of them several times, and names, numbers and texts of the seeds."""
    own = {word for group in vars(words).values() if isinstance(group, tuple) for word in group}
    own = {w for w in own if isinstance(w, str)}
    common = [t for _, text in seeds()[::7] for t in TOKEN.findall(text)]
    odd = ["0", "1", "-1", "1e-999", "9" * 99, "1e308", "0.1", '""', '"a"', '"é\\u{1F600}"', "#", "##", "\n"]
    return (*sorted(own), *sorted(KEYWORDS) * 3, *sorted(PUNCTUATION) * 6, *odd * 4, *common)


def make(kind: str, seed: int, number: int) -> Input:
    rng = Random(f"{seed} {kind} {number}")
    made = KINDS[kind](rng)
    return replace(made, kind=kind)


def _text(text: str, folder: Path = HERE / "corpus") -> Input:
    return Input("", text.encode("utf-8", "replace"), folder)


# text that is none


def soup_of_bytes(rng: Random) -> Input:
    """Random bytes, or a seed with some of its bytes changed."""
    if rng.random() < 0.3:
        return Input("", rng.randbytes(rng.choice((0, 1, 10, 100, 1000))))
    folder, text = rng.choice(seeds())
    data = bytearray(text.encode())
    for _ in range(rng.choice((1, 3, 30))):
        at = rng.randrange(len(data) + 1)
        length = rng.choice((0, 0, 1, 4))
        data[at : at + length] = rng.choice(
            (rng.randbytes(rng.randint(1, 4)), bytes([rng.randrange(32)]), b"")
        )
    return Input("", bytes(data), folder)


ODD = "\u0000\u0007\u001b\u007f\u0085\u00a0\u00ad\u0301\u200b\u200f\u2028\u202e\u2066\ufeff\ufffd\uffff“”‘’´，；（）：＝−–×·"
ODD += "éßΩ中한𝒳😀e\u0301\r\t\v\f'`$@?;!&|\\"


def soup_of_characters(rng: Random) -> Input:
    """Characters of any alphabet, alone or in a seed."""

    def char() -> str:
        if rng.random() < 0.6:
            return rng.choice(ODD)
        return chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0xE000, 0x110000))))

    if rng.random() < 0.3:
        return _text("".join(char() for _ in range(rng.choice((1, 10, 200)))))
    folder, text = rng.choice(seeds())
    for _ in range(rng.choice((1, 2, 10))):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + char() * rng.choice((1, 1, 1, 50)) + text[at + rng.choice((0, 1)) :]
    return _text(text, folder)


def soup_of_tokens(rng: Random) -> Input:
    """Words in any order."""
    tokens = rng.choices(vocabulary(), k=rng.choice((5, 30, 200, 2000)))
    return _text("".join(t + rng.choice((" ", " ", " ", "\n", "")) for t in tokens))


# text that parses


def walk(rng: Random) -> Input:
    """A random way through the parser's automaton: always a sentence of the grammar, and hardly ever sense."""
    return _text(
        "\n".join(_sentence(rng, "declaration", rng.choice((20, 100, 400))) for _ in range(rng.randint(1, 3)))
    )


@cache
def _ends() -> frozenset[str]:
    return frozenset({"RPAR", "RSQB", "RBRACE", "$END"})


def _sentence(rng: Random, start: str, length: int) -> str:
    spelling = {terminal: word for word, terminal in (*KEYWORDS.items(), *PUNCTUATION.items())}
    names = [w for w in vocabulary() if w.isidentifier()]
    stack, out = [STARTS[start]], []
    while len(out) < 4 * length:
        kinds = sorted(expected(stack))
        ends = [k for k in kinds if k in _ends()]
        kind = rng.choice(ends if ends and len(out) > length else kinds)
        if kind == "$END":
            break
        advance(stack, kind)
        if kind == "NAME":
            out.append(rng.choice(names))
        elif kind == "NUMBER":
            out.append(rng.choice(("0", "1", "2", "16", "0.5", "1e-5", "1000", str(rng.randrange(10**12)))))
        elif kind == "STRING":
            out.append(rng.choice(('""', '"a"', '"checkpoints/wan"', '"./parts/blocks.fdl"')))
        else:
            out.append("(" if kind == "_TARGETS" else spelling[kind])
    return " ".join(out)


# seeds with changes


def mutant(rng: Random) -> Input:
    """A seed with tokens exchanged, left out, doubled, or moved."""
    folder, text = rng.choice(seeds())
    return _text(with_tokens_changed(rng, text), folder)


def with_tokens_changed(rng: Random, text: str) -> str:
    tokens = re.findall(rf"{TOKEN.pattern}|\s+|.", text, re.DOTALL) or [""]
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(tokens))
        match rng.randrange(6):
            case 0:
                tokens[at] = ""
            case 1:
                tokens.insert(at, tokens[at])
            case 2:
                other = rng.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = rng.choice(vocabulary())
            case 4:
                tokens.insert(at, f" {rng.choice(vocabulary())} ")
            case _:
                part, to = tokens[at : at + rng.randint(1, 40)], rng.randrange(len(tokens))
                tokens[to:to] = part
    return "".join(tokens)


@cache
def _pieces() -> dict[str, tuple[str, ...]]:
    """The texts of the seeds' expressions, types, statements and members."""
    found: dict[str, dict[str, None]] = {}
    for _, text in seeds():
        for sort, start, end in _places(text):
            if end - start < 400:
                found.setdefault(sort, {})[text[start:end]] = None
    return {sort: tuple(texts) for sort, texts in found.items()}


SORTS: dict[str, tuple[type, ...]] = {
    "expression": (
        *(ast.Name, ast.Number, ast.String, ast.Bool, ast.Call, ast.Binary, ast.Unary, ast.Attr),
        *(ast.Index, ast.ListExpr, ast.TupleExpr, ast.As, ast.Range),
    ),
    "type": (ast.TypeExpr, ast.ListType, ast.TupleType),
    "statement": (
        ast.Bind,
        ast.Draw,
        ast.For,
        ast.Assert,
        ast.Loss,
        ast.Log,
        ast.Return,
        ast.Reveal,
        ast.Allow,
    ),
    "member": (
        *(ast.Param, ast.StateDecl, ast.GraphDecl, ast.UpdateDecl, ast.RoleDecl, ast.DataDecl, ast.UseDecl),
        *(
            ast.OptimizeDecl,
            ast.SettingsDecl,
            ast.ProduceDecl,
            ast.SizesDecl,
            ast.ComponentDecl,
            ast.StageDecl,
        ),
        *(ast.SpaceDecl, ast.RecordDecl, ast.ProcessDecl, ast.VariantDecl),
    ),
    "entry": (ast.Entry,),
    "argument": (ast.Arg,),
}


def _places(text: str) -> Iterator[tuple[str, int, int]]:
    file, _ = parse(Source("seed.fdl", text))
    for node in _nodes(file.declarations):
        for sort, types in SORTS.items():
            if isinstance(node, types):
                yield sort, node.span.start, node.span.end


def _nodes(found: Any) -> Iterator[ast.Syntax]:
    waiting = [found]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, ast.Syntax):
            yield node
            waiting.extend(getattr(node, n) for n in node.__dataclass_fields__ if n != "span")


@lru_cache(1000)
def _places_of(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(_places(text))


def splice(rng: Random) -> Input:
    """A seed with expressions, types, statements and members of others in the places of its own."""
    folder, text = rng.choice(seeds())
    return _text(with_pieces_changed(rng, text), folder)


def with_pieces_changed(rng: Random, text: str) -> str:
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = _places_of(text)
        if not places:
            break
        sort, start, end = rng.choice(places)
        piece = rng.choice(_pieces()[sort])
        if sort == "expression" and rng.random() < 0.3:
            piece = rng.choice(WRAPS).format(text[start:end], piece)
        text = text[:start] + piece + text[end:]
    return text


WRAPS = (
    *(
        "stop({0})",
        "{0} + {1}",
        "{0} - {1}",
        "({0})*({1})",
        "{0}/({1})",
        "-({0})",
        "[{0}, {1}]",
        "({0}, {1})",
    ),
    *("{0}[{1}]", "mean({0}, per = sample)", "({0} as clean[student])", "({0} as noisy[student, {1}])"),
    *("shifted({0}, {1})", "clamp({0}, {1}, 1)", "{0} .. {1}", "{0}**{1}", "{0} % {1}", "{0} // {1}"),
    *(
        "select({0} > {1}, {0}, {1})",
        "jvp({0}, {1} = {1})",
        "average({0}, decay = {1})",
        "pick({0})",
        "len({0})",
    ),
    *(
        "guide({0}, {1}, 2.0)",
        "grid({0})",
        "{0} == {1}",
        "not ({0})",
        "{0} and {1}",
        "recast({0}, {1}, to = student)",
    ),
    *("concat({0}, {1}, axis = c)", "abs({0})", "min({0}, {1})", "{0}.sigma", "student.x0({0}, {1}, c)"),
)


def numbers(rng: Random) -> Input:
    """A seed with numbers that nobody would write."""
    folder, text = rng.choice(seeds())
    places = [m.span() for m in re.finditer(r"\b\d[\d_.]*(?:e[+-]?\d+)?\b", text)]
    for start, end in sorted(rng.sample(places, min(len(places), rng.choice((1, 1, 2, 5)))), reverse=True):
        text = text[:start] + rng.choice(EXTREME)(rng) + text[end:]
    return _text(text, folder)


EXTREME: tuple[Callable[[Random], str], ...] = (
    lambda rng: "0",
    lambda rng: "9" * rng.choice((1, 9, 10, 18, 19, 99, 100, 101)),
    lambda rng: str(rng.choice((2**31, 2**32, 2**63, 2**64, 2**128)) + rng.randint(-1, 1)),
    lambda rng: f"{rng.choice(('1', '0.0001', '9.999'))}e{rng.choice((-999, -320, -30, 30, 308, 309, 999))}",
    lambda rng: f"-{rng.randrange(10 ** rng.choice((1, 3, 30)))}",
    lambda rng: f"{rng.randrange(10**6)}/{rng.randrange(10**3)}",
    lambda rng: "0." + "0" * rng.choice((1, 50, 90)) + "1",
    lambda rng: f"{rng.randrange(99)}**{rng.choice((2, 9, 999, 10**9))}",
    lambda rng: str(rng.randrange(1, 10 ** rng.choice((2, 4, 8)))),
    lambda rng: rng.choice(("1_000", "0x10", "1e", "1.", ".5", "1.e5", "1__0", "٣")),
)


def repeats(rng: Random) -> Input:
    """A seed with a piece of it many times, side by side or one inside the other."""
    folder, text = rng.choice(seeds())
    sort, start, end = rng.choice(_places_of(text) or (("member", 0, len(text)),))
    count = rng.choice((2, 10, 100, 1000, 5000))
    piece = text[start:end]
    if sort == "expression":
        before, after = rng.choice(
            (("stop(", ")"), ("(", ")"), ("-", ""), ("[", "]"), (f"{piece} + ", ""), ("", ".x"))
        )
        piece = before * count + piece + after * count
    elif rng.random() < 0.5 and sort in ("statement", "member"):
        piece = "\n".join(re.sub(r"^(\w+ )(\w+)", rf"\g<1>\g<2>{i}", piece) for i in range(count))
    else:
        piece = (", " if sort in ("argument", "type") else "\n").join([piece] * count)
    return _text((text[:start] + piece + text[end:])[:MOST], folder)


def overrides(rng: Random) -> Input:
    """A seed, and `--set` of something that may be there."""
    folder, text = rng.choice(seeds())
    blocks = (
        "train",
        "sizes",
        "use",
        "data",
        "student",
        "teacher",
        "optimize.student",
        "validate",
        "checkpoint",
        "p",
    )
    names = re.findall(r"(\w+) =", text) or ["steps"]

    def one() -> str:
        value = rng.choice(
            (
                rng.choice(EXTREME)(rng),
                rng.choice(vocabulary()),
                rng.choice(_pieces()["expression"]),
                "",
                "full }",
                "1 #",
            )
        )
        path = ".".join(rng.choice(blocks) for _ in range(rng.choice((1, 1, 1, 2))))
        return f"{path}.{rng.choice((*names, 'every', 'path'))}{rng.choice(('=',) * 9 + ('',))}{value}"

    return replace(_text(text, folder), overrides=tuple(one() for _ in range(rng.choice((1, 1, 3)))))


def bomb(rng: Random) -> Input:
    """One of the structures of `bombs.py`, of any size."""
    name = rng.choice(sorted(BOMBS))
    return Input("", BOMBS[name](rng.choice((3, 30, 300, 3000))).encode("utf-8", "replace"))


KINDS: dict[str, Callable[[Random], Input]] = {
    "bytes": soup_of_bytes,
    "characters": soup_of_characters,
    "tokens": soup_of_tokens,
    "grammar": walk,
    "mutants": mutant,
    "splices": splice,
    "numbers": numbers,
    "repeats": repeats,
    "overrides": overrides,
    "bombs": bomb,
}
