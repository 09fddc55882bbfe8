"""A typed program in, a plan out: a function for each stage of a role that is called, each update, sample and data set.

Assumes a program without errors, and keeps its meaning: nothing is shared, reordered or left out here but what no output
reads. What the checker follows and lowering does not yet raises `CannotRun`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from ..base.frozen import replace
from ..base.source import Source, Span
from ..ir.graph import Fields, Function, Plan
from ..program.ops import OVER
from ..program.typed_program import TypedProgram
from ..program.values import Value, every_value
from .array_types import kept_as, lowered
from .lowering import Lowering, Parts, StageFunctions
from .rules.table import RULES
from .training_summary import training_summary
from .update_functions import update_functions


def lower_buckets(programs: Sequence[TypedProgram]) -> list[Plan]:
    """Plans of one program at several sizes, of which each has the same functions. Raises as `lower` does."""
    collected = [StageFunctions() for _ in programs]
    plans = [lower(p, stages) for p, stages in zip(programs, collected, strict=True)]
    calls = [stages.taken for stages in collected]
    if len({len(taken) for taken in calls}) > 1:
        return plans
    everywhere = list(zip(*calls, strict=True))
    if all(len(set(taken)) == len(set(everywhere)) for taken in calls):
        return plans
    return [lower(p, StageFunctions(everywhere)) for p in programs]


def lower(program: TypedProgram, stages: StageFunctions | None = None) -> Plan:
    """The program's graphs, not yet rewritten; the functions of its stages are added to `stages`. Raises `CannotRun` (with a
    diagnostic) for what is checked but not run."""
    roles = program.roles
    stages = StageFunctions() if stages is None else stages
    parts = _parts(program)
    apart = parts.accumulate > 1  # then a number of the whole batch is no value that one part shares
    names = {name: v for name, v in program.shared if not (apart and _reads_batch_numbers(v))}
    shared = {id(v): name for name, v in names.items()}
    place = program.span or next(iter(program.roles.values())).span
    made: list[Function] = []
    for u in program.updates:
        made += update_functions(u, roles, stages, names, parts)
    kept: list[Function] = []
    for name, value in reversed(names.items()):  # one may be read by those after it alone
        if any(n.op == "shared" and n["name"] == name for f in (*made, *kept) for n in f.graph.walk()):
            others = {k: n for k, n in shared.items() if n != name}
            outputs = (("", value),)
            span = value.trace[-1] if value.trace else value.span
            at = Lowering(RULES, roles, stages, others, parts)
            kept.insert(0, _plain(f"shared_{name}", "shared", outputs, span, at, name))
    made += kept
    for state in program.states:
        at = Lowering(RULES, roles, stages, {})
        function = _plain(
            f"initial_{state.name}", "state", (("", state.initial),), state.span, at, state.name
        )
        made.append(replace(function, result=kept_as(state.initial)))
    for name, sample in program.samples.items():
        at = Lowering(RULES, roles, stages, {})
        made.append(_plain(name, "sample", (("", sample),), sample.span, at))
    made += [
        _plain(f"produce_{p.name}", "produce", p.fields, p.span, Lowering(RULES, roles, stages, {}), p.name)
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


def _parts(program: TypedProgram) -> Parts:
    train = program.settings.get("train", {})
    return Parts(train.get("accumulate", 1), train.get("each", 1))


def _reads_batch_numbers(value: Value) -> bool:
    return any(OVER.find(v) == "batch" for v in every_value([value]))


def _plain(
    name: str,
    kind: str,
    outputs: Iterable[tuple[str, Value]],
    span: Span,
    at: Lowering,
    about: str = "",
) -> Function:
    """A function that records no gradient."""
    made = [(n, at(v)) for n, v in outputs]
    words = {
        "sample": "samples for validation",
        "produce": f"items of {about}",
        "state": f"what state {about} begins with",
        "shared": f"{about}, computed once for all updates that read it",
    }
    return Function(name, kind, at.build.graph(made), span, about=words[kind], roles=())


def _digest(program: TypedProgram, place: Span) -> str:
    """A hash of every text that the program was read from."""
    sources: dict[int, Source] = {id(place.source): place.source}
    roots = [v for u in program.updates for v in (*u.outputs, *(c for _, c in u.conditions))]
    roots += [v for p in program.produce for _, v in p.fields]
    roots += program.samples.values()
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
