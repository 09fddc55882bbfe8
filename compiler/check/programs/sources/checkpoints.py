"""Roles whose weights lie in a folder of this machine, as `contracts.checkpoint` compares them with their families."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ....base.diagnostic_bag import Bag
from ....contracts.local_sources import LocalCheckpoint, Variants, adapter_export, local_folder
from ....modules.imports import Definition
from ....syntax import ast
from ...core.family_model import FamilyModel
from ...families.components import component
from ...families.variants import VariantChanges, read_variant


def local_checkpoint(
    d: ast.RoleDecl, model: FamilyModel, trained: bool, beside: Path
) -> LocalCheckpoint | None:
    """A role's source, if it is a path that leads to a folder from the working folder or from `beside`.

    One that is not there may be a hub name, or lie on another machine.
    """
    if not isinstance(d.source, ast.Call):
        return None
    first = next((a.value for a in d.source.args if a.name is None), None)
    if not isinstance(first, ast.String):
        return None
    folder = local_folder(first.value, Path(), beside)
    export = adapter_export(folder) if folder is not None else None
    if export is not None:  # an adapter is held against its family as its base is
        folder = local_folder(export.base, Path(), beside)
    if folder is None:
        return None
    at = first.span, d.source.func.span
    return LocalCheckpoint(
        model.typed(), partial(variants, model.definition), first.value, folder, *at, trained
    )


def variants(definition: Definition) -> Variants:
    """The variants of a family by name, each with its components."""
    family = definition.declaration
    assert isinstance(family, ast.FamilyDecl)
    silent = Bag()
    own = {m.name.id: component(m, silent) for m in family.members if isinstance(m, ast.ComponentDecl)}
    for v in family.members:
        if isinstance(v, ast.VariantDecl):
            yield v.name.id, read_variant(v, VariantChanges({}, own, {}, {}), family, silent).components
