"""The session of one check: where its diagnostics and notes go, and what its rules find out on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import nearest
from ...base.frozen import field, mutable, struct
from ...base.source import Source, Span
from ...program.family import Family
from ...program.process import Process
from ...program.values import Value
from ...syntax import ast
from ...types.coefficients import Time
from ...types.dims import Dim
from ...types.forms import Form
from ...types.types import Space, Type
from .context import Context
from .latents.form_rules import form_of
from .latents.known_forms import KnownForms
from .lexical_scope import LexicalScope
from .notes import Note, Notes
from .role_binding import RoleBinding
from .term import Term, rename, unknown

MAX_LISTED = 12
"""How many names a help lists; a longer list helps nobody."""


@struct
class Rules:
    """Which function types which node of the syntax tree, by the node's class."""

    expressions: Mapping[type, Callable[[Session, Any, Context], Term]]
    statements: Mapping[type, Callable[[Session, Any, Context], None]]


@mutable
class Numbers:
    """Whole numbers of which only the bounds are known, and the numbering of what has no name of its own."""

    count: int = 0
    bounds: dict[str, tuple[Dim, Dim]] = field(default_factory=dict)
    values: dict[int, tuple[Value, Dim]] = field(default_factory=dict)
    """By identity, the values that are such numbers: of loops, draws and remainders."""
    computed: dict[tuple[str, tuple[Dim, ...]], Dim] = field(default_factory=dict)
    """What is computed from whole numbers by an operator or function: equal results are one number."""

    def next(self) -> int:
        self.count += 1
        return self.count

    def whole(self, name: str, low: Dim, high: Dim) -> Dim:
        """A new whole number that lies in [low, high]."""
        unique = f"{name}#{self.next()}"
        self.bounds[unique] = (low, high)
        return Dim.of(unique)

    def result(self, op: str, of: tuple[Dim, ...], text: str, low: Dim, high: Dim) -> Dim:
        """What an operator or function gives of whole numbers: the same for the same. It lies in [low, high]."""
        known = self.computed.get((op, of))
        if known is None:
            known = self.computed[op, of] = self.whole(text, low, high)
        return known

    def is_whole(self, value: Value, d: Dim) -> Value:
        """The value, which is known to be this dim from now on."""
        self.values[id(value)] = value, d
        return value

    def largest(self, d: Dim) -> int | None:
        """The largest value of a dim over its variables' bounds; None where that is not decided."""
        return self._extreme(d, 1)

    def smallest(self, d: Dim) -> int | None:
        """The smallest value, likewise."""
        return self._extreme(d, 0)

    def _extreme(self, d: Dim, end: int) -> int | None:
        """A variable's own bounds may hold older ones, so that the youngest is put first: of `k - 1 - i` with i below k,
        the smallest is 0."""
        for _ in range(16):
            if d.constant is not None:
                return d.constant
            known = [v for v in d.variables if v in self.bounds]
            if not known:
                return None
            youngest = max(known, key=lambda v: int(v.rpartition("#")[2]))
            holding = [(mono, c) for mono, c in d.terms if youngest in mono]
            falls = all(c < 0 and len(mono) == 1 for mono, c in holding)
            if not falls and any(c < 0 for _, c in holding):
                return None
            d = d.substitute({youngest: self.bounds[youngest][1 - end if falls else end]})
        return None


@mutable
class Reported:
    """What was reported already: a graph is expanded at each of its calls, and a wrong value may be used twice."""

    keys: set[tuple[str, ...]] = field(default_factory=set)
    refused: dict[tuple[int, object], Value] = field(default_factory=dict)

    def first(self, *key: str) -> bool:
        """Whether this is reported for the first time; from now on it was."""
        new = key not in self.keys
        self.keys.add(key)
        return new


@struct
class GridEnds:
    """The level at which a sampling grid begins, and the process whose shift it has; all its levels where they follow from
    more than these. `start` is a time at which it begins instead.

    What begins without one is noise, so that for the checks a grid begins at the top, however near to it its rule comes.
    """

    top: Fraction
    process: Process
    levels: tuple[float, ...] | None = None
    start: Time | None = None


@mutable
class TimeLists:
    """Lists of times by their key, the places where the user chose them, and what loops ask of names that they carry."""

    known: dict[str, Term] = field(default_factory=dict)
    choices: dict[str, Span] = field(default_factory=dict)
    demands: dict[int, list[tuple[str, Time, Space]]] = field(default_factory=dict)
    """By the identity of a carried value: process kind, time and space that a call asked for."""
    grids: dict[str, GridEnds] = field(default_factory=dict)
    """By the keys of grids."""

    def add(self, term: Term) -> None:
        self.known[term.key] = term
        if term.choice is not None:
            self.choices[term.key] = term.choice


@mutable
class Usage:
    """What the warnings about unread names, redundant stops and uncalled graphs are made from."""

    names: dict[Span, tuple[str, bool]] = field(default_factory=dict)
    """Names by the place of their binding, and whether something reads them."""
    stops: dict[Span, bool] = field(default_factory=dict)
    """Whether a `stop` cuts off nothing wherever it is expanded."""
    expanded: set[Span] = field(default_factory=set)
    """Graphs that something calls, by the places of their names."""

    def add(self, scope: LexicalScope) -> None:
        """Remembers which names of a finished body were read; a graph may be expanded many times."""
        for name, binding in scope.names.items():
            if binding.span is not None:
                before = self.names.get(binding.span, (name, False))[1]
                self.names[binding.span] = (name, before or binding.used)


@struct
class WantedField:
    """A field that is read and that no data has: its type as a program writes it, and where it is read."""

    type: str
    span: Span


@mutable
class BatchFields:
    """Where a program declares its data and each field of it."""

    data: Span | None = None
    places: dict[str, Span] = field(default_factory=dict)
    wanted: dict[str, WantedField] = field(default_factory=dict)
    """What is read of a batch in a program without data."""
    raw: set[str] = field(default_factory=set)
    """Fields whose latents are stored as their codec gave them: they are normalised where they are read."""


@mutable
class UpdateState:
    """What the updates of a method or program share."""

    shared: frozenset[str] = frozenset()  # names that are computed once in each step
    states: set[str] = field(default_factory=set)
    body: LexicalScope | None = (
        None  # of the update that is checked now: what it binds to a state's name is carried on
    )
    trained: frozenset[str] = frozenset()  # the roles of the update that is checked now
    updated: frozenset[str] = frozenset()  # the roles of all updates
    use: Span | None = None  # where a program uses the method
    chosen: set[Span] = field(default_factory=set)  # values that the program gives to the method's parameters
    changed: frozenset[Span] = (
        frozenset()
    )  # names of graphs that a method changes of the one that it comes from
    steps: int = 1 << 40  # of the program, where that is known


@struct
class Sampler:
    """The sampler that a method publishes: its graph, where that stands, and the role that it samples. `fits` says whether
    the role's family has what it asks for."""

    graph: ast.GraphDecl
    home: Context
    role: str
    fits: bool = True

    def is_of(self, role: RoleBinding, name: str) -> bool:
        """Whether it takes the place of `role.NAME`."""
        return self.fits and role.average is None and (role.name, name) == (self.role, self.graph.name.id)

    def takes(self, e: ast.Call) -> bool:
        """Whether a call may mean it; one with other arguments means the sampler of the role's family."""
        names = [p.name.id for p in self.graph.params]
        return len(e.args) <= len(names) and all(a.name in (None, *names) for a in e.args)


@mutable
class Differentiated:
    """A call under `jvp`: the names of what is moved, the call's parameters once they are known, and the arguments that are
    moved. A family that is not known has further parameters. `along` is the time that moves with all latents that are
    noisy at it, where the tangents are to be filled in."""

    names: frozenset[str]
    along: Time | None = None
    parameters: tuple[str, ...] | None = None
    bound: dict[str, Term] = field(default_factory=dict)
    open: bool = False


@mutable
class Negative:
    """A text that a family's unconditional side encodes in place of its own, and the values that it is encoded by."""

    text: str
    made: list[Value] = field(default_factory=list)


@mutable
class Session:
    """One program, method or family under check; every rule takes it.

    `default_role` is the role in whose process times are read outside of a family. `complete` is False for a method on
    its own, whose parameters may be open.
    """

    bag: Bag
    rules: Rules
    default_role: RoleBinding | None
    notes: Notes | None = None
    own: Source | None = None  # the file of the program or method that is checked
    complete: bool = True
    families: Mapping[str, Family] = field(default_factory=dict)  # by the names of the roles
    numbers: Numbers = field(default_factory=Numbers)
    laid: dict[object, Term] = field(default_factory=dict)
    """Noise that calls of networks were given beside their latents, by what each call is."""
    sites: dict[str, int] = field(default_factory=dict)  # how often a draw stands at a path
    reported: Reported = field(default_factory=Reported)
    time_lists: TimeLists = field(default_factory=TimeLists)
    usage: Usage = field(default_factory=Usage)
    batch_fields: BatchFields = field(default_factory=BatchFields)
    update: UpdateState = field(default_factory=UpdateState)
    claims: list[Span] = field(default_factory=list)
    differentiated: dict[Span, Differentiated] = field(default_factory=dict)
    """Calls under `jvp` by their places, while they are checked."""
    conditions: dict[int, tuple[Value, str]] = field(default_factory=dict)
    """Records by identity, with the graph of a family that made each."""
    sampler: Sampler | None = None
    negative: Negative | None = None
    latents: KnownForms = field(default_factory=KnownForms)
    told: dict[tuple[str, str, str], tuple[int, Span]] = field(default_factory=dict)
    """Facts of configs that calls of heads tell: by role, component and fact, with the first such call."""

    def error(self, code: str, message: str, span: Span, note: str = "", **more: Any) -> Term:
        """Reports a diagnostic; gives the unknown term that stands for what is wrong."""
        self.bag.error(code, message, span, note, **more)
        return unknown(span)

    def value(
        self,
        op: str,
        args: tuple[Term, ...],
        type: Type,
        span: Span,
        context: Context,
        *attributes: tuple[str, object],
    ) -> Value:
        """A new value, made at `span` by the calls that led to `context`."""
        for a in args:
            if a.coef is not None:
                self.latents.coefficients[id(a.value)] = (a.value, a.coef)
        return Value(op, tuple(a.value for a in args), type, span, dict(attributes), context.trace)

    def form(self, v: Value) -> Form | None:
        """What a latent is made of; None for what is no mix of data and noise."""
        self.latents.families, self.latents.conditions = self.families, self.conditions
        return form_of(self.latents, v)

    def note(self, span: Span, term: Term, context: Context) -> None:
        """Keeps what was found out about a place, where notes are asked for."""
        if self.notes is not None and not self.bag.muted:
            note = Note(span, term, context.scope, self.process_kind(context), context.site)
            self.notes.about.append(note)

    def link(self, name: Span, definition: Span | None) -> None:
        """Notes, for editors, where a name is defined."""
        if self.notes is not None and not self.bag.muted and definition is not None:
            self.notes.uses[name] = definition

    def refused(self, value: Value, wanted: object) -> bool:
        """Whether this value was refused before where the same was wanted; from now on it was."""
        if self.bag.muted:
            return False
        key = (id(value), wanted)
        before = key in self.reported.refused
        self.reported.refused[key] = value  # an id stays valid while its value lives
        return before

    @property
    def default_kind(self) -> str:
        role = self.default_role
        return role.model.process.kind if role is not None and role.model.process is not None else "flow"

    def top(self, kind: str) -> Fraction | None:
        """The level from which on pure noise is noisy in the processes of this kind here; None where that is not known."""
        own = self.default_role
        processes = [f.process for f in self.families.values()]
        if own is not None and own.model.process is not None:
            processes.append(own.model.process)
        return min((p.top for p in processes if p.kind == kind and p.top is not None), default=None)

    def process_kind(self, context: Context) -> str:
        """The kind of the process in which times are read there."""
        own = context.family
        if own is None or own.model.process is None:
            return self.default_kind
        return own.model.process.kind


def unknown_name(
    session: Session, name: str, span: Span, known: list[str], message: str = "", role: str = ""
) -> Term:
    """Reports a name that nothing has; `known` are those that may stand there."""
    near = nearest(name, [k for k in known if not k.startswith("_")])
    return session.error(
        "unknown-name",
        message or f"nothing here is called `{name}`",
        span,
        help=f"did you mean `{near}`?" if near else _listed(known),
        fixes=(rename(span, near),) if near else (),
        role=role,
    )


def _listed(known: list[str]) -> str:
    """The names that might have been meant, where they are few."""
    names = {n for n in known if not n.startswith("_")}
    return f"the names here are {', '.join(sorted(names))}" if 0 < len(names) <= MAX_LISTED else ""
