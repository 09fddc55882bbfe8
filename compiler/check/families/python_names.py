"""What a family asks of its Python, against what `binding.py` has."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import nearest, respelt
from ...base.frozen import struct
from ...base.source import Span
from ...syntax import ast
from ..core.family_model import FamilyModel


@struct
class Asked:
    """A name that the family reads of its binding; `arguments` are those that a stage's function is called with."""

    name: str
    span: Span
    what: str
    arguments: tuple[str, ...] | None = None


def check_binding(model: FamilyModel, bag: Bag) -> None:
    """Reports a `binding.py` that is missing, and functions that it lacks or that take other arguments.

    A family has a folder of its own, `NAME/NAME.fdl`; elsewhere, without Python beside it, it is a sketch, and only a
    run asks for the file.
    """
    asked = list(_asked(model))
    if not asked:
        return
    from ...contracts.python_functions import FILE, binding_of  # a family of FDL alone does not pay for it

    path = model.definition.module.path
    binding = binding_of(path.parent)
    if binding is None:
        if path.stem == path.parent.name:
            _report_absent(model, asked[0], FILE, bag)
        return
    if binding.fault:
        bag.error(
            "missing-file", f"`{model.name}` calls Python of {FILE}, and {binding.fault}", asked[0].span
        )
        return
    for a in asked:
        there = binding.functions.get(a.name)
        if there is None:
            if a.name not in binding.names and not binding.open:
                _report_unknown(a, [*binding.functions, *binding.names], FILE, bag)
            continue
        count = len(a.arguments) if a.arguments is not None else None
        if count is not None and (count < there.least or (there.most is not None and count > there.most)):
            takes = (
                f"{there.least}" if there.most in (None, there.least) else f"{there.least} to {there.most}"
            )
            bag.error(
                "type-mismatch",
                f"`{a.name}` of {FILE} takes {takes} arguments, and the stage hands it {count}",
                a.span,
                help=f"`def {a.name}({', '.join(a.arguments or ())})`",
            )


def _asked(model: FamilyModel) -> Iterator[Asked]:
    for stage in model.stages.values():
        d = stage.declaration
        if isinstance(d.by, ast.ByPython):
            arguments = ("role", *(p.name.id for p in d.params))
            yield Asked(d.by.function.id, d.by.function.span, f"stage `{d.name.id}`", arguments)
    for c in model.components.values():
        if c.cls.startswith("python."):
            yield Asked(c.cls.removeprefix("python."), c.span, f"component `{c.name}`")
        if c.chains:
            yield Asked(c.chains, c.places.get("chains", c.span), f"component `{c.name}`")


def _report_absent(model: FamilyModel, first: Asked, file: str, bag: Bag) -> None:
    bag.error(
        "missing-file",
        f"family `{model.name}` calls Python, and there is no {file} beside it",
        first.span,
        f"{first.what} asks for `{first.name}`",
        help=f"write {os.path.join(str(model.definition.module.source.folder), file)}",
    )


def _report_unknown(a: Asked, known: list[str], file: str, bag: Bag) -> None:
    near = nearest(a.name, known)
    args = ", ".join(a.arguments) if a.arguments is not None else ""
    form = f"`def {a.name}({args})`" if a.arguments is not None else f"`{a.name}`"
    bag.error(
        "unknown-name",
        f"{file} has no `{a.name}`, which {a.what} asks for",
        a.span,
        help=f"did you mean `{near}`?" if near else f"write {form} there",
        fixes=respelt(a.name, near, a.span),
    )
