"""The settings of a checked program as the runtime reads them, by block.

What a user may write, and the messages about it, stand in the tables of `modules/settings.py`, which `fdc check` reads
without this file. A test compares the two: every entry of a table is a field here, with the same default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ...modules.given_settings import Duration, Opaque
from ...program.averaging import Averaging, averaging


class Block(BaseModel):
    """Entries with their defaults; an entry that is not known is an error of fdc's own, and raises ValueError."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True
    )


class LoraSettings(Block):
    """`train = lora(...)`"""

    kind: Literal["lora"] = "lora"
    rank: int
    alpha: float | None = None
    dropout: float = 0.0
    targets: tuple[str, ...] | None = None
    start: str | None = Field(default=None, validation_alias="from")


class LokrSettings(Block):
    """`train = lokr(...)`"""

    kind: Literal["lokr"] = "lokr"
    rank: int
    alpha: float | None = None
    factor: int | None = None
    targets: tuple[str, ...] | None = None
    start: str | None = Field(default=None, validation_alias="from")


class SparseAttention(Block):
    """`attention = vsa(...)` and its like, which are checked and not run yet; their arguments are kept as they come."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str


class Difference(Block):
    """`jvp = difference(...)`"""

    kind: Literal["difference"] = "difference"
    width: float = 0.005


class OnlySettings(Block):
    """`train = only(...)`: a part of a network, and of that what is `excepted`."""

    kind: Literal["only"] = "only"
    layers: tuple[str, ...]
    excepted: tuple[str, ...] | None = Field(default=None, validation_alias="except")

    @field_validator("layers", "excepted", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given


class RoleSettings(Block):
    train: Literal["frozen", "full"] | LoraSettings | LokrSettings | OnlySettings = "frozen"
    precision: Literal["f32", "bf16", "pure_bf16"] = "bf16"
    attention: Literal["dense"] | SparseAttention = "dense"
    checkpointing: Literal["none", "full", "selective"] | None = None
    offload: bool = False
    compile: Literal["none", "regional", "chains"] = "none"
    init: str | None = None
    adapter: str | None = None
    jvp: Literal["forward"] | Difference = "forward"


class ClipByValue(Block):
    """`clip = value(...)`: each entry of a gradient is kept within `limit` of zero."""

    kind: Literal["value"] = "value"
    limit: float


class TrainSettings(Block):
    """The block `train`. It states `steps` or `epochs`; of the latter a run makes steps once it knows its data."""

    steps: int | None = None
    epochs: int | None = None
    batch: int = 1
    accumulate: int = 1
    each: int = 1
    clip: float | ClipByValue | None = None
    seed: int = 0
    deterministic: bool = False
    skip_nonfinite: int = 0

    def in_steps(self, items: int) -> TrainSettings:
        """With the steps in which each of so many items is seen `epochs` times or, in the last step, more."""
        if self.epochs is None:
            return self
        return self.model_copy(update={"steps": -(-self.epochs * items * self.each // self.batch)})

    @property
    def length(self) -> int:
        """The steps, which are known by now."""
        assert self.steps is not None, "a run turns epochs into steps before it trains"
        return self.steps


class AveragedWeights(Block):
    """`weights = average(...)`: of one role, or of all that are trained."""

    kind: Literal["average"] = "average"
    role: str | None = None
    decay: float | None = None
    half_life: float | None = None
    power: float | None = None
    start: int = 0

    @property
    def averaging(self) -> Averaging:
        return averaging(self.decay, self.half_life, self.power, self.start)


class ValidateSettings(Block):
    """A block `validate`. `sample` is compiled into the module; `loss` and `data` are the checker's."""

    every: int | None = None
    at: tuple[int, ...] | None = None
    sample: Any = None
    loss: Any = None
    data: Any = None
    prompts: str | tuple[str, ...] | None = None
    negative: str | None = None
    weights: Literal["live"] | AveragedWeights = "live"
    seed: int = 0
    count: int | None = None
    batch: int | None = None
    name: str | None = None

    def due(self, step: int) -> bool:
        """Whether it is its turn after this step; step 0 is before the first one."""
        every = self.every is not None and step > 0 and step % self.every == 0
        return every or (self.at is not None and step in self.at)


class CheckpointSettings(Block):
    """The block `checkpoint`; `every = 0` saves at the end alone, which is what a program without the block does."""

    every: int | Duration
    keep: int = 3
    asynchronous: bool = Field(default=False, validation_alias="async")
    export: bool | Literal["diffusers", "comfy", "kohya", "merged"] = True


class MeshSettings(Block):
    """How many ranks share the work, by how they share it."""

    replicate: int = 1
    shard: int = 1
    sequence: int = 1
    tensor: int = 1


class TrackerSettings(Block):
    tracker: str


class TrackSettings(Block):
    trackers: tuple[TrackerSettings, ...] = ()


class ProgramSettings(Block):
    """All blocks of a program. One that trains has `train`."""

    train: TrainSettings | None = None
    validation: ValidateSettings | None = Field(default=None, validation_alias="validate")
    checkpoint: CheckpointSettings = CheckpointSettings(every=0, keep=1)
    mesh: MeshSettings = MeshSettings()
    track: TrackSettings = TrackSettings()


class ProduceSettings(Block):
    count: int
    batch: int = 1
    seed: int = 0
    fields: Any = None
    """The names of what is produced; the checker has given them to the values."""


class CosineSchedule(Block):
    """`schedule = cosine(...)`: so many falls along half a cosine, each from the full rate."""

    kind: Literal["cosine"] = "cosine"
    cycles: int = 1


class PolynomialSchedule(Block):
    """`schedule = polynomial(...)`"""

    kind: Literal["polynomial"] = "polynomial"
    power: float = 2.0


class OptimizerSettings(Block):
    """`lr` is a number, or an expression of the step; `warmup` counts a role's own updates."""

    lr: float | Opaque
    weight_decay: float = 0.01
    warmup: int = 0
    schedule: Literal["constant", "linear", "rex"] | CosineSchedule | PolynomialSchedule = "constant"
    min_lr_ratio: float | None = None


class AdamSettings(OptimizerSettings):
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8


class MuonSettings(OptimizerSettings):
    momentum: float = 0.95
    adamw_lr: float | None = None
    """The rate of what is no matrix."""


class UndecayedSettings(AdamSettings):
    weight_decay: float = 0.0


class ProdigySettings(AdamSettings):
    """`lr` is a factor of the rate that the optimizer finds."""

    lr: float | Opaque = 1.0
    weight_decay: float = 0.0
    d0: float = 1e-6
    d_coef: float = 1.0
    growth_rate: float | None = None
    use_bias_correction: bool = False
    safeguard_warmup: bool = False


class ScheduleFreeSettings(Block):
    """`warmup` is the optimizer's own; there is no schedule."""

    lr: float | Opaque
    weight_decay: float = 0.0
    warmup: int = 0
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    r: float = 0.0
    weight_lr_power: float = 2.0


OPTIMIZERS: Mapping[str, type[OptimizerSettings] | type[ScheduleFreeSettings]] = {
    "adamw": AdamSettings,
    "adam": UndecayedSettings,
    "radam": UndecayedSettings,
    "adamw8bit": AdamSettings,
    "adamw_kahan": AdamSettings,
    "muon": MuonSettings,
    "prodigy": ProdigySettings,
    "schedule_free": ScheduleFreeSettings,
}


class FolderOptions(Block):
    path: str
    may_fail: float = 0.05
    rate: int | None = None
    fps: float | None = None
    stride: int = 1
    cut: str = "drawn"
    max_pixels: int = 64_000_000
    max_upscale: float | None = None
    prompt: str | None = None
    prefix: str | None = None
    repeat: int = 1
    buckets: Any = None
    """What the program asks for; the sizes of each bucket are the checked program's."""


class LinesOptions(Block):
    path: str


class ShapesOptions(Block):
    path: str
    count: int = 512
    seed: int = 0
    may_fail: float = 0.05


class ShardsOptions(Block):
    path: str


class StoreOptions(Block):
    """What all stores take beside where they are."""

    may_fail: float = 0.05
    rate: int | None = None
    fps: float | None = None
    stride: int = 1
    cut: str = "drawn"
    max_pixels: int = 64_000_000
    max_upscale: float | None = None
    repeat: int = 1
    buckets: Any = None


class WebdatasetOptions(StoreOptions):
    path: str


class ParquetOptions(StoreOptions):
    path: str


class HubOptions(StoreOptions):
    name: str
    split: str = "train"
    subset: str | None = None
    revision: str | None = None


PartOptions = FolderOptions | WebdatasetOptions | ParquetOptions | HubOptions
PARTS: Mapping[str, type[PartOptions]] = {
    "folder": FolderOptions,
    "webdataset": WebdatasetOptions,
    "parquet": ParquetOptions,
    "hub": HubOptions,
}
"""What a mix is of."""


class MixOptions(Block):
    folders: tuple[PartOptions, ...]
    buckets: Any = None

    @field_validator("folders", mode="before")
    @classmethod
    def _of_kinds(cls, given: Any) -> Any:
        return tuple(
            PARTS[part["source"]].model_validate({n: v for n, v in part.items() if n != "source"})
            if isinstance(part, Mapping)
            else part
            for part in given
        )


DataOptions = (
    FolderOptions
    | MixOptions
    | LinesOptions
    | ShapesOptions
    | ShardsOptions
    | WebdatasetOptions
    | ParquetOptions
    | HubOptions
)

DATA_OPTIONS: Mapping[str, type[DataOptions]] = {
    "folder": FolderOptions,
    "mix": MixOptions,
    "lines": LinesOptions,
    "shapes": ShapesOptions,
    "shards": ShardsOptions,
    "webdataset": WebdatasetOptions,
    "parquet": ParquetOptions,
    "hub": HubOptions,
}
