"""HunyuanVideo 1.5 text-to-video."""

from __future__ import annotations

from typing import Any

import torch
from checkpoints import tokenizer
from diffusers import (
    AutoencoderKLHunyuanVideo15,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
)
from diffusers.guiders import ClassifierFreeGuidance
from torch import Tensor
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    T5Config,
    T5EncoderModel,
)

from fdc.families.hunyuan15.binding import CHAT

from ..cases import CLIP, Asked, Case, Made

SHIFT, LENGTH, LETTERS, FACTOR = 5.0, 40, 16, 1.03682
MARKS = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1}
QUOTES = ('a sign, "open" and “24 h”', "two green squares")


def chatting() -> PreTrainedTokenizerFast:
    found = tokenizer()
    found.chat_template = CHAT
    return found


def skipped(pipeline: Any) -> int:
    """Tokens of the template before the prompt, which are its bytes."""
    return len(f"<|im_start|>system\n{pipeline.system_message}<|im_end|>\n<|im_start|>user\n".encode())


def pipeline() -> HunyuanVideo15Pipeline:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        qwen = Qwen2_5_VLTextConfig(
            vocab_size=320,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            rope_parameters={"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
            **MARKS,
        )
        letters = T5Config(
            vocab_size=320,
            d_model=24,
            d_kv=6,
            d_ff=48,
            num_layers=2,
            num_heads=4,
            feed_forward_proj="gated-gelu",
        )
        return HunyuanVideo15Pipeline(
            text_encoder=Qwen2_5_VLTextModel(qwen).eval(),
            tokenizer=chatting(),
            transformer=HunyuanVideo15Transformer3DModel(
                in_channels=9,
                out_channels=4,
                num_attention_heads=2,
                attention_head_dim=16,
                num_layers=2,
                num_refiner_layers=1,
                mlp_ratio=2.0,
                text_embed_dim=32,
                text_embed_2_dim=24,
                image_embed_dim=12,
                rope_axes_dim=(4, 6, 6),
                target_size=64,
                task_type="t2v",
            ).eval(),
            vae=AutoencoderKLHunyuanVideo15(
                latent_channels=4,
                block_out_channels=(4, 4, 8, 8, 8),
                layers_per_block=1,
                downsample_match_channel=False,
                upsample_match_channel=False,
            ).eval(),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT),
            text_encoder_2=T5EncoderModel(letters).eval(),
            tokenizer_2=tokenizer(),
            guider=ClassifierFreeGuidance(guidance_scale=6.0),
        )


def stages(pipeline: Any, asked: Asked) -> Made:
    crop = skipped(pipeline)

    def text(prompts: list[str]) -> dict[str, Tensor]:
        system, user = "<|im_start|>system\n", "<|im_end|>\n<|im_start|>user\n"
        tail = "<|im_end|>\n<|im_start|>assistant\n"
        said = [f"{system}{pipeline.system_message}{user}{p or ' '}{tail}" for p in prompts]
        room = {"padding": "max_length", "truncation": True, "return_tensors": "pt"}
        whole = pipeline.tokenizer(said, max_length=crop + LENGTH, add_special_tokens=False, **room)
        states = pipeline.text_encoder(
            input_ids=whole.input_ids, attention_mask=whole.attention_mask, output_hidden_states=True
        ).hidden_states
        rows, shown = [], []
        for p in prompts:
            quotes = ['Text "open". Text "24 h". '] if p == QUOTES[0] else []
            one = pipeline.tokenizer_2(quotes or [""], max_length=LETTERS, **room)
            made = pipeline.text_encoder_2(one.input_ids, one.attention_mask.float())[0]
            rows.append(made * len(quotes))
            shown.append(one.attention_mask * len(quotes))
        return {
            "embeds": states[2][:, crop:],  # four layers and the embedding: the last but two
            "attend": whole.attention_mask[:, crop:],
            "glyphs": torch.cat(rows),
            "attend_glyphs": torch.cat(shown),
        }

    cond, uncond = text(asked.batch["prompt"]), text(asked.no_text)
    clean = (
        torch.cat([pipeline.vae.encode(v[None]).latent_dist.mode() for v in asked.batch["video"]]) * FACTOR
    )
    x = asked.made["noisy"]
    said = pipeline.transformer(
        hidden_states=torch.cat([x, torch.zeros_like(x), torch.zeros_like(x[:, :1])], dim=1),
        timestep=1000 * asked.level,
        encoder_hidden_states=cond["embeds"],
        encoder_attention_mask=cond["attend"],
        encoder_hidden_states_2=cond["glyphs"],
        encoder_attention_mask_2=cond["attend_glyphs"],
        image_embeds=torch.zeros(len(x), 5, 12),
    ).sample
    return {
        **{f"cond.{n}": x for n, x in cond.items()},
        **{f"uncond.{n}": x for n, x in uncond.items()},
        "clean": clean,
        "predict": said,
        "decode": torch.cat([pipeline.vae.decode(z[None] / FACTOR).sample for z in clean]),
    }


def sample(pipeline: Any, asked: Asked) -> object:
    """Sample by sample: the codec of the library decodes no more at once."""
    pipeline.tokenizer_max_length, pipeline.tokenizer_2_max_length = LENGTH, LETTERS
    pipeline.prompt_template_encode_start_idx = skipped(pipeline)
    pipeline.vision_num_semantic_tokens = 5
    pipeline.guider = ClassifierFreeGuidance(guidance_scale=asked.scale)
    for one in asked.one_by_one():
        one.sampled(pipeline, negative_prompt=one.no_text, latents=one.noise())
    return None


CASE = Case(
    family="hunyuan15",
    sizes={"F": 9, "H": 32, "W": 32},
    fields=CLIP,
    pipeline=pipeline,
    stages=stages,
    sample=sample,
    decode="decode_video",
    prompts=QUOTES,
    rates={"finetune": 2e-3, "dmd2": 3e-4},
    counts={"t2v_480p": {"transformer": 8_326_608_160, "vae": 1_260_634_115}},
)
