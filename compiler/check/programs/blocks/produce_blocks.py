"""What a program produces: data sets and sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ....base.diagnostics import Label, nearest, respelt
from ....base.frozen import replace
from ....base.source import Span
from ....contracts.data_sets import dataset_manifest
from ....modules import given_settings, setting_checks
from ....program.typed_program import STORED, Produce, text_fields
from ....syntax import ast
from ....types.describe import type_text
from ....types.types import Scalar, Tensor, Tuple
from ...core.annotations import MEDIA
from ...core.evaluate import evaluate
from ...core.lexical_scope import LexicalScope
from ...core.term import Term
from ..program_state import ProgramState, program_context
from .setting_values import entry_values, report_entries


def check_products(state: ProgramState) -> tuple[Produce, ...]:
    found = []
    for d in state.members(ast.ProduceDecl):
        product = _product(state, d)
        if product is not None:
            found.append(product)
    return tuple(found)


def _product(state: ProgramState, d: ast.ProduceDecl) -> Produce | None:
    """One `produce` block; None if there is nothing that could be written."""
    home = program_context(state)
    context = replace(home, scope=LexicalScope({}, home.scope), site=(d.name.id,))
    term = evaluate(state.session, d.value, context)
    values = entry_values(state, d.entries, context)
    target = _target(state, d.target)
    checked = setting_checks.validate("produce", values)
    report_entries(state, checked, d.entries, d.name.span, "`produce`")
    if term.unknown or checked.values is None or target is None:
        return None
    kind, path = target
    parts = term.items if isinstance(term.type, Tuple) and term.items is not None else (term,)
    for part in parts:
        _check_part(state, kind, part)
    names = _field_names(values.get("fields"), parts)
    place = next((e.span for e in d.entries if e.name == "fields"), d.span)
    if len(names) != len(parts):
        message = f"`fields` names {len(names)}, and {len(parts)} are produced"
        state.bag.error("bad-setting", message, place)
        return None
    _check_field_names(state, kind, names, place)
    fields = tuple((name, part.value) for name, part in zip(names, parts))
    return Produce(d.name.id, kind, fields, path, checked.values, d.name.span)


def _target(state: ProgramState, e: ast.Expr) -> tuple[str, str] | None:
    """Kind and path of `shards("out/name")`; None after an error."""
    kind, path = "", ""
    match e:
        case ast.Call(func=ast.Name(id=kind), args=(ast.Arg(value=ast.String(value=path)),)):
            pass
        case ast.Call(func=ast.Name(id=kind)):
            pass
        case _:
            pass
    if path and kind in TARGETS:
        return kind, path
    near = nearest(kind, TARGETS)
    known = kind in TARGETS
    state.bag.error(
        "type-mismatch",
        'what is produced goes to `shards("out/name")`, or to `sheet("out/name")` to be looked at',
        e.span,
        help=f"did you mean `{near}`?" if near and not known else "",
        fixes=respelt(kind, near, e.span, closed=True) if not known else (),
    )
    return None


def _check_part(state: ProgramState, kind: str, part: Term) -> None:
    if part.unknown:
        return
    alike = isinstance(part.type, Scalar) and part.type.axes[:1] != ("b",)
    if dataset_manifest.described(part.type, ()) is None or alike:
        found = type_text(part.type, program_context(state).times, state.session.default_kind)
        state.bag.error(
            "type-mismatch",
            f"a data set has a row for each sample, and this is {found}"
            + (" for all of them" if alike else ""),
            part.span,
            help="it holds texts, numbers, tensors, latents and records whose first dim is the batch, `b`",
        )
    else:
        TARGETS[kind](state, part)


def _any_part(state: ProgramState, part: Term) -> None:
    pass


def _pixels(state: ProgramState, part: Term) -> None:
    if isinstance(part.type, Tensor) and part.type.kind in MEDIA:
        return
    found = type_text(part.type, program_context(state).times, state.session.default_kind)
    help = "`shards(...)` stores anything; `role.sample(...)` makes pixels"
    state.bag.error("type-mismatch", f"a sheet shows pixels, and this is {found}", part.span, help=help)


TARGETS: Mapping[str, Callable[[ProgramState, Term], None]] = {"shards": _any_part, "sheet": _pixels}
"""Where products go, each with what it asks of a field beside that a data set can hold it."""


def _field_names(stated: object, parts: Sequence[Term]) -> list[str]:
    """The names that `fields` states, else those that the values were bound to."""
    names = [n.name for n in stated if isinstance(n, given_settings.Word)] if isinstance(stated, list) else []
    return names or [part.value.name or f"field{i}" for i, part in enumerate(parts)]


def _check_field_names(state: ProgramState, kind: str, names: Sequence[str], place: Span) -> None:
    stores_texts = state.data is not None and kind == STORED
    texts = text_fields(state.data) if state.data is not None and stores_texts else ()
    for i, name in enumerate(names):
        if name in names[:i]:
            state.bag.error("duplicate-name", f"two fields are called `{name}`", place)
        elif name in texts:
            state.bag.error(
                "duplicate-name",
                f"the data set carries the data's text `{name}`, so no other field may be called so",
                place,
                labels=(Label(state.session.batch_fields.places[name], "the text"),),
            )
