"""What somebody means who names a part of a network: patterns over the names of its layers and weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...base.diagnostics import nearest

ALL_LINEAR = ("all-linear", "all_linear")
Table = Sequence[tuple[str, str]]
"""Parts of the class's names and the parts that the original checkpoint has in their place, each used at most once, in
this order."""


def original(name: str, table: Table) -> str:
    """A layer's name in the original checkpoint."""
    name = f".{name}."
    for ours, theirs in table:
        name = name.replace(f".{ours}.", f".{theirs}.", 1)
    return name.strip(".")


def meant(target: str, names: Iterable[str], table: Table) -> set[str]:
    """The names that a target means, of layers or of parameters.

    A target is a name or its end (`to_q`, `attn1.to_q`), with `*` for any part of it or none (`norm*` is `norm`, too); a
    part of the network that holds
    layers means all of them (`to_out` is `to_out.0`, `attn1` its four); names of the original checkpoint mean the same
    layers (`self_attn.q`).
    """
    pattern = re.compile(
        r"(?:.*\.)?" + r"\w*".join(re.escape(part) for part in target.strip(".").split("*")) + r"(?:\..*)?"
    )
    found = {n for n in names if pattern.fullmatch(n)}
    return found or {n for n in names if pattern.fullmatch(original(n, table))}


def excess(
    layers: Sequence[str], excepted: Sequence[str], names: Sequence[str], table: Table
) -> tuple[str, str, str] | None:
    """What is wrong with exceptions to a part of a network, each of which means something: the pattern, a message, and what
    to do. None where each takes some of the part away, and all of them not the whole."""
    part = set[str]().union(*(meant(n, names, table) for n in layers))
    left = set(part)
    for pattern in excepted:
        out = meant(pattern, names, table)
        if not out & part:
            message = f"`except` names `{pattern}`, and nothing of that name is among what `only` names"
            return pattern, message, "leave it out"
        left -= out
        if not left:
            message = "`except` names all that `only` names, so that nothing is trained"
            return pattern, message, "except less of it"
    return None


def nearest_names(target: str, names: Sequence[str], table: Table) -> str:
    """What may have been meant, and what kinds of layers there are."""
    slip = misspelt(target, names, table)
    first = f"did you mean `{slip[1]}`? " if slip is not None else ""
    kinds = list(dict.fromkeys(n.rpartition(".")[2] if not n[-1].isdigit() else _end(n) for n in names))
    return f"{first}it has {', '.join(kinds[:12])}"


def misspelt(target: str, names: Sequence[str], table: Table) -> tuple[str, str] | None:
    """The first part of a target that no name has, and the part that it is most like; None where none is near."""
    parts = dict.fromkeys(
        part for n in (*names, *(original(n, table) for n in names)) for part in n.split(".")
    )
    strange = (p for p in target.split(".") if "*" not in p and p not in parts)
    return next(((p, near) for p in strange if (near := nearest(p, parts)) is not None), None)


def layers_of(weights: Iterable[str]) -> list[str]:
    """The layers that hold these weights, for messages."""
    return [n.removesuffix(".weight").removesuffix(".bias") for n in weights]


def _end(name: str) -> str:
    """The last part of a name that is no number, and what follows it."""
    parts = name.split(".")
    k = next((k for k in range(len(parts) - 1, -1, -1) if not parts[k].isdigit()), 0)
    return ".".join(parts[k:])
