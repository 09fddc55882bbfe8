"""Frames and samples a second: those that a family's stages take, beside those that the data gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....modules.settings import SOURCES
from ....program.family import StageInput
from ....program.ops import NAME, ROLE, STAGE
from ....program.values import Value, every_value
from ....types.types import Tensor, axes_of
from ...core.family_model import FamilyModel
from ..program_state import ProgramState

OPTIONS = {"pixels": ("fps", "frames"), "wave": ("rate", "samples of sound")}
"""By kind of medium, the option of a source that says how many a second it gives, and of what."""


def check_rates(state: ProgramState, computed: Iterable[Value]) -> None:
    """Whether what stages are given of the batch comes at the rates that they ask for. What cannot say a rate, such as drawn
    shapes, is not asked."""
    data = state.data
    if data is None:
        return
    told, taken = set[str](), dict[str, int]()
    for v in every_value(computed):
        if v.op != "stage":
            continue
        role = state.roles.get(ROLE.of(v).name)
        stage = role.model.stages.get(STAGE.of(v)) if role and isinstance(role.model, FamilyModel) else None
        if stage is None or role is None:
            continue
        timed = []
        for p, given in zip(stage.typed().inputs, v.args):
            field = NAME.of(given) if given.op == "field" and given.args[0].op == "batch" else ""
            if not field or field in told or p.declared.rate is None:
                continue
            if _fits(state, field, p):
                timed.append((field, p))
            else:
                told.add(field)
            if p.declared.rate.constant is not None:
                taken.setdefault(field, p.declared.rate.constant)
        if len(timed) > 1 and not _last_alike(state, timed):
            told |= {field for field, _ in timed}
    state.data = replace(data, rates=taken)
    if state.stored is not None:
        from .stored_datasets import check_rates as check_stored  # few programs read stored data

        check_stored(state.data, state.stored, state.bag)


def _fits(state: ProgramState, field: str, p: StageInput) -> bool:
    data, wanted = state.data, p.declared.rate
    assert data is not None and isinstance(p.declared.type, Tensor) and wanted is not None
    option, what = OPTIONS[p.declared.type.kind]
    if option not in SOURCES.get(data.source, {}) and data.source != "mix":
        return True
    folders = data.options.get("folders") or [data.options]
    rates = [_given(f, option) for f in folders]
    given = next((r for r in rates if r != wanted.constant), wanted.constant)
    if given == wanted.constant:
        return True
    said = f"gives {float(given):g}" if given is not None else "gives those of its files"
    state.bag.error(
        "data-mismatch",
        f"`{field}` is taken at {wanted} {what} a second, and `{data.name}` {said}",
        data.places[field],
        labels=(Label(p.span, "asked for here"),),
        help=f"`{data.source}(..., {option} = {wanted})`"
        if data.source != "mix"
        else f"`{option} = {wanted}` in each folder",
    )
    return False


LENGTHS = {"pixels": "t", "wave": "l"}
"""By kind of medium, the axis along which time passes."""


def _last_alike(state: ProgramState, timed: list[tuple[str, StageInput]]) -> bool:
    """Whether frames and sound that one stage takes last as long, to two frames."""
    data = state.data
    assert data is not None
    found = []
    for field, p in timed:
        type_, rate = p.declared.type, p.declared.rate
        assert isinstance(type_, Tensor) and rate is not None
        axes = axes_of(type_)
        count = type_.dims[axes.index(LENGTHS[type_.kind])] if LENGTHS[type_.kind] in axes else None
        if count is not None and count.constant is not None and rate.constant:
            found.append((field, p, count.constant, rate.constant))
    pictures = next((one for one in found if _kind(one[1]) == "pixels"), None)
    sounds = next((one for one in found if _kind(one[1]) == "wave"), None)
    if pictures is None or sounds is None:
        return True
    (clip, p, frames, fps), (sound, q, samples, pace) = pictures, sounds
    if abs(Fraction(frames, fps) - Fraction(samples, pace)) <= Fraction(2, fps):
        return True
    state.bag.error(
        "data-mismatch",
        f"`{clip}` lasts {frames / fps:.3g} s, {frames} frames at {fps} a second, and `{sound}` {samples / pace:.3g} s",
        data.places[sound],
        labels=(Label(q.span, f"{pace} samples a second"), Label(p.span, f"{fps} frames a second")),
        help=f"sound that is heard with these frames has about {round(frames * pace / fps)} samples",
    )
    return False


def _kind(p: StageInput) -> str:
    return p.declared.type.kind if isinstance(p.declared.type, Tensor) else ""


def _given(options: Mapping[str, Any], option: str) -> Fraction | None:
    """How many a second a source gives; None for as many as its files have."""
    asked = options.get(option)
    stride = options.get("stride") or 1
    return Fraction(asked) / (stride if option == "fps" else 1) if asked is not None else None
