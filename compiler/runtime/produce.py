"""`produce`: a data set written as safetensors shards with a manifest, or samples laid out on a sheet with their scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from ..typed import Produce, TypedProgram
from ..types import Latent, Record
from .errors import Report, RunError
from .feed import Feed
from .media import aside, contact_sheet, to_uint8, write_mp4
from .plan import Batch, Run
from .random import Streams
from .rundir import write_text
from .validation import pixels_of

SHARD = 256
MANIFEST = "manifest.json"

Make = Callable[[Sequence[int]], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Positions to (the batch, the produced fields)."""


def write_shards(folder: Path, settings: Mapping[str, Any], described: Mapping[str, Any], make: Make) -> int:
    """Writes `count` samples; gives how many were new. Shards that are there are kept: an interrupted run goes on.

    The manifest, written last, holds `described` (types, spaces with their constants, weight hashes) and the shards.
    """
    count, batch = settings["count"], settings["batch"]
    manifest = folder / MANIFEST
    if manifest.exists():
        found = json.loads(manifest.read_text())
        if found.get("described") == dict(described) and found.get("count") == count:
            return 0
        raise RunError(
            "data-mismatch",
            f"{folder} holds another data set",
            help="name another folder in `shards(...)`, or remove this one",
            exit_status=2,
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "described.json"
    text = json.dumps({"described": described, "count": count}, indent=1, sort_keys=True)
    if mark.exists() and mark.read_text() != text:
        raise RunError(
            "data-mismatch",
            f"{folder} holds part of another data set",
            help="remove it, or name another folder",
        )
    write_text(mark, text)
    shards = []
    new = 0
    for start in range(0, count, SHARD):
        end = min(start + SHARD, count)
        path = folder / f"shard-{start // SHARD:05d}.safetensors"
        shards.append({"file": path.name, "samples": end - start})
        if path.exists():
            continue
        rows: dict[str, list[Tensor]] = {}
        texts: dict[str, list[str]] = {}
        for first in range(start, end, batch):
            positions = range(first, min(first + batch, end))
            source, fields = make(positions)
            for name, value in _flat(fields).items():
                rows.setdefault(name, []).append(value.detach().cpu())
            for name, value in source.items():
                if isinstance(value, list) and not name.endswith(".key"):
                    texts.setdefault(name, []).extend(value)
        tensors = {name: torch.cat(parts).contiguous() for name, parts in rows.items()}
        with aside(path) as part:
            save_file(tensors, part, {"texts": json.dumps(texts)})
        new += end - start
    write_text(
        manifest,
        json.dumps({"described": described, "count": count, "shards": shards}, indent=1, sort_keys=True),
    )
    mark.unlink()
    return new


def _flat(fields: Mapping[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            found.update({f"{name}.{k}": v for k, v in value.items()})
        else:
            found[name] = value
    return found


def write_sheet(folder: Path, settings: Mapping[str, Any], make: Make, scored: bool, rate: float) -> str:
    """Samples of every field side by side: `sheet.png`, one mp4 a field, and a table of scores where they can be told.

    `scored` says that the data are drawn shapes, whose captions can be compared with what is seen.
    """
    count, batch = settings["count"], settings["batch"]
    clips: dict[str, list[Tensor]] = {}
    captions: list[str] = []
    real: list[Tensor] = []
    for first in range(0, count, batch):
        source, fields = make(range(first, min(first + batch, count)))
        captions.extend(next(v for n, v in source.items() if isinstance(v, list) and not n.endswith(".key")))
        for value in source.values():
            if isinstance(value, Tensor) and value.ndim >= 4:
                real.extend(to_uint8(clip) for clip in value)
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

    from .shape_score import score

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


def run(
    item: Produce,
    program: TypedProgram,
    function: Callable[[Run, Batch], Mapping[str, Any]],
    feed: Feed | None,
    make_run: Callable[..., Run],
    hashes: Mapping[str, str],
    report: Report,
) -> str:
    """Writes one product of a program; gives the table of scores, where there is one."""
    p, settings = program, item.settings

    device = feed.device if feed is not None else torch.device("cpu")

    def make(positions: Sequence[int]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        batch = feed.batch(positions) if feed is not None else {}
        draws = Streams(settings["seed"], 0, tuple(positions), device)
        with torch.no_grad():
            made = function(make_run(draws=draws, step=0, batch_size=len(positions)), batch)
        return batch, made

    path = Path(item.path)
    if item.kind == "sheet":
        d = p.data
        table = write_sheet(path, settings, make, d is not None and d.source == "shapes", 4)
        if table:
            print(table)
        report(f"{p.name}: wrote {path}/sheet.png")
        return table
    described = {
        "program": p.name,
        "fields": {n: str(v.type) for n, v in item.fields},
        "types": {n: described_type(v.type) for n, v in item.fields},
        "sizes": dict(p.sizes),
        "weights": dict(hashes),
    }
    described = json.loads(json.dumps(described))
    new = write_shards(path, settings, described, make)
    report(
        f"{p.name}: {new} samples written to {path}" if new else f"{p.name}: {path} is complete and unchanged"
    )
    return ""


def described_type(type_: object) -> dict[str, Any]:
    if isinstance(type_, Latent):
        s = type_.space
        return {
            "space": s.name,
            "declaration": Path(s.key.split("::")[0]).name + "::" + s.key.split("::")[1],
            "dims": [str(d) for d in s.dims],
            "normalised": True,
        }
    if isinstance(type_, Record):
        return {"record": {f.name: {"type": str(f.type), "pad": f.pad} for f in type_.fields}}
    return {"type": str(type_)}
