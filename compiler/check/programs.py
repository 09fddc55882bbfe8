"""A program: sizes, roles, data, method and settings, tied together and checked as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .. import settings
from .. import syntax as ast
from ..diagnostics import Label, nearest
from ..dims import Dim, Facts
from ..resolve import Definition
from ..typed import Produce, TypedData, TypedProgram
from ..types import UNKNOWN, Latent, Scalar, Tensor, Tuple, Type
from . import methods
from .annotations import Annotations
from .elaborate import Elaborator, Frame, TooLong
from .families import FamilyModel
from .program_roles import RoleChecks
from .program_settings import SettingChecks
from .roles import RoleBinding
from .terms import Bag, Scope, Term
from .walk import names_read

TARGETS = ("shards", "sheet")


class ProgramChecker(RoleChecks, SettingChecks):
    """Checks one program, part by part."""

    def run(self) -> TypedProgram | None:
        self.before = len(self.bag.found)
        self._sizes()
        self._roles()
        first = next(iter(self.roles.values()), None)
        self.el = Elaborator(self.bag, first)
        self.el.families = {
            n: r.model.typed() for n, r in self.roles.items() if isinstance(r.model, FamilyModel)
        }
        scope = Scope()
        self.frame = Frame(scope, {}, self.roles, knows_families=True)
        self._data()
        done = self._updates()
        sample = self._settings()
        produce = self._produce()
        self._optimizers()
        self._unused()
        self.el.lint()
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
            claims=tuple((s, None) for s in self.el.claims),
            span=self.d.name.span,
        )

    def _data(self) -> None:
        declared = self.members(ast.DataDecl)
        for extra in declared[1:]:
            self._twice("data", extra.span, declared[0].span)
        if not declared:
            return
        d = declared[0]
        dims = {n: Dim.of(v) for n, (v, _) in self.sizes.items()}
        annotations = Annotations(dims, Facts(), {}, {}, self.bag)
        fields: dict[str, Type] = {}
        for f in d.fields:
            self.sizes_read |= names_read([f.type])
            if f.name.id in fields:
                self._twice(f.name.id, f.name.span, self.el.field_places[f.name.id])
                continue
            resolved = annotations.resolve(f.type)
            type_ = resolved.type if resolved is not None else None
            if isinstance(type_, Scalar):
                type_ = Scalar(type_.kind, ("b",), "sample")
            fields[f.name.id] = type_ if type_ is not None else UNKNOWN
            self.el.field_places[f.name.id] = f.span
        self.el.data_place = d.span
        if not isinstance(d.source, ast.Call) or not isinstance(d.source.func, ast.Name):
            self.bag.error(
                "type-mismatch",
                'data comes from `folder("path")`, `lines("path")` or `shapes(...)`',
                d.source.span,
            )
            return
        kind = d.source.func.id
        options: dict[str, object] = {}
        for i, a in enumerate(d.source.args):
            name = a.name if a.name is not None else ("path" if i == 0 else f"argument {i + 1}")
            options[name] = self._plain(a.value, None)
        if kind not in settings.DATA_SOURCES:
            near = nearest(kind, settings.DATA_SOURCES)
            self.bag.error(
                "unknown-name",
                f"no data source is called `{kind}`",
                d.source.func.span,
                help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.DATA_SOURCES)}",
            )
            return
        checked = settings.validate(kind, options)
        places = {
            a.name or ("path" if i == 0 else f"argument {i + 1}"): a.span for i, a in enumerate(d.source.args)
        }
        self._report(checked, places, d.source.span, f"`{kind}`")
        if checked.model is not None:
            self.data = TypedData(d.name.id, kind, checked.model.model_dump(), fields, d.span)

    def _updates(self) -> methods.Elaborated | None:
        uses = self.members(ast.UseDecl)
        own = methods.Members(self.d.name.id, self.d.name.span, ())
        methods.collect(own, self.d.members, self.bag)
        self.own = own
        if uses and own.updates:
            first = next(iter(own.updates.values()))
            self.bag.error(
                "duplicate-name", "a program uses a method or writes its own updates, not both", first.span
            )
        for extra in uses[1:]:
            self._twice("use", extra.span, uses[0].span)
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
        return methods.elaborate(self.el, own, self.roles, self._batch(), {}, knows_families=True)

    def _with_program_uses(self, own: methods.Members) -> methods.Members:
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
        if members.broken:
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
                    )
                fine = False
            else:
                bound[name] = replace(self.roles[arg.value.id], used=False)
        for r in members.roles:
            if r.id not in bound and fine:
                self.bag.error(
                    "missing-argument",
                    f"`{members.name}` needs a role `{r.id}`",
                    use.span,
                    labels=(Label(r.span, "asked for here"),),
                )
                fine = False
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
                )
            elif e.name in given:
                self._twice(e.name, e.span, given[e.name].span)
            elif e.value is not None:
                given[e.name] = self.el.expression(e.value, self._program_frame())
        if not fine:
            self.broken = True
            return None
        self.trained |= {bound[r.id].name for u in members.updates.values() for r in u.roles if r.id in bound}
        self.el.use_place = use.span
        self.el.default_role = next(iter(bound.values()), self.el.default_role)
        done = methods.elaborate(self.el, members, bound, self._batch(), given)
        self._frozen_updates(members, bound)
        methods.check_roles_used(members, bound, self.bag)
        for role in bound.values():
            self.roles[role.name].used = True
        return done

    def _frozen_updates(self, members: methods.Members, bound: Mapping[str, RoleBinding]) -> None:
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
            frame = replace(
                self._program_frame(), scope=Scope({}, self._program_frame().scope), site=(d.name.id,)
            )
            term = self.el.expression(d.value, frame)
            values = self._plain_entries(d.entries, frame)
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
                )
                path = ""
            checked = settings.validate("produce", values)
            self._problems(checked, d.entries, d.name.span, "`produce`")
            if term.unknown or checked.model is None or not path:
                continue
            parts = term.items if isinstance(term.type, Tuple) and term.items is not None else (term,)
            for part in parts:
                if (
                    not isinstance(part.type, (Latent, Tensor, Scalar))
                    and type(part.type).__name__ != "Record"
                ):
                    self.bag.error("type-mismatch", f"a data set holds tensors, not {part.type}", part.span)
            listed = (
                [n.name for n in names if isinstance(n, settings.Word)] if isinstance(names, list) else []
            )
            if not listed:
                listed = [p.value.name or f"field{i}" for i, p in enumerate(parts)]
            if len(listed) != len(parts):
                place = next((e.span for e in d.entries if e.name == "fields"), d.span)
                self.bag.error(
                    "bad-setting", f"{len(listed)} names in `fields` for {len(parts)} values", place
                )
                continue
            found.append(
                Produce(
                    d.name.id,
                    kind,
                    tuple((n, p.value) for n, p in zip(listed, parts)),
                    path,
                    checked.model.model_dump(),
                    d.span,
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
            if name not in self.sizes_read:
                near = nearest(name, self.sizes_read)
                self.bag.error(
                    "dead-setting",
                    f"no family or data field reads the size `{name}`",
                    span,
                    help=f"did you mean `{near}`?" if near else "",
                )


def check(definition: Definition, bag: Bag) -> TypedProgram | None:
    """Checks one program; gives it typed if it has no errors."""
    try:
        return ProgramChecker(definition, bag).run()
    except TooLong as e:
        e.report(bag)
        return None
