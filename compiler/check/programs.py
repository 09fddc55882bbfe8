"""A program: sizes, roles, data, method and settings, tied together and checked as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from .. import settings
from .. import syntax as ast
from ..diagnostics import Label, nearest
from ..dims import Dim, Facts
from ..resolve import Definition, Module, Namespace, lookup_in
from ..source import Span
from ..typed import Produce, TypedData, TypedProgram, TypedRole, Value
from ..types import UNKNOWN, Batch, Latent, Scalar, Tensor, Tuple, Type
from . import families, methods, process
from .annotations import Annotations
from .elaborate import Elaborator, Frame
from .families import FamilyModel
from .roles import RoleBinding
from .terms import Bag, Binding, Scope, Term
from .walk import names_read

TARGETS = ("shards", "sheet")
BLOCKS = ("train", "validate", "checkpoint", "mesh")


class ProgramChecker:
    """Checks one program. Families are built once for each (declaration, variant)."""

    def __init__(self, definition: Definition, bag: Bag) -> None:
        declaration = definition.declaration
        assert isinstance(declaration, ast.ProgramDecl)
        self.d = declaration
        self.module: Module = definition.module
        self.bag = bag
        self.sizes: dict[str, tuple[int, Span]] = {}
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
        self.broken = False  # a role or size is missing: what depends on it would only repeat the error

    def members(self, kind: type) -> list:  # type: ignore[type-arg]
        return [m for m in self.d.members if isinstance(m, kind)]

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

    # sizes, roles, data

    def _sizes(self) -> None:
        for block in self.members(ast.SizesDecl):
            for e in block.entries:
                v = e.value.value if isinstance(e.value, ast.Number) else None
                if not isinstance(v, int) or v < 1:
                    self.bag.error("bad-setting", f"size `{e.name}` is a whole number, 1 or more", e.span)
                elif e.name in self.sizes:
                    self._twice(e.name, e.span, self.sizes[e.name][1])
                else:
                    self.sizes[e.name] = (v, e.span)

    def _twice(self, name: str, span: Span, first: Span) -> None:
        self.bag.error(
            "duplicate-name", f"`{name}` is given twice", span, labels=(Label(first, "first given here"),)
        )

    def _roles(self) -> None:
        for d in self.members(ast.RoleDecl):
            name = d.name.id
            if name in self.roles:
                self._twice(name, d.name.span, self.roles[name].span)
                continue
            model = self._family(d)
            values = settings.validate("role", self._plain_entries(d.entries, None))
            self._problems(values, d.entries, d.name.span, f"role `{name}`")
            found = values.model
            if model is None or found is None:
                self.broken = True
                continue
            chosen = found.model_dump()
            trained = chosen.get("train") not in (None, "frozen")
            role = RoleBinding(name, model, d.name.span, trained)
            role.params = self._family_params(d, model, role)
            self.roles[name] = role
            self.role_settings[name] = chosen
            init = chosen.get("init")
            known = {r.name.id for r in self.members(ast.RoleDecl)}
            if isinstance(init, str) and init not in known:
                place = next(e.span for e in d.entries if e.name == "init")
                near = nearest(init, known)
                self.bag.error(
                    "unknown-name",
                    f"`init` names a role, and none is called `{init}`",
                    place,
                    help=f"did you mean `{near}`?" if near else "",
                )

    def _family(self, d: ast.RoleDecl) -> FamilyModel | None:
        if not isinstance(d.source, ast.Call):
            self.bag.error(
                "type-mismatch",
                "a role's source is a family called with its weights",
                d.source.span,
                help='for example `wan.t2v_1_3b("checkpoints/wan")`',
            )
            return None
        found = self._find_family(d.source.func)
        self._source(d)
        if found is None:
            return None
        definition, variant = found
        key = (definition.key, variant)
        if key not in self.models:
            self.models[key] = families.build(definition, variant, self.sizes, self.bag, where=d.source.span)
            model = self.models[key]
            own = self.members(ast.ProcessDecl)
            if model is not None and own:
                built = process.build(own[0], self.bag)
                self.models[key] = replace(model, process=built) if built is not None else model
        model = self.models[key]
        assert isinstance(definition.declaration, ast.FamilyDecl)
        for member in definition.declaration.members:
            if isinstance(member, ast.SizesDecl):
                self.sizes_read |= {e.name for e in member.entries}
        return model

    def _find_family(self, func: ast.Expr) -> tuple[Definition, str | None] | None:
        path: list[str] = []
        node = func
        while isinstance(node, ast.Attr):
            path.insert(0, node.name)
            node = node.base
        if not isinstance(node, ast.Name):
            self.bag.error("type-mismatch", "this is not a family", func.span)
            return None
        found: object = self.module.names.get(node.id)
        if found is None and node.id in self.module.broken:
            return None
        if found is None:
            near = nearest(node.id, self.module.names)
            self.bag.error(
                "unknown-name",
                f"no family is called `{node.id}`",
                node.span,
                help=f"did you mean `{near}`?" if near else f"import it: `import {node.id}`",
            )
            return None
        while (
            isinstance(found, Namespace) and path and (inner := lookup_in(found.module, path[0])) is not None
        ):
            found = inner
            path.pop(0)
        if isinstance(found, Namespace):
            found = found.default
        if not isinstance(found, Definition) or not isinstance(found.declaration, ast.FamilyDecl):
            self.bag.error("type-mismatch", f"`{func.span.text}` is not a family", func.span)
            return None
        if len(path) > 1:
            self.bag.error("unknown-name", f"`{func.span.text}` is not a family's variant", func.span)
            return None
        return found, path[0] if path else None

    def _source(self, d: ast.RoleDecl) -> None:
        assert isinstance(d.source, ast.Call)
        positional = [a for a in d.source.args if a.name is None]
        if len(positional) != 1:
            self.bag.error(
                "missing-argument" if not positional else "unknown-parameter",
                "a family is called with one source of weights",
                d.source.span,
                help="a folder, a hub name, `tiny(seed = 0)`, or a role of another program",
            )
            return
        source = positional[0].value
        match source:
            case ast.String(value=text):
                self.sources[d.name.id] = ("path", text)
            case ast.Call(func=ast.Name(id="tiny"), args=args):
                seed = args[0].value if args else None
                value = seed.value if isinstance(seed, ast.Number) else 0
                if len(args) > 1 or (
                    args and (not isinstance(seed, ast.Number) or args[0].name not in (None, "seed"))
                ):
                    self.bag.error("bad-setting", "`tiny` takes a seed: `tiny(seed = 0)`", source.span)
                self.sources[d.name.id] = ("tiny", value)
            case ast.Attr(base=ast.Name(id=program), name=role):
                self._other_program(d, source, program, role)
            case _:
                self.bag.error(
                    "type-mismatch",
                    "a source is a folder, a hub name, `tiny(seed = 0)`, or a role of another program",
                    source.span,
                )

    def _other_program(self, d: ast.RoleDecl, source: ast.Attr, program: str, role: str) -> None:
        found = self.module.names.get(program)
        if found is None and program in self.module.broken:
            return
        if isinstance(found, Namespace):
            found = lookup_in(found.module, program) or found.default
        if not isinstance(found, Definition) or not isinstance(found.declaration, ast.ProgramDecl):
            near = nearest(program, self.module.names)
            self.bag.error(
                "unknown-name",
                f"no program is called `{program}`",
                source.span,
                help=f"did you mean `{near}`?" if near else "",
            )
            return
        if program == self.d.name.id:
            self.bag.error(
                "import-cycle", "a program's role cannot come from the program itself", source.span
            )
            return
        roles = [m for m in found.declaration.members if isinstance(m, ast.RoleDecl)]
        there = next((m for m in roles if m.name.id == role), None)
        if there is None:
            near = nearest(role, [m.name.id for m in roles])
            self.bag.error(
                "unknown-name",
                f"program `{program}` has no role `{role}`",
                source.name_span,
                help=f"did you mean `{near}`?" if near else "",
            )
            return
        if not any(e.name == "train" for e in there.entries):
            self.bag.error(
                "not-trainable",
                f"`{program}` does not train `{role}`, so it exports none",
                source.name_span,
                labels=(Label(there.name.span, "frozen here"),),
            )
        self.sources[d.name.id] = ("role", f"{program}.{role}")
        self.needs.append(program)

    def _family_params(self, d: ast.RoleDecl, model: FamilyModel, role: RoleBinding) -> dict[str, Term]:
        assert isinstance(d.source, ast.Call)
        el = Elaborator(self.bag, role)
        frame = Frame(Scope(), {}, {}, family=role)
        given = {a.name: a for a in d.source.args if a.name is not None}
        found: dict[str, Term] = {}
        for name, p in model.params.items():
            if name in given:
                found[name] = el.expression(given.pop(name).value, frame)
            elif p.default is not None:
                found[name] = el.expression(p.default, frame)
            else:
                self.bag.error(
                    "missing-argument",
                    f"`{model.name}` needs `{name}`",
                    d.source.span,
                    labels=(Label(p.name.span, "has no default"),),
                )
        for name, arg in given.items():
            near = nearest(name, model.params)
            self.bag.error(
                "unknown-parameter",
                f"`{model.name}` has no parameter `{name}`",
                arg.span,
                help=f"did you mean `{near}`?" if near else "",
            )
        return found

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

    # the method or the updates in place

    def _batch(self) -> Batch:
        declared = self.members(ast.DataDecl)
        if not declared:
            return Batch(())
        if self.data is None:
            return Batch(None)
        return Batch(tuple(self.data.fields.items()))

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

    def _program_frame(self) -> Frame:
        """Where expressions of the program itself stand: its own parameters and graphs, and the implied batch."""
        if "batch" not in self.frame.scope.names:
            batch = Value("batch", (), self._batch(), self.d.name.span, {}, (), "batch")
            self.frame.scope.names["batch"] = Binding(Term(batch), None, used=True)
            self.frame = replace(self.frame, graphs=self.own.graphs)
            if self.members(ast.UseDecl):
                methods.fill_params(self.el, replace(self.own, updates={}), {}, self.frame)
            else:
                methods.fill_params(self.el, self.own, {}, self.frame)
        return self.frame

    # settings

    def _plain_entries(self, entries: tuple[ast.Entry, ...], frame: Frame | None) -> dict[str, object]:
        found: dict[str, object] = {}
        seen: dict[str, Span] = {}
        for e in entries:
            if e.name in seen:
                self._twice(e.name, e.span, seen[e.name])
                continue
            seen[e.name] = e.span
            found[e.name] = True if e.value is None else self._plain(e.value, frame)
        return found

    def _plain(self, e: ast.Expr, frame: Frame | None) -> object:
        match e:
            case ast.Number(value=v):
                return v if isinstance(v, int) else float(v)
            case ast.String(value=v) | ast.Bool(value=v):
                return v
            case ast.Name(id=name):
                binding = frame.scope.find(name) if frame is not None else None
                if binding is not None and isinstance(binding.term.constant, (int, Fraction, str, bool)):
                    binding.used = True
                    known = binding.term.constant
                    return float(known) if isinstance(known, Fraction) else known
                return settings.Word(name)
            case ast.ListExpr(items=items):
                return [self._plain(i, frame) for i in items]
            case ast.Unary(op="-", operand=ast.Number(value=v)):
                return -v if isinstance(v, int) else -float(v)
            case ast.Call(func=ast.Name(id=name), args=args):
                return settings.Call(
                    name,
                    tuple(self._plain(a.value, frame) for a in args if a.name is None),
                    {a.name: self._plain(a.value, frame) for a in args if a.name is not None},
                )
            case _:
                if frame is None:
                    return settings.Opaque(e)
                term = self.el.expression(e, frame)
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
            help = f"did you mean `{p.suggestion}`?" if p.suggestion else ""
            self.bag.error(codes[p.kind], message, span, help=help)

    def _settings(self) -> Value | None:
        sample: Value | None = None
        seen: dict[str, Span] = {}
        for d in self.members(ast.SettingsDecl):
            kind = d.kind.id
            if kind not in BLOCKS:
                near = nearest(kind, BLOCKS)
                self.bag.error(
                    "unknown-setting",
                    f"a program has no block `{kind}`",
                    d.kind.span,
                    help=f"did you mean `{near}`?" if near else f"there are {', '.join(BLOCKS)}",
                )
                continue
            if kind in seen:
                self._twice(kind, d.kind.span, seen[kind])
                continue
            seen[kind] = d.kind.span
            frame = self._program_frame()
            entries = tuple(e for e in d.entries if not (kind == "validate" and e.name == "sample"))
            values = self._plain_entries(entries, frame)
            if d.every is not None:
                values["every"] = self._plain(d.every, frame)
            if kind == "validate":
                asked = next((e for e in d.entries if e.name == "sample"), None)
                if asked is not None and asked.value is not None and not self.broken:
                    inner = replace(
                        frame, scope=Scope({}, frame.scope), site=("validate",), implied_batch=True
                    )
                    term = self.el.expression(asked.value, inner)
                    sample = None if term.unknown else term.value
                values["sample"] = settings.Opaque(sample)
            checked = settings.validate(kind, values)
            places = {e.name: e.span for e in d.entries}
            if d.every is not None:
                places["every"] = d.every.span
            self._report(checked, places, d.kind.span, f"`{kind}`")
            if checked.model is not None:
                self.blocks[kind] = checked.model.model_dump()
        tracks = []
        for t in self.members(ast.TrackDecl):
            if t.tracker.id not in settings.TRACKERS:
                near = nearest(t.tracker.id, settings.TRACKERS)
                self.bag.error(
                    "bad-setting",
                    f"no tracker is called `{t.tracker.id}`",
                    t.tracker.span,
                    help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.TRACKERS)}",
                )
                continue
            tracks.append({"tracker": t.tracker.id, **self._plain_entries(t.entries, None)})
        self.blocks["track"] = {"trackers": tracks}
        trains = bool(self.members(ast.UseDecl) or self.own.updates)
        if trains and "train" not in seen:
            self.bag.error(
                "missing-argument",
                f"program `{self.d.name.id}` does not say for how many steps to train",
                self.d.name.span,
                help="`train { steps = 1000, batch = 8 }`",
            )
        for kind in ("mesh",):
            if kind not in self.blocks and kind not in seen:
                model = settings.validate(kind, {}).model
                self.blocks[kind] = model.model_dump() if model is not None else {}
        self._mesh(seen)
        return sample

    def _mesh(self, seen: Mapping[str, Span]) -> None:
        train, mesh = self.blocks.get("train"), self.blocks.get("mesh")
        if train is None or mesh is None:
            return
        blocks = {d.kind.id: d for d in self.members(ast.SettingsDecl)}
        for p in settings.check_mesh(train, mesh):
            block = blocks.get("train")
            place = seen.get("train") or seen.get("mesh") or self.d.name.span
            if block is not None:
                place = next((e.span for e in block.entries if e.name == p.entry), place)
            labels: tuple[Label, ...] = ()
            if "mesh" in blocks:
                labels = (Label(blocks["mesh"].kind.span, "the mesh"),)
            self.bag.error("mesh-mismatch", p.message, place, labels=labels)

    def _optimizers(self) -> None:
        declared = {r.name.id: r for r in self.members(ast.RoleDecl)}
        for d in self.members(ast.OptimizeDecl):
            name = d.role.id
            if name not in declared:
                near = nearest(name, declared)
                self.bag.error(
                    "unknown-name",
                    f"no role is called `{name}`",
                    d.role.span,
                    help=f"did you mean `{near}`?" if near else "",
                )
                continue
            if name in self.optimizers:
                self._twice(f"optimize {name}", d.span, self.optimizers[name][2].span)
                continue
            if not isinstance(d.optimizer, ast.Call) or not isinstance(d.optimizer.func, ast.Name):
                self.bag.error(
                    "type-mismatch", "an optimizer is called: `adamw(lr = 1e-4)`", d.optimizer.span
                )
                self.optimizers[name] = ("adamw", {}, d)
                continue
            self._optimizer(d, d.optimizer, name)
        for name, role in self.roles.items():
            if not role.trainable:
                continue
            if name not in self.optimizers:
                self.bag.error(
                    "no-optimizer",
                    f"role `{name}` is trained and has no optimizer",
                    declared[name].span,
                    "trained here",
                    help=f"add `optimize {name} = adamw(lr = 1e-5)`",
                )
        for name, role in self.roles.items():
            if role.trainable and not self.broken and self.trained and name not in self.trained:
                self.bag.error(
                    "never-updated",
                    f"role `{name}` is to be trained, and no update trains it",
                    role.span,
                    "trained here",
                    help="remove `train`, or write an update for it",
                )

    def _optimizer(self, d: ast.OptimizeDecl, call: ast.Call, name: str) -> None:
        assert isinstance(call.func, ast.Name)
        kind = call.func.id
        if kind not in settings.OPTIMIZERS:
            near = nearest(kind, settings.OPTIMIZERS)
            self.bag.error(
                "unknown-name",
                f"no optimizer is called `{kind}`",
                call.func.span,
                help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.OPTIMIZERS)}",
            )
            self.optimizers[name] = (kind, {}, d)
            return
        values: dict[str, object] = {}
        places: dict[str, Span] = {}
        frame = self._optimizer_frame()
        for i, a in enumerate(call.args):
            key = a.name if a.name is not None else ("lr" if i == 0 else f"argument {i + 1}")
            values[key] = self._plain(a.value, frame)
            places[key] = a.span
        checked = settings.validate(kind, values)
        self._report(checked, places, call.span, f"`{kind}`")
        chosen = checked.model.model_dump() if checked.model is not None else {}
        self.optimizers[name] = (kind, chosen, d)
        role = self.roles.get(name)
        if role is not None and not role.trainable:
            self.bag.error(
                "dead-setting",
                f"role `{name}` is frozen, so nothing reads its optimizer",
                d.span,
                labels=(Label(role.span, "frozen: it says no `train`"),),
                help="remove it, or add `train = full` to the role",
            )
        lr = chosen.get("lr")
        precision = self.role_settings.get(name, {}).get("precision")
        if precision == "pure_bf16" and isinstance(lr, float) and 0 < lr < settings.bf16_step():
            self.bag.error(
                "lr-too-small",
                f"a learning rate of {lr:g} moves nothing: weights stored in bf16 round it away",
                places.get("lr", call.span),
                f"a typical weight of 0.02 moves only from about {settings.bf16_step():.1g} on",
                labels=(Label(role.span, "stored in bf16, without float32 master weights"),) if role else (),
                help=f"`precision = bf16` keeps float32 master weights for `{name}`",
            )

    def _optimizer_frame(self) -> Frame:
        frame = self._program_frame()
        if "step" not in frame.scope.names:
            step = Value("step", (), Scalar("int"), self.d.name.span, {}, (), "step")
            frame.scope.names["step"] = Binding(Term(step), None, used=True)
        return frame

    # produce, and what nothing uses

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

    def _typed_role(self, name: str, role: RoleBinding) -> TypedRole:
        assert isinstance(role.model, FamilyModel)
        optimizer = self.optimizers.get(name)
        return TypedRole(
            name,
            role.model.typed(),
            self.sources.get(name, ("path", "")),
            self.role_settings[name],
            (optimizer[0], optimizer[1]) if optimizer is not None else None,
            role.span,
        )


def check(definition: Definition, bag: Bag) -> TypedProgram | None:
    """Checks one program; gives it typed if it has no errors."""
    return ProgramChecker(definition, bag).run()
