"""Methods: members merged over `from`, parameters filled in, updates expanded for the roles of a program."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ....base import limits
from ....base.diagnostic_bag import Bag, TooLong
from ....base.diagnostics import Diagnostic, Label
from ....base.frozen import replace
from ....base.source import Span
from ....modules.imports import Definition, Module
from ....modules.names.declared import declared_by
from ....modules.names.lineage import Lineage, lineage, method_decl
from ....modules.names.lookup import meaning, words_of
from ....modules.names.missing_imports import advice, excused
from ....syntax import ast
from ....syntax.visitor import expressions_in, names_read
from ...core.annotations import check_distinct
from ...core.method_model import MethodModel
from ...core.role_binding import RoleBinding


def collect(members: MethodModel, declared: tuple[ast.Syntax, ...], bag: Bag) -> None:
    """Adds declarations to `members`; what is declared again in the same list is an error."""
    tables: Mapping[str, dict[str, Any]] = {
        "param": members.params,
        "graph": members.graphs,
        "state": members.states,
        "name": members.shared,
    }
    seen: dict[str, Span] = {}
    updates: dict[tuple[str, ...], ast.UpdateDecl] = {}
    for d in declared:
        for kind, name in declared_by(d):
            if name.id in seen:
                bag.error(
                    "duplicate-name",
                    f"`{name.id}` is defined twice",
                    name.span,
                    labels=(Label(seen[name.id], "first defined here"),),
                )
                continue
            seen[name.id] = name.span
            tables[kind][name.id] = d
        match d:
            case ast.GraphDecl():
                check_distinct([p.name for p in d.params], d.name.id, bag)
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


def merge(definition: Definition, bag: Bag) -> MethodModel:
    """A method's members, those of its `from` first and replaced by what the method redefines."""
    chain = lineage(definition)
    for method in reversed(chain.methods):
        check_distinct(method_decl(method).roles, method.name, bag)
    oldest = chain.methods[0]
    if chain.stops:
        _report_stop(chain, bag)
    d = method_decl(oldest)
    keys = frozenset({oldest.key})
    members = MethodModel(d.name.id, d.name.span, d.roles, keys=keys, broken=bool(chain.stops))
    collect(members, d.members, bag)
    for parent, heir in pairwise(chain.methods):
        d = method_decl(heir)
        own_roles = {r.id for r in d.roles}
        for name in [r.id for r in members.roles if r.id not in own_roles]:
            members.broken = True
            bag.error(
                "missing-argument",
                f"`{parent.name}` has a role `{name}`, which `{d.name.id}` lacks",
                d.name.span,
                help="a method takes all the roles of the one that it comes from",
            )
        keys = members.keys | {heir.key}
        again = (m.name for m in d.members if isinstance(m, ast.GraphDecl) and m.name.id in members.graphs)
        changed = members.changed | {name.span for name in again}
        members = replace(
            members, name=d.name.id, span=d.name.span, roles=d.roles, keys=keys, changed=changed
        )
        collect(members, d.members, bag)
    return members


def _report_stop(chain: Lineage, bag: Bag) -> None:
    """Why the chain of `from` is not followed further. Raises `TooLong` where it is too long."""
    oldest = chain.methods[0]
    e = method_decl(oldest).parent
    assert e is not None
    if chain.stops == "missing":
        find_method(e, oldest.module, bag)
    elif chain.stops == "circle":
        message = f"method `{oldest.name}` comes from itself"
        bag.error("import-cycle", message, e.span, "closes the circle")
    else:
        message = f"methods come from each other more than {limits.METHOD_PARENTS} deep here"
        raise TooLong(Diagnostic("syntax", message, e.span))


def find_method(e: ast.Expr, module: Module, bag: Bag) -> Definition | None:
    """The method that `use NAME`, `use file.NAME` or `from NAME` means."""
    meant = meaning(module.names, words_of(e))
    if meant.method is not None:
        return meant.method
    if excused(module, meant.path):
        return None
    found = meant.definition
    if meant.left or meant.found is None or found is None:
        told = advice(module, meant.path, ast.MethodDecl, e.span)
        bag.error(
            "unknown-name",
            f"no method is called `{e.span.text}`",
            e.span,
            help=told.help,
            fixes=told.fixes,
        )
        return None
    is_family = isinstance(found.declaration, ast.FamilyDecl)
    message = f"`{e.span.text}` is {'a family' if is_family else 'no method'}, and a method is due here"
    bag.error("type-mismatch", message, e.span)
    return None


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
    """A role that a method asks for and does not use; to be asked only where its updates have no errors."""
    updated = {r.id for u in members.updates.values() for r in u.roles}
    for r in members.roles:
        if not roles[r.id].used and r.id not in updated:
            bag.error("unused-role", f"nothing in `{members.name}` uses the role `{r.id}`", r.span)
