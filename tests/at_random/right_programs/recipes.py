"""How to make each quantity: the plainest ways first, then those that take more, then what changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..tree import BATCH, Node, call, name, number, of
from .by_hand import (
    clean_by_hand,
    difference,
    mixed,
    negative,
    noise_by_hand,
    noised,
    recast,
    score_by_hand,
    stepped,
    v_by_hand,
    velocity_by_hand,
)
from .graphs import graphed
from .networks import by_role, guided, network, target
from .pieces import Body, Maker, Recipe, Want, minus, over, plus, times
from .times import divisor, scale, some_want, unread


def named(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    found = [n for n, w in body.known.values if w.key == want.key]
    return m.choose.pick(found) if found else None


def data(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    roles = m.roles_of(want.space)
    return of(name(m.choose.pick(roles).name), "clean", BATCH) if roles else None


def drawn(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    roles = m.roles_of(want.space)
    if not roles:
        return None
    made = m.noise(body, m.choose.pick(roles), "eps", "e", "z")
    body.known.values.append((made, want))
    return made


def part(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """A part of the same quantity in a product space."""
    owner, _, which = want.space.partition(".")
    joint = [r for r in m.roles if r.family.owner == owner and which in r.family.factors]
    if not joint:
        return None
    whole = replace(want, space=joint[0].family.space)
    return Node("part", (m.make(body, whole, depth),), which) if m.can(body, whole) else None


def claimed(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """What the algebra cannot follow, stated: a function that is not linear, or a derivative of the network."""
    if want.what != "clean":
        return None  # a noise that is claimed depends on the others in a way that is not known
    word = {"velocity": "velocity", "v": "velocity"}.get(want.what, want.what)
    roles = m.roles_of(want.space, "flow" if want.what == "velocity" else want.kind)
    if not roles:
        return None
    r = m.choose.pick(roles)
    at = (want.time.node,) if want.at is not None else ()
    x = m.make(body, want, depth)
    if word == "velocity" and at and r in m.roles_of(want.space, want.kind, want.at) and m.choose.chance(60):
        inner = network(m, body, r, "predict", want.time, depth)
        x = call("jvp", inner, x=x, t=number("1.0"))
    else:
        x = call(m.choose.pick(("abs", "tanh")), x)
    return Node("as", (x, name(r.name), *at), word)


def bridged(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    roles = m.roles_of(want.space)
    if not roles:
        return None
    # what an image decodes to is no clip
    alike = {r.family.space for r in m.roles if r.family.data == roles[0].family.data}
    others = sorted(alike - {want.space})
    if not others:
        return None
    x = m.make(body, Want("clean", m.choose.pick(others)), depth)
    return call("bridge", x, to=name(m.choose.pick(roles).name))


def gap(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """The difference of two that are the same quantity."""
    some = some_want(m, body)
    if some.space != want.space:
        some = Want(m.choose.pick(("clean", "noise")), want.space)
    return minus(m.make(body, some, depth), m.make(body, some, depth))


def gap_scaled(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    d = m.make(body, want, depth)
    if m.choose.chance(50):
        return times(scale(m, body, depth), d)
    return over(d, divisor(m, body, depth))


def gap_joined(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    join = m.choose.pick((plus, minus))
    return join(m.make(body, want, depth), m.make(body, want, depth))


def gap_weighted(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    some = Want(m.choose.pick(("clean", "noise")), want.space)
    return times(call("abs", m.make(body, some, depth)), m.make(body, want, depth))


def averaged(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    a, b = m.make(body, want, depth), m.make(body, want, depth)
    if m.choose.chance(50):
        return times(number("0.5"), plus(a, b))
    k = m.choose.pick((("0.3", "0.7"), ("1.5", "-0.5"), ("0.9", "0.1")))
    if k[1].startswith("-"):
        return minus(times(number(k[0]), a), times(number(k[1][1:]), b))
    return plus(times(number(k[0]), a), times(number(k[1]), b))


def weighted(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """w*a + (1 - w)*b with a number that has a name."""
    if not body.known.numbers:
        return None
    w = m.choose.pick(body.known.numbers)
    a, b = m.make(body, want, depth), m.make(body, want, depth)
    return plus(times(w, a), times(minus(number(1), w), b))


def moved(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    d = m.make(body, Want("direction", want.space), depth)
    x = m.make(body, want, depth)
    if m.choose.chance(40):
        return minus(x, over(d, divisor(m, body, depth)))
    return plus(x, times(scale(m, body, depth), d)) if m.choose.chance(60) else plus(x, d)


def stopped(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    return call("stop", m.make(body, want, depth))


def selected(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    known = [t for t in body.known.times if not unread(m, t)]
    if not known:
        return None
    condition = Node(">", (Node("sigma", (m.choose.pick(known).node,)), number("0.5")))
    return call("select", condition, m.make(body, want, depth), m.make(body, want, depth))


def cancelled(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    a, b, c = (m.make(body, want, depth - 1) for _ in range(3))
    return minus(plus(a, b), c)


def scaled_back(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    k = m.choose.pick([number("2.0"), number("0.25"), *body.known.numbers])
    return over(times(k, m.make(body, want, depth)), k)


EVERYWHERE: tuple[Recipe, ...] = (
    averaged, moved, stopped, guided, graphed, cancelled, selected, weighted, scaled_back, part,
)  # fmt: skip
EACH: Mapping[str, tuple[tuple[Recipe, ...], tuple[Recipe, ...]]] = {
    "clean": (
        (named, data, part),
        (by_role("x0"), clean_by_hand, by_role("predict"), target, claimed, bridged, by_role("x0")),
    ),
    "noise": (
        (named, drawn, part),
        (by_role("eps"), noise_by_hand, by_role("predict"), by_role("velocity"), target, claimed),
    ),
    "noisy": ((named, noised, mixed, part, recast), (noised, mixed, stepped, recast, claimed)),
    "velocity": (
        (named, difference(1), target, part),
        (by_role("predict"), by_role("velocity"), velocity_by_hand, negative("backwards"), claimed),
    ),
    "backwards": (
        (named, difference(-1), target, part),
        (by_role("predict"), negative("velocity")),
    ),
    "v": ((named, target, v_by_hand, part), (by_role("predict"), by_role("velocity"), v_by_hand, claimed)),
    "score": ((named, score_by_hand, by_role("score"), part), (by_role("score"), score_by_hand, claimed)),
    "F": ((named, target, part), (by_role("predict"),)),
    "direction": ((named, gap), (gap, gap_scaled, gap_joined, gap_weighted)),
}
RECIPES = (EACH, EVERYWHERE)
