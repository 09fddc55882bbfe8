"""Cosmos-Predict2.5, from a text alone and from the frames that are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from checkpoints import VAE, tokenizer
from diffusers import AutoencoderKLWan, Cosmos2_5_PredictBasePipeline, UniPCMultistepScheduler
from torch import Tensor
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from fdc.families.cosmos25.binding import CHAT

from ..cases import CLIP, Asked, Case, Made, statistics
from .cosmos_parts import Euler, flow, karras, transformer, unchecked

SHIFT, LENGTH = 5.0, 192


def pipeline() -> Cosmos2_5_PredictBasePipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        words = tokenizer()
        words.chat_template = CHAT
        qwen = Qwen2_5_VLConfig(
            text_config={
                "vocab_size": 320,
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "num_key_value_heads": 2,
                "bos_token_id": 2,
                "eos_token_id": 1,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
            },
            vision_config={
                "depth": 1,
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_heads": 2,
                "out_hidden_size": 16,
            },
            bos_token_id=2,
            eos_token_id=1,
            image_token_id=3,
            video_token_id=4,
            vision_start_token_id=5,
            vision_end_token_id=6,
        )
        return unchecked(
            Cosmos2_5_PredictBasePipeline(
                text_encoder=Qwen2_5_VLForConditionalGeneration(qwen).eval(),
                tokenizer=words,
                transformer=transformer(
                    in_channels=17,
                    use_crossattn_projection=True,
                    crossattn_proj_in_channels=32,
                    encoder_hidden_states_channels=32,
                ),
                vae=AutoencoderKLWan(**VAE).eval(),
                scheduler=UniPCMultistepScheduler(
                    use_flow_sigmas=True,
                    use_karras_sigmas=True,
                    prediction_type="flow_prediction",
                    flow_shift=SHIFT,
                    sigma_max=200.0,
                    sigma_min=0.01,
                ),
            )
        )


def text(pipeline: Any, prompts: list[str]) -> Tensor:
    system = "<|im_start|>system\nYou are a helpful assistant who will provide prompts to an image generator."
    said = [f"{system}<|im_end|>\n<|im_start|>user\n{p}<|im_end|>\n" for p in prompts]
    ids = pipeline.tokenizer(
        said, padding="max_length", max_length=LENGTH, add_special_tokens=False, return_tensors="pt"
    ).input_ids
    first, second = pipeline.text_encoder(ids, output_hidden_states=True).hidden_states[1:]
    rows = [(s - s.mean(-1, keepdim=True)) / (s.std(-1, keepdim=True) + 1e-8) for s in (first, second)]
    return torch.cat(rows, dim=-1)


def stages(pipeline: Any, asked: Asked) -> Made:
    mean, std = statistics(pipeline.vae, 5)
    cond = text(pipeline, asked.batch["prompt"])
    clean = (pipeline.vae.encode(asked.batch["video"]).latent_dist.mode() - mean) / std
    x, first = asked.made["noisy"], shown_latents(pipeline, asked)
    n = first.shape[2]
    level = asked.level.view(-1, 1, 1, 1, 1)
    given = torch.zeros_like(x[:, :1])
    given[:, :, :n] = 1
    said = pipeline.transformer(
        hidden_states=torch.cat([first, x[:, :, n:]], dim=2),
        timestep=torch.cat([torch.full_like(level, 1e-4)] * n + [level] * (3 - n), dim=2)
        if n
        else asked.level,
        encoder_hidden_states=cond,
        condition_mask=given,
        padding_mask=torch.zeros(1, 1, 32, 32),
    ).sample
    rest = (
        first[:, :, -1:].expand(-1, -1, 3 - n, -1, -1) if n else torch.zeros_like(x) / std + (0 - mean) / std
    )
    condition = {"first": torch.cat([first, rest], dim=2), "given": given[..., :1, :1]}
    return {
        "cond.embeds": cond,
        "uncond.embeds": text(pipeline, [""] * len(cond)),
        **{f"{side}.{name}": v for side in ("cond", "uncond") for name, v in condition.items()},
        "clean": clean,
        "predict": torch.cat([(x[:, :, :n] - first) / level, said[:, :, n:]], dim=2),
        "decode": pipeline.vae.decode(clean * std + mean).sample,
    }


def shown_latents(pipeline: Any, asked: Asked) -> Tensor:
    """Of the frames that are shown, at the head of a clip of nine; of none where the data have none."""
    shown = asked.batch.get("shown")
    mean, std = statistics(pipeline.vae, 5)
    if shown is None:
        return torch.zeros(2, 16, 0, 4, 4)
    clip = torch.cat([shown, shown.new_zeros(2, 3, 9 - shown.shape[2], 32, 32)], dim=2)
    latents = (pipeline.vae.encode(clip).latent_dist.mode() - mean) / std
    return latents[:, :, : (shown.shape[2] - 1) // 4 + 1]


def sample(pipeline: Any, asked: Asked) -> object:
    """The pipeline's own scheduler takes steps of several orders; on the same levels Euler's are compared.

    It takes its noise for latents at its first level, 0.995, and steps it to 0 along the slope from level 1, so that 0.5 % of
    the noise is left in given frames. They end clean here, and what is left there is taken off before it decodes.
    """
    levels = flow(karras(0.01, 200, asked.steps))
    noise, first = asked.noise(), shown_latents(pipeline, asked)
    n = first.shape[2]
    made = []
    for k, prompt in enumerate(asked.batch["prompt"]):
        pipeline.scheduler = Euler().at(levels)

        def cleaned(
            pipeline: Any, step: int, t: Any, state: dict[str, Tensor], k: int = k
        ) -> dict[str, Tensor]:
            latents = state["latents"].clone()
            if step == asked.steps - 1:
                latents[:, :, :n] -= (1 - levels[0]) * (noise[k : k + 1, :, :n] - first[k : k + 1])
            return {"latents": latents}

        made.append(
            pipeline(
                video=asked.batch["shown"][k : k + 1] if n else None,
                num_latent_conditional_frames=n,
                prompt=[prompt],
                negative_prompt=[""],
                max_sequence_length=LENGTH,
                height=32,
                width=32,
                num_frames=9,
                num_inference_steps=asked.steps,
                guidance_scale=asked.scale,
                latents=noise[k : k + 1],
                output_type="pt",
                callback_on_step_end=cleaned,
            )
        )
    return made


CASE = Case(
    family="cosmos25",
    sizes={"F": 9, "H": 32, "W": 32},
    fields=CLIP,
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    decode="decode_video",
    sets={"dmd2": ("use.ratio=2",)},
    rates={"finetune": 2e-3, "dmd2": 3e-4},
    counts={"base_2b": {"transformer": 2_059_174_912}, "base_14b": {"transformer": 14_368_047_104}},
)
FRAMES = replace(
    CASE,
    variant="tiny_v2w",
    ships="cosmos25_video",
    sizes={**CASE.sizes, "G": 1},
    fields="prompt: str, shown: pixels[b, 3, G, H, W], video: pixels[b, 3, F, H, W]",
)
"""The same network from given frames on."""
CASES = (CASE, FRAMES)
