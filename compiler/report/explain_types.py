"""`fdc check --explain`: why a program is right, as a table of what each call, draw and loss was found to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from ...stages.table import OPS
from ..base.diagnostics import Diagnostic
from ..base.frozen import struct
from ..base.source import Span
from ..check.core.lexical_scope import time_names
from ..check.core.notes import Note
from ..driver.pipeline import Checked, Section
from ..program.family import Family
from ..program.process import QUANTITIES, predicted
from ..program.quantiles import quantiles
from ..program.typed_program import TypedProgram, TypedRole
from ..program.values import Value
from ..syntax import ast
from ..types.describe import dims_of, shown_constant, type_text
from ..types.time_names import TimeNames
from ..types.types import ANY_SPACE, Distribution, Latent

MAX_TEXT = 58
"""Columns of an expression before it is cut."""


def explain(checked: Checked) -> str:
    """Every program of the file, else every method and family, one after the other."""
    programs = [s for s in checked.sections if isinstance(s.definition.declaration, ast.ProgramDecl)]
    sections = ["\n".join(_section(s)) for s in programs or checked.sections]
    return "\n\n".join((*sections, *_acknowledged(checked.acknowledged)))


def _acknowledged(silenced: Sequence[Diagnostic]) -> Iterator[str]:
    """The warnings that an `allow` silences, which nobody sees elsewhere."""
    if silenced:
        rows = [Row(_at(d.span), d.code, d.message) for d in silenced]
        yield "\n".join(("warnings that are acknowledged", *_table(rows)))


def _section(s: Section) -> Iterator[str]:
    d = s.definition
    kind = {ast.ProgramDecl: "program", ast.MethodDecl: "method", ast.FamilyDecl: "family"}
    yield f"{kind.get(type(d.declaration), 'declaration')} {d.name} ({d.declaration.name.span})"
    if s.program is not None:
        yield from _program(s.program)
    parameters = [_parameter(n) for n in s.notes.chosen]
    if parameters:
        yield ""
        yield "  parameters"
        yield from _table(parameters)
    for site, notes in _by_site(s.notes.about).items():
        rows = [_row(n) for n in notes]
        yield ""
        yield f"  {site}"
        yield from _table(rows)
    claims = [n for n in s.notes.about if n.term.value.op == "claim" and n.term.value.span == n.span]
    if claims:
        yield ""
        yield "  claims, which the algebra does not follow and takes from the author"
        yield from _table([_row(n) for n in {n.span: n for n in claims}.values()])


# the program's head


def _program(p: TypedProgram) -> Iterator[str]:
    if p.sizes:
        yield "  sizes " + ", ".join(f"{n} = {v}" for n, v in p.sizes.items())
    if p.buckets:
        yield f"  {len(p.buckets)} buckets of {' x '.join(p.sizes)}"
        yield from (f"    {' x '.join(map(str, bucket.sizes.values()))}" for bucket in p.buckets)
    for r in p.roles.values():
        yield "  " + _role(r)


def _role(r: TypedRole) -> str:
    train = r.settings.get("train")
    names = [c.name for c in r.family.components.values() if c.trainable]
    how = train["kind"] if isinstance(train, Mapping) else train
    trained = "frozen" if train in (None, "frozen") else f"{how} training of {' and '.join(names)}"
    return f"role {r.name}: {bound(r.family, trained)}"


def bound(f: Family, trained: str) -> str:
    """A family as a role has it: `wan.t2v_1_3b, full, latents wan21[...], flow process, predicts eps - x0, shift 3`."""
    variant = f".{f.variant}" if f.variant else ""
    if not f.denoise:
        heads = [s.name for s in f.stages.values() if s.kind == "head"]
        return f"{f.name}{variant}, {trained}, heads {', '.join(heads)}"
    space = dims_of(Latent(f.spaces[f.space], None)) if f.space in f.spaces else ""
    predicts = f.process.settings.get("predict")
    said = predicts.value.text if predicts is not None and predicts.value is not None else ""
    return (
        f"{f.name}{variant}, {trained}, latents {f.space}{space}, "
        f"{f.process.kind} process, predicts {said}, {f.process.shift_words}"
    )


# rows


@struct
class Row:
    place: str
    text: str
    said: str


def _row(n: Note) -> Row:
    return Row(_at(n.span), _cut(n.span.text), _said(n))


def _at(span: Span) -> str:
    return f"{span.source.path.rsplit('/', 1)[-1]}:{span.line}"


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_TEXT else f"{flat[: MAX_TEXT - 1]}…"


_names = lru_cache(16)(time_names)
"""Found once for the rows of a body, which come one after another."""


def _said(n: Note) -> str:
    times = _names(n.scope)
    v = n.term.value
    if OPS[v.op].is_loss:
        sides = [_value(a, times, n.kind) for a in v.args[:2]]
        return f"both sides are {sides[0]}" if sides[0] == sides[1] else f"{sides[0]}, and {sides[1]}"
    said = _value(v, times, n.kind)
    dims = dims_of(n.term.type) if isinstance(n.term.type, Latent) else ""
    return f"{said}  {dims}" if dims else said


def _value(v: Value, times: TimeNames, kind: str) -> str:
    """A type; of a method on its own, what a network says is left to the program."""
    said_by_network = QUANTITIES.get(v.op) is predicted
    if said_by_network and isinstance(v.type, Latent) and v.type.space.key == ANY_SPACE:
        return f"predict[{v.type.space}]"
    return type_text(v.type, times, kind).replace("`", "")


def _parameter(n: Note) -> Row:
    (name,) = n.site
    return Row(_at(n.span), name, parameter(n))


def parameter(n: Note) -> str:
    """A parameter's value: `float = 4.5`, `noise levels 1, 0.5`, a distribution's spread."""
    said = type_text(n.term.type, _names(n.scope), n.kind)
    constant = n.term.constant
    if isinstance(constant, (int, Fraction, str)):
        said = f"{said} = {shown_constant(constant)}"
    if n.term.levels is not None:
        levels = [f"{float(v):.4g}" if v is not None else "?" for v in n.term.levels]
        said = f"noise levels {', '.join(levels)}"
    quantile = quantiles(n.term.value) if isinstance(n.term.type, Distribution) else None
    if quantile is not None:
        low, middle, high = (quantile(p) for p in (0.1, 0.5, 0.9))
        said += f"; half of them below {middle:.3f}, a tenth below {low:.3f}, a tenth above {high:.3f}"
    return said


def _by_site(notes: Iterable[Note]) -> dict[str, list[Note]]:
    """Rows by the update or graph that they stand in; a graph that is expanded twice to the same types is shown once."""
    found: dict[str, list[Note]] = {}
    seen: set[tuple[object, ...]] = set()
    for n in notes:
        if not OPS[n.term.value.op].explained or n.term.value.span != n.span:
            continue
        key = (n.span, _said(n), n.site)
        if key not in seen:
            seen.add(key)
            found.setdefault(_site(n.site), []).append(n)
    first = {site.partition(" → ")[0]: i for i, site in reversed(list(enumerate(found)))}
    sites = sorted(found, key=lambda site: (first[site.partition(" → ")[0]], site.count("→")))
    return {site: sorted(found[site], key=_order) for site in sites}


def _order(n: Note) -> tuple[str, int, int]:
    return n.span.source.path, n.span.start, -n.span.end


def _site(site: Sequence[str]) -> str:
    return " → ".join(site) if site else "itself"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    places = max(len(r.place) for r in rows)
    texts = max(len(r.text) for r in rows)
    for r in rows:
        yield f"    {r.place:<{places}}  {r.text:<{texts}}  {r.said}".rstrip()
