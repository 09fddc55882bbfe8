"""What a process makes of latents: mixes of two tensors whose coefficients are read off a time.

A process gives two mixes of clean data and noise: `noisy` = A*x0 + B*eps, and what its network says, C*x0 +
D*eps. From both, any third mix V*x0 + W*eps follows: with det = A*D - B*C it is

    ((V*D - W*C) * noisy + (W*A - V*B) * prediction) / det
"""

from __future__ import annotations

from collections.abc import Sequence

from ...stages.times import READINGS
from ..base.frozen import struct
from ..program.process import Process
from ..types.quantity import ONE, ZERO, Coef, Quantity, Time, read
from .builder import Builder, CannotRun

AT = Time("symbol", "now")


@struct
class Reader:
    """Reads a process at the time of node `t`, for use with tensors of `rank`."""

    build: Builder
    kind: str
    t: int
    rank: int = 0

    def sigma(self) -> int:
        op = READINGS.get(("sigma", self.kind))
        read = self.t if op is None else self._mapped(op)
        return self.build.spread(read, self.rank, "sigma")

    def alpha(self) -> int:
        b = self.build
        if self.kind == "flow":
            return b.arith("sub", b.const(1), self.sigma(), "alpha")
        op = READINGS.get(("alpha", self.kind))
        return b.const(1) if op is None else b.spread(self._mapped(op), self.rank, "alpha")

    def angle(self) -> int:
        op = READINGS.get(("angle", self.kind))
        if op is None:
            raise ValueError(f"a {self.kind} process has no angle")
        return self.build.spread(self._mapped(op), self.rank, "u")

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
                ops = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
                left, right = map(self.coefficient, c.args)
                return b.arith(ops[c.op], left, right)


def conversion(model: Process, wanted: Quantity) -> tuple[Coef, Coef]:
    """Coefficients of (noisy, prediction) that make the mix `wanted` at time `AT`."""
    noisy, said = model.noisy(AT), model.predicted(AT)
    det = noisy.a * said.b - noisy.b * said.a
    v, w = wanted.a, wanted.b
    return (v * said.b - w * said.a) / det, (w * noisy.a - v * noisy.b) / det


def combine(reader: Reader, terms: Sequence[tuple[Coef, int]], hint: str = "") -> int:
    """The sum of coefficient times tensor, in the simplest of the ways that are equal to it."""
    alpha, sigma = read("alpha", reader.kind, AT), read("sigma", reader.kind, AT)
    known = ((ZERO, "0"), (ONE, "1"), (sigma, "sigma"), (alpha, "alpha"))
    for divisor in (None, alpha, sigma):
        found = [_simple(c if divisor is None else c * divisor, known) for c, _ in terms]
        if all(f is not None for f in found):
            signed = [(*f, node) for f, (_, node) in zip(found, terms, strict=True) if f is not None]
            total = _sum(reader, signed, hint)
            if divisor is None:
                return total
            by = reader.alpha() if divisor is alpha else reader.sigma()
            return reader.build.arith("div", total, by, hint)
    b = reader.build
    parts = [b.arith("mul", reader.coefficient(c), node) for c, node in terms if not c.is_zero]
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


def _sum(reader: Reader, terms: Sequence[tuple[int, str, int]], hint: str) -> int:
    b = reader.build
    total: int | None = None
    for sign, word, node in sorted((t for t in terms if t[1] != "0"), key=lambda t: -t[0]):
        by = {"1": lambda: b.const(1), "sigma": reader.sigma, "alpha": reader.alpha}[word]()
        part = b.arith("mul", by, node)
        if total is None:
            total = part if sign > 0 else b.unary("neg", part)
        else:
            total = b.arith("add" if sign > 0 else "sub", total, part, hint)
    if total is None:
        span = reader.build.span
        assert span is not None
        raise CannotRun("a mix that is always zero", span)
    return total
