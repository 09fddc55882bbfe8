"""Frames by number and by time: which are picked, where a cut may start, and what a folder gives of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.media_probe import MediaProbe, probe
from fdc.compiler.runtime.base.settings import FolderOptions
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder, Probing
from fdc.compiler.runtime.data.folders.cuts.frame_picks import Pace
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels
from fdc.compiler.runtime.data.open_data import open_files

VIDEO: dict[str, FileField] = {"video": Pixels(4, 8, 12)}


def clip(path: Path, ticks: list[int], per_second: int, form: str = "mp4", level: int = 0) -> None:
    """Lossless; frame n is shown from the nth of `ticks` on, and is three grey levels brighter than the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=form) as out:
        stream = out.add_stream("libx264", rate=per_second, options={"qp": "0", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 12, 8, "yuv444p"
        stream.codec_context.time_base = Fraction(1, per_second)
        for n, tick in enumerate(ticks):
            grey = torch.full((8, 12, 3), 3 * (n + level), dtype=torch.uint8).numpy()
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, per_second)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def opened(
    root: Path, pace: Pace, fields: dict[str, FileField] = VIDEO, failing: float = 0.0
) -> tuple[ClipFolder, list[str]]:
    said: list[str] = []
    return ClipFolder(root, fields, 0, None, said.append, failing, None, Probing(None, {"F": 4}), pace), said


def shown(value: object) -> list[int]:
    """The numbers of the frames."""
    assert isinstance(value, Tensor)
    return ((value[0, :, 4, 6] + 1) * 127.5 / 3).round().int().tolist()


def cuts(root: Path, pace: Pace) -> set[tuple[int, ...]]:
    source, _ = opened(root, pace)
    return {tuple(shown(source.sample(p).fields["video"])) for p in range(40)}


def test_every_nth_frame(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(9)), 8)
    assert cuts(tmp_path, Pace(stride=2)) == {(0, 2, 4, 6), (1, 3, 5, 7), (2, 4, 6, 8)}
    with pytest.raises(RunError) as caught:
        opened(tmp_path, Pace(stride=4))
    assert caught.value.facts == ("a.mp4 has 3 frames, one in 4, and 4 are wanted",)


def test_cuts_at_one_place(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(9)), 8)
    assert cuts(tmp_path, Pace(cut="first")) == {(0, 1, 2, 3)}
    assert cuts(tmp_path, Pace(cut="middle")) == {(2, 3, 4, 5)}
    assert cuts(tmp_path, Pace(stride=2, cut="middle")) == {(1, 3, 5, 7)}


@pytest.mark.parametrize(("name", "form"), [("a.mp4", "mp4"), ("a.mkv", "matroska"), ("a.avi", "avi")])
def test_frames_at_a_rate(tmp_path: Path, name: str, form: str) -> None:
    """Matroska rounds times to a millisecond, and AVI has none."""
    clip(tmp_path / name, list(range(8)), 24, form)
    assert cuts(tmp_path, Pace(fps=24)) == {tuple(range(s, s + 4)) for s in range(5)}
    assert cuts(tmp_path, Pace(fps=12)) == {(0, 2, 4, 6), (1, 3, 5, 7)}
    assert cuts(tmp_path, Pace(fps=24, stride=2)) == cuts(tmp_path, Pace(fps=12))
    assert cuts(tmp_path, Pace(fps=16)) == {tuple(s + n for n in (0, 1, 3, 4)) for s in range(4)}


def test_frames_that_are_shown_for_different_times(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", [0, 1, 2, 6, 7, 8], 8)
    assert cuts(tmp_path, Pace(fps=4)) == {(0, 2, 2, 3), (1, 2, 2, 4), (2, 2, 3, 5)}
    assert opened(tmp_path, Pace(fps=4))[1] == []


def test_slower_clips_show_frames_twice_and_that_is_told(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(2)), 8)
    clip(tmp_path / "b.mp4", list(range(6)), 16)
    source, said = opened(tmp_path, Pace(fps=16))
    assert said == [
        f"1 of 2 clips in {tmp_path} have fewer than 16 frames a second, and some of their frames come twice"
    ]
    found = {s.source: shown(s.fields["video"]) for s in map(source.sample, range(2))}
    assert found["a.mp4"] == [0, 0, 1, 1]


def test_too_short_at_a_rate(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(20)), 60)
    clip(tmp_path / "b.mp4", list(range(20)), 8)
    with pytest.raises(RunError, match="1 of 2 files") as caught:
        opened(tmp_path, Pace(fps=8))
    assert caught.value.facts == ("a.mp4 has 3 frames at 8 a second, and 4 are wanted",)
    assert "F = 3 fits all" in str(caught.value.help)


def test_a_clip_beside_is_cut_at_the_same_time(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(24)), 24)
    clip(tmp_path / "a.control.mp4", list(range(8)), 8, level=40)
    source, _ = opened(tmp_path, Pace(fps=8), {**VIDEO, "control": Pixels(4, 8, 12)})
    starts = set()
    for position in range(30):
        fields = source.sample(position).fields
        video, control = shown(fields["video"]), shown(fields["control"])
        starts.add(video[0])
        assert video == [video[0] + 3 * n for n in range(4)]
        assert control == [40 + frame // 3 for frame in video]
    assert len(starts) > 8


def test_a_moving_image_has_times(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (12, 8), (3 * n,) * 3) for n in range(6)]
    pictures[0].save(
        tmp_path / "a.webp", save_all=True, append_images=pictures[1:], duration=250, lossless=True
    )
    assert cuts(tmp_path, Pace(fps=4)) == {(0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)}
    assert cuts(tmp_path, Pace(fps=8)) >= {(0, 0, 1, 1), (4, 4, 5, 5)}


def test_keys_and_fingerprints_tell_paces_apart(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(12)), 24)
    sources = [opened(tmp_path, pace)[0] for pace in (Pace(), Pace(stride=2), Pace(fps=24), Pace(fps=12))]
    assert len({s.sample(0).keys["video"].split("4x8x12")[1] for s in sources}) == 4
    assert len({s.fingerprint() for s in sources}) == 4


def test_samples_are_written_at_the_rate_of_the_data(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(12)), 24)
    assert opened(tmp_path, Pace())[0].frame_rate == 24
    assert opened(tmp_path, Pace(stride=2))[0].frame_rate == 12
    assert opened(tmp_path, Pace(fps=16, stride=2))[0].frame_rate == 8
    clip(tmp_path / "b.mp4", list(range(12)), 8)
    assert opened(tmp_path, Pace())[0].frame_rate is None


def test_the_settings_reach_the_folder(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", list(range(12)), 24)
    options = FolderOptions(path=str(tmp_path), fps=12, stride=2)
    source = open_files(options, VIDEO, 0, None, print)
    assert isinstance(source, ClipFolder) and source.frame_rate == 6


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=30),
    st.sampled_from([1, 3, 8, 10, 24, 100]),
    st.integers(1, 3),
    st.integers(1, 6),
)
def test_every_start_has_all_its_frames(gaps: list[int], fps: int, stride: int, frames: int) -> None:
    """At every start up to the last, frames ascend, exist, and are those on show at their times; and what headers say of
    the longest cut agrees with where cuts may start."""
    times = [sum(gaps[:n]) / 30 for n in range(len(gaps))]
    pace = Pace(fps, stride)
    last = pace.last_start(frames, len(times), times)
    for start in range(last + 1):
        numbers = pace.numbers(frames, start, times)
        assert len(numbers) == frames and numbers[0] == start and numbers[-1] < len(times)
        for n, number in enumerate(numbers):
            at = times[start] + n * stride / fps
            assert times[number] <= at + 0.01
            assert number + 1 == len(times) or times[number + 1] > at - 0.01
    if len(times) > 1:
        seconds = times[-1] + times[-1] - times[-2]
        most = pace.most(MediaProbe(len(times), 1.0, True, seconds))
        assert most is not None and (most >= frames) == (last >= 0)


def test_how_long_a_clip_is_shown(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", [0, 1, 2, 6], 8)
    found = probe(tmp_path / "a.mp4")
    assert (found.frames, found.steady, found.seconds) == (4, False, 1.25)
