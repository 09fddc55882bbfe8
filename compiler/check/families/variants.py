"""Variants: which of a family's sizes, components and settings one replaces, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import field, mutable, replace
from ...base.source import Span
from ...program.family import Component
from ...syntax import ast
from ...syntax.visitor import dotted
from ..core.family_model import PUBLISHED
from ..core.suggestions import did_you_mean
from .components import changed, component, is_class
from .declarations import FamilyDeclarations
from .latent_spaces.sizes import pattern
from .processes.shift import shift_of


@mutable
class VariantChanges:
    """Components and parameters as a variant has them, and the sizes and the entries of the process that it states."""

    sizes: dict[str, ast.Entry]
    components: dict[str, Component]
    params: dict[str, ast.Param]
    tokens: dict[str, ast.Expr | None]
    """What components state of their tokens, by the components' names."""
    process: tuple[ast.Entry, ...] = ()
    """What it states of the process, under the process's own names."""
    published: dict[str, str] = field(default_factory=dict)
    """The names of graphs and stages that stand for others, by the names of those; "" for one that the variant lacks."""


def with_variant(
    declared: FamilyDeclarations, variant: str | None, where: Span, bag: Bag, alone: bool = False
) -> tuple[VariantChanges, bool]:
    """What a family declares, as its variant has it, and whether there is such a variant; every variant is checked, or only
    this one where it stands `alone`."""
    own = VariantChanges(
        {},
        {d.name.id: component(d, bag) for d in declared.of(ast.ComponentDecl)},
        {d.name.id: d for d in declared.of(ast.Param)},
        {d.name.id: e.value for d in declared.of(ast.ComponentDecl) for e in d.entries if e.name == "tokens"},
    )
    read = [v for v in declared.of(ast.VariantDecl) if alone and v.name.id == variant]
    read = read or list(declared.of(ast.VariantDecl))
    known = {v.name.id: read_variant(v, own, declared.family, bag) for v in read}
    if variant is None or variant in known:
        return (known[variant] if variant is not None else own), True
    listed = ", ".join(known)
    bag.error(
        "unknown-name",
        f"family `{declared.name}` has no variant `{variant}`",
        where,
        help=did_you_mean(variant, known, f"it has {listed}" if listed else "it has no variants"),
    )
    return own, False


def read_variant(v: ast.VariantDecl, own: VariantChanges, family: ast.FamilyDecl, bag: Bag) -> VariantChanges:
    """A variant's entries put over the family's `own`; those that change nothing known are reported."""
    found = VariantChanges({}, dict(own.components), dict(own.params), dict(own.tokens))
    members = {m.name.id: m for m in family.members if isinstance(m, ast.GraphDecl | ast.StageDecl)}
    below = _below(v, family, bag)
    if below is not None:  # what is wrong with it is told where it is declared
        found = read_variant(below, own, family, Bag())
    seen: dict[str, Span] = {}
    for e in v.entries:
        if e.name in seen:
            label = Label(seen[e.name], "first here")
            bag.error("duplicate-name", f"`{e.name}` is given twice", e.span, labels=(label,))
            continue
        seen[e.name] = e.span
        first, *rest = e.path
        if first in found.components:
            _component(found, e, rest, bag)
        elif first in found.params:
            _param(found, e, rest, bag)
        elif first in SECTIONS:
            SECTIONS[first](found, e, rest, family, bag)
        elif first in members:
            _member(found, e, members, bag)
        else:
            known = [*found.components, *found.params, *SECTIONS]
            near = did_you_mean(
                first,
                [*known, *members],
                "a variant changes components, parameters, sizes and `process.shift`, and publishes other graphs and stages",
            )
            bag.error(
                "unknown-name", f"family `{family.name.id}` has no `{first}` to change", e.span, help=near
            )
    return found


def _below(v: ast.VariantDecl, family: ast.FamilyDecl, bag: Bag) -> ast.VariantDecl | None:
    """The variant that another begins with."""
    if v.base is None:
        return None
    known = {m.name.id: m for m in family.members if isinstance(m, ast.VariantDecl) and m is not v}
    ends = family.lineage(v.name.id)[0].base
    if v.base.id in known and (ends is None or ends.id not in (*known, v.name.id)):
        return known[v.base.id]
    if v.base.id in (*known, v.name.id):
        bag.error("unknown-name", f"variant `{v.name.id}` begins with itself", v.base.span)
        return None
    bag.error(
        "unknown-name",
        f"family `{family.name.id}` has no variant `{v.base.id}` to begin with",
        v.base.span,
        help=did_you_mean(v.base.id, known, f"it has {', '.join(known)}") if known else "",
    )
    return None


def _component(found: VariantChanges, e: ast.Entry, rest: list[str], bag: Bag) -> None:
    name = e.path[0]
    if rest:
        found.components[name] = changed(found.components[name], e, tuple(rest), bag)
        if rest == ["tokens"]:
            found.tokens[name] = e.value
    elif e.value is not None and (cls := dotted(e.value)) is not None:
        if is_class(cls, e.value.span, bag):
            # what is known of one class's config is not known of another's
            found.components[name] = replace(found.components[name], cls=cls, config={}, places={})
    else:
        _unclear(e, f"{name}.config = {{ ... }}, {name} = diffusers.CLASS", bag)


def _param(found: VariantChanges, e: ast.Entry, rest: list[str], bag: Bag) -> None:
    name = e.path[0]
    if not rest and e.value is not None:
        found.params[name] = replace(found.params[name], default=e.value)
    else:
        _unclear(e, f"{name} = ...", bag)


def _member(
    found: VariantChanges, e: ast.Entry, members: Mapping[str, ast.GraphDecl | ast.StageDecl], bag: Bag
) -> None:
    """`cond = cond_of_image`: whatever names the one means the other; `sample_large = none`: there is no such graph."""
    own = members[e.path[0]]
    what = "graph" if isinstance(own, ast.GraphDecl) else f"stage of kind `{own.kind.id}`"
    alike = [n for n, m in members.items() if m is not own and _kind(m) == _kind(own)]
    if len(e.path) > 1 or not isinstance(e.value, ast.Name):
        _unclear(e, f"{e.path[0]} = {alike[0] if alike else '...'}", bag)
    elif e.value.id == "none" and e.value.id not in members and e.path[0] not in PUBLISHED:
        found.published[e.path[0]] = ""
    elif e.value.id not in alike:
        near = did_you_mean(e.value.id, alike, f"there are {', '.join(alike)}" if alike else "")
        bag.error("unknown-name", f"`{e.value.id}` is no other {what}", e.value.span, help=near)
    else:
        found.published[e.path[0]] = e.value.id


def _kind(m: ast.GraphDecl | ast.StageDecl) -> str:
    return m.kind.id if isinstance(m, ast.StageDecl) else ""


def _unclear(e: ast.Entry, form: str, bag: Bag) -> None:
    bag.error("bad-setting", f"`{e.name}` does not say what to change", e.span, help=f"`{form}`")


def _size(found: VariantChanges, e: ast.Entry, rest: list[str], family: ast.FamilyDecl, bag: Bag) -> None:
    known = [x.name for m in family.members if isinstance(m, ast.SizesDecl) for x in m.entries]
    if len(rest) != 1:
        _unclear(e, "sizes.NAME = ...", bag)
    elif rest[0] in known:
        found.sizes[rest[0]] = e
        pattern(rest[0], e, bag)
    else:
        near = did_you_mean(rest[0], known, f"it has {', '.join(known)}")
        bag.error("unknown-name", f"family `{family.name.id}` has no size `{rest[0]}`", e.span, help=near)


def _process(found: VariantChanges, e: ast.Entry, rest: list[str], family: ast.FamilyDecl, bag: Bag) -> None:
    if len(rest) != 1 or rest[0] not in OF_PROCESS:
        message = "a variant changes nothing of a process but what its network says, and at which levels"
        listed = ", ".join(f"`process.{n}`" for n in OF_PROCESS)
        near = did_you_mean(rest[0] if rest else "", OF_PROCESS, listed)
        bag.error("unknown-setting", message, e.span, help=near)
        return
    found.process = (*found.process, replace(e, path=tuple(rest)))
    if rest == ["shift"]:
        shift_of(e, (), bag)


OF_PROCESS = ("shift", "predict", "schedule", "grid", "range")
"""What variants state of a process: its mix and its ticks are the family's."""

SECTIONS: Mapping[str, Callable[[VariantChanges, ast.Entry, list[str], ast.FamilyDecl, Bag], None]] = {
    "sizes": _size,
    "process": _process,
}
"""What a variant changes beside components and parameters, by the first word of an entry."""
