"""What becomes of each op of a typed program: the rules of all files, by the name of the op or of the rule that it states."""

from __future__ import annotations

from collections.abc import Mapping

from ..lowering import Rule
from . import arithmetic, components, draws, loops, predictions, stage_calls, structure, times

RULES: Mapping[str, Rule] = {
    name: rule
    for file in (structure, arithmetic, times, draws, predictions, loops, components, stage_calls)
    for name, rule in file.RULES.items()
}
