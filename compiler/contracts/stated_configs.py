"""A family's own config facts against what its stages hand over: channels in and out, widths of conditioning."""

from __future__ import annotations

from collections.abc import Iterator

from ..base.diagnostics import Diagnostic, Label
from ..program.family import Component, Stage
from .classes import CONDITIONING_WIDTHS, DENOISER_INPUTS
from .config_files import whole
from .handed import Handed, StageInputs, calls, channels, field_of, fits

KINDS = ("denoise", "feature")


def differences(stage: Stage, components: dict[str, Component]) -> Iterator[Diagnostic]:
    """What a stage hands to a component, and the family's `config` of that component says otherwise.

    Only what the family states is compared; sizes that are not numbers yet are left open.
    """
    if stage.kind not in KINDS:
        return
    inputs = StageInputs(stage)
    for name, method, args in calls(stage):
        component = components.get(name)
        if component is None or method is not None or not component.config:
            continue
        for a in args:
            if a.name in DENOISER_INPUTS and inputs.is_input(a.value):
                others = [other.value for other in args if other.name not in DENOISER_INPUTS]
                if not inputs.has_spatial(others):
                    yield from _channels_in(component, inputs, a, DENOISER_INPUTS[a.name])
            yield from _width(component, inputs, a)
        if stage.kind == "denoise":
            yield from _channels_out(component, inputs)
            yield from _positions(component, inputs)


def _channels_in(c: Component, inputs: StageInputs, a: Handed, key: str) -> Iterator[Diagnostic]:
    expected, found = inputs.channels(a.value), whole(c.config.get(key))
    if expected is not None and found is not None and not fits(found, expected, c.config, inputs.space):
        yield _differs(c, key, found, expected, f"hands it {expected} channels", inputs, a)


def _channels_out(c: Component, inputs: StageInputs) -> Iterator[Diagnostic]:
    space = inputs.result
    expected = channels(space) if space is not None else None
    found = whole(c.config.get("out_channels"))
    if expected is not None and found is not None and not fits(found, expected, c.config, space):
        yield _differs(
            c, "out_channels", found, expected, f"gives `{space}`, which has {expected} channels", inputs
        )


def _positions(c: Component, inputs: StageInputs) -> Iterator[Diagnostic]:
    """A table of positions, a side of it, has one for each patch."""
    most, side, space = (
        whole(c.config.get("pos_embed_max_size")),
        whole(c.config.get("patch_size")),
        inputs.space,
    )
    if most is None or not side or space is None:
        return
    for axis, dim in zip(space.axes, space.dims):
        size = dim.constant
        if axis in ("h", "w") and size is not None and size > most * side:
            place = Label(inputs.stage.name_span, f"{axis} = {size} of `{space}`, in patches of {side}")
            yield Diagnostic(
                "config-mismatch",
                f"`{c.name}` has `pos_embed_max_size = {most}`, and {size // side} patches lie along {axis}",
                c.places.get("pos_embed_max_size", c.span),
                "stated here",
                labels=(place,),
                help=f"choose sizes of at most {most} patches a side",
            )
            return


def _width(c: Component, inputs: StageInputs, a: Handed) -> Iterator[Diagnostic]:
    """Rows of a record's field that are handed over whole are as wide as the module says."""
    tensor = field_of(a.value)
    expected = tensor.dims[-1].constant if tensor is not None and len(tensor.dims) > 1 else None
    for key, flag in CONDITIONING_WIDTHS.get(a.name, ()):
        if c.config.get(key) is None or (flag is not None and c.config.get(flag) is not True):
            continue
        found = whole(c.config[key])
        if expected is not None and found is not None and found != expected:
            yield _differs(c, key, found, expected, f"hands it rows of {expected}", inputs, a)
        return


def _differs(
    c: Component, key: str, found: int, expected: int, what: str, inputs: StageInputs, a: Handed | None = None
) -> Diagnostic:
    stage = inputs.stage
    place = Label(a.span, f"{expected}") if a is not None else Label(stage.result_span, f"{expected}")
    return Diagnostic(
        "config-mismatch",
        f"`{c.name}` has `{key} = {found}`, and stage `{stage.name}` {what}",
        c.places.get(key, c.span),
        "stated here",
        labels=(place,),
        help=f"`{key} = {expected}`, or hand over what the module takes",
    )
