"""Single mistakes in methods that people wrote: a text, and what it becomes by each change of some kinds.

A change is found in the syntax tree and made in the text. Whether it changes what is trained is not known here (a stop may cut
what nothing follows); `equivalent` names those that were looked at and do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fdc.compiler.base.source import Source, Span
from fdc.compiler.syntax import ast
from fdc.compiler.syntax.parser import parse

NETWORKS = ("x0", "eps", "velocity", "predict")
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
    """Every change of a method in the text, one after the other."""
    file, _ = parse(Source("method.fdl", text))
    for d in file.declarations:
        if isinstance(d, ast.MethodDecl):
            roles = [r.id for r in d.roles]
            for m in d.members:
                if isinstance(m, (ast.UpdateDecl, ast.GraphDecl)):
                    yield from _of_body(text, m.body, roles, _Names(m.body))


class _Names:
    """The names of a body: how often each is read, and which are times and draws of noise."""

    def __init__(self, body: tuple[ast.Statement, ...]) -> None:
        self.reads: dict[str, int] = {}
        self.times: list[str] = []
        self.noises: set[str] = set()
        for s in _statements(body):
            for e in _expressions(s):
                for n in _below(e):
                    if isinstance(n, ast.Name):
                        self.reads[n.id] = self.reads.get(n.id, 0) + 1
                    if isinstance(n, ast.Attr) and n.name in ("sigma", "alpha") and isinstance(n.base, ast.Name):
                        self._time(n.base.id)
                    if _is_call(n, NETWORKS) and isinstance(n.args[1].value, ast.Name):
                        self._time(n.args[1].value.id)
            if isinstance(s, ast.Draw) and isinstance(s.distribution, ast.Index):
                self.noises.add(s.target.id)

    def _time(self, name: str) -> None:
        if name not in self.times:
            self.times.append(name)


def _of_body(
    text: str, body: tuple[ast.Statement, ...], roles: list[str], names: _Names
) -> Iterator[Mutation]:
    for s in _statements(body):
        for e in _expressions(s):
            for n in _below(e):
                yield from _of_expression(text, s, n, roles, names)
        if isinstance(s, ast.Loss):
            yield _put(text, "sign of a loss", s.value.span, f"-({s.value.span.text})")


def _of_expression(
    text: str, s: ast.Statement, n: ast.Syntax, roles: list[str], names: _Names
) -> Iterator[Mutation]:
    match n:
        case ast.Name(id=name) if name in names.noises and names.reads[name] > 1:
            draw = f"other ~ noise[{roles[0]}]"
            yield _put(text, "another draw", n.span, "other", s.span, draw)
        case ast.Name(id=name) if name in names.times:
            for other in names.times:
                if other != name:
                    yield _put(text, "another time", n.span, other)
        case ast.Binary(op="-", left=a, right=b):
            yield _put(text, "operands of - swapped", n.span, f"({b.span.text}) - ({a.span.text})")
            yield _put(text, "- made +", n.span, f"{a.span.text} + {b.span.text}")
        case ast.Binary(op="+", left=a, right=b):
            yield _put(text, "+ made -", n.span, f"{a.span.text} - ({b.span.text})")
        case ast.Attr(base=base, name="cond" | "uncond" as which):
            new = "uncond" if which == "cond" else "cond"
            yield _put(text, "condition", n.span, f"{base.span.text}.{new}")
        case ast.Attr(base=base, name="sigma" | "alpha" as which):
            new = "alpha" if which == "sigma" else "sigma"
            yield _put(text, "sigma and alpha", n.span, f"{base.span.text}.{new}")
        case ast.Call():
            yield from _of_call(text, s, n, roles)


def _of_call(text: str, s: ast.Statement, n: ast.Call, roles: list[str]) -> Iterator[Mutation]:
    if _is_call(n, ("stop",)):
        yield _put(text, "stop left out", n.span, f"({n.args[0].value.span.text})")
    if _is_call(n, LOSSES):
        for i in (0, 1):
            x = n.args[i].value.span
            yield _put(text, "stop around a side", x, f"stop({x.text})")
    for a in n.args:
        if a.name == "weight":
            yield _put(text, "sign of a weight", a.value.span, f"-({a.value.span.text})")
    if _is_call(n, NETWORKS) and isinstance(n.func, ast.Attr):
        base = n.func.base.span
        for what in NETWORKS:
            if what != n.func.name:
                yield _put(text, "another function", n.func.span, f"{base.text}.{what}")
        for role in roles:
            if base.text in roles and role != base.text:
                old = n.span.text
                yield _put(text, "another role", n.span, old.replace(f"{base.text}.", f"{role}."))
        x = n.args[0].value.span
        yield _put(text, "another clip", x, f"student.noisy(student.clean(batch), other, {n.args[1].value.span.text})",
                   s.span, f"other ~ noise[{roles[0]}]")  # fmt: skip


def _put(
    text: str, kind: str, at: Span, new: str, before: Span | None = None, statement: str = ""
) -> Mutation:
    """The text with `new` at a place, and a statement put before another one."""
    changed = text[: at.start] + new + text[at.end :]
    if before is not None:
        changed = f"{changed[: before.start]}{statement}\n    {changed[before.start :]}"
    return Mutation(kind, at.line, " ".join(at.text.split()), " ".join(new.split()), changed)


def _statements(body: tuple[ast.Statement, ...]) -> Iterator[ast.Statement]:
    for s in body:
        yield s
        if isinstance(s, ast.For):
            yield from _statements(s.body)


def _expressions(s: ast.Statement) -> Iterator[ast.Expr]:
    match s:
        case ast.Bind(value=e) | ast.Loss(value=e) | ast.Return(value=e):
            yield e


def _below(e: ast.Expr) -> Iterator[ast.Syntax]:
    from fdc.compiler.syntax.visitor import nodes

    yield from sorted(nodes([e]), key=lambda n: (n.span.start, -n.span.end))


def _is_call(n: object, names: tuple[str, ...]) -> bool:
    if not isinstance(n, ast.Call):
        return False
    f = n.func
    return (f.name if isinstance(f, ast.Attr) else f.id if isinstance(f, ast.Name) else "") in names
