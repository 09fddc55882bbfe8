"""Expressions and statements to typed values: graphs are expanded where they are called, with the roles filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .. import syntax as ast
from ..diagnostics import Label, nearest
from ..dims import Dim, TooLarge
from ..quantity import Time, TooComplex, const, level
from ..quantity import unknown as unknown_number
from ..source import Span
from ..typed import Family, Value
from ..types import UNKNOWN, Level, ListOf, RoleType, Scalar, Space, TimeType, Tuple, Type
from . import calls, loops, operators, roles
from .roles import RoleBinding
from .terms import Bag, Binding, Scope, Term, time_names, unknown

MAX_DEPTH = 48
MAX_VALUES = 20_000


class TooLong(Exception):
    """The expanded program is larger than the checker follows. `span` is the outermost call that is expanded."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.span = span

    def report(self, bag: Bag) -> None:
        bag.muted = 0
        bag.error(
            "syntax",
            f"this expands to more than {MAX_VALUES:,} values, which is more than can be followed",
            self.span,
        )


@dataclass(eq=False)
class Shared:
    """Method-level names, each computed at most once: on first use."""

    statements: Mapping[str, ast.Bind | ast.Draw]
    terms: dict[str, Term] = field(default_factory=dict)
    order: list[tuple[str, Value]] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Frame:
    """Where an expression stands: its names, the graphs and roles in reach, and the way that led here."""

    scope: Scope
    graphs: Mapping[str, ast.GraphDecl]
    roles: Mapping[str, RoleBinding]
    site: tuple[str, ...] = ()
    trace: tuple[Span, ...] = ()
    family: RoleBinding | None = None  # inside a family's own graphs: the role that it serves
    shared: Shared | None = None
    loops: tuple[Term, ...] = ()  # the round's number of each loop around, outermost first
    knows_families: bool = False  # a program may call its families' own stages; a method knows no family
    implied_batch: bool = False  # `student.sample(steps = 3)` in `validate` means the validation batch
    home: Frame | None = None  # the method's or family's outermost frame, where graphs are expanded

    @property
    def base(self) -> Frame:
        return self.home or self


class Elaborator:
    """Turns syntax into typed values. One per program, method or family that is checked."""

    def __init__(self, bag: Bag, default_role: RoleBinding | None) -> None:
        self.bag = bag
        self.default_role = default_role
        self.bounds: dict[str, tuple[Dim, Dim]] = {}
        self.sites: dict[str, int] = {}
        self.count = 0
        self.stops: dict[Span, bool] = {}
        self.claims: list[Span] = []
        self.reported: set[tuple[str, ...]] = set()
        self.demands: dict[int, list[tuple[str, Time, Space]]] = {}
        self.lists: dict[str, Term] = {}
        self.list_choices: dict[str, Span] = {}
        self.families: dict[str, Family] = {}
        self.complete = True  # False: a method on its own, whose parameters may be open
        self.states: set[str] = set()
        self.next_states: dict[str, Value] = {}  # what an update binds to a state's name is its next value
        self.use_place: Span | None = None
        self.bindings: dict[Span, tuple[str, bool]] = {}
        self.data_place: Span | None = None
        self.field_places: dict[str, Span] = {}
        self.fields_used: set[str] = set()
        self.reveals: list[tuple[Span, Term]] = []

    # making values

    def value(
        self, op: str, args: tuple[Term, ...], type: Type, span: Span, frame: Frame, **attrs: object
    ) -> Value:
        self.count += 1
        if self.count > MAX_VALUES:
            raise TooLong(frame.trace[0] if frame.trace else span)
        return Value(op, tuple(a.value for a in args), type, span, attrs, frame.trace)

    def fresh(self, name: str, low: Dim, high: Dim) -> Dim:
        """A new whole number, known to lie in [low, high]."""
        self.count += 1
        unique = f"{name}#{self.count}"
        self.bounds[unique] = (low, high)
        return Dim.of(unique)

    def largest(self, d: Dim) -> int | None:
        """The largest value of a dim over its variables' bounds, where that can be told."""
        for _ in range(16):
            if d.constant is not None:
                return d.constant
            env = {v: self.bounds[v][1] for v in d.variables if v in self.bounds}
            if not env or any(c < 0 for mono, c in d.terms if mono):
                return None
            d = d.substitute(env)
        return None

    def site(self, frame: Frame, name: str) -> str:
        path = ".".join((*frame.site, name))
        if self.bag.muted:
            return path
        n = self.sites[path] = self.sites.get(path, 0) + 1
        return path if n == 1 else f"{path}.{n}"

    def error(self, code: str, message: str, span: Span, note: str = "", **more: object) -> Term:
        self.bag.error(code, message, span, note, **more)  # type: ignore[arg-type]
        return unknown(span)

    # expressions

    def expression(self, e: ast.Expr, frame: Frame) -> Term:
        try:
            term = self._expression(e, frame)
        except TooComplex:
            return self.error("quantity-mismatch", "this expression is too large to be followed", e.span)
        except TooLarge as x:
            return self.error("dim-mismatch", f"this size is too large: {x}", e.span)
        return term

    def _expression(self, e: ast.Expr, frame: Frame) -> Term:
        handler = _HANDLERS.get(type(e))
        if handler is None:
            return self.error("type-mismatch", "this cannot stand here", e.span)
        return handler(self, e, frame)

    def number(self, e: ast.Number, frame: Frame) -> Term:
        kind = "float" if e.is_float else "int"
        value = self.value("const", (), Scalar(kind), e.span, frame, value=e.value)
        dim = Dim.of(e.value) if isinstance(e.value, int) else None
        return Term(value, coef=const(e.value), dim=dim, constant=e.value)

    def string(self, e: ast.String, frame: Frame) -> Term:
        return Term(self.value("const", (), Scalar("str"), e.span, frame, value=e.value), constant=e.value)

    def boolean(self, e: ast.Bool, frame: Frame) -> Term:
        return Term(self.value("const", (), Scalar("bool"), e.span, frame, value=e.value), constant=e.value)

    def name(self, e: ast.Name, frame: Frame) -> Term:
        found = frame.scope.find(e.id)
        if found is not None:
            found.used = True
            return _seen_at(found.term, e.span)
        shared = frame.shared
        if shared is not None and e.id in shared.statements:
            return _seen_at(self._shared(e, shared, frame), e.span)
        if e.id in frame.roles:
            role = frame.roles[e.id]
            role.used = True
            return Term(Value("role", (), RoleType(e.id), e.span), role=role)
        if e.id in frame.graphs or e.id in calls.BUILT_IN:
            return self.error(
                "type-mismatch",
                f"`{e.id}` is a function: it is used by calling it",
                e.span,
                help=f"`{e.id}(...)`",
            )
        known = [*frame.scope.all_names(), *frame.roles, *(shared.statements if shared else ())]
        return self.unknown_name(e.id, e.span, known)

    def unknown_name(self, name: str, span: Span, known: list[str], what: str = "") -> Term:
        near = nearest(name, [k for k in known if not k.startswith("_")])
        return self.error(
            "unknown-name",
            what or f"nothing here is called `{name}`",
            span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=(calls.rename(span, near),) if near else (),
        )

    def _shared(self, e: ast.Name, shared: Shared, frame: Frame) -> Term:
        term = shared.terms.get(e.id)
        if term is None:
            if e.id in shared.busy:
                return self.error("unknown-name", f"`{e.id}` is defined by itself", e.span)
            shared.busy.add(e.id)
            home = replace(frame.base, scope=Scope({}, frame.base.scope), site=("shared",))
            statement = shared.statements[e.id]
            self.statement(statement, home)
            binding = home.scope.names.get(e.id)
            term = binding.term if binding else unknown(e.span)
            shared.terms[e.id] = term
            shared.order.append((e.id, term.value))
        return term

    def list_expr(self, e: ast.ListExpr, frame: Frame) -> Term:
        items = tuple(self.expression(i, frame) for i in e.items)
        kinds = [i.type for i in items]
        item: Type = kinds[0] if kinds else UNKNOWN
        for i in items[1:]:
            if not operators.alike(item, i.type) and not i.unknown:
                self.error(
                    "type-mismatch",
                    f"the entries of a list have one type; this is {i.type}, the first is {item}",
                    i.span,
                )
            elif isinstance(i.type, Scalar) and i.type.kind == "float":
                item = i.type
        value = self.value("list", items, ListOf(item, Dim.of(len(items))), e.span, frame)
        levels: tuple[Fraction | None, ...] | None = None
        if items and all(isinstance(i.type, TimeType) for i in items):
            levels = tuple(i.type.time.value if isinstance(i.type, TimeType) else None for i in items)
        return Term(value, items=items, levels=levels, key=f"list:{e.span.source.path}:{e.span.start}")

    def tuple_expr(self, e: ast.TupleExpr, frame: Frame) -> Term:
        items = tuple(self.expression(i, frame) for i in e.items)
        value = self.value("tuple", items, Tuple(tuple(i.type for i in items)), e.span, frame)
        return Term(value, items=items)

    def attribute(self, e: ast.Attr, frame: Frame) -> Term:
        base = self.expression(e.base, frame)
        return roles.attribute(self, base, e, frame)

    def index(self, e: ast.Index, frame: Frame) -> Term:
        if isinstance(e.base, ast.Name) and e.base.id == "noise" and frame.scope.find("noise") is None:
            return calls.noise(self, e, frame)
        base, at = self.expression(e.base, frame), self.expression(e.index, frame)
        if base.unknown or at.unknown:
            return unknown(e.span)
        if not isinstance(base.type, (ListOf, Tuple)):
            return self.error("type-mismatch", f"{base.type} has no entries to index", e.base.span)
        if not isinstance(at.type, Scalar) or at.type.kind != "int":
            return self.error("type-mismatch", f"an index is a whole number, not {at.type}", e.index.span)
        return self.entry(base, at, e.span, frame)

    def entry(self, base: Term, at: Term, span: Span, frame: Frame) -> Term:
        """`base[at]`, refusing what is surely outside."""
        length = Dim.of(len(base.items)) if base.items is not None else None
        if isinstance(base.type, ListOf) and base.type.length is not None:
            length = base.type.length
        if length is not None and at.dim is not None:
            # `for i in 0 .. k` with k below the length: i + 1 still is an entry
            gap = self.largest(at.dim - length)
            top = self.largest(at.dim)
            size = length.constant
            beyond = (gap is not None and gap >= 0) or (top is not None and size is not None and top >= size)
            lowest = at.dim.constant
            if beyond or (lowest is not None and lowest < 0 and size is not None and lowest < -size):
                reach = top if top is not None else at.dim
                return self.error(
                    "dim-mismatch",
                    f"entry {reach} of a list of {length}: the last one is {length - 1}",
                    span,
                    f"reaches entry {reach}",
                    labels=(Label(base.choice, f"the list has {length} entries"),) if base.choice else (),
                )
        number = at.dim.constant if at.dim is not None else None
        if base.items is not None and number is not None:
            return replace(
                _seen_at(base.items[number], span), choice=base.choice or base.items[number].choice
            )
        if isinstance(base.type, Tuple):
            return self.error("type-mismatch", "a tuple is indexed by a number known beforehand", span)
        assert isinstance(base.type, ListOf)
        if isinstance(base.type.item, TimeType):
            axes = at.type.axes if isinstance(at.type, Scalar) else ()
            type_ = TimeType(self.time_entry(base, at.dim, span), axes)
            return Term(self.value("index", (base, at), type_, span, frame), choice=base.choice)
        coef = unknown_number(f"entry {span.start} {at.dim}") if isinstance(base.type.item, Scalar) else None
        return Term(
            self.value("index", (base, at), base.type.item, span, frame), coef=coef, choice=base.choice
        )

    def known_entry(self, time: Time) -> Time | None:
        """The level of an entry whose index has become known; None if there is nothing to tell."""
        base = self.lists.get(time.key)
        if time.kind != "element" or base is None or time.index is None:
            return None
        at = time.index.constant
        if base.levels is not None and at is not None and not 0 <= at < len(base.levels):
            return None
        return self.time_entry(base, time.index, base.span)

    def time_entry(self, base: Term, at: Dim | None, span: Span) -> Time:
        if at is None:
            self.count += 1
            return Time("symbol", f"{base.key}@{span.start}#{self.count}")
        self.lists[base.key] = base
        if base.choice is not None:
            self.list_choices[base.key] = base.choice
        if base.grid_length is not None:
            if at.constant == 0:
                return level(1)
            if at == base.grid_length:
                return level(0)
        if base.levels is not None and at.constant is not None:
            known = base.levels[at.constant]
            if known is not None:
                return level(known)
        return Time("element", base.key, at)

    def unary(self, e: ast.Unary, frame: Frame) -> Term:
        return operators.unary(self, e, self.expression(e.operand, frame), frame)

    def binary(self, e: ast.Binary, frame: Frame) -> Term:
        # a left-leaning chain is walked, so that a long sum needs no deep stack
        chain: list[ast.Binary] = []
        node: ast.Expr = e
        while isinstance(node, ast.Binary):
            chain.append(node)
            node = node.left
        term = self.expression(node, frame)
        for step in reversed(chain):
            term = operators.binary(self, step, term, self.expression(step.right, frame), frame)
        return term

    def range(self, e: ast.Range, frame: Frame) -> Term:
        low, high = self.expression(e.low, frame), self.expression(e.high, frame)
        for end in (low, high):
            if not end.unknown and not (isinstance(end.type, Scalar) and end.type.kind == "int"):
                return self.error(
                    "type-mismatch", f"a range goes over whole numbers, not {end.type}", end.span
                )
        value = self.value("range", (low, high), ListOf(Scalar("int")), e.span, frame)
        return Term(value, items=None, key="range", constant=(low, high))

    def claim(self, e: ast.As, frame: Frame) -> Term:
        return roles.claim(self, e, self.expression(e.value, frame), frame)

    def call(self, e: ast.Call, frame: Frame) -> Term:
        if isinstance(e.func, ast.Attr):
            base = self.expression(e.func.base, frame)
            return roles.call(self, base, e, e.func, frame)
        if not isinstance(e.func, ast.Name):
            return self.error("type-mismatch", "this is not a function", e.func.span)
        name = e.func.id
        if name in frame.graphs:
            return self.expand(frame.graphs[name], e, frame.base, frame)
        if frame.family is not None and name in getattr(frame.family.model, "stages", {}):
            return roles.stage_call(self, frame.family, name, e, frame)
        if name in calls.BUILT_IN:
            return calls.BUILT_IN[name](self, e, frame)
        if frame.scope.find(name) is not None or name in frame.roles:
            return self.error("type-mismatch", f"`{name}` is not a function", e.func.span)
        stages = getattr(frame.family.model, "stages", {}) if frame.family is not None else {}
        return self.unknown_name(name, e.func.span, [*frame.graphs, *stages, *calls.BUILT_IN])

    def expand(self, graph: ast.GraphDecl, e: ast.Call, home: Frame, frame: Frame) -> Term:
        """A call of a graph: its body with the arguments as names."""
        bound = self.arguments(graph.params, e, frame, f"`{graph.name.id}`", home, graph.name.span)
        if bound is None:
            return unknown(e.span)
        if len(frame.trace) >= MAX_DEPTH or any(t == e.span for t in frame.trace):
            return self.error(
                "unknown-name", f"`{graph.name.id}` calls itself; there is no recursion", e.span
            )
        scope = Scope({n: Binding(t, None) for n, t in bound.items()}, home.scope)
        inner = replace(
            home,
            scope=scope,
            site=(*frame.site, graph.name.id),
            trace=(*frame.trace, e.span),
            home=home.base,
        )
        found = self.body(graph.body, inner)
        self.note_uses(scope)
        if found is None:
            return self.error(
                "missing-argument",
                f"graph `{graph.name.id}` returns nothing",
                graph.name.span,
                help="end it with `return expr`",
            )
        return replace(found, place=e.span)

    def arguments(
        self,
        params: tuple[ast.Param, ...],
        e: ast.Call,
        frame: Frame,
        what: str,
        home: Frame,
        declared: Span | None,
    ) -> dict[str, Term] | None:
        """Arguments by parameter name, defaults evaluated where they are declared; None after an error."""
        names = [p.name.id for p in params]
        bound: dict[str, Term] = {}
        fine = True
        for position, arg in enumerate(e.args):
            term = self.expression(arg.value, frame)
            if arg.name is None and position >= len(names):
                takes = f"{len(names)} argument{'s' if len(names) != 1 else ''} ({', '.join(names)})"
                self.error("unknown-parameter", f"{what} takes {takes}, not {len(e.args)}", arg.span)
                fine = False
                continue
            name = arg.name if arg.name is not None else names[position]
            if name not in names:
                near = nearest(name, names)
                self.error(
                    "unknown-parameter",
                    f"{what} has no parameter `{name}`",
                    arg.span,
                    help=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}",
                    labels=(Label(declared, "declared here"),) if declared else (),
                )
                fine = False
            elif name in bound:
                self.error("duplicate-name", f"`{name}` is given twice", arg.span)
                fine = False
            else:
                bound[name] = term
        batch = home.scope.find("batch") or frame.scope.find("batch")
        if frame.implied_batch and names[:1] == ["batch"] and "batch" not in bound and batch is not None:
            bound["batch"] = batch.term
        for p in params:
            if p.name.id not in bound:
                if p.default is None:
                    self.error(
                        "missing-argument",
                        f"{what} needs `{p.name.id}`",
                        e.span,
                        labels=(Label(p.span, "asked for here"),),
                    )
                    fine = False
                else:
                    bound[p.name.id] = self.expression(p.default, home)
        return bound if fine else None

    # statements

    def body(self, statements: tuple[ast.Statement, ...], frame: Frame) -> Term | None:
        """Runs statements; the value of `return`, if there is one."""
        result: Term | None = None
        for s in statements:
            if isinstance(s, ast.Return):
                result = self.expression(s.value, frame)
            else:
                self.statement(s, frame)
        return result

    def statement(self, s: ast.Statement, frame: Frame) -> None:
        match s:
            case ast.Bind():
                self.bind(s.targets, self.expression(s.value, frame), frame, s.value.span)
            case ast.Draw():
                self.define(s.target, calls.draw(self, s, frame), frame)
            case ast.For():
                loops.run(self, s, frame)
            case ast.Assert():
                self.check_assert(s, frame)
            case ast.Reveal():
                self.reveals.append((s.value.span, self.expression(s.value, frame)))
            case ast.Loss():
                self.error("type-mismatch", "a loss stands in an update, not in a graph or a loop", s.span)
            case ast.Return():
                self.error("type-mismatch", "`return` stands at the end of a graph", s.span)

    def bind(self, targets: tuple[ast.Name, ...], term: Term, frame: Frame, span: Span) -> None:
        if len(targets) == 1:
            self.define(targets[0], term, frame)
            return
        if term.unknown:
            parts = [unknown(t.span) for t in targets]
        elif term.items is None or not isinstance(term.type, Tuple) or len(term.items) != len(targets):
            have = len(term.items) if term.items is not None else 1
            self.error(
                "type-mismatch", f"{len(targets)} names for {have} value{'s' if have != 1 else ''}", span
            )
            parts = [unknown(t.span) for t in targets]
        else:
            parts = list(term.items)
        for target, part in zip(targets, parts):
            self.define(target, part, frame)

    def define(self, target: ast.Name, term: Term, frame: Frame) -> None:
        scope = frame.scope
        first = scope.names.get(target.id)
        if first is not None:
            self.error(
                "duplicate-name",
                f"`{target.id}` already has a value; names are bound once",
                target.span,
                labels=(Label(first.span, "bound here"),) if first.span else (),
                help="use a new name; only a `for` may rebind a name from outside it",
            )
            return
        if target.id in frame.roles and frame.roles[target.id].named_here:
            self.error("duplicate-name", f"`{target.id}` is a role", target.span, help="use another name")
            return
        scope.names[target.id] = Binding(term.named(target.id), target.span)

    def check_assert(self, s: ast.Assert, frame: Frame) -> None:
        term = self.expression(s.condition, frame)
        if term.constant is False:
            self.error(
                "bad-setting",
                s.why or "this assertion does not hold",
                s.condition.span,
                "is false",
                facts=operators.facts_of(self, s.condition, frame),
            )
        elif not term.unknown and not (isinstance(term.type, Scalar) and term.type.kind == "bool"):
            self.error("type-mismatch", f"an assertion is true or false, not {term.type}", s.condition.span)

    # names that nothing reads

    def note_uses(self, scope: Scope) -> None:
        """Remembers which names of a finished body were read; a graph may be expanded many times."""
        for name, binding in scope.names.items():
            if binding.span is not None:
                before = self.bindings.get(binding.span, (name, False))[1]
                self.bindings[binding.span] = (name, before or binding.used)

    def lint(self) -> None:
        """Warnings about what was elaborated: names that nothing reads, stops that cut nothing."""
        for span, redundant in self.stops.items():
            if redundant:
                self.error(
                    "redundant-stop",
                    "no gradient would flow here, whatever is trained",
                    span,
                    "cuts nothing",
                    help="leave the `stop(...)` out",
                )
        for span, (name, used) in self.bindings.items():
            if not used and not name.startswith("_"):
                self.error(
                    "unused-binding",
                    f"nothing reads `{name}`",
                    span,
                    help="remove it, or begin its name with `_`",
                )

    # what several files ask

    def times(self, frame: Frame) -> Mapping[str, Time]:
        return time_names(frame.scope)

    def as_time(
        self, term: Term, words: str, frame: Frame, axes: tuple[str, ...] = ("b",)
    ) -> TimeType | None:
        """The time that a term is; a number where a time is due is an error."""
        if term.unknown:
            return None
        if isinstance(term.type, Level):
            found = TimeType(term.type.time, term.type.axes)
        elif isinstance(term.type, TimeType):
            found = term.type
        else:
            is_number = isinstance(term.type, Scalar) and term.type.kind in ("int", "float")
            made = ("not-a-time", term.value.span.source.path, str(term.value.span.start))
            if made in self.reported:
                return None
            self.reported.add(made)
            shown = term.span.text
            self.error(
                "not-a-time",
                f"{words} wants a time, and this is {'a number' if is_number else term.type}",
                term.choice or term.span,
                "a number" if is_number else str(term.type),
                labels=(Label(term.span, "used as a time here"),) if term.choice else (),
                help=f"ticks and noise levels are said to be so: `ticks([{shown}])[0]` or `sigmas([{shown}])[0]`"
                if is_number and len(shown) < 20
                else "",
            )
            return None
        extra = [a for a in found.axes if a not in axes]
        if extra:
            self.error(
                "time-shape",
                f"{words} wants {TimeType(found.time, axes)}, and this is {found}",
                term.span,
                str(found),
                help="draw it without `per frame`, or use a family whose network takes a time per frame",
            )
            return None
        return found

    @property
    def default_kind(self) -> str:
        role = self.default_role
        return role.model.process.kind if role is not None and role.model.process is not None else "flow"


def _seen_at(term: Term, span: Span) -> Term:
    """The same value, read at another place: messages point to where it is used."""
    return replace(term, place=span)


_HANDLERS: Mapping[type, Callable[[Elaborator, Any, Frame], Term]] = {
    ast.Number: Elaborator.number,
    ast.String: Elaborator.string,
    ast.Bool: Elaborator.boolean,
    ast.Name: Elaborator.name,
    ast.ListExpr: Elaborator.list_expr,
    ast.TupleExpr: Elaborator.tuple_expr,
    ast.Attr: Elaborator.attribute,
    ast.Index: Elaborator.index,
    ast.Unary: Elaborator.unary,
    ast.Binary: Elaborator.binary,
    ast.Range: Elaborator.range,
    ast.As: Elaborator.claim,
    ast.Call: Elaborator.call,
}
