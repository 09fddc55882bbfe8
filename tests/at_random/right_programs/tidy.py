"""A program without the names, graphs and roles that nothing reads."""

from __future__ import annotations

from dataclasses import replace

from ..tree import Block, Node, Program, Role, Statement, call, name, names_in


def tidy(p: Program) -> Program:
    """Without the names, graphs and roles that nothing reads."""
    while True:
        blocks = _tidied(p.blocks, set(names_in(p.sample)) if p.sample is not None else set())
        if blocks is None:
            break
        p = replace(p, blocks=blocks)
    read = {n for b in p.blocks for n in _read(b.body)} | {r for b in p.blocks for r in b.roles}
    read |= {w for b in p.blocks for q in b.params for w in _words(q.type)}
    roles = tuple(r for r in p.roles if r.name in read or r.trained or r is p.roles[0])
    used = tuple(u for u in p.used if any(r.name == u[0] for r in roles))
    if roles[0].name not in read and not roles[0].trained:
        keeps = Statement("bind", ("_same",), call("abs", _clean(roles[0])))
        p = replace(p, blocks=(*p.blocks, Block("shared", "", (keeps,))))
    return replace(p, roles=roles, used=used)


def _clean(r: Role) -> Node:
    return Node("of", (name(r.name), name("batch")), "clean")


def _words(type_: str) -> list[str]:
    return type_.replace("[", " ").replace("]", " ").split()


def _read(body: tuple[Statement, ...]) -> set[str]:
    found: set[str] = set()
    for s in body:
        found |= set(names_in(s.value)) | _read(s.body)
    return found


def _tidied(blocks: tuple[Block, ...], called: set[str]) -> tuple[Block, ...] | None:
    """With less in them; None if there is nothing to leave out."""
    everywhere = {n for b in blocks for n in _read(b.body)} | called
    out: list[Block] = []
    for b in blocks:
        if b.kind in ("param", "graph") and b.name not in everywhere:
            continue
        if b.kind == "shared" and not set(b.body[0].names) & everywhere and b.body[0].names != ("_same",):
            continue
        body = b.body if b.kind in ("shared", "param", "state") else _live(b.body, set(), _states(blocks))
        out.append(replace(b, body=body))
    same = len(out) == len(blocks) and all(_alike(a.body, b.body) for a, b in zip(out, blocks))
    return None if same else tuple(out)


def _states(blocks: tuple[Block, ...]) -> set[str]:
    return {b.name for b in blocks if b.kind == "state"}


def _alike(a: tuple[Statement, ...], b: tuple[Statement, ...]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b))


def _live(body: tuple[Statement, ...], after: set[str], keep: set[str]) -> tuple[Statement, ...]:
    """The statements that something reads; `after` are the names that are read behind this body."""
    out: list[Statement] = []
    read = after | _read(body)
    for s in body:
        if s.kind in ("bind", "draw") and not set(s.names) & (read | keep):
            continue
        if s.kind == "for":
            bound = {n for x in _inside(s.body) for n in x.names}
            behind = _read(tuple(x for x in body if x is not s)) | after
            if not bound & behind:
                continue
            inner = _live(s.body, read, keep)
            if not _alike(inner, s.body):
                s = replace(s, body=inner)
        out.append(s)
    return tuple(out)


def _inside(body: tuple[Statement, ...]) -> list[Statement]:
    return [x for s in body for x in (s, *_inside(s.body))]
