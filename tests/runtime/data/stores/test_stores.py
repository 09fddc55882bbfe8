"""Stores as data: their samples are those of a folder of the same files, in an order that a resumed run meets again."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4
from fdc.compiler.runtime.base.media.late_rows import Deferred
from fdc.compiler.runtime.base.settings import HubOptions
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.cuts import frame_cuts
from fdc.compiler.runtime.data.folders.cuts.frame_picks import Pace
from fdc.compiler.runtime.data.folders.file_fields import FileField, Number, Pixels, Values
from fdc.compiler.runtime.data.samples import Sample
from fdc.compiler.runtime.data.stores.hub_set import HubSet
from fdc.compiler.runtime.data.stores.parquet_files import ParquetFiles
from fdc.compiler.runtime.data.stores.store import Store
from fdc.compiler.runtime.data.stores.store_fields import RecordPart, RecordValues, StoreField
from fdc.compiler.runtime.data.stores.store_files import expanded
from fdc.compiler.runtime.data.stores.store_source import StoreSource
from fdc.compiler.runtime.data.stores.web_shards import WebShards
from fdc.compiler.runtime.data.texts import Written

PLACE = (Path("p.fdl"), 7)
VIDEO = Pixels(3, 8, 12)
FIELDS: dict[str, FileField] = {
    "prompt": "str",
    "video": VIDEO,
    "control": VIDEO,
    "score": Number("float"),
    "pose": Values("f32", (2, 3)),
}
COUNT = 6
KINDS = ("webdataset", "parquet", pytest.param("hub", marks=pytest.mark.slow))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips with all that may stand beside them."""
    root = tmp_path_factory.mktemp("files")
    for n in range(COUNT):
        for name, level in (("", 0), (".control", 100)):
            grey = (torch.arange(9) * 4 + 30 * n % 100 + level).to(torch.uint8)
            write_mp4(root / f"{n}{name}.mp4", grey[:, None, None, None].expand(9, 8, 12, 3), lossless=True)
        (root / f"{n}.txt").write_text(f"clip {n}")
        np.save(root / f"{n}.pose.npy", np.full((2, 3), n, dtype=np.float32))
    rows = [json.dumps({"file_name": f"{n}.mp4", "score": n / 2}) for n in range(COUNT)]
    (root / "metadata.jsonl").write_text("\n".join(rows))
    return root


def member(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def write_tars(files: Path, root: Path) -> None:
    """Two shards of half of the samples each."""
    root.mkdir(parents=True, exist_ok=True)
    for shard in range(2):
        with tarfile.open(root / f"s{shard}.tar", "w") as tar:
            for n in range(shard * 3, shard * 3 + 3):
                for path in sorted(files.glob(f"{n}.*")):
                    member(tar, f"./walk/{path.name}", path.read_bytes())
                member(tar, f"./walk/{n}.json", json.dumps({"score": n / 2}).encode())


def rows_of(files: Path) -> list[dict[str, Any]]:
    return [
        {
            "caption": (files / f"{n}.txt").read_text(),
            "video": (files / f"{n}.mp4").read_bytes(),
            "control": {"bytes": (files / f"{n}.control.mp4").read_bytes(), "path": None},
            "score": n / 2,
            "pose": np.load(files / f"{n}.pose.npy").tolist(),
        }
        for n in range(COUNT)
    ]


def write_store(kind: str, files: Path, root: Path) -> str:
    """A store of the files' samples, in their order; its path."""
    if kind == "webdataset":
        write_tars(files, root)
        return f"{root}/s{{0..1}}.tar"
    pyarrow = pytest.importorskip("pyarrow", reason="needs fdc[parquet]")
    table = pyarrow.Table.from_pylist(rows_of(files))
    if kind == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs fdc[parquet]")
        root.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table.slice(0, 4), root / "a.parquet", row_group_size=2)
        parquet.write_table(table.slice(4), root / "b.parquet")
        return str(root)
    datasets = pytest.importorskip("datasets", reason="needs fdc[hub]")
    datasets.Dataset(table).save_to_disk(str(root))
    return str(root)


def opened(
    kind: str,
    path: str,
    fields: Mapping[str, StoreField] = FIELDS,
    seed: int | None = 0,
    said: list[str] | None = None,
    stated: Mapping[str, str] | None = None,
    failing: float = 0.05,
    read: set[str] | None = None,
    kept: Path | None = None,
) -> StoreSource:
    said, stated = said if said is not None else [], stated or {}
    store: Store
    if kind == "webdataset":
        store = WebShards(path, fields, stated, PLACE, kept)
    elif kind == "parquet":
        store = ParquetFiles(path, fields, stated, PLACE, said.append)
    else:
        store = HubSet(HubOptions(name=path), fields, stated, PLACE)
    return StoreSource(store, fields, seed, PLACE, said.append, failing, None, Pace(), read)


def refused(kind: str, path: str, fields: Mapping[str, StoreField] = FIELDS, **more: Any) -> RunError:
    with pytest.raises(RunError) as caught:
        opened(kind, path, fields, **more)
    assert caught.value.place == PLACE
    return caught.value


def require_equal(one: Sample, other: Sample) -> None:
    assert one.fields.keys() == other.fields.keys()
    for name, value in one.fields.items():
        found = other.fields[name]
        assert (
            torch.equal(value, found)
            if isinstance(value, Tensor) and isinstance(found, Tensor)
            else value == found
        )
    assert {n: k for n, k in one.keys.items() if n != "pose"} == {
        n: k for n, k in other.keys.items() if n != "pose"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_those_of_a_folder(kind: str, files: Path, tmp_path: Path) -> None:
    folder = ClipFolder(files, FIELDS, 0, PLACE, print)
    path = write_store(kind, files, tmp_path / "store")
    source = opened(kind, path)
    assert len(source) == COUNT
    for position in range(2 * COUNT):
        require_equal(folder.sample(position), source.sample(position))
    again = opened(kind, path)
    for position in (7, 2, 11):
        require_equal(source.sample(position), again.sample(position))
    in_order = opened(kind, path, seed=None)
    assert [in_order.sample(p).fields["prompt"] for p in range(COUNT)] == [f"clip {n}" for n in range(COUNT)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fingerprint_is_of_what_is_stored(kind: str, files: Path, tmp_path: Path) -> None:
    path = write_store(kind, files, tmp_path / "store")
    before = opened(kind, path).fingerprint()
    assert opened(kind, path, seed=5).fingerprint() == before
    other = tmp_path / "changed"
    other.mkdir()
    for name in files.iterdir():
        (other / name.name).write_bytes(name.read_bytes())
    (other / "3.txt").write_text("another caption")
    assert opened(kind, write_store(kind, other, tmp_path / "other")).fingerprint() != before


@pytest.mark.parametrize("kind", KINDS)
def test_only_fields_that_are_read_are_read(
    kind: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_store(kind, files, tmp_path / "store")
    source = opened(kind, path, read={"prompt", "pose"})
    assert set(source.sample(0).fields) == {"prompt", "score", "pose"}
    seen: list[int] = []
    if kind == "webdataset":
        whole = WebShards._read
        monkeypatch.setattr(WebShards, "_read", lambda self, s, e: seen.append(e) or whole(self, s, e))
        source.sample(1)
        assert sorted(seen) == [".json", ".pose.npy", ".txt"]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_cannot_be_used_are_named_and_counted(kind: str, files: Path, tmp_path: Path) -> None:
    broken = tmp_path / "files"
    broken.mkdir()
    for name in files.iterdir():
        (broken / name.name).write_bytes(name.read_bytes())
    (broken / "3.mp4").write_bytes((broken / "3.mp4").read_bytes()[:200])
    path = write_store(kind, broken, tmp_path / "store")
    said: list[str] = []
    source = opened(kind, path, said=said, failing=0.2)
    for position in range(2 * COUNT):
        assert source.sample(position).fields["prompt"] != "clip 3"
    (name,) = source.failed
    assert len(said) == 1 and name in said[0] and "left out" in said[0]
    with pytest.raises(RunError) as caught:
        for position in range(COUNT):
            opened(kind, path).sample(position)
    assert caught.value.code == "data-mismatch" and name in str(caught.value.facts)
    what = "samples" if kind == "webdataset" else "rows"
    assert f"1 of 6 {what}" in caught.value.message


# tar files


def test_members_that_lie_missing_are_counted(files: Path, tmp_path: Path) -> None:
    path = write_store("webdataset", files, tmp_path)
    with tarfile.open(tmp_path / "s1.tar", "a") as tar:
        member(tar, "walk/9.mp4", b"")
        member(tar, "walk/9.txt", b"nine")
        member(tar, ".hidden", b"x")
    error = refused("webdataset", path, {"video": VIDEO, "control": VIDEO})
    assert error.code == "missing-file"
    assert (
        "1 of 7 samples" in error.message and f"have no `control`: {tmp_path}/s1.tar:walk/9" in error.message
    )
    assert "`NAME.control.mp4`; they have .mp4, .txt" in str(error.help)
    error = refused("webdataset", path, {"video": VIDEO, "other": VIDEO})
    assert "no members for `other`, and from the samples' own it would be what `video` is" in error.message
    error = refused("webdataset", path, {"video": VIDEO}, stated={"video": "depth.mp4"})
    assert "7 of 7 samples" in error.message and "`NAME.depth.mp4`, as the field states" in str(error.help)


def test_members_by_the_endings_that_fields_state(files: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for n in range(2):
            member(tar, f"{n}.rgb.mp4", (files / f"{n}.mp4").read_bytes())
            member(tar, f"{n}.long.txt", f"long {n}".encode())
            member(tar, f"{n}.cls", f"{n + 3}".encode())
            buffer = io.BytesIO()
            torch.save({"other": torch.zeros(1), "pose": torch.full((2, 3), float(n))}, buffer)
            member(tar, f"{n}.pth", buffer.getvalue())
    fields: dict[str, StoreField] = {
        "video": VIDEO,
        "prompt": "str",
        "label": Number("int"),
        "pose": Values("bf16", (2, 3)),
    }
    stated = {"video": "rgb.mp4", "prompt": "long.txt", "label": "CLS"}
    source = opened("webdataset", str(tmp_path), fields, None, stated=stated)
    for n in range(2):
        found = source.sample(n).fields
        assert found["prompt"] == f"long {n}" and found["label"] == torch.tensor(n + 3)
        assert torch.equal(found["pose"], torch.full((2, 3), float(n)))
    fields["pose"] = Values("f32", (3, 2))
    with pytest.raises(RunError) as caught:
        opened("webdataset", str(tmp_path), fields, stated=stated).sample(0)
    assert "holds float32[2, 3] as `pose`, and f32[3, 2] is wanted" in str(caught.value.facts)


def test_tars_that_are_none(files: Path, tmp_path: Path) -> None:
    fields: dict[str, StoreField] = {"video": VIDEO}
    write_tars(files, tmp_path)
    whole = (tmp_path / "s1.tar").read_bytes()
    (tmp_path / "s1.tar").write_bytes(whole[: len(whole) // 2])
    error = refused("webdataset", f"{tmp_path}/s{{0..1}}.tar", fields)
    assert "s1.tar is no whole tar file" in error.message
    for cut in (10240, 512 * 3, len(whole) - 10240):
        (tmp_path / "s1.tar").write_bytes(whole[:cut])
        assert "s1.tar is no whole tar file" in refused("webdataset", str(tmp_path), fields).message
    (tmp_path / "s1.tar").write_bytes(whole + whole)
    assert "another one begins behind its 15 members" in refused("webdataset", str(tmp_path), fields).message
    with tarfile.open(tmp_path / "s1.tar", "w:gz") as tar:
        member(tar, "a.mp4", b"x")
    assert "s1.tar is compressed" in refused("webdataset", str(tmp_path), fields).message
    error = refused("webdataset", f"{tmp_path}/s{{0..9}}.tar", fields)
    assert (
        error.code == "missing-file"
        and "s2.tar" in error.message
        and "and 3 more do not exist" in error.message
    )
    assert "has no files that end in .tar" in refused("webdataset", str(tmp_path / "*.zip"), fields).message


def test_an_index_is_kept_as_long_as_the_tar_is_as_it_was(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_store("webdataset", files, tmp_path / "tars")
    first = opened("webdataset", path, kept=tmp_path / "kept")
    with monkeypatch.context() as patched:
        patched.setattr(tarfile, "open", lambda *_, **__: pytest.fail("read again"))
        assert opened("webdataset", path, kept=tmp_path / "kept").fingerprint() == first.fingerprint()
    with tarfile.open(tmp_path / "tars" / "s1.tar", "a") as tar:
        for part in sorted(files.glob("0.*")):
            member(tar, f"new.{part.name[2:]}", part.read_bytes())
        member(tar, "new.json", b'{"score": 1}')
    assert len(opened("webdataset", path, kept=tmp_path / "kept")) == COUNT + 1


def test_patterns() -> None:
    assert list(expanded("a-{08..11}.tar")) == ["a-08.tar", "a-09.tar", "a-10.tar", "a-11.tar"]
    assert list(expanded("{a,b}/{0..1}")) == ["a/0", "a/1", "b/0", "b/1"]


# tables


def table_of(root: Path, **columns: Any) -> str:
    pyarrow = pytest.importorskip("pyarrow", reason="needs fdc[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs fdc[parquet]")
    parquet.write_table(pyarrow.table(columns), root / "t.parquet")
    return str(root / "t.parquet")


def as_fastvideo(name: str, values: list[Any], dtype: str = "float32") -> dict[str, list[Any]]:
    """The columns of tensors that FastVideo's preprocessing writes."""
    return {
        f"{name}_bytes": [v.numpy().tobytes() for v in values],
        f"{name}_shape": [list(v.shape) for v in values],
        f"{name}_dtype": [dtype for _ in values],
    }


TEXT = RecordValues({"embeds": RecordPart(Values("bf16", (8, 4)), "zero", None)})


def test_latents_and_embeddings_as_fastvideo_stores_them(tmp_path: Path) -> None:
    latents = [torch.randn(4, 2, 3, 3, generator=torch.Generator().manual_seed(n)) for n in range(3)]
    embeds = [torch.randn(n + 3, 4, generator=torch.Generator().manual_seed(n)) for n in range(3)]
    columns = {**as_fastvideo("vae_latent", latents), **as_fastvideo("text_embedding", embeds)}
    path = table_of(tmp_path, **columns, caption=["a", "b", "c"], width=[16, 16, 16])
    fields: dict[str, StoreField] = {"x0": Values("bf16", (4, 2, 3, 3)), "c": TEXT, "prompt": "str"}
    stated = {"x0": "vae_latent", "c": "text_embedding"}
    source = opened("parquet", path, fields, None, stated=stated)
    for n in range(3):
        found = source.sample(n)
        assert torch.equal(found.fields["x0"], latents[n]) and found.fields["prompt"] == "abc"[n]
        record = found.fields["c"]
        assert isinstance(record, Mapping) and record["embeds"].shape == (8, 4)
        assert torch.equal(record["embeds"][: n + 3], embeds[n]) and not record["embeds"][n + 3 :].any()
    assert len({source.sample(n).keys["x0"] for n in range(3)}) == 3
    error = refused("parquet", path, {"x0": fields["x0"]})
    assert "has no column `x0` for the field `x0`" in error.message
    assert "its columns are text_embedding, vae_latent, caption, width" in str(error.help)
    error = refused("parquet", path, {"x0": fields["x0"]}, stated={"x0": "vae_laten"})
    assert 'column = "vae_latent"' in str(error.help)
    with pytest.raises(RunError) as caught:
        opened("parquet", path, {**fields, "x0": Values("bf16", (4, 2, 4, 4))}, stated=stated).sample(0)
    assert "holds float32[4, 2, 3, 3] as `x0`, and bf16[4, 2, 4, 4] is wanted" in str(caught.value.facts)


def test_a_record_with_a_mask(tmp_path: Path) -> None:
    """The mask over tokens follows from how many there are; too many tokens are refused, not cut."""
    embeds = [[[1.0, 2.0]] * n for n in (1, 3)]
    rule = {
        "embeds": RecordPart(Values("bf16", (4, 2)), "mask", None),
        "mask": RecordPart(Values("mask", (4,)), None, "attend"),
    }
    fields: dict[str, StoreField] = {"c": RecordValues(rule)}
    source = opened("parquet", table_of(tmp_path, c=embeds), fields, None)
    for n, count in enumerate((1, 3)):
        record = source.sample(n).fields["c"]
        assert isinstance(record, Mapping)
        assert record["mask"].tolist() == [k < count for k in range(4)]
    path = table_of(tmp_path, c=[[[1.0, 2.0]] * 5])
    with pytest.raises(RunError) as caught:
        opened("parquet", path, fields).sample(0)
    assert "float64[5, 2]" in str(caught.value.facts)


@pytest.mark.parametrize(
    ("field", "values", "told"),
    [
        ("str", [1, 2], "is int64, and `x` is a text"),
        (Number("int"), [0.5, 1.0], "is double, and `x` is a number, int"),
        (Number("bool"), [1, 0], "is int64, and `x` is a number, bool"),
        (VIDEO, [1.0, 2.0], "is double, and `x` is media"),
        (Values("f32", (1,)), ["a", "b"], "is string, and `x` is a tensor"),
    ],
)
def test_columns_of_another_kind(tmp_path: Path, field: StoreField, values: list[Any], told: str) -> None:
    error = refused("parquet", table_of(tmp_path, x=values), {"x": field})
    assert error.code == "data-mismatch" and told in error.message


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"x": [[[1.0], [1.0, 2.0]]]}, "lists of several lengths"),
        ({"x": [None, [[1.0]]]}, "holds no `x`"),
        ({"x_bytes": [b"1234"], "x_shape": [[2]]}, "holds 4 bytes as `x`, and float32[2] has 8"),
        ({"x_bytes": [b"1234"], "x_shape": [[1]], "x_dtype": ["str"]}, "holds `x` as str, which is not read"),
        ({"x": [[float("nan")]]}, "not finite"),
    ],
)
def test_tensors_that_are_none(tmp_path: Path, column: dict[str, Any], told: str) -> None:
    source = opened("parquet", table_of(tmp_path, **column), {"x": Values("f32", (1,))}, None)
    with pytest.raises(RunError) as caught:
        source.sample(0)
    assert told in str(caught.value.facts)


def test_row_groups_are_read_once_and_large_ones_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fdc.compiler.runtime.data.stores import parquet_files

    path = table_of(tmp_path, x=[[float(n), *np.random.rand(99)] for n in range(8)])
    monkeypatch.setattr(parquet_files, "_LARGE", 1000)
    said: list[str] = []
    source = opened("parquet", path, {"x": Values("f32", (100,))}, said=said)
    assert len(said) == 1 and "row groups of 8 rows" in said[0] and "row_group_size" in said[0]
    found = {float(source.sample(p).fields["x"][0]) for p in range(8)}
    assert found == set(range(8))


def test_media_that_are_none_and_paths(tmp_path: Path, files: Path) -> None:
    path = table_of(tmp_path, video=[b"what", (files / "0.mp4").read_bytes()])
    source = opened("parquet", path, {"video": VIDEO}, None, failing=0.5)
    source.sample(0)
    assert "no clip, image or sound" in next(iter(source.failed.values()))
    (tmp_path / "c.mp4").write_bytes((files / "1.mp4").read_bytes())
    path = table_of(tmp_path, video=["c.mp4", "gone.mp4"])
    source = opened("parquet", path, {"video": VIDEO}, None, failing=0.5)
    assert source.sample(0).fields["video"].shape == (3, 3, 8, 12)
    source.sample(1)
    assert "names gone.mp4 as `video`" in next(iter(source.failed.values()))


@pytest.mark.slow
def test_splits_and_images_of_a_saved_data_set(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs fdc[hub]")
    from PIL import Image

    pictures = [Image.new("RGB", (12, 8), (40 * n, 0, 0)) for n in range(3)]
    rows = datasets.Dataset.from_dict(
        {"image": pictures, "text": ["a", "b", "c"]},
        features=datasets.Features({"image": datasets.Image(), "text": datasets.Value("string")}),
    )
    datasets.DatasetDict({"train": rows, "rest": rows.select([2])}).save_to_disk(str(tmp_path / "set"))
    fields: dict[str, StoreField] = {"image": Pixels(None, 8, 12), "prompt": "str"}
    source = opened("hub", str(tmp_path / "set"), fields, None)
    assert [source.sample(n).fields["prompt"] for n in range(3)] == ["a", "b", "c"]
    red = [round((float(source.sample(n).fields["image"][0, 0, 0]) + 1) * 127.5) for n in range(3)]
    assert red == [0, 40, 80]
    with pytest.raises(RunError) as caught:
        HubSet(HubOptions(name=str(tmp_path / "set"), split="test"), fields, {}, PLACE)
    assert "no split `test`: it has train, rest" in caught.value.message
    with pytest.raises(RunError) as caught:
        HubSet(HubOptions(name=str(tmp_path / "nothing")), fields, {}, PLACE)
    assert caught.value.code == "missing-file"


@pytest.mark.parametrize(("kind", "library"), [("parquet", "pyarrow"), ("hub", "datasets")])
def test_a_library_that_is_not_installed(
    kind: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (library, f"{library}.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    error = refused(kind, str(tmp_path), {"prompt": "str"})
    assert library in error.message and error.help == f'pip install "fdc[{kind}]"'


@pytest.mark.parametrize("kind", KINDS)
def test_clips_of_which_all_is_kept_are_decoded_only_when_asked_for(
    kind: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = opened(kind, write_store(kind, files, tmp_path / "store"))
    whole = source.sample(3)
    source.spare(lambda field, key: key == whole.keys["video"])
    with monkeypatch.context() as patched:
        read = frame_cuts.read_pixels
        seen: list[str] = []
        patched.setattr(
            frame_cuts, "read_pixels", lambda path, *rest: seen.append(path.stem) or read(path, *rest)
        )
        spared = source.sample(3)
    video = spared.fields["video"]
    assert seen == ["control"] and isinstance(video, Deferred) and spared.keys == whole.keys
    assert torch.equal(video.read(), whole.fields["video"])


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_at_hand(kind: str, files: Path, tmp_path: Path) -> None:
    source = opened(kind, write_store(kind, files, tmp_path / "store"))
    assert isinstance(source, Written)
    found = list(source.texts("prompt"))
    assert [text for _, text in found] == [f"clip {n}" for n in range(COUNT)]
    assert [name for name, _ in found] == list(source.order.names)
