"""The data that a program names, opened by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from ...contracts.dataset_manifest import described
from ...program.typed_program import STORED, TypedProgram
from ...types.types import Scalar
from ...types.types import Tensor as TensorType
from ..base.errors import Place, Report, RunError
from ..base.settings import (
    DATA_OPTIONS,
    FolderOptions,
    LinesOptions,
    ProgramSettings,
    ShapesOptions,
    ShardsOptions,
)
from .clip_folder import ClipFolder
from .moving_shapes import write_clips
from .prefetch import Feed
from .prompt_lines import PromptLines
from .samples import DataSource, FileField
from .shards import Shards


def open_feed(
    program: TypedProgram, device: torch.device, report: Report, shuffled: bool = True
) -> Feed | None:
    """The data that a program names, opened; None if it names none. Raises `RunError`."""
    d = program.data
    if d is None:
        return None
    train = ProgramSettings.model_validate(program.settings).train
    seed = (train.seed if train is not None else 0) if shuffled else None
    options = DATA_OPTIONS[d.source].model_validate(d.options)
    place = (Path(d.span.source.path), d.span.line)
    if d.source == STORED:
        families = [r.family for r in program.roles.values()]
        declared = {n: f for n, t in d.fields.items() if (f := described(t, families)) is not None}
        return Feed(Shards(Path(options.path), declared, program.sizes, seed, place), device)
    fields: dict[str, FileField] = {}
    for name, type_ in d.fields.items():
        if isinstance(type_, Scalar) and type_.kind == "str":
            fields[name] = "str"
        elif isinstance(type_, TensorType) and type_.kind == "pixels":
            sizes = [int(x.constant or 0) for x in type_.dims[2:]]
            frames, height, width = sizes if len(sizes) == 3 else [1, *sizes]
            fields[name] = ("pixels", frames, height, width)
        else:
            raise RunError(
                "data-mismatch",
                f"field `{name}: {type_}` cannot be read from files: text and pixels can",
                help="`shards(...)` reads tensors, latents and records of a produced data set",
                place=place,
            )
    assert not isinstance(options, ShardsOptions)
    return Feed(open_files(options, fields, seed, place, report), device)


def open_files(
    options: FolderOptions | LinesOptions | ShapesOptions,
    fields: Mapping[str, FileField],
    seed: int | None,
    place: Place | None,
    report: Report,
) -> DataSource:
    """A source of files. Without a seed, items come in the source's own order."""
    path = Path(options.path)
    match options:
        case ShapesOptions():
            return _shapes(path, options, fields, seed, place, report)
        case LinesOptions():
            return PromptLines(path, fields, seed, place)
        case FolderOptions():
            return ClipFolder(path, fields, seed, place, report, options.may_fail)


def _shapes(
    path: Path,
    options: ShapesOptions,
    fields: Mapping[str, FileField],
    seed: int | None,
    place: Place | None,
    report: Report,
) -> ClipFolder:
    """A folder into which `count` clips of moving shapes are written first."""
    sizes = [field[1:] for field in fields.values() if field != "str"]
    if len(sizes) != 1:
        raise RunError("data-mismatch", "shapes give one field of pixels and one of type str", None, place)
    write_clips(path, options.count, *sizes[0], options.seed)
    return ClipFolder(path, fields, seed, place, report, options.may_fail)
