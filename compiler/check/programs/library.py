"""What the programs of a file share: families that are built once, and the JSON files that are read for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ...base import limits
from ...base.diagnostic_bag import Bag
from ...base.source import Span
from ...modules.imports import Definition
from ...syntax import ast
from ..core.family_model import FamilyModel
from ..families.family import build
from ..families.latent_spaces import sizes

if TYPE_CHECKING:
    from ...contracts.config_files import Reader
    from ...contracts.data_sets.dataset_manifest import Manifest
    from ...contracts.data_sets.manifest_io import NoDataSet


class Library:
    """What the programs of a file share: families, each built once for the same variant and sizes, and the JSON that is
    read for them, each file once and up to a size in all.

    Only families that are free of errors are kept; an error is reported in each program that meets it.
    """

    def __init__(self) -> None:
        self.built: dict[tuple[object, ...], FamilyModel] = {}
        self.manifests: dict[str, Manifest | NoDataSet] = {}
        self.read = 0  # bytes of manifests

    @cached_property
    def configs(self) -> Reader:
        from ...contracts.config_files import Reader  # only where there is a checkpoint to look at

        return Reader()

    def manifest(self, folder: str) -> Manifest:
        """The manifest of a folder. Raises `NoDataSet`."""
        from ...contracts.data_sets.manifest_io import NoDataSet, read, size

        if folder not in self.manifests:
            try:
                self.manifests[folder] = read(folder, max(limits.MANIFEST_BYTES - self.read, 0))
            except NoDataSet as e:
                self.manifests[folder] = e
            self.read += min(size(folder), limits.MANIFEST_BYTES)
        found = self.manifests[folder]
        if isinstance(found, NoDataSet):
            raise found
        return found

    def build(
        self,
        definition: Definition,
        variant: str | None,
        chosen: sizes.Chosen,
        bag: Bag,
        *,
        where: Span,
        given: Mapping[str, ast.Expr],
    ) -> FamilyModel | None:
        layers = tuple((n, e.span.text) for n, e in given.items())
        key = (definition.key, variant, tuple((n, v) for n, (v, _) in chosen.items()), layers)
        if key not in self.built:
            before = len(bag.found)
            model = build(definition, variant, chosen, bag, where=where, given=given)
            if model is None or len(bag.found) > before:
                return model
            self.built[key] = model
        return self.built[key]
