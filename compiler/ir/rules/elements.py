"""Typing rules of arithmetic on tensors: element by element, reductions, losses, views, sizes of pixels, times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....stages.op import Op
from ...base.frozen import replace
from ...types.dims import Dim
from ..graph import BATCH, Array, Host, Many, Node, Results, Type
from ..text import type_text
from .rule import (
    NUMBERS,
    ONE,
    ROW,
    Environment,
    Rule,
    TypeMismatch,
    require_number,
    require_time,
    same,
    shape_of,
)

_WIDTH = {"bool": 0, "i64": 1, "bf16": 2, "f16": 2}


def arithmetic(op: Op, inputs: Sequence[Type]) -> Type:
    """The type of an op on each element: a tensor of the broadcast dims, or a number where all inputs are numbers."""
    arrays = [t for t in inputs if isinstance(t, Array)]
    for k, type in enumerate(inputs):
        require_number(f"input {k}", type)
    if arrays:
        dtype = promoted(arrays)
        whole = dtype in ("bool", "i64") and op.gives != "float" and Host("float") not in inputs
        floats = dtype if whole or dtype not in ("bool", "i64") else "f32"
        dtype = "bool" if op.gives == "bool" else floats
        return Array(broadcast(arrays), dtype, frame_axis(arrays))
    kinds = {t.kind for t in inputs if isinstance(t, Host)}
    return Host(op.gives or ("int" if kinds <= {"int"} else "float"))


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


def pointwise(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return arithmetic(node.op_info, inputs)


def reduction(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
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
        require_number(f"input {k}", type)
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
    return Array((x.dims[0], *shape_of(node)), node.text("dtype"), _frames_of(node))


def _stacked(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Many) or not isinstance(x.item, Array):
        raise TypeMismatch("input 0", "a list of tensors", type_text(x))
    return Array((BATCH, *x.item.dims), x.item.dtype, _frames_of(node))


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
        require_number(f"input {k}", type)
    return Array((BATCH, Dim.of(len(values))))


def _numbers_of_each(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    for k, type in enumerate(inputs):
        require_number(f"input {k}", type)
    return Array((BATCH, Dim.of(len(inputs))))


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
    require_time("input 0", inputs[0])
    if not isinstance(inputs[1], Array) or inputs[1].dims[:1] != (BATCH,):
        raise TypeMismatch("input 1", "a tensor [b, ...]", type_text(inputs[1]))
    return ROW


def _each_frame(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    found = Array((BATCH, _size(node.text("frames"))))
    require_time("input 0", inputs[0], found)
    if not isinstance(inputs[1], Array) or inputs[1].dims[:1] != (BATCH,):
        raise TypeMismatch("input 1", "a tensor [b, ...]", type_text(inputs[1]))
    return found


RULES: Mapping[str, Rule] = {
    "select": _select,
    "clamp": _clamp,
    "stop": _stop,
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
    "numbers_of_each": _numbers_of_each,
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
}
"""By op."""
