"""Single mistakes in methods that people wrote: a text, and what it becomes by each change of some kinds.

A change is found in the syntax tree and made in the text. Most change what is trained; `tests/check/test_mutations.py`
names those that were looked at and do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fdc.compiler.base.source import Source, Span
from fdc.compiler.syntax import ast
from fdc.compiler.syntax.parser import parse
from fdc.compiler.syntax.visitor import nodes

NETWORKS = ("x0", "eps", "velocity")
LOSSES = ("mse", "l1", "huber", "pseudo_huber")


@dataclass(frozen=True)
class Mutation:
    kind: str
    line: int
    was: str
    now: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}, line {self.line}: `{self.was}` -> `{self.now}`"


def mutations(text: str) -> Iterator[Mutation]:
    """Every change of the methods in a text, one after the other."""
    file, _ = parse(Source("method.fdl", text))
    for d in file.declarations:
        if isinstance(d, ast.MethodDecl):
            roles = [r.id for r in d.roles]
            for m in d.members:
                if isinstance(m, (ast.UpdateDecl, ast.GraphDecl)):
                    body = Body(text, m.body, roles)
                    for s in body.statements:
                        for make in KINDS:
                            yield from make(body, s)
        if isinstance(d, ast.ProgramDecl):
            yield from _swapped_roles(text, d)


class Body:
    """One body of a method: its statements, and how often its names are read, and as what."""

    def __init__(self, text: str, body: tuple[ast.Statement, ...], roles: list[str]) -> None:
        self.text, self.roles = text, roles
        self.statements = list(_all(body))
        self.reads: dict[str, int] = {}
        self.times: list[str] = []
        self.draws: set[str] = set()
        for s in self.statements:
            if isinstance(s, ast.Draw) and isinstance(s.distribution, ast.Index):
                self.draws.add(s.target.id)
            for n in expressions(s):
                match n:
                    case ast.Name(id=name):
                        self.reads[name] = self.reads.get(name, 0) + 1
                    case ast.Attr(base=ast.Name(id=name), name="sigma" | "alpha") if name not in self.times:
                        self.times.append(name)

    def put(self, kind: str, at: Span, new: str, before: Span | None = None, statement: str = "") -> Mutation:
        """The text with `new` at a place, and a statement put before another one."""
        changed = self.text[: at.start] + new + self.text[at.end :]
        if before is not None:
            changed = f"{changed[: before.start]}{statement}\n    {changed[before.start :]}"
        return Mutation(kind, at.line, " ".join(at.text.split()), " ".join(new.split()), changed)


def _another_draw(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    """Noise that stands in two places is drawn anew for one of them."""
    for n in expressions(s):
        if isinstance(n, ast.Name) and n.id in b.draws and b.reads[n.id] > 1:
            yield b.put("another draw", n.span, "other", s.span, f"other ~ noise[{b.roles[0]}]")


def _another_clip(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    """A frozen or another role's network is asked about data in place of what it is to judge."""
    for n in expressions(s):
        if _calls(n, NETWORKS) and isinstance(n.func, ast.Attr) and n.func.base.span.text in b.roles[1:]:
            x, t = n.args[0].value.span, n.args[1].value.span.text
            fed = f"{b.roles[0]}.noisy({b.roles[0]}.clean(batch), other, {t})"
            yield b.put("another clip", x, fed, s.span, f"other ~ noise[{b.roles[0]}]")


def _stops(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    for n in expressions(s):
        if _calls(n, ("stop",)):
            yield b.put("a stop left out", n.span, f"({n.args[0].value.span.text})")
        if _calls(n, LOSSES):
            x = n.args[0].value.span
            yield b.put("a stop added", x, f"stop({x.text})")


def _signs(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    for n in expressions(s):
        match n:
            case ast.Binary(op="-", left=left, right=right):
                yield b.put("a sign", n.span, f"({right.span.text} - ({left.span.text}))")
                yield b.put("a sign", n.span, f"({left.span.text} + {right.span.text})")
            case ast.Binary(op="+", left=left, right=right):
                yield b.put("a sign", n.span, f"({left.span.text} - ({right.span.text}))")
    if isinstance(s, ast.Loss):
        yield b.put("the sign of a loss", s.value.span, f"-({s.value.span.text})")


def _weights(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    for n in expressions(s):
        for a in n.args if isinstance(n, ast.Call) else ():
            if a.name == "weight":
                yield b.put("a negative weight", a.value.span, f"-({a.value.span.text})")


def _conditions(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    """The two conditions of guidance swapped; the one of a network that is not trained here left out."""
    text = s.span.text
    found = set(re.findall(r"\b(cond|uncond)\(batch\)", text))
    if len(found) == 2:
        swapped = re.sub(
            r"\b(cond|uncond)(?=\(batch\))", lambda m: {"cond": "uncond", "uncond": "cond"}[m[1]], text
        )
        yield b.put("swapped conditions", s.span, swapped)
    elif found == {"cond"} and any(f"{r}.cond(batch)" in text for r in b.roles[1:]):
        for r in b.roles[1:]:
            if f"{r}.cond(batch)" in text:
                yield b.put("swapped conditions", s.span, text.replace(f"{r}.cond", f"{r}.uncond"))


def _times(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    for n in expressions(s):
        if isinstance(n, ast.Name) and n.id in b.times:
            yield from (b.put("another time", n.span, other) for other in b.times if other != n.id)


def _functions(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    for n in expressions(s):
        if _calls(n, NETWORKS) and isinstance(n.func, ast.Attr):
            base = n.func.base.span.text
            for what in NETWORKS:
                if what != n.func.name:
                    yield b.put("another function", n.func.span, f"{base}.{what}")


def _roles(b: Body, s: ast.Statement) -> Iterator[Mutation]:
    """A statement that asks one role asks another, of those that are not the first."""
    for one in b.roles[1:]:
        for other in b.roles[1:]:
            if one != other and f"{one}." in s.span.text and f"{other}." not in s.span.text:
                new = re.sub(rf"\b{one}\.", f"{other}.", s.span.text)
                yield b.put("another role", s.span, new)


KINDS: tuple[Callable[[Body, ast.Statement], Iterator[Mutation]], ...] = (
    *(_another_draw, _another_clip, _stops, _signs, _weights, _conditions, _times, _functions, _roles),
)


def _swapped_roles(text: str, d: ast.ProgramDecl) -> Iterator[Mutation]:
    for m in d.members:
        if isinstance(m, ast.UseDecl):
            for i, a in enumerate(m.roles):
                for b in m.roles[i + 1 :]:
                    x, y = a.span, b.span
                    changed = f"{text[: x.start]}{y.text}{text[x.end : y.start]}{x.text}{text[y.end :]}"
                    yield Mutation(
                        "swapped roles", x.line, f"{x.text}, {y.text}", f"{y.text}, {x.text}", changed
                    )


def expressions(s: ast.Statement) -> list[ast.Syntax]:
    """All that stands in the value of a statement, from left to right."""
    value = s.value if isinstance(s, (ast.Bind, ast.Loss, ast.Return)) else None
    return sorted(nodes([value]), key=lambda n: (n.span.start, -n.span.end)) if value is not None else []


def _all(body: tuple[ast.Statement, ...]) -> Iterator[ast.Statement]:
    for s in body:
        yield s
        if isinstance(s, ast.For):
            yield from _all(s.body)


def _calls(n: object, names: tuple[str, ...]) -> bool:
    if not isinstance(n, ast.Call):
        return False
    f = n.func
    return (f.name if isinstance(f, ast.Attr) else f.id if isinstance(f, ast.Name) else "") in names
