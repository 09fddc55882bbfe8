"""Whether a value that is no latent fits a declared type, and if not, how the message says so."""

from __future__ import annotations

from typing import NamedTuple

from ....types.types import (
    Latent,
    Level,
    ListOf,
    Record,
    RecordField,
    Scalar,
    Tensor,
    TimeType,
    Tuple,
    Type,
    Unknown,
)


class ArgumentMismatch(NamedTuple):
    """How a value differs from a declared type: a code, a clause that follows the parameter's name, and what to do."""

    code: str
    clause: str
    help: str = ""


PADS = {
    "zero": "`zero`: rows without a token are zeros, and attended",
    "attend": "`attend`: rows without a token are what the encoder gives, and attended",
    "mask": "`mask`: rows without a token are not attended",
    None: "without a rule they hold anything",
}
OWN_RECORD = "`cond(batch)` and `uncond(batch)` of the role that reads it make its own record"


def mismatch(wanted: Type, found: Type) -> ArgumentMismatch | None:
    """None if the value fits."""
    match wanted, found:
        case (Unknown(), _) | (_, Unknown()):
            return None
        case Scalar(), Scalar():
            valid = wanted.kind == found.kind or (wanted.kind == "float" and found.kind == "int")
            if valid and set(found.axes) <= set(wanted.axes):
                return None
        case TimeType(), TimeType() | Level():
            return None
        case Scalar(kind="float"), Level():
            return None
        case Tensor(), Tensor():
            return _tensor_mismatch(wanted, found)
        case Record(), Record():
            return _record_mismatch(wanted, found)
        case Tuple(items=a), Tuple(items=b) if len(a) == len(b):
            return next((m for x, y in zip(a, b) if (m := mismatch(x, y))), None)
        case ListOf(item=a), ListOf(item=b):
            return mismatch(a, b)
        case Latent(), Latent():
            return None
        case _:
            pass
    inside = [f.name for f in found.fields if f.type == wanted] if isinstance(found, Record) else []
    return ArgumentMismatch(
        "type-mismatch",
        f"is {wanted}, and this is {found}",
        f"its field `{inside[0]}` is" if len(inside) == 1 else "",
    )


def _tensor_mismatch(wanted: Tensor, found: Tensor) -> ArgumentMismatch | None:
    floats = ("bf16", "f16", "f32")
    if wanted.kind != found.kind and not (wanted.kind in floats and found.kind in floats):
        kinds = ("pixels", "wave")
        if wanted.kind in kinds and found.kind in floats and wanted.dims == found.dims:
            return ArgumentMismatch(
                "type-mismatch",
                f"is {wanted}, and this is computed: {wanted.kind} lie in [-1, 1] as they are read",
                "hand the field over as it is",
            )
        code = "type-mismatch" if wanted.kind in kinds or found.kind in kinds else "dtype-mismatch"
        return ArgumentMismatch(code, f"is {wanted}, and this is {found}", _declare(wanted))
    if len(wanted.dims) != len(found.dims):
        return ArgumentMismatch(
            "rank-mismatch",
            f"has {len(wanted.dims)} dims ({wanted}), and this has {len(found.dims)} ({found})",
            _declare(wanted),
        )
    for w, f in zip(wanted.dims, found.dims):
        if w != f:
            swapped = sorted(map(str, wanted.dims)) == sorted(map(str, found.dims))
            help = f"the same dims in another order: here it is {wanted}" if swapped else _declare(wanted)
            return ArgumentMismatch("dim-mismatch", f"is {wanted}, and this is {found}: {f} is not {w}", help)
    return None


def _declare(wanted: Tensor) -> str:
    return f"what is declared as `{wanted}` fits"


def _record_mismatch(wanted: Record, found: Record) -> ArgumentMismatch | None:
    """Records are structural: names of fields, dims, dtypes, spaces, padding and the meaning of masks."""
    have = {f.name: f for f in found.fields}
    for w in wanted.fields:
        f = have.pop(w.name, None)
        if f is None:
            return ArgumentMismatch(
                "record-mismatch", f"wants field `{w.name}` ({w.type}), which this record lacks", OWN_RECORD
            )
        if (f.type.kind, f.type.dims) != (w.type.kind, w.type.dims) or not _same_space(w, f):
            return ArgumentMismatch("record-mismatch", f"wants `{w}`, and this record has `{f}`", OWN_RECORD)
        if f.pad != w.pad:
            help = f"{PADS[w.pad]}; {PADS[f.pad]}"
            return ArgumentMismatch(
                "pad-mismatch", f"wants `{w.name}` {_padded(w)}, and here it is {_padded(f)}", help
            )
        if f.one != w.one:
            return ArgumentMismatch("pad-mismatch", _other_ones(w, f), _said(w, f))
    if have:
        return ArgumentMismatch(
            "record-mismatch", f"knows no field `{next(iter(have))}`, which this record has", OWN_RECORD
        )
    return None


def _same_space(a: RecordField, b: RecordField) -> bool:
    return (a.space is None) == (b.space is None) and (
        a.space is None or b.space is None or a.space.key == b.space.key
    )


def _padded(f: RecordField) -> str:
    return f"padded by `{f.pad}`" if f.pad is not None else "without a padding rule"


def _other_ones(w: RecordField, f: RecordField) -> str:
    """How the meanings of a mask's ones differ, where one of the two may not be stated."""
    if f.one is None:
        return f"wants ones of `{w.name}` to mean `{w.one}`, and the family of this record does not say what they mean"
    if w.one is None:
        return f"does not say what ones of `{w.name}` mean, and in this record they mean `{f.one}`"
    return f"wants ones of `{w.name}` to mean `{w.one}`, and here they mean `{f.one}`"


def _said(w: RecordField, f: RecordField) -> str:
    """What to do about it."""
    if w.one is not None and f.one is not None:
        return OWN_RECORD
    return f"say in both families what they mean: `{w.name}: {w.type} {{ one = {w.one or f.one} }}`"
