"""Where an expression stands: names, graphs and roles in reach, and the way that led there."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.frozen import field, mutable, replace, struct
from ...base.source import Span
from ...program.values import Value
from ...syntax import ast
from ...types.time_names import TimeNames
from .family_model import FamilyModel
from .lexical_scope import Binding, LexicalScope, time_names
from .role_binding import RoleBinding
from .term import Term


@mutable
class Shared:
    """Method-level names, each computed at most once: on first use."""

    statements: Mapping[str, ast.Bind | ast.Draw]
    terms: dict[str, Term] = field(default_factory=dict)
    order: list[tuple[str, Value]] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)


@struct(eq=False)
class Context:
    """Where an expression stands: its names, the graphs and roles in reach, and the way that led here."""

    scope: LexicalScope
    graphs: Mapping[str, ast.GraphDecl]
    roles: Mapping[str, RoleBinding]
    site: tuple[str, ...] = ()
    trace: tuple[Span, ...] = ()
    family: RoleBinding | None = None  # inside a family's own graphs: the role that it serves
    shared: Shared | None = None
    loops: tuple[Term, ...] = ()  # the round's number of each loop around, outermost first
    knows_families: bool = False  # a program may call its families' own stages; a method knows no family
    implied_batch: bool = False  # `student.sample(steps = 3)` in `validate` means the validation batch
    home: Context | None = None  # the method's or family's outermost frame, where graphs are expanded

    @property
    def base(self) -> Context:
        return self.home or self

    @property
    def times(self) -> TimeNames:
        """The user's names of the times in scope, for messages."""
        return time_names(self.scope)


def family_context(role: RoleBinding, context: Context) -> Context:
    """Where a family's graphs are expanded for a role: its own names, nothing of the caller's."""
    assert isinstance(role.model, FamilyModel)
    scope = LexicalScope({n: Binding(t, None) for n, t in role.params.items()}, fixed=True)
    return replace(
        context,
        scope=scope,
        graphs=role.model.graphs,
        roles={},
        family=role,
        shared=None,
        home=None,
        knows_families=False,
    )
