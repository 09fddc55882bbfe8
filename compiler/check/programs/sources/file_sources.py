"""What sources of files hold: which kinds of fields, how many of each, of which dims."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.frozen import field, struct
from ....base.source import Span
from ....modules.settings import STORES
from ....types.describe import noun
from ....types.dims import Dim
from ....types.types import Latent, Record, Scalar, Tensor, Type, Unknown
from ...core.annotations import MEDIA


@struct
class Holds:
    """What fields of a source of files may be, in words, and how many of each it has: exactly, at most, or any number."""

    words: str
    example: str
    exactly: Mapping[str, int] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    any: tuple[str, ...] = ()


_FOLDER = Holds(
    "texts, numbers, pixels, sound and tensors",
    "prompt: str, video: pixels[b, 3, F, H, W]",
    any=("text", "number", "pixels", "wave", "tensor"),
)

_STORE = Holds(
    "texts, numbers, pixels, sound, tensors, latents and records",
    "prompt: str, video: pixels[b, 3, F, H, W]",
    any=("text", "number", "pixels", "wave", "tensor", "latent", "record"),
)

FILES: Mapping[str, Holds] = {
    "folder": _FOLDER,
    "mix": _FOLDER,
    **dict.fromkeys(STORES, _STORE),
    "lines": Holds("one text", "prompt: str", exactly={"text": 1}),
    "shapes": Holds(
        "one field of pixels and one of text",
        "prompt: str, video: pixels[b, 3, F, H, W]",
        exactly={"pixels": 1},
        at_most={"text": 1},
    ),
}
"""By source; a stored data set holds what `produce` can write."""


def check_file_fields(
    source: str,
    fields: Mapping[str, Type],
    places: Mapping[str, Span],
    whole: Span,
    bag: Bag,
    made: Collection[str] = (),
) -> bool:
    """Whether a source of files holds these fields, so many of each kind; reports what it does not. Those that are `made` of
    how others are read lie nowhere."""
    fields = {n: t for n, t in fields.items() if n not in made}
    holds = FILES[source]
    limits = {**holds.at_most, **holds.exactly}
    example = f"for example `{source}(...) {{ {holds.example} }}`"
    kept: dict[str, int] = {}
    valid = True
    for name, t in fields.items():
        kind, what = _kind(t)
        if not kind:
            continue
        first = next(n for n, other in fields.items() if _kind(other)[0] == kind)
        kept[kind] = kept.get(kind, 0) + 1
        if kind in holds.any or kept[kind] <= limits.get(kind, 0):
            valid = _right_dims(name, t, places[name], bag) and valid
            continue
        several = kept[kind] > 1 and kind in limits
        bag.error(
            "data-mismatch",
            f"`{source}` gives {holds.words}, and `{name}` is {'one more' if several else what}",
            places[name],
            labels=(Label(places[first], "the first"),) if several else (),
            help=example,
        )
        valid = False
    for kind, count in holds.exactly.items():
        if valid and kept.get(kind, 0) < count and all(_kind(t)[0] for t in fields.values()):
            bag.error(
                "data-mismatch",
                f"`{source}` gives {holds.words}, and no {kind} is declared",
                whole,
                help=example,
            )
            valid = False
    return valid


def _kind(t: Type) -> tuple[str, str]:
    """What kind of field a type makes, and the same with an article; ("", "") after an error."""
    match t:
        case Unknown():
            return "", ""
        case Scalar(kind="str"):
            return "text", noun(t)
        case Scalar():
            return "number", "a number"
        case Tensor(kind="pixels"):
            return "pixels", "a field of pixels"
        case Tensor(kind="wave"):
            return "wave", "a field of sound"
        case Tensor():
            return "tensor", "a tensor"
        case Latent():
            return "latent", noun(t)
        case Record():
            return "record", noun(t)
        case _:
            return "other", noun(t)


def _right_dims(name: str, t: Type, span: Span, bag: Bag) -> bool:
    """A row for each sample; of pixels three channels, of sound one or two."""
    if not isinstance(t, Tensor):
        return True
    channels, what = {"pixels": ((3,), "a frame"), "wave": ((1, 2), "sound")}.get(t.kind, (None, ""))
    form = MEDIA[t.kind][1] if t.kind in MEDIA else f"`{t.kind}[b, ...]`"
    code = "dim-mismatch"
    if t.dims[:1] != (Dim.of("b"),) or Dim.of("b") in t.dims[1:]:
        code = code if Dim.of("b") in t.dims else "rank-mismatch"
        message = f"the first dim of `{name}` is the batch, `b`, and no other is"
    elif channels is not None and t.dims[1].constant not in channels:
        message = (
            f"{what} in a file has {' or '.join(map(str, channels))} channels, and `{name}` has {t.dims[1]}"
        )
    else:
        return True
    bag.error(code, message, span, str(t), help=form)
    return False
