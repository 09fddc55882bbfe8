"""Tokenizers and text encoders against the record that conditions the denoiser."""

from __future__ import annotations

from ..base.diagnostics import Label
from ..program.family import Component
from ..types.types import Record, RecordField
from .classes import NOT_TEXT, TEXT_WIDTHS, is_model
from .comparison import Comparison, Config
from .config_files import whole

UNLIMITED = 100_000
"""A tokenizer without a limit writes a number far above this one."""


def compare(c: Comparison) -> None:
    """Only where it is clear which encoder makes what: one of them, and one field of rows."""
    if not c.family.denoise:
        return
    stage = c.family.stages[c.family.denoise]
    records = [(i.declared.type, i) for i in stage.inputs if isinstance(i.declared.type, Record)]
    if len(records) != 1:
        return
    record, param = records[0]
    rows = [f for f in record.fields if len(f.type.dims) == 3 and f.type.kind not in ("i64", "mask")]
    if len(rows) != 1:
        return
    label = Label(param.span, f"`{record}.{rows[0].name}` is {rows[0].type}")
    components = c.family.components.values()
    tokenizers = [k for k in components if "Tokenizer" in k.cls]
    encoders = [k for k in components if _encodes_text(k)]
    if len(tokenizers) == 1:
        _length(c, tokenizers[0], rows[0], label)
    if len(encoders) == 1 and encoders[0].name in c.configs:
        _width(c, c.configs[encoders[0].name], rows[0], label)


def _encodes_text(k: Component) -> bool:
    return k.cls.startswith("transformers.") and is_model(k.cls) and not any(w in k.cls for w in NOT_TEXT)


def _length(c: Comparison, tokenizer: Component, field: RecordField, label: Label) -> None:
    inside = f"{tokenizer.subfolder}/tokenizer_config.json"
    config = c.json(inside)
    wanted = field.type.dims[1].constant
    limit = whole(config.get("model_max_length")) if config is not None else None
    if limit is None or wanted is None or limit >= UNLIMITED or limit >= wanted:
        return
    says = f"`{field.name}` has rows for {wanted} tokens"
    help = "texts are cut at the smaller of the two: give the record as many rows, or correct the tokenizer"
    c.differs("model_max_length", limit, f"{c.shown}/{inside}", says, label, help=help)


def _width(c: Comparison, config: Config, field: RecordField, label: Label) -> None:
    """A row may hold several layers' states side by side, so any whole multiple of the width can be meant."""
    wanted = field.type.dims[-1].constant
    found = config.first(*TEXT_WIDTHS)
    inner = config.values.get("text_config")
    if found is None and isinstance(inner, dict):
        found = next(((f"text_config.{k}", inner[k]) for k in TEXT_WIDTHS if k in inner), None)
    width = whole(found[1]) if found is not None else None
    if found is None or width is None or wanted is None or found[0] in config.component.config:
        return
    if wanted % width:
        c.differs(*found, config.file, f"rows of `{field.name}` are {wanted} wide", label)
