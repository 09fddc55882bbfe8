"""Whole programs: roles of some families, parameters, graphs, updates with losses. All are right."""

from __future__ import annotations

from dataclasses import replace

from ..choices import Choices
from ..families import BY_NAME, FAMILIES
from ..tree import BATCH, Block, Node, Program, Role, Statement, call, name, number
from .members import bound, next_state, noised, noises, params, shared, shown, states
from .networks import network, record
from .pieces import Body, Maker, Want, result_of, times
from .recipes import RECIPES
from .tidy import tidy
from .times import new_time, scale, size, time
from .walks import added_up, walk


def program(choose: Choices, depth: int = 3) -> Program:
    m = Maker(choose, _roles(choose), RECIPES)
    in_method = choose.chance(40)
    given = params(m, in_method)
    alone = m.shared.child()
    drawn = noises(m)
    once, kept = [*drawn, *shared(m)], states(m)
    trained = [r for r in m.roles if r.trained]
    pairs: list[Block] = []
    updates: list[Block] = []
    if len(trained) == 2 and choose.chance(20):
        updates.append(_update(m, tuple(trained), kept, pairs, depth))
    else:
        updates += [_update(m, (r,), kept if i == 0 else [], pairs, depth) for i, r in enumerate(trained)]
    sampler = shown(m, alone) if not in_method and choose.chance(30) else None
    graphs = [g.block for g in m.graphs] + pairs + ([sampler] if sampler is not None else [])
    p = _assembled(choose, m.roles, [*given, *kept, *once, *graphs, *updates], in_method)
    return tidy(replace(p, sample=call(sampler.name, BATCH)) if sampler is not None else p)


def _roles(choose: Choices) -> tuple[Role, ...]:
    """A student, and mostly others: of its family, of another process in its space, of another space."""
    f = choose.pick(FAMILIES)
    student = Role("student", f, True, choose.pick(("full", "lora(rank = 4)")))
    near = [g for g in FAMILIES if g.space == f.space]
    others = [f, *near, *(g for g in FAMILIES if g.data == f.data), BY_NAME["flow"]]
    found = [student]
    if choose.chance(75):
        found.append(Role("teacher", choose.pick(others), False))
    if choose.chance(35):
        found.append(Role("helper", choose.pick(others), choose.chance(50)))
    if choose.chance(20):
        found.reverse()
    return tuple(found)


def _update(m: Maker, roles: tuple[Role, ...], kept: list[Block], pairs: list[Block], depth: int) -> Block:
    body = Body(m.shared.child())
    body.known.values += [(name(s.name), Want("clean", s.type)) for s in kept if s.type]
    for r in roles:
        if m.choose.chance(60):
            record(m, body, r, "cond")
    if m.choose.chance(20):
        pairs.append(noised(m, body, m.choose.pick(roles)))
    sums: list[Node] = []
    for _ in range(m.choose.between(0, 3)):
        r = m.choose.pick(m.roles)
        match m.choose.between(0, 5):
            case 0:
                bound(m, body, depth - 1)
            case 1 | 2:
                walk(m, body, r, max(depth - 2, 0))
            case 3:
                new_time(m, body, r.family.per_frame)
            case 4:
                sums.append(added_up(m, body, m.choose.pick(roles), max(depth - 2, 0)))
            case _:
                body.known.numbers.append(body.bind(m.fresh("much"), size(m, body, depth - 2)))
    losses = [_loss(m, body, r, depth) for r in roles]
    losses += [Statement("loss", (m.fresh("sum"),), Node("/", (total, number(3)))) for total in sums]
    for _ in range(m.choose.between(0, 2)):
        if m.choose.chance(75):
            losses.append(_loss(m, body, m.choose.pick(roles), depth))
        else:
            value = times(number("0.1"), size(m, body, depth - 1))
            losses.append(Statement("loss", (m.fresh("small"),), value))
    for s in kept:
        new, divisor = next_state(m, body, s)
        body.statements.append(new)
        if divisor is not None:
            losses[-1] = replace(losses[-1], value=Node("/", (losses[-1].value, divisor)))
        else:  # a state that no loss reads is refused
            share = times(number("0.1"), call("mean", call("square", name(s.name))))
            losses[-1] = replace(losses[-1], value=Node("+", (losses[-1].value, share)))
    every = m.choose.pick(("", "", "2"))
    names = tuple(r.name for r in roles)
    return Block("update", "", (*body.statements, *losses), roles=names, every=every)


def _loss(m: Maker, body: Body, r: Role, depth: int) -> Statement:
    """What the role says, against what it should say, in any words."""
    f = r.family
    at = time(m, body, frames=f.per_frame, plain=f.kind == "edm")
    function = m.choose.pick(("predict", "x0", "eps", "velocity", "score"))
    want = result_of(f, function, at)
    if not m.can(body, want) or not m.can(body, Want("noisy", f.space, f.kind, at)):
        at = time(m, body, plain=True)
        want = result_of(f, function, at)
    said = network(m, body, r, function, at, depth - 1, live=True)
    if m.choose.chance(20) and not f.factors:
        moved = m.make(body, Want("direction", f.space), depth - 2)
        said = Node("+", (said, times(scale(m, body, 1), moved)))
    aim = m.make(body, want, depth)
    if m.choose.chance(50):
        aim = call("stop", aim)
    if f.factors and m.choose.chance(30):
        which = m.choose.pick(f.factors)
        said, aim = Node("part", (said,), which), Node("part", (aim,), which)
    sides = (said, aim) if m.choose.chance(70) else (aim, said)
    loss = m.choose.pick(("mse", "mse", "l1", "huber", "pseudo_huber"))
    options: dict[str, Node] = {}
    if loss.endswith("huber"):
        options["delta"] = number("0.1")
    if m.choose.chance(20):
        options["weight"] = scale(m, body, 1)
    value = call(loss, *sides, **options)
    if m.choose.chance(25):
        value = times(number(m.choose.pick(("0.5", "2.0"))), value)
    return Statement("loss", (m.fresh("near", "flow", "match", "fit"),), value)


def _assembled(choose: Choices, roles: tuple[Role, ...], blocks: list[Block], in_method: bool) -> Program:
    if not in_method:
        return Program(roles, tuple(blocks))
    given = ("a", "b", "c")
    used = tuple((r.name, given[i]) for i, r in enumerate(roles))
    by_keyword = choose.chance(50)
    if by_keyword and choose.chance(50):
        used = used[::-1]
    return Program(roles, tuple(blocks), "trained", used, by_keyword)
