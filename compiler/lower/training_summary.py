"""How a program trains its roles, in words: what the header of its emitted module says of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..ir.graph import TrainingSummary
from ..modules.given_settings import Opaque
from ..program.typed_program import TypedProgram, TypedUpdate
from ..program.values import Value, written


def training_summary(program: TypedProgram) -> TrainingSummary:
    train = program.settings.get("train", {})
    trained_by = {name: [u for u in program.updates if name in u.roles] for name in program.roles}
    roles = []
    for name, role in program.roles.items():
        words = _trained(role.settings, trained_by[name])
        words += _precision(role.settings, bool(trained_by[name]))
        words += [
            f"{name} = {_shown(role.settings[name])}"
            for name, usual in (("attention", "dense"), ("checkpointing", "none"), ("compile", "none"))
            if role.settings.get(name) not in (None, usual)
        ]
        if role.optimizer is not None and trained_by[name]:
            kind, settings = role.optimizer
            words.append(f"{kind}({_arguments(settings)})")
        roles.append((name, tuple(words)))
    return TrainingSummary(
        tuple(roles), train.get("batch", 0), train.get("accumulate", 1), _clipped(train.get("clip"))
    )


def _clipped(clip: Any) -> str:
    match clip:
        case None:
            return ""
        case {"limit": limit}:
            return f"values within {_number(limit)}"
        case _:
            return f"norm {_number(clip)}"


def _trained(settings: Mapping[str, Any], updates: list[TypedUpdate]) -> list[str]:
    if not updates:
        return ["frozen"]
    how = settings["train"]
    adapter = "all weights" if how == "full" else _shown(how)
    return [f"{adapter} trained by update {' and '.join(u.name for u in updates)}"]


def _precision(settings: Mapping[str, Any], trained: bool) -> list[str]:
    precision = settings.get("precision", "bf16")
    masters = trained and precision == "bf16"
    return ["bf16 autocast over float32 weights" if masters else {"f32": "float32"}.get(precision, precision)]


def _arguments(settings: Mapping[Any, Any]) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in settings.items() if value is not None)


def _shown(value: object) -> str:
    """A setting as a program writes it."""
    match value:
        case {"kind": str(kind), **named}:
            return f"{kind}({_arguments(named)})"
        case Opaque(value=Value() as v):
            return written(v)
        case list() | tuple():
            return f"[{', '.join(map(_shown, value))}]"
        case bool():
            return str(value).lower()
        case int() | float() | Fraction():
            return _number(value)
        case _:
            return str(value)


def _number(value: float | Fraction) -> str:
    text = repr(value if isinstance(value, int) else float(value))
    return text.replace("e-0", "e-")
