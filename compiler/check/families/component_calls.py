"""What `by component(...)` passes to a module: the stage's parameters, their parts, and a few functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ....stages.table import FUNCTIONS, OPS, TIME_PARTS
from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import field, mutable
from ...base.source import Span
from ...program.family import Component
from ...program.ops import NAME, NAMES
from ...program.values import Value
from ...syntax import ast
from ...types.dims import Dim, Facts
from ...types.types import (
    PART,
    UNKNOWN,
    Latent,
    Record,
    Scalar,
    Tensor,
    TimeType,
    Tuple,
    Type,
    Unknown,
    axes_of,
)
from ..core.suggestions import did_you_mean
from ..expressions.size_numbers import dim_along, size_value
from .experts import Experts
from .latent_spaces.codings import constant
from .processes import formulas
from .tensors.concatenation import as_given, concatenated
from .tensors.filled import FILLED, filled
from .tensors.repacking import IN_ARGUMENTS, OUTER, Repacking
from .tensors.selection import Selection


@mutable
class ComponentCalls:
    """Checks what `by` passes to components, and makes the value of it. `result` is what the stage gives; `codecs` maps a
    space's key to the component that makes its latents.

    Gathers what is read on the way: the stage's parameters, parts of times, and fields of records (by parameter).
    """

    params: Mapping[str, Value]
    result: Type
    components: Mapping[str, Component]
    codecs: Mapping[str, str]
    axes: Collection[str]
    sizes: Mapping[str, Dim | None]
    facts: Facts
    bag: Bag
    read: set[str] = field(default_factory=set)
    parts: set[tuple[str, str]] = field(default_factory=set)

    def value_of(self, by: ast.ByComponent) -> tuple[Value, bool]:
        """The value, and whether it has no errors: else what it reads is not known."""
        before = len(self.bag.found)
        if by.component.id == "select" and "select" not in self.components:
            if self._laid_over(by.args):
                made = self._selection().around(by.args, by.span, self.result, self._repacking().inner)
                return made, len(self.bag.found) == before
            experts = Experts(self.bag, self.components, self.result, self.value, self._component)
            made = experts.choice(by.args, by.span)
        elif by.component.id in OUTER and by.component.id not in self.components:
            if by.outputs:
                self._wrong(
                    "a part is read of what a component returns", by.span, "`unpack(net(...).rows, [...])`"
                )
            made = self._repacking().around(by.component.id, by.args, by.span, self.result)
        else:
            made = self._component(by, by.component, by.method, by.args, by.outputs)
        return made, len(self.bag.found) == before

    def _component(
        self,
        e: ast.Syntax,
        name: ast.Name,
        method: str | None,
        args: tuple[ast.Arg, ...],
        output: tuple[str | int, ...] = (),
        result: Type | None = None,
    ) -> Value:
        if name.id not in self.components:
            self.bag.error(
                "unknown-name",
                f"no component is called `{name.id}`",
                name.span,
                help="a function of the family's binding.py is called by its name alone: `by python(name)`"
                if name.id == "python"
                else did_you_mean(
                    name.id, [*self.components, "python"], f"there are {', '.join(self.components)}"
                ),
            )
        elif self.components[name.id].skip:
            self.bag.error(
                "dead-setting",
                f"`{name.id}` is never loaded, and this stage calls it",
                name.span,
                labels=(Label(self.components[name.id].span, "declared with `skip`"),),
                help="leave `skip` out",
            )
        seen: set[str] = set()
        made, kept = [], []
        for a in args:
            if a.name is not None and a.name in seen:
                self.bag.error(
                    "duplicate-name", f"`{a.name}` is given twice", a.span, help="keep one of the two"
                )
            if a.name is None:
                self.bag.error(
                    "missing-argument",
                    f"`{name.id}` is given a value without a name",
                    a.span,
                    help="name the module's own argument: `hidden_states = x`",
                )
            else:
                seen.add(a.name)
            before = len(self.bag.found)
            given = self.value(a.value)
            if len(self.bag.found) == before:
                self._codec(name, a, given)
            if not _is_left_out(given):
                made.append(given)
                kept.append(a)
        type_ = result if result is not None else self.result
        return formulas.component_call(name.id, method, tuple(kept), made, type_, e.span, output)

    def _laid_over(self, args: tuple[ast.Arg, ...]) -> bool:
        """Whether one side of a `select` is what a component says, and the other one is known without it."""
        calls = [a for a in args[1:] if a.name is None and self._calls(a.value)]
        among = any(self._chooses(a.value) for a in args[1:])
        return len(calls) == 1 and not among and (len(args) == 3 or any(a.name is not None for a in args))

    def _chooses(self, e: ast.Expr) -> bool:
        """Whether this is a choice between calls of components."""
        match e:
            case ast.Call(func=ast.Name(id="select"), args=(_, *sides)) if "select" not in self.components:
                return all(self._calls(a.value) or self._chooses(a.value) for a in sides)
        return False

    def _calls(self, e: ast.Expr) -> bool:
        """Whether this is the call of a component, whatever stands around it."""
        inner = e
        while isinstance(inner, ast.Attr | ast.Index):
            inner = inner.base
        match inner:
            case ast.Call(func=ast.Name(id=name), args=args) if name in OUTER and name not in self.components:
                return bool(args) and self._calls(args[0].value)
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attr(base=ast.Name(id=name))):
                return name in self.components
        return False

    def _selection(self) -> Selection:
        return Selection(self.value, self._calls, self.components, self.facts, self.bag)

    def _repacking(self) -> Repacking:
        return Repacking(self.value, self._called, self.facts, self.bag)

    def _called(self, e: ast.Expr, result: Type) -> Value:
        """The call of a component, or a part of what it returns, as an expression."""
        output: list[str | int] = []
        inner = e
        while not isinstance(inner, ast.Call):
            match inner:
                case ast.Attr(base=base, name=field):
                    output.insert(0, field)
                case ast.Index(base=base, index=ast.Number(value=int() as at)):
                    output.insert(0, at)
                case _:
                    return self._wrong("this is no call of a component", e.span, "`unpack(net(...), [...])`")
            inner = base
        match inner.func:
            case ast.Name() as name:
                return self._component(inner, name, None, inner.args, tuple(output), result)
            case ast.Attr(base=ast.Name() as name, name=method):
                return self._component(inner, name, method, inner.args, tuple(output), result)
            case _:
                return self._wrong("this is no call of a component", e.span, "`unpack(net(...), [...])`")

    def _codec(self, name: ast.Name, a: ast.Arg, given: Value) -> None:
        """A codec gets latents as they are: the compiler undoes the space's `normalize` before it."""
        if not isinstance(given.type, Latent) or as_given(given):
            return
        space = given.type.space
        if self.codecs.get(space.key) == name.id:
            self.bag.error(
                "quantity-mismatch",
                f"`{name.id}` takes clean latents of `{space}`, and these are computed from them",
                a.value.span,
                "no longer clean latents",
                help=f"hand the latents over as they are: `normalize` of `{space}` is undone before every decode",
            )

    def _wrong(self, message: str, span: Span, help: str) -> Value:
        self.bag.error("type-mismatch", message, span, help=help)
        return _broken(span)

    # values

    def value(self, e: ast.Expr) -> Value:
        match e:
            case ast.Number() | ast.String() | ast.Bool():
                return formulas.literal(e)
            case ast.Name():
                return self._name(e)
            case ast.Attr():
                return self._attribute(e)
            case ast.Unary(operand=x):
                return formulas.unary(e, self.value(x))
            case ast.Binary(left=left, right=right):
                return formulas.binary(e, self.value(left), self.value(right))
            case ast.Index(base=base, index=index):
                return Value("index", (self.value(base), self.value(index)), UNKNOWN, e.span)
            case ast.ListExpr(items=items) | ast.TupleExpr(items=items):
                made = tuple(map(self.value, items))
                return Value("list", made, Tuple(tuple(v.type for v in made)), e.span)
            case ast.MapExpr(entries=entries):
                return self._map(e, entries)
            case ast.Call():
                return self._call(e)
            case _:
                return self._wrong("this cannot be handed to a component", e.span, "")

    def _map(self, e: ast.MapExpr, entries: tuple[ast.Entry, ...]) -> Value:
        made: dict[str, Value] = {}
        for entry in entries:
            if entry.value is None:
                self._wrong("an entry of a map has a value", entry.span, f"`{entry.name} = ...`")
            else:
                made[entry.name] = self.value(entry.value)
        return Value("fields", tuple(made.values()), UNKNOWN, e.span, dict([NAMES(tuple(made))]))

    def _find(self, e: ast.Name) -> Value | None:
        param = self.params.get(e.id)
        if param is None:
            known = ", ".join(self.params)
            self.bag.error(
                "unknown-name",
                f"the stage has no parameter `{e.id}`",
                e.span,
                help=did_you_mean(e.id, self.params, f"it has {known}" if known else ""),
            )
            return None
        self.read.add(e.id)
        return param

    def _name(self, e: ast.Name) -> Value:
        if e.id == "none" and e.id not in self.params:
            return Value("tuple", (), Tuple(()), e.span)
        if e.id in self.sizes and e.id not in self.params:
            return size_value(e.id, self.sizes[e.id], e.span)
        param = self._find(e)
        if param is None:
            return _broken(e.span)
        match param.type:
            case Record(fields=fields):
                named = ", ".join(f"`{e.id}.{f.name}`" for f in fields)
                return self._wrong(
                    f"`{e.id}` is a record; a component takes its fields", e.span, f"it has {named}"
                )
            case TimeType():
                return self._wrong(
                    f"`{e.id}` is a noise level; say which number the component reads",
                    e.span,
                    f"`{e.id}.ticks`, `{e.id}.sigma` or `{e.id}.alpha`",
                )
            case _:
                return param

    def _attribute(self, e: ast.Attr) -> Value:
        owner = _owner(e)
        if owner is not None and owner.id not in self.params and owner.id in self.components:
            if owner.id not in self.codecs.values() and (made := constant(e, owner.id)) is not None:
                return made
            self.bag.error(
                "quantity-mismatch",
                f"`{e.span.text}` is read outside of a `normalize`",
                e.span,
                "a constant of a component",
                help="latents are normalised once, by `normalize` of their space; a stage hands them over as they are",
            )
            return _broken(e.span)
        if isinstance(e.base, ast.Attr) and (of_part := self._time_of_part(e.base)) is not None:
            assert isinstance(e.base.base, ast.Name)
            self.parts.add((e.base.base.id, e.name))
            if self._part(e, tuple(TIME_PARTS), "a time"):
                return Value(e.name, (of_part,), Scalar("float", ("b",), "sample"), e.span)
            return _broken(e.span)
        if not isinstance(e.base, ast.Name):
            of = self.value(e.base)
            if (dim := dim_along(of.type, e.name)) is not None:
                return size_value(e.span.text, dim, e.span)
            along = ", ".join(f"`{a}`" for a in axes_of(of.type)[1:] if a)
            wrong = f"no `{e.name}`" if along else "no parts"
            help = f"it has sizes along {along}" if along else ""
            return self._wrong(f"`{e.base.span.text}` has {wrong}", e.name_span, help)
        param = self._find(e.base)
        if param is None:
            return _broken(e.span)
        self.parts.add((e.base.id, e.name))
        match param.type:
            case Record(fields=fields) as record:
                named = {f.name: f.value for f in fields}
                if e.name in named:
                    return Value("field", (param,), named[e.name], e.span, dict([NAME(e.name)]))
                self.bag.error(
                    "record-mismatch",
                    f"record `{record}` has no field `{e.name}`",
                    e.name_span,
                    help=did_you_mean(e.name, named, f"it has {', '.join(named)}"),
                )
            case TimeType(axes=axes) if PART in axes:
                return self._wrong(
                    f"`{e.base.id}` is a time for each part of the latents; say of which one",
                    e.span,
                    " and ".join(f"`{e.base.id}.{n}.{e.name}`" for n in self._factors()),
                )
            case TimeType(axes=axes):
                if self._part(e, tuple(TIME_PARTS), "a time"):
                    return Value(e.name, (param,), Scalar("float", axes, "sample"), e.span)
            case Latent() | Tensor() if (dim := dim_along(param.type, e.name)) is not None:
                self.parts.discard((e.base.id, e.name))
                return size_value(e.span.text, dim, e.span)
            case Latent(space=space, quantity=q) if space.factors:
                factors = dict(space.factors)
                if self._part(e, factors, f"a latent of `{space}`"):
                    return Value("part", (param,), Latent(factors[e.name], q), e.span, dict([NAME(e.name)]))
            case Unknown():
                pass
            case other:
                return self._wrong(
                    f"`{e.base.id}` is {other} and has no parts", e.name_span, f"`{e.base.id}`"
                )
        return _broken(e.span)

    def _factors(self) -> tuple[str, ...]:
        """The parts of the product of spaces whose latents the stage takes."""
        spaces = (p.type.space for p in self.params.values() if isinstance(p.type, Latent))
        return next((tuple(n for n, _ in s.factors) for s in spaces if s.factors), ())

    def _time_of_part(self, e: ast.Attr) -> Value | None:
        """`t.video`, of a time for each part."""
        given = self.params.get(e.base.id) if isinstance(e.base, ast.Name) else None
        if given is None or not isinstance(given.type, TimeType) or PART not in given.type.axes:
            return None
        assert isinstance(e.base, ast.Name)
        self._find(e.base)
        if not self._part(e, self._factors(), "a time of these latents"):
            return _broken(e.span)
        return Value("part", (given,), TimeType(given.type.time, ("b",)), e.span, dict([NAME(e.name)]))

    def _part(self, e: ast.Attr, known: Collection[str], what: str) -> bool:
        if e.name not in known:
            self.bag.error(
                "unknown-name",
                f"{what} has no `{e.name}`",
                e.name_span,
                help=did_you_mean(e.name, known, f"it has {', '.join(known)}"),
            )
        return e.name in known

    def _call(self, e: ast.Call) -> Value:
        name = e.func.id if isinstance(e.func, ast.Name) else ""
        if name == "select":
            return self._selection().of(e)
        if name in FILLED:
            return filled(e, self.params.values(), self.sizes, self.facts, self.bag)
        if name == "concat":
            return concatenated(e, self.value, self.axes, self.facts, self.bag)
        if name in IN_ARGUMENTS:
            return self._repacking().in_argument(name, e)
        if name == "numbers":
            return self._numbers(e)
        if name in FUNCTIONS and OPS[name].rule == "elementwise":
            return self._function(e, name)
        if name in self.components:
            return self._wrong(f"`{name}` is a component: `by` calls it", e.span, f"`by {name}(...)`")
        known = (
            "select",
            "concat",
            "numbers",
            *FILLED,
            *IN_ARGUMENTS,
            *(n for n, op in FUNCTIONS.items() if op.rule == "elementwise"),
        )
        self.bag.error(
            "unknown-name",
            f"no function is called `{e.func.span.text}` here",
            e.func.span,
            help=did_you_mean(name, known, f"{', '.join(f'`{n}`' for n in known)} may stand here"),
        )
        return _broken(e.span)

    def _numbers(self, e: ast.Call) -> Value:
        """`numbers(x, [H, W])`: a row of numbers for each sample of `x`."""
        match e.args:
            case (ast.Arg(name=None, value=like), ast.Arg(name=None, value=ast.ListExpr(items=items))) if (
                items
            ):
                x, row = self.value(like), [self.value(i) for i in items]
            case _:
                return self._wrong("`numbers` takes latents and a list", e.span, "`numbers(x, [H, W])`")
        if not isinstance(x.type, (Latent, Tensor, Unknown)):
            return self._wrong(
                f"`numbers` has a row for each sample of latents, not of {x.type}", like.span, ""
            )
        for item, v in zip(items, row, strict=True):
            if not isinstance(v.type, (Scalar, Unknown)) or (isinstance(v.type, Scalar) and v.type.axes):
                return self._wrong(f"this is {v.type}, and a row holds numbers", item.span, "")
        return Value("row_of_numbers", (x, *row), Tensor("f32", (Dim.of("b"), Dim.of(len(row)))), e.span)

    def _function(self, e: ast.Call, name: str) -> Value:
        """`sqrt(t.sigma)`"""
        if len(e.args) != 1 or e.args[0].name is not None:
            return self._wrong(f"`{name}` takes one value", e.span, f"`{name}(t.sigma)`")
        x = self.value(e.args[0].value)
        return Value(name, (x,), x.type, e.span)


def _broken(span: Span) -> Value:
    return Value("unknown", (), UNKNOWN, span)


def _is_left_out(v: Value) -> bool:
    """`none`: the component is called without the argument."""
    return v.op == "tuple" and not v.args


def _owner(e: ast.Attr) -> ast.Name | None:
    """The name at the root of `vae.config.scaling_factor`."""
    node: ast.Expr = e
    while isinstance(node, ast.Attr):
        node = node.base
    return node if isinstance(node, ast.Name) else None
