"""Sizes that a program lacks, or that no family accepts: each is told once, and a legal one stands in for it, so that the
rest of the program is checked all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...base.diagnostics import Fix, Label, nearest
from ...base.frozen import struct
from ...base.source import Span
from ...modules.names.lookup import meaning, words_of
from ...syntax import ast
from ...syntax.visitor import names_read, nodes
from ...types.dims import accepts, nearest_legal
from ..core.dim_expressions import PREDEFINED
from ..families.latent_spaces.sizes import Size, example, forms, refuse
from .program_state import ProgramState

START = 64
"""Near which a stand-in for a size that is not given is looked for."""
TRIES = 4096
CHANNELS = 4
"""Up to which a number between brackets is more likely one of channels than a size."""


@struct
class Asked:
    """What one family asks of one size."""

    family: str
    size: Size


def settle_sizes(state: ProgramState) -> None:
    """Reports the sizes that the families of the program's roles do not get, or do not accept."""
    all_asked = asked_sizes(state)
    unread = {n for n, some in all_asked.items() if any(a.size.pattern is None for a in some)}
    known = {n: [a for a in some if a.size.pattern is not None] for n, some in all_asked.items()}
    asked = {n: some for n, some in known.items() if some}
    unnamed: dict[str, Span] = {}
    if not state.sizes and not state.bad_sizes:
        unnamed = {n: s for n, s in _named_by_data(state) if n not in unread}
    missing = {n: a for n, a in asked.items() if n not in state.sizes and any(not x.size.fixed for x in a)}
    wrong = {n for n in missing if n not in state.bad_sizes}
    for name, (value, span) in tuple(state.sizes.items()):
        refusing = _refusing(asked.get(name, ()), value)
        if refusing:
            refuse(refusing[0].family, refusing[0].size, value, span, state.bag)
            _stand_in(state, name, asked[name], value, span)
            if name in state.sizes and value > CHANNELS:
                state.stood_for[value] = state.sizes[name][0]
    misspelt = _misspelt(state, missing, asked)
    for name, all_ask in missing.items():
        near = state.sizes[misspelt[name]][0] if name in misspelt else _stated(state, all_ask[0].size)
        _stand_in(state, name, all_ask, near, all_ask[0].size.entry.span)
    if wrong or unnamed:
        _report_missing(state, {n: missing[n] for n in missing if n in wrong}, unnamed, misspelt)
    for name, span in unnamed.items():
        state.sizes.setdefault(name, (START, span))
    state.stands_in |= missing.keys() | unnamed.keys() | set(misspelt.values())


def _refusing(asked: Sequence[Asked], value: int) -> list[Asked]:
    """Those that do not accept a number. A size that one family fixes and another leaves open is the other's: the first
    keeps its own, as with rows of text of two families that do not have as many."""
    chosen = any(not a.size.fixed for a in asked)
    return [
        a
        for a in asked
        if a.size.pattern is not None and not accepts(a.size.pattern, value) and not (chosen and a.size.fixed)
    ]


def asked_sizes(state: ProgramState) -> dict[str, list[Asked]]:
    """What the families of the program's roles ask of each size; a pattern is None where the family's own form is wrong."""
    asked: dict[str, list[Asked]] = {}
    for family, variant in _families(state):
        for name, size in forms(family, variant).items():
            asked.setdefault(name, []).append(Asked(family.name.id, size))
    return asked


def _families(state: ProgramState) -> Iterator[tuple[ast.FamilyDecl, str | None]]:
    """The families that roles name, with their variants, each once."""
    seen = set()
    for d in state.members(ast.RoleDecl):
        e = d.source.func if isinstance(d.source, ast.Call) else d.source
        found = meaning(state.module.names, words_of(e)).family
        if found is None or (found[0].key, found[1]) in seen:
            continue
        seen.add((found[0].key, found[1]))
        assert isinstance(found[0].declaration, ast.FamilyDecl)
        yield found[0].declaration, found[1]


def _named_by_data(state: ProgramState) -> Iterator[tuple[str, Span]]:
    """The sizes that the fields of the data name, where the program gives none at all."""
    for data in state.members(ast.DataDecl):
        for f in data.fields:
            if isinstance(f.type, ast.TypeExpr):
                for dim in f.type.dims:
                    for name in sorted(names_read([dim.value])):
                        if name not in PREDEFINED and name not in {
                            r.name.id for r in state.members(ast.RoleDecl)
                        }:
                            yield name, dim.span


def _misspelt(
    state: ProgramState, missing: Mapping[str, object], asked: Mapping[str, object]
) -> dict[str, str]:
    """The sizes that are missing, by the names of given ones that nothing asks for and that are like them."""
    fields = [f.type for d in state.members(ast.DataDecl) for f in d.fields]
    read = names_read(fields) | state.sizes_read
    spare = {n for n in state.sizes if n not in asked and n not in read}
    return {n: near for n in missing if (near := nearest(n, spare) or _longer(n, spare)) is not None}


def _longer(name: str, known: set[str]) -> str | None:
    """A name of a letter or two that only one other name begins with."""
    found = [n for n in known if n.lower().startswith(name.lower())]
    return found[0] if len(found) == 1 else None


def _stated(state: ProgramState, size: Size) -> int:
    """A number that the data states in place of a size, if one may be it."""
    fields = [f.type for d in state.members(ast.DataDecl) for f in d.fields]
    numbers = [n.value for n in nodes(fields) if isinstance(n, ast.Number) and isinstance(n.value, int)]
    assert size.pattern is not None
    legal = [n for n in numbers if n > CHANNELS and accepts(size.pattern, n)]
    return max(legal, default=START)


def _stand_in(state: ProgramState, name: str, asked: list[Asked], near: int, span: Span) -> None:
    """Puts the legal size nearest to `near` into the program, if there is one that all families accept that leave it open."""
    left = [a for a in asked if not a.size.fixed] or asked
    patterns = [a.size.pattern for a in left if a.size.pattern is not None]
    below, above = nearest_legal(patterns[0], {}, near)
    for _ in range(TRIES):
        for value in (below, above):
            if value is not None and all(accepts(p, value) for p in patterns):
                state.sizes[name] = (value, span)
                state.stands_in.add(name)
                return
        below = nearest_legal(patterns[0], {}, below - 1)[0] if below is not None and below > 1 else None
        above = nearest_legal(patterns[0], {}, above + 1)[1] if above is not None else None
    state.sizes.pop(name, None)
    state.bad_sizes.add(name)


def _report_missing(
    state: ProgramState,
    missing: Mapping[str, list[Asked]],
    unnamed: Mapping[str, Span],
    misspelt: Mapping[str, str],
) -> None:
    """One error for all the sizes that are missing, with the block to add."""
    names = [*missing, *(n for n in unnamed if n not in missing)]
    examples = [f"{n} = {example(missing[n][0].size) if n in missing else START}" for n in names]
    plural, end = "s" if len(names) > 1 else "", 0
    listed = ", ".join(f"`{n}`" for n in names)
    labels = [Label(a[0].size.entry.span, f"`{a[0].family}` asks for it") for a in missing.values()]
    labels += [Label(s, "named here") for n, s in unnamed.items() if n not in missing]
    labels += [Label(state.sizes[misspelt[n]][1], f"is this `{n}`?") for n in names if n in misspelt]
    blocks = state.members(ast.SizesDecl)
    name = state.declaration.name
    if len(names) == 1 and names[0] in misspelt:
        wrong = misspelt[names[0]]
        entry = state.sizes[wrong][1]
        place, help = blocks[0].span, f"did you mean `{names[0]}` by `{wrong}`?"
        text, spot = names[0], entry.start
        end = entry.start + len(wrong)
    elif blocks:
        place, help = blocks[0].span, f"add {', '.join(f'`{e}`' for e in examples)}"
        at = blocks[0].span.end - 1
        last = blocks[0].entries[-1].span.end if blocks[0].entries else 0
        before = f", {', '.join(examples)}" if last else f"{', '.join(examples)} "
        spot, text = last or at, before
    else:
        block = f"sizes {{ {', '.join(examples)} }}"
        place, help = name.span, f"add `{block}`"
        first = state.declaration.members[0].span if state.declaration.members else None
        indent = first.source.line_text(first.line)[: first.column - 1] if first is not None else "  "
        spot = first.start if first is not None else state.declaration.span.end - 1
        text = f"{block}\n{indent if not indent.strip() else ''}"
    state.bag.error(
        "missing-argument",
        f"program `{name.id}` does not give the size{plural} {listed}",
        place,
        labels=labels,
        help=help,
        fixes=(Fix(help, Span(place.source, spot, max(spot, end)), text),),
    )
