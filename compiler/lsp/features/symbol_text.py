"""What there is to say about a name or an expression, in the words of the checker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from ....stages.table import OPS
from ...base.frozen import struct
from ...base.source import Source
from ...check.core.family_model import FamilyModel
from ...check.core.lexical_scope import time_names
from ...check.core.notes import Note
from ...check.core.role_binding import RoleBinding
from ...driver.pipeline import Section
from ...modules.names.members import sizes
from ...modules.names.symbol import Symbol
from ...report.explain_types import bound, parameter
from ...syntax import ast
from ...types.describe import dims_of, shown_constant, type_text
from ...types.types import Batch, Latent, Unknown
from ..workspace import View, Workspace

MAX_HEADER = 200
MAX_FINDINGS = 4
"""How many different types of one expression are shown."""
_COMMENT = re.compile(r"#[^\n]*")


def header(symbol: Symbol) -> str:
    """A declaration on one line, without its body: `param scale: float = 3.5`."""
    node = symbol.node
    match node:
        case ast.File():
            return f'import "{node.source.path}"' if symbol.kind == "file" else symbol.name
        case _ if symbol.kind == "role" and isinstance(node, ast.MethodDecl):
            return f"role {symbol.name} of {node.name.id}"
        case _ if symbol.kind == "role function":
            return f"{symbol.name}, by {flat(_upto(node.span.text, ' by '))}"
        case ast.ByPython():
            return f"{symbol.name}, a function of binding.py"
        case ast.For():
            return f"for {flat(_upto(node.span.text, '{'))}".replace("for for", "for")
        case ast.RecordDecl() | ast.SpaceDecl() | ast.VariantDecl() | ast.ComponentDecl():
            return flat(node.span.text)
        case ast.StageDecl():
            return flat(_upto(node.span.text, "\n    by "))
        case (
            ast.FamilyDecl()
            | ast.MethodDecl()
            | ast.ProgramDecl()
            | ast.ProcessDecl()
            | ast.GraphDecl()
            | ast.RoleDecl()
        ):
            return flat(_upto(node.span.text, "{"))
        case ast.Entry() if symbol.kind == "size":
            return f"size {flat(node.span.text)}"
        case _:
            return flat(node.span.text)


def flat(text: str) -> str:
    """Without comments and line breaks, and not too long."""
    text = " ".join(_COMMENT.sub("", text).split())
    return text if len(text) <= MAX_HEADER else f"{text[: MAX_HEADER - 1]}…"


def _upto(text: str, mark: str) -> str:
    found = text.find(mark)
    return text[:found] if found >= 0 else text


# types


@struct
class Finding:
    """A type as one expansion has it. `program` is whose check found it, empty where that is the file's own; `also` is
    a remark, such as what both sides of a loss are.
    """

    type: str
    dims: str
    value: str
    site: tuple[str, ...]
    program: str
    also: str = ""

    @property
    def whole(self) -> str:
        return f"{self.type}{self.value}"


def finding(n: Note, program: str = "") -> Finding | None:
    """None where nothing is known."""
    term = n.term
    if isinstance(term.type, Unknown):
        return None
    times = time_names(n.scope)
    type_ = type_text(term.type, times, n.kind).replace("`", "")
    value = also = ""
    if isinstance(term.role, RoleBinding):
        type_ = role_line(term.role) or type_
    elif isinstance(term.type, Batch):
        fields = ", ".join(f"{name}: {t}" for name, t in term.type.fields or ())
        type_ = f"batch {{ {fields} }}" if fields else "batch, as a program's data declares it"
    elif term.levels is not None:
        value = f", noise levels {levels(term.levels)}"
    elif isinstance(term.constant, (int, Fraction, str)):
        value = f" = {shown_constant(term.constant)}"
    elif OPS[term.value.op].is_loss:
        sides = list(dict.fromkeys(type_text(a.type, times, n.kind) for a in term.value.args[:2]))
        also = f"both sides are {sides[0]}" if len(sides) == 1 else " and ".join(sides)
    dims = dims_of(term.type) if isinstance(term.type, Latent) else ""
    return Finding(type_, dims, value, n.site, program, also)


def levels(found: Iterable[Fraction | None]) -> str:
    return ", ".join(f"{float(v):.4g}" if v is not None else "?" for v in found)


def types_at(workspace: Workspace, view: View, start: int, end: int) -> list[Finding]:
    """What is known of the expression that stands there, the file's own check first; equal findings once."""
    found: dict[tuple[str, str, str], Finding] = {}
    for section, source in workspace.sections(view):
        for n in section.notes.about:
            if n.span.start == start and n.span.end == end and n.span.source is source:
                one = finding(n, owner(section, source))
                if one is not None:
                    found.setdefault((one.type, one.dims, one.value), one)
    return list(found.values())


def owner(section: Section, source: Source) -> str:
    """The program that a section belongs to, where it stands in another file."""
    here = section.definition.module.source is source
    return "" if here else section.definition.name


def around(workspace: Workspace, view: View, start: int, end: int) -> tuple[int, int] | None:
    """The smallest expression that was looked at and holds these characters."""
    best: tuple[int, int] | None = None
    for section, source in workspace.sections(view):
        for n in section.notes.about:
            s = n.span
            inside = s.start <= start and end <= s.end and s.source is source
            if inside and (best is None or s.end - s.start < best[1] - best[0]):
                best = s.start, s.end
        if best is not None:
            break
    return best


# parameters, roles, families


def chosen(workspace: Workspace, symbol: Symbol, view: View) -> Iterator[str]:
    """A parameter's value wherever it is used, with the place of the choice: `noise levels 1, 0.5, from p.fdl:14`."""
    seen: set[str] = set()
    for section, _ in workspace.sections(view):
        for n in section.notes.chosen:
            if n.site != (symbol.name,):
                continue
            binding = n.scope.names.get(symbol.name)
            if (
                binding is None
                or binding.span is None
                or not _same(binding.span.start, binding.span.source, symbol)
            ):
                continue
            text = parameter(n)
            if isinstance(n.term.type, Unknown):
                continue
            if symbol.node.span.covers(n.span) if not isinstance(symbol.node, ast.File) else False:
                text += ", its default"
            else:
                text += f", chosen at {n.span}"
            if text not in seen:
                seen.add(text)
                yield text


def _same(start: int, source: Source, symbol: Symbol) -> bool:
    places = {(s.span.source.file, s.span.start) for s in _origins(symbol)}
    return (source.file, start) in places


def _origins(symbol: Symbol) -> Iterator[Symbol]:
    current: Symbol | None = symbol
    while current is not None:
        yield current
        current = current.origin


def role_facts(workspace: Workspace, symbol: Symbol, view: View) -> Iterator[str]:
    """How programs bind a role: family, what is trained, latents, process."""
    seen: set[str] = set()
    for section, _ in workspace.sections(view):
        for name, role in section.notes.roles.items():
            if not isinstance(role, RoleBinding) or name != symbol.name:
                continue
            if (role.span.source.file, role.span.start) != (symbol.span.source.file, symbol.span.start):
                continue
            text = role_line(role)
            if text and text not in seen:
                seen.add(text)
                yield text


def role_line(role: RoleBinding) -> str:
    model = role.model
    if not isinstance(model, FamilyModel) or model.process is None:
        return ""
    return bound(model.typed(), "trained" if role.trainable else "frozen")


def family_facts(d: ast.FamilyDecl) -> Iterator[str]:
    """What a program has to know to bind a role to it."""
    accepted = [
        flat(s.node.span.text) for s in sizes(d.members, d.name.id).values() if isinstance(s.node, ast.Entry)
    ]
    if accepted:
        yield f"sizes {', '.join(accepted)}"
    variants = [m.name.id for m in d.members if isinstance(m, ast.VariantDecl)]
    if variants:
        yield f"variants {', '.join(variants)}"
    params = [flat(m.span.text.removeprefix("param")) for m in d.members if isinstance(m, ast.Param)]
    if params:
        yield f"parameters {', '.join(params)}"


def method_facts(d: ast.MethodDecl) -> Iterator[str]:
    for m in d.members:
        if isinstance(m, ast.Param):
            yield flat(m.span.text) + (f" ## {' '.join(m.doc)}" if m.doc else "")
