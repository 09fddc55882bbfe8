"""Fields that are made of how pixels are read: how large the files are, and where the cut lies in them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.runtime.base.media.clips_and_images import ORIENTATION
from fdc.compiler.runtime.data.open_data import open_feed
from fdc.compiler.runtime.data.prefetch import Feed
from fdc.compiler.runtime.data.samples import DataSource, Sample

FIELDS = """{
    prompt: str
    image: pixels[b, 3, H, W]
    size: f32[b, 2] { size_of = image }
    crop: f32[b, 2] { crop_of = image }
  }"""
PROGRAM = """import sdxl
import finetune
program p {
  sizes { H = 64, W = 96 }
  role student = sdxl.tiny(tiny(seed = 0)) { train = full, precision = f32 }
  data pictures = SOURCE FIELDS
  use finetune(student) { times = ticks(pick(0 .. 1000)) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 1, batch = 2 }
}
"""
PICTURES = {"wide": (100, 300), "tall": (200, 90), "same": (64, 96), "small": (32, 48)}
"""Heights and widths. By hand: 100 x 300 covers 64 x 96 at 64 x 192, and (192 - 96)/2 is cut on each side; 200 x 90 at
213.3 x 96, of which (213 - 64)/2 is 74.5."""
BY_HAND = {
    "wide": ((100, 300), (0, 48)),
    "tall": ((200, 90), (74, 0)),
    "same": ((64, 96), (0, 0)),
    "small": ((32, 48), (0, 0)),
}


def write_pictures(root: Path, turned: bool = False) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name, (height, width) in PICTURES.items():
        Image.new("RGB", (width, height), (200, 40, 90)).save(root / f"{name}.png")
        (root / f"{name}.txt").write_text(f"a {name} picture")
    if turned:  # lies on its side, and is shown upright
        exif = Image.Exif()
        exif[ORIENTATION] = 6
        Image.new("RGB", (300, 100), (200, 40, 90)).save(root / "turned.jpg", exif=exif)
        (root / "turned.txt").write_text("a turned picture")


def feed(source: str, fields: str = FIELDS, read: set[str] | None = None) -> Feed:
    text = PROGRAM.replace("SOURCE", source).replace("FIELDS", fields)
    found = check_source(Source("p.fdl", text), Path("p.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    opened = open_feed(found.programs[0], torch.device("cpu"), lambda line: None, read=read)
    assert opened is not None
    return opened


Framing = tuple[tuple[int, ...], ...]


def framing_of(sample: Sample) -> Framing:
    """The size and the crop of a sample."""
    found = [sample.fields[n] for n in ("size", "crop")]
    return tuple(tuple(x.int().tolist()) for x in found if isinstance(x, Tensor))


def told(source: DataSource) -> dict[str, Framing]:
    """Sizes and crops by the names of files."""
    samples = [source.sample(k) for k in range(4 * len(source))]
    return {Path(s.source.rpartition(":")[2]).stem: framing_of(s) for s in samples}


def test_pictures_of_a_folder(tmp_path: Path) -> None:
    write_pictures(tmp_path, turned=True)
    opened = feed(f'folder("{tmp_path}")')
    turned = {"turned": ((300, 100), ((288 - 64) // 2, 0))}
    assert told(opened.source) == BY_HAND | turned
    sample = opened.source.sample(0)
    assert sample.fields["size"].dtype == torch.float32 and sample.keys["size"] != sample.keys["crop"]


def test_they_are_read_where_the_pixels_are_not(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    source = feed(f'folder("{tmp_path}")', read={"prompt", "size", "crop"}).source
    assert "image" not in source.sample(0).fields and told(source) == BY_HAND
    source = feed(f'folder("{tmp_path}")', read={"prompt", "image"}).source
    assert source.sample(0).fields.keys() == {"prompt", "image"}


def test_several_folders_and_a_store(tmp_path: Path) -> None:
    write_pictures(tmp_path / "a")
    write_pictures(tmp_path / "b")
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        for path in sorted((tmp_path / "a").iterdir()):
            data = path.read_bytes()
            member = tarfile.TarInfo(f"in_tar_{path.name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    in_tar = {f"in_tar_{n}": v for n, v in BY_HAND.items()}
    assert told(feed(f'webdataset("{tmp_path / "c.tar"}")').source) == in_tar
    alone = feed(f'webdataset("{tmp_path / "c.tar"}")', read={"prompt", "size", "crop"}).source
    assert "image" not in alone.sample(0).fields and told(alone) == in_tar
    mixed = (
        f'mix([folder("{tmp_path / "a"}"), folder("{tmp_path / "b"}"), webdataset("{tmp_path / "c.tar"}")])'
    )
    assert told(feed(mixed).source) == BY_HAND | in_tar


def test_rows_of_a_table(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    write_pictures(tmp_path)
    rows = {
        "image": [{"bytes": (tmp_path / f"{n}.png").read_bytes(), "path": f"{n}.png"} for n in PICTURES],
        "prompt": list(PICTURES),
    }
    parquet.write_table(arrow.table(rows), tmp_path / "rows.parquet")
    source = feed(f'parquet("{tmp_path / "rows.parquet"}")', read={"prompt", "size", "crop"}).source
    samples = [source.sample(k) for k in range(len(source))]
    found = {s.fields["prompt"]: framing_of(s) for s in samples}
    assert found == BY_HAND and "image" not in samples[0].fields


def test_in_buckets_the_crop_is_of_the_bucket(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    source = feed(f'folder("{tmp_path}", buckets = [sizes(H = 96, W = 64), sizes(H = 64, W = 192)])').source
    found = told(source)
    # 200 x 90 covers 96 x 64 at 142 x 64; the third bucket is of the very shape of the wide picture
    assert found["tall"] == ((200, 90), ((142 - 96) // 2, 0))
    assert found["wide"] == ((100, 300), (0, 0))


def test_drawn_shapes(tmp_path: Path) -> None:
    source = feed(f'shapes("{tmp_path / "drawn"}", count = 3)').source
    assert set(told(source).values()) == {((64, 96), (0, 0))}
