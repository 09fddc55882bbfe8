"""Rows of stores in buckets: each is measured once, and read at the sizes that fit it best, as a folder's files are."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from fdc.compiler.runtime.base.settings import HubOptions
from fdc.compiler.runtime.data.buckets.bucketed import Bucket, Bucketed
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.cuts.frame_picks import CONSECUTIVE
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels, limited
from fdc.compiler.runtime.data.item_order import Named
from fdc.compiler.runtime.data.mixed import Mixed
from fdc.compiler.runtime.data.stores import store_source
from fdc.compiler.runtime.data.stores.hub_set import HubSet
from fdc.compiler.runtime.data.stores.parquet_files import ParquetFiles
from fdc.compiler.runtime.data.stores.store import Store
from fdc.compiler.runtime.data.stores.store_source import StoreSource
from fdc.compiler.runtime.data.stores.web_shards import WebShards

SHAPES = {"a": (16, 32), "b": (18, 36), "c": (32, 16), "d": (16, 16), "e": (4, 8)}
BUCKETS = [
    Bucket({"H": h, "W": w}, {"prompt": "str", "image": Pixels(None, h, w)})
    for h, w in ((8, 16), (16, 8), (8, 8))
]
KINDS = ("webdataset", "parquet", pytest.param("hub", marks=pytest.mark.slow))


def fields(upscale: float | None = None) -> dict[str, FileField]:
    return {"prompt": "str", "image": limited(Pixels(None, 8, 16), 1 << 20, upscale)}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stores")
    (root / "files").mkdir()
    rows = []
    for n, (name, (h, w)) in enumerate(SHAPES.items()):
        path = root / "files" / f"{name}.png"
        Image.new("RGB", (w, h), (40 * n, 0, 0)).save(path)
        path.with_suffix(".txt").write_text(name)
        rows.append({"image": {"bytes": path.read_bytes(), "path": path.name}, "prompt": name})
    with tarfile.open(root / "a.tar", "w") as tar:
        for path in sorted((root / "files").iterdir()):
            tar.add(path, path.name)
        broken = tarfile.TarInfo("z.png")
        broken.size = 3
        tar.addfile(broken, io.BytesIO(b"png"))
        tar.addfile(tarfile.TarInfo("z.txt"), io.BytesIO())
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (root / "table").mkdir()
    parquet.write_table(pyarrow.Table.from_pylist(rows), root / "table" / "train.parquet")
    return root


def opened(kind: str, root: Path, said: list[str], upscale: float | None = None) -> StoreSource:
    of = fields(upscale)
    store: Store
    if kind == "webdataset":
        store = WebShards(str(root / "a.tar"), of, {}, None, None)
    elif kind == "parquet":
        store = ParquetFiles(str(root / "table" / "train.parquet"), of, {}, None, said.append)
    else:
        pytest.importorskip("datasets")
        store = HubSet(HubOptions(name=str(root / "table")), of, {}, None)
    return StoreSource(store, of, 0, None, said.append, 0.5, None, CONSECUTIVE)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_read_as_the_files_of_a_folder_are(kind: str, root: Path, tmp_path: Path) -> None:
    said: list[str] = []
    source = Bucketed([opened(kind, root, said)], [1], BUCKETS, 1, 0, tmp_path, None, said.append)
    folder = ClipFolder(root / "files", fields(), 0, None, [].append)
    plain = Bucketed([folder], [1], BUCKETS, 1, 0, None, None, [].append)
    assert len(source) == len(plain) == 5 and isinstance(source, Named)
    for position in range(10):
        ours, theirs = source.sample(position), plain.sample(position)
        assert ours.fields["prompt"] == theirs.fields["prompt"]
        a, b = ours.fields["image"], theirs.fields["image"]
        assert isinstance(a, Tensor) and isinstance(b, Tensor) and torch.equal(a, b)
        assert source.bucket(position) == plain.bucket(position)
    if kind == "webdataset":
        assert any("z" in line and "cannot be used" in line for line in said)


@pytest.mark.parametrize("buckets", [BUCKETS, BUCKETS[:1]])
def test_rows_stand_beside_the_files_of_a_folder(buckets: list[Bucket], root: Path) -> None:
    said: list[str] = []
    folder = ClipFolder(root / "files", fields(), 0, None, said.append)
    parts = [opened("parquet", root, said), folder]
    source = (
        Bucketed(parts, [2, 1], buckets, 1, 0, None, None, said.append)
        if len(buckets) > 1
        else Mixed(parts, [2, 1], 0, None, said.append)
    )
    assert len(source) == 15 and isinstance(source, Named)
    found = [source.sample(p) for p in range(15)]
    assert sorted(str(s.fields["prompt"]) for s in found) == sorted(list(SHAPES) * 3)
    table = str(root / "table" / "train.parquet")
    assert sum(s.source.startswith(table) for s in found) == 10
    assert len({s.index for s in found}) == 15 and len(source.contents()) == 15
    if len(buckets) == 1:
        assert (
            said[-1] == f"data: {table}: 5 rows, 2 times each; {root / 'files'}: 5 files; 15 samples an epoch"
        )


def test_rows_are_measured_once_for_as_long_as_they_stay(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Bucketed([opened("parquet", root, [])], [1], BUCKETS, 1, 0, tmp_path, None, [].append)
    monkeypatch.setattr(store_source, "extent_of", None)
    again = Bucketed([opened("parquet", root, [])], [1], BUCKETS, 1, 0, tmp_path, None, [].append)
    assert again.order.buckets == first.order.buckets and again.contents() == first.contents()
    (kept,) = (tmp_path / "extents").iterdir()
    kept.write_text("{")
    with pytest.raises(TypeError):
        Bucketed([opened("parquet", root, [])], [1], BUCKETS, 1, 0, tmp_path, None, [].append)


def test_a_row_is_not_enlarged_beyond_the_bound(root: Path) -> None:
    said: list[str] = []
    source = Bucketed([opened("parquet", root, said, 1.5)], [1], BUCKETS, 1, 0, None, None, said.append)
    assert len(source) == 4 and any("`max_upscale` is 1.5" in line for line in said)
