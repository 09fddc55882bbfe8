"""What a family, or a variant of it, states of its components' configs, against what its stages hand them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Diagnostic, Label
from ...base.frozen import replace
from ...program.family import Component
from ...syntax import ast
from ..core.family_model import StageModel
from .declarations import FamilyDeclarations


def check_configs(
    stages: Iterable[StageModel],
    components: Mapping[str, Component],
    variant: str | None,
    declared: FamilyDeclarations,
    bag: Bag,
) -> None:
    """Reports each config entry once. A size that a variant changes is told where the config does not follow it."""
    for c in components.values():
        if c.skip and c.config and not c.is_pipeline:
            key = next(iter(c.config))
            bag.error(
                "dead-setting",
                f"`{c.name}` is never loaded, so that nothing compares `{key}`",
                c.places.get(key, c.span),
                "never read",
                labels=(Label(c.span, "declared with `skip`"),),
                help="leave one of the two out; facts of a component with `skip` are those of a pipeline's index",
            )
    known = [s for s in stages if s.body is not None]
    if not known or not any(c.config for c in components.values()):
        return
    from ...contracts.stated_configs import differences  # not before there is something to compare

    told = set()
    for s in known:
        for d in differences(s.typed(), dict(components)):
            if d.span not in told:
                told.add(d.span)
                bag.add(_at_size(d, variant, declared))


def _at_size(d: Diagnostic, variant: str | None, declared: FamilyDeclarations) -> Diagnostic:
    """Where a variant sets the size that the config does not follow, that is the place."""
    for e in (e for v in declared.family.lineage(variant) for e in v.entries):
        new = e.path[0] == "sizes" and isinstance(e.value, ast.Number) and str(e.value.value)
        if new and any(label.text == new for label in d.labels) and e.span.source is d.span.source:
            return replace(
                d,
                span=e.span,
                note=f"`{variant}` changes the size",
                labels=(Label(d.span, "the config keeps its own"), *d.labels),
            )
    return d
