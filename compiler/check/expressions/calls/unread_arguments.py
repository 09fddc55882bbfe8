"""What a stage hands to a component that reads it in another variant alone."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....program.ops import COMPONENT, NAMES
from ....program.values import every_value
from ....syntax import ast
from ...core.family_model import FamilyModel
from ...core.role_binding import RoleBinding
from ...core.session import Session


def all_is_read(session: Session, role: RoleBinding, stage: str, func: ast.Attr) -> bool:
    """Whether the component that a stage calls reads all that it is given; reports what it would leave unread, so that the
    stage said what another one says. A family's own graphs tell when they call such a stage."""
    assert isinstance(role.model, FamilyModel)
    body = role.model.stages[stage].body
    if body is None:
        return True
    from ....contracts.classes import READ_WHERE

    for call in every_value([body.result]):
        component = role.model.components.get(COMPONENT.of(call)) if call.op == "component" else None
        for name in NAMES.of(call) if component is not None else ():
            key = READ_WHERE.get(name)
            if component is None or key is None or component.config.get(key) is not False:
                continue
            session.error(
                "config-mismatch",
                f"`{component.name}` does not read `{name}`, so that `{stage}` says what it says without it",
                func.name_span,
                labels=(Label(component.places.get(key, component.span), f"`{key}` is false"),),
                help=f"ask another stage, or a variant whose `{key}` is true",
                role=role.name,
            )
            return False
    return True
