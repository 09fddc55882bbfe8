"""Layers by the names that a family gives them, against those of the file beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.contracts.networks.shown_layers import ShownLayer, layer_called, layers_like, shown_layer
from fdc.compiler.driver.pipeline import check

WEIGHTS = [f"blocks.{k}.attn.{n}.weight" for k in range(12) for n in ("to_q", "to_k")] + ["proj_out.bias"]


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("blocks.3", ShownLayer("blocks.3")),
        ("blocks.-1.attn[2]", ShownLayer("blocks.-1.attn", 2)),
        ("blocks.-0", None),
        ("blocks[1].attn", None),
        ("blocks.", None),
        ("3", None),
    ],
)
def test_how_a_layer_is_written(text: str, layer: ShownLayer | None) -> None:
    assert shown_layer(text) == layer


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("blocks.10", "blocks.10"),
        ("blocks.-1", "blocks.11"),
        ("blocks.-12.attn", "blocks.0.attn"),
        ("blocks.-13", None),
        ("blocks.12", None),
        ("proj_out", "proj_out"),
        ("proj_out.bias", None),
        ("proj", None),
    ],
)
def test_which_layer_is_meant(path: str, name: str | None) -> None:
    assert layer_called(path, WEIGHTS) == name


@pytest.mark.parametrize(
    ("path", "help"),
    [
        ("blocks.12", "`blocks` has 0 to 11"),
        ("block.1", "did you mean `blocks`? it has blocks, proj_out"),
        ("blocks.-1.atn", "did you mean `blocks.11.attn`? `blocks.11` has attn"),
        ("blocks.2.attn.to_q.lora", "`blocks.2.attn.to_q` holds no layers"),
    ],
)
def test_what_is_offered(path: str, help: str) -> None:
    assert layers_like(path, WEIGHTS) == help


def test_a_family_names_layers_that_each_variant_has(tmp_path: Path) -> None:
    for name in ("wan.fdl", "wan.layers.json", "binding.py", "blocks.py", "original_names.py"):
        shutil.copy(ROOT / "families" / "wan" / name, tmp_path)
    path = tmp_path / "wan.fdl"
    path.write_text(path.read_text().replace("blocks.39", "blocks.40").replace('"blocks.1"]', '"block.1"]'))
    said = [(d.span.text, d.message) for d in check(path).diagnostics]
    assert said == [
        ('"blocks.40"', "`transformer` of `wan.t2v_14b` has no layer `blocks.40`"),
        ('"block.1"', "`transformer` of `wan.tiny` has no layer `block.1`"),
    ]
