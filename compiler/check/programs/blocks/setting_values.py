"""Settings as plain values, and the reports on what they are checked against."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from ....base.diagnostics import Fix, respelt
from ....base.source import Span
from ....modules import given_settings, setting_checks
from ....syntax import ast
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.suggestions import report_unknown
from ..program_state import ProgramState, report_twice

if TYPE_CHECKING:
    from ....modules.familiar_settings import Familiar

PATH = re.compile(r"[A-Za-z_][\w.-]*(/[\w.-]+)+|[A-Za-z_]\w*\.(txt|csv|json|jsonl|parquet|tar)")


def entry_values(
    state: ProgramState, entries: tuple[ast.Entry, ...], context: Context | None
) -> dict[str, object]:
    found: dict[str, object] = {}
    seen: dict[str, Span] = {}
    for e in entries:
        if e.name in seen:
            report_twice(state, e.name, e.span, seen[e.name])
            continue
        seen[e.name] = e.span
        found[e.name] = True if e.value is None else plain_value(state, e.value, context)
    return found


def turn_value(state: ProgramState, d: ast.SettingsDecl, e: ast.Expr, context: Context | None) -> object:
    """What stands behind `every`: a number of steps, or a time such as `30 min`."""
    number, unit = plain_value(state, e, context), d.unit
    if unit is None:
        return number
    if unit.id not in given_settings.UNITS:
        report_unknown(
            state.bag,
            "unknown-name",
            f"`{unit.id}` is no unit of time: there are {', '.join(given_settings.UNITS)}",
            unit.span,
            unit.id,
            given_settings.UNITS,
        )
        return given_settings.Faulty()
    if isinstance(number, given_settings.Faulty):
        return number
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number <= 0:
        state.bag.error("bad-setting", "a time is a number above 0 and its unit", e.span)
        return given_settings.Faulty()
    return given_settings.Duration(f"{e.span.text} {unit.id}", float(number) * given_settings.UNITS[unit.id])


def argument_values(
    state: ProgramState, args: Sequence[ast.Arg], order: Sequence[str], context: Context | None
) -> tuple[dict[str, object], dict[str, Span]]:
    """Arguments by name, and where each stands; `order` names those that may stand without one."""
    found: dict[str, object] = {}
    places: dict[str, Span] = {}
    for i, a in enumerate(args):
        key = a.name or (order[i] if i < len(order) else f"argument {i + 1}")
        if key in places:
            report_twice(state, key, a.span, places[key])
            continue
        found[key], places[key] = plain_value(state, a.value, context), a.span
    return found, places


def plain_value(state: ProgramState, e: ast.Expr, context: Context | None) -> object:
    match e:
        case ast.Number(value=v):
            return v if isinstance(v, int) else float(v)
        case ast.String(value=v) | ast.Bool(value=v):
            return v
        case ast.Name(id=name):
            binding = context.scope.find(name) if context is not None else None
            if binding is not None and isinstance(binding.term.constant, (int, Fraction, str, bool)):
                binding.used = True
                known = binding.term.constant
                return float(known) if isinstance(known, Fraction) else known
            return given_settings.Word(name)
        case ast.ListExpr(items=items):
            return [plain_value(state, i, context) for i in items]
        case ast.Unary(op="-", operand=ast.Number(value=v)):
            return -v if isinstance(v, int) else -float(v)
        case ast.Call(func=ast.Name(id=name), args=args):
            values, _ = argument_values(state, [a for a in args if a.name is not None], (), context)
            return given_settings.SettingCall(
                name, tuple(plain_value(state, a.value, context) for a in args if a.name is None), values
            )
        case _:
            if (path := bare_path(e, context)) is not None:
                return given_settings.Unquoted(path)
            if context is None:
                return given_settings.Opaque(e)
            term = evaluate(state.session, e, context)
            if term.unknown:
                return given_settings.Faulty()
            c = term.constant
            if isinstance(c, (int, Fraction, str, bool)):
                return float(c) if isinstance(c, Fraction) else c
            return given_settings.Opaque(term.value)


def bare_path(e: ast.Expr, context: Context | None) -> str | None:
    """The path that stands in an expression without its quotes: `data/clips`, a division of names that nothing has."""
    text = e.span.text
    if PATH.fullmatch(text) is None:
        return None
    first = re.split(r"[./-]", text)[0]
    known = context is not None and context.scope.find(first) is not None
    return None if known else text


def report_entries(
    state: ProgramState,
    checked: setting_checks.CheckedBlock,
    entries: tuple[ast.Entry, ...],
    place: Span,
    what: str,
) -> None:
    report_problems(state, checked, {e.name: e.span for e in entries}, place, what)


def report_problems(
    state: ProgramState,
    checked: setting_checks.CheckedBlock,
    places: Mapping[str, Span],
    place: Span,
    owner: str,
) -> None:
    codes = {"unknown": "unknown-setting", "bad": "bad-setting", "missing": "missing-argument"}
    for p in checked.problems:
        entry = places.get(p.entry) or places.get(p.entry.split(".")[0])
        span = entry or place
        message = p.message
        if p.kind == "unknown":
            message = f"{owner} has no setting `{p.entry}`"
            if span.text.startswith(p.entry):
                span = Span(span.source, span.start, span.start + len(p.entry))
        elif p.meant is not None and p.word and entry is not None:
            span = word_in(entry, p.word) or span
        taken = p.kind == "unknown" and p.suggestion in places
        help, fixes = "", () if taken else respelt(p.word, p.suggestion, span, closed=True)
        if p.meant is not None:
            help, fixes = _familiar(state, p, p.meant, entry, places)
        elif p.drop and entry is not None:
            help, fixes = "leave it out", (Fix(f"remove `{p.entry}`", whole_entry(entry), ""),)
        elif p.suggestion:
            help = f"did you mean `{p.suggestion}`?"
        elif p.known:
            help = f"it has {', '.join(p.known)}"
        state.bag.error(codes[p.kind], message, span, help=help, fixes=fixes)


def _familiar(
    state: ProgramState,
    p: setting_checks.Problem,
    meant: Familiar,
    entry: Span | None,
    places: Mapping[str, Span],
) -> tuple[str, tuple[Fix, ...]]:
    """The help and the edit for a word of other trainers."""
    write, why = (text.replace("{role}", _trained(state)) for text in (meant.write, meant.why))
    if not write:
        return why, ()
    help = f"write `{write}`" + (f": {why}" if why else "")
    if p.kind == "missing":
        last = max(places.values(), key=lambda s: s.end, default=None)
        end = Span(last.source, last.end, last.end) if last is not None else None
        return help, (Fix(f"add `{write}`", end, f", {write}"),) if end is not None else ()
    if entry is None or not p.word or write.partition(" = ")[0] in places:
        return help, ()
    whole = p.kind == "unknown" and " = " in write.partition("(")[0]
    at = entry if whole else word_in(entry, p.word)
    if at is not None and write.endswith(")") and entry.source.text[at.end : at.end + 1] == "(":
        at = at.to(entry)
    return help, (Fix(f"write `{write}`", at, write),) if at is not None else ()


def _trained(state: ProgramState) -> str:
    """The role that a setting is most likely about."""
    names: list[str] = [r.name.id for r in state.members(ast.RoleDecl)]
    trained = [n for n in names if n in state.roles and state.roles[n].trainable]
    return (trained or names or ["ROLE"])[0]


def word_in(span: Span, word: str) -> Span | None:
    """Where a word stands in a span, after the name of an entry if it has one."""
    found = list(re.finditer(rf"(?<![\w]){re.escape(word)}(?!\w)", span.text))
    if not found:
        return None
    at = found[-1] if len(found) == 2 and found[0].start() == 0 else found[0]
    return Span(span.source, span.start + at.start(), span.start + at.end())


def whole_entry(entry: Span) -> Span:
    """An entry with the comma that parts it from the next one, or from the one before."""
    text = entry.source.text
    after = re.compile(r"[ \t]*,[ \t]*").match(text, entry.end)
    if after is not None:
        return Span(entry.source, entry.start, after.end())
    start = entry.start - len(text[: entry.start]) + len(text[: entry.start].rstrip(" \t"))
    return Span(entry.source, start - (text[start - 1 : start] == ","), entry.end)


def line_below(after: Span, text: str) -> tuple[Fix, ...]:
    """The fix that writes an entry on a line of its own below another one, if nothing else ends that one's line."""
    source = after.source
    end = source.text.find("\n", after.end)
    end = len(source.text) if end < 0 else end
    rest = source.text[after.end : end].strip(" \t\r,")
    if rest and not rest.startswith("#"):
        return ()
    indent = source.line_text(after.line)[: after.column - 1]
    place = Span(source, end - source.text[:end].endswith("\r"), end - source.text[:end].endswith("\r"))
    return (Fix(f"add `{text}`", place, f"\n{indent}{text}"),) if not indent.strip() else ()
