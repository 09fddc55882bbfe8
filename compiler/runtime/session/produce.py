"""What a program's `produce` asks for: a data set for training, or samples for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ...contracts.data_sets.dataset_manifest import Manifest, StoredField
from ...program.typed_program import STORED, Produce, text_fields
from ...types.types import Tensor as TensorType
from ..api.run_context import Batch, Run
from ..base.code_hash import computation_hash
from ..base.events import Counting
from ..base.run_folder import library_version
from ..base.settings import ProduceSettings
from ..data.prefetch import Feed
from ..data.provenance import Weights, field_of
from ..data.shards import Shards
from ..random.streams import Streams
from .prepare import Prepared
from .sample_sheet import write_sheet
from .validation.validate import played
from .write_dataset import Make, is_complete, write_shards

RATE = 4
"""Frames a second of the clips beside a sheet."""


def stands(item: Produce) -> bool:
    """Whether what a program produces is there."""
    path = Path(item.path)
    if item.kind == STORED:
        return is_complete(path)
    return (path / "sheet.png").exists() or any(path.glob("*.wav"))


def produce_all(p: Prepared) -> str:
    """Writes everything that the program produces; gives the last table of scores, where there is one."""
    table = ""
    for role in p.roles.values():  # what the program trained does not train any more: no dropout
        for _, module in role.modules():
            module.eval()
    for item in p.request.program.produce:
        settings = ProduceSettings.model_validate(item.settings)
        if item.kind == STORED:
            _write_dataset(item, settings, p)
        else:
            table = _write_sheet(item, settings, p) or table
    return table


def _maker(item: Produce, settings: ProduceSettings, p: Prepared, feed: Feed | None) -> Make:
    """Computes what an item holds for samples at some positions."""
    function: Callable[[Run, Batch], Mapping[str, Any]] = p.plan.PRODUCE[item.name]
    device = feed.device if feed is not None else torch.device("cpu")

    counting = Counting(f"{p.request.program.name}: samples of {item.name}", settings.count)

    def make(positions: Sequence[int]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        batch = feed.batch(positions) if feed is not None else {}
        draws = Streams(settings.seed, 0, tuple(positions), device)
        with torch.no_grad():
            made = function(p.make_run(draws=draws, step=0, batch_size=len(positions)), batch)
        counting.reached(positions[-1] + 1)
        if positions[-1] + 1 == settings.count:
            counting.close()
        return batch, made

    return make


def _write_sheet(item: Produce, settings: ProduceSettings, p: Prepared) -> str:
    data, path = p.request.program.data, Path(item.path)
    fields = data.fields if data is not None else {}
    media = [n for n, t in fields.items() if isinstance(t, TensorType) and t.kind == "pixels"]
    scored = data is not None and data.source == "shapes"
    table = write_sheet(
        path,
        settings,
        _maker(item, settings, p, p.shuffled),
        media,
        scored,
        *played(p.request.program, [v for _, v in item.fields], p.shuffled),
    )
    if table:
        print(table)
    p.request.say(f"wrote {path}/{'sheet.png' if (path / 'sheet.png').exists() else '*.wav'}")
    return table


def _write_dataset(item: Produce, settings: ProduceSettings, p: Prepared) -> None:
    feed, path = p.in_order, Path(item.path)
    place = (Path(item.span.source.path), item.span.line)

    def names(positions: Sequence[int]) -> Sequence[str]:
        return feed.names(positions) if feed is not None else [f"sample {n}" for n in positions]

    manifest = _manifest(item, settings, p, feed)
    new = write_shards(path, manifest, settings.batch, _maker(item, settings, p, feed), names, place)
    written = f"{new} sample{'s' if new != 1 else ''} written to {path}"
    p.request.say(written if new else f"{path} is complete and unchanged")


def _manifest(item: Produce, settings: ProduceSettings, p: Prepared, feed: Feed | None) -> Manifest:
    """What will be written, but for the shards."""
    program, source = p.request.program, feed.source if feed is not None else None
    read = source.manifest.fields if isinstance(source, Shards) else {}
    weights = Weights(p.kept)
    fields = {n: field_of(n, v, program, p.roles, weights, read) for n, v in item.fields}
    trained = {
        f"{name}.{part}": weights(module)
        for name, role in p.roles.items()
        for part, module in role.modules()
        if part in role.trained
    }
    texts = text_fields(program.data) if program.data is not None else ()
    return Manifest(
        program=program.name,
        fields={**{n: StoredField("text") for n in texts}, **fields},
        sizes=dict(program.sizes),
        count=settings.count,
        made={
            "fdc": library_version("fdc"),
            "recipe": computation_hash(p.text, f"produce_{item.name}"),
            "seed": settings.seed,
            "data": source.fingerprint() if source is not None else "",
            "weights": {**p.hashes, **trained},
        },
    )
