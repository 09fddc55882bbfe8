"""The layers that a program's `targets` mean, as users of other trainers name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from ....contracts.networks.adapter_keys import Names
from ....contracts.networks.layer_names import ALL_LINEAR, meant, nearest_names
from ...base.errors import Place, RunError
from ..repeated_blocks import repeated_blocks


def chosen_layers(module: nn.Module, targets: Sequence[str] | None, names: Names, place: Place) -> list[str]:
    """Names of the layers that adapters go into, in order of name.

    A target is read by `meant`; `all-linear`, like no targets at all, is every linear layer of the repeated blocks.
    Raises RunError for a target that means no layer, with the nearest name.
    """
    if targets is None:
        return sorted(_linear_layers(module))
    found: set[str] = set()
    layers = adaptable(module)
    for target in targets:
        some = set(_linear_layers(module)) if target in ALL_LINEAR else meant(target, layers, names.table)
        if not some:
            raise RunError(
                "bad-setting",
                f"`targets` names `{target}`, and `{type(module).__name__}` has no layer of that name",
                help=f"{nearest_names(target, layers, names.table)}; `all-linear` is every linear layer of its blocks",
                place=place,
            )
        found |= some
    return sorted(found)


def adaptable(module: nn.Module) -> list[str]:
    """The layers that an adapter can go into."""
    return [n for n, m in module.named_modules() if isinstance(m, (nn.Linear, nn.Conv2d, nn.Conv3d))]


def _linear_layers(module: nn.Module) -> Iterable[str]:
    roots = [n for n, _ in repeated_blocks(module)] or [""]
    for root in roots:
        for name, part in module.get_submodule(root).named_modules():
            if isinstance(part, nn.Linear):
                yield f"{root}.{name}" if root else name
