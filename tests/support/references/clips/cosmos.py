"""Cosmos-Predict2 video-to-world, from the frames that are shown."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import VAE, tokenizer
from diffusers import AutoencoderKLWan, Cosmos2VideoToWorldPipeline, FlowMatchEulerDiscreteScheduler
from torch import Tensor

from ..cases import Asked, Case, Made, statistics
from .cosmos1 import t5, text
from .cosmos_parts import Euler, karras, transformer, unchecked

FPS, SIGMA = 16, 1e-4


def pipeline() -> Cosmos2VideoToWorldPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return unchecked(
            Cosmos2VideoToWorldPipeline(
                text_encoder=t5(),
                tokenizer=tokenizer(),
                transformer=transformer(in_channels=17),
                vae=AutoencoderKLWan(**VAE).eval(),
                scheduler=FlowMatchEulerDiscreteScheduler(use_karras_sigmas=True),
            )
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    mean, std = statistics(pipeline.vae, 5)

    def latents(video: Tensor) -> Tensor:
        return (pipeline.vae.encode(video).latent_dist.mode() - mean) / std

    cond = text(pipeline, asked.batch["prompt"])
    clean, x = latents(asked.batch["video"]), asked.made["noisy"]
    shown = asked.batch["shown"]
    n = (shown.shape[2] - 1) // 4 + 1
    first = latents(torch.cat([shown, shown.new_zeros(2, 3, 9 - shown.shape[2], 32, 32)], dim=2))[:, :, :n]
    level = asked.level.view(-1, 1, 1, 1, 1)
    given = torch.zeros(2, 1, 3, 4, 4)
    given[:, :, :n] = 1
    told = torch.cat([torch.full_like(level, SIGMA / (1 + SIGMA))] * n + [level] * (3 - n), dim=2)
    said = pipeline.transformer(
        hidden_states=torch.cat([first, x[:, :, n:]], dim=2),
        timestep=told,
        encoder_hidden_states=cond,
        fps=FPS,
        condition_mask=given,
        padding_mask=torch.zeros(1, 1, 32, 32),
    ).sample
    condition = {
        "first": torch.cat([first] + [first[:, :, -1:]] * (3 - n), dim=2),
        "given": given[..., :1, :1],
    }
    return {
        "cond.embeds": cond,
        "uncond.embeds": text(pipeline, [""] * len(cond)),
        **{f"{side}.{n}": v for side in ("cond", "uncond") for n, v in condition.items()},
        "clean": clean,
        "predict": torch.cat([(x[:, :, :n] - first) / level, said[:, :, n:]], dim=2),
        "decode": pipeline.vae.decode(clean * std + mean).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    """To the end of noise: the pipeline stays at its least level for a last step that changes nothing."""
    pipeline.scheduler = Euler().at(karras(0.002, 80, asked.steps))
    pipeline.scheduler.register_to_config(sigma_max=80.0, sigma_data=1.0, final_sigmas_type="zero")
    return asked.sampled(
        pipeline,
        video=[list(clip.transpose(0, 1) / 2 + 0.5) for clip in asked.batch["shown"]],
        negative_prompt=asked.no_text,
        max_sequence_length=40,
        guidance_scale=asked.scale,
        sigma_conditioning=SIGMA,
        latents=asked.noise("z"),
    )


CASE = Case(
    family="cosmos",
    sizes={"F": 9, "G": 1, "H": 32, "W": 32},
    fields="prompt: str, shown: pixels[b, 3, G, H, W], video: pixels[b, 3, F, H, W]",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    decode="decode_video",
    sets={"dmd2": ("use.ratio=2",)},
    counts={
        "v2w_2b": {"transformer": 1_956_413_440, "vae": 126_892_531},
        "v2w_14b": {"transformer": 14_265_285_632},
    },
)
