"""A codec's config against the latent space that it makes: channels, compression, normalisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ..base.diagnostics import Label
from ..base.frozen import struct
from ..program.family import Family
from ..syntax import ast
from ..syntax.visitor import nodes
from ..types.types import Space
from .comparison import Comparison, Config, calls, channels, latent_space
from .config_files import TOLERANCE, number, shown, whole

CHANNELS = ("z_dim", "latent_channels")
SPATIAL = ("scale_factor_spatial", "spatial_compression_ratio")
TEMPORAL = ("scale_factor_temporal", "temporal_compression_ratio")
HALVED_BY_BLOCK = ("AutoencoderKL", "AutoencoderKLCogVideoX", "AutoencoderKLTemporalDecoder")
"""Classes whose every block but the last halves height and width."""

NEUTRAL: Mapping[str, float] = {
    "scaling_factor": 1.0,
    "shift_factor": 0.0,
    "latents_mean": 0.0,
    "latents_std": 1.0,
}
"""Constants that a config holds for its latents, with the value that changes nothing."""
DEFAULTS: Mapping[str, Mapping[str, float | None]] = {
    "AutoencoderKL": {
        "scaling_factor": 0.18215,
        "shift_factor": None,
        "latents_mean": None,
        "latents_std": None,
    },
}
"""What a class takes where its older configs say nothing."""
ABSENT = object()


def compare(c: Comparison) -> None:
    """Every space whose codec's config was read."""
    done: set[str] = set()
    for name, space in c.family.spaces.items():
        d = c.family.space_declarations.get(name)
        if d is None or d.codec is None or space.key in done:
            continue
        done.add(space.key)
        config = c.configs.get(d.codec.id)
        if config is None:
            continue
        if _unpacked(c.family, space, d.codec.id):
            _channels(c, config, space, d)
            _compression(c, config, space, d)
        _normalisation(c, config, space, d)


def _unpacked(family: Family, space: Space, codec: str) -> bool:
    """Whether the codec itself gives or takes the space's latents, with no Python in between."""
    for stage in family.stages.values():
        for name, _, _ in calls(stage, family):
            types = [stage.result, *(p.type for p in stage.params)]
            if name == codec and any(s is not None and s.key == space.key for s in _spaces(family, types)):
                return True
    return False


def _spaces(family: Family, types: list[ast.AnyType | None]) -> Iterator[Space | None]:
    return (latent_space(family, t) for t in types)


def _channels(c: Comparison, config: Config, space: Space, d: ast.SpaceDecl) -> None:
    expected, found = channels(space), config.first(*CHANNELS)
    if (
        expected is None
        or found is None
        or found[0] in config.component.config
        or whole(found[1]) == expected
    ):
        return
    label = Label(d.name.span, f"{expected} channels")
    c.differs(*found, config.file, f"`{space}` has {expected} channels", label)


# compression


def _compression(c: Comparison, config: Config, space: Space, d: ast.SpaceDecl) -> None:
    assert d.type is not None
    by_axis = {e.axis: e for e in d.type.dims if e.axis is not None}
    for axes, found in ((("h", "w"), _spatial(config)), (("t",), _temporal(config))):
        if found is None or found[0] in config.component.config:
            continue
        key, value, ratio = found
        for e in (by_axis[a] for a in axes if a in by_axis):
            expected = _pixels_for_one(e.value)
            if expected is not None and expected != ratio:
                unit = "frames" if e.axis == "t" else "pixels"
                means = "" if value == ratio else f", which is {ratio} {unit} for a latent"
                says = f"`{space}` has {expected} {unit} for a latent"
                c.differs(
                    key, value, f"{config.file}{means}", says, Label(e.span, f"{expected} {unit} for one")
                )
                break


def _spatial(config: Config) -> tuple[str, object, int] | None:
    """The key that tells pixels a latent along height and width, its value, and what that comes to."""
    stated = config.first(*SPATIAL)
    if stated is not None:
        ratio = whole(stated[1])
        return (*stated, ratio) if ratio is not None else None
    blocks = config.values.get("block_out_channels")
    if isinstance(blocks, list) and config.component.cls.rpartition(".")[2] in HALVED_BY_BLOCK:
        return "block_out_channels", blocks, 2 ** (min(len(blocks), 32) - 1) if blocks else 1
    widths = config.values.get("dim_mult")
    if isinstance(widths, list) and widths:
        patch = whole(config.values.get("patch_size")) or 1
        return "dim_mult", widths, patch * 2 ** (min(len(widths), 32) - 1)
    return None


def _temporal(config: Config) -> tuple[str, object, int] | None:
    stated = config.first(*TEMPORAL)
    if stated is not None:
        ratio = whole(stated[1])
        return (*stated, ratio) if ratio is not None else None
    halved = config.values.get("temperal_downsample")
    if isinstance(halved, list):
        return "temperal_downsample", halved, 2 ** min(sum(h is True for h in halved), 32)
    return None


def _pixels_for_one(e: ast.Expr) -> Fraction | None:
    """How many of a size make one latent: 8 for `H/8`, 4 for `(F - 1)/4 + 1`. None for what is no line in one size."""
    names = {n.id for n in nodes([e]) if isinstance(n, ast.Name)}
    line = _line(e) if len(names) == 1 else None
    return 1 / line[0] if line is not None and line[0] > 0 else None


def _line(e: ast.Expr) -> tuple[Fraction, Fraction] | None:
    """Slope and offset in the one size that an expression reads."""
    match e:
        case ast.Number(value=value):
            return Fraction(0), Fraction(value)
        case ast.Name():
            return Fraction(1), Fraction(0)
        case ast.Binary(op=op, left=left, right=right):
            a, b = _line(left), _line(right)
            if a is None or b is None:
                return None
            if op in "+-":
                sign = 1 if op == "+" else -1
                return a[0] + sign * b[0], a[1] + sign * b[1]
            if op == "*" and 0 in (a[0], b[0]):
                return a[0] * b[1] + b[0] * a[1], a[1] * b[1]
            if op == "/" and b[0] == 0 and b[1] != 0:
                return a[0] / b[1], a[1] / b[1]
    return None


# normalisation


@struct
class Read:
    """A constant of the codec's that `normalize` reads; `divides` says on which side of a division it stands."""

    key: str
    divides: bool
    through_config: bool
    node: ast.Node


def _normalisation(c: Comparison, config: Config, space: Space, d: ast.SpaceDecl) -> None:
    entry = next((e for e in d.entries if e.name == "normalize"), None)
    if entry is None or entry.value is None:
        return
    reads = tuple(_reads(entry.value, config.component.name, False))
    for key in dict.fromkeys(r.key for r in reads if r.through_config):
        _is_there(c, config, space, [r for r in reads if r.key == key])
    label = Label(entry.span, f"how latents of `{space}` are normalised")
    if not config.component.cls.startswith("python."):  # a class of the family's own may normalise by itself
        _all_read(c, config, space, {r.key for r in reads}, entry.value, label)
    _direction(c, config, reads, label)


def _reads(e: ast.Expr, codec: str, divides: bool) -> Iterator[Read]:
    match e:
        case ast.Attr(base=ast.Attr(base=ast.Name(id=name), name="config"), name=key) if name == codec:
            yield Read(key, divides, True, e)
        case ast.Attr(base=ast.Name(id=name), name=key) if name == codec:
            yield Read(key, divides, False, e)
        case ast.Binary(op=op, left=left, right=right):
            yield from _reads(left, codec, divides)
            yield from _reads(right, codec, divides != (op == "/"))
        case ast.Unary(operand=x):
            yield from _reads(x, codec, divides)


def _value(config: Config, key: str) -> object:
    cls = config.component.cls.rpartition(".")[2]
    return config.values.get(key, DEFAULTS.get(cls, {}).get(key, ABSENT))


def _is_there(c: Comparison, config: Config, space: Space, reads: list[Read]) -> None:
    """A constant is one number, or one for each channel."""
    key, value = reads[0].key, _value(config, reads[0].key)
    if (
        key in config.component.config
    ):  # compared as a fact, with the class's default where the config is silent
        return
    label = Label(reads[0].node.span, "read here")
    if value is ABSENT or (value is None and key not in config.values):
        c.refuse(f"{config.file} has no `{key}`, which `normalize` of `{space}` reads", label)
        return
    values = value if isinstance(value, list) else [value]
    numbers = [number(v) for v in values]
    wanted = channels(space)
    if None in numbers or not numbers:
        c.differs(key, value, config.file, f"`normalize` of `{space}` reads numbers", label)
    elif wanted is not None and len(values) not in (1, wanted):
        says = f"`{space}` has {wanted} channels: one number for all, or one for each"
        c.differs(key, value, config.file, says, label)
    elif 0.0 in numbers and any(r.divides for r in reads):
        at = f"{key}[{numbers.index(0.0)}]" if isinstance(value, list) else key
        c.differs(at, 0, config.file, f"`normalize` of `{space}` divides by it", label)


def _all_read(
    c: Comparison, config: Config, space: Space, read: set[str], normalize: ast.Expr, label: Label
) -> None:
    """A constant that changes latents and that nobody applies leaves them at another scale than the network's."""
    written = [n.value for n in nodes([normalize]) if isinstance(n, ast.Number)]
    missed = {
        key: value
        for key in NEUTRAL
        if key not in read
        and not _neutral(key, value := _value(config, key))
        and not _written(value, written)
    }
    if not missed:
        return
    (key, value), *rest = missed.items()
    says = f"`normalize` of `{space}` does not read it"
    facts = [f"`{k}` is {shown(v)}, and is not read either" for k, v in rest]
    help = _usual(config, {*read, *missed})
    c.differs(key, value, config.file, says, label, facts=facts, help=help)


def _neutral(key: str, value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    numbers = [number(v) for v in values]
    return value is None or value is ABSENT or all(n == NEUTRAL[key] for n in numbers)


def _written(value: object, written: list[int | Fraction]) -> bool:
    """Whether the family writes the constant out, or one over it."""
    wanted = number(value)
    if not wanted:
        return False
    near = (Fraction(wanted), 1 / Fraction(wanted))
    return any(abs(n - v) <= TOLERANCE * v for n in written for v in near)


def _usual(config: Config, keys: set[str]) -> str:
    """The rule that goes with these constants."""
    where = f"{config.component.name}.config"
    middle = next((k for k in ("latents_mean", "shift_factor") if k in keys), None)
    rule = f"(z - {where}.{middle})" if middle is not None else "z"
    if "latents_std" in keys:
        rule += f" / {where}.latents_std"
    if "scaling_factor" in keys:
        over = config.values.get("invert_scale_latents") is True
        rule += f" {'/' if over else '*'} {where}.scaling_factor"
    return f"`normalize = {rule}`"


def _direction(c: Comparison, config: Config, reads: tuple[Read, ...], label: Label) -> None:
    inverted = config.values.get("invert_scale_latents")
    scale = next((r for r in reads if r.key == "scaling_factor"), None)
    if scale is None or not isinstance(inverted, bool) or inverted == scale.divides:
        return
    does, wanted = ("multiplies by", "divided by") if inverted else ("divides by", "multiplied by")
    says = f"`normalize` {does} `scaling_factor`: these latents are {wanted} it"
    c.differs("invert_scale_latents", inverted, config.file, says, label)
