"""Data that changed since a run began: what was never served may, and the run goes on; for the rest it is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from ..base.errors import NAMED, Place, Report, RunError
from ..base.records import DataRecord, SegmentRecord, TrainingState, record_or_none
from ..base.run_folder import RunFolder
from ..base.settings import TrainSettings
from ..data.buckets.bucket_turns import turns_of
from ..data.item_order import ItemOrder, Named, Order, Segment
from ..train import checkpoints

RECORD = "data.json"


def follow_data(
    folder: RunFolder,
    source: Named,
    train: TrainSettings,
    place: Place | None,
    report: Report,
    asked: bool = False,
) -> tuple[DataRecord, tuple[str, ...]]:
    """Gives the source the order that it has in this run; what changed goes to `report`.

    Gives what is to be written down once the run goes on: of which items. RunError if items changed that were used before the
    step from which the run goes on, unless it is `asked` to go on with them; what changed of them then is given in words.
    """
    path = folder.path / RECORD
    before, contents = record_or_none(DataRecord, path), source.contents()
    state = _state(folder.checkpoints)
    told: tuple[str, ...] = ()
    position, used = 0, set[str]()
    if before is not None and state is not None:
        position = -(-_samples(state, train) // train.each)
        segments = [Segment(s.first, s.epoch, s.names, s.buckets, s.sizes, s.batch) for s in before.segments]
        old = _order_of(segments, source.order.seed)
        used = {*before.served, *old.served(range(before.position, position), set(state.left_out))}
        gone = before.contents.keys() - contents.keys()
        new = contents.keys() - before.contents.keys()
        altered = {n for n, h in contents.items() if before.contents.get(n, h) != h}
        spoiled = sorted(used & (gone | altered))
        if spoiled:
            told = _refuse(spoiled, gone, len(used), state.step, folder, place, asked)
        source.order = source.order.after(segments, position)
        if gone or new or altered:
            report(_changed(state.step, altered, gone, new, bool(spoiled)))
    record = DataRecord(
        segments=tuple(map(_record, source.order.segments)),
        contents=contents,
        position=position,
        served=tuple(sorted(used & contents.keys())),
    )
    return record, told


def _order_of(segments: Sequence[Segment], seed: int | None) -> Order:
    """The order that a run had."""
    last = segments[-1]
    return turns_of(segments, seed) if last.buckets else ItemOrder(last.names, seed, segments)


def _record(s: Segment) -> SegmentRecord:
    if not s.buckets:
        return SegmentRecord(first=s.first, epoch=s.epoch, names=s.names)
    return SegmentRecord(
        first=s.first, epoch=s.epoch, names=s.names, buckets=s.buckets, sizes=s.sizes, batch=s.batch
    )


def _state(folder: Path) -> TrainingState | None:
    """Of the newest checkpoint that has one that can be read."""
    states = (record_or_none(TrainingState, path / "state.json") for path in checkpoints.complete(folder))
    return next((state for state in states if state is not None), None)


def _samples(state: TrainingState, train: TrainSettings) -> int:
    """Taken before the next step."""
    return state.position if state.position is not None else state.step * train.batch


def _refuse(
    spoiled: Sequence[str],
    gone: Collection[str],
    used: int,
    step: int,
    folder: RunFolder,
    place: Place | None,
    asked: bool,
) -> tuple[str, ...]:
    names = [f"{_short(name)} {'is gone' if name in gone else 'changed'}" for name in spoiled[:NAMED]]
    more = len(spoiled) - NAMED
    shown = ", ".join(names) + (f", and {more} more" if more > 0 else "")
    what = f"{len(spoiled)} of the {used} items of the data that were used before step {step + 1}"
    if asked:
        return (f"data: {what}: {shown}",)
    raise RunError(
        "data-mismatch",
        f"{what} are no longer what they were: {shown}",
        help=f"put them back to go on from the last checkpoint, go on with them by `--continue {folder.path}`, or begin anew "
        "with --fresh",
        place=place,
        facts=(f"run folder: {folder.path}",),
    )


def _changed(
    step: int, altered: Collection[str], gone: Collection[str], new: Collection[str], spoiled: bool
) -> str:
    parts = [
        f"{len(names)} {word} ({_some(names)})"
        for word, names in (("changed", altered), ("gone", gone), ("new, from the next epoch on", new))
        if names
    ]
    used = "" if spoiled else f"; none of them was used before step {step + 1}"
    return f"the data are not what they were when this run was last here: {', '.join(parts)}{used}"


def _some(names: Collection[str]) -> str:
    first = sorted(names)[:NAMED]
    more = len(names) - len(first)
    return ", ".join(map(_short, first)) + (f" and {more} more" if more else "")


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:57]}..."
