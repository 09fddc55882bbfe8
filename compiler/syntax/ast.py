"""The syntax tree: frozen records, each with its span. Equality ignores spans, so two texts can be compared."""

from __future__ import annotations

from fractions import Fraction

from ..base.frozen import field, struct
from ..base.source import Source, Span


@struct
class Node:
    span: Span = field(compare=False, repr=False)


# expressions


@struct
class Name(Node):
    id: str


@struct
class Number(Node):
    """A literal; `value` is exact (1e-4 is the fraction 1/10000)."""

    value: int | Fraction
    is_float: bool


@struct
class String(Node):
    value: str


@struct
class Bool(Node):
    value: bool


@struct
class ListExpr(Node):
    items: tuple[Expr, ...]


@struct
class TupleExpr(Node):
    items: tuple[Expr, ...]


@struct
class MapExpr(Node):
    """`{ text_embeds = c.pooled }`"""

    entries: tuple[Entry, ...]


@struct
class Attr(Node):
    base: Expr
    name: str
    name_span: Span = field(compare=False, repr=False)


@struct
class Arg(Node):
    name: str | None
    value: Expr


@struct
class Call(Node):
    func: Expr
    args: tuple[Arg, ...]


@struct
class Index(Node):
    """`steps[i]`, `noise[student]`"""

    base: Expr
    index: Expr


@struct
class Unary(Node):
    op: str  # "-" or "not"
    operand: Expr


@struct
class Binary(Node):
    """`op` is one of + - * / // % ** == != < <= > >= and or"""

    op: str
    left: Expr
    right: Expr


@struct
class Range(Node):
    """`low .. high`, high excluded"""

    low: Expr
    high: Expr


@struct
class As(Node):
    """`expr as clean[S]`"""

    value: Expr
    type: AnyType


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


@struct
class DimExpr(Node):
    """One entry between the brackets of a type: a dim, maybe with its axis named (`t = (F - 1)/4 + 1`)."""

    axis: str | None
    value: Expr


@struct
class TypeExpr(Node):
    """`bf16[b, 512, 4096]`, `clean[wan21]`, `str`, `text`, `wan.text` (name "wan.text")."""

    name: str
    dims: tuple[DimExpr, ...]


@struct
class ListType(Node):
    item: AnyType


@struct
class TupleType(Node):
    items: tuple[AnyType, ...]


AnyType = TypeExpr | ListType | TupleType


# statements


@struct
class Bind(Node):
    """`a = expr` or `(a, b) = expr`"""

    targets: tuple[Name, ...]
    value: Expr


@struct
class Draw(Node):
    """`x ~ noise[student] per chunk(3)`: scope "chunk", scope_arg 3"""

    target: Name
    distribution: Expr
    scope: str | None
    scope_arg: Expr | None


@struct
class For(Node):
    targets: tuple[Name, ...]
    iterable: Expr
    body: tuple[Statement, ...]


@struct
class Loss(Node):
    name: Name
    value: Expr


@struct
class Return(Node):
    value: Expr


@struct
class Assert(Node):
    condition: Expr
    why: str | None


@struct
class Reveal(Node):
    value: Expr


Statement = Bind | Draw | For | Loss | Return | Assert | Reveal


# declarations


@struct
class Entry(Node):
    """`lr = 2e-6`, `transformer.config = {...}` or the bare flag `trainable` (value None)."""

    path: tuple[str, ...]
    value: Expr | None
    doc: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        return ".".join(self.path)


@struct
class Import(Node):
    """`import wan`, `import wan { wan21 }`, `import "./mine.fdl" as mine`"""

    target: str
    is_path: bool
    alias: str | None
    names: tuple[Name, ...]


@struct
class SizesDecl(Node):
    entries: tuple[Entry, ...]


@struct
class ComponentDecl(Node):
    name: Name
    cls: str  # "diffusers.AutoencoderKLWan"
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class SpaceDecl(Node):
    """`type` for a tensor space with its codec, `factors` for a product `video * audio`."""

    name: Name
    type: TypeExpr | None
    factors: tuple[Name, ...]
    codec: Name | None
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class ProcessDecl(Node):
    """`lets` are helpers (`let r = ...`) in the order written."""

    name: Name
    entries: tuple[Entry, ...]
    lets: tuple[Bind, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class FieldDecl(Node):
    """A record's or a data set's field with its options, `{ pad = zero }`."""

    name: Name
    type: AnyType
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class RecordDecl(Node):
    name: Name
    fields: tuple[FieldDecl, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class Param(Node):
    """A parameter of a graph or stage, or a `param` declaration."""

    name: Name
    type: AnyType | None
    default: Expr | None
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class ByComponent(Node):
    """`by transformer(hidden_states = x)`: component "transformer", method None; `by vae.encode(x = v)`: "encode"."""

    component: Name
    method: str | None
    args: tuple[Arg, ...]


@struct
class ByPython(Node):
    function: Name


@struct
class StageDecl(Node):
    name: Name
    kind: Name
    params: tuple[Param, ...]
    result: AnyType
    by: ByComponent | ByPython
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class GraphDecl(Node):
    name: Name
    params: tuple[Param, ...]
    body: tuple[Statement, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class VariantDecl(Node):
    name: Name
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class FamilyDecl(Node):
    name: Name
    members: tuple[FamilyMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class StateDecl(Node):
    name: Name
    value: Expr
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class UpdateDecl(Node):
    roles: tuple[Name, ...]
    every: Expr | None
    body: tuple[Statement, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class MethodDecl(Node):
    name: Name
    roles: tuple[Name, ...]
    parent: Expr | None  # Name or Attr: `from dmd2`
    members: tuple[MethodMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class RoleDecl(Node):
    name: Name
    source: Expr  # the call `wan.t2v_1_3b("...")`
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class DataDecl(Node):
    name: Name
    source: Expr
    fields: tuple[FieldDecl, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class UseDecl(Node):
    """`use dmd2(student, teacher, critic) { scale = 4.5 }`"""

    method: Expr  # Name or Attr
    roles: tuple[Arg, ...]
    entries: tuple[Entry, ...]


@struct
class OptimizeDecl(Node):
    role: Name
    optimizer: Expr


@struct
class SettingsDecl(Node):
    """`train { ... }`, `validate every 200 { ... }`, `mesh { ... }`; `kind` is the block's word."""

    kind: Name
    every: Expr | None
    entries: tuple[Entry, ...]


@struct
class TrackDecl(Node):
    tracker: Name
    entries: tuple[Entry, ...]


@struct
class ProduceDecl(Node):
    name: Name
    value: Expr
    target: Expr
    entries: tuple[Entry, ...]


@struct
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


@struct
class Comment(Node):
    """An ordinary comment (`#`) or a doc comment (`##`), its text with the marks."""

    text: str


@struct
class File:
    """One parsed file: what could be parsed, in order, with every comment."""

    source: Source = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(compare=False)
    words: int = field(default=0, compare=False)
    """How many words, numbers and signs it holds: its size."""
