"""The drawn sample clips: deterministic, written as ordinary files, and read and measured correctly."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import decode
from fdc.compiler.runtime.data import moving_shapes
from fdc.compiler.runtime.data.moving_shapes_score import CLEAR, features, frechet, look, score

SIZE = (4, 16, 16)


def clips(seed: int, count: int, size: tuple[int, int, int] = SIZE) -> tuple[np.ndarray, list[str]]:
    made = [moving_shapes.make_clip(seed, index, *size) for index in range(count)]
    return np.stack([m[0] for m in made]), [m[1] for m in made]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_clip_is_a_function_of_seed_and_index() -> None:
    first, caption, said = moving_shapes.make_clip(3, 5, *SIZE)
    again, _, _ = moving_shapes.make_clip(3, 5, *SIZE)
    assert first.shape == (4, 16, 16, 3) and first.dtype == np.uint8
    assert (first == again).all()
    assert (first != moving_shapes.make_clip(4, 5, *SIZE)[0]).any()
    assert (first != moving_shapes.make_clip(3, 5 + 16, *SIZE)[0]).any(), "the same caption, at another place"
    assert moving_shapes.make_clip(3, 5 + 16, *SIZE)[1] == caption
    assert moving_shapes.attributes(caption) == said


def test_captions_take_turns() -> None:
    _, captions = clips(0, 128)
    assert set(Counter(captions).values()) == {8} and len(set(captions)) == 16
    said = [moving_shapes.attributes(caption) for caption in captions]
    assert len({(s.shape, s.colour) for s in said}) == 4, "a shape has a colour of its own"
    assert len({(s.shape, s.direction) for s in said}) == 16
    assert moving_shapes.Attributes("circle", "red", "left").caption == "a red circle moving left"


@pytest.mark.parametrize(
    "text", ["", "a red circle", "a red and blue circle moving left", "a pink circle moving left"]
)
def test_a_caption_of_other_data_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names"):
        moving_shapes.attributes(text)


@pytest.mark.parametrize("size", [(1, 16, 16), (4, 16, 24), (5, 32, 32)])
def test_shapes_stay_inside_and_move_as_said(size: tuple[int, int, int]) -> None:
    for index in range(64):
        clip, _, said = moving_shapes.make_clip(1, index, *size)
        light = (clip.astype(float) - moving_shapes.BACKGROUND).max(axis=-1)
        assert (light.sum(axis=(1, 2)) > 0).all()
        if size[0] > 1:
            rows, columns = np.mgrid[: size[1], : size[2]]
            middle = np.array(
                [((columns * f).sum() / f.sum(), (rows * f).sum() / f.sum()) for f in (light[0], light[-1])]
            )
            moved = np.array(moving_shapes.DIRECTIONS[said.direction]) * moving_shapes.TRAVEL * min(size[1:])
            # places are rounded to a quarter of a pixel, in either frame
            assert np.allclose(middle[1] - middle[0], moved, atol=0.25), "cut off at an edge, or another way"


@pytest.mark.slow
def test_files_are_read_back_as_drawn(tmp_path: Path) -> None:
    moving_shapes.write_clips(tmp_path / "clips", 64, *SIZE, seed=2)
    drawn, captions = clips(2, 64)
    for index in range(64):
        read = decode(tmp_path / "clips" / f"{index:05d}.mp4").numpy()
        assert read.shape == (4, 16, 16, 3)
        error = np.abs(read.astype(int) - drawn[index])
        assert error.max() <= 2 and error.mean() < 0.5, "8-bit YUV rounds, and nothing else is lost"
        assert (tmp_path / "clips" / f"{index:05d}.txt").read_text().strip() == captions[index]
    assert len(list((tmp_path / "clips").iterdir())) == 2 * 64 + 1


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    moving_shapes.write_clips(tmp_path, 3, *SIZE, seed=0)
    before = contents(tmp_path)
    times = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    moving_shapes.write_clips(tmp_path, 3, *SIZE, seed=0)
    assert contents(tmp_path) == before
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == times


def test_a_lost_clip_is_written_again(tmp_path: Path) -> None:
    moving_shapes.write_clips(tmp_path, 3, *SIZE)
    before = contents(tmp_path)
    (tmp_path / "00001.mp4").unlink()
    moving_shapes.write_clips(tmp_path, 3, *SIZE)
    assert contents(tmp_path) == before


def test_an_interrupted_call_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        if path.name == "00002.mp4":
            raise OSError("No space left on device")
        write(path, *_, **__)

    write = moving_shapes.write_mp4
    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr(moving_shapes, "write_mp4", full)
        moving_shapes.write_clips(tmp_path / "a", 4, *SIZE)
    assert json.loads((tmp_path / "a" / moving_shapes.MANIFEST).read_text())["complete"] is False
    moving_shapes.write_clips(tmp_path / "a", 2, *SIZE)
    moving_shapes.write_clips(tmp_path / "b", 2, *SIZE)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_other_sizes_or_fewer_clips_replace_the_earlier(tmp_path: Path) -> None:
    moving_shapes.write_clips(tmp_path / "a", 5, *SIZE, seed=1)
    moving_shapes.write_clips(tmp_path / "a", 3, 4, 24, 24, seed=2)
    moving_shapes.write_clips(tmp_path / "b", 3, 4, 24, 24, seed=2)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_folder_of_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "00000.mp4").write_bytes(b"mine")
    with pytest.raises(RunError):
        moving_shapes.write_clips(tmp_path, 2, *SIZE)
    assert contents(tmp_path) == {"00000.mp4": b"mine"}
    with pytest.raises(ValueError, match="cannot be written"):
        moving_shapes.write_clips(tmp_path / "none", 0, *SIZE)


@pytest.mark.parametrize("size", [(4, 16, 16), pytest.param((5, 24, 32), marks=pytest.mark.slow)])
def test_real_clips_score_full_marks(size: tuple[int, int, int]) -> None:
    made, captions = clips(0, 128, size)
    result = score(made, captions, clips(1, 128, size)[0])
    assert (result.shape, result.colour, result.direction, result.exact) == (1.0, 1.0, 1.0, 1.0)
    assert score(made, captions, made).distance == pytest.approx(0.0, abs=1e-3)


def test_noise_scores_as_guessing_does() -> None:
    _, captions = clips(0, 512)
    noise = np.random.default_rng(0).integers(0, 256, (512, *SIZE, 3), dtype=np.uint8)
    result = score(noise, captions, clips(1, 256)[0])
    # a quarter each; 0.1 is five standard deviations of 512 guesses
    for share in (result.shape, result.colour, result.direction):
        assert share == pytest.approx(0.25, abs=0.1)
    assert result.joint < 0.06 and result.clear == 0.0 and result.distance > 1000


def test_a_wrong_word_costs_its_own_mark_alone() -> None:
    made, captions = clips(0, 64)
    real, _ = clips(1, 64)
    swapped = [c.replace("left", "x").replace("right", "left").replace("x", "right") for c in captions]
    result = score(made, swapped, real)
    assert (result.shape, result.colour) == (1.0, 1.0)
    assert result.direction == result.joint == 0.5
    recoloured = score(made[..., [1, 2, 0]], captions, real)
    assert recoloured.shape == recoloured.direction == 1.0 and recoloured.colour < 0.5


def test_a_blur_is_not_clear_and_lies_farther() -> None:
    made, captions = clips(0, 128)
    real, _ = clips(1, 128)
    mixed = (made.astype(float) + np.roll(made, 5, axis=2) + np.roll(made, 5, axis=3)) / 3
    sharp, blurred = score(made, captions, real), score(mixed.astype(np.uint8), captions, real)
    assert blurred.clear < 0.1 < sharp.clear
    assert blurred.distance > 3 * sharp.distance


def test_what_is_clear() -> None:
    rows, columns = np.mgrid[:16, :16]
    for width in (2.0, 3.0, 4.0):
        light = np.exp(-((columns - 7.5) ** 2 + (rows - 7.5) ** 2) / (2 * width**2))
        blob = np.tile((20 + 200 * light)[None, ..., None], (4, 1, 1, 3)).astype(np.uint8)
        assert look(blob).match < CLEAR, "a blob is no circle"
    made, captions = clips(0, 64)
    grain = np.random.default_rng(0).normal(0.0, 10.0, made.shape)
    grainy = (made + grain).clip(0, 255).astype(np.uint8)
    assert score(grainy, captions, made).exact > 0.95, "a little noise hides no shape"


def test_the_distance_is_that_of_gaussians() -> None:
    random = np.random.default_rng(0)
    b = random.normal(size=(4000, 3))
    b = (b - b.mean(axis=0)) / b.std(axis=0, ddof=1)
    # b has unit scale, so a shift adds its square; twice the spread adds one a dimension, up to correlations
    assert frechet(b + np.array([2.0, 0.0, 0.0]), b) == pytest.approx(4.0, rel=0.01)
    assert frechet(2 * b, b) == pytest.approx(3.0, rel=0.01)


def test_odd_inputs_to_the_score() -> None:
    made, captions = clips(0, 4)
    with pytest.raises(ValueError, match="captions"):
        score(made, captions[:3], made)
    with pytest.raises(ValueError, match="at least two"):
        score(made[:1], captions[:1], made)
    black = np.zeros((4, *SIZE, 3), np.uint8)
    assert np.isfinite(score(black, captions, made).distance)
    assert look(black[0]).match < 0.5
    assert features(made).shape == (4, 16 * 4 + 3 * 4 + 4 + 3)
