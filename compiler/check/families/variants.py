"""Variants: which of a family's sizes, components and settings one replaces, and by what."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace, struct
from ...base.source import Span
from ...program.family import Component
from ...syntax import ast
from ..core.annotations import did_you_mean
from .components import changed, token_dims
from .sizes import pattern


@struct
class Changes:
    """What a variant puts in the place of a family's own declarations."""

    sizes: Mapping[str, ast.Entry]
    components: Mapping[str, Component]
    params: Mapping[str, ast.Param]
    tokens: Mapping[str, tuple[ast.Expr, ...]]
    shift: ast.Entry | None = None


def variant(v: ast.VariantDecl, own: Changes, family: ast.FamilyDecl, bag: Bag) -> Changes:
    """A variant's entries put over the family's `own`; those that change nothing known are reported."""
    components, params, tokens = dict(own.components), dict(own.params), dict(own.tokens)
    new_sizes: dict[str, ast.Entry] = {}
    shift: ast.Entry | None = None
    known_sizes = [e.name for m in family.members if isinstance(m, ast.SizesDecl) for e in m.entries]
    seen: dict[str, Span] = {}
    for e in v.entries:
        if e.name in seen:
            label = Label(seen[e.name], "first here")
            bag.error("duplicate-name", f"`{e.name}` is given twice", e.span, labels=(label,))
            continue
        seen[e.name] = e.span
        first, *rest = e.path
        if first in components and rest:
            components[first] = changed(components[first], e, tuple(rest), bag)
            if rest == ["tokens"]:
                tokens[first] = token_dims(e)
        elif first in params and not rest and e.value is not None:
            params[first] = replace(params[first], default=e.value)
        elif first == "sizes" and len(rest) == 1 and rest[0] in known_sizes:
            new_sizes[rest[0]] = e
            pattern(rest[0], e, bag)
        elif first == "sizes" and len(rest) == 1:
            near = did_you_mean(rest[0], known_sizes, f"it has {', '.join(known_sizes)}")
            bag.error("unknown-name", f"family `{family.name.id}` has no size `{rest[0]}`", e.span, help=near)
        elif first == "process" and rest == ["shift"]:
            shift = e
            if not isinstance(e.value, ast.Number) or e.value.value <= 0:
                bag.error("bad-setting", "`shift` is a number above 0", e.span)
        elif first == "process":
            bag.error(
                "unknown-setting",
                "a variant changes nothing of a process but its shift",
                e.span,
                help="`process.shift`",
            )
        elif first in components or first in params:
            form = f"{first}.config = {{ ... }}" if first in components else f"{first} = ..."
            bag.error("bad-setting", f"`{e.name}` does not say what to change", e.span, help=f"`{form}`")
        else:
            known = [*components, *params, "sizes", "process"]
            near = did_you_mean(
                first, known, "a variant changes components, parameters, sizes and `process.shift`"
            )
            bag.error(
                "unknown-name", f"family `{family.name.id}` has no `{first}` to change", e.span, help=near
            )
    return Changes(new_sizes, components, params, tokens, shift)
