"""Files as people have them: damaged, misnamed, odd, rotated, transparent; and files written for people."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from fdc.compiler.runtime.base.media.clips_and_images import (
    READERS,
    MediaError,
    count_frames,
    decode,
    fit,
    frame_times,
    from_uint8,
    read_pixels,
    shown_size,
    to_uint8,
    write_mp4,
    write_png,
)
from fdc.compiler.runtime.base.media.contact_sheet import contact_sheet


def moving(count: int, height: int = 24, width: int = 32) -> Tensor:
    """A smooth picture whose brightness tells the frame's number (4 levels a frame)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    picture = torch.stack([y * 2, x * 2, torch.full_like(x, 30)], -1)
    return torch.stack([(picture + 4 * n) for n in range(count)]).clamp(0, 255).to(torch.uint8)


def static(count: int) -> Tensor:
    """Noise, which compresses badly: most bytes of a file of it are pixels."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 255, (count, 64, 64, 3), dtype=torch.uint8, generator=generator)


def largest_error(one: Tensor, other: Tensor) -> int:
    assert one.shape == other.shape
    return int((one.int() - other.int()).abs().max())


def write_webm(path: Path, frames: Tensor, codec: str = "libvpx-vp9") -> None:
    with av.open(str(path), "w", format="webm") as out:
        stream = out.add_stream(codec, rate=10, options={"crf": "5", "b": "2M", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for frame in frames.numpy():
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        out.mux(stream.encode(None))


def first(_: int) -> int:
    return 0


@pytest.mark.parametrize("size", [(24, 32), (23, 31), (1, 1), (16, 17)])
def test_lossless_mp4_keeps_size_and_colours(tmp_path: Path, size: tuple[int, int]) -> None:
    frames = moving(5, *size)
    write_mp4(tmp_path / "a.mp4", frames, lossless=True)
    assert largest_error(decode(tmp_path / "a.mp4"), frames) <= 2


@pytest.mark.parametrize(("size", "written"), [((24, 32), (24, 32)), ((23, 31), (24, 32))])
def test_mp4_for_players(tmp_path: Path, size: tuple[int, int], written: tuple[int, int]) -> None:
    frames = moving(5, *size)
    write_mp4(tmp_path / "a.mp4", frames, fps=24)
    got = decode(tmp_path / "a.mp4")
    assert got.shape == (5, *written, 3)
    assert largest_error(got[:, : size[0], : size[1]], frames) <= 12
    with av.open(str(tmp_path / "a.mp4")) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.pix_fmt, stream.average_rate) == ("yuv420p", 24)


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_mp4(tmp_path / f"{name}.mp4", moving(6))
        write_png(tmp_path / f"{name}.png", moving(1)[0])
        contact_sheet(tmp_path / f"{name}-sheet.png", {"row": [moving(6)]})
    for ending in (".mp4", ".png", "-sheet.png"):
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 6, "nothing is left aside"


@pytest.mark.parametrize("size", [(24, 32), (16, 16), (23, 31)])
def test_memory_does_not_leak_into_a_file(tmp_path: Path, size: tuple[int, int]) -> None:
    found, rubbish = set(), []
    for turn in range(12):
        write_mp4(tmp_path / "a.mp4", moving(6, *size))
        found.add((tmp_path / "a.mp4").read_bytes())
        rubbish = [np.full(500 * (n % 40 + 1), 37 * turn + n, np.int64) for n in range(80)][::2]
    assert len(found) == 1 and rubbish


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_mp4(path, moving(2))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="dtype"):
        write_mp4(path, moving(2).float())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_png_is_exact(tmp_path: Path) -> None:
    write_png(tmp_path / "deep" / "a.png", moving(1, 7, 5)[0])
    assert torch.equal(decode(tmp_path / "deep" / "a.png"), moving(1, 7, 5))


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libvpx"])
def test_webm(tmp_path: Path, codec: str) -> None:
    write_webm(tmp_path / "a.webm", moving(20), codec)
    got = decode(tmp_path / "a.webm")
    assert got.shape == (20, 24, 32, 3)
    levels = (got.float().mean((1, 2, 3)) - moving(20).float().mean((1, 2, 3))).abs()
    assert float(levels.max()) < 4


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".gif"])
def test_any_start_gives_the_frames_from_there(tmp_path: Path, ending: str) -> None:
    path, frames = tmp_path / f"a{ending}", moving(40)
    if ending == ".mp4":  # with frames that are stored out of order, and several places to seek to
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=10, options={"bf": "3", "g": "12"})
            stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
            for frame in frames.numpy():
                out.mux(
                    stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24"))
                )
            out.mux(stream.encode(None))
    elif ending == ".webm":
        write_webm(path, frames)
    else:
        pictures = [Image.fromarray(frame) for frame in frames.numpy()]
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=50)
    whole = decode(path)
    assert len(whole) == 40
    for start in (0, 1, 11, 12, 13, 30, 35):
        counts: list[int] = []

        def pick(count: int, start: int = start, counts: list[int] = counts) -> int:
            counts.append(count)
            return start

        pixels, at = read_pixels(path, 5, 24, 32, pick)
        assert (counts, at) == ([40], start)
        assert torch.equal(to_uint8(pixels), whole[start : start + 5])


def test_a_rotated_clip_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    write_mp4(path, moving(3), lossless=True)
    upright = decode(path)
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    quarter = [0, 1 << 16, 0, -1 << 16, 0, 0, 24 << 16, 0, 1 << 30]  # x to y, y to minus x: clockwise
    content[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in quarter)
    path.write_bytes(content)
    assert torch.equal(decode(path), torch.rot90(upright, -1, (1, 2)))


def save(path: Path, image: Image.Image, **options: object) -> Tensor:
    image.save(path, **options)  # type: ignore[arg-type]
    return decode(path)


def test_images_of_every_mode(tmp_path: Path) -> None:
    rgb = moving(1, 16, 24)
    image = Image.fromarray(rgb[0].numpy())
    grey = save(tmp_path / "grey.png", image.convert("L"))
    assert torch.equal(grey[..., 0], grey[..., 2])
    assert torch.equal(save(tmp_path / "p.bmp", image), rgb)
    few = image.quantize(8)
    assert np.array_equal(save(tmp_path / "palette.png", few)[0], np.asarray(few.convert("RGB")))
    assert largest_error(save(tmp_path / "cmyk.jpg", image.convert("CMYK"), quality=100), rgb) <= 8
    assert largest_error(save(tmp_path / "a.JPEG", image, quality=100, subsampling=0), rgb) <= 4
    assert torch.equal(save(tmp_path / "a.webp", image, lossless=True), rgb)
    deep = Image.fromarray(np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16))
    got = save(tmp_path / "deep.png", deep)
    assert got[0, :, :, 1].flatten().tolist() == list(range(256))
    assert save(tmp_path / "bit.png", image.convert("1")).shape == rgb.shape


def test_a_rotated_photo_stands_upright(tmp_path: Path) -> None:
    rgb = moving(1, 16, 24)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    got = save(tmp_path / "a.png", Image.fromarray(rgb[0].numpy()), exif=exif)
    assert torch.equal(got, torch.rot90(rgb, -1, (1, 2)))


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    rgba = np.zeros((4, 6, 4), np.uint8)
    rgba[:, :3] = (200, 0, 0, 255)
    rgba[:, 3:] = (0, 0, 99, 0)
    image = Image.fromarray(rgba)
    expected = np.full((4, 6, 3), 255, np.uint8)
    expected[:, :3] = (200, 0, 0)
    assert np.array_equal(save(tmp_path / "a.png", image)[0], expected)
    other = Image.fromarray(np.ascontiguousarray(rgba[:, ::-1]))
    got = save(tmp_path / "a.gif", image, save_all=True, append_images=[other], disposal=2)
    assert np.array_equal(got[0], expected)
    assert np.array_equal(got[1], expected[:, ::-1])


def write_clip(path: Path, frames: Tensor, form: str, codec: str) -> None:
    """A lossless clip in any container; frames come in order, as some containers have no other times."""
    with av.open(str(path), "w", format=form) as out:
        stream = out.add_stream(codec, rate=10, options={"qp": "0", "bf": "0"} if codec == "libx264" else {})
        stream.width, stream.height = frames.shape[2], frames.shape[1]
        stream.pix_fmt = "yuv444p" if codec == "libx264" else "bgr0"
        for frame in frames.numpy():
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            out.mux(stream.encode(picture.reformat(format=stream.pix_fmt)))
        out.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("name", "form", "codec"),
    [
        ("a.mkv", "matroska", "libx264"),
        ("a.mov", "mov", "libx264"),
        ("a.m4v", "mp4", "libx264"),
        ("a.avi", "avi", "libx264"),
        ("b.avi", "avi", "ffv1"),
    ],
)
def test_every_container_gives_the_frames_from_a_start(
    tmp_path: Path, name: str, form: str, codec: str
) -> None:
    write_clip(tmp_path / name, moving(6), form, codec)
    assert largest_error(decode(tmp_path / name), moving(6)) <= 3
    pixels, start = read_pixels(tmp_path / name, 3, 24, 32, lambda count: count - 3)
    assert start == 3
    assert largest_error(to_uint8(pixels), moving(6)[3:]) <= 3
    times, begins = frame_times(tmp_path / name)
    assert [t - times[0] for t in times] == pytest.approx([n / 10 for n in range(6)], abs=2e-3)
    assert begins == 0


def test_tiff_and_avif(tmp_path: Path) -> None:
    picture = Image.fromarray(moving(1)[0].numpy())
    picture.save(tmp_path / "a.tiff", save_all=True, append_images=[picture.rotate(90)])
    assert torch.equal(decode(tmp_path / "a.tiff"), moving(1)), "pages are no frames"
    assert count_frames(tmp_path / "a.tiff") == 1
    Image.fromarray(np.zeros((4, 4), np.float32)).save(tmp_path / "b.tif")
    with pytest.raises(MediaError, match="floating-point numbers"):
        decode(tmp_path / "b.tif")
    if ".avif" in READERS:
        picture.save(tmp_path / "a.avif", quality=100, subsampling="4:4:4")
        assert largest_error(decode(tmp_path / "a.avif"), moving(1)) <= 3


def test_heic_is_read_through_its_extra(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    first, second = (Image.new("RGB", (32, 16), colour) for colour in ("red", "blue"))
    second.save(tmp_path / "a.heic", quality=-1)
    assert count_frames(tmp_path / "a.heic") == 1 and shown_size(tmp_path / "a.heic") == (16, 32)
    (picture,) = decode(tmp_path / "a.heic")
    assert picture.shape == (16, 32, 3) and int(picture[..., 2].min()) > 240 > 10 > int(picture[..., 0].max())
    second.save(tmp_path / "b.heif", quality=-1, save_all=True, append_images=[first], primary_index=1)
    assert int(decode(tmp_path / "b.heif")[0, 0, 0, 0]) > 240, "the picture that is shown first"
    (tmp_path / "c.heic").write_bytes((tmp_path / "a.heic").read_bytes()[:300])
    with pytest.raises(MediaError, match="cannot be decoded"):
        decode(tmp_path / "c.heic")
    second.save(tmp_path / "d.png")
    (tmp_path / "d.png").rename(tmp_path / "d.heic")
    with pytest.raises(MediaError, match="cannot be decoded"):
        decode(tmp_path / "d.heic")


def damaged(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.png", "a.jpg", "a.webp", "a.bmp"])
@pytest.mark.parametrize("content", [b"", b"only text\n" * 50, bytes(5000)], ids=["empty", "text", "zeros"])
def test_no_media_at_all(tmp_path: Path, name: str, content: bytes) -> None:
    path = damaged(tmp_path, name, content)
    with pytest.raises(MediaError, match="cannot be decoded") as caught:
        read_pixels(path, 1, 8, 8, first)
    assert caught.value.path == path
    assert name not in caught.value.reason or "identify" in caught.value.reason


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "a.gif", "a.jpg"])
def test_half_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    noise = torch.randint(
        0, 255, (6, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    if name == "a.mp4":
        write_mp4(path, noise)
    else:
        pictures = [Image.fromarray(frame) for frame in noise.numpy()]
        more = {"save_all": True, "append_images": pictures[1:]} if name == "a.gif" else {}
        pictures[0].save(path, **more)  # type: ignore[arg-type]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError):
        read_pixels(path, 6 if name in ("a.mp4", "a.gif") else 1, 64, 64, first)


def test_a_damaged_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    noise = torch.randint(
        0, 255, (30, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    write_mp4(path, noise)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 9000] = bytes(9000)
    path.write_bytes(content)
    with pytest.raises(MediaError):
        decode(path)


def test_a_clip_without_pictures(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(MediaError, match="no video stream"):
        read_pixels(path, 1, 8, 8, first)
    for name, codec in {"nothing.webm": "libvpx-vp9", "nothing.mp4": "libx264"}.items():
        path = tmp_path / name
        with av.open(str(path), "w") as out:
            out.add_stream(codec, rate=10, width=16, height=16)
            out.start_encoding()
        with pytest.raises(MediaError, match=r"has 0 frames, and 1 are wanted|End of file|no video stream"):
            read_pixels(path, 1, 8, 8, first)
        with pytest.raises(MediaError, match=r"has no frames|End of file|no video stream"):
            decode(path)
    with pytest.raises(ValueError, match="without frames"):
        write_mp4(path, moving(1)[:0])


@pytest.mark.parametrize(
    "playlist", ["ffconcat version 1.0\nfile good.mp4\n", "#EXTM3U\n#EXTINF:1,\ngood.mp4\n"]
)
def test_a_playlist_opens_nothing_else(tmp_path: Path, playlist: str) -> None:
    write_mp4(tmp_path / "good.mp4", moving(4))
    path = damaged(tmp_path, "list.mp4", playlist.encode())
    with pytest.raises(MediaError, match="cannot be decoded"):
        decode(path)


def test_too_short_is_an_error_never_padding(tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", moving(3))
    with pytest.raises(MediaError, match="has 3 frames, and 5 are wanted"):
        read_pixels(tmp_path / "a.mp4", 5, 24, 32, first)
    write_png(tmp_path / "a.png", moving(1)[0])
    with pytest.raises(MediaError, match="has 1 frame, and 5 are wanted"):
        read_pixels(tmp_path / "a.png", 5, 24, 32, first)


def test_a_container_that_lists_more_than_decodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fdc.compiler.runtime.base.media import clips_and_images as media

    write_mp4(tmp_path / "a.mp4", moving(6), lossless=True)
    monkeypatch.setattr(media, "READERS", {".mp4": (lambda _: 9, media.READERS[".mp4"][1])})
    pixels, start = read_pixels(tmp_path / "a.mp4", 4, 24, 32, lambda count: count - 4)
    assert start == 2
    assert torch.equal(to_uint8(pixels), decode(tmp_path / "a.mp4")[2:6])


def test_fit_leaves_the_right_size_alone() -> None:
    picture = moving(1, 12, 10)[0]
    assert torch.equal(fit(picture.numpy(), 12, 10), picture)


def test_fit_crops_the_centre_and_resizes_though_one_side_matches() -> None:
    picture = moving(1, 16, 32)[0]
    assert torch.equal(fit(picture.numpy(), 16, 16), picture[:, 8:24])
    assert torch.equal(fit(picture.numpy(), 10, 32), picture[3:13])
    tall = np.zeros((32, 16, 3), np.uint8)
    tall[8:24] = 255
    assert fit(tall, 16, 16).min() == 255
    square = np.zeros((30, 30, 3), np.uint8)
    square[:, 15:] = 240
    shrunk = fit(square, 10, 30)
    assert shrunk.shape == (10, 30, 3)
    assert torch.equal(shrunk, torch.from_numpy(square[10:20].copy()))


def test_fit_antialiases() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 254
    shrunk = fit(stripes, 8, 8).float()
    assert float((shrunk - 127).abs().max()) < 12


@settings(max_examples=40)
@given(*[st.integers(1, 40)] * 4)
def test_fit_gives_the_size_asked_for(h: int, w: int, height: int, width: int) -> None:
    picture = np.full((h, w, 3), 77, np.uint8)
    try:
        got = fit(picture, height, width)
    except ValueError as error:
        assert "too narrow" in str(error)
        scale = max(height / h, width / w)
        assert (h * scale + 1) * (w * scale + 1) > 16 * height * width
    else:
        assert got.shape == (height, width, 3)
        assert bool((got == 77).all())


def test_a_strip_is_the_files_fault(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", torch.zeros(1, 4000, 3, dtype=torch.uint8))
    with pytest.raises(MediaError, match="4000 × 1 pixels are too narrow"):
        read_pixels(tmp_path / "a.png", 1, 512, 512, first)


def test_levels_are_the_formula_to_the_bit() -> None:
    levels = torch.arange(256, dtype=torch.uint8).repeat(3 * 5).reshape(5, 16, 16, 3)
    for frames in (levels, levels[1:4, ::2, 3:11].flip(2)):
        pixels = from_uint8(frames)
        assert torch.equal(pixels, frames.permute(3, 0, 1, 2).float() / 127.5 - 1.0)
        assert pixels.is_contiguous()


def test_levels_and_back() -> None:
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1).expand(2, 16, 16, 3)
    pixels = from_uint8(levels)
    assert pixels.shape == (3, 2, 16, 16)
    assert (float(pixels.min()), float(pixels.max())) == (-1.0, 1.0)
    assert torch.equal(to_uint8(pixels), levels)
    assert torch.equal(to_uint8(pixels * 3)[0, 0, 0], torch.zeros(3, dtype=torch.uint8))
    with pytest.raises(ValueError, match="not finite"):
        to_uint8(torch.full((3, 1, 2, 2), float("nan")))


def test_contact_sheet_shows_every_clip_where_it_belongs(tmp_path: Path) -> None:
    red, green, blue = (torch.zeros(3, 16, 16, 3, dtype=torch.uint8) for _ in range(3))
    for channel, clip in enumerate((red, green, blue)):
        clip[..., channel] = 255
    path = tmp_path / "sheet.png"
    contact_sheet(
        path, {"учитель · 48": [red, green], "student": [blue]}, ["a long caption " * 9, "b"], shown=2
    )
    sheet = decode(path)[0].int()
    bounds = {}
    for name, colour in {"red": 0, "green": 1, "blue": 2}.items():
        pure = torch.zeros(3, dtype=torch.int)
        pure[colour] = 255
        rows, columns = torch.where((sheet == pure).all(-1))
        assert len(rows) == 2 * 64 * 64, name
        bounds[name] = (int(rows.min()), int(columns.min()))
    assert bounds["red"][0] == bounds["green"][0] < bounds["blue"][0]
    assert bounds["red"][1] == bounds["blue"][1] < bounds["green"][1]
    labels = sheet[bounds["red"][0] :, : bounds["red"][1]]
    assert int(labels.min()) < 100, "row labels are drawn"
    assert int(sheet[: bounds["red"][0]].min()) < 100, "titles are drawn"


@pytest.mark.parametrize(("aspect", "turn"), [(Fraction(2), 0), (Fraction(1, 2), 0), (Fraction(2), 90)])
def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, aspect: Fraction, turn: int) -> None:
    """A disc that was squeezed when it was stored is round again: as wide as high, whichever way it is turned."""
    side, path = 64, tmp_path / "a.mkv"
    squeezed = (side / max(1, float(aspect)), side * min(1, float(aspect)))
    wide, high = int(squeezed[0]), int(squeezed[1])
    y, x = np.mgrid[0:high, 0:wide]
    disc = ((x - wide / 2) / wide) ** 2 + ((y - high / 2) / high) ** 2 < 0.09
    picture = np.repeat((disc * 255).astype(np.uint8)[..., None], 3, -1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=8, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv444p"
        stream.codec_context.sample_aspect_ratio = aspect
        out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    if turn:
        shown, found = np.ascontiguousarray(np.rot90(picture)), 1 / float(aspect)
        pixels = from_uint8(fit(shown, side, side, found)[None])
    else:
        pixels, _ = read_pixels(path, 1, side, side, lambda count: 0)
    lit = pixels[0, 0] > 0
    rows, columns = int(lit.any(1).sum()), int(lit.any(0).sum())
    assert abs(rows - columns) <= 2 and abs(rows - 0.6 * side) <= 2
