"""What may follow a dot: functions of a role, fields, parts of times, variants of a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ....grammar import meanings
from ...base.frozen import struct
from ...base.source import Source
from ...check.families.variants import OF_PROCESS
from ...modules.imports import Namespace
from ...modules.names.lookup import meaning
from ...modules.names.members import family_members, of_definition
from ...syntax import ast
from ...syntax.lexer import CLOSERS, Token
from ...types.types import Batch, Latent, Level, Record, RoleType, TimeType, Type
from ..cursor import chain_before
from ..features.symbol_text import flat
from .request import Kind, Request

MAX_WRITTEN = 80
"""Characters of an expression that is looked for in the text as it last was."""
MARKS = {"RPAR": ")", "RSQB": "]"}


@struct
class BeforeDot:
    """The expression before the dot. `names` are those in it; `path` is it, where it is names and dots only."""

    chain: list[Token]
    names: list[str]
    path: list[str]

    @property
    def name(self) -> str:
        """A single name, else empty."""
        return self.path[0] if len(self.path) == 1 else ""


When = Callable[[Request, BeforeDot], bool]
Offer = Callable[[Request, BeforeDot], None]


def after_dot(r: Request) -> None:
    chain = chain_before(r.c.before[:-1])
    names = [t.text for t in chain if t.kind == "NAME"]
    before = BeforeDot(chain, names, names if len(names) * 2 - 1 == len(chain) else [])
    next(offer for when, offer in PLACES if when(r, before))(r, before)


# where the dot stands


def _begins(r: Request, *words: str) -> bool:
    return bool(r.entry) and r.entry[0] in words


def _in_source(r: Request, before: BeforeDot) -> bool:
    """`role r = wan(distil.|`"""
    return bool(before.path) and _begins(r, "role") and not r.c.inner.braces and r.c.path == ["program"]


def _in_role(r: Request, before: BeforeDot) -> bool:
    return bool(before.path) and _begins(r, "role")


def _in_use(r: Request, before: BeforeDot) -> bool:
    """`use mine.|`, `method m(a) from mine.|`"""
    return bool(before.path) and (_begins(r, "use") or (_begins(r, "method") and "from" in r.entry))


def _in_variant(word: str) -> When:
    return lambda r, before: r.c.path[-1:] == ["variant"] and _begins(r, word)


def _component(r: Request, before: BeforeDot) -> bool:
    return any(n.name == before.name for n in r.reach.of("component"))


def _made_by_component(r: Request, before: BeforeDot) -> bool:
    return "by" in r.entry and _component(r, before)


def _role_in_data(r: Request, before: BeforeDot) -> bool:
    return before.name in r.reach.roles and r.c.path[-1:] == ["data"]


def _role(r: Request, before: BeforeDot) -> bool:
    return before.name in r.reach.roles


def _file(r: Request, before: BeforeDot) -> bool:
    first = before.path[0] if before.path else ""
    return isinstance(r.files.get(first), Namespace) and first not in r.reach.names


# what is offered there


def _files_of(families: bool) -> Offer:
    return lambda r, before: _members_of_file(r, before.path, families)


def _of_process(r: Request, before: BeforeDot) -> None:
    for name in OF_PROCESS:
        says = meanings.setting("process", name)
        r.items.add(name, Kind.Property, 1, says=says, write="grid(n) = " if name == "grid" else f"{name} = ")


def _methods_of_component(r: Request, before: BeforeDot) -> None:
    for name in ("encode", "decode"):
        r.items.add(name, Kind.Method, 1, f"{before.name}.{name}(...)", write=f"{name}(")


def _facts_of_component(r: Request, before: BeforeDot) -> None:
    r.items.add("config", Kind.Property, 1, "facts that a checkpoint's config must satisfy")


def _records(r: Request, before: BeforeDot) -> None:
    family = r.members_of(before.name)
    for symbol in family_members(family).values() if family is not None else ():
        if symbol.kind == "record":
            r.items.symbol(symbol, 1)


def _parts_of_expression(r: Request, before: BeforeDot) -> None:
    if before.name == "batch":
        _batch_fields(r)
    role = next((n for n in before.names if n in r.reach.roles), None)
    for type_ in _types_of(r, before.chain):
        _parts(r, type_, role)


def _members_of_file(r: Request, names: list[str], families: bool) -> None:
    """What follows `wan.` or `mine.`: variants of a family, and the declarations of a file."""
    found = r.files.get(names[0]) if names else None
    if isinstance(found, Namespace) and len(names) == 1:
        wanted = ast.FamilyDecl if families else ast.MethodDecl
        default = found.default.key if found.default is not None else ""
        for d in found.module.own():
            if isinstance(d.declaration, wanted) and d.key != default:
                r.items.symbol(of_definition(d))
    family = meaning(r.files, names).family if families else None
    if family is not None and isinstance(family[0].declaration, ast.FamilyDecl):
        for symbol in family_members(family[0].declaration).values():
            if symbol.kind == "variant":
                r.items.symbol(symbol, 1)


def _roles_of_program(r: Request, names: list[str]) -> None:
    """What `distil.` may be as a source of weights: the roles that the program trains."""
    program = meaning(r.files, names).program
    d = program.declaration if program is not None else None
    for m in d.members if isinstance(d, ast.ProgramDecl) else ():
        if isinstance(m, ast.RoleDecl) and any(e.name == "train" for e in m.entries):
            r.items.add(m.name.id, Kind.Variable, 1, flat(m.source.span.text))


def _role_functions(r: Request, role: str | None) -> None:
    """What every role offers, and where a program binds it, what its family does besides."""
    for name, m in meanings.ROLE_FUNCTIONS.items():
        r.items.add(name, Kind.Method, 1, m.form, m.says)
    family = r.members_of(role) if role is not None else None
    for symbol in family_members(family).values() if family is not None else ():
        if symbol.kind in ("graph", "stage"):
            r.items.symbol(symbol)


def _batch_fields(r: Request) -> None:
    """Fields that open programs give, that are declared here, or that the file reads elsewhere."""
    for section, _ in r.workspace.sections(r.view):
        for n in section.notes.about:
            if isinstance(n.term.type, Batch):
                _parts(r, n.term.type, None)
    piece = r.c.piece
    for i, token in enumerate(piece[:-1]):
        in_data = next(
            (t.text for t in reversed(piece[:i]) if t.depth == 1 and t.text in ("data", "record")), ""
        )
        if token.depth == 2 and token.kind == "NAME" and piece[i + 1].kind == "COLON" and in_data == "data":
            r.items.add(token.text, Kind.Field, 1)
    tokens = r.view.lexed.tokens
    for a, b, name in zip(tokens, tokens[1:], tokens[2:]):
        if a.text == "batch" and b.kind == "DOT" and name.kind == "NAME" and name.start != r.c.word.start:
            r.items.add(name.text, Kind.Field, 2)


def _parts(r: Request, type_: Type, role: str | None) -> None:
    match type_:
        case Batch(fields=fields):
            for name, t in fields or ():
                r.items.add(name, Kind.Field, 1, str(t))
        case TimeType() | Level():
            r.items.words(meanings.TIME_PARTS, Kind.Field)
        case Record(fields=record):
            for f in record:
                r.items.add(f.name, Kind.Field, 1, str(f.type))
        case Latent(space=space):
            for name, _ in space.factors:
                r.items.add(name, Kind.Field, 1)
            for axis, dim in zip(space.axes, space.dims):
                if axis not in (None, "b"):
                    r.items.add(axis, Kind.Field, 2, f"a dim: {dim}")
        case RoleType():
            _role_functions(r, role)
        case _:
            pass


def _types_of(r: Request, chain: list[Token]) -> Iterator[Type]:
    """What an expression is found to be in the text with a name put in behind the dot; else what it last was."""
    if not chain:
        return
    source, word = r.view.source, r.c.word
    start, end = chain[0].start, chain[-1].end
    closing = "".join(
        MARKS[CLOSERS.get(f.opener.kind, "RPAR")]
        for f in reversed(r.c.frames)
        if f.opener is not None and not f.braces and f.opener.partner < 0
    )
    text = f"{source.text[: word.start]}_x{closing}{source.text[word.end :]}"
    if r.c.piece[-1].end == len(source.text.rstrip()):  # the file ends in the middle of what is being written
        text += "\n" + "}" * sum(
            f.opener is not None and f.opener.partner < 0 for f in r.c.frames if f.braces
        )
    trial = r.workspace.checked(r.view.document, Source(source.path, text, source.file))
    seen = False
    for section in trial.checked.sections:
        for n in section.notes.about:
            if (n.span.start, n.span.end) == (start, end) and n.span.source is trial.source:
                seen = True
                yield n.term.type
    if seen or r.good is None:
        return
    written = flat(source.text[start:end])
    for section in r.good.checked.sections:
        for n in section.notes.about:
            short = n.span.end - n.span.start < MAX_WRITTEN
            if short and n.span.source is r.good.source and n.span.text == written:
                yield n.term.type


PLACES: tuple[tuple[When, Offer], ...] = (
    (_in_source, lambda r, before: _roles_of_program(r, before.path)),
    (_in_role, _files_of(families=True)),
    (_in_use, _files_of(families=False)),
    (_in_variant("sizes"), lambda r, before: r.items.locals(r.reach.of("size"))),
    (_in_variant("process"), _of_process),
    (_made_by_component, _methods_of_component),
    (_component, _facts_of_component),
    (_role_in_data, _records),
    (_role, lambda r, before: _role_functions(r, before.name)),
    (_file, _files_of(families=True)),
    (lambda r, before: True, _parts_of_expression),
)
"""The first row that holds says what may follow."""
