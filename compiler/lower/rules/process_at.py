"""What a process makes of latents: mixes of two tensors whose coefficients are read off a time.

A process gives two mixes of clean data and noise: `noisy` = A*x0 + B*eps, and what its network says, C*x0 +
D*eps. From both, any third mix V*x0 + W*eps follows: with det = A*D - B*C it is

    ((V*D - W*C) * noisy + (W*A - V*B) * prediction) / det
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ....stages.table import OPERATORS
from ....stages.times import READINGS
from ...base.frozen import struct
from ...ir.graph import Type
from ...program.process import NOW
from ...types.coefficients import ONE, ZERO, Coef, read
from ..builder import Builder, CannotRun


@struct
class ProcessAt:
    """A process of this kind at the time of node `t`; its coefficients are for use with tensors `like` this."""

    build: Builder
    kind: str
    t: int
    like: Type | None = None

    def sigma(self) -> int:
        op = READINGS.get(("sigma", self.kind))
        read = self.t if op is None else self._mapped(op)
        return self.build.spread(read, self.like, "sigma")

    def alpha(self) -> int:
        b = self.build
        if self.kind == "flow":
            return b.arith("sub", b.const(1), self.sigma(), "alpha")
        op = READINGS.get(("alpha", self.kind))
        return b.const(1) if op is None else b.spread(self._mapped(op), self.like, "alpha")

    def angle(self) -> int:
        op = READINGS.get(("angle", self.kind))
        if op is None:
            raise ValueError(f"a {self.kind} process has no angle")
        return self.build.spread(self._mapped(op), self.like, "u")

    def change_of_level(self, change: int) -> int:
        """What the level of a time changes by where the process's own variable does by `change`: the noise's coefficient, or
        a trigonometric process's angle."""
        b, one = self.build, self.build.const(1)
        if self.kind == "flow":
            return change
        rest = b.arith("sub", one, self.t)
        if self.kind == "edm":
            return b.arith("mul", change, b.arith("mul", rest, rest))
        square = b.arith("add", b.arith("mul", self.t, self.t), b.arith("mul", rest, rest))
        if self.kind == "trig":
            return b.arith("mul", change, square)
        cube = b.arith("pow", square, b.const(Fraction(3, 2)))
        return b.arith("div", b.arith("mul", change, cube), rest)

    def _mapped(self, op: str) -> int:
        return self.build.add(op, (self.t,), self.build.type(self.t))

    def coefficient(self, c: Coef) -> int:
        """A coefficient as it was written."""
        b = self.build
        match c.op:
            case "const":
                assert c.constant is not None
                return b.const(c.constant)
            case "sigma":
                return self.sigma()
            case "alpha":
                return self.alpha()
            case "sqrt":
                inner = self.coefficient(c.args[0])
                return b.add("sqrt", (inner,), b.joined("sqrt", inner))
            case _:
                left, right = map(self.coefficient, c.args)
                return b.arith(OPERATORS[c.op].name, left, right)


def combine(at: ProcessAt, terms: Sequence[tuple[Coef, int]], hint: str = "") -> int:
    """The sum of coefficient times tensor, in the simplest of the ways that are equal to it."""
    alpha, sigma = read("alpha", at.kind, NOW), read("sigma", at.kind, NOW)
    known = ((ZERO, "0"), (ONE, "1"), (sigma, "sigma"), (alpha, "alpha"))
    for divisor in (None, alpha, sigma):
        found = [_simple(c if divisor is None else c * divisor, known) for c, _ in terms]
        if all(f is not None for f in found):
            signed = [(*f, node) for f, (_, node) in zip(found, terms, strict=True) if f is not None]
            total = _sum(at, signed, hint)
            if divisor is None:
                return total
            below = at.alpha() if divisor is alpha else at.sigma()
            return at.build.arith("div", total, below, hint)
    b = at.build
    parts = [b.arith("mul", at.coefficient(c), node) for c, node in terms if not c.is_zero]
    total = parts[0]
    for part in parts[1:]:
        total = b.arith("add", total, part, hint)
    return total


def _simple(c: Coef, known: Sequence[tuple[Coef, str]]) -> tuple[int, str] | None:
    for value, word in known:
        if c == value:
            return 1, word
        if c == -value:
            return -1, word
    return None


def _sum(at: ProcessAt, terms: Sequence[tuple[int, str, int]], hint: str) -> int:
    b = at.build
    total: int | None = None
    for sign, word, node in sorted((t for t in terms if t[1] != "0"), key=lambda t: -t[0]):
        factor = {"1": lambda: b.const(1), "sigma": at.sigma, "alpha": at.alpha}[word]()
        part = b.arith("mul", factor, node)
        if total is None:
            total = part if sign > 0 else b.unary("neg", part)
        else:
            total = b.arith("add" if sign > 0 else "sub", total, part, hint)
    if total is None:
        span = at.build.span
        assert span is not None
        raise CannotRun("a mix that is always zero", span)
    return total
