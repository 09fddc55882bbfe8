"""Types and quantities in the words of the field, with the names that the user gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from . import points
from .coefficients import KINDS, ONE, ZERO, Coef, Time, read
from .forms import Form
from .quantity import CLEAN, DIRECTION, NOISE, Quantity, noisy
from .time_names import TimeNames
from .types import (
    Distribution,
    Latent,
    Level,
    ListOf,
    Record,
    Scalar,
    Space,
    Tensor,
    TimeType,
    Tuple,
    Type,
    Unknown,
)

KNOWN = (
    (CLEAN, "clean data (x0)"),
    (NOISE, "noise (eps)"),
    (DIRECTION, "a difference of two like quantities"),
    (Quantity(-ONE, ONE), "eps - x0"),
    (Quantity(ONE, -ONE), "x0 - eps"),
    (Quantity(-ONE, ZERO), "-x0"),
    (Quantity(ZERO, -ONE), "-eps"),
)
NOISY_AT = "noisy at "
"""How a quantity begins that latents have at a time."""
MAX_TERMS = 4
MAX_TIMES = 12
MAX_NUMBER = 10**12
MAX_SHOWN = 3
"""Of a coefficient that is written out, and of times at a point; a longer one says nothing at a glance."""


def describe(q: Quantity, times: TimeNames | None = None, kind: str = "flow") -> str:
    """A quantity: `clean data (x0)`, `noisy at t`, `eps - x0`, else its coefficients where they are short.

    `times` names the times, `kind` is the process in which they are read.
    """
    for known, words in KNOWN:
        if q == known:
            return words
    names = _named(q, times or TimeNames())
    at = _noisy_at(q, names, kind)
    if at is not None:
        return f"{NOISY_AT}{at}"
    for name, time in names:
        for k in (kind, *KINDS):
            if q == Quantity(-read("sigma", k, time), read("alpha", k, time)):
                return f"v at {name}"
    return mix(q, times)


def mix(q: Quantity, times: TimeNames | None = None) -> str:
    """A quantity by its coefficients: `(1 - t.sigma)*x0 + t.sigma*eps`."""
    by_time = {time: name for name, time in reversed(tuple((times or TimeNames()).of(q.times())))}
    a, b = coefficient(q.a, by_time), coefficient(q.b, by_time)
    if a is None or b is None:
        return f"another mix of x0 and eps{_at_a_point(q, by_time)}"
    parts = [text for text in (_times(a, "x0"), _times(b, "eps")) if text]
    return " + ".join(parts).replace("+ -", "- ")


def _at_a_point(q: Quantity, names: Mapping[Time, str]) -> str:
    """The factors at one of the points where they are known, for a mix that has no short words: ` (-2.4*eps at noise
    level t = 0.42)`. Empty where its times have no names."""
    times = sorted((t for t in q.times() if t in names), key=lambda t: names[t])
    if not times or len(times) > MAX_SHOWN or len(times) < len(q.times()):
        return ""
    levels = {t: read("sigma", "flow", t).points for t in times}
    known = [i for i, (a, b) in enumerate(zip(q.a.points, q.b.points)) if a.is_finite() and b.is_finite()]
    if not known:
        return ""
    first = levels[times[0]]
    i = min(known, key=lambda i: abs(first[i] - Decimal("0.5")))
    factors = [
        (what, f"{float(c.points[i]):.2g}") for what, c in (("x0", q.a), ("eps", q.b)) if not c.is_zero
    ]
    text = " + ".join(_times(k, what) for what, k in factors).replace("+ -", "- ")
    where = ", ".join(f"{names[t].strip('`')} = {float(levels[t][i]):.2g}" for t in times)
    return f" ({text} at noise level {where})"


def difference(found: Quantity, wanted: Quantity, times: TimeNames) -> str:
    """Which of two factors are others than are due: `eps has t.sigma, and next.sigma is due`; empty where they have no
    words."""
    known = times.of(found.times() | wanted.times())
    by_time = {time: name for name, time in reversed(tuple(known))}
    said = []
    for what, have, want in (("x0", found.a, wanted.a), ("eps", found.b, wanted.b)):
        if have != want:
            a, b = coefficient(have, by_time), coefficient(want, by_time)
            if a is None or b is None:
                return ""
            said.append(f"{what} has {_none(a)}, and {_none(b)} is due")
    return "; ".join(said)


def _none(factor: str) -> str:
    return "no part" if factor == "0" else f"`{factor}`"


def _named(q: Quantity, times: TimeNames) -> tuple[tuple[str, Time], ...]:
    """The times that a quantity may be noisy at. One that mixes very many has no words anyway."""
    read = q.times()
    return tuple(times.about(read)) if len(read) <= MAX_TIMES else ()


def _noisy_at(q: Quantity, names: Iterable[tuple[str, Time]], kind: str) -> str | None:
    for name, time in names:
        for k in (kind, *KINDS):
            if q == noisy(k, time):
                return name if k == kind else f"{name} of a {k} process"
    return None


def _times(k: str, what: str) -> str:
    if k in ("0", "1", "-1"):
        return {"0": "", "1": what, "-1": f"-{what}"}[k]
    return f"({k})*{what}" if " " in k else f"{k}*{what}"


Terms = dict[tuple[str, ...], Fraction]


def coefficient(c: Coef, names: Mapping[Time, str]) -> str | None:
    """A coefficient as a short polynomial in the noise levels of named times; None where it is not that."""
    terms = _polynomial(c, names)
    if terms is None or len(terms) > MAX_TERMS or any(abs(k) > MAX_NUMBER for k in terms.values()):
        return None
    text = ""
    for mono, k in sorted(terms.items(), key=lambda item: (len(item[0]), item[0])):
        size = "*".join(mono) if mono and abs(k) == 1 else "*".join((_decimal(abs(k)), *mono))
        text += f" {'-' if k < 0 else '+'} {size}" if text else f"-{size}" if k < 0 else size
    return text or "0"


def _polynomial(c: Coef, names: Mapping[Time, str]) -> Terms | None:
    if c.size > 64:
        return None
    constant = c.constant
    if constant is not None:
        return {(): constant} if constant else {}
    if c.time is not None:
        return _read(c.op, str(c.value), c.time, names)
    number = points.everywhere(c.points)
    if number is not None:
        return {(): Fraction(number)}
    if c.op == "sqrt":
        inner = coefficient(c.args[0], names)
        return {(f"sqrt({inner})",): Fraction(1)} if inner is not None else None
    if len(c.args) != 2:
        return None
    a, b = (_polynomial(x, names) for x in c.args)
    if a is None or b is None:
        return None
    match c.op:
        case "+" | "-":
            sign = 1 if c.op == "+" else -1
            found = dict(a)
            for mono, k in b.items():
                found[mono] = found.get(mono, Fraction(0)) + sign * k
        case "*":
            found = {}
            for left, x in a.items():
                for right, y in b.items():
                    mono = tuple(sorted((*left, *right)))
                    found[mono] = found.get(mono, Fraction(0)) + x * y
        case "/" if list(b) == [()]:
            found = {mono: k / b[()] for mono, k in a.items()}
        case _:
            return None
    return {mono: k for mono, k in found.items() if k}


def _read(which: str, kind: str, time: Time, names: Mapping[Time, str]) -> Terms | None:
    """`t.sigma` and `t.alpha`; of a flow process both by sigma, so that they cancel."""
    level = time.value if time.kind == "level" and kind == "flow" else None
    if level is not None:
        value = level if which == "sigma" else 1 - level
        return {(): value} if value else {}
    name = names.get(time, "").strip("`")
    if not name or " " in name:
        return None
    one = Fraction(1)
    if kind == "flow" and which == "alpha":
        return {(): one, (f"{name}.sigma",): -one}
    return {(f"{name}.{which}",): one}


def _decimal(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"{float(x):g}"


def shown_constant(value: object) -> str:
    """A number or text that is known beforehand, as FDL writes it."""
    if isinstance(value, Fraction):
        return _decimal(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


MAX_SOURCES = 6


def made_of(form: Form) -> str:
    """What a latent is made of, by the user's names: `eps`, data `x0`, an estimate of `student`. Empty where that is much."""
    found: dict[str, None] = {}
    for s in sorted(form.remaining, key=lambda s: s.number):
        name = f"`{s.name}`" if s.name else "what has no name"
        match s.kind:
            case "datum":
                found[f"data {name}" if s.name else "data"] = None
            case "estimate":
                found[f"an estimate of {name}"] = None
            case "carried":
                found["what a loop carries"] = None
            case "draw" | "declared":
                found[name] = None
            case "scaling":
                found["the scaling of guidance"] = None
            case _:
                found["what the algebra does not follow"] = None
    return ", ".join(found) if 0 < len(found) <= MAX_SOURCES else ""


# types


def type_text(t: Type, times: TimeNames, kind: str) -> str:
    """A type as FDL would write it, as far as it can: `clean[wan21]`, `noisy[wan21] at t`, `time[b]`."""
    match t:
        case Latent(space=space, quantity=None):
            return f"a non-linear function of latents in {space}"
        case Latent(space=space, quantity=q) if q is not None:
            return _latent(space, q, times, kind)
        case TimeType(time=time) if time.kind == "level" and time.value is not None:
            return f"{t}, noise level {float(time.value):g}"
        case Level():
            return f"a noise level from {t.low:g} to {t.high:g}" + _varying(t.axes)
        case Record(fields=fields):
            return f"{t} {{ {', '.join(map(str, fields))} }}"
        case Tuple(items=items):
            return f"({', '.join(type_text(i, times, kind) for i in items)})"
        case ListOf(item=item, length=length):
            return f"[{type_text(item, times, kind)}]" + (f", {length} entries" if length is not None else "")
        case Distribution(of="noise", space=space):
            return f"noise[{space}], to be drawn"
        case Distribution(of="time"):
            return "one of several times, to be drawn"
        case Distribution(of=of, low=low, high=high):
            return f"{'whole numbers' if of == 'int' else f'numbers from {low:g} to {high:g}'}, to be drawn"
        case Scalar(kind=k, axes=axes):
            return k + _varying(axes)
        case Unknown():
            return "not told until a program binds the roles"
        case _:
            return str(t)


def noun(t: Type) -> str:
    """A type as a message names it where only its kind matters."""
    match t:
        case Record(name=name):
            return f"the record `{name}`"
        case Scalar(kind="str"):
            return "a text"
        case Scalar(kind="bool"):
            return "a bool"
        case ListOf():
            return "a list"
        case Tuple():
            return "a pair"
        case _:
            return str(t)


def _varying(axes: tuple[str, ...]) -> str:
    return {(): "", ("b",): ", one for each sample", ("b", "t"): ", one for each frame"}.get(
        axes, f" over {', '.join(axes)}"
    )


def _latent(space: Space, q: Quantity, times: TimeNames, kind: str) -> str:
    if q in (CLEAN, NOISE):
        return f"{'clean' if q == CLEAN else 'noise'}[{space}]"
    at = _noisy_at(q, _named(q, times), kind)
    return f"noisy[{space}] at {at}" if at is not None else f"{describe(q, times, kind)} in {space}"


def dims_of(t: Type) -> str:
    """The dims of a latent or tensor, with the axes that have a name; empty for other values."""
    match t:
        case Latent(space=Space(factors=factors)) if factors:
            return " and ".join(dims_of(Latent(s, None)) for _, s in factors)
        case Latent(space=Space(dims=dims, axes=axes)) | Tensor(dims=dims, axes=axes):
            named = (
                f"{a} = {d}" if a is not None and a != str(d) else str(d)
                for d, a in zip(dims, axes or (None,) * len(dims))
            )
            return f"[{', '.join(named)}]" if dims else ""
        case _:
            return ""
