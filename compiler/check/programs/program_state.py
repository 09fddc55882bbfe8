"""What is known of a program while it is checked: its own declarations, and what the checks of its parts find out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import field, mutable, replace, struct
from ...base.source import Span
from ...modules.imports import Definition, Module
from ...program.ops import VALUE
from ...program.typed_program import TypedData
from ...program.values import Value
from ...syntax import ast
from ...types.coefficients import const
from ...types.dims import Dim
from ...types.types import Batch, Scalar, Type
from ..core.context import Context
from ..core.family_model import FamilyModel
from ..core.lexical_scope import Binding, LexicalScope
from ..core.method_model import MethodModel
from ..core.notes import Notes
from ..core.role_binding import RoleBinding
from ..core.session import Session
from ..core.term import Term, unknown
from ..elaborator import new_session
from ..expressions.calls import parameters
from .library import Library

if TYPE_CHECKING:
    from ...contracts.data_sets.dataset_manifest import Manifest


@struct
class BucketSizes:
    """Sizes that differ from the program's own, each with its place; `span` is where the bucket is asked for."""

    sizes: Mapping[str, tuple[int, Span]]
    span: Span
    made: bool = False
    """The checker chose them: where the program does not accept them, there is no such bucket."""


@mutable
class ProgramState:
    """One program under check.

    `wrong` are the keys of methods with errors of their own. `context` is where the program's own expressions stand.
    """

    declaration: ast.ProgramDecl
    module: Module
    library: Library
    wrong: Collection[str]
    bag: Bag
    session: Session
    context: Context
    own: MethodModel
    """What the program declares as a method would: parameters, graphs, updates."""
    outer: LexicalScope
    """The program's sizes, as its own expressions read them."""
    found_before: int
    """How many diagnostics there were when this program's check began."""
    roles: dict[str, RoleBinding]
    given: Mapping[str, tuple[int, Span]] = field(default_factory=dict)
    """Sizes in place of the program's own: those of the bucket that it is checked for."""
    buckets: tuple[BucketSizes, ...] = ()
    """Further sizes that the data are asked for in."""
    of_kind: dict[type, list[ast.ProgramMember]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, Span]] = field(default_factory=dict)
    bad_sizes: set[str] = field(default_factory=set)
    """Sizes of which no number is known after an error."""
    stands_in: set[str] = field(default_factory=set)
    """Sizes that a legal number stands in for, after an error."""
    stood_for: dict[int, int] = field(default_factory=dict)
    """The numbers that were refused, with what stands in for each."""
    sizes_read: set[str] = field(default_factory=set)
    models: dict[tuple[object, ...], FamilyModel | None] = field(default_factory=dict)
    """Families by declaration and variant."""
    sources: dict[str, tuple[str, object]] = field(default_factory=dict)
    overlays: dict[str, dict[str, str]] = field(default_factory=dict)
    """Files laid over them, by role and component."""
    role_settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    """Programs that must run before this one."""
    data: TypedData | None = None
    stored: Manifest | None = None
    """Of the data set that is read, where there is one already."""
    trained: set[str] = field(default_factory=set)
    """Roles that an update trains."""
    blocks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    optimizers: dict[str, tuple[str, Mapping[str, Any], ast.OptimizeDecl]] = field(default_factory=dict)
    fields: dict[str, Type] | None = None
    """What the data declares; the type of a field with an error is unknown."""
    lost: dict[str, Span] = field(default_factory=dict)
    """Roles of which nothing is known after an error: what reads them is unknown, and silent."""
    unsure: set[str] = field(default_factory=set)
    """Roles whose `train` is wrong: it is not known whether they are trained."""
    waiting: list[tuple[str, Span, str]] = field(default_factory=list)
    """What does not run yet, where it is asked for, and what to do."""
    broken: bool = False
    """A role or the method is missing: whether something is used or trained cannot be told."""
    unclear: bool = False
    """There are errors in the updates: what nothing uses may be used where they are."""

    def members(self, kind: type) -> list:  # type: ignore[type-arg]
        if kind not in self.of_kind:
            self.of_kind[kind] = [m for m in self.declaration.members if isinstance(m, kind)]
        return self.of_kind[kind]

    @property
    def has_errors(self) -> bool:
        return self.bag.errors_since(self.found_before)


def start(
    definition: Definition,
    library: Library,
    wrong: Collection[str],
    bag: Bag,
    notes: Notes | None,
    given: Mapping[str, tuple[int, Span]],
) -> ProgramState:
    """A program of which nothing is checked yet."""
    d = definition.declaration
    assert isinstance(d, ast.ProgramDecl)
    roles: dict[str, RoleBinding] = {}
    session = new_session(bag, None, notes)
    session.own = d.span.source
    return ProgramState(
        d,
        definition.module,
        library,
        wrong,
        bag,
        session,
        Context(LexicalScope(fixed=True), {}, roles, knows_families=True),
        MethodModel(d.name.id, d.name.span, ()),
        LexicalScope(),
        len(bag.found),
        roles,
        given,
    )


def report_twice(state: ProgramState, name: str, span: Span, first: Span) -> None:
    state.bag.error(
        "duplicate-name",
        f"`{name}` is given twice",
        span,
        labels=(Label(first, "first given here"),),
        help="keep one of the two",
    )


def batch_type(state: ProgramState) -> Batch:
    if not state.members(ast.DataDecl):
        return Batch(())
    return Batch(tuple(state.fields.items())) if state.fields is not None else Batch(None)


def outer_scope(state: ProgramState) -> LexicalScope:
    """What a program's own expressions read beside its members: its sizes, and what is unknown of roles with errors."""
    found = lost_roles(state.lost)
    for name, (number, span) in state.sizes.items():
        value = Value("const", (), Scalar("int"), span, dict([VALUE(number)]), (), name)
        term = Term(value, coef=const(number), dim=Dim.of(number), constant=number, choice=span)
        found.names.setdefault(name, Binding(term, None))
    for name in state.bad_sizes - state.sizes.keys():
        found.names.setdefault(name, Binding(unknown(state.declaration.name.span), None))
    return found


def lost_roles(lost: Mapping[str, Span]) -> LexicalScope:
    """Names of roles of which nothing is known after an error."""
    return LexicalScope({n: Binding(unknown(span), None, used=True) for n, span in lost.items()})


def program_context(state: ProgramState) -> Context:
    """Where expressions of the program itself stand: its own parameters and graphs, and the implied batch."""
    if "batch" not in state.context.scope.names:
        state.context.scope.parent = state.outer = outer_scope(state)
        batch = Value("batch", (), batch_type(state), state.declaration.name.span, {}, (), "batch")
        state.context.scope.names["batch"] = Binding(Term(batch), None, used=True)
        state.context = replace(state.context, graphs=state.own.graphs)
        own = replace(state.own, updates={}) if state.members(ast.UseDecl) else state.own
        parameters.fill_params(state.session, own, {}, state.context)
    return state.context
