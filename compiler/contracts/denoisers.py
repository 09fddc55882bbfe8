"""A denoiser's config against what its stage hands it: channels in and out, patches, widths of the conditioning."""

from __future__ import annotations

from math import prod

from ...stages.table import OPS
from ..base.diagnostics import Label
from ..program.family import Stage
from ..program.ops import AXIS, NAME
from ..program.values import Value, every_value
from ..types.types import Latent, Record, Space, Tensor
from .classes import CONDITIONING_WIDTHS, DENOISER_INPUTS
from .comparison import Comparison, Config, Handed, calls, channel_axis, channels
from .config_files import whole

KINDS = ("denoise", "feature")


def compare(c: Comparison) -> None:
    for stage in c.family.stages.values():
        if stage.kind not in KINDS:
            continue
        inputs = StageInputs(stage)
        for name, method, args in calls(stage):
            config = c.configs.get(name)
            if config is None or method is not None:
                continue
            for a in args:
                if a.name in DENOISER_INPUTS and inputs.is_input(a.value):
                    others = [other.value for other in args if other.name not in DENOISER_INPUTS]
                    _channels_in(c, config, inputs, a, DENOISER_INPUTS[a.name], others)
                if a.name in CONDITIONING_WIDTHS:
                    _width(c, config, inputs, a, CONDITIONING_WIDTHS[a.name])
            if stage.kind == "denoise":
                _channels_out(c, config, inputs)
                _patches(c, config, inputs)


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
            case "field":
                tensor, axis = field_of(v), channel_axis(self.space) if self.space is not None else None
                same = (
                    tensor is not None and self.space is not None and len(tensor.dims) == len(self.space.dims)
                )
                return (
                    tensor.dims[axis].constant if tensor is not None and same and axis is not None else None
                )
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
    """A record's field as it is, `c.embeds`."""
    if v.op != "field" or not isinstance(record := v.args[0].type, Record):
        return None
    return next((f.type for f in record.fields if f.name == NAME.of(v)), None)


def _channels_in(
    c: Comparison, config: Config, inputs: StageInputs, a: Handed, key: str, others: list[Value]
) -> None:
    """A module that is handed a mask or an image beside the latents may count its channels among its own."""
    expected, found = inputs.channels(a.value), config.first(key)
    if expected is None or found is None or key in config.component.config or inputs.has_spatial(others):
        return
    if not _fits(whole(found[1]), expected, config, inputs.space):
        label = Label(a.span, f"{expected} channels")
        c.differs(*found, config.file, f"stage `{inputs.stage.name}` hands it {expected} channels", label)


def _channels_out(c: Comparison, config: Config, inputs: StageInputs) -> None:
    space = inputs.result
    expected, found = channels(space) if space is not None else None, config.first("out_channels")
    if expected is None or found is None or "out_channels" in config.component.config:
        return
    if not _fits(whole(found[1]), expected, config, space):
        label = Label(inputs.stage.result_span, f"{expected} channels")
        c.differs(*found, config.file, f"`{space}` has {expected} channels", label)


def _fits(found: int | None, expected: int, config: Config, space: Space | None) -> bool:
    """Rows of tokens hold whole patches, and some classes count the channels of one pixel in them."""
    if found == expected:
        return True
    patch = config.values.get("patch_size")
    sides = [whole(p) or 1 for p in patch] if isinstance(patch, list) else [whole(patch) or 1] * 2
    return (
        found is not None
        and space is not None
        and len(space.dims) == 3
        and found * prod(sides[:3]) == expected
    )


def _patches(c: Comparison, config: Config, inputs: StageInputs) -> None:
    """Latents that are no whole number of patches lose rows: most classes round down."""
    space, patch = inputs.space, config.values.get("patch_size")
    if space is None:
        return
    sides = [whole(p) for p in patch[-3:]] if isinstance(patch, list) else [whole(patch)] * 2
    by_axis = dict(zip(("w", "h", "t"), reversed(sides)))
    in_time = whole(config.values.get("patch_size_t"))
    if in_time is not None:
        by_axis["t"] = in_time
    for axis, dim in zip(space.axes, space.dims):
        side, size = by_axis.get(axis or ""), dim.constant
        if side is not None and size is not None and size % side:
            key = "patch_size_t" if axis == "t" and in_time is not None else "patch_size"
            says = f"{side} does not divide {axis} = {size} of `{space}`"
            label = Label(inputs.stage.name_span, "the network that reads these patches")
            help = "choose sizes that are whole patches, and say so in the family's `sizes`"
            c.differs(key, config.values[key], config.file, says, label, help=help)
            return


def _width(
    c: Comparison, config: Config, inputs: StageInputs, a: Handed, keys: tuple[tuple[str, str | None], ...]
) -> None:
    """Rows of a record's field that are handed over whole are as wide as the module says."""
    tensor = field_of(a.value)
    expected = tensor.dims[-1].constant if tensor is not None and tensor.dims else None
    usable = [k for k, flag in keys if flag is None or config.values.get(flag) is True]
    found = config.first(*usable)
    if found is None and len(keys) == 1 and keys[0][0] in config.values:
        found = (keys[0][0], None)  # a module that takes no such input
    if expected is None or found is None or found[0] in config.component.config:
        return
    if isinstance(found[1], list) or whole(found[1]) == expected:  # a list has a width for each block
        return
    label = Label(a.span, f"{expected} wide")
    says = f"stage `{inputs.stage.name}` hands it rows of {expected}"
    c.differs(*found, config.file, says, label)
