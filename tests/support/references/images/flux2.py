"""Flux2 Klein."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from fdc.families.qwen_chat import CHAT

from ..cases import Asked, Case, Made
from . import flux
from .packed import PACKED

LENGTH = 64
TRANSFORMER = {
    "patch_size": 1,
    "in_channels": 128,
    "num_layers": 2,
    "num_single_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 48,
    "timestep_guidance_channels": 32,
    "axes_dims_rope": (4, 4, 4, 4),
    "rope_theta": 2000,
    "guidance_embeds": False,
}
SHAPE = (
    "down_block_types",
    "up_block_types",
    "block_out_channels",
    "layers_per_block",
    "norm_num_groups",
    "sample_size",
)
QWEN = {
    "vocab_size": 320,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 1,
}


def chatting(template: str) -> PreTrainedTokenizerFast:
    found = tokenizer()
    found.chat_template = template
    return found


def pipeline(seed: int = 0) -> Flux2KleinPipeline:
    """The codec's statistics are those of no training: they are drawn too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = AutoencoderKLFlux2(**{k: flux.VAE[k] for k in SHAPE}, latent_channels=32).eval()
        vae.bn.running_mean.normal_(std=0.3)
        vae.bn.running_var.uniform_(0.5, 2.0)
        return Flux2KleinPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
            vae=vae,
            text_encoder=Qwen3ForCausalLM(Qwen3Config(**QWEN, num_hidden_layers=4)).eval(),
            tokenizer=chatting(CHAT),
            transformer=Flux2Transformer2DModel(**TRANSFORMER).eval(),
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    def text(prompts: list[str]) -> Tensor:
        return Flux2KleinPipeline._get_qwen3_prompt_embeds(
            pipeline.text_encoder,
            pipeline.tokenizer,
            prompts,
            max_sequence_length=LENGTH,
            hidden_states_layers=[1, 2, 3],
        )

    prompts = asked.batch["prompt"]
    cond = text(prompts)
    bn = pipeline.vae.bn
    mean = bn.running_mean.view(1, -1, 1, 1)
    std = (bn.running_var.view(1, -1, 1, 1) + 1e-4).sqrt()
    z = pipeline.vae.encode(asked.batch["image"]).latent_dist.mode()
    clean = (Flux2KleinPipeline._patchify_latents(z) - mean) / std
    noisy = asked.made["noisy"]
    b, c, h, w = noisy.shape
    said = pipeline.transformer(
        hidden_states=Flux2KleinPipeline._pack_latents(noisy),
        timestep=asked.level,
        encoder_hidden_states=cond,
        img_ids=Flux2KleinPipeline._prepare_latent_ids(noisy),
        txt_ids=Flux2KleinPipeline._prepare_text_ids(cond),
    ).sample
    return {
        "cond.embeds": cond,
        "uncond.embeds": text([""] * b),
        "clean": clean,
        "predict": said.transpose(1, 2).reshape(b, c, h, w),
        "decode": pipeline.vae.decode(Flux2KleinPipeline._unpatchify_latents(clean * std + mean)).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    return asked.sampled(
        pipeline,
        guidance_scale=asked.scale,
        max_sequence_length=LENGTH,
        text_encoder_out_layers=(1, 2, 3),
        latents=asked.noise(),
    )


CASE = Case(
    family="flux2",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    **PACKED,
    counts={
        "klein_4b": {"transformer": 3_875_544_576},
        "klein_9b": {"transformer": 9_078_581_248},
    },
)
