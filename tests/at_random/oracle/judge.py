"""The oracle: runs a program on the coefficients of clean data and noise, and sees where something does not fit.

It shares no code with the checker, and no idea either: loops are run round by round, draws are drawn, and every latent is
a pair of numbers. What holds in every run, with noise levels at random, holds by algebra.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from ..tree import SAMPLE, Block, Node, Path, Program, Statement, names_in, statements
from .calls import Calls
from .functions import Functions
from .running import as_number
from .values import (
    ONE,
    ZERO,
    Batch,
    Distribution,
    Latent,
    Mix,
    Number,
    RoleValue,
    Rounds,
    Several,
    Time,
    Unknown,
    Unsettled,
    Value,
    factors,
    kind_of,
    near,
    same,
)

RUNS = 6
"""Enough for each number of rounds, and each entry of a list, to come up, and for two draws to differ."""


@dataclass
class Verdict:
    """What was found in all runs. `violations`: a word and the statements that were being run, outermost first."""

    violations: list[tuple[str, tuple[Path, ...]]] = field(default_factory=list)
    unsettled: bool = False
    loose: bool = False
    """A latent is carried through a loop, and is at its rounds neither the same nor noisy at their times: the checker, which
    goes by induction, may refuse it even where nothing depends on it."""
    reach: dict[Path, frozenset[str]] = field(default_factory=dict)
    """The roles that each loss's gradient reaches."""
    stops: dict[tuple[Path, int], bool] = field(default_factory=dict)
    """Whether each `stop` cut a gradient, by its statement."""
    names: dict[Path, dict[str, str]] = field(default_factory=dict)
    """The names that each statement may read, with the kinds of their values."""

    @property
    def right(self) -> bool:
        return not self.violations and not self.unsettled


def judge(p: Program, seed: int = 0) -> Verdict:
    found = Verdict()
    reach = found.reach
    read: set[str] = set()
    with localcontext() as c:
        c.prec = 50
        for turn in range(RUNS):
            run = Run(p, random.Random(seed * RUNS + turn), turn, found, read)
            try:
                run.go()
            except Unsettled:
                found.unsettled = True
            for at, roles in run.losses.items():
                reach[at] = reach.get(at, frozenset()) | roles
            for key, cut in run.stops.items():
                found.stops[key] = found.stops.get(key, False) or cut
            if found.violations:
                break
    if not found.violations and not found.unsettled:
        found.violations += _gradients(p, reach)
        found.violations += _unread(p, read)
    return found


def _gradients(p: Program, reach: Mapping[Path, frozenset[str]]) -> Iterator[tuple[str, tuple[Path, ...]]]:
    for i, b in enumerate(p.blocks):
        if b.kind == "update":
            losses = [(i, k) for k, s in enumerate(b.body) if s.kind == "loss"]
            for role in b.roles:
                if not any(role in reach.get(at, ()) for at in losses):
                    yield "no-gradient", ((i,), *losses)


def _unread(p: Program, read: set[str]) -> Iterator[tuple[str, tuple[Path, ...]]]:
    updated = {r for b in p.blocks for r in b.roles}
    for r in p.roles:
        if r.trained != (r.name in updated):
            yield "never-updated" if r.trained else "not-trainable", ()
        if r.name not in read | updated:
            yield "unused-role", ()
    written = {n for _, s in statements(p) for n in names_in(s.value)}
    for i, b in enumerate(p.blocks):
        if b.kind == "param" and b.name not in written:
            yield "dead-setting", ((i, 0),)
        if b.kind == "state" and not any(b.name in _read_first(other, b.name) for other in p.blocks):
            yield "dead-setting", ((i, 0),)


def _read_first(b: Block, state: str) -> set[str]:
    """The names that a block reads up to where it binds a state anew."""
    found: set[str] = set()
    for s in b.body:
        for inner in (s, *s.body):
            found |= set(names_in(inner.value))
        if state in s.names:
            break
    return found


class Scope:
    """Names of one body. The `root` of a graph or update stands on the names of the whole program."""

    def __init__(self, parent: Scope | None, root: bool = False) -> None:
        self.names: dict[str, Value] = {}
        self.parent, self.root = parent, root

    def owner(self, name: str) -> Scope | None:
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.parent
        return scope

    def all(self) -> dict[str, Value]:
        return {**(self.parent.all() if self.parent is not None else {}), **self.names}


class Run(Calls, Functions):
    """One run: statements and loops."""

    def __init__(self, p: Program, rng: random.Random, turn: int, found: Verdict, read: set[str]) -> None:
        super().__init__(p, rng, turn, found.violations)
        self.found, self.read = found, read
        self.graphs: dict[str, Block] = {b.name: b for b in p.blocks if b.kind == "graph"}
        self.shared: dict[str, tuple[Path, Statement]] = {}
        self.globals = Scope(None)
        self.losses: dict[Path, frozenset[str]] = {}
        self.busy: set[str] = set()

    def go(self) -> None:
        self.globals.names["batch"] = Batch()
        for i, b in enumerate(self.p.blocks):
            if b.kind in ("param", "state"):
                made = self.inside((i, 0), b.body[0].value, self.globals)
                if b.kind == "state" and isinstance(made, Number):
                    made = self.some_number()
                self.globals.names[b.name] = made
            elif b.kind == "shared":
                for n in b.body[0].names:
                    self.shared[n] = ((i, 0), b.body[0])
        for n in self.shared:
            self.look_up(n, self.globals)
        for i, b in enumerate(self.p.blocks):
            if b.kind == "update":
                scope = Scope(self.globals, root=True)
                self.body(b.body, (i,), scope)
                self.states(b, (i,), scope)
        if self.p.sample is not None:  # in validation there is no step, of which the shared names are
            for n in self.shared:
                self.globals.names.pop(n, None)
            self.shared.clear()
            self.inside(SAMPLE, self.p.sample, self.globals)

    def states(self, update: Block, at: Path, scope: Scope) -> None:
        """What an update makes of a state is what the next step begins with."""
        for b in self.p.blocks:
            if b.kind != "state" or b.name not in scope.names:
                continue
            self.stack = [(*at, i) for i, s in enumerate(update.body) if b.name in s.names]
            match self.globals.names[b.name], scope.names[b.name]:
                case Latent() as now, Latent() as then if self.is_latent(then, now.space):
                    self.alike(now, then)
                case Number(axes=now), Number(axes=then) if now == then:
                    pass
                case (Unknown(), _) | (_, Unknown()) | (Latent(), Latent()):
                    pass
                case _:
                    self.wrong("type-mismatch")
            self.stack = []

    # statements

    def inside(self, at: Path, n: Node, scope: Scope) -> Value:
        self.stack.append(at)
        if at not in self.found.names:
            known = {k: kind_of(v) for k, v in scope.all().items()}
            self.found.names[at] = {**dict.fromkeys(self.shared, "shared"), **known}
        made = self.value(n, scope)
        self.stack.pop()
        return made

    def body(
        self, body: tuple[Statement, ...], at: Path, scope: Scope, looping: bool = False
    ) -> Value | None:
        result: Value | None = None
        for i, s in enumerate(body):
            here = (*at, i)
            match s.kind:
                case "bind":
                    self.define(s.names, self.inside(here, s.value, scope), scope, looping, here)
                case "draw":
                    d = self.inside(here, s.value, scope)
                    self.stack.append(here)
                    drawn = self.draw(d, s.scope or "sample")
                    self.stack.pop()
                    self.define(s.names, drawn, scope, looping, here)
                case "for":
                    self.loop(s, here, scope)
                case "loss":
                    made = self.inside(here, s.value, scope)
                    self.losses[here] = made.reach
                    if not isinstance(made, (Number, Unknown)):
                        self.stack.append(here)
                        self.wrong("type-mismatch")
                        self.stack.pop()
                case "return":
                    result = self.inside(here, s.value, scope)
        return result

    def define(self, names: tuple[str, ...], v: Value, scope: Scope, looping: bool, at: Path) -> None:
        parts: tuple[Value, ...] = (v,)
        if len(names) > 1:
            if isinstance(v, Several) and v.kind == "values" and len(v.items) == len(names):
                parts = v.items
            else:
                if not isinstance(v, Unknown):
                    self.stack.append(at)
                    self.wrong("type-mismatch")
                    self.stack.pop()
                parts = tuple(Unknown() for _ in names)
        for n, part in zip(names, parts):
            owner = scope.owner(n) if looping else None
            (owner if owner is not None and owner is not self.globals else scope).names[n] = part

    def loop(self, s: Statement, at: Path, scope: Scope) -> None:
        over = self.inside(at, s.value, scope)
        self.stack.append(at)
        rounds: list[tuple[Value, ...]] = []
        match over:
            case Rounds(low=low, high=high):
                if not (low.step and high.step):
                    self.wrong("rank-divergence")
                rounds = [
                    (Number(value=Decimal(i), whole=True),) for i in range(int(low.value), int(high.value))
                ]
            case Several(kind="times", items=items):
                rounds = [(i,) for i in items]
            case Several(kind="pairs", items=items):
                rounds = [i.items for i in items if isinstance(i, Several)]
            case Unknown():
                pass
            case _:
                self.wrong("type-mismatch")
        if rounds and len(rounds[0]) != len(s.names):
            self.wrong("type-mismatch")
            rounds = []
        self.stack.pop()
        carried = [n for n in dict.fromkeys(_bound(s.body)) if n not in s.names and scope.owner(n)]
        heads = [self.carried(carried, scope)]
        for values in rounds:
            inner = Scope(scope)
            inner.names.update(zip(s.names, values))
            self.body(s.body, at, inner, looping=True)
            heads.append(self.carried(carried, scope))
        first = int(over.low.value) if isinstance(over, Rounds) else 0
        lists = [[t for v in rounds for t in v[:1]], *([over.items] if isinstance(over, Several) else [])]
        if isinstance(over, Several) and over.kind == "pairs":
            lists = [[*lists[0], rounds[-1][1]]]
        elif isinstance(over, Rounds):
            lists = [v.items for v in scope.all().values() if isinstance(v, Several) and v.kind == "times"]
        for mixes in zip(*heads):
            self.found.loose |= not _followed(list(mixes), lists, first)

    def carried(self, names: list[str], scope: Scope) -> list[Mix | Time | None]:
        """The mixes of the latents that are carried, of those in brackets too, and the times."""
        found: list[Mix | Time | None] = []
        for n in names:
            owner = scope.owner(n)
            v = owner.names[n] if owner is not None else Unknown()
            parts = v.items if isinstance(v, Several) and v.kind == "values" else (v,)
            found += [x if isinstance(x, Time) else x.mix if isinstance(x, Latent) else None for x in parts]
        return found

    def draw(self, d: Value, scope: str) -> Value:
        self.draws += 1
        if isinstance(d, Unknown):
            return d
        if not isinstance(d, Distribution):
            return self.wrong("type-mismatch")
        axes = {"sample": ("b",), "frame": ("b", "t"), "step": ()}[scope]
        step = scope == "step"
        if scope == "frame" and self.family.data == "image":
            return self.wrong("rank-mismatch")
        match d.kind:
            case "noise":
                return Latent(space=d.space, mix=(ZERO, ONE))
            case "entries":
                item = self.drawn_of(d.items)
                assert isinstance(item, Time)
                return replace(item, axes=axes, bent=d.bent)
            case "whole":
                if not d.items:
                    return self.wrong("bad-setting")
                item = self.drawn_of(d.items)
                return replace(item, step=step, axes=axes) if isinstance(item, Number) else item
        if d.low >= 0 and d.high <= 1:
            s = self.random(max(d.low, Decimal("0.05")), min(d.high, Decimal("0.95")))
            return Time(s=s, axes=axes, number=True, step=step, bent=d.bent)
        return Number(value=self.random(Decimal("0.3"), Decimal(3)), step=step, axes=axes)

    def drawn_of(self, items: tuple[Value, ...]) -> Value:
        """The first runs draw each entry once, in an order that differs from draw to draw."""
        order = list(range(len(items)))
        random.Random(self.draws).shuffle(order)
        return items[order[self.turn] if self.turn < len(items) else self.rng.randrange(len(items))]

    # expressions

    def look_up(self, n: str, scope: Scope) -> Value:
        self.read.add(n)
        owner = scope.owner(n)
        if owner is not None:
            return owner.names[n]
        if n in self.shared:
            at, s = self.shared[n]
            if n in self.busy:
                return self.wrong("unknown-name")  # it is defined by itself
            self.busy.add(n)
            stack, self.stack = self.stack, []
            home = Scope(self.globals, root=True)
            self.body((s,), at[:-1], home)
            self.stack = stack
            self.globals.names.update(home.names)
            return self.globals.names[n]
        if n in self.roles:
            return RoleValue(name=n)
        return self.wrong("unknown-name")

    def value(self, n: Node, scope: Scope) -> Value:
        if n.op == "name":
            return self.look_up(n.word, scope)
        if n.op == "number":
            return Number(value=Decimal(n.word), whole="." not in n.word)
        args = [self.value(a, scope) for a in n.args if a.op != "word"]
        if n.op == "call" and n.word in self.graphs:
            return self.graph(self.graphs[n.word], n, args)
        if any(isinstance(a, Unknown) for a in args) and n.op != "of":
            return Unknown()
        return RULES[n.op](self, n, args)

    def graph(self, g: Block, n: Node, args: list[Value]) -> Value:
        here = self.stack[-1]
        if len(self.stack) > 40:
            return self.wrong("unknown-name")
        scope = Scope(self.globals, root=True)
        taken = [n.name_of(i) or (g.params[i].name if i < len(g.params) else "") for i in range(len(args))]
        if sorted(taken) != sorted(q.name for q in g.params):
            return self.wrong("missing-argument")
        scope.names.update(zip(taken, args))
        types = {q.name: q.type for q in g.params}
        for q, v in zip(taken, args):
            if not _is(v, types[q]):
                return self.wrong("type-mismatch")
        i = next(i for i, b in enumerate(self.p.blocks) if b is g)
        made = self.body(g.body, (i,), scope)
        assert self.stack[-1] == here
        return made if made is not None else self.wrong("missing-argument")


def _bound(body: tuple[Statement, ...]) -> Iterator[str]:
    for s in body:
        yield from s.names
        yield from _bound(s.body)


def _followed(heads: list[Mix | Time | None], lists: list[list[Value]], first: int) -> bool:
    """Whether a carried latent stays what it is, or is noisy at the times of its rounds (or those before or after); whether
    a carried time stays, or is those times."""
    known = [m for m in heads if m is not None]
    if len(known) < len(heads):
        return not known
    if all(_alike(m, known[0]) for m in known):
        return True
    for times in lists:
        for kind in ("flow", "vp", "edm"):
            for shift in (-1, 0, 1):
                pairs = [(m, i + first + shift) for i, m in enumerate(known)]
                if all(i >= 0 and _noisy(m, kind, times[i]) for m, i in pairs if i < len(times)):
                    return True
    return False


def _alike(a: Mix | Time, b: Mix | Time) -> bool:
    if isinstance(a, Time) or isinstance(b, Time):
        return isinstance(a, Time) and isinstance(b, Time) and near(a.s, b.s)
    return same(a, b)


def _noisy(m: Mix | Time, kind: str, t: Value) -> bool:
    if isinstance(m, Time):
        return isinstance(t, Time) and near(m.s, t.s)
    if not isinstance(t, Time) or (kind == "edm" and t.s == 1):
        return isinstance(t, Time)
    return same(m, factors(kind, t.s))


def _is(v: Value, declared: str) -> bool:
    """Whether an argument is of the type that a graph declares."""
    if isinstance(v, Unknown) or not declared:
        return True
    if declared == "time":
        return isinstance(v, Time)
    if declared == "float":
        return isinstance(as_number(v), Number)
    mix = {"clean": (ONE, ZERO), "noise": (ZERO, ONE)}.get(declared.partition("[")[0])
    return isinstance(v, Latent) and (mix is None or (v.mix is not None and same(v.mix, mix)))


Rule = Callable[[Run, Node, list[Value]], Value]
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("+", "-", "*", "/"), Run.binary),
    **dict.fromkeys((">", "<"), Run.compared),
    **dict.fromkeys(("sigma", "alpha"), Run.read_time),
    "neg": Run.negative, "of": Run.of, "average": Run.average, "call": Run.built_in, "pair": Run.pair,
    "noise": Run.noise, "levels": Run.levels, "one": Run.one, "grid": Run.grid, "range": Run.rounds,
    "entry": Run.entry, "part": Run.part, "as": Run.claim,
}  # fmt: skip
