"""Settings as plain values, and the reports on what they are checked against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ....base.diagnostics import respelt
from ....base.source import Span
from ....modules import settings
from ....syntax import ast
from ...core.context import Context
from ...core.evaluate import evaluate
from ..program_state import ProgramState, report_twice


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
            return settings.Word(name)
        case ast.ListExpr(items=items):
            return [plain_value(state, i, context) for i in items]
        case ast.Unary(op="-", operand=ast.Number(value=v)):
            return -v if isinstance(v, int) else -float(v)
        case ast.Call(func=ast.Name(id=name), args=args):
            values, _ = argument_values(state, [a for a in args if a.name is not None], (), context)
            return settings.SettingCall(
                name, tuple(plain_value(state, a.value, context) for a in args if a.name is None), values
            )
        case _:
            if context is None:
                return settings.Opaque(e)
            term = evaluate(state.session, e, context)
            if term.unknown:
                return settings.Faulty()
            c = term.constant
            if isinstance(c, (int, Fraction, str, bool)):
                return float(c) if isinstance(c, Fraction) else c
            return settings.Opaque(term.value)


def report_entries(
    state: ProgramState,
    checked: settings.CheckedBlock,
    entries: tuple[ast.Entry, ...],
    place: Span,
    what: str,
) -> None:
    report_problems(state, checked, {e.name: e.span for e in entries}, place, what)


def report_problems(
    state: ProgramState, checked: settings.CheckedBlock, places: Mapping[str, Span], place: Span, owner: str
) -> None:
    codes = {"unknown": "unknown-setting", "bad": "bad-setting", "missing": "missing-argument"}
    for p in checked.problems:
        span = places.get(p.entry) or places.get(p.entry.split(".")[0]) or place
        message = p.message
        if p.kind == "unknown":
            message = f"{owner} has no setting `{p.entry}`"
            if span.text.startswith(p.entry):
                span = Span(span.source, span.start, span.start + len(p.entry))
        help = f"did you mean `{p.suggestion}`?" if p.suggestion else ""
        if not help and p.known:
            help = f"it has {', '.join(p.known)}"
        taken = p.kind == "unknown" and p.suggestion in places
        fixes = () if taken else respelt(p.word, p.suggestion, span, closed=True)
        state.bag.error(codes[p.kind], message, span, help=help, fixes=fixes)
