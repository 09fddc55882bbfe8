"""What a value is, in the words of the field: its type, space, dims and quantity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from ....stages.table import OPS
from ...base.frozen import struct
from ...ir.graph import Array, Fields, Host, Many, Results
from ...ir.graph import Type as PlanType
from ...program.family import Family
from ...program.ops import ITERABLE, LEVELS, ROLE, SPACE, TICKS, VALUE
from ...program.values import Value
from ...types.describe import NOISY_AT, coefficient, describe
from ...types.quantity import CLEAN, DIRECTION, NOISE, Quantity
from ...types.time_names import TimeNames
from ...types.types import (
    Latent,
    Level,
    ListOf,
    Record,
    Scalar,
    Tensor,
    TimeType,
    Type,
    Unknown,
    axes_of,
)
from ..document import Port, Words

LEGEND = (
    Words("clean", "clean data x0"),
    Words("noise", "noise ε"),
    Words("noisy", "noisy latents, a mix of x0 and ε at a time"),
    Words("velocity", "velocity ε − x0, or another mix with a sign"),
    Words("difference", "a difference of two like quantities"),
    Words("latent", "a latent that is no mix of x0 and ε"),
    Words("time", "a time, or numbers on the way to one"),
    Words("text", "text"),
    Words("record", "what the network is told: an encoded prompt, a mask"),
    Words("pixels", "pixels or sound"),
    Words("number", "a number for each sample or for all"),
    Words("other", "anything else"),
)
"""Every quantity that a port or an edge may have, with its words."""

KNOWN = ((CLEAN, "clean"), (NOISE, "noise"), (DIRECTION, "difference"))


@struct
class Naming:
    """How values of a function are told: the kinds of its roles' processes, and the names that its program gave to times."""

    kinds: Mapping[str, str]
    times: TimeNames

    def kind(self, value: Value | None) -> str:
        ref = ROLE.find(value) if value is not None else None
        own = self.kinds.get(ref.name) if ref is not None else None
        return own or next(iter(self.kinds.values()), "flow")


def naming(families: Mapping[str, Family], values: Iterable[Value]) -> Naming:
    """The names of times and of lists of them among these values; `families` are those of roles."""
    entries: list[tuple[str, Type, str]] = []
    for v in values:
        name = v.name or (" ".join(v.span.text.split()) if OPS[v.op].of_round else "")
        if name.isidentifier() and isinstance(v.type, TimeType | Level):
            entries.append((name, v.type, ""))
        if v.op == "index" and isinstance(v.type, TimeType) and v.args[0].name:
            entries.append((v.args[0].name, v.args[0].type, v.type.time.key))
    kinds = {name: f.process.kind for name, f in families.items()}
    return Naming(kinds, TimeNames(entries))


def port(name: str, side: str, plan: PlanType | None, value: Value | None, at: Naming) -> Port:
    """A value on its way in or out, by what the plan and the typed program know of it."""
    type = value.type if value is not None and not isinstance(value.type, Unknown) else None
    quantity, words, sigma, space = "other", "", "", ""
    match type:
        case Latent(space=s, quantity=None):
            quantity, space, words = "latent", s.name, "no mix of x0 and eps"
        case Latent(space=s, quantity=Quantity() as q):
            words = describe(q, at.times, at.kind(value)).replace("`", "")
            quantity, space = _quantity(q, words), s.name
            sigma = _plain(coefficient(q.b, {t: n for n, t in at.times.of(q.times())}))
        case TimeType() | Level():
            quantity, words = "time", "a time"
        case Record(name=record):
            quantity, words = "record", record
        case Tensor(kind="pixels" | "wave" as kind):
            quantity, words = "pixels", kind
        case Scalar(kind="str"):
            quantity, words = "text", "text"
        case Scalar():
            quantity, words = "number", "a number"
        case ListOf(item=TimeType()):
            quantity, words = "time", "times"
        case None:
            quantity = _plain_quantity(plan)
    dims, dtype = _dims(plan, type)
    return Port(name, side, _type_text(plan, type), space, dims, dtype, quantity, sigma, words or quantity)


def _plain(text: str | None) -> str:
    return (text or "").replace("`", "")


def _quantity(q: Quantity, words: str) -> str:
    known = next((name for known, name in KNOWN if q == known), "")
    return known or ("noisy" if words.startswith(NOISY_AT) else "velocity")


def _plain_quantity(plan: PlanType | None) -> str:
    match plan:
        case Array(dtype="str") | Host(kind="str"):
            return "text"
        case Array(dtype="pixels"):
            return "pixels"
        case Array(dims=dims) if len(dims) <= 1:
            return "number"
        case Array():
            return "latent"
        case Host():
            return "number"
        case Fields():
            return "record"
        case _:
            return "other"


def _dims(plan: PlanType | None, type: Type | None) -> tuple[tuple[tuple[str, str], ...], str]:
    names = axes_of(type) if type is not None else ()
    if isinstance(plan, Array):
        own = names if len(names) == len(plan.dims) else ("b", *[None] * len(plan.dims))
        return tuple((n or "", str(d)) for n, d in zip(own, plan.dims)), plan.dtype
    if isinstance(type, Tensor):
        return tuple((n or "", str(d)) for n, d in zip(names, type.dims)), type.kind
    if isinstance(type, Latent):
        return tuple((n or "", str(d)) for n, d in zip(names, type.space.dims)), type.space.dtype
    return (), plan.kind if isinstance(plan, Host) else ""


def _type_text(plan: PlanType | None, type: Type | None) -> str:
    match plan:
        case Array(dims=dims, dtype=dtype):
            open_ended = "..." in map(str, dims)
            return f"{dtype}[{', '.join(dict.fromkeys(map(str, dims)) if open_ended else map(str, dims))}]"
        case Fields(fields=fields):
            return "{" + ", ".join(f"{n}: {_type_text(t, None)}" for n, t in fields) + "}"
        case Many(item=item, length=length):
            return f"[{_type_text(item, None)}{f'; {length}' if length is not None else ''}]"
        case Results(items=()):
            return ""
        case Results(items=items):
            return f"({', '.join(_type_text(t, None) for t in items)})"
        case Host(kind=kind):
            return kind
        case None:
            return str(type) if type is not None else ""


def written(v: Value) -> str:
    """A distribution, a number or a list as one would write it, with the numbers that it has: `clamp(shifted(uniform(0, 1),
    8), 0.02, 0.98)`."""
    known = VALUE.find(v)
    if known is not None:
        return number(known) if isinstance(known, int | Fraction) else f'"{known}"'
    if v.op == "levels":
        return levels(v)
    if v.op == "noise":
        space = SPACE.find(v)
        return f"noise[{space.name}]" if space is not None else "noise"
    if v.op == "pick" and len(v.args) == 2:
        return f"pick({_range(v)})"
    if OPS[v.op].distribution or OPS[v.op].rule == "shifted":
        return f"{v.op}({', '.join(map(written, v.args))})"
    return v.name or " ".join(v.span.text.split())


def _range(v: Value) -> str:
    """From the first to the last whole number, which is one below the second argument."""
    low, high = v.args
    last = VALUE.find(high)
    return f"{written(low)} .. {last - 1 if isinstance(last, int) else f'{written(high)} - 1'}"


def levels(v: Value) -> str:
    ticks = TICKS.find(v)
    if ticks:
        return ", ".join(map(number, ticks))
    known = LEVELS.find(v) or ()
    return ", ".join("?" if s is None else number(s) for s in known)


def number(value: int | Fraction) -> str:
    return f"{float(value):g}" if isinstance(value, Fraction) else str(value)


def rounds(loop: Value) -> str:
    """How often a loop runs: `1 round`, `0 .. 2 rounds, as drawn`, `20 rounds`."""
    if ITERABLE.find(loop) == "range":
        low, high = loop.args[:2]
        first, last = VALUE.find(low), VALUE.find(high)
        if isinstance(first, int) and isinstance(last, int):
            return counted(str(max(0, last - first)))
        drawn = high.args[0] if high.op == "draw" else None
        if drawn is not None and len(drawn.args) == 2 and first == 0:
            return f"{high.name or 'n'} rounds, drawn from {_range(drawn)}"
        start = "" if first == 0 else f" from {written(low)}"
        return f"{written(high)} rounds{start}"
    if ITERABLE.find(loop) == "pairs":
        grid = loop.args[0]
        steps = VALUE.find(grid.args[0]) if grid.op == "grid" else None
        if isinstance(steps, int):
            return counted(str(steps))
        if grid.op == "tail" and isinstance(grid.type, ListOf):
            left = grid.type.length.constant if grid.type.length is not None else None
            return counted(str(left)) if left is not None else "rounds from a level on"
    given = loop.args[0].type
    length = given.length if isinstance(given, ListOf) else None
    return counted(str(length)) if length is not None else "a round for each entry"


def short(text: str, most: int = 44) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def counted(count: str) -> str:
    return f"{count} round" + ("" if count == "1" else "s")
