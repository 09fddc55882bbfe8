"""A program's data: its source, its fields, and a stored data set against what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....base.diagnostics import Fix, Label
from ....base.frozen import replace
from ....modules import setting_checks, settings
from ....program.typed_program import STORED, TypedData, Validation
from ....syntax import ast
from ....syntax.visitor import names_read
from ....types.dims import Dim, Facts
from ....types.types import UNKNOWN, Latent, Scalar, Tensor, Type
from ...core.annotations import Annotations
from ...core.family_model import FamilyModel
from ...core.suggestions import report_unknown
from ..program_state import ProgramState, report_twice
from ..sources import datasets, field_options, file_sources, store_paths
from ..sources.mixed_folders import MIXABLE, MIXED, Named, check_folders, mixed_folders
from .setting_values import argument_values, line_below, report_problems


def check_data(state: ProgramState) -> None:
    declared = state.members(ast.DataDecl)
    for extra in declared[1:]:
        report_twice(state, "data", extra.name.span, declared[0].name.span)
    if declared:
        d = declared[0]
        kind = (
            d.source.func.id if isinstance(d.source, ast.Call) and isinstance(d.source.func, ast.Name) else ""
        )
        before = len(state.bag.found)
        fields, all_fit = _fields(state, d, kind)
        state.session.batch_fields.data = d.name.span
        data = _source(state, d, fields)
        stated = field_options.check_field_options(state, d, kind, fields)
        state.session.batch_fields.raw = {
            n for n, s in (stated or {}).items() if s.get("normalized") is False
        }
        data = replace(data, stated=stated) if data is not None and stated is not None else None
        fits = data is not None and (
            _check_stored(state, data) if kind == STORED else all_fit and _check_files(state, data)
        )
        state.data = data if fits else None
        wrong = [e for e in state.bag.found[before:] if e.severity == "error"]
        faulty = {f.name.id for f in d.fields if any(f.span.covers(e.span) for e in wrong)}
        inside = [e for e in wrong if any(f.span.covers(e.span) for f in d.fields)]
        if any(e.code == "data-mismatch" and e not in inside for e in wrong):
            return  # which fields there are is what is wrong: nothing is known of them
        state.fields = {n: UNKNOWN if n in faulty else t for n, t in fields.items()}


def _fields(state: ProgramState, d: ast.DataDecl, kind: str) -> tuple[dict[str, Type], bool]:
    """Types by name, and whether a source of this kind can hold them all."""
    dims: dict[str, Dim | None] = {n: Dim.of(v) for n, (v, _) in state.sizes.items()}
    dims |= dict.fromkeys(state.bad_sizes)
    wrong_roles = [r.name.id for r in state.members(ast.RoleDecl) if r.name.id not in state.roles]
    spaces = datasets.spaces_named(state.roles, wrong_roles, state.module)
    records = datasets.records_named(state.roles, wrong_roles, d.fields)
    annotations = Annotations(dims, Facts(), spaces, records, state.bag)
    places = state.session.batch_fields.places
    fields: dict[str, Type] = {}
    all_fit = True
    for f in d.fields:
        name = f.name.id
        state.sizes_read |= names_read([f.type]) - state.roles.keys()
        if name in fields:
            report_twice(state, name, f.name.span, places[name])
            continue
        resolved = annotations.resolve(f.type)
        type_ = _as_stood_for(state, resolved.type) if resolved is not None else UNKNOWN
        listed = kind in settings.DATA_SOURCES
        if (
            listed
            and resolved is not None
            and not datasets.check_field(kind, resolved, f.type.span, state.bag)
        ):
            type_, all_fit = UNKNOWN, False
        if isinstance(type_, Scalar):
            type_ = Scalar(type_.kind, ("b",), "sample")
        fields[name] = type_
        places[name] = f.span
    return fields, all_fit


def _as_stood_for(state: ProgramState, t: Type) -> Type:
    """A type with the sizes that stand in for those that no family accepts, where it states these as numbers."""
    if not state.stood_for or not isinstance(t, Tensor):
        return t
    dims = tuple(Dim.of(state.stood_for.get(d.constant or 0, d)) for d in t.dims)
    return replace(t, dims=dims)


def held_out_data(state: ProgramState, e: ast.Expr) -> TypedData | None:
    """A source that holds what the program's data holds, for a block of its own; None after an error."""
    declared = state.members(ast.DataDecl)
    if not declared or state.fields is None:
        return None
    arguments = e.args if isinstance(e, ast.Call) else ()
    for a in arguments:
        if a.name == "buckets":
            state.bag.error(
                "bad-setting",
                "held-out data is read at one size, and has no buckets",
                a.span,
                help="leave it out",
            )
            return None
    d = replace(declared[0], source=e, span=e.span)
    data = _source(state, d, state.fields)
    if data is None:
        return None
    data = replace(data, places=dict.fromkeys(data.places, e.span), stated=_made(state, data.source))
    stored = state.stored
    fits = _check_stored(state, data) if data.source == STORED else _check_files(state, data)
    state.stored = stored
    return data if fits else None


def _made(state: ProgramState, source: str) -> dict[str, Mapping[str, object]]:
    """What the fields state that are made of how others are read, where this source reads any."""
    stated = state.data.stated if state.data is not None and source in settings.FIELDS else {}
    return {n: said for n, said in stated.items() if said.keys() & settings.FRAMING.keys()}


def report_absent_data(state: ProgramState) -> None:
    """One error for all that is read of a batch where a program has no data, with the block to add."""
    wanted = state.session.batch_fields.wanted
    if not wanted or state.members(ast.DataDecl):
        return
    name = state.declaration.name
    listed = " and ".join(f"`{n}`" for n in wanted)
    fields = ", ".join(f"{n}: {w.type}" for n, w in wanted.items())
    block = f'data clips = folder("data/clips") {{ {fields} }}'
    roles = state.members(ast.RoleDecl)
    state.bag.error(
        "missing-condition",
        f"program `{name.id}` has no data, and {listed} of each batch {'is' if len(wanted) == 1 else 'are'} read",
        name.span,
        labels=tuple(Label(w.span, "read here") for w in wanted.values()),
        help=f"add `{block}`",
        fixes=line_below(roles[-1].span, block) if roles else (),
    )


def _source(state: ProgramState, d: ast.DataDecl, fields: Mapping[str, Type]) -> TypedData | None:
    if not isinstance(d.source, ast.Call) or not isinstance(d.source.func, ast.Name):
        forms = [f'`{n}("path")`' for n in settings.DATA_SOURCES if n != MIXED]
        message = f"data comes from {', '.join(forms[:-1])} or {forms[-1]}"
        listed = isinstance(d.source, ast.ListExpr)
        help = f"several folders are one data set by `{MIXED}([...])`" if listed else ""
        fixes = (Fix(help, d.source.span, f"{MIXED}({d.source.span.text})"),) if listed else ()
        state.bag.error("type-mismatch", message, d.source.span, help=help, fixes=fixes)
        return None
    kind = d.source.func.id
    first = next(iter(settings.SOURCES.get(kind, ("path",))))
    options, at = argument_values(state, d.source.args, (first,), None)
    if kind not in settings.DATA_SOURCES:
        report_unknown(
            state.bag,
            "unknown-name",
            f"no data source is called `{kind}`",
            d.source.func.span,
            kind,
            settings.DATA_SOURCES,
            otherwise=f"there are {', '.join(settings.DATA_SOURCES)}",
            closed=True,
        )
        return None
    checked = setting_checks.validate(kind, options)
    report_problems(state, checked, at, d.source.span, f"`{kind}`")
    if checked.values is None:
        if kind == MIXED and first in checked.sound:  # what is wrong inside is told as well
            mixed_folders(state, next(a.value for a in d.source.args if a.name in (None, first)))
        return None
    values = checked.values
    if kind in settings.STORES and not store_paths.check_path(values, at, state.bag):
        return None
    if kind == MIXED or kind in MIXABLE or kind in settings.STORES:
        given = next(a.value for a in d.source.args if a.name in (None, first))
        folders = mixed_folders(state, given) if kind == MIXED else (Named(kind, values, at, d.source.span),)
        if folders is None:
            return None
        if kind == MIXED:
            values = {**values, "folders": [{**n.options, "source": n.kind} for n in folders]}
        check_folders(state, folders, fields, kind == MIXED)
        if values.get("buckets") is not None and not state.given:
            from ..buckets.bucket_sizes import bucket_sizes  # most programs have data of one size

            asked = next(a.value for a in d.source.args if a.name == "buckets")
            if any(isinstance(t, Latent) for t in fields.values()):
                state.bag.error(
                    "bad-setting",
                    "stored latents have the size that they were made at, and `buckets` reads rows at several",
                    asked.span,
                    help="leave `buckets` out, or read the clips from which they were made",
                )
                return None
            state.buckets = bucket_sizes(state, d, asked)
    places = {**state.session.batch_fields.places, "": d.source.span}
    return TypedData(d.name.id, kind, values, fields, d.span, places)


def _check_files(state: ProgramState, data: TypedData) -> bool:
    """Whether a source of files holds the declared fields."""
    made = [n for n, said in data.stated.items() if said.keys() & settings.FRAMING.keys()]
    return file_sources.check_file_fields(
        data.source, data.fields, data.places, data.places[""], state.bag, made
    )


def _check_stored(state: ProgramState, data: TypedData) -> bool:
    """Whether a stored data set is as declared; one that this file produces is compared once all is checked."""
    from ....contracts.data_sets.dataset_manifest import described  # most programs read no stored data
    from ..sources import stored_datasets

    models = [r.model for r in state.roles.values() if isinstance(r.model, FamilyModel)]
    fields = {n: f for n, t in data.fields.items() if (f := described(t, models)) is not None}
    fits = len(fields) == len(data.fields)
    if not stored_datasets.is_written_here(str(data.options["path"]), state.module):
        sizes = {n: v for n, (v, _) in state.sizes.items()}
        state.stored, as_declared = stored_datasets.check_folder(
            data, fields, sizes, state.bag, state.library
        )
        fits = fits and as_declared
    return fits


def check_data_use(state: ProgramState, validations: Iterable[Validation]) -> None:
    """What follows only from the settings: how large a batch is, and whether prompts replace its texts."""
    if state.data is not None and state.stored is not None:
        from ..sources import stored_datasets

        stored_datasets.check_count(
            state.data, state.stored, state.blocks.get("train", {}).get("batch"), state.bag
        )
    for v in validations:
        if v.sample is not None and "prompts" in v.places:
            datasets.check_prompts(v.sample, v.places["prompts"], state.bag)
