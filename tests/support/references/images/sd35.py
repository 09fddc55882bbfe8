"""Stable Diffusion 3.5, with all three text encoders."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, T5Config, T5EncoderModel

from fdc.families import tiny_tokenizers

from ..cases import Asked, Case, Made
from .sdxl import CLIP, FIRST, SECOND, small_vae

SIZE, ROWS, SHIFT = 64, 32, 3.0
TRANSFORMER = {
    "sample_size": 32,
    "patch_size": 2,
    "in_channels": 16,
    "out_channels": 16,
    "num_layers": 3,
    "attention_head_dim": 8,
    "num_attention_heads": 4,
    "joint_attention_dim": 64,
    "caption_projection_dim": 32,
    "pooled_projection_dim": 48,
    "pos_embed_max_size": 24,
    "dual_attention_layers": (0, 1),
    "qk_norm": "rms_norm",
}
T5 = {
    "vocab_size": tiny_tokenizers.T5_TOKENS,
    "d_model": 64,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_heads": 4,
    "feed_forward_proj": "gated-gelu",
}


def pipeline(with_t5: bool = True) -> StableDiffusion3Pipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return StableDiffusion3Pipeline(
            transformer=SD3Transformer2DModel(**TRANSFORMER).eval(),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT),
            vae=small_vae(
                latent_channels=16,
                scaling_factor=1.5305,
                shift_factor=0.0609,
                use_quant_conv=False,
                use_post_quant_conv=False,
            ),
            text_encoder=CLIPTextModelWithProjection(
                CLIPTextConfig(**CLIP, **FIRST, pad_token_id=513)
            ).eval(),
            text_encoder_2=CLIPTextModelWithProjection(
                CLIPTextConfig(**CLIP, **SECOND, pad_token_id=0)
            ).eval(),
            text_encoder_3=T5EncoderModel(T5Config(**T5)).eval() if with_t5 else None,
            tokenizer=tiny_tokenizers.clip(),
            tokenizer_2=tiny_tokenizers.clip(pad="!"),
            tokenizer_3=tiny_tokenizers.t5() if with_t5 else None,
        )


def text(pipeline: Any, prompts: list[str]) -> tuple[Tensor, Tensor]:
    def ids(tokenizer: Any, length: int) -> Tensor:
        found: Tensor = tokenizer(
            prompts, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        ).input_ids
        return found

    first, second = (
        encoder(ids(tokenizer, 77), output_hidden_states=True)
        for tokenizer, encoder in (
            (pipeline.tokenizer, pipeline.text_encoder),
            (pipeline.tokenizer_2, pipeline.text_encoder_2),
        )
    )
    clip = torch.zeros(len(prompts), 77, 64)
    clip[..., :16], clip[..., 16:48] = first.hidden_states[-2], second.hidden_states[-2]
    rows = torch.zeros(len(prompts), ROWS, 64)
    if pipeline.text_encoder_3 is not None:
        rows = pipeline.text_encoder_3(ids(pipeline.tokenizer_3, ROWS)).last_hidden_state
    pooled = torch.cat([first.text_embeds, second.text_embeds], dim=-1)
    return torch.cat([clip, rows], dim=1), pooled


def stages(pipeline: Any, asked: Asked) -> Made:
    embeds, pooled = text(pipeline, asked.batch["prompt"])
    nothing = text(pipeline, [""] * len(embeds))
    config = pipeline.vae.config
    raw = pipeline.vae.encode(asked.batch["image"]).latent_dist.mode()
    clean = (raw - config.shift_factor) * config.scaling_factor
    said = pipeline.transformer(asked.made["noisy"], embeds, pooled, 1000 * asked.level).sample
    return {
        "cond.embeds": embeds,
        "cond.pooled": pooled,
        "uncond.embeds": nothing[0],
        "uncond.pooled": nothing[1],
        "clean": clean,
        "predict": said,
        "decode": pipeline.vae.decode(raw).sample,
    }


def sample(pipeline: Any, asked: Asked, **more: Any) -> object:
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        guidance_scale=asked.scale,
        max_sequence_length=ROWS,
        latents=asked.noise(),
        **more,
    )


CASE = Case(
    family="sd35",
    sizes={"H": SIZE, "W": SIZE, "L": ROWS},
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    rates={"finetune": 2e-3, "dmd2": 1e-4},
    counts={
        "medium": {
            "transformer": 2_243_171_520,
            "vae": 83_819_683,
            "text_encoder": 123_650_304,
            "text_encoder_2": 694_659_840,
            "text_encoder_3": 4_762_310_656,
        },
        "large": {"transformer": 8_056_627_520},
    },
)
