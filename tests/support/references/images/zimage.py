"""Z-Image."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
from torch import Tensor
from transformers import Qwen3Config, Qwen3Model

from fdc.families.qwen_chat import CHAT

from ..cases import Asked, Case, Made
from . import flux
from .flux2 import QWEN, chatting
from .packed import PACKED

LENGTH = 128
TRANSFORMER = {
    "all_patch_size": (2,),
    "all_f_patch_size": (1,),
    "in_channels": 16,
    "dim": 32,
    "n_layers": 2,
    "n_refiner_layers": 1,
    "n_heads": 2,
    "n_kv_heads": 2,
    "cap_feat_dim": 16,
    "axes_dims": [4, 6, 6],
    "axes_lens": [256, 32, 32],
}


def pipeline(seed: int = 0) -> ZImagePipeline:
    """Its pad tokens, zero at first, are drawn too: what they add is seen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = ZImageTransformer2DModel(**TRANSFORMER).eval()
        with torch.no_grad():
            transformer.x_pad_token.normal_(std=0.5)
            transformer.cap_pad_token.normal_(std=0.5)
        return ZImagePipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
            vae=AutoencoderKL(**flux.VAE).eval(),
            text_encoder=Qwen3Model(Qwen3Config(**QWEN, num_hidden_layers=3)).eval(),
            tokenizer=chatting(CHAT),
            transformer=transformer,
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    def text(prompts: list[str]) -> list[Tensor]:
        return pipeline._encode_prompt(list(prompts), max_sequence_length=LENGTH)

    def record(name: str, rows: list[Tensor]) -> dict[str, Tensor]:
        embeds = torch.stack([torch.cat([r, r.new_zeros(LENGTH - len(r), r.shape[1])]) for r in rows])
        lengths = torch.tensor([len(r) for r in rows])
        return {f"{name}.embeds": embeds, f"{name}.attend": torch.arange(LENGTH) < lengths[:, None]}

    prompts = asked.batch["prompt"]
    cond = text(prompts)
    clean = (pipeline.vae.encode(asked.batch["image"]).latent_dist.mode() - 0.1159) * 0.3611
    said = pipeline.transformer(
        list(asked.made["noisy"].unsqueeze(2).unbind(0)), 1 - asked.level, cond
    ).sample
    return {
        **record("cond", cond),
        **record("uncond", text([""] * len(prompts))),
        "clean": clean,
        "predict": torch.stack(said)[:, :, 0],
        "decode": pipeline.vae.decode(clean / 0.3611 + 0.1159).sample,
    }


def sample(pipeline: Any, asked: Asked) -> object:
    return asked.sampled(
        pipeline,
        guidance_scale=asked.scale,
        max_sequence_length=LENGTH,
        latents=asked.noise(),
    )


CASE = Case(
    family="zimage",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    **PACKED,
    counts={"base": {"transformer": 6_154_908_736}, "turbo": {"transformer": 6_154_908_736}},
)
