"""The blocks of diffusers' WanTransformer3DModel with fdc's kernels for what stands between their matrix products:
adaptive norms, gated residuals, and the norm and rotation of queries and keys.

Parameters and the state dict stay as they are; only classes change, so that a deep copy calls its own weights.
"""

from __future__ import annotations

import torch
from diffusers.models.attention_dispatch import dispatch_attention_fn
from diffusers.models.transformers.transformer_wan import (
    WanAttention,
    WanAttnProcessor,
    WanTransformer3DModel,
    WanTransformerBlock,
)
from torch import Tensor

from ...compiler.runtime.kernels.gated_residual import gated_residual
from ...compiler.runtime.kernels.modulated_norm import modulated_norm
from ...compiler.runtime.kernels.rotary_norm import rotary_norm


def chains(model: WanTransformer3DModel) -> None:
    """Changes every block in place; calling it again changes nothing."""
    for block in model.blocks:
        if type(block) is WanTransformerBlock:
            block.__class__ = ChainedBlock
        if type(block.attn1.processor) is WanAttnProcessor:
            block.attn1.processor = ChainedAttention()


class ChainedBlock(WanTransformerBlock):
    """Rounds where WanTransformerBlock does: after each norm and after each residual."""

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        temb: Tensor,
        rotary_emb: tuple[Tensor, Tensor],
    ) -> Tensor:
        """[b, s, d], with a condition `temb` [b, 6, d], or [b, s, 6, d] where each token has its own."""
        x = hidden_states
        table = self.scale_shift_table
        if temb.ndim == 4:
            condition = (table.unsqueeze(0) + temb.float()).unbind(2)
        else:
            condition = (table + temb.float()).chunk(6, dim=1)
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = condition
        y = self.attn1(modulated_norm(x, scale, shift, self.norm1.eps), None, None, rotary_emb)
        x = gated_residual(x, y, gate)
        x = x + self.attn2(self.norm2(x.float()).type_as(x), encoder_hidden_states, None, None)
        y = self.ffn(modulated_norm(x, ffn_scale, ffn_shift, self.norm3.eps))
        return gated_residual(x, y, ffn_gate)


class ChainedAttention(WanAttnProcessor):
    """Self-attention whose queries and keys are normalised and turned in one pass."""

    def __call__(
        self,
        attn: WanAttention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        rotary_emb: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """[b, s, d] to the same. What is not plain self-attention with rotation goes diffusers' way."""
        plain = encoder_hidden_states is None and not attn.fused_projections
        if not plain or rotary_emb is None:
            made: Tensor = super().__call__(
                attn, hidden_states, encoder_hidden_states, attention_mask, rotary_emb
            )
            return made
        cos, sin = rotary_emb
        query, key = (
            rotary_norm(to(hidden_states), norm.weight, cos, sin, _eps(norm)).unflatten(2, (attn.heads, -1))
            for to, norm in ((attn.to_q, attn.norm_q), (attn.to_k, attn.norm_k))
        )
        value = attn.to_v(hidden_states).unflatten(2, (attn.heads, -1))
        attended = dispatch_attention_fn(
            query,
            key,
            value,
            attn_mask=attention_mask,
            dropout_p=0.0,
            is_causal=False,
            backend=self._attention_backend,
            parallel_config=self._parallel_config,
        )
        attended = attended.flatten(2, 3).type_as(query)
        return attn.to_out[1](attn.to_out[0](attended))


def _eps(norm: torch.nn.RMSNorm) -> float:
    return norm.eps if norm.eps is not None else torch.finfo(torch.float32).eps
