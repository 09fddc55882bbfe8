"""A typed program in, a plan out: a function for each stage of a role that is called, each update, sample and data set.

Assumes a program without errors, and keeps its meaning: nothing is shared, reordered or left out here but what no output
reads. What the checker follows and lowering does not yet raises `CannotRun`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from ..base.source import Source, Span
from ..ir.autograd import recording, taped
from ..ir.graph import Array, Fields, Function, Plan
from ..program.ops import VALUE
from ..program.typed_program import TypedProgram, TypedRole, TypedUpdate
from ..program.values import Value, every_value
from .array_types import lowered
from .builder import CannotRun
from .lowering import Lowering, StageFunctions
from .rules.table import RULES
from .training_summary import training_summary

Roles = Mapping[str, TypedRole]


def lower(program: TypedProgram) -> Plan:
    """The program's graphs, not yet rewritten. Raises `CannotRun` (with a diagnostic) for what is checked
    but not run."""
    roles, stages = program.roles, StageFunctions()
    shared = {id(v): name for name, v in program.shared}
    place = program.span or next(iter(program.roles.values())).span
    made = [_update(u, roles, stages, shared, dict(program.shared)) for u in program.updates]
    for name, value in program.shared:
        if any(n.op == "shared" and n["name"] == name for f in made for n in f.graph.walk()):
            others = {k: n for k, n in shared.items() if n != name}
            outputs = (("", value),)
            span = value.trace[-1] if value.trace else value.span
            made.append(_plain(f"shared_{name}", "shared", outputs, span, roles, stages, others, name))
    for state in program.states:
        for word, v in (("initial", state.initial), ("next", state.next)):
            if v is not None:
                name = f"{word}_{state.name}"
                made.append(_plain(name, "state", (("", v),), state.span, roles, stages, {}, state.name))
    if program.sample is not None:
        made.append(
            _plain("sample", "sample", (("", program.sample),), program.sample.span, roles, stages, {})
        )
    made += [
        _plain(f"produce_{p.name}", "produce", p.fields, p.span, roles, stages, {}, p.name)
        for p in program.produce
    ]
    return Plan(
        program.name,
        PurePath(program.path).name,
        _digest(program, place),
        tuple(program.sizes.items()),
        (*stages.values(), *made),
        _batch(program, made, place),
        training_summary(program),
    )


def _batch(program: TypedProgram, functions: Iterable[Function], span: Span) -> Fields:
    """The declared types of the data's fields, where a function reads any."""
    read = any(n.op == "batch" for f in functions for n in f.graph.walk())
    fields = program.data.fields if program.data is not None and read else {}
    return Fields(tuple((name, lowered(type, span)) for name, type in fields.items()))


def _update(
    update: TypedUpdate,
    roles: Roles,
    stages: StageFunctions,
    shared: Mapping[int, str],
    values: Mapping[str, Value],
) -> Function:
    whole = _lowered_update(update, roles, stages, {})
    at, function = whole
    used = {name: at.known[id(v)] for name, v in values.items() if id(v) in at.known}
    if not used:
        return function
    by_name = {f.name: f for f in stages.values()}
    tape = taped(function.graph, recording(function.graph, update.roles, by_name))
    kept = {id(values[name]): name for name, node in used.items() if node not in tape}
    return _lowered_update(update, roles, stages, kept)[1] if kept else function


def _lowered_update(
    update: TypedUpdate, roles: Roles, stages: StageFunctions, shared: Mapping[int, str]
) -> tuple[Lowering, Function]:
    at = Lowering(RULES, roles, stages, shared)
    outputs = []
    for name, value in update.losses:
        node = at(value)
        at.at(value)
        type = at.build.type(node)
        if isinstance(type, Array) and type.dims:
            node = at.build.add("mean", (node,), Array(()))
        if not isinstance(type, Array):
            raise CannotRun("a loss that is a constant", value.span)
        at.build.name(node, name)
        outputs.append((name, node))
    every = VALUE.find(update.every)
    if not isinstance(every, int):
        raise CannotRun("`every` with anything but a whole number", update.every.span)
    names = ", ".join(n for n, _ in update.losses)
    return at, Function(
        f"update_{update.name}",
        "update",
        at.build.graph(outputs),
        update.span,
        about=f"update {', '.join(update.roles)}: loss {names}",
        roles=update.roles,
        every=every,
    )


def _plain(
    name: str,
    kind: str,
    outputs: Iterable[tuple[str, Value]],
    span: Span,
    roles: Roles,
    stages: StageFunctions,
    shared: Mapping[int, str],
    about: str = "",
) -> Function:
    """A function that records no gradient."""
    at = Lowering(RULES, roles, stages, shared)
    made = [(n, at(v)) for n, v in outputs]
    if name.startswith("initial_") and any(n.op == "batch" for n in at.build.nodes.values()):
        raise CannotRun("a state that starts from the batch", span)
    words = {
        "sample": "samples for validation",
        "produce": f"items of {about}",
        "state": f"state {about}",
        "shared": f"{about}, computed once for all updates that read it",
    }
    return Function(name, kind, at.build.graph(made), span, about=words[kind], roles=())


def _digest(program: TypedProgram, place: Span) -> str:
    """A hash of every text that the program was read from."""
    sources: dict[int, Source] = {id(place.source): place.source}
    roots = [v for u in program.updates for _, v in (*u.losses, ("", u.every))]
    roots += [v for p in program.produce for _, v in p.fields]
    roots += [program.sample] if program.sample is not None else []
    for value in every_value(roots):
        for span in (value.span, *value.trace):
            sources[id(span.source)] = span.source
    for role in program.roles.values():
        source = role.family.process.place.source
        sources[id(source)] = source
    texts = sorted({(PurePath(s.path).name, s.text) for s in sources.values()})
    digest = hashlib.sha256()
    for name, text in texts:
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()[:16]
