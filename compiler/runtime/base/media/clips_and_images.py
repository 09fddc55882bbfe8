"""Clips and images: from files to pixels in [-1, 1], and back to files for people to look at.

A clip is cut to consecutive frames at its own rate: it is never retimed, and never padded when it is too
short. Frames are upright (EXIF and display rotation are applied), RGB, and opaque (transparency is laid over
white).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path, PurePath

import av
import numpy as np
import torch
from av.container import InputContainer
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate

from .picture_formats import ENDINGS, open_picture

Picture = NDArray[np.uint8]
"""One frame [H, W, 3]."""

Shown = tuple[Picture, float]
"""A frame, and how many times as wide as high one of its pixels is shown."""

MAX_PIXELS = 64_000_000
"""Pixels of a frame that are decoded where nothing else is said."""

Image.MAX_IMAGE_PIXELS = None  # the limit is stated here, and tested before anything is decoded


class MediaError(Exception):
    """One file cannot be used; `reason` reads after the file's name: `clip.mp4 has 3 frames of 5`."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (MediaError, MemoryError):
        raise
    except Exception as error:  # a decoder on a damaged file raises anything from OSError to SyntaxError
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MediaError(path, f"cannot be decoded ({reason})") from error


# Containers are told apart by content, so a playlist that is named .mp4 could make the library open other
# files or addresses. Only these demuxers may be chosen, and only files opened.
_AV_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,wav,flac,mp3",
}


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """A clip or a sound, open; whatever goes wrong while it is read is a MediaError."""
    with _reading(path), av.open(str(path), options=_AV_OPTIONS) as container:
        yield container


def _stream(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        raise MediaError(path, "has no video stream")
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1  # many files are read at once instead
    return stream


def _video_timestamps(path: Path) -> list[int | None]:
    """The presentation times of the frames in order, from packet headers alone; containers often miscount."""
    with opened(path) as container:
        packets = container.demux(_stream(container, path))
        times = [packet.pts for packet in packets if packet.size and not packet.is_discard]
    return sorted(times, key=lambda time: (time is None, time))


def _video_count(path: Path) -> int:
    return len(_video_timestamps(path))


def _limited(path: Path, width: int, height: int, most: int) -> None:
    if width * height > most:
        raise MediaError(path, too_large(width, height, most))


def too_large(width: int, height: int, most: int) -> str:
    return f"has {width} × {height} pixels, more than `max_pixels` = {most}"


def _video_frames(path: Path, start: int, most: int = MAX_PIXELS) -> Iterator[Shown]:
    times = _video_timestamps(path) if start else []
    with opened(path) as container:
        stream = _stream(container, path)
        _limited(path, stream.codec_context.width, stream.codec_context.height, most)
        stream.codec_context.options = {"max_pixels": str(most)}  # a frame may be larger than its header says
        aspect = float(stream.sample_aspect_ratio or 1) or 1.0
        rgb = VideoReformatter()  # one for all frames: setting it up takes longer than a small frame does
        first = times[start] if start < len(times) and None not in times else None
        if first is not None:
            container.seek(first, stream=stream)
        skipped = start if first is None else 0
        for frame in islice(container.decode(stream), skipped, None):
            if first is not None and frame.pts is not None and frame.pts < first:
                continue
            if frame.is_corrupt:
                raise MediaError(path, "has a damaged frame")
            picture = rgb.reformat(frame, format="rgb24").to_ndarray()
            turns = round(frame.rotation / 90)
            yield np.ascontiguousarray(np.rot90(picture, turns)), 1 / aspect if turns % 2 else aspect


_MOVING_FORMATS = {"AVIF", "GIF", "PNG", "WEBP"}  # the pages of a TIFF are no frames


def _picture_count(path: Path) -> int:
    with _reading(path), open_picture(path) as image:
        return int(getattr(image, "n_frames", 1)) if image.format in _MOVING_FORMATS else 1


def _picture_frames(path: Path, start: int, most: int = MAX_PIXELS) -> Iterator[Shown]:
    count = _picture_count(path)
    with _reading(path), open_picture(path) as image:
        _limited(path, *image.size, most)
        for number in range(start, count):
            if count > 1:  # a file of several pictures begins with any of them
                image.seek(number)
            yield _opaque_rgb(ImageOps.exif_transpose(image)), 1.0


def _picture_times(path: Path) -> list[float]:
    times = [0.0]
    with _reading(path), open_picture(path) as image:
        for number in range(_picture_count(path) - 1):
            image.seek(number)
            image.load()  # some formats tell durations no earlier
            times.append(times[-1] + max(float(image.info.get("duration", 0)), 10.0) / 1000)
    return times


def _opaque_rgb(image: Image.Image) -> Picture:
    if image.mode == "F":  # nobody says which numbers are black and white
        raise ValueError("its pixels are floating-point numbers, and not levels from 0 to 255")
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow's own conversion clips at 255
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=-1)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.array(image.convert("RGB"))


_Reader = tuple[Callable[[Path], int], Callable[..., Iterator[Shown]]]
_VIDEO: _Reader = (_video_count, _video_frames)
_PICTURE: _Reader = (_picture_count, _picture_frames)
READERS: Mapping[str, _Reader] = {
    **dict.fromkeys((".mp4", ".webm", ".mkv", ".mov", ".avi", ".m4v"), _VIDEO),
    **dict.fromkeys(ENDINGS, _PICTURE),
}
"""By file name ending, in lower case: how many frames a file has, and its frames from a given one on, of up to so many
pixels."""


def is_clip(path: PurePath) -> bool:
    """Whether a file may have a track of sound beside its frames."""
    return READERS.get(path.suffix.lower()) is _VIDEO


def frame_times(path: Path) -> tuple[list[float], float]:
    """When each frame of a clip or a moving image is shown, and when its sound begins (0 without any), in seconds.

    Raises MediaError.
    """
    if not is_clip(path):
        return _picture_times(path), 0.0
    stamps = _video_timestamps(path)
    with opened(path) as container:
        stream = _stream(container, path)
        base = stream.time_base
        sound = container.streams.audio[0] if container.streams.audio else None
        begins = 0.0
        if sound is not None and sound.start_time is not None and sound.time_base is not None:
            begins = float(sound.time_base * sound.start_time)
        times = [float(base * stamp) for stamp in stamps if stamp is not None] if base is not None else []
        if not times and stream.average_rate:  # AVI has one rate, and no times
            times = [float(n / stream.average_rate) for n in range(len(stamps))]
    if len(times) < len(stamps):
        raise MediaError(path, "does not say when its frames are shown")
    return times, max(begins, 0.0)


def count_frames(path: Path) -> int:
    """How many frames a clip or image lists. Raises MediaError."""
    return READERS[path.suffix.lower()][0](path)


def frame_pixels(path: Path) -> tuple[int, int]:
    """Width and height of the frames as the file's header has them, not turned. Raises MediaError."""
    if is_clip(path):
        with opened(path) as container:
            codec = _stream(container, path).codec_context
            return codec.width, codec.height
    with _reading(path), open_picture(path) as image:
        return image.size


def shown_size(path: Path, most: int = MAX_PIXELS) -> tuple[int, int]:
    """Height and width of the frames of a clip or image as they are read: upright, with square pixels. Of a clip the first
    frame is decoded. Raises MediaError, also for frames of more than `most` pixels."""
    if is_clip(path):
        for picture, aspect in READERS[path.suffix.lower()][1](path, 0, most):
            return picture.shape[0], round(picture.shape[1] * aspect)
        raise MediaError(path, "has no frame that can be decoded")
    with _reading(path), open_picture(path) as image:
        width, height = image.size
        lying = image.getexif().get(ORIENTATION, 1) >= 5
    return (width, height) if lying else (height, width)


ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is turned; from 5 on by a quarter."""


def decode(path: Path) -> Tensor:
    """Every frame of a clip or image, uint8 [F, H, W, 3]. Raises MediaError."""
    pictures = [picture for picture, _ in READERS[path.suffix.lower()][1](path, 0)]
    if not pictures:
        raise MediaError(path, "has no frames")
    return torch.from_numpy(np.stack(pictures))


def read_pixels(
    path: Path,
    frames: int,
    height: int,
    width: int,
    start_of: Callable[[int], int],
    numbers_of: Callable[[int], Sequence[int]] | None = None,
    most: int = MAX_PIXELS,
) -> tuple[Tensor, int]:
    """Frames at the program's size: float32 [3, F, H, W] in [-1, 1], and the first one's number.

    `start_of(count)` picks that first frame, 0 <= start <= count - frames, given how many the file has. From there on frames
    are consecutive, or have the ascending numbers `numbers_of(start)`.
    Frames are fitted one by one, so a long or large clip is never held whole. Raises MediaError, also for a
    file with fewer frames, or with frames of more than `most` pixels, which are not decoded.
    """
    count_frames, read_frames = READERS[path.suffix.lower()]

    def cut(count: int) -> tuple[list[Tensor], int]:
        if count < frames and numbers_of is None:
            raise MediaError(path, f"has {count} {_plural(count, 'frame')}, and {frames} are wanted")
        start = start_of(count)
        numbers = range(start, start + frames) if numbers_of is None else numbers_of(start)
        wanted, fitted = set(numbers), {}
        try:
            shown = islice(read_frames(path, start, most), numbers[-1] + 1 - start)
            for number, (picture, aspect) in enumerate(shown, start):
                if number in wanted:
                    fitted[number] = fit(picture, height, width, aspect)
        except ValueError as error:
            raise MediaError(path, str(error)) from error
        return [fitted[number] for number in numbers if number in fitted], start

    pictures, start = cut(count_frames(path))
    if len(pictures) < frames:  # fewer frames decode than the container lists
        count = sum(1 for _ in read_frames(path, 0, most))
        pictures, start = cut(count)
        if len(pictures) < frames:
            raise MediaError(path, f"lists more than the {count} frames that can be decoded")
    return from_uint8(torch.stack(pictures)), start


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


# A strip of pixels would have to be enlarged beyond memory before most of it is cropped away.
_MOST_CROPPED = 16


def fit(picture: Picture, height: int, width: int, aspect: float = 1.0) -> Tensor:
    """A frame [h, w, 3] scaled to cover height × width, its aspect kept, and cropped at the centre. Its pixels are `aspect`
    times as wide as high; those of the result are square.

    Returns uint8 [H, W, 3]. Bicubic with antialiasing; a frame that has the size already stays as it is.
    Raises ValueError for a strip so narrow that most of it would be enlarged only to be cropped away.
    """
    h, w = picture.shape[:2]
    tall, wide = covering(h, w * aspect, height, width)
    if tall * wide > _MOST_CROPPED * height * width:
        raise ValueError(f"{w} × {h} pixels are too narrow for {width} × {height}")
    tensor = torch.from_numpy(picture)
    if (tall, wide) != (h, w):
        batch = tensor.permute(2, 0, 1)[None]
        tensor = interpolate(batch, (tall, wide), mode="bicubic", antialias=True)[0].permute(1, 2, 0)
    top, left = centred(tall, wide, height, width)
    return tensor[top : top + height, left : left + width].contiguous()


def covering(h: int, w: float, height: int, width: int) -> tuple[int, int]:
    """The size at which a picture of h × w covers height × width, its aspect kept."""
    scale = max(height / h, width / w)
    return max(height, round(h * scale)), max(width, round(w * scale))


def centred(tall: int, wide: int, height: int, width: int) -> tuple[int, int]:
    """The top and the left edge of height × width in the middle of tall × wide."""
    return (tall - height) // 2, (wide - width) // 2


def from_uint8(frames: Tensor) -> Tensor:
    """uint8 [F, H, W, 3] to float32 [3, F, H, W] in [-1, 1]."""
    # The bytes are put in order before they become four times as many, and the rest is done in place.
    return frames.permute(3, 0, 1, 2).contiguous().to(torch.float32).div_(127.5).sub_(1.0)


def to_uint8(pixels: Tensor) -> Tensor:
    """[3, F, H, W] to uint8 [F, H, W, 3] on the CPU; values beyond [-1, 1] are clamped.

    Raises ValueError for values that are not finite.
    """
    values = pixels.detach().to("cpu", torch.float32)
    if not bool(values.isfinite().all()):
        raise ValueError("pixels that are not finite cannot be shown")
    levels = values.clamp(-1.0, 1.0).add(1.0).mul(127.5).round().to(torch.uint8)
    return levels.permute(1, 2, 3, 0).contiguous()


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A name to write to that becomes `path` when all went well, so that nobody ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


_BT709 = 1
# `bitexact` leaves the library's version out of the file.
_MUXER_OPTIONS = {"fflags": "+bitexact", "movflags": "+faststart"}


def write_mp4(path: Path, frames: Tensor, fps: float | Fraction = 16, lossless: bool = False) -> None:
    """uint8 [F, H, W, 3] as H.264, the same bytes for the same frames on every run.

    By default yuv420p, which plays everywhere; it has no odd sizes, so a last odd row or column is repeated
    once. `lossless` keeps size and full chroma (yuv444p), and changes a value by no more than 8-bit YUV
    rounds (± 2). Raises ValueError without a frame.
    """
    if not len(frames):
        raise ValueError("a clip without frames cannot be written")
    # In frames of a few blocks the look-ahead of `mbtree` reads memory that nothing has set, and the same
    # clip comes out differently now and then.
    options = {"qp": "0"} if lossless else {"crf": "16", "x264-params": "mbtree=0"}
    pictures = frames.numpy()
    if not lossless:
        odd = [(0, size % 2) for size in pictures.shape[1:3]]
        pictures = np.pad(pictures, [(0, 0), *odd, (0, 0)], mode="edge")
    pixel_format = "yuv444p" if lossless else "yuv420p"
    with (
        aside(path) as part,
        av.open(str(part), "w", format="mp4", options=_MUXER_OPTIONS) as out,
    ):
        stream = out.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=options)
        stream.width, stream.height, stream.pix_fmt = pictures.shape[2], pictures.shape[1], pixel_format
        codec = stream.codec_context
        codec.thread_count = 1  # more would change what the encoder decides
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = int(ColorRange.MPEG)
        for picture in pictures:
            rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = rgb.reformat(
                format=pixel_format, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def write_png(path: Path, picture: Tensor) -> None:
    """uint8 [H, W, 3] as PNG."""
    save_png(path, Image.fromarray(picture.numpy()))


def save_png(path: Path, image: Image.Image) -> None:
    with aside(path) as part:
        image.save(part, format="PNG")
