"""LTX-2.0 and LTX-2.3: video and sound, denoised together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from unittest.mock import patch

import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    LTX2ImageToVideoPipeline,
    LTX2Pipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.pipelines.ltx2 import pipeline_ltx2_image2video
from diffusers.pipelines.ltx2.connectors import LTX2TextConnectors
from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder, LTX2VocoderWithBWE
from torch import Tensor
from transformers import (
    ByT5Tokenizer,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    SiglipVisionConfig,
)

from ..cases import HIGH, LOW, Asked, Case, Made

FPS, ROWS, BINS = 24, 32, 8
FRAMES, HEIGHT, WIDTH = 17, 64, 96
SAMPLES = 10_880
HEARD = 18
"""Latent frames of sound, 25 a second."""
PARTS = ("video", "audio")
TRANSFORMER = {
    "in_channels": 8,
    "out_channels": 8,
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "cross_attention_dim": 32,
    "audio_in_channels": 8,
    "audio_out_channels": 8,
    "audio_num_attention_heads": 2,
    "audio_attention_head_dim": 8,
    "audio_cross_attention_dim": 16,
    "num_layers": 2,
    "caption_channels": 32,
    "rope_type": "split",
}
CONNECTORS = {
    "caption_channels": 32,
    "text_proj_in_factor": 3,
    "video_connector_num_layers": 1,
    "video_connector_num_learnable_registers": 8,
    "video_connector_num_attention_heads": 4,
    "video_connector_attention_head_dim": 8,
    "audio_connector_num_layers": 1,
    "audio_connector_num_learnable_registers": 8,
    "audio_connector_attention_head_dim": 8,
    "connector_rope_base_seq_len": 32,
    "video_hidden_dim": 32,
    "audio_hidden_dim": 16,
    "rope_type": "split",
}
NEWER = {
    "transformer": {
        "use_prompt_embeddings": False,
        "gated_attn": True,
        "cross_attn_mod": True,
        "audio_gated_attn": True,
        "audio_cross_attn_mod": True,
        "perturbed_attn": True,
    },
    "connectors": {
        "audio_connector_num_attention_heads": 2,
        "per_modality_projections": True,
        "proj_bias": True,
        "video_gated_attn": True,
        "audio_gated_attn": True,
    },
}
OLDER = {"transformer": {}, "connectors": {"audio_connector_num_attention_heads": 4}}
"""What tells LTX-2.3 and LTX-2.0 from each other."""


def pipeline(newer: bool) -> LTX2Pipeline:
    torch.manual_seed(11)
    own = NEWER if newer else OLDER
    text = Gemma3TextConfig(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=64,
    )
    vision = SiglipVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
    )
    gemma = Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=4,
        image_token_index=319,
        boi_token_index=317,
        eoi_token_index=318,
    )
    vae = AutoencoderKLLTX2Video(
        latent_channels=8,
        block_out_channels=(8, 8, 16, 16),
        decoder_block_out_channels=(8, 8, 16),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1),
        downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
        upsample_residual=(False,) * 3,
        upsample_factor=(1, 1, 1),
        patch_size=4,
        decoder_causal=False,
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )
    audio_vae = AutoencoderKLLTX2Audio(
        base_channels=8,
        output_channels=2,
        ch_mult=(1, 2, 2),
        num_res_blocks=1,
        in_channels=2,
        resolution=32,
        latent_channels=4,
        mel_bins=BINS,
    )
    for codec in (vae, audio_vae):  # else they change nothing
        codec.latents_mean.copy_(0.3 * torch.randn(8))
        codec.latents_std.copy_(0.5 + torch.rand(8))
    if newer:
        vocoder = LTX2VocoderWithBWE(
            in_channels=2 * BINS,
            hidden_channels=64,
            upsample_kernel_sizes=[11, 4, 4, 4, 4, 4],
            upsample_factors=[5, 2, 2, 2, 2, 2],
            resnet_kernel_sizes=[3],
            resnet_dilations=[[1, 3, 5]],
            bwe_in_channels=2 * BINS,
            bwe_hidden_channels=32,
            bwe_resnet_kernel_sizes=[3],
            bwe_resnet_dilations=[[1, 3, 5]],
            num_mel_channels=BINS,
        )
    else:
        vocoder = LTX2Vocoder(
            in_channels=2 * BINS,
            hidden_channels=32,
            out_channels=2,
            upsample_kernel_sizes=[16, 15, 8, 4, 4],
            upsample_factors=[6, 5, 2, 2, 2],
            resnet_kernel_sizes=[3],
            resnet_dilations=[[1, 3, 5]],
        )
    return LTX2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True,
            base_shift=0.95,
            max_shift=2.05,
            base_image_seq_len=1024,
            max_image_seq_len=4096,
            shift_terminal=0.1,
        ),
        vae=vae.eval(),
        audio_vae=audio_vae.eval(),
        text_encoder=Gemma3ForConditionalGeneration(gemma).eval(),
        tokenizer=ByT5Tokenizer(extra_ids=0, model_max_length=ROWS),
        connectors=LTX2TextConnectors(**CONNECTORS, **own["connectors"]).eval(),
        transformer=LTX2VideoTransformer3DModel(**TRANSFORMER, **own["transformer"]).eval(),
        vocoder=vocoder.eval(),
    )


def image_pipeline() -> LTX2ImageToVideoPipeline:
    """The same parts, from a given first frame on."""
    return LTX2ImageToVideoPipeline(**{n: x for n, x in pipeline(True).components.items() if x is not None})


def text(pipe: Any, prompts: list[str]) -> tuple[Tensor, Tensor]:
    """Rows for video and for sound, by the classes of the pipeline."""
    pipe.tokenizer.padding_side = "left"
    tokens = pipe.tokenizer(
        [p.strip() for p in prompts],
        padding="max_length",
        max_length=ROWS,
        truncation=True,
        return_tensors="pt",
    )
    states = pipe.text_encoder(
        input_ids=tokens.input_ids, attention_mask=tokens.attention_mask, output_hidden_states=True
    ).hidden_states
    video, audio, _ = pipe.connectors(torch.stack(states, dim=-1).flatten(2, 3), tokens.attention_mask)
    return video, audio


def spectrum(sound: Tensor) -> Tensor:
    """Log-mel [b, 2, N/160 + 1, BINS] of samples [b, 2, N], 16,000 a second, one window at a time."""
    from transformers.audio_utils import mel_filter_bank

    bank = torch.from_numpy(
        mel_filter_bank(513, BINS, 0.0, 8000.0, 16000, norm="slaney", mel_scale="slaney")
    ).float()
    around = torch.nn.functional.pad(sound, (512, 512), mode="reflect")
    windows = around.unfold(2, 1024, 160) * torch.hann_window(1024)
    return (torch.fft.rfft(windows).abs() @ bank).clamp(min=1e-5).log()


def packed(latents: Tensor) -> Tensor:
    """[b, c, l, m] as rows [b, l, c*m]"""
    return latents.transpose(1, 2).flatten(2)


ALONE = {
    "predict": {},
    "perturbed": {"spatio_temporal_guidance_blocks": [1]},
    "isolated": {"isolate_modalities": True},
}
"""The stages that ask the network, and what its class is told beside the tensors."""


def network(
    transformer: Any,
    name: str,
    latents: Sequence[Tensor],
    levels: Sequence[Tensor],
    text: tuple[Tensor, Tensor],
    more: Mapping[str, Any],
    times: Tensor | None = None,
) -> dict[str, Tensor]:
    """What the transformer says of video and sound, each at its level; `times` are those of tokens of the video."""
    moved, heard = transformer(
        hidden_states=latents[0].flatten(2).transpose(1, 2),
        audio_hidden_states=latents[1].transpose(1, 2),
        encoder_hidden_states=text[0],
        audio_encoder_hidden_states=text[1],
        timestep=levels[0] if times is None else times,
        audio_timestep=levels[1],
        sigma=levels[0],
        audio_sigma=levels[1],
        num_frames=3,
        height=2,
        width=3,
        fps=FPS,
        audio_num_frames=HEARD,
        use_cross_timestep=True,
        return_dict=False,
        **more,
    )
    rows = moved.transpose(1, 2).unflatten(2, (3, 2, 3))
    return {f"{name}.video": rows, f"{name}.audio": heard.transpose(1, 2)}


def stages(pipe: Any, asked: Asked) -> Made:
    prompts, noisy = asked.batch["prompt"], asked.made
    cond, uncond = text(pipe, prompts), text(pipe, [""] * len(prompts))
    vae, audio_vae = pipe.vae, pipe.audio_vae
    mean, std = (x.view(1, -1, 1, 1, 1) for x in (vae.latents_mean, vae.latents_std))
    video = (vae.encode(asked.batch["video"]).latent_dist.mode() - mean) / std
    rows = packed(audio_vae.encode(spectrum(asked.batch["sound"])).latent_dist.mode())
    sound = (rows - audio_vae.latents_mean) / audio_vae.latents_std
    mel = audio_vae.decode(rows.unflatten(2, (-1, BINS // 4)).transpose(1, 2), return_dict=False)[0]
    levels = (1000 * asked.level,) * 2
    said = {}
    for name in (n for n in ALONE if f"{n}.video" in asked.made):
        latents = noisy["noisy.video"], noisy["noisy.audio"]
        said |= network(pipe.transformer, name, latents, levels, cond, ALONE[name])
    apart = [LOW + (HIGH - LOW) * asked.drawn[f"s[{n}]"][0] for n in PARTS]
    clean, eps = (video, sound.transpose(1, 2)), [asked.noise(f"eps[{n}]") for n in PARTS]
    shares = [s.view(-1, *[1] * (x.dim() - 1)) for s, x in zip(apart, clean, strict=True)]
    mixed = [(1 - s) * x + s * e for s, x, e in zip(shares, clean, eps, strict=True)]
    said |= network(pipe.transformer, "apart", mixed, [1000 * s for s in apart], cond, {})
    return {
        "cond.embeds": cond[0],
        "cond.audio_embeds": cond[1],
        "uncond.embeds": uncond[0],
        "uncond.audio_embeds": uncond[1],
        "clean.video": video,
        "clean.audio": sound.transpose(1, 2),
        **said,
        "shown": vae.decode(video * std + mean, None).sample,
        "heard": pipe.vocoder(mel),
    }


def sample(pipe: Any, asked: Asked) -> object:
    made = guided(pipe, asked, "pt")
    torch.testing.assert_close(asked.made["sounds"], made.audio, rtol=0, atol=1e-4)
    return made


def latents(pipe: Any, asked: Asked) -> tuple[Tensor, Tensor]:
    """As both codecs take them."""
    made = guided(pipe, asked, "latent")
    return made.frames, made.audio


def guided(pipe: Any, asked: Asked, kind: str, **more: Any) -> Any:
    """A sample by all four calls of the network a step, from the noise that the family drew; `more` takes the place of what
    the pipeline is given otherwise."""
    prompts = asked.batch["prompt"]
    stats = pipe.audio_vae
    rows = asked.noise("x[audio]").transpose(1, 2) * stats.latents_std + stats.latents_mean
    given = {
        "prompt": prompts,
        "negative_prompt": [""] * len(prompts),
        "height": HEIGHT,
        "width": WIDTH,
        "num_frames": FRAMES,
        "frame_rate": float(FPS),
        "num_inference_steps": asked.steps,
        "guidance_scale": asked.scale,
        "audio_guidance_scale": 7.0,
        "stg_scale": 1.0,
        "modality_scale": 3.0,
        "guidance_rescale": 0.7,
        "spatio_temporal_guidance_blocks": [1],
        "latents": asked.noise("x[video]").flatten(2).transpose(1, 2),
        "audio_latents": rows,
        "output_type": kind,
        "max_sequence_length": ROWS,
    }
    return pipe(**given | more)


def of_video(pipe: Any, video: Tensor) -> Tensor:
    """Normalised latents [b, C, t, h, w] of frames."""
    mean, std = (x.view(1, -1, 1, 1, 1) for x in (pipe.vae.latents_mean, pipe.vae.latents_std))
    return (pipe.vae.encode(video).latent_dist.mode() - mean) / std


def image_stages(pipe: Any, asked: Asked) -> Made:
    """Of a given first frame: its latents take the place of noisy ones, and its tokens have a level of 0."""
    prompts = asked.batch["prompt"]
    cond, uncond = text(pipe, prompts), text(pipe, [""] * len(prompts))
    first = of_video(pipe, asked.batch["image"].unsqueeze(2))
    rows = packed(pipe.audio_vae.encode(spectrum(asked.batch["sound"])).latent_dist.mode())
    sound = (rows - pipe.audio_vae.latents_mean) / pipe.audio_vae.latents_std
    video, heard = asked.made["noisy.video"], asked.made["noisy.audio"]
    levels = (1000 * asked.level,) * 2
    latents = torch.cat([first, video[:, :, 1:]], dim=2), heard
    times = torch.cat([torch.zeros(2, 6), levels[0].view(-1, 1).expand(-1, 12)], dim=1)
    said: dict[str, Tensor] = {}
    for name, more in ALONE.items():
        name = "continued" if name == "predict" else f"continued_{name}"
        said |= network(pipe.transformer, name, latents, levels, cond, more, times)
    ends = (video[:, :, :1] - first) / asked.level.view(-1, 1, 1, 1, 1)
    given = torch.zeros(2, 1, 3, 2, 3)
    given[:, :, 0] = 1
    frames = {"first": first.expand(-1, -1, 3, -1, -1), "given": given}
    return {
        **{f"cond.{n}": x for n, x in {"embeds": cond[0], "audio_embeds": cond[1], **frames}.items()},
        **{f"uncond.{n}": x for n, x in {"embeds": uncond[0], "audio_embeds": uncond[1], **frames}.items()},
        "clean.video": of_video(pipe, asked.batch["video"]),
        "clean.audio": sound.transpose(1, 2),
        "predict.video": torch.cat([ends, said["continued.video"][:, :, 1:]], dim=2),
        "predict.audio": said["continued.audio"],
        **said,
    }


def image_sample(pipe: Any, asked: Asked) -> object:
    """The pipeline draws what the family drew; the first frame of it is not used."""
    drawn = asked.noise("x[video]")

    def draw(shape: Sequence[int], **how: Any) -> Tensor:
        return drawn if tuple(shape) == drawn.shape else torch.zeros(shape)  # sound is given, and noised by 0

    noise = patch.object(pipeline_ltx2_image2video, "randn_tensor", draw)
    with noise:
        made = guided(pipe, asked, "pt", image=asked.batch["image"] / 2 + 0.5, image_crf=0, latents=None)
    torch.testing.assert_close(asked.made["sounds"], made.audio, rtol=0, atol=1e-4)
    return made


def case(variant: str, newer: bool, counts: Mapping[str, Mapping[str, int]]) -> Case:
    asked = [n for n in ALONE if newer or n != "perturbed"]
    return Case(
        family="ltx2",
        variant=variant,
        sizes={"F": FRAMES, "H": HEIGHT, "W": WIDTH, "N": SAMPLES, "fps": FPS},
        fields="prompt: str, video: pixels[b, 3, F, H, W], sound: wave[b, 2, N]",
        pipeline=partial(pipeline, newer),
        stages=stages,
        sample=sample,
        counts=counts,
        codecs=("vae", "audio_vae"),
        rates={"finetune": 2e-3, "dmd2": 5e-4},
        sets={"finetune": ("validate.sample=student.sample(steps = 3)",), "dmd2": ("use.ratio=3",)},
        source='folder("data", fps = 24, rate = 16000)',
        shown=("pictures", "sounds"),
        graph=f"""
    c = student.cond(batch)
    u = student.uncond(batch)
    x0 = student.clean(batch)
    x = student.noisy(x0, eps, t)
    s ~ uniform({LOW}, {HIGH}) per part
    apart = student.predict(student.noisy(x0, eps, s), s, c)
    shown = student.decode_video(x0.video)
    heard = student.decode_audio(x0.audio)
    return (c, u, x0, x, {", ".join(f"student.{n}(x, t, c)" for n in asked)}, apart, shown, heard)""",
        made=("cond", "uncond", "clean", "noisy", *asked, "apart", "shown", "heard"),
    )


CASES = (
    case(
        "tiny",
        True,
        {
            "v23": {
                "transformer": 18_988_838_144,
                "connectors": 3_172_227_584,
                "vae": 726_105_969,
                "audio_vae": 53_248_146,
                "vocoder": 128_537_448,
                "latent_upsampler": 497_867_904,
            }
        },
    ),
    case(
        "tiny_v20",
        False,
        {
            "v20": {
                "transformer": 18_876_174_592,
                "connectors": 1_431_475_200,
                "vae": 1_222_479_601,
                "audio_vae": 53_248_146,
                "vocoder": 55_592_802,
                "latent_upsampler": 497_867_904,
            }
        },
    ),
    Case(
        family="ltx2",
        variant="tiny_image",
        ships="ltx2_image",
        sizes={"F": FRAMES, "H": HEIGHT, "W": WIDTH, "N": SAMPLES, "fps": FPS},
        fields="prompt: str, image: pixels[b, 3, H, W], video: pixels[b, 3, F, H, W], sound: wave[b, 2, N]",
        pipeline=image_pipeline,
        stages=image_stages,
        sample=image_sample,
        counts={},
        codecs=("vae", "audio_vae"),
        rates={"finetune": 2e-3, "dmd2": 5e-4},
        sets={"finetune": ("validate.sample=student.sample(steps = 3)",), "dmd2": ("use.ratio=3",)},
        source='folder("data", fps = 24, rate = 16000)',
        shown=("pictures", "sounds"),
        graph="""
    c = student.cond(batch)
    u = student.uncond(batch)
    x0 = student.clean(batch)
    x = student.noisy(x0, eps, t)
    said = (student.continued(x, t, c), student.continued_perturbed(x, t, c), student.continued_isolated(x, t, c))
    (p, q, r) = said
    return (c, u, x0, x, student.predict(x, t, c), p, q, r)""",
        made=(
            *("cond", "uncond", "clean", "noisy", "predict"),
            *("continued", "continued_perturbed", "continued_isolated"),
        ),
    ),
)
