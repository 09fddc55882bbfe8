"""The data of a program with buckets, opened: its folders, and its fields at the sizes of each bucket."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ....program.typed_program import TypedProgram
from ...base.errors import Place, Report
from ..folders.file_fields import file_fields
from ..mixed import common_rate
from ..part import Part
from .bucketed import Bucket, Bucketed


def open_buckets(
    program: TypedProgram,
    folders: Sequence[Part],
    repeats: Sequence[int],
    batch: int,
    seed: int | None,
    kept: Path | None,
    place: Place | None,
    report: Report,
) -> Bucketed:
    """The folders in batches of one bucket each. Raises `RunError`."""
    common_rate(folders, place)
    return Bucketed(folders, repeats, buckets_of(program), batch, seed, kept, place, report)


def buckets_of(program: TypedProgram) -> list[Bucket]:
    found = []
    for p in program.buckets:
        assert p.data is not None
        found.append(Bucket(p.sizes, file_fields(p.data.fields, p.data.stated)))
    return found
