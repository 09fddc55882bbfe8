"""What the oracle computes with: times as numbers, latents as pairs of numbers, in fifty digits.

A time is the noise level of a flow process, s in [0, 1]; every process reads it at the same signal-to-noise ratio.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from ..families import Family

ZERO, ONE = Decimal(0), Decimal(1)
Mix = tuple[Decimal, Decimal]
"""(a, b) of a*x0 + b*eps."""


class Unsettled(Exception):
    """This run cannot tell: something is divided by a noise level that happens to be 0, or infinite."""


def factors(kind: str, s: Decimal) -> Mix:
    """(alpha, sigma) of a process at a flow noise level."""
    if kind == "flow":
        return 1 - s, s
    if kind == "vp":
        length = (s * s + (1 - s) * (1 - s)).sqrt()
        return (1 - s) / length, s / length
    if s == 1:
        raise Unsettled
    return ONE, s / (1 - s)


def level(kind: str, sigma: Decimal) -> Decimal:
    """The flow noise level at which a process has this sigma."""
    if kind == "flow":
        return sigma
    rest = ONE if kind == "edm" else (1 - sigma * sigma).sqrt()
    return sigma / (sigma + rest)


def said(f: Family, s: Decimal) -> Mix:
    """What the family's network predicts, of latents that are noisy at s."""
    alpha, sigma = factors(f.kind, s)
    match f.predict:
        case "eps - x0":
            return -ONE, ONE
        case "x0 - eps":
            return ONE, -ONE
        case "x0":
            return ONE, ZERO
        case "eps":
            return ZERO, ONE
        case "v":
            return -sigma, alpha
    r = (sigma * sigma + Decimal("0.25")).sqrt()
    skip = Decimal("0.25") / (r * r)
    out = r / (sigma / 2) if sigma else _unsettled()
    return (1 - skip) * out, -skip * sigma * out


def derived(f: Family, function: str, s: Decimal) -> Mix:
    alpha, sigma = factors(f.kind, s) if function in ("velocity", "score") else (ONE, ONE)
    match function:
        case "x0":
            return ONE, ZERO
        case "eps":
            return ZERO, ONE
        case "velocity":
            return {"flow": (-ONE, ONE), "vp": (-sigma, alpha), "edm": (ZERO, ONE)}[f.kind]
        case "score":
            return ZERO, -1 / sigma if sigma else _unsettled()
    return said(f, s)


def _unsettled() -> Decimal:
    raise Unsettled


def near(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) <= Decimal("1e-25") * (1 + abs(a) + abs(b))


def same(p: Mix, q: Mix) -> bool:
    return near(p[0], q[0]) and near(p[1], q[1])


@dataclass(frozen=True)
class Value:
    """`reach` are the roles whose weights a gradient finds."""

    reach: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unknown(Value):
    """What is left after a violation: it fits everywhere."""


@dataclass(frozen=True)
class Number(Value):
    value: Decimal = ONE
    whole: bool = False
    step: bool = True  # the same for every sample and rank
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth(Value):
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Time(Value):
    """`number`: a draw in [0, 1], which is a number as well. `bent`: it went through a shift."""

    s: Decimal = ONE
    axes: tuple[str, ...] = ()
    number: bool = False
    step: bool = True
    bent: bool = False


@dataclass(frozen=True)
class Latent(Value):
    """`mix` is None for a non-linear function. `conditions` are the graphs that made the records of the calls in it."""

    space: str = ""
    mix: Mix | None = None
    conditions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Record(Value):
    fields: tuple[str, ...] = ()
    made_by: str = ""


@dataclass(frozen=True)
class Several(Value):
    """A list of times, or of pairs of them, or values in brackets."""

    kind: str = "times"
    items: tuple[Value, ...] = ()
    bent: bool = False


@dataclass(frozen=True)
class Rounds(Value):
    low: Number = field(default_factory=Number)
    high: Number = field(default_factory=Number)


@dataclass(frozen=True)
class Distribution(Value):
    """Of noise in a space, of numbers, of list entries or of whole numbers."""

    kind: str = "number"
    space: str = ""
    low: Decimal = ZERO
    high: Decimal = ONE
    items: tuple[Value, ...] = ()
    bent: bool = False


@dataclass(frozen=True)
class RoleValue(Value):
    name: str = ""
    live: bool = True


@dataclass(frozen=True)
class Pixels(Value):
    pass


@dataclass(frozen=True)
class Batch(Value):
    pass


def together(values: Iterable[Value]) -> frozenset[str]:
    return frozenset().union(*(v.reach for v in values))


def kind_of(v: Value) -> str:
    """In a word, for whoever looks for another value of the same kind."""
    match v:
        case Time():
            return "time"
        case Several(kind=kind):
            return kind
        case _:
            return type(v).__name__.lower()
