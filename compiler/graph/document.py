"""What a picture holds, as data: `schema.md` says what each field means. Every output is made from it, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from ..base.frozen import fields, struct

SCHEMA = "fdc-graph/1"


@struct
class Place:
    """Lines of a file of FDL, counted from 1, and what is written there."""

    file: str
    line: int
    end: int
    text: str


@struct
class Port:
    """One value that a card takes or gives."""

    name: str
    side: str
    type: str = ""
    space: str = ""
    dims: tuple[tuple[str, str], ...] = ()
    dtype: str = ""
    quantity: str = ""
    sigma: str = ""
    words: str = ""


@struct
class Cost:
    """What one call of a card costs, as far as the plan knows; `flops` and `bytes` are those of one sample."""

    flops: int | None = None
    bytes: int | None = None
    parameters: int | None = None
    forwards: str = ""


@struct
class Card:
    """A node of a picture. `plan` are the nodes of the plan that it stands for."""

    id: str
    kind: str
    title: str
    note: str = ""
    lane: str = "data"
    parent: str | None = None
    ports: tuple[Port, ...] = ()
    trains: bool = False
    frozen: bool = False
    tape: bool = False
    shared: bool = False
    hoisted: bool = False
    doc: str = ""
    trace: tuple[Place, ...] = ()
    plan_line: int | None = None
    formula: str = ""
    cost: Cost | None = None
    plan: tuple[int, ...] = ()
    change: str = ""


@struct
class Edge:
    """A value on its way from one card to another."""

    id: str
    source: str
    source_port: str
    target: str
    target_port: str
    label: str = ""
    quantity: str = ""
    gradient: bool = False
    back: bool = False
    change: str = ""


@struct
class Kernel:
    """A fused group: cards whose arithmetic one kernel computes."""

    id: str
    kernel: str
    nodes: tuple[str, ...]
    bytes_saved: int
    formula: str
    source: str
    lines: tuple[Place, ...]


@struct
class Refusal:
    """Two neighbours that stand in different kernels, and why."""

    nodes: tuple[str, ...]
    reason: str
    lines: tuple[Place, ...] = ()


@struct
class Snapshot:
    """A graph as it is after a pass. `passes` are those since the snapshot before, the last of which is `pass_`."""

    pass_: str
    words: str
    passes: tuple[str, ...]
    nodes: tuple[Card, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Kernel, ...] = ()
    refused: tuple[Refusal, ...] = ()


@struct
class Loss:
    name: str
    weight: str
    normaliser: str
    node: str
    trains: tuple[str, ...]


@struct
class RoleCost:
    """What an update asks of a role on one sample."""

    role: str
    forwards: str
    backwards: bool
    flops: int | None
    bytes: int | None


@struct
class Drawing:
    """One graph: an update, what validation or a product makes, a stage, or the programs of a file."""

    id: str
    kind: str
    title: str
    every: str
    trains: tuple[str, ...]
    snapshots: tuple[Snapshot, ...]
    losses: tuple[Loss, ...] = ()
    roles: tuple[RoleCost, ...] = ()
    program: str = ""


@struct
class Role:
    name: str
    family: str
    variant: str
    train: str
    init: str
    averages: tuple[str, ...]
    parameters: int | None = None
    bytes: int | None = None
    program: str = ""


@struct
class Message:
    """A diagnostic; `node` is the card that stands where it arises, as `graph id/node id`."""

    severity: str
    code: str
    message: str
    help: str
    file: str
    line: int
    node: str | None


@struct
class Words:
    quantity: str
    words: str


@struct
class RunCurves:
    """What a run wrote: a value of each loss, and seconds, for each step in `steps`."""

    steps: tuple[int, ...]
    losses: tuple[tuple[str, tuple[float | None, ...]], ...]
    step_time: tuple[float | None, ...]


@struct
class Document:
    program: str
    kind: str
    doc: str
    sizes: tuple[tuple[str, int], ...]
    trained: tuple[str, ...]
    roles: tuple[Role, ...]
    sources: tuple[tuple[str, str], ...]
    plan: str | None
    legend: tuple[Words, ...]
    graphs: tuple[Drawing, ...]
    diagnostics: tuple[Message, ...] = ()
    run: RunCurves | None = None
    compared_with: str = ""


MAPPINGS = frozenset({("Document", "sizes"), ("Document", "sources"), ("RunCurves", "losses")})
"""Pairs that JSON has as an object."""


def as_data(value: Any) -> Any:
    """A record of this file, or what it holds, as what JSON knows."""
    if isinstance(value, tuple):
        return [as_data(v) for v in value]
    if not hasattr(type(value), "__fields__"):
        return value
    made = {}
    for name in fields(value):
        held = getattr(value, name)
        mapped = (type(value).__name__, name) in MAPPINGS
        made[name.rstrip("_")] = {k: as_data(v) for k, v in held} if mapped else as_data(held)
    return {"schema": SCHEMA, **made} if isinstance(value, Document) else made


def to_json(document: Document) -> str:
    """The document as text, the same bytes for the same program."""
    return json.dumps(as_data(document), ensure_ascii=False, indent=1) + "\n"
