"""Names of layers as Wan 2.1 was published, which ComfyUI and kohya's tools go by."""

from __future__ import annotations

from collections.abc import Mapping

ORIGINAL_NAMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "transformer": (
        ("attn1", "self_attn"),
        ("attn2", "cross_attn"),
        ("to_q", "q"),
        ("to_k", "k"),
        ("to_v", "v"),
        ("to_out.0", "o"),
        ("ffn.net.0.proj", "ffn.0"),
        ("ffn.net.2", "ffn.2"),
        ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
        ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
        ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
        ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
        ("condition_embedder.time_proj", "time_projection.1"),
        ("proj_out", "head.head"),
    )
}
"""By component: parts of a layer's name in diffusers, and what stands for them."""
