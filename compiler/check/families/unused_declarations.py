"""What a family states and its stages do not use: ticks, and fields of records.

Only stages `by component(...)` can be checked; one `by python(...)` may read anything that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....stages.table import TIME_PARTS
from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...syntax import ast
from ...types.types import TimeType
from ..core.family_model import StageModel

NETWORKS = ("denoise", "feature", "refine")
"""Kinds of stages that pass times and conditioning to a network."""


def check_unread(
    stages: Mapping[str, StageModel],
    records: Iterable[ast.RecordDecl],
    process: ast.ProcessDecl | None,
    bag: Bag,
) -> None:
    networks = [s for s in stages.values() if s.declaration.kind.id in NETWORKS]
    if process is not None:
        _ticks(networks, process, bag)
    for record in records:
        _fields(networks, record, bag)


def _ticks(networks: list[StageModel], process: ast.ProcessDecl, bag: Bag) -> None:
    """A process that states what the network is fed, and a stage that feeds it another number."""
    entry = next((e for e in process.entries if e.name == "ticks"), None)
    timed = [s for s in networks if any(isinstance(p.declared.type, TimeType) for p in s.params)]
    if entry is None or not timed or any(s.parts is None for s in timed):
        return
    read = {(p, part): s for s in timed for p, part in s.parts or ()}
    if any(part == "ticks" for _, part in read):
        return
    fed = [(f"{p}.{part}", s) for (p, part), s in read.items() if part in TIME_PARTS]
    shown, stage = fed[0] if fed else ("", timed[0])
    bag.error(
        "dead-setting",
        f"process `{process.name.id}` says what the network is fed, and no stage reads it",
        entry.span,
        "never read",
        labels=(
            Label(stage.declaration.by.span, f"hands over `{shown}`" if shown else "hands over no time"),
        ),
        help=f"write `{shown.partition('.')[0]}.ticks` for `{shown}`, or leave `ticks` out"
        if shown
        else "hand the network `t.ticks`",
    )


def _fields(networks: list[StageModel], record: ast.RecordDecl, bag: Bag) -> None:
    """A field that no network receives: a mask, for example, so that padding is attended."""
    takers = [
        (s, p.name.id)
        for s in networks
        for p in s.declaration.params
        if isinstance(p.type, ast.TypeExpr) and p.type.name == record.name.id
    ]
    # a record of which nothing is read is reported as a whole, where the stage takes it
    if not takers or any(s.parts is None or n not in {p for p, _ in s.parts} for s, n in takers):
        return
    read = {part for s, name in takers for p, part in s.parts or () if p == name}
    by = takers[0][0].declaration.by.span
    for f in record.fields:
        if f.name.id not in read:
            bag.error(
                "dead-setting",
                f"no network is handed `{f.name.id}` of record `{record.name.id}`",
                f.span,
                "never read",
                labels=(Label(by, "what the network is handed"),),
                help="hand it over, or remove it from the record",
            )
