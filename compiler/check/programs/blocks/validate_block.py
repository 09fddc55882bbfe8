"""Blocks `validate`: what each makes, the loss that it takes over held-out data, when, and of which weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....base.diagnostics import Fix, Label
from ....base.frozen import replace
from ....base.source import Span
from ....modules import given_settings, setting_checks, settings
from ....program.ops import SAMPLES, VALUE
from ....program.typed_program import TypedData, TypedUpdate, Validation
from ....program.values import Value, every_value
from ....syntax import ast
from ....types.describe import type_text
from ....types.dims import Dim
from ....types.types import Tensor, Tuple
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.lexical_scope import LexicalScope
from ...core.session import Negative
from ...core.suggestions import report_unknown
from ...core.term import Term
from ..program_state import ProgramState, program_context, report_twice
from .data_block import held_out_data
from .own_sizes import SIZES, own_sizes
from .sample_levels import check_sample_levels
from .sample_weights import check_sample_weights
from .setting_values import entry_values, report_problems, turn_value

OWN = ("sample", "loss", "data")
"""Entries that are no plain values."""


def check_validation(
    state: ProgramState, d: ast.SettingsDecl, updates: tuple[TypedUpdate, ...], named: dict[str, Span]
) -> Validation | None:
    """One block; None after an error. `named` are the names of those before it, and where these stand."""
    context = program_context(state)
    asked = {e.name: e for e in d.entries if e.name in OWN and e.value is not None}
    plain = tuple(e for e in d.entries if e.name not in OWN and e.path[0] != SIZES)
    values = entry_values(state, plain, context)
    places = {e.name: e.span for e in d.entries}
    if d.every is not None:
        values["every"] = turn_value(state, d, d.every, context)
        places["every"] = d.every.span
    values |= {
        n: given_settings.Opaque(" ".join(e.value.span.text.split())) for n, e in asked.items() if e.value
    }
    before = len(state.bag.found)
    negative = _negative(values)
    sample = _sample_of(state, asked, context, updates, negative)
    checked = setting_checks.validate("validate", values)
    report_problems(state, checked, places, d.kind.span, "`validate`")
    chosen = checked.values
    if chosen is None:
        return None
    _check_named(state, d, chosen, places, named)
    _check_when(state, d, chosen, places)
    check_sample_weights(state, d, chosen, sample)
    _check_negative(state, negative, sample, places)
    if asked.keys() & {"sample", "loss"}:
        _check_read(state, chosen, asked, places)
    own_sizes(state, d)
    loss = _loss_of(state, asked, updates)
    data = _data_of(state, asked)
    if not asked.keys() & {"sample", "loss"}:
        state.bag.error(
            "missing-argument",
            "`validate` says neither what to make nor which loss to take",
            d.kind.span,
            help="`sample = ROLE.sample(...)` makes samples; `loss = NAME` takes a loss of an update over held-out data",
        )
    if state.bag.errors_since(before):
        return None
    name = chosen["name"]
    return Validation(name if isinstance(name, str) else "", chosen, sample, loss, data, d.kind.span, places)


def _check_named(
    state: ProgramState,
    d: ast.SettingsDecl,
    chosen: Mapping[str, Any],
    places: Mapping[str, Span],
    named: dict[str, Span],
) -> None:
    """Blocks go by their names; one may do without."""
    name = chosen["name"] or ""
    if name and not (name.isidentifier() and name.isascii()):
        state.bag.error(
            "bad-setting",
            "`name` must be a name of letters, digits and `_`, such as `few`",
            places["name"],
        )
    elif name in named and name:
        report_twice(state, name, places["name"], named[name])
    elif name in named:
        state.bag.error(
            "duplicate-name",
            "`validate` is given twice",
            d.kind.span,
            labels=(Label(named[name], "first given here"),),
            help="give each a name of its own: `name = few`; or keep one of the two",
        )
    named.setdefault(name, places.get("name", d.kind.span))


def _check_when(
    state: ProgramState, d: ast.SettingsDecl, chosen: Mapping[str, Any], places: Mapping[str, Span]
) -> None:
    """It says after which steps it is due, and these come about."""
    every, at = chosen["every"], chosen["at"]
    if every is None and at is None:
        end = d.entries[-1].span.end if d.entries else d.span.end - 1
        after = Span(d.span.source, end, end)
        state.bag.error(
            "missing-argument",
            "`validate` does not say when: it needs `every` or `at`",
            d.kind.span,
            help="write `validate every 100 { ... }`, or `at = [0, 100]`; step 0 is before the first one",
            fixes=(Fix("add `every = 100`", after, ", every = 100"),) if d.entries else (),
        )
        return
    steps = state.blocks.get("train", {}).get("steps")
    if at is not None and isinstance(steps, int) and max(at) > steps:
        state.bag.error(
            "bad-setting",
            f"`validate` is due at step {max(at)}, and training ends after {steps}: it never comes",
            places["at"],
            help=f"steps from 0 to {steps} are there",
            mild=True,
        )


def _negative(values: Mapping[str, object]) -> Negative | None:
    text = values.get("negative")
    return Negative(text) if isinstance(text, str) else None


def _check_negative(
    state: ProgramState, asked: Negative | None, sample: Value | None, places: Mapping[str, Span]
) -> None:
    """A negative prompt is encoded by what makes the sample, and guidance reads it."""
    if asked is None or sample is None:
        return
    values = list(every_value([sample]))
    scales = [v.args[2] for v in values if v.op == "guide"]
    idle = bool(scales) and all(s.op == "const" and VALUE.of(s) == 1 for s in scales)
    if idle or not any(v is made for v in values for made in asked.made):
        why, instead = (
            ("its guidance has scale 1", "guide by a scale above 1")
            if idle
            else (
                "it encodes no text of its own for the unconditional side",
                "guide against `ROLE.uncond(batch)`",
            )
        )
        state.bag.error(
            "dead-setting",
            f"nothing reads `negative` in this sample: {why}",
            places["negative"],
            labels=(Label(sample.trace[0] if sample.trace else sample.span, "the sample"),),
            help=f"{instead}, or leave `negative` out",
        )


def _check_read(
    state: ProgramState,
    chosen: Mapping[str, Any],
    asked: Mapping[str, ast.Entry],
    places: Mapping[str, Span],
) -> None:
    """Entries that what the block does reads; of a block that does nothing, that is told."""
    if not asked.keys() & {"sample", "loss"}:
        return
    of_sample = [n for n in ("prompts", "negative") if chosen[n] is not None and "sample" not in asked]
    of_loss = [n for n in ("data",) if n in asked and "loss" not in asked]
    for name in (*of_sample, *of_loss):
        reader = "sample" if name in of_sample else "loss"
        state.bag.error(
            "dead-setting",
            f"`{name}` is for a `{reader}`, and this block has none",
            places[name],
            help=f"add `{reader} = ...`, or leave `{name}` out",
        )


def _sample_of(
    state: ProgramState,
    asked: Mapping[str, ast.Entry],
    context: Context,
    updates: tuple[TypedUpdate, ...],
    negative: Negative | None,
) -> Value | None:
    e = asked["sample"].value if "sample" in asked else None
    if e is None:
        return None
    state.session.negative = negative
    sample = _sample(state, e, context)
    state.session.negative = None
    if sample is not None:
        check_sample_levels(state, e, sample, updates)
    return sample


def _sample(state: ProgramState, e: ast.Expr, context: Context) -> Value | None:
    """`sample = student.sample(...)`: its batch is that of the validation. Pixels, or pixels and sound."""
    inner = replace(context, scope=LexicalScope({}, context.scope), site=("validate",), implied_batch=True)
    if isinstance(e, ast.Name) and _is_graph(state, e.id, context):
        e = ast.Call(e.span, e, ())
    term = evaluate(state.session, e, inner)
    if term.unknown:
        return None
    first, *rest = term.items if isinstance(term.type, Tuple) and term.items else (term,)
    if _is_medium(first, "pixels") and all(_is_medium(t, "wave") for t in rest):
        return term.value
    if any(t.unknown for t in (first, *rest)):
        return None
    state.bag.error(
        "type-mismatch",
        f"a sample is shown as pixels, and this is {type_text(term.type, context.times, state.session.default_kind)}",
        e.span,
        help="`role.sample(...)` makes pixels, and so does a decode stage",
    )
    return None


def _is_medium(t: Term, kind: str) -> bool:
    return isinstance(t.type, Tensor) and t.type.kind == kind and t.type.dims[:1] == (Dim.of("b"),)


def _is_graph(state: ProgramState, name: str, context: Context) -> bool:
    """Whether `sample = NAME` names a graph of the program, or the sampler of its method."""
    sampler = state.session.sampler
    published = sampler is not None and sampler.graph.name.id == name
    return (name in context.graphs or published) and context.scope.find(name) is None


def _loss_of(
    state: ProgramState, asked: Mapping[str, ast.Entry], updates: tuple[TypedUpdate, ...]
) -> tuple[str, str] | None:
    """`loss = flow`, or `loss = student.flow` where several updates have one of that name."""
    entry = asked.get("loss")
    if entry is None or entry.value is None or state.broken or state.unclear:
        return None
    words = entry.value.span.text.split(".")
    known = {f"{u.name}.{n}": (u, n, v) for u in updates for n, v in u.losses}
    if not known:
        return None  # what is wrong with the updates is told there
    found = [k for k in known if k == ".".join(words) or (len(words) == 1 and k.endswith(f".{words[0]}"))]
    if len(found) > 1:
        state.bag.error(
            "bad-setting",
            f"several updates have a loss `{words[0]}`",
            entry.value.span,
            help=f"write {' or '.join(f'`{k}`' for k in found)}",
        )
        return None
    if not found:
        name, names = entry.value.span.text, sorted({n for _, n, _ in known.values()})
        report_unknown(
            state.bag,
            "unknown-name",
            f"no update has a loss `{name}`",
            entry.value.span,
            name,
            names,
            otherwise=f"losses of the updates: {', '.join(names)}",
            closed=True,
        )
        return None
    update, loss, value = known[found[0]]
    carried = next((v for v in every_value([value]) if v.op == "state"), None)
    if carried is not None:
        state.bag.error(
            "bad-setting",
            f"loss `{loss}` reads a state, which belongs to the batches of training",
            entry.value.span,
            labels=(Label(carried.span, "the state"),),
            help="validate a loss that reads no state",
        )
    part = next((v for v in every_value([value]) if SAMPLES.find(v) is not None), None)
    if part is not None:
        state.bag.error(
            "bad-setting",
            f"loss `{loss}` is of a part of each batch of training",
            entry.value.span,
            labels=(Label(part.span, "of these samples"),),
            help="validate a loss of all samples",
        )
        return None
    return update.name, loss


def _data_of(state: ProgramState, asked: Mapping[str, ast.Entry]) -> TypedData | None:
    """`data = folder("data/held-out")`, with the fields of the program's data."""
    entry = asked.get("data")
    if entry is None or entry.value is None:
        return None
    data = held_out_data(state, entry.value)
    own = state.data
    if data is None or own is None or settings.DRAWN not in (data.source, own.source):
        return data
    if data.options.get("path") == own.options.get("path") and data.options != own.options:
        state.bag.error(
            "bad-setting",
            f"`{settings.DRAWN}` draws its clips into its folder, and the program's data lies in this one",
            entry.value.span,
            labels=(Label(own.places[""], "the program's data"),),
            help="name a folder of their own for the held-out clips",
        )
    return data
