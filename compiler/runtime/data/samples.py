"""Training data as a function of a position.

A source holds n items. Global sample position p is item `order(seed, epoch)[p mod n]` of epoch `p div n`, so
a batch, a rank or a resumed run asks for positions and no iterator has a state to save. A file that cannot be
used is named once and the next item in order takes its place, for every position that meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from ..base.media.late_rows import Deferred, LateRows
from ..random.streams import Streams

FieldValue = str | Tensor | Deferred | Mapping[str, Tensor]
"""One sample of a field: a text, a tensor, one that is not read yet, or a record's tensors by name."""

Known = Callable[[str, str], bool]
"""Whether everything that is made of a field is kept for a content with this key, so that it need not be read."""


def nothing_known(field: str, key: str) -> bool:
    return False


@runtime_checkable
class Sparing(Protocol):
    """A source that can leave unread what is not needed."""

    def spare(self, known: Known) -> None:
        """From now on leaves pixels unread that are `known`: their samples have them deferred."""
        ...


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
    """Fields of a batch: tensors stacked to [b, ...], late where one is, records by their tensors, texts in a list."""
    return {name: _stacked([sample.fields[name] for sample in samples]) for name in samples[0].fields}


def _stacked(values: Sequence[FieldValue]) -> Any:
    first = values[0]
    if any(isinstance(v, Deferred) for v in values):
        return LateRows(tuple(v for v in values if isinstance(v, Tensor | Deferred)))
    if isinstance(first, Tensor):
        return torch.stack([v for v in values if isinstance(v, Tensor)])
    if isinstance(first, Mapping):
        records = [v for v in values if isinstance(v, Mapping)]
        return {name: torch.stack([record[name] for record in records]) for name in first}
    return list(values)
