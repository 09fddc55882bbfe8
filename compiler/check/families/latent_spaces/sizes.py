"""A family's sizes: which it accepts, and what a program's choice makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ....base import limits
from ....base.diagnostic_bag import Bag, TooLong
from ....base.diagnostics import Diagnostic, Fix, Label
from ....base.frozen import struct
from ....base.source import Span
from ....syntax import ast
from ....syntax.visitor import names_read
from ....types.dims import Contradiction, Dim, Facts, TooLarge, Undecided, accepts, nearest_legal
from ...core.dim_expressions import PREDEFINED, dim_of

Chosen = Mapping[str, tuple[int, Span]]
"""A program's sizes, each with the place of its entry (`F = 81`)."""


@struct
class Size:
    """One entry: `F = 4*k + 1`; `pattern` is F itself for a bare `F` (any size), and None after an error."""

    name: str
    pattern: Dim | None
    entry: ast.Entry

    @property
    def fixed(self) -> bool:
        return self.pattern is not None and self.pattern.constant is not None


def declared(blocks: list[ast.SizesDecl], changes: Mapping[str, ast.Entry], bag: Bag) -> dict[str, Size]:
    """Every size of a family, with a variant's entries put in for those that it changes."""
    entries: dict[str, ast.Entry] = {}
    if extra := [e for block in blocks for e in block.entries][limits.FAMILY_SIZES :]:
        raise TooLong(
            Diagnostic("syntax", f"a family has at most {limits.FAMILY_SIZES} sizes", extra[0].span)
        )
    for e in (e for block in blocks for e in block.entries):
        if e.name in entries or e.name in PREDEFINED:
            first = (Label(entries[e.name].span, "first here"),) if e.name in entries else ()
            why = "is given twice" if first else "is predefined: the batch is `b`, the latent frames are `t`"
            bag.error("duplicate-name", f"size `{e.name}` {why}", e.span, labels=first)
        else:
            entries[e.name] = e
    entries |= {n: e for n, e in changes.items() if n in entries}
    return {n: Size(n, pattern(n, e, bag), e) for n, e in entries.items()}


def resolve(
    family: ast.FamilyDecl, changes: Mapping[str, ast.Entry], chosen: Chosen | None, bag: Bag
) -> tuple[dict[str, Dim | None], Facts, bool]:
    """Sizes by name, what is known of them, and whether a program's choice is accepted.

    Numbers where a program chose them, else symbols; `changes` are a variant's entries.
    """
    accepted = declared([m for m in family.members if isinstance(m, ast.SizesDecl)], changes, bag)
    numbers = concrete(family.name.id, accepted, chosen, bag) if chosen is not None else None
    if numbers is None or changes:  # sizes that a variant changes are checked here alone
        names, facts = symbolic(accepted, bag)
    if numbers is not None:
        names, facts = numbers, Facts()
    return names, facts, chosen is None or numbers is not None


def pattern(name: str, e: ast.Entry, bag: Bag) -> Dim | None:
    """The form that an entry states; linear in one variable, or a number."""
    if e.value is None:
        return Dim.of(name)
    found = dim_of(e.value, {n: Dim.of(n) for n in names_read([e.value])}, Facts(), bag)
    if found is None:
        return None
    line = found.linear_in_one
    exact = found.constant
    if (
        (line is None and exact is None)
        or (line is not None and line[1] < 0)
        or (exact is not None and exact < 1)
    ):
        bag.error(
            "dim-mismatch",
            f"`{e.value.span.text}` is not the form of a size",
            e.value.span,
            help=f"for example `{name} = 4*k + 1`, or a whole number",
        )
        return None
    return found


def symbolic(sizes: Mapping[str, Size], bag: Bag) -> tuple[dict[str, Dim | None], Facts]:
    """Sizes of a family that is checked on its own, with what its patterns say of them."""
    names: dict[str, Dim | None] = {}
    facts = Facts()
    for s in sizes.values():
        names[s.name] = None
        if s.pattern is None:
            continue
        try:
            facts = facts.equals(s.name, s.pattern, s.entry.span)
            names[s.name] = s.pattern if s.fixed else Dim.of(s.name)
        except (Contradiction, Undecided, TooLarge) as why:
            labels = tuple(Label(o, "and this") for o in _spans(why) if o != s.entry.span)
            bag.error("dim-mismatch", f"the sizes do not fit each other: {why}", s.entry.span, labels=labels)
    return names, facts


def _spans(why: Exception) -> tuple[Span, ...]:
    origins = why.origins if isinstance(why, Contradiction) else ()
    return tuple(o for o in origins if isinstance(o, Span))


def concrete(
    family: str, sizes: Mapping[str, Size], chosen: Chosen, bag: Bag
) -> dict[str, Dim | None] | None:
    """The sizes as a program chooses them; None if one is missing or of another form, which is reported elsewhere, or if
    they do not go together, which is reported here.
    """
    facts = Facts()
    counts = Counter(
        v for s in sizes.values() if s.pattern is not None for v in s.pattern.variables | {s.name}
    )
    shared = {v for v, n in counts.items() if n > 1}
    names: dict[str, Dim | None] = {}
    valid = True
    for s in sizes.values():
        names[s.name] = None
        if s.pattern is None:
            continue
        given = chosen.get(s.name)
        if given is None:
            names[s.name] = s.pattern if s.fixed else None
            valid = valid and s.fixed
            continue
        value, span = given
        if not accepts(s.pattern, value):
            names[s.name] = (
                s.pattern if s.fixed else None
            )  # what another family leaves open is no choice of this one's
            valid = valid and s.fixed
            continue
        names[s.name] = Dim.of(value)
        if shared.isdisjoint((s.name, *s.pattern.variables)):  # nothing else bears on it
            continue
        try:
            facts = facts.equals(s.name, s.pattern, s.entry.span).equals(s.name, value, span)
        except (Contradiction, Undecided) as why:
            labels = [Label(o, "because of this") for o in _spans(why) if o != span]
            bag.error(
                "size-not-accepted",
                f"`{family}` does not accept {s.name} = {value}: {why}",
                span,
                labels=labels,
            )
            valid = False
    return names if valid else None


def example(s: Size) -> int:
    """A number that the size may be."""
    assert s.pattern is not None
    below, above = nearest_legal(s.pattern, {}, 64)
    return above or below or 1


def forms(family: ast.FamilyDecl, variant: str | None) -> dict[str, Size]:
    """The sizes of a family, as one of its variants has them; what is wrong with them is reported elsewhere."""
    entries = (e for v in family.lineage(variant) for e in v.entries)
    changes = {e.path[1]: e for e in entries if e.path[0] == "sizes" and len(e.path) == 2}
    return declared([m for m in family.members if isinstance(m, ast.SizesDecl)], changes, Bag())


def refuse(family: str, s: Size, value: int, span: Span, bag: Bag) -> None:
    """Reports a size that a family does not accept, with those that it accepts."""
    form = s.pattern
    assert form is not None
    legal = [n for n in nearest_legal(form, {}, value) if n is not None]
    best = min(legal, key=lambda n: (abs(n - value), -n), default=None)
    nearby = " and ".join(map(str, legal))
    what = f"`{family}` fixes it" if s.fixed else f"the nearest sizes that fit are {nearby}"
    bag.error(
        "size-not-accepted",
        f"`{family}` does not accept {s.name} = {value}",
        span,
        labels=(Label(s.entry.span, f"it accepts {s.name} = {form}"),),
        help=what if len(legal) > 1 or s.fixed else f"the nearest size that fits is {nearby}",
        fixes=(Fix(f"use {s.name} = {best}", span, f"{s.name} = {best}"),) if best is not None else (),
    )
