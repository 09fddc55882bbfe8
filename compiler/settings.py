"""The settings blocks: what each entry may be, its default, and what is wrong with a given one.

The tables below say everything in plain words and bounds; a block's pydantic model is made from them when the
block first occurs, so that a file without settings does not pay for pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from math import frexp
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from .diagnostics import nearest

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True)
class Word:
    """A bare name, such as `full` or `cosine`."""

    name: str


@dataclass(frozen=True)
class Call:
    """A word with arguments, such as `lora(rank = 16)`."""

    name: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)


class Opaque:
    """A value known only at run time: an expression of `step`, say."""

    # no dataclass: pydantic would take a copy of one, and dump it as a mapping

    def __init__(self, value: object) -> None:
        self.value = value


@dataclass(frozen=True)
class Problem:
    """What is wrong with an entry (named as in the user's block); `suggestion` is a name that fits better."""

    entry: str
    kind: Literal["unknown", "bad", "missing"]
    message: str
    suggestion: str | None = None


@dataclass(frozen=True)
class Checked:
    """`model` has the defaults filled in; it is None if there are problems."""

    model: BaseModel | None
    problems: tuple[Problem, ...]


# what an entry may be

REQUIRED: Any = object()


@dataclass(frozen=True)
class Setting:
    """One entry: `wanted` completes "must be"; `types` are accepted within `bounds` (in pydantic's words)."""

    wanted: str
    types: tuple[Any, ...] = ()
    default: Any = REQUIRED
    bounds: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    """Words with arguments; each is a block of its own in `ARGUMENTS`."""
    each: Mapping[str, Any] | None = None
    """Bounds on the numbers of a list."""


def _whole(default: Any = REQUIRED, least: int = 1) -> Setting:
    words = "a whole number above 0" if least == 1 else f"a whole number, {least} or more"
    return Setting(words, (int,), default, {"ge": least, "lt": 1 << 63})


def _number(wanted: str, default: Any = REQUIRED, opaque: bool = False, **bounds: float) -> Setting:
    types = (float, Opaque) if opaque else (float,)
    return Setting(wanted, types, default, {"allow_inf_nan": False, **bounds})


def _share(default: float) -> Setting:
    return _number("a number from 0 to 1", default, ge=0, le=1)


def _below_one(default: Any = REQUIRED) -> Setting:
    return _number("a number from 0 up to, but not including, 1", default, ge=0, lt=1)


def _flag(default: bool) -> Setting:
    return Setting("`true` or `false`", (bool,), default)


def _path() -> Setting:
    return Setting('a path, such as "data/clips"', (str,), bounds={"min_length": 1})


def _word(*words: str, default: Any, calls: tuple[str, ...] = ()) -> Setting:
    *first, last = [f"`{w}`" for w in words] + [f"`{c}(...)`" for c in calls]
    wanted = f"{', '.join(first)} or {last}" if first else last
    return Setting(wanted, default=default, words=words, calls=calls)


def _wholes(wanted: str, count: int) -> Setting:
    return Setting(
        wanted, (list[int],), bounds={"min_length": count, "max_length": count}, each={"ge": 1, "lt": 1 << 63}
    )


_SEED = _whole(0, least=0)
_DEFAULT_BETAS = [0.9, 0.999]
_OPTIMIZER = {
    "lr": _number("a number above 0", opaque=True, gt=0),
    "weight_decay": _number("a number, 0 or more", 0.01, ge=0),
    "warmup": _whole(0, least=0),
    "schedule": _word("constant", "linear", "cosine", default="constant"),
}
_ADAM = {
    **_OPTIMIZER,
    "betas": Setting(
        "two numbers from 0 up to, but not including, 1, such as [0.9, 0.999]",
        (list[float],),
        _DEFAULT_BETAS,
        {"min_length": 2, "max_length": 2},
        each={"ge": 0, "lt": 1, "allow_inf_nan": False},
    ),
    "eps": _number("a number above 0", 1e-8, gt=0),
}

SOURCES: Mapping[str, Mapping[str, Setting]] = {
    "folder": {"path": _path(), "may_fail": _share(0.05)},
    "lines": {"path": _path()},
    "shapes": {"path": _path(), "count": _whole(512), "seed": _SEED, "may_fail": _share(0.05)},
}
"""Where data comes from. `may_fail` is the share of files that may be unreadable before the run stops."""

STEPPERS: Mapping[str, Mapping[str, Setting]] = {
    "adamw": _ADAM,
    "adamw8bit": _ADAM,
    "muon": {**_OPTIMIZER, "momentum": _below_one(0.95)},
}
"""Optimizers. `warmup` counts a role's own updates."""

DATA_SOURCES = tuple(SOURCES)
OPTIMIZERS = tuple(STEPPERS)
TRACKERS = ("tensorboard", "wandb", "trackio", "mlflow")

BLOCKS: Mapping[str, Mapping[str, Setting]] = {
    "role": {
        "train": _word("frozen", "full", default="frozen", calls=("lora",)),
        "precision": _word("f32", "bf16", "pure_bf16", default="bf16"),
        "attention": _word("dense", default="dense", calls=("vsa", "vmoba", "sla", "bsa")),
        "checkpointing": _word("none", "full", "selective", default=None),
        "offload": _flag(False),
        "compile": _flag(False),
        "init": Setting("the name of a role", (str,), None, {"min_length": 1}),
    },
    "train": {
        "steps": _whole(),
        "batch": _whole(1),
        "accumulate": _whole(1),
        "clip": _number("a number above 0", None, gt=0),
        "seed": _SEED,
        "deterministic": _flag(False),
        "skip_nonfinite": _whole(0, least=0),
    },
    "validate": {
        "every": _whole(),
        "sample": Setting("what to make, such as `student.sample(steps = 4)`", (Opaque,)),
        "prompts": Setting("a file of prompts, or a list of them", (str, list[str]), None, {"min_length": 1}),
        "weights": _word("live", default="live", calls=("average",)),
        "seed": _SEED,
        "count": _whole(4),
    },
    "checkpoint": {"every": _whole(), "keep": _whole(3), "async": _flag(False), "export": _flag(True)},
    "mesh": {name: _whole(1) for name in ("replicate", "shard", "sequence", "tensor")},
    "produce": {
        "fields": Setting("a list of names", (list[str],), None, {"min_length": 1}),
        "count": _whole(),
        "batch": _whole(1),
        "seed": _SEED,
    },
    **SOURCES,
    **STEPPERS,
    **{tracker: {} for tracker in TRACKERS},
}
"""Every block's entries; data sources, optimizers and trackers are blocks by their own name."""

ARGUMENTS: Mapping[str, Mapping[str, Setting]] = {
    "lora": {
        "rank": _whole(),
        "alpha": _number("a number above 0", None, gt=0),
        "dropout": _below_one(0.0),
        "targets": Setting("a list of the names of layers", (list[str],), None, {"min_length": 1}),
    },
    "average": {
        "role": Setting("the name of a role", (str,), None, {"min_length": 1}),
        "decay": _number("a number above 0 and below 1", 0.999, gt=0, lt=1),
    },
    "vsa": {"tile": _wholes("three whole numbers above 0, such as [4, 4, 4]", 3), "sparsity": _below_one()},
    "vmoba": {"chunk": _wholes("three whole numbers above 0, such as [2, 4, 4]", 3), "topk": _whole()},
    "sla": {"topk": _share(0.1), "block": _whole(64)},
    "bsa": {"tile": _wholes("three whole numbers above 0, such as [4, 4, 4]", 3), "sparsity": _below_one()},
}
"""The arguments of words that take some, in the order in which they may stand without their names."""


# checking


def validate(block: str, entries: Mapping[str, object]) -> Checked:
    """Checks the entries of one of `BLOCKS`, given as plain Python values, `Word`, `Call` and `Opaque`."""
    return _validate(block, BLOCKS[block], entries)


def _validate(name: str, settings: Mapping[str, Setting], entries: Mapping[str, object]) -> Checked:
    from pydantic import ValidationError

    problems: dict[str, Problem] = {}
    values: dict[str, object] = {}
    for entry, given in entries.items():
        if entry not in settings:
            message = f"`{name}` has no setting `{entry}`"
            problems[entry] = Problem(entry, "unknown", message, nearest(entry, settings))
            continue
        value = _read(entry, settings[entry], given)
        if isinstance(value, Problem):
            problems[entry] = value
        else:
            values[entry] = value
    for entry, setting in settings.items():
        if setting.default is REQUIRED and entry not in entries:
            problems[entry] = Problem(entry, "missing", f"`{name}` needs `{entry}`, {setting.wanted}")
    made = None
    try:
        made = model(name).model_validate(values)
    except ValidationError as found:
        for error in found.errors(include_url=False, include_context=False, include_input=False):
            entry = str(error["loc"][0])
            problems.setdefault(entry, _bad(entry, settings[entry], entries.get(entry)))
    return Checked(None if problems else made, tuple(problems.values()))


def _read(entry: str, setting: Setting, given: object) -> object | Problem:
    """The value for pydantic: words as texts, a word with arguments as its own checked model."""
    if not (setting.words or setting.calls):
        return _texts(given)
    if isinstance(given, Word) and given.name in setting.words:
        return given.name
    if isinstance(given, Word) and given.name in setting.calls:
        given = Call(given.name)
    if not isinstance(given, Call) or given.name not in setting.calls:
        return _bad(entry, setting, given)
    arguments = ARGUMENTS[given.name]
    if len(given.args) > len(arguments):
        return Problem(
            entry, "bad", f"`{given.name}` takes {len(arguments)} arguments, not {len(given.args)}"
        )
    placed = dict(zip(arguments, given.args))
    twice = next((key for key in placed if key in given.kwargs), None)
    if twice is not None:
        return Problem(entry, "bad", f"`{given.name}` is given `{twice}` twice")
    checked = _validate(given.name, arguments, {**placed, **given.kwargs})
    if checked.problems:
        first = checked.problems[0]
        at = "" if first.kind != "bad" else f", in `{given.name}(...)`"
        return Problem(entry, "bad", first.message + at, first.suggestion)
    return checked.model


def _texts(value: object) -> object:
    """Names given where a text is due (a role, a field) read as texts."""
    if isinstance(value, Word):
        return value.name
    if isinstance(value, list):
        return [v.name if isinstance(v, Word) else v for v in value]
    return value


def _bad(entry: str, setting: Setting, given: object) -> Problem:
    near = None
    if isinstance(given, (Word, Call, str)):
        near = nearest(given if isinstance(given, str) else given.name, setting.words + setting.calls)
    return Problem(entry, "bad", f"`{entry}` must be {setting.wanted}, not {_shown(given)}", near)


def _shown(value: object) -> str:
    match value:
        case Word(name=name):
            return f"`{name}`"
        case Call(name=name):
            return f"`{name}(...)`"
        case Opaque():
            return "a value known only at run time"
        case str():
            return f'"{value}"' if len(value) <= 40 else f'"{value[:37]}..."'
        case bool():
            return "`true`" if value else "`false`"
        case int() if value.bit_length() > 128:
            return "a number of more than 128 bits"
        case list() if len(value) > 6:
            return f"a list of {len(value)}"
        case list():
            return f"[{', '.join(_shown(v) for v in value)}]"
        case int() | float():
            return str(value)
        case _:
            return "what stands there"


@cache
def model(name: str) -> type[BaseModel]:
    """The pydantic model of a block, or of the arguments of a word of `ARGUMENTS` with it as `kind`."""
    from pydantic import ConfigDict, create_model

    settings = ARGUMENTS[name] if name in ARGUMENTS else BLOCKS[name]
    fields: dict[str, Any] = {"kind": (Literal[name], name)} if name in ARGUMENTS else {}
    for entry, s in settings.items():
        fields[entry] = (_annotation(s), ... if s.default is REQUIRED else s.default)
    config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)
    return create_model(name, __config__=config, **fields)


def _annotation(s: Setting) -> Any:
    """The type for pydantic: each of the choices within its own bounds, or None where that is the default."""
    from pydantic import Field

    choices: list[Any] = [Literal[s.words]] if s.words else []
    choices += [model(call) for call in s.calls]
    for t in s.types:
        if t is Opaque:
            choices.append(t)
            continue
        if s.each is not None:
            (item,) = get_args(t)
            t = list[Annotated[item, Field(**s.each)]]  # type: ignore[valid-type]
        choices.append(Annotated[t, Field(**s.bounds)])
    if s.default is None:
        choices.append(None)
    return reduce(or_, choices)


# rules across entries


def check_mesh(train: Mapping[str, Any], mesh: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The batch must divide among the ranks with different samples, and the rounds of accumulation.

    Both are dumped models: `train` with `batch` and `accumulate`, `mesh` with `replicate` and `shard`.
    """
    ways = {"replicate": mesh["replicate"], "shard": mesh["shard"], "accumulate": train["accumulate"]}
    parts, batch = ways["replicate"] * ways["shard"] * ways["accumulate"], train["batch"]
    if batch % parts == 0:
        return ()
    up = -(-batch // parts) * parts
    near = f"{up - parts} or {up}" if up > parts else f"{up}"
    terms = [f"{n} ({name})" for name, n in ways.items() if n > 1]
    product = f" = {parts}" if len(terms) > 1 else ""
    message = f"a batch of {batch} does not divide by {' x '.join(terms)}{product}; {near} does"
    return (Problem("batch", "bad", message, None),)


def bf16_step(magnitude: float = 0.02) -> float:
    """Half a unit in the last place of a bf16 number of this size (8 bits of significand, the first implied).

    A weight stored in bf16 does not move by a smaller update; AdamW's updates are about lr in size.
    """
    _, exponent = frexp(abs(magnitude))
    return 2.0 ** (exponent - 8) / 2
