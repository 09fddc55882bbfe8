"""The sizes that `buckets = auto` makes, and what a list leaves to the program."""

from __future__ import annotations

from itertools import pairwise
from math import log
from pathlib import Path

import pytest

from fdc.compiler.driver.pipeline import check

ROOT = Path(__file__).parents[2]


def buckets(tmp_path: Path, asked: str, sizes: str = "F = 81, H = 480, W = 832") -> list[tuple[int, ...]]:
    text = (ROOT / "programs" / "wan_finetune.fdl").read_text()
    text = text.replace("sizes { F = 81, H = 480, W = 832 }", f"sizes {{ {sizes} }}")
    path = tmp_path / "p.fdl"
    path.write_text(text.replace('folder("data/clips")', f'folder("data/clips", buckets = {asked})'))
    checked = check(path)
    assert checked.clean, [d.message for d in checked.diagnostics]
    return [tuple(p.sizes.values()) for p in checked.programs[0].buckets]


def test_auto_makes_shapes_of_no_more_pixels_and_clips_of_several_lengths(tmp_path: Path) -> None:
    found = buckets(tmp_path, "auto")
    assert found[0] == (81, 480, 832) and len(set(found)) == len(found)
    shapes = {(h, w) for _, h, w in found}
    assert {(f, h, w) for f, h, w in found} == {(f, h, w) for f in (81, 41, 21, 1) for h, w in shapes}
    assert {(480, 832), (832, 480)} <= shapes and len(shapes) >= 8
    for h, w in shapes:
        assert h % 16 == 0 and w % 16 == 0
        assert 0.9 * 480 * 832 <= h * w <= 480 * 832
        assert 0.45 < h / w < 2.2
    ratios = sorted(log(w / h) for h, w in shapes)
    assert min(b - a for a, b in pairwise(ratios)) > 0.04


def test_auto_of_images_has_shapes_alone(tmp_path: Path) -> None:
    found = buckets(tmp_path, "auto", "F = 1, H = 512, W = 512")
    assert {f for f, _, _ in found} == {1} and len(found) >= 8


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("[sizes(H = 832, W = 480)]", [(81, 480, 832), (81, 832, 480)]),
        ("[sizes(F = 1)]", [(81, 480, 832), (1, 480, 832)]),
        ("[sizes(F = 81, H = 480, W = 832), sizes(W = 480)]", [(81, 480, 832), (81, 480, 480)]),
    ],
)
def test_a_list_names_what_differs_and_the_programs_own_sizes_are_a_bucket(
    tmp_path: Path, asked: str, found: list[tuple[int, ...]]
) -> None:
    assert buckets(tmp_path, asked) == found


def test_sizes_that_follow_from_others_follow_those_of_the_bucket(tmp_path: Path) -> None:
    found = buckets(tmp_path, "[sizes(H = 640)]", "F = 81, H = 480, W = 2*H")
    assert found == [(81, 480, 960), (81, 640, 1280)]
