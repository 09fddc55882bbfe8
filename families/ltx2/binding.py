"""What `ltx2.fdl` cannot say: text through the hidden states of Gemma and the connectors, sound to its spectrum and back, and
latents of a first frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import prompts, tiny_tokenizers
from .spectrum import log_mel

PIPELINE = "LTX2Pipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it. An export that goes on from
a first frame is loaded by `LTX2ImageToVideoPipeline` as well."""


# text


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Rows for video and for sound, [b, L, D] and [b, L, DA], where learned rows stand past a prompt's tokens.

    Prompts are padded on the left, as the connectors expect them; of Gemma every layer's hidden states are read.
    """
    tokens = _tokens(role, prompt)
    given = {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"]}
    layers = role.text_encoder.outputs("", ("hidden_states",), **given, output_hidden_states=True)
    packed = torch.stack(layers, dim=-1).flatten(2, 3)
    read = role.connectors.giving("embeds", "audio_embeds", "mask")
    rows = read(
        text_encoder_hidden_states=packed, attention_mask=tokens["attention_mask"], padding_side="left"
    )
    return {name: rows[name] for name in ("embeds", "audio_embeds")}


def encode_beginning(role: Any, prompt: list[str], image: Tensor) -> dict[str, Tensor]:
    """The same rows, and the latents of a first frame [b, 3, H, W] with the mask of it: [b, C, t, h, w], [b, 1, t, h, w].

    The codec is causal, so that the first latent frame is that of an image alone; the others are not read.
    """
    first = role.vae.encode(x=image.unsqueeze(2))
    frames = (role.sizes["F"] - 1) // 8 + 1
    given = torch.zeros(len(first), 1, frames, *first.shape[3:], dtype=torch.bool, device=first.device)
    given[:, :, 0] = True
    return {
        **encode_text(role, prompt),
        "first": first.expand(-1, -1, frames, -1, -1).contiguous(),
        "given": given,
    }


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt `encode_text` leaves out."""
    return prompts.left_out(role.tokenizer, [p.strip() for p in prompt], role.sizes["L"])


cut_by_encode_beginning = cut_by_encode_text


def _tokens(role: Any, prompt: list[str]) -> Mapping[str, Tensor]:
    tokenizer = role.tokenizer.module
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    found: Mapping[str, Tensor] = prompts.padded(role.tokenizer, [p.strip() for p in prompt], role.sizes["L"])
    return found


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)


# sound and pixels


def encode_both(role: Any, video: Tensor, sound: Tensor) -> dict[str, Tensor]:
    """Latents of a clip [b, 3, F, H, W] and of its sound [b, 2, N]: [b, C, t, h, w] and [b, CA, l]."""
    config = role.audio_vae.config
    mel = log_mel(sound, config.sample_rate, config.mel_hop_length, config.mel_bins)
    heard = role.audio_vae.encode(x=mel)
    return {"video": role.vae.encode(x=video), "audio": heard.transpose(2, 3).flatten(1, 2)}


def decode_audio(role: Any, x0: Tensor) -> Tensor:
    """Sound [b, 2, samples] of latents [b, CA, l]: a spectrum by the codec, and the wave of it by the vocoder."""
    channels = role.audio_vae.config.latent_channels
    mel = role.audio_vae.decode(z=x0.unflatten(1, (channels, -1)).transpose(2, 3))
    given = "mel_spec" if "bwe_in_channels" in role.vocoder.config else "hidden_states"
    return role.vocoder(**{given: mel})
