"""Settings as other trainers spell them, and what FDL has in their place.

A rename keeps the value; `NAME = value` takes the place of the whole entry. `{role}` stands for a role that is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..base.frozen import struct


@struct
class Familiar:
    """What to `write` in place of an entry's name, or of the entry where it holds ` = `; nothing where only `why` helps."""

    write: str = ""
    why: str = ""


def _as(write: str, *names: str, why: str = "") -> Iterable[tuple[str, Familiar]]:
    return ((name, Familiar(write, why)) for name in names)


_OF_OPTIMIZERS = "the learning rate is an optimizer's: `optimize {role} = adamw(lr = 1e-4)`"
_OF_ROLES = "a role says in which precision it is held: `{ precision = bf16 }`"

_OPTIMIZER = dict(
    [
        *_as("lr", "learning_rate", "rate", "step_size"),
        *_as("betas = [0.9, 0.999]", "beta1", "beta2", "beta", why="both stand in one list"),
        *_as("weight_decay", "wd", "decay", "l2"),
        *_as("warmup", "warmup_steps", "num_warmup_steps", "lr_warmup_steps"),
        *_as("schedule", "lr_scheduler", "scheduler", "lr_scheduler_type", "lr_schedule"),
        *_as("eps", "epsilon", "adam_epsilon"),
        *_as("min_lr_ratio", "lr_scheduler_min_lr_ratio", "lr_min_ratio", "min_lr_rate"),
        *_as("min_lr_ratio = 0.1", "min_lr", "lr_end", "lr_min", "eta_min", why="it is a share of `lr`"),
        *_as("schedule = cosine(cycles = 2)", "restarts", "cycles", "num_cycles", "lr_scheduler_num_cycles"),
        *_as("schedule = polynomial(power = 2.0)", "lr_power", "lr_scheduler_power"),
    ]
)

_ADAPTER = [
    *_as("rank", "r", "dim", "lora_rank", "network_dim", "linear"),
    *_as("alpha", "lora_alpha", "network_alpha", "scale", "linear_alpha"),
    *_as("targets", "target_modules", "modules", "layers", "only_if_contains"),
    *_as("from", "init_from", "init_from_existing", "network_weights", "weights", "path", "resume", "load"),
]

_BUCKETS = tuple(
    _as(
        "buckets = auto",
        *(
            "enable_bucket",
            "enable_ar_bucket",
            "min_ar",
            "max_ar",
            "num_ar_buckets",
            "ar_buckets",
            "frame_buckets",
            "bucket",
            "bucketing",
            "aspect_buckets",
        ),
        why="`auto` makes the shapes and lengths; a list such as [sizes(H = 832, W = 480)] names them",
    )
)
_LENGTHS = tuple(
    _as(
        "buckets = [sizes(F = 1)]",
        "frames",
        "target_frames",
        "num_frames",
        why="`sizes { F = ... }` says how many frames clips have, and each further length is a bucket",
    )
)
_CUTS = tuple(_as("cut", "video_clip_mode", "frame_extraction", "clip_mode", "crop_frames"))
_UPSCALE = tuple(
    _as(
        "max_upscale = 1",
        "bucket_no_upscale",
        "no_upscale",
        "skip_small_images",
        "minimum_image_size",
        why="it is how many times a file may be enlarged",
    )
)
_REPEAT = tuple(_as("repeat", "num_repeats", "repeats", "n_repeats"))
_BY_THE_CLOCK = "`every` counts steps, or time: `checkpoint every 500`, `checkpoint every 30 min`"
BY_STEPS = (
    "samples and losses belong to a step, so that a run that is cut off and goes on makes the same ones: count steps, as in "
    "`validate every 500`; checkpoints alone go by the clock"
)
_HELD = "weights are held in bf16 or f32; narrower ones are not here yet"
_RESOLUTION = tuple(
    _as("", "resolution", "resolutions", why="`sizes { H = ..., W = ... }` says how large pixels are")
)

ENTRIES: Mapping[str, Mapping[str, Familiar]] = {
    "folder": dict(
        [
            *_REPEAT,
            *_as("prefix", "caption_prefix", "prompt_prefix", "trigger_word", "trigger"),
            *_as("prompt", "caption", "default_caption", "instance_prompt"),
            *_as("fps", "target_fps", "frame_rate", "framerate"),
            *_BUCKETS,
            *_LENGTHS,
            *_CUTS,
            *_RESOLUTION,
            *_UPSCALE,
        ]
    ),
    "mix": dict([*_BUCKETS, *_LENGTHS, *_RESOLUTION]),
    **{
        store: dict([*_CUTS, *_UPSCALE, *_BUCKETS, *_LENGTHS, *_RESOLUTION])
        for store in ("webdataset", "parquet", "hub")
    },
    "train": dict(
        [
            *_as(
                "epochs = 3",
                "epoch",
                "num_epochs",
                "max_epochs",
                "num_train_epochs",
            ),
            *_as("steps", "max_steps", "num_steps", "iterations", "iters", "max_train_steps", "train_steps"),
            *_as(
                "batch",
                "micro_batch_size_per_gpu",
                "per_device_train_batch_size",
                why="it is that of all devices and micro-batches together",
            ),
            *_as("batch", "batch_size", "bs", "train_batch_size", "global_batch_size"),
            *_as("accumulate", "gradient_accumulation_steps", "grad_accum", "accumulation_steps"),
            *_as(
                "clip = value(1.0)", "clip_grad_value", "gradient_clip_value", "clip_value", "clip_by_value"
            ),
            *_as("clip", "grad_clip", "max_grad_norm", "clip_grad_norm", "gradient_clipping", "clip_grad"),
            *_as("seed", "random_seed", "rng"),
            *_as("", "lr", "learning_rate", "optimizer", why=_OF_OPTIMIZERS),
            *_as("", "precision", "mixed_precision", "dtype", "bf16", "fp16", why=_OF_ROLES),
        ]
    ),
    "role": dict(
        [
            *_as("train = lora(rank = 16)", "lora", "adapter", "peft"),
            *_as("train = frozen", "frozen", "freeze", "eval"),
            *_as("train = full", "trainable", "requires_grad"),
            *_as(
                'train = only(["attn1"])',
                "trainable_modules",
                "train_modules",
                "modules_to_train",
                "trainable_parts",
            ),
            *_as("checkpointing = full", "gradient_checkpointing", "grad_checkpointing"),
            *_as("precision", "dtype", "mixed_precision", "torch_dtype"),
            *_as("precision = bf16", "bf16", "bfloat16"),
            *_as("", "fp8", "fp8_base", "fp8_scaled", "transformer_dtype", "quantize", why=_HELD),
            *_as(
                "",
                "blocks_to_swap",
                "block_swap",
                "cpu_offload",
                why="a network is on the device as a whole; blocks cannot wait off it yet",
            ),
            *_as("precision = f32", "f32", "fp32", "float32"),
            *_as("", "lr", "learning_rate", "optimizer", why=_OF_OPTIMIZERS),
            *_as("adapter", "lora_path", "lora_weights", "adapter_path", "merge", "assistant_lora_path"),
        ]
    ),
    "lora": dict([*_ADAPTER, *_as("dropout", "lora_dropout")]),
    "lokr": dict([*_ADAPTER, *_as("factor", "lokr_factor", "decompose_factor")]),
    "only": dict([*_as("except", "exclude", "excluded", "ignore", "ignore_if_contains", "frozen", "freeze")]),
    "average": dict(
        [
            *_as("decay", "beta", "rate", "ema_decay", "momentum"),
            *_as("start", "start_step", "start_iter", "update_after_step", "ema_start_step"),
            *_as("power", "gamma"),
        ]
    ),
    "validate": dict(
        [
            *_as("every", "steps", "interval", "freq", "frequency", "validation_steps"),
            *_as("count", "n", "num", "num_samples", "samples"),
            *_as("prompts", "prompt", "validation_prompts"),
            *_as("negative", "negative_prompt", "neg_prompt", "n_prompt"),
            *_as(
                "at = [0]",
                "sample_at_first",
                "at_first",
                "on_start",
                "validate_at_start",
                "eval_before_first_step",
            ),
            *_as("sizes.F = 17", "num_frames", "frames", "F"),
            *_as("sizes.H = 256", "height", "H"),
            *_as("sizes.W = 256", "width", "W"),
            *_as("weights = average({role}, decay = 0.999)", "ema", "average", "use_ema"),
        ]
    ),
    "checkpoint": dict(
        [
            *_as("every", "steps", "interval", "freq", "frequency", "save_steps", "save_every"),
            *_as(
                "",
                "minutes",
                "every_minutes",
                "checkpoint_every_n_minutes",
                "save_every_n_minutes",
                "save_every_n_epochs",
                "save_every_n_steps",
                "every_n_epochs",
                why=_BY_THE_CLOCK,
            ),
            *_as("keep", "limit", "total_limit", "save_total_limit", "max_to_keep"),
        ]
    ),
    "mesh": dict(
        [
            *_as("replicate", "dp", "ddp", "data_parallel"),
            *_as("shard", "fsdp", "zero"),
            *_as("tensor", "tp", "tensor_parallel"),
            *_as("sequence", "sp", "cp", "ulysses", "context", "context_parallel"),
        ]
    ),
    "produce": dict([*_as("count", "n", "num", "samples", "num_samples"), *_as("batch", "batch_size", "bs")]),
    "adamw": _OPTIMIZER,
    "adam": _OPTIMIZER,
    "radam": _OPTIMIZER,
    "adamw_kahan": _OPTIMIZER,
    "prodigy": _OPTIMIZER,
    "schedule_free": {n: f for n, f in _OPTIMIZER.items() if not f.write.startswith(("schedule", "min_lr"))},
    "adamw8bit": _OPTIMIZER,
    "muon": _OPTIMIZER,
}
"""By block and entry."""

VALUES: Mapping[str, Mapping[str, Familiar]] = {
    "weights": dict(
        [*_as("average({role}, decay = 0.999)", "ema", "EMA", "averaged", "shadow", "ema_model")]
    ),
    "train": dict(
        [
            *_as("full", "true", "True", "all", "yes"),
            *_as("frozen", "false", "False", "none", "no", "freeze"),
            *_as("lora(rank = 16)", "adapter", "peft", "LoRA"),
            *_as("lokr(rank = 16)", "LoKr", "lycoris"),
        ]
    ),
    "precision": dict(
        [
            *_as("bf16", "bfloat16", "mixed", "amp", "fp16", "float16", "half"),
            *_as(
                "bf16",
                "fp8",
                "float8",
                "fp8_scaled",
                "float8_e4m3fn",
                "int8",
                "nf4",
                why=_HELD,
            ),
            *_as("f32", "fp32", "float32", "float", "full"),
        ]
    ),
    "cut": dict(
        [
            *_as("first", "head", "single_beginning", "beginning", "start"),
            *_as("middle", "single_middle", "center", "centre"),
            *_as("drawn", "random", "uniform", "any"),
        ]
    ),
    "checkpointing": dict([*_as("full", "true", "True", "on"), *_as("none", "false", "False", "off")]),
    "compile": dict([*_as("regional", "true", "True", "on"), *_as("none", "false", "False", "off")]),
    "export": dict(
        [
            *_as("diffusers", "peft", "lora", "adapter"),
            *_as("comfy", "comfyui", "ComfyUI"),
            *_as("kohya", "musubi", "a1111", "webui"),
            *_as("merged", "full", "fused", "merge", "whole"),
            *_as("false", "none", "no", "off"),
            *_as("true", "yes", "on"),
        ]
    ),
    "attention": dict([*_as("dense", "flash", "sdpa", "full", "flash_attention_2", "xformers", "none")]),
    "schedule": dict(
        [
            *_as(
                "cosine", "cosine_with_warmup", "cosine_annealing", "cosine_with_min_lr", "CosineAnnealingLR"
            ),
            *_as("cosine(cycles = 2)", "cosine_with_restarts", why="it begins anew once"),
            *_as("polynomial", "polynomial_decay"),
            *_as("constant", "constant_with_warmup", "none"),
        ]
    ),
}
"""By setting and the word, or the flag, that stands as its value."""
