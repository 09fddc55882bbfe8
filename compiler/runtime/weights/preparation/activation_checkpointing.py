"""What a trained network keeps of its forward for its backward, and what it computes again: `checkpointing`."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

from ..repeated_blocks import repeated_blocks

ATTENTION = frozenset(
    getattr(torch.ops.aten, name).default
    for name in (
        "_scaled_dot_product_cudnn_attention",
        "_scaled_dot_product_efficient_attention",
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_fused_attention_overrideable",
    )
)
"""The ops that torch's attention ends in. Their results are a fraction of a block's activations, and computing them
again is most of computing a block of a video's length again."""


def recompute_all(model: nn.Module) -> bool:
    """Keeps the inputs of its blocks alone. False if the class cannot."""
    for name in ("enable_gradient_checkpointing", "gradient_checkpointing_enable"):
        if hasattr(model, name):
            try:
                getattr(model, name)()
            except ValueError:  # as both libraries say it of a class that has no blocks to recompute
                return False
            return True
    return False


def keep_attention(model: nn.Module) -> bool:
    """Keeps the inputs of its repeated blocks and what attention gives in them. False if it has no such blocks.

    The checkpoint lies within a block, so that a compiled block compiles it too.
    """
    found = repeated_blocks(model)
    for _, block in found:
        cls = type(block)
        block.__class__ = type(cls.__name__, (_Recomputed, cls), {})
    return bool(found)


class _Recomputed(nn.Module):
    """Mixed into the class of a block. The class is changed rather than `forward`, so that a deep copy calls its own
    weights."""

    recomputes = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        if not self.recomputes or not torch.is_grad_enabled():
            return super().forward(*args, **kwargs)
        contexts = partial(create_selective_checkpoint_contexts, _kept)
        return checkpoint(super().forward, *args, use_reentrant=False, context_fn=contexts, **kwargs)


def _kept(context: Any, op: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
    return CheckpointPolicy.MUST_SAVE if op in ATTENTION else CheckpointPolicy.PREFER_RECOMPUTE


CHECKPOINTING = {"full": recompute_all, "selective": keep_attention}
"""How a network is made to recompute, by the setting's word."""
