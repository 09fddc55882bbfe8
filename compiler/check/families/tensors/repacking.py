"""`pack`, `unpack`, `stacked`, `positions` and `samples` in `by` of a stage: what a module wants, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from .....stages.table import HANDED
from ....base.diagnostic_bag import Bag
from ....base.diagnostics import nearest, respelt
from ....base.frozen import struct
from ....base.source import Span
from ....program.ops import AXES, LAYOUT, NAME, NAMES, VALUE
from ....program.values import Value
from ....syntax import ast
from ....types.dims import Dim, Facts
from ....types.quantity import CLEAN
from ....types.types import (
    UNKNOWN,
    Latent,
    ListOf,
    Record,
    RecordField,
    Scalar,
    Space,
    Tensor,
    Tuple,
    Type,
    Unknown,
)
from .layouts import BadLayout, Packing, dims_of, packing

OUTER = tuple(name for name, op in HANDED.items() if op.own_order)
"""What may stand around the call of a component."""


@struct
class Repacking:
    """`value` makes the value of an expression, `call` that of a component's call whose result has this type."""

    value: Callable[[ast.Expr], Value]
    call: Callable[[ast.Expr, Type], Value]
    facts: Facts
    bag: Bag

    def around(self, name: str, args: tuple[ast.Arg, ...], span: Span, result: Type) -> Value:
        """`unpack(net(...), [...])`, which gives a result of this type; of a product of spaces by a layout of each part."""
        if name == "normalize":
            return self._normalized(args, span, result)
        if name == "unpack" and isinstance(result, Latent) and result.space.factors:
            return self._of_parts(args, span, result.space)
        given = _arguments(args, 2 if _and_layout(name) else 1)
        dims = dims_of(result)
        if given is None:
            return self._wrong(f"`{name}` is given the call of a component{_and_layout(name)}", span)
        if dims is None:
            if not isinstance(result, Unknown):
                self.bag.error(
                    "type-mismatch", f"`{name}` makes one tensor, and this stage gives {result}", span
                )
            return Value("unknown", (), UNKNOWN, span)
        if name == "stacked":
            item = Tensor("f32", dims[1:], (None,) * (len(dims) - 1))
            return Value(name, (self.inner(given[0], ListOf(item)),), result, span)
        try:
            how, rest = self._rows(name, given[1], result, dims)
        except BadLayout as why:
            why.report(self.bag)
            self.inner(given[0], UNKNOWN)
            return Value("unknown", (), UNKNOWN, span)
        return Value(name, (self.inner(given[0], rest),), result, span, _said(how))

    def _normalized(self, args: tuple[ast.Arg, ...], span: Span, result: Type) -> Value:
        """`normalize(net(...))`, which gives clean latents of one space."""
        given = _arguments(args, 1)
        if given is None:
            return self._wrong("`normalize` is given the call of a component", span)
        if isinstance(result, Unknown) or not self._is_clean(result, span, "makes"):
            return Value("unknown", (), UNKNOWN, span)
        assert isinstance(result, Latent)
        dims = result.space.dims
        return Value("normalize", (self.inner(given[0], _tensor(dims[0], dims[1:])),), result, span)

    def denormalized(self, e: ast.Call) -> Value:
        given = _arguments(e.args, 1)
        if given is None:
            return self._wrong("`denormalize` is given clean latents", e.span)
        x = self.value(given[0])
        if isinstance(x.type, Unknown) or not self._is_clean(x.type, given[0].span, "takes"):
            return Value("unknown", (), UNKNOWN, e.span)
        assert isinstance(x.type, Latent)
        dims = x.type.space.dims
        return Value("denormalize", (x,), _tensor(dims[0], dims[1:]), e.span)

    def _is_clean(self, t: Type, span: Span, what: str) -> bool:
        """Whether these are clean latents of one space."""
        if isinstance(t, Latent) and t.quantity == CLEAN and not t.space.factors:
            return True
        word = "denormalize" if what == "takes" else "normalize"
        found = f"these latents of `{t.space}` are not" if isinstance(t, Latent) else f"this is {t}"
        self._wrong(f"`{word}` {what} clean latents of one space, and {found}", span)
        return False

    def _rows(self, name: str, layout: ast.Expr, of: Type, dims: tuple[Dim, ...]) -> tuple[Packing, Tensor]:
        """A layout, and what `name` makes a tensor of these dims of. Raises `BadLayout`."""
        how = packing(layout, of)
        made = how.packed if name == "unpack" else how.unpacked
        kind = "mask" if isinstance(of, Tensor) and of.kind == "mask" else "f32"
        return how, _tensor(dims[0], made(dims[1:], self.facts), kind)

    def _of_parts(self, args: tuple[ast.Arg, ...], span: Span, space: Space) -> Value:
        """`unpack(net(...), video = [...], audio = [...])`: one call gives the rows of every part."""
        calls, layouts = [a for a in args if a.name is None], [a for a in args if a.name is not None]
        named = {a.name: a.value for a in layouts}
        factors = dict(space.factors)
        form = f"`unpack(net(...), {', '.join(f'{n} = [...]' for n in factors)})`"
        before = len(self.bag.found)
        for a in layouts:
            if a.name not in factors:
                near = nearest(a.name or "", factors)
                message = f"`{space}` has no part `{a.name}`"
                self.bag.error(
                    "unknown-name", message, a.span, help=form, fixes=respelt(a.name or "", near, a.span)
                )
        left_out = [n for n in factors if n not in named]
        if len(self.bag.found) == before and (len(calls) != 1 or left_out or len(named) < len(layouts)):
            self.bag.error(
                "missing-argument",
                f"latents of `{space}` are {' and '.join(f'`{n}`' for n in factors)}, each with a layout of its own",
                span,
                help=form,
            )
        known = [(n, named[n], f) for n, f in factors.items() if n in named]
        try:
            hows = [self._rows("unpack", e, Latent(f, None), f.dims) for _, e, f in known if f.dims]
        except BadLayout as why:
            why.report(self.bag)
            hows = []
        if len(self.bag.found) > before or len(hows) < len(factors):
            for a in calls[:1]:
                self.inner(a.value, UNKNOWN)
            return Value("unknown", (), UNKNOWN, span)
        rows = Record(tuple(RecordField(n, t) for n, (_, t) in zip(factors, hows, strict=True)))
        made = self.inner(calls[0].value, rows)
        unpacked = []
        for (name, e, factor), (how, type_) in zip(known, hows, strict=True):
            part = Value("field", (made,), type_, e.span, dict([NAME(name)]))
            unpacked.append(Value("unpack", (part,), Latent(factor, None), e.span, _said(how)))
        return Value("product", tuple(unpacked), Latent(space, None), span, dict([NAMES(tuple(factors))]))

    def inner(self, e: ast.Expr, result: Type) -> Value:
        """The call of a component, or a change of layout around it, that makes this type."""
        match e:
            case ast.Call(func=ast.Name(id=name), args=args) if name in OUTER:
                return self.around(name, args, e.span, result)
            case _:
                return self.call(e, result)

    # in an argument

    def in_argument(self, name: str, e: ast.Call) -> Value:
        """`pack(x, [...])` and its like, as what a component is handed."""
        return _RULES[name](self, e)

    def repacked(self, e: ast.Call) -> Value:
        assert isinstance(e.func, ast.Name)
        name, given = e.func.id, _arguments(e.args, 2)
        if given is None:
            return self._wrong(f"`{name}` is given a tensor{_and_layout(name)}", e.span)
        x = self.value(given[0])
        dims = dims_of(x.type)
        if dims is None:
            if not isinstance(x.type, Unknown):
                self._wrong(f"`{name}` takes a tensor, not {x.type}", given[0].span)
            return Value("unknown", (), UNKNOWN, e.span)
        try:
            how, type_ = self._rows("pack" if name == "unpack" else "unpack", given[1], x.type, dims)
        except BadLayout as why:
            why.report(self.bag)
            return Value("unknown", (), UNKNOWN, e.span)
        return Value(name, (x,), type_, e.span, _said(how))

    def positions(self, e: ast.Call) -> Value:
        given = _arguments(e.args, 1)
        items = given[0].items if given is not None and isinstance(given[0], ast.ListExpr) else ()
        sizes = [self.value(i) for i in items]
        whole = all(isinstance(s.type, Scalar | Unknown) and VALUE.find(s) is not True for s in sizes)
        if not items or not whole or any(isinstance(s.type, Scalar) and s.type.kind != "int" for s in sizes):
            return self._wrong("`positions` takes a list of whole numbers, the sizes of a grid", e.span)
        listed = Value("list", tuple(sizes), Tuple(tuple(s.type for s in sizes)), e.span)
        dims = (Dim.of("positions"), Dim.of(len(sizes)))
        return Value("positions", (listed,), Tensor("i64", dims, (None, None)), e.span)

    def samples(self, e: ast.Call) -> Value:
        plain = [a for a in e.args if a.name is None]
        where = [a for a in e.args if a.name == "where"]
        if len(plain) != 1 or len(where) > 1 or len(plain) + len(where) != len(e.args):
            return self._wrong(
                "`samples` is given a tensor, and perhaps `where = ` a mask of its rows", e.span
            )
        made = [self.value(a.value) for a in (*plain, *where)]
        dims, mask = dims_of(made[0].type), dims_of(made[-1].type)
        if any(isinstance(v.type, Unknown) for v in made):
            return Value("unknown", (), UNKNOWN, e.span)
        if dims is None or (where and (mask is None or mask != dims[:2])):
            return self._wrong(
                "`samples` takes a tensor, and a mask with one entry for each of its rows", e.span
            )
        kind = made[0].type.kind if isinstance(made[0].type, Tensor) else "f32"
        item = Tensor(kind, (Dim.of("rows"), *dims[2:]) if where else dims[1:], (None,) * (len(dims) - 1))
        return Value("samples", tuple(made), ListOf(item), e.span)

    def _wrong(self, message: str, span: Span) -> Value:
        self.bag.error("type-mismatch", message, span)
        return Value("unknown", (), UNKNOWN, span)


def called(by: ast.ByComponent, components: Collection[str]) -> tuple[ast.Name, str | None]:
    """The component that a stage calls, and its method, whatever stands around the call."""
    name, method, args = by.component, by.method, by.args
    while name.id in OUTER and name.id not in components and args:
        inner = args[0].value
        while isinstance(inner, ast.Attr | ast.Index):
            inner = inner.base
        match inner:
            case ast.Call(func=ast.Name() as found, args=given):
                name, method, args = found, None, given
            case ast.Call(func=ast.Attr(base=ast.Name() as found, name=found_method), args=given):
                name, method, args = found, found_method, given
            case _:
                break
    return name, method


_RULES: Mapping[str, Callable[[Repacking, ast.Call], Value]] = {
    "pack": Repacking.repacked,
    "unpack": Repacking.repacked,
    "denormalize": Repacking.denormalized,
    "positions": Repacking.positions,
    "samples": Repacking.samples,
}


IN_ARGUMENTS = tuple(_RULES)
"""What may stand in an argument of a component."""


def _and_layout(name: str) -> str:
    return " and a layout" if HANDED[name].torch.count("{layout}") else ""


def _arguments(args: tuple[ast.Arg, ...], count: int) -> tuple[ast.Expr, ...] | None:
    fits = len(args) == count and all(a.name is None for a in args)
    return tuple(a.value for a in args) if fits else None


def _tensor(batch: Dim, dims: tuple[Dim, ...], kind: str = "f32") -> Tensor:
    return Tensor(kind, (batch, *dims), (None,) * (1 + len(dims)))


def _said(how: Packing) -> dict[str, object]:
    axes, layout = how.texts
    return dict([AXES(axes), LAYOUT(layout)])
