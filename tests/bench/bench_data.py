"""Reading clips: bytes to pixels, clips a second by threads, and the share of a step that waits for its data.

Run by hand: `python tests/bench/bench_data.py`. Clips of `--frames` frames of 1280x720 are cut and fitted to 480x832, each
file once, so that nothing comes from memory. The first table times the last piece of that alone, beside the same numbers
made in the order of a first draft: floating point first, then moved. In the last table a step sleeps for as long as one
thread takes for `--share` of a clip; what remains is the time that it waits for a batch of one clip.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from harness import Candidate, Table, interleaved, record, spread, timed_table, wall
from torch import Tensor

from fdc.compiler.runtime.base.media.clips_and_images import from_uint8, write_mp4
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import Pixels
from fdc.compiler.runtime.data.prefetch import Feed

CPU = torch.device("cpu")


def float_first(frames: Tensor) -> Tensor:
    return (frames.float() / 127.5 - 1).permute(3, 0, 1, 2).contiguous()


def bytes_table(frames: int, height: int, width: int, rounds: int) -> Table:
    clip = torch.randint(0, 256, (frames, height, width, 3), dtype=torch.uint8)
    assert torch.equal(from_uint8(clip), float_first(clip)), "the same to the last bit"
    found = interleaved(
        [
            Candidate("from_uint8", lambda: from_uint8(clip)),
            Candidate("float first", lambda: float_first(clip)),
        ],
        rounds,
        wall(),
    )
    return timed_table(f"Bytes to pixels, {frames}x{height}x{width}", found, to="float first")


def write_clips(folder: Path, count: int, frames: int, height: int, width: int) -> None:
    """Clips of a picture that drifts, so that they compress as footage does."""
    torch.manual_seed(0)
    rough = torch.rand(1, 3, height // 16, width // 16 + 2 * frames)
    for n in range(count):
        wide = torch.nn.functional.interpolate(rough, (height, rough.shape[-1] * 16), mode="bicubic")
        wide = (wide.clamp(0, 1) * 255).to(torch.uint8)[0].permute(1, 2, 0)
        cut = torch.stack([wide[:, (n + k) * 4 : (n + k) * 4 + width] for k in range(frames)])
        write_mp4(folder / f"{n:03}.mp4", cut)


def opened(folder: Path, field: Pixels, threads: int) -> Feed:
    return Feed(ClipFolder(folder, {"video": field}, 0, None, lambda line: None), CPU, threads)


def read_all(folder: Path, field: Pixels, threads: int, seconds: float = 0.0) -> tuple[float, float]:
    """Seconds until every clip was given once, a step of `seconds` behind each, and how many of them were waited."""
    feed = opened(folder, field, threads)
    feed.end = len(feed.source)
    waited, began = 0.0, time.perf_counter()
    for position in range(feed.end):
        asked = time.perf_counter()
        feed.batch([position])
        waited += time.perf_counter() - asked
        time.sleep(seconds)
    took = time.perf_counter() - began
    feed.close()
    return took, waited


def threads_table(folder: Path, field: Pixels, threads: Sequence[int], rounds: int) -> Table:
    count = len(list(folder.iterdir()))
    candidates = [
        Candidate(f"{n} thread{'s' if n > 1 else ''}", lambda n=n: read_all(folder, field, n))  # type: ignore[misc]
        for n in threads
    ]
    found = interleaved(candidates, rounds, wall())
    size = f"{field.frames}x{field.height}x{field.width}"
    return timed_table(
        f"Seconds a clip of {size}", found, to=candidates[0].name, unit=("s a clip", 1.0), per=count
    )


def waits_table(folder: Path, field: Pixels, threads: Sequence[int], share: float, rounds: int) -> Table:
    count = len(list(folder.iterdir()))
    alone = spread([read_all(folder, field, 1)[0] / count for _ in range(rounds)]).median
    step = alone * share
    rows = []
    for n in threads:
        found = [read_all(folder, field, n, step) for _ in range(rounds)]
        rows.append([f"{n}", f"{spread([waited / took for took, waited in found]).median:.2f}"])
    return Table(
        f"Share of the time that waits, steps of {step:.2f} s",
        ["threads", "waits"],
        rows,
        [f"{rounds} rounds."],
    )


def tables(
    frames: int,
    source: tuple[int, int],
    size: tuple[int, int],
    threads: Sequence[int],
    share: float,
    rounds: int,
) -> list[Table]:
    field = Pixels(frames, *size)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_clips(folder, 2 * max(threads), frames, *source)
        return [
            bytes_table(frames, *size, rounds),
            threads_table(folder, field, threads, rounds),
            waits_table(folder, field, threads, share, rounds),
        ]


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=3)
    a = parser.parse_args(given)
    found = tables(a.frames, (720, 1280), (480, 832), a.threads, a.share, a.rounds)
    print(record("bench_data", found, given).markdown())


if __name__ == "__main__":
    main()
