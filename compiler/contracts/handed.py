"""What a stage hands to components: which tensors go in under which names, and how many channels they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from ...stages.table import HANDED, OPS
from ..base.frozen import struct
from ..base.source import Span
from ..program.family import Stage
from ..program.ops import AXIS, COMPONENT, METHOD, NAME, NAMES, PLACES
from ..program.values import Value, every_value
from ..types.types import Latent, Record, Space, Tensor
from .config_files import whole


def channel_axis(space: Space) -> int | None:
    """Which dim of a space holds its channels: the one beside the batch that has no name, or is called `c`."""
    found = [i for i, a in enumerate(space.axes) if i > 0 and a in (None, "c")]
    return found[0] if len(found) == 1 else None


def channels(space: Space) -> int | None:
    axis = channel_axis(space)
    return space.dims[axis].constant if axis is not None else None


@struct
class Handed:
    """What a component's call is handed under a name, and where."""

    name: str
    value: Value
    span: Span


def calls(stage: Stage) -> Iterator[tuple[str, str | None, tuple[Handed, ...]]]:
    """Components that a stage calls, each with the method and the arguments; both branches of a `select`."""
    stack = [stage.body.result] if stage.body is not None else []
    while stack:
        v = stack.pop(0)
        if v.op == "component":
            yield COMPONENT.of(v), METHOD.find(v), tuple(map(Handed, NAMES.of(v), v.args, PLACES.of(v)))
        elif v.op == "select":
            stack += v.args[1:]
        elif v.op in HANDED or OPS[v.op].kind == "structure":
            stack += v.args


class StageInputs:
    """What is known of the values that a stage computes of its inputs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.noisy = {i.name for i in stage.inputs if i.declared.kind == "noisy"}
        self.space = next((i.declared.space for i in stage.inputs if i.declared.space is not None), None)
        self.result = stage.result.space

    def is_input(self, v: Value) -> bool:
        """Whether latents go in here."""
        return any(p.op == "param" and NAME.of(p) in self.noisy for p in every_value([v]))

    def channels(self, v: Value) -> int | None:
        """How many channels a value has; None where that cannot be told."""
        match v.op:
            case _ if OPS[v.op].kind == "structure" and isinstance(v.type, Latent):
                return channels(v.type.space)
            case _ if (tensor := field_of(v)) is not None:
                axis = channel_axis(self.space) if self.space is not None else None
                same = self.space is not None and len(tensor.dims) == len(self.space.dims)
                return tensor.dims[axis].constant if same and axis is not None else None
            case "pack":
                dims = v.type.dims if isinstance(v.type, Tensor) else ()
                return dims[-1 if len(dims) == 3 else 1].constant if len(dims) > 2 else None
            case "samples":
                return self.channels(v.args[0])
            case "concat" if AXIS.of(v) == "c":
                parts = [self.channels(a) for a in v.args]
                return sum(p for p in parts if p is not None) if None not in parts else None
            case "select":
                one, other = map(self.channels, v.args[1:])
                return one if one == other else None
            case op if op in OPS and OPS[op].sign:
                known = {n for n in map(self.channels, v.args) if n is not None}
                return known.pop() if len(known) == 1 else None
        return None

    def has_spatial(self, values: list[Value]) -> bool:
        """Whether tensors with height and width, such as masks and images, are read."""
        for v in every_value(values):
            tensor = field_of(v)
            latents = v.op == "param" and isinstance(v.type, Latent)
            if latents or (tensor is not None and len(tensor.dims) > 3):
                return True
        return False


def field_of(v: Value) -> Tensor | None:
    """A record's field as it is, `c.embeds`, or a tensor of one number, `zeros(b, 729, 1152)`."""
    if v.op == "filled" and isinstance(v.type, Tensor):
        return v.type
    if v.op != "field" or not isinstance(record := v.args[0].type, Record):
        return None
    return next((f.type for f in record.fields if f.name == NAME.of(v)), None)


def fits(found: int | None, expected: int, config: Mapping[str, object], space: Space | None) -> bool:
    """Whether a module counts these channels. Rows of tokens hold whole patches, and some classes count the channels of one
    pixel in them."""
    if found == expected:
        return True
    patch = config.get("patch_size")
    sides = [whole(p) or 1 for p in patch] if isinstance(patch, list) else [whole(patch) or 1] * 2
    return (
        found is not None
        and space is not None
        and len(space.dims) == 3
        and found * prod(sides[:3]) == expected
    )
