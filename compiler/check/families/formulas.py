"""A family's small expressions (of `ticks`, of `normalize`, of what a stage hands to a component) as typed values."""

from __future__ import annotations

from collections.abc import Mapping

from ....stages.table import OPERATORS
from ...program.values import Value
from ...syntax import ast
from ...types.types import UNKNOWN, Latent, Scalar, Tensor, Type


def typed(e: ast.Expr, names: Mapping[str, Value]) -> Value:
    """An expression over named values: numbers, arithmetic, calls. Of anything else the op is `unknown`."""
    match e:
        case ast.Number() | ast.String() | ast.Bool():
            return literal(e)
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Unary(operand=x):
            return unary(e, typed(x, names))
        case ast.Binary(left=left, right=right):
            return binary(e, typed(left, names), typed(right, names))
        case ast.Call(func=ast.Name(id=name), args=(ast.Arg(name=None, value=x),)):
            return Value(name, (arg := typed(x, names),), arg.type, e.span)
        case _:
            return Value("unknown", (), UNKNOWN, e.span)


def literal(e: ast.Number | ast.String | ast.Bool) -> Value:
    match e:
        case ast.Number(is_float=is_float):
            kind = "float" if is_float else "int"
        case ast.String():
            kind = "str"
        case _:
            kind = "bool"
    return Value("const", (), Scalar(kind), e.span, {"value": e.value})


def unary(e: ast.Unary, x: Value) -> Value:
    return Value("neg" if e.op == "-" else "not", (x,), x.type, e.span)


def binary(e: ast.Binary, a: Value, b: Value) -> Value:
    return Value(OPERATORS[e.op].name, (a, b), _joined(a.type, b.type), e.span)


def _joined(a: Type, b: Type) -> Type:
    """What varies over more of the two: latents, then tensors, then numbers of a sample."""
    for kind in (Latent, Tensor):
        for t in (a, b):
            if isinstance(t, kind):
                return Latent(t.space, None) if isinstance(t, Latent) else t
    return b if isinstance(a, Scalar) and not a.axes else a
