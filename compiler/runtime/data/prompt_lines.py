"""A text file as a source of prompts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..base.errors import Place, RunError
from .folders.file_fields import FileField
from .samples import Sample, order
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
        self._path, self._seed = path, seed
        self._lines = read_lines(path, place)
        if not self._lines:
            raise RunError("data-mismatch", f"{path} has no lines", "write one prompt on each line", place)

    def __len__(self) -> int:
        return len(self._lines)

    def sample(self, position: int) -> Sample:
        epoch, offset = divmod(position, len(self))
        index = int(order(self._seed, epoch, len(self))[offset])
        number, text = self._lines[index]
        source = f"{self._path.name}:{number}"
        return Sample(position, index, source, {self._field: text}, {self._field: text_key(text)})

    def fingerprint(self) -> str:
        return json_hash([text for _, text in self._lines])
