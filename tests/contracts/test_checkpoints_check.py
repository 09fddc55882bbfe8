"""What `fdc check` says of a checkpoint that lies on this machine: its configs against the family's contract."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from layouts import EDITS_FILES, GONE, PROGRAMS, STILLS_FILES, write
from paths import ROOT

from fdc.compiler.base import limits
from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.base.source import Source
from fdc.compiler.contracts import classes, config_files
from fdc.compiler.contracts.checkpoint import compare
from fdc.compiler.contracts.config_files import Reader
from fdc.compiler.driver.pipeline import check, check_source
from fdc.compiler.program.typed_program import TypedRole

INDEX, SCHEDULER = "model_index.json", "scheduler/scheduler_config.json"
Changes = Mapping[str, Any]


def found(
    folder: Path, name: str, changes: Changes | None = None, edits: Mapping[str, str] | None = None
) -> tuple[Diagnostic, ...]:
    """What is said of a program of `layouts`, its checkpoint changed by file and key, its text by `edits`."""
    text, files = PROGRAMS[name]
    for old, new in (edits or {}).items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    write(folder / "checkpoint", files, changes)
    path = folder / "p.fdl"
    path.write_text(text)
    return check(path).diagnostics


def one(folder: Path, name: str, changes: Changes, edits: Mapping[str, str] | None = None) -> Diagnostic:
    """The one diagnostic; its main place is the source that the program names."""
    diagnostics = found(folder, name, changes, edits)
    assert len(diagnostics) == 1, [d.message for d in diagnostics]
    assert diagnostics[0].span.text == '"checkpoint"' and diagnostics[0].note == "this checkpoint"
    return diagnostics[0]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_checkpoint_that_fits(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, name) == ()


def test_programs_that_ship() -> None:
    """The quickstart's teacher is a checkpoint that lies here, beside the program's file."""
    assert check(ROOT / "programs" / "quickstart.fdl").clean
    assert check(ROOT / "programs" / "wan_dmd2.fdl").clean


MISMATCHES: Mapping[str, tuple[str, Changes, str, str]] = {
    # what differs: the program, the change, the message, the family's words under the label
    "class, by the index": (
        "drawings",
        {INDEX: {"text_encoder": ["transformers", "CLIPTextModelWithProjection"]}},
        "`text_encoder` is CLIPTextModelWithProjection in checkpoint/model_index.json, and `drawings` says "
        "CLIPTextModel",
        "text_encoder",
    ),
    "class, by the config": (
        "stills",
        {INDEX: {"transformer": GONE}, "transformer/config.json": {"_class_name": "FluxTransformer2DModel"}},
        "`_class_name` is FluxTransformer2DModel in checkpoint/transformer/config.json, and `stills` says "
        "SD3Transformer2DModel",
        "transformer",
    ),
    "class, by the architecture": (
        "clips",
        {INDEX: GONE, "text_encoder/config.json": {"architectures": ["UMT5EncoderModel"]}},
        "`architectures` is [UMT5EncoderModel] in checkpoint/text_encoder/config.json, and `clips` says "
        "T5EncoderModel",
        "text_encoder",
    ),
    "an expert that nobody knows": (
        "clips",
        {INDEX: {"transformer_2": ["diffusers", "CogVideoXTransformer3DModel"]}},
        "checkpoint has `transformer_2` (CogVideoXTransformer3DModel), of which `clips` knows nothing",
        "denoise",
    ),
    "an image encoder that nobody knows": (
        "edits",
        {INDEX: {"image_encoder": ["transformers", "CLIPVisionModel"]}},
        "checkpoint has `image_encoder` (CLIPVisionModel), of which `edits` knows nothing",
        "denoise",
    ),
    "weights of a few bits": (
        "stills",
        {"transformer/config.json": {"quantization_config": {"quant_method": "bitsandbytes"}}},
        "`quantization_config` in checkpoint/transformer/config.json: its weights are quantized by bitsandbytes, "
        "and fdc reads floating weights only",
        "transformer",
    ),
    "a stated fact": (
        "stills",
        {"transformer/config.json": {"num_layers": 12}},
        "`num_layers` is 12 in checkpoint/transformer/config.json, and `stills` says 24",
        "num_layers = 24",
    ),
    "channels of a codec": (
        "drawings",
        {"vae/config.json": {"latent_channels": 16}},
        "`latent_channels` is 16 in checkpoint/vae/config.json, and `image` has 4 channels",
        "image",
    ),
    "channels of a codec for video": (
        "edits",
        {"vae/config.json": {"z_dim": 48}},
        "`z_dim` is 48 in checkpoint/vae/config.json, and `moving` has 16 channels",
        "moving",
    ),
    "channels in": (
        "stills",
        {"transformer/config.json": {"in_channels": 33}},
        "`in_channels` is 33 in checkpoint/transformer/config.json, and stage `denoise` hands it 16 channels",
        "hidden_states = x",
    ),
    "channels in, beside each other": (
        "edits",
        {"transformer_2/config.json": {"in_channels": 16}},
        "`in_channels` is 16 in checkpoint/transformer_2/config.json, and stage `denoise` hands it 36 channels",
        "hidden_states = concat(x, c.given, c.image, axis = c)",
    ),
    "channels out": (
        "drawings",
        {"unet/config.json": {"out_channels": 8}},
        "`out_channels` is 8 in checkpoint/unet/config.json, and `image` has 4 channels",
        "predict[image]",
    ),
    "channels out of an expert": (
        "edits",
        {"transformer/config.json": {"out_channels": 36}},
        "`out_channels` is 36 in checkpoint/transformer/config.json, and `moving` has 16 channels",
        "predict[moving]",
    ),
    "pixels, as the codec states them": (
        "edits",
        {"vae/config.json": {"scale_factor_spatial": 16}},
        "`scale_factor_spatial` is 16 in checkpoint/vae/config.json, and `moving` has 8 pixels for a latent",
        "h = H/8",
    ),
    "pixels, by the codec's blocks": (
        "stills",
        {"vae/config.json": {"block_out_channels": [128, 256, 512, 512, 512]}},
        "`block_out_channels` is [128, 256, 512, 512, 512] in checkpoint/vae/config.json, which is 16 pixels for a "
        "latent, and `image` has 8 pixels for a latent",
        "h = H/8",
    ),
    "frames, as the codec states them": (
        "clips",
        {"vae/config.json": {"temporal_compression_ratio": 8}},
        "`temporal_compression_ratio` is 8 in checkpoint/vae/config.json, and `latents` has 4 frames for a latent",
        "t = (F - 1)/4 + 1",
    ),
    "frames, by the codec's blocks": (
        "edits",
        {"vae/config.json": {"temperal_downsample": [False, False, True]}},
        "`temperal_downsample` is [false, false, true] in checkpoint/vae/config.json, which is 2 frames for a latent, "
        "and `moving` has 4 frames for a latent",
        "t = (F - 1)/4 + 1",
    ),
    "a constant that the config lacks": (
        "clips",
        {"vae/config.json": {"scaling_factor": GONE}},
        "checkpoint/vae/config.json has no `scaling_factor`, which `normalize` of `latents` reads",
        "vae.config.scaling_factor",
    ),
    "a constant that is none": (
        "stills",
        {"vae/config.json": {"shift_factor": None}},
        "`shift_factor` is none in checkpoint/vae/config.json, and `normalize` of `image` reads numbers",
        "vae.config.shift_factor",
    ),
    "a constant for other channels": (
        "edits",
        {"vae/config.json": {"latents_mean": [0.5] * 48}},
        "`latents_mean` is a list of 48 in checkpoint/vae/config.json, and `moving` has 16 channels: one number for "
        "all, or one for each",
        "vae.config.latents_mean",
    ),
    "a constant that is nought": (
        "edits",
        {"vae/config.json": {"latents_std": [1.0] * 15 + [0.0]}},
        "`latents_std[15]` is 0 in checkpoint/vae/config.json, and `normalize` of `moving` divides by it",
        "vae.config.latents_std",
    ),
    "a shift that nobody reads": (
        "drawings",
        {"vae/config.json": {"shift_factor": 0.1159}},
        "`shift_factor` is 0.1159 in checkpoint/vae/config.json, and `normalize` of `image` does not read it",
        "normalize = z * vae.config.scaling_factor",
    ),
    "a mean that nobody reads": (
        "stills",
        {"vae/config.json": {"latents_mean": [0.5] * 16}},
        "`latents_mean` is a list of 16 in checkpoint/vae/config.json, and `normalize` of `image` does not read it",
        "normalize = (z - vae.config.shift_factor) * vae.config.scaling_factor",
    ),
    "a scale upside down": (
        "clips",
        {"vae/config.json": {"invert_scale_latents": True}},
        "`invert_scale_latents` is true in checkpoint/vae/config.json, and `normalize` multiplies by `scaling_factor`: "
        "these latents are divided by it",
        "normalize = z * vae.config.scaling_factor",
    ),
    "v for eps": (
        "drawings",
        {SCHEDULER: {"prediction_type": "v_prediction"}},
        "`prediction_type` is v_prediction in checkpoint/scheduler/scheduler_config.json, and process `vp` predicts "
        "`eps`",
        "predict = eps",
    ),
    "eps for v": (
        "clips",
        {SCHEDULER: {"prediction_type": "epsilon"}},
        "`prediction_type` is epsilon in checkpoint/scheduler/scheduler_config.json, and process `vp` predicts "
        "`a*eps - s*x0`",
        "predict = a*eps - s*x0",
    ),
    "data for a velocity": (
        "edits",
        {SCHEDULER: {"prediction_type": "sample"}},
        "`prediction_type` is sample in checkpoint/scheduler/scheduler_config.json, and process `flow` predicts "
        "`eps - x0`",
        "predict = eps - x0",
    ),
    "a shift": (
        "stills",
        {SCHEDULER: {"shift": 1.0}},
        "`shift` is 1.0 in checkpoint/scheduler/scheduler_config.json, and process `flow` has a shift of 3",
        "shift = 3.0",
    ),
    "a flow shift": (
        "edits",
        {SCHEDULER: {"flow_shift": 3.0}},
        "`flow_shift` is 3.0 in checkpoint/scheduler/scheduler_config.json, and process `flow` has a shift of 5",
        "shift = 5.0",
    ),
    "a shift by resolution": (
        "stills",
        {SCHEDULER: {"use_dynamic_shifting": True}},
        "`use_dynamic_shifting` is true in checkpoint/scheduler/scheduler_config.json, and process `flow` has a shift "
        "of 3, whatever the resolution",
        "shift = 3.0",
    ),
    "ticks": (
        "stills",
        {SCHEDULER: {"num_train_timesteps": 4000}},
        "`num_train_timesteps` is 4000 in checkpoint/scheduler/scheduler_config.json, and process `flow` has ticks up "
        "to 1000",
        "ticks = 1000*s",
    ),
    "few ticks": (
        "edits",
        {SCHEDULER: {"num_train_timesteps": 50}},
        "`num_train_timesteps` is 50 in checkpoint/scheduler/scheduler_config.json, and process `flow` has ticks up to "
        "1000",
        "ticks = 1000*s",
    ),
    "a flow's scheduler": (
        "drawings",
        {SCHEDULER: {"_class_name": "FlowMatchEulerDiscreteScheduler"}},
        "`_class_name` is FlowMatchEulerDiscreteScheduler in checkpoint/scheduler/scheduler_config.json, and process "
        "`vp` of `drawings` is variance-preserving noise",
        "noisy = a*x0 + s*eps",
    ),
    "a scheduler with betas": (
        "edits",
        {SCHEDULER: {"use_flow_sigmas": False, "prediction_type": "epsilon"}},
        "`beta_schedule` is linear in checkpoint/scheduler/scheduler_config.json, and process `flow` of `edits` is "
        "flow matching",
        "noisy = (1 - s)*x0 + s*eps",
    ),
    "no signal where all is noise": (
        "drawings",
        {SCHEDULER: {"rescale_betas_zero_snr": True}},
        "`rescale_betas_zero_snr` is true in checkpoint/scheduler/scheduler_config.json, and process `vp` predicts "
        "`eps`, from which nothing can be told where all is noise",
        "predict = eps",
    ),
    "tokens": (
        "stills",
        {"tokenizer/tokenizer_config.json": {"model_max_length": 77}},
        "`model_max_length` is 77 in checkpoint/tokenizer/tokenizer_config.json, and `embeds` has rows for 256 tokens",
        "c: text",
    ),
    "tokens of another": (
        "edits",
        {"tokenizer/tokenizer_config.json": {"model_max_length": 226}},
        "`model_max_length` is 226 in checkpoint/tokenizer/tokenizer_config.json, and `embeds` has rows for 512 tokens",
        "c: guided",
    ),
    "width of an encoder": (
        "drawings",
        {"text_encoder/config.json": {"hidden_size": 1024}},
        "`hidden_size` is 1024 in checkpoint/text_encoder/config.json, and rows of `embeds` are 768 wide",
        "c: text",
    ),
    "width of an encoder inside": (
        "clips",
        {"text_encoder/config.json": {"d_model": GONE, "text_config": {"hidden_size": 3584}}},
        "`text_config.hidden_size` is 3584 in checkpoint/text_encoder/config.json, and rows of `embeds` are 4096 wide",
        "c: text",
    ),
    "width of what attends": (
        "drawings",
        {"unet/config.json": {"cross_attention_dim": 1024}},
        "`cross_attention_dim` is 1024 in checkpoint/unet/config.json, and stage `denoise` hands it rows of 768",
        "encoder_hidden_states = c.embeds",
    ),
    "width of captions": (
        "edits",
        {"transformer/config.json": {"text_dim": 2048}},
        "`text_dim` is 2048 in checkpoint/transformer/config.json, and stage `denoise` hands it rows of 4096",
        "encoder_hidden_states = c.embeds",
    ),
    "width of what is pooled": (
        "stills",
        {"transformer/config.json": {"pooled_projection_dim": 768}},
        "`pooled_projection_dim` is 768 in checkpoint/transformer/config.json, and stage `denoise` hands it rows of "
        "2048",
        "pooled_projections = c.pooled",
    ),
    "patches": (
        "stills",
        {"transformer/config.json": {"patch_size": 3}},
        "`patch_size` is 3 in checkpoint/transformer/config.json, and 3 does not divide h = 64 of `image`",
        "denoise",
    ),
    "patches in time": (
        "clips",
        {"transformer/config.json": {"patch_size_t": 2}},
        "`patch_size_t` is 2 in checkpoint/transformer/config.json, and 2 does not divide t = 21 of `latents`",
        "denoise",
    ),
    "where experts meet": (
        "edits",
        {INDEX: {"boundary_ratio": 0.875}},
        "`boundary_ratio` is 0.875 in checkpoint/model_index.json, and the experts of `edits` meet at 0.9",
        "high",
    ),
}


@pytest.mark.parametrize("what", MISMATCHES)
def test_mismatches(what: str, tmp_path: Path) -> None:
    name, changes, message, place = MISMATCHES[what]
    d = one(tmp_path, name, changes)
    assert (d.code, d.message) == ("config-mismatch", message)
    assert d.labels[0].span.text == place


FITTING: Mapping[str, tuple[str, Changes]] = {
    "an index that lists nothing": ("stills", {INDEX: {k: [None, None] for k in STILLS_FILES[INDEX]}}),
    "no index": ("clips", {INDEX: GONE}),
    "no scheduler": ("drawings", {SCHEDULER: GONE}),
    "a tokenizer without a file": ("stills", {"tokenizer/tokenizer_config.json": {"model_max_length": GONE}}),
    "an encoder in the whole model": (
        "stills",
        {
            INDEX: {"text_encoder": ["transformers", "T5ForConditionalGeneration"]},
            "text_encoder/config.json": {"architectures": ["T5ForConditionalGeneration"]},
        },
    ),
    "a model of nobody's library": ("drawings", {INDEX: {"guard": ["guards", "GuardModel"]}}),
    "keys of newer releases left out": (
        "edits",
        {
            f: {"in_channels": GONE, "out_channels": GONE, "text_dim": GONE}
            for f in EDITS_FILES
            if "transf" in f
        },
    ),
    "one number for all channels": ("edits", {"vae/config.json": {"latents_std": [2.0]}}),
    "constants that change nothing": (
        "drawings",
        {"vae/config.json": {"shift_factor": 0.0, "latents_mean": [0.0] * 4, "latents_std": [1.0] * 4}},
    ),
    "layers side by side": ("stills", {"text_encoder/config.json": {"d_model": 1024}}),
    "a width for each block": ("drawings", {"unet/config.json": {"cross_attention_dim": [768] * 4}}),
    "a projection of what attends": (
        "drawings",
        {"unet/config.json": {"encoder_hid_dim": 768, "cross_attention_dim": 2048}},
    ),
    "a scheduler that samples otherwise": (
        "clips",
        {SCHEDULER: {"flow_shift": 1.0, "use_flow_sigmas": False}},
    ),
    "ticks from nought": ("stills", {SCHEDULER: {"num_train_timesteps": 1001}}),
    "what diffusers writes that is no JSON": ("drawings", {SCHEDULER: {"lambda_min_clipped": float("-inf")}}),
    "an unknown prediction": ("drawings", {SCHEDULER: {"prediction_type": "trigflow"}}),
}


@pytest.mark.parametrize("what", FITTING)
def test_what_is_no_mismatch(what: str, tmp_path: Path) -> None:
    name, changes = FITTING[what]
    assert [d.message for d in found(tmp_path, name, changes)] == []


# the family's side


@pytest.mark.parametrize(
    ("name", "edits", "changes", "message"),
    [
        (
            "stills",
            {"(z - vae.config.shift_factor) * vae": "z * vae"},
            {},
            "`shift_factor` is 0.0609 in checkpoint/vae/config.json, and `normalize` of `image` does not read it",
        ),
        (
            "drawings",
            {"normalize = z * vae.config.scaling_factor": "normalize = z"},
            {},
            "`scaling_factor` is 0.18215 in checkpoint/vae/config.json, and `normalize` of `image` does not read it",
        ),
        (
            "clips",
            {"z * vae.config.scaling_factor": "z / vae.config.scaling_factor"},
            {},
            "`invert_scale_latents` is false in checkpoint/vae/config.json, and `normalize` divides by "
            "`scaling_factor`: these latents are multiplied by it",
        ),
        (
            "edits",
            {", shift = 5.0": ""},
            {},
            "`flow_shift` is 5.0 in checkpoint/scheduler/scheduler_config.json, and process `flow` has a shift of 1",
        ),
    ],
)
def test_a_family_that_forgets(
    name: str, edits: Mapping[str, str], changes: Changes, message: str, tmp_path: Path
) -> None:
    d = one(tmp_path, name, changes, edits)
    assert d.message == message


def test_the_rule_that_goes_with_the_constants_is_offered(tmp_path: Path) -> None:
    wanted = "(z - vae.config.shift_factor) * vae.config.scaling_factor"
    d = one(tmp_path, "stills", {}, {wanted: "z"})
    assert d.help == f"`normalize = {wanted}`"
    assert d.facts == ("`shift_factor` is 0.0609, and is not read either",)
    assert (
        found(
            tmp_path,
            "clips",
            {"vae/config.json": {"invert_scale_latents": True}},
            {"z * vae.config.scaling_factor": "z / vae.config.scaling_factor"},
        )
        == ()
    )


def test_constants_written_out_are_applied(tmp_path: Path) -> None:
    written = {"(z - vae.config.shift_factor) * vae.config.scaling_factor": "(z - 0.0609) * 1.5305"}
    assert found(tmp_path, "stills", {}, written) == ()
    d = one(tmp_path, "stills", {"vae/config.json": {"scaling_factor": 0.3611}}, written)
    assert "`scaling_factor` is 0.3611" in d.message


@pytest.mark.parametrize(
    ("name", "process", "changes"),
    [
        ("stills", "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 8.0", {}),
        (
            "stills",
            "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 8.0",
            {SCHEDULER: {"use_dynamic_shifting": True}},
        ),
        (
            "edits",
            "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 1.0",
            {SCHEDULER: {"flow_shift": 12.0}},
        ),
    ],
)
def test_a_program_may_state_the_shift(name: str, process: str, changes: Changes, tmp_path: Path) -> None:
    own = {"  role student": f"  process own {{ {process} }}\n  role student"}
    assert found(tmp_path, name, changes, own) == ()


def test_the_help_is_what_a_program_may_state(tmp_path: Path) -> None:
    d = one(tmp_path, "stills", {SCHEDULER: {"shift": 7.0}})
    stated = d.help.split("`")[1]
    assert stated.startswith("process flow {") and stated.endswith("shift = 7 }")
    own = {"  role student": f"  {stated}\n  role student"}
    assert found(tmp_path, "stills", {SCHEDULER: {"shift": 7.0}}, own) == ()


def test_a_variant_may_state_the_shift(tmp_path: Path) -> None:
    large = {
        "  variant large { ": "  variant large { process.shift = 6.0, ",
        'stills("checkpoint")': 'stills.large("checkpoint")',
    }
    changes = {"transformer/config.json": {"num_layers": 38}}
    assert found(tmp_path, "stills", changes, large) == ()


def test_a_program_that_states_a_process_without_a_shift_has_not_chosen_one(tmp_path: Path) -> None:
    own = {
        "  role student": "  process own { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }\n"
        "  role student"
    }
    assert "`shift` is 3.0" in one(tmp_path, "stills", {}, own).message


def test_trained_weights_may_learn_another_prediction(tmp_path: Path) -> None:
    """A program's own process says what its student will predict; a frozen network says what it always said."""
    process = "process v { noisy = a*x0 + s*eps, predict = a*eps - s*x0, ticks = unet.schedule(s) }"
    own = {"  role student": f"  {process}\n  role student"}
    assert found(tmp_path, "drawings", {}, own) == ()
    text = PROGRAMS["drawings"][0]
    frozen = {
        text[
            text.index("  use finetune") : text.rindex("}")
        ]: '  produce made = student.clean(batch) to shards("made") { count = 1 }\n',
        " { train = full }": "",
        **own,
    }
    assert "`prediction_type` is epsilon" in one(tmp_path, "drawings", {}, frozen).message


# one cause, one diagnostic


def test_the_variant_that_a_checkpoint_is_is_offered(tmp_path: Path) -> None:
    d = one(tmp_path, "stills", {"transformer/config.json": {"num_layers": 38}})
    assert d.help == "this checkpoint fits `stills.large`"
    (fix,) = d.fixes
    text = (tmp_path / "p.fdl").read_text()
    fixed = text[: fix.span.start] + fix.text + text[fix.span.end :]
    assert 'role student = stills.large("checkpoint")' in fixed
    (tmp_path / "p.fdl").write_text(fixed)
    assert check(tmp_path / "p.fdl").diagnostics == ()
    other = one(
        tmp_path,
        "stills",
        {"transformer/config.json": {"num_layers": 24}},
        {'stills("checkpoint")': 'stills.large("checkpoint")'},
    )
    assert other.fixes == ()  # the family itself is no variant


def test_a_codec_of_another_family_is_told_once(tmp_path: Path) -> None:
    stated = {
        "diffusers.AutoencoderKLWan { dtype = f32 }": "diffusers.AutoencoderKLWan { config = { z_dim = 16 } }"
    }
    other = {"z_dim": 48, "latents_mean": [0.5] * 48, "latents_std": [1.5] * 48, "scale_factor_spatial": 16}
    d = one(tmp_path, "edits", {"vae/config.json": other}, stated)
    assert "`z_dim` is 48" in d.message


def test_a_fact_that_the_family_states_is_not_derived_again(tmp_path: Path) -> None:
    """It is compared with what the family's own stages hand over, and a checkpoint with it."""
    right = {"config = { num_layers = 24 }": "config = { num_layers = 24, in_channels = 16 }"}
    assert found(tmp_path, "stills", {}, right) == ()
    assert (
        "`in_channels` is 17"
        in one(tmp_path, "stills", {"transformer/config.json": {"in_channels": 17}}, right).message
    )
    wrong = {"config = { num_layers = 24 }": "config = { num_layers = 24, in_channels = 17 }"}
    told = found(tmp_path, "stills", {"transformer/config.json": {"in_channels": 17}}, wrong)
    assert [d.message for d in told] == [
        "`transformer` has `in_channels = 17`, and stage `denoise` hands it 16 channels"
    ]


def test_causes_of_their_own_are_all_told(tmp_path: Path) -> None:
    changes = {
        "transformer/config.json": {"num_layers": 12},
        "vae/config.json": {"shift_factor": None},
        SCHEDULER: {"shift": 1.0, "num_train_timesteps": 4000},
    }
    keys = [d.message.split("`")[1] for d in found(tmp_path, "stills", changes)]
    assert sorted(keys) == ["num_layers", "num_train_timesteps", "shift", "shift_factor"]


def test_roles_that_read_alike_are_told_together(tmp_path: Path) -> None:
    second = {
        "  data shots": '  role teacher = stills("checkpoint")\n  data shots',
        "  optimize": "  validate every 5 { sample = teacher.sample(batch) }\n  optimize",
    }
    d = one(tmp_path, "stills", {"vae/config.json": {"latent_channels": 4}}, second)
    assert d.labels[-1].text == "read here too" and d.labels[-1].span.line == d.span.line + 1


# files


def test_components_that_are_missing(tmp_path: Path) -> None:
    d = one(tmp_path, "drawings", {"vae/config.json": GONE})
    assert d.code == "missing-file"
    assert d.message == "component `vae` is not in checkpoint: there is no folder checkpoint/vae"
    shutil.rmtree(tmp_path / "checkpoint")
    (tmp_path / "checkpoint").mkdir()
    (d,) = check(tmp_path / "p.fdl").diagnostics
    assert d.message.startswith("components `unet`, `vae`, `text_encoder`, `tokenizer` are not in checkpoint")


def test_a_component_without_its_config(tmp_path: Path) -> None:
    found(tmp_path, "drawings")
    (tmp_path / "checkpoint" / "unet" / "config.json").unlink()
    (d,) = check(tmp_path / "p.fdl").diagnostics
    assert d.code == "missing-file"
    assert d.message == "component `unet` has no config.json: there is no file checkpoint/unet/config.json"


@pytest.mark.parametrize(
    ("setting", "there"),
    [("optional", False), ('fallback = "other"', True), ('fallback = "some/model"', False)],
)
def test_optional_components_and_fallbacks(
    setting: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if there:
        write(tmp_path / "other", {"text_encoder/config.json": {"architectures": ["CLIPTextModel"]}})
    edit = {"transformers.CLIPTextModel": f"transformers.CLIPTextModel {{ {setting} }}"}
    assert found(tmp_path, "drawings", {"text_encoder/config.json": GONE}, edit) == ()
    if there:
        write(tmp_path / "other", {"text_encoder/config.json": {"architectures": ["BertModel"]}})
        d = one(tmp_path, "drawings", {"text_encoder/config.json": GONE}, edit)
        assert "`architectures` is [BertModel] in other/text_encoder/config.json" in d.message


def test_a_folder_that_is_not_here_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "p.fdl").write_text(PROGRAMS["stills"][0])
    assert check(tmp_path / "p.fdl").diagnostics == ()
    (tmp_path / "checkpoint").write_text("a file")
    assert check(tmp_path / "p.fdl").diagnostics == ()


def test_sources_are_looked_for_in_the_working_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one(tmp_path, "stills", {"vae/config.json": {"latent_channels": 4}})
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere / "checkpoint", STILLS_FILES)
    monkeypatch.chdir(elsewhere)
    assert check(tmp_path / "p.fdl").diagnostics == ()


BROKEN: Mapping[str, tuple[bytes, str]] = {
    "large": (b"{" + b" " * limits.CONFIG_BYTES + b"}", "is larger than 4 MB"),
    "deep": (b"[" * 100_000, "is nested too deeply"),
    "deep objects": (b'{"a":' * 100_000, "is nested too deeply"),
    "a list": (b"[1, 2]", "holds no JSON object"),
    "no text": (b"\xff\xfe{}", "cannot be read"),
    "cut": (b'{"in_channels": ', "cannot be read"),
    "empty": (b"", "cannot be read"),
    "digits": (b'{"in_channels": ' + b"9" * 100_000 + b"}", "cannot be read"),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("file", ["model_index.json", "vae/config.json", SCHEDULER])
def test_broken_files_are_named(what: str, file: str, tmp_path: Path) -> None:
    content, words = BROKEN[what]
    found(tmp_path, "stills")
    (tmp_path / "checkpoint" / file).write_bytes(content)
    (d,) = check(tmp_path / "p.fdl").diagnostics
    assert d.code == "missing-file" and d.message.startswith(f"checkpoint/{file} ") and words in d.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    found(tmp_path, "stills")
    folder = tmp_path / "checkpoint"
    (folder / "vae" / "config.json").unlink()
    os.mkfifo(folder / "vae" / "config.json")
    (folder / "scheduler" / "scheduler_config.json").unlink()
    os.symlink("/dev/zero", folder / "scheduler" / "scheduler_config.json")
    (folder / "transformer" / "config.json").unlink()
    os.symlink("config.json", folder / "transformer" / "config.json")
    (folder / "model_index.json").unlink()
    (folder / "model_index.json").mkdir()
    messages = sorted(d.message for d in check(tmp_path / "p.fdl").diagnostics)
    assert [m.split(" ")[0].removeprefix("checkpoint/") for m in messages] == [
        "model_index.json",
        SCHEDULER,
        "transformer/config.json",
        "vae/config.json",
    ]
    assert sum("is no regular file" in m for m in messages) == 3
    shutil.rmtree(folder)
    os.symlink("checkpoint", folder)
    assert check(tmp_path / "p.fdl").diagnostics == ()


def test_configs_are_read_up_to_a_size_in_all(tmp_path: Path) -> None:
    found(tmp_path, "stills", {"vae/config.json": {"note": "x" * 3000}})
    messages = [
        d.message for d in compared(tmp_path / "checkpoint", "stills", config_files.Reader(left=3000))
    ]
    assert any(
        m.startswith("checkpoint/vae/config.json is not read") and "larger than 8 MB" in m for m in messages
    )


@cache
def contract(name: str) -> TypedRole:
    path = Path(__file__).with_name("nowhere.fdl")
    checked = check_source(Source(str(path), PROGRAMS[name][0]), path)
    assert checked.clean
    return checked.programs[0].roles["student"]


def compared(folder: Path, name: str, read: config_files.Reader | None = None) -> list[Diagnostic]:
    role = contract(name)
    return compare(
        role.family,
        folder,
        "checkpoint",
        role.span,
        trained=True,
        base=folder,
        read=read or config_files.Reader(),
    ).found


STRANGE: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    1e300,
    float("nan"),
    float("-inf"),
    10**300,
    "",
    "16",
    "\x1b[2J\ud800",
    [],
    [None],
    ["a"] * 20,
    [[1], [2]],
    {},
    {"a": {}},
)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_of_any_type(name: str, tmp_path: Path) -> None:
    """Whatever stands in a config is compared or passed over, and shown as text that a terminal may print."""
    more = ("patch_size_t", "shift_factor", "invert_scale_latents", "text_config", "scale_factor_spatial")
    files = PROGRAMS[name][1]
    write(tmp_path, files)
    for file, content in files.items():
        for key in {*content, *more}:
            for value in STRANGE:
                (tmp_path / file).write_text(json.dumps({**content, key: value}))
                for d in compared(tmp_path, name):
                    assert d.code in ("config-mismatch", "missing-file")
                    assert "\x1b" not in d.message and d.message.encode() and len(d.message) < 300
        write(tmp_path, {file: content})


def test_a_checkpoint_is_read_without_heavy_modules(tmp_path: Path) -> None:
    found(tmp_path, "edits")
    code = (
        "import sys; from fdc.compiler.cli.main import main; "
        f"status = main(['check', {str(tmp_path / 'p.fdl')!r}]); "
        "heavy = {'torch', 'safetensors', 'numpy', 'diffusers', 'transformers', 'huggingface_hub'} & set(sys.modules); "
        "sys.exit(status or len(heavy) and str(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_defaults_are_those_of_the_classes() -> None:
    """What a class takes for a key that a config leaves out, as the library says today."""
    import inspect

    import diffusers

    for cls, codec in classes.CODECS.items():
        parameters = inspect.signature(getattr(diffusers, cls).__init__).parameters
        assert {k: parameters[k].default for k in codec.defaults} == codec.defaults
    assert classes.CODECS["AutoencoderKL"].defaults
    assert all(hasattr(diffusers, cls) for cls in classes.SCHEDULERS)


def test_json_of_a_message_is_plain(tmp_path: Path) -> None:
    from fdc.compiler.report.render import render

    diagnostics = found(tmp_path, "stills", {INDEX: {"tra\ud800ns": ["diffusers", "X\x1bModel"]}})
    assert json.loads(render(diagnostics, "json", False, 100))["diagnostics"]
    render(diagnostics, "json", False, 100).encode()


def weights(path: Path, names: Mapping[str, int], cut: int = 0) -> None:
    """A .safetensors file of float32 vectors."""
    at, header = 0, {}
    for name, count in names.items():
        header[name] = {"dtype": "F32", "shape": [count], "data_offsets": [at, at + 4 * count]}
        at += 4 * count
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + bytes(at)
    path.write_bytes(data[: len(data) - cut])


PART = "checkpoint/transformer/"
WEIGHTS = f"{PART}diffusion_pytorch_model.safetensors"
FAULTS: Mapping[str, tuple[Any, str]] = {
    "half precision alone": (
        lambda f: weights(f / "diffusion_pytorch_model.fp16.safetensors", {"a": 1}),
        "component `transformer` has its weights only in fp16, as "
        f"{PART}diffusion_pytorch_model.fp16.safetensors",
    ),
    "half precision alone, in shards": (
        lambda f: (f / "diffusion_pytorch_model.safetensors.index.fp16.json").write_text("{}"),
        "component `transformer` has its weights only in fp16, as "
        f"{PART}diffusion_pytorch_model.safetensors.index.fp16.json",
    ),
    "pickled": (
        lambda f: (f / "diffusion_pytorch_model.bin").write_bytes(b""),
        f"component `transformer` has its weights only as {PART}diffusion_pytorch_model.bin, not as .safetensors",
    ),
    "cut off": (
        lambda f: weights(f / "diffusion_pytorch_model.safetensors", {"a": 10}, cut=3),
        f"the weights of component `transformer`: {WEIGHTS} is cut off: ",
    ),
    "a pointer to a file elsewhere": (
        lambda f: (f / "diffusion_pytorch_model.safetensors").write_text("version https://git-lfs\n" * 5),
        f"the weights of component `transformer`: {WEIGHTS} is no .safetensors file",
    ),
    "a shard that is not there": (
        lambda f: (f / "diffusion_pytorch_model.safetensors.index.json").write_text(
            json.dumps({"weight_map": {"a": "one.safetensors"}})
        ),
        f"the weights of component `transformer`: there is no file {PART}one.safetensors",
    ),
    "an index that is no JSON": (
        lambda f: (f / "diffusion_pytorch_model.safetensors.index.json").write_text("["),
        f"the weights of component `transformer`: {WEIGHTS}.index.json cannot be read",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_weights_that_no_run_could_load(fault: str, tmp_path: Path) -> None:
    write(tmp_path / "checkpoint", PROGRAMS["stills"][1])
    make, message = FAULTS[fault]
    make(tmp_path / "checkpoint" / "transformer")
    (d,) = found(tmp_path, "stills")
    assert d.code == "missing-file" and d.message.startswith(message)


def test_tensors_that_the_network_needs(tmp_path: Path) -> None:
    """A family with a list of its layers: `mini`, whose own weights are whole."""
    shutil.copytree(ROOT / "families" / "mini" / "weights", tmp_path / "weights")
    program = (ROOT / "programs" / "quickstart.fdl").read_text()
    path = tmp_path / "p.fdl"
    path.write_text(re.sub(r'mini\("[^"]*"', f'mini("{tmp_path}/weights"', program))
    assert check(path).clean
    file = tmp_path / "weights" / "transformer" / "diffusion_pytorch_model.safetensors"
    header = Reader().header(file).values
    kept = [n for n in header if n != "__metadata__" and not n.startswith("blocks.1.attn1.to_k.")]
    weights(file, {**dict.fromkeys(kept, 1), "blocks.1.attn1.k.weight": 1})
    told = check(path).diagnostics
    assert {(d.code, d.facts) for d in told} == {
        ("config-mismatch", ("missing: blocks.1.attn1.to_k.bias, blocks.1.attn1.to_k.weight",))
    }
    assert len({d.span.line for d in told}) == len(told)  # once a program
