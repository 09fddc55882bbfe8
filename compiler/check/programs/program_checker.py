"""What is known of a program while it is checked, and what the checks of its parts share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label, respelt
from ...base.frozen import replace
from ...base.source import Span
from ...modules import settings
from ...modules.imports import Definition, Module
from ...program.typed_program import TypedData
from ...program.values import Value
from ...syntax import ast
from ...types.types import Batch
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.method_model import MethodModel
from ..core.notes import Notes
from ..core.role_binding import RoleBinding
from ..core.session import Session
from ..core.term import Binding, Term
from ..expressions import parameters
from .library import Library


class ProgramState:
    """One program under check. Families are built once for each (declaration, variant)."""

    def __init__(
        self,
        definition: Definition,
        bag: Bag,
        library: Library,
        wrong: Collection[str] = (),
        notes: Notes | None = None,
    ) -> None:
        declaration = definition.declaration
        assert isinstance(declaration, ast.ProgramDecl)
        self.d = declaration
        self.of_kind: dict[type, list[ast.ProgramMember]] = {}
        self.module: Module = definition.module
        self.bag = bag
        self.notes = notes
        self.library = library
        self.wrong = wrong
        self.sizes: dict[str, tuple[int, Span]] = {}
        self.bad_sizes: set[str] = set()
        self.sizes_read: set[str] = set()
        self.models: dict[tuple[str, str | None], FamilyModel | None] = {}
        self.roles: dict[str, RoleBinding] = {}
        self.sources: dict[str, tuple[str, object]] = {}
        self.role_settings: dict[str, Mapping[str, object]] = {}
        self.optimizers: dict[str, tuple[str, Mapping[str, object], ast.OptimizeDecl]] = {}
        self.blocks: dict[str, Mapping[str, object]] = {}
        self.needs: list[str] = []
        self.trained: set[str] = set()
        self.data: TypedData | None = None
        self.before = 0  # how many diagnostics there were when this program's check began
        self.own = MethodModel(declaration.name.id, declaration.name.span, ())
        self.session: Session
        self.context: Context
        self.broken = False  # a role or size is missing: what depends on it would only repeat the error

    def members(self, kind: type) -> list:  # type: ignore[type-arg]
        if kind not in self.of_kind:
            self.of_kind[kind] = [m for m in self.d.members if isinstance(m, kind)]
        return self.of_kind[kind]

    def _twice(self, name: str, span: Span, first: Span) -> None:
        self.bag.error(
            "duplicate-name",
            f"`{name}` is given twice",
            span,
            labels=(Label(first, "first given here"),),
            help="keep one of the two",
        )

    def _batch(self) -> Batch:
        declared = self.members(ast.DataDecl)
        if not declared:
            return Batch(())
        if self.data is None:
            return Batch(None)
        return Batch(tuple(self.data.fields.items()))

    def _program_context(self) -> Context:
        """Where expressions of the program itself stand: its own parameters and graphs, and the implied batch."""
        if "batch" not in self.context.scope.names:
            batch = Value("batch", (), self._batch(), self.d.name.span, {}, (), "batch")
            self.context.scope.names["batch"] = Binding(Term(batch), None, used=True)
            self.context = replace(self.context, graphs=self.own.graphs)
            if self.members(ast.UseDecl):
                parameters.fill_params(self.session, replace(self.own, updates={}), {}, self.context)
            else:
                parameters.fill_params(self.session, self.own, {}, self.context)
        return self.context

    def _plain_entries(self, entries: tuple[ast.Entry, ...], context: Context | None) -> dict[str, object]:
        found: dict[str, object] = {}
        seen: dict[str, Span] = {}
        for e in entries:
            if e.name in seen:
                self._twice(e.name, e.span, seen[e.name])
                continue
            seen[e.name] = e.span
            found[e.name] = True if e.value is None else self._plain(e.value, context)
        return found

    def _arguments(
        self, args: Sequence[ast.Arg], order: Sequence[str], context: Context | None
    ) -> tuple[dict[str, object], dict[str, Span]]:
        """Arguments by name, and where each stands; `order` names those that may stand without one."""
        found: dict[str, object] = {}
        places: dict[str, Span] = {}
        for i, a in enumerate(args):
            key = a.name or (order[i] if i < len(order) else f"argument {i + 1}")
            if key in places:
                self._twice(key, a.span, places[key])
                continue
            found[key], places[key] = self._plain(a.value, context), a.span
        return found, places

    def _plain(self, e: ast.Expr, context: Context | None) -> object:
        match e:
            case ast.Number(value=v):
                return v if isinstance(v, int) else float(v)
            case ast.String(value=v) | ast.Bool(value=v):
                return v
            case ast.Name(id=name):
                binding = context.scope.find(name) if context is not None else None
                if binding is not None and isinstance(binding.term.constant, (int, Fraction, str, bool)):
                    binding.used = True
                    known = binding.term.constant
                    return float(known) if isinstance(known, Fraction) else known
                return settings.Word(name)
            case ast.ListExpr(items=items):
                return [self._plain(i, context) for i in items]
            case ast.Unary(op="-", operand=ast.Number(value=v)):
                return -v if isinstance(v, int) else -float(v)
            case ast.Call(func=ast.Name(id=name), args=args):
                values, _ = self._arguments([a for a in args if a.name is not None], (), context)
                return settings.Call(
                    name, tuple(self._plain(a.value, context) for a in args if a.name is None), values
                )
            case _:
                if context is None:
                    return settings.Opaque(e)
                term = evaluate(self.session, e, context)
                if term.unknown:
                    return settings.Faulty()
                c = term.constant
                if isinstance(c, (int, Fraction, str, bool)):
                    return float(c) if isinstance(c, Fraction) else c
                return settings.Opaque(term.value)

    def _problems(
        self, checked: settings.Checked, entries: tuple[ast.Entry, ...], place: Span, what: str
    ) -> None:
        self._report(checked, {e.name: e.span for e in entries}, place, what)

    def _report(self, checked: settings.Checked, places: Mapping[str, Span], place: Span, what: str) -> None:
        codes = {"unknown": "unknown-setting", "bad": "bad-setting", "missing": "missing-argument"}
        for p in checked.problems:
            span = places.get(p.entry) or places.get(p.entry.split(".")[0]) or place
            message = p.message
            if p.kind == "unknown":
                message = f"{what} has no setting `{p.entry}`"
                if span.text.startswith(p.entry):
                    span = Span(span.source, span.start, span.start + len(p.entry))
            help = f"did you mean `{p.suggestion}`?" if p.suggestion else ""
            if not help and p.known:
                help = f"it has {', '.join(p.known)}"
            taken = p.kind == "unknown" and p.suggestion in places
            fixes = () if taken else respelt(p.word, p.suggestion, span, closed=True)
            self.bag.error(codes[p.kind], message, span, help=help, fixes=fixes)
