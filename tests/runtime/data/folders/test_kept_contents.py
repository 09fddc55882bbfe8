"""Hashes of a data set's files are kept across starts for as long as a file's size and time stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fdc.compiler.runtime.base.media.clips_and_images import MediaError
from fdc.compiler.runtime.data.folders.cuts import kept_contents
from fdc.compiler.runtime.data.folders.cuts.file_facts import content_hash
from fdc.compiler.runtime.data.folders.cuts.kept_contents import KeptContents


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    root = tmp_path / "data"
    root.mkdir()
    for name in ("a", "b", "é\n"):
        (root / name).write_text(name)
    return sorted(root.iterdir())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files whose content was read."""
    found: list[str] = []

    def counted(path: Path) -> str:
        found.append(path.name)
        return content_hash(path)

    monkeypatch.setattr(kept_contents, "content_hash", counted)
    return found


def test_a_file_is_read_once_for_as_long_as_it_is_what_it_was(
    files: list[Path], tmp_path: Path, read: list[str]
) -> None:
    def start() -> list[str]:
        read.clear()
        hashes = KeptContents(tmp_path / "kept", tmp_path / "data")
        return [hashes(path) for path in files]

    first = start()
    assert len(read) == 3 and first == [content_hash(path) for path in files]
    assert start() == first and read == []
    files[1].write_text("other words")
    assert start() != first and read == [files[1].name]
    os.utime(files[0], (1, 1))
    start()
    assert read == [files[0].name]
    assert start()[0] == first[0] and read == []
    (where,) = (tmp_path / "kept" / "contents").iterdir()
    where.write_text("[1, 2]\n{\n" + where.read_text()[:40])
    start()
    assert len(read) == 3, "what cannot be read is made anew"


def test_lines_of_files_that_changed_often_are_written_anew(files: list[Path], tmp_path: Path) -> None:
    for n in range(9):
        files[0].write_text(str(n) * n)
        KeptContents(tmp_path / "kept", tmp_path / "data")(files[0])
    (where,) = (tmp_path / "kept" / "contents").iterdir()
    assert len(where.read_text().splitlines()) <= 3


def test_a_disk_that_keeps_nothing_and_a_file_that_is_gone(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    hashes = KeptContents(tmp_path / "kept", tmp_path / "data")
    assert hashes(files[0]) == content_hash(files[0])
    with pytest.raises(MediaError, match="cannot be read"):
        hashes(tmp_path / "data" / "absent")
