"""The settings blocks: what each entry may be, its default and its bounds, in plain words; `setting_checks.py` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from ..base.frozen import replace
from .given_settings import Duration, Opaque, SettingCall
from .setting_kinds import (
    REQUIRED,
    Setting,
    above_zero,
    below_one,
    flag,
    names,
    path,
    role,
    share,
    text,
    whole,
    wholes,
    word,
)

_SEED = whole(0, least=0)
_ADAPTER = Setting('a path, such as "style.safetensors", or a hub name', (str,), None, length=(1, inf))
_EXPORT = Setting(
    "`true`, `false`, `diffusers`, `comfy`, `kohya` or `merged`",
    (bool,),
    True,
    words=("diffusers", "comfy", "kohya", "merged"),
)
_OPTIMIZER = {
    "lr": Setting("a number above 0", (float, Opaque), above=0, usual=0.1),
    "weight_decay": Setting("a number, 0 or more", (float,), 0.01, least=0),
    "warmup": whole(0, least=0),
    "schedule": word(
        "constant",
        "linear",
        "cosine",
        "polynomial",
        "rex",
        default="constant",
        calls=("cosine", "polynomial"),
    ),
    "min_lr_ratio": Setting("a number from 0 to 1", (float,), None, least=0, most=1),
}
_ADAM = {
    **_OPTIMIZER,
    "betas": Setting(
        "two numbers from 0 up to, but not including, 1, such as [0.9, 0.999]",
        default=[0.9, 0.999],
        items=float,
        length=(2, 2),
        least=0,
        below=1,
    ),
    "eps": above_zero(1e-8),
}

_STORE = {
    "may_fail": share(0.05),
    "rate": whole(None),
    "fps": above_zero(None),
    "stride": whole(1),
    "cut": word("drawn", "first", "middle", default="drawn"),
    "max_pixels": whole(64_000_000),
    "max_upscale": Setting("a number, 1 or more", (float,), None, least=1),
    "repeat": whole(1),
}

_BUCKETS = Setting(
    "`auto`, or a list of sizes, such as [sizes(H = 832, W = 480), sizes(F = 1)]",
    default=None,
    items=SettingCall,
    length=(1, 64),
    words=("auto",),
)

SOURCES: Mapping[str, Mapping[str, Setting]] = {
    "folder": {
        "path": path(),
        **_STORE,
        "prompt": text(),
        "prefix": text(),
        "buckets": _BUCKETS,
    },
    "mix": {
        "folders": Setting(
            'a list of folders and stores, such as [folder("a"), folder("b", repeat = 3)]',
            items=SettingCall,
            length=(1, inf),
        ),
        "buckets": _BUCKETS,
    },
    "lines": {"path": path()},
    "shapes": {"path": path(), "count": whole(512), "seed": _SEED, "may_fail": share(0.05)},
    "shards": {"path": path()},
    "webdataset": {
        "path": Setting('a path, such as "shards/{000..099}.tar"', (str,), length=(1, inf)),
        **_STORE,
        "buckets": _BUCKETS,
    },
    "parquet": {
        "path": Setting('a path, such as "data/*.parquet"', (str,), length=(1, inf)),
        **_STORE,
        "buckets": _BUCKETS,
    },
    "hub": {
        "name": Setting('a name, such as "owner/set"', (str,), length=(1, inf)),
        "split": Setting("the name of a split", (str,), "train", length=(1, inf)),
        "subset": Setting("the name of a subset", (str,), None, length=(1, inf)),
        "revision": Setting("the name of a revision", (str,), None, length=(1, inf)),
        **_STORE,
        "buckets": _BUCKETS,
    },
}
"""Where data comes from. `may_fail` is the share of files that may be unreadable before the run stops, `rate` samples of
sound a second, `fps` frames a second, of which every `stride`th is taken from where the `cut` begins, `max_pixels` those of
the largest frame that is decoded. `prompt` is the text of files without one, `prefix` stands before every text, and a file
counts `repeat` times beside those of the other folders of a `mix`. `buckets` are further sizes, for files of other shapes and
lengths."""

STORES = ("webdataset", "parquet", "hub")
"""Sources of samples that are no files of their own."""

_FILE = {"file": Setting('a path, such as "control/{name}.mp4"', (str,), None, length=(1, inf))}
_NORMALIZED = {"normalized": Setting("`true` or `false`", (bool,), None)}
_COLUMN = {"column": Setting("the name of a column", (str,), None, length=(1, inf)), **_NORMALIZED}
_PIXELS = Setting("the name of a field of pixels", (str,), None, length=(1, inf))
FRAMING: Mapping[str, Setting] = {"size_of": _PIXELS, "crop_of": _PIXELS}
FIELDS: Mapping[str, Mapping[str, Setting]] = {
    "folder": {**_FILE, **FRAMING},
    "mix": {**_FILE, **FRAMING},
    "shapes": FRAMING,
    "webdataset": {
        "file": Setting('an ending, such as "control.mp4"', (str,), None, length=(1, inf)),
        **_NORMALIZED,
        **FRAMING,
    },
    "parquet": {**_COLUMN, **FRAMING},
    "hub": {**_COLUMN, **FRAMING},
}
"""What a field of a data set may state, by the set's source. `file` and `column` are where the field lies, and `normalized`
whether stored latents are. `size_of` and `crop_of` make a field of how a field of pixels was read: how large its file's
frames are, and where they were cut."""

STEPPERS: Mapping[str, Mapping[str, Setting]] = {
    "adamw": _ADAM,
    "adam": {**_ADAM, "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0)},
    "radam": {**_ADAM, "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0)},
    "adamw8bit": _ADAM,
    "adamw_kahan": _ADAM,
    "muon": {
        **_OPTIMIZER,
        "lr": replace(_OPTIMIZER["lr"], usual=1.0),
        "momentum": below_one(0.95),
        "adamw_lr": Setting("a number above 0", (float,), None, above=0, usual=0.1),
    },
    "prodigy": {
        **_ADAM,
        "lr": Setting("a number above 0", (float, Opaque), 1.0, above=0, usual=10.0),
        "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0),
        "d0": above_zero(1e-6),
        "d_coef": above_zero(1.0),
        "growth_rate": Setting("a number above 1", (float,), None, above=1),
        "use_bias_correction": flag(False),
        "safeguard_warmup": flag(False),
    },
    "schedule_free": {
        **{n: s for n, s in _ADAM.items() if n not in ("schedule", "min_lr_ratio")},
        "lr": replace(_OPTIMIZER["lr"], usual=1.0),
        "betas": replace(
            _ADAM["betas"], wanted="two numbers between 0 and 1, such as [0.9, 0.999]", above=0.0
        ),
        "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0),
        "r": Setting("a number, 0 or more", (float,), 0.0, least=0),
        "weight_lr_power": Setting("a number, 0 or more", (float,), 2.0, least=0),
    },
}
"""Optimizers. `warmup` and `schedule` count a role's own updates; a schedule falls to `min_lr_ratio` of the rate, or to 0."""

STORED_IN_BF16 = "adamw_kahan"
"""The optimizer that keeps what bf16 weights round away, and is for these alone."""
OWN_RATES = ("prodigy",)
"""Optimizers whose `lr` is a factor of a rate that they find."""
DRAWN = "shapes"
"""The source that writes its clips itself, at the program's sizes."""
ADAPTERS = ("lora", "lokr")
"""What `train` may be that leaves the weights themselves as they are."""
DATA_SOURCES = tuple(SOURCES)
OPTIMIZERS = tuple(STEPPERS)
TRACKERS = ("tensorboard", "wandb", "trackio", "mlflow")

BLOCKS: Mapping[str, Mapping[str, Setting]] = {
    "role": {
        "train": word("frozen", "full", default="frozen", calls=("only", "lora", "lokr")),
        "precision": word("f32", "bf16", "pure_bf16", default="bf16"),
        "attention": word("dense", default="dense", calls=("vsa", "vmoba", "sla", "bsa")),
        "checkpointing": word("none", "full", "selective", default=None),
        "offload": flag(False),
        "compile": word("none", "regional", "chains", default="none"),
        "init": role(),
        "adapter": _ADAPTER,
        "jvp": word("forward", default="forward", calls=("difference",)),
    },
    "train": {
        "steps": whole(),
        "epochs": whole(None),
        "batch": whole(1),
        "accumulate": whole(1),
        "each": whole(1),
        "clip": Setting("a number above 0, or `value(...)`", (float,), None, above=0, calls=("value",)),
        "seed": _SEED,
        "deterministic": flag(False),
        "skip_nonfinite": whole(0, least=0),
    },
    "validate": {
        "every": whole(None),
        "at": Setting(
            "a list of steps, such as [0, 100, 500]",
            default=None,
            items=int,
            length=(1, inf),
            least=0,
            below=1 << 63,
        ),
        "sample": Setting("what to make, such as `student.sample(steps = 4)`", (Opaque,), None),
        "loss": Setting("a loss of an update, such as `flow`", (Opaque,), None),
        "data": Setting('where held-out data lies, such as `folder("data/held-out")`', (Opaque,), None),
        "prompts": Setting("a file of prompts, or a list of them", (str,), None, str, (1, inf), path=True),
        "negative": Setting('a text, such as "blurry"', (str,), None),
        "weights": word("live", default="live", calls=("average",)),
        "seed": _SEED,
        "count": whole(None),
        "batch": whole(None),
        "name": Setting("a name, such as `few`", (str,), None, length=(1, 100)),
    },
    "checkpoint": {
        "every": replace(
            whole(), types=(int, Duration), wanted="a whole number above 0, or a time such as `30 min`"
        ),
        "keep": whole(3),
        "async": flag(False),
        "export": _EXPORT,
    },
    "mesh": {name: whole(1) for name in ("replicate", "shard", "sequence", "tensor")},
    "produce": {
        "fields": names("a list of names"),
        "count": whole(),
        "batch": whole(1),
        "seed": _SEED,
    },
    **SOURCES,
    **STEPPERS,
    **{tracker: {} for tracker in TRACKERS},
}
"""Every block's entries; data sources, optimizers and trackers are blocks by their own name."""

ARGUMENTS: Mapping[str, Mapping[str, Setting]] = {
    "only": {
        "layers": Setting(
            'the name of a part, such as "blocks.*.attn1", or a list', (str,), items=str, length=(1, inf)
        ),
        "except": Setting(
            'the name of a part, such as "norm*", or a list', (str,), None, items=str, length=(1, inf)
        ),
    },
    "lora": {
        "rank": whole(),
        "alpha": above_zero(None),
        "dropout": below_one(0.0),
        "targets": names("a list of the names of layers"),
        "from": _ADAPTER,
    },
    "lokr": {
        "rank": whole(),
        "alpha": above_zero(None),
        "factor": Setting("a whole number above 1", (int,), None, least=2, below=1 << 63),
        "targets": names("a list of the names of layers"),
        "from": _ADAPTER,
    },
    "average": {
        "role": role(),
        "decay": Setting("a number above 0 and below 1", (float,), None, above=0, below=1),
        "half_life": above_zero(None),
        "power": above_zero(None),
        "start": whole(0, least=0),
    },
    "value": {"limit": above_zero(REQUIRED)},
    "cosine": {"cycles": whole(1)},
    "polynomial": {"power": above_zero(2.0)},
    "difference": {"width": Setting("a number above 0 and below 1", (float,), 0.005, above=0, below=1)},
    "vsa": {"tile": wholes("three whole numbers above 0, such as [4, 4, 4]", 3), "sparsity": below_one()},
    "vmoba": {"chunk": wholes("three whole numbers above 0, such as [2, 4, 4]", 3), "topk": whole()},
    "sla": {"topk": share(0.1), "block": whole(64)},
    "bsa": {"tile": wholes("three whole numbers above 0, such as [4, 4, 4]", 3), "sparsity": below_one()},
}
"""The arguments of words that take some, in the order in which they may stand without their names."""

IN_PLACE_OF: Mapping[str, str] = {"steps": "epochs"}
"""What may be said in place of a required entry, which has then no value before the data are read."""

EXAMPLES: Mapping[str, str] = {"rank": "16", "steps": "1000", "every": "100", "lr": "1e-4", "count": "100"}
"""What may stand where a required entry is missing, to show its form."""
