"""Times: lists of them, and what a process reads of one."""

from __future__ import annotations

from collections.abc import Mapping

from ....stages.times import shifted
from ...ir.graph import Array, Host, Many
from ...program.ops import GRID, LEVELS, TICKS
from ...program.values import RoleRef, Value
from ...types.types import ListOf
from ..builder import CannotRun
from ..lowering import Lowering, Rule
from ..products import by_part
from .components import in_module, tells_ticks_itself
from .process_at import ProcessAt


def _levels(at: Lowering, value: Value, _: list[int]) -> int:
    levels = LEVELS.of(value)
    if any(s is None for s in levels):
        return _scheduled_levels(at, value)
    if not isinstance(value.type, ListOf):
        (level,) = levels
        return at.build.const(level)
    text = ", ".join(repr(float(s)) for s in levels if s is not None)
    return at.build.add("levels", (), Many(Host("float"), len(levels)), levels=text, hint="levels")


def _scheduled_levels(at: Lowering, value: Value) -> int:
    """Times by ticks whose noise only the checkpoint's schedule tells."""
    written = [float(k) for k in TICKS.of(value)]
    text = ", ".join(f"{k:g}" if k == int(k) else repr(k) for k in written)
    items = at.build.add(
        "scheduled_levels",
        (),
        Many(Host("float"), len(written)),
        callee=f"{in_module(RoleRef(at.role_of(value).name))}.schedule.at",
        ticks=text,
    )
    if isinstance(value.type, ListOf):
        return items
    return at.build.add("index", (items, at.build.const(0)), Host("float"))


def _grid(at: Lowering, value: Value, args: list[int]) -> int:
    process = at.process(value)
    if process.grid is not None:
        return _own_grid(at, value)
    top = process.grid_top
    steps = at.build.number(args[0])
    shift = process.shift_of(int(steps) if steps is not None else None)
    if shift is None:
        raise CannotRun("a grid of a drawn number of steps, on which its shift depends,", value.span)
    ends = repr(shift) if top == 1 else f"{shift!r}, top={float(top)!r}"
    if process.top is None and process.scheduled is not None and not tells_ticks_itself(at, value):
        ends = f"{shift!r}, top={in_module(RoleRef(at.role_of(value).name))}.schedule.top"
    if process.dynamic is not None and process.dynamic.terminal:
        ends += f", terminal={process.dynamic.terminal!r}"
    return at.build.add("grid", args, Many(Host("float")), shift=ends, hint="times")


def _own_grid(at: Lowering, value: Value) -> int:
    """The levels that the process's own rule gives, which are known where the number of steps is."""
    levels = GRID.find(value)
    if levels is None:
        raise CannotRun(
            "a grid by a rule of the process's own, of steps that are not known beforehand", value.span
        )
    text = ", ".join(repr(float(s)) for s in levels)
    return at.build.add("levels", (), Many(Host("float"), len(levels)), levels=text, hint="times")


def _tail(at: Lowering, value: Value, args: list[int]) -> int:
    """What of a grid lies below a time, and that time."""
    return at.build.add("tail", tuple(args), Many(Host("float")))


def _entry(at: Lowering, value: Value, args: list[int]) -> int:
    """An entry of a schedule and its level."""
    return at.build.add(value.op, tuple(args), at.build.joined(value.op, *args))


def _shifted(at: Lowering, value: Value, args: list[int]) -> int:
    """A time, or each of a list; those that are known are written down as they will be."""
    items, shift = args
    b = at.build
    type = b.type(items)
    if not isinstance(type, Many):
        return b.add("shifted", args, b.joined("shifted", *args))
    amount = b.number(shift)
    if b.nodes[items].op != "levels" or amount is None:
        item = type.item if isinstance(type.item, Array) else Host("float")
        return b.add("each_shifted", args, Many(item, type.length))
    levels = [shifted(float(s), float(amount)) for s in b.nodes[items].text("levels").split(", ")]
    text = ", ".join(map(repr, levels))
    return b.add("levels", (), Many(Host("float"), len(levels)), levels=text, hint="levels")


def _level(at: Lowering, value: Value, args: list[int]) -> int:
    """The number itself, as a float."""
    (number,) = args
    type = at.build.type(number)
    whole = type == Host("int") or (isinstance(type, Array) and type.dtype == "i64")
    return at.build.arith("div", number, at.build.const(1)) if whole else number


def _reading(at: Lowering, value: Value, args: list[int]) -> int:
    here = ProcessAt(at.build, at.process(value).kind, args[0])
    return {"sigma": here.sigma, "alpha": here.alpha, "angle": here.angle}[value.op]()


def _ticks(at: Lowering, value: Value, args: list[int]) -> int:
    """What the network is fed at this time, as its process says."""
    formula = at.process(value).ticks
    if formula is None:
        raise CannotRun(f"`{value.span.text}`", value.span)
    return at.apply(formula, args, at.inside_family(value))


RULES: Mapping[str, Rule] = {
    "levels": _levels,
    "grid": _grid,
    "tail": _tail,
    "shifted": by_part(_shifted),
    "level": by_part(_level),
    "entry_of": _entry,
    "entry_level": _entry,
    "sigma": by_part(_reading),
    "alpha": by_part(_reading),
    "angle": by_part(_reading),
    "ticks": by_part(_ticks),
}
