"""What lies in a folder and is no sample is told: kinds that are not read, pictures of clips, files of no item."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.event_records import DataEvent
from fdc.compiler.runtime.base.events import DataNews, Log, Progress, read_events
from fdc.compiler.runtime.base.media.clips_and_images import READERS, write_mp4, write_png
from fdc.compiler.runtime.base.media.waves import write_wav
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels, Wave
from fdc.compiler.runtime.data.folders.listing import passed_over

VIDEO, IMAGE = Pixels(3, 8, 12), Pixels(None, 8, 12)


def frames(count: int) -> Tensor:
    return torch.zeros(count, 8, 12, 3, dtype=torch.uint8)


def opened(root: Path, fields: dict[str, FileField]) -> tuple[list[str], list[str]]:
    """The names of the items, and what was told before the first is read."""
    said: list[str] = []
    source = ClipFolder(root, fields, None, None, said.append)
    return [source.sample(p).source for p in range(len(source))], said


def test_kinds_that_are_not_read_are_named_and_counted(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(3))
    for name in ("p.jxl", "sub/q.JXL", "r.jxl", "s.wmv", "notes.md", "t.ogg", ".hidden.jxl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names, said = opened(tmp_path, {"video": VIDEO})
    assert names == ["a.mp4"]
    assert said == [
        f"3 files .jxl in {tmp_path} are not read, as .jxl is none of the kinds read: p.jxl, r.jxl, sub/q.JXL",
        f"1 file .wmv in {tmp_path} is not read, as .wmv is none of the kinds read: s.wmv",
    ]


def test_what_reads_a_kind_is_told_only_where_it_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passed_over, "READERS", {e: r for e, r in READERS.items() if e != ".heic"})
    said: list[str] = []
    names = ["a.mp4", "p.heic", "q.heic", "r.jxl"]
    passed_over.tell_passed_over(tmp_path, names, {"a.mp4"}, {"video": VIDEO}, said.append)
    assert (
        said[0]
        == f'2 files .heic in {tmp_path} are not read; `pip install "fdc[heic]"` reads .heic: p.heic, q.heic'
    )
    assert said[1].endswith("is not read, as .jxl is none of the kinds read: r.jxl")


def test_a_folder_of_nothing_else_tells_them_too(tmp_path: Path) -> None:
    (tmp_path / "p.jxl").write_bytes(b"x")
    said: list[str] = []
    with pytest.raises(RunError, match="holds no clips or images"):
        ClipFolder(tmp_path, {"video": VIDEO}, None, None, said.append)
    assert len(said) == 1 and "p.jxl" in said[0]


def test_the_picture_of_a_clip_is_no_sample(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_mp4(tmp_path / f"{name}.mp4", frames(3))
        write_png(tmp_path / f"{name}.png", frames(1)[0])
    write_png(tmp_path / "c.png", frames(1)[0])
    names, said = opened(tmp_path, {"image": IMAGE})
    assert names == ["a.mp4", "b.mp4", "c.png"]
    assert said == [
        f"2 of 5 files in {tmp_path} are the pictures of clips of the same names, and no samples: a.png, b.png"
    ]
    (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": "b.png"}))
    names, said = opened(tmp_path, {"image": IMAGE})
    assert names == ["a.mp4", "b.mp4", "b.png", "c.png"], "what metadata describes is a sample"
    assert "1 of 5" in said[0]


def test_files_of_no_item(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(3))
    for name in ("a.wav", "b.wav"):
        write_wav(tmp_path / name, torch.zeros(2, 900), 800)
    (tmp_path / "c.m4a").write_bytes(b"x")
    _, said = opened(tmp_path, {"video": VIDEO, "sound": Wave(2, 10)})
    assert said == [
        f"1 file .m4a in {tmp_path} is not read, as .m4a is none of the kinds read: c.m4a",
        f"1 file .wav in {tmp_path} belongs to no clip or image: b.wav",
    ]
    _, said = opened(tmp_path, {"video": VIDEO})
    assert said == []
    _, said = opened(tmp_path, {"sound": Wave(2, 10)})
    assert said == [f"1 file .m4a in {tmp_path} is not read, as .m4a is none of the kinds read: c.m4a"]


def test_a_linked_folder(tmp_path: Path) -> None:
    write_mp4(tmp_path / "data" / "a.mp4", frames(3))
    write_mp4(tmp_path / "more" / "b.mp4", frames(3))
    (tmp_path / "data" / "more").symlink_to(tmp_path / "more")
    names, said = opened(tmp_path / "data", {"video": VIDEO})
    assert names == ["a.mp4"]
    assert said == [f"{tmp_path / 'data' / 'more'} is a link to a folder, and what lies in it is not read"]


def test_names_of_files_command_no_terminal() -> None:
    said: list[str] = []
    DataNews(said.append)("a\x1b[2J\n.mp4 狗 \u202e")
    assert said == ["a\\x1b[2J\\n.mp4 狗 \\u202e"]


def test_nothing_in_a_log_or_a_progress_line_commands_a_terminal(tmp_path: Path) -> None:
    caption = "a\x1b[2J \x9b狗\u202e\U000e0001"
    log = Log(tmp_path / "events.jsonl")
    log.write(DataEvent(message=caption))
    log.close()
    text = (tmp_path / "events.jsonl").read_text()
    assert text.rstrip("\n").isprintable() and "狗" in text
    assert [e.message for e in read_events(tmp_path / "events.jsonl", DataEvent)] == [caption]
    shown = io.StringIO()
    Progress("p", 0, 1, shown).say(caption)
    assert shown.getvalue().rstrip("\n").isprintable()


def test_news_of_data_are_events_once_there_is_a_log(tmp_path: Path) -> None:
    said: list[str] = []
    news = DataNews(said.append)
    news("early")
    log = Log(tmp_path / "events.jsonl")
    news.log_to(log)
    news("late")
    log.close()
    assert said == ["early", "late"]
    assert [e.message for e in read_events(tmp_path / "events.jsonl", DataEvent)] == said
