"""Stored data sets: what a folder holds, or a program of the same file will write into it, against what is declared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.frozen import replace
from ....contracts.data_sets import dataset_manifest
from ....contracts.data_sets.dataset_manifest import Manifest, StoredField
from ....contracts.data_sets.manifest_io import NoDataSet
from ....modules.imports import Module
from ....program.playing import rate_of
from ....program.typed_program import STORED, Produce, TypedData, TypedProgram, text_fields
from ....syntax import ast
from ..library import Library


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
    data: TypedData, declared: Mapping[str, StoredField], sizes: Mapping[str, int], bag: Bag, library: Library
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
    declared: Mapping[str, StoredField],
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


def check_rates(data: TypedData, found: Manifest, bag: Bag, labels: tuple[Label, ...] = ()) -> bool:
    """Whether pixels and waves have as many frames and samples a second as the stages take that read them; one that does
    not say its rate is not asked."""
    for name, wanted in data.rates.items():
        there = found.fields[name].rate if name in found.fields else None
        if there is None or there == wanted:
            continue
        folder = str(data.options["path"])
        bag.error(
            "data-mismatch",
            f"`{name}` is taken at {wanted} a second, and `{folder}` has {there} a second",
            data.places[name],
            labels=labels,
            facts=(_written_by(folder, found),),
            help="produce the data set again at the rate that is taken, or read the files that it was made from",
        )
        return False
    return True


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
        as_declared = _compare(p.data, declared, made, p.sizes, bag, labels)
        if as_declared and check_rates(p.data, made, bag, labels):
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
    fields = {n: StoredField("text") for n in texts}
    for name, value in item.fields:
        field = dataset_manifest.described(value.type, families)
        if field is not None:
            fields[name] = replace(field, rate=rate_of(value, {n: r.family for n, r in p.roles.items()}))
    return Manifest(p.name, fields, p.sizes, int(item.settings["count"]))
