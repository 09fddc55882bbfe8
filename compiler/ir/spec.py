"""The typing rule of every op: what it needs of its inputs, and the type of its result.

Ops that act on numbers have one rule a kind, which reads their entry in the table of ops; those that hold a plan
together (parameters, loops, calls, records) have a rule each. A rule is a function of the types of the inputs, the
attributes, and for calls the signature of what is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ...stages.op import Op
from ..base.frozen import replace, struct
from ..types.dims import Dim
from .graph import BATCH, Array, Fields, Function, Host, Many, Node, Results, Type
from .text import type_text

ONE = Dim.of(1)
ROW = Array((BATCH,))
TEXTS = Array((BATCH,), "str")
NUMBERS = frozenset({"int", "float", "bool"})
_WIDTH = {"bool": 0, "i64": 1, "bf16": 2, "f16": 2}


class TypeMismatch(Exception):
    """A type that a rule does not allow: of which value, what it must be, and what it is."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(f"{what}: expected {expected}, found {found}")


@struct
class Environment:
    """What is around a node: the plan's functions, the types of its batch and states, the declared types of the
    parameters of the function or loop that the node stands in, and the function's declared result."""

    functions: Mapping[str, Function]
    batch: Fields
    states: Mapping[str, Type]
    parameters: Mapping[int, Type]
    result: Type | None = None


Rule = Callable[[Node, Sequence[Type], Environment], Type]


def result_type(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """The type that a node must have. Raises `TypeMismatch` for inputs that its op does not take, and `KeyError` for an op
    without a rule."""
    rule = RULES.get(node.op) or KINDS.get(node.op_info.kind)
    if rule is None:
        raise KeyError(node.op)
    return rule(node, inputs, environment)


def same(what: str, expected: Type, found: Type) -> None:
    """Raises `TypeMismatch` if two types are not equal."""
    if expected != found:
        raise TypeMismatch(what, type_text(expected), type_text(found))


# arithmetic


def arithmetic(op: Op, inputs: Sequence[Type]) -> Type:
    """The type of an op on each element: a tensor of the broadcast dims, or a number where all inputs are numbers."""
    arrays = [t for t in inputs if isinstance(t, Array)]
    for k, type in enumerate(inputs):
        _number(f"input {k}", type)
    if arrays:
        dtype = promoted(arrays)
        whole = dtype in ("bool", "i64") and op.gives != "float" and Host("float") not in inputs
        floats = dtype if whole or dtype not in ("bool", "i64") else "f32"
        dtype = "bool" if op.gives == "bool" else floats
        return Array(broadcast(arrays), dtype, frame_axis(arrays))
    kinds = {t.kind for t in inputs if isinstance(t, Host)}
    return Host(op.gives or ("int" if kinds <= {"int"} else "float"))


def _number(what: str, type: Type) -> None:
    numbers = isinstance(type, Host) and type.kind in NUMBERS
    if not numbers and not (isinstance(type, Array) and type.dtype != "str"):
        raise TypeMismatch(what, "a tensor or a number", type_text(type))


def broadcast(arrays: Sequence[Array]) -> tuple[Dim, ...]:
    """The dims of a result of these, aligned at their ends as torch does."""
    widest = max(arrays, key=lambda t: len(t.dims)).dims
    found = list(widest)
    for k, array in enumerate(arrays):
        offset = len(widest) - len(array.dims)
        for axis, dim in enumerate(array.dims, offset):
            if found[axis] == ONE:
                found[axis] = dim
            elif dim not in (ONE, found[axis]):
                raise TypeMismatch(
                    f"input {k}", f"dims that fit [{', '.join(map(str, found))}]", type_text(array)
                )
    return tuple(found)


def frame_axis(arrays: Sequence[Array]) -> int | None:
    """Which dim of what these broadcast to counts frames."""
    rank = max(len(t.dims) for t in arrays)
    return next((t.frames for t in arrays if len(t.dims) == rank and t.frames is not None), None)


def promoted(arrays: Sequence[Array]) -> str:
    """The dtype of arithmetic on these. Single numbers widen others only where they are of a wider kind."""
    wide = [t for t in arrays if t.dims] or list(arrays)
    dtypes = dict.fromkeys(t.dtype for t in wide)
    if len(dtypes) == 1:
        (only,) = dtypes
        return "f32" if only in ("bool", "i64") and any(t.dtype == "f32" for t in arrays) else only
    width = max(_WIDTH.get(d, 3) for d in dtypes)
    widest = [d for d in dtypes if _WIDTH.get(d, 3) == width]
    return widest[0] if len(widest) == 1 else "f32"


def reduced(per: str | None, arrays: Sequence[Array], frames: int | None = None) -> Array:
    """One number, one for each "sample" or each "frame", which the dim `frames` counts, or at every element that of its
    sample's "channel"."""
    if per == "channel":
        wide = max(arrays, key=lambda t: len(t.dims))
        if len(wide.dims) < 3:
            raise TypeMismatch("inputs", "latents", type_text(wide))
        return Array(wide.dims, promoted(arrays), frame_axis(arrays))
    if per == "frame":
        wide = max(arrays, key=lambda t: len(t.dims))
        if frames is None or not 0 < frames < len(wide.dims):
            raise TypeMismatch("inputs", "latents with frames", type_text(wide))
        return Array((BATCH, wide.dims[frames]), promoted(arrays), 1)
    return Array((BATCH,) if per == "sample" else (), promoted(arrays))


def _pointwise(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return arithmetic(node.op_info, inputs)


def _reduction(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if node.op_info.is_loss:
        return _loss(node, inputs)
    (x,) = inputs
    if not isinstance(x, Array) or x.dtype == "str" or (node.op_info.per_sample and x.dims[:1] != (BATCH,)):
        raise TypeMismatch("input 0", "a tensor", type_text(x))
    return reduced("sample" if node.op_info.per_sample else None, [x])


def _per_frame(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or x.dims[:1] != (BATCH,):
        raise TypeMismatch("input 0", "a tensor", type_text(x))
    over = tuple(map(int, node.text("over").strip("()").split(", ")))
    (frames,) = set(range(1, len(x.dims))) - set(over)
    return reduced("frame", [x], frames)


def _loss(node: Node, inputs: Sequence[Type]) -> Type:
    a, b, *options = inputs
    for k, type in enumerate((a, b)):
        if not isinstance(type, Array) or not type.dims:
            raise TypeMismatch(f"input {k}", "a tensor", type_text(type))
    assert isinstance(a, Array) and isinstance(b, Array)
    if a.dims != b.dims:
        raise TypeMismatch("input 1", f"the dims of {type_text(a)}", type_text(b))
    for k, type in enumerate(options, 2):
        if isinstance(type, Array) and type.dims not in ((), (BATCH,)):
            broadcast([a, type])
        elif not isinstance(type, Array | Host):
            raise TypeMismatch(f"input {k}", "a number or a tensor", type_text(type))
    per, frames = per_of(node)
    return reduced(per, [a, b], frames)


def per_of(node: Node) -> tuple[str | None, int | None]:
    """What a loss has a number for, and the dim that counts frames."""
    if "channels=True" in node.text("options"):
        return "channel", None
    frames = _FRAMES.search(node.text("options"))
    if frames is not None:
        return "frame", int(frames[1])
    return ("sample" if "per_sample=True" in node.text("options") else None), None


_FRAMES = re.compile(r"frames=(\d+)")


def _select(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return selected(inputs)


def selected(inputs: Sequence[Type]) -> Type:
    """The type of one of two values by a condition: `inputs` are the condition and both values."""
    condition, *values = inputs
    for k, type in enumerate(values, 1):
        _number(f"input {k}", type)
    arrays = [t for t in inputs if isinstance(t, Array)]
    if not isinstance(condition, Array):
        same("input 0", Host("bool"), condition)
    else:
        same("input 0", Array(condition.dims, "bool"), condition)
    if not arrays:
        kinds = [t.kind for t in values if isinstance(t, Host)]
        return Host(kinds[0] if len(set(kinds)) == 1 else "float")
    dtype = promoted([t for t in values if isinstance(t, Array)] or [Array(())])
    return Array(broadcast(arrays), dtype, frame_axis(arrays))


def _clamp(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    arithmetic(node.op_info, inputs)
    return inputs[0]


def _stop(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return inputs[0]


def _size(text: str) -> Dim:
    """A size as the text of an attribute has it: a number, or the name of one that each bucket has its own of."""
    return Dim.of(int(text) if text.isdecimal() else text.removeprefix('run.sizes["').removesuffix('"]'))


def _view(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    _, *shape = node.text("shape").split(", ")
    dims = tuple(map(_size, shape))
    wide = tuple(d for d in dims if d != ONE)
    if not isinstance(x, Array) or x.dims not in ((BATCH,), (BATCH, *wide), (BATCH, ONE)) or len(wide) > 1:
        raise TypeMismatch("input 0", "one number a sample, or a frame", type_text(x))
    return Array((BATCH, *dims), x.dtype)


def _each_sample(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or BATCH in x.dims:
        raise TypeMismatch("input 0", "a tensor without samples", type_text(x))
    return Array((BATCH, *x.dims), x.dtype)


def _of_chunks(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    axis, length, frames = (int(node.text(name)) for name in ("axis", "length", "frames"))
    chunks = Dim.of(-(-frames // length))
    if not isinstance(x, Array) or not axis < len(x.dims) or x.dims[axis] != chunks:
        raise TypeMismatch("input 0", f"{chunks} along axis {axis}", type_text(x))
    return Array((*x.dims[:axis], Dim.of(frames), *x.dims[axis + 1 :]), x.dtype)


def _over_prompt(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    same("input 0", ROW, inputs[0])
    return ROW


def _double(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return _cast("f64", inputs[0])


def _single(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return _cast("f32", inputs[0])


def _cast(dtype: str, x: Type) -> Array:
    if not isinstance(x, Array) or x.dtype in ("str", "mask"):
        raise TypeMismatch("input 0", "a tensor of numbers", type_text(x))
    return Array(x.dims, dtype, x.frames)


def _of_channels(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or len(x.dims) < 3:
        raise TypeMismatch("input 0", "latents", type_text(x))
    return x


def _scalar(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if not isinstance(inputs[0], Host) or inputs[0].kind not in NUMBERS:
        raise TypeMismatch("input 0", "a number", type_text(inputs[0]))
    return Array(())


def _of_batch(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Array(())


def _share_of_batch(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Array((BATCH,))


def _concat(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    arrays = [t for t in inputs if isinstance(t, Array)]
    if len(arrays) != len(inputs):
        raise TypeMismatch("inputs", "tensors", ", ".join(map(type_text, inputs)))
    return concatenated(arrays, int(node.text("dim")))


def concatenated(arrays: Sequence[Array], axis: int) -> Array:
    dims = list(arrays[0].dims)
    for k, other in enumerate(arrays[1:], 1):
        apart = [d for i, d in enumerate(other.dims) if i != axis]
        if len(other.dims) != len(dims) or apart != [d for i, d in enumerate(dims) if i != axis]:
            raise TypeMismatch(
                f"input {k}", f"the dims of {type_text(arrays[0])} but for axis {axis}", type_text(other)
            )
        dims[axis] = dims[axis] + other.dims[axis]
    return Array(tuple(dims), promoted(arrays), frame_axis(arrays))


def _filled(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if not isinstance(inputs[0], Array) or inputs[0].dims[:1] != (BATCH,):
        raise TypeMismatch("input 0", "a tensor [b, ...]", type_text(inputs[0]))
    dims = (d.strip() for d in node.text("dims").strip("(),").split(","))
    return Array(tuple(BATCH if d == "None" else _size(d) for d in dims))


def _repacked(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or not x.dims:
        raise TypeMismatch("input 0", "a tensor", type_text(x))
    return Array((x.dims[0], *_shape_of(node)), node.text("dtype"), _frames_of(node))


def _stacked(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Many) or not isinstance(x.item, Array):
        raise TypeMismatch("input 0", "a list of tensors", type_text(x))
    return Array((BATCH, *x.item.dims), x.item.dtype, _frames_of(node))


def _shape_of(node: Node) -> tuple[Dim, ...]:
    shape = node["shape"]
    assert isinstance(shape, tuple)
    return tuple(map(Dim.of, shape))


def _frames_of(node: Node) -> int | None:
    frames = node["frames"]
    return frames if isinstance(frames, int) else None


def _positions(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    axes = inputs[0].items if isinstance(inputs[0], Results) else ()
    return Array((Dim.of("positions"), Dim.of(len(axes))), "i64")


def _samples(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    x, *where = inputs
    if not isinstance(x, Array) or len(x.dims) < 2:
        raise TypeMismatch("input 0", "a tensor", type_text(x))
    if where and (not isinstance(where[0], Array) or where[0].dims != x.dims[:2] or where[0].dtype != "mask"):
        raise TypeMismatch("input 1", "a mask of its rows", type_text(where[0]))
    return Many(replace(x, dims=(Dim.of("rows"), *x.dims[2:]) if where else x.dims[1:], frames=None))


def _numbers(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    like, *values = inputs
    if not isinstance(like, Array) or like.dims[:1] != (BATCH,):
        raise TypeMismatch("input 0", "a tensor with samples", type_text(like))
    for k, type in enumerate(values, 1):
        _number(f"input {k}", type)
    return Array((BATCH, Dim.of(len(values))))


def _resize(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or len(x.dims) not in (4, 5):
        raise TypeMismatch("input 0", "pixels", type_text(x))
    size = (_size(node.text("height")), _size(node.text("width")))
    return Array((*x.dims[:-2], *size), x.dtype)


def _pool(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (mask,) = inputs
    if not isinstance(mask, Array) or len(mask.dims) not in (4, 5):
        raise TypeMismatch("input 0", "a mask over pixels", type_text(mask))
    frames = int(node.text("frames"))
    grid = [frames] * bool(frames) + [int(node.text("height")), int(node.text("width"))]
    return Array((*mask.dims[:2], *map(Dim.of, grid)), "f32", 2 if frames else None)


def _first_frame(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or len(x.dims) != 5:
        raise TypeMismatch("input 0", "a clip", type_text(x))
    return Array((*x.dims[:2], *x.dims[3:]), x.dtype)


def _per_sample(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    _time("input 0", inputs[0])
    if not isinstance(inputs[1], Array) or inputs[1].dims[:1] != (BATCH,):
        raise TypeMismatch("input 1", "a tensor [b, ...]", type_text(inputs[1]))
    return ROW


def _each_frame(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    found = Array((BATCH, _size(node.text("frames"))))
    _time("input 0", inputs[0], found)
    if not isinstance(inputs[1], Array) or inputs[1].dims[:1] != (BATCH,):
        raise TypeMismatch("input 1", "a tensor [b, ...]", type_text(inputs[1]))
    return found


def _time(what: str, type: Type, widest: Type = ROW) -> None:
    """A time is a number, or a tensor of one number or one a sample; or as the `widest` that may stand here."""
    number = isinstance(type, Host) and type.kind in NUMBERS
    if not number and not (isinstance(type, Array) and type in (Array(()), ROW, widest)):
        raise TypeMismatch(what, f"a number, f32[] or {type_text(widest)}", type_text(type))


# numbers and lists of Python


def _const(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return constant(node["value"])


def constant(value: object) -> Host:
    """The type of a literal; fractions are floats."""
    kinds = {bool: "bool", int: "int", str: "str"}
    return Host(kinds.get(type(value), "float"))


def _host(kind: str, what: str, type: Type) -> None:
    if type != Host(kind):
        raise TypeMismatch(what, kind, type_text(type))


def _list(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if isinstance(node.type, Results):
        return Results(tuple(inputs))
    numbers = [t for t in inputs if isinstance(t, Host)]
    if inputs and all(t == inputs[0] for t in inputs):
        return Many(inputs[0], len(inputs))
    if len(numbers) != len(inputs):
        raise TypeMismatch("inputs", "numbers", ", ".join(map(type_text, inputs)))
    return Many(listed(numbers), len(inputs))


def listed(items: Sequence[Host]) -> Host:
    """The type of an entry of a list of these: what they have in common, or a number."""
    kinds = {t.kind for t in items}
    return Host(next(iter(kinds)) if len(kinds) == 1 else "float")


def _levels(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Many(Host("float"), node.text("levels").count(",") + 1 if node["levels"] else 0)


def _grid(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    _host("int", "input 0", inputs[0])
    return Many(Host("float"))


def _each_shifted(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    item = _item_of("input 0", inputs[0])
    if item != ROW:
        same("the entries of input 0", Host("float"), item)
    _number("input 1", inputs[1])
    if isinstance(inputs[1], Array):
        raise TypeMismatch("input 1", "a number", type_text(inputs[1]))
    return inputs[0]


def _pairs(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Many(_item_of("input 0", inputs[0]))


def _item_of(what: str, type: Type) -> Type:
    if not isinstance(type, Many):
        raise TypeMismatch(what, "a list", type_text(type))
    return type.item


def _index(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    _host("int", "input 1", inputs[1])
    return _item_of("input 0", inputs[0])


def _gather(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if not isinstance(inputs[1], Array) or inputs[1].dtype != "i64":
        raise TypeMismatch("input 1", "whole numbers", type_text(inputs[1]))
    return gathered(_item_of("input 0", inputs[0]), inputs[1])


def gathered(item: Type, index: Array) -> Array:
    """An entry of a list for each of these whole numbers."""
    return Array(index.dims, "i64" if item == Host("int") else "f32", index.frames)


def _step(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Host("int")


def _sized(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Host(node.text("kind"))


def _flag(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    _host("bool", "input 0", inputs[0])
    return Array((), "bool")


def _chosen_texts(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    for k in (1, 2):
        same(f"input {k}", TEXTS, inputs[k])
    if inputs[0] != Host("bool") and not (isinstance(inputs[0], Array) and inputs[0].dtype == "bool"):
        raise TypeMismatch("input 0", "true or false, or one a sample", type_text(inputs[0]))
    return TEXTS


def _repeat(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    _host("str", "input 0", inputs[0])
    return TEXTS


# records and results


def _tuple(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Results(tuple(inputs))


def _of_several(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """One of several results."""
    (several,) = inputs
    index = int(node.text("index"))
    if not isinstance(several, Results) or not 0 <= index < len(several.items):
        raise TypeMismatch("input 0", f"at least {index + 1} results", type_text(several))
    return several.items[index]


def _batch(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return environment.batch


def _field(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (record,) = inputs
    name = node.text("name")
    found = dict(record.fields).get(name) if isinstance(record, Fields) else None
    if found is None:
        raise TypeMismatch("input 0", f"a record with `{name}`", type_text(record))
    return found


def _fields(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    names = node["names"]
    assert isinstance(names, tuple)
    return Fields(tuple(zip(names, inputs, strict=True)), bool(dict(node.attributes).get("latents")))


# draws


def _draw(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return _shaped(node, node["scope"] == "sample", "f32")


def _integer(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    for k in range(int(node.text("ends"))):
        _host("int", f"input {k}", inputs[k])
    return _shaped(node, True, "i64") if node["scope"] == "sample" else Host("int")


def _whole(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or x.dtype == "str":
        raise TypeMismatch("input 0", "a tensor", type_text(x))
    return Array(x.dims, "i64", x.frames)


def _noise(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    _host("str", "input 0", inputs[0])
    return _shaped(node, True, "f32")


def _shaped(node: Node, rows: bool, dtype: str) -> Array:
    shape = node["shape"]
    assert isinstance(shape, tuple)
    return Array(((BATCH,) if rows else ()) + tuple(map(Dim.of, shape)), dtype)


# parameters, calls and loops


def _param(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if node.id not in environment.parameters:
        raise TypeMismatch("it", "a parameter of its function or loop", "none of them")
    return environment.parameters[node.id]


def _declared(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """A call of code that the compiler does not see gives what the function around it declares, unless it stands in
    another value."""
    if environment.result is None:
        raise TypeMismatch("it", "to stand in a stage's function", "another function")
    if node.op != "component" or not node["nested"]:
        return environment.result
    shape = _shape_of(node)
    return Many(Array(shape)) if node["many"] else Array((BATCH, *shape))


def _scheduled(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """Ticks of a sigma: as many as there are of those."""
    (sigma,) = inputs
    _number("input 0", sigma)
    return sigma if isinstance(sigma, Array) else Host("float")


def _scheduled_levels(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Many(Host("float"), node.text("ticks").count(",") + 1)


def _constant(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """A component's constant is shaped by the run so that it broadcasts against latents, of a rank that is told where it
    matters."""
    rank = dict(node.attributes).get("rank", 0)
    return Array((ONE,) * rank if isinstance(rank, int) else ())


def _state(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    name = node.text("name")
    if name not in environment.states:
        raise TypeMismatch("it", "a state of the plan", f"`{name}`")
    return environment.states[name]


def _shared(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function = _function(f"shared_{node.text('name')}", "shared", environment)
    ((_, id),) = function.graph.outputs
    return function.graph[id].type


def _function(name: str, kind: str, environment: Environment) -> Function:
    found = environment.functions.get(name)
    if found is None or found.kind != kind:
        raise TypeMismatch("it", f"a {kind} function of the plan", f"`{name}`")
    return found


def _called(node: Node, kind: str, environment: Environment) -> tuple[Function, Type]:
    function = _function(node.text("function"), kind, environment)
    if function.result is None:
        raise TypeMismatch("it", f"a result of `{function.name}`", "none")
    return function, function.result


def _stage(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "stage", environment)
    _arguments(function, inputs)
    same_role = (node["role"], node["average"]) == function.role and node["stage"] == function.stage
    if not same_role:
        raise TypeMismatch("it", f"role {function.role} and stage `{function.stage}`", f"{node.attributes}")
    return result


def _batched(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "stage", environment)
    width = int(node.text("width"))
    if len(inputs) % width or len(inputs) < 2 * width:
        raise TypeMismatch("inputs", f"several times {width}", str(len(inputs)))
    for k in range(0, len(inputs), width):
        _arguments(function, inputs[k : k + width])
    return Results((result,) * (len(inputs) // width))


def _cached(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "stage", environment)
    sources = node["sources"]
    assert isinstance(sources, tuple)
    fields = dict(environment.batch.fields)
    given = []
    for kind, name in sources:
        if kind == "field" and name not in fields:
            raise TypeMismatch("it", f"a field `{name}` of the batch", type_text(environment.batch))
        given.append(fields[name] if kind == "field" else TEXTS)
    _arguments(function, given)
    return result


def _derivative(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """Along a tangent for each argument that is moved."""
    function, result = _called(node, "stage", environment)
    moved = int(node.text("moved"))
    starts, along, given = inputs[:moved], inputs[moved : 2 * moved], inputs[2 * moved :]
    _arguments(function, [*starts, *given])
    for k, (type, found) in enumerate(zip(function.types, along, strict=False)):
        if isinstance(type, Fields):
            same(f"input {moved + k}", type, found)
        else:
            _number(f"input {moved + k}", found)
    return result


def _fused(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "fused", environment)
    _arguments(function, inputs)
    return result


def _arguments(function: Function, given: Sequence[Type]) -> None:
    """Those of a call against the parameters that its function declares."""
    if len(given) != len(function.types):
        raise TypeMismatch("inputs", f"{len(function.types)} for `{function.name}`", str(len(given)))
    for k, (type, found) in enumerate(zip(function.types, given)):
        if function.graph[function.graph.parameters[k]]["spread"]:
            _time(f"input {k}", found, type)
        else:
            same(f"input {k}", type, found)


def names_of_entry(entry: Type, names: int) -> tuple[Type, ...]:
    """What the names are that a loop binds to an entry: the entry itself, or its parts."""
    if names > 1 and isinstance(entry, Results) and len(entry.items) == names:
        return entry.items
    return (entry,) * names


def loop_parameters(node: Node, inputs: Sequence[Type]) -> list[Type]:
    """The types that the parameters of a loop's body must have: its index, its items, what it carries."""
    given = int(node.text("given"))
    if node["iterable"] == "range":
        for k in range(given):
            _host("int", f"input {k}", inputs[k])
        items = []
    else:
        items = list(names_of_entry(_item_of("input 0", inputs[0]), int(node.text("items"))))
    return [Host("int"), *items, *inputs[given:]]


def _loop(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Results(tuple(inputs[int(node.text("given")) :]))


KINDS: Mapping[str, Rule] = {"pointwise": _pointwise, "reduction": _reduction}
RULES: Mapping[str, Rule] = {
    "select": _select,
    "clamp": _clamp,
    "stop": _stop,
    "gather": _gather,
    "gather_rows": _gather,
    "view": _view,
    "mean_over_prompt": _over_prompt,
    "sum_over_prompt": _over_prompt,
    "largest_over_prompt": _over_prompt,
    "smallest_over_prompt": _over_prompt,
    "mean_of_channels": _of_channels,
    "sum_of_channels": _of_channels,
    "length_of_tokens": _of_channels,
    "double": _double,
    "single": _single,
    "scalar": _scalar,
    "of_batch": _of_batch,
    "share_of_batch": _share_of_batch,
    "concat": _concat,
    "filled": _filled,
    "row_of_numbers": _numbers,
    "per_sample": _per_sample,
    "resize": _resize,
    "pack": _repacked,
    "unpack": _repacked,
    "stacked": _stacked,
    "positions": _positions,
    "samples": _samples,
    "pool": _pool,
    "first_frame": _first_frame,
    "each_frame": _each_frame,
    "each_sample": _each_sample,
    "of_chunks": _of_chunks,
    "mean_per_frame": _per_frame,
    "sum_per_frame": _per_frame,
    "const": _const,
    "list": _list,
    "levels": _levels,
    "each_shifted": _each_shifted,
    "grid": _grid,
    "pairs": _pairs,
    "index": _index,
    "step": _step,
    "sized": _sized,
    "repeat": _repeat,
    "flag": _flag,
    "chosen_texts": _chosen_texts,
    "tuple": _tuple,
    "item": _of_several,
    "result": _of_several,
    "part": _of_several,
    "batch": _batch,
    "field": _field,
    "fields": _fields,
    "normal": _draw,
    "uniform": _draw,
    "normal_between": _draw,
    "integer": _integer,
    "whole": _whole,
    "noise": _noise,
    "param": _param,
    "component": _declared,
    "experts": _declared,
    "python": _declared,
    "constant": _constant,
    "scheduled": _scheduled,
    "scheduled_levels": _scheduled_levels,
    "state": _state,
    "shared": _shared,
    "stage": _stage,
    "batched": _batched,
    "forward_mode": _derivative,
    "central_difference": _derivative,
    "cached": _cached,
    "fused": _fused,
    "loop": _loop,
}
