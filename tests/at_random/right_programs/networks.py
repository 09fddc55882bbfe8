"""What roles say and give: networks, records, targets, guidance."""

from __future__ import annotations

from ..tree import BATCH, Node, Role, call, name, of
from .pieces import FORMAL, At, Body, Maker, Recipe, Want, minus, plus, result_of, times, wanted
from .times import scale, time


def role_node(m: Maker, r: Role) -> Node:
    if r.trained and m.choose.chance(10):
        return Node("average", (name(r.name),), m.choose.pick(("0.99", "0.999")))
    return name(r.name)


def record(m: Maker, body: Body, r: Role, which: str) -> Node:
    known = [n for n, fields, made in body.known.records if fields == r.family.fields and made == which]
    if known and not m.choose.chance(20):
        return m.choose.pick(known)
    others = [q for q in m.roles if q.family.fields == r.family.fields and q is not r]
    giver = m.choose.pick(others) if others and m.choose.chance(20) else r
    made = of(name(giver.name), which, BATCH)
    if m.choose.chance(50):
        made = body.bind(m.fresh("c" if which == "cond" else "u"), made)
        body.known.records.append((made, r.family.fields, which))
    return made


def network(
    m: Maker,
    body: Body,
    r: Role,
    function: str,
    at: At,
    depth: int,
    *,
    which: str = "cond",
    x: Node | None = None,
    live: bool = False,
) -> Node:
    """A role's word about latents that are noisy at a time."""
    if x is None:
        x = m.make(body, wanted("noisy", r.family, at), depth)
    c = record(m, body, r, which)
    node = name(r.name) if live else role_node(m, r)
    given = {"x": x, "t": at.node, "c": c}
    if r.family.two_times:
        given = {"x": x, "t": at.node, "r": time(m, body).node, "c": c}
    if m.choose.chance(85):
        return of(node, function, *given.values())
    order = list(given)
    if m.choose.chance(50):
        order = [*order[2:], *order[:2]]
    return of(node, function, *(given[k] for k in order), names=tuple(order))


def by_role(function: str) -> Recipe:
    """The function of some role, asked at some time where the answer is the same at all of them."""

    def recipe(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
        r = _asked(m, want, function)
        if r is None:
            return None
        at = want.at or time(m, body, frames=r.family.per_frame, plain=r.family.kind == "edm")
        if r not in m.roles_of(want.space, r.family.kind, at):
            return None
        if not m.can(body, wanted("noisy", r.family, at)):
            return None
        if result_of(r.family, function, at).key != want.key:
            return None
        return network(m, body, r, function, at, depth)

    return recipe


def _asked(m: Maker, want: Want, function: str) -> Role | None:
    fitting = [
        r
        for r in m.roles_of(want.space, want.kind, want.at)
        if result_of(r.family, function, want.at or FORMAL).what == want.what
    ]
    return m.choose.pick(fitting) if fitting else None


def target(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """`role.target`: what `predict` should have said."""
    r = _asked(m, want, "predict")
    if r is None:
        return None
    at = want.at or time(m, body, plain=True)
    x0 = m.make(body, Want("clean", want.space), depth)
    eps = m.make(body, Want("noise", want.space), depth)
    return of(name(r.name), "target", x0, eps, at.node)


def guided(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """Guidance, by `guide` or by hand."""
    functions = [f for f in ("x0", "eps", "velocity", "predict", "score") if _asked(m, want, f) is not None]
    if not functions:
        return None
    function = m.choose.pick(functions)
    r = _asked(m, want, function)
    assert r is not None
    at = want.at or time(m, body, frames=r.family.per_frame, plain=True)
    if r not in m.roles_of(want.space, r.family.kind, at):
        return None
    if not m.can(body, wanted("noisy", r.family, at)):
        return None
    if result_of(r.family, function, at).key != want.key:
        return None
    x = m.make(body, wanted("noisy", r.family, at), depth)
    c = network(m, body, r, function, at, depth, x=x)
    u = network(m, body, r, function, at, depth, which="uncond", x=x)
    k = scale(m, body, depth)
    match m.choose.between(0, 2):
        case 0:
            return call("guide", c, u, k)
        case 1:
            return call("guide", c, u, extra=k)
    u = u if u.op == "name" else body.bind(m.fresh("plain"), u)
    return plus(u, times(k, minus(c, u)))
