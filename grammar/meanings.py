"""What the words of the language mean, a line each: for editors, and for hovers and completions.

The tables hold words for people. Which words there are is decided where each is read, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..compiler.base.frozen import struct
from ..stages import table
from ..stages.op import Op


@struct
class Meaning:
    """How a function is written, and what it does."""

    form: str
    says: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The arguments of the form, as they stand there."""
        inside = self.form.partition("(")[2].removesuffix(")")
        found, depth = [""], 0
        for c in inside:
            depth += (c in "([{") - (c in ")]}")
            if c == "," and not depth:
                found.append("")
            else:
                found[-1] += c
        return tuple(p.strip() for p in found if p.strip())


def _of(ops: Mapping[str, Op]) -> Mapping[str, Meaning]:
    return {name: Meaning(op.form, op.meaning) for name, op in ops.items()}


FUNCTIONS = _of(table.FUNCTIONS)

ROLE_FUNCTIONS: Mapping[str, Meaning] = {
    **_of(table.ROLE_FUNCTIONS),
    "cond": Meaning("cond(batch)", "The record for the conditional call."),
    "uncond": Meaning("uncond(batch)", "The record for the unconditional or negative call."),
    "clean": Meaning("clean(batch)", "The batch's clean latents, normalised."),
    "sample": Meaning("sample(batch, ...)", "What the family makes for a person to look at."),
}
"""What every role offers, whatever its family."""

TIME_PARTS = table.TIME_PARTS

TYPES: Mapping[str, str] = {
    "int": "A whole number.",
    "float": "A number.",
    "bool": "`true` or `false`.",
    "str": "A text; `str[b]` is one for each sample.",
    "time": "A noise level; `time[b]` is one for each sample.",
    "guidance": "A number for each sample that tells a network the scale of guidance it is to follow.",
    "pixels": "Video `pixels[b, 3, F, H, W]` or images `pixels[b, 3, H, W]`, in [-1, 1].",
    "wave": "Audio, `wave[b, 2, N]`.",
    "bf16": "A tensor in bfloat16.",
    "f16": "A tensor in float16.",
    "f32": "A tensor in float32.",
    "i64": "A tensor of whole numbers.",
    "mask": "A tensor of truth values.",
    "clean": "Clean data in a latent space, normalised: `clean[S]`.",
    "noise": "Noise in a latent space: `noise[S]`; behind `~`, to be drawn.",
    "noisy": "A mix of clean data and noise at some time: `noisy[S]`.",
    "predict": "What the network says, by the process: `predict[S]`, or `predict[S, t to r]` on the way between times.",
    "eps": "A prediction as noise: `eps[S]`.",
    "velocity": "A prediction as a velocity: `velocity[S]`.",
    "score": "A prediction as a score: `score[S]`.",
}

DIMS: Mapping[str, str] = {"b": "The batch.", "t": "The latent frames."}
"""Dims that every family knows."""

FORMULAS: Mapping[str, str] = {
    "x0": "Clean data.",
    "eps": "Noise.",
    "s": "The noise's coefficient; of a flow, its level.",
    "a": "The data's coefficient.",
    "u": "The angle of a trigonometric process.",
    "z": "What the codec gives, before it is normalised.",
}
"""Names in the formulas of a process or a space."""

STAGE_KINDS: Mapping[str, str] = {
    "encode": "Raw data to clean latents or a record. It runs frozen and may be cached.",
    "noise": "Clean data, noise and a time to noisy latents.",
    "denoise": "Noisy latents, a time and a record to the process's prediction.",
    "feature": "As `denoise`, to a list of hidden tensors.",
    "head": "Hidden tensors, latents or pixels to a number for each sample, of which it may say what a high one means.",
    "refine": "Clean latents to latents of another size: clean ones, or noisy ones at a level that it states.",
    "decode": "Clean latents to pixels.",
    "audio_decode": "Clean audio latents to a wave.",
}

SCOPES: Mapping[str, str] = {
    "sample": "A value for each sample of the batch.",
    "frame": "A value for each latent frame.",
    "chunk": "A value for each so many frames, as in `per chunk(3)`.",
    "part": "One for each part of a product of spaces.",
    "step": "One value for the whole step, the same on every rank.",
}
"""Behind `per`."""

GOES_OVER: Mapping[str, Mapping[str, str]] = {
    "per": {
        "sample": "A number for each sample.",
        "frame": "A number for each latent frame.",
        "channel": "At every element the number of its sample's channel.",
    },
    "over": {
        "batch": "One number of the whole batch, however it is taken in parts.",
        "prompt": "For each sample, the number of all samples of its prompt.",
    },
}
"""What losses and statistics may say that they go over, behind `per =` and `over =`."""

ROOTS: Mapping[str, str] = {
    "diffusers": "A class of diffusers.",
    "transformers": "A class of transformers.",
    "python": "A class of the family's own `binding.py`.",
}

TARGETS: Mapping[str, Meaning] = {
    "shards": Meaning('shards("out/name")', "Tensors for training, in safetensors, with a manifest."),
    "sheet": Meaning('sheet("out/name")', "Samples laid out to be looked at."),
}
"""Where `produce` writes."""

LAID_OVER = (
    "A file whose tensors are laid over the network that is trained; all else is the source's. Tensors go by the names of "
    "the network's class, perhaps behind a prefix, or by those of the original checkpoint."
)
LAID_OVER_COMPONENT = "A file whose tensors are laid over `{}`; all else is the source's."

CALLED: Mapping[str, str] = {
    "tiny": "The family's own small configuration with random weights, for a laptop.",
    "folder": "Clips and images in a folder, with their captions beside them.",
    "mix": 'Several folders as one data set: `mix([folder("a"), folder("b", repeat = 3)])`.',
    "lines": "A text file with a prompt on each line.",
    "webdataset": "Tar files whose members of one name are a sample: `0001.mp4`, `0001.txt`.",
    "parquet": "Rows of Parquet files: media, texts, numbers, tensors, latents.",
    "hub": "A data set of the Hugging Face hub, or one that its library saved.",
    "shapes": "A folder of captioned clips of moving shapes, drawn first.",
    "adamw": "AdamW, with decoupled weight decay.",
    "adamw8bit": "AdamW with its state in 8 bits, by bitsandbytes.",
    "muon": "Muon: orthogonalised updates of matrices; the other tensors by AdamW.",
    "adam": "Adam; weight decay is added to the gradient.",
    "radam": "Rectified Adam, which warms up by itself; weight decay is added to the gradient.",
    "adamw_kahan": "AdamW for weights stored in bf16, with what these round away kept beside them, by optimi.",
    "prodigy": "Prodigy: Adam that finds its rate by itself, by prodigyopt.",
    "schedule_free": "Schedule-free AdamW: no schedule, and an average of the weights is what is sampled and exported.",
    "only": "A part of the network is trained; the rest stays as it is.",
    "lora": "Low-rank adapters are trained, not the weights.",
    "lokr": "Adapters that are Kronecker products are trained, not the weights.",
    "vsa": "Video sparse attention, in tiles.",
    "vmoba": "Mixture of block attention for video.",
    "sla": "Sparse-linear attention.",
    "bsa": "Block sparse attention.",
    "tensorboard": "Metrics for TensorBoard, in the run's folder.",
    "wandb": "Metrics to Weights & Biases.",
    "trackio": "Metrics to Trackio.",
    "mlflow": "Metrics to MLflow.",
    "average": FUNCTIONS["average"].says,
    "value": "Bounds each entry of a gradient, not its norm.",
    "cosine": "Falls along half a cosine, once or several times.",
    "polynomial": "Falls as a power of what is left of training.",
    "difference": "A central difference along the tangents, for kernels without a forward mode.",
}
"""Sources, optimizers, trackers and words with arguments. A data set that `shards` wrote is read by it again."""

_ADAPTED = {
    "targets": "The layers that get adapters: ends of names, parts that hold layers, `all-linear`.",
    "from": "A file of adapters to begin with, or a hub name; of diffusers, ComfyUI or kohya's tools.",
}
_TILE = "How many tokens of each axis, frames, height and width, make a tile."
_SPARSITY = "The share of tiles that no query attends."
_STORE = {
    "may_fail": "The share of samples that may be unreadable before the run stops.",
    "rate": "Samples of sound a second; without it, that of the samples, which must then be one.",
    "fps": "Frames a second, picked by the times at which they are shown; without it, consecutive frames.",
    "stride": "Every how many-th of these frames is taken.",
    "cut": "Where a clip is cut: `drawn` for each epoch, its `first` frames, or its `middle`.",
    "max_pixels": "Frames of more pixels than this are left out undecoded.",
    "max_upscale": "Files that would be enlarged more times than this are left out.",
    "buckets": "Further sizes, for samples of other shapes and lengths: `auto`, or `[sizes(H = 832, W = 480)]`.",
    "repeat": "How often its samples come in an epoch, beside those of the others of a `mix`.",
}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "role": {
        "train": "What of the role is trained. A role without it is frozen.",
        "precision": "`f32`; `bf16` computes in bf16 over float32 master weights; `pure_bf16` stores in bf16 too.",
        "attention": "How attention is computed.",
        "checkpointing": "Which activations are computed again in the backward pass, to save memory.",
        "offload": "Frozen parts wait in the machine's own memory.",
        "compile": "`regional` compiles the network's blocks with torch.compile; `chains` runs fdc's kernels in them.",
        "init": "Another role, whose weights this one starts from.",
        "adapter": "A file whose adapters are merged into the weights as they are loaded.",
        "jvp": "How `jvp` differentiates the role: in torch's forward mode, or by a central difference.",
    },
    "train": {
        "steps": "How many steps to train.",
        "epochs": "How often to see each item of the data, in place of `steps`.",
        "batch": "Samples a step, over all ranks and micro-batches.",
        "accumulate": "Micro-batches a step: less memory, the same result up to rounding.",
        "each": "How many samples of each prompt stand together in a batch: what `over = prompt` goes over.",
        "clip": "The largest L2 norm of each role's gradient; `value(1.0)` bounds its entries instead.",
        "seed": "What all random numbers and the order of the data follow from.",
        "deterministic": "Only kernels that give the same bits every time.",
        "skip_nonfinite": "How many updates with a loss or gradient that is not finite are passed over.",
    },
    "validate": {
        "every": "Steps between two validations.",
        "at": "Steps after which it is due, beside `every`; 0 is before the first one.",
        "sample": "What is made for a person to look at.",
        "loss": "A loss of an update, taken over held-out data by the same draws each time, and logged.",
        "data": "Where held-out data lies, with the fields of the program's data, which it is without.",
        "prompts": "A file of prompts, one a line, or a list of them; else the data's first texts.",
        "negative": "What the unconditional side of guidance is given to read.",
        "weights": "Whose weights are validated, and by the first block exported: the live ones, or their average.",
        "seed": "What noise and times follow from, apart from training.",
        "count": "How many samples are made, 4 or as many as there are prompts; rows of held-out data, 64 or all.",
        "batch": "How many of them at a time; for samples all, for a loss as many as training takes.",
        "name": "What the block is called, where there are several.",
    },
    "checkpoint": {
        "every": "Steps between two checkpoints, or a time: `30 min`.",
        "keep": "How many of the newest are kept.",
        "async": "Write while training goes on.",
        "export": "What is written of each trained role at the end: `false` for nothing, and how adapters are written.",
    },
    "mesh": {
        "replicate": "Groups of ranks that each hold all weights.",
        "shard": "Ranks over which weights and optimizer state are spread.",
        "sequence": "Ranks that share one sample's tokens.",
        "tensor": "Ranks that share each layer.",
    },
    "produce": {
        "fields": "Names of the values that are written, in order; else the values' own.",
        "count": "How many samples are written.",
        "batch": "Samples at a time.",
        "seed": "What the draws follow from.",
    },
    "folder": {
        "path": "The folder, from the working folder on.",
        "may_fail": "The share of files that may be unreadable before the run stops.",
        "rate": "Samples of sound a second; without it, that of the files, which must then be one.",
        "fps": "Frames a second, picked by the times at which they are shown; without it, consecutive frames.",
        "stride": "Every how many-th of these frames is taken.",
        "cut": "Where a clip is cut: `drawn` for each epoch, its `first` frames, or its `middle`.",
        "max_pixels": "Frames of more pixels than this are left out undecoded.",
        "max_upscale": "Files that would be enlarged more times than this are left out.",
        "prompt": "The text of every file that has none of its own.",
        "prefix": "What stands before every text.",
        "buckets": "Further sizes, for files of other shapes and lengths: `auto`, or `[sizes(H = 832, W = 480)]`.",
        "repeat": "How many times each of its files comes in an epoch, beside those of other folders.",
    },
    "mix": {
        "folders": "The folders, each with its own options.",
        "buckets": "Further sizes, for files of other shapes and lengths: `auto`, or `[sizes(H = 832, W = 480)]`.",
    },
    "lines": {"path": "The text file, from the working folder on."},
    "shapes": {
        "path": "The folder that the clips are written to.",
        "count": "How many clips there are.",
        "seed": "What the clips follow from.",
        "may_fail": "The share of files that may be unreadable before the run stops.",
    },
    "shards": {"path": "The folder that `produce` wrote."},
    "webdataset": {
        "path": "The tar files, from the working folder on: a pattern such as `shards/{000..099}.tar`, or a folder.",
        **_STORE,
    },
    "parquet": {
        "path": "The files, from the working folder on: one, a folder of them, or a pattern.",
        **_STORE,
    },
    "hub": {
        "name": "The name on the hub, or a folder that `save_to_disk` wrote.",
        "split": "The part that is read.",
        "subset": "The configuration, where the data set has several.",
        "revision": "The branch, tag or commit.",
        **_STORE,
    },
    "optimizer": {
        "lr": "The learning rate; it may be an expression of `step`.",
        "betas": "The decays of the gradient's running mean and of its square's.",
        "weight_decay": "The decoupled weight decay.",
        "eps": "What is added to the root of the second moment.",
        "warmup": "Updates of the role over which the rate rises from 0.",
        "schedule": "How the rate falls after the warm-up, over as many updates as the role will have.",
        "adamw_lr": "The rate of the tensors that are no matrices, by AdamW.",
        "d0": "The first estimate of the rate.",
        "d_coef": "A factor of the rate that is found; larger is bolder.",
        "growth_rate": "The largest factor by which the estimate may grow in an update.",
        "use_bias_correction": "Correct Adam's moments for their start, a warm-up of its own.",
        "safeguard_warmup": "Estimate the rate without what a warm-up adds.",
        "r": "Weights the average by the number of the update to this power.",
        "weight_lr_power": "Weights the average by the rate to this power.",
        "min_lr_ratio": "The share of the rate that the schedule ends at; it ends at zero without.",
        "momentum": "The decay of the gradient's running mean.",
    },
    "only": {
        "layers": "Names of parts, or their ends: `attn1`, `blocks.*.attn1`; `*` is any part of a name.",
        "except": "What of these parts stays as it is: `norm*`, or a list of such names.",
    },
    "lora": {
        "rank": "The rank of the adapters.",
        "alpha": "Their scale is alpha / rank; alpha is the rank by default.",
        "dropout": "The share of an adapter's inputs that is dropped.",
        **_ADAPTED,
    },
    "lokr": {
        "rank": "The rank of the factors that are of low rank; large enough, both are whole.",
        "alpha": "Their scale is alpha / rank; alpha is the rank by default.",
        "factor": "The size of the left factor; without it the two are as equal as can be.",
        **_ADAPTED,
    },
    "vsa": {"tile": _TILE, "sparsity": _SPARSITY},
    "bsa": {"tile": _TILE, "sparsity": _SPARSITY},
    "vmoba": {
        "chunk": "How many tokens of each axis, frames, height and width, make a chunk.",
        "topk": "How many chunks each query attends.",
    },
    "sla": {"topk": "The share of blocks that is attended exactly.", "block": "Tokens in a block."},
    "difference": {"width": "How far along the tangents to either side."},
    "average": {
        "role": "Whose average.",
        "decay": "The decay of the moving average, by default 0.999.",
        "half_life": "In place of a decay: after how many updates what was there counts half.",
        "power": "In place of a decay: an average over a part of training that grows with it (Karras et al., 2024).",
        "start": "The update from which on the average follows; until then it is the role's own weights.",
    },
    "value": {"limit": "The largest size of an entry."},
    "cosine": {"cycles": "How often the rate falls, each time from its full height."},
    "polynomial": {"power": "The power of what is left of training."},
    "component": {
        "trainable": "A role's `train` trains it.",
        "optional": "A checkpoint, or the library, may lack it.",
        "skip": "Nothing here uses it: it is never loaded, and its class need not be there.",
        "rows": "How many samples one call takes at most, of a class that is wrong for more.",
        "idle": 'Parameters without gradient, by kind (none, zero, sometimes): `{ none = ["blocks.-1.ff_context"] }`.',
        "dtype": "Its precision, whatever the role's.",
        "subfolder": "Its folder in a checkpoint; else its own name.",
        "fallback": "A second place to load it from.",
        "config": "Facts that a checkpoint's config must satisfy; `tiny` builds from them.",
        "levels": "The noise levels that it is trained for, such as `[0.875, 1.0]`.",
        "tokens": "How the axes of its latents become tokens, such as `[t, h/2, w/2]`.",
        "chains": "A function of binding.py that puts fdc's kernels into its blocks: `python(chains)`.",
    },
    "process": {
        "noisy": "How clean data x0 and noise eps mix at a noise level.",
        "predict": "What the network says, as a mix of x0 and eps.",
        "ticks": "What the network is fed for a noise level.",
        "shift": "The flow shift of the sampling grid.",
        "schedule": "The table of noise whose entries are the ticks: `betas(scaled_linear, 0.00085, 0.012, 1000)`.",
        "grid": "The levels of its sampling grids, such as `grid(n) = [1 - i/n for i in 0 .. n]`; 0 comes behind them.",
        "range": "Its least and largest sigma, such as `[0.002, 80]`; grids begin at the largest.",
    },
    "space": {"normalize": "From the codec's output z to normalised latents; undone before every decode."},
    "field": {
        "pad": "What stands in rows that hold no token.",
        "one": "What a mask's ones mean.",
    },
    "field of a data set": {
        "file": "Where the field lies: from a folder on, with the item as `{name}`; in a tar, the ending of its names.",
        "column": "The column that the field is read from; else that of its own name.",
        "normalized": "Whether latents are stored as networks see them, or as the codec gave them.",
        "size_of": "The field of pixels of whose files these are height and width, in pixels of the file.",
        "crop_of": "The field of pixels in which the cut begins at these places: from top and left, in the program's pixels.",
    },
}
"""Entries of blocks. Every optimizer's stand under `optimizer`."""


def setting(block: str, entry: str, optimizers: frozenset[str] | tuple[str, ...] = ()) -> str:
    """What an entry of a block is for; empty where there is no text for it."""
    return SETTINGS.get("optimizer" if block in optimizers else block, {}).get(entry, "")
