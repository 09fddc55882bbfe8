"""The settings blocks, as pydantic models: what each entry may be, its default, and what is wrong with a given one.

Models are made when their block first occurs, so that a file without settings does not pay for pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from .diagnostics import nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

DATA_SOURCES = ("folder", "lines", "shapes")
OPTIMIZERS = ("adamw", "muon", "adamw8bit")
TRACKERS = ("tensorboard", "wandb", "trackio", "mlflow")


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


@dataclass(frozen=True, eq=False)
class Opaque:
    """A value known only at run time: an expression of `step`, say."""

    value: object


@dataclass(frozen=True)
class Problem:
    """What is wrong with an entry. `kind` is "unknown", "bad" or "missing"."""

    entry: str
    kind: Literal["unknown", "bad", "missing"]
    message: str
    suggestion: str | None = None


@dataclass(frozen=True)
class Checked:
    model: BaseModel | None
    problems: tuple[Problem, ...]


CALLS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "train": {"lora": ("rank", "alpha", "dropout", "targets")},
    "attention": {
        "vsa": ("tile", "sparsity"),
        "vmoba": ("chunk", "topk"),
        "sla": ("topk", "block"),
        "bsa": ("tile", "sparsity"),
    },
    "weights": {"average": ("role", "decay")},
}
"""Entries that take a word with arguments, and what those may be called."""


def _plain(name: str, value: object, problems: list[Problem]) -> object:
    """Words become texts; calls become mappings with their name under `kind`."""
    if isinstance(value, Word):
        return value.name
    if isinstance(value, Call):
        known = CALLS.get(name, {}).get(value.name)
        if known is None:
            names = list(CALLS.get(name, {}))
            problems.append(
                Problem(name, "bad", f"`{name}` knows no `{value.name}(...)`", nearest(value.name, names))
            )
            return None
        found: dict[str, object] = {"kind": value.name}
        for key, v in [*zip(known, value.args), *value.kwargs.items()]:
            if key not in known:
                problems.append(
                    Problem(name, "bad", f"`{value.name}` has no `{key}`", nearest(key, known))
                )
            found[key] = _plain(key, v, problems)
        return found
    if isinstance(value, list):
        return [_plain(name, v, problems) for v in value]
    return value


def validate(block: str, entries: Mapping[str, object]) -> Checked:
    """Checks one block's entries; `model` is None if something is wrong."""
    from pydantic import ValidationError

    problems: list[Problem] = []
    values = {name: _plain(name, v, problems) for name, v in entries.items()}
    model = models()[block]
    known = list(model.model_fields)
    try:
        made = model.model_validate(values)
    except ValidationError as e:
        for error in e.errors(include_url=False):
            entry = str(error["loc"][0]) if error["loc"] else block
            if any(p.entry == entry for p in problems):
                continue
            problems.append(_problem(entry, error, entries.get(entry), known))
        made = None
    return Checked(None if problems else made, tuple(problems))


def _problem(entry: str, error: Any, given: object, known: list[str]) -> Problem:
    kind = error["type"]
    if kind == "extra_forbidden":
        return Problem(entry, "unknown", f"there is no setting `{entry}`", nearest(entry, known))
    if kind == "missing":
        return Problem(entry, "missing", f"`{entry}` has no default: say it")
    shown = _shown(given)
    context = error.get("ctx", {})
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", "`").replace(" or ", ", ")
        suggestion = nearest(shown, [w.strip("` ") for w in expected.split(",")])
        return Problem(entry, "bad", f"`{entry}` is one of {expected}, not `{shown}`", suggestion)
    return Problem(entry, "bad", f"`{entry}` {_wanted(kind, context)}, not {shown}")


def _shown(value: object) -> str:
    match value:
        case Word(name=name):
            return name
        case Call(name=name):
            return f"{name}(...)"
        case Opaque():
            return "a value known only at run time"
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    bounds = {
        "greater_than": ("gt", "is above"),
        "greater_than_equal": ("ge", "is at least"),
        "less_than": ("lt", "is below"),
        "less_than_equal": ("le", "is at most"),
    }
    if kind in bounds:
        key, words = bounds[kind]
        return f"{words} {context[key]:g}"
    for part, words in (
        ("int", "is a whole number"),
        ("float", "is a number"),
        ("bool", "is true or false"),
        ("string", "is a text"),
        ("list", "is a list"),
        ("tuple", "is a list of two numbers"),
        ("finite", "is a finite number"),
    ):
        if kind.startswith(part):
            return words
    if kind in ("too_short", "too_long", "value_error"):
        return str(context.get("error", "has another number of entries"))
    return "has another form"


@cache
def models() -> Mapping[str, type[BaseModel]]:
    """The model of each block."""
    from pydantic import BaseModel, ConfigDict, Field, create_model

    strict = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)
    whole = Field(default=..., ge=1)

    def block(name: str, **fields: Any) -> type[BaseModel]:
        return create_model(name, __config__=strict, **fields)

    lora = block(
        "Lora",
        kind=(Literal["lora"], "lora"),
        rank=(int, Field(ge=1)),
        alpha=(float | int | None, None),
        dropout=(float, Field(default=0.0, ge=0, lt=1)),
        targets=(list[str] | None, None),
    )
    rate = float | int | Opaque
    betas = (tuple[float, float] | list[float], Field(default=[0.9, 0.999], min_length=2, max_length=2))
    optimizer: dict[str, Any] = {
        "lr": (rate, Field(default=...)),
        "weight_decay": (float | int, Field(default=0.01, ge=0)),
        "warmup": (int, Field(default=0, ge=0)),
        "schedule": (Literal["constant", "linear", "cosine"], "constant"),
    }
    adam = {**optimizer, "betas": betas, "eps": (float, Field(default=1e-8, gt=0))}
    every: tuple[Any, Any] = (int, whole)
    average = block(
        "Average",
        kind=(Literal["average"], "average"),
        role=(str | None, None),
        decay=(float, Field(default=0.999, gt=0, lt=1)),
    )
    skipped: dict[str, Any] = {"may_fail": (float | int, Field(default=0.05, ge=0, le=1))}
    return {
        "role": block(
            "RoleSettings",
            train=(Literal["frozen", "full"] | lora, "frozen"),  # type: ignore[valid-type]
            precision=(Literal["f32", "bf16", "pure_bf16"], "bf16"),
            attention=(Literal["dense", "vsa", "vmoba", "sla", "bsa"] | dict[str, Any], "dense"),
            checkpointing=(Literal["none", "full", "selective"] | None, None),
            offload=(bool, False),
            compile=(bool, False),
            init=(str | None, None),
        ),
        "adamw": block("AdamW", **adam),
        "adamw8bit": block("AdamW8bit", **adam),
        "muon": block("Muon", **optimizer, momentum=(float, Field(default=0.95, ge=0, lt=1))),
        "train": block(
            "Train",
            steps=(int, whole),
            batch=(int, Field(default=1, ge=1)),
            accumulate=(int, Field(default=1, ge=1)),
            clip=(float | int | None, Field(default=None, gt=0)),
            seed=(int, Field(default=0, ge=0, lt=1 << 63)),
            deterministic=(bool, False),
            skip_nonfinite=(int, Field(default=0, ge=0)),
        ),
        "validate": block(
            "Validate",
            every=every,
            sample=(Opaque, Field(default=...)),
            prompts=(str | list[str] | None, None),
            weights=(Literal["live"] | average, "live"),  # type: ignore[valid-type]
            seed=(int, Field(default=0, ge=0)),
            count=(int, Field(default=4, ge=1)),
        ),
        "checkpoint": block(
            "Checkpoint",
            every=every,
            keep=(int, Field(default=3, ge=1)),
            export=(bool, True),
            **{"async": (bool, False)},
        ),
        "mesh": block("Mesh", **{n: (int, Field(default=1, ge=1)) for n in ("replicate", "shard", "sequence", "tensor")}),
        "folder": block("FolderSource", path=(str, Field(min_length=1)), **skipped),
        "lines": block("LinesSource", path=(str, Field(min_length=1))),
        "shapes": block(
            "ShapesSource",
            path=(str, Field(min_length=1)),
            count=(int, Field(default=512, ge=1)),
            seed=(int, Field(default=0, ge=0)),
            **skipped,
        ),
        "produce": block(
            "ProduceSettings",
            fields=(list[str] | None, None),
            count=(int, whole),
            batch=(int, Field(default=1, ge=1)),
            seed=(int, Field(default=0, ge=0)),
        ),
    }


def check_mesh(train: Mapping[str, Any], mesh: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The batch must divide among the ranks that hold different samples, and among the rounds of accumulation."""
    ways = mesh["replicate"] * mesh["shard"]
    parts = ways * train["accumulate"]
    if train["batch"] % parts == 0:
        return ()
    up = -(-train["batch"] // parts) * parts
    terms = [f"{mesh[n]} ({n})" for n in ("replicate", "shard") if mesh[n] > 1]
    if train["accumulate"] > 1:
        terms.append(f"{train['accumulate']} (accumulate)")
    down = up - parts
    near = f"{down} or {up}" if down else f"{up}"
    message = f"a batch of {train['batch']} does not divide by {' x '.join(terms)} = {parts}; {near} does"
    return (Problem("batch", "bad", message),)


def bf16_step(magnitude: float = 0.02) -> float:
    """Half a unit in the last place of a bf16 number of this size (8 bits of significand)."""
    from math import frexp

    _, exponent = frexp(magnitude)
    return 2.0 ** (exponent - 8) / 2


