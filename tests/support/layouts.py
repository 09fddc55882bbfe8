"""Checkpoints in diffusers layout as their JSON alone, for checks that read no weight, and families that read them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Files = Mapping[str, Mapping[str, Any]]

GRAPHS = """
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_media(batch.media) }
  graph sample(batch) { return decode_media(clean(batch)) }
"""
PROGRAM = """
program p {
  sizes { %(sizes)s }
  role student = %(name)s("checkpoint") { train = full }
  data shots = folder("data") { prompt: str, media: %(media)s }
  use finetune(student)
  optimize student = adamw(lr = 1e-5)
  train { steps = 10, batch = 8 }
}
"""
IMAGES = {"sizes": "H = 512, W = 768", "media": "pixels[b, 3, H, W]"}
VIDEO = {"sizes": "F = 81, H = 480, W = 832", "media": "pixels[b, 3, F, H, W]"}

# A flow for images in the manner of SD3, reduced to one text encoder.
STILLS = """
import finetune

family stills {
  sizes { H = 8*m, W = 8*n }
  component transformer = diffusers.SD3Transformer2DModel { trainable, config = { num_layers = 24 } }
  component vae = diffusers.AutoencoderKL { dtype = f32 }
  component text_encoder = transformers.T5EncoderModel
  component tokenizer = transformers.AutoTokenizer
  space image = bf16[b, 16, h = H/8, w = W/8] from vae {
    normalize = (z - vae.config.shift_factor) * vae.config.scaling_factor
  }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 3.0 }
  record text { embeds: bf16[b, 256, 4096] { pad = attend }, pooled: bf16[b, 2048] }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_media : encode(media: pixels[b, 3, H, W]) -> clean[image] by vae.encode(x = media)
  stage denoise : denoise(x: noisy[image], t: time[b], c: text) -> predict[image]
    by transformer(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds, pooled_projections = c.pooled)
  stage decode_media : decode(x0: clean[image]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
%(graphs)s
  variant large { transformer.config = { num_layers = 38 } }
}
"""
STILLS_FILES: Files = {
    "model_index.json": {
        "_class_name": "StableDiffusion3Pipeline",
        "transformer": ["diffusers", "SD3Transformer2DModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "T5EncoderModel"],
        "tokenizer": ["transformers", "T5TokenizerFast"],
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
        "image_encoder": [None, None],
        "feature_extractor": ["transformers", "SiglipImageProcessor"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    },
    "transformer/config.json": {
        "_class_name": "SD3Transformer2DModel",
        "in_channels": 16,
        "out_channels": 16,
        "num_layers": 24,
        "patch_size": 2,
        "joint_attention_dim": 4096,
        "caption_projection_dim": 1536,
        "pooled_projection_dim": 2048,
    },
    "vae/config.json": {
        "_class_name": "AutoencoderKL",
        "latent_channels": 16,
        "block_out_channels": [128, 256, 512, 512],
        "scaling_factor": 1.5305,
        "shift_factor": 0.0609,
        "latents_mean": None,
        "latents_std": None,
    },
    "text_encoder/config.json": {"architectures": ["T5EncoderModel"], "model_type": "t5", "d_model": 4096},
    "tokenizer/tokenizer_config.json": {"model_max_length": 512},
    "scheduler/scheduler_config.json": {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "shift": 3.0,
        "use_dynamic_shifting": False,
    },
}

# A variance-preserving network for images in the manner of SD1.
DRAWINGS = """
import finetune

family drawings {
  sizes { H = 8*m, W = 8*n }
  component unet = diffusers.UNet2DConditionModel { trainable }
  component vae = diffusers.AutoencoderKL { dtype = f32 }
  component text_encoder = transformers.CLIPTextModel
  component tokenizer = transformers.CLIPTokenizer
  space image = f32[b, 4, h = H/8, w = W/8] from vae { normalize = z * vae.config.scaling_factor }
  process vp { noisy = a*x0 + s*eps, predict = eps, ticks = unet.schedule(s) }
  record text { embeds: f32[b, 77, 768] { pad = attend } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_media : encode(media: pixels[b, 3, H, W]) -> clean[image] by vae.encode(x = media)
  stage denoise : denoise(x: noisy[image], t: time[b], c: text) -> predict[image]
    by unet(sample = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_media : decode(x0: clean[image]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
%(graphs)s
}
"""
DRAWINGS_FILES: Files = {
    "model_index.json": {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "PNDMScheduler"],
    },
    "unet/config.json": {
        "_class_name": "UNet2DConditionModel",
        "in_channels": 4,
        "out_channels": 4,
        "cross_attention_dim": 768,
        "encoder_hid_dim": None,
    },
    # written before `scaling_factor` was a key: the class's own default counts
    "vae/config.json": {
        "_class_name": "AutoencoderKL",
        "latent_channels": 4,
        "block_out_channels": [128, 256, 512, 512],
    },
    "text_encoder/config.json": {"architectures": ["CLIPTextModel"], "hidden_size": 768},
    "tokenizer/tokenizer_config.json": {"model_max_length": 77},
    "scheduler/scheduler_config.json": {
        "_class_name": "PNDMScheduler",
        "beta_schedule": "scaled_linear",
        "prediction_type": "epsilon",
        "num_train_timesteps": 1000,
    },
}

# Image to video: a mask and an image's latents lie beside the noisy ones, and two experts share the noise levels.
EDITS = """
import finetune

family edits {
  sizes { F = 4*k + 1, H = 16*m, W = 16*n }
  component high = diffusers.WanTransformer3DModel { trainable, subfolder = "transformer", levels = [0.9, 1.0] }
  component low = diffusers.WanTransformer3DModel { trainable, subfolder = "transformer_2", levels = [0.0, 0.9] }
  component vae = diffusers.AutoencoderKLWan { dtype = f32 }
  component text_encoder = transformers.UMT5EncoderModel
  component tokenizer = transformers.AutoTokenizer
  space moving = bf16[b, 16, t = (F - 1)/4 + 1, h = H/8, w = W/8] from vae {
    normalize = (z - vae.config.latents_mean) / vae.config.latents_std
  }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 5.0 }
  record guided {
    embeds: bf16[b, 512, 4096] { pad = zero }
    given: bf16[b, 4, t = (F - 1)/4 + 1, h = H/8, w = W/8]
    image: clean[moving]
  }
  stage encode_text : encode(prompt: str[b]) -> guided by python(encode_text)
  stage encode_media : encode(media: pixels[b, 3, F, H, W]) -> clean[moving] by vae.encode(x = media)
  stage denoise : denoise(x: noisy[moving], t: time[b], c: guided) -> predict[moving]
    by select(
      t.sigma >= 0.9,
      high(hidden_states = concat(x, c.given, c.image, axis = c), timestep = t.ticks, encoder_hidden_states = c.embeds),
      low(hidden_states = concat(x, c.given, c.image, axis = c), timestep = t.ticks, encoder_hidden_states = c.embeds)
    )
  stage decode_media : decode(x0: clean[moving]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
%(graphs)s
}
"""
_EXPERT = {
    "_class_name": "WanTransformer3DModel",
    "in_channels": 36,
    "out_channels": 16,
    "text_dim": 4096,
    "patch_size": [1, 2, 2],
}
EDITS_FILES: Files = {
    "model_index.json": {
        "_class_name": "WanImageToVideoPipeline",
        "transformer": ["diffusers", "WanTransformer3DModel"],
        "transformer_2": ["diffusers", "WanTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLWan"],
        "text_encoder": ["transformers", "UMT5EncoderModel"],
        "tokenizer": ["transformers", "T5TokenizerFast"],
        "scheduler": ["diffusers", "UniPCMultistepScheduler"],
        "boundary_ratio": 0.9,
    },
    "transformer/config.json": _EXPERT,
    "transformer_2/config.json": _EXPERT,
    "vae/config.json": {
        "_class_name": "AutoencoderKLWan",
        "z_dim": 16,
        "dim_mult": [1, 2, 4, 4],
        "temperal_downsample": [False, True, True],
        "latents_mean": [0.1] * 16,
        "latents_std": [2.0] * 16,
    },
    "text_encoder/config.json": {"architectures": ["UMT5EncoderModel"], "d_model": 4096},
    "tokenizer/tokenizer_config.json": {"model_max_length": 10**30},
    "scheduler/scheduler_config.json": {
        "_class_name": "UniPCMultistepScheduler",
        "beta_schedule": "linear",
        "prediction_type": "flow_prediction",
        "use_flow_sigmas": True,
        "flow_shift": 5.0,
        "num_train_timesteps": 1000,
    },
}

# A variance-preserving network for video that predicts v, whose codec may want its scale upside down.
CLIPS = """
import finetune

family clips {
  sizes { F = 4*k + 1, H = 16*m, W = 16*n }
  component transformer = diffusers.CogVideoXTransformer3DModel { trainable }
  component vae = diffusers.AutoencoderKLCogVideoX { dtype = f32 }
  component text_encoder = transformers.T5EncoderModel
  component tokenizer = transformers.AutoTokenizer
  space latents = bf16[b, 16, t = (F - 1)/4 + 1, h = H/8, w = W/8] from vae { normalize = z * vae.config.scaling_factor }
  process vp { noisy = a*x0 + s*eps, predict = a*eps - s*x0, ticks = transformer.schedule(s) }
  record text { embeds: bf16[b, 226, 4096] { pad = attend } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_media : encode(media: pixels[b, 3, F, H, W]) -> clean[latents] by vae.encode(x = media)
  stage denoise : denoise(x: noisy[latents], t: time[b], c: text) -> predict[latents]
    by transformer(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_media : decode(x0: clean[latents]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
%(graphs)s
}
"""
CLIPS_FILES: Files = {
    "model_index.json": {
        "_class_name": "CogVideoXPipeline",
        "transformer": ["diffusers", "CogVideoXTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLCogVideoX"],
        "text_encoder": ["transformers", "T5EncoderModel"],
        "tokenizer": ["transformers", "T5Tokenizer"],
        "scheduler": ["diffusers", "CogVideoXDPMScheduler"],
    },
    "transformer/config.json": {
        "_class_name": "CogVideoXTransformer3DModel",
        "in_channels": 16,
        "out_channels": 16,
        "patch_size": 2,
        "patch_size_t": None,
        "text_embed_dim": 4096,
    },
    "vae/config.json": {
        "_class_name": "AutoencoderKLCogVideoX",
        "latent_channels": 16,
        "block_out_channels": [128, 256, 256, 512],
        "temporal_compression_ratio": 4,
        "scaling_factor": 0.7,
        "invert_scale_latents": False,
    },
    "text_encoder/config.json": {"architectures": ["T5ForConditionalGeneration"], "d_model": 4096},
    "tokenizer/tokenizer_config.json": {"model_max_length": 226},
    "scheduler/scheduler_config.json": {
        "_class_name": "CogVideoXDPMScheduler",
        "beta_schedule": "scaled_linear",
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
        "num_train_timesteps": 1000,
    },
}

PROGRAMS: Mapping[str, tuple[str, Files]] = {
    name: (family % {"graphs": GRAPHS} + PROGRAM % {"name": name, **sizes}, files)
    for name, family, files, sizes in (
        ("stills", STILLS, STILLS_FILES, IMAGES),
        ("drawings", DRAWINGS, DRAWINGS_FILES, IMAGES),
        ("edits", EDITS, EDITS_FILES, VIDEO),
        ("clips", CLIPS, CLIPS_FILES, VIDEO),
    )
}
"""By name: a family with a program that trains it from the folder `checkpoint`, and a checkpoint that fits."""

GONE = object()
"""In place of a value: the key is left out; in place of a file's changes: the file is."""


def write(folder: Path, files: Files, changes: Mapping[str, Any] | None = None) -> Path:
    """Writes a checkpoint, with `changes` of keys by file."""
    changed: dict[str, Any] = copy.deepcopy({name: dict(content) for name, content in files.items()})
    for name, keys in (changes or {}).items():
        if keys is GONE:
            del changed[name]
            continue
        content = {**changed.get(name, {}), **keys}
        changed[name] = {k: v for k, v in content.items() if v is not GONE}
    for name, content in changed.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return folder
