"""A family's small expressions (of `ticks`, of `normalize`, of what a stage passes to a component) as typed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .....stages.table import FUNCTIONS, OPERATORS
from ....base.source import Span
from ....program.ops import COMPONENT, METHOD, NAMES, OUTPUT, PLACES, VALUE
from ....program.values import Value
from ....syntax import ast
from ....types.types import UNKNOWN, Latent, Scalar, Tensor, Type

Leaf = Callable[[ast.Expr], Value | None]


def typed(e: ast.Expr, names: Mapping[str, Value], leaf: Leaf = lambda e: None) -> Value:
    """An expression over named values and what `leaf` makes of it: numbers, arithmetic, functions of one value.

    What is none of these has the op `unknown`.
    """
    found = leaf(e)
    if found is not None:
        return found
    match e:
        case ast.Number() | ast.String() | ast.Bool():
            return literal(e)
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Unary(operand=x):
            return unary(e, typed(x, names, leaf))
        case ast.Binary(left=left, right=right):
            return binary(e, typed(left, names, leaf), typed(right, names, leaf))
        case ast.Call(func=ast.Name(id=name), args=(ast.Arg(name=None, value=x),)) if name in FUNCTIONS:
            return Value(name, (arg := typed(x, names, leaf),), arg.type, e.span)
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
    return Value("const", (), Scalar(kind), e.span, dict([VALUE(e.value)]))


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


def component_call(
    component: str,
    method: str | None,
    args: tuple[ast.Arg, ...],
    values: Sequence[Value],
    type: Type,
    span: Span,
    output: tuple[str | int, ...] = (),
) -> Value:
    """A call of a component with the values of its arguments; `output` leads to the part of its result that is meant."""
    names, places = tuple(a.name or "" for a in args), tuple(a.span for a in args)
    attrs = dict([COMPONENT(component), METHOD(method), NAMES(names), PLACES(places)])
    if output:
        attrs |= dict([OUTPUT(output)])
    return Value("component", tuple(values), type, span, attrs)
