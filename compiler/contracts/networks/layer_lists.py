"""The layers and weights of the networks that a family trains, as a file beside it states them: `FAMILY.layers.json`.

`fdc new layers FAMILY.fdl` writes the file from the classes themselves, and a test of fdc compares those of its own
families. By family and component:

    {"mine": {"transformer": {
        "original": ["attn1 = self_attn"],
        "networks": [{"variants": ["small"], "layers": ["blocks.{0..29}.attn1.{to_k,to_q}"],
                      "weights": ["blocks.{0..29}.attn1.{to_k,to_q}.{bias,weight}"]}]}}}

`layers` are those that an adapter can go into (linear and convolutional ones), `weights` all parameters; `{0..29}` and
`{a,b}` stand for each of these. `variants` has "" where the family has none. `original` turns parts of the names into those
of the checkpoint that was published first, as `ORIGINAL_NAMES` of the family's binding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from pathlib import Path

from ...base import limits
from ...base.frozen import struct
from ...program.family import Family
from ..config_files import BadConfig, Reader
from .layer_names import Table

SUFFIX = ".layers.json"
BRACES = re.compile(r"\{([^{}]*)\}")
Item = tuple[tuple[str, ...], ...]
"""A name by its parts, each with those that may stand in its place."""
RANGE = re.compile(r"(\d{1,6})\.\.(\d{1,6})")


@struct
class Network:
    """The layers and weights of one component. `whole` is false where they are those of any variant, since a program names
    none: a checkpoint may then have more blocks."""

    layers: tuple[str, ...]
    weights: tuple[str, ...]
    original: Table = ()
    whole: bool = True


def beside(family: Path) -> Path:
    """The file that goes with a family's file."""
    return family.with_suffix(SUFFIX)


def read_network(family: Family, component: str, read: Reader) -> Network | None:
    """What the file beside a family says of a component; None where it says nothing. Raises `BadConfig`."""
    said = read(beside(Path(family.path))) or {}
    try:
        of_component = said.get(family.name, {}).get(component)  # type: ignore[attr-defined]
        if of_component is None:
            return None
        table = tuple((a, b) for a, b in (row.split(" = ") for row in of_component["original"]))
        own = [n for n in of_component["networks"] if (family.variant or "") in n["variants"]]
        some = own or ([] if family.variant else of_component["networks"])
        found = [{key: _expanded(n[key]) for key in ("layers", "weights")} for n in some]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise BadConfig("is not as `fdc new layers` writes it") from None
    if not found:
        return None
    layers, weights = (
        tuple(dict.fromkeys(n for f in found for n in f[key])) for key in ("layers", "weights")
    )
    return Network(layers, weights, table, whole=bool(own))


def written(names: Iterable[str]) -> list[str]:
    """Names as few patterns: blocks of equal parts as ranges, parts beside each other in braces."""
    items: set[Item] = {tuple((part,) for part in n.split(".")) for n in names}
    longest = max((len(i) for i in items), default=0)
    for at, of_numbers in (
        *((at, True) for at in range(longest)),
        *((at, False) for at in range(longest)[::-1]),
    ):
        groups: dict[tuple[Item, Item], set[str]] = {}
        rest: set[Item] = set()
        for item in items:
            if at < len(item) and all(p.isdigit() == of_numbers for p in item[at]):
                groups.setdefault((item[:at], item[at + 1 :]), set()).update(item[at])
            else:
                rest.add(item)
        joined = ((*head, tuple(sorted(parts, key=_order)), *tail) for (head, tail), parts in groups.items())
        items = rest | set(joined)
    return sorted((".".join(map(_braces, item)) for item in items), key=_order)


def _order(text: str) -> list[tuple[bool, int, str]]:
    return [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in re.split(r"(\d+)", text)]


def _braces(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    if parts[0].isdigit():
        first, last = int(parts[0]), int(parts[-1])
        if [str(n) for n in range(first, last + 1)] == list(parts):
            return f"{{{first}..{last}}}"
    return f"{{{','.join(parts)}}}"


def _expanded(patterns: object) -> list[str]:
    """The names that patterns stand for. Raises ValueError for what is no list of patterns, or too many names."""
    if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        raise ValueError
    choices = [[_alternatives(t) if k % 2 else [t] for k, t in enumerate(BRACES.split(p))] for p in patterns]
    if sum(prod(len(c) for c in some) for some in choices) > limits.LAYERS:
        raise ValueError
    return ["".join(parts) for some in choices for parts in product(*some)]


def _alternatives(inside: str) -> Sequence[str]:
    m = RANGE.fullmatch(inside)
    if m is None:
        return inside.split(",")
    if int(m[2]) - int(m[1]) > limits.LAYERS:
        raise ValueError
    return [str(n) for n in range(int(m[1]), int(m[2]) + 1)]
