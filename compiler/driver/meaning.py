"""What a program means, as facts by name: what two runs are compared by, and told apart by.

Comments, names of files and launch settings (`modules/launch_settings.py`) are no part of it. Neither is what holds without
being said, so that a setting that a later fdc adds leaves a program what it was.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from ..base.frozen import replace, struct
from ..base.source import Span
from ..ir.graph import NEXT
from ..lower.program import lower
from ..modules.given_settings import Opaque
from ..modules.imports import PACKAGE
from ..modules.launch_settings import OF_NO_LENGTH, is_launch
from ..modules.setting_kinds import REQUIRED, Setting
from ..modules.settings import ARGUMENTS, BLOCKS
from ..program.family import Component, Family
from ..program.typed_program import Produce, TypedProgram, TypedRole
from ..program.values import Value, every_value, written
from ..syntax.ast import Syntax
from .computed import Computed, formula_hash, short_hash

LENGTH = ("steps", "epochs")
"""How long to train, in one of two ways: a launch setting where no schedule reads it."""

MARK = " #"
"""Stands before the hash of what a text alone does not tell."""


@struct
class Fact:
    """One thing that holds of a program. `value` is as it would be written, and behind `MARK` a hash where that says too
    little; `anyway` is what holds where nothing is said; `note` is added where a change of it is told."""

    name: str
    value: str
    place: Span | None = None
    anyway: str | None = None
    note: str = ""

    @property
    def said(self) -> bool:
        return self.value != self.anyway


@struct
class Meaning:
    """`facts` are what a run is known by, `launch` how it is made, `words` what names in updates stand for, which tells more
    of a loss that changed. `path` is the program's file."""

    name: str
    path: str
    facts: tuple[Fact, ...]
    launch: tuple[Fact, ...] = ()
    words: tuple[Fact, ...] = ()

    @property
    def identity(self) -> str:
        return short_hash(sorted(record(self.facts).items()))


def record(facts: Sequence[Fact]) -> dict[str, str]:
    """What is kept of facts with a run: those that are said."""
    return {f.name: f.value for f in facts if f.said}


def meaning(
    program: TypedProgram,
    others: Mapping[str, str],
    edited: str | None = None,
    files: Mapping[str, str] = MappingProxyType({}),
) -> Meaning:
    """What a program means. `others` tells of each program that this one needs which run of it is read; `edited` is the text
    of a module that was edited, and runs in place of the program's own; `files` are hashes of files that roles lay over their
    weights, by the paths that the program has for them. Raises `CannotRun`.
    """
    whole = replace(program, settings=_unparted(program.settings))
    computed = Computed(lower(whole))
    facts: list[Fact] = [Fact(f"sizes.{name}", str(size)) for name, size in program.sizes.items()]
    launch: list[Fact] = []
    for role in program.roles.values():
        facts += _role(role)
        facts += [
            Fact(f"{role.name}, its weights of `{c}`", f'"{path}"{MARK}{files.get(path, "")[:16]}', role.span)
            for c, path in role.overlays.items()
        ]
        launch += _settings("role", role.name, role.settings, launch=True)
    facts += _data(program)
    facts += _updates(program, computed)
    for item in program.produce:
        facts += _product(item, computed)
    blocks = [(n, n, values) for n, values in program.settings.items() if n != "validate"]
    blocks += [("validate", f"validate {v.name}".rstrip(), v.settings) for v in program.validations]
    for block, shown, values in blocks:
        facts += _settings(block, shown, values, launch=False)
        launch += _settings(block, shown, values, launch=True)
    readers = _readers_of_length(program)
    (facts if readers else launch).extend(_steps(program, readers))
    facts += [Fact(f"run of `{name}`", which) for name, which in others.items()]
    if edited is not None:
        facts.append(Fact("plan.py", f"edited{MARK}{short_hash(ast.dump(ast.parse(edited)))}"))
    return Meaning(program.name, program.path, tuple(facts), tuple(launch), tuple(_words(program)))


def _unparted(blocks: Mapping[str, Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    """A batch is taken whole: what is computed does not depend on the parts that it is taken in."""
    return {name: {**b, "accumulate": 1} if name == "train" else b for name, b in blocks.items()}


# settings


def _settings(
    block: str, shown: str, values: Mapping[str, object], *, launch: bool, known: str = ""
) -> Iterator[Fact]:
    """The entries of a block that are launch settings, or those that are none. `known` is its name in the table of settings
    where that is another; those of `LENGTH` are told apart by what reads them."""
    table = BLOCKS.get(known or block, {})
    for entry, value in values.items():
        if (block == "train" and entry in LENGTH) or is_launch(block, entry) != launch:
            continue
        text = _text(value)
        if not launch and isinstance(value, Opaque) and isinstance(value.value, Value):
            text += f"{MARK}{formula_hash(value.value)}"
        yield Fact(f"{shown}.{entry}", text, anyway=_default(table.get(entry)))


def _default(setting: Setting | None) -> str | None:
    return None if setting is None or setting.default is REQUIRED else _text(setting.default)


def _steps(program: TypedProgram, readers: Sequence[str]) -> list[Fact]:
    stated = program.settings.get("train", {})
    note = f", which {' and '.join(readers)} fall{'s' if len(readers) == 1 else ''} over" if readers else ""
    found = {name: stated.get(name) for name in LENGTH}
    return [Fact(f"train.{n}", _text(v), note=note) for n, v in found.items() if v is not None]


def _readers_of_length(program: TypedProgram) -> list[str]:
    """The roles whose learning rate depends on how many steps there will be, in words."""
    schedules = {
        r.name: _text(r.optimizer[1].get("schedule", "constant"))
        for r in program.roles.values()
        if r.optimizer is not None
    }
    return [f"the {words} rate of `{name}`" for name, words in schedules.items() if words not in OF_NO_LENGTH]


def _text(value: object) -> str:
    """A setting's value as it would be written, without what holds anyway."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "none"
        case float() | Fraction():
            return _number(float(value))
        case Opaque():
            return _text(value.value)
        case Value():
            return written(value)
        case Syntax():
            return " ".join(value.span.text.split())
        case Mapping():
            return _call(value)
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
        case _:
            return str(value)


def _number(value: float) -> str:
    """As people write it: `2e-6`, `0.01`, `3`."""
    if value and abs(value) < 1e-3:
        digits, _, power = f"{Decimal(repr(value)).normalize():e}".partition("e")
        return f"{digits}e{int(power)}"
    return repr(value).removesuffix(".0")


def _call(value: Mapping[str, object]) -> str:
    """`lora(rank = 16)`, from its name as `kind` and its arguments."""
    kind = str(value.get("kind", ""))
    table = ARGUMENTS.get(kind, {})
    given = [
        f"{n} = {_text(v)}" for n, v in value.items() if n != "kind" and _text(v) != _default(table.get(n))
    ]
    return f"{kind}({', '.join(given)})" if given else kind


# roles


def _role(role: TypedRole) -> Iterator[Fact]:
    family = role.family
    yield Fact(role.name, _source(role), role.span)
    yield Fact(f"{role.name}, its family", f"{_full(family)}{MARK}{_declared(family)}", role.span)
    python = _python(family)
    if python:
        yield Fact(f"{role.name}, its family's Python", f"binding.py{MARK}{python}", role.span)
    yield from _settings("role", role.name, role.settings, launch=False)
    if role.optimizer is not None:
        kind, values = role.optimizer
        yield Fact(f"optimize {role.name}", kind)
        yield from _settings("optimize", f"optimize {role.name}", values, launch=False, known=kind)


def _full(family: Family) -> str:
    return f"{family.name}.{family.variant}" if family.variant else family.name


def _source(role: TypedRole) -> str:
    kind, value = role.source
    said = {"tiny": f"tiny(seed = {value})", "role": str(value)}.get(kind, f'"{value}"')
    return f"{_full(role.family)}({said})"


def _declared(family: Family) -> str:
    """Of what a role's weights and their use depend on, beside the stages, which are seen where they are called."""

    def component(c: Component) -> tuple[object, ...]:
        config = sorted((k, repr(v)) for k, v in c.config.items())
        idle = [(i.pattern, i.kind) for i in c.idle]
        return c.cls, c.trainable, c.dtype, c.optional, c.subfolder, c.fallback, config, c.levels, idle

    process, dynamic = family.process, family.process.dynamic
    return short_hash(
        sorted((name, component(c)) for name, c in family.components.items()),
        (
            process.kind,
            process.shift,
            process.tick_ends,
            process.top,
            *([repr(dynamic)] if dynamic is not None else []),
            *([process.table.numbers] if process.table is not None else []),
            *([process.grid.span.text.split()] if process.grid is not None else []),
        ),
    )


def _python(family: Family) -> str:
    """Of the Python of a family that is not fdc's own: its code without comments; "" where there is none to read."""
    folder = Path(family.path).resolve().parent
    if not family.has_binding or folder.is_relative_to(PACKAGE / "families"):
        return ""
    try:
        return short_hash(ast.dump(ast.parse((folder / "binding.py").read_bytes())))
    except (OSError, SyntaxError, ValueError):
        return ""  # a run of it says so


# data, updates, products


def _data(program: TypedProgram) -> Iterator[Fact]:
    data = program.data
    if data is None:
        return
    yield Fact("data", data.source, data.span)
    own = {n: v for n, v in data.options.items() if n not in ("folders", "buckets")}
    yield from _settings("data", "data", own, launch=False, known=data.source)
    for k, part in enumerate(data.options.get("folders", ()), 1):
        kind = part["source"]
        said = {n: v for n, v in part.items() if n != "source"}
        yield from _settings("data", f"data, {kind} {k}", said, launch=False, known=kind)
    if program.buckets:
        sizes = (" x ".join(map(str, bucket.sizes.values())) for bucket in program.buckets)
        yield Fact("data.buckets", ", ".join(sizes))
    for name, type_ in data.fields.items():
        yield Fact(f"data.{name}", str(type_), data.places.get(name))


def _updates(program: TypedProgram, computed: Computed) -> Iterator[Fact]:
    if program.updates:
        yield Fact("updates", ", ".join(u.name for u in program.updates))
    for u in program.updates:
        results = computed.results(f"update_{u.name}")
        yield Fact(f"update {u.name}", f"of {', '.join(u.roles)}", u.span)
        yield Fact(f"update {u.name}, when", u.schedule.often, u.span, "every step")
        for what, prefix, values in (("the loss", "", u.losses), ("the next", NEXT, u.states)):
            for name, value in values:
                text = f"{written(value)}{MARK}{results[prefix + name]}"
                yield Fact(f"update {u.name}: {what} {name}", text, value.span)
    for state in program.states:
        text = f"{written(state.initial)}{MARK}{computed.whole(f'initial_{state.name}')}"
        yield Fact(f"state {state.name}", text, state.span)


def _product(item: Produce, computed: Computed) -> Iterator[Fact]:
    text = f"{item.kind}({item.path}){MARK}{computed.whole(f'produce_{item.name}')}"
    yield Fact(f"produce {item.name}", text, item.span)
    settings = {n: v for n, v in item.settings.items() if n != "fields"}
    yield from _settings("produce", f"produce {item.name}", settings, launch=False)


def _words(program: TypedProgram) -> Iterator[Fact]:
    """What each name in an update stands for, as it is written; one that stands for several things is left out."""
    for u in program.updates:
        found: dict[str, list[Value]] = {}
        for v in every_value(u.outputs):
            if (
                v.name
                and v.op != "batch"
                and not any(written(v) == written(w) for w in found.get(v.name, ()))
            ):
                found.setdefault(v.name, []).append(v)
        for name, values in sorted(found.items()):
            if len(values) == 1:
                text = written(values[0]).removeprefix(f"{name} ")
                yield Fact(f"update {u.name}: {name}", text, values[0].span)
