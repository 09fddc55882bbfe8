"""Parameters that a family declares to be idle: no gradient reaches them, so that no optimizer may touch them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from torch import nn

from ....contracts.networks.layer_names import layers_of, nearest_names
from ....program.family import Component, Idle
from ...base.errors import Place, RunError


def idle(module: nn.Module, declared: Sequence[Idle]) -> Mapping[str, str]:
    """The kind of each idle parameter, by its name; adapters of an idle layer are idle with it."""
    names = [n for n, _ in module.named_parameters()]
    return {n: i.kind for i in declared for n in meant(i.pattern, names)}


def require_all(module: nn.Module, d: Component, place: Place) -> None:
    """Raises RunError for a pattern that means no parameter, with the nearest name."""
    names = [n for n, _ in module.named_parameters()]
    for i in d.idle:
        if not meant(i.pattern, names):
            raise RunError(
                "bad-setting",
                f"`idle` of `{d.name}` names `{i.pattern}`, and `{type(module).__name__}` has no parameter of that name",
                help=nearest_names(i.pattern, layers_of(names), ()),
                place=place,
            )


def meant(pattern: str, names: Iterable[str]) -> set[str]:
    """The parameters that a pattern means: it begins at the network's root, and means all that lies below it.

    `*` stands for any part of a name between two dots, and a number below 0 counts from the end:
    `blocks.-1.ff_context` is in the last block.
    """
    found = {n: [p for p in n.split(".") if p != "base_layer"] for n in names}
    for k, part in enumerate(pattern.split(".")):
        found = {n: parts for n, parts in found.items() if len(parts) > k}
        if part.startswith("-") and part[1:].isdigit():
            numbers = sorted({int(parts[k]) for parts in found.values() if parts[k].isdigit()})
            part = str(numbers[int(part)]) if int(part[1:]) in range(1, len(numbers) + 1) else ""
        found = {n: parts for n, parts in found.items() if fnmatchcase(parts[k], part)}
    return set(found)
