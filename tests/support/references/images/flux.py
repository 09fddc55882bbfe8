"""Flux.1 dev and schnell."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from ..cases import Asked, Case, Made
from .packed import PACKED

LENGTH = 32
TRANSFORMER = {
    "patch_size": 1,
    "in_channels": 64,
    "num_layers": 2,
    "num_single_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 32,
    "pooled_projection_dim": 16,
    "axes_dims_rope": (4, 6, 6),
    "guidance_embeds": True,
}
VAE = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (8,) * 4,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "sample_size": 64,
    "latent_channels": 16,
    "scaling_factor": 0.3611,
    "shift_factor": 0.1159,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}
CLIP = {
    "vocab_size": 320,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "max_position_embeddings": 77,
    "bos_token_id": 2,
    "eos_token_id": 1,
    "pad_token_id": 0,
}
T5 = {
    "vocab_size": 320,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_heads": 4,
    "feed_forward_proj": "gated-gelu",
}


def pipeline(seed: int = 0) -> FluxPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        words = tokenizer()
        words.model_max_length = 77
        return FluxPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
            vae=AutoencoderKL(**VAE).eval(),
            text_encoder=CLIPTextModel(CLIPTextConfig(**CLIP)).eval(),
            tokenizer=words,
            text_encoder_2=T5EncoderModel(T5Config(**T5)).eval(),
            tokenizer_2=tokenizer(),
            transformer=FluxTransformer2DModel(**TRANSFORMER).eval(),
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    def text(prompts: list[str], name: str) -> dict[str, Tensor]:
        def ids(length: int) -> Tensor:
            return pipeline.tokenizer(
                prompts, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
            ).input_ids

        return {
            f"{name}.embeds": pipeline.text_encoder_2(ids(LENGTH))[0],
            f"{name}.pooled": pipeline.text_encoder(ids(77)).pooler_output,
            f"{name}.guidance": torch.full((len(prompts),), 3.5),
        }

    prompts = asked.batch["prompt"]
    cond, uncond = text(prompts, "cond"), text([""] * len(prompts), "uncond")
    clean = (pipeline.vae.encode(asked.batch["image"]).latent_dist.mode() - 0.1159) * 0.3611
    noisy = asked.made["noisy"]
    b, c, h, w = noisy.shape
    said = pipeline.transformer(
        hidden_states=FluxPipeline._pack_latents(noisy, b, c, h, w),
        timestep=asked.level,
        guidance=torch.full((b,), 3.5),
        encoder_hidden_states=cond["cond.embeds"],
        pooled_projections=cond["cond.pooled"],
        img_ids=FluxPipeline._prepare_latent_image_ids(b, h // 2, w // 2, "cpu", torch.float32),
        txt_ids=torch.zeros(LENGTH, 3),
    ).sample
    return {
        **cond,
        **uncond,
        "clean": clean,
        "predict": FluxPipeline._unpack_latents(said, 8 * h, 8 * w, 8),
        "decode": pipeline.vae.decode(clean / 0.3611 + 0.1159).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    noise = asked.noise()
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        true_cfg_scale=asked.scale,
        guidance_scale=3.5,
        max_sequence_length=LENGTH,
        latents=FluxPipeline._pack_latents(noise, *noise.shape),
    )


CASE = Case(
    family="flux",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    **PACKED,
    counts={
        "dev": {"transformer": 11_901_408_320},
        "schnell": {"transformer": 11_891_178_560},
    },
)
