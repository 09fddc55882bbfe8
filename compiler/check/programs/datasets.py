"""A program and the data sets that it reads: what its fields may name, which of them stand for a role's graphs, and
whether the folder, or the program that will write it, holds what is declared.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Span
from ...contracts import dataset_manifest
from ...contracts.dataset_manifest import Field, Manifest
from ...contracts.manifest_io import NoDataSet
from ...modules.imports import Module
from ...modules.names.lookup import from_elsewhere
from ...program.family import Declared
from ...program.ops import NAME
from ...program.typed_program import Produce, TypedData, TypedProgram
from ...program.values import Value, every_value
from ...syntax import ast
from ...syntax.visitor import nodes
from ...types.quantity import CLEAN, NOISE
from ...types.types import Latent, Record, Scalar, Space, Tensor, Unknown
from ..core.family_model import FamilyModel
from ..core.role_binding import RoleBinding
from .library import Library

if TYPE_CHECKING:
    pass

STORED = "shards"
"""The source, and the target, of what `produce` writes."""


# what fields may name


def spaces_named(
    roles: Mapping[str, RoleBinding], broken: Iterable[str], module: Module
) -> dict[str, Space | None]:
    """What `clean[...]` may name: a role, or by its own name a space of a role's family; broken roles stay silent."""
    known = {s.key: s for model in _models(roles) for s in model.spaces.values()}
    found: dict[str, Space | None] = dict.fromkeys(broken)
    for name, definition in from_elsewhere(module, ast.SpaceDecl).items():
        if definition.key in known:
            found[name] = known[definition.key]
    return {**found, **{n: r.model.space for n, r in roles.items()}}


def records_named(
    roles: Mapping[str, RoleBinding], broken: Iterable[str], fields: Iterable[ast.FieldDecl]
) -> dict[str, Record | None]:
    """Records by role: `student.text`. A family has other sizes in every variant, so its own name is not enough."""
    found: dict[str, Record | None] = {}
    silent = set(broken)
    for node in nodes(f.type for f in fields):
        if isinstance(node, ast.TypeExpr) and node.name.partition(".")[0] in silent:
            found[node.name] = None
    for name, role in roles.items():
        if isinstance(role.model, FamilyModel):
            found |= {f"{name}.{record}": r for record, r in role.model.records.items()}
    return found


def _models(roles: Mapping[str, RoleBinding]) -> list[FamilyModel]:
    return [r.model for r in roles.values() if isinstance(r.model, FamilyModel)]


def check_field(source: str, declared: Declared, span: Span, bag: Bag) -> bool:
    """Whether a source can hold such a field at all; reports if not."""
    t = declared.type
    if isinstance(t, Latent) and t.quantity not in (CLEAN, NOISE):
        bag.error(
            "type-mismatch",
            f"a data set holds clean latents and noise, and `{declared.kind}` belongs to a time as well",
            span,
            help="`noise[...]`" if declared.kind == "eps" else "store x0 and eps, and mix them in the update",
        )
        return False
    if source != STORED and isinstance(t, (Latent, Record)):
        bag.error(
            "data-mismatch",
            f"`{source}` gives texts and pixels, and this is {'a latent' if isinstance(t, Latent) else 'a record'}",
            span,
            help='`shards("folder")` reads latents and records that `produce` wrote',
        )
        return False
    if source == STORED and not isinstance(t, Unknown) and dataset_manifest.described(t, ()) is None:
        bag.error(
            "type-mismatch",
            f"a data set has no {t}: it holds texts, numbers, tensors, latents and records, a row for each sample",
            span,
            help="the first dim is the batch, `b`" if isinstance(t, Tensor) else "",
        )
        return False
    return True


# fields that stand for a role's graph


# is the data set what is declared?


def is_written_here(path: str, module: Module) -> bool:
    """Whether a program of this file produces the data set."""
    programs = [d.declaration for d in module.own() if isinstance(d.declaration, ast.ProgramDecl)]
    for target in (m.target for p in programs for m in p.members if isinstance(m, ast.ProduceDecl)):
        match target:
            case ast.Call(func=ast.Name(id=kind), args=(ast.Arg(value=ast.String(value=written)),)):
                if kind == STORED and _same_path(written, path):
                    return True
            case _:
                pass
    return False


def _same_path(a: str, b: str) -> bool:
    return os.path.normpath(a) == os.path.normpath(b)


def check_folder(
    data: TypedData, declared: Mapping[str, Field], sizes: Mapping[str, int], bag: Bag, library: Library
) -> tuple[Manifest | None, bool]:
    """The folder's manifest, and whether it is as declared; there is none, and nothing wrong, where no folder is yet."""
    folder = str(data.options["path"])
    if not _exists(folder):
        return None, True
    try:
        found = library.manifest(folder)
    except NoDataSet as e:
        bag.error(e.code, e.message, data.places[""], help=e.help)
        return None, False
    return found, _compare(data, declared, found, sizes, bag, ())


def _exists(folder: str) -> bool:
    try:
        return os.path.lexists(folder)
    except ValueError:
        return True


def _compare(
    data: TypedData,
    declared: Mapping[str, Field],
    found: Manifest,
    sizes: Mapping[str, int],
    bag: Bag,
    labels: tuple[Label, ...],
) -> bool:
    folder = str(data.options["path"])
    made = dataset_manifest.differences(declared, found, sizes, folder)
    for d in made:
        facts = (_written_by(folder, found), *d.facts)
        bag.error(
            "data-mismatch", d.message, data.places[d.field], d.note, labels=labels, facts=facts, help=d.help
        )
    return not made


def _written_by(folder: str, found: Manifest) -> str:
    return f"`{folder}` is written by program `{found.program}`"


def check_count(
    data: TypedData, found: Manifest, batch: object, bag: Bag, labels: tuple[Label, ...] = ()
) -> None:
    """A batch of more samples than there are would hold some of them twice."""
    if not isinstance(batch, int) or found.count >= batch:
        return
    folder, many = str(data.options["path"]), f"{found.count} sample{'s' if found.count != 1 else ''}"
    bag.error(
        "data-mismatch",
        f"`{folder}` holds {many}, fewer than a batch of {batch}",
        data.places[""],
        many,
        labels=labels,
        facts=(_written_by(folder, found),),
        help="produce more samples, or train with a smaller batch",
    )


def check_prompts(sample: Value, prompts: Span, bag: Bag) -> None:
    """Where `prompts` replaces the data's texts, what was made from those texts belongs to others."""
    for v in every_value([sample]):
        if v.op == "field" and v.args[0].op == "batch" and isinstance(v.type, Record):
            bag.error(
                "bad-setting",
                f"`prompts` takes the place of the data's texts, and the sample reads `batch.{NAME.of(v)}`, "
                "which was made from those",
                prompts,
                labels=(Label(v.span, "read here"),),
                help="`cond(batch)` of a role encodes the prompts; or leave `prompts` out",
            )


def tied(programs: Iterable[TypedProgram], bag: Bag) -> tuple[TypedProgram, ...]:
    """Programs that read what another of the same file writes need it, and are compared with it."""
    found = {p.name: p for p in programs}
    for p in tuple(found.values()):
        writer = _writer(p, found.values())
        if p.data is None or writer is None:
            continue
        q, item = writer
        if p.name == q.name or p.name in _needed(q.name, found):
            bag.error(
                "import-cycle",
                f"`{p.name}` reads what `{q.name}` writes, which needs `{p.name}`"
                if p.name != q.name
                else f"`{p.name}` reads the data set that it writes",
                p.data.places[""],
                labels=(Label(item.span, "written here"),),
                help="write to another folder",
            )
            continue
        families = [r.family for r in p.roles.values()]
        declared = {n: f for n, t in p.data.fields.items() if (f := dataset_manifest.described(t, families))}
        labels = (Label(item.span, f"program `{q.name}` writes it here"),)
        made = promised(q, item)
        if _compare(p.data, declared, made, p.sizes, bag, labels):
            check_count(p.data, made, p.settings.get("train", {}).get("batch"), bag, labels)
        found[p.name] = replace(p, needs=tuple(dict.fromkeys((*p.needs, q.name))))
    return tuple(found.values())


def _writer(p: TypedProgram, programs: Iterable[TypedProgram]) -> tuple[TypedProgram, Produce] | None:
    """The first program, with the product, that writes what `p` reads."""
    if p.data is None or p.data.source != STORED:
        return None
    path = str(p.data.options["path"])
    every = ((q, item) for q in programs for item in q.produce if item.kind == STORED)
    return next(((q, item) for q, item in every if _same_path(item.path, path)), None)


def _needed(name: str, programs: Mapping[str, TypedProgram]) -> set[str]:
    """Programs that one needs, in one step or several."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        p = programs.get(waiting.pop())
        new = set(p.needs) - found if p is not None else set()
        found |= new
        waiting += new
    return found


def promised(p: TypedProgram, item: Produce) -> Manifest:
    """What a product will hold, as far as its program determines it: no weights, and the constants that families state."""
    families = [r.family for r in p.roles.values()]
    texts = text_fields(p.data) if p.data is not None else ()
    fields = {n: Field("text") for n in texts}
    for name, value in item.fields:
        field = dataset_manifest.described(value.type, families)
        if field is not None:
            fields[name] = field
    return Manifest(p.name, fields, p.sizes, int(item.settings["count"]))


def text_fields(data: TypedData) -> tuple[str, ...]:
    """A data set carries the texts of the data that it was made from."""
    return tuple(n for n, t in data.fields.items() if isinstance(t, Scalar) and t.kind == "str")
