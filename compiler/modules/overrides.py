"""`--set train.steps=100`: settings replaced in the program's text, so that they are checked as if written there."""

from __future__ import annotations

from ..base.diagnostics import nearest
from ..base.source import Source, Span
from ..syntax import ast
from ..syntax.parser import parse_expression

Edit = tuple[int, int, str]


class BadOverride(Exception):
    """An override that names nothing in the program, with why in plain words."""


def apply(source: Source, file: ast.File, overrides: tuple[str, ...]) -> Source:
    """The source with each `path=value` written in. Raises `BadOverride`.

    A path is a block and an entry (`train.steps`), a role and an entry (`student.precision`), a size (`sizes.F`), a
    parameter of the method in use (`use.scale`), or an argument of an optimizer or of the data's source
    (`optimize.student.lr`, `data.count`); the name of a program may stand before it where a file holds several.
    """
    programs = [d for d in file.declarations if isinstance(d, ast.ProgramDecl)]
    edits: list[Edit] = []
    for text in overrides:
        path, mark, value = text.partition("=")
        parts = [p.strip() for p in path.split(".")]
        if not mark or not value.strip() or len(parts) < 2 or not all(p.isidentifier() for p in parts):
            raise BadOverride(f"`--set {text}` is not of the form block.entry=value")
        parsed = parse_expression(Source(f"--set {text}", value.strip()))
        if isinstance(parsed, tuple):
            raise BadOverride(f"`--set {text}`: {parsed[0].message}")
        named = next((p for p in programs if p.name.id == parts[0]), None)
        chosen = [named] if named is not None else programs
        if named is not None:
            parts = parts[1:]
        found = [e for p in chosen if (e := _edit(source, p, parts, value.strip())) is not None]
        if not found:
            known = sorted({n for p in chosen for n in _heads(p)})
            near = nearest(parts[0], known)
            hint = f"; did you mean `{near}`?" if near else f"; there are {', '.join(known)}"
            raise BadOverride(f"`--set {text}`: no program here has `{parts[0]}`{hint}")
        edits.extend(found)
    changed = source.text
    for start, end, new in sorted(edits, reverse=True):
        changed = changed[:start] + new + changed[end:]
    return Source(source.path, changed, source.file)


def _heads(p: ast.ProgramDecl) -> set[str]:
    found = {"train", "validate", "checkpoint", "mesh", "sizes", "use", "optimize", "data"}
    return found | {m.name.id for m in p.members if isinstance(m, ast.RoleDecl)}


def _edit(source: Source, p: ast.ProgramDecl, parts: list[str], value: str) -> Edit | None:
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
        block: tuple[ast.Entry, ...] | None = None
        if isinstance(m, ast.SettingsDecl) and m.kind.id == first:
            if rest == ["every"] and m.every is not None:
                return m.every.span.start, m.every.span.end, value
            block = m.entries
        elif (
            (isinstance(m, ast.RoleDecl) and m.name.id == first)
            or (isinstance(m, ast.SizesDecl) and first == "sizes")
            or (isinstance(m, ast.UseDecl) and first == "use")
        ):
            block = m.entries
        if block is not None and len(rest) == 1:
            return _entry(source, m.span, block, rest[0], value)
    if first in ("train", "checkpoint", "mesh") and len(rest) == 1:
        at = p.span.end - 1
        return at, at, f"  {first} {{ {rest[0]} = {value} }}\n"
    return None


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
    for i, a in enumerate(call.args):
        if a.name == name or (i == 0 and a.name is None and name == "path"):
            return a.span.start, a.span.end, f"{name} = {value}" if a.name is not None else value
    at = call.span.end - 1
    return at, at, f"{', ' if call.args else ''}{name} = {value}"
