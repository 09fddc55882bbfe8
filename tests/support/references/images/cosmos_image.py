"""Cosmos-Predict2 text-to-image."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import VAE, tokenizer
from diffusers import AutoencoderKLWan, Cosmos2TextToImagePipeline, FlowMatchEulerDiscreteScheduler

from ..cases import Asked, Case, Made, statistics
from ..clips.cosmos1 import t5, text
from ..clips.cosmos_parts import Euler, karras, transformer, unchecked


def pipeline() -> Cosmos2TextToImagePipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return unchecked(
            Cosmos2TextToImagePipeline(
                text_encoder=t5(),
                tokenizer=tokenizer(),
                transformer=transformer(),
                vae=AutoencoderKLWan(**VAE).eval(),
                scheduler=FlowMatchEulerDiscreteScheduler(use_karras_sigmas=True),
            )
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    mean, std = statistics(pipeline.vae, 5)
    cond = text(pipeline, asked.batch["prompt"])
    clean = (pipeline.vae.encode(asked.batch["image"].unsqueeze(2)).latent_dist.mode() - mean) / std
    said = pipeline.transformer(
        hidden_states=asked.made["noisy"].unsqueeze(2),
        timestep=asked.level,
        encoder_hidden_states=cond,
        padding_mask=torch.zeros(1, 1, 32, 32),
    ).sample
    return {
        "cond.embeds": cond,
        "uncond.embeds": text(pipeline, [""] * len(cond)),
        "clean": clean.squeeze(2),
        "predict": said.squeeze(2),
        "decode": pipeline.vae.decode(clean * std + mean).sample.squeeze(2),
    }


def sample(pipeline: Any, asked: Asked) -> object:
    """To the end of noise: the pipeline stays at its least level for a last step that changes nothing."""
    pipeline.scheduler = Euler().at(karras(0.002, 80, asked.steps))
    pipeline.scheduler.register_to_config(sigma_max=80.0, sigma_data=1.0, final_sigmas_type="zero")
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        max_sequence_length=40,
        guidance_scale=asked.scale,
        latents=asked.noise("z").unsqueeze(2),
    )


CASE = Case(
    family="cosmos_image",
    sizes={"H": 32, "W": 32},
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    sets={"dmd2": ("use.ratio=2",)},
    counts={"t2i_2b": {"transformer": 1_956_405_248}, "t2i_14b": {"transformer": 14_265_265_152}},
)
