"""A codec's config against the latent space that it makes: channels, compression, normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..base.diagnostics import Label
from ..base.frozen import struct
from ..base.source import Span
from ..program.family import Coding, Family
from ..program.ops import NAME, PER, THROUGH_CONFIG, VALUE
from ..program.values import Value, every_value
from ..types.dims import Dim
from ..types.types import Space, Tensor
from .classes import CODEC_CHANNELS, CODEC_SPATIAL, CODEC_TEMPORAL, CODECS, LATENT_CONSTANTS, Codec
from .comparison import Comparison, Config
from .config_files import TOLERANCE, number, shown, whole
from .handed import channel_axis, channels

UNKNOWN = Codec()
ABSENT = object()


def compare(c: Comparison) -> None:
    """Every space whose codec's config was read."""
    done: set[str] = set()
    for name, space in c.family.spaces.items():
        coding = c.family.codings.get(name)
        if coding is None or not coding.codec or space.key in done:
            continue
        done.add(space.key)
        config = c.configs.get(coding.codec)
        if config is None:
            continue
        dims = _own_dims(c.family, space, coding.codec)
        if dims is not None:
            _channels(c, config, space, coding, dims)
            _compression(c, config, space, coding, dims)
        _normalisation(c, config, space, coding)


def _own_dims(family: Family, space: Space, codec: str) -> tuple[Dim, ...] | None:
    """The dims of the codec's own latents, which a stage may have in another layout than the space; None where Python stands
    in between."""
    found = None
    for stage in family.stages.values():
        declared = [stage.result, *(i.declared for i in stage.inputs)]
        if codec in stage.components and any(
            d.space is not None and d.space.key == space.key for d in declared
        ):
            found = found or space.dims
            for v in (
                every_value([stage.body.result]) if stage.body is not None and stage.kind == "encode" else ()
            ):
                if v.op == "component" and isinstance(v.type, Tensor):
                    found = v.type.dims
    return found


def _channels(c: Comparison, config: Config, space: Space, coding: Coding, dims: tuple[Dim, ...]) -> None:
    axis = channel_axis(space)
    same = axis is not None and len(dims) == len(space.dims)
    expected = dims[axis if axis is not None and same else 1].constant if len(dims) > 1 else None
    found = config.first(*CODEC_CHANNELS)
    if (
        expected is None
        or axis is None
        or found is None
        or found[0] in config.component.config
        or whole(found[1]) == expected
    ):
        return
    label = Label(coding.name_span, f"{expected} channels")
    c.differs(*found, config.file, f"`{space}` has {expected} channels", label)


# compression


def _compression(c: Comparison, config: Config, space: Space, coding: Coding, dims: tuple[Dim, ...]) -> None:
    for axes, found in ((("h", "w"), _spatial(config)), (("t",), _temporal(config))):
        if found is None or found[0] in config.component.config:
            continue
        key, value, ratio = found
        for axis in axes:
            stated = coding.ratios.get(axis)
            packs = _packs(space, dims, axis)
            if stated is not None and packs is not None and stated.value != ratio * packs:
                expected = stated.value / packs
                unit = "frames" if axis == "t" else "pixels"
                means = "" if value == ratio else f", which is {ratio} {unit} for a latent"
                says = f"`{space}` has {expected} {unit} for a latent"
                c.differs(
                    key,
                    value,
                    f"{config.file}{means}",
                    says,
                    Label(stated.span, f"{expected} {unit} for one"),
                )
                break


def _packs(space: Space, dims: tuple[Dim, ...], axis: str) -> Fraction | None:
    """How many of the codec's latents lie in one of the space's along an axis; None where that is not known."""
    at = space.axes.index(axis) if axis in space.axes else None
    if dims == space.dims or at is None:
        return Fraction(1)
    own, packed = dims[at - len(space.axes)].constant, space.dims[at].constant
    return Fraction(own, packed) if own and packed else None


def _spatial(config: Config) -> tuple[str, object, int] | None:
    """The key that tells pixels a latent along height and width, its value, and what that comes to."""
    stated = config.first(*CODEC_SPATIAL)
    if stated is not None:
        ratio = whole(stated[1])
        return (*stated, ratio) if ratio is not None else None
    blocks = config.values.get("block_out_channels")
    if isinstance(blocks, list) and _codec(config).halves_by_block:
        return "block_out_channels", blocks, 2 ** (min(len(blocks), 32) - 1) if blocks else 1
    widths = config.values.get("dim_mult")
    if isinstance(widths, list) and widths:
        patch = whole(config.values.get("patch_size")) or 1
        return "dim_mult", widths, patch * 2 ** (min(len(widths), 32) - 1)
    return None


def _temporal(config: Config) -> tuple[str, object, int] | None:
    stated = config.first(*CODEC_TEMPORAL)
    if stated is not None:
        ratio = whole(stated[1])
        return (*stated, ratio) if ratio is not None else None
    halved = config.values.get("temperal_downsample")
    if isinstance(halved, list):
        return "temperal_downsample", halved, 2 ** min(sum(h is True for h in halved), 32)
    return None


# normalisation


@struct
class Read:
    """A constant of the codec's that `normalize` reads; `divides` says on which side of a division it stands."""

    key: str
    divides: bool
    through_config: bool
    of_frames: bool
    span: Span


def _normalisation(c: Comparison, config: Config, space: Space, coding: Coding) -> None:
    if coding.normalize is None or coding.rule_span is None:
        return
    rule = coding.normalize.result
    reads = tuple(_reads(rule, False))
    for key in dict.fromkeys(r.key for r in reads if r.through_config):
        _is_there(c, config, space, [r for r in reads if r.key == key])
    label = Label(coding.rule_span, f"how latents of `{space}` are normalised")
    if not config.component.cls.startswith("python."):  # a class of the family's own may normalise by itself
        _all_read(c, config, space, {r.key for r in reads}, rule, label)
    _direction(c, config, reads, label)


def _reads(v: Value, divides: bool) -> Iterator[Read]:
    if v.op == "constant":
        yield Read(NAME.of(v), divides, THROUGH_CONFIG.of(v), PER.find(v) == "frame", v.span)
    for i, a in enumerate(v.args):
        yield from _reads(a, divides != (v.op == "div" and i == 1))


def _codec(config: Config) -> Codec:
    return CODECS.get(config.component.cls.rpartition(".")[2], UNKNOWN)


def _value(config: Config, key: str) -> object:
    return config.values.get(key, _codec(config).defaults.get(key, ABSENT))


def _is_there(c: Comparison, config: Config, space: Space, reads: list[Read]) -> None:
    """A constant is one number, or one for each channel."""
    key, value = reads[0].key, _value(config, reads[0].key)
    if (
        key in config.component.config
    ):  # compared as a fact, with the class's default where the config is silent
        return
    label = Label(reads[0].span, "read here")
    if value is ABSENT or (value is None and key not in config.values):
        c.refuse(f"{config.file} has no `{key}`, which `normalize` of `{space}` reads", label)
        return
    values = value if isinstance(value, list) else [value]
    numbers = [number(v) for v in values]
    wanted = channels(space)
    if None in numbers or not numbers:
        c.differs(key, value, config.file, f"`normalize` of `{space}` reads numbers", label)
    elif any(r.of_frames for r in reads) and wanted is not None:
        _for_each_frame(c, config, space, (key, value, len(values)), label)
    elif wanted is not None and len(values) not in (1, wanted):
        says = f"`{space}` has {wanted} channels: one number for all, or one for each"
        c.differs(key, value, config.file, says, label)
    elif 0.0 in numbers and any(r.divides for r in reads):
        at = f"{key}[{numbers.index(0.0)}]" if isinstance(value, list) else key
        c.differs(at, 0, config.file, f"`normalize` of `{space}` divides by it", label)


def _for_each_frame(
    c: Comparison, config: Config, space: Space, found: tuple[str, object, int], label: Label
) -> None:
    """A constant has a number for each channel of each latent frame, and clips are no longer than that."""
    key, value, size = found
    wanted = channels(space)
    frames = space.dims[space.axes.index("t")].constant if "t" in space.axes else None
    if wanted is None or size == 1:
        return
    if size % wanted or (frames is not None and size < wanted * frames):
        held = f"{size} numbers are {size // wanted} frames of {wanted} channels"
        says = f"`{space}` has {wanted} channels and {frames} frames, and `normalize` reads a number for each"
        help = "clips are at most as long as the codec has constants for"
        c.differs(key, value, config.file, says, label, facts=[held], help=help)


def _all_read(
    c: Comparison, config: Config, space: Space, read: set[str], normalize: Value, label: Label
) -> None:
    """A constant that changes latents and that nobody applies leaves them at another scale than the network's."""
    numbers = [VALUE.of(v) for v in every_value([normalize]) if v.op == "const"]
    written = [n for n in numbers if isinstance(n, (int, Fraction))]
    missed = {
        key: value
        for key in LATENT_CONSTANTS
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
    return value is None or value is ABSENT or all(n == LATENT_CONSTANTS[key] for n in numbers)


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
