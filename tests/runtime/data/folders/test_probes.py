"""Files are looked into before the first step: what cannot be used, which size fits all, rates that differ."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch
from PIL import Image
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media import clips_and_images as media
from fdc.compiler.runtime.base.media.clips_and_images import MediaError, write_mp4, write_png
from fdc.compiler.runtime.base.media.media_probe import MediaProbe, probe
from fdc.compiler.runtime.base.media.waves import write_wav
from fdc.compiler.runtime.data.folders import probes
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder, Probing
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels, Wave

VIDEO: dict[str, FileField] = {"video": Pixels(5, 8, 12)}


def frames(count: int) -> Tensor:
    return torch.zeros(count, 8, 12, 3, dtype=torch.uint8)


def opened(
    root: Path, failing: float = 0.5, kept: Path | None = None, fields: dict[str, FileField] = VIDEO
) -> tuple[ClipFolder, list[str]]:
    said: list[str] = []
    sizes = {"H": 8, "F": 5}
    return ClipFolder(root, fields, 0, None, said.append, failing, None, Probing(kept, sizes)), said


def test_a_probe_is_of_headers(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(7), fps=Fraction(24))
    write_png(tmp_path / "b.png", frames(1)[0])
    (tmp_path / "c.mp4").write_bytes(b"x")
    assert probe(tmp_path / "a.mp4") == MediaProbe(7, 24.0, True, 0.291667, 12, 8)
    assert probe(tmp_path / "b.png") == MediaProbe(1, width=12, height=8)
    assert probe(tmp_path / "c.mp4").problem.startswith("cannot be decoded")


def test_what_cannot_be_used_is_told_at_once_with_the_size_that_fits(tmp_path: Path) -> None:
    for name, count in (("a", 5), ("b", 3), ("c", 4), ("d", 6)):
        write_mp4(tmp_path / f"{name}.mp4", frames(count))
    source, said = opened(tmp_path)
    assert said == [
        f"2 of 4 files in {tmp_path} cannot be used and are left out: b.mp4 has 3 frames, and 5 are wanted; "
        "c.mp4 has 4 frames, and 5 are wanted; F = 3 fits all"
    ]
    assert {source.sample(p).source for p in range(8)} == {"a.mp4", "d.mp4"}
    assert len(said) == 1, "and only once"
    with pytest.raises(RunError, match=r"2 of 4 files .* more than the 10%") as caught:
        opened(tmp_path, failing=0.1)
    assert str(caught.value.help).endswith("; F = 3 fits all")
    (tmp_path / "b.mp4").write_bytes(b"x")
    _, said = opened(tmp_path)
    assert "b.mp4 cannot be decoded" in said[0] and "fits all" not in said[0]


def test_an_image_beside_a_clip_needs_one_frame(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(5))
    write_png(tmp_path / "a.image.png", frames(1)[0])
    fields: dict[str, FileField] = {**VIDEO, "image": Pixels(None, 8, 12)}
    assert opened(tmp_path, 0.0, fields=fields)[1] == []
    write_mp4(tmp_path / "a.video.mp4", frames(4))
    with pytest.raises(RunError, match=r"1 of 1 files"):
        opened(tmp_path, 0.0, fields=fields)


def test_left_out_ahead_is_left_out_as_before(tmp_path: Path) -> None:
    """The same samples come whether a file is found too short before the first step or when it is read."""
    for n in range(5):
        write_mp4(tmp_path / f"{n}.mp4", frames(9 if n != 2 else 1))
    ahead, _ = opened(tmp_path)
    late = ClipFolder(tmp_path, VIDEO, 0, None, [].append, 0.5)
    assert [ahead.sample(p).keys for p in range(15)] == [late.sample(p).keys for p in range(15)]


def test_probes_are_kept_by_size_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, kept, read = tmp_path / "data", tmp_path / "kept", []

    def counted(path: Path) -> MediaProbe:
        read.append(path.name)
        return probe(path)

    monkeypatch.setattr(probes, "probe", counted)
    for name in ("a", "b"):
        write_mp4(data / f"{name}.mp4", frames(5))
    for _ in range(2):
        opened(data, kept=kept)
    assert sorted(read) == ["a.mp4", "b.mp4"]
    write_mp4(data / "b.mp4", frames(6))
    os.utime(data / "b.mp4", (1, 1))
    opened(data, kept=kept)
    assert sorted(read[2:]) == ["b.mp4"]
    for damaged in ("{", '{"version": 4, "files": {"x": {"y": 1}}}', "[]"):
        next((kept / "probes").iterdir()).write_text(damaged)
        del read[:]
        opened(data, kept=kept)
        assert sorted(read) == ["a.mp4", "b.mp4"], damaged


def test_rates_that_differ_are_told(tmp_path: Path) -> None:
    for n, fps in enumerate((8, 24, 24)):
        write_mp4(tmp_path / f"{n}.mp4", frames(6), fps=fps)
    assert opened(tmp_path)[1] == [
        f"clips in {tmp_path} have different numbers of frames a second, and each is read at its own, "
        "without an `fps`: 24 (2), 8 (1)"
    ]
    image: dict[str, FileField] = {"image": Pixels(None, 8, 12)}
    assert opened(tmp_path, fields=image)[1] == [], "a single frame has no rate"
    write_mp4(tmp_path / "0.mp4", frames(2), fps=8)
    (said,) = opened(tmp_path)[1]
    assert "0.mp4 has 2 frames" in said, "the rate of what is left out is nobody's concern"


def test_uneven_frames_are_told(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 12, 8, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        for n in (0, 1, 2, 12, 13, 14):
            frame = av.VideoFrame.from_ndarray(frames(1)[0].numpy(), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    _, said = opened(tmp_path)
    assert len(said) == 1 and said[0].startswith("1 clip shows frames for different times")


def test_what_is_too_large_is_told_ahead_and_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, side in (("a", 40), ("b", 80), ("c", 8)):
        Image.new("1", (side, side)).save(tmp_path / f"{name}.png")
    write_mp4(tmp_path / "d.mp4", torch.zeros(2, 80, 80, 3, dtype=torch.uint8))
    monkeypatch.setattr(media, "fit", lambda *given: pytest.fail("it was decoded"))
    fields: dict[str, FileField] = {"image": Pixels(None, 8, 8, most=1600)}
    _, said = opened(tmp_path, fields=fields)
    assert said == [
        f"2 of 4 files in {tmp_path} cannot be used and are left out: "
        "b.png has 80 × 80 pixels, more than `max_pixels` = 1600; d.mp4 has 80 × 80 pixels, more than `max_pixels` = 1600"
    ]
    late = ClipFolder(tmp_path, {"image": Pixels(None, 8, 8, most=63)}, None, None, [].append, 1.0)
    with pytest.raises(RunError) as caught:
        late.sample(0)
    assert len(caught.value.facts) == 4 and all("`max_pixels` = 63" in fact for fact in caught.value.facts)


def test_an_image_of_169_million_pixels_is_refused_by_the_usual_limit(tmp_path: Path) -> None:
    Image.new("1", (13000, 13000)).save(tmp_path / "a.png")
    with pytest.raises(MediaError, match="13000 × 13000 pixels, more than `max_pixels` = 64000000"):
        media.read_pixels(tmp_path / "a.png", 1, 8, 8, lambda count: 0)


def test_sound_is_looked_at_ahead(tmp_path: Path) -> None:
    for name, rate, samples in (("a", 8000, 9000), ("b", 8000, 9000), ("c", 16000, 9000), ("d", 8000, 200)):
        write_wav(tmp_path / f"{name}.wav", torch.zeros(1, samples), rate)
    (tmp_path / "e.wav").write_bytes(b"x")
    source, said = opened(tmp_path, 0.6, fields={"sound": Wave(1, 8000)})
    assert said == [
        f"3 of 5 files in {tmp_path} cannot be used and are left out: "
        "c.wav has 16000 samples a second, and the first of the folder has 8000: `rate = 8000` resamples; "
        "d.wav has 200 samples, and 8000 are wanted; e.wav cannot be decoded (Invalid data found when processing input)"
    ]
    assert {source.sample(p).source for p in range(5)} == {"a.wav", "b.wav"}
