"""Cosmos-Predict1 video-to-world, from the frames that are shown."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import AutoencoderKLCosmos, CosmosVideoToWorldPipeline
from diffusers.pipelines.cosmos import pipeline_cosmos_video2world
from torch import Tensor

from ..cases import Asked, Case, Made
from .cosmos1 import scheduler, t5, text
from .cosmos_parts import transformer, unchecked

AUGMENT = 0.001


LAID: list[Tensor] = []
"""The noise over given frames that the pipeline has still to draw: what fdc drew, call by call."""


def laid(shape: Any, **more: Any) -> Tensor:
    """In place of the noise that the pipeline draws anew at every call."""
    return LAID.pop(0)


pipeline_cosmos_video2world.randn_tensor = laid


def pipeline() -> CosmosVideoToWorldPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return unchecked(
            CosmosVideoToWorldPipeline(
                text_encoder=t5(),
                tokenizer=tokenizer(),
                transformer=transformer(in_channels=17, extra_pos_embed_type="learnable"),
                vae=AutoencoderKLCosmos(
                    encoder_block_out_channels=(8, 8, 8, 8),
                    decode_block_out_channels=(8, 8, 8, 8),
                    attention_resolutions=(8,),
                    resolution=64,
                    num_layers=1,
                ).eval(),
                scheduler=scheduler("sigma_min"),
            )
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    config = pipeline.vae.config
    mean, std = (
        torch.tensor(config[k]).view(1, 16, 16, 1, 1)[:, :, :2] for k in ("latents_mean", "latents_std")
    )
    cond = text(pipeline, asked.batch["prompt"])

    def latents(video: Tensor) -> Tensor:
        return (
            (pipeline.vae.encode(video).latent_dist.mode() - mean[:, :, : video.shape[2] // 8 + 1]) / std / 2
        )

    clean, x = latents(asked.batch["video"]), asked.made["noisy"]
    shown = asked.batch["shown"]
    n = (shown.shape[2] - 1) // 8 + 1
    first = latents(torch.cat([shown, shown.new_zeros(2, 3, 9 - shown.shape[2], 32, 32)], dim=2))[:, :, :n]
    level = asked.level.view(-1, 1, 1, 1, 1)
    sigma = level / (1 - level)
    root = (sigma**2 + 0.25).sqrt()
    given = torch.zeros(2, 1, 2, 4, 4)
    given[:, :, :n] = 1
    (eps,) = asked.drawn["student_eps"]
    handed = (first + AUGMENT * eps[:, :, :n]) / (AUGMENT**2 + 0.25) ** 0.5
    said = pipeline.transformer(
        hidden_states=torch.cat([handed, (x / root)[:, :, n:]], dim=2),
        timestep=0.25 * sigma.flatten().log(),
        encoder_hidden_states=cond,
        fps=30,
        condition_mask=given,
        padding_mask=torch.zeros(1, 1, 32, 32),
    ).sample
    exact = (first - 0.25 / (sigma**2 + 0.25) * x[:, :, :n]) / (0.5 * sigma / root)
    last = (first * 2 * std[:, :, :n] + mean[:, :, :n])[:, :, -1:]
    again = (last - mean[:, :, n:]) / std[:, :, n:] / 2
    condition = {"first": torch.cat([first, again], dim=2), "given": given[..., :1, :1]}
    return {
        "cond.embeds": cond,
        "uncond.embeds": text(pipeline, [""] * len(cond)),
        **{f"{side}.{n}": v for side in ("cond", "uncond") for n, v in condition.items()},
        "clean": clean,
        "predict": torch.cat([exact, said[:, :, n:]], dim=2),
        "decode": pipeline.vae.decode(clean * 2 * std + mean).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    """To the end of noise: the scheduler that ships stays at its least level for a last step that changes nothing."""
    pipeline.scheduler = scheduler("zero")
    return made_by(pipeline, asked)


def made_by(pipeline: Any, asked: Asked) -> object:
    """With the pipeline's scheduler as it is."""
    both = asked.drawn["student_eps"], asked.drawn["2"]  # with the prompt, and without
    LAID[:] = [eps for step in zip(*both, strict=True) for eps in step]
    return asked.sampled(
        pipeline,
        video=[list(clip.transpose(0, 1) / 2 + 0.5) for clip in asked.batch["shown"]],
        augment_sigma=AUGMENT,
        negative_prompt=asked.no_text,
        max_sequence_length=40,
        guidance_scale=asked.scale,
        latents=asked.noise("z"),
    )


CASE = Case(
    family="cosmos1",
    variant="tiny_v2w",
    ships="cosmos1_video",
    sizes={"F": 9, "G": 1, "H": 32, "W": 32},
    fields="prompt: str, shown: pixels[b, 3, G, H, W], video: pixels[b, 3, F, H, W]",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    decode="decode_video",
    sets={"dmd2": ("use.ratio=2",)},
    rates={"finetune": 1e-3, "dmd2": 1e-3},
    counts={
        "v2w_7b": {"transformer": 7_236_208_640},
        "v2w_14b": {"transformer": 14_267_169_792},
    },
)
