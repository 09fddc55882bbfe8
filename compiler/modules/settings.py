"""The settings blocks: what each entry may be, its default, and what is wrong with a given one.

The tables say everything in plain words and bounds, and one validator reads them. It is strict: nothing becomes
another type but a whole number where a number is due, a bool is no number, and no number is NaN or infinite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from math import frexp, inf
from typing import TYPE_CHECKING, Any, Literal

from ..base.diagnostics import nearest
from ..base.frozen import field, replace, struct

if TYPE_CHECKING:
    from .familiar_settings import Familiar

NOTHING = frozenset({"none", "None", "null", "nil", "off", "no", "false", "False"})
"""Words for a setting that is not to be; where its default is nothing, it is left out."""


@struct
class Word:
    """A bare name, such as `full` or `cosine`."""

    name: str


@struct
class SettingCall:
    """A word with arguments, such as `lora(rank = 16)`."""

    name: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)


class Opaque:
    """A value known only at run time: an expression of `step`, say."""

    def __init__(self, value: object) -> None:
        self.value = value


@struct
class Unquoted:
    """A path without its quotes: letters, dots and slashes, of which no name is known."""

    text: str


UNITS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3600}
"""Seconds, by the words for times."""


@struct
class Duration:
    """A time, such as `30 min`, as it is written and in seconds."""

    text: str
    seconds: float

    def __str__(self) -> str:
        return self.text


class Faulty:
    """A value in which an error was reported already."""


@struct
class Problem:
    """What is wrong with an entry (named as in the user's block); `suggestion` is what the `word` written may have meant."""

    entry: str
    kind: Literal["unknown", "bad", "missing"]
    message: str
    suggestion: str | None = None
    word: str = ""
    known: tuple[str, ...] = ()
    """What might have stood there, for a name that is like none of it."""
    meant: Familiar | None = None
    """What a word of other trainers is called here."""
    drop: bool = False
    """The entry says what holds without it: it is to be left out."""


@struct
class CheckedBlock:
    """`values` has the defaults filled in, and a word with arguments as a mapping with its name as `kind`; it is
    None if there are problems, or values in which an error was reported already."""

    values: Mapping[str, object] | None
    problems: tuple[Problem, ...]
    sound: Mapping[str, object] = field(default_factory=dict)
    """The entries that are right, and defaults for the others, where `values` is None."""


# what an entry may be

REQUIRED: Any = object()


@struct
class Setting:
    """One entry: `wanted` completes "must be"; None may stand where it is the default."""

    wanted: str
    types: tuple[type, ...] = ()
    default: Any = REQUIRED
    items: type | None = None
    """A list of these may stand."""
    length: tuple[int, float] = (0, inf)
    """Fewest and most characters of a text, or items of a list."""
    least: float = -inf
    above: float = -inf
    most: float = inf
    below: float = inf
    """Bounds of a number, or of each number of a list."""
    usual: float = inf
    """The largest number that anybody gives: a larger one is a warning."""
    words: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    """Words with arguments; each is a block of its own in `ARGUMENTS`."""
    path: bool = False
    """A text is the path of a file or folder."""


def _whole(default: Any = REQUIRED, least: int = 1) -> Setting:
    words = "a whole number above 0" if least == 1 else f"a whole number, {least} or more"
    return Setting(words, (int,), default, least=least, below=1 << 63)


def _above_zero(default: Any) -> Setting:
    return Setting("a number above 0", (float,), default, above=0)


def _share(default: float) -> Setting:
    return Setting("a number from 0 to 1", (float,), default, least=0, most=1)


def _below_one(default: Any = REQUIRED) -> Setting:
    return Setting("a number from 0 up to, but not including, 1", (float,), default, least=0, below=1)


def _flag(default: bool) -> Setting:
    return Setting("`true` or `false`", (bool,), default)


def _path() -> Setting:
    return Setting('a path, such as "data/clips"', (str,), length=(1, inf), path=True)


def _text() -> Setting:
    return Setting("a text", (str,), None, length=(1, inf))


def _word(*words: str, default: Any, calls: tuple[str, ...] = ()) -> Setting:
    """Words that may stand; one that is among `calls` too may stand with its arguments or without."""
    *first, last = [f"`{w}`" for w in words] + [f"`{c}(...)`" for c in calls if c not in words]
    wanted = f"{', '.join(first)} or {last}" if first else last
    return Setting(wanted, default=default, words=words, calls=calls)


def _wholes(wanted: str, count: int) -> Setting:
    return Setting(wanted, items=int, length=(count, count), least=1, below=1 << 63)


def _names(wanted: str) -> Setting:
    return Setting(wanted, default=None, items=str, length=(1, inf))


def _role() -> Setting:
    return Setting("the name of a role", (str,), None, length=(1, inf))


_SEED = _whole(0, least=0)
_ADAPTER = Setting('a path, such as "style.safetensors"', (str,), None, length=(1, inf))
_EXPORT = Setting(
    "`true`, `false`, `diffusers`, `comfy`, `kohya` or `merged`",
    (bool,),
    True,
    words=("diffusers", "comfy", "kohya", "merged"),
)
_OPTIMIZER = {
    "lr": Setting("a number above 0", (float, Opaque), above=0, usual=0.1),
    "weight_decay": Setting("a number, 0 or more", (float,), 0.01, least=0),
    "warmup": _whole(0, least=0),
    "schedule": _word(
        "constant",
        "linear",
        "cosine",
        "polynomial",
        "rex",
        default="constant",
        calls=("cosine", "polynomial"),
    ),
    "min_lr_ratio": Setting("a number from 0 to 1", (float,), None, least=0, most=1),
}
_ADAM = {
    **_OPTIMIZER,
    "betas": Setting(
        "two numbers from 0 up to, but not including, 1, such as [0.9, 0.999]",
        default=[0.9, 0.999],
        items=float,
        length=(2, 2),
        least=0,
        below=1,
    ),
    "eps": _above_zero(1e-8),
}

_STORE = {
    "may_fail": _share(0.05),
    "rate": _whole(None),
    "fps": _above_zero(None),
    "stride": _whole(1),
    "cut": _word("drawn", "first", "middle", default="drawn"),
    "max_pixels": _whole(64_000_000),
}

_BUCKETS = Setting(
    "`auto`, or a list of sizes, such as [sizes(H = 832, W = 480), sizes(F = 1)]",
    default=None,
    items=SettingCall,
    length=(1, 64),
    words=("auto",),
)

SOURCES: Mapping[str, Mapping[str, Setting]] = {
    "folder": {
        "path": _path(),
        **_STORE,
        "prompt": _text(),
        "prefix": _text(),
        "repeat": _whole(1),
        "buckets": _BUCKETS,
    },
    "mix": {
        "folders": Setting(
            'a list of folders, such as [folder("a"), folder("b", repeat = 3)]',
            items=SettingCall,
            length=(1, inf),
        ),
        "buckets": _BUCKETS,
    },
    "lines": {"path": _path()},
    "shapes": {"path": _path(), "count": _whole(512), "seed": _SEED, "may_fail": _share(0.05)},
    "shards": {"path": _path()},
    "webdataset": {
        "path": Setting('a path, such as "shards/{000..099}.tar"', (str,), length=(1, inf)),
        **_STORE,
    },
    "parquet": {"path": Setting('a path, such as "data/*.parquet"', (str,), length=(1, inf)), **_STORE},
    "hub": {
        "name": Setting('a name, such as "owner/set"', (str,), length=(1, inf)),
        "split": Setting("the name of a split", (str,), "train", length=(1, inf)),
        "subset": Setting("the name of a subset", (str,), None, length=(1, inf)),
        "revision": Setting("the name of a revision", (str,), None, length=(1, inf)),
        **_STORE,
    },
}
"""Where data comes from. `may_fail` is the share of files that may be unreadable before the run stops, `rate` samples of
sound a second, `fps` frames a second, of which every `stride`th is taken from where the `cut` begins, `max_pixels` those of
the largest frame that is decoded. `prompt` is the text of files without one, `prefix` stands before every text, and a file
counts `repeat` times beside those of the other folders of a `mix`. `buckets` are further sizes, for files of other shapes and
lengths."""

STORES = ("webdataset", "parquet", "hub")
"""Sources of samples that are no files of their own."""

_FILE = {"file": Setting('a path, such as "control/{name}.mp4"', (str,), None, length=(1, inf))}
_NORMALIZED = {"normalized": Setting("`true` or `false`", (bool,), None)}
_COLUMN = {"column": Setting("the name of a column", (str,), None, length=(1, inf)), **_NORMALIZED}
FIELDS: Mapping[str, Mapping[str, Setting]] = {
    "folder": _FILE,
    "mix": _FILE,
    "webdataset": {
        "file": Setting('an ending, such as "control.mp4"', (str,), None, length=(1, inf)),
        **_NORMALIZED,
    },
    "parquet": _COLUMN,
    "hub": _COLUMN,
}
"""What a field of a data set may state, by the set's source. `file` and `column` are where the field lies, and `normalized`
whether stored latents are."""

STEPPERS: Mapping[str, Mapping[str, Setting]] = {
    "adamw": _ADAM,
    "adam": {**_ADAM, "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0)},
    "radam": {**_ADAM, "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0)},
    "adamw8bit": _ADAM,
    "adamw_kahan": _ADAM,
    "muon": {
        **_OPTIMIZER,
        "lr": replace(_OPTIMIZER["lr"], usual=1.0),
        "momentum": _below_one(0.95),
        "adamw_lr": Setting("a number above 0", (float,), None, above=0, usual=0.1),
    },
    "prodigy": {
        **_ADAM,
        "lr": Setting("a number above 0", (float, Opaque), 1.0, above=0, usual=10.0),
        "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0),
        "d0": _above_zero(1e-6),
        "d_coef": _above_zero(1.0),
        "growth_rate": Setting("a number above 1", (float,), None, above=1),
        "use_bias_correction": _flag(False),
        "safeguard_warmup": _flag(False),
    },
    "schedule_free": {
        **{n: s for n, s in _ADAM.items() if n not in ("schedule", "min_lr_ratio")},
        "lr": replace(_OPTIMIZER["lr"], usual=1.0),
        "betas": replace(
            _ADAM["betas"], wanted="two numbers between 0 and 1, such as [0.9, 0.999]", above=0.0
        ),
        "weight_decay": Setting("a number, 0 or more", (float,), 0.0, least=0),
        "r": Setting("a number, 0 or more", (float,), 0.0, least=0),
        "weight_lr_power": Setting("a number, 0 or more", (float,), 2.0, least=0),
    },
}
"""Optimizers. `warmup` and `schedule` count a role's own updates; a schedule falls to `min_lr_ratio` of the rate, or to 0."""

STORED_IN_BF16 = "adamw_kahan"
"""The optimizer that keeps what bf16 weights round away, and is for these alone."""
OWN_RATES = ("prodigy",)
"""Optimizers whose `lr` is a factor of a rate that they find."""
DRAWN = "shapes"
"""The source that writes its clips itself, at the program's sizes."""
ADAPTERS = ("lora", "lokr")
"""What `train` may be that leaves the weights themselves as they are."""
DATA_SOURCES = tuple(SOURCES)
OPTIMIZERS = tuple(STEPPERS)
TRACKERS = ("tensorboard", "wandb", "trackio", "mlflow")

BLOCKS: Mapping[str, Mapping[str, Setting]] = {
    "role": {
        "train": _word("frozen", "full", default="frozen", calls=("only", "lora", "lokr")),
        "precision": _word("f32", "bf16", "pure_bf16", default="bf16"),
        "attention": _word("dense", default="dense", calls=("vsa", "vmoba", "sla", "bsa")),
        "checkpointing": _word("none", "full", "selective", default=None),
        "offload": _flag(False),
        "compile": _word("none", "regional", "chains", default="none"),
        "init": _role(),
        "adapter": _ADAPTER,
        "jvp": _word("forward", default="forward", calls=("difference",)),
    },
    "train": {
        "steps": _whole(),
        "epochs": _whole(None),
        "batch": _whole(1),
        "accumulate": _whole(1),
        "each": _whole(1),
        "clip": Setting("a number above 0, or `value(...)`", (float,), None, above=0, calls=("value",)),
        "seed": _SEED,
        "deterministic": _flag(False),
        "skip_nonfinite": _whole(0, least=0),
    },
    "validate": {
        "every": _whole(None),
        "at": Setting(
            "a list of steps, such as [0, 100, 500]",
            default=None,
            items=int,
            length=(1, inf),
            least=0,
            below=1 << 63,
        ),
        "sample": Setting("what to make, such as `student.sample(steps = 4)`", (Opaque,), None),
        "loss": Setting("a loss of an update, such as `flow`", (Opaque,), None),
        "data": Setting('where held-out data lies, such as `folder("data/held-out")`', (Opaque,), None),
        "prompts": Setting("a file of prompts, or a list of them", (str,), None, str, (1, inf), path=True),
        "negative": Setting('a text, such as "blurry"', (str,), None),
        "weights": _word("live", default="live", calls=("average",)),
        "seed": _SEED,
        "count": _whole(None),
        "batch": _whole(None),
        "name": Setting("a name, such as `few`", (str,), None, length=(1, 100)),
    },
    "checkpoint": {
        "every": replace(
            _whole(), types=(int, Duration), wanted="a whole number above 0, or a time such as `30 min`"
        ),
        "keep": _whole(3),
        "async": _flag(False),
        "export": _EXPORT,
    },
    "mesh": {name: _whole(1) for name in ("replicate", "shard", "sequence", "tensor")},
    "produce": {
        "fields": _names("a list of names"),
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
    "only": {
        "layers": Setting(
            'the name of a part, such as "blocks.*.attn1", or a list', (str,), items=str, length=(1, inf)
        )
    },
    "lora": {
        "rank": _whole(),
        "alpha": _above_zero(None),
        "dropout": _below_one(0.0),
        "targets": _names("a list of the names of layers"),
        "from": _ADAPTER,
    },
    "lokr": {
        "rank": _whole(),
        "alpha": _above_zero(None),
        "factor": Setting("a whole number above 1", (int,), None, least=2, below=1 << 63),
        "targets": _names("a list of the names of layers"),
        "from": _ADAPTER,
    },
    "average": {
        "role": _role(),
        "decay": Setting("a number above 0 and below 1", (float,), None, above=0, below=1),
        "half_life": _above_zero(None),
        "power": _above_zero(None),
        "start": _whole(0, least=0),
    },
    "value": {"limit": _above_zero(REQUIRED)},
    "cosine": {"cycles": _whole(1)},
    "polynomial": {"power": _above_zero(2.0)},
    "difference": {"width": Setting("a number above 0 and below 1", (float,), 0.005, above=0, below=1)},
    "vsa": {"tile": _wholes("three whole numbers above 0, such as [4, 4, 4]", 3), "sparsity": _below_one()},
    "vmoba": {"chunk": _wholes("three whole numbers above 0, such as [2, 4, 4]", 3), "topk": _whole()},
    "sla": {"topk": _share(0.1), "block": _whole(64)},
    "bsa": {"tile": _wholes("three whole numbers above 0, such as [4, 4, 4]", 3), "sparsity": _below_one()},
}
"""The arguments of words that take some, in the order in which they may stand without their names."""


# checking


def validate(block: str, entries: Mapping[str, object]) -> CheckedBlock:
    """Checks the entries of one of `BLOCKS`, given as plain Python values, `Word`, `SettingCall` and `Opaque`."""
    return _validate(block, BLOCKS[block], entries)


def validate_field(source: str, entries: Mapping[str, object]) -> CheckedBlock:
    """Checks what a field of a data set states."""
    return _validate(source, FIELDS.get(source, {}), entries)


def _validate(name: str, settings: Mapping[str, Setting], entries: Mapping[str, object]) -> CheckedBlock:
    problems: list[Problem] = []
    given: dict[str, object] = {}
    for entry, value in entries.items():
        if entry not in settings:
            message = f"`{name}` has no setting `{entry}`"
            meant = _familiar_entry(name, entry)
            near = None if meant is not None else nearest(entry, settings)
            problems.append(Problem(entry, "unknown", message, near, entry, tuple(settings), meant))
            continue
        read = _read(entry, settings[entry], value)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            given[entry] = read
    # a name that is not known is most likely the one that is missing
    astray = any(p.kind == "unknown" for p in problems)
    for entry, setting in settings.items():
        instead = IN_PLACE_OF.get(entry, "")
        if given.get(entry) is not None and given.get(instead) is not None:
            message = f"`{entry}` and `{instead}` both say how long to train"
            problems.append(Problem(instead, "bad", message, drop=True))
        said = entry in entries or entries.get(instead) is not None
        if setting.default is REQUIRED and not said and not astray:
            problems.append(_missing(name, entry, setting))
    if problems or any(isinstance(v, Faulty) for v in given.values()):
        given = {n: v for n, v in given.items() if not isinstance(v, Faulty)}
        others = {n: _default(s) for n, s in settings.items() if s.default is not REQUIRED}
        return CheckedBlock(None, tuple(problems), {**others, **given})
    return CheckedBlock({n: given[n] if n in given else _default(s) for n, s in settings.items()}, ())


IN_PLACE_OF: Mapping[str, str] = {"steps": "epochs"}
"""What may be said in place of a required entry, which has then no value before the data are read."""


def _familiar_entry(block: str, entry: str) -> Familiar | None:
    from .familiar_settings import ENTRIES  # only a program with a mistake pays for it

    return ENTRIES.get(block, {}).get(entry)


def _familiar_value(entry: str, value: str) -> Familiar | None:
    from .familiar_settings import VALUES

    return VALUES.get(entry, {}).get(value)


def _missing(name: str, entry: str, setting: Setting) -> Problem:
    example = EXAMPLES.get(entry)
    from .familiar_settings import Familiar

    meant = Familiar(f"{entry} = {example}") if example is not None else None
    return Problem(entry, "missing", f"`{name}` needs `{entry}`, {setting.wanted}", meant=meant)


EXAMPLES: Mapping[str, str] = {"rank": "16", "steps": "1000", "every": "100", "lr": "1e-4", "count": "100"}
"""What may stand where a required entry is missing, to show its form."""


def _default(setting: Setting) -> object:
    if setting.default is REQUIRED:
        return None
    # nobody may change the table through a value
    return list(setting.default) if isinstance(setting.default, list) else setting.default


def _read(entry: str, setting: Setting, given: object) -> object | Problem:
    """The value to keep: names as texts, whole numbers as the numbers that are due, calls as mappings."""
    if isinstance(given, Faulty) or (isinstance(given, list) and any(isinstance(v, Faulty) for v in given)):
        return Faulty()
    if given is None and setting.default is None:
        return None
    nothing = given is False or (isinstance(given, Word) and given.name in NOTHING)
    if nothing and setting.default is None and not setting.words and not {str, bool} & set(setting.types):
        message = f"`{entry}` must be {setting.wanted}, not {_shown(given)}"
        return Problem(entry, "bad", message, drop=True)
    if isinstance(given, Word) and given.name in setting.calls:
        given = SettingCall(given.name)
    if isinstance(given, Word) and given.name in setting.words:
        return given.name
    if isinstance(given, SettingCall) and given.name in setting.calls:
        return _called(entry, given)
    if isinstance(given, Unquoted):
        return _unquoted(entry, setting, given)
    if isinstance(given, list) and setting.items is not None:
        read = [_plain(v, (setting.items,), setting) for v in given]
        complete = _right_length(given, setting) and _REFUSED not in read
        return read if complete else _bad(entry, setting, given)
    value = _plain(given, setting.types, setting)
    if value is _REFUSED or (isinstance(value, str) and not _right_length(value, setting)):
        return _bad(entry, setting, given)
    return value


def _unquoted(entry: str, setting: Setting, given: Unquoted) -> Problem:
    from .familiar_settings import Familiar

    if str not in setting.types:
        return _bad(entry, setting, given)
    meant = Familiar(f'"{given.text}"')
    return Problem(entry, "bad", f"`{entry}` is a text, and stands in quotes", None, given.text, meant=meant)


def _called(entry: str, given: SettingCall) -> object | Problem:
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
    if checked.values is None and not checked.problems:
        return Faulty()
    if checked.values is None:
        first = checked.problems[0]
        at = "" if first.kind != "bad" else f", in `{given.name}(...)`"
        meant = first.meant
        if first.kind == "missing" and meant is not None and not given.args and not given.kwargs:
            meant, word = replace(meant, write=f"{given.name}({meant.write})"), given.name
        else:
            word = first.word
        return Problem(entry, "bad", first.message + at, first.suggestion, word, first.known, meant)
    return {"kind": given.name, **checked.values}


_REFUSED: Any = object()


def _plain(given: object, types: tuple[type, ...], setting: Setting) -> object:
    """A value as one of `types` and within the setting's bounds, or `_REFUSED`."""
    if isinstance(given, Word):  # where a text is due: a role, a field
        given = given.name
    if type(given) is int and int not in types and float in types:
        try:
            given = float(given)
        except OverflowError:
            return _REFUSED
    if type(given) not in types:
        return _REFUSED
    if type(given) is int or type(given) is float:
        # NaN is on no side of a bound, and an infinity is never strictly within one
        within = setting.least <= given <= setting.most and setting.above < given < setting.below
        return given if within else _REFUSED
    return given


def _right_length(value: Sized, setting: Setting) -> bool:
    fewest, most = setting.length
    return fewest <= len(value) <= most


def _bad(entry: str, setting: Setting, given: object) -> Problem:
    near, word, meant = None, "", None
    message = f"`{entry}` must be {setting.wanted}, not {_shown(given)}"
    if isinstance(given, bool):
        meant, word = _familiar_value(entry, str(given)), str(given).lower()
    if isinstance(given, (Word, SettingCall, str)):
        name = given if isinstance(given, str) else given.name
        meant = _familiar_value(entry, name)
        choices = setting.words + setting.calls + (("true", "false") if bool in setting.types else ())
        near = nearest(name, choices) if meant is None else None
        if meant is not None and meant.write in choices and not meant.why:
            near, meant = meant.write, None
        near = name.lower() if name.lower() in choices else near
        word = f'"{name}"' if isinstance(given, str) else name
    return Problem(entry, "bad", message, near, word, meant=meant)


def _shown(value: object) -> str:
    match value:
        case Word(name=name):
            return f"`{name}`"
        case SettingCall(name=name):
            return f"`{name}(...)`"
        case Unquoted(text=text) | Duration(text=text):
            return f"`{text}`"
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


# rules across entries


def check_mesh(train: Mapping[str, Any], mesh: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The batch must divide among the ranks with different samples, and the rounds of accumulation.

    Both are checked values: `train` with `batch` and `accumulate`, `mesh` with `replicate` and `shard`.
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
