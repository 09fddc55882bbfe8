"""A program's sizes and roles: families found and built, sources of weights, settings of each role."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace
from ...contracts.local_sources import LocalCheckpoint
from ...modules import settings
from ...modules.imports import Definition, Namespace, lookup_in
from ...program.typed_program import TypedRole
from ...syntax import ast
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.role_binding import RoleBinding
from ..core.term import Scope, Term
from ..elaborator import new_session
from ..families import process
from ..families.tokens import check_attention
from .checkpoints import local_checkpoint
from .program_checker import ProgramState

MAX_SIZE = 2**31


class RoleChecks(ProgramState):
    """Sizes and roles."""

    def _sizes(self) -> None:
        for block in self.members(ast.SizesDecl):
            for e in block.entries:
                v = e.value.value if isinstance(e.value, ast.Number) else None
                if not isinstance(v, int) or not 1 <= v <= MAX_SIZE:
                    message = f"size `{e.name}` is a whole number from 1 to {MAX_SIZE:,}"
                    self.bag.error("bad-setting", message, e.span)
                    self.bad_sizes.add(e.name)
                elif e.name in self.sizes:
                    self._twice(e.name, e.span, self.sizes[e.name][1])
                else:
                    self.sizes[e.name] = (v, e.span)

    def _roles(self) -> None:
        here: list[LocalCheckpoint] = []
        known = {r.name.id for r in self.members(ast.RoleDecl)}
        for d in self.members(ast.RoleDecl):
            name = d.name.id
            if name in self.roles:
                self._twice(name, d.name.span, self.roles[name].span)
                continue
            model = self._family(d)
            checked = settings.validate("role", self._plain_entries(d.entries, None))
            self._problems(checked, d.entries, d.name.span, f"role `{name}`")
            chosen = checked.values
            if model is None or chosen is None:
                self.broken = True
                continue
            trained = chosen.get("train") not in (None, "frozen")
            role = RoleBinding(name, model, d.name.span, trained)
            attention = chosen.get("attention")
            if isinstance(attention, Mapping):
                place = next(e.span for e in d.entries if e.name == "attention")
                check_attention(str(attention["kind"]), attention, model.tokens, place, model.name, self.bag)
            if chosen.get("compile") == "chains" and not any(c.chains for c in model.components.values()):
                self.bag.error(
                    "bad-setting",
                    f"`{model.name}` declares no chains of its blocks",
                    next(e.span for e in d.entries if e.name == "compile"),
                    help="`compile = regional` compiles the blocks of any network",
                )
            role.params = self._family_params(d, model, role)
            self.roles[name] = role
            if self.notes is not None:
                self.notes.roles[name] = role
            self.role_settings[name] = chosen
            source = local_checkpoint(d, model, trained, self.module.path.parent)
            here += [source] if source is not None else []
            init = chosen.get("init")
            if isinstance(init, str) and init not in known:
                place = next(e.span for e in d.entries if e.name == "init")
                near = nearest(init, known)
                self.bag.error(
                    "unknown-name",
                    f"`init` names a role, and none is called `{init}`",
                    place,
                    help=f"did you mean `{near}`?" if near else "",
                    fixes=respelt(init, near, place),
                )
        if here:
            from ...contracts import checkpoint  # a program whose weights lie elsewhere does not pay for it

            checkpoint.check(here, self.bag, self.library.configs)

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
        if self.bad_sizes:
            return None
        key = (definition.key, variant)
        if key not in self.models:
            self.models[key] = self.library.build(
                definition, variant, self.sizes, self.bag, where=d.source.span
            )
            model = self.models[key]
            own = self.members(ast.ProcessDecl)
            if model is not None and own:
                built = process.build(own[0], self.bag, chosen=tuple(e.name for e in own[0].entries))
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
                fixes=respelt(node.id, near, node.span),
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
            case ast.Attr(base=ast.Name() | ast.Attr(base=ast.Name())):
                self._other_program(d, source)
            case _:
                self.bag.error(
                    "type-mismatch",
                    "a source is a folder, a hub name, `tiny(seed = 0)`, or a role of another program",
                    source.span,
                )

    def _other_program(self, d: ast.RoleDecl, source: ast.Attr) -> None:
        """`program.role`, or `file.program.role` of a program whose file is imported."""
        role, at = source.name, source.base
        first = at.base if isinstance(at, ast.Attr) else at
        assert isinstance(first, ast.Name)
        word, place = first.id, first.span
        known: Mapping[str, object] = self.module.names
        found = known.get(word)
        if found is None and word in self.module.broken:
            return
        if isinstance(found, Namespace):
            if isinstance(at, ast.Attr):
                word, place = at.name, at.name_span
                known = {x.declaration.name.id: x for x in found.module.own()}
                found = lookup_in(found.module, word)
            else:
                found = lookup_in(found.module, word) or found.default
        elif isinstance(at, ast.Attr):
            found = None
        if not isinstance(found, Definition) or not isinstance(found.declaration, ast.ProgramDecl):
            near = nearest(word, known)
            self.bag.error(
                "unknown-name",
                f"no program is called `{word}`",
                place,
                help=f"did you mean `{near}`?" if near else "",
                fixes=respelt(word, near, place),
            )
            return
        program = found.declaration.name.id
        if found.declaration is self.d:
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
                fixes=respelt(role, near, source.name_span),
            )
            return
        if not any(e.name == "train" for e in there.entries):
            self.bag.error(
                "not-trainable",
                f"`{program}` does not train `{role}`, so it exports none",
                source.name_span,
                labels=(Label(there.name.span, "frozen here"),),
                help="name a role that it trains",
            )
        self.sources[d.name.id] = ("role", f"{program}.{role}")
        self.needs.append(program)

    def _family_params(self, d: ast.RoleDecl, model: FamilyModel, role: RoleBinding) -> dict[str, Term]:
        assert isinstance(d.source, ast.Call)
        session = new_session(self.bag, role, self.notes)
        context = Context(Scope(), {}, {}, family=role)
        given = {a.name: a for a in d.source.args if a.name is not None}
        found: dict[str, Term] = {}
        for name, p in model.params.items():
            if name in given:
                found[name] = evaluate(session, given.pop(name).value, context)
            elif p.default is not None:
                found[name] = evaluate(session, p.default, context)
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
                fixes=respelt(name, near, arg.span),
            )
        return found

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
