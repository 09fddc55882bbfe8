"""Several folders as one source: who comes how often, in which order, with which words."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_png
from fdc.compiler.runtime.base.settings import FolderOptions
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels
from fdc.compiler.runtime.data.mixed import Mixed, named
from fdc.compiler.runtime.data.open_data import open_files

FIELDS: dict[str, FileField] = {"prompt": "str", "image": Pixels(None, 8, 8)}
PLACE = (Path("p.fdl"), 3)


def images(root: Path, count: int, captions: bool = True) -> str:
    for n in range(count):
        write_png(root / f"{n}.png", torch.full((8, 8, 3), 10 * n, dtype=torch.uint8))
        if captions:
            (root / f"{n}.txt").write_text(f"image {n}")
    return str(root)


def mixed(*folders: FolderOptions, seed: int = 0, said: list[str] | None = None) -> Mixed:
    report = [].append if said is None else said.append
    parts = [open_files(f, FIELDS, seed, PLACE, report) for f in folders]
    found = Mixed(parts, [f.repeat for f in folders], seed, PLACE, report)  # type: ignore[arg-type]
    assert isinstance(found, Mixed)
    return found


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    base = tmp_path_factory.mktemp("mixed")
    return images(base / "a", 5), images(base / "b", 2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(0, 50), st.integers(1, 3), st.integers(1, 4))
def test_each_file_comes_as_often_in_an_epoch_as_its_folder_says(
    roots: tuple[str, str], seed: int, epoch: int, once: int, more: int
) -> None:
    a, b = roots
    source = mixed(FolderOptions(path=a, repeat=once), FolderOptions(path=b, repeat=more), seed=seed)
    count = 5 * once + 2 * more
    assert len(source) == count
    samples = [source.sample(epoch * count + n) for n in range(count)]
    seen = Counter(s.source for s in samples)
    assert seen == {**{f"{a}/{n}.png": once for n in range(5)}, **{f"{b}/{n}.png": more for n in range(2)}}
    assert sorted(s.index for s in samples) == list(range(count))
    again = mixed(FolderOptions(path=a, repeat=once), FolderOptions(path=b, repeat=more), seed=seed)
    assert [again.sample(s.position).source for s in samples] == [s.source for s in samples]


def test_counts_are_told_and_folders_are_known_by_their_content(roots: tuple[str, str]) -> None:
    a, b = roots
    said: list[str] = []
    source = mixed(FolderOptions(path=a), FolderOptions(path=b, repeat=3), said=said)
    assert said == [f"data: {a}: 5 files; {b}: 2 files, 3 times each; 11 samples an epoch"]
    assert set(source.contents()) == {f"{a}/{n}.png" for n in range(5)} | {
        f"{b}/{n}.png{time}" for n in range(2) for time in ("", " (2)", " (3)")
    }
    others = (
        mixed(FolderOptions(path=a), FolderOptions(path=b)),
        mixed(FolderOptions(path=b, repeat=3), FolderOptions(path=a)),
        mixed(FolderOptions(path=a), FolderOptions(path=b, repeat=3, prefix="b:")),
    )
    assert len({source.fingerprint(), *(o.fingerprint() for o in others)}) == 4


def test_words_of_the_program_stand_with_those_of_the_files(tmp_path: Path) -> None:
    a, b = images(tmp_path / "a", 2), images(tmp_path / "b", 3, captions=False)
    (tmp_path / "b" / "1.txt").write_text("its own")
    said: list[str] = []
    folders = (
        FolderOptions(path=a, prefix="seen from above,"),
        FolderOptions(path=b, prompt="a fox", prefix="x: "),
    )
    source = mixed(*folders, said=said)
    texts = {s.source: s.fields["prompt"] for s in map(source.sample, range(5))}
    assert texts == {
        f"{a}/0.png": "seen from above, image 0",
        f"{a}/1.png": "seen from above, image 1",
        f"{b}/0.png": "x: a fox",
        f"{b}/1.png": "x: its own",
        f"{b}/2.png": "x: a fox",
    }
    assert (
        said[0]
        == f"2 of 3 files in {b} have no text for `prompt` and get the program's `prompt`: 0.png, 2.png"
    )
    with pytest.raises(RunError, match="have no text for `prompt`"):
        mixed(FolderOptions(path=a), FolderOptions(path=b))


def test_a_damaged_file_is_counted_in_its_own_folder(tmp_path: Path) -> None:
    a, b = images(tmp_path / "a", 4), images(tmp_path / "b", 4)
    (tmp_path / "b" / "2.png").write_bytes(b"no image")
    said: list[str] = []
    source = mixed(FolderOptions(path=a, may_fail=0), FolderOptions(path=b, may_fail=0.25), said=said)
    seen = Counter(source.sample(n).source for n in range(8))
    assert f"{b}/2.png" not in seen and sum(seen.values()) == 8
    assert len(said) == 2 and "2.png" in said[1]
    strict = mixed(FolderOptions(path=a, may_fail=0.5), FolderOptions(path=b, may_fail=0.1))
    with pytest.raises(RunError, match=r"1 of 4 files in .*b cannot be used"):
        for n in range(8):
            strict.sample(n)


def test_copies_of_a_file_are_drawn_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    images(tmp_path / "a", 1, captions=False)
    wordings = [f'"wording {n}"' for n in range(32)]
    (tmp_path / "a" / "0.json").write_text(f'{{"prompt": [{", ".join(wordings)}]}}')
    source = mixed(FolderOptions(path=str(tmp_path / "a"), repeat=8))
    texts = {str(source.sample(n).fields["prompt"]) for n in range(8)}
    assert len(texts) > 8 * (1 - math.exp(-0.5))  # 32 wordings, 8 draws


def test_a_file_that_begins_like_its_folder_has_the_folder_before_it() -> None:
    assert named("data/a", "a.png") == named("data", "a/a.png") == "data/a/a.png"
    assert named("wide", "wide9.mp4") == "wide/wide9.mp4"
    assert named("s/a.tar", "s/a.tar:walk/1") == "s/a.tar:walk/1", "a row names its store"
