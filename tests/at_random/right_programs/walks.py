"""Loops that are right: rollouts over lists of times, samplers along a grid, sums of losses, pairs and histories."""

from __future__ import annotations

from dataclasses import replace

from ..tree import Node, Role, Statement, call, name, number, of
from .networks import network
from .pieces import At, Body, Maker, TimeList, Want, minus, plus, times, wanted
from .times import factors, new_list, time


def walk(m: Maker, body: Body, r: Role, depth: int) -> None:
    """A latent that is carried from noise level to noise level; what it is in the end is at hand afterwards."""
    kind = r.family.kind
    top = "edm" not in (kind, m.kind)  # an exploding process begins below level 1, and so do its grids
    if top and m.choose.chance(40):
        _along_grid(m, body, r, depth)
        return
    steps = _steps(m, body, top=top and m.choose.chance(60))
    n = len(steps.values)
    if m.choose.chance(50):
        reach = call("len", steps.node) if m.choose.chance(50) else number(n)
        word = m.fresh("k")
        high = body.draw(word, call("pick", Node("range", (number(0), reach))), "step")
        after, beyond = steps.entry(high, word, first=True, last=True), plus(high, number(1))
    elif m.choose.chance(50):
        high, beyond, after = (
            minus(call("len", steps.node), number(1)),
            call("len", steps.node),
            steps.known(n - 1),
        )
    else:
        last = m.choose.between(2, n - 1)
        high, beyond, after = number(last), number(last + 1), steps.known(last)
    i = m.fresh("i", "j")
    if m.choose.chance(25):  # counted from 1
        now = steps.entry(minus(name(i), number(1)), f"{i} - 1", first=True, last=False)
        then = steps.entry(name(i), i, first=False, last=True)
        over = Node("range", (number(1), beyond))
    else:
        now = steps.entry(name(i), i, first=True, last=False)
        then = steps.entry(plus(name(i), number(1)), f"{i} + 1", first=False, last=True)
        over = Node("range", (number(0), high))
    _carry(m, body, r, depth, steps.known(0), (i,), over, now, then, after)


def _steps(m: Maker, body: Body, *, top: bool) -> TimeList:
    fitting = [x for x in body.known.lists if x.top == top]
    if fitting and m.choose.chance(70):
        return m.choose.pick(fitting)
    return new_list(m, body, top=top)


def sampled(m: Maker, body: Body, r: Role, depth: int) -> Node:
    """Clean latents, walked to along a grid."""
    _along_grid(m, body, r, depth)
    clean = [n for n, w in body.known.values if w.key == Want("clean", r.family.space).key]
    return clean[-1]


def _along_grid(m: Maker, body: Body, r: Role, depth: int) -> None:
    t, next_ = m.fresh("t", "now"), m.fresh("next")
    now = At(name(t), t, (), top=True, bent=True)
    then = At(name(next_), next_, (), bottom=True, bent=True)
    first = At(name(t), "first", (), top=True)
    over = Node("grid", (number(m.choose.between(3, 5)),))
    _carry(m, body, r, depth, first, (t, next_), over, now, then, None)


def _carry(
    m: Maker,
    body: Body,
    r: Role,
    depth: int,
    first: At,
    targets: tuple[str, ...],
    over: Node,
    now: At,
    then: At,
    after: At | None,
) -> None:
    """`after` is the time in the end; None for noise level 0, where the latents are clean."""
    x, f = m.fresh("x", "z"), r.family
    if first.top:
        start = m.noises.get(f.space)
        if start:
            body.bind(x, name(start))
        else:
            body.draw(x, Node("noise", (name(r.name),)))
    else:
        body.bind(x, m.make(body, wanted("noisy", f, first), depth))
    styles = ["plain", "plain", "pair", "two", "history"]
    styles += ["slope"] if f.kind == "flow" else []
    styles += ["time"] if after is not None and not first.top else []
    style = m.choose.pick(styles)
    inner = Body(body.known.child())
    inner.known.times += [now, then]
    gap = Want("direction", f.space)
    head, other, kept = x, "", gap
    match style:
        case "pair" | "two":
            both, head, other = m.fresh("both", "two"), m.fresh("cur"), m.fresh("last")
            second = minus(name(x), name(x)) if style == "pair" else name(x)
            body.bind(both, Node("pair", (name(x), second)))
            inner.statements.append(Statement("bind", (head, other), name(both)))
            kept = gap if style == "pair" else wanted("noisy", f, now)
        case "history":
            other = m.fresh("old", "before")
            body.bind(other, minus(name(x), name(x)))
        case "slope":
            other, kept = m.fresh("slope", "v"), Want("velocity", f.space)
            body.bind(other, m.make(body, kept, depth))
        case "time":
            other = m.fresh("at")
            body.bind(other, first.node)
            now = replace(now, node=name(other))
            inner.known.times[-2] = now
    inner.known.values.append((name(head), wanted("noisy", f, now)))
    if style in ("pair", "two", "history", "slope"):
        inner.known.values.append((name(other), kept))
    if m.choose.chance(15):
        _refined(m, inner, r, now, name(head), depth)
    if m.choose.chance(15) and head == x:
        _corrected(m, inner, r, now, x, depth)
    made = _step(m, inner, r, now, then, name(head), depth)
    end = x
    match style:
        case "pair":
            second = m.choose.pick((minus(made, made), minus(name(head), name(head)), name(other)))
            inner.bind(both, Node("pair", (made, second)))
        case "two":
            second = _step(m, inner, r, now, then, name(m.choose.pick((other, head))), depth)
            inner.bind(both, Node("pair", m.choose.pick(((made, second), (second, made)))))
        case "history" | "slope":
            inner.bind(other, m.make(inner, kept, depth))
            inner.bind(x, made)
        case "time":
            inner.bind(x, made)
            inner.bind(other, then.node)
        case _:
            inner.bind(x, made)
    body.statements.append(Statement("for", targets, over, tuple(inner.statements)))
    if style in ("pair", "two"):
        end, other = m.fresh("end"), m.fresh("rest")
        body.statements.append(Statement("bind", (end, other), name(both)))
    if style in ("pair", "history", "slope"):
        body.known.values.append((name(other), kept))
    if after is None:
        body.known.values.append((name(end), Want("clean", f.space)))
        return
    after = replace(after, node=name(other)) if style == "time" else after
    body.known.times.append(after)
    ends = (end, other) if style == "two" else (end,)
    body.known.values += [(name(e), wanted("noisy", f, after)) for e in ends]


def _corrected(m: Maker, body: Body, r: Role, now: At, x: str, depth: int) -> None:
    """A loop inside that carries the same latent: noise drawn anew at one noise level, a few times."""
    if r not in m.roles_of(r.family.space, r.family.kind, now) or (r.family.kind == "edm" and now.top):
        return
    inner = Body(body.known.child())
    guess = network(m, inner, r, "x0", now, depth, x=name(x))
    eps = m.make(inner, Want("noise", r.family.space), depth)
    inner.bind(x, of(name(r.name), "noisy", call("stop", guess), eps, now.node))
    over = Node("range", (number(0), number(m.choose.between(1, 3))))
    body.statements.append(Statement("for", (m.fresh("_j"),), over, tuple(inner.statements)))


def _refined(m: Maker, body: Body, r: Role, now: At, x: Node, depth: int) -> None:
    """A loop inside: an estimate of the clean data that is averaged with another a few times."""
    if r not in m.roles_of(r.family.space, r.family.kind, now):
        return
    word = m.fresh("fine")
    body.bind(word, network(m, body, r, "x0", now, depth, x=x))
    inner = Body(body.known.child())
    other = m.make(inner, Want("clean", r.family.space), depth)
    if m.choose.chance(50):
        other = network(m, inner, r, "x0", now, depth, x=x)
    value = times(number("0.5"), plus(name(word), other))
    inner.statements.append(Statement("bind", (word,), value))
    over = Node("range", (number(0), number(2)))
    body.statements.append(Statement("for", (m.fresh("_j"),), over, tuple(inner.statements)))
    body.known.values.append((name(word), Want("clean", r.family.space)))


def _step(m: Maker, body: Body, r: Role, now: At, then: At, x: Node, depth: int) -> Node:
    """The latents of the next noise level, from those of this one."""
    f = r.family
    old, new = factors(m, f.kind, now), factors(m, f.kind, then)
    asked = r in m.roles_of(f.space, f.kind, now)
    ways = ["noise again"]
    if asked and new is not None:
        ways.append("ddim")
        if f.kind != "vp" and old is not None:
            ways += ["euler", "euler", "heun", "slopes"]
    way = m.choose.pick(ways)
    slope = "velocity" if f.kind == "flow" else "eps"
    if way in ("noise again", "ddim"):
        x0 = network(m, body, r, "x0", now, depth, x=x) if asked else None
        if x0 is None or m.choose.chance(30):
            x0 = m.make(body, Want("clean", f.space), depth)
        if way == "noise again":
            if m.choose.chance(60):
                x0 = call("stop", x0)
            eps = m.make(body, Want("noise", f.space), depth)
            if m.choose.chance(70):
                return of(name(r.name), "noisy", x0, eps, then.node)
        elif m.choose.chance(60):
            eps = network(m, body, r, "eps", now, depth, x=x)
        else:
            eps = m.make(body, Want("noise", f.space), depth)
        if new is None:
            return of(name(r.name), "noisy", x0, eps, then.node)
        return plus(times(new[0], x0), times(new[1], eps))
    assert old is not None and new is not None
    move = minus(new[1], old[1])
    first = network(m, body, r, slope, now, depth, x=x)
    if way == "euler":
        if m.choose.chance(30):
            first = m.make(body, Want("velocity" if f.kind == "flow" else "noise", f.space), depth)
        return plus(x, times(move, first))
    if way == "slopes":
        old_ = [n for n, w in body.known.values if w.key == ("direction", f.space, "", "")]
        if old_:
            return plus(x, times(move, plus(first, times(number("0.5"), m.choose.pick(old_)))))
        return plus(x, times(move, first))
    first = body.bind(m.fresh("first"), first)
    guess = body.bind(m.fresh("ahead"), plus(x, times(move, first)))
    if r not in m.roles_of(f.space, f.kind, then):
        return plus(x, times(move, first))
    second = network(m, body, r, slope, then, depth, x=guess)
    return plus(x, times(move, times(number("0.5"), plus(first, second))))


def added_up(m: Maker, body: Body, r: Role, depth: int) -> Node:
    """A loss at each time of a list, summed."""
    f = r.family
    steps = _steps(m, body, top=False)
    word, total = m.fresh("s", "at"), m.fresh("total")
    body.bind(total, number("0.0"))
    inner = Body(body.known.child())
    at = At(name(word), word, (), top=steps.top, bottom=steps.bottom, bent=steps.bent)
    if f.kind == "edm" and at.top:
        at = time(m, inner, plain=True)
    inner.known.times.append(at)
    function = m.choose.pick(("predict", "x0", "eps"))
    said = network(m, inner, r, function, at, depth, live=True)
    what = {"x0": "clean", "eps": "noise"}.get(function, "")
    if what:
        aim = m.make(inner, Want(what, f.space), depth)
    else:
        x0 = m.make(inner, Want("clean", f.space), depth)
        aim = of(name(r.name), "target", x0, m.make(inner, Want("noise", f.space), depth), at.node)
    value = plus(name(total), call("mse", said, aim))
    inner.statements.append(Statement("bind", (total,), value))
    body.statements.append(Statement("for", (word,), steps.node, tuple(inner.statements)))
    return name(total)
