"""One Triton kernel of a fused group, forward or backward, in the group's scalar arithmetic.

It works on BLOCK elements of one sample of N. Sums are left as one number for each program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ...stages.op import ATOM, COMPARE, SUM, Op
from ...stages.table import OPS
from ..base.source import Span
from ..ir.value_names import Names, noun
from ..passes.fusion.group import Arithmetic, Input
from ..passes.fusion.scalar_autodiff import Phase, needs
from .expression_text import Expression, call, defined, literal, wrapped
from .lines import EmittedLine

LONGEST = 64
"""Characters of an expression that is still folded into the one that uses it."""
WIDEST = 90
"""Characters of an expression that still stands on one line."""
PLACES = (
    "program = tl.program_id(0)",
    "sample = program // tl.cdiv(N, BLOCK)",
    "element = program % tl.cdiv(N, BLOCK) * BLOCK + tl.arange(0, BLOCK)",
    "inside = element < N",
    "offset = sample.to(tl.int64) * N + element",
)
"""Which elements of which sample a program of a kernel works on."""

Argument = (
    tuple[Literal["input", "value"], int]
    | tuple[Literal["draw"], tuple[int, ...]]
    | Literal["samples", "rows"]
)
"""How a launch finds an argument: an input of the group by its index, a value that is known before the kernel runs, the
stream of a draw by the inputs that are its address, or a fact of the launch."""


class KernelWriter:
    """Writes one kernel of a group.

    `span` is the group's place; `stored` are (name, whether it holds booleans) of the latents that the group's direction
    writes, by value. After `text`, `reads` are the arguments of its launch, in their order.
    """

    def __init__(
        self, group: Arithmetic, name: str, span: Span, stored: Mapping[int, tuple[str, bool]]
    ) -> None:
        self.group, self.s, self.name, self.span = group, group.scalars, name, span
        self.stored = stored
        self.names = Names((), group.names.values())
        self.reads: list[Argument] = []
        self.parameters: list[str] = []
        self.fixed: list[str] = []  # integers of which no special kernel is made
        self.text_of: dict[int, Expression] = {}
        self.body: list[EmittedLine] = []

    def text(self, phase: Phase) -> list[EmittedLine]:
        """The kernel that computes a phase: stores its latents, and the partial sums of its programs."""
        s = self.s
        roots = [*phase.stores, *(s[i].args[0] for i in phase.sums)]
        there = frozenset(phase.reads)
        inside = sorted(needs(s, roots, there))
        self._leaves(inside, there)
        outputs = [self._parameter(f"{self.stored[v][0]}_out") for v in phase.stores]
        parts = [self._parameter("partial_out") for _ in phase.sums]
        uses: dict[int, int] = {}
        for i in inside:
            for a in s[i].args if i not in there else ():
                uses[a] = uses.get(a, 0) + 1
        for r in roots:
            uses[r] = uses.get(r, 0) + 1
        for i in inside:
            if i not in self.text_of:
                self._value(i, uses.get(i, 0))
        for name, value in zip(outputs, phase.stores):
            store = call(
                "tl.store", [Expression(f"{name} + offset"), self.text_of[value], Expression("inside")]
            )
            self._statement("", store, value)
        for name, total in zip(parts, phase.sums):
            each = call("tl.where", [Expression("inside"), self.text_of[s[total].args[0]], Expression("0.0")])
            self._statement(
                "", call("tl.store", [Expression(f"{name} + program"), call("tl.sum", [each])]), total
            )
        decorator = ["@triton.jit"]
        if self.fixed:
            quoted = ", ".join(f'"{f}"' for f in self.fixed)
            decorator = wrapped("", call("@triton.jit", [Expression(f"do_not_specialize=[{quoted}]")]), 0)
        parameters = [*self.parameters, "N: tl.constexpr", "BLOCK: tl.constexpr"]
        head = defined(self.name, parameters)
        first = [*decorator, *head, *(f"    {t}" for t in PLACES)]
        return [*(EmittedLine(t, self.span) for t in first), *self.body]

    def _parameter(self, word: str) -> str:
        name = self.names.other(word)
        self.parameters.append(name)
        return name

    def _statement(self, prefix: str, code: Expression, value: int) -> None:
        span = self.group.places.get(value, self.span)
        self.body += [EmittedLine(t, span) for t in wrapped(prefix, code, 4)]

    # what is read

    def _leaves(self, inside: list[int], there: frozenset[int]) -> None:
        s = self.s
        draws = [i for i in inside if s[i].op == "normal"]
        for i in sorted(inside, key=self._order):
            value = s[i]
            if i in there:
                self._read(i, self.group.names.get(i, "total"), ("value", i), value.level)
            elif value.op == "const":
                self.text_of[i] = literal(value.data)
            elif value.op == "host":
                assert isinstance(value.data, int)
                name = self._parameter(self.group.inputs[value.data].name)
                self.reads.append(("input", value.data))
                self.text_of[i] = Expression(name)
            elif value.op == "load" and isinstance(value.data, int):
                given = self.group.inputs[value.data]
                self._read(i, given.name, ("input", value.data), value.level, given)
            elif value.op == "load":
                self._read(i, self.group.names[i], ("value", i), value.level)
            elif value.op == "elements":
                self.text_of[i] = Expression("(N * 1.0)")
            elif value.op == "samples":
                self.text_of[i] = Expression(self._parameter("samples"))
                self.reads.append("samples")
        for i in draws:
            self._draw(i)
        if draws:
            self.parameters.append("rows")
            self.reads.append("rows")

    def _order(self, id: int) -> tuple[int, int]:
        """Inputs as the group has them, then what else is read."""
        data = self.s[id].data
        return (0, data) if self.s[id].op in ("host", "load") and isinstance(data, int) else (1, id)

    def _read(self, id: int, word: str, read: Argument, level: int, given: Input | None = None) -> None:
        pointer = self._parameter(f"{word}_ptr")
        self.reads.append(read)
        boolean = given is not None and given.dtype == "bool"
        beyond = "False" if boolean else "0.0"
        where = {2: f"{pointer} + offset, inside, other={beyond}", 1: f"{pointer} + sample", 0: pointer}[
            level
        ]
        if given is not None and given.kind == "frame":
            count, below = given.period
            along = f"element // {below}" if below > 1 else "element"
            where = f"{pointer} + sample * {count} + {along} % {count}"
        cast = ".to(tl.float32)" if level == 2 and not boolean else ""
        name = self.names.own(self.group.names.get(id, word))
        self._statement(f"{name} = ", Expression(f"tl.load({where}){cast}"), id)
        self.text_of[id] = Expression(name)

    def _draw(self, id: int) -> None:
        word = self.group.names.get(id, "noise")
        keys = [self._parameter(f"{word}_{part}") for part in ("key_0", "key_1", "round")]
        self.fixed += keys
        address = self.s[id].data
        assert isinstance(address, tuple)
        self.reads.append(("draw", address))
        name = self.names.own(word)
        parts = [Expression(k) for k in keys] + [Expression("tl.load(rows + sample)"), Expression("element")]
        self._statement(f"{name} = ", call("normal", parts), id)
        self.text_of[id] = Expression(name)

    # arithmetic

    def _noun(self, id: int) -> str:
        op = self.s[id].op
        return noun(op) if op in OPS else op

    def _value(self, id: int, uses: int) -> None:
        value = self.s[id]
        if value.op == "stop":
            self.text_of[id] = self.text_of[value.args[0]]
            return
        code = _triton(OPS[value.op], [self.text_of[a] for a in value.args])
        while len(code.text) > WIDEST:
            longest = max(value.args, key=lambda a: len(self.text_of[a].text))
            if self.text_of[longest].text.isidentifier():
                break
            name = self.names.own(self._noun(longest))
            self._statement(f"{name} = ", self.text_of[longest], longest)
            self.text_of[longest] = Expression(name)
            code = _triton(OPS[value.op], [self.text_of[a] for a in value.args])
        word = self.group.names.get(id)
        if uses > 1 or word or len(code.text) > LONGEST:
            name = self.names.own(word or self._noun(id))
            self._statement(f"{name} = ", code, id)
            code = Expression(name)
        self.text_of[id] = code


def _triton(op: Op, arguments: Sequence[Expression]) -> Expression:
    if "(" in op.triton:
        return Expression(op.triton.format(*(a.text for a in arguments)), ATOM)
    binds, slots = (op.binds, op.slots) if op.triton == op.torch else (COMPARE, (SUM,))
    texts = [a.at(slots[min(k, len(slots) - 1)]) for k, a in enumerate(arguments)]
    return Expression(op.triton.format(*texts), binds)
