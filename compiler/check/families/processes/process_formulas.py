"""A process's formulas as linear forms in x0 and eps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....syntax import ast
from ....syntax.visitor import names_read
from ....types.coefficients import Coef, const, square_root
from ....types.quantity import Quantity


class BadFormula(Exception):
    def __init__(self, message: str, node: ast.Syntax) -> None:
        super().__init__(message)
        self.node = node


Mixed = Coef | Quantity


def evaluate(e: ast.Expr, names: Mapping[str, Mixed], lets: tuple[ast.Bind, ...]) -> Mixed:
    """A formula over named coefficients and quantities. Raises `BadFormula`."""
    env = dict(names)
    for b in read_by(e, lets):
        env[b.targets[0].id] = evaluate(b.value, env, ())
    return _walk(e, env)


def read_by(e: ast.Expr, lets: tuple[ast.Bind, ...]) -> tuple[ast.Bind, ...]:
    """Those of a process's own names that a formula reads, by way of others too."""
    read = names_read([e])
    for b in reversed(lets):
        if b.targets[0].id in read:
            read |= names_read([b.value])
    return tuple(b for b in lets if b.targets[0].id in read)


def _walk(e: ast.Expr, env: Mapping[str, Mixed]) -> Mixed:
    match e:
        case ast.Number(value=v):
            return const(v)
        case ast.Name(id=name):
            if name in env:
                return env[name]
            raise BadFormula(f"`{name}` means nothing in a process's formula", e)
        case ast.Unary(op="-", operand=x):
            inner = _walk(x, env)
            return inner.negated() if isinstance(inner, Quantity) else -inner
        case ast.Binary(op="**", left=left, right=ast.Number(value=2)):
            base = _walk(left, env)
            if isinstance(base, Coef):
                return base * base
        case ast.Binary(op=op, left=left, right=right) if op in _OPERATIONS:
            return _OPERATIONS[op](_walk(left, env), _walk(right, env), e)
        case ast.Call(func=ast.Name(id=name), args=(ast.Arg(name=None, value=x),)):
            if isinstance(x, ast.Name) and f"{name}({x.id})" in env:
                return env[f"{name}({x.id})"]
            if name == "sqrt":
                inner = _walk(x, env)
                if isinstance(inner, Coef):
                    return _root(inner, env)
        case _:
            pass
    raise BadFormula("this cannot stand in a process's formula", e)


def _root(inner: Coef, env: Mapping[str, Mixed]) -> Coef:
    # a formula's own a and s come before those of other processes with the same values
    for known in env.values():
        if isinstance(known, Coef) and known.op in ("alpha", "sigma") and inner == known * known:
            return known
    return square_root(inner)


def _add(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return a + b
    if isinstance(a, Coef) and isinstance(b, Coef):
        return a + b
    raise BadFormula("a number cannot be added to x0 or eps", e)


def _subtract(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    return _add(a, b.negated() if isinstance(b, Quantity) else -b, e)


def _multiply(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    if isinstance(a, Quantity) and isinstance(b, Coef):
        return a.scale(b)
    if isinstance(a, Coef) and isinstance(b, Quantity):
        return b.scale(a)
    if isinstance(a, Coef) and isinstance(b, Coef):
        return a * b
    raise BadFormula("two latents cannot be multiplied in a process's formula", e)


def _divide(a: Mixed, b: Mixed, e: ast.Expr) -> Mixed:
    if not isinstance(b, Coef) or b.constant == 0:
        raise BadFormula("this division makes no sense", e)
    return a.divide(b) if isinstance(a, Quantity) else a / b


_OPERATIONS: Mapping[str, Callable[[Mixed, Mixed, ast.Expr], Mixed]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
}
