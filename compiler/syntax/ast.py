"""The syntax tree: frozen records, each with its span. Equality ignores spans, so two texts can be compared."""

from __future__ import annotations

from fractions import Fraction

from ..base.frozen import field, struct
from ..base.source import Source, Span


@struct
class Syntax:
    """Anything that stands in the tree."""

    span: Span = field(compare=False, repr=False)


# expressions


@struct
class Name(Syntax):
    id: str


@struct
class Number(Syntax):
    """A literal; `value` is exact (1e-4 is the fraction 1/10000)."""

    value: int | Fraction
    is_float: bool


@struct
class String(Syntax):
    value: str


@struct
class Bool(Syntax):
    value: bool


@struct
class ListExpr(Syntax):
    items: tuple[Expr, ...]


@struct
class Each(Syntax):
    """`[1 - i/n for i in 0 .. n]`"""

    item: Expr
    name: Name
    over: Expr


@struct
class TupleExpr(Syntax):
    items: tuple[Expr, ...]


@struct
class MapExpr(Syntax):
    """`{ text_embeds = c.pooled }`"""

    entries: tuple[Entry, ...]


@struct
class Attr(Syntax):
    base: Expr
    name: str
    name_span: Span = field(compare=False, repr=False)


@struct
class Arg(Syntax):
    name: str | None
    value: Expr


@struct
class Call(Syntax):
    func: Expr
    args: tuple[Arg, ...]


@struct
class Index(Syntax):
    """`steps[i]`, `noise[student]`"""

    base: Expr
    index: Expr


@struct
class SamplesOf(Syntax):
    """`x[samples = 0 .. 4]`: some samples of a batch"""

    base: Expr
    word: Name
    which: Expr


@struct
class Unary(Syntax):
    op: str  # "-" or "not"
    operand: Expr


@struct
class Binary(Syntax):
    """`op` is one of + - * / // % ** == != < <= > >= and or"""

    op: str
    left: Expr
    right: Expr


@struct
class Range(Syntax):
    """`low .. high`, high excluded"""

    low: Expr
    high: Expr


@struct
class As(Syntax):
    """`expr as clean[S]`"""

    value: Expr
    type: AnyType


Expr = (
    Name
    | Number
    | String
    | Bool
    | ListExpr
    | Each
    | TupleExpr
    | MapExpr
    | Attr
    | Call
    | Index
    | SamplesOf
    | Unary
    | Binary
    | Range
    | As
)


# types


@struct
class DimExpr(Syntax):
    """One entry between the brackets of a type: a dim, maybe with its axis named (`t = (F - 1)/4 + 1`), or two times
    (`t to r`)."""

    axis: str | None
    value: Expr
    to: Expr | None = None


@struct
class TypeExpr(Syntax):
    """`bf16[b, 512, 4096]`, `clean[wan21]`, `str`, `text`, `wan.text` (name "wan.text"), `logit(real)` (`of` "real").

    `at` is what a stage says behind a type: frames or samples a second of `pixels` and `wave`, the level of `noisy` latents.
    """

    name: str
    dims: tuple[DimExpr, ...]
    of: str | None = None
    at: Expr | None = None


@struct
class ListType(Syntax):
    item: AnyType


@struct
class TupleType(Syntax):
    items: tuple[AnyType, ...]


AnyType = TypeExpr | ListType | TupleType


# statements


@struct
class Bind(Syntax):
    """`a = expr` or `(a, b) = expr`"""

    targets: tuple[Name, ...]
    value: Expr


@struct
class Draw(Syntax):
    """`x ~ noise[student] per chunk(3)`: scope "chunk", scope_arg 3"""

    target: Name
    distribution: Expr
    scope: str | None
    scope_arg: Expr | None


@struct
class For(Syntax):
    targets: tuple[Name, ...]
    iterable: Expr
    body: tuple[Statement, ...]


@struct
class Loss(Syntax):
    name: Name
    value: Expr


@struct
class Log(Syntax):
    name: Name
    value: Expr


@struct
class Return(Syntax):
    value: Expr


@struct
class Assert(Syntax):
    condition: Expr
    why: str | None


@struct
class Reveal(Syntax):
    value: Expr


@struct
class Allow(Syntax):
    """`allow(moves-away)`: the statement or member that follows may give warnings of these codes. The name of each is
    the code."""

    codes: tuple[Name, ...]


Statement = Bind | Draw | For | Loss | Log | Return | Assert | Reveal | Allow


# declarations


@struct
class Entry(Syntax):
    """`lr = 2e-6`, `transformer.config = {...}` or the bare flag `trainable` (value None).

    `given` is the number that a value is a function of: `n` of `grid(n) = [...]`.
    """

    path: tuple[str, ...]
    value: Expr | None
    doc: tuple[str, ...] = field(default=(), compare=False)
    given: Name | None = None

    @property
    def name(self) -> str:
        return ".".join(self.path)


@struct
class Import(Syntax):
    """`import wan`, `import wan { wan21 }`, `import "./mine.fdl" as mine`"""

    target: str
    is_path: bool
    alias: str | None
    names: tuple[Name, ...]


@struct
class SizesDecl(Syntax):
    entries: tuple[Entry, ...]


@struct
class ComponentDecl(Syntax):
    name: Name
    cls: str  # "diffusers.AutoencoderKLWan"
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class SpaceDecl(Syntax):
    """`type` for a tensor space with its codec, `factors` for a product `video * audio`; with `of` the space of that name
    where the sizes are those of its entries, `video with { H = 2*H }`."""

    name: Name
    type: TypeExpr | None
    factors: tuple[Name, ...]
    codec: Name | None
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)
    of: Name | None = None


@struct
class ProcessDecl(Syntax):
    """`lets` are helpers (`let r = ...`) in the order written."""

    name: Name
    entries: tuple[Entry, ...]
    lets: tuple[Bind, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class FieldDecl(Syntax):
    """A record's or a data set's field with its options, `{ pad = zero }`."""

    name: Name
    type: AnyType
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class RecordDecl(Syntax):
    name: Name
    fields: tuple[FieldDecl, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class Param(Syntax):
    """A parameter of a graph or stage, or a `param` declaration."""

    name: Name
    type: AnyType | None
    default: Expr | None
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class ByComponent(Syntax):
    """`by transformer(hidden_states = x)`: component "transformer", method None; `by vae.encode(x = v)`: "encode".

    `outputs` is the way to the part of the result that is meant: ("hidden_states", -3) of `by net(...).hidden_states[-3]`.
    """

    component: Name
    method: str | None
    args: tuple[Arg, ...]
    outputs: tuple[str | int, ...] = ()


@struct
class ByPython(Syntax):
    function: Name


@struct
class ByStage(Syntax):
    """`by denoise with { isolate_modalities = true }`: as that stage, with other arguments of its component."""

    stage: Name
    entries: tuple[Entry, ...]


@struct
class StageDecl(Syntax):
    name: Name
    kind: Name
    params: tuple[Param, ...]
    result: AnyType
    by: ByComponent | ByPython | ByStage
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class GraphDecl(Syntax):
    name: Name
    params: tuple[Param, ...]
    body: tuple[Statement, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class VariantDecl(Syntax):
    """With `base` what it says is put over what that variant says."""

    name: Name
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)
    base: Name | None = None


@struct
class FamilyDecl(Syntax):
    name: Name
    members: tuple[FamilyMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)

    def lineage(self, variant: str | None) -> tuple[VariantDecl, ...]:
        """A variant behind those that it begins with; of variants that begin with each other, each once."""
        own = {m.name.id: m for m in self.members if isinstance(m, VariantDecl)}
        found: list[VariantDecl] = []
        while variant in own and own[variant] not in found:
            found.insert(0, own[variant])
            base = found[0].base
            variant = base.id if base is not None else None
        return tuple(found)


@struct
class StateDecl(Syntax):
    name: Name
    value: Expr
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class UpdateDecl(Syntax):
    """`update R every N except every M from A until B`."""

    roles: tuple[Name, ...]
    every: Expr | None
    excepted: Expr | None
    start: Expr | None
    end: Expr | None
    body: tuple[Statement, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class MethodDecl(Syntax):
    name: Name
    roles: tuple[Name, ...]
    parent: Expr | None  # Name or Attr: `from dmd2`
    members: tuple[MethodMember, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class RoleDecl(Syntax):
    name: Name
    source: Expr  # the call `wan.t2v_1_3b("...")`
    entries: tuple[Entry, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class DataDecl(Syntax):
    name: Name
    source: Expr
    fields: tuple[FieldDecl, ...]
    doc: tuple[str, ...] = field(default=(), compare=False)


@struct
class UseDecl(Syntax):
    """`use dmd2(student, teacher, critic) { scale = 4.5 }`"""

    method: Expr  # Name or Attr
    roles: tuple[Arg, ...]
    entries: tuple[Entry, ...]


@struct
class OptimizeDecl(Syntax):
    role: Name
    optimizer: Expr


@struct
class SettingsDecl(Syntax):
    """`train { ... }`, `validate every 200 { ... }`, `checkpoint every 30 min { ... }`; `kind` is the block's word,
    `unit` that of a time."""

    kind: Name
    every: Expr | None
    unit: Name | None
    entries: tuple[Entry, ...]


@struct
class TrackDecl(Syntax):
    tracker: Name
    entries: tuple[Entry, ...]


@struct
class ProduceDecl(Syntax):
    name: Name
    value: Expr
    target: Expr
    entries: tuple[Entry, ...]


@struct
class ProgramDecl(Syntax):
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
    | Allow
)
MethodMember = Param | StateDecl | GraphDecl | UpdateDecl | Bind | Draw | Assert | Reveal | Allow
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
    | Allow
)
Declaration = Import | SpaceDecl | ProcessDecl | RecordDecl | FamilyDecl | MethodDecl | ProgramDecl


@struct
class Comment(Syntax):
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
