"""The data that a program names, opened by its kind."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from types import MappingProxyType

import torch

from ...contracts.data_sets.dataset_manifest import described
from ...modules.settings import FRAMING
from ...program.typed_program import TypedProgram
from ..base.errors import Place, Report, RunError
from ..base.settings import (
    DATA_OPTIONS,
    FolderOptions,
    LinesOptions,
    MixOptions,
    ProgramSettings,
    ShapesOptions,
    ShardsOptions,
    StoreOptions,
)
from .buckets.open_buckets import open_buckets
from .folders.clip_folder import ClipFolder, Probing
from .folders.cuts.file_facts import ContentHash, content_hash
from .folders.cuts.frame_picks import Pace
from .folders.cuts.kept_contents import KeptContents
from .folders.file_fields import FileField, Framing, Pixels, file_fields, limited
from .folders.listing.captions import Wording
from .mixed import Mixed
from .moving_shapes import write_clips
from .prefetch import Feed
from .prompt_lines import PromptLines
from .samples import DataSource
from .shards import Shards
from .stores.open_store import open_store


def open_feed(
    program: TypedProgram,
    device: torch.device,
    report: Report,
    shuffled: bool = True,
    kept: Path | None = None,
    read: Set[str] | None = None,
) -> Feed | None:
    """The data that a program names, opened; None if it names none. Of a folder's files only those of the fields `read` are
    read, or all of them where it is None. What is found in files is kept in the folder `kept`.
    Raises `RunError`."""
    d = program.data
    if d is None:
        return None
    train = ProgramSettings.model_validate(program.settings).train
    seed = (train.seed if train is not None else 0) if shuffled else None
    options = DATA_OPTIONS[d.source].model_validate(d.options)
    place = (Path(d.span.source.path), d.span.line)
    if isinstance(options, ShardsOptions):
        families = [r.family for r in program.roles.values()]
        declared = {n: f for n, t in d.fields.items() if (f := described(t, families)) is not None}
        return Feed(Shards(Path(options.path), declared, program.sizes, seed, place), device)
    if isinstance(options, StoreOptions) and not program.buckets:
        return Feed(open_store(d.fields, d.stated, options, seed, place, report, kept, read), device)
    fields = file_fields(d.fields, d.stated)
    stated = {n: str(said["file"]) for n, said in d.stated.items() if "file" in said}
    if program.buckets:
        assert train is not None and isinstance(options, (FolderOptions, MixOptions, StoreOptions))
        each = options.folders if isinstance(options, MixOptions) else (options,)
        told = _of_each(d.stated) if isinstance(options, MixOptions) else d.stated
        parts = [
            _folder(o, fields, seed, place, report, None, read, stated, kept)
            if isinstance(o, FolderOptions)
            else open_store(d.fields, told, o, seed, place, report, kept, read)
            for o in each
        ]
        rows = train.batch // train.each
        repeats = [o.repeat for o in each]
        return Feed(open_buckets(program, parts, repeats, rows, seed, kept, place, report), device)
    probes = Probing(kept, program.sizes)
    if isinstance(options, MixOptions):
        mixed = [
            _folder(o, fields, seed, place, report, probes, read, stated, kept)
            if isinstance(o, FolderOptions)
            else open_store(d.fields, _of_each(d.stated), o, seed, place, report, kept, read)
            for o in options.folders
        ]
        return Feed(Mixed(mixed, [o.repeat for o in options.folders], seed, place, report), device)
    assert isinstance(options, (FolderOptions, LinesOptions, ShapesOptions))
    return Feed(open_files(options, fields, seed, place, report, probes, read, stated), device)


def _of_each(stated: Mapping[str, Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    """What fields of a mix state that holds for each of its stores: where a field lies is told by its name there."""
    return {n: said for n, said in stated.items() if said.keys() & FRAMING.keys()}


def open_files(
    options: FolderOptions | LinesOptions | ShapesOptions,
    fields: Mapping[str, FileField],
    seed: int | None,
    place: Place | None,
    report: Report,
    probes: Probing | None = None,
    read: Set[str] | None = None,
    stated: Mapping[str, str] = MappingProxyType({}),
) -> DataSource:
    """A source of files. Without a seed, items come in the source's own order. `stated` are the paths that fields state."""
    kept = probes.kept if probes is not None else None
    match options:
        case ShapesOptions():
            return _shapes(Path(options.path), options, fields, seed, place, report, read, kept)
        case LinesOptions():
            return PromptLines(Path(options.path), fields, seed, place)
        case FolderOptions():
            return _folder(options, fields, seed, place, report, probes, read, stated, kept)


def _folder(
    options: FolderOptions,
    fields: Mapping[str, FileField],
    seed: int | None,
    place: Place | None,
    report: Report,
    probes: Probing | None,
    read: Set[str] | None,
    stated: Mapping[str, str],
    kept: Path | None,
) -> ClipFolder:
    return ClipFolder(
        Path(options.path),
        {name: limited(field, options.max_pixels, options.max_upscale) for name, field in fields.items()},
        seed,
        place,
        report,
        options.may_fail,
        options.rate,
        probes,
        Pace(options.fps, options.stride, options.cut),
        read,
        Wording(options.prompt, options.prefix),
        stated,
        _contents(kept, Path(options.path)),
    )


def _contents(kept: Path | None, root: Path) -> ContentHash:
    """What tells the content of a folder's files, from earlier runs where it is kept."""
    return KeptContents(kept, root) if kept is not None else content_hash


def _shapes(
    path: Path,
    options: ShapesOptions,
    fields: Mapping[str, FileField],
    seed: int | None,
    place: Place | None,
    report: Report,
    read: Set[str] | None,
    kept: Path | None,
) -> ClipFolder:
    """A folder into which `count` clips of moving shapes are written first."""
    held = [field for field in fields.values() if not isinstance(field, Framing)]
    pixels = [field for field in held if isinstance(field, Pixels)]
    if len(pixels) != 1 or len(held) > 2 or any(f not in ("str", *pixels) for f in held):
        raise RunError("data-mismatch", "shapes give one field of pixels and one of type str", None, place)
    (of,) = pixels
    write_clips(path, options.count, of.frames or 1, of.height, of.width, options.seed)
    return ClipFolder(
        path, fields, seed, place, report, options.may_fail, read=read, content=_contents(kept, path)
    )
