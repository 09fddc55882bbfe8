"""Roles as the checked program binds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from ...base.frozen import field, mutable, replace, struct
from ...base.source import Span
from ...program.averaging import Averaging
from ...program.process import Process
from ...program.values import RoleRef
from ...types.types import ANY_SPACE, Space
from .family_model import FamilyModel
from .term import Term


@struct
class AnyFamily:
    """Stands for a family when a method is checked on its own: some process, any space, any conditioning."""

    process: Process
    name: str = "its family"
    space: Space = field(default_factory=lambda: Space(ANY_SPACE, "the role's space"))


@mutable
class RoleBinding:
    """A role as the checked program binds it. `params` are the family's parameters, evaluated."""

    name: str
    model: FamilyModel | AnyFamily
    span: Span
    trainable: bool = True
    average: Averaging | None = None
    named_here: bool = True
    params: Mapping[str, Term] = field(default_factory=dict)
    root: RoleBinding | None = None
    used: bool = False

    @property
    def ref(self) -> RoleRef:
        return RoleRef(self.name, self.average)

    @property
    def served(self) -> tuple[Fraction, Fraction] | None:
        """The noise levels that its trainable experts serve, from the lowest to the highest; None if all."""
        components = self.model.components.values() if isinstance(self.model, FamilyModel) else ()
        levels = [c.levels for c in components if c.trainable]
        stated = [pair for pair in levels if pair is not None]
        if not stated or len(stated) < len(levels):
            return None
        return min(low for low, _ in stated), max(high for _, high in stated)

    @property
    def process(self) -> Process:
        assert self.model.process is not None
        return self.model.process

    @property
    def denoises(self) -> bool:
        """Whether it has a network that predicts; one of any family has."""
        return not isinstance(self.model, FamilyModel) or self.model.denoises

    def averaged(self, average: Averaging) -> RoleBinding:
        return replace(self, average=average, trainable=False, root=self.root or self)


def first_with_latents(roles: Iterable[RoleBinding]) -> RoleBinding | None:
    """The role in whose process times are read outside of a family; a role of heads only where there is no other."""
    found = tuple(roles)
    return next((r for r in found if r.denoises), found[0] if found else None)
