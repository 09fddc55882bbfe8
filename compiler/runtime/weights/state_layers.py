"""What the file `FAMILY.layers.json` says, from the classes of a family's components: names alone, no weight is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import torch

from ...base.diagnostic_bag import Bag
from ...check.families.family import build
from ...check.programs.sources.checkpoints import variants
from ...contracts.networks.layer_lists import written
from ...modules.imports import read, resolve
from ...program.family import Component, Given
from ...syntax import ast
from ..base.errors import RunError
from . import component_classes
from .adapters.targets import adaptable
from .bindings import family_binding


def layers_text(path: Path, *, allow_python: bool) -> str:
    """The file's text for all families of an FDL file. Raises RunError: `missing-file` where the file has no family that is
    free of errors, or a component's class cannot be built of its config."""
    source = read(path, str(path))
    resolved = resolve(source, path)
    found: dict[str, object] = {}
    bag = Bag()
    for definition in resolved.main.own():
        if not isinstance(definition.declaration, ast.FamilyDecl):
            continue
        model = build(definition, None, None, bag, where=None)
        if model is None or model.process is None:
            continue
        binding = family_binding(model.typed(), allow_python=allow_python, place=None)
        own = dict(variants(definition)) or {"": model.components}
        found[model.name] = layers_of_family(own, binding)
    wrong = [d for d in (*resolved.diagnostics, *bag.found) if d.severity == "error"]
    if wrong or not found:
        why = f"has errors: {wrong[0].message}" if wrong else "declares no family"
        raise RunError("missing-file", f"{path} {why}", help=f"fdc check {path}", exit_status=2)
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def layers_of_family(
    by_variant: Mapping[str, Mapping[str, Component]], binding: ModuleType | None
) -> dict[str, object]:
    """What it says of one family; `by_variant` has the components of each variant, "" being a family without any. Nothing
    is said of components whose config calls tell."""
    found: dict[str, object] = {}
    every = [c for components in by_variant.values() for c in components.values()]
    open = {c.name for c in every if any(isinstance(v, Given) for v in c.config.values())}
    names = sorted({c.name for c in every if c.trainable} - open)
    for name in names:
        networks: list[dict[str, list[str]]] = []
        for variant, components in by_variant.items():
            if name not in components:
                continue
            layers, weights = _names(components[name], binding)
            network = {"layers": written(layers), "weights": written(weights)}
            same = next((n for n in networks if {**n, "variants": []} == {"variants": [], **network}), None)
            if same is not None:
                same["variants"].append(variant)
            else:
                networks.append({"variants": [variant], **network})
        table = getattr(binding, "ORIGINAL_NAMES", {}).get(name, ())
        found[name] = {"original": [f"{ours} = {theirs}" for ours, theirs in table], "networks": networks}
    return found


def _names(component: Component, binding: ModuleType | None) -> tuple[list[str], list[str]]:
    kind = component_classes.find(component.cls, binding, None)
    try:
        with torch.device("meta"), component_classes.quiet():
            module = component_classes.build(kind, component.config)
    except component_classes.UNREADABLE as e:
        reason = str(e).strip().split("\n")[0]
        raise RunError(
            "config-mismatch", f"`{component.name}` cannot be built of its config: {reason}"
        ) from e
    return adaptable(module), [n for n, _ in module.named_parameters()]
