"""Fields of a folder beside captions and clips: images, several pixels, sound, numbers and tensors."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4, write_png
from fdc.compiler.runtime.base.media.waves import write_wav
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import FileField, Number, Pixels, Values, Wave
from fdc.compiler.runtime.data.samples import Sample, collate

PLACE = (Path("clips.fdl"), 7)
RATE = 1600
FPS = 8
VIDEO, IMAGE = Pixels(3, 8, 12), Pixels(None, 8, 12)


def frames(brightness: int, count: int) -> Tensor:
    """Each frame is three grey levels brighter than the one before."""
    levels = ((torch.arange(count) + brightness) * 3).to(torch.uint8)
    return levels[:, None, None, None].expand(count, 8, 12, 3).contiguous()


def ramp(samples: int, start: float = 0.0) -> Tensor:
    """Sound of which each sample says its own number."""
    line = (torch.arange(samples) + start) / 8192
    return torch.stack([line, -line])


def clip(path: Path, brightness: int, count: int, samples: int, rate: int = RATE) -> None:
    """A clip with a lossless track of sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="matroska") as out:
        video = out.add_stream("libx264", rate=Fraction(FPS), options={"qp": "0"})
        video.width, video.height, video.pix_fmt = 12, 8, "yuv444p"
        sound = out.add_stream("pcm_s16le", rate=rate, layout="stereo")
        for picture in frames(brightness, count).numpy():
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode(None))
        levels = (ramp(samples) * 32767).round().to(torch.int16).T.contiguous().numpy().reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(levels, format="s16", layout="stereo")
        frame.sample_rate = rate
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))


def folder(root: Path, fields: dict[str, FileField], rate: int | None = None, **more: float) -> ClipFolder:
    return ClipFolder(root, fields, 0, PLACE, [].append, rate=rate, **more)


def refused(root: Path, fields: dict[str, FileField]) -> RunError:
    with pytest.raises(RunError) as caught:
        folder(root, fields)
    assert (caught.value.code, caught.value.place) == ("missing-file", PLACE)
    return caught.value


def tensor(sample: Sample, name: str) -> Tensor:
    value = sample.fields[name]
    assert isinstance(value, Tensor)
    return value


def first_level(pixels: Tensor) -> int:
    """The grey level of the first frame (or of an image), over three."""
    return round(((float(pixels.flatten()[0]) + 1) * 127.5) / 3)


def heard(sound: Tensor) -> list[int]:
    """The numbers of the samples that a ramp says it holds."""
    return (sound[0] * 8192).round().int().tolist()


def metadata(root: Path, *entries: dict[str, object]) -> None:
    (root / "metadata.jsonl").write_text("\n".join(map(json.dumps, entries)))


def test_images_have_no_axis_of_frames(tmp_path: Path) -> None:
    for n in range(3):
        write_png(tmp_path / f"{n}.png", frames(10 * n, 1)[0])
    write_mp4(tmp_path / "z.mp4", frames(40, 6), lossless=True)
    source = folder(tmp_path, {"image": IMAGE})
    batch = collate([source.sample(p) for p in range(4)])
    assert batch["image"].shape == (4, 3, 8, 12)
    levels = {source.sample(p).source: first_level(tensor(source.sample(p), "image")) for p in range(4)}
    assert [levels[f"{n}.png"] for n in range(3)] == [0, 10, 20] and 40 <= levels["z.mp4"] <= 45
    one_frame = folder(tmp_path, {"image": Pixels(1, 8, 12)})
    assert tensor(one_frame.sample(0), "image").shape == (3, 1, 8, 12)
    assert one_frame.sample(0).keys["image"] != source.sample(0).keys["image"]


def test_an_image_of_a_clip_is_the_first_frame_of_its_cut(tmp_path: Path) -> None:
    for n in range(3):
        write_mp4(tmp_path / f"{n}.mp4", frames(20 * n, 9), lossless=True)
    for fields in ({"image": IMAGE, "video": VIDEO}, {"video": VIDEO, "image": IMAGE}):
        source = folder(tmp_path, fields)
        starts = set()
        for position in range(9):
            sample = source.sample(position)
            video, image = tensor(sample, "video"), tensor(sample, "image")
            assert torch.equal(video[:, 0], image)
            starts.add(first_level(image) - 20 * sample.index)
        assert len(starts) > 3 and max(starts) <= 6


def test_an_image_beside_a_clip(tmp_path: Path) -> None:
    for n in range(2):
        write_mp4(tmp_path / f"{n}.mp4", frames(20 * n, 3), lossless=True)
        write_png(tmp_path / f"{n}.image.png", frames(60 + n, 1)[0])
    source = folder(tmp_path, {"image": IMAGE, "video": VIDEO})
    assert len(source) == 2
    for position in range(2):
        sample = source.sample(position)
        assert first_level(tensor(sample, "image")) == 60 + sample.index
        assert first_level(tensor(sample, "video")) == 20 * sample.index
    before = source.fingerprint()
    write_png(tmp_path / "1.image.png", (torch.arange(8 * 12 * 3) % 251).to(torch.uint8).view(8, 12, 3))
    assert folder(tmp_path, {"image": IMAGE, "video": VIDEO}).fingerprint() != before
    (tmp_path / "1.image.png").unlink()
    error = refused(tmp_path, {"image": IMAGE, "video": VIDEO})
    assert "1 of 2 files" in error.message and "no `image`: 1.mp4" in error.message
    assert "1.image.png beside 1.mp4" in str(error.help)


def test_an_image_beside_a_clip_may_be_its_one_given_frame(tmp_path: Path) -> None:
    """A still picture has no frame at which it might be cut with a clip."""
    for n in range(2):
        write_mp4(tmp_path / f"{n}.mp4", frames(20 * n, 9), lossless=True)
        write_png(tmp_path / f"{n}.shown.png", frames(60 + n, 1)[0])
    source = folder(tmp_path, {"shown": Pixels(1, 8, 12), "video": VIDEO})
    sample = source.sample(0)
    assert tensor(sample, "shown").shape == (3, 1, 8, 12)
    assert first_level(tensor(sample, "shown")[:, 0]) == 60 + sample.index


def test_names_that_only_look_like_those_of_fields(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.prompt.mp4", "a.score.mp4", "b.image.mp4"):
        write_mp4(tmp_path / name, frames(0, 3), lossless=True)
        (tmp_path / name).with_suffix(".txt").write_text(name)
    entries = [{"file_name": p.name, "score": 1.0} for p in tmp_path.glob("*.mp4")]
    metadata(tmp_path, *entries)
    fields: dict[str, FileField] = {"prompt": "str", "score": Number("float"), "image": IMAGE}
    source = folder(tmp_path, fields)
    found = {s.source: s.fields["prompt"] for s in map(source.sample, range(4))}
    assert found == {n: n for n in ("a.mp4", "a.prompt.mp4", "a.score.mp4", "b.image.mp4")}


def test_a_file_that_metadata_names(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(0, 3), lossless=True)
    write_png(tmp_path / "faces" / "b.png", frames(50, 1)[0])
    fields: dict[str, FileField] = {"image": IMAGE, "video": VIDEO}
    metadata(
        tmp_path,
        {"file_name": "a.mp4", "image": "faces/b.png"},
        {"file_name": "faces/b.png", "image": "a.mp4"},
    )
    source = folder(tmp_path, {"image": IMAGE})
    found = {s.source: first_level(tensor(s, "image")) for s in map(source.sample, range(2))}
    assert found == {"a.mp4": 50, "faces/b.png": 0}
    metadata(tmp_path, {"file_name": "a.mp4", "image": "faces/c.png"})
    assert "names faces/c.png as `image` of a.mp4" in refused(tmp_path, fields).message


@pytest.mark.parametrize("beside", [False, True])
def test_sound_is_cut_with_its_clip(tmp_path: Path, beside: bool) -> None:
    fields: dict[str, FileField] = {"video": VIDEO, "sound": Wave(2, 500), "mono": Wave(1, 500)}
    for n in range(2):
        clip(tmp_path / f"{n}.webm", 30 * n, 12, 2400)
        if beside:
            write_wav(tmp_path / f"{n}.wav", ramp(2400, 4000), RATE)
    source = folder(tmp_path, fields)
    starts = set()
    for position in range(8):
        sample = source.sample(position)
        start = first_level(tensor(sample, "video")) - 30 * sample.index
        first = start * RATE // FPS + 4000 * beside
        assert heard(tensor(sample, "sound")) == list(range(first, first + 500))
        assert tensor(sample, "mono").shape == (1, 500)
        assert tensor(sample, "mono").abs().max() < 1e-3, "both channels' mean"
        starts.add(start)
    assert len(starts) > 3
    assert max(starts) <= 9
    again = folder(tmp_path, fields)
    for position in (7, 2, 5):
        one, other = again.sample(position), source.sample(position)
        assert one.keys == other.keys
        assert torch.equal(tensor(one, "sound"), tensor(other, "sound"))


def test_a_clip_is_cut_where_there_is_sound_enough(tmp_path: Path) -> None:
    clip(tmp_path / "a.webm", 0, 12, 1100)
    source = folder(tmp_path, {"video": VIDEO, "sound": Wave(2, 600)})
    starts = {first_level(tensor(source.sample(p), "video")) for p in range(20)}
    assert starts == {0, 1, 2}
    with pytest.raises(RunError) as caught:
        folder(tmp_path, {"video": VIDEO, "sound": Wave(2, 1200)}).sample(0)
    assert "has 1100 samples, and 1200 are wanted" in str(caught.value.facts)


def test_a_folder_of_sounds(tmp_path: Path) -> None:
    for n, name in enumerate(("a.wav", "b.wav")):
        write_wav(tmp_path / name, ramp(900, 2000 * n), RATE)
        (tmp_path / name).with_suffix(".txt").write_text(f"sound {n}")
    clip(tmp_path / "c.webm", 0, 3, 900)
    clip(tmp_path / "b.webm", 0, 3, 900)
    (tmp_path / "c.txt").write_text("of a clip")
    source = folder(tmp_path, {"prompt": "str", "sound": Wave(2, 300)})
    assert len(source) == 3
    for position in range(6):
        sample = source.sample(position)
        numbers = heard(tensor(sample, "sound"))
        assert numbers == list(range(numbers[0], numbers[0] + 300))
        assert numbers[0] - {"a.wav": 0, "b.wav": 2000, "c.webm": 0}[sample.source] in range(601)
    assert source.rate == RATE


def test_rates(tmp_path: Path) -> None:
    for n in range(10):
        write_wav(tmp_path / f"{n}.wav", ramp(900), RATE if n else 2 * RATE)
    with pytest.raises(RunError) as caught:
        for position in range(10):
            folder(tmp_path, {"sound": Wave(2, 300)}).sample(position)
    assert "has 1600 samples a second, and the first of the folder has 3200: `rate = 3200`" in str(
        caught.value.facts
    )
    source = folder(tmp_path, {"sound": Wave(2, 300)}, rate=RATE)
    for position in range(10):
        sample = source.sample(position)
        steps = tensor(sample, "sound")[0].diff()[50:-50] * 8192
        assert torch.allclose(steps, torch.full_like(steps, 1.0 if sample.index else 2.0), atol=0.6)


def test_sound_that_lies_missing_is_told_before_the_first_step(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", frames(0, 3))
    error = refused(tmp_path, {"video": VIDEO, "sound": Wave(2, 10)})
    assert "has no sound in a.mp4" in error.message
    write_png(tmp_path / "b.png", frames(0, 1)[0])
    assert "1 of 2 files" in refused(tmp_path, {"image": IMAGE, "sound": Wave(2, 10)}).message
    write_png(tmp_path / "images" / "c.png", frames(0, 1)[0])
    assert "holds no sounds" in refused(tmp_path / "images", {"sound": Wave(2, 10)}).message


def test_numbers_come_from_metadata(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_png(tmp_path / f"{name}.png", frames(0, 1)[0])
    fields: dict[str, FileField] = {"score": Number("float"), "label": Number("int"), "seen": Number("bool")}
    metadata(
        tmp_path,
        {"file_name": "a.png", "score": 1, "label": 3, "seen": True},
        {"file_name": "b.png", "score": -0.5, "label": -4, "seen": False},
    )
    source = folder(tmp_path, fields)
    samples = {s.source: s for s in map(source.sample, range(2))}
    batch = collate([samples["a.png"], samples["b.png"]])
    assert batch["score"].tolist() == [1.0, -0.5] and batch["score"].dtype == torch.float32
    assert batch["label"].tolist() == [3, -4] and batch["label"].dtype == torch.int64
    assert batch["seen"].tolist() == [True, False] and batch["seen"].dtype == torch.bool
    metadata(tmp_path, {"file_name": "a.png", "score": 1, "label": 3.5, "seen": 1})
    assert "2 of 2 files" in refused(tmp_path, {"label": Number("int")}).message
    error = refused(tmp_path, {"score": Number("float")})
    assert "no float for `score`: b.png" in error.message
    assert '{"file_name": "b.png", "score": 0.5}' in str(error.help)
    assert "no bool for `seen`" in refused(tmp_path, {"seen": Number("bool")}).message


def test_tensors_lie_beside(tmp_path: Path) -> None:
    fields: dict[str, FileField] = {
        "pose": Values("bf16", (2, 3)),
        "ids": Values("i64", (4,)),
        "given": Values("mask", (2,)),
    }
    for n, name in enumerate(("a", "b")):
        write_png(tmp_path / f"{name}.png", frames(0, 1)[0])
        np.save(tmp_path / f"{name}.pose.npy", np.full((2, 3), n + 0.5))
        save_file(
            {"ids": torch.arange(4) + n, "given": torch.tensor([True, False])},
            tmp_path / f"{name}.safetensors",
        )
    source = folder(tmp_path, fields)
    for sample in map(source.sample, range(2)):
        assert torch.equal(tensor(sample, "pose"), torch.full((2, 3), sample.index + 0.5))
        assert tensor(sample, "ids").tolist() == [sample.index + k for k in range(4)]
        assert tensor(sample, "given").tolist() == [True, False]
    np.save(tmp_path / "b.pose.npy", np.zeros((3, 2)))
    with pytest.raises(RunError) as caught:
        for position in range(2):
            folder(tmp_path, fields).sample(position)
    assert "holds float64[3, 2], and bf16[2, 3] is wanted" in str(caught.value.facts)
    (tmp_path / "b.pose.npy").unlink()
    assert "no `pose`: b.png" in refused(tmp_path, {"pose": Values("f32", (2, 3))}).message
