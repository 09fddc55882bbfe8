"""`produce`: a data set written as safetensors shards with a manifest, or samples laid out on a sheet with their scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from ...check.programs.datasets import STORED, text_fields
from ...contracts import manifest_io
from ...contracts.dataset_manifest import Field, Manifest, Part, Shard
from ...contracts.manifest_io import NoDataSet
from ...program.typed_program import Produce, TypedProgram
from ...types.types import Tensor as TensorType
from ..api.components import DTYPES, Role
from ..api.run_context import Batch, Run
from ..base.code_hash import recipe
from ..base.errors import Place, Report, RunError
from ..base.media import aside, contact_sheet, to_uint8, write_mp4
from ..base.run_folder import library_version, write_text
from ..data.prefetch import Feed
from ..data.provenance import Weights, field_of
from ..data.shards import Shards, metadata, row_hash, shard_of
from ..random.streams import Streams
from ..train.validation import pixels_of

SHARD = 256

Make = Callable[[Sequence[int]], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Positions to (the batch, the produced fields)."""


def write_shards(
    folder: Path,
    manifest: Manifest,
    batch: int,
    make: Make,
    names: Callable[[Sequence[int]], Sequence[str]],
    place: Place,
) -> int:
    """Writes the samples that a manifest without shards calls for; gives how many were new.

    Shards that are there and whole are kept: an interrupted run goes on. The manifest is written last, with the
    shards in it. `names` tells where samples come from, for messages.
    """
    path = folder / manifest_io.FILE
    if path.exists() and not _same_data(_found(folder, place), manifest):
        raise RunError(
            "data-mismatch",
            f"{folder} holds another data set",
            help="name another folder in `shards(...)`, or remove this one",
            place=place,
            exit_status=2,
        )
    wanted = manifest.count
    if path.exists() and is_complete(folder, manifest):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / manifest_io.BEGUN
    text = _json(_without_shards(manifest))
    if mark.exists() and mark.read_text(encoding="utf-8") != text:
        raise RunError(
            "data-mismatch",
            f"{folder} holds part of another data set",
            help="remove it, or name another folder",
            place=place,
        )
    write_text(mark, text)
    shards: list[Shard] = []
    new = 0
    for start in range(0, wanted, SHARD):
        end = min(start + SHARD, wanted)
        file = folder / f"shard-{start // SHARD:05d}.safetensors"
        shard = shard_of(file, end - start) if file.exists() else None
        if shard is None:
            _write_shard(file, manifest.fields, range(start, end), batch, make, names, place)
            shard = shard_of(file, end - start)
            assert shard is not None
            new += end - start
        shards.append(shard)
    write_text(path, _json(manifest_io.written(replace(manifest, shards=tuple(shards)))))
    mark.unlink()
    return new


def _write_shard(
    file: Path,
    fields: Mapping[str, Field],
    positions: range,
    batch: int,
    make: Make,
    names: Callable[[Sequence[int]], Sequence[str]],
    place: Place,
) -> None:
    rows: dict[str, list[Tensor]] = {}
    texts: dict[str, list[str]] = {}
    for first in range(positions.start, positions.stop, batch):
        some = range(first, min(first + batch, positions.stop))
        source, made = make(some)
        for name, field in fields.items():
            value = made[name] if name in made else source[name]
            if field.kind == "text":
                texts.setdefault(name, []).extend(value)
                continue
            for part, declared in (field.parts or {"": Part(field.kind, ())}).items():
                tensor = _rows(value[part] if field.kind == "record" else value, declared, len(some))
                shown = f"{name}.{part}" if part else name
                _all_finite(shown, tensor, some, names, place)
                rows.setdefault(shown, []).append(tensor)
    tensors = {name: torch.cat(_alike(rows.pop(name))).contiguous() for name in list(rows)}
    hashes = {name: [row_hash(row) for row in tensor] for name, tensor in tensors.items()}
    with aside(file) as part_:
        save_file(tensors, part_, metadata(texts, hashes))


_NUMBERS = {"int": torch.int64, "float": torch.float32, "bool": torch.bool}


def _rows(value: Any, declared: Part, count: int) -> Tensor:
    """One row for each sample, in the declared dtype where that loses nothing."""
    if not isinstance(value, Tensor):  # a number that is the same for all
        return torch.full((count,), value, dtype=_NUMBERS[declared.dtype])
    tensor: Tensor = value.detach().cpu()
    if declared.dtype in DTYPES and tensor.is_floating_point():
        narrow = tensor.to(DTYPES[declared.dtype])
        if torch.equal(narrow.to(tensor.dtype), tensor):
            return narrow
    return tensor


def _alike(parts: Sequence[Tensor]) -> list[Tensor]:
    """Of one dtype: the widest among them."""
    dtype = parts[0].dtype
    for part in parts:
        dtype = torch.promote_types(dtype, part.dtype)
    return [part.to(dtype) for part in parts]


def _all_finite(
    shown: str,
    tensor: Tensor,
    positions: Sequence[int],
    names: Callable[[Sequence[int]], Sequence[str]],
    place: Place,
) -> None:
    if not tensor.is_floating_point() or tensor.isfinite().all():
        return
    bad = [p for p, row in zip(positions, tensor) if not row.isfinite().all()]
    raise RunError(
        "non-finite",
        f"`{shown}` is not finite for {', '.join(names(bad)[:8])}",
        help="nothing of this shard was written; take these samples out, or produce with `precision = f32`",
        place=place,
    )


def _found(folder: Path, place: Place) -> Manifest:
    try:
        return manifest_io.read(str(folder))
    except NoDataSet as e:
        raise RunError(
            e.code, e.message, "remove the folder, or name another", place, exit_status=2
        ) from None


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def _without_shards(m: Manifest) -> dict[str, Any]:
    """What makes two data sets the same; the version of fdc does not."""
    made = {name: value for name, value in m.made.items() if name != "fdc"}
    plain: dict[str, Any] = json.loads(_json(manifest_io.written(replace(m, shards=(), made=made))))
    return plain


def _same_data(a: Manifest, b: Manifest) -> bool:
    return _without_shards(a) == _without_shards(b)


def is_complete(folder: Path, wanted: Manifest | None = None) -> bool:
    """Whether a manifest is there, and every shard that it lists in its size."""
    try:
        found = manifest_io.read(str(folder))
        sizes = [(folder / s.file).stat().st_size for s in found.shards]
    except (NoDataSet, OSError):
        return False
    return sizes == [s.bytes for s in found.shards] and (wanted is None or found.count == wanted.count)


def stands(item: Produce) -> bool:
    """Whether what a program produces is there."""
    path = Path(item.path)
    return is_complete(path) if item.kind == STORED else (path / "sheet.png").exists()


def write_sheet(
    folder: Path,
    settings: Mapping[str, Any],
    make: Make,
    media: Sequence[str],
    scored: bool,
    rate: float,
) -> str:
    """Samples of every field side by side: `sheet.png`, one mp4 a field, and a table of scores where they can be told.

    `media` are the data's fields of pixels. `scored` says that the data are drawn shapes, whose captions can be
    compared with what is seen.
    """
    count, batch = settings["count"], settings["batch"]
    clips: dict[str, list[Tensor]] = {}
    captions: list[str] = []
    real: list[Tensor] = []
    for first in range(0, count, batch):
        source, fields = make(range(first, min(first + batch, count)))
        texts = [v for n, v in source.items() if isinstance(v, list) and not n.endswith(".key")]
        captions.extend(texts[0] if texts else [""] * min(batch, count - first))
        for name in media:
            real.extend(to_uint8(clip) for clip in source[name])
        for name, value in fields.items():
            clips.setdefault(name, []).extend(to_uint8(clip) for clip in pixels_of(value))
    folder.mkdir(parents=True, exist_ok=True)
    columns = 6
    shown = {name.replace("_", " "): found[:columns] for name, found in clips.items()}
    if real:
        shown = {"data": real[:columns], **shown}
    contact_sheet(folder / "sheet.png", shown, captions[:columns])
    for name, found in clips.items():
        write_mp4(folder / f"{name}.mp4", _tiled(found[:16]), rate)
    if not scored:
        return ""
    table = score_table(clips, captions, real)
    write_text(folder / "scores.txt", table + "\n")
    return table


def _tiled(clips: Sequence[Tensor], scale: int = 4) -> Tensor:
    """Clips [F, H, W, 3] side by side on a square, enlarged."""
    side = max(1, int(len(clips) ** 0.5))
    kept = list(clips)[: side * side]
    rows = [torch.cat(kept[r * side : (r + 1) * side], dim=2) for r in range(side)]
    grid = torch.cat(rows, dim=1)
    return grid.repeat_interleave(scale, dim=1).repeat_interleave(scale, dim=2)


def score_table(
    clips: Mapping[str, Sequence[Tensor]], captions: Sequence[str], real: Sequence[Tensor]
) -> str:
    """One line a field: shares of clips that show what their caption says, and the distance to real clips.

    `clearly` counts the clips that show all three and whose shape is sharp.
    """
    import numpy as np

    from ..data.moving_shapes_score import score

    reference = np.stack([c.numpy() for c in real])
    head = (
        f"{'':<24}{'shape':>8}{'colour':>8}{'direction':>11}{'all three':>11}{'clearly':>9}{'distance':>10}"
    )
    lines = [head]
    for name, found in {"data": real, **clips}.items():
        s = score(np.stack([c.numpy() for c in found]), captions, reference)
        lines.append(
            f"{name.replace('_', ' '):<24}{s.shape:>8.0%}{s.colour:>8.0%}{s.direction:>11.0%}{s.joint:>11.0%}"
            f"{s.exact:>9.0%}{abs(s.distance):>10.1f}"
        )
    return "\n".join(lines)


@dataclass(frozen=True)
class Making:
    """What products are made with: the emitted module and its text, the loaded roles, hashes of all that is frozen."""

    program: TypedProgram
    plan: ModuleType
    text: str
    roles: Mapping[str, Role]
    make_run: Callable[..., Run]
    hashes: Mapping[str, str]


def run(item: Produce, making: Making, feed: Feed | None, report: Report) -> str:
    """Writes one product of a program; gives the table of scores, where there is one."""
    p, settings = making.program, item.settings
    function: Callable[[Run, Batch], Mapping[str, Any]] = making.plan.PRODUCE[item.name]
    device = feed.device if feed is not None else torch.device("cpu")
    for role in making.roles.values():  # what the program trained does not train any more: no dropout
        for _, module in role.modules():
            module.eval()

    def make(positions: Sequence[int]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        batch = feed.batch(positions) if feed is not None else {}
        draws = Streams(settings["seed"], 0, tuple(positions), device)
        with torch.no_grad():
            made = function(making.make_run(draws=draws, step=0, batch_size=len(positions)), batch)
        return batch, made

    path = Path(item.path)
    if item.kind == "sheet":
        d = p.data
        fields = d.fields if d is not None else {}
        media = [n for n, t in fields.items() if isinstance(t, TensorType) and t.kind == "pixels"]
        table = write_sheet(path, settings, make, media, d is not None and d.source == "shapes", 4)
        if table:
            print(table)
        report(f"{p.name}: wrote {path}/sheet.png")
        return table
    place = (Path(item.span.source.path), item.span.line)
    manifest = _manifest(item, making, feed)

    def names(positions: Sequence[int]) -> Sequence[str]:
        return feed.names(positions) if feed is not None else [f"sample {n}" for n in positions]

    new = write_shards(path, manifest, settings["batch"], make, names, place)
    done = f"{new} sample{'s' if new != 1 else ''} written to {path}"
    report(f"{p.name}: {done if new else f'{path} is complete and unchanged'}")
    return ""


def _manifest(item: Produce, making: Making, feed: Feed | None) -> Manifest:
    """What will be written, but for the shards."""
    p, source = making.program, feed.source if feed is not None else None
    read = source.manifest.fields if isinstance(source, Shards) else {}
    weights = Weights()
    fields = {n: field_of(n, v, p, making.roles, weights, read) for n, v in item.fields}
    trained = {
        f"{name}.{part}": weights(module)
        for name, role in making.roles.items()
        for part, module in role.modules()
        if part in role.trained
    }
    texts = text_fields(p.data) if p.data is not None else ()
    return Manifest(
        program=p.name,
        fields={**{n: Field("text") for n in texts}, **fields},
        sizes=dict(p.sizes),
        count=item.settings["count"],
        made={
            "fdc": library_version("fdc"),
            "recipe": recipe(making.text, f"produce_{item.name}"),
            "seed": item.settings["seed"],
            "data": source.fingerprint() if source is not None else "",
            "weights": {**making.hashes, **trained},
        },
    )
