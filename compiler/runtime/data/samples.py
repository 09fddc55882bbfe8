"""Training data as a function of a position.

A source holds n items. Global sample position p is item `order(seed, epoch)[p mod n]` of epoch `p div n`, so
a batch, a rank or a resumed run asks for positions and no iterator has a state to save. A file that cannot be
used is named once and the next item in order takes its place, for every position that meets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import torch
from torch import Tensor

from ..random.streams import Streams

FieldValue = str | Tensor | Mapping[str, Tensor]
"""One sample of a field: a text, a tensor, or a record's tensors by name."""


@dataclass(frozen=True)
class Sample:
    """One item: `fields` by name, as they are declared but without the batch, and where it comes from.

    `keys` names the content of each field (a hash of the file and of how it was cut, or of the text), for the
    cache of what frozen encoders make of it. `source` is a name for people: `walk/a.mp4`, `prompts.txt:12`.
    """

    position: int
    index: int
    source: str
    fields: Mapping[str, FieldValue]
    keys: Mapping[str, str]


class DataSource(Protocol):
    """Items by global sample position."""

    def __len__(self) -> int: ...

    def sample(self, position: int) -> Sample:
        """The item at a position, 0 or more. May be called from several threads."""
        ...

    def fingerprint(self) -> str:
        """A hash of what the source holds; where it differs, positions mean other items."""
        ...


@lru_cache(maxsize=8)
def order(seed: int | None, epoch: int, count: int) -> Tensor:
    """The permutation of `count` items for one epoch, int64: items sorted by 62 bits that each draws.

    Without a seed they come in the source's own order.
    """
    if seed is None:
        return torch.arange(count)
    words = Streams(seed, epoch, torch.arange(count)).words("<data order>", (2,))
    return torch.argsort(words[:, 0] << 30 | words[:, 1] >> 2, stable=True)


def collate(samples: Sequence[Sample]) -> dict[str, Any]:
    """Fields of a batch: tensors stacked to [b, ...], records by their tensors, texts in a list."""
    return {name: _stacked([sample.fields[name] for sample in samples]) for name in samples[0].fields}


def _stacked(values: Sequence[FieldValue]) -> Any:
    first = values[0]
    if isinstance(first, Tensor):
        return torch.stack([v for v in values if isinstance(v, Tensor)])
    if isinstance(first, Mapping):
        records = [v for v in values if isinstance(v, Mapping)]
        return {name: torch.stack([record[name] for record in records]) for name in first}
    return list(values)
