"""A part of a network that is trained alone: its parameters by patterns over their names."""

from __future__ import annotations

from torch import nn

from ....contracts.networks.adapter_keys import Names
from ....contracts.networks.layer_names import excess, layers_of, meant, nearest_names
from ...base.errors import Place, RunError
from ...base.settings import OnlySettings


def train_part(module: nn.Module, part: OnlySettings, names: Names, place: Place) -> tuple[str, ...]:
    """Marks the parameters that the part's patterns mean as what is trained; the others get no gradient and no decay.

    A pattern is read as a target of adapters is: a name or its end, a part of the network that holds some, `*` for any
    part of a name, or the original checkpoint's name. Gives what is worth saying. Raises RunError for one that means no
    parameter, with the nearest name, for an exception to nothing that is trained, and where nothing is left.
    """
    every = dict(module.named_parameters())
    excepted = part.excepted or ()
    network = type(module).__name__
    for word, patterns in (("only", part.layers), ("except", excepted)):
        for pattern in patterns:
            if not meant(pattern, every, names.table):
                raise RunError(
                    "bad-setting",
                    f"`{word}` names `{pattern}`, and `{network}` has no part of that name",
                    help=nearest_names(pattern, layers_of(every), names.table),
                    place=place,
                )
    wrong = excess(part.layers, excepted, list(every), names.table)
    if wrong is not None:
        raise RunError("bad-setting", wrong[1], help=wrong[2], place=place)
    found = set[str]().union(*(meant(pattern, every, names.table) for pattern in part.layers))
    found -= set[str]().union(*(meant(pattern, every, names.table) for pattern in excepted))
    for name, p in every.items():
        p.requires_grad_(name in found)
    object.__setattr__(module, "fdc_trained", frozenset(found))
    size, whole = sum(every[n].numel() for n in found), sum(p.numel() for p in every.values())
    return (f"{len(found)} of {len(every)} tensors are trained, {size:,} of {whole:,} weights",)
