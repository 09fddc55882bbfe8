"""What the fields of a data set state of where they lie: `control: pixels[...] { file = "control/{name}.mp4" }`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ....base.source import Span
from ....modules import setting_checks, settings
from ....syntax import ast
from ....types.describe import noun
from ....types.quantity import CLEAN
from ....types.types import Latent, Scalar, Type, Unknown
from ..blocks.setting_values import entry_values, report_entries
from ..program_state import ProgramState
from .framing import check_framing, elsewhere

NAME = "{name}"


def check_field_options(
    state: ProgramState, d: ast.DataDecl, source: str, types: Mapping[str, Type]
) -> Mapping[str, Mapping[str, Any]] | None:
    """What each field states, with defaults filled in, of those that state anything; None after an error."""
    known = settings.FIELDS.get(source)
    if source not in settings.DATA_SOURCES:
        return {}
    found: dict[str, Mapping[str, Any]] = {}
    valid = True
    for f in d.fields:
        if not f.entries:
            valid = _normalization_is_told(state, f, {}, types, known) and valid
            continue
        if known is None:
            state.bag.error(
                "unknown-setting",
                f"a field of `{source}` states its type alone",
                f.entries[0].span,
                help=elsewhere(source, f.entries[0].name)
                or f"more is stated by fields of {', '.join(f'`{n}`' for n in settings.FIELDS)}",
            )
            valid = False
            continue
        checked = setting_checks.validate_field(source, entry_values(state, f.entries, None))
        report_entries(state, checked, f.entries, f.name.span, f"a field of `{source}`")
        values = checked.values
        for e in f.entries if values is not None and f.name.id in types else ():
            rule = _RULES.get((source, e.name))
            problem = rule(values[e.name], types[f.name.id]) if rule is not None and values else ""
            if problem:
                state.bag.error("bad-setting", problem, _value(e))
                values = None
        if values is not None and f.name.id in types and not check_framing(state, f, values, types):
            values = None
        valid = valid and values is not None
        if values is not None:
            valid = _normalization_is_told(state, f, values, types, known) and valid
            found[f.name.id] = {n: v for n, v in values.items() if v is not None}
    return found if valid else None


def _value(e: ast.Entry) -> Span:
    return e.value.span if e.value is not None else e.span


def _file(value: object, type_: Type) -> str:
    """What is wrong with a `file`; empty where nothing is."""
    if isinstance(type_, Scalar):
        what = "a text" if type_.kind == "str" else "a number"
        return f"`file` names files of pixels, sound or tensors; {what} stands in the folder's metadata"
    wrong = [b for b in re.findall(r"\{.*?\}|[{}]", str(value)) if b != NAME]
    if wrong:
        return f"`{wrong[0]}` stands for nothing here; `{NAME}` is an item's name without its ending"
    return ""


def _normalized(value: object, type_: Type) -> str:
    if isinstance(type_, Unknown) or (isinstance(type_, Latent) and type_.quantity == CLEAN):
        return ""
    what = "noise has no scale of a codec's" if isinstance(type_, Latent) else f"this is {noun(type_)}"
    return f"`normalized` is about clean latents, and {what}"


def _normalization_is_told(
    state: ProgramState,
    f: ast.FieldDecl,
    values: Mapping[str, Any],
    types: Mapping[str, Type],
    known: Mapping[str, object] | None,
) -> bool:
    """Files of latents do not say whether they are as the codec gave them, or as networks see them."""
    type_ = types.get(f.name.id)
    clean = isinstance(type_, Latent) and type_.quantity == CLEAN
    if not clean or known is None or "normalized" not in known or values.get("normalized") is not None:
        return True
    state.bag.error(
        "missing-argument",
        f"the file does not say whether the latents of `{f.name.id}` are normalised",
        f.name.span,
        help="`{ normalized = true }` reads them as they are; `{ normalized = false }` are a codec's own, such as "
        "FastVideo stores, which are normalised as this family does",
    )
    return False


_RULES: Mapping[tuple[str, str], Callable[[object, Type], str]] = {
    ("folder", "file"): _file,
    ("mix", "file"): _file,
    **{(source, "normalized"): _normalized for source in settings.STORES},
}
"""By source and setting: what its value and the field's type must be, beyond the table."""
