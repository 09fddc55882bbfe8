"""A family, its stages and its tokens as the checker uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from ...base.frozen import field, mutable, struct
from ...base.source import Span
from ...modules.imports import Definition
from ...program.family import Coding, Component, Declared, Family, Sizes, Stage, StageInput
from ...program.process import Process
from ...program.values import Formula
from ...syntax import ast
from ...types.dims import Dim, Facts
from ...types.types import Record, Space


@struct
class Tokens:
    """What a denoiser attends over. `grid` are tokens along the axes of the latents, in their order; None where the
    family leaves it open. `place` is where the family says so. Of a product of spaces each of `parts` is a sequence of its
    own, by its name.
    """

    grid: tuple[Dim, ...] | None = None
    heads: int | None = None
    head_dim: int | None = None
    place: Span | None = None
    parts: Mapping[str, Tokens] = field(default_factory=dict)

    @property
    def sequences(self) -> Mapping[str, Tokens]:
        """By the names of parts; "" for latents of one space."""
        return self.parts or {"": self}

    @property
    def sizes(self) -> tuple[int, ...] | None:
        found = [d.constant for d in self.grid or ()]
        return tuple(n for n in found if n is not None) if found and None not in found else None

    @property
    def count(self) -> int | None:
        return prod(self.sizes) if self.sizes is not None else None


@struct
class StageParam:
    name: str
    declared: Declared
    default: ast.Expr | None
    span: Span


@struct
class StageModel:
    """A stage with its types. A type that is not known after an error is `UNKNOWN`."""

    declaration: ast.StageDecl
    params: tuple[StageParam, ...]
    result: Declared
    parts: frozenset[tuple[str, str]] | None = None
    """What `by` reads of its parameters, as (parameter, part); None where Python or an error leaves it open."""
    body: Formula | None = None
    """What its components compute; None where Python does."""
    means: str = ""
    """What a high value of a head means: "real", "fake", "good", or "" where the family does not say."""
    opened: frozenset[str] = frozenset()
    """Dims of its parameters that are those of what it is given."""

    def typed(self) -> Stage:
        """What lowering gets."""
        d = self.declaration
        return Stage(
            name=d.name.id,
            kind=d.kind.id,
            inputs=tuple(StageInput(p.name, p.declared, p.span) for p in self.params),
            result=self.result,
            body=self.body,
            python=d.by.function.id if isinstance(d.by, ast.ByPython) else "",
            span=d.span,
            name_span=d.name.span,
            result_span=d.result.span,
            means=self.means,
        )


@mutable
class OtherSizes:
    """A family at the sizes that its stages are called at beside its own: `make` builds it, once for the same sizes."""

    make: Callable[[Sizes], FamilyModel | None]
    known: dict[Sizes, FamilyModel | None] = field(default_factory=dict)

    def __call__(self, sizes: Sizes) -> FamilyModel | None:
        if sizes not in self.known:
            self.known[sizes] = self.make(sizes)
        return self.known[sizes]


NO_LATENTS = Space("", "no latents")
"""The space of a family that consists of heads."""

PUBLISHED = ("cond", "uncond", "clean", "sample")
"""The graphs that every family has that denoises."""


@struct(eq=False)
class FamilyModel:
    """A family of one variant. `sizes` are numbers inside a program, symbols with `facts` on its own.

    `spaces` and `records` go by the names that the family writes. `space` is that of its denoise stage's
    latents; `params` hold a variant's defaults. One that consists of heads has the `denoise` "" and `NO_LATENTS`, and a
    flow of noise levels for a process where it states none. A stage with errors has `UNKNOWN` in their place; a space or
    record with errors is left out.
    """

    definition: Definition
    name: str
    variant: str | None
    sizes: Mapping[str, Dim]
    facts: Facts
    components: Mapping[str, Component]
    spaces: Mapping[str, Space]
    codings: Mapping[str, Coding]
    records: Mapping[str, Record]
    process: Process | None
    stages: Mapping[str, StageModel]
    graphs: Mapping[str, ast.GraphDecl]
    params: Mapping[str, ast.Param]
    denoise: str
    space: Space
    has_binding: bool
    tokens: Tokens
    """What the trainable component of the denoise stage attends over."""
    resized: OtherSizes

    @property
    def denoises(self) -> bool:
        """Whether it has a network that predicts, latents and a process; else it consists of heads."""
        return bool(self.denoise)

    def typed(self) -> Family:
        """What lowering gets. Only for a family without errors."""
        assert self.process is not None
        along = {a: d for a, d in zip(self.space.axes, self.space.dims) if a is not None}
        return Family(
            name=self.name,
            variant=self.variant,
            path=str(self.definition.module.path),
            components=self.components,
            spaces=self.spaces,
            codings=self.codings,
            records=self.records,
            process=self.process,
            stages={n: s.typed() for n, s in self.stages.items()},
            denoise=self.denoise,
            space=self.space.name,
            has_binding=self.has_binding,
            sizes={n: d.constant for n, d in {**along, **self.sizes}.items() if d.constant is not None},
            resized={n: m.typed() for n, m in self.resized.known.items() if m is not None},
        )
