"""A typed value as nodes of the function being built: one entry of the table for each op of a typed
program."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import cast

from ...stages.table import OPS
from ...stages.times import shifted
from ..base.source import Span
from ..ir.graph import BATCH, Array, Fields, Function, Host, Many, Type
from ..ir.spec import concatenated, gathered, listed, reduced
from ..program.process import DERIVED, Process
from ..program.values import Region, RoleRef, Value
from ..types import types as checked
from ..types.dims import Dim
from ..types.quantity import CLEAN
from .array_types import latent_dims, lowered, sizes
from .builder import Builder, CannotRun
from .family_expressions import Formula
from .process_mixes import AT, Reader, combine, conversion
from .stages import Roles, callee, is_time, stage_function, trainable


class Lowering:
    """Lowers the values of one function; the stage functions that they call are collected in `stages`."""

    def __init__(
        self, roles: Roles, stages: dict[tuple[str, float | None, str], Function], shared: Mapping[int, str]
    ) -> None:
        self.build = Builder()
        self.roles = roles
        self.stages = stages
        self.shared = shared
        self.known: dict[int, int] = {}

    def __call__(self, value: Value) -> int:
        """The node of a value; equal values by identity are one node."""
        found = self.known.get(id(value))
        if found is None:
            found = self._shared(value) if id(value) in self.shared else self._made(value)
            if OPS[value.op].rule != "same":
                self.build.name(found, value.name)
            self.known[id(value)] = found
        return found

    def _made(self, value: Value) -> int:
        op = OPS[value.op]
        if op.rule in LAZY:
            return LAZY[op.rule](self, value, [])
        make = _reading if op.time_part else RULES.get(op.rule)
        if make is None:
            raise CannotRun(f"`{value.op}`", value.span)
        arguments = [self(a) for a in value.args]
        self.at(value)
        return make(self, value, arguments)

    def at(self, value: Value) -> None:
        """New nodes come from here."""
        self.build.span, self.build.trace = value.span, value.trace

    def _shared(self, value: Value) -> int:
        self.at(value)
        name = self.shared[id(value)]
        return self.build.add("shared", (), lowered(value.type, value.span), name=name)

    def role(self, value: Value) -> tuple[str, float | None]:
        ref = value.attrs.get("role")
        if not isinstance(ref, RoleRef):
            raise CannotRun(f"`{value.op}` outside a role", value.span)
        return ref.name, ref.decay

    def model(self, value: Value) -> Process:
        return self.roles.model(self.role(value)[0])

    def stage(self, value: Value, stage: str, arguments: list[int]) -> int:
        """A call of a role's stage, arguments in the stage's order."""
        name, decay = self.role(value)
        role = self.roles.typed[name]
        declaration = role.family.stages[stage]
        decay = decay if trainable(declaration, role) else None
        result = (
            lowered(value.type, value.span)
            if value.op == "stage"
            else Array(latent_dims(role.family.spaces[role.family.space], value.span))
        )
        b = self.build
        for i, argument in enumerate(arguments):
            if b.type(argument) == Host("str"):
                arguments[i] = b.add("repeat", (argument,), Array((BATCH,), "str"))
        key = (name, decay, stage)
        if key not in self.stages:
            text = f"{name}_{stage}" if decay is None else f"{name}_average_{stage}"
            while any(f.name == text for f in self.stages.values()):
                text += "_again"
            types = [b.type(a) for a in arguments]
            self.stages[key] = stage_function(text, role, decay, declaration, types, result, self.roles)
        hint = {"denoise": "p", "encode": "c"}.get(declaration.kind.id, "")
        return b.add(
            "stage",
            arguments,
            result,
            hint=hint,
            function=self.stages[key].name,
            role=name,
            decay=decay,
            stage=stage,
            kind=declaration.kind.id,
        )

    def prediction(self, value: Value, arguments: list[int]) -> int:
        """What the role's network says, from (x, t, further parameters in the stage's order)."""
        family = self.roles.typed[self.role(value)[0]].family
        x, t, *rest = arguments
        others = iter(rest)
        params = family.stages[family.denoise].params
        # a second time is a parameter like others
        timed = next((i for i, p in enumerate(params) if is_time(p)), None)
        ordered = [x if i == 0 else t if i == timed else next(others) for i, p in enumerate(params)]
        return self.stage(value, family.denoise, ordered)

    def reader(self, value: Value, t: int, x: int) -> Reader:
        return Reader(self.build, self.model(value).kind, t, self.build.rank(x))


Make = Callable[[Lowering, Value, list[int]], int]


def _constant(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.const(value.attrs["value"])


def _same(at: Lowering, value: Value, args: list[int]) -> int:
    return args[0]


def _arith(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.arith(value.op, args[0], args[1])


def _unary(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.unary(value.op, args[0])


def _batch(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.add("batch", (), lowered(value.type, value.span))


def _field(at: Lowering, value: Value, args: list[int]) -> int:
    name = str(value.attrs["name"])
    type = at.build.type(args[0])
    found = dict(type.fields).get(name) if isinstance(type, Fields) else None
    return at.build.add("field", args, found or lowered(value.type, value.span), name=name, hint=name)


def _index(at: Lowering, value: Value, args: list[int]) -> int:
    b = at.build
    items, i = args
    type = b.type(items)
    if not isinstance(type, Many):
        raise CannotRun("an entry of this", value.span)
    if isinstance(b.type(i), Array):
        return b.add("gather", args, gathered(type.item))
    return b.add("index", args, type.item)


def _item(at: Lowering, value: Value, args: list[int]) -> int:
    node = at.build.nodes[args[0]]
    index = int(str(value.attrs["index"]))
    if node.op == "tuple":
        return node.inputs[index]
    return at.build.add("item", args, lowered(value.type, value.span), index=index)


def _list(at: Lowering, value: Value, args: list[int]) -> int:
    types = [at.build.type(a) for a in args]
    numbers = [t for t in types if isinstance(t, Host)]
    if len(numbers) != len(types):
        raise CannotRun("a list of tensors", value.span)
    return at.build.add("list", args, Many(listed(numbers), len(args)))


def _levels(at: Lowering, value: Value, _: list[int]) -> int:
    levels = cast(tuple[Fraction | None, ...], value.attrs["values"])
    if any(s is None for s in levels):
        raise CannotRun("a time whose noise level only the checkpoint's schedule tells", value.span)
    text = ", ".join(repr(float(s)) for s in levels if s is not None)
    return at.build.add("levels", (), Many(Host("float"), len(levels)), levels=text, hint="levels")


def _grid(at: Lowering, value: Value, args: list[int]) -> int:
    shift = at.roles.typed[at.role(value)[0]].family.process.shift
    return at.build.add("grid", args, Many(Host("float")), shift=repr(shift), hint="times")


def _reading(at: Lowering, value: Value, args: list[int]) -> int:
    name = at.role(value)[0]
    role = at.roles.typed[name]
    formula = Formula(at.build, role, at.roles.model(name), callee(*at.role(value)), {})
    from ..syntax.ast import Name

    return formula.reading(Name(value.span, value.op), args[0], value.op)


def _mix(at: Lowering, value: Value, args: list[int]) -> int:
    x0, eps, t = args
    reader = at.reader(value, t, x0)
    if value.op == "target":
        said = at.model(value).predicted(AT)
        return combine(reader, ((said.b, eps), (said.a, x0)))
    mix = at.model(value).noisy(AT)
    return combine(reader, ((mix.a, x0), (mix.b, eps)))


def _prediction(at: Lowering, value: Value, args: list[int]) -> int:
    if value.op == "predict":
        return at.prediction(value, args)
    model = at.model(value)
    wanted = CLEAN if value.op == "x0" else DERIVED[value.op](model, AT)
    x, t = args[:2]
    from_x, from_p = conversion(model, wanted)
    prediction = at.prediction(value, args)
    at.at(value)
    return combine(at.reader(value, t, x), ((from_x, x), (from_p, prediction)), value.op)


def _recast(at: Lowering, value: Value, args: list[int]) -> int:
    """At equal signal-to-noise ratio two processes' latents differ by the factor (alpha + sigma) of one
    over the other's."""
    source, target = str(value.attrs["kind"]), at.model(value).kind
    b, x = at.build, args[0]
    if source == target:
        return x
    if len(args) < 2:
        raise CannotRun("`recast` without its time", value.span)
    for kind, op in ((target, "mul"), (source, "div")):
        if kind != "flow":
            reader = Reader(b, kind, args[1], b.rank(x))
            x = b.arith(op, x, b.arith("add", reader.alpha(), reader.sigma()))
    return x


def _stage(at: Lowering, value: Value, args: list[int]) -> int:
    return at.stage(value, str(value.attrs["stage"]), args)


def _guide(at: Lowering, value: Value, args: list[int]) -> int:
    c, u, scale = args
    b = at.build
    if b.number(scale) == 1:
        return c
    return b.arith("add", u, b.arith("mul", scale, b.arith("sub", c, u)))


def _stop(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("stop", args, at.build.type(args[0]))


def _reduce(at: Lowering, value: Value, args: list[int]) -> int:
    per = value.attrs.get("per")
    if per not in (None, "sample"):
        raise CannotRun(f"`per = {per}`", value.span)
    type = at.build.type(args[0])
    if not isinstance(type, Array):
        return args[0]
    if per == "sample" and at.build.rank(args[0]) == 1:
        return args[0]
    op = value.op if per is None else f"{value.op}_per_sample"
    return at.build.add(op, args, reduced(per == "sample", [type]))


def _extreme(at: Lowering, value: Value, args: list[int]) -> int:
    b = at.build
    if len({isinstance(b.type(a), Array) for a in args}) != 1:
        raise CannotRun(f"`{value.op}` of a tensor and a number", value.span)
    return b.arith(value.op, args[0], args[1])


def _loss(at: Lowering, value: Value, args: list[int]) -> int:
    per = value.attrs.get("per")
    if per not in (None, "sample"):
        raise CannotRun(f"`per = {per}`", value.span)
    options = ("weight", *(name for name, _ in OPS[value.op].options))
    options = tuple(name for name in options if value.attrs.get(f"has_{name}"))
    at.build.suggest(args[1], "target")
    return at.build.add(
        value.op,
        args,
        reduced(per == "sample", [t for t in map(at.build.type, args[:2]) if isinstance(t, Array)]),
        names=("", "", *options),
        options=", per_sample=True" if per else "",
    )


def _clamp(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("clamp", args, at.build.joined("clamp", args[0]))


def _shifted(at: Lowering, value: Value, args: list[int]) -> int:
    items, shift = args
    b = at.build
    if not isinstance(b.type(items), Many):
        return b.add("shifted", args, b.type(items))
    by = b.number(shift)
    if b.nodes[items].op != "levels" or by is None:
        raise CannotRun("`shifted` of this list", value.span)
    levels = [shifted(float(s), float(by)) for s in b.nodes[items].text("levels").split(", ")]
    text = ", ".join(map(repr, levels))
    return b.add("levels", (), Many(Host("float"), len(levels)), levels=text, hint="levels")


def _concat(at: Lowering, value: Value, args: list[int]) -> int:
    types = [at.build.type(a) for a in args]
    first = value.args[0].type
    axes = first.space.axes if isinstance(first, checked.Latent) else getattr(first, "axes", ())
    arrays = [t for t in types if isinstance(t, Array)]
    if value.attrs["axis"] not in axes or len(arrays) != len(types):
        raise CannotRun("`concat` along this axis", value.span)
    dim = list(axes).index(cast(str, value.attrs["axis"]))
    return at.build.add("concat", args, concatenated(arrays, dim), dim=dim)


def _select(at: Lowering, value: Value, args: list[int]) -> int:
    b = at.build
    if not isinstance(b.type(args[0]), Array) and any(isinstance(b.type(a), Array) for a in args[1:]):
        raise CannotRun("`select` between tensors by one condition for all samples", value.span)
    rank = max(map(b.rank, args))
    args = [b.spread(a, rank) for a in args]
    return b.add("select", args, b.joined("select", *args))


def _state(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.add("state", (), lowered(value.type, value.span), name=str(value.attrs["name"]))


def _step(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.add("step", (), Host("int"))


def _tuple(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("tuple", args, lowered(value.type, value.span))


def _result(at: Lowering, value: Value, args: list[int]) -> int:
    index = int(str(value.attrs["index"]))
    loop = at.build.type(args[0])
    types = getattr(loop, "items", ())
    return at.build.add("result", args, types[index], index=index)


def _length(at: Lowering, value: Value, args: list[int]) -> int:
    type = at.build.type(args[0])
    if not isinstance(type, Many) or type.length is None:
        raise CannotRun("the length of this list", value.span)
    return at.build.const(type.length)


# draws


def _draw(at: Lowering, value: Value, _: list[int]) -> int:
    scope = str(value.attrs["scope"])
    if scope not in ("sample", "step"):
        raise CannotRun(f"a draw per {scope}", value.span)
    rounds = [at(i) for i in value.args[1:]]
    return _drawn(at, value, value.args[0], scope, rounds)


def _drawn(at: Lowering, draw: Value, d: Value, scope: str, rounds: list[int]) -> int:
    b = at.build
    row: tuple[Dim, ...] = (BATCH,) if scope == "sample" else ()
    op = OPS[d.op]
    site = str(draw.attrs["site"])

    def raw(op: str, type: Type, *, shape: tuple[int, ...] = (), ends: tuple[int, ...] = ()) -> int:
        at.at(draw)
        return b.add(op, (*ends, *rounds), type, site=site, scope=scope, shape=shape, ends=len(ends))

    match d.op:
        case "noise":
            space = cast(checked.Space, d.attrs["space"])
            if scope != "sample":
                raise CannotRun(f"noise per {scope}", draw.span)
            dims = latent_dims(space, draw.span)
            return raw("normal", Array(dims), shape=sizes(dims, draw.span))
        case "uniform":
            low, high = map(at, d.args)
            u = raw("uniform", Array(row))
            return b.arith("add", low, b.arith("mul", b.arith("sub", high, low), u))
        case _ if op.rule == "normal":
            mean, std = map(at, d.args)
            x = b.arith("add", mean, b.arith("mul", std, raw("normal", Array(row))))
            return b.unary(op.through, x) if op.through else x
        case "pick" if len(d.args) == 2:
            ends = tuple(map(at, d.args))
            return raw("integer", Array(row, "i64") if row else Host("int"), ends=ends)
        case "pick":
            items = at(d.args[0])
            type = b.type(items)
            if not isinstance(type, Many) or type.length is None:
                raise CannotRun("a pick from this list", draw.span)
            ends = (b.const(0), b.const(type.length))
            i = raw("integer", Array(row, "i64") if row else Host("int"), ends=ends)
            return (
                b.add("gather", (items, i), gathered(type.item))
                if row
                else b.add("index", (items, i), type.item)
            )
        case _ if op.distribution == "changed":
            inner = _drawn(at, draw, d.args[0], scope, rounds)
            further = [at(a) for a in d.args[1:]]
            at.at(draw)
            return b.add(d.op, (inner, *further), b.type(inner))
        case _:
            raise CannotRun(f"a draw from `{d.op}`", d.span)


# loops


def _loop(at: Lowering, value: Value, _: list[int]) -> int:
    region = cast(Region, value.attrs["region"])
    iterable = str(value.attrs["iterable"])
    count = len(value.args) - len(region.carried)
    given = [at(a) for a in value.args[:count]]
    start = [at(a) for a in value.args[count:]]
    b = at.build
    if iterable == "pairs":
        given = [b.add("pairs", given, Many(Host("float")))]

    def make(parameter: Callable[..., int]) -> tuple[list[int], list[int], list[int]]:
        at.at(value)
        heads = []
        for v in dict.fromkeys((region.index, *region.items)):
            written = _target_name(v.span)
            hint = written or "i"
            b.span = v.span
            type: Type = Host("int") if v is region.index else _item_type(b, given[0], value.span)
            at.known[id(v)] = parameter(type, hint)
            heads.append(at.known[id(v)])
        carried = []
        for v, first in zip(region.carried, start, strict=True):
            at.known[id(v)] = parameter(b.type(first), v.name)
            b.name(at.known[id(v)], v.name)
            carried.append(at.known[id(v)])
        return heads, carried, [at(r) for r in region.results]

    at.at(value)
    return b.loop(given, start, make, iterable)


def _item_type(b: Builder, items: int, span: Span) -> Type:
    type = b.type(items)
    if not isinstance(type, Many):
        raise CannotRun("a loop over this", span)
    return type.item


def _target_name(span: Span) -> str:
    text = span.text
    if not text.isidentifier():
        return ""
    return f"{text}_" if keyword.iskeyword(text) else text


LAZY: Mapping[str, Make] = {"draw": _draw, "loop": _loop}
"""The rules that lower their arguments themselves."""

RULES: Mapping[str, Make] = {
    "const": _constant,
    "list": _list,
    "tuple": _tuple,
    "item": _item,
    "index": _index,
    "arithmetic": _arith,
    "comparison": _arith,
    "logical": _arith,
    "negation": _unary,
    "elementwise": _unary,
    "extreme": _extreme,
    "batch": _batch,
    "step": _step,
    "field": _field,
    "stage": _stage,
    "prediction": _prediction,
    "mix": _mix,
    "recast": _recast,
    "shifted": _shifted,
    "clamp": _clamp,
    "levels": _levels,
    "grid": _grid,
    "len": _length,
    "same": _same,
    "stop": _stop,
    "guide": _guide,
    "loss": _loss,
    "reduction": _reduce,
    "concat": _concat,
    "select": _select,
    "state": _state,
    "result": _result,
}
"""By the rule of a value's op; the arguments are lowered before."""
