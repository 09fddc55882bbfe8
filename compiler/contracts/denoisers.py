"""A denoiser's config against what its stage hands it: channels in and out, patches, widths of the conditioning."""

from __future__ import annotations

from ..base.diagnostics import Label
from ..program.values import Value
from .classes import CONDITIONING_WIDTHS, DENOISER_INPUTS
from .comparison import Comparison, Config
from .config_files import whole
from .handed import Handed, StageInputs, calls, channels, field_of, fits

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


def _channels_in(
    c: Comparison, config: Config, inputs: StageInputs, a: Handed, key: str, others: list[Value]
) -> None:
    """A module that is handed a mask or an image beside the latents may count its channels among its own."""
    expected, found = inputs.channels(a.value), config.first(key)
    if expected is None or found is None or key in config.component.config or inputs.has_spatial(others):
        return
    if not fits(whole(found[1]), expected, config.values, inputs.space):
        label = Label(a.span, f"{expected} channels")
        c.differs(*found, config.file, f"stage `{inputs.stage.name}` hands it {expected} channels", label)


def _channels_out(c: Comparison, config: Config, inputs: StageInputs) -> None:
    space = inputs.result
    expected, found = channels(space) if space is not None else None, config.first("out_channels")
    if expected is None or found is None or "out_channels" in config.component.config:
        return
    if not fits(whole(found[1]), expected, config.values, space):
        label = Label(inputs.stage.result_span, f"{expected} channels")
        c.differs(*found, config.file, f"`{space}` has {expected} channels", label)


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
