"""One change to a program, of the kind that people make: operands swapped, a time, a role, a function taken for another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .choices import Choices
from .families import STEPS, Family, text
from .oracle.judge import Verdict
from .tree import Block, Node, Path, Program, Role, Statement, nodes, put, render, statements, with_statement


@dataclass(frozen=True)
class Mutant:
    """`at` is the statement that was changed; `expected` the code of a change that is wrong by itself, whatever the
    oracle says, and `line` where it was made, if that is not in a statement."""

    kind: str
    program: Program
    at: Path | None = None
    expected: str = ""
    line: int = 0


Change = tuple[str, Node]
"""What kind of change it is, and what stands there afterwards."""


def mutant(choose: Choices, p: Program, found: Verdict) -> Mutant | None:
    """A random one; every kind of change that is possible has the same chance."""
    kinds: dict[str, list[Callable[[], Mutant]]] = {}
    for kind, make in _all(p, found):
        kinds.setdefault(kind, []).append(make)
    return choose.pick(kinds[choose.pick(sorted(kinds))])() if kinds else None


def _all(p: Program, found: Verdict) -> Iterator[tuple[str, Callable[[], Mutant]]]:
    for at, s in statements(p):
        names = found.names.get(at, {})
        for way, n in nodes(s.value):
            for kind, new in _changes(p, n, names, s.value, way):
                yield kind, _in_value(p, kind, at, s, way, new)
        for kind, changed in _statement_changes(s, names):
            yield kind, _whole(p, kind, at, changed)
    yield from _members(p)
    yield from _declarations(p)


def _in_value(p: Program, kind: str, at: Path, s: Statement, way: Path, new: Node) -> Callable[[], Mutant]:
    return lambda: Mutant(kind, with_statement(p, at, replace(s, value=put(s.value, way, new))), at)


def _whole(p: Program, kind: str, at: Path, s: Statement) -> Callable[[], Mutant]:
    return lambda: Mutant(kind, with_statement(p, at, s), at)


# in expressions

FUNCTIONS = {
    "x0": ("eps", "velocity"),
    "eps": ("x0", "velocity", "score"),
    "predict": ("x0", "eps", "velocity"),
    "velocity": ("eps", "x0"),
    "score": ("eps",),
    "noisy": ("target",),
    "target": ("noisy",),
    "cond": ("uncond",),
    "uncond": ("cond",),
}
CONSTANTS = ("0.5", "0.25", "2.0", "3.0", "1.5")


def _changes(p: Program, n: Node, names: dict[str, str], root: Node, way: Path) -> Iterator[Change]:
    parent = root
    for i in way[:-1]:
        parent = parent.args[i]
    match n.op:
        case "-":
            yield "operands of - swapped", replace(n, args=n.args[::-1])
            yield "- made +", replace(n, op="+")
        case "+" if parent.op != "entry":
            yield "+ made -", replace(n, op="-")
        case "*":
            yield "factor dropped", n.args[1]
        case "/":
            yield "division dropped", n.args[0]
        case "neg":
            yield "sign dropped", n.args[0]
        case "sigma" | "alpha":
            yield "alpha and sigma", replace(n, op="alpha" if n.op == "sigma" else "sigma")
        case "number" if parent.op in ("*", "/", "+", "-") and "." in n.word:
            yield from (("constant changed", replace(n, word=w)) for w in CONSTANTS if w != n.word)
        case "entry":
            yield "entry moved", replace(n, args=(n.args[0], _moved(n.args[1])))
        case "of":
            yield from _calls(p, n)
        case "call":
            yield from _functions(n)
        case "noise":
            yield from (("another role's noise", replace(n, args=(r,))) for r in _other_roles(p, n.args[0]))
        case "levels":
            yield "first time later", replace(n, args=(_lower(n.args[0]), *n.args[1:]))
            yield "times out of order", replace(n, args=(n.args[1], n.args[0], *n.args[2:]))
        case "as":
            others = [w for w in ("clean", "noise", "noisy", "velocity") if w != n.word]
            if len(n.args) == 2:
                others = others[:2]
            yield from (("claim of another quantity", replace(n, word=w)) for w in others if w != n.word)
        case "number" if parent.op == "call" and parent.word == "uniform" and n.word == "1":
            yield "range of a draw", replace(n, word="2")
        case "range":
            low, high = n.args
            yield "a round more", replace(n, args=(low, Node("+", (high, Node("number", word="1")))))
        case "name" if parent.op not in ("of", "noise", "average") or (way and way[-1] > 0):
            yield from _names(p, n, names)


def _lower(tick: Node) -> Node:
    return replace(tick, word={"1000": "960", "1.0": "0.97"}.get(tick.word, tick.word.replace("9", "8")))


def _moved(index: Node) -> Node:
    if index.op == "+":
        return index.args[0]
    if index.op == "number":
        return replace(index, word=str(int(index.word) + 1 if index.word == "0" else int(index.word) - 1))
    return Node("+", (index, Node("number", word="1")))


def _calls(p: Program, n: Node) -> Iterator[Change]:
    for other in FUNCTIONS.get(n.word, ()):
        yield f"{'record' if 'cond' in n.word else 'function'} of another name", replace(n, word=other)
    for r in _other_roles(p, n.args[0]):
        kind = {"cond": "another role's record", "clean": "another role's data"}.get(n.word, "another role")
        yield kind, replace(n, args=(r, *n.args[1:]))
    if len(n.args) > 2 and not n.names:
        for i in range(1, len(n.args) - 1):
            args = (*n.args[:i], n.args[i + 1], n.args[i], *n.args[i + 2 :])
            yield "arguments swapped", replace(n, args=args)
    if len(n.args) > 2:
        yield "argument left out", replace(n, args=n.args[:-1], names=n.names[:-1])
    if n.word in ("x0", "eps", "predict", "velocity", "score"):
        yield "stop put around", Node("call", (n,), "stop")


def _functions(n: Node) -> Iterator[Change]:
    if n.word == "guide":
        yield "sides of guide swapped", replace(n, args=(n.args[1], n.args[0], *n.args[2:]))
    if n.word == "stop":
        yield "stop left out", n.args[0]
    if n.word == "select":
        yield "sides of select swapped", replace(n, args=(n.args[0], n.args[2], n.args[1]))
    if n.word in ("abs", "tanh", "square"):
        yield "function dropped", n.args[0]
    if n.word in ("mse", "l1", "huber", "pseudo_huber"):
        yield "sides of a loss swapped", replace(n, args=(n.args[1], n.args[0], *n.args[2:]))
        yield "abs put around", replace(n, args=(Node("call", (n.args[0],), "abs"), *n.args[1:]))


def _other_roles(p: Program, role: Node) -> Iterator[Node]:
    inner = role.args[0] if role.op == "average" else role
    yield from (replace(inner, word=r.name) for r in p.roles if r.name != inner.word)


def _names(p: Program, n: Node, names: dict[str, str]) -> Iterator[Change]:
    kind = names.get(n.word)
    if kind is None:
        return
    if kind == "shared":
        kind = ""
    for other, k in names.items():
        if other == n.word or other == "batch":
            continue
        if k == kind:
            what = {"time": "time", "latent": "latents", "record": "record", "times": "list"}.get(k, k)
            yield f"another {what}", replace(n, word=other)
    yield "name misspelt", replace(n, word=n.word + "_")


# whole statements


def _statement_changes(s: Statement, names: dict[str, str]) -> Iterator[tuple[str, Statement]]:
    if s.kind == "draw":
        if s.scope == "step":
            yield "per step left out", replace(s, scope="")
        elif not s.scope and s.value.op == "call":
            yield "per frame", replace(s, scope="frame")
    if s.kind == "bind" and len(s.names) == 1 and s.names[0] in names:
        yield "step left out", replace(s, value=Node("name", word=s.names[0]))
    if s.kind == "loss" and s.value.op == "call":
        first, second, *rest = s.value.args
        both = tuple(Node("call", (x,), "stop") for x in (first, second))
        yield "both sides stopped", replace(s, value=replace(s.value, args=(*both, *rest)))
    if s.kind == "for" and len(s.names) == 2:
        yield "names of a loop swapped", replace(s, names=s.names[::-1])


# members


def _members(p: Program) -> Iterator[tuple[str, Callable[[], Mutant]]]:
    for i, b in enumerate(p.blocks):
        for k in range(len(b.body) - 1):
            body = (*b.body[:k], b.body[k + 1], b.body[k], *b.body[k + 2 :])
            if "return" not in (b.body[k].kind, b.body[k + 1].kind):
                yield "statements swapped", _member(p, "statements swapped", i, replace(b, body=body), k + 1)
        updated = {r for other in p.blocks for r in other.roles}
        if b.kind == "update":
            for r in p.roles:
                if r.name not in updated and len(b.roles) == 1:
                    kind = "another role updated"
                    yield kind, _member(p, kind, i, replace(b, roles=(r.name,)), None)


def _member(p: Program, kind: str, i: int, b: Block, k: int | None) -> Callable[[], Mutant]:
    changed = replace(p, blocks=(*p.blocks[:i], b, *p.blocks[i + 1 :]))
    return lambda: Mutant(kind, changed, (i, k) if k is not None else (i,))


# outside of statements


def _declarations(p: Program) -> Iterator[tuple[str, Callable[[], Mutant]]]:
    for old, new, kind, code in TEXTS:
        if old in render(p).text:
            yield kind, _text(p, old, new, kind, code)
    for f in dict.fromkeys(r.family for r in p.roles):
        for kind, changed in _families(f):
            yield kind, _family(p, f, changed, kind)
        for kind, changed in _samplers(f):
            yield kind, _family(p, f, changed, kind, wrong=True)
    if p.method and len(p.used) > 1 and not p.by_keyword:
        yield "roles passed in another order", lambda: Mutant("roles passed in another order", _rotated(p))


TEXTS = (
    ("steps = 100", "stpes = 100", "setting misspelt", "unknown-setting"),
    ("lr = 1e-5", "learning_rate = 1e-5", "setting misspelt", "unknown-setting"),
    ("train = full", "trian = full", "setting misspelt", "unknown-setting"),
    ("train = lora(rank = 4)", "train = lora(rnak = 4)", "setting misspelt", "unknown-setting"),
    ("batch = 8", "batch = 0", "setting out of range", "bad-setting"),
    ("H = 256", "H = 257", "size changed", "size-not-accepted"),
    ("F = 33", "F = 34", "size changed", "size-not-accepted"),
    ("prompt: str, ", "", "text left out of the data", "missing-condition"),
    ("adamw(", "adawm(", "optimizer misspelt", "unknown-name"),
    ("every 2 {", "every 0 {", "setting out of range", "bad-setting"),
    ("every 50", "every 0", "setting out of range", "bad-setting"),
)


def _text(p: Program, old: str, new: str, kind: str, code: str) -> Callable[[], Mutant]:
    def make() -> Mutant:
        text = render(p).text
        line = text[: text.index(old)].count("\n") + 1
        return Mutant(kind, replace(p, changes=((old, new),)), None, code, line)

    return make


def _families(f: Family) -> Iterator[tuple[str, Family]]:
    first = f.fields[0]
    pad = first.replace("attend", "zero") if "attend" in first else first.replace("zero", "attend")
    yield "padding changed", replace(f, fields=(pad, *f.fields[1:]))
    yield "record lengthened", replace(f, fields=(first.replace("[b, ", "[b, 1"), *f.fields[1:]))
    for other in {"flow": ("eps - x0", "x0 - eps", "x0"), "vp": ("eps", "v", "x0"), "edm": ("eps", "x0")}[
        f.kind
    ]:
        if other != f.predict:
            yield "prediction changed", replace(f, predict=other, spelling="")
    if f.owner != f.name:
        yield "space of its own", replace(f, space=f"{f.name}.latents")


def _samplers(f: Family) -> Iterator[tuple[str, Family]]:
    """Changes to a family's own sampler, none of which lands where it should."""
    step = STEPS.get((f.kind, f.predict))
    if step is None:
        return
    sign = (
        step.replace("x + ", "x - ")
        if "x + " in step
        else step.replace(") + ", ") - ").replace("p + ", "p - ")
    )
    yield "sign in a sampler", replace(f, step=sign if sign != step else step.replace("x - ", "x + ", 1))
    yield "times of a sampler", replace(f, step=re.sub(r"\b(t|next)\.", lambda m: OTHER[m[1]], step))


OTHER = {"t": "next.", "next": "t."}


def _family(p: Program, old: Family, new: Family, kind: str, wrong: bool = False) -> Callable[[], Mutant]:
    roles: tuple[Role, ...] = tuple(replace(r, family=new) if r.family is old else r for r in p.roles)
    lines = text(new).splitlines()
    line = next((i for i, x in enumerate(lines, 1) if new.step and new.step in x), 0)
    return lambda: Mutant(kind, replace(p, roles=roles), None, "wrong" if wrong else "", line)


def _rotated(p: Program) -> Program:
    """Each of the method's roles stands for another role of the program, with that one's family and training."""
    used = (*p.used[1:], p.used[0])
    given = {program: p.role(method) for method, program in p.used}
    passed = [program for _, program in used]
    roles = tuple(replace(given[g], name=r.name) for r, g in zip(p.roles, passed))
    return replace(p, roles=roles, used=tuple((r.name, g) for r, g in zip(p.roles, passed)))
