"""What becomes of each op of a typed program: the rules of all files, by the name of the op or of the rule that it states."""

from __future__ import annotations

from collections.abc import Mapping

from ....stages.table import OPS
from ..lowering import Rule
from ..products import by_part, of_all_parts
from . import (
    arithmetic,
    components,
    derivatives,
    draws,
    guidance,
    loops,
    predictions,
    stage_calls,
    structure,
    times,
)

_KINDS: dict[str, set[str]] = {}
for _op in OPS.values():
    _KINDS.setdefault(_op.rule or _op.name, set()).add(_op.kind)
"""The kinds of the ops that a rule lowers."""


def _of_products(name: str, rule: Rule) -> Rule:
    """What acts on each element acts on each part of a product, and what makes one number of a tensor makes one
    of all parts."""
    if _KINDS.get(name) == {"pointwise"}:
        return by_part(rule)
    return arithmetic.over_batch(of_all_parts(rule)) if _KINDS.get(name) == {"reduction"} else rule


RULES: Mapping[str, Rule] = {
    name: _of_products(name, rule)
    for file in (
        structure,
        arithmetic,
        times,
        draws,
        predictions,
        guidance,
        derivatives,
        loops,
        components,
        stage_calls,
    )
    for name, rule in file.RULES.items()
}
