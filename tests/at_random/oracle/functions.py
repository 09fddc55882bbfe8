"""Arithmetic, built-in functions, times and distributions, as the oracle understands them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from ..tree import Node
from .running import Running, as_number, is_direction
from .values import (
    ONE,
    ZERO,
    Distribution,
    Latent,
    Mix,
    Number,
    RoleValue,
    Rounds,
    Several,
    Time,
    Truth,
    Unknown,
    Unsettled,
    Value,
    factors,
    level,
    same,
    together,
)


class Functions(Running):
    """Operators by node, built-in functions by name."""

    def binary(self, n: Node, args: list[Value]) -> Value:
        a, b = (as_number(x) for x in args)
        reach = a.reach | b.reach
        match a, b:
            case Latent(), Latent():
                return self.latents(n.op, a, b, reach)
            case (Latent(), Number()) | (Number(), Latent()):
                latent, k = (a, b) if isinstance(a, Latent) else (b, a)
                assert isinstance(latent, Latent) and isinstance(k, Number)
                if n.op in "+-":
                    return self.wrong("type-mismatch") if k.value else replace(latent, reach=reach)
                mix = latent.mix
                if n.op == "/" and latent is b:
                    mix = None
                elif mix is not None:
                    mix = self.scaled(mix, n.op, k)
                return replace(latent, mix=mix, reach=reach)
            case Number(), Number():
                step, axes = a.step and b.step, max(a.axes, b.axes, key=len)
                if n.op == "/":
                    if not b.value:
                        return self.divided_by_zero(b)
                    return Number(reach, a.value / b.value, False, step, axes)
                whole = a.whole and b.whole
                value = {"+": a.value + b.value, "-": a.value - b.value, "*": a.value * b.value}[n.op]
                return Number(reach, value, whole, step, axes)
        return self.wrong("type-mismatch")

    def scaled(self, mix: Mix, op: str, k: Number) -> Mix:
        if op == "*":
            return mix[0] * k.value, mix[1] * k.value
        if not k.value:
            self.divided_by_zero(k)
            raise Unsettled
        return mix[0] / k.value, mix[1] / k.value

    def divided_by_zero(self, k: Number) -> Value:
        raise Unsettled

    def latents(self, op: str, a: Latent, b: Latent, reach: frozenset[str]) -> Value:
        if a.space != b.space:
            return self.wrong("space-mismatch")
        mix: Mix | None = None
        if op in "+-" and a.mix is not None and b.mix is not None:
            sign = 1 if op == "+" else -1
            mix = a.mix[0] + sign * b.mix[0], a.mix[1] + sign * b.mix[1]
        elif (op in "*/" and is_direction(a) and b.mix is None) or (
            op == "*" and is_direction(b) and a.mix is None
        ):
            mix = ZERO, ZERO  # an element-wise weight on a difference
        return Latent(reach, a.space, mix, a.conditions | b.conditions)

    def compared(self, n: Node, args: list[Value]) -> Value:
        a, b = (as_number(x) for x in args)
        if not all(isinstance(x, (Number, Time)) for x in (a, b)):
            return self.wrong("type-mismatch")
        return Truth()

    def negative(self, n: Node, args: list[Value]) -> Value:
        x = as_number(args[0])
        if isinstance(x, Latent):
            return replace(x, mix=(-x.mix[0], -x.mix[1]) if x.mix is not None else None)
        if isinstance(x, Number):
            return replace(x, value=-x.value)
        return self.wrong("type-mismatch")

    # built-in functions

    def built_in(self, n: Node, args: list[Value]) -> Value:
        names = [n.name_of(i) or str(i) for i, a in enumerate(n.args) if a.op != "word"]
        given = {name: as_number(v) if n.word not in TIMED else v for name, v in zip(names, args)}
        rule = BUILT_IN.get(n.word)
        return rule(self, given, n) if rule is not None else self.wrong("unknown-name")

    def loss(self, given: dict[str, Value], n: Node) -> Value:
        a, b = given["0"], given["1"]
        if isinstance(a, Latent) and isinstance(b, Latent):
            if not self.alike(a, b):
                return Unknown()
        elif not (isinstance(a, Number) and isinstance(b, Number)):
            return self.wrong("type-mismatch")
        for option in ("weight", "delta"):
            if not isinstance(given.get(option, ONE), (Number, Latent, Decimal)):
                return self.wrong("type-mismatch")
        return self.some_number(together(given.values()), ("b",) if "per" in n.names else ())

    def reduced(self, given: dict[str, Value], n: Node) -> Value:
        if not isinstance(given["0"], (Latent, Number)):
            return self.wrong("type-mismatch")
        return self.some_number(given["0"].reach, ("b",) if "per" in n.names else ())

    def element(self, given: dict[str, Value], n: Node) -> Value:
        x = given["0"]
        if isinstance(x, Latent):
            return replace(x, mix=None)
        return self.some_number(x.reach) if isinstance(x, Number) else self.wrong("type-mismatch")

    def stop(self, given: dict[str, Value], n: Node) -> Value:
        key = self.stack[-1], id(n)
        self.stops[key] = self.stops.get(key, False) or bool(given["0"].reach)
        return replace(given["0"], reach=frozenset())

    def guide(self, given: dict[str, Value], n: Node) -> Value:
        c, u = given["0"], given["1"]
        scale = given.get("scale", given.get("2", given.get("extra")))
        if not isinstance(scale, Number) or not isinstance(c, Latent) or not isinstance(u, Latent):
            return self.wrong("type-mismatch")
        if c.space != u.space:
            return self.wrong("space-mismatch")
        if (c.conditions, u.conditions) == ({"uncond"}, {"cond"}):
            return self.wrong("sign-mismatch")
        if c.mix is not None and u.mix is not None and not self.alike(c, u):
            return Unknown()
        mix = c.mix if u.mix is not None else None
        return Latent(together(given.values()), c.space, mix, c.conditions | u.conditions)

    def select(self, given: dict[str, Value], n: Node) -> Value:
        by, a, b = given["0"], given["1"], given["2"]
        if not isinstance(by, Truth):
            return self.wrong("type-mismatch")
        if isinstance(a, Latent) and isinstance(b, Latent):
            if not self.alike(a, b):
                return Unknown()
            return Latent(a.reach | b.reach, a.space, a.mix, a.conditions | b.conditions)
        if isinstance(a, Number) and isinstance(b, Number):
            return self.some_number(a.reach | b.reach, by.axes)
        return self.wrong("type-mismatch")

    def recast(self, given: dict[str, Value], n: Node) -> Value:
        x, t, to = given["0"], given.get("1"), given["to"]
        if not isinstance(x, Latent) or not isinstance(to, RoleValue):
            return self.wrong("type-mismatch")
        if not isinstance(t, Time) or x.mix is None:
            return self.wrong("type-mismatch")
        if not any(same(x.mix, factors(kind, t.s)) for kind in ("flow", "vp", "edm")):
            return self.wrong("quantity-mismatch")
        mix = factors(self.roles[to.name].family.kind, t.s)
        return Latent(x.reach, x.space, mix, x.conditions)

    def jvp(self, given: dict[str, Value], n: Node) -> Value:
        x = given["0"]
        return replace(x, mix=None) if isinstance(x, Latent) else self.wrong("type-mismatch")

    def bridge(self, given: dict[str, Value], n: Node) -> Value:
        x, to = given["0"], given["to"]
        if not isinstance(x, Latent) or not isinstance(to, RoleValue):
            return self.wrong("type-mismatch")
        if x.mix is None or not same(x.mix, (ONE, ZERO)):
            return self.wrong("quantity-mismatch")
        there = self.roles[to.name].family
        if any(r.family.space == x.space and r.family.data != there.data for r in self.roles.values()):
            return self.wrong("dim-mismatch")
        return Latent(x.reach, there.space, x.mix, x.conditions)

    def extreme(self, given: dict[str, Value], n: Node) -> Value:
        if all(isinstance(v, Number) for v in given.values()):
            return self.some_number(together(given.values()))
        return self.wrong("type-mismatch")

    # times and distributions

    def read_time(self, n: Node, args: list[Value]) -> Value:
        t = args[0]
        if not isinstance(t, Time):
            return self.wrong("type-mismatch")
        alpha, sigma = factors(self.family.kind, t.s)
        step = t.step and not t.axes
        return Number(value=alpha if n.op == "alpha" else sigma, step=step, axes=t.axes)

    def levels(self, n: Node, args: list[Value]) -> Value:
        found = [self.level_of(n.word, a.value) for a in args if isinstance(a, Number)]
        if any(a <= b for a, b in pairwise(found)):
            return self.wrong("bad-setting")
        return Several(kind="times", items=tuple(Time(s=s) for s in found))

    def one(self, n: Node, args: list[Value]) -> Value:
        a = args[0]
        return (
            Time(s=self.level_of(n.word, a.value)) if isinstance(a, Number) else self.wrong("type-mismatch")
        )

    def level_of(self, which: str, v: Decimal) -> Decimal:
        kind = self.family.kind
        if which == "sigmas":
            return level(kind, v)
        if kind == "flow":
            return v / 1000
        # what a schedule of the network makes of ticks is not known: something that rises with them
        return (v / 1000) ** Decimal("1.3") * Decimal("0.97")

    def grid(self, n: Node, args: list[Value]) -> Value:
        if not isinstance(args[0], Number) or not args[0].whole:
            return self.wrong("type-mismatch")
        count = int(args[0].value)
        if count not in self.grids:
            inner = sorted((self.random() for _ in range(count - 1)), reverse=True)
            self.grids[count] = [ONE, *inner, ZERO]
        times = [Time(s=s, bent=True) for s in self.grids[count]]
        pairs = tuple(Several(kind="values", items=p) for p in pairwise(times))
        return Several(kind="pairs", items=pairs, bent=True)

    def rounds(self, n: Node, args: list[Value]) -> Value:
        low, high = args
        if isinstance(low, Number) and isinstance(high, Number) and low.whole and high.whole:
            return Rounds(low=low, high=high)
        return self.wrong("type-mismatch")

    def entry(self, n: Node, args: list[Value]) -> Value:
        base, at = args
        if not isinstance(base, Several) or not isinstance(at, Number) or not at.whole:
            return self.wrong("type-mismatch")
        i = int(at.value)
        if not -len(base.items) <= i < len(base.items):
            return self.wrong("dim-mismatch")
        item = base.items[i]
        if isinstance(item, Time):
            return replace(item, axes=at.axes, bent=base.bent or item.bent)
        return item

    def length(self, given: dict[str, Value], n: Node) -> Value:
        x = given["0"]
        if not isinstance(x, Several) or x.kind == "values":
            return self.wrong("type-mismatch")
        return Number(value=Decimal(len(x.items)), whole=True)

    def uniform(self, given: dict[str, Value], n: Node) -> Value:
        a, b = given["0"], given["1"]
        if not isinstance(a, Number) or not isinstance(b, Number):
            return self.wrong("type-mismatch")
        if n.word == "uniform":
            return Distribution(low=a.value, high=b.value)
        return Distribution() if n.word == "logit_normal" else Distribution(low=Decimal(-9), high=Decimal(9))

    def shifted(self, given: dict[str, Value], n: Node) -> Value:
        x, by = given["0"], given["1"]
        if not isinstance(by, Number):
            return self.wrong("type-mismatch")
        k = by.value

        def bend(t: Value) -> Value:
            assert isinstance(t, Time)
            s = k * t.s / (1 + (k - 1) * t.s)
            return Time(t.reach, s, t.axes, bent=True)

        if isinstance(x, (Distribution, Time, Several)) and x.bent:
            return self.wrong("bad-setting")
        match x:
            case Distribution(kind="number", low=low, high=high) if low < 0 or high > 1:
                return self.wrong("not-a-time")
            case Distribution(kind="number"):
                return replace(x, bent=True)
            case Distribution(kind="entries"):
                return replace(x, items=tuple(map(bend, x.items)), bent=True)
            case Several(kind="times"):
                return replace(x, items=tuple(map(bend, x.items)), bent=True)
            case Time():
                return bend(x)
        return self.wrong("not-a-time")

    def clamp(self, given: dict[str, Value], n: Node) -> Value:
        x, low, high = given["0"], given["1"], given["2"]
        if not isinstance(low, Number) or not isinstance(high, Number):
            return self.wrong("type-mismatch")
        match x:
            case Distribution(kind="number"):
                return replace(x, low=max(x.low, low.value), high=min(x.high, high.value))
            case Time():
                return Time(x.reach, self.random(), x.axes, bent=x.bent)  # it may or may not be cut
            case Latent():
                return replace(x, mix=None)
            case Number():
                return self.some_number(x.reach, x.axes)
        return self.wrong("type-mismatch")

    def pick(self, given: dict[str, Value], n: Node) -> Value:
        x = given["0"]
        match x:
            case Rounds(low=low, high=high):
                numbers = range(int(low.value), int(high.value))
                items = tuple(Number(value=Decimal(i), whole=True) for i in numbers)
                return Distribution(kind="whole", items=items)
            case Several(kind="times", items=items):
                return Distribution(kind="entries", items=items, bent=x.bent)
        return self.wrong("type-mismatch")

    def pair(self, n: Node, args: list[Value]) -> Value:
        return Several(together(args), "values", tuple(args))


TIMED = ("shifted", "clamp", "recast")
"""Functions that take a draw in [0, 1] as the time that it is."""
BUILT_IN: Mapping[str, Callable[[Functions, dict[str, Value], Node], Value]] = {
    **dict.fromkeys(("mse", "l1", "huber", "pseudo_huber"), Functions.loss),
    **dict.fromkeys(("mean", "sum"), Functions.reduced),
    **dict.fromkeys(("abs", "square", "tanh", "sqrt", "exp"), Functions.element),
    **dict.fromkeys(("uniform", "logit_normal", "normal"), Functions.uniform),
    **dict.fromkeys(("min", "max"), Functions.extreme),
    "stop": Functions.stop,
    "guide": Functions.guide,
    "select": Functions.select,
    "recast": Functions.recast,
    "bridge": Functions.bridge,
    "jvp": Functions.jvp,
    "len": Functions.length,
    "shifted": Functions.shifted,
    "clamp": Functions.clamp,
    "pick": Functions.pick,
}
