"""What a checkpoint's JSON says against a family's contract is `config-mismatch` before a weight is read: the traps that
change samples in silence.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from references.cases import all_cases

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

SCHEDULER, VAE, INDEX = "scheduler/scheduler_config.json", "vae/config.json", "model_index.json"
TRANSFORMER = "transformer/config.json"
Changes = Mapping[str, object]

TRAPS: Mapping[str, Mapping[str, tuple[str, Changes]]] = {
    "sdxl": {
        "velocities for noise": (SCHEDULER, {"prediction_type": "v_prediction"}),
        "a flow": (SCHEDULER, {"_class_name": "FlowMatchEulerDiscreteScheduler"}),
        "betas of another spacing": (SCHEDULER, {"beta_schedule": "linear"}),
        "another first beta": (SCHEDULER, {"beta_start": 0.0001}),
        "another last beta": (SCHEDULER, {"beta_end": 0.02}),
        "a table of another length": (SCHEDULER, {"num_train_timesteps": 500}),
        "betas one by one": (SCHEDULER, {"trained_betas": [0.1, 0.2]}),
        "no signal at the end": (SCHEDULER, {"rescale_betas_zero_snr": True}),
        "levels of Karras": (SCHEDULER, {"use_karras_sigmas": True}),
        "exponential levels": (SCHEDULER, {"use_exponential_sigmas": True}),
        "a preconditioned network": (SCHEDULER, {"_class_name": "EDMEulerScheduler"}),
        "times by the logarithm of sigma": (SCHEDULER, {"timestep_type": "continuous"}),
        "a grid that ends before data": (SCHEDULER, {"final_sigmas_type": "sigma_min"}),
        "clean latents that are clipped": (SCHEDULER, {"clip_sample": True}),
        "levels by their signal": (SCHEDULER, {"use_lu_lambdas": True}),
        "grids that trail": (SCHEDULER, {"timestep_spacing": "trailing"}),
        "grids without an offset": (SCHEDULER, {"timestep_spacing": "leading", "steps_offset": 0}),
        "the codec of SD 1": (VAE, {"scaling_factor": 0.18215}),
        "means that nobody subtracts": (VAE, {"latents_mean": [1.0, 0.0, 0.0, 0.0]}),
        "distilled guidance": ("unet/config.json", {"time_cond_proj_dim": 256}),
        "no time ids": ("unet/config.json", {"addition_embed_type": "text"}),
        "an encoder without projected text": (
            INDEX,
            {"text_encoder_2": ["transformers", "CLIPTextModel"]},
        ),
        "one tokenizer for both": ("tokenizer_2/tokenizer_config.json", {"pad_token": "<|endoftext|>"}),
        "classes beside texts": ("unet/config.json", {"class_embed_type": "timestep"}),
        "images beside texts": ("unet/config.json", {"encoder_hid_dim_type": "ip_image_proj"}),
        "padding before texts": ("tokenizer_2/tokenizer_config.json", {"padding_side": "left"}),
        "shorter texts": ("tokenizer/tokenizer_config.json", {"model_max_length": 60}),
        "the refiner's numbers": ("unet/config.json", {"projection_class_embeddings_input_dim": 72}),
        "numbers of another width": ("unet/config.json", {"addition_time_embed_dim": 16}),
        "other heads": ("unet/config.json", {"attention_head_dim": [1, 1, 1]}),
        "texts for no text": (INDEX, {"force_zeros_for_empty_prompt": False}),
    },
    "sd35": {
        "another shift": (SCHEDULER, {"shift": 1.0}),
        "a shift by the size": (SCHEDULER, {"use_dynamic_shifting": True}),
        "levels of Karras": (SCHEDULER, {"use_karras_sigmas": True}),
        "an end before data": (SCHEDULER, {"shift_terminal": 0.1}),
        "a way from data to noise": (SCHEDULER, {"invert_sigmas": True}),
        "noise on the way": (SCHEDULER, {"stochastic_sampling": True}),
        "a table of noise": (SCHEDULER, {"_class_name": "DDIMScheduler"}),
        "padding before texts": ("tokenizer_3/tokenizer_config.json", {"padding_side": "left"}),
        "betas": (SCHEDULER, {"beta_schedule": "scaled_linear", "_class_name": "EulerDiscreteScheduler"}),
        "the codec of Flux": (VAE, {"scaling_factor": 0.3611, "shift_factor": 0.1159}),
        "the codec of SDXL": (VAE, {"latent_channels": 4}),
        "another block with two attentions": (
            "transformer/config.json",
            {"dual_attention_layers": [0]},
        ),
        "queries without a norm": ("transformer/config.json", {"qk_norm": None}),
        "another table of positions": ("transformer/config.json", {"pos_embed_max_size": 16}),
        "an encoder without projected text": (INDEX, {"text_encoder": ["transformers", "CLIPTextModel"]}),
        "one tokenizer for both": ("tokenizer_2/tokenizer_config.json", {"pad_token": "<|endoftext|>"}),
        "constants that are swapped": (VAE, {"scaling_factor": 0.0609, "shift_factor": 1.5305}),
        "no shift of latents": (VAE, {"shift_factor": None}),
        "pooled text of the other size first": ("text_encoder/config.json", {"projection_dim": 32}),
        "another order of encoders": ("text_encoder_2/config.json", {"hidden_size": 16}),
    },
    "flux": {
        "one shift for all sizes": (SCHEDULER, {"use_dynamic_shifting": False}),
        "another line of shifts": (SCHEDULER, {"max_shift": 0.9}),
        "a line to other tokens": (SCHEDULER, {"max_image_seq_len": 8192}),
        "an end before data": (SCHEDULER, {"shift_terminal": 0.02}),
        "ticks that are divided by too little": (SCHEDULER, {"num_train_timesteps": 2000}),
        "mu for its exponential": (SCHEDULER, {"time_shift_type": "linear"}),
        "levels of Karras": (SCHEDULER, {"use_karras_sigmas": True}),
        "the codec of Stable Diffusion 3": (VAE, {"scaling_factor": 1.5305, "shift_factor": 0.0609}),
        "no scale of guidance": (TRANSFORMER, {"guidance_embeds": False}),
        "unpacked latents": (TRANSFORMER, {"in_channels": 16}),
        "texts of another width": (TRANSFORMER, {"joint_attention_dim": 64}),
        "an encoder with projected text": (
            INDEX,
            {"text_encoder": ["transformers", "CLIPTextModelWithProjection"]},
        ),
        "a network of another class": (INDEX, {"transformer": ["diffusers", "SD3Transformer2DModel"]}),
    },
    "flux2": {
        "one shift for all sizes": (SCHEDULER, {"use_dynamic_shifting": False}),
        "an end before data": (SCHEDULER, {"shift_terminal": 0.02}),
        "mu for its exponential": (SCHEDULER, {"time_shift_type": "linear"}),
        "padding before texts": ("tokenizer/tokenizer_config.json", {"padding_side": "left"}),
        "the latents of Flux.1": (VAE, {"latent_channels": 16}),
        "another epsilon": (VAE, {"batch_norm_eps": 0.001}),
        "guidance in the network": (TRANSFORMER, {"guidance_embeds": True}),
        "rotations of Flux.1": (TRANSFORMER, {"rope_theta": 10000}),
        "another text encoder": ("text_encoder/config.json", {"hidden_size": 32}),
        "a model that was distilled": (INDEX, {"is_distilled": True}),
    },
    "qwenimage": {
        "no end before data": (SCHEDULER, {"shift_terminal": None}),
        "the line of Flux.1": (SCHEDULER, {"max_shift": 1.15}),
        "the mean of another codec": (VAE, {"latents_mean": [0.0] * 16}),
        "the spread of another codec": (VAE, {"latents_std": [1.0] * 16}),
        "guidance in the network": (TRANSFORMER, {"guidance_embeds": True}),
        "tokens of one latent": (TRANSFORMER, {"in_channels": 16}),
        "a network that edits": (TRANSFORMER, {"zero_cond_t": True}),
        "a network that is told of a mask": (TRANSFORMER, {"use_additional_t_cond": True}),
        "a network of layers": (TRANSFORMER, {"use_layer3d_rope": True}),
        "a codec of layers": (VAE, {"input_channels": 4}),
        "a network of another class": (
            INDEX,
            {"transformer": ["diffusers", "QwenImage21Transformer2DModel"]},
        ),
    },
    "qwenimage21": {
        "no end before data": (SCHEDULER, {"shift_terminal": None}),
        "the line of Flux.1": (SCHEDULER, {"max_shift": 1.15}),
        "the levels of Turbo": (INDEX, {"sample_sigmas": [1.0, 0.95, 0.7, 0.4]}),
        "texts that are told the time": (TRANSFORMER, {"causal_condition": False}),
        "tokens of 2 x 2 latents": (TRANSFORMER, {"patch_size": 2}),
        "texts of another width": (TRANSFORMER, {"context_in_dim": 64}),
        "the mean of another codec": (VAE, {"latents_mean": [0.0] * 64}),
        "the spread of another codec": (VAE, {"latents_std": [1.0] * 64}),
        "pixels without transparency": (VAE, {"in_channels": 3}),
        "the codec of QwenImage 1.0": (INDEX, {"vae": ["diffusers", "AutoencoderKLQwenImage"]}),
        "a network of QwenImage 1.0": (INDEX, {"transformer": ["diffusers", "QwenImageTransformer2DModel"]}),
        "the text encoder of QwenImage 1.0": (
            INDEX,
            {"text_encoder": ["transformers", "Qwen2_5_VLForConditionalGeneration"]},
        ),
    },
    "zimage": {
        "the shift of Turbo": (SCHEDULER, {"shift": 3.0}),
        "a shift by the size": (SCHEDULER, {"use_dynamic_shifting": True}),
        "the codec of Stable Diffusion 3": (VAE, {"scaling_factor": 1.5305, "shift_factor": 0.0609}),
        "images beside captions": (TRANSFORMER, {"siglip_feat_dim": 16}),
        "an end before data": (SCHEDULER, {"shift_terminal": 0.02}),
        "times that are not scaled": (TRANSFORMER, {"t_scale": 1.0}),
        "captions of another width": (TRANSFORMER, {"cap_feat_dim": 32}),
        "patches of another size": (TRANSFORMER, {"all_patch_size": [1]}),
        "another text encoder": ("text_encoder/config.json", {"hidden_size": 32}),
    },
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The JSON of a checkpoint of each family, as diffusers' classes write it."""
    folders = {name: tmp_path_factory.mktemp(name) for name in TRAPS}
    for name, folder in folders.items():
        all_cases()[name].pipeline().save_pretrained(folder)
    return folders


def told(family: str, checkpoint: Path) -> list[tuple[str, str]]:
    case = all_cases()[family]
    found = check_source(Source("ask.fdl", case.program(checkpoint)), checkpoint / "ask.fdl")
    return [(d.code, d.message) for d in found.diagnostics]


@pytest.mark.parametrize("family", TRAPS)
def test_what_diffusers_writes_is_accepted(family: str, checkpoints: Mapping[str, Path]) -> None:
    assert told(family, checkpoints[family]) == []


@pytest.mark.slow
@pytest.mark.parametrize(("family", "trap"), [(f, t) for f, traps in TRAPS.items() for t in traps])
def test_a_contradiction_is_told(
    family: str, trap: str, checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(
        checkpoints[family], tmp_path / "checkpoint", ignore=shutil.ignore_patterns("*.safetensors")
    )
    file, changes = TRAPS[family][trap]
    path = tmp_path / "checkpoint" / file
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}))
    found = told(family, tmp_path / "checkpoint")
    assert {code for code, _ in found} == {"config-mismatch"}, found
    key = next(iter(changes))
    assert any(f"`{key}" in message and file in message for _, message in found), found


def test_a_base_model_is_no_distilled_one(checkpoints: Mapping[str, Path]) -> None:
    text = (
        all_cases()["flux2"].program(checkpoints["flux2"]).replace("flux2.tiny", "flux2.klein_4b_distilled")
    )
    found = check_source(Source("ask.fdl", text), checkpoints["flux2"] / "ask.fdl")
    says = "and `flux2.klein_4b_distilled` says true"
    assert any("`is_distilled` is false" in d.message and says in d.message for d in found.diagnostics)


@pytest.mark.parametrize("family", ["flux", "flux2", "qwenimage", "qwenimage21"])
def test_a_shift_that_follows_the_size_has_no_number(
    family: str, checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    """Schedulers keep a number of their class, which they do not read."""
    shutil.copytree(checkpoints[family], tmp_path / "c", ignore=shutil.ignore_patterns("*.safetensors"))
    path = tmp_path / "c" / SCHEDULER
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "shift": 7.0}))
    assert told(family, tmp_path / "c") == []
