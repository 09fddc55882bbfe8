"""Expressions and statements to typed values: graphs are expanded where they are called, with the roles filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from ..base.diagnostic_bag import Bag
from ..base.diagnostics import Fix, Label, nearest
from ..base.frozen import replace
from ..base.source import Span
from ..program.family import Family
from ..program.values import Value
from ..syntax import ast
from ..types.describe import dims_of, shown_constant, told
from ..types.dims import Dim, TooLarge
from ..types.quantity import Time, TooComplex, const
from ..types.time_names import TimeNames
from ..types.types import Latent, Level, RoleType, Scalar, Space, TimeType, Tuple, Type
from .core.context import Frame, Shared
from .core.notes import Note, Notes
from .core.role_binding import RoleBinding
from .core.term import Binding, Scope, Term, rename, seen_at, time_names, unknown
from .expressions import (
    attributes,
    builtins,
    conversions,
    distributions,
    graph_calls,
    operators,
    role_calls,
    sequences,
    stage_calls,
)
from .loops import induction

MAX_LISTED = 12
"""Names that a help lists; more say nothing."""


class Elaborator:
    """Turns syntax into typed values. One per program, method or family that is checked."""

    def __init__(self, bag: Bag, default_role: RoleBinding | None, notes: Notes | None = None) -> None:
        self.bag = bag
        self.notes = notes
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
        self.of_steps: frozenset[str] = frozenset()  # what a method or program computes once a step
        self.next_states: dict[str, Value] = {}  # what an update binds to a state's name is its next value
        self.use_place: Span | None = None
        self.expanded: set[Span] = set()  # graphs that something calls, by the places of their names
        self.updating: frozenset[str] = frozenset()  # the roles of the update that is elaborated
        self.conditions: dict[int, tuple[Value, str]] = {}  # records by the graph that made them
        self.bindings: dict[Span, tuple[str, bool]] = {}
        self.data_place: Span | None = None
        self.field_places: dict[str, Span] = {}
        self.fields_used: set[str] = set()

    # making values

    def value(
        self, op: str, args: tuple[Term, ...], type: Type, span: Span, frame: Frame, **attrs: object
    ) -> Value:
        self.count += 1
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

    def note(self, span: Span, term: Term, frame: Frame) -> None:
        """Keeps what was found out about a place, where somebody asks for it."""
        if self.notes is not None and not self.bag.muted:
            note = Note(span, term, frame.scope, self.kind_in(frame), frame.site)
            self.notes.about.append(note)

    def leads(self, name: Span, definition: Span | None) -> None:
        """Notes, for editors, where a name is defined."""
        if self.notes is not None and not self.bag.muted and definition is not None:
            self.notes.uses[name] = definition

    def condition_of(self, v: Value) -> str | None:
        """Which of a family's graphs made this record: "cond", "uncond", or None where that is not known."""
        if v.op == "published":
            return str(v.attrs["name"])
        made = self.conditions.get(id(v))
        return made[1] if made is not None else None

    def error(self, code: str, message: str, span: Span, note: str = "", **more: object) -> Term:
        self.bag.error(code, message, span, note, **more)  # type: ignore[arg-type]
        return unknown(span)

    # expressions

    def expression(self, e: ast.Expr, frame: Frame) -> Term:
        place = frame.trace[0] if frame.trace else e.span
        self.bag.meter.spend(place)
        try:
            term = self._expression(e, frame)
        except TooComplex:
            return self.error("quantity-mismatch", "this expression is too large to be followed", e.span)
        except TooLarge as x:
            return self.error("dim-mismatch", f"this size is too large: {x}", e.span)
        if isinstance(t := term.type, Latent) and t.quantity is not None:
            self.bag.meter.spend(
                place, t.quantity.size // 4
            )  # whatever is done with it walks its coefficients
        self.note(e.span, term, frame)
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
            self.leads(e.span, found.span)
            return seen_at(found.term, e.span)
        shared = frame.shared
        if shared is not None and e.id in shared.statements:
            return seen_at(self._shared(e, shared, frame), e.span)
        if e.id in frame.roles:
            role = frame.roles[e.id]
            role.used = True
            self.leads(e.span, role.span)
            return Term(Value("role", (), RoleType(e.id), e.span), role=role)
        if e.id in frame.graphs or e.id in builtins.BUILT_IN:
            return self.error(
                "type-mismatch",
                f"`{e.id}` is a function: it is used by calling it",
                e.span,
                help=f"`{e.id}(...)`",
            )
        if e.id in self.of_steps:
            message = f"`{e.id}` is computed once in each training step, and there is none here"
            return self.error("unknown-name", message, e.span, help="make it inside the graph")
        known = [
            *(n for n, _ in frame.scope.bindings()),
            *frame.roles,
            *(shared.statements if shared else ()),
        ]
        return self.unknown_name(e.id, e.span, known)

    def unknown_name(self, name: str, span: Span, known: list[str], what: str = "") -> Term:
        near = nearest(name, [k for k in known if not k.startswith("_")])
        return self.error(
            "unknown-name",
            what or f"nothing here is called `{name}`",
            span,
            help=f"did you mean `{near}`?" if near else _in_reach(known),
            fixes=(rename(span, near),) if near else (),
        )

    def _shared(self, e: ast.Name, shared: Shared, frame: Frame) -> Term:
        term = shared.terms.get(e.id)
        if term is None:
            if e.id in shared.busy:
                return self.error("unknown-name", f"`{e.id}` is defined by itself", e.span)
            if len(shared.busy) >= graph_calls.MAX_DEPTH:
                deep = f"names of the method read each other more than {graph_calls.MAX_DEPTH} deep here"
                return self.error("syntax", deep, e.span)
            shared.busy.add(e.id)
            home = replace(frame.base, scope=Scope({}, frame.base.scope), site=("shared",))
            statement = shared.statements[e.id]
            # it is evaluated once, perhaps while a loop that reads it is only tried out
            muted, self.bag.muted = self.bag.muted, 0
            self.statement(statement, home)
            self.bag.muted = muted
            binding = home.scope.names.get(e.id)
            term = binding.term if binding else unknown(e.span)
            shared.terms[e.id] = term
            shared.order.append((e.id, term.value))
        return term

    def attribute(self, e: ast.Attr, frame: Frame) -> Term:
        base = self.expression(e.base, frame)
        return attributes.attribute(self, base, e, frame)

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
            if step is not e:
                self.note(step.span, term, frame)
        return term

    def claim(self, e: ast.As, frame: Frame) -> Term:
        return conversions.claim(self, e, self.expression(e.value, frame), frame)

    def call(self, e: ast.Call, frame: Frame) -> Term:
        if isinstance(e.func, ast.Attr):
            base = self.expression(e.func.base, frame)
            return role_calls.call(self, base, e, e.func, frame)
        if not isinstance(e.func, ast.Name):
            return self.error("type-mismatch", "this is not a function", e.func.span)
        name = e.func.id
        if name in frame.graphs:
            self.leads(e.func.span, frame.graphs[name].name.span)
            return graph_calls.expand(self, frame.graphs[name], e, frame.base, frame)
        if frame.family is not None and name in getattr(frame.family.model, "stages", {}):
            return stage_calls.stage_call(self, frame.family, name, e, frame)
        if name in builtins.BUILT_IN:
            return builtins.BUILT_IN[name](self, e, frame)
        if frame.scope.find(name) is not None or name in frame.roles:
            return self.error("type-mismatch", f"`{name}` is not a function", e.func.span)
        stages = getattr(frame.family.model, "stages", {}) if frame.family is not None else {}
        return self.unknown_name(name, e.func.span, [*frame.graphs, *stages, *builtins.BUILT_IN])

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
                drawn = distributions.draw(self, s, frame)
                self.note(s.span, drawn, frame)
                self.define(s.target, drawn, frame)
            case ast.For():
                induction.run(self, s, frame)
            case ast.Assert():
                self.check_assert(s, frame)
            case ast.Reveal():
                self.reveal(s, frame)
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
                "type-mismatch",
                f"{len(targets)} names for {have} value{'s' if have != 1 else ''}",
                span,
                told(term.type, self.times(frame), self.kind_in(frame)),
                labels=(Label(targets[0].span.to(targets[-1].span), f"{len(targets)} names"),),
            )
            parts = [unknown(t.span) for t in targets]
        else:
            parts = list(term.items)
        for target, part in zip(targets, parts):
            self.define(target, part, frame)

    def define(self, target: ast.Name, term: Term, frame: Frame) -> None:
        scope = frame.scope
        first = scope.names.get(target.id)
        if first is not None and not first.by_loop:
            self.error(
                "duplicate-name",
                f"`{target.id}` already has a value; names are bound once",
                target.span,
                labels=(Label(first.span, "bound here"),) if first.span else (),
                help="use a new name; only a `for` may rebind a name from outside it",
            )
            return
        outer = scope.fixed_name(target.id)
        if outer is not None and target.id not in self.states:
            self.error(
                "duplicate-name",
                f"`{target.id}` is given from outside, and is not bound anew",
                target.span,
                labels=(Label(outer.span, "declared here"),) if outer.span else (),
                help="use another name",
            )
            scope.names[target.id] = Binding(unknown(target.span), None, used=True)
            return
        if target.id in frame.roles and frame.roles[target.id].named_here:
            self.error("duplicate-name", f"`{target.id}` is a role", target.span, help="use another name")
            return
        scope.names[target.id] = Binding(term.named(target.id), target.span)

    def reveal(self, s: ast.Reveal, frame: Frame) -> None:
        """`reveal expr`: says what the checker knows of it. In a graph that is expanded twice, each finding once."""
        term = self.expression(s.value, frame)
        if self.bag.muted or (term.unknown and self.complete):
            return
        if term.value.op == "unknown" and self.bag.found:
            return  # a mistake in it was told
        said = told(term.type, self.times(frame), self.kind_in(frame))
        dims = dims_of(term.type)
        value = (
            f" = {shown_constant(term.constant)}" if isinstance(term.constant, (int, Fraction, str)) else ""
        )
        made = ("reveal", s.value.span.source.path, str(s.value.span.start), said)
        if made in self.reported:
            return
        self.reported.add(made)
        text = " ".join(s.value.span.text.split())
        shown = f"`{text}`" if len(text) <= 60 else "this"
        facts = [f"its dims are {dims}"] if dims else []
        self.error("reveal", f"{shown} is {said}{value}", s.value.span, said, facts=facts)

    def check_assert(self, s: ast.Assert, frame: Frame) -> None:
        term = self.expression(s.condition, frame)
        if term.constant is False:
            self.error(
                "bad-setting",
                f"required here: {s.why}" if s.why else "this assertion does not hold",
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
                    fixes=builtins.without_stop(span),
                )
        for span, (name, used) in self.bindings.items():
            if not used and not name.startswith("_"):
                self.error(
                    "unused-binding",
                    f"nothing reads `{name}`",
                    span,
                    help="remove it, or begin its name with `_`",
                    fixes=(Fix(f"call it `_{name}`", span, f"_{name}", safe=True),),
                )

    # what several files ask

    def times(self, frame: Frame) -> TimeNames:
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

    def kind_in(self, frame: Frame) -> str:
        """The kind of the process in which times are read there."""
        own = frame.family
        if own is None or own.model.process is None:
            return self.default_kind
        return own.model.process.kind


def _in_reach(known: Iterable[str]) -> str:
    """The names that might have been meant, where they are few."""
    names = {n for n in known if not n.startswith("_")}
    return f"the names here are {', '.join(sorted(names))}" if 0 < len(names) <= MAX_LISTED else ""


_HANDLERS: Mapping[type, Callable[[Elaborator, Any, Frame], Term]] = {
    ast.Number: Elaborator.number,
    ast.String: Elaborator.string,
    ast.Bool: Elaborator.boolean,
    ast.Name: Elaborator.name,
    ast.ListExpr: sequences.list_expr,
    ast.TupleExpr: sequences.tuple_expr,
    ast.Attr: Elaborator.attribute,
    ast.Index: sequences.index,
    ast.Unary: Elaborator.unary,
    ast.Binary: Elaborator.binary,
    ast.Range: sequences.range,
    ast.As: Elaborator.claim,
    ast.Call: Elaborator.call,
}
