"""The blocks that a network repeats: what is compiled, computed again or adapted block by block."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

STATED = ("_repeated_blocks", "_no_split_modules")
"""Where classes of diffusers and transformers name them: for compiling, for splitting over devices. Either may be empty."""


def repeated_blocks(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The blocks with their paths, in order: of the classes that the network's class names, else what its outermost lists
    hold. Empty where it has none."""
    for attribute in STATED:
        names = frozenset(getattr(model, attribute, None) or ())
        found = [(n, m) for n, m in model.named_modules() if _is_one_of(m, names)]
        if found:
            return found
    return [(n, m) for n, m in _listed("", model) if next(m.children(), None) is not None]


def _is_one_of(module: nn.Module, names: frozenset[str]) -> bool:
    """Also by what its class is derived from: a forward may be mixed into a block's class."""
    return any(c.__name__ in names for c in type(module).__mro__)


def _listed(path: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, part in module.named_children():
        inside = f"{path}.{name}" if path else name
        if isinstance(module, nn.ModuleList):
            yield inside, part
        else:
            yield from _listed(inside, part)
