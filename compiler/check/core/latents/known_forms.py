"""The linear forms of a program's latents, found when they are asked for, and what they are found from."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.frozen import field, mutable
from ....base.source import Span
from ....program.family import Family
from ....program.values import Value
from ....types.coefficients import Coef, unknown
from ....types.forms import Call, Form, Source
from ....types.points import ANY, SWITCH, Support
from ..gradient_flow import GradientFlow
from . import value_numbers


@mutable
class KnownForms:
    """Forms, sources and coefficients by the identity of values, which are kept so that an identity stays valid."""

    forms: dict[int, tuple[Value, Form]] = field(default_factory=dict)
    coefficients: dict[int, tuple[Value, Coef]] = field(default_factory=dict)
    read_at: dict[int, tuple[Value, tuple[Span, ...]]] = field(default_factory=dict)
    """Where a loss reads what it compares: a value that has a name is made elsewhere."""
    sources: list[Source] = field(default_factory=list)
    named: dict[object, Source] = field(default_factory=dict)
    numbers: value_numbers.Numbers = field(default_factory=value_numbers.Numbers)
    conditions: Mapping[int, tuple[Value, str]] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)
    flow: GradientFlow | None = None
    drawing: dict[int, Value] = field(default_factory=dict)
    """The numbers of rounds of loops whose bodies draw noise, by identity."""

    def put(self, v: Value, form: Form) -> None:
        self.forms[id(v)] = (v, form)

    def found(self, v: Value) -> Form | None:
        known = self.forms.get(id(v))
        return known[1] if known is not None else None

    def coefficient(self, v: Value, support: Support = ANY) -> Coef:
        """A number as a coefficient; one that is the same wherever it is read if nothing else is known of it."""
        known = self.coefficients.get(id(v))
        if known is not None:
            return known[1]
        return unknown(f"number {self.numbers.of(v)}", support)

    def switch(self, v: Value) -> Coef:
        """What a condition is worth: 1 where it holds, else 0."""
        return self.coefficient(v, SWITCH)

    def roles_through(self, v: Value) -> frozenset[str]:
        """The roles whose parameters a gradient of a value reaches."""
        if self.flow is None:
            self.flow = GradientFlow(self.families)
        return self.flow.roles(v)

    def source(
        self,
        kind: str,
        clean: bool,
        ancestors: frozenset[int],
        v: Value,
        key: object = None,
        call: Call | None = None,
        name: str = "",
    ) -> Source:
        """A new source, or the one of this key."""
        if key is not None and key in self.named:
            return self.named[key]
        number = len(self.sources)
        made = Source(number, kind, clean, ancestors | {number}, v.span, name or v.name, call)
        self.sources.append(made)
        if key is not None:
            self.named[key] = made
        return made
