"""A program: sizes, roles, data, method and settings, tied together and checked as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace
from ...contracts import dataset_manifest
from ...contracts.dataset_manifest import Manifest
from ...modules import settings
from ...modules.imports import Definition
from ...program.typed_program import Produce, TypedData, TypedProgram
from ...program.values import Value
from ...syntax import ast
from ...syntax.visitor import names_read
from ...types.describe import told
from ...types.dims import Dim, Facts
from ...types.types import UNKNOWN, Scalar, Tensor, Tuple, Type
from ..core.annotations import MEDIA, Annotations
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.method_model import MethodModel
from ..core.notes import Notes
from ..core.role_binding import RoleBinding
from ..core.term import Scope, Term
from ..elaborator import new_session
from ..expressions.graph_calls import check_uncalled
from ..expressions.unused import lint
from . import datasets, methods
from .library import Library
from .method_requirements import discharged
from .roles import RoleChecks
from .settings import SettingChecks

TARGETS = ("shards", "sheet")


class ProgramChecker(RoleChecks, SettingChecks):
    """Checks one program, part by part."""

    stored: Manifest | None = None  # of the data set that is read, where there is one already

    def run(self) -> TypedProgram | None:
        self.before = len(self.bag.found)
        self._sizes()
        self._roles()
        first = next(iter(self.roles.values()), None)
        self.session = new_session(self.bag, first, self.notes)
        self.session.families = {
            n: r.model.typed() for n, r in self.roles.items() if isinstance(r.model, FamilyModel)
        }
        scope = Scope(fixed=True)
        self.context = Context(scope, {}, self.roles, knows_families=True)
        self._data()
        done = self._updates()
        sample = self._settings()
        self._use_of_data(sample)
        produce = self._produce()
        self._optimizers()
        if done is not None:
            self._cadence(done.updates)
        self._unused()
        if done is not None and not self.broken:
            uncalled = [m for m in self.d.members if isinstance(m, ast.GraphDecl)]
            check_uncalled(self.session, uncalled, self._program_context())
        lint(self.session)
        errors = any(d.severity == "error" for d in self.bag.found[self.before :])
        if errors or done is None:
            return None
        return TypedProgram(
            name=self.d.name.id,
            path=self.module.source.path,
            sizes={n: v for n, (v, _) in self.sizes.items()},
            roles={n: self._typed_role(n, r) for n, r in self.roles.items()},
            data=self.data,
            updates=done.updates,
            shared=done.shared,
            states=done.states,
            sample=sample,
            produce=produce,
            settings=self.blocks,
            needs=tuple(dict.fromkeys(self.needs)),
            claims=tuple((s, None) for s in self.session.claims),
            span=self.d.name.span,
        )

    def _data(self) -> None:
        declared = self.members(ast.DataDecl)
        for extra in declared[1:]:
            self._twice("data", extra.name.span, declared[0].name.span)
        if not declared:
            return
        d = declared[0]
        dims: dict[str, Dim | None] = {n: Dim.of(v) for n, (v, _) in self.sizes.items()}
        dims |= dict.fromkeys(self.bad_sizes)
        astray = [r.name.id for r in self.members(ast.RoleDecl) if r.name.id not in self.roles]
        spaces = datasets.spaces_named(self.roles, astray, self.module)
        records = datasets.records_named(self.roles, astray, d.fields)
        annotations = Annotations(dims, Facts(), spaces, records, self.bag)
        source = (
            d.source.func.id if isinstance(d.source, ast.Call) and isinstance(d.source.func, ast.Name) else ""
        )
        fields: dict[str, Type] = {}
        refused = False
        for f in d.fields:
            self.sizes_read |= names_read([f.type]) - self.roles.keys()
            if f.name.id in fields:
                self._twice(f.name.id, f.name.span, self.session.batch_fields.places[f.name.id])
                continue
            resolved = annotations.resolve(f.type)
            type_ = resolved.type if resolved is not None else UNKNOWN
            if source in settings.DATA_SOURCES and resolved is not None:
                fits = datasets.check_field(source, resolved, f.type.span, self.bag)
                type_, refused = (type_, refused) if fits else (UNKNOWN, True)
            if isinstance(type_, Scalar):
                type_ = Scalar(type_.kind, ("b",), "sample")
            fields[f.name.id] = type_
            self.session.batch_fields.places[f.name.id] = f.span
        self.session.batch_fields.data = d.name.span
        if not isinstance(d.source, ast.Call) or not isinstance(d.source.func, ast.Name):
            forms = [f'`{n}("path")`' for n in settings.DATA_SOURCES]
            self.bag.error(
                "type-mismatch", f"data comes from {', '.join(forms[:-1])} or {forms[-1]}", d.source.span
            )
            return
        kind = d.source.func.id
        options, at = self._arguments(d.source.args, ("path",), None)
        if kind not in settings.DATA_SOURCES:
            near = nearest(kind, settings.DATA_SOURCES)
            self.bag.error(
                "unknown-name",
                f"no data source is called `{kind}`",
                d.source.func.span,
                help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.DATA_SOURCES)}",
                fixes=respelt(kind, near, d.source.func.span, closed=True),
            )
            return
        checked = settings.validate(kind, options)
        self._report(checked, at, d.source.span, f"`{kind}`")
        if checked.values is not None:
            places = {**self.session.batch_fields.places, "": d.source.span}
            self.data = TypedData(d.name.id, kind, checked.values, fields, d.span, places)
            if kind == datasets.STORED:
                self._stored(self.data)
            elif refused:
                self.data = None

    def _stored(self, data: TypedData) -> None:
        """A stored data set against what is declared; one that this file produces is compared once all is checked."""
        models = [r.model for r in self.roles.values() if isinstance(r.model, FamilyModel)]
        fields = {
            n: f for n, t in data.fields.items() if (f := dataset_manifest.described(t, models)) is not None
        }
        fits = len(fields) == len(data.fields)
        if not datasets.is_written_here(str(data.options["path"]), self.module):
            sizes = {n: v for n, (v, _) in self.sizes.items()}
            self.stored, as_declared = datasets.check_folder(data, fields, sizes, self.bag, self.library)
            fits = fits and as_declared
        if not fits:  # what is wrong with the data is told: what its fields would be is not
            self.data = None

    def _use_of_data(self, sample: Value | None) -> None:
        """What only the settings tell of the data: how large a batch is, and whether prompts replace its texts."""
        if self.data is not None and self.stored is not None:
            datasets.check_count(self.data, self.stored, self.blocks.get("train", {}).get("batch"), self.bag)
        blocks = [d for d in self.members(ast.SettingsDecl) if d.kind.id == "validate"]
        prompts = next((e.span for d in blocks for e in d.entries if e.name == "prompts"), None)
        if sample is not None and prompts is not None:
            datasets.check_prompts(sample, prompts, self.bag)

    def _updates(self) -> methods.Elaborated | None:
        uses = self.members(ast.UseDecl)
        own = MethodModel(self.d.name.id, self.d.name.span, ())
        methods.collect(own, self.d.members, self.bag)
        self.own = own
        if uses and own.updates:
            first = next(iter(own.updates.values()))
            self.bag.error(
                "duplicate-name", "a program uses a method or writes its own updates, not both", first.span
            )
        for extra in uses[1:]:
            self._twice("use", extra.method.span, uses[0].method.span)
        if uses:
            return self._use(uses[0])
        if not own.updates and not self.members(ast.ProduceDecl):
            self.bag.error(
                "missing-argument",
                f"program `{self.d.name.id}` says neither what to train nor what to produce",
                self.d.name.span,
                help="`use METHOD(roles...)`, updates in place, or `produce NAME = ...`",
            )
            return None
        if self.broken:
            return None
        methods.check_dead(self._with_program_uses(own), self.bag)
        self.trained |= {r.id for u in own.updates.values() for r in u.roles}
        self._frozen_updates(own, self.roles)
        return methods.elaborate(self.session, own, self.roles, self._batch(), {}, knows_families=True)

    def _with_program_uses(self, own: MethodModel) -> MethodModel:
        """The program's own members, with what its other declarations read counted as read."""
        rest = [
            m
            for m in self.d.members
            if isinstance(m, (ast.ProduceDecl, ast.SettingsDecl, ast.UseDecl, ast.RoleDecl))
        ]
        reads = names_read(rest)
        return replace(own, params={n: p for n, p in own.params.items() if n not in reads})

    def _use(self, use: ast.UseDecl) -> methods.Elaborated | None:
        definition = methods.find_method(use.method, self.module, self.bag)
        if definition is None:
            self.broken = True
            return None
        members = methods.merge(definition, self.bag)
        if members.broken or not members.keys.isdisjoint(self.wrong):
            self.broken = True
            return None
        methods.check_dead(members, self.bag)
        bound: dict[str, RoleBinding] = {}
        names = [r.id for r in members.roles]
        fine = not self.broken
        for i, arg in enumerate(use.roles):
            name = arg.name if arg.name is not None else (names[i] if i < len(names) else None)
            if name is None or name not in names:
                self.bag.error(
                    "unknown-parameter",
                    f"`{members.name}` takes {len(names)} role{'s' if len(names) != 1 else ''}: {', '.join(names)}",
                    arg.span,
                )
                fine = False
            elif not isinstance(arg.value, ast.Name) or arg.value.id not in self.roles:
                declared = {r.name.id for r in self.members(ast.RoleDecl)}
                shown = arg.value.span.text
                if shown not in declared:
                    near = nearest(shown, declared)
                    self.bag.error(
                        "unknown-name",
                        f"no role is called `{shown}`",
                        arg.value.span,
                        help=f"did you mean `{near}`?" if near else "",
                        fixes=respelt(shown, near, arg.value.span),
                    )
                fine = False
            else:
                bound[name] = replace(self.roles[arg.value.id], used=False)
        for r in members.roles:
            if r.id not in bound and fine:
                self.bag.error(
                    "missing-argument",
                    f"`{members.name}` needs a role `{r.id}`",
                    use.method.span,
                    labels=(Label(r.span, "asked for here"),),
                )
                fine = False
        # times are read in the process of the method's first role, in whichever order the roles are passed
        self.session.default_role = next(
            (bound[r.id] for r in members.roles if r.id in bound), self.session.default_role
        )
        given: dict[str, Term] = {}
        for e in use.entries:
            p = members.params.get(e.name)
            if p is None:
                near = nearest(e.name, members.params)
                self.bag.error(
                    "unknown-parameter",
                    f"`{members.name}` has no parameter `{e.name}`",
                    e.span,
                    help=f"did you mean `{near}`?" if near else f"it has {', '.join(members.params)}",
                    fixes=respelt(e.name, near, e.span),
                )
            elif e.name in given:
                self._twice(e.name, e.span, given[e.name].span)
            elif e.value is not None:
                given[e.name] = evaluate(self.session, e.value, self._program_context())
        if not fine:
            self.broken = True
            return None
        self.trained |= {bound[r.id].name for u in members.updates.values() for r in u.roles if r.id in bound}
        self.session.update.use = use.method.span
        start = len(self.bag.found)
        done = methods.elaborate(self.session, members, bound, self._batch(), given)
        self.bag.found[start:] = discharged(self.bag.found[start:], use, members.sources, self.roles)
        self._frozen_updates(members, bound)
        methods.check_roles_used(members, bound, self.bag)
        for role in bound.values():
            self.roles[role.name].used = True
        return done

    def _frozen_updates(self, members: MethodModel, bound: Mapping[str, RoleBinding]) -> None:
        for update in members.updates.values():
            for r in update.roles:
                role = bound.get(r.id)
                if role is not None and not role.trainable:
                    self.bag.error(
                        "not-trainable",
                        f"`{members.name}` trains `{r.id}`, and role `{role.name}` is frozen",
                        role.span,
                        "frozen: it says no `train`",
                        labels=(Label(r.span, "updated here"),),
                        help="add `train = full` (or `lora(rank = 16)`) to the role",
                    )

    def _produce(self) -> tuple[Produce, ...]:
        found = []
        for d in self.members(ast.ProduceDecl):
            if self.broken:
                continue
            context = replace(
                self._program_context(), scope=Scope({}, self._program_context().scope), site=(d.name.id,)
            )
            term = evaluate(self.session, d.value, context)
            values = self._plain_entries(d.entries, context)
            names = values.get("fields")
            path, kind = "", ""
            if isinstance(d.target, ast.Call) and isinstance(d.target.func, ast.Name):
                kind = d.target.func.id
                args = [a.value for a in d.target.args]
                if len(args) == 1 and isinstance(args[0], ast.String):
                    path = args[0].value
            if not path or kind not in TARGETS:
                near = nearest(kind, TARGETS)
                self.bag.error(
                    "type-mismatch",
                    'what is produced goes to `shards("out/name")`, or to `sheet("out/name")` to be looked at',
                    d.target.span,
                    help=f"did you mean `{near}`?" if near and kind not in TARGETS else "",
                    fixes=respelt(kind, near, d.target.span, closed=True) if kind not in TARGETS else (),
                )
                path = ""
            checked = settings.validate("produce", values)
            self._problems(checked, d.entries, d.name.span, "`produce`")
            if term.unknown or checked.values is None or not path:
                continue
            parts = term.items if isinstance(term.type, Tuple) and term.items is not None else (term,)
            for part in parts:
                if dataset_manifest.described(part.type, ()) is None:
                    self.bag.error("type-mismatch", f"a data set holds tensors, not {part.type}", part.span)
                elif kind == "sheet" and not (isinstance(part.type, Tensor) and part.type.kind in MEDIA):
                    what = told(part.type, self.context.times, self.session.default_kind)
                    message = f"a sheet shows pixels, and this is {what}"
                    help = "`shards(...)` stores anything; `role.sample(...)` makes pixels"
                    self.bag.error("type-mismatch", message, part.span, help=help)
            listed = (
                [n.name for n in names if isinstance(n, settings.Word)] if isinstance(names, list) else []
            )
            if not listed:
                listed = [p.value.name or f"field{i}" for i, p in enumerate(parts)]
            place = next((e.span for e in d.entries if e.name == "fields"), d.span)
            if len(listed) != len(parts):
                self.bag.error(
                    "bad-setting", f"`fields` names {len(listed)}, and {len(parts)} are produced", place
                )
                continue
            texts = (
                datasets.text_fields(self.data) if self.data is not None and kind == datasets.STORED else ()
            )
            for i, name in enumerate(listed):
                if name in listed[:i]:
                    self.bag.error("duplicate-name", f"two fields are called `{name}`", place)
                elif name in texts:
                    self.bag.error(
                        "duplicate-name",
                        f"the data set carries the data's text `{name}`, so no other field may be called so",
                        place,
                        labels=(Label(self.session.batch_fields.places[name], "the text"),),
                    )
            found.append(
                Produce(
                    d.name.id,
                    kind,
                    tuple((n, p.value) for n, p in zip(listed, parts)),
                    path,
                    checked.values,
                    d.name.span,
                )
            )
        return tuple(found)

    def _unused(self) -> None:
        if self.broken:
            return
        silent = any(d.severity == "error" for d in self.bag.found[self.before :])
        started = {s.get("init") for s in self.role_settings.values()}
        for name, role in self.roles.items():
            if not role.used and name not in self.trained and name not in started and not silent:
                self.bag.error(
                    "unused-role",
                    f"nothing uses the role `{name}`",
                    role.span,
                    help="remove it, or pass it to the method",
                )
        for name, (_, span) in self.sizes.items():
            if name not in self.sizes_read and not self.bad_sizes:
                near = nearest(name, self.sizes_read)
                self.bag.error(
                    "dead-setting",
                    f"no family or data field reads the size `{name}`",
                    span,
                    "never read",
                    help=f"did you mean `{near}`?" if near else "remove it",
                    fixes=respelt(name, near, span),
                )


def methods_used(definition: Definition) -> Iterator[str]:
    """The keys of the methods that a program uses."""
    assert isinstance(definition.declaration, ast.ProgramDecl)
    for m in definition.declaration.members:
        if isinstance(m, ast.UseDecl):
            method = methods.find_method(m.method, definition.module, Bag())
            if method is not None:
                yield method.key


def check(
    definition: Definition, library: Library, wrong: Collection[str], bag: Bag, notes: Notes | None = None
) -> TypedProgram | None:
    """Checks one program; gives it typed if it has no errors. `wrong` are the keys of methods with errors of their own."""
    return ProgramChecker(definition, bag, library, wrong, notes).run()
