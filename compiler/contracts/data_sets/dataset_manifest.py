"""What a written data set says that it holds, and how that differs from what a program declares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from ...base.diagnostics import nearest
from ...base.frozen import field, replace, struct
from ...program.family import Coding, Component
from ...program.ops import COMPONENT, NAME, THROUGH_CONFIG
from ...program.values import every_value
from ...types.describe import describe
from ...types.dims import Dim
from ...types.quantity import CLEAN, NOISE, Quantity
from ...types.types import Latent, Record, Scalar, Space, Tensor, Type

TOLERANCE = 1e-6
"""Relative; a config may write a constant with more digits than a family does."""

Constant = float | tuple[float, ...]


@struct
class Part:
    """One tensor's rows: `dims` without the batch."""

    dtype: str
    dims: tuple[int | str, ...]
    pad: str | None = None

    def __str__(self) -> str:
        pad = f" {{ pad = {self.pad} }}" if self.pad else ""
        return f"{self.dtype}[{', '.join(map(str, ('b', *self.dims)))}]{pad}"


@struct
class SpaceOf:
    """A latent space by its declaration (`wan.fdl::wan.wan21`) and its normalisation.

    `constants` are those that `normalize` reads off the codec (`vae.config.latents_mean`), as far as they are known:
    to the checker those that the family states, to a run all.
    """

    name: str
    declaration: str
    codec: str
    normalize: str
    constants: Mapping[str, Constant] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"`{self.name}` ({self.declaration.replace('::', ', ')})"


@struct
class StoredField:
    """What one field of a data set holds.

    `kind` is "text", "int", "float", "bool", "tensor", "latent" or "record". A record has its tensors by name in
    `parts`, what else has one under "". `quantity` of a latent is "clean", "noise", or a mix in words. `weights` are
    hashes of the codec or of the encoders that made it, by component. `rate` is how many frames or samples of sound a
    second a tensor has; None where that was not said.
    """

    kind: str
    parts: Mapping[str, Part] = field(default_factory=dict)
    quantity: str = ""
    space: SpaceOf | None = None
    weights: Mapping[str, str] = field(default_factory=dict)
    rate: int | None = None

    def __str__(self) -> str:
        match self.kind:
            case "text":
                return "text"
            case "latent" if self.space is not None:
                return f"{_QUANTITIES.get(self.quantity, self.quantity)} of {self.space}"
            case "record":
                return f"a record {{ {', '.join(f'{n}: {p}' for n, p in self.parts.items())} }}"
            case "tensor":
                return str(self.parts[""])
            case kind:
                return f"{kind}[b]"


_QUANTITIES = {"clean": "clean latents", "noise": "noise"}


@struct
class Shard:
    """A file of `samples` rows, with its size and the hash of its hashes."""

    file: str
    samples: int
    bytes: int
    sha256: str


@struct
class Manifest:
    """A written data set. `made` tells what it depends on beside the types: the computation, the data, all weights."""

    program: str
    fields: Mapping[str, StoredField]
    sizes: Mapping[str, int]
    count: int
    made: Mapping[str, Any] = field(default_factory=dict)
    shards: tuple[Shard, ...] = ()


# types as fields


class HasSpaces(Protocol):
    """A family, as the checker builds it or as it is lowered."""

    @property
    def components(self) -> Mapping[str, Component]: ...
    @property
    def spaces(self) -> Mapping[str, Space]: ...
    @property
    def codings(self) -> Mapping[str, Coding]: ...


def described(type_: Type, families: Iterable[HasSpaces]) -> StoredField | None:
    """A value's type as a field of a data set; None for what has no rows: a time, a list, a number for all samples."""
    match type_:
        case Scalar(kind="str"):
            return StoredField("text")
        case Scalar(kind=kind):
            return StoredField(kind)
        case Tensor() if _has_rows(type_):
            return StoredField("tensor", {"": _part(type_)})
        case Record(fields=fields) if all(_has_rows(f.type) for f in fields):
            return StoredField("record", {f.name: _part(f.type, f.pad) for f in fields})
        case Latent(space=space, quantity=quantity):
            factors = space.factors or (("", space),)
            parts = {n: Part(s.dtype, _dims(s.dims)) for n, s in factors}
            return StoredField("latent", parts, _quantity(quantity), space_of(space, families))
        case _:
            return None


def _has_rows(t: Tensor) -> bool:
    return t.dims[:1] == (Dim.of("b"),)


def _part(t: Tensor, pad: str | None = None) -> Part:
    return Part(t.kind, _dims(t.dims), pad)


def _dims(dims: tuple[Dim, ...]) -> tuple[int | str, ...]:
    return tuple(d.constant if d.constant is not None else str(d) for d in dims[1:])


def _quantity(q: Quantity | None) -> str:
    if q is None:
        return "a non-linear function of latents"
    return "clean" if q == CLEAN else "noise" if q == NOISE else describe(q)


def space_of(space: Space, families: Iterable[HasSpaces]) -> SpaceOf:
    """A space with what its declaration says of the normalisation, found in the first family that has it."""
    file, _, name = space.key.partition("::")
    declaration = f"{Path(file).name}::{name}"
    for family in families:
        written = next((n for n, s in family.spaces.items() if s.key == space.key), None)
        if written is None or written not in family.codings:
            continue
        if space.factors:
            inner = [space_of(s, [family]) for _, s in space.factors]
            normalize = "; ".join(s.normalize for s in inner)
            constants = {k: v for s in inner for k, v in s.constants.items()}
            return SpaceOf(space.name, declaration, "", normalize, constants)
        coding = family.codings[written]
        codec, rule = coding.codec, coding.normalize
        config = family.components[codec].config if codec in family.components else {}
        known = {n: constant(config.get(n.rpartition(".")[2])) for n in constant_names(coding)}
        return SpaceOf(
            space.name,
            declaration,
            codec,
            " ".join(rule.result.span.text.split()) if rule is not None else "",
            {n: c for n, c in known.items() if c is not None},
        )
    return SpaceOf(space.name, declaration, "", "")


def constant_names(coding: Coding) -> tuple[str, ...]:
    """The codec's constants that a `normalize` reads: `vae.config.latents_mean`."""
    values = every_value([coding.normalize.result]) if coding.normalize is not None else ()
    through = {True: ".config", False: ""}
    return tuple(
        sorted(
            {
                f"{COMPONENT.of(v)}{through[THROUGH_CONFIG.of(v)]}.{NAME.of(v)}"
                for v in values
                if v.op == "constant"
            }
        )
    )


def constant(value: object) -> Constant | None:
    """A number, or one for each channel, out of a config; None for anything else."""
    if isinstance(value, (int, float, Fraction)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, (list, tuple)):
        items = [constant(v) for v in value]
        numbers = tuple(v for v in items if isinstance(v, float))
        return numbers if len(numbers) == len(items) else None
    return None


# comparing


@struct
class Difference:
    """How a field of a data set is not what is declared. `facts` are what is known of both; `by_size` says that only dims
    differ."""

    field: str
    message: str
    note: str
    help: str
    facts: tuple[str, ...] = ()
    by_size: bool = False


def differences(
    declared: Mapping[str, StoredField], found: Manifest, sizes: Mapping[str, int], folder: str
) -> tuple[Difference, ...]:
    """One for each declared field that the data set does not hold as declared; other sizes are told once."""
    made: list[Difference] = []
    resized = tuple(
        f"{n} = {found.sizes[n]} in the data set, {n} = {v} here"
        for n, v in sizes.items()
        if found.sizes.get(n, v) != v
    )
    told = False
    for name, wanted in declared.items():
        there = found.fields.get(name)
        if there is None:
            near = nearest(name, found.fields)
            known = ", ".join(f"`{n}`" for n in found.fields) or "none"
            help = f"did you mean `{near}`?" if near else f"its fields are {known}"
            made.append(Difference(name, f"`{folder}` has no field `{name}`", "not in the data set", help))
            continue
        d = _difference(name, wanted, there, folder)
        if d is None:
            continue
        if d.by_size and resized:
            if told:
                continue
            told = True
            help = "give the program the sizes of the data set, or produce the data set again"
            d = replace(d, help=help, facts=resized)
        made.append(d)
    return tuple(made)


_AGAIN = "produce the data set again with this family"


def _difference(name: str, wanted: StoredField, there: StoredField, folder: str) -> Difference | None:
    if wanted.kind != there.kind:
        message = f"`{name}` of `{folder}` is {there}, and {wanted} is declared"
        return Difference(name, message, str(there), "declare the field as the data set has it")
    if wanted.space is not None and there.space is not None:
        return _other_space(name, wanted.space, there.space, folder) or _other_latents(
            name, wanted, there, folder
        )
    return _other_parts(name, wanted, there, folder)


def _other_space(name: str, wanted: SpaceOf, there: SpaceOf, folder: str) -> Difference | None:
    if wanted.declaration != there.declaration:
        return Difference(
            name,
            f"`{name}` of `{folder}` holds latents of {there}, and those of {wanted} are declared",
            f"latents of `{there.name}`",
            "latents of different codecs mean different things even at equal shapes; "
            "encode the data with a role of this family",
        )
    if wanted.normalize != there.normalize:
        return Difference(
            name,
            f"`{name}` of `{folder}` was normalised by `{there.normalize}`, and {wanted} says `{wanted.normalize}`",
            "normalised otherwise",
            _AGAIN,
        )
    for name_of in sorted(wanted.constants.keys() & there.constants.keys()):
        other = _apart(wanted.constants[name_of], there.constants[name_of])
        if other is not None:
            at, here, then = other
            return Difference(
                name,
                f"`{name}` of `{folder}` was normalised with `{name_of}{at}` = {then:g}, "
                f"and {wanted} has {here:g}",
                "normalised otherwise",
                _AGAIN,
            )
    return None


def _apart(a: Constant, b: Constant) -> tuple[str, float, float] | None:
    """The first place where two constants differ, with both numbers there."""
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        pairs = [(f"[{i}]", x, y) for i, (x, y) in enumerate(zip(a, b))]
    elif isinstance(a, float) and isinstance(b, float):
        pairs = [("", a, b)]
    else:
        return "", _first(a), _first(b)
    return next((p for p in pairs if not math.isclose(p[1], p[2], rel_tol=TOLERANCE)), None)


def _first(c: Constant) -> float:
    return c[0] if isinstance(c, tuple) and c else c if isinstance(c, float) else math.nan


def _other_latents(name: str, wanted: StoredField, there: StoredField, folder: str) -> Difference | None:
    if wanted.quantity != there.quantity:
        holds = _QUANTITIES.get(there.quantity, there.quantity)
        message = f"`{name}` of `{folder}` holds {holds}, and {_QUANTITIES[wanted.quantity]} is declared"
        help = "a data set gives back clean latents and noise; other mixes belong to a time"
        if there.quantity in _QUANTITIES:
            help = f"declare it as `{there.quantity}[...]`, or name the field that was meant"
        return Difference(name, message.replace("latents is", "latents are"), holds, help)
    return _other_parts(name, wanted, there, folder)


def _other_parts(name: str, wanted: StoredField, there: StoredField, folder: str) -> Difference | None:
    for part in (*wanted.parts, *there.parts):
        shown = f"{name}.{part}" if part else name
        of = f"`{shown}` of `{folder}`"
        a, b = wanted.parts.get(part), there.parts.get(part)
        if a is None or b is None:
            has = "has" if a is None else "lacks"
            message = f"the record `{name}` of `{folder}` {has} a field `{part}`, which the declared one {_OTHER[has]}"
            return Difference(
                name, message, f"{has} `{part}`", "a record fits only with all its fields equal"
            )
        if a.dtype != b.dtype:
            return Difference(name, f"{of} is {b}, and {a} is declared", f"{b.dtype}", _AGAIN)
        if a.pad != b.pad:
            message = f"{of} is padded by `{b.pad}`, and `{a.pad}` is declared"
            help = "what stands in rows without a token changes what the network sees; produce the data set again"
            return Difference(name, message, f"pad = {b.pad}", help)
        if a.dims != b.dims:
            return Difference(name, f"{of} is {b}, and here it would be {a}", f"{b}", _AGAIN, by_size=True)
    return None


_OTHER = {"has": "lacks", "lacks": "has"}
