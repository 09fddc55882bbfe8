"""What values carry beside their arguments: the attributes of each op, with their types.

The ops themselves, with their arguments and meaning, are entries of `stages/`. Some mean more in a program than in a graph:

    draw            its first argument is the distribution, the others are the rounds of the loops around it
    stage           its arguments are those of the family's stage, in its order
    prediction      x, t, then what else the denoise stage takes, in its order
    hidden          the call of a component, or where `PYTHON` calls it what that is given
    component       what the family's component is handed, by `NAMES`
    jvp             the call's result, a `varied` for each of `TANGENTS`, and their tangents
    loop            what it goes over (low, high; a list; a grid), then the carried values' starts
    carried, loop_index, loop_item, param    parameters of a region or formula
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Generic, TypeVar, cast

from ...stages.table import OPS
from ..base.source import Span
from ..types.dims import Dim
from ..types.types import Space
from .values import Region, RoleRef, Value

T = TypeVar("T")


class Attribute(Generic[T]):
    """An attribute of one type. A value may be without one that is `optional`."""

    __slots__ = ("name", "optional", "types")

    def __init__(self, name: str, *types: type, optional: bool = False) -> None:
        self.name, self.types, self.optional = name, types, optional

    def __call__(self, value: T) -> tuple[str, object]:
        """The attribute with this value, for a value that is being made."""
        return self.name, value

    def of(self, v: Value) -> T:
        """Raises TypeError if the value has none."""
        found = v.attrs.get(self.name)
        if not isinstance(found, self.types):
            raise TypeError(f"`{v.op}` has no {self.name}: {found!r}")
        return cast(T, found)

    def find(self, v: Value) -> T | None:
        """None if the value has none."""
        found = v.attrs.get(self.name)
        return cast(T, found) if isinstance(found, self.types) else None


VALUE: Attribute[int | Fraction | str | bool] = Attribute("value", int, Fraction, str, bool)
INDEX: Attribute[int] = Attribute("index", int)  # of an entry of a tuple, of a carried value of a loop
NAME: Attribute[str] = Attribute("name", str)
NAMES: Attribute[tuple[str, ...]] = Attribute("names", tuple)  # of the arguments
PLACES: Attribute[tuple[Span, ...]] = Attribute("places", tuple)  # of the arguments, with their names
STANDS_FOR: Attribute[str | None] = Attribute(
    "stands_for", str, optional=True
)  # the call in whose place a field is read
RAW: Attribute[bool | None] = Attribute("raw", bool, optional=True)  # latents as their codec gave them
AXIS: Attribute[str] = Attribute("axis", str)
AXES: Attribute[str] = Attribute("axes", str)  # of the unpacked tensor behind the batch, `c h w`
LAYOUT: Attribute[str] = Attribute("layout", str)  # of the packed one, `(h/2 w/2) (c h%2 w%2)`

ROLE: Attribute[RoleRef] = Attribute("role", RoleRef)
PROCESS_OF: Attribute[RoleRef | None] = Attribute(
    "role", RoleRef, optional=True
)  # that of the formula's family if it has none
STAGE: Attribute[str] = Attribute("stage", str)
SIZES: Attribute[tuple[tuple[str, Dim], ...] | None] = Attribute(
    "sizes", tuple, optional=True
)  # other than the family's own, at which a stage is called
TO: Attribute[int | None] = Attribute("to", int, optional=True)
"""Which argument is the time that a prediction goes to; a prediction at one time has none."""
KIND: Attribute[str] = Attribute("kind", str)  # of the process that the argument is noisy in
OF: Attribute[RoleRef | None] = Attribute("of", RoleRef, optional=True)  # whose latents these are
DECODE: Attribute[str | None] = Attribute("decode", str, optional=True)  # its stage that makes pixels of them
ENCODE: Attribute[str | None] = Attribute(
    "encode", str, optional=True
)  # the role's stage that makes latents of pixels
COMPONENT: Attribute[str] = Attribute("component", str)
METHOD: Attribute[str | None] = Attribute(
    "method", str, optional=True
)  # of the component; its `forward` without one
OUTPUT: Attribute[tuple[str | int, ...]] = Attribute(
    "output", tuple, optional=True
)  # the way to the part of a component's result that is meant
LAYERS: Attribute[tuple[str, ...]] = Attribute("layers", tuple)  # of a component, whose results are shown
LOOKS_INTO: Attribute[str] = Attribute("looks_into", str)  # the stage whose call shows them
PYTHON: Attribute[str | None] = Attribute(
    "python", str, optional=True
)  # the function that calls the component
THROUGH_CONFIG: Attribute[bool] = Attribute("through_config", bool)  # `vae.config.NAME`, not `vae.NAME`

SITE: Attribute[str] = Attribute("site", str)  # unique in a program; names the stream of random numbers
SCOPE: Attribute[str] = Attribute(
    "scope", str
)  # what has a number of its own: "sample", "step", "frame", "chunk", "channel"
CHUNK: Attribute[int | None] = Attribute("chunk", int, optional=True)  # frames of one
FRAMES: Attribute[int | None] = Attribute(
    "frames", int, optional=True
)  # that latents have, where each, or each chunk, has a number
PARTS: Attribute[tuple[str, ...] | None] = Attribute(
    "parts", tuple, optional=True
)  # of the latents, where each has a number
LAID: Attribute[bool | None] = Attribute(
    "laid", bool, optional=True
)  # drawn for one call of a network, which gets it beside its latents
SPACE: Attribute[Space] = Attribute("space", Space)
LEVELS: Attribute[tuple[Fraction | None, ...]] = Attribute(
    "values", tuple
)  # of a flow, in [0, 1]; None if not known
GRID: Attribute[tuple[Fraction, ...]] = Attribute("levels", tuple, optional=True)
"""The levels of a grid that the process's own rule gives, the last of which is 0."""
TICKS: Attribute[tuple[Fraction, ...]] = Attribute("ticks", tuple)  # as written, in ticks or sigmas
WHICH: Attribute[str] = Attribute("which", str)  # how they are written: "ticks" or "sigmas"

PER: Attribute[str | None] = Attribute(
    "per", str, optional=True
)  # "sample", "frame", "channel"; over all without one
OVER: Attribute[str | None] = Attribute(
    "over", str, optional=True
)  # "batch": all samples of a step; "prompt": those of one prompt
NORM: Attribute[str | None] = Attribute("norm", str, optional=True)  # "sample": a sample is one vector
PRECISION: Attribute[str | None] = Attribute("precision", str, optional=True)  # "f64"
OPTIONS: Attribute[tuple[str, ...]] = Attribute(
    "options", tuple
)  # the names of the arguments behind the first two
SAMPLES: Attribute[tuple[int, ...] | None] = Attribute(
    "samples", tuple, optional=True
)  # from which sample of a step's batch to before which a loss is of; of all without
EACH: Attribute[tuple[int, ...]] = Attribute(
    "each", tuple, optional=True
)  # how many latents along each axis one token has, which keeps its length; 0 for all of them
ZERO: Attribute[bool] = Attribute("zero", bool)  # the unconditional side is projected on the conditional one
TANGENTS: Attribute[tuple[str, ...]] = Attribute(
    "tangents", tuple
)  # the parameters along which a call is differentiated

REGION: Attribute[Region] = Attribute("region", Region)
ITERABLE: Attribute[str] = Attribute("iterable", str)  # "range", "list", or the "pairs" of a grid

ATTRIBUTES: Mapping[str, tuple[Attribute[Any], ...]] = {
    "const": (VALUE,),
    "item": (INDEX,),
    "field": (NAME, STANDS_FOR, RAW),
    "part": (NAME,),
    "fields": (NAMES,),
    "state": (NAME,),
    "carried": (NAME,),
    "param": (NAME,),
    "extent": (NAME,),
    "loop": (REGION, ITERABLE),
    "result": (INDEX,),
    "stage": (ROLE, STAGE, TO, SIZES),
    "published": (ROLE, NAME),
    "component": (COMPONENT, METHOD, OUTPUT, NAMES, PLACES),
    "hidden": (LOOKS_INTO, LAYERS, PLACES, COMPONENT, PYTHON),
    "constant": (COMPONENT, NAME, THROUGH_CONFIG, PER),
    "filled": (VALUE,),
    "prediction": (ROLE, TO),
    "mix": (ROLE,),
    "recast": (ROLE, KIND),
    "bridge": (ROLE, OF, DECODE, ENCODE),
    "rescale": (OPTIONS,),
    "product": (NAMES,),
    "guide": (OPTIONS, ZERO, EACH),
    "jvp": (TANGENTS, PROCESS_OF),
    "draw": (SITE, SCOPE, CHUNK, FRAMES, PARTS, LAID),
    "noise": (SPACE, PROCESS_OF),
    "levels": (LEVELS, WHICH, TICKS, PROCESS_OF),
    "grid": (PROCESS_OF, GRID),
    "ticks": (PROCESS_OF,),
    "sigma": (PROCESS_OF,),
    "alpha": (PROCESS_OF,),
    "loss": (PER, OVER, NORM, PRECISION, OPTIONS, SAMPLES),
    "reduction": (PER, OVER),
    "norm": (PER,),
    "concat": (AXIS,),
    "pack": (AXES, LAYOUT),
    "unpack": (AXES, LAYOUT),
}
"""By op, or by the rule that several ops share. All others have none."""


def attributes_of(op: str) -> tuple[Attribute[Any], ...]:
    """Raises KeyError for what is no op."""
    return ATTRIBUTES.get(op) or ATTRIBUTES.get(OPS[op].rule, ())
