"""The JSON of a checkpoint: read within bounds, and compared with the facts that a family states."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..base import limits
from ..base.frozen import field, mutable, struct
from ..base.source import NotAFile, contents
from ..program.family import Given

ABSENT = "nothing"
TOLERANCE = 1e-6
"""Relative; a config may write a constant with more digits than a contract does."""
LAYOUT = "a source is a folder in diffusers layout: one folder a component, each with config and weights"


class BadConfig(Exception):
    """A file that is there and cannot be used; the text goes on after the file's name."""


@struct
class Header:
    """The header of a .safetensors file, by tensor, and after how many bytes the tensors begin."""

    bytes: int
    values: Mapping[str, object]


@mutable
class Reader:
    """Reads JSON objects: each file once, and `left` bytes in all, so that a check ends whatever lies in a folder."""

    left: int = limits.CONFIGS_BYTES
    left_headers: int = limits.HEADERS_BYTES
    known: dict[Path, Mapping[str, object] | BadConfig | None] = field(default_factory=dict)

    def __call__(self, path: Path) -> Mapping[str, object] | None:
        """The object in a file; None where there is none. Raises `BadConfig`."""
        if path not in self.known:
            try:
                self.known[path] = self._read(path)
            except BadConfig as e:
                self.known[path] = e
        found = self.known[path]
        if isinstance(found, BadConfig):
            raise found
        return found

    def header(self, path: Path) -> Header:
        """The header of a .safetensors file. Raises `BadConfig`, and OSError where there is no file."""
        try:
            start = contents(path, 8)
            size = int.from_bytes(start, "little")
            if len(start) < 8 or size > limits.HEADER_BYTES:
                raise BadConfig("is no .safetensors file")
            data = contents(path, 8 + size)[8:]
        except NotAFile:
            raise BadConfig("is no regular file") from None
        except ValueError as e:
            raise BadConfig(f"cannot be read: {e}") from None
        self.left_headers -= len(data)
        if self.left_headers < 0:
            raise BadConfig("is not read: the headers of all weights are larger than any network's")
        if len(data) < size:
            raise BadConfig("is cut off within its header")
        try:
            return Header(8 + size, _parsed(data))
        except BadConfig:
            raise BadConfig("is no .safetensors file: its header is no JSON object") from None

    def _read(self, path: Path) -> Mapping[str, object] | None:
        try:
            data = contents(path, min(limits.CONFIG_BYTES, self.left) + 1)
        except NotAFile:
            raise BadConfig("is no regular file") from None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as e:
            raise BadConfig(f"cannot be read: {getattr(e, 'strerror', None) or e}") from None
        if len(data) > limits.CONFIG_BYTES:
            raise BadConfig(f"is larger than {limits.CONFIG_BYTES // 1_000_000} MB, and no config is")
        if len(data) > self.left:
            raise BadConfig(
                f"is not read: with it the configs are larger than {limits.CONFIGS_BYTES // 1_000_000} MB"
            )
        self.left -= len(data)
        return _parsed(data)


def _parsed(data: bytes) -> Mapping[str, object]:
    import json  # only where there is a checkpoint to look at

    try:  # NaN and Infinity pass, though they are no JSON: schedulers of diffusers write `-Infinity`
        found = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise BadConfig("cannot be read: it is nested too deeply") from None
    except ValueError as e:
        raise BadConfig(f"cannot be read: {e}") from None
    if not isinstance(found, dict):
        raise BadConfig("holds no JSON object")
    return found


@struct
class Mismatch:
    """One fact that does not hold. `key` is a path into the config, such as `latents_mean[3]`."""

    key: str
    found: object
    expected: object

    def __str__(self) -> str:
        return f"`{self.key}` is {shown(self.found)}, and the contract says {shown(self.expected)}"


def mismatches(
    expected: Mapping[str, object], config: Mapping[str, object], defaults: Mapping[str, object] | None = None
) -> tuple[Mismatch, ...]:
    """The facts that a config contradicts.

    A key that the config leaves out has the class's default. Without `defaults` such a key is no
    contradiction: checkpoints written by an older release lack the newer keys.
    """
    found: list[Mismatch] = []
    for key, value in expected.items():
        if isinstance(value, Given):  # the run compares it, which knows the number
            continue
        if key in config:
            found.extend(_compare(key, config[key], value))
        elif defaults is not None:
            found.extend(_compare(key, defaults.get(key, ABSENT), value))
    return tuple(found)


def _compare(key: str, found: object, expected: object) -> Iterator[Mismatch]:
    """Down into lists and blocks, so that a message names the one number that differs."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, value in expected.items():
            yield from _compare(f"{key}.{name}", found.get(name, ABSENT), value)
    elif (
        isinstance(expected, list | tuple) and isinstance(found, list | tuple) and len(found) == len(expected)
    ):
        for i, (f, e) in enumerate(zip(found, expected)):
            yield from _compare(f"{key}[{i}]", f, e)
    elif not _same(found, expected):
        yield Mismatch(key, found, expected)


def _same(found: object, expected: object) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Mapping) and isinstance(expected, str):
        return found.get("content") == expected  # a token of a tokenizer, with how it is treated
    a, b = number(found), number(expected)
    if a is not None and b is not None:
        return math.isclose(a, b, rel_tol=TOLERANCE)
    return found == expected


def number(value: object) -> float | None:
    """A finite number as a float; None for all else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """A whole number from 1 to `MAX_SIZE`; None for all else."""
    found = number(value)
    return int(found) if found is not None and 1 <= found <= limits.SIZE and found.is_integer() else None


def shown(value: object) -> str:
    """A config's value in a message: short, and nothing that a terminal would obey."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        if len(value) <= 8 and not any(isinstance(v, list | tuple | Mapping) for v in value):
            inside = ", ".join(shown(v) for v in value)
            if len(inside) < 60:
                return f"[{inside}]"
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return f"a block of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a number of {value.bit_length()} bits"
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value)[:61])
    return text if len(text) <= 60 else f"{text[:57]}..."
