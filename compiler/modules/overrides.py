"""`--set train.steps=100`: settings replaced in the program's text, so that they are checked as if written there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..base.diagnostics import Diagnostic, nearest
from ..base.frozen import replace, struct
from ..base.source import Source, Span
from ..syntax import ast
from ..syntax.parser import parse, parse_expression
from .given_settings import UNITS
from .settings import BLOCKS, SOURCES, STEPPERS

Edit = tuple[int, int, str]

_TIME = re.compile(rf"(.*\d)\s*({'|'.join(UNITS)})")
"""The value of an `every`, with a unit of time."""


class BadOverride(Exception):
    """An override that names nothing in the program, with why in plain words."""


@struct
class Written:
    """What an override wrote: from where to where in the changed text, and the option that it came from."""

    start: int
    end: int
    option: str


def apply(source: Source, overrides: tuple[str, ...]) -> tuple[Source, tuple[Written, ...]]:
    """The source with each `path=value` written in, the later one of two for the same entry, and where each stands.
    Raises `BadOverride`.

    A path is a block and an entry (`train.steps`), a role and an entry (`student.precision`), or its `source`, a size
    (`sizes.F`), a parameter of the method in use (`use.scale`), or an argument of an optimizer or of the data's source
    (`optimize.student.lr`, `data.count`), or of what is produced (`produce.count`, or by its name `produce.latents.count`);
    a block with a name goes by that too (`validate.long.count`); the name of a program may stand before it where a file
    holds several.
    """
    written: list[Written] = []
    for text in overrides:
        for start, end, new in sorted(_edits(source, text), reverse=True):
            moved = len(new) - (end - start)
            kept = [w for w in written if w.end <= start or w.start >= end]
            written = [_shifted(w, moved) if w.start >= end else w for w in kept]
            written.append(Written(start, start + len(new), f"--set {text}"))
            source = Source(source.path, source.text[:start] + new + source.text[end:], source.file)
    return source, tuple(written)


def _shifted(w: Written, by: int) -> Written:
    return Written(w.start + by, w.end + by, w.option)


def _edits(source: Source, text: str) -> list[Edit]:
    """What one override writes, in each program that it is about."""
    file, _ = parse(source)
    programs = [d for d in file.declarations if isinstance(d, ast.ProgramDecl)]
    path, mark, value = text.partition("=")
    parts = [p.strip() for p in path.split(".")]
    if not mark or not value.strip() or not all(p.isidentifier() for p in parts):
        raise BadOverride(f"`--set {text}` is not of the form block.entry=value")
    if len(parts) < 2:
        homes = sorted({home for p in programs for home in _homes(p, parts[0])})
        meant = " or ".join(f"`--set {home}={value.strip()}`" for home in homes)
        raise BadOverride(
            f"`--set {text}` does not say of which block `{parts[0]}` is"
            + (f"; did you mean {meant}?" if meant else ": it is of the form block.entry=value")
        )
    timed = _TIME.fullmatch(value.strip()) if parts[-1] == "every" else None
    parsed = parse_expression(Source(f"--set {text}", timed[1] if timed else value.strip()))
    if isinstance(parsed, tuple):
        raise BadOverride(f"`--set {text}`: {parsed[0].message}")
    named = next((p for p in programs if p.name.id == parts[0]), None)
    chosen = [named] if named is not None else programs
    if named is not None:
        parts = parts[1:]
    # a block is added where it is read: programs that only make something train nothing
    training = [p for p in chosen if any(isinstance(m, ast.UseDecl | ast.UpdateDecl) for m in p.members)]
    adding = training if named is None and training else chosen
    found = [e for p in chosen if (e := _edit(source, p, parts, value.strip(), p in adding)) is not None]
    if not found:
        known = sorted({n for p in chosen for n in _heads(p)})
        near = nearest(parts[0], known)
        hint = f"; did you mean `{near}`?" if near else f"; there are {', '.join(known)}"
        missing = ".".join(parts) if parts[0] in known else parts[0]
        raise BadOverride(
            f"`--set {text}`: no program here has `{missing}`{hint if missing == parts[0] else ''}"
        )
    return found


def _homes(p: ast.ProgramDecl, entry: str) -> Iterator[str]:
    """The paths in a program that end in an entry: those that it states, and those of its blocks that may have it."""
    for m in p.members:
        match m:
            case ast.SettingsDecl(kind=kind) if entry in BLOCKS.get(kind.id, ()):
                yield f"{kind.id}.{entry}"
            case ast.RoleDecl(name=name) if entry in BLOCKS["role"]:
                yield f"{name.id}.{entry}"
            case ast.SizesDecl(entries=entries) if any(e.name == entry for e in entries):
                yield f"sizes.{entry}"
            case ast.UseDecl(entries=entries) if any(e.name == entry for e in entries):
                yield f"use.{entry}"
            case ast.OptimizeDecl(role=role, optimizer=ast.Call(func=ast.Name(id=kind))):
                if entry in STEPPERS.get(kind, ()):
                    yield f"optimize.{role.id}.{entry}"
            case ast.DataDecl(source=ast.Call(func=ast.Name(id=kind))) if entry in SOURCES.get(kind, ()):
                yield f"data.{entry}"
            case ast.ProduceDecl() if entry in BLOCKS["produce"]:
                yield f"produce.{entry}"
            case _:
                pass


def told(found: Sequence[Diagnostic], source: Source, written: Sequence[Written]) -> list[Diagnostic]:
    """Diagnostics, with the options that wrote what they are about."""
    return [_told(d, source, written) for d in found]


def _told(d: Diagnostic, source: Source, written: Sequence[Written]) -> Diagnostic:
    spans = [s for s in (d.span, *(label.span for label in d.labels)) if s.source is source]
    options = [w.option for w in written if any(s.start < w.end and s.end > w.start for s in spans)]
    if not options:
        return d
    facts = tuple(f"written by `{o}`" for o in options)
    # what stands in the file is something else, so that there is nothing to edit
    fixes = tuple(
        f for f in d.fixes if not any(f.span.start < w.end and f.span.end > w.start for w in written)
    )
    return replace(d, facts=(*facts, *d.facts), fixes=fixes)


def _heads(p: ast.ProgramDecl) -> set[str]:
    """The words that a path may begin with: blocks and roles of a program, and blocks that an override may add."""
    found = {"train", "checkpoint", "mesh"}
    for m in p.members:
        match m:
            case ast.SettingsDecl(kind=kind):
                found.add(kind.id)
            case ast.RoleDecl(name=name):
                found.add(name.id)
            case ast.SizesDecl():
                found.add("sizes")
            case ast.UseDecl():
                found.add("use")
            case ast.OptimizeDecl():
                found.add("optimize")
            case ast.DataDecl():
                found.add("data")
            case ast.ProduceDecl():
                found.add("produce")
            case _:
                pass
    return found


def _edit(source: Source, p: ast.ProgramDecl, parts: list[str], value: str, adds: bool) -> Edit | None:
    """What is written in a program; a block that it lacks only if it `adds` that."""
    first, rest = parts[0], parts[1:]
    for m in p.members:
        if (
            first == "optimize"
            and isinstance(m, ast.OptimizeDecl)
            and rest[:1] == [m.role.id]
            and len(rest) == 2
        ):
            return _argument(m.optimizer, rest[1], value)
        if first == "data" and isinstance(m, ast.DataDecl) and len(rest) == 1:
            return _argument(m.source, rest[0], value)
        if isinstance(m, ast.RoleDecl) and m.name.id == first and rest == ["source"]:
            return m.source.span.start, m.source.span.end, value
        block: tuple[ast.Entry, ...] | None = None
        if isinstance(m, ast.SettingsDecl) and m.kind.id == first:
            rest = _within(m, parts[1:])
            if rest == ["every"] and m.every is not None:
                return m.every.span.start, (m.unit or m.every).span.end, value
            if rest == ["every"] and _TIME.fullmatch(value):
                return m.kind.span.end, m.kind.span.end, f" every {value}"
            block = m.entries
        elif isinstance(m, ast.ProduceDecl) and first == "produce":
            rest = parts[2:] if parts[1] == m.name.id else parts[1:]
            block = m.entries
        elif (
            (isinstance(m, ast.RoleDecl) and m.name.id == first)
            or (isinstance(m, ast.SizesDecl) and first == "sizes")
            or (isinstance(m, ast.UseDecl) and first == "use")
        ):
            block = m.entries
        if block is not None and len(rest) == 1:
            return _entry(source, m.span, block, rest[0], value)
    if adds and first in ("train", "checkpoint", "mesh") and len(rest) == 1:
        at = p.span.end - 1
        if rest == ["every"]:
            return at, at, f"  {first} every {value} {{ }}\n"
        return at, at, f"  {first} {{ {rest[0]} = {value} }}\n"
    return None


def _within(m: ast.SettingsDecl, rest: list[str]) -> list[str]:
    """The path inside a block: of several, those that have a name go by it, `validate.long.count`."""
    named = next((e.value.id for e in m.entries if e.name == "name" and isinstance(e.value, ast.Name)), None)
    if named is None:
        return [".".join(rest)] if rest[:1] == ["sizes"] else rest
    return _within(replace(m, entries=()), rest[1:]) if rest[:1] == [named] else []


def _entry(source: Source, span: Span, entries: tuple[ast.Entry, ...], name: str, value: str) -> Edit:
    for e in entries:
        if e.name == name:
            return e.span.start, e.span.end, f"{name} = {value}"
    if source.text[span.end - 1] == "}":
        comma = ", " if entries else " "
        at = max([e.span.end for e in entries], default=span.end - 1)
        return at, at, f"{comma}{name} = {value}" if entries else f"{name} = {value} "
    return span.end, span.end, f" {{ {name} = {value} }}"


def _argument(call: ast.Expr, name: str, value: str) -> Edit | None:
    if not isinstance(call, ast.Call):
        return None
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    first = next(iter(SOURCES.get(kind, ())), "path")
    for i, a in enumerate(call.args):
        if a.name == name or (i == 0 and a.name is None and name == first):
            return a.span.start, a.span.end, f"{name} = {value}" if a.name is not None else value
    at = call.args[-1].span.end if call.args else call.span.end - 1
    return at, at, f"{', ' if call.args else ''}{name} = {value}"
