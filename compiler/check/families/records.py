"""A family's conditioning records: their fields, padding rules, and the meaning of masks."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...syntax import ast
from ...types.dims import Dim
from ...types.types import Record, RecordField, Tensor
from ..core.annotations import BUILT_IN, Annotations
from ..core.suggestions import did_you_mean
from .declarations import FamilyDeclarations, report_at_use


def records_of(declared: FamilyDeclarations, annotations: Annotations) -> dict[str, Record | None]:
    """Records by name, those from elsewhere too: None for broken ones and for those that nothing uses."""
    bag = annotations.bag
    found: dict[str, Record | None] = {
        d.name.id: record(d, annotations, bag) for d in declared.of(ast.RecordDecl)
    }
    used = declared.names_written
    for name, definition in declared.elsewhere(ast.RecordDecl).items():
        found[name] = None
        if name in used:
            own = Bag()
            d = definition.declaration
            assert isinstance(d, ast.RecordDecl)
            found[name] = record(d, replace(annotations, bag=own), own)
            report_at_use(own.found, used[name], bag)
    return {**declared.broken_names, **found}


def record(d: ast.RecordDecl, annotations: Annotations, bag: Bag) -> Record | None:
    """A conditioning record; None after an error in any of its fields."""
    fields: dict[str, RecordField] = {}
    broken = False
    if d.name.id in BUILT_IN:
        bag.error(
            "duplicate-name",
            f"`{d.name.id}` is a type of the language",
            d.name.span,
            help="rename the record",
        )
    for f in d.fields:
        name = f.name.id
        stated = _stated(f, bag)
        declared = annotations.resolve(f.type)
        if name in fields:
            bag.error("duplicate-name", f"record `{d.name.id}` has two fields `{name}`", f.name.span)
        elif declared is None:
            broken = True
        elif declared.kind == "clean" and declared.space is not None and not declared.space.factors:
            space = declared.space
            fields[name] = RecordField(name, Tensor(space.dtype, space.dims, space.axes), space=space)
        elif not isinstance(declared.type, Tensor):
            bag.error(
                "type-mismatch",
                f"a record holds tensors and clean latents, and `{name}` is {f.type.span.text}",
                f.type.span,
                help=f"for example `{name}: bf16[b, 512, 4096] {{ pad = zero }}`",
            )
            broken = True
        else:
            fields[name] = RecordField(name, declared.type, stated.get("pad"), stated.get("one"))
    _check_masks(d, fields, bag)
    return Record(tuple(fields.values()), d.name.id) if not broken else None


OPTIONS: Mapping[str, tuple[str, ...]] = {
    "pad": ("zero", "attend", "mask"),
    "one": ("attend", "skip", "given", "generated"),
}
"""What a field may state: what stands in rows without a token, and what the ones of a mask mean."""


def _stated(f: ast.FieldDecl, bag: Bag) -> dict[str, str]:
    found: dict[str, str] = {}
    for e in f.entries:
        words = OPTIONS.get(e.name)
        if words is None:
            bag.error(
                "unknown-setting",
                f"a record's field has no setting `{e.name}`",
                e.span,
                help=did_you_mean(e.name, OPTIONS, f"it has {' and '.join(OPTIONS)}"),
            )
        elif not isinstance(e.value, ast.Name) or e.value.id not in words:
            given = e.value.id if isinstance(e.value, ast.Name) else ""
            bag.error(
                "bad-setting",
                f"`{e.name}` is one of {', '.join(words)}",
                e.span,
                help=did_you_mean(given, words),
            )
        elif e.name == "one" and not (isinstance(f.type, ast.TypeExpr) and f.type.name == "mask"):
            bag.error(
                "bad-setting",
                f"`one` says what the ones of a mask mean, and `{f.name.id}` is no mask",
                e.span,
                help=f"`{f.name.id}: mask[...] {{ one = {e.value.id} }}`",
            )
        else:
            found[e.name] = e.value.id
    return found


def _check_masks(d: ast.RecordDecl, fields: Mapping[str, RecordField], bag: Bag) -> None:
    """A mask over tokens is as long as the tokens of a masked field, or as all of them together."""
    tokens = [f for f in fields.values() if f.pad is not None and len(f.type.dims) > 1]
    masked = [f.type.dims[1] for f in tokens if f.pad == "mask"]
    if not masked:
        return
    total = Dim()
    for f in tokens:
        total = total + f.type.dims[1]
    places = {f.name.id: f.span for f in d.fields}
    for f in fields.values():
        if f.type.kind != "mask" or len(f.type.dims) != 2 or f.one in ("given", "generated"):
            continue
        length = f.type.dims[1]
        if length not in masked and length != total:
            long = next(t for t in tokens if t.pad == "mask")
            bag.error(
                "dim-mismatch",
                f"mask `{f.name}` is {length} long, and `{long.name}` has {long.type.dims[1]} tokens",
                places[f.name],
                str(f.type),
                labels=(Label(places[long.name], "what it masks"),),
                help=f"`{f.name}: mask[b, {long.type.dims[1]}]`",
            )
