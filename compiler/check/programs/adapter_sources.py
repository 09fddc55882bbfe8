"""Adapters that a role begins with, or that are merged into its weights, where their files lie here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...base.diagnostics import Fix
from ...base.source import Span
from ...contracts.config_files import BadConfig
from ...contracts.networks.adapter_files import Misfit, local_file, misfits
from ...contracts.networks.adapter_keys import Names
from ...contracts.networks.layer_lists import read_network
from ...syntax import ast
from ...syntax.visitor import nodes
from ..core.family_model import FamilyModel
from .program_state import ProgramState


def check_adapters(
    state: ProgramState, d: ast.RoleDecl, model: FamilyModel, chosen: Mapping[str, Any]
) -> None:
    """Files are held against what the family lists of its networks, those of which it lists nothing by the run."""
    train = chosen.get("train")
    for entry in d.entries:
        merged = chosen.get("adapter") if entry.name == "adapter" else None
        begun = train.get("from") if entry.name == "train" and isinstance(train, Mapping) else None
        text = merged or begun
        if not isinstance(text, str):
            continue
        file = local_file(text, (Path(), state.module.path.parent))
        rank = train.get("rank") if begun and isinstance(train, Mapping) and train["kind"] == "lora" else None
        if file is not None:
            _check(state, entry, model, file, text, rank)


def _check(
    state: ProgramState, entry: ast.Entry, model: FamilyModel, file: Path, text: str, rank: int | None
) -> None:
    for c in model.components.values():
        try:
            network = read_network(model.typed(), c.name, state.library.configs) if c.trainable else None
        except BadConfig:
            return  # told with the role's source
        if network is None or not network.whole:
            continue
        names = Names(c.subfolder, network.original)
        cls = c.cls.rpartition(".")[2]
        for m in misfits(file, text, names, network, cls, rank, state.library.configs):
            place = _place(entry, text)
            state.bag.error("config-mismatch", m.message, place, help=m.help, fixes=_fixes(entry, m))
            return


def _place(entry: ast.Entry, text: str) -> Span:
    texts = (n.span for n in nodes([entry.value]) if isinstance(n, ast.String) and n.value == text)
    return next(texts, entry.span)


def _fixes(entry: ast.Entry, m: Misfit) -> tuple[Fix, ...]:
    args = entry.value.args if isinstance(entry.value, ast.Call) else ()
    at = next((a.value.span for a in args if a.name == "rank"), None)
    return (Fix(m.help.replace("`", ""), at, str(m.rank)),) if m.rank is not None and at is not None else ()
