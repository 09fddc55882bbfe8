"""Tiny checkpoints in diffusers layout, made by diffusers' and transformers' own classes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from torch import Tensor
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.program.typed_program import TypedRole

TRANSFORMER = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 32,
    "freq_dim": 16,
    "ffn_dim": 48,
    "num_layers": 2,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 32,
}
VAE = {
    "base_dim": 8,
    "z_dim": 16,
    "dim_mult": [1, 1, 1, 1],
    "num_res_blocks": 1,
    "temperal_downsample": [False, True, True],
}
TEXT_ENCODER = {
    "vocab_size": 320,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "feed_forward_proj": "gated-gelu",
}


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes as tokens after `<pad>`, `</s>` and `<unk>`; a text ends in `</s>`, as umT5's does."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {t: i for i, t in enumerate(["<pad>", "</s>", "<unk>", *alphabet])}
    core = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def wan_pipeline(seed: int = 0, shift: float = 3.0) -> WanPipeline:
    """A whole tiny Wan 2.1 as diffusers builds it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return WanPipeline(
            tokenizer=tokenizer(),
            text_encoder=UMT5EncoderModel(UMT5Config(**TEXT_ENCODER)).eval(),
            vae=AutoencoderKLWan(**VAE),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=shift),
            transformer=WanTransformer3DModel(**TRANSFORMER),
        )


def wan_checkpoint(folder: Path, seed: int = 0, shift: float = 3.0) -> Path:
    """Writes `wan_pipeline` to a folder."""
    wan_pipeline(seed, shift).save_pretrained(folder)
    return folder


PROGRAM = """
import wan
program p {{
  sizes {{ F = 9, H = 64, W = 64 }}
  role {name} = wan.{variant}(tiny(seed = 0))
  data clips = folder("clips") {{ prompt: str }}
  produce made = {name}.sample(batch, steps = 3) to shards("made") {{ count = 1 }}
}}
"""


@cache
def _checked(name: str, variant: str) -> TypedRole:
    path = Path(__file__).with_name("program.fdl")
    found = check_source(Source(str(path), PROGRAM.format(name=name, variant=variant)), path)
    assert found.clean, found.diagnostics
    return found.programs[0].roles[name]


def typed_role(
    name: str = "student",
    source: Path | str | int = 0,
    *,
    variant: str = "tiny",
    **settings: object,
) -> TypedRole:
    """A role of the Wan family as the checker gives it: from a folder or hub name, or from a seed."""
    role = _checked(name, variant)
    where = ("tiny", source) if isinstance(source, int) else ("path", str(source))
    return replace(role, source=where, settings={**role.settings, "precision": "f32", **settings})


def euler_on_the_shifted_grid(steps: int, shift: float) -> FlowMatchEulerDiscreteScheduler:
    """Diffusers' Euler shifts a grid whose ends its constructor has shifted already, so that its last levels
    differ.

    Given the unshifted levels it shifts them once, which is the grid that the family's process states.
    """
    scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    levels = np.linspace(1, 0, steps + 1)[:-1]
    plain = scheduler.set_timesteps
    scheduler.set_timesteps = lambda n, device=None: partial(plain, device=device)(sigmas=levels)
    return scheduler


ORIGINAL = (
    ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
    ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
    ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
    ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
    ("condition_embedder.time_proj", "time_projection.1"),
    ("attn1", "self_attn"),
    ("attn2", "cross_attn"),
    (".to_out.0.", ".o."),
    (".to_q.", ".q."),
    (".to_k.", ".k."),
    (".to_v.", ".v."),
    ("ffn.net.0.proj", "ffn.0"),
    ("ffn.net.2", "ffn.2"),
    ("norm2", "norm3"),
    ("proj_out", "head.head"),
)
"""Names of diffusers, and those of the checkpoint that was published."""


def published(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a transformer under the names of the checkpoint that was published."""
    found = {}
    for key, tensor in tensors.items():
        name = {"scale_shift_table": "head.modulation"}.get(
            key, key.replace("scale_shift_table", "modulation")
        )
        for ours, theirs in ORIGINAL:
            name = name.replace(ours, theirs)
        found[name] = tensor.contiguous()
    return found
