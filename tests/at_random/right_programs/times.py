"""Numbers and times: factors of a process as a program may write them, scales, draws, lists."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..tree import Node, call, number
from .pieces import At, Body, Maker, TimeList, Want, minus, over, plus, result_of, wanted


def factors(m: Maker, kind: str, at: At) -> tuple[Node | None, Node] | None:
    """alpha (None for one) and sigma of a process at a time, as a program may write them."""
    if at.number and m.choose.chance(40):
        if kind == "flow":
            return minus(number(1), at.node), at.node
        if kind == "edm":
            return None, over(at.node, minus(number(1), at.node))
    alpha, sigma = Node("alpha", (at.node,)), Node("sigma", (at.node,))
    if m.kind == kind:
        if kind == "edm":
            return None if at.top else (None, sigma)
        if kind == "flow" and at.value is not None and m.choose.chance(30):
            return number(_decimal(1 - at.value)), number(_decimal(at.value))
        if kind == "flow" and m.choose.chance(50):
            return minus(number(1), sigma), sigma
        return alpha, sigma
    if kind == "flow":
        whole = plus(alpha if m.kind == "vp" else number(1), sigma)
        if m.kind == "edm" and at.top:
            return None
        return over(alpha if m.kind == "vp" else number(1), whole), over(sigma, whole)
    if kind == "edm" and m.kind in ("flow", "vp") and not at.top:
        return None, over(sigma, alpha)
    return None


def _decimal(x: object) -> str:
    return f"{float(x):.6g}"  # type: ignore[arg-type]


def scale(m: Maker, body: Body, depth: int) -> Node:
    """Some number."""
    match m.choose.between(0, 6 if depth > 0 else 2):
        case 0:
            return number(m.choose.pick(("0.5", "2.0", "0.25", "1.5", "3", "0.1")))
        case 1 if body.known.numbers:
            return m.choose.pick(body.known.numbers)
        case 2 if any(not unread(m, t) for t in body.known.times):
            t = m.choose.pick([t for t in body.known.times if not unread(m, t)])
            return Node(m.choose.pick(("sigma", "alpha")), (t.node,))
        case 3:
            made = body.draw(m.fresh("weight", "n"), call("uniform", number("0.5"), number("1.5")))
            body.known.numbers.append(made)
            return made
        case 4:
            return size(m, body, depth - 1)
        case 5:
            return Node("*", (scale(m, body, depth - 1), scale(m, body, depth - 1)))
        case _:
            made = body.bind(m.fresh("k", "rate"), plus(size(m, body, depth - 1), number("0.5")))
            body.known.numbers.append(made)
            return made


def unread(m: Maker, t: At) -> bool:
    """A time whose sigma or alpha may be 0, or infinite."""
    return t.top or t.bottom


def size(m: Maker, body: Body, depth: int, *, whole: bool = False) -> Node:
    """The size of some latent: a number that only a run tells, of each sample or of the `whole` batch."""
    x = m.make(body, some_want(m, body), depth)
    function = m.choose.pick(("abs", "square"))
    each = not whole and m.choose.chance(40)
    over = {"per": Node("word", word="sample")} if each else {"over": Node("word", word="batch")}
    return call("mean", call(function, x), **over)


def divisor(m: Maker, body: Body, depth: int) -> Node:
    """A number that is not 0."""
    if depth > 0 and m.choose.chance(60):
        return size(m, body, depth - 1)
    return number(m.choose.pick(("2.0", "0.5", "4")))


def time(m: Maker, body: Body, *, frames: bool = False, plain: bool = False) -> At:
    """A time that is at hand, or a new one. `plain` for one that is neither noise level 0 nor 1."""
    axes = ((), ("b", "t") if frames else ("b",))

    def fits(t: At) -> bool:
        return t.axes in axes and not (plain and (t.top or t.bottom))

    fitting = [t for t in body.known.times if fits(t)]
    if fitting and not m.choose.chance(25):
        return m.choose.pick(fitting)
    while not fits(found := new_time(m, body, frames)):
        pass
    return found


def new_time(m: Maker, body: Body, frames: bool = False) -> At:
    """A time that was not at hand before: drawn, an entry of a list, or made of another."""
    frames = frames and m.roles[0].family.has_frames
    ways = [_drawn, _drawn, _entry, _drawn_entry, _later, _one]
    start = m.choose.between(0, len(ways) - 1)
    for way in (*ways[start:], *ways[:start]):
        found = way(m, body, frames)
        if found is not None:
            body.known.times.append(found)
            return found
    raise AssertionError


def _drawn(m: Maker, body: Body, frames: bool) -> At:
    plain = call("uniform", number(0), number(1))
    bent = call("shifted", plain, number("3.0"))
    kinds: list[tuple[Node, bool, bool]] = [
        (plain, True, False),
        (bent, True, True),
        (call("logit_normal", number(0), number(1)), True, False),
        (call("clamp", plain, number("0.02"), number("0.98")), True, False),
        (call("clamp", bent, number("0.02"), number("0.98")), True, True),
        *((d, True, is_bent) for d, is_bent in body.known.distributions),
        *((call("pick", x.node), False, x.bent) for x in body.known.lists if not x.top and not x.bottom),
    ]
    d, is_number, is_bent = m.choose.pick(kinds)
    per = m.choose.pick(("", "", "step", "frame" if frames else ""))
    word = m.fresh("t", "s", "tau")
    axes = {"": ("b",), "step": (), "frame": ("b", "t")}[per]
    return At(body.draw(word, d, per), word, axes, number=is_number, bent=is_bent)


def _entry(m: Maker, body: Body, frames: bool) -> At | None:
    return m.choose.pick(body.known.lists).known(1) if body.known.lists else None


def _drawn_entry(m: Maker, body: Body, frames: bool) -> At | None:
    """Two entries of a list that follow each other."""
    if not body.known.lists:
        return None
    steps = m.choose.pick(body.known.lists)
    high = minus(call("len", steps.node), number(1)) if m.choose.chance(50) else number(len(steps.values) - 1)
    word, per = m.fresh("k", "n"), m.choose.pick(("step", ""))
    k = body.draw(word, call("pick", Node("range", (number(0), high))), per)
    axes = ("b",) if not per else ()
    after = steps.entry(plus(k, number(1)), f"{word} + 1", first=False, last=True)
    body.known.times.append(replace(after, axes=axes))
    return replace(steps.entry(k, word, first=True, last=False), axes=axes)


def _later(m: Maker, body: Body, frames: bool) -> At | None:
    """A time that is shifted."""
    axes = {"b", "t"} if frames else {"b"}
    bases = [t for t in body.known.times if not t.bent and not t.top and not t.bottom and set(t.axes) <= axes]
    if not bases:
        return None
    t, by = m.choose.pick(bases), m.choose.pick(("2.0", "5.0"))
    made = body.bind(m.fresh("later", "r"), call("shifted", t.node, number(by)))
    return At(made, f"{t.key} shifted {by}", t.axes, bent=True)


def _one(m: Maker, body: Body, frames: bool) -> At:
    tick = m.choose.pick((730, 410, 880))
    return At(body.bind(m.fresh("t", "at"), Node("one", (number(tick),), "ticks")), f"ticks {tick}", ())


def new_list(m: Maker, body: Body, *, top: bool) -> TimeList:
    """A list of times, bound to a name. No two lists have an entry in common, but for the first."""
    word = m.fresh("steps", "levels")
    flow, lists = m.kind == "flow", m.taken.get("steps", 0) + m.taken.get("levels", 0)
    values = [Fraction(1 if top else Fraction(95, 100)), *(Fraction(x, 100) for x in (72, 41, 16))]
    values = [v - Fraction(13 * lists, 1000) if v < 1 else v for v in values[: m.choose.between(3, 4)]]
    if flow and m.choose.chance(60):
        node = Node("levels", tuple(number(int(v * 1000)) for v in values), "ticks")
    else:
        node = Node("levels", tuple(number("1.0" if v == 1 else f"{float(v):g}") for v in values), "sigmas")
    known = tuple(v if flow else None for v in values)
    bent = m.choose.chance(20)
    if bent:
        node, known = call("shifted", node, number("5.0")), (None,) * len(values)
    found = TimeList(body.bind(word, node), word, known, top and m.kind != "edm", False, bent)
    body.known.lists.append(found)
    return found


def some_want(m: Maker, body: Body) -> Want:
    """Any quantity of any role."""
    role = m.choose.pick(m.roles)
    what = m.choose.pick(("clean", "noise", "noisy", "said", "velocity"))
    if what in ("clean", "noise"):
        return Want(what, role.family.space)
    at = time(m, body, frames=role.family.per_frame, plain=True)
    if what == "noisy":
        return wanted("noisy", role.family, at)
    return result_of(role.family, "predict" if what == "said" else "velocity", at)
