"""Each quantity from others, by the formulas that people write by hand."""

from __future__ import annotations

from dataclasses import replace

from ..tree import Node, call, name, number, of
from .pieces import TIMED, At, Body, Maker, Recipe, Want, minus, over, plus, times
from .times import factors, time


def _kind(m: Maker, body: Body, want: Want, depth: int) -> tuple[At, str, Node | None, Node] | None:
    """Some time and process of the space, with their factors."""
    roles = m.roles_of(want.space, want.kind)
    kind = want.kind or (m.choose.pick(roles).family.kind if roles else "flow")
    at = want.at or time(m, body, plain=True)
    found = factors(m, kind, at)
    if found is None or not m.can(body, Want("noisy", want.space, kind, at)):
        return None
    return at, kind, *found


def clean_by_hand(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    found = _kind(m, body, want, depth)
    if found is None:
        return None
    at, kind, alpha, sigma = found
    x = m.make(body, Want("noisy", want.space, kind, at), depth)
    options = [("noise", not at.top), ("score", not at.top and not at.bottom)]
    options += [("velocity", True), ("backwards", True)] if kind == "flow" else []
    options += [("v", True)] if kind == "vp" else []
    what = m.choose.pick([o for o, fine in options if fine] or ["none"])
    if what == "none":
        return None
    timed = what in TIMED
    other = m.make(body, Want(what, want.space, kind if timed else "", at if timed else None), depth)
    match what:
        case "noise":
            return over(minus(x, times(sigma, other)), alpha)
        case "score":
            return over(plus(x, times(times(sigma, sigma), other)), alpha)
        case "velocity":
            return minus(x, times(sigma, other))
        case "backwards":
            return plus(x, times(sigma, other))
    return minus(times(alpha, x), times(sigma, other))


def noise_by_hand(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    found = _kind(m, body, want, depth)
    if found is None:
        return None
    at, kind, alpha, sigma = found
    if kind == "vp" and m.choose.chance(40):
        x = m.make(body, Want("noisy", want.space, kind, at), depth)
        v = m.make(body, Want("v", want.space, kind, at), depth)
        return plus(times(sigma, x), times(alpha, v))
    if kind == "flow" and m.choose.chance(40):
        x = m.make(body, Want("noisy", want.space, kind, at), depth)
        return plus(x, times(alpha, m.make(body, Want("velocity", want.space), depth)))
    if at.bottom:
        return None
    if m.choose.chance(25):
        return Node("neg", (times(sigma, m.make(body, Want("score", want.space, kind, at), depth)),))
    x = m.make(body, Want("noisy", want.space, kind, at), depth)
    return over(minus(x, times(alpha, m.make(body, Want("clean", want.space), depth))), sigma)


def noised(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """`role.noisy` of clean data and noise."""
    roles = m.roles_of(want.space, want.kind)
    if not roles or (want.kind == "edm" and want.time.top):
        return None
    x0 = m.make(body, Want("clean", want.space), depth)
    eps = m.make(body, Want("noise", want.space), depth)
    return of(name(m.choose.pick(roles).name), "noisy", x0, eps, want.time.node)


def mixed(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    found = factors(m, want.kind, want.time)
    if found is None:
        return None
    alpha, sigma = found
    x0 = times(alpha, m.make(body, Want("clean", want.space), depth))
    eps = times(sigma, m.make(body, Want("noise", want.space), depth))
    return plus(x0, eps) if m.choose.chance(70) else plus(eps, x0)


def stepped(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """A step from another time, where the path is straight."""
    if want.kind == "vp":
        return None
    at = time(m, body, plain=True)
    old, new = factors(m, want.kind, at), factors(m, want.kind, want.time)
    before = Want("noisy", want.space, want.kind, at)
    if old is None or new is None or not m.can(body, before):
        return None
    slope = Want("velocity" if want.kind == "flow" else "noise", want.space)
    x = m.make(body, before, depth)
    return plus(x, times(minus(new[1], old[1]), m.make(body, slope, depth)))


def recast(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """From another process at the same time: by `recast`, or by the factor between the two."""
    kinds = sorted({r.family.kind for r in m.roles_of(want.space)} - {want.kind})
    roles = m.roles_of(want.space, want.kind)
    if not kinds or not roles or want.time.top or depth < -4:
        return None
    kind = m.choose.pick(kinds)
    x = m.make(body, Want("noisy", want.space, kind, want.at), depth)
    if kind == m.kind and m.choose.chance(50):
        mine = factors(m, kind, replace(want.time, number=False))
        assert mine is not None
        alpha, sigma = mine
        if want.kind == "edm":
            return over(x, alpha)
        if want.kind == "flow":
            return over(x, plus(alpha or number(1), sigma))
    return call("recast", x, want.time.node, to=name(m.choose.pick(roles).name))


def difference(sign: int) -> Recipe:
    """eps - x0, or its negative."""

    def recipe(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
        x0 = m.make(body, Want("clean", want.space), depth)
        eps = m.make(body, Want("noise", want.space), depth)
        return minus(eps, x0) if sign > 0 else minus(x0, eps)

    return recipe


def velocity_by_hand(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    at = time(m, body, plain=True)
    found = factors(m, "flow", at)
    if found is None or not m.roles_of(want.space, "flow"):
        return None
    alpha, sigma = found
    x = m.make(body, Want("noisy", want.space, "flow", at), depth)
    if m.choose.chance(50):
        return over(minus(x, m.make(body, Want("clean", want.space), depth)), sigma)
    return over(minus(m.make(body, Want("noise", want.space), depth), x), alpha)


def negative(other: str) -> Recipe:
    def recipe(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
        return Node("neg", (m.make(body, replace(want, what=other), depth),))

    return recipe


def v_by_hand(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    found = factors(m, "vp", want.time)
    if found is None:
        return None
    alpha, sigma = found
    x0 = m.make(body, Want("clean", want.space), depth)
    if not want.time.bottom and m.choose.chance(30):
        x = m.make(body, Want("noisy", want.space, "vp", want.at), depth)
        return over(minus(times(alpha, x), x0), sigma)
    return minus(times(alpha, m.make(body, Want("noise", want.space), depth)), times(sigma, x0))


def score_by_hand(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    found = factors(m, want.kind, want.time)
    if found is None or want.time.bottom:
        return None
    alpha, sigma = found
    if m.choose.chance(30) and m.can(body, Want("noisy", want.space, want.kind, want.at)):
        x0 = times(alpha, m.make(body, Want("clean", want.space), depth))
        x = m.make(body, Want("noisy", want.space, want.kind, want.at), depth)
        return over(minus(x0, x), times(sigma, sigma))
    return over(Node("neg", (m.make(body, Want("noise", want.space), depth),)), sigma)
