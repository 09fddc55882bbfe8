"""In what a program means another thing than the one that a run was made by, one line for each setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from ..base.frozen import struct
from .meaning import MARK, Fact, Meaning, record


@struct
class Recorded:
    """What a run kept of its program's meaning: each part as `meaning.record` gave it."""

    facts: Mapping[str, str]
    launch: Mapping[str, str]
    words: Mapping[str, str]


@struct
class Change:
    """A fact that is another. None stands for what is not there; `fact` holds now."""

    name: str
    old: str | None
    new: str | None
    fact: Fact | None


def recorded(m: Meaning) -> Recorded:
    return Recorded(record(m.facts), record(m.launch), record(m.words))


def changes(before: Recorded, now: Meaning) -> list[str]:
    """`train.seed: 42 -> 43`, for each fact that is another; what is computed otherwise without being written otherwise comes
    last."""
    stated: list[str] = []
    hidden: list[str] = []
    words = [_line(c, now) for c in _differing(before.words, now.words) if c.old and c.new]
    moved = {f.name for f in now.launch}
    for c in _differing(_with_moved(before.facts, before.launch, now.facts), now.facts):
        if c.name in moved:
            continue
        if c.old is None or c.new is None or _shown(c.old) != _shown(c.new):
            stated.append(_line(c, now))
            continue
        subject = c.name.partition(":")[0]
        stated += [line for line in words if line.startswith(f"{subject}: ")]
        hidden.append(f"{c.name} changed{_place(c.fact, now)}")
    return list(dict.fromkeys((*stated, *hidden)))


def launch_changes(before: Recorded, now: Meaning) -> list[str]:
    """The same of launch settings."""
    old = _with_moved(before.launch, before.facts, now.launch)
    moved = {f.name for f in now.facts}
    return [_line(c, now) for c in _differing(old, now.launch) if c.name not in moved]


def _with_moved(own: Mapping[str, str], others: Mapping[str, str], now: Sequence[Fact]) -> dict[str, str]:
    """With what was of the other kind before, such as `train.steps` where no schedule read it."""
    return {**{f.name: others[f.name] for f in now if f.name in others}, **own}


def _differing(before: Mapping[str, str], now: Sequence[Fact]) -> Iterator[Change]:
    """What was not said has the value that holds anyway. Of a role or an update that is new or gone it is said alone."""
    facts = {f.name: f for f in now}
    said = record(now)
    for name in dict.fromkeys((*facts, *before)):
        old, new = before.get(name), said.get(name)
        if old == new:
            continue
        subject = re.split("[.,:]", name)[0]
        if subject != name and (subject in before) != (subject in said) and subject in {*before, *said}:
            continue
        fact = facts.get(name)
        anyway = fact.anyway if fact is not None else None
        yield Change(name, anyway if old is None else old, anyway if new is None else new, fact)


def _line(c: Change, now: Meaning) -> str:
    where = (c.fact.note if c.fact is not None else "") + _place(c.fact, now)
    if c.old is None:
        return f"{c.name}: {_shown(c.new or '')} is new{where}"
    if c.new is None:
        return f"{c.name}: {_shown(c.old)} is gone"
    return f"{c.name}: {_shown(c.old)} -> {_shown(c.new)}{where}"


def _shown(value: str) -> str:
    return value.partition(MARK)[0]


def _place(fact: Fact | None, now: Meaning) -> str:
    if fact is None or fact.place is None:
        return ""
    source = fact.place.source.path
    file = "line " if source == now.path else f"{PurePath(source).name}:"
    return f" ({file}{fact.place.line})"
