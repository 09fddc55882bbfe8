"""A program checked at the sizes of each of its buckets, and what cannot go with buckets at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Diagnostic, Label
from ....base.frozen import replace
from ....base.source import Span
from ....program.typed_program import TypedProgram, text_fields
from ....syntax import ast
from ...core.notes import Notes
from ..program_state import BucketSizes, ProgramState
from .bucket_graphs import first_difference

Check = Callable[
    [Bag, Notes | None, Mapping[str, tuple[int, Span]]], tuple[ProgramState, TypedProgram | None]
]
"""Checks the program with other sizes."""


def check_buckets(state: ProgramState, program: TypedProgram, check: Check) -> TypedProgram | None:
    """The program with the programs of its buckets, its own sizes first; None after an error."""
    if _refused(state, program):
        return None
    known = {(d.code, d.message, d.span) for d in state.bag.found[state.found_before :]}
    found = [program]
    why: Diagnostic | None = None
    for bucket in state.buckets:
        bag = Bag()
        _, typed = check(bag, None, bucket.sizes)
        new = [_in(bucket, d) for d in bag.found if (d.code, d.message, d.span) not in known]
        if typed is not None:  # a block with sizes of its own has these in every bucket
            blocks = zip(typed.validations, program.validations, strict=True)
            typed = replace(typed, validations=tuple(replace(v, sized=own.sized) for v, own in blocks))
        if typed is not None and (other := first_difference(program, typed)) is not None:
            new.append(_in(bucket, other))
        if typed is not None:
            new += _jumps(bucket, program, typed)
        wrong = [d for d in new if d.severity == "error"]
        if bucket.made and wrong:
            why = why or wrong[0]
            continue
        for d in new:
            state.bag.add(d)
        known |= {(d.code, d.message, d.span) for d in bag.found}
        if typed is not None and not wrong:
            found.append(typed)
    if len(found) == 1 and why is not None:
        state.bag.add(why)
    return None if state.has_errors else replace(program, buckets=tuple(found))


FEW = 4
"""Steps of the grids whose shifts a message compares."""


def _jumps(bucket: BucketSizes, program: TypedProgram, other: TypedProgram) -> Iterator[Diagnostic]:
    """Warnings of shifts that another formula gives in a bucket."""
    for name, role in program.roles.items():
        here, there = role.family.process.dynamic, other.roles[name].family.process.dynamic
        if here is None or there is None or not here.jumps_to(there):
            continue
        stated = role.family.process.settings["shift"].span
        own, its = here.of(FEW), there.of(FEW)
        of = f" in grids of {FEW} steps" if here.by_steps else ""
        yield Diagnostic(
            "bad-setting",
            f"the shift of `{name}` jumps between sizes: {own:.3g} at the program's own, {its:.3g} in this bucket{of}",
            bucket.span,
            mild=True,
            labels=(Label(stated, "another formula by the size"),),
            help="keep all sizes on one side, or a grid of a few steps asks the network at other levels in some buckets",
        )


def _in(bucket: BucketSizes, d: Diagnostic) -> Diagnostic:
    """With the bucket in which it is found."""
    if bucket.span.covers(d.span):
        return d
    sizes = ", ".join(f"{n} = {v}" for n, (v, _) in bucket.sizes.items())
    return replace(d, labels=(*d.labels, Label(bucket.span, f"in the bucket {sizes}")))


def _refused(state: ProgramState, program: TypedProgram) -> bool:
    """What goes with no buckets, whatever their sizes."""
    asked = (Label(state.buckets[0].span, "asked for here"),)
    if program.produce:
        state.bag.error(
            "bad-setting",
            "what is produced has one size, and the data has several",
            state.members(ast.ProduceDecl)[0].name.span,
            labels=asked,
            help="leave `buckets` out of a program that produces",
        )
    texts = frozenset(text_fields(program.data)) if program.data is not None else frozenset()
    for v in program.validations:
        if v.loss is not None and v.data is None:
            state.bag.error(
                "bad-setting",
                "a loss in validation is taken over data of one size, and the program's has several",
                v.places.get("loss", v.span),
                labels=asked,
                help='give the block data of its own: `data = folder("data/held-out")`',
            )
        elif v.sized is not None and any(not inside.fields <= texts for inside in v.sized.validations):
            state.bag.error(
                "bad-setting",
                "this block has sizes of its own and reads more than texts of data in several sizes",
                v.span,
                labels=asked,
                help="leave its sizes out: it then validates at the program's own",
            )
    return state.has_errors
