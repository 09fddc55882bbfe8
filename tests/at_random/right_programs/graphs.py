"""Graphs: made when something is wanted that one may give, and called again with other arguments."""

from __future__ import annotations

from dataclasses import replace

from ..tree import BATCH, Block, Node, Param, Statement, call, name
from .pieces import FORMAL, At, Body, Maker, Signature, Want
from .times import scale, time
from .walks import walk


def graphed(m: Maker, body: Body, want: Want, depth: int) -> Node | None:
    """A call of a graph that gives it: one that is there, or a new one."""
    if want.at is not None and not set(want.at.axes) <= {"b"}:
        return None
    formal = replace(want, at=FORMAL) if want.at is not None else want
    known = [g for g in m.graphs if g.result.key == formal.key]
    if known and m.choose.chance(60):
        return _called(m, body, m.choose.pick(known), want.at, depth)
    if m.nesting >= 2 or len(m.graphs) >= 4:
        return None
    if formal.at is not None and not m.can(Body(m.shared), formal):
        return None
    return _called(m, body, _new_graph(m, formal, depth), want.at, depth)


def _new_graph(m: Maker, formal: Want, depth: int) -> Signature:
    m.nesting += 1
    inner = Body(m.shared.child())
    params: list[tuple[Param, Want | str]] = []
    if formal.at is not None or m.choose.chance(50):
        params.append((Param("when", m.choose.pick(("", "time"))), "time"))
        inner.known.times.append(FORMAL)
    for what in ("clean", "noise", "noisy"):
        if m.choose.chance(40):
            roles = m.roles_of(formal.space)
            if what == "noisy" and (
                not roles or not inner.known.times or inner.known.times[-1] is not FORMAL
            ):
                continue
            kind = formal.kind or (m.choose.pick(roles).family.kind if roles else "flow")
            if what == "noisy" and kind == "edm":
                continue
            want = Want(what, formal.space, kind, FORMAL) if what == "noisy" else Want(what, formal.space)
            word = m.fresh({"clean": "image", "noise": "start", "noisy": "given"}[what])
            typed = what in ("clean", "noise") and roles and m.choose.chance(30)
            type_ = f"{what}[{m.choose.pick(roles).name}]" if typed else ""
            params.append((Param(word, type_), want))
            inner.known.values.append((name(word), want))
    if m.choose.chance(30):
        word = m.fresh("strength")
        params.append((Param(word, m.choose.pick(("", "float"))), "number"))
        inner.known.numbers.append(name(word))
    params.insert(0, (Param("batch"), "batch"))
    roles = m.roles_of(formal.space)
    if roles and m.choose.chance(25):
        walk(m, inner, m.choose.pick(roles), 0)
    made = m.make(inner, formal, max(depth, 1))
    statements = (*inner.statements, Statement("return", (), made))
    block = Block("graph", m.fresh("told", "made", "found"), statements, tuple(p for p, _ in params))
    found = Signature(block, tuple(params), formal)
    m.graphs.append(found)
    m.nesting -= 1
    return found


def _called(m: Maker, body: Body, g: Signature, at: At | None, depth: int) -> Node | None:
    at = at or time(m, body, plain=True)
    args: list[Node] = []
    for _, kind in g.params:
        if kind == "batch":
            args.append(BATCH)
        elif kind == "time":
            args.append(at.node)
        elif kind == "number":
            args.append(scale(m, body, depth))
        else:
            assert isinstance(kind, Want)
            args.append(m.make(body, replace(kind, at=at) if kind.at is not None else kind, depth))
    if m.choose.chance(25):
        taken = [p.name for p, _ in g.params]
        return Node("call", tuple(args), g.block.name, tuple(taken))
    return call(g.block.name, *args)
