"""Tar files of samples, as the WebDataset format has them: `0001.mp4`, `0001.txt`, `0001.control.mp4` are one sample.

Members are read from where they lie, so that a sample is found by its position as in every other source; what streams a tar
from its beginning can neither shuffle by (seed, epoch) nor go on in the middle of an epoch. That needs Python's own `tarfile`
for the headers, and no library.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import safetensors.torch
import torch

from ...base.errors import Place, RunError
from ...base.media.clips_and_images import READERS, MediaError
from ...base.media.waves import SOUNDS
from ..folders.file_fields import Mask, Number, Pixels, Values, Wave
from ..folders.listing.captions import KEYS, Texts
from ..folders.listing.passed_over import some
from ..samples import FieldValue
from ..text_files import json_hash
from .field_values import Given, record_of, tensor_key, tensor_of
from .store import Blob, Row, number_of, own_media, texts_of
from .store_fields import RecordValues, StoreField
from .store_files import store_files
from .tar_index import Member, members

ARRAYS = (".npy", ".safetensors", ".pt", ".pth")
_TEXTS = (".txt", ".caption")


@dataclass(frozen=True)
class _Sample:
    """`parts` are members by what follows the first dot of their names, in lower case: `.control.mp4`."""

    shard: int
    key: str
    parts: Mapping[str, Member]


class WebShards:
    """The samples of tar files. `stated` are the endings that fields state for their members, without the first dot.

    RunError for shards that are missing or no whole tar files, and where samples lack a member that a field needs.
    """

    what = "samples"

    def __init__(
        self,
        path: str,
        fields: Mapping[str, StoreField],
        stated: Mapping[str, str],
        place: Place | None,
        kept: Path | None,
    ) -> None:
        self.where = path
        self._fields, self._stated = fields, {n: f".{e.lstrip('.').lower()}" for n, e in stated.items()}
        self._shards = store_files(path, (".tar",), place)
        self._samples = [
            sample
            for n, shard in enumerate(self._shards)
            for sample in _grouped(n, shard, members(shard, kept, place), place)
        ]
        self._alone = list(fields.values()).count("str") == 1
        if not self._samples:
            raise RunError("data-mismatch", f"{path} holds no samples", place=place)
        media = {
            n: self._apart_endings(n) for n, f in fields.items() if f != "str" and not isinstance(f, Number)
        }
        self._apart = {
            name for name, tried in media.items() if any(e in s.parts for s in self._samples for e in tried)
        }
        self._require_members(place)

    def __len__(self) -> int:
        return len(self._samples)

    def label(self, index: int) -> str:
        sample = self._samples[index]
        return f"{self._shards[sample.shard]}:{sample.key}"

    def contents(self) -> Iterator[str]:
        """The names, sizes and times of a sample's members."""
        stated = dict(self._stated)
        for sample in self._samples:
            parts = [(ending, m.size, m.changed) for ending, m in sorted(sample.parts.items())]
            yield json_hash([sample.key, parts, stated])[:24]

    def texts(self, field: str) -> Iterator[tuple[int, Texts]]:
        for index, sample in enumerate(self._samples):
            try:
                found = self._texts(index, sample, self._described(index, sample))
            except MediaError:
                continue  # told when the sample is met
            yield index, found[field]

    def row(self, index: int, read: Set[str] | None) -> Row:
        sample = self._samples[index]
        told = self._described(index, sample)
        media: dict[str, str] = {}
        tensors: dict[str, FieldValue] = {}
        keys: dict[str, str] = {}
        for name, field in self._fields.items():
            if field == "str" or isinstance(field, Number) or not (read is None or name in read):
                continue
            ending = self._ending(sample, name, field)
            assert ending is not None, "members that lie missing are told before"
            if isinstance(field, Values | RecordValues):
                tensors[name], keys[name] = self._tensors(index, sample, ending, name, field)
            else:
                media[name] = ending
        main = own_media(media, self._fields)
        own = self._blob(sample, main) if main is not None else None
        beside = {name: self._blob(sample, ending) for name, ending in media.items() if ending != main}
        return Row(
            self._texts(index, sample, told), self._numbers(index, sample, told), own, beside, tensors, keys
        )

    # which member feeds which field

    def _require_members(self, place: Place | None) -> None:
        for name, field in self._fields.items():
            lacking = [i for i, s in enumerate(self._samples) if not self._may_have(s, name, field)]
            if lacking:
                raise RunError(
                    "missing-file",
                    f"{len(lacking)} of {len(self)} samples in {self.where} have no `{name}`: "
                    f"{some([self.label(i) for i in lacking])}",
                    help=f"it is a member {self._expected(name, field)}; they have "
                    f"{', '.join(self._samples[lacking[0]].parts)}",
                    place=place,
                )
        pixels = {n: f for n, f in self._fields.items() if isinstance(f, Pixels)}
        endings = {n: (self._ending(self._samples[0], n, f), f) for n, f in pixels.items()}
        for name, one in endings.items():
            first = next(n for n, other in endings.items() if other == one)
            if first != name:
                raise RunError(
                    "missing-file",
                    f"{self.where} has no members for `{name}`, and from the samples' own it would be what `{first}` is",
                    help=f"it is a member {self._expected(name, pixels[name])}",
                    place=place,
                )

    def _may_have(self, sample: _Sample, name: str, field: StoreField) -> bool:
        if field == "str":
            return self._text_ending(sample, name) is not None or ".json" in sample.parts
        if isinstance(field, Number):
            return self._stated.get(name) in sample.parts or ".json" in sample.parts
        return self._ending(sample, name, field) is not None

    def _ending(self, sample: _Sample, name: str, field: StoreField) -> str | None:
        """The member of a field: as it states; `NAME.FIELD.EXT` where any sample has one; or `NAME.EXT`, its own."""
        if name in self._stated:
            return self._stated[name] if self._stated[name] in sample.parts else None
        tried = self._apart_endings(name) if name in self._apart else _endings(field, own=True)
        return next((e for e in tried if e in sample.parts), None)

    def _apart_endings(self, name: str) -> Sequence[str]:
        return [f".{name.lower()}{ending}" for ending in _endings(self._fields[name])]

    def _text_ending(self, sample: _Sample, name: str) -> str | None:
        tried = (
            [self._stated[name]]
            if name in self._stated
            else [f".{name.lower()}.txt", *(_TEXTS if self._alone else ())]
        )
        return next((e for e in tried if e in sample.parts), None)

    def _expected(self, name: str, field: StoreField) -> str:
        if name in self._stated:
            return f"`NAME{self._stated[name]}`, as the field states"
        if field == "str":
            return (
                f"`NAME.{name}.txt`"
                + (", `NAME.txt`" if self._alone else "")
                + f" or the key `{name}` of `NAME.json`"
            )
        if isinstance(field, Number):
            return f"`NAME.json` with the key `{name}`"
        return f"`NAME.{name}{_endings(field)[0]}`"

    # what members hold

    def _read(self, sample: _Sample, ending: str) -> bytes:
        member, shard = sample.parts[ending], self._shards[sample.shard]
        label = Path(f"{shard.name}:{sample.key}{ending}")
        try:
            with shard.open("rb") as file:
                file.seek(member.offset)
                found = file.read(member.size)
        except OSError as error:
            raise MediaError(label, f"cannot be read ({error.strerror})") from error
        if len(found) < member.size:
            raise MediaError(label, f"has {len(found)} of its {member.size} bytes")
        return found

    def _blob(self, sample: _Sample, ending: str) -> Blob:
        return Blob(PurePosixPath(f"x{ending}").suffix, self._read(sample, ending))

    def _described(self, index: int, sample: _Sample) -> Mapping[str, Any]:
        """What `NAME.json` says, where a text or a number may stand in it."""
        if ".json" not in sample.parts or not any(
            f == "str" or isinstance(f, Number) for f in self._fields.values()
        ):
            return {}
        try:
            found = json.loads(self._read(sample, ".json"))
        except (ValueError, RecursionError) as error:
            raise MediaError(Path(self.label(index)), f"has a .json that is not JSON ({error})") from error
        return found if isinstance(found, dict) else {}

    def _texts(self, index: int, sample: _Sample, told: Mapping[str, Any]) -> dict[str, Texts]:
        made: dict[str, Texts] = {}
        for name in (n for n, f in self._fields.items() if f == "str"):
            ending = self._text_ending(sample, name)
            if ending is not None:
                try:
                    made[name] = (self._read(sample, ending).decode("utf-8-sig").strip(),)
                except UnicodeDecodeError as error:
                    raise MediaError(Path(self.label(index)), f"has a {ending} that is not UTF-8") from error
                continue
            found = next((told[k] for k in (name, *(KEYS if self._alone else ())) if k in told), None)
            made[name] = texts_of(found, name, self.label(index))
        return made

    def _numbers(self, index: int, sample: _Sample, told: Mapping[str, Any]) -> dict[str, int | float | bool]:
        made: dict[str, int | float | bool] = {}
        for name, field in self._fields.items():
            if not isinstance(field, Number):
                continue
            found = told.get(name)
            if (ending := self._stated.get(name)) in sample.parts and ending is not None:
                try:
                    found = json.loads(self._read(sample, ending))
                except ValueError:
                    found = None
            number = number_of(found, field.kind)
            if number is None:
                raise MediaError(Path(self.label(index)), f"has no {field.kind} for `{name}`")
            made[name] = number
        return made

    def _tensors(
        self, index: int, sample: _Sample, ending: str, name: str, field: Values | RecordValues
    ) -> tuple[FieldValue, str]:
        label = self.label(index)
        found = _arrays(self._read(sample, ending), ending, Path(f"{label}{ending}"))
        if isinstance(field, RecordValues):
            if set(found) == {""}:
                found = {next(iter(field.parts)): found[""]}
            parts = record_of(found, name, field, label)
            return parts, tensor_key(parts)
        given = found.get(name, next(iter(found.values())) if len(found) == 1 else None)
        if given is None:
            raise MediaError(
                Path(label), f"holds {', '.join(found) or 'nothing'} in its {ending}, and no `{name}`"
            )
        tensor = tensor_of(given, name, field, label)
        return tensor, tensor_key({"": tensor})


def _endings(field: StoreField, own: bool = False) -> Sequence[str]:
    match field:
        case Mask() if own:
            return ()
        case Pixels():
            return tuple(READERS)
        case Wave():
            return (*SOUNDS, *READERS) if own else SOUNDS
        case _:
            return ARRAYS


def _grouped(shard: int, path: Path, found: Iterable[Member], place: Place | None) -> Iterator[_Sample]:
    """Members by their names up to the first dot, in the order of the first of each."""
    groups: dict[str, dict[str, Member]] = {}
    for member in found:
        name = PurePosixPath(member.name)
        first, dot, ending = name.name.partition(".")
        if not first or not dot:
            continue  # hidden files, and those without an ending
        parts = groups.setdefault((name.parent / first).as_posix(), {})
        if parts.setdefault(f".{ending.lower()}", member) is not member:
            raise RunError("data-mismatch", f"{path} holds {member.name} twice", place=place)
    yield from (_Sample(shard, key, parts) for key, parts in groups.items())


def _arrays(content: bytes, ending: str, label: Path) -> Mapping[str, Given]:
    """The tensors of a file by name; of one that holds a single nameless one, under ""."""
    try:
        if ending.endswith(".npy"):
            return {"": np.load(io.BytesIO(content), allow_pickle=False)}
        if ending.endswith(".safetensors"):
            return safetensors.torch.load(content)
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise anything from OSError to TypeError
        raise MediaError(label, f"cannot be read ({error})") from error
    if isinstance(found, torch.Tensor):
        return {"": found}
    if isinstance(found, Mapping) and all(isinstance(v, torch.Tensor) for v in found.values()):
        return {str(k): v for k, v in found.items()}
    raise MediaError(label, "holds something else than tensors")
