"""How a program samples a role that it trains at a few levels: which they are, and what happens between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .....stages.table import OPS
from ....program.ops import ROLE
from ....program.typed_program import TypedProgram
from ....program.values import Value, every_value


@dataclass(frozen=True)
class OwnLevels:
    """`levels` from noise to data. `renoised` says that samples are made by a clean guess at each level, which is noised
    again, by noise of its own, to the next; None that the program makes no samples at these levels."""

    levels: tuple[float, ...]
    renoised: bool | None


def own_levels(program: TypedProgram, role: str) -> OwnLevels | None:
    """The one list of levels at which a role's updates ask it, and how validation goes from one to the next; None for a
    role that is trained at other times too."""
    trained = _listed(_asked((v for u in program.updates if role in u.roles for _, v in u.losses), role))
    if trained is None:
        return None
    values: Any = trained.attrs["values"]
    levels = tuple(float(x) for x in values)
    sample = next(iter(program.samples.values()), None)
    asked = _asked([sample], role) if sample is not None else []
    sampled = _listed(asked)
    if sample is None or sampled is None or not _same(sampled, trained):
        return OwnLevels(levels, None)
    mixes = [v for v in every_value([sample]) if v.op == "noisy" and _is_of(v, role)]
    renoised = (
        all(v.op == "x0" for v in asked)
        and all(v.args[0].op == "x0" and v.args[1].op == "draw" and _entry(v.args[2], trained) for v in mixes)
        and (bool(mixes) or len(levels) == 1)
    )
    return OwnLevels(levels, renoised)


def _listed(asked: Sequence[Value]) -> Value | None:
    """The list of levels of which all times are entries."""
    lists = [v.args[1].args[0] if v.args[1].op == "index" else None for v in asked]
    first = lists[0] if lists else None
    if first is None or first.op != "levels" or not all(_same(other, first) for other in lists):
        return None
    return first


def _entry(time: Value, levels: Value) -> bool:
    return time.op == "index" and _same(time.args[0], levels)


def _same(a: Value | None, b: Value) -> bool:
    return a is not None and a.op == b.op and a.attrs.get("values") == b.attrs.get("values")


def _asked(roots: Iterable[Value], role: str) -> list[Value]:
    """Where the role itself is asked, averages of it aside."""
    return [
        v
        for v in every_value(list(roots))
        if v.op in OPS and OPS[v.op].rule == "prediction" and _is_of(v, role)
    ]


def _is_of(v: Value, role: str) -> bool:
    ref = ROLE.find(v)
    return ref is not None and ref.name == role and ref.average is None
