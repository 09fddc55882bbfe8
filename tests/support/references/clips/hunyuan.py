"""HunyuanVideo text-to-video."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import (
    AutoencoderKLHunyuanVideo,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, LlamaConfig, LlamaModel

from ..cases import CLIP, Asked, Case, Made

SHIFT, GUIDANCE, LENGTH = 7.0, 6.0, 32
TEMPLATE = DEFAULT_PROMPT_TEMPLATE["template"]
SKIPPED = len(TEMPLATE.split("{}")[0].encode())
"""Tokens of the template before the prompt, which are its bytes."""
MARKS = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1}


def pipeline() -> HunyuanVideoPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        llama = LlamaConfig(
            vocab_size=320,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            **MARKS,
        )
        clip = CLIPTextConfig(
            vocab_size=320,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            projection_dim=16,
            **MARKS,
        )
        return HunyuanVideoPipeline(
            text_encoder=LlamaModel(llama).eval(),
            tokenizer=tokenizer(),
            transformer=HunyuanVideoTransformer3DModel(
                in_channels=16,
                out_channels=16,
                num_attention_heads=2,
                attention_head_dim=16,
                num_layers=1,
                num_single_layers=2,
                num_refiner_layers=1,
                mlp_ratio=2.0,
                patch_size=2,
                patch_size_t=1,
                guidance_embeds=True,
                text_embed_dim=32,
                pooled_projection_dim=16,
                rope_axes_dim=(4, 6, 6),
            ).eval(),
            vae=AutoencoderKLHunyuanVideo(
                latent_channels=16, block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4
            ).eval(),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT),
            text_encoder_2=CLIPTextModel(clip).eval(),
            tokenizer_2=tokenizer(),
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    def text(prompts: list[str]) -> dict[str, Tensor]:
        whole = pipeline.tokenizer(
            [TEMPLATE.format(p) for p in prompts],
            padding="max_length",
            max_length=SKIPPED + LENGTH,
            truncation=True,
            return_tensors="pt",
        )
        states = pipeline.text_encoder(
            whole.input_ids, whole.attention_mask, output_hidden_states=True
        ).hidden_states
        ids = pipeline.tokenizer_2(
            prompts, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
        )
        return {
            "embeds": states[2][:, SKIPPED:],  # four layers and the embedding: the last but two
            "attend": whole.attention_mask[:, SKIPPED:],
            "pooled": pipeline.text_encoder_2(ids.input_ids).pooler_output,
            "guidance": torch.full((len(prompts),), GUIDANCE),
        }

    cond, uncond = text(asked.batch["prompt"]), text(asked.no_text)
    clean = pipeline.vae.encode(asked.batch["video"]).latent_dist.mode() * 0.476986
    said = pipeline.transformer(
        hidden_states=asked.made["noisy"],
        timestep=1000 * asked.level,
        encoder_hidden_states=cond["embeds"],
        encoder_attention_mask=cond["attend"],
        pooled_projections=cond["pooled"],
        guidance=1000 * cond["guidance"],
    ).sample
    return {
        **{f"cond.{n}": x for n, x in cond.items()},
        **{f"uncond.{n}": x for n, x in uncond.items()},
        "clean": clean,
        "predict": said,
        "decode": pipeline.vae.decode(clean / 0.476986).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        true_cfg_scale=asked.scale,
        guidance_scale=GUIDANCE,
        prompt_template={"template": TEMPLATE, "crop_start": SKIPPED},
        max_sequence_length=LENGTH,
        latents=asked.noise(),
    )


CASE = Case(
    family="hunyuan",
    sizes={"F": 9, "H": 32, "W": 32},
    fields=CLIP,
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    decode="decode_video",
    sets={"dmd2": ("use.ratio=2",)},
    counts={"t2v_13b": {"transformer": 12_821_012_544, "vae": 246_478_803}},
)
