"""Wan 2.1 text-to-video."""

from __future__ import annotations

from typing import Any

from checkpoints import euler_on_the_shifted_grid, wan_pipeline
from torch import Tensor

from ..cases import CLIP, Asked, Case, Made, statistics

SHIFT = 3.0


def stages(pipeline: Any, asked: Asked) -> Made:
    def text(prompts: list[str]) -> Tensor:
        tokens = pipeline.tokenizer(prompts, padding="max_length", max_length=512, return_tensors="pt")
        rows = pipeline.text_encoder(tokens.input_ids, tokens.attention_mask).last_hidden_state
        return rows * tokens.attention_mask.unsqueeze(-1)

    mean, std = statistics(pipeline.vae, 5)
    cond = text(asked.batch["prompt"])
    clean = (pipeline.vae.encode(asked.batch["video"]).latent_dist.mode() - mean) / std
    said = pipeline.transformer(asked.made["noisy"], 1000 * asked.level, cond).sample
    decode = pipeline.vae.decode(clean * std + mean).sample
    return {
        "cond.embeds": cond,
        "uncond.embeds": text([""] * len(cond)),
        "clean": clean,
        "predict": said,
        "decode": decode,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    pipeline.scheduler = euler_on_the_shifted_grid(asked.steps, SHIFT)
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        guidance_scale=asked.scale,
        latents=asked.noise(),
    )


CASE = Case(
    family="wan",
    sizes={"F": 9, "H": 32, "W": 32},
    fields=CLIP,
    pipeline=lambda: wan_pipeline(shift=SHIFT),
    rates={"finetune": 2e-3, "dmd2": 3e-4},
    stages=stages,
    sample=sample,
    decode="decode_video",
    counts={
        "t2v_1_3b": {"transformer": 1_418_996_800},
        "t2v_14b": {"transformer": 14_288_491_584},
    },
)
