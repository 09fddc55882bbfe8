"""What a method asks of its roles, and a program's roles do not meet: reported where the program made the choice.

A method that stands in the program's own file is shown at its own line: its author is the reader. One that comes from
elsewhere is right by itself, so its line becomes a label, and the main place is the role that the program passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ....base.diagnostics import Diagnostic, Label
from ....base.frozen import replace
from ....base.source import Source
from ....syntax import ast
from ...core.family_model import FamilyModel
from ...core.role_binding import RoleBinding


def discharged(
    found: Iterable[Diagnostic],
    use: ast.UseDecl,
    written: Collection[Source],
    roles: Mapping[str, RoleBinding],
) -> Iterator[Diagnostic]:
    """The diagnostics of a method, `written` in these files, that is used with these roles."""
    own = use.span.source
    for d in found:
        role = roles.get(d.role)
        if d.severity == "error" and d.span.source is not own and d.span.source in written:
            yield _moved(d, use, role)
        elif role is not None and d.span.source is own:
            yield replace(d, labels=(*d.labels, *_who(role, d)))
        else:
            yield d


def _moved(d: Diagnostic, use: ast.UseDecl, role: RoleBinding | None) -> Diagnostic:
    passed = [a for a in use.roles if isinstance(a.value, ast.Name) and role and a.value.id == role.name]
    label = Label(d.span, d.note or "asked for here")
    fixes = tuple(f for f in d.fixes if f.span.source is use.span.source)
    place = passed[0].value.span if passed else use.method.span
    note = (
        f"`{role.name}` is {_family(role)}" if role is not None and passed else f"in `{use.method.span.text}`"
    )
    return replace(d, span=place, note=note, labels=(label, *d.labels), fixes=fixes)


def _who(role: RoleBinding, d: Diagnostic) -> tuple[Label, ...]:
    """The declaration of the role whose contract is not met, where that is not on show already."""
    shown = {(d.span.source, d.span.line), *((label.span.source, label.span.line) for label in d.labels)}
    if d.code not in CONTRACTS or (role.span.source, role.span.line) in shown:
        return ()
    return (Label(role.span, f"`{role.name}` is {_family(role)}"),)


CONTRACTS = ("space-mismatch", "process-mismatch", "record-mismatch", "pad-mismatch", "time-shape")
"""Codes whose cause may as well be the choice of the role's family."""


def _family(role: RoleBinding) -> str:
    assert isinstance(role.model, FamilyModel)
    variant = f".{role.model.variant}" if role.model.variant else ""
    return f"`{role.model.name}{variant}`"
