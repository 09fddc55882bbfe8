"""QwenImage 1.0."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import VAE, tokenizer
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from torch import Tensor
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from ..cases import Asked, Case, Made, statistics
from .packed import PACKED

LENGTH = 64
TRANSFORMER = {
    "patch_size": 2,
    "in_channels": 64,
    "out_channels": 16,
    "num_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 32,
    "axes_dims_rope": (4, 6, 6),
}
TEXT = {
    "vocab_size": 320,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 1,
}
VISION = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 32}
LINE = {"base_shift": 0.5, "max_shift": 0.9, "base_image_seq_len": 256, "max_image_seq_len": 8192}


def pipeline(seed: int = 0) -> QwenImagePipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = Qwen2_5_VLConfig(text_config=TEXT, vision_config=VISION)
        return QwenImagePipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(
                shift=1.0, use_dynamic_shifting=True, shift_terminal=0.02, **LINE
            ),
            vae=AutoencoderKLQwenImage(**VAE).eval(),
            text_encoder=Qwen2_5_VLForConditionalGeneration(config).eval(),
            tokenizer=tokenizer(),
            transformer=QwenImageTransformer2DModel(**TRANSFORMER).eval(),
        )


def packed(noise: Tensor) -> Tensor:
    b, c, h, w = noise.shape
    return QwenImagePipeline._pack_latents(noise[:, None], b, c, h, w)


def begin_at_the_prompt(pipeline: Any) -> None:
    """With bytes for tokens the template is longer than Qwen's 34."""
    before = pipeline.prompt_template_encode.partition("{}")[0]
    pipeline.prompt_template_encode_start_idx = len(before.encode())


def stages(pipeline: Any, asked: Asked) -> Made:
    begin_at_the_prompt(pipeline)

    def text(prompts: list[str]) -> tuple[Tensor, Tensor]:
        rows, mask = pipeline.encode_prompt(prompts, max_sequence_length=LENGTH)
        mask = torch.ones(rows.shape[:2]) if mask is None else mask
        behind = LENGTH - rows.shape[1]
        return (
            torch.nn.functional.pad(rows, (0, 0, 0, behind)),
            torch.nn.functional.pad(mask, (0, behind)).bool(),
        )

    prompts = asked.batch["prompt"]
    cond, mask = text(prompts)
    uncond, other = text([""] * len(prompts))
    mean, std = statistics(pipeline.vae)
    clean = (pipeline.vae.encode(asked.batch["image"][:, :, None]).latent_dist.mode()[:, :, 0] - mean) / std
    noisy = asked.made["noisy"]
    b, _, h, w = noisy.shape
    said = pipeline.transformer(
        hidden_states=packed(noisy),
        timestep=asked.level,
        encoder_hidden_states=cond,
        encoder_hidden_states_mask=mask.long(),
        img_shapes=[[(1, h // 2, w // 2)]] * b,
    ).sample
    return {
        "cond.embeds": cond,
        "cond.attend": mask,
        "uncond.embeds": uncond,
        "uncond.attend": other,
        "clean": clean,
        "predict": QwenImagePipeline._unpack_latents(said, 8 * h, 8 * w, 8)[:, :, 0],
        "decode": pipeline.vae.decode((clean * std + mean)[:, :, None]).sample[:, :, 0],
    }


def sample(pipeline: Any, asked: Asked) -> object:
    begin_at_the_prompt(pipeline)
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        true_cfg_scale=asked.scale,
        max_sequence_length=LENGTH,
        latents=packed(asked.noise()),
    )


CASE = Case(
    family="qwenimage",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    **PACKED,
    counts={"image": {"transformer": 20_430_401_088}},
)
