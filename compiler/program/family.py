"""A family with its variant, sizes and imports filled in: process, components, spaces, stages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ..base.frozen import field, struct
from ..base.source import Span
from ..syntax import ast
from ..types.types import Record, Space
from .process import Process


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
    tokens: tuple[ast.Expr, ...] = ()
    """How the axes of its latents become tokens: dims over the names of the axes."""
    chains: str | None = None
    """The function of the family's binding that puts kernels in place of chains of its blocks."""


@struct
class Family:
    """A family with variant, sizes and imports resolved.

    `stages` are declarations: `lower` expands their `by` expressions. `spaces` by the names that the stages use, each
    with its declaration (codec, normalisation). `namespace` is unique among the program's families.
    """

    name: str
    variant: str | None
    path: str
    components: Mapping[str, Component]
    spaces: Mapping[str, Space]
    space_declarations: Mapping[str, ast.SpaceDecl]
    records: Mapping[str, Record]
    process: Process
    stages: Mapping[str, ast.StageDecl]
    denoise: str
    space: str
    has_binding: bool
