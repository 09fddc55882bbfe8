"""What stands beside the updates: parameters, what is computed once a step, state, what validation makes."""

from __future__ import annotations

from dataclasses import replace

from ..tree import BATCH, Block, Node, Param, Role, Statement, call, name, number, of
from .pieces import Body, Known, Maker, Want, times, wanted
from .recipes import drawn
from .times import new_list, new_time, size, some_want, time
from .walks import sampled


def params(m: Maker, in_method: bool) -> list[Block]:
    """Parameters, of which a program gives some values to its method."""
    found: list[Block] = []
    if m.choose.chance(50):
        body = Body(m.shared)
        steps = new_list(m, body, top=m.choose.chance(60))
        s = body.statements[-1]
        other = Node(
            "levels", tuple(map(number, ("0.99", "0.8", "0.5", "0.2")[: len(steps.values)])), "sigmas"
        )
        found.append(_param(m, s, "[time]" if m.choose.chance(70) else "", other, in_method))
    if m.choose.chance(35):
        s = Statement("bind", (m.fresh("strength", "share"),), number(m.choose.pick(("2.5", "0.7"))))
        found.append(_param(m, s, "float", number("1.3"), in_method))
        m.shared.numbers.append(name(s.names[0]))
    if m.choose.chance(35):
        plain = call("uniform", number("0.05"), number("0.9"))
        bent = m.choose.chance(50)
        value = (
            call("clamp", call("shifted", plain, number("8.0")), number("0.1"), number("0.8"))
            if bent
            else plain
        )
        s = Statement("bind", (m.fresh("moments"),), value)
        found.append(_param(m, s, "", call("logit_normal", number(0), number(1)), in_method))
        m.shared.distributions.append((name(s.names[0]), bent))
    return found


def _param(m: Maker, s: Statement, type_: str, other: Node, in_method: bool) -> Block:
    default = other if in_method and m.choose.chance(50) else None
    return Block("param", s.names[0], (s,), type=type_, default=default)


def noises(m: Maker) -> list[Block]:
    """For each space the noise of a step."""
    body = Body(m.shared)
    for r in m.roles:
        space = r.family.space
        if space not in m.noises:
            drawn = body.draw(m.fresh("eps", "e", "z"), Node("noise", (name(r.name),)))
            m.noises[space] = drawn.word
    return [Block("shared", "", (s,)) for s in body.statements]


def shared(m: Maker) -> list[Block]:
    if not m.choose.chance(30):
        return []
    body = Body(m.shared)
    for _ in range(m.choose.between(1, 3)):
        if m.choose.chance(40):
            new_time(m, body)
        elif m.choose.chance(40):
            drawn(m, body, Want("noise", m.choose.pick(m.roles).family.space), 0)
        else:
            bound(m, body, 1)
    return [Block("shared", "", (s,)) for s in body.statements]


def bound(m: Maker, body: Body, depth: int) -> None:
    """Some quantity under a name."""
    want = some_want(m, body)
    if m.can(body, want):
        made = m.make(body, want, depth)
        if made.op != "name":
            made = body.bind(m.fresh("held", "kept"), made)
            body.known.values.append((made, want))


# state


def states(m: Maker) -> list[Block]:
    """One number, or clean data, carried from step to step."""
    if not m.choose.chance(20):
        return []
    if m.choose.chance(50):
        word = m.fresh("level", "ema")
        return [Block("state", word, (Statement("bind", (word,), number("1.0")),))]
    word, r = m.fresh("before"), m.choose.pick(m.roles)
    if r.family.factors:  # a state is one tensor
        return []
    value = of(name(r.name), "clean", BATCH)
    return [Block("state", word, (Statement("bind", (word,), value),), type=r.family.space)]


def next_state(m: Maker, body: Body, state: Block) -> tuple[Statement, Node | None]:
    """What a state becomes; and a number by which a loss may be divided, if it is one."""
    word = state.name
    if state.type:
        new: Node = m.make(body, Want("clean", state.type), 1)
    else:
        new = size(m, body, 1, whole=True)
    value = Node("+", (times(number("0.9"), name(word)), times(number("0.1"), call("stop", new))))
    divisor = None if state.type else Node("+", (name(word), number("0.1")))
    return Statement("bind", (word,), value), divisor


# graphs of several values, and what validation makes


def noised(m: Maker, body: Body, r: Role) -> Block:
    """Clean data, noise and both mixed, out of one graph."""
    f = r.family
    at = time(m, body, frames=f.per_frame, plain=True)
    inner = Body(Known())
    x0 = inner.bind(m.fresh("x0"), of(name(r.name), "clean", BATCH))
    eps = m.noise(inner, r, "eps")
    when = name("when")
    made = Node("pair", (x0, eps, of(name(r.name), "noisy", x0, eps, when)))
    block = Block(
        "graph",
        m.fresh("noised"),
        (*inner.statements, Statement("return", (), made)),
        (Param("batch"), Param("when")),
    )
    words = (m.fresh("x0"), m.fresh("eps"), m.fresh("xt"))
    body.statements.append(Statement("bind", words, call(block.name, BATCH, at.node)))
    wants = (Want("clean", f.space), Want("noise", f.space), wanted("noisy", f, at))
    body.known.values += [(name(w), want) for w, want in zip(words, wants)]
    return block


def shown(m: Maker, given: Known) -> Block | None:
    """A sampler for validation, which knows the parameters alone."""
    fitting = [r for r in m.roles if not r.family.factors and r.trained]
    if not fitting:
        return None
    r = m.choose.pick(fitting)
    nesting, graphs, noises = m.nesting, m.graphs, m.noises
    m.nesting, m.graphs, m.noises = 9, [], {}
    body = Body(replace(given))
    m.noises = {r.family.space: m.noise(body, r, "eps", "e").word}
    late = "edm" in (r.family.kind, m.kind)
    x = m.make(body, Want("clean", r.family.space), 1) if late else sampled(m, body, r, 1)
    m.nesting, m.graphs, m.noises = nesting, graphs, noises
    made = of(name(r.name), "decode", x)
    return Block(
        "graph", m.fresh("shown"), (*body.statements, Statement("return", (), made)), (Param("batch"),)
    )
