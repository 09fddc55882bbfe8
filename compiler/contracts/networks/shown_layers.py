"""Layers of a network whose results a stage shows, by the names that a family gives them.

`blocks.3` is a layer by its name in the network, `blocks.-1` one that is counted from the last, and `blocks.3[1]` the second
of the tensors that it gives; without a number in brackets the first is meant. A layer is what holds weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...base.diagnostics import nearest
from ...base.frozen import struct

WRITTEN = re.compile(r"([A-Za-z_]\w*(?:\.(?:\w+|-[1-9]\d*))*)(?:\[(\d{1,3})\])?")


@struct
class ShownLayer:
    """A layer by its path, whose numbers may count from the end, and which of its tensors is meant."""

    path: str
    entry: int = 0


def shown_layer(text: str) -> ShownLayer | None:
    """What is written; None for what names no layer."""
    m = WRITTEN.fullmatch(text)
    return ShownLayer(m[1], int(m[2] or 0)) if m is not None else None


def layer_called(path: str, weights: Iterable[str]) -> str | None:
    """The layer's name in a network with these weights; None where none of them lies in it."""
    left = [n.split(".") for n in weights]
    name: list[str] = []
    for k, part in enumerate(path.split(".")):
        left = [n for n in left if len(n) > k + 1]
        if part.startswith("-"):
            numbers = sorted({int(n[k]) for n in left if n[k].isdigit()})
            part = str(numbers[int(part)]) if int(part[1:]) <= len(numbers) else ""
        left = [n for n in left if n[k] == part]
        name.append(part)
    return ".".join(name) if left else None


def layers_like(path: str, weights: Iterable[str]) -> str:
    """What helps where no layer is called so: the nearest name, or those that are there, from the first part on that no
    layer has."""
    left = [n.split(".") for n in weights]
    known = ""
    for k, part in enumerate(path.split(".")):
        there = dict.fromkeys(n[k] for n in left if len(n) > k + 1)
        same = layer_called(f"{known}.{part}".strip("."), (".".join(n) for n in left))
        if same is None:
            return _offer(known, part, list(there))
        known = same
        left = [n for n in left if n[: k + 1] == known.split(".")]
    return ""


def _offer(known: str, part: str, there: list[str]) -> str:
    """`blocks` has 0 to 29; did you mean `blocks`?"""
    owner = f"`{known}`" if known else "it"
    if not there:
        return f"{owner} holds no layers"
    if all(p.isdigit() for p in there):
        numbers = sorted(map(int, there))
        return f"{owner} has {numbers[0]} to {numbers[-1]}"
    near = nearest(part, there)
    first = f"did you mean `{known + '.' if known else ''}{near}`? " if near is not None else ""
    return f"{first}{owner} has {', '.join(there[:12])}"
