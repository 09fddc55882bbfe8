"""Batches by position: a source's samples collated, with their content keys, read ahead by a thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...check.programs.datasets import STORED
from ...contracts.dataset_manifest import described
from ...program.typed_program import TypedProgram
from ...types.types import Scalar
from ...types.types import Tensor as TensorType
from ..base.errors import Report, RunError
from .datasets import Field, Sample, Source, collate, open_source
from .shards import Shards


class Feed:
    """The batches of a run. What is read does not depend on what was read ahead."""

    def __init__(self, source: Source, device: torch.device, threads: int = 1) -> None:
        self.source = source
        self.device = device
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="data")
        self._ahead: OrderedDict[tuple[int, ...], Future[list[Sample]]] = OrderedDict()

    def _samples(self, positions: Sequence[int]) -> list[Sample]:
        return [self.source.sample(p) for p in positions]

    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        wanted = tuple(positions)
        waiting = self._ahead.pop(wanted, None)
        samples = waiting.result() if waiting is not None else self._samples(wanted)
        following = tuple(range(wanted[-1] + 1, wanted[-1] + 1 + len(wanted)))
        if following not in self._ahead:
            self._ahead[following] = self._pool.submit(self._samples, following)
            while len(self._ahead) > 2:
                self._ahead.popitem(last=False)[1].cancel()
        return self.collated(samples)

    def collated(self, samples: Sequence[Sample]) -> dict[str, Any]:
        batch: dict[str, Any] = {}
        for name, value in collate(samples).items():
            batch[name] = _to(value, self.device)
            batch[f"{name}.key"] = [s.keys[name] for s in samples]
        return batch

    def names(self, positions: Sequence[int]) -> list[str]:
        return [self.source.sample(p).source for p in positions]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)  # a file that is being read is read to its end


def _to(value: Any, device: torch.device) -> Any:
    if isinstance(value, Mapping):
        return {name: tensor.to(device) for name, tensor in value.items()}
    return value.to(device) if isinstance(value, Tensor) else value


def open_feed(
    program: TypedProgram, device: torch.device, report: Report, shuffled: bool = True
) -> Feed | None:
    """The data that a program names, opened; None if it names none. Raises `RunError`."""
    d = program.data
    if d is None:
        return None
    seed = int(program.settings.get("train", {}).get("seed", 0)) if shuffled else None
    place = (Path(d.span.source.path), d.span.line)
    if d.source == STORED:
        families = [r.family for r in program.roles.values()]
        declared = {n: f for n, t in d.fields.items() if (f := described(t, families)) is not None}
        return Feed(Shards(Path(d.options["path"]), declared, program.sizes, seed, place), device)
    fields: dict[str, Field] = {}
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
    options: dict[str, Any] = dict(d.options)
    source = open_source(
        d.source,  # type: ignore[arg-type]
        Path(options["path"]),
        fields,
        seed,
        place,
        report,
        count=options.get("count", 0),
        may_fail=options.get("may_fail", 0.05),
        drawn=options.get("seed", 0),
    )
    return Feed(source, device)
