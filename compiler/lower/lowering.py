"""The walk from typed values to the nodes of one function; `rules` say what becomes of each op.

Typed values in, nodes out. Assumes a program without errors. A value is lowered once for each function, after those that
it reads; what a loop does not change is placed before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from ...stages.table import OPS
from ..base.frozen import replace, struct
from ..base.source import Span
from ..ir.graph import Array, Function, Node, Type
from ..program.averaging import Averaging
from ..program.family import Family
from ..program.ops import ROLE
from ..program.process import Process
from ..program.typed_program import TypedRole
from ..program.values import Formula, RoleRef, Value
from .array_types import lowered
from .builder import Builder, CannotRun

Rule = Callable[["Lowering", Value, list[int]], int]
"""Makes the node of a value, given those of its arguments."""


class StageFunctions(dict[tuple[str, Averaging | None, str, tuple[object, ...]], Function]):
    """By role, how a copy follows it, stage, and for a head, which may take other sizes in each call, the types of its
    arguments; under no role what is differentiated, by its name.

    `taken` are the types of each call of a head so far. Types that are equal at one choice of sizes may differ at another;
    `everywhere` says of each call what it takes at all of them, and calls that differ there have functions of their own.
    """

    def __init__(self, everywhere: Sequence[tuple[object, ...]] = ()) -> None:
        super().__init__()
        self.taken: list[tuple[Type, ...]] = []
        self._everywhere = everywhere

    def instance(self, types: tuple[Type, ...]) -> tuple[object, ...]:
        """What tells the function of the next call of a head from those of the calls before it."""
        self.taken.append(types)
        return (types, self._everywhere[len(self.taken) - 1]) if self._everywhere else types


@struct
class Parts:
    """How a step's batch is taken: in so many parts, with so many samples of each row of data."""

    accumulate: int = 1
    each: int = 1


WHOLE = Parts()
"""All that is at hand is one part."""


@struct
class Mark:
    """The nodes of a function so far, with their places, and the nodes of values."""

    nodes: dict[int, Node]
    depth: dict[int, int]
    scopes: list[list[int]]
    known: dict[int, int]


@struct
class OfBatch:
    """A number of the whole batch: what it is, and how those of the parts are joined."""

    name: str
    value: Value
    joined: str


class BatchValues:
    """The numbers of the whole batch that an update's functions read, each with one name in all of them."""

    def __init__(self) -> None:
        self.found: dict[int, OfBatch] = {}

    def of(self, value: Value) -> OfBatch:
        if id(value) not in self.found:
            base = value.name or f"{value.op}_{value.span.line}"
            taken = {n.name for n in self.found.values()}
            names = itertools.chain([base], (f"{base}_{k}" for k in itertools.count(2)))
            name = next(n for n in names if n not in taken)
            self.found[id(value)] = OfBatch(name, value, OPS[value.op].reduces or OPS[value.op].joins)
        return self.found[id(value)]


@struct
class Inside:
    """Inside a stage or a formula of a role's family: the role, and the place that all its nodes come from.

    `latents` are those that constants of the codec line up with, `result` what the stage's components give,
    `checked` what to call them where the run compares what they give with what the stage declares. `apart` says that what
    stands here is among arithmetic that may become a kernel, which constants with a number for each channel may not. `nested`
    says that what the components give stands in another value.
    """

    role: RoleRef
    place: Span
    latents: Array | None = None
    result: Type | None = None
    checked: str = ""
    apart: bool = False
    nested: bool = False

    @property
    def rank(self) -> int:
        """Of the latents that constants line up with; 0 where there are none."""
        return len(self.latents.dims) if self.latents is not None else 0


class Lowering:
    """Lowers the values of one function; the functions of the stages that they call are collected in `stages`.

    `shared` names values that other updates read too; `inside` is None in the program's own expressions. After the walk,
    `numbers` are those of the whole batch that the function reads, by the name of each.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        roles: Mapping[str, TypedRole],
        stages: StageFunctions,
        shared: Mapping[int, str],
        parts: Parts = WHOLE,
        batch_values: BatchValues | None = None,
    ) -> None:
        self.build = Builder()
        self.rules = rules
        self.roles = roles
        self.stages = stages
        self.shared = shared
        self.parts = parts
        self.batch_values = batch_values or BatchValues()
        self.numbers: dict[str, OfBatch] = {}
        self.known: dict[int, int] = {}
        self.inside: Inside | None = None

    def __call__(self, value: Value) -> int:
        """The node of a value; equal values by identity are one node."""
        found = self.known.get(id(value))
        if found is None:
            is_constant = OPS[value.op].kind == "host" and not value.args
            shares = id(value) in self.shared and not is_constant
            found = self._shared(value) if shares else self._made(value)
            if OPS[value.op].rule != "same":
                self.build.name(found, value.name)
            self.known[id(value)] = found
        return found

    def _made(self, value: Value) -> int:
        rule = self.rules.get(value.op) or self.rules.get(OPS[value.op].rule)
        if rule is None:
            raise CannotRun(f"`{value.span.text if value.op == 'unknown' else value.op}`", value.span)
        arguments = [] if OPS[value.op].own_order else [self(a) for a in value.args]
        self.at(value)
        return rule(self, value, arguments)

    def at(self, value: Value) -> None:
        """New nodes come from here."""
        if self.inside is None:
            self.build.span, self.build.trace = value.span, value.trace

    def _shared(self, value: Value) -> int:
        self.at(value)
        name = self.shared[id(value)]
        return self.build.add("shared", (), lowered(value.type, value.span), name=name)

    def mark(self) -> Mark:
        """Where the walk is, to go back to."""
        b = self.build
        return Mark(dict(b.nodes), dict(b.depth), [list(s) for s in b.scopes], dict(self.known))

    def back_to(self, mark: Mark) -> None:
        """Forgets what was made since."""
        b = self.build
        b.nodes, b.depth, b.scopes, self.known = mark.nodes, mark.depth, mark.scopes, mark.known

    def of_part(self, value: Value) -> int:
        """What this part of the batch gives of a number of the whole."""
        arguments = [self(a) for a in value.args]
        self.at(value)
        before, self.parts = self.parts, replace(self.parts, accumulate=1)
        made = self.rules[OPS[value.op].rule](self, value, arguments)
        self.parts = before
        return made

    def apply(self, formula: Formula, arguments: Sequence[int], inside: Inside) -> int:
        """A formula with these nodes for its parameters."""
        before = self.known, self.inside
        self.known = {id(p): node for p, node in zip(formula.parameters, arguments, strict=True)}
        self.inside = inside
        made = self(formula.result)
        self.known, self.inside = before
        return made

    def inside_family(self, value: Value) -> Inside:
        """Where a formula stands that a value of a role has from the role's family."""
        return Inside(self.role_of(value), value.span if self.inside is None else self.inside.place)

    def role_of(self, value: Value) -> RoleRef:
        """The role that a value is read of: its own, or the one in whose family it stands."""
        ref = ROLE.find(value) or (self.inside.role if self.inside is not None else None)
        if ref is None:
            raise CannotRun(f"`{value.op}` outside a role", value.span)
        return ref

    def family(self, value: Value) -> Family:
        return self.roles[self.role_of(value).name].family

    def process(self, value: Value) -> Process:
        return self.family(value).process
