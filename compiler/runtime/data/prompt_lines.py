"""A text file as a source of prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..base.errors import Place, RunError
from .folders.file_fields import FileField
from .item_order import ItemOrder
from .samples import Sample
from .text_files import json_hash, read_lines, text_key


class PromptLines:
    """A text file with one prompt on each line; blank lines do not count."""

    def __init__(
        self, path: Path, fields: Mapping[str, FileField], seed: int | None, place: Place | None
    ) -> None:
        if list(fields.values()) != ["str"]:
            given = ", ".join(fields) or "none"
            raise RunError(
                "data-mismatch",
                f"lines of text give one field of type str, and the fields here are {given}",
                help="{ prompt: str }",
                place=place,
            )
        self._field = next(iter(fields))
        self._path, self._place = path, place
        self._lines = read_lines(path, place)
        if not self._lines:
            raise RunError("data-mismatch", f"{path} has no lines", "write one prompt on each line", place)
        self.order = ItemOrder(_names([text for _, text in self._lines]), seed)

    @property
    def failed(self) -> Mapping[str, str]:
        return {}

    def __len__(self) -> int:
        return len(self._lines)

    def sample(self, position: int) -> Sample:
        turn = next(self.order.turns(position), None)
        if turn is None:
            raise RunError(
                "data-mismatch",
                f"{self._path} has none of the lines of this epoch any more",
                None,
                self._place,
            )
        number, text = self._lines[turn.index]
        source = f"{self._path.name}:{number}"
        return Sample(position, turn.index, source, {self._field: text}, {self._field: text_key(text)})

    def fingerprint(self) -> str:
        return json_hash([text for _, text in self._lines])

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        return ((f"{self._path.name}:{number}", text) for number, text in self._lines)

    def contents(self) -> dict[str, str]:
        return dict.fromkeys(self.order.names, "")


def _names(texts: Sequence[str]) -> list[str]:
    """A name for each line, which is what it says: lines may move. Equal ones are counted."""
    seen: Counter[str] = Counter()
    names = []
    for text in texts:
        names.append(f"{text}\n{seen[text]}" if seen[text] else text)
        seen[text] += 1
    return names
