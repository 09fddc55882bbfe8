"""Methods: members merged over `from`, parameters filled in, updates expanded for the roles of a program."""

from __future__ import annotations

from collections.abc import Mapping

from ...base import limits
from ...base.diagnostic_bag import Bag, TooLong
from ...base.diagnostics import Diagnostic, Label, nearest, respelt
from ...base.frozen import replace
from ...base.source import Span
from ...modules.imports import Definition, Module, Namespace, lookup_in
from ...syntax import ast
from ...syntax.visitor import expressions_in, names_read
from ..core.annotations import check_distinct
from ..core.method_model import MethodModel
from ..core.role_binding import RoleBinding


def collect(members: MethodModel, declared: tuple[ast.Node, ...], bag: Bag) -> None:
    """Adds declarations to `members`; what is declared again in the same list is an error."""
    seen: dict[str, Span] = {}

    def add(table: dict[str, object], name: ast.Name, item: object) -> None:
        if name.id in seen:
            bag.error(
                "duplicate-name",
                f"`{name.id}` is defined twice",
                name.span,
                labels=(Label(seen[name.id], "first defined here"),),
            )
            return
        seen[name.id] = name.span
        table[name.id] = item

    updates: dict[tuple[str, ...], ast.UpdateDecl] = {}
    for d in declared:
        match d:
            case ast.Param():
                add(members.params, d.name, d)  # type: ignore[arg-type]
            case ast.GraphDecl():
                add(members.graphs, d.name, d)  # type: ignore[arg-type]
                check_distinct([p.name for p in d.params], d.name.id, bag)
            case ast.StateDecl():
                add(members.states, d.name, d)  # type: ignore[arg-type]
            case ast.Bind():
                for target in d.targets:
                    add(members.shared, target, d)  # type: ignore[arg-type]
            case ast.Draw():
                add(members.shared, d.target, d)  # type: ignore[arg-type]
            case ast.Assert() | ast.Reveal():
                members.asserts.append(d)
            case ast.UpdateDecl():
                key = tuple(sorted(r.id for r in d.roles))
                if key in updates:
                    bag.error(
                        "duplicate-name",
                        f"`{', '.join(key)}` is updated twice",
                        d.span,
                        labels=(Label(updates[key].span, "first here"),),
                        help="write both losses into one update",
                    )
                updates[key] = d
            case _:
                pass
    members.updates.update(updates)


def merge(definition: Definition, bag: Bag, seen: tuple[str, ...] = ()) -> MethodModel:
    """A method's members, those of its `from` first and replaced by what the method redefines."""
    d = definition.declaration
    assert isinstance(d, ast.MethodDecl)
    check_distinct(d.roles, d.name.id, bag)
    if d.parent is not None:
        parent = find_method(d.parent, definition.module, bag)
        if parent is not None and parent.key in (*seen, definition.key):
            bag.error(
                "import-cycle", f"method `{d.name.id}` comes from itself", d.parent.span, "closes the circle"
            )
            parent = None
        if parent is not None and len(seen) >= limits.METHOD_PARENTS:
            message = f"methods come from each other more than {limits.METHOD_PARENTS} deep here"
            raise TooLong(Diagnostic("syntax", message, d.parent.span))
        if parent is not None:
            members = merge(parent, bag, (*seen, definition.key))
            missing = [r.id for r in members.roles if r.id not in {n.id for n in d.roles}]
            for name in missing:
                members.broken = True
                bag.error(
                    "missing-argument",
                    f"`{parent.name}` has a role `{name}`, which `{d.name.id}` lacks",
                    d.name.span,
                    help="a method takes all the roles of the one that it comes from",
                )
            keys = members.keys | {definition.key}
            members = replace(members, name=d.name.id, span=d.name.span, roles=d.roles, keys=keys)
            collect(members, d.members, bag)
            return members
    keys = frozenset({definition.key})
    members = MethodModel(d.name.id, d.name.span, d.roles, keys=keys, broken=d.parent is not None)
    collect(members, d.members, bag)
    return members


def find_method(e: ast.Expr, module: Module, bag: Bag) -> Definition | None:
    """The method that `use NAME`, `use ns.NAME` or `from NAME` means."""
    found: object = None
    if isinstance(e, ast.Name):
        found = module.names.get(e.id)
        if found is None and e.id in module.broken:
            return None
        if found is None:
            near = nearest(e.id, module.names)
            bag.error(
                "unknown-name",
                f"no method is called `{e.id}`",
                e.span,
                help=f"did you mean `{near}`?" if near else f"a built-in one is imported: `import {e.id}`",
                fixes=respelt(e.id, near, e.span),
            )
            return None
    elif isinstance(e, ast.Attr) and isinstance(e.base, ast.Name):
        space = module.names.get(e.base.id)
        if isinstance(space, Namespace):
            found = lookup_in(space.module, e.name)
        if found is None and e.base.id in module.broken:
            return None
        if found is None:
            bag.error("unknown-name", f"no method is called `{e.span.text}`", e.span)
            return None
    if isinstance(found, Namespace):
        found = found.default
    if not isinstance(found, Definition) or not isinstance(found.declaration, ast.MethodDecl):
        is_family = isinstance(found, Definition) and isinstance(found.declaration, ast.FamilyDecl)
        message = f"`{e.span.text}` is {'a family' if is_family else 'no method'}, and a method is due here"
        bag.error("type-mismatch", message, e.span)
        return None
    return found


def check_dead(members: MethodModel, bag: Bag) -> None:
    """A parameter that nothing reads is an error: users lose days to options that are silently ignored."""
    everything: list[object] = [
        *members.params.values(),
        *members.graphs.values(),
        *members.updates.values(),
        *members.shared.values(),
        *members.states.values(),
        *members.asserts,
    ]
    bag.meter.spend(members.span, members.length // 100)
    read = names_read(expressions_in(everything))
    for g in members.graphs.values():
        read |= names_read(expressions_in(g.body))
    for name, p in members.params.items():
        if name not in read:
            bag.error(
                "dead-setting",
                f"nothing in `{members.name}` reads the parameter `{name}`",
                p.name.span,
                "never read",
                help="remove it, or use it where it was meant",
            )


def check_roles_used(members: MethodModel, roles: Mapping[str, RoleBinding], bag: Bag) -> None:
    """A role that a method asks for and does not use. Silent after errors: those may be why."""
    if bag.broken:
        return
    updated = {r.id for u in members.updates.values() for r in u.roles}
    for r in members.roles:
        if not roles[r.id].used and r.id not in updated:
            bag.error("unused-role", f"nothing in `{members.name}` uses the role `{r.id}`", r.span)
