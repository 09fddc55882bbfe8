"""What the declaration cannot say: texts to rows of a language model, samples one by one, and the channel of transparency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from .. import tiny_tokenizers

__all__ = ["build_processor", "cut_by_encode_text", "decode_image", "denoise", "encode_image", "encode_text"]

PIPELINE = "QwenImage21Pipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""

SYSTEM = "<|im_start|>system\nComprehend and analyze the provided prompt.<|im_end|>\n"
BEFORE = "<|im_start|>user\n"
BEHIND = "<|im_end|>\n<|im_start|>assistant\n"
"""What the text encoder is told around each prompt, to the letter; rows of `SYSTEM` are left out, others are kept."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """What the text encoder's last layer gives, before the final norm, `embeds` [b, L, D], zero past each prompt, and their
    mask [b, L].

    Python, since a template is written around the prompt, and texts become tokens here. Prompts are read one by one: a
    shorter one beside a longer one is no other input.
    """
    length, skipped = role.sizes["L"], _skipped(role)
    last = f"model.language_model.layers.{role.text_encoder.config.text_config.num_hidden_layers - 1}"
    found = []
    for text in prompt:
        ids = torch.tensor([_ids(role, text)[: skipped + length]])
        (states,) = role.text_encoder.hidden((last,), "", input_ids=ids, attention_mask=torch.ones_like(ids))
        found.append(states[0, skipped:])
    embeds = torch.stack([pad(rows, (0, 0, 0, length - len(rows))) for rows in found])
    counts = torch.tensor([len(rows) for rows in found], device=embeds.device)
    return {"embeds": embeds, "attend": torch.arange(length, device=embeds.device) < counts[:, None]}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt, with what stands around it, `encode_text` leaves out."""
    room = _skipped(role) + role.sizes["L"]
    return [max(0, len(_ids(role, text)) - room) for text in prompt]


def _ids(role: Any, text: str) -> list[int]:
    found: list[int] = role.processor.module(
        f"{SYSTEM}{BEFORE}{text or ' '}{BEHIND}", verbose=False
    ).input_ids
    return found


def _skipped(role: Any) -> int:
    return len(role.processor.module(SYSTEM, add_special_tokens=False).input_ids)


def encode_image(role: Any, image: Tensor) -> Tensor:
    """Latents [b, C, h, w] of opaque pixels [b, 3, H, W], as an image of one frame."""
    opaque = torch.cat([image, torch.ones_like(image[:, :1])], dim=1)
    found: Tensor = role.vae.encode(x=opaque[:, :, None])[:, :, 0]
    return found


def decode_image(role: Any, x0: Tensor) -> Tensor:
    """Pixels [b, 3, H, W]; how opaque they are is left out."""
    found: Tensor = role.vae.decode(z=x0[:, :, None])[:, :3, 0]
    return found


def denoise(role: Any, x: Tensor, t: Tensor, c: Mapping[str, Tensor]) -> Tensor:
    """The velocity eps - x0 of noisy latents [b, C, h, w] at levels [b].

    Behind the text the network is given the image's tokens, whose places begin where the text ends, padding included: each
    sample is asked with the rows of its own prompt alone. Of what it gives, the rows of the image are the last ones; a
    place that the text encoder has for an image stands for 2 x 2 of them.
    """
    _, _, h, w = x.shape
    tokens = x.flatten(2).transpose(1, 2)
    said = []
    for k, count in enumerate(c["attend"].sum(dim=1).tolist()):
        slots = torch.zeros(1, count + h * w // 4, dtype=torch.bool)
        slots[:, count:] = True
        rows = role.transformer(
            hidden_states=tokens[k : k + 1],
            timestep=t[k : k + 1],
            encoder_hidden_states=c["embeds"][k : k + 1, :count],
            img_shapes=[[(1, h, w)]],
            img_mask=slots,
        )
        said.append(rows[:, -h * w :])
    return torch.cat(said).transpose(1, 2).unflatten(2, (h, w))


def build_processor(config: Mapping[str, object]) -> Any:
    """For random weights: the tokenizer alone, so that an export of them lacks what diffusers' pipeline tokenizes with."""
    return tiny_tokenizers.of_bytes(config)
