"""Random FDL: syntax trees over the whole grammar, their tokens, and texts of them in any layout.

`files()` and the strategies beside it draw trees that parse; nothing in them need make sense to the checker.
`tokens(tree)` gives the words that stand for a tree, `layouts(tree)` texts with random white space, optional
commas and comments between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import strategies as st

from fdc.compiler.base.frozen import replace
from fdc.compiler.base.source import Source, Span
from fdc.compiler.syntax import ast as s
from fdc.compiler.syntax.lexer import KEYWORDS

NOWHERE = Span(Source("random.fdl", ""), 0, 0)
PLAIN = (
    *("a", "b", "x0", "eps", "t", "k", "H", "student", "teacher", "batch", "scale", "guide", "mse", "python"),
    *("none", "encoder_hidden_states", "some_name_that_is_longer_than_most_names_are"),
)
SPECIAL = tuple(sorted(KEYWORDS))
LONG = "a_name_" + "too_long_" * 17 + "for_any_line"
WHOLE = st.integers(0, 5000) | st.integers(0, 10**12)
WORDS = st.sampled_from((*PLAIN * 12, *SPECIAL, LONG, LONG))
VALUES = frozenset({"not", "true", "false"})
"""Words that are no names where a value may stand."""
GOING_ON = frozenset({"and", "or", "as", "per"})
"""Words that a comma must part from the entry before."""
STATEMENTS = frozenset({"for", "log", "loss", "return", "reveal", "assert", "allow"})
METHOD_MEMBERS = frozenset({"param", "state", "graph", "update", "reveal", "assert", "allow"})
PROGRAM_MEMBERS = METHOD_MEMBERS | {
    *("sizes", "role", "data", "use", "optimize", "train", "validate", "checkpoint", "mesh", "track"),
    *("produce", "process"),
}
OPERATORS = (
    *("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or"),
    *("+", "-", "*", "/", "+", "*"),
)


# trees


class _Grower:
    """Draws trees. `room` is how many more levels an expression may have."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(0, of - 1)) == of - 1

    def some(self, make: Callable[[], Any], least: int = 0, most: int = 4) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.draw(st.integers(least, most))))

    def any(self, *makes: Callable[[], Any]) -> Any:
        return self.draw(st.sampled_from(makes))()

    def word(self, but: frozenset[str] = frozenset()) -> str:
        word = self.draw(WORDS)
        return word if word not in but else word + "_"

    def name(self, but: frozenset[str] = frozenset()) -> s.Name:
        return s.Name(NOWHERE, self.word(but))

    def plain(self) -> s.Name:
        return s.Name(NOWHERE, self.draw(st.sampled_from(PLAIN)))

    def dotted(self) -> s.Expr:
        value: s.Expr = self.name()
        for _ in range(self.draw(st.integers(0, 2))):
            value = s.Attr(NOWHERE, value, self.word(), NOWHERE)
        return value

    def path(self, but: frozenset[str] = frozenset()) -> tuple[str, ...]:
        return (self.word(but), *self.some(self.word, 0, 1 + self.chance(4)))

    # expressions and types

    def number(self) -> s.Number:
        whole = self.draw(WHOLE)
        power = self.draw(st.none() | st.integers(-9, 9))
        if power is None:
            return s.Number(NOWHERE, whole, False)
        return s.Number(NOWHERE, whole * Fraction(10) ** power, True)

    def string(self) -> s.String:
        plain = st.sampled_from(("", "checkpoints/wan", "a # b", "a prompt, with commas and (brackets"))
        return s.String(NOWHERE, self.draw(plain | st.text(max_size=12) | plain.map(lambda t: t * 6)))

    def truth(self) -> s.Bool:
        return s.Bool(NOWHERE, self.chance(2))

    def expr(self, room: int = 2) -> s.Expr:
        if room <= 0 or self.chance(3):
            return self.leaf()
        less = room - 1

        def inner() -> s.Expr:
            return self.expr(less)

        return self.any(
            *[lambda: s.Call(NOWHERE, self.callee(less), self.some(lambda: self.arg(less)))] * 4,
            *[lambda: s.Binary(NOWHERE, self.draw(st.sampled_from(OPERATORS)), inner(), inner())] * 4,
            lambda: self.chain(less),
            lambda: s.Unary(NOWHERE, self.draw(st.sampled_from(["-", "not"])), inner()),
            lambda: s.Attr(NOWHERE, self.callee(less), self.word(), NOWHERE),
            lambda: s.Index(NOWHERE, self.callee(less), inner()),
            lambda: s.SamplesOf(NOWHERE, self.callee(less), self.name(VALUES), inner()),
            lambda: s.ListExpr(NOWHERE, self.some(inner, 0, 5)),
            lambda: s.ListExpr(NOWHERE, self.some(self.number, 0, 4) * self.draw(st.integers(3, 9))),
            lambda: s.Each(NOWHERE, inner(), self.name(VALUES), inner()),
            lambda: s.TupleExpr(NOWHERE, self.some(inner, 2, 4)),
            lambda: s.MapExpr(NOWHERE, self.entries(less)),
            lambda: s.Range(NOWHERE, inner(), inner()),
            lambda: s.As(NOWHERE, inner(), self.type(less)),
        )

    def leaf(self) -> s.Expr:
        return self.any(*[lambda: self.name(VALUES)] * 5, self.number, self.number, self.string, self.truth)

    def callee(self, room: int) -> s.Expr:
        return self.expr(room) if self.chance(4) else self.any(self.dotted_value)

    def dotted_value(self) -> s.Expr:
        value: s.Expr = self.name(VALUES)
        for _ in range(self.draw(st.integers(0, 2))):
            value = s.Attr(NOWHERE, value, self.word(), NOWHERE)
        return value

    def chain(self, room: int) -> s.Expr:
        """A long sum or product."""
        value = self.expr(room)
        for _ in range(self.draw(st.integers(2, 8))):
            op = self.draw(st.sampled_from(["+", "-", "+", "*"]))
            value = s.Binary(NOWHERE, op, value, self.expr(room))
        return value

    def arg(self, room: int) -> s.Arg:
        return s.Arg(NOWHERE, self.word(VALUES) if self.chance(2) else None, self.expr(room))

    def dim(self, room: int) -> s.DimExpr:
        axis, value = self.word(VALUES) if self.chance(3) else None, self.expr(room - 1)
        return s.DimExpr(NOWHERE, axis, value, self.expr(room - 1) if self.chance(6) else None)

    def type(self, room: int = 2) -> s.AnyType:
        if room > 0 and self.chance(4):
            return s.ListType(NOWHERE, self.type(room - 1))
        if room > 0 and self.chance(5):
            return s.TupleType(NOWHERE, self.some(lambda: self.type(room - 1), 2, 3))
        return self.named_type(room)

    def named_type(self, room: int = 2) -> s.TypeExpr:
        dims = self.some(lambda: self.dim(room), 0, 4) if room >= 0 else ()
        return s.TypeExpr(NOWHERE, ".".join(self.path()), dims)

    # entries, fields, parameters

    def entry(self, room: int, but: frozenset[str] = frozenset()) -> s.Entry:
        value = None if self.chance(6) else self.expr(room)
        given = self.name() if value is not None and self.chance(8) else None
        return s.Entry(NOWHERE, self.path(but), value, given=given)

    def entries(self, room: int = 2, but: frozenset[str] = frozenset()) -> tuple[s.Entry, ...]:
        return self.some(lambda: self.entry(room, but))

    def field(self) -> s.FieldDecl:
        entries = self.entries(1) if self.chance(3) else ()
        return s.FieldDecl(NOWHERE, self.name(), self.type(), entries)

    def param(self) -> s.Param:
        return s.Param(
            NOWHERE,
            self.name(),
            self.type() if self.chance(2) else None,
            self.expr(2) if self.chance(2) else None,
        )

    def argument(self) -> s.Param:
        found = self.param()
        return found if found.type is None else replace(found, type=self.rated(found.type))

    def rated(self, kind: s.AnyType) -> s.AnyType:
        """A type with what a stage says behind it."""
        if not isinstance(kind, s.TypeExpr) or self.chance(2):
            return kind
        return replace(kind, at=self.number() if self.chance(2) else self.name())

    # statements

    def targets(self, but: frozenset[str]) -> tuple[s.Name, ...]:
        return (self.name(but),) if self.chance(2) else self.some(self.name, 2, 3)

    def bind(self, but: frozenset[str]) -> s.Bind:
        return s.Bind(NOWHERE, self.targets(but), self.expr())

    def drawing(self, but: frozenset[str]) -> s.Draw:
        scope = self.word() if self.chance(2) else None
        arg = self.expr(1) if scope is not None and self.chance(2) else None
        return s.Draw(NOWHERE, self.name(but), self.expr(2), scope, arg)

    def assertion(self) -> s.Assert:
        return s.Assert(NOWHERE, self.expr(), self.string().value if self.chance(2) else None)

    def allow(self) -> s.Allow:
        code = lambda: s.Name(NOWHERE, "-".join(self.some(self.word, 1, 3)))  # noqa: E731
        return s.Allow(NOWHERE, self.some(code, 1, 2))

    def statement(self, room: int = 2) -> s.Statement:
        loop = lambda: s.For(NOWHERE, self.targets(frozenset()), self.expr(2), self.body(room - 1))  # noqa: E731
        return self.any(
            *[lambda: self.bind(STATEMENTS)] * 3,
            lambda: self.drawing(STATEMENTS),
            lambda: s.Loss(NOWHERE, self.name(), self.expr()),
            lambda: s.Log(NOWHERE, self.name(), self.expr()),
            lambda: s.Return(NOWHERE, self.expr()),
            self.assertion,
            lambda: s.Reveal(NOWHERE, self.expr()),
            self.allow,
            *([loop] if room > 0 else []),
        )

    def body(self, room: int = 2) -> tuple[s.Statement, ...]:
        return self.some(lambda: self.statement(room), 0, 5 if room == 2 else 2)

    # what families, methods and programs hold

    def sizes(self) -> s.SizesDecl:
        return s.SizesDecl(NOWHERE, self.entries())

    def space(self) -> s.SpaceDecl:
        if self.chance(3):
            if self.chance(3):
                return s.SpaceDecl(NOWHERE, self.plain(), None, (), None, self.entries(), (), self.plain())
            return s.SpaceDecl(NOWHERE, self.plain(), None, self.some(self.plain, 2, 4), None, ())
        codec = self.plain() if self.chance(2) else None
        kind = self.named_type()
        first = self.draw(st.sampled_from(PLAIN))
        kind = s.TypeExpr(NOWHERE, ".".join((first, *kind.name.split(".")[1:])), kind.dims)
        return s.SpaceDecl(NOWHERE, self.plain(), kind, (), codec, self.entries())

    def process(self) -> s.ProcessDecl:
        lets = self.some(lambda: s.Bind(NOWHERE, (self.name(),), self.expr()), 0, 2)
        return s.ProcessDecl(NOWHERE, self.plain(), self.entries(but=frozenset({"let"})), lets)

    def record(self) -> s.RecordDecl:
        return s.RecordDecl(NOWHERE, self.plain(), self.some(self.field))

    def component(self) -> s.ComponentDecl:
        return s.ComponentDecl(NOWHERE, self.name(), ".".join(self.path()), self.entries())

    def stage(self) -> s.StageDecl:
        by: s.ByComponent | s.ByPython | s.ByStage
        if self.chance(3):
            by = s.ByPython(NOWHERE, self.name(VALUES))
        elif self.chance(4):
            by = s.ByStage(NOWHERE, self.name(), self.entries())
        else:
            component, method = self.name(), self.word() if self.chance(2) else None
            if component.id == "python":
                method = method or "call"
            by = s.ByComponent(NOWHERE, component, method, self.some(lambda: self.arg(2)))
        takes = self.some(self.argument)
        return s.StageDecl(NOWHERE, self.name(), self.name(), takes, self.rated(self.type()), by)

    def graph(self) -> s.GraphDecl:
        return s.GraphDecl(NOWHERE, self.name(), self.some(self.param), self.body())

    def update(self) -> s.UpdateDecl:
        when = [self.expr(2) if self.chance(2) else None for _ in range(4)]
        return s.UpdateDecl(NOWHERE, self.some(self.name, 1, 3), *when, self.body())

    def state(self) -> s.StateDecl:
        return s.StateDecl(NOWHERE, self.name(), self.expr())

    def settings(self) -> s.SettingsDecl:
        kind = s.Name(NOWHERE, self.draw(st.sampled_from(["train", "validate", "checkpoint", "mesh"])))
        timed = kind.id == "checkpoint" and self.chance(4)
        unit = s.Name(NOWHERE, self.draw(st.sampled_from(["s", "min", "h"]))) if timed else None
        every = self.number() if timed else self.expr(1) if self.chance(2) else None
        return s.SettingsDecl(NOWHERE, kind, every, unit, self.entries())

    def family_member(self) -> s.FamilyMember:
        return self.any(
            self.sizes,
            self.component,
            self.space,
            self.process,
            self.record,
            self.stage,
            self.stage,
            self.param,
            self.graph,
            lambda: s.VariantDecl(
                NOWHERE, self.name(), self.entries(), (), self.name() if self.chance(3) else None
            ),
            self.allow,
        )

    def method_member(self, but: frozenset[str] = METHOD_MEMBERS) -> s.MethodMember:
        return self.any(
            self.param,
            self.state,
            self.graph,
            self.update,
            lambda: self.bind(but),
            lambda: self.drawing(but),
            self.assertion,
            lambda: s.Reveal(NOWHERE, self.expr()),
            self.allow,
        )

    def program_member(self) -> s.ProgramMember:
        return self.any(
            self.sizes,
            lambda: s.RoleDecl(NOWHERE, self.name(), self.expr(2), self.entries()),
            lambda: s.DataDecl(NOWHERE, self.name(), self.expr(2), self.some(self.field)),
            lambda: s.UseDecl(NOWHERE, self.dotted(), self.some(lambda: self.arg(1)), self.entries()),
            lambda: s.OptimizeDecl(NOWHERE, self.name(), self.expr(2)),
            self.settings,
            lambda: s.TrackDecl(NOWHERE, self.name(), self.entries()),
            lambda: s.ProduceDecl(NOWHERE, self.name(), self.expr(2), self.expr(2), self.entries()),
            self.process,
            lambda: self.method_member(PROGRAM_MEMBERS),
            lambda: self.method_member(PROGRAM_MEMBERS),
        )

    def imported(self) -> s.Import:
        is_path = self.chance(2)
        target = self.string().value if is_path else self.plain().id
        alias = self.plain().id if self.chance(3) else None
        return s.Import(NOWHERE, target, is_path, alias, self.some(self.name) if self.chance(3) else ())

    def method(self) -> s.MethodDecl:
        parent: s.Expr | None = None
        if self.chance(2):
            parent = self.plain()
            parent = s.Attr(NOWHERE, parent, self.plain().id, NOWHERE) if self.chance(2) else parent
        return s.MethodDecl(
            NOWHERE, self.plain(), self.some(self.name), parent, self.some(self.method_member)
        )

    def declaration(self) -> s.Declaration:
        family = lambda: s.FamilyDecl(NOWHERE, self.plain(), self.some(self.family_member, 1))  # noqa: E731
        program = lambda: s.ProgramDecl(NOWHERE, self.plain(), self.some(self.program_member, 1))  # noqa: E731
        few = (self.imported, self.space, self.process, self.record)
        return self.any(*few, *[family] * 5, *[self.method] * 3, *[program] * 5)


@st.composite
def expressions(draw: st.DrawFn, room: int = 4) -> s.Expr:
    return _Grower(draw).expr(room)


@st.composite
def types(draw: st.DrawFn) -> s.AnyType:
    return _Grower(draw).type()


@st.composite
def declarations(draw: st.DrawFn) -> s.Declaration:
    return _Grower(draw).declaration()


@st.composite
def files(draw: st.DrawFn) -> tuple[s.Declaration, ...]:
    """What a file declares."""
    grower = _Grower(draw)
    return grower.some(grower.declaration, 0, 3)


# tokens

MAYBE = ",?"
"""Stands among the tokens where a comma may, once or several times."""
LEVELS = {
    "or": 2,
    "and": 3,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 5),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "//", "%"), 7),
    "**": 9,
}
CAST, RANGE, NOT, SIGN, POSTFIX = 0, 1, 4, 8, 10


def _level(e: s.Expr) -> int:
    match e:
        case s.As():
            return CAST
        case s.Range():
            return RANGE
        case s.Unary(op=op):
            return NOT if op == "not" else SIGN
        case s.Binary(op=op):
            return LEVELS[op]
    return POSTFIX


def spelled(number: s.Number) -> str:
    """A number as it may be written."""
    if not number.is_float:
        return f"{number.value:_}" if number.value >= 10**6 else str(number.value)
    value = Fraction(number.value)
    down = 0
    while value.denominator > 1:
        value, down = value * 10, down + 1
    digits = str(value)
    if down == 0 or down > 4:
        return f"{digits}e{-down}"
    return f"{digits[:-down] or '0'}.{digits.zfill(down)[-down:]}"


def quoted(text: str) -> str:
    def one(c: str) -> str:
        code = ord(c)
        control = code < 32 or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
        return "\\" + c if c in '"\\' else f"\\u{{{code:X}}}" if control else c

    return '"' + "".join(map(one, text)) + '"'


def tokens(node: Any) -> list[str]:
    """The words of a tree, or of several in a row, with `MAYBE` where a comma is optional."""
    if isinstance(node, tuple):
        return [t for n in node for t in tokens(n)]
    return list(_tokens(node))


def _at(level: int, e: s.Expr) -> Iterator[str]:
    """An expression where none looser than `level` may stand."""
    if _level(e) < level:
        yield "("
        yield from _tokens(e)
        yield ")"
    else:
        yield from _tokens(e)


def _listed(parts: Sequence[Any], last: bool = True) -> Iterator[str]:
    for i, part in enumerate(parts):
        if i:
            yield ","
        yield from [part] if isinstance(part, str) else _tokens(part)
    if parts and last:
        yield MAYBE


def _block(parts: Sequence[Any]) -> Iterator[str]:
    yield "{"
    for i, part in enumerate(parts):
        words = [part] if isinstance(part, str) else list(_tokens(part))
        if i and words[0] in GOING_ON:
            yield ","
        elif i:
            yield MAYBE
        yield from words
    if parts:
        yield MAYBE
    yield "}"


def _named(name: str | None, value: s.Expr) -> Iterator[str]:
    if name is not None:
        yield from (name, "=")
    yield from _tokens(value)


def _path(path: str | Sequence[str]) -> Iterator[str]:
    for i, part in enumerate(path.split(".") if isinstance(path, str) else path):
        if i:
            yield "."
        yield part


def _tokens(n: Any) -> Iterator[str]:
    match n:
        # expressions
        case s.Name(id=name):
            yield name
        case s.Number():
            yield spelled(n)
        case s.String(value=text):
            yield quoted(text)
        case s.Bool(value=truth):
            yield "true" if truth else "false"
        case s.ListExpr(items=items):
            yield from ("[", *_listed(items), "]")
        case s.Each(item=item, name=name, over=over):
            yield from ("[", *_tokens(item), "for", name.id, "in", *_tokens(over), "]")
        case s.TupleExpr(items=items):
            yield from ("(", *_listed(items), ")")
        case s.MapExpr(entries=entries):
            yield from _block(entries)
        case s.Attr(base=base, name=name):
            yield from (*_at(POSTFIX, base), ".", name)
        case s.Call(func=func, args=args):
            yield from (*_at(POSTFIX, func), "(", *_listed(args), ")")
        case s.Index(base=base, index=index):
            yield from (*_at(POSTFIX, base), "[", *_tokens(index), "]")
        case s.SamplesOf(base=base, word=word, which=which):
            yield from (*_at(POSTFIX, base), "[", *_named(word.id, which), "]")
        case s.Unary(op=op, operand=operand):
            yield from (op, *_at(NOT if op == "not" else SIGN, operand))
        case s.Binary(op="**", left=left, right=right):
            yield from (*_at(POSTFIX, left), "**", *_at(SIGN, right))
        case s.Binary(op=op, left=left, right=right):
            level = LEVELS[op]
            yield from (*_at(level + (level == LEVELS["<"]), left), op, *_at(level + 1, right))
        case s.Range(low=low, high=high):
            yield from (*_at(RANGE + 1, low), "..", *_at(RANGE + 1, high))
        case s.As(value=value, type=kind):
            yield from (*_at(CAST + 1, value), "as", *_tokens(kind))
        case s.Arg(name=name, value=value):
            yield from _named(name, value)
        case s.DimExpr(axis=name, value=value, to=to):
            yield from _named(name, value)
            if to is not None:
                yield from ("to", *_tokens(to))
        # types
        case s.TypeExpr(name=name, dims=dims, at=at):
            yield from _path(name)
            if dims:
                yield from ("[", *_listed(dims), "]")
            if at is not None:
                yield from ("at", *_tokens(at))
        case s.ListType(item=item):
            yield from ("[", *_tokens(item), "]")
        case s.TupleType(items=items):
            yield from ("(", *_listed(items), ")")
        # statements
        case s.Bind(targets=(only,), value=value):
            yield from (only.id, "=", *_tokens(value))
        case s.Bind(targets=targets, value=value):
            yield from ("(", *_listed(targets), ")", "=", *_tokens(value))
        case s.Draw(target=target, distribution=distribution, scope=scope, scope_arg=arg):
            yield from (target.id, "~", *_tokens(distribution))
            if scope is not None:
                yield from ("per", scope)
            if arg is not None:
                yield from ("(", *_tokens(arg), ")")
        case s.For(targets=targets, iterable=iterable, body=body):
            yield "for"
            yield from (targets[0].id,) if len(targets) == 1 else ("(", *_listed(targets), ")")
            yield from ("in", *_tokens(iterable), *_block(body))
        case s.Loss(name=name, value=value):
            yield from ("loss", name.id, "=", *_tokens(value))
        case s.Log(name=name, value=value):
            yield from ("log", name.id, "=", *_tokens(value))
        case s.Return(value=value):
            yield from ("return", *_tokens(value))
        case s.Reveal(value=value):
            yield from ("reveal", *_tokens(value))
        case s.Allow(codes=codes):
            yield from ("allow", "(", *_listed(codes), ")")
        case s.Assert(condition=condition, why=why):
            yield from ("assert", *_tokens(condition))
            if why is not None:
                yield from (",", quoted(why))
        # entries, fields, parameters
        case s.Entry(path=path, value=value, given=given):
            yield from _path(path)
            if given is not None:
                yield from ("(", given.id, ")")
            if value is not None:
                yield from ("=", *_tokens(value))
        case s.FieldDecl(name=name, type=kind, entries=entries):
            yield from (name.id, ":", *_tokens(kind), *_optional(entries))
        case s.Param(name=name, type=kind, default=default):
            yield name.id
            if kind is not None:
                yield from (":", *_tokens(kind))
            if default is not None:
                yield from ("=", *_tokens(default))
        # declarations
        case _:
            yield from _declared(n)


def _optional(parts: Sequence[Any]) -> Iterator[str]:
    if parts:
        yield from _block(parts)


def _member(n: Any) -> Iterator[str]:
    """A parameter is written with its word where it is a member."""
    if isinstance(n, s.Param):
        yield "param"
    yield from _tokens(n)


def _members(parts: Sequence[Any]) -> Iterator[str]:
    yield "{"
    for i, part in enumerate(parts):
        words = list(_member(part))
        if i:
            yield "," if words[0] in GOING_ON else MAYBE
        yield from words
    if parts:
        yield MAYBE
    yield "}"


def _declared(n: Any) -> Iterator[str]:
    match n:
        case s.Import(target=target, is_path=is_path, alias=alias, names=names):
            yield from ("import", quoted(target) if is_path else target)
            if alias is not None:
                yield from ("as", alias)
            yield from _optional(names)
        case s.SizesDecl(entries=entries):
            yield from ("sizes", *_block(entries))
        case s.ComponentDecl(name=name, cls=cls, entries=entries):
            yield from ("component", name.id, "=", *_path(cls), *_optional(entries))
        case s.SpaceDecl(name=name, of=s.Name() as of, entries=entries):
            yield from ("space", name.id, "=", of.id, "with", *_block(entries))
        case s.SpaceDecl(name=name, type=None, factors=factors):
            yield from ("space", name.id, "=", factors[0].id)
            for factor in factors[1:]:
                yield from ("*", factor.id)
        case s.SpaceDecl(name=name, type=kind, codec=codec, entries=entries):
            yield from ("space", name.id, "=", *_tokens(kind))
            if codec is not None:
                yield from ("from", codec.id)
            yield from _optional(entries)
        case s.ProcessDecl(name=name, entries=entries, lets=lets):
            yield from ("process", name.id, "{")
            for let in lets:
                yield from ("let", *_tokens(let), MAYBE)
            _, *rest = _block(entries)
            if lets and rest[0] in GOING_ON:
                yield ","
            yield from rest
        case s.RecordDecl(name=name, fields=fields):
            yield from ("record", name.id, *_block(fields))
        case s.StageDecl(name=name, kind=kind, params=params, result=result, by=by):
            yield from ("stage", name.id, ":", kind.id, "(", *_listed(params), ")", "->", *_tokens(result))
            if isinstance(by, s.ByPython):
                yield from ("by", "python", "(", by.function.id, MAYBE, ")")
            elif isinstance(by, s.ByStage):
                yield from ("by", by.stage.id, "with", *_block(by.entries))
            else:
                method = () if by.method is None else (".", by.method)
                yield from ("by", by.component.id, *method, "(", *_listed(by.args), ")")
        case s.GraphDecl(name=name, params=params, body=body):
            yield from ("graph", name.id, "(", *_listed(params), ")", *_block(body))
        case s.VariantDecl(name=name, entries=entries, base=base):
            yield from (
                "variant",
                name.id,
                *(("from", base.id) if base is not None else ()),
                *_block(entries),
            )
        case s.FamilyDecl(name=name, members=members):
            yield from ("family", name.id, *_members(members))
        case s.StateDecl(name=name, value=value):
            yield from ("state", name.id, "=", *_tokens(value))
        case s.UpdateDecl(roles=roles, every=every, excepted=excepted, start=start, end=end, body=body):
            yield from ("update", *_listed(roles, last=False))
            whens = (
                (("every",), every),
                (("except", "every"), excepted),
                (("from",), start),
                (("until",), end),
            )
            for words, value in whens:
                if value is not None:
                    yield from (*words, *_tokens(value))
            yield from _block(body)
        case s.MethodDecl(name=name, roles=roles, parent=parent, members=members):
            yield from ("method", name.id, "(", *_listed(roles), ")")
            if parent is not None:
                yield from ("from", *_tokens(parent))
            yield from _members(members)
        case s.RoleDecl(name=name, source=source, entries=entries):
            yield from ("role", name.id, "=", *_tokens(source), *_optional(entries))
        case s.DataDecl(name=name, source=source, fields=fields):
            yield from ("data", name.id, "=", *_tokens(source), *_optional(fields))
        case s.UseDecl(method=method, roles=roles, entries=entries):
            yield from ("use", *_tokens(method), "(", *_listed(roles), ")", *_optional(entries))
        case s.OptimizeDecl(role=role, optimizer=optimizer):
            yield from ("optimize", role.id, "=", *_tokens(optimizer))
        case s.SettingsDecl(kind=kind, every=every, unit=unit, entries=entries):
            yield kind.id
            if every is not None:
                yield from ("every", *_tokens(every), *([unit.id] if unit is not None else []))
            yield from _block(entries)
        case s.TrackDecl(tracker=tracker, entries=entries):
            yield from ("track", tracker.id, *_optional(entries))
        case s.ProduceDecl(name=name, value=value, target=target, entries=entries):
            yield from ("produce", name.id, "=", *_tokens(value), "to", *_tokens(target))
            yield from _optional(entries)
        case s.ProgramDecl(name=name, members=members):
            yield from ("program", name.id, *_members(members))
        case _:
            raise AssertionError(n)


# texts

REMARKS = (
    "# a note",
    "## a doc comment",
    "#",
    "##",
    "# x = 1, } )",
    "## ünïcode — dash",
    "#\ttab",
    "### three",
)
SPACES = (" ", "  ", "\t", "\n", "\n\n", "\r\n", "\n\n\n", "\n  ", "   \n    ")


def _wordlike(c: str) -> bool:
    return c.isalnum() or c == "_"


def laid_out(words: Sequence[str], rng: Random, spaced: float, remarks: float, commas: float) -> str:
    """A text of tokens. The rates are of white space that is not needed, of comments, of optional commas."""
    text = ""
    chosen = [word for word in words if word != MAYBE or rng.random() < commas]
    for word, after in zip([*chosen, ""], [*chosen[1:], "", ""]):
        if word == MAYBE:
            if after in (",", MAYBE):
                continue
            word = ","
        gap = ""
        if text and word and _wordlike(text[-1]) and _wordlike(word[0]):
            gap = rng.choice(SPACES)
        if rng.random() < spaced:
            gap += rng.choice(SPACES)
        while rng.random() < remarks:
            gap += rng.choice(REMARKS) + rng.choice(("", "  ")) + "\n" + rng.choice(("", "", *SPACES))
        text += gap + word
    return text


SEEDS = st.integers(0, 2**32).map(Random)


def layouts(tree: Any) -> st.SearchStrategy[str]:
    """Texts of a tree."""
    words = tokens(tree)
    return st.builds(
        lambda rng, spaced, remarks, commas: laid_out(words, rng, spaced, remarks, commas),
        SEEDS,
        st.sampled_from([0.0, 0.2, 0.6, 1.0]),
        st.sampled_from([0.0, 0.0, 0.02, 0.1, 0.5]),
        st.sampled_from([0.0, 0.5, 1.0]),
    )
