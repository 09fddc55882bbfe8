"""What is known of the classes of diffusers and transformers. A new class is a row here, or a key in one of the lists.

Checking imports neither library: what a class's config means stands here as data, and the comparisons of this folder
read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from ..base.frozen import field, struct
from ..types.coefficients import Time, const, read, square_root
from ..types.quantity import CLEAN, NOISE, Quantity

LIBRARIES = ("diffusers", "transformers")
BODIES = ("Model", "EncoderModel", "TextModel", "TextModelWithProjection", "VisionModel")
WHOLES = ("Model", "ForConditionalGeneration", "ForCausalLM", "LMHeadModel")
"""Endings of a class's name: an encoder may be read from a checkpoint of the whole model."""
NOT_MODELS = ("Scheduler", "Tokenizer", "Processor", "FeatureExtractor", "Checker", "Guidance", "Guider")
"""Words in the names of classes that hold no weights."""


def is_model(cls: str) -> bool:
    return not any(word in cls for word in NOT_MODELS)


# schedulers

SCHEDULERS: Mapping[str, str] = {
    "FlowMatchEulerDiscreteScheduler": "flow",
    "FlowMatchHeunDiscreteScheduler": "flow",
    "FlowMatchLCMScheduler": "flow",
    "FlowMapEulerDiscreteScheduler": "flow",
    "LTXEulerAncestralRFScheduler": "flow",
    "EDMEulerScheduler": "edm",
    "EDMDPMSolverMultistepScheduler": "edm",
    "SCMScheduler": "trig",
}
"""Schedulers that know one kind of noise. Others say it by their settings."""

OF_TABLES = frozenset(
    f"{name}Scheduler"
    for name in (
        "CogVideoXDDIM",
        "CogVideoXDPM",
        "DDIM",
        "DDPM",
        "DEISMultistep",
        "DPMSolverMultistep",
        "DPMSolverSDE",
        "DPMSolverSinglestep",
        "EulerAncestralDiscrete",
        "EulerDiscrete",
        "HeunDiscrete",
        "KDPM2AncestralDiscrete",
        "KDPM2Discrete",
        "LCM",
        "LMSDiscrete",
        "PNDM",
        "SASolver",
        "TCD",
        "UniPCMultistep",
    )
)
"""Schedulers that read a table of betas unless their settings say that they are of a flow."""

PRECONDITIONED: Mapping[str, float] = {"EDMEulerScheduler": 0.5, "EDMDPMSolverMultistepScheduler": 0.5}
"""Schedulers whose network says F of Karras et al. (2022), table 1, with the deviation of data (`sigma_data`) that they take
where a config is silent."""


def preconditioned(kind: str, t: Time, deviation: Fraction, negated: bool) -> Quantity:
    """F where x0 = c_skip*x + c_out*F, of data of this deviation; `v_prediction` has c_out with the other sign."""
    sigma = read("sigma", kind, t)
    variance = const(deviation * deviation)
    root = square_root(sigma * sigma + variance) * const(deviation)
    found = CLEAN.scale(sigma / root) - NOISE.scale(variance / root)
    return found.negated() if negated else found


@struct
class Step:
    """A setting of a scheduler by which it samples otherwise than families do: of which kind of noise, the value by which it
    does not, and what families do."""

    kind: str
    usual: object
    does: str


SAMPLERS: Mapping[str, Step] = {
    "invert_sigmas": Step("flow", False, "goes from noise to data"),
    "stochastic_sampling": Step("flow", False, "adds no noise on its way"),
    "timestep_type": Step("vp", "discrete", "tells its network entries of a table"),
    "final_sigmas_type": Step("vp", "zero", "ends where no noise is left"),
    "thresholding": Step("vp", False, "leaves clean latents as they are"),
    "clip_sample": Step("vp", False, "leaves clean latents as they are"),
}
"""By the key of a scheduler's config."""


@struct
class Prediction:
    """What a `prediction_type` means: a mix, and how a process writes it, `a` and `s` being alpha and sigma."""

    mix: Callable[[str, Time], Quantity]
    written: str


PREDICTIONS: Mapping[object, Prediction] = {
    "epsilon": Prediction(lambda kind, t: NOISE, "eps"),
    "sample": Prediction(lambda kind, t: CLEAN, "x0"),
    "v_prediction": Prediction(
        lambda kind, t: NOISE.scale(read("alpha", kind, t)) - CLEAN.scale(read("sigma", kind, t)),
        "a*eps - s*x0",
    ),
    "flow_prediction": Prediction(lambda kind, t: NOISE - CLEAN, "eps - x0"),
}
"""By the `prediction_type` of a scheduler."""


# codecs


@struct
class Codec:
    """`halves_by_block`: every block but the last halves height and width. `defaults` are what the class takes where its
    older configs say nothing."""

    halves_by_block: bool = False
    defaults: Mapping[str, float | None] = field(default_factory=dict)


CODECS: Mapping[str, Codec] = {
    "AutoencoderKL": Codec(
        True,
        {"scaling_factor": 0.18215, "shift_factor": None, "latents_mean": None, "latents_std": None},
    ),
    "AutoencoderKLCogVideoX": Codec(halves_by_block=True),
    "AutoencoderKLTemporalDecoder": Codec(halves_by_block=True),
}
"""Classes of which more is known than their configs say."""
CODEC_CHANNELS = ("z_dim", "latent_channels")
CODEC_SPATIAL = ("scale_factor_spatial", "spatial_compression_ratio")
CODEC_TEMPORAL = ("scale_factor_temporal", "temporal_compression_ratio")
"""Keys that tell how many channels the latents have, and how many pixels and frames one stands for."""
LATENT_CONSTANTS: Mapping[str, float] = {
    "scaling_factor": 1.0,
    "shift_factor": 0.0,
    "latents_mean": 0.0,
    "latents_std": 1.0,
}
"""Constants that a config holds for its latents, with the value that changes nothing."""


# denoisers

DENOISER_INPUTS: Mapping[str, str] = {
    "hidden_states": "in_channels",
    "sample": "in_channels",
    "x": "in_channels",
    "audio_hidden_states": "audio_in_channels",
}
"""The key that tells how many channels an argument has."""
CONDITIONING_WIDTHS: Mapping[str, tuple[tuple[str, str | None], ...]] = {
    "encoder_hidden_states": (
        ("crossattn_proj_in_channels", "use_crossattn_projection"),
        ("caption_channels", None),
        ("text_dim", None),
        ("text_embed_dim", None),
        ("cap_feat_dim", None),
        ("in_text_dim", None),
        ("context_in_dim", None),
        ("encoder_hid_dim", None),
        ("joint_attention_dim", None),
        ("cross_attention_input_dim", None),
        ("cross_attention_dim", None),
    ),
    "encoder_hidden_states_image": (("image_dim", None),),
    "pooled_projections": (("pooled_projection_dim", None),),
}
"""The keys that tell how wide an argument's rows are, with the flag that a key needs; the first that is set counts."""

READ_WHERE: Mapping[str, str] = {"spatio_temporal_guidance_blocks": "perturbed_attn"}
"""The key that has to be true for an argument to be read at all."""


# text encoders

TEXT_WIDTHS = ("d_model", "hidden_size")
NOT_TEXT = ("Vision", "Image", "Audio", "Clap")
"""Keys that tell how wide a row is, and words in the names of encoders of something else."""
