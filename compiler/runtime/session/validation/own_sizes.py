"""Modules of blocks `validate` that have sizes of their own, beside the program's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType

from ...base.run_folder import RunFolder, write_text
from ..plans.fields_read import FieldUses
from ..plans.load_plan import load_plan
from ..plans.plan_text import plan_text
from ..run_request import RunRequest


def module_name(name: str) -> str:
    """The file of a block's module in the run's folder."""
    return f"plan_{name or 'validate'}.py"


@dataclass(frozen=True)
class AtSizes:
    """A program's module at other sizes."""

    request: RunRequest
    text: str
    plan: ModuleType


def at_own_sizes(r: RunRequest, folder: RunFolder) -> dict[str, AtSizes]:
    """A module beside the program's for each block `validate` that has sizes of its own."""
    found = {}
    for v in r.program.validations:
        if v.sized is None:
            continue
        of = replace(r, program=v.sized, options=replace(r.options, built=None))
        text = plan_text(of, folder)
        path = folder.path / module_name(v.name)
        write_text(path, text)
        found[v.name] = AtSizes(of, text, load_plan(path))
    return found


def with_own_sizes(uses: FieldUses, r: RunRequest) -> FieldUses:
    """With what blocks of other sizes read of the same rows."""
    inside = [v for own in r.program.validations if own.sized is not None for v in own.sized.validations]
    more = frozenset(name for v in inside for name in v.fields)
    return replace(uses, read=uses.read | more, only_encoded=uses.only_encoded - more) if more else uses
