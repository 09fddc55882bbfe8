"""The traps of `test_contradictions.py` for families of clips: each is told by `fdc check`, before a weight is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from references.cases import all_cases

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

Row = tuple[str, str, object]
"""File, key, and the value that it has not."""

CHANGES: Mapping[str, tuple[Row, ...]] = {
    "wan": (
        ("scheduler/scheduler_config.json", "shift_terminal", 0.1),
        ("scheduler/scheduler_config.json", "invert_sigmas", True),
        ("tokenizer/tokenizer_config.json", "padding_side", "left"),
        ("transformer/config.json", "added_kv_proj_dim", 24),
        ("transformer/config.json", "pos_embed_seq_len", 514),
    ),
    "hunyuan": (
        ("scheduler/scheduler_config.json", "shift_terminal", 0.1),
        ("tokenizer/tokenizer_config.json", "padding_side", "left"),
        ("tokenizer_2/tokenizer_config.json", "padding_side", "left"),
        ("scheduler/scheduler_config.json", "shift", 17.0),
        ("scheduler/scheduler_config.json", "use_dynamic_shifting", True),
        ("vae/config.json", "scaling_factor", 0.13025),
        ("vae/config.json", "latent_channels", 4),
        ("transformer/config.json", "guidance_embeds", False),
        ("transformer/config.json", "image_condition_type", "token_replace"),
        ("transformer/config.json", "in_channels", 33),
        ("transformer/config.json", "rope_theta", 10000.0),
        ("transformer/config.json", "text_embed_dim", 64),
        ("text_encoder/config.json", "hidden_size", 64),
        ("model_index.json", "text_encoder_2", ["transformers", "CLIPTextModelWithProjection"]),
        ("vae/config.json", "temporal_compression_ratio", 8),
    ),
    "hunyuan15": (
        ("transformer/config.json", "use_meanflow", True),
        ("transformer/config.json", "task_type", "i2v"),
        ("tokenizer/tokenizer_config.json", "padding_side", "left"),
        ("tokenizer_2/tokenizer_config.json", "padding_side", "left"),
        ("scheduler/scheduler_config.json", "shift", 9.0),
        ("vae/config.json", "scaling_factor", 0.476986),
        ("transformer/config.json", "in_channels", 65),
        ("transformer/config.json", "image_embed_dim", 1152),
        ("transformer/config.json", "text_embed_2_dim", 1472),
        ("text_encoder_2/config.json", "d_model", 1472),
    ),
    "cosmos1": (
        ("scheduler/scheduler_config.json", "prediction_type", "v_prediction"),
        ("scheduler/scheduler_config.json", "sigma_data", 1.0),
        ("transformer/config.json", "controlnet_block_every_n", 2),
        ("scheduler/scheduler_config.json", "sigma_schedule", "exponential"),
        ("scheduler/scheduler_config.json", "sigma_max", 200.0),
        ("scheduler/scheduler_config.json", "sigma_min", 0.02),
        ("transformer/config.json", "in_channels", 17),
        ("transformer/config.json", "extra_pos_embed_type", None),
        ("transformer/config.json", "text_embed_dim", 1024),
        ("vae/config.json", "latents_mean", [0.0] * 16),
        ("vae/config.json", "latents_std", [1.0] * 250),
        ("vae/config.json", "temporal_compression_ratio", 4),
        ("vae/config.json", "patch_type", "rearrange"),
    ),
    "cosmos": (
        ("scheduler/scheduler_config.json", "use_karras_sigmas", False),
        ("scheduler/scheduler_config.json", "sigma_max", 200.0),
        ("transformer/config.json", "in_channels", 16),
        ("transformer/config.json", "concat_padding_mask", False),
        ("vae/config.json", "latents_mean", [0.0] * 16),
    ),
    "cosmos_image": (
        ("scheduler/scheduler_config.json", "use_karras_sigmas", False),
        ("transformer/config.json", "in_channels", 17),
    ),
    "cosmos1.tiny_v2w": (
        ("scheduler/scheduler_config.json", "sigma_schedule", "exponential"),
        ("transformer/config.json", "in_channels", 16),
        ("vae/config.json", "latents_mean", [0.0] * 16),
    ),
    "cosmos25": (
        ("scheduler/scheduler_config.json", "use_flow_sigmas", False),
        ("transformer/config.json", "img_context_dim_in", 1024),
        ("scheduler/scheduler_config.json", "use_karras_sigmas", False),
        ("scheduler/scheduler_config.json", "sigma_min", 0.002),
        ("transformer/config.json", "in_channels", 16),
        ("transformer/config.json", "use_crossattn_projection", False),
        ("transformer/config.json", "crossattn_proj_in_channels", 100352),
        ("vae/config.json", "latents_std", [1.0] * 16),
    ),
}


@cache
def _written(family: str, place: Path) -> Mapping[str, str]:
    """The JSON of a tiny checkpoint by its path."""
    all_cases()[family].pipeline().save_pretrained(place)
    return {str(p.relative_to(place)): p.read_text("utf-8") for p in place.rglob("*.json")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def _found(family: str, files: Mapping[str, str], folder: Path) -> list[tuple[str, str]]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    text = all_cases()[family].program(folder)
    return [(d.code, d.message) for d in check_source(Source("p.fdl", text), folder / "p.fdl").diagnostics]


@pytest.mark.slow
@pytest.mark.parametrize("family", CHANGES)
def test_what_differs_from_the_contract_is_told(family: str, place: Path, tmp_path: Path) -> None:
    files = _written(family, place / family)
    assert _found(family, files, tmp_path / "whole") == []
    for n, (file, key, value) in enumerate(CHANGES[family]):
        values = json.loads(files[file])
        assert values.get(key) != value
        changed = {**files, file: json.dumps({**values, key: value})}
        found = _found(family, changed, tmp_path / str(n))
        assert any(code == "config-mismatch" and f"`{key}" in said for code, said in found), (key, found)
