"""A family with its variant, sizes and imports filled in: process, components, latent spaces, stages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from ..base.frozen import field, struct
from ..base.source import Span
from ..types.dims import Dim
from ..types.types import Record, Space, Type
from .ops import COMPONENT, LAYERS
from .process import Process
from .values import Formula, every_value

Sizes = tuple[tuple[str, Dim], ...]
"""Sizes in which something differs from a family's own."""

UNTRAINED = ("encode", "decode", "audio_decode")
"""Kinds of stages that use no weights that a network stage of the family uses, whatever components Python may reach."""


@struct
class Idle:
    """Parameters that no gradient reaches, by a pattern over their names; `kind` is one of `IDLE_KINDS`."""

    pattern: str
    kind: str


IDLE_KINDS: Mapping[str, str] = {
    "none": "no gradient",
    "zero": "a gradient of exactly zero",
    "sometimes": "none or a gradient of zero where the data, or the outputs that carry a loss, do not reach them",
}


@struct
class Given:
    """A fact of a config that calls of a head tell: an open dim of its stages, `d`, or the length of a list, `len(h)`."""

    text: str
    span: Span = field(compare=False)


@struct
class Component:
    """A component as a role uses it: class, settings, and the config facts that a checkpoint must satisfy, with the
    places where they are stated.
    """

    name: str
    cls: str
    trainable: bool
    dtype: str | None
    optional: bool
    subfolder: str
    fallback: str | None
    config: Mapping[str, object]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    levels: tuple[Fraction, Fraction] | None = None
    """The noise levels that an expert serves, from low to high (as sigma of a flow process)."""
    chains: str | None = None
    """The function of the family's binding that puts kernels in place of chains of its blocks."""
    skip: bool = False
    """A part of checkpoints that nothing here uses: it is never loaded, and its class need not be installed. Of one whose
    class is a pipeline, the facts are those of the checkpoint's index."""
    rows: int | None = None
    """How many samples one call takes at most, where the class is wrong for more."""
    idle: tuple[Idle, ...] = ()

    @property
    def is_pipeline(self) -> bool:
        """Whether it stands for a checkpoint as a whole, whose `config` is what the pipeline's index says."""
        return self.skip and self.cls.endswith("Pipeline")


@struct
class Ratio:
    """How many pixels (or frames) make one latent along an axis, and where the space says so."""

    value: Fraction
    span: Span


@struct(eq=False)
class Coding:
    """How the latents of a space come about: the component that makes them, and what is done to them behind it.

    A product of spaces has neither. `normalize` is a formula of the codec's own result; it is linear and made of `+ - * /`,
    numbers and constants of the codec. `ratios` are by axis, where they follow from the dims.
    """

    codec: str
    normalize: Formula | None
    ratios: Mapping[str, Ratio]
    span: Span
    name_span: Span
    rule_span: Span | None  # of the entry `normalize = ...`


@struct
class Declared:
    """A declared type. `kind` is "clean", "noise", "noisy", "predict", "eps", "velocity" or "score" for a latent of `space`,
    "guidance" for a number that tells the network a scale of guidance, "value" for all else. `way` are the names of the times
    from and to which a prediction goes, "" for one at a time. `rate` is how many frames or samples a second pixels or a wave
    have, `level` the noise level of noisy latents, where a stage says so."""

    kind: str
    type: Type
    space: Space | None = None
    way: tuple[str, str] = ("", "")
    rate: Dim | None = None
    level: Fraction | None = None


@struct
class StageInput:
    """One of the things that a stage takes."""

    name: str
    declared: Declared
    span: Span


@struct(eq=False)
class Stage:
    """A stage of a family: `body` is what its components compute of its inputs, None where `python` is called.

    `means` is what a high value of a head means: "real" or "fake" of a logit, "good" of a score, "" where it is not said.
    """

    name: str
    kind: str
    inputs: tuple[StageInput, ...]
    result: Declared
    body: Formula | None
    python: str
    span: Span
    name_span: Span
    result_span: Span
    means: str = ""

    @cached_property
    def components(self) -> frozenset[str]:
        """The components that its body calls, or looks into."""
        values = every_value([self.body.result]) if self.body is not None else ()
        return frozenset(COMPONENT.of(v) for v in values if v.op == "component" or LAYERS.find(v) is not None)


@struct
class Family:
    """`spaces`, `codings` and `records` go by the names that the family writes. `denoise` names the stage that predicts,
    `space` the one of its latents."""

    name: str
    variant: str | None
    path: str
    components: Mapping[str, Component]
    spaces: Mapping[str, Space]
    codings: Mapping[str, Coding]
    records: Mapping[str, Record]
    process: Process
    stages: Mapping[str, Stage]
    denoise: str
    space: str
    has_binding: bool
    sizes: Mapping[str, int] = field(default_factory=dict)
    """The family's sizes, and the dims of its latents by their axes."""
    resized: Mapping[Sizes, Family] = field(default_factory=dict)
    """The family at the other sizes that its stages are called at."""

    def may_run(self, stage: Stage) -> frozenset[str]:
        """Components that a stage may run. Of a Python stage it is not known; encoders and decoders run trained ones only
        where no network stage can: a text encoder that is trained, in a family whose networks are all components."""
        if stage.body is not None:
            return stage.components & self.components.keys()
        fixed = self.of_networks if stage.kind in UNTRAINED else frozenset()
        return frozenset(n for n, c in self.components.items() if not (c.trainable and n in fixed))

    @property
    def of_networks(self) -> frozenset[str]:
        """Components that stages may run which are neither encoders nor decoders."""
        networks = [s for s in self.stages.values() if s.kind not in UNTRAINED]
        if any(s.body is None for s in networks):
            return frozenset(self.components)
        return frozenset(n for s in networks for n in s.components)

    def is_trainable(self, stage: Stage) -> bool:
        """Whether a stage may run components that a role of this family can train."""
        return any(self.components[n].trainable for n in self.may_run(stage))
