"""What holds values together: constants, lists, records, the batch, states."""

from __future__ import annotations

from collections.abc import Mapping

from ...ir.graph import BATCH, Array, Fields, Host, Many, Results
from ...ir.rules.host_values import gathered, listed
from ...program.ops import INDEX, NAME, NAMES, RAW, VALUE
from ...program.values import RoleRef, Value
from ...types.dims import Dim
from ...types.types import Latent, Tuple
from ..array_types import kept_as, lowered
from ..builder import CannotRun
from ..lowering import Inside, Lowering, Rule
from ..products import part


def _constant(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.const(VALUE.of(value))


def _same(at: Lowering, value: Value, args: list[int]) -> int:
    return args[0]


def _list(at: Lowering, value: Value, args: list[int]) -> int:
    types = [at.build.type(a) for a in args]
    if isinstance(value.type, Tuple):  # an argument of a component may hold anything
        return at.build.add("list", args, Results(tuple(types)))
    numbers = [t for t in types if isinstance(t, Host)]
    if len(numbers) == len(types):
        return at.build.add("list", args, Many(listed(numbers), len(args)))
    rows = [a for a, t in zip(args, types) if isinstance(t, Array) and len(t.dims) == 1]
    if types and all(t == types[0] for t in types):
        return at.build.add("list", args, Many(types[0], len(args)))
    if not rows or any(isinstance(t, Array) and len(t.dims) > 1 for t in types):
        raise CannotRun("a list of tensors", value.span)
    row = Array((BATCH,))
    wide = [a if t == row else at.build.add("per_sample", (a, rows[0]), row) for a, t in zip(args, types)]
    return at.build.add("list", wide, Many(row, len(args)))


def _filled(at: Lowering, value: Value, args: list[int]) -> int:
    """A tensor of one number, whose rows are those of what it is like."""
    made = lowered(value.type, value.span)
    assert isinstance(made, Array)
    dims = [None if d == BATCH else d.constant for d in made.dims]
    if any(d is None and given != BATCH for d, given in zip(dims, made.dims)):
        raise CannotRun("a tensor whose size is not fixed", value.span)
    return at.build.add("filled", args, made, value=VALUE.of(value), dims=f"({', '.join(map(str, dims))},)")


def _tuple(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("tuple", args, lowered(value.type, value.span))


def _item(at: Lowering, value: Value, args: list[int]) -> int:
    node = at.build.nodes[args[0]]
    index = INDEX.of(value)
    if node.op == "tuple":
        return node.inputs[index]
    return at.build.add("item", args, lowered(value.type, value.span), index=index)


def _index(at: Lowering, value: Value, args: list[int]) -> int:
    b = at.build
    items, i = args
    type = b.type(items)
    if not isinstance(type, Many):
        raise CannotRun("an entry of this", value.span)
    index = b.type(i)
    if isinstance(index, Array):
        return b.add(
            "gather" if isinstance(type.item, Host) else "gather_rows", args, gathered(type.item, index)
        )
    return b.add("index", args, type.item)


def _field(at: Lowering, value: Value, args: list[int]) -> int:
    name = NAME.of(value)
    type = at.build.type(args[0])
    found = dict(type.fields).get(name) if isinstance(type, Fields) else None
    node = at.build.add("field", args, found or lowered(value.type, value.span), name=name, hint=name)
    return _normalised(at, value, node) if RAW.find(value) else node


def _normalised(at: Lowering, value: Value, node: int) -> int:
    """Latents that a data set holds as their codec gave them, by the rule of the first role that has their space."""
    assert isinstance(value.type, Latent)
    key = value.type.space.key
    for role in at.roles.values():
        for name, space in role.family.spaces.items():
            rule = role.family.codings[name].normalize if name in role.family.codings else None
            if space.key == key and rule is not None:
                return at.apply(
                    rule, (node,), Inside(RoleRef(role.name), value.span, at.build.array(node), apart=True)
                )
    return node


def _batch(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.add("batch", (), lowered(value.type, value.span))


def _step(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.add("step", (), Host("int"))


def _state(at: Lowering, value: Value, _: list[int]) -> int:
    return at.build.add("state", (), kept_as(value), name=NAME.of(value))


def _length(at: Lowering, value: Value, args: list[int]) -> int:
    type = at.build.type(args[0])
    if not isinstance(type, Many) or type.length is None:
        raise CannotRun("the length of this list", value.span)
    return at.build.const(type.length)


def _part(at: Lowering, value: Value, args: list[int]) -> int:
    return part(at.build, args[0], NAME.of(value))


def _fields(at: Lowering, value: Value, args: list[int]) -> int:
    names = NAMES.of(value)
    types = tuple((n, at.build.type(i)) for n, i in zip(names, args, strict=True))
    return at.build.add("fields", args, Fields(types), names=names)


def _numbers(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("row_of_numbers", args, Array((BATCH, Dim.of(len(args) - 1))))


def _numbers_of_each(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("numbers_of_each", args, Array((BATCH, Dim.of(len(args)))))


RULES: Mapping[str, Rule] = {
    "numbers_of_each": _numbers_of_each,
    "row_of_numbers": _numbers,
    "const": _constant,
    "same": _same,
    "live": _same,
    "list": _list,
    "tuple": _tuple,
    "item": _item,
    "index": _index,
    "field": _field,
    "fields": _fields,
    "part": _part,
    "batch": _batch,
    "step": _step,
    "state": _state,
    "filled": _filled,
    "len": _length,
}
