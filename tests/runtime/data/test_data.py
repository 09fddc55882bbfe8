"""Folders and prompt files as a function of a position, and everything that can be wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4, write_png
from fdc.compiler.runtime.base.settings import FolderOptions, LinesOptions, ShapesOptions
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels
from fdc.compiler.runtime.data.open_data import open_files
from fdc.compiler.runtime.data.prefetch import Feed
from fdc.compiler.runtime.data.prompt_lines import PromptLines
from fdc.compiler.runtime.data.samples import Sample, collate, order

FIELDS: dict[str, FileField] = {"prompt": "str", "video": Pixels(3, 8, 12)}
PLACE = (Path("clips.fdl"), 7)


def frames(brightness: int, count: int = 3) -> Tensor:
    """A clip of which each frame is one step of three grey levels brighter than the one before."""
    levels = ((torch.arange(count) + brightness) * 3).to(torch.uint8)
    return levels[:, None, None, None].expand(count, 8, 12, 3).contiguous()


def level(sample: Sample) -> list[int]:
    video = sample.fields["video"]
    assert isinstance(video, Tensor)
    return ((video[0, :, 4, 6] + 1) * 127.5 / 3).round().int().tolist()


def clips(root: Path, count: int, length: int = 3) -> Path:
    """`count` clips; clip n starts at level 10n, and its caption says so."""
    for number in range(count):
        write_mp4(root / f"clip{number:02}.mp4", frames(10 * number, length), lossless=True)
        (root / f"clip{number:02}.txt").write_text(f"level {10 * number}\n")
    return root


def folder(
    root: Path,
    fields: dict[str, FileField] = FIELDS,
    seed: int = 0,
    failing: float = 0.05,
    said: list[str] | None = None,
) -> ClipFolder:
    return ClipFolder(root, fields, seed, PLACE, [].append if said is None else said.append, failing)


def refused(code: str, root: Path, fields: dict[str, FileField] = FIELDS) -> RunError:
    with pytest.raises(RunError) as caught:
        folder(root, fields)
    assert (caught.value.code, caught.value.place, caught.value.exit_status) == (
        code,
        PLACE,
        2 if code == "missing-file" else 1,
    )
    return caught.value


def test_a_caption_stays_with_its_clip(tmp_path: Path) -> None:
    source = folder(clips(tmp_path, 6))
    seen = [source.sample(position) for position in range(6)]
    assert sorted(sample.index for sample in seen) == list(range(6))
    for sample in seen:
        assert sample.source == f"clip{sample.index:02}.mp4"
        assert sample.fields["prompt"] == f"level {10 * sample.index}"
        assert level(sample)[0] == 10 * sample.index
        video = sample.fields["video"]
        assert isinstance(video, Tensor) and video.shape == (3, 3, 8, 12) and video.dtype == torch.float32


@given(st.integers(0, 2**64 - 1), st.integers(0, 1000), st.integers(1, 60))
def test_an_epoch_is_a_permutation(seed: int, epoch: int, count: int) -> None:
    permutation = order(seed, epoch, count)
    assert sorted(permutation.tolist()) == list(range(count))
    assert torch.equal(permutation, order.__wrapped__(seed, epoch, count))


def test_orders_differ_and_are_even() -> None:
    assert order(0, 0, 50).tolist() != order(0, 1, 50).tolist() != order(1, 1, 50).tolist()
    heads = torch.bincount(torch.stack([order(seed, 0, 5)[0] for seed in range(500)]), minlength=5)
    assert int((heads - 100).abs().max()) < 5 * 9


def test_the_order_stays_what_it_is() -> None:
    """A change here gives a resumed run other samples."""
    assert order(1, 2, 10).tolist() == [7, 2, 1, 0, 5, 4, 8, 9, 3, 6]


def same(one: Sample, other: Sample) -> bool:
    videos = [sample.fields["video"] for sample in (one, other)]
    assert all(isinstance(video, Tensor) for video in videos)
    return torch.equal(*videos) and (one.position, one.index, one.keys) == (  # type: ignore[arg-type]
        other.position,
        other.index,
        other.keys,
    )


def test_a_position_is_all_there_is_to_resume(tmp_path: Path) -> None:
    clips(tmp_path, 4, length=9)
    whole = [folder(tmp_path).sample(position) for position in range(12)]
    later = folder(tmp_path)
    for position in (9, 5, 11, 0):
        assert same(later.sample(position), whole[position])
    starts = {(sample.index, level(sample)[0]) for sample in whole}
    assert len(starts) > 4, "other epochs cut elsewhere"
    for sample in whole:
        first = level(sample)[0]
        assert level(sample) == [first, first + 1, first + 2]
        assert 10 * sample.index <= first <= 10 * sample.index + 6


def test_what_is_read_ahead_is_what_would_be_read(tmp_path: Path) -> None:
    """A feed asked in order gives the batches that a fresh one gives when asked out of order."""
    clips(tmp_path, 4, length=9)
    cpu = torch.device("cpu")
    feed = Feed(folder(tmp_path), cpu)
    in_order = [feed.batch(range(3 * i, 3 * i + 3)) for i in range(4)]
    feed.close()
    for i in (2, 0, 3, 1):
        fresh = Feed(folder(tmp_path), cpu)
        batch = fresh.batch(range(3 * i, 3 * i + 3))
        fresh.close()
        assert torch.equal(batch["video"], in_order[i]["video"])
        assert {k: v for k, v in batch.items() if k != "video"} == {
            k: v for k, v in in_order[i].items() if k != "video"
        }


def test_a_broken_file_is_named_once_left_out_and_counted(tmp_path: Path) -> None:
    clips(tmp_path, 5)
    (tmp_path / "clip03.mp4").write_text("this is no clip")
    said: list[str] = []
    source = folder(tmp_path, failing=0.2, said=said)
    permutation = order(0, 0, 5).tolist()
    wanted = [
        index if index != 3 else permutation[(place + 1) % 5] for place, index in enumerate(permutation)
    ]
    for _ in range(2):
        assert [source.sample(position).index for position in range(5)] == wanted
    assert len(said) == 1 and "clip03.mp4 cannot be decoded" in said[0] and "left out" in said[0]
    assert list(source.failed) == ["clip03.mp4"]


def test_too_many_broken_files_stop_the_run(tmp_path: Path) -> None:
    clips(tmp_path, 5)
    (tmp_path / "clip01.mp4").write_bytes(b"")
    write_mp4(tmp_path / "clip04.mp4", frames(0, 2))
    source = folder(tmp_path, failing=0.2)
    with pytest.raises(RunError, match=r"2 of 5 files .* cannot be used, more than the 20%") as caught:
        for position in range(5):
            source.sample(position)
    error = caught.value
    assert (error.code, error.place) == ("data-mismatch", PLACE)
    assert "clip04.mp4 has 2 frames, and 3 are wanted" in error.facts
    assert any(fact.startswith("clip01.mp4 cannot be decoded") for fact in error.facts)


def test_nothing_usable_ends_though_all_may_fail(tmp_path: Path) -> None:
    clips(tmp_path, 2, length=1)
    with pytest.raises(RunError, match="2 of 2 files"):
        folder(tmp_path, failing=1.0).sample(0)


def test_a_file_that_vanishes_is_left_out(tmp_path: Path) -> None:
    source = folder(clips(tmp_path, 3), failing=0.5)
    (tmp_path / "clip01.mp4").unlink()
    assert {source.sample(position).index for position in range(3)} == {0, 2}
    assert list(source.failed) == ["clip01.mp4"]


def test_keys_name_the_content(tmp_path: Path) -> None:
    clips(tmp_path, 2)
    before = {(s := folder(tmp_path).sample(n)).index: s.keys for n in range(2)}
    (tmp_path / "clip00.mp4").rename(tmp_path / "clip07.mp4")
    (tmp_path / "clip00.txt").rename(tmp_path / "clip07.txt")
    after = {(s := folder(tmp_path).sample(n)).index: s.keys for n in range(2)}
    assert before[0] == after[1] != before[1] == after[0]
    write_mp4(tmp_path / "clip01.mp4", frames(80), lossless=True)
    changed = {(s := folder(tmp_path).sample(n)).index: s.keys for n in range(2)}
    assert changed[0]["video"] != after[0]["video"] and changed[0]["prompt"] == after[0]["prompt"]
    smaller = folder(tmp_path, {"prompt": "str", "video": Pixels(3, 8, 8)}).sample(0)
    assert smaller.keys["video"] != folder(tmp_path).sample(0).keys["video"]


def test_captions_from_metadata_and_files_together(tmp_path: Path) -> None:
    clips(tmp_path, 3)
    (tmp_path / "sub").mkdir()
    for name in ("sub/clip00.mp4", "clip01.mp4"):
        (tmp_path / name).write_bytes((tmp_path / "clip00.mp4").read_bytes())
    lines = [
        {"file_name": "sub/clip00.mp4", "caption": "in sub"},
        {"file_name": "./clip01.mp4", "text": "named"},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8-sig")
    source = folder(tmp_path, {"prompt": "str"})
    got = {(s := source.sample(position)).source: s.fields["prompt"] for position in range(4)}
    assert got == {
        "clip00.mp4": "level 0",
        "clip01.mp4": "named",
        "clip02.mp4": "level 20",
        "sub/clip00.mp4": "in sub",
    }


def test_a_field_finds_its_own_name_first(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(0))
    entry = {"file_name": "a.mp4", "text": "text", "prompt": "prompt", "style": "style", "fps": 8}
    (tmp_path / "metadata.jsonl").write_text(json.dumps(entry))
    assert folder(tmp_path, {"style": "str"}).sample(0).fields == {"style": "style"}
    assert folder(tmp_path, {"words": "str"}).sample(0).fields == {"words": "prompt"}
    both = folder(tmp_path, {"style": "str", "text": "str"}).sample(0).fields
    assert both == {"style": "style", "text": "text"}
    error = refused("missing-file", tmp_path, {"style": "str", "words": "str"})
    assert "`words`" in error.message and error.help is not None and "metadata.jsonl" in error.help


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("  ein Hündchen läuft 🐕\r\n".encode(), "ein Hündchen läuft 🐕"),
        ("\ufeff狗在跑\n".encode(), "狗在跑"),
        (b"two\nlines", "two\nlines"),
    ],
)
def test_captions_in_any_script(tmp_path: Path, content: bytes, text: str) -> None:
    write_mp4(tmp_path / "пёс 狗.mp4", frames(0))
    (tmp_path / "пёс 狗.txt").write_bytes(content)
    assert folder(tmp_path).sample(0).fields["prompt"] == text


def test_images_mix_with_clips_and_other_files_do_not(tmp_path: Path) -> None:
    clips(tmp_path, 2)
    write_png(tmp_path / "still.PNG", frames(70)[0])
    (tmp_path / "still.txt").write_text("still")
    (tmp_path / "notes.md").write_text("x")
    (tmp_path / ".clip.mp4").write_text("x")
    (tmp_path / ".git").mkdir()
    write_png(tmp_path / ".git" / "b.png", frames(0)[0])
    source = folder(tmp_path, {"prompt": "str", "video": Pixels(1, 8, 12)})
    assert {source.sample(position).source for position in range(3)} == {
        "clip00.mp4",
        "clip01.mp4",
        "still.PNG",
    }


def test_captions_are_not_asked_for_without_a_text_field(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(0))
    assert set(folder(tmp_path, {"video": Pixels(3, 8, 12)}).sample(0).fields) == {"video"}


def test_missing_captions_are_named(tmp_path: Path) -> None:
    clips(tmp_path, 8)
    for number in range(1, 8):
        (tmp_path / f"clip{number:02}.txt").unlink()
    error = refused("missing-file", tmp_path)
    assert "7 of 8 files" in error.message
    assert "clip01.mp4, clip02.mp4, clip03.mp4, clip04.mp4, clip05.mp4 and 2 more" in error.message
    assert error.help is not None and "clip01.txt beside clip01.mp4" in error.help


def test_empty_captions_are_pointed_out(tmp_path: Path) -> None:
    clips(tmp_path, 2)
    (tmp_path / "clip01.txt").write_text("\n")
    said: list[str] = []
    folder(tmp_path, said=said)
    assert len(said) == 1 and "1 of 2 captions" in said[0] and "clip01.mp4" in said[0]


def test_folders_that_hold_nothing(tmp_path: Path) -> None:
    assert "does not exist" in refused("missing-file", tmp_path / "none").message
    assert "holds no clips or images" in refused("missing-file", tmp_path).message
    (tmp_path / "file").write_text("x")
    assert "is not a folder" in refused("missing-file", tmp_path / "file").message


def test_captions_that_are_not_utf8(tmp_path: Path) -> None:
    clips(tmp_path, 2)
    (tmp_path / "clip01.txt").write_bytes("one\nEin Hündchen".encode("latin-1"))
    error = refused("data-mismatch", tmp_path)
    assert "clip01.txt:2: byte 0xfc is not UTF-8" in error.message
    assert error.help == "save the file as UTF-8"
    (tmp_path / "clip01.txt").write_bytes("word".encode("utf-16"))
    assert "0xff is not UTF-8" in refused("data-mismatch", tmp_path).message


GOOD_LINE = '{"file_name": "clip00.mp4", "text": "a"}\n'


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("{", "data-mismatch", ":2: not JSON"),
        ("[" * 100_000, "data-mismatch", ":2: not JSON"),
        ("[1]", "data-mismatch", ":2: no `file_name`"),
        ('{"text": "a"}', "data-mismatch", ":2: no `file_name`"),
        ('{"file_name": 5}', "data-mismatch", ":2: no `file_name`"),
        (GOOD_LINE, "data-mismatch", ":2: clip00.mp4 is described twice"),
    ],
    ids=lambda value: value[:20],
)
def test_metadata_lines_that_cannot_be_read(tmp_path: Path, line: str, code: str, message: str) -> None:
    clips(tmp_path, 1)
    (tmp_path / "metadata.jsonl").write_text(GOOD_LINE + line)
    assert message in refused(code, tmp_path).message


def test_entries_of_files_that_are_not_there(tmp_path: Path) -> None:
    """Taking a file out of a folder asks for no change of its metadata."""
    clips(tmp_path, 2)
    strangers = [
        json.dumps({"file_name": name, "text": "a"}) + "\n" for name in ("gone.mp4", "../clip00.mp4")
    ]
    (tmp_path / "metadata.jsonl").write_text(GOOD_LINE + "".join(strangers))
    said: list[str] = []
    assert len(folder(tmp_path, said=said)) == 2
    where = tmp_path / "metadata.jsonl"
    what = f"entries of {where} are of no clip, image or sound in {tmp_path}"
    assert said[0] == f"2 of 3 {what}, and are not used: gone.mp4, ../clip00.mp4"
    where.write_text("".join(strangers))
    assert refused("missing-file", tmp_path).message.startswith(f"2 of 2 {what}")


def test_what_is_wrong_with_several_files_is_told_at_once(tmp_path: Path) -> None:
    clips(tmp_path, 7)
    for n in range(6):
        (tmp_path / f"clip{n:02}.txt").write_bytes(b"\xff")
    found = refused("data-mismatch", tmp_path)
    assert found.message == f"6 files of captions in {tmp_path} cannot be read"
    assert len(found.facts) == 6 and found.facts[-1] == "and 1 more" and "clip00.txt:1" in found.facts[0]
    (tmp_path / "metadata.jsonl").write_text("{\n" + GOOD_LINE + "[]\n" + GOOD_LINE)
    found = refused("data-mismatch", tmp_path)
    assert found.message == f"3 lines of {tmp_path / 'metadata.jsonl'} cannot be used"
    assert [fact.split(":")[1] for fact in found.facts] == ["1", "3", "4"]


def test_collate(tmp_path: Path) -> None:
    source = folder(clips(tmp_path, 3))
    samples = [source.sample(position) for position in range(3)]
    batch = collate(samples)
    assert batch["prompt"] == [sample.fields["prompt"] for sample in samples]
    video = batch["video"]
    assert isinstance(video, Tensor) and video.shape == (3, 3, 3, 8, 12)
    assert torch.equal(video[1], samples[1].fields["video"])  # type: ignore[arg-type]


def test_the_fingerprint_tells_folders_apart(tmp_path: Path) -> None:
    before = folder(clips(tmp_path, 2)).fingerprint()
    assert folder(tmp_path, seed=5).fingerprint() == before
    (tmp_path / "clip01.txt").write_text("other")
    captioned = folder(tmp_path).fingerprint()
    clips(tmp_path, 3)
    assert len({before, captioned, folder(tmp_path).fingerprint()}) == 3


def lines(path: Path, fields: dict[str, FileField] | None = None) -> PromptLines:
    return PromptLines(path, fields or {"prompt": "str"}, 3, PLACE)


def test_prompts_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes("\ufeffa dog\r\n\n  a cat 🐈 \n\nbirds\u2028fly\n".encode())
    source = lines(path)
    got = [source.sample(position) for position in range(6)]
    texts = {sample.source: sample.fields["prompt"] for sample in got[:3]}
    assert texts == {"prompts.txt:1": "a dog", "prompts.txt:3": "a cat 🐈", "prompts.txt:5": "birds\u2028fly"}
    assert {sample.index for sample in got[3:]} == {0, 1, 2}
    assert [sample.index for sample in got[3:]] == order(3, 1, 3).tolist()
    assert len({sample.keys["prompt"] for sample in got}) == 3
    path.write_text("a dog\na cat 🐈\nbird\n", encoding="utf-8")
    assert lines(path).fingerprint() != source.fingerprint()


@pytest.mark.parametrize(
    ("content", "fields", "code", "message"),
    [
        (None, {"prompt": "str"}, "missing-file", "cannot be read"),
        (b" \n\n", {"prompt": "str"}, "data-mismatch", "has no lines"),
        (b"a\xff", {"prompt": "str"}, "data-mismatch", "0xff is not UTF-8"),
        (b"a", {"video": Pixels(1, 8, 8)}, "data-mismatch", "lines of text give one field"),
        (b"a", {"a": "str", "b": "str"}, "data-mismatch", "lines of text give one field"),
    ],
)
def test_prompt_files_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, fields: dict[str, FileField], code: str, message: str
) -> None:
    path = tmp_path / "prompts.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=message) as caught:
        lines(path, fields)
    assert (caught.value.code, caught.value.place) == (code, PLACE)


def test_every_kind_opens(tmp_path: Path) -> None:
    prompts = tmp_path / "p.txt"
    prompts.write_text("a\nb\n")
    assert len(open_files(LinesOptions(path=str(prompts)), {"prompt": "str"}, 0, PLACE, print)) == 2
    clips(tmp_path / "clips", 3)
    assert len(open_files(FolderOptions(path=str(tmp_path / "clips")), FIELDS, 0, PLACE, print)) == 3


def test_shapes_are_written_and_read_like_any_folder(tmp_path: Path) -> None:
    shapes: dict[str, FileField] = {"prompt": "str", "video": Pixels(4, 16, 16)}
    options = ShapesOptions(path=str(tmp_path / "shapes"), count=5)
    source = open_files(options, shapes, 0, PLACE, print)
    assert len(source) == 5
    sample = source.sample(0)
    assert collate([sample])["video"].shape == (1, 3, 4, 16, 16)  # type: ignore[union-attr]
    assert "moving" in str(source.sample(0).fields["prompt"])
    with pytest.raises(RunError, match="shapes give one field of pixels"):
        open_files(options, {"prompt": "str"}, 0, PLACE, print)
