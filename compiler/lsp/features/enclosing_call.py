"""What the call, or the block of a method's parameters, around a place takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from lsprotocol import types as lsp

from ....grammar import meanings
from ...base.frozen import struct
from ...check.programs.sources.laid_over import WEIGHTS
from ...contracts.classes import is_model
from ...modules.imports import Module, Named
from ...modules.names.lineage import method_decl
from ...modules.names.lookup import meaning
from ...modules.names.members import method_members, parameters, role_function
from ...modules.names.symbol import Symbol
from ...syntax import ast
from ...syntax.lexer import Token
from ..cursor import Cursor, OpenBracket, chain_before
from ..names_in_reach import Local, NamesInReach
from ..settings_blocks import table_of
from .symbol_text import flat


@struct
class Parameter:
    """`text` is how it is declared, `says` what it is for; `path` says that its value is a file."""

    name: str
    text: str
    says: str = ""
    path: bool = False


@struct
class Called:
    """A function and what it takes. `named` says that a call may name the parameters."""

    name: str
    parameters: tuple[Parameter, ...]
    says: str = ""
    named: bool = True
    frame: OpenBracket | None = None

    @property
    def label(self) -> str:
        return f"{self.name}({', '.join(p.text for p in self.parameters)})"


def called(c: Cursor, known: NamesInReach, files: Mapping[str, Named], module: Module) -> Called | None:
    """The innermost call that is open at the place; the block behind `use m(...)` counts as one."""
    for i in range(len(c.frames) - 1, 0, -1):
        frame = c.frames[i]
        assert frame.opener is not None
        if frame.opener.kind == "LPAR" and frame.head and frame.head[-1].kind == "NAME":
            if frame.head[0].text in ("method", "graph", "stage", "update") and len(frame.head) < 5:
                return None
            found = _function(c, i, known, files, module)
            return Called(found.name, found.parameters, found.says, found.named, frame) if found else None
        if frame.opener.kind == "LBRACE":
            if frame.block != "use":
                return None
            found = _method(frame.head, module, roles=False)
            return Called(found.name, found.parameters, found.says, True, frame) if found else None
    return None


def _function(
    c: Cursor, i: int, known: NamesInReach, files: Mapping[str, Named], module: Module
) -> Called | None:
    frame = c.frames[i]
    head = frame.head
    name = head[-1].text
    if head[0].text == "use" and frame.opener is not None and len(head) > 1:
        return _method(head, module, roles=True)
    if len(head) > 2 and head[-2].kind == "DOT":
        owner = chain_before(head[:-2])
        return _of_role(owner, name, known) or _of_family(
            [t.text for t in owner if t.kind == "NAME"], name, files
        )
    local = known.names.get(name)
    if local is not None and local.kind in ("graph", "stage"):
        return _of_symbol(local.symbol) if local.symbol is not None else _written(c, local)
    word, slots = table_of(frame, c.frames[:i])
    if slots and name not in meanings.FUNCTIONS:
        taken = tuple(Parameter(s.name, s.name, s.described) for s in slots.values() if s.name != "every")
        return Called(word, taken, meanings.CALLED.get(word, ""))
    if name in meanings.FUNCTIONS:
        return _meant(name, meanings.FUNCTIONS[name])
    return _of_family([], name, files)


def _meant(name: str, m: meanings.Meaning) -> Called:
    taken = tuple(Parameter(p.split("=")[0].strip(), p) for p in m.parameters)
    return Called(name, taken, m.says)


def _of_role(owner: Sequence[Token], name: str, known: NamesInReach) -> Called | None:
    """`student.x0(`, `average(student, 0.9).x0(`; with the family's own parameters where a program binds the role."""
    role = next((t.text for t in owner if t.text in known.roles), None)
    if role is None:
        return None
    family = known.roles[role]
    found = None
    if family is not None and isinstance(family.declaration, ast.FamilyDecl):
        found = role_function(family.declaration, name)
    taken = _of_symbol(found.leads or found).parameters if found is not None else ()
    offered = meanings.ROLE_FUNCTIONS.get(name)
    if offered is not None and (found is None or found.kind == "role function"):
        return Called(name, taken, offered.says) if taken else _meant(name, offered)
    return _of_symbol(found) if found is not None else None


def _of_family(owner: Sequence[str], name: str, files: Mapping[str, Named]) -> Called | None:
    found = meaning(files, [*owner, name]).family
    d = found[0].declaration if found is not None else None
    if not isinstance(d, ast.FamilyDecl):
        return None
    taken = [Parameter("", "source", "A folder, a hub name, `tiny(seed = 0)`, or a role of another program.")]
    params = [_parameter(m) for m in d.members if isinstance(m, ast.Param)]
    return Called(name, (*taken, *params, *_files(d, {p.name for p in params})), "\n".join(d.doc))


def _files(d: ast.FamilyDecl, params: Collection[str]) -> Iterator[Parameter]:
    """The files that a role lays over its source: for the network, or for a component by its name."""
    declared = (m for m in d.members if isinstance(m, ast.ComponentDecl) and is_model(m.cls))
    components = [m.name.id for m in declared if all(e.name != "skip" for e in m.entries)]
    for name in (WEIGHTS, *components):
        if name not in params:
            says = meanings.LAID_OVER if name == WEIGHTS else meanings.LAID_OVER_COMPONENT.format(name)
            yield Parameter(name, f'{name} = "FILE.safetensors"', says, path=True)


def _of_symbol(symbol: Symbol) -> Called:
    taken = tuple(_parameter(s.node) for s in parameters(symbol).values() if isinstance(s.node, ast.Param))
    return Called(symbol.name, taken, "\n".join(symbol.doc))


def _parameter(p: ast.Param) -> Parameter:
    return Parameter(p.name.id, flat(p.span.text.removeprefix("param ")), "\n".join(p.doc))


def _written(c: Cursor, local: Local) -> Called | None:
    """A graph or stage of the declaration that is being written."""
    for i, token in enumerate(c.piece[:-1]):
        if token.text != local.kind or c.piece[i + 1].text != local.name:
            continue
        start = next((k for k in range(i, len(c.piece)) if c.piece[k].kind == "LPAR"), None)
        if start is None or c.piece[start].partner < 0:
            return None
        taken: list[Parameter] = []
        first = start + 1
        end = c.piece[start].partner
        for k in range(first, end + 1):
            if k == end or (c.piece[k].kind == "COMMA" and c.piece[k].depth == c.piece[start].depth + 1):
                if k > first:
                    text = flat(c.source.text[c.piece[first].start : c.piece[k - 1].end])
                    taken.append(Parameter(c.piece[first].text, text))
                first = k + 1
        return Called(local.name, tuple(taken))
    return None


def _method(head: Sequence[Token], module: Module, roles: bool) -> Called | None:
    """`use dmd2(`: its roles; `use dmd2(...) {`: its parameters."""
    path: list[str] = []
    for token in head[1:]:
        if token.kind == "NAME":
            path.append(token.text)
        elif token.kind != "DOT":
            break
    definition = meaning(module.names, path).method
    if definition is None:
        return None
    members, taken = method_members(definition)
    says = "\n".join(method_decl(definition).doc)
    if roles:
        return Called(path[-1], tuple(Parameter(n, n) for n in taken), says)
    params = (s.node for s in members.values() if isinstance(s.node, ast.Param))
    return Called(path[-1], tuple(_parameter(p) for p in params), says)


def signature(found: Called) -> lsp.SignatureHelp:
    """The signature, with the parameter whose argument stands at the place."""
    frame = found.frame
    assert frame is not None
    names = [p.name for p in found.parameters]
    active: int | None = frame.count
    if len(frame.entry) > 1 and frame.entry[1].kind == "EQUAL":
        active = names.index(frame.entry[0].text) if frame.entry[0].text in names else None
    elif frame.braces:
        active = None
    if active is not None and active >= len(names):
        active = len(names) - 1 if names and found.parameters[-1].text == "..." else None
    opening, closing = (" { ", " }") if frame.braces else ("(", ")")
    label = found.name + opening
    spans: list[tuple[int, int]] = []
    for i, p in enumerate(found.parameters):
        label += ", " if i else ""
        spans.append((len(label), len(label) + len(p.text)))
        label += p.text
    label += closing
    return lsp.SignatureHelp(
        signatures=[
            lsp.SignatureInformation(
                label,
                documentation=_markdown(found.says),
                parameters=[
                    lsp.ParameterInformation(_units(label, span), _markdown(p.says))
                    for span, p in zip(spans, found.parameters)
                ],
            )
        ],
        active_signature=0,
        active_parameter=active,
    )


def _units(label: str, span: tuple[int, int]) -> tuple[int, int]:
    """Offsets in UTF-16 code units, which labels are counted in whatever the text is."""
    start, end = (len(label[:i].encode("utf-16-le")) // 2 for i in span)
    return start, end


def _markdown(text: str) -> lsp.MarkupContent | None:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text) if text else None
