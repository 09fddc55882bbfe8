"""Stable Diffusion XL, with noise predicted and zeros for no text."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from fdc.families import tiny_tokenizers

from ..cases import Asked, Case, Made

HEIGHT, WIDTH = 64, 96
"""Not square, so that sides that are swapped are seen."""
BETAS = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
}
UNET = {
    "sample_size": 16,
    "in_channels": 4,
    "out_channels": 4,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (8, 16, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": (1, 2, 2),
    "transformer_layers_per_block": (1, 1, 2),
    "cross_attention_dim": 48,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + 32,
}
CLIP = {
    "num_hidden_layers": 3,
    "vocab_size": tiny_tokenizers.CLIP_TOKENS,
    "bos_token_id": 512,
    "eos_token_id": 2,
}
FIRST = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "projection_dim": 16}
SECOND = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "projection_dim": 32,
    "hidden_act": "gelu",
}


def small_vae(**more: Any) -> AutoencoderKL:
    """A codec of eight channels throughout."""
    return AutoencoderKL(
        block_out_channels=(8,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        **more,
    ).eval()


def pipeline(**schedule: Any) -> StableDiffusionXLPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return StableDiffusionXLPipeline(
            vae=small_vae(latent_channels=4, scaling_factor=0.13025),
            text_encoder=CLIPTextModel(CLIPTextConfig(**CLIP, **FIRST, pad_token_id=513)).eval(),
            text_encoder_2=CLIPTextModelWithProjection(
                CLIPTextConfig(**CLIP, **SECOND, pad_token_id=0)
            ).eval(),
            tokenizer=tiny_tokenizers.clip(),
            tokenizer_2=tiny_tokenizers.clip(pad="!"),
            unet=UNet2DConditionModel(**UNET).eval(),
            scheduler=EulerDiscreteScheduler(
                **{**BETAS, "timestep_spacing": "leading", "steps_offset": 1, **schedule}
            ),
        )


def text(pipeline: Any, prompts: list[str]) -> tuple[Tensor, Tensor]:
    states = []
    for tokenizer, encoder in (
        (pipeline.tokenizer, pipeline.text_encoder),
        (pipeline.tokenizer_2, pipeline.text_encoder_2),
    ):
        ids = tokenizer(
            prompts, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
        ).input_ids
        states.append(encoder(ids, output_hidden_states=True))
    embeds = torch.cat([s.hidden_states[-2] for s in states], dim=-1)
    return embeds, states[1].text_embeds


def stages(pipeline: Any, asked: Asked) -> Made:
    embeds, pooled = text(pipeline, asked.batch["prompt"])
    scale = pipeline.vae.config.scaling_factor
    clean = pipeline.vae.encode(asked.batch["image"]).latent_dist.mode() * scale
    entries = (999 * asked.drawn["t"][0]).round().long()
    signal = DDPMScheduler(**BETAS)
    noisy = signal.add_noise(clean, asked.noise("eps"), entries)
    time_ids = torch.tensor([[HEIGHT, WIDTH, 0, 0, HEIGHT, WIDTH]]).expand(len(clean), -1).float()
    said = pipeline.unet(
        asked.made["noisy"], entries, embeds, added_cond_kwargs={"text_embeds": pooled, "time_ids": time_ids}
    ).sample
    whole = {f"{side}.size": time_ids[:, :2] for side in ("cond", "uncond")}
    whole |= {f"{side}.crop": time_ids[:, 2:4] for side in ("cond", "uncond")}
    return {
        **whole,
        "cond.embeds": embeds,
        "cond.pooled": pooled,
        "uncond.embeds": torch.zeros_like(embeds),
        "uncond.pooled": torch.zeros_like(pooled),
        "clean": clean,
        "noisy": noisy,
        "predict": said,
        "decode": pipeline.vae.decode(clean / scale).sample,
    }


def sample(pipeline: Any, asked: Asked, **more: Any) -> object:
    return asked.sampled(
        pipeline,
        guidance_scale=asked.scale,
        latents=asked.noise(),
        **more,
    )


CASE = Case(
    family="sdxl",
    sizes={"H": HEIGHT, "W": WIDTH},
    times="ticks(uniform(0, 999))",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    steps=8,
    counts={
        "base": {
            "unet": 2_567_463_684,
            "vae": 83_653_863,
            "text_encoder": 123_060_480,
            "text_encoder_2": 694_659_840,
        }
    },
)
