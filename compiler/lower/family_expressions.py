"""Expressions of a family (`by`, `ticks`, `normalize`) as nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...stages.table import OPERATORS, OPS
from ..base.frozen import replace, struct
from ..ir.graph import Array, Fields, Results, Type
from ..ir.spec import concatenated
from ..program.process import Process
from ..program.typed_program import TypedRole
from ..program.values import Value
from ..syntax import ast
from .builder import Builder, CannotRun
from .process_mixes import Reader


@struct
class Formula:
    """`names` are nodes by the names in scope, `times` those names that are times.

    `callee` is the role as the emitted module reaches it, `rank` and `channel` say how a component's
    constants line up with the latents. `result` is what a component gives here, if it does not stand in another's
    arguments.
    """

    build: Builder
    role: TypedRole
    model: Process
    callee: str
    names: Mapping[str, int]
    times: frozenset[str] = frozenset()
    rank: int = 0
    channel: int = 1
    result: Type | None = None

    def __call__(self, e: ast.Expr) -> int:
        b = self.build
        match e:
            case ast.Number(value=value) | ast.String(value=value) | ast.Bool(value=value):
                return b.const(value)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Unary(op=op, operand=x):
                return b.unary("neg" if op == "-" else "not", self(x))
            case ast.Binary(op=op, left=left, right=right):
                return b.arith(OPERATORS[op].name, self(left), self(right))
            case ast.ListExpr(items=items) | ast.TupleExpr(items=items):
                made = [self(i) for i in items]
                return b.add("list", made, Results(tuple(b.type(i) for i in made)))
            case ast.MapExpr(entries=entries):
                return self._map(e, entries)
            case ast.Attr():
                return self._attribute(e)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(e, name, args)
            case _:
                raise CannotRun("this expression", e.span)

    def _map(self, e: ast.MapExpr, entries: tuple[ast.Entry, ...]) -> int:
        made = [(x.name, self(x.value)) for x in entries if x.value is not None]
        types = tuple((n, self.build.type(i)) for n, i in made)
        return self.build.add("fields", [i for _, i in made], Fields(types), names=tuple(n for n, _ in made))

    def _attribute(self, e: ast.Attr) -> int:
        b = self.build
        if isinstance(e.base, ast.Name):
            base = e.base.id
            if base in self.times:
                return self.reading(e, self.names[base], e.name)
            if base in self.names:
                type = b.type(self.names[base])
                if isinstance(type, Fields):
                    field = dict(type.fields)[e.name]
                    return b.add("field", (self.names[base],), field, name=e.name, hint=e.name)
        path = _path(e)
        if path is not None and path[0] in self.role.family.components:
            names = [p for p in path[1:] if p != "config"]
            if len(names) == 1:
                align = f"axis={self.channel}, ndim={self.rank}" if self.rank else "axis=0, ndim=1"
                return b.add(
                    "constant",
                    (),
                    Array(()),
                    hint=names[0],
                    callee=f"{self.callee}.{path[0]}",
                    read=f'constant("{names[0]}", {align})',
                )
        raise CannotRun(f"`{e.span.text}`", e.span)

    def reading(self, e: ast.Node, t: int, name: str) -> int:
        """`t.sigma`, `t.alpha`, `t.ticks` of the process of the role."""
        if name in ("sigma", "alpha"):
            reader = Reader(self.build, self.model.kind, t)
            return reader.sigma() if name == "sigma" else reader.alpha()
        if name != "ticks" or self.model.ticks is None:
            raise CannotRun(f"`{e.span.text}`", e.span)
        return self._ticks(self.model.ticks.result, t, {})

    def _ticks(self, v: Value, t: int, known: dict[int, int]) -> int:
        if id(v) in known:
            return known[id(v)]
        reader = Reader(self.build, self.model.kind, t)
        if v.op in ("sigma", "alpha", "angle"):
            made = {"sigma": reader.sigma, "alpha": reader.alpha, "angle": reader.angle}[v.op]()
        else:
            args, op = [self._ticks(a, t, known) for a in v.args], OPS.get(v.op)
            if v.op == "const":
                made = self.build.const(v.attrs["value"])
            elif op is not None and op.arity == 2 and op.sign:
                made = self.build.arith(v.op, args[0], args[1])
            elif op is not None and op.rule in ("negation", "elementwise"):
                made = self.build.unary(v.op, args[0])
            else:
                raise CannotRun(f"`{v.span.text}`", v.span)
        known[id(v)] = made
        return made

    def _call(self, e: ast.Call, name: str, args: tuple[ast.Arg, ...]) -> int:
        b = self.build
        if name in self.role.family.components:
            return self.component(e, name, None, args)
        if name in OPS and OPS[name].rule == "elementwise" and len(args) == 1:
            return b.unary(name, self(args[0].value))
        if name == "select" and len(args) == 3:
            made = [self(a.value) for a in args]
            rank = max(map(b.rank, made))
            made = [b.spread(i, rank) for i in made]
            return b.add("select", made, b.joined("select", *made))
        if name == "concat":
            return self._concat(e, args)
        raise CannotRun(f"`{name}`", e.span)

    def _concat(self, e: ast.Call, args: tuple[ast.Arg, ...]) -> int:
        b = self.build
        axis = next((a.value for a in args if a.name == "axis"), None)
        made = [self(a.value) for a in args if a.name is None]
        space = self.role.family.spaces[self.role.family.space]
        names = [*space.axes]
        word = axis.id if isinstance(axis, ast.Name) else ""
        dim = names.index(word) if word in names else self.channel if word == "c" else None
        types = [b.type(i) for i in made]
        if dim is None or not all(isinstance(t, Array) for t in types):
            raise CannotRun(f"`{e.span.text}`", e.span)
        arrays = [t for t in types if isinstance(t, Array)]
        return b.add("concat", made, concatenated(arrays, dim), dim=dim)

    def component(self, e: ast.Node, component: str, method: str | None, args: tuple[ast.Arg, ...]) -> int:
        """A call of a component's module; the result's type is what the stage declares."""
        inside = replace(self, result=None)
        made = [inside(a.value) for a in args]
        return self.build.add(
            "component",
            made,
            Array(()) if self.result is None else self.result,
            callee=".".join(filter(None, (self.callee, component, method))),
            nested=self.result is None,
            names=tuple(a.name or "" for a in args),
        )


def _path(e: ast.Expr) -> list[str] | None:
    if isinstance(e, ast.Name):
        return [e.id]
    if isinstance(e, ast.Attr):
        base = _path(e.base)
        return [*base, e.name] if base is not None else None
    return None


def inverted(e: ast.Expr, name: str, y: int, formula: Formula) -> int:
    """The x for which an expression in `name`, where `name` stands once and only under + - * /, gives `y`."""
    b = formula.build
    match e:
        case ast.Name(id=found) if found == name:
            return y
        case ast.Unary(op="-", operand=x):
            return inverted(x, name, b.unary("neg", y), formula)
        case ast.Binary(op=op, left=left, right=right) if op in _UNDO_LEFT:
            inside = _occurs(left, name), _occurs(right, name)
            if inside == (True, False):
                return inverted(left, name, b.arith(_UNDO_LEFT[op], y, formula(right)), formula)
            if inside == (False, True):
                return inverted(right, name, _UNDO_RIGHT[op](b, y, formula(left)), formula)
        case _:
            pass
    raise CannotRun("a `normalize` that does not read `z` once, under + - * / alone,", e.span)


_UNDO_LEFT = {"+": "sub", "-": "add", "*": "div", "/": "mul"}
_UNDO_RIGHT: Mapping[str, Callable[[Builder, int, int], int]] = {
    "+": lambda b, y, left: b.arith("sub", y, left),
    "-": lambda b, y, left: b.arith("sub", left, y),
    "*": lambda b, y, left: b.arith("div", y, left),
    "/": lambda b, y, left: b.arith("div", left, y),
}


def _occurs(e: ast.Expr, name: str) -> bool:
    match e:
        case ast.Name(id=found):
            return found == name
        case ast.Unary(operand=x):
            return _occurs(x, name)
        case ast.Binary(left=left, right=right):
            return _occurs(left, name) or _occurs(right, name)
        case ast.Call(args=args):
            return any(_occurs(a.value, name) for a in args)
        case ast.Attr(base=base):
            return _occurs(base, name)
        case _:
            return False
