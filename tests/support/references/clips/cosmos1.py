"""Cosmos-Predict1 text-to-world."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import AutoencoderKLCosmos, CosmosTextToWorldPipeline, EDMEulerScheduler
from torch import Tensor
from transformers import T5Config, T5EncoderModel

from ..cases import CLIP, Asked, Case, Made
from .cosmos_parts import transformer, unchecked

LENGTH = 40


def t5() -> T5EncoderModel:
    config = T5Config(
        vocab_size=320,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        is_encoder_decoder=False,
        use_cache=False,
    )
    return T5EncoderModel(config).eval()


def scheduler(end: str) -> EDMEulerScheduler:
    """As it ships with `sigma_min` for its end."""
    return EDMEulerScheduler(sigma_data=0.5, final_sigmas_type=end)


def pipeline() -> CosmosTextToWorldPipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return unchecked(
            CosmosTextToWorldPipeline(
                text_encoder=t5(),
                tokenizer=tokenizer(),
                transformer=transformer(extra_pos_embed_type="learnable"),
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


def text(pipeline: Any, prompts: list[str]) -> Tensor:
    tokens = pipeline.tokenizer(prompts, padding="max_length", max_length=LENGTH, return_tensors="pt")
    rows = pipeline.text_encoder(tokens.input_ids, tokens.attention_mask).last_hidden_state
    return rows * tokens.attention_mask.unsqueeze(-1)


def stages(pipeline: Any, asked: Asked) -> Made:
    config = pipeline.vae.config
    mean, std = (
        torch.tensor(config[k]).view(1, 16, 16, 1, 1)[:, :, :2] for k in ("latents_mean", "latents_std")
    )
    cond = text(pipeline, asked.batch["prompt"])
    clean = (pipeline.vae.encode(asked.batch["video"]).latent_dist.mode() - mean) / std / 2
    level = asked.level.view(-1, 1, 1, 1, 1)
    sigma = level / (1 - level)
    said = pipeline.transformer(
        hidden_states=asked.made["noisy"] / (sigma**2 + 0.25).sqrt(),
        timestep=0.25 * sigma.flatten().log(),
        encoder_hidden_states=cond,
        fps=30,
        padding_mask=torch.zeros(1, 1, 32, 32),
    ).sample
    return {
        "cond.embeds": cond,
        "uncond.embeds": text(pipeline, [""] * len(cond)),
        "clean": clean,
        "predict": said,
        "decode": pipeline.vae.decode(clean * 2 * std + mean).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    """To the end of noise: the scheduler that ships stays at its least level for a last step that changes nothing."""
    pipeline.scheduler = scheduler("zero")
    return made_by(pipeline, asked)


def made_by(pipeline: Any, asked: Asked) -> object:
    """With the pipeline's scheduler as it is."""
    return asked.sampled(
        pipeline,
        negative_prompt=asked.no_text,
        max_sequence_length=LENGTH,
        guidance_scale=asked.scale,
        latents=asked.noise("z"),
    )


CASE = Case(
    family="cosmos1",
    sizes={"F": 9, "H": 32, "W": 32},
    fields=CLIP,
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    decode="decode_video",
    sets={"dmd2": ("use.ratio=2",)},
    rates={"finetune": 1e-3, "dmd2": 1e-3},
    counts={
        "t2w_7b": {"transformer": 7_236_192_256, "vae": 105_653_696},
        "t2w_14b": {"transformer": 14_267_149_312},
    },
)
