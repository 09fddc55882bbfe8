"""Which item stands where, also after items were taken away or added; and that a run goes on where nothing used changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_png
from fdc.compiler.runtime.base.records import TrainingState
from fdc.compiler.runtime.base.run_folder import RunFolder, write_text
from fdc.compiler.runtime.base.settings import TrainSettings
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels
from fdc.compiler.runtime.data.item_order import ItemOrder, Segment
from fdc.compiler.runtime.data.prompt_lines import PromptLines
from fdc.compiler.runtime.session.changed_data import RECORD, follow_data
from fdc.compiler.runtime.train import checkpoints
from fdc.compiler.runtime.train.checkpoints import Snapshot

ITEMS = [f"{n}.png" for n in range(10)]


def stands(order: ItemOrder, position: int) -> str:
    return order.names[next(order.turns(position)).index]


@given(st.integers(0, 45), st.sets(st.sampled_from(ITEMS)), st.integers(0, 3))
def test_what_was_not_served_may_go_and_more_may_come(position: int, gone: set[str], added: int) -> None:
    before = ItemOrder(ITEMS, 3)
    served = before.served(range(position), set())
    assert served == {stands(before, p) for p in range(position)}
    left = [n for n in ITEMS if n in served or n not in gone] + [f"new {n}" for n in range(added)]
    after = ItemOrder(left, 3, before.follow(left, position))
    assert [stands(after, p) for p in range(position)] == [stands(before, p) for p in range(position)]
    end = -(-position // 10) * 10
    rest = [stands(after, p) for p in range(position, end)]
    assert {n for n in rest if not n.startswith("new")} == set(rest)
    for p in range(position, end):
        assert stands(before, p) not in left or stands(after, p) == stands(before, p)
    for epoch in range(3):
        first = end + epoch * len(left)
        assert sorted(stands(after, p) for p in range(first, first + len(left))) == sorted(left)


def test_segments_of_several_changes() -> None:
    one = ItemOrder(ITEMS, 0)
    assert one.follow(ITEMS[::-1], 7) == one.segments, "the same items, found in another order"
    two = one.follow(ITEMS[:9], 7)
    assert two == (Segment(0, 0, tuple(ITEMS)), Segment(10, 1, tuple(ITEMS[:9])))
    again = ItemOrder(ITEMS[:8], 0, two)
    assert again.follow(ITEMS[:8], 8) == (two[0], Segment(10, 1, tuple(ITEMS[:8]))), "not begun, so replaced"
    assert again.follow(ITEMS[:8], 10) == (two[0], Segment(10, 1, tuple(ITEMS[:8])))
    assert again.follow(ITEMS[:8], 12) == (*two, Segment(19, 2, tuple(ITEMS[:8])))


def test_what_could_not_be_used_was_not_served() -> None:
    order = ItemOrder(ITEMS, 0)
    first, second = (stands(order, p) for p in (0, 1))
    assert order.served(range(1), {first}) == {second}
    assert order.served(range(10), {first}) == set(ITEMS) - {first}


FIELDS: dict[str, FileField] = {"prompt": "str", "image": Pixels(None, 4, 4)}


class Job:
    """A run over a folder of ten images, two of them a step."""

    def __init__(self, root: Path) -> None:
        self.data, self.folder = root / "data", RunFolder(root / "run", "p")
        self.folder.path.mkdir()
        for name in ITEMS:
            write_png(self.data / name, torch.zeros(4, 4, 3, dtype=torch.uint8))
            (self.data / name).with_suffix(".txt").write_text(f"picture {name}")

    def starts(self, asked: bool = False) -> tuple[ClipFolder, list[str]]:
        said: list[str] = []
        source = ClipFolder(self.data, FIELDS, 0, None, said.append, 0.5)
        train = TrainSettings(steps=9, batch=2)
        record, told = follow_data(self.folder, source, train, None, said.append, asked)
        write_text(self.folder.path / RECORD, record.text())
        return source, [*said, *told]

    def saves(self, step: int, left_out: tuple[str, ...] = ()) -> None:
        state = TrainingState(
            step=step, skipped=0, updates={}, averages={}, optimizer={}, state={}, left_out=left_out
        )
        checkpoints.save(self.folder.checkpoints, Snapshot(step, {}, state.json_value()), "p", 3)


def test_a_run_goes_on_after_repairs(tmp_path: Path) -> None:
    job = Job(tmp_path)
    order = [ITEMS[turn.index] for p in range(10) for turn in [next(job.starts()[0].order.turns(p))]]
    broken, unused, used = order[1], order[8], order[2]
    good = (job.data / broken).read_bytes()
    (job.data / broken).write_bytes(b"x")
    source, _ = job.starts()
    before = [source.sample(p).source for p in range(10)]
    assert before[1] == order[2], "the next in order"
    job.saves(2, tuple(source.failed))

    (job.data / broken).write_bytes(good)
    (job.data / unused).unlink()
    write_png(job.data / "new.png", torch.ones(4, 4, 3, dtype=torch.uint8))
    (job.data / "new.txt").write_text("new")
    source, said = job.starts()
    assert said == [
        f"the data are not what they were when this run was last here: 1 changed ({broken}), 1 gone ({unused}), "
        "1 new, from the next epoch on (new.png); none of them was used before step 3"
    ]
    after = [source.sample(p).source for p in range(20)]
    assert after[4:8] == order[4:8] and after[8] == after[9] == order[9]
    assert sorted(after[10:]) == sorted({*ITEMS, "new.png"} - {unused})

    job.saves(3, tuple(source.failed))
    (job.data / used).with_suffix(".txt").write_text("other words")
    with pytest.raises(RunError) as caught:
        job.starts()
    assert caught.value.code == "data-mismatch" and f": {used} changed" in caught.value.message
    assert "1 of the 5 items of the data that were used before step 4" in caught.value.message
    _, said = job.starts(asked=True)
    assert said[-1].startswith("data: 1 of the 5 items") and "none of them was used" not in said[0]
    assert job.starts()[1] == [], "and it is asked once"


def test_prompts_are_known_by_what_they_say(tmp_path: Path) -> None:
    path, folder = tmp_path / "p.txt", RunFolder(tmp_path / "run", "p")
    folder.path.mkdir()
    path.write_text("a\nb\na\nc\n")
    lines = PromptLines(path, {"prompt": "str"}, 0, None)
    before = [lines.sample(p).fields for p in range(4)]
    path.write_text("new\na\nb\na\nc\n")
    lines = PromptLines(path, {"prompt": "str"}, 0, None)
    lines.order = ItemOrder(
        lines.order.names, 0, ItemOrder(["a", "b", "a\n1", "c"], 0).follow(lines.order.names, 2)
    )
    assert [lines.sample(p).fields for p in range(4)] == before
    assert sorted(str(lines.sample(p).fields["prompt"]) for p in range(4, 9)) == ["a", "a", "b", "c", "new"]
