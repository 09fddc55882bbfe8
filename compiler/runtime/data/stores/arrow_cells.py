"""Cells of an Arrow table: the bytes of a file, and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...base.media.clips_and_images import READERS, MediaError
from ...base.media.waves import SOUNDS
from .field_values import Given
from .store import Blob

PARTS = ("bytes", "shape", "dtype")
"""Of a tensor X whose columns are `X_bytes`, `X_shape` and `X_dtype`, as FastVideo writes them; `X_dtype` may be absent."""


def is_listed(type_: Any) -> bool:
    """Whether an Arrow type is of lists."""
    import pyarrow.types as kinds

    return bool(kinds.is_list(type_) or kinds.is_large_list(type_) or kinds.is_fixed_size_list(type_))


def value_of(table: Any, column: str) -> Any:
    """The first row's cell as Python has it."""
    return table.column(column)[0].as_py()


def blob_of(value: Any, column: str, label: str, root: Path) -> Blob:
    """A file's bytes, given as they are, with a path, or as a path alone. Raises MediaError."""
    content, path = (value.get("bytes"), value.get("path")) if isinstance(value, dict) else (value, None)
    if isinstance(content, str):
        content, path = None, content
    if content is None and isinstance(path, str):
        try:
            content = (root / path).read_bytes()
        except (OSError, ValueError) as error:
            raise MediaError(
                Path(label), f"names {path} as `{column}`, which cannot be read ({error})"
            ) from error
    if not isinstance(content, bytes):
        raise MediaError(Path(label), f"holds no `{column}`")
    ending = PurePosixPath(path or "").suffix.lower()
    known = ending in READERS or ending in SOUNDS
    ending = ending if known else _ending(content)
    if not ending:
        raise MediaError(
            Path(label), f"holds bytes as `{column}` that are no clip, image or sound that is read"
        )
    return Blob(ending, content)


_BEGINS: Sequence[tuple[int, bytes, str]] = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG", ".png"),
    (0, b"GIF8", ".gif"),
    (0, b"BM", ".bmp"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (8, b"WEBP", ".webp"),
    (8, b"WAVE", ".wav"),
    (8, b"AVI ", ".avi"),
    (4, b"ftypavif", ".avif"),
    (4, b"ftyphei", ".heic"),
    (4, b"ftypmif1", ".heic"),
    (4, b"ftyp", ".mp4"),
    (0, b"\x1a\x45\xdf\xa3", ".webm"),
    (0, b"fLaC", ".flac"),
    (0, b"ID3", ".mp3"),
    (0, b"\xff\xfb", ".mp3"),
)
"""What files begin with, at which byte: tables often keep the bytes of a file without its name."""


def _ending(content: bytes) -> str:
    found = next((ending for at, begin, ending in _BEGINS if content[at : at + len(begin)] == begin), "")
    return found if found in READERS or found in SOUNDS else ""


_DTYPES = ("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool")


def array_of(table: Any, column: str, in_parts: bool, label: str) -> Given:
    if in_parts:
        return _from_bytes(table, column, label)
    cell = table.column(column)[0]
    if not cell.is_valid:
        raise MediaError(Path(label), f"holds no `{column}`")
    return _from_lists(cell, column, label)


def _from_bytes(table: Any, column: str, label: str) -> Given:
    """`X_bytes` as the array of `X_shape`, of the dtype that `X_dtype` says, or else of float32."""
    content, shape = value_of(table, f"{column}_bytes"), value_of(table, f"{column}_shape")
    dtype = value_of(table, f"{column}_dtype") if f"{column}_dtype" in table.column_names else "float32"
    dtype = str(dtype or "float32").removeprefix("torch.")
    if (
        not isinstance(content, bytes)
        or not isinstance(shape, list)
        or not all(isinstance(n, int) for n in shape)
    ):
        raise MediaError(Path(label), f"holds no `{column}`")
    if dtype not in _DTYPES:
        raise MediaError(Path(label), f"holds `{column}` as {dtype}, which is not read")
    kind: torch.dtype = getattr(torch, dtype)
    count = int(np.prod(shape, dtype=np.int64))
    if len(content) != count * kind.itemsize:
        listed = ", ".join(map(str, shape))
        raise MediaError(
            Path(label),
            f"holds {len(content)} bytes as `{column}`, and {dtype}[{listed}] has {count * kind.itemsize}",
        )
    return (
        torch.frombuffer(bytearray(content), dtype=kind).reshape(shape)
        if count
        else torch.zeros(shape, dtype=kind)
    )


def _from_lists(cell: Any, column: str, label: str) -> NDArray[np.generic]:
    """Lists of lists of numbers as an array; the lists of a level are of one length."""
    import pyarrow.compute as compute

    values = getattr(cell, "value", cell).values  # a type of another library's has its storage in `value`
    shape: list[int] = [len(values)]
    while is_listed(values.type):
        lengths = compute.list_value_length(values).unique().to_pylist()
        if len(lengths) > 1 or None in lengths:
            raise MediaError(Path(label), f"holds lists of several lengths as `{column}`")
        shape += lengths or [0]
        values = values.flatten()
    array = values.to_numpy(zero_copy_only=False)
    if values.null_count or array.dtype == object:
        raise MediaError(Path(label), f"holds something else than numbers as `{column}`")
    return np.asarray(array).reshape(shape)
