"""Fields made of how pixels are read: `size: f32[b, 2] { size_of = image }`, `crop: f32[b, 2] { crop_of = image }`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....base.source import Span
from ....modules.settings import FIELDS, FRAMING
from ....syntax import ast
from ....types.dims import Dim
from ....types.types import Tensor, Type, Unknown
from ...core.suggestions import report_unknown
from ..program_state import ProgramState

NUMBERS = (Dim.of("b"), Dim.of(2))
"""The dims of such a field: of each sample two numbers, along the height and along the width."""


def check_framing(
    state: ProgramState, f: ast.FieldDecl, values: Mapping[str, Any], types: Mapping[str, Type]
) -> bool:
    """Whether a field that is made so is two numbers of each sample, and of pixels that the data has; reports if not."""
    stated = [n for n in FRAMING if values.get(n) is not None]
    if not stated:
        return True
    places = {e.name: e.value.span if e.value is not None else e.span for e in f.entries}
    entry = stated[0]
    others = [n for n, v in values.items() if v is not None and n != entry]
    if others:
        return _refuse(
            state,
            f"`{f.name.id}` is made by `{entry}`, and states `{others[0]}` as well",
            places[others[0]],
            "declare a field for each",
        )
    type_ = types.get(f.name.id)
    if not isinstance(type_, Unknown) and not _is_two_numbers(type_):
        return _refuse(
            state,
            f"`{entry}` gives two numbers, along the height and along the width, and `{f.name.id}` is {type_}",
            f.type.span,
            f"`{f.name.id}: f32[b, 2]`",
        )
    of = str(values[entry])
    if of not in types:
        shown = [n for n, t in types.items() if _is_pixels(t)]
        report_unknown(
            state.bag,
            "unknown-name",
            f"`{entry}` is about a field of pixels, and the data has no `{of}`",
            places[entry],
            of,
            shown,
            otherwise=f"there is {', '.join(f'`{n}`' for n in shown)}"
            if shown
            else "declare one, such as `image: pixels[b, 3, H, W]`",
        )
        return False
    if not isinstance(types[of], Unknown) and not _is_pixels(types[of]):
        return _refuse(
            state, f"`{entry}` is about a field of pixels, and `{of}` is {types[of]}", places[entry], ""
        )
    return True


def elsewhere(source: str, entry: str) -> str:
    """How a data set whose source reads no pixels comes to have such a field; "" for another entry."""
    if entry not in FRAMING or entry in FIELDS.get(source, {}):
        return ""
    return (
        f"`{source}` reads no pictures: `produce` writes the field beside what is made of them, from a source that does; "
        "it is then read as any field, without an entry"
    )


def _is_two_numbers(t: Type | None) -> bool:
    return isinstance(t, Tensor) and t.kind == "f32" and t.dims == NUMBERS


def _is_pixels(t: Type) -> bool:
    return isinstance(t, Tensor) and t.kind == "pixels"


def _refuse(state: ProgramState, message: str, place: Span, help: str) -> bool:
    state.bag.error("bad-setting", message, place, help=help)
    return False
