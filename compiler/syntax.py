"""The syntax tree: frozen dataclasses, each with its span. Equality ignores spans, so two texts can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .source import Source, Span


@dataclass(frozen=True)
class Node:
    span: Span = field(compare=False, repr=False)


# expressions


@dataclass(frozen=True)
class Name(Node):
    id: str


@dataclass(frozen=True)
class Number(Node):
    """A literal; `value` is exact (1e-4 is the fraction 1/10000)."""

    value: int | Fraction
    is_float: bool


@dataclass(frozen=True)
class String(Node):
    value: str


@dataclass(frozen=True)
class Bool(Node):
    value: bool


@dataclass(frozen=True)
class ListExpr(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True)
class TupleExpr(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True)
class MapExpr(Node):
    """`{ text_embeds = c.pooled }`"""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Attr(Node):
    base: Expr
    name: str
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Arg(Node):
    name: str | None
    value: Expr


@dataclass(frozen=True)
class Call(Node):
    func: Expr
    args: tuple[Arg, ...]


@dataclass(frozen=True)
class Index(Node):
    """`steps[i]`, `noise[student]`"""

    base: Expr
    index: Expr


@dataclass(frozen=True)
class Unary(Node):
    op: str  # "-" or "not"
    operand: Expr


@dataclass(frozen=True)
class Binary(Node):
    """`op` is one of + - * / // % ** == != < <= > >= and or"""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Range(Node):
    """`low .. high`, high excluded"""

    low: Expr
    high: Expr


@dataclass(frozen=True)
class As(Node):
    """`expr as clean[S]`"""

    value: Expr
    type: TypeExpr


Expr = (
    Name
    | Number
    | String
    | Bool
    | ListExpr
    | TupleExpr
    | MapExpr
    | Attr
    | Call
    | Index
    | Unary
    | Binary
    | Range
    | As
)


# types


@dataclass(frozen=True)
class DimExpr(Node):
    """One entry between the brackets of a type: a dim, maybe with its axis named (`t = (F - 1)/4 + 1`)."""

    axis: str | None
    value: Expr


@dataclass(frozen=True)
class TypeExpr(Node):
    """`bf16[b, 512, 4096]`, `clean[wan21]`, `str`, `text`, `wan.text` (name "wan.text")."""

    name: str
    dims: tuple[DimExpr, ...]


@dataclass(frozen=True)
class ListType(Node):
    item: AnyType


@dataclass(frozen=True)
class TupleType(Node):
    items: tuple[AnyType, ...]


AnyType = TypeExpr | ListType | TupleType


# statements


@dataclass(frozen=True)
class Bind(Node):
    """`a = expr` or `(a, b) = expr`"""

    targets: tuple[Name, ...]
    value: Expr


@dataclass(frozen=True)
class Draw(Node):
    """`x ~ noise[student] per chunk(3)`: scope "chunk", scope_arg 3"""

    target: Name
    distribution: Expr
    scope: str | None
    scope_arg: Expr | None


@dataclass(frozen=True)
class For(Node):
    targets: tuple[Name, ...]
    iterable: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Loss(Node):
    name: Name
    value: Expr


@dataclass(frozen=True)
class Return(Node):
    value: Expr


@dataclass(frozen=True)
class Assert(Node):
    condition: Expr
    why: str | None


@dataclass(frozen=True)
class Reveal(Node):
    value: Expr


Statement = Bind | Draw | For | Loss | Return | Assert | Reveal


# declarations


@dataclass(frozen=True)
class Entry(Node):
    """`lr = 2e-6`, `transformer.config = {...}` or the bare flag `trainable` (value None)."""

    path: tuple[str, ...]
    value: Expr | None
    doc: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Import(Node):
    """`import wan`, `import wan { wan21 }`, `import "./mine.fdl" as mine`"""

    target: str
    is_path: bool
    alias: str | None
    names: tuple[Name, ...]


@dataclass(frozen=True)
class SizesDecl(Node):
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ComponentDecl(Node):
    name: Name
    cls: str  # "diffusers.AutoencoderKLWan"
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class SpaceDecl(Node):
    """`type` for a tensor space with its codec, `factors` for a product `video * audio`."""

    name: Name
    type: TypeExpr | None
    factors: tuple[Name, ...]
    codec: Name | None
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class ProcessDecl(Node):
    """`lets` are helpers (`let r = ...`) in the order written."""

    name: Name
    entries: tuple[Entry, ...]
    lets: tuple[Bind, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class FieldDecl(Node):
    """A record's or a data set's field with its options, `{ pad = zero }`."""

    name: Name
    type: AnyType
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class RecordDecl(Node):
    name: Name
    fields: tuple[FieldDecl, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Param(Node):
    """A parameter of a graph or stage, or a `param` declaration."""

    name: Name
    type: AnyType | None
    default: Expr | None
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class ByComponent(Node):
    """`by transformer(hidden_states = x)`: component "transformer", method None; `by vae.encode(x = v)`: "encode"."""

    component: Name
    method: str | None
    args: tuple[Arg, ...]


@dataclass(frozen=True)
class ByPython(Node):
    function: Name


@dataclass(frozen=True)
class StageDecl(Node):
    name: Name
    kind: Name
    params: tuple[Param, ...]
    result: AnyType
    by: ByComponent | ByPython
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class GraphDecl(Node):
    name: Name
    params: tuple[Param, ...]
    body: tuple[Statement, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class VariantDecl(Node):
    name: Name
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class FamilyDecl(Node):
    name: Name
    members: tuple[FamilyMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class StateDecl(Node):
    name: Name
    value: Expr
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class UpdateDecl(Node):
    roles: tuple[Name, ...]
    every: Expr | None
    body: tuple[Statement, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class MethodDecl(Node):
    name: Name
    roles: tuple[Name, ...]
    parent: Expr | None  # Name or Attr: `from dmd2`
    members: tuple[MethodMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class RoleDecl(Node):
    name: Name
    source: Expr  # the call `wan.t2v_1_3b("...")`
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class DataDecl(Node):
    name: Name
    source: Expr
    fields: tuple[FieldDecl, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class UseDecl(Node):
    """`use dmd2(student, teacher, critic) { scale = 4.5 }`"""

    method: Expr  # Name or Attr
    roles: tuple[Arg, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class OptimizeDecl(Node):
    role: Name
    optimizer: Expr


@dataclass(frozen=True)
class SettingsDecl(Node):
    """`train { ... }`, `validate every 200 { ... }`, `mesh { ... }`; `kind` is the block's word."""

    kind: Name
    every: Expr | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class TrackDecl(Node):
    tracker: Name
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ProduceDecl(Node):
    name: Name
    value: Expr
    target: Expr
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ProgramDecl(Node):
    name: Name
    members: tuple[ProgramMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


FamilyMember = (
    SizesDecl
    | ComponentDecl
    | SpaceDecl
    | ProcessDecl
    | RecordDecl
    | StageDecl
    | Param
    | GraphDecl
    | VariantDecl
)
MethodMember = Param | StateDecl | GraphDecl | UpdateDecl | Bind | Draw | Assert | Reveal
ProgramMember = (
    SizesDecl
    | RoleDecl
    | DataDecl
    | UseDecl
    | OptimizeDecl
    | SettingsDecl
    | TrackDecl
    | ProduceDecl
    | ProcessDecl
    | Param
    | StateDecl
    | GraphDecl
    | UpdateDecl
    | Bind
    | Draw
    | Assert
    | Reveal
)
Declaration = Import | SpaceDecl | ProcessDecl | RecordDecl | FamilyDecl | MethodDecl | ProgramDecl


@dataclass(frozen=True)
class Comment(Node):
    """An ordinary comment (`#`) or a doc comment (`##`), its text with the marks."""

    text: str


@dataclass(frozen=True)
class File:
    """One parsed file: what could be parsed, in order, with every comment."""

    source: Source = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(compare=False)
