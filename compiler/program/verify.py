"""Whether a typed program keeps to the table of ops: a defect of the checker shows here, before anything is lowered."""

from __future__ import annotations

from collections.abc import Iterator

from ...stages.table import OPS
from .ops import REGION, attributes_of
from .typed_program import TypedProgram
from .values import Formula, Value, every_value


class BadValue(Exception):
    """A value that is none of its op; the text says why, and where it was written."""


def verify_program(program: TypedProgram) -> None:
    """Every value is of a known op, with that op's number of arguments and its attributes. Raises `BadValue`."""
    for v in every_value([*_roots(program), *(f.result for f in _formulas(program))]):
        problem = _problem(v)
        if problem:
            raise BadValue(f"`{v.op}` at {v.span}: {problem}")
    for f in _formulas(program):
        for v in every_value([f.result]):
            if v.op == "param" and v not in f.parameters:
                raise BadValue(f"`{v.span.text}` at {v.span} is no parameter of its formula")


def _problem(v: Value) -> str:
    op = OPS.get(v.op)
    if op is None or v.op == "unknown":
        return "no op of a program without errors"
    if op.arity is not None and len(v.args) != op.arity:
        return f"{len(v.args)} arguments, not {op.arity}"
    known = {a.name: a for a in attributes_of(v.op)}
    extra = sorted(v.attrs.keys() - known.keys())
    if extra:
        return f"it has no {extra[0]}"
    for name, a in known.items():
        found = v.attrs.get(name)
        if not isinstance(found, a.types) and not (a.optional and found is None):
            return f"its {name} is {found!r}"
    if v.op == "loop":
        region = REGION.of(v)
        if len(region.results) != len(region.carried) or len(v.args) < len(region.carried):
            return "its region carries another number of values"
    return ""


def _roots(program: TypedProgram) -> Iterator[Value]:
    for u in program.updates:
        yield from (v for _, v in u.conditions)
        yield from u.outputs
    yield from (v for _, v in program.shared)
    for s in program.states:
        yield s.initial
    yield from program.samples.values()
    yield from (v for p in program.produce for _, v in p.fields)


def _formulas(program: TypedProgram) -> Iterator[Formula]:
    for role in program.roles.values():
        family = role.family
        if family.process.ticks is not None:
            yield family.process.ticks
        yield from (s.body for s in family.stages.values() if s.body is not None)
        yield from (c.normalize for c in family.codings.values() if c.normalize is not None)
