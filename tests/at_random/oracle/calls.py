"""What a role offers, as the oracle understands it: its network at a time, its mixes, its data and records."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..families import Family
from ..tree import Node
from .running import Running, conditions_of
from .values import (
    ONE,
    ZERO,
    Batch,
    Distribution,
    Latent,
    Pixels,
    Record,
    RoleValue,
    Time,
    Unknown,
    Unsettled,
    Value,
    derived,
    factors,
    said,
    same,
    together,
)

FUNCTIONS = ("predict", "x0", "eps", "velocity", "score")


class Calls(Running):
    """Functions of roles, and what is made of roles by name."""

    def of(self, n: Node, args: list[Value]) -> Value:
        role, *rest = args
        if isinstance(role, Unknown):
            return role
        if not isinstance(role, RoleValue):
            return self.wrong("type-mismatch")
        f = self.roles[role.name].family
        names = [n.name_of(i + 1) for i in range(len(rest))]
        if n.word in ("clean", "cond", "uncond"):
            given = self.arguments(names, rest, ("batch",))
            if given is None or not isinstance(given["batch"], Batch):
                return self.wrong("missing-argument")
            if n.word == "clean":
                return Latent(space=f.space, mix=(ONE, ZERO))
            return Record(fields=f.fields, made_by=n.word)
        if n.word == "decode":
            given = self.arguments(names, rest, ("x0",))
            return self.decoded(f, given["x0"]) if given is not None else self.wrong("missing-argument")
        if n.word in ("noisy", "target"):
            return self.mixed(f, n.word, self.arguments(names, rest, ("x0", "eps", "t")))
        if n.word not in FUNCTIONS:
            return self.wrong("unknown-name")
        given = self.arguments(names, rest, ("x", "t", "r", "c") if f.two_times else ("x", "t", "c"))
        if given is None:
            return self.wrong("missing-argument")
        return self.network(f, role, n.word, given)

    def decoded(self, f: Family, x: Value) -> Value:
        if not isinstance(x, Unknown) and self.is_latent(x, f.space):
            assert isinstance(x, Latent)
            if x.mix is None or not same(x.mix, (ONE, ZERO)):
                return self.wrong("quantity-mismatch")
        return Pixels(x.reach)

    def arguments(
        self, names: list[str], values: list[Value], wanted: tuple[str, ...]
    ) -> dict[str, Value] | None:
        if len(values) != len(wanted):
            return None
        found = {name or wanted[i]: v for i, (name, v) in enumerate(zip(names, values))}
        return found if sorted(found) == sorted(wanted) else None

    def network(self, f: Family, role: RoleValue, function: str, given: dict[str, Value]) -> Value:
        x, t, c = given["x"], given["t"], given["c"]
        fits = self.is_time(t, ("b", "t") if f.per_frame else ("b",))
        if fits and f.per_frame and isinstance(t, Time) and t.axes == ("b",):
            self.wrong("time-shape")
            fits = False
        if f.two_times:
            fits = self.is_time(given["r"], None) and fits
        if not isinstance(c, (Record, Unknown)) or (isinstance(c, Record) and c.fields != f.fields):
            self.wrong("record-mismatch")
            fits = False
        if isinstance(t, Time) and not isinstance(x, Unknown):
            fits = self.is_noisy(x, f, t.s) and fits
        if not fits or not isinstance(t, Time):
            return Unknown()
        reach = together(given.values())
        if role.live:
            reach |= {role.name}
        made_by = frozenset({c.made_by}) if isinstance(c, Record) else frozenset()
        return Latent(reach, f.space, derived(f, function, t.s), made_by)

    def is_noisy(self, x: Value, f: Family, s: Decimal) -> bool:
        if not self.is_latent(x, f.space):
            return False
        assert isinstance(x, Latent)
        if x.mix is None:
            self.wrong("nonlinear-quantity")
            return False
        if s == 1 and same(x.mix, (ZERO, ONE)):
            return True
        if not same(x.mix, factors(f.kind, s)):
            self.wrong("quantity-mismatch")
            return False
        return True

    def mixed(self, f: Family, function: str, given: dict[str, Value] | None) -> Value:
        if given is None:
            return self.wrong("missing-argument")
        fits = self.is_time(given["t"], ("b", "t"))
        for part, wanted in (("x0", (ONE, ZERO)), ("eps", (ZERO, ONE))):
            v = given[part]
            if isinstance(v, Unknown):
                continue
            if not self.is_latent(v, f.space):
                fits = False
            elif isinstance(v, Latent) and v.mix is not None and same(v.mix, (ZERO, -ONE)) and part == "eps":
                raise Unsettled  # a noise may stand with the other sign, if it does so in all of its places
            elif isinstance(v, Latent) and (v.mix is None or not same(v.mix, wanted)):
                self.wrong("nonlinear-quantity" if v.mix is None else "quantity-mismatch")
                fits = False
        t = given["t"]
        if not fits or not isinstance(t, Time):
            return Unknown()
        mix = factors(f.kind, t.s) if function == "noisy" else said(f, t.s)
        return Latent(together(given.values()), f.space, mix, conditions_of(given.values()))

    def average(self, n: Node, args: list[Value]) -> Value:
        role = args[0]
        if not isinstance(role, RoleValue):
            return self.wrong("type-mismatch")
        if not self.roles[role.name].trained:
            return self.wrong("not-trainable")
        return replace(role, live=False)

    def noise(self, n: Node, args: list[Value]) -> Value:
        role = args[0]
        if not isinstance(role, RoleValue):
            return self.wrong("type-mismatch")
        return Distribution(kind="noise", space=self.roles[role.name].family.space)

    def part(self, n: Node, args: list[Value]) -> Value:
        x = args[0]
        if not isinstance(x, Latent):
            return self.wrong("type-mismatch")
        family = next((r.family for r in self.p.roles if r.family.space == x.space), None)
        if family is None or n.word not in family.factors:
            return self.wrong("unknown-name")
        return replace(x, space=f"{family.owner}.{n.word}")

    def claim(self, n: Node, args: list[Value]) -> Value:
        x, role, *time = args
        if not isinstance(x, Latent) or not isinstance(role, RoleValue):
            return self.wrong("type-mismatch")
        f = self.roles[role.name].family
        if time and not self.is_time(time[0], ("b", "t")):
            return Unknown()
        flow = f.kind == "flow" and n.word in ("velocity", "predict")
        if not time and n.word not in ("clean", "noise", "eps") and not flow:
            return self.wrong("missing-argument")
        s = time[0].s if time and isinstance(time[0], Time) else Decimal("0.5")
        plain = {"clean": (ONE, ZERO), "noise": (ZERO, ONE)}
        mix = plain.get(n.word) or (factors(f.kind, s) if n.word == "noisy" else derived(f, n.word, s))
        return Latent(x.reach, f.space, mix, x.conditions)
