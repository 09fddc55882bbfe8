"""The layers that a program's `targets` mean, as users of other trainers name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from torch import nn

from ....base.diagnostics import nearest
from ...base.errors import Place, RunError
from .layouts import Names

ALL_LINEAR = ("all-linear", "all_linear")


def chosen_layers(module: nn.Module, targets: Sequence[str] | None, names: Names, place: Place) -> list[str]:
    """Names of the layers that adapters go into, in order of name.

    A target is a layer's name or its end (`to_q`, `attn1.to_q`), with `*` for any part of it; a part of the network that
    holds layers means all of them (`to_out` is `to_out.0`, `attn1` its four); names of the original checkpoint mean the
    same layers (`self_attn.q`). `all-linear`, like no targets at all, is every linear layer of the repeated blocks.
    Raises RunError for a target that means no layer, with the nearest name.
    """
    if targets is None:
        return sorted(_linear_layers(module))
    found: set[str] = set()
    layers = [n for n, m in module.named_modules() if isinstance(m, (nn.Linear, nn.Conv2d, nn.Conv3d))]
    for target in targets:
        some = set(_linear_layers(module)) if target in ALL_LINEAR else meant(target, layers, names)
        if not some:
            raise RunError(
                "bad-setting",
                f"`targets` names `{target}`, and `{type(module).__name__}` has no layer of that name",
                help=_help(target, layers),
                place=place,
            )
        found |= some
    return sorted(found)


def meant(target: str, layers: Iterable[str], names: Names) -> set[str]:
    """The names that a target means, of layers or of parameters."""
    pattern = re.compile(
        r"(?:.*\.)?" + r"\w+".join(re.escape(part) for part in target.strip(".").split("*")) + r"(?:\..*)?"
    )
    found = {n for n in layers if pattern.fullmatch(n)}
    return found or {n for n in layers if pattern.fullmatch(names.original(n))}


def _help(target: str, layers: Sequence[str]) -> str:
    return f"{nearest_names(target, layers)}; `all-linear` is every linear layer of its blocks"


def nearest_names(target: str, layers: Sequence[str]) -> str:
    """What may have been meant, and what kinds of layers there are."""
    ends = dict.fromkeys(end for n in layers for end in _ends(n))
    near = nearest(target.rpartition(".")[2], ends)
    first = f"did you mean `{near}`? " if near else ""
    kinds = list(dict.fromkeys(n.rpartition(".")[2] if not n[-1].isdigit() else _ends(n)[0] for n in layers))
    return f"{first}it has {', '.join(kinds[:12])}"


def _ends(name: str) -> list[str]:
    """The last part of a name that is no number, and longer ends that begin there."""
    parts = name.split(".")
    k = next((k for k in range(len(parts) - 1, -1, -1) if not parts[k].isdigit()), 0)
    return [".".join(parts[k:]), parts[k]]


def _linear_layers(module: nn.Module) -> Iterable[str]:
    blocks = set(getattr(module, "_repeated_blocks", None) or ())
    roots = [n for n, m in module.named_modules() if type(m).__name__ in blocks] or [""]
    for root in roots:
        for name, part in module.get_submodule(root).named_modules():
            if isinstance(part, nn.Linear):
                yield f"{root}.{name}" if root else name
