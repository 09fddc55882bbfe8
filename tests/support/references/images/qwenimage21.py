"""QwenImage 2.1 from texts alone."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import (
    AutoencoderKLQwenImage21,
    FlowMatchEulerDiscreteScheduler,
    QwenImage21Pipeline,
    QwenImage21Transformer2DModel,
)
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3VLConfig, Qwen3VLForConditionalGeneration

from ..cases import Asked, Case, Made, statistics
from .packed import PACKED
from .qwenimage import LINE
from .qwenimage import TEXT as QWEN

LENGTH = 256
TRANSFORMER = {
    "num_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "context_in_dim": 32,
    "axes_dims_rope": (4, 6, 6),
}
VAE = {"base_dim": 8, "decoder_base_dim": 8, "dim_mult": [1, 1, 1, 1, 1], "num_res_blocks": 1}
ROTATIONS = {
    "rope_type": "default",
    "rope_theta": 5e6,
    "mrope_section": [1, 1, 2],
    "mrope_interleaved": True,
}
TEXT = {**QWEN, "head_dim": 8, "rope_parameters": ROTATIONS}
VISION = {
    "depth": 1,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_heads": 2,
    "out_hidden_size": 32,
    "deepstack_visual_indexes": [0],
    "num_position_embeddings": 16,
}


IMAGE = "<|image_pad|>"
"""What stands for an image: one token, or each "<" would."""


class Processor(PreTrainedTokenizerFast):
    """What the pipeline asks of Qwen3-VL's processor for texts, which itself needs torchvision."""

    @property
    def tokenizer(self) -> Processor:
        return self

    def apply_chat_template(self, conversation: Any, **_: Any) -> list[list[int]]:
        (message,) = conversation
        text = f"<|im_start|>{message['role']}\n{message['content'][0]['text']}<|im_end|>\n"
        return [self(text, add_special_tokens=False).input_ids]


def processor() -> Processor:
    like = tokenizer()
    found = Processor(tokenizer_object=like.backend_tokenizer, **like.special_tokens_map)
    found.add_tokens([IMAGE], special_tokens=True)
    return found


def pipeline(seed: int = 0) -> QwenImage21Pipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = Qwen3VLConfig(text_config=TEXT, vision_config=VISION)
        return QwenImage21Pipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(
                shift=1.0, use_dynamic_shifting=True, shift_terminal=0.02, **LINE
            ),
            vae=AutoencoderKLQwenImage21(**VAE).eval(),
            text_encoder=Qwen3VLForConditionalGeneration(config).eval(),
            processor=processor(),
            transformer=QwenImage21Transformer2DModel(**TRANSFORMER).eval(),
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    """Prompt by prompt: the pipeline's batches of prompts of several lengths are other inputs."""

    def text(prompts: list[str]) -> tuple[Tensor, Tensor]:
        found = [pipeline.encode_prompt([p])[0][0] for p in prompts]
        pad = torch.nn.functional.pad
        rows = torch.stack([pad(r, (0, 0, 0, LENGTH - len(r))) for r in found])
        return rows, torch.stack([torch.arange(LENGTH) < len(r) for r in found])

    prompts = asked.batch["prompt"]
    cond, mask = text(prompts)
    uncond, other = text([""] * len(prompts))
    mean, std = statistics(pipeline.vae)
    image = asked.batch["image"]
    opaque = torch.cat([image, torch.ones_like(image[:, :1])], dim=1)
    clean = (pipeline.vae.encode(opaque[:, :, None]).latent_dist.mode()[:, :, 0] - mean) / std
    noisy = asked.made["noisy"]
    b, c, h, w = noisy.shape
    said = []
    for k in range(b):
        count = int(mask[k].sum())
        slots = torch.tensor([[False] * count + [True] * (h * w // 4)])
        rows = pipeline.transformer(
            hidden_states=QwenImage21Pipeline._pack_latents(noisy[k : k + 1], 1, c, h, w),
            timestep=asked.level[k : k + 1],
            encoder_hidden_states=cond[k : k + 1, :count],
            img_shapes=[[(1, h, w)]],
            img_mask=slots,
        ).sample
        said.append(QwenImage21Pipeline._unpack_latents(rows[:, -h * w :], 16 * h, 16 * w, 16)[:, :, 0])
    return {
        "cond.embeds": cond,
        "cond.attend": mask,
        "uncond.embeds": uncond,
        "uncond.attend": other,
        "clean": clean,
        "predict": torch.cat(said),
        "decode": pipeline.vae.decode((clean * std + mean)[:, :, None]).sample[:, :3, 0],
    }


def sample(pipeline: Any, asked: Asked) -> None:
    for one in asked.one_by_one():
        one.sampled(
            pipeline,
            negative_prompt=one.no_text,
            true_cfg_scale=one.scale,
            latents=QwenImage21Pipeline._pack_latents(one.noise(), *one.noise().shape),
        )


CASE = Case(
    family="qwenimage21",
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    **PACKED,
    counts={"image": {"transformer": 7_115_124_736}},
)
