"""The typing rule of every op: what it needs of its inputs, and the type of its result.

Ops that act on numbers have one rule a kind, which reads their entry in the table of ops; those that hold a plan
together (parameters, loops, calls, records) have a rule each. A rule is a function of the types of the inputs, the
attributes, and for calls the signature of what is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .graph import Node, Type
from .rules import calls, elements, host_values, records
from .rules.rule import Environment, Rule

KINDS: Mapping[str, Rule] = {"pointwise": elements.pointwise, "reduction": elements.reduction}
"""Of ops that act on numbers, by their kind."""
RULES: Mapping[str, Rule] = {**elements.RULES, **host_values.RULES, **records.RULES, **calls.RULES}
"""Of all others, by op."""


def result_type(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """The type that a node must have. Raises `TypeMismatch` for inputs that its op does not take, and `KeyError` for an op
    without a rule."""
    rule = RULES.get(node.op) or KINDS.get(node.op_info.kind)
    if rule is None:
        raise KeyError(node.op)
    return rule(node, inputs, environment)
