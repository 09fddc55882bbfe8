"""Places where the words around them say what may follow: `optimize R = `, `stage s : `, `clean[`."""

from __future__ import annotations

from itertools import pairwise

from ....grammar import meanings
from ...check.core.annotations import FLOATS
from ...modules import settings
from ...modules.imports import Namespace
from ...syntax import ast
from ...types.quantity import LATENTS
from ..settings_blocks import Slot, table_of
from .request import Kind, Request


def in_type(r: Request) -> bool:
    """Behind `:`, `->` and `as`, and between the brackets of a type or a space."""
    c, items, last = r.c, r.items, r.c.last
    if last is None:
        return False
    bracket = c.inner if c.inner.opener is not None and c.inner.opener.kind == "LSQB" else None
    before = bracket.head[-1] if bracket is not None and bracket.head else None
    if before is not None and before.text in LATENTS and bracket is not None and not bracket.entry:
        items.locals(r.reach.of("space", "role"))
        for symbol in r.declared(ast.SpaceDecl):
            items.symbol(symbol, 1)
        if c.path[:1] == ["family"]:
            for name, named in r.files.items():
                if isinstance(named, Namespace):
                    items.add(name, Kind.Module, 2)
        return True
    if _in_dims(r):
        items.locals(r.reach.of("size"))
        for name, says in meanings.DIMS.items():
            items.add(name, Kind.Constant, 2, says=says)
        return True
    if r.entry[:1] == ["stage"] and len(r.entry) == 3 and last.kind == "COLON":
        items.words(meanings.STAGE_KINDS, Kind.EnumMember)
        return True
    opens_list = bracket is not None and not bracket.entry and before is not None
    if (
        last.kind in ("COLON", "ARROW")
        or last.text == "as"
        or (opens_list and before is not None and before.kind in ("COLON", "ARROW"))
    ):
        for word, says in meanings.TYPES.items():
            items.add(word, Kind.TypeParameter, 2, says=says)
        items.locals(r.reach.of("record"))
        for symbol in r.declared(ast.RecordDecl):
            items.symbol(symbol, 1)
        return True
    return False


def _in_dims(r: Request) -> bool:
    """Between the brackets of a type of tensors, maybe deeper: `bf16[b, 16, (`."""
    for frame in reversed(r.c.frames):
        if frame.braces:
            return False
        before = frame.head[-1].text if frame.head else ""
        if frame.opener is not None and frame.opener.kind == "LSQB" and before in meanings.TYPES:
            return before not in LATENTS
    return False


def in_setting(r: Request) -> bool:
    """The value of a setting, or the name of one in a call such as `adamw(`; True where nothing else may stand."""
    c, items = r.c, r.items
    word, slots = table_of(c.inner, c.frames[:-1])
    entry = c.inner.entry
    if len(entry) == 2 and entry[1].kind == "EQUAL":
        slot = slots.get(entry[0].text)
        if slot is not None:
            _value(r, slot)
            return bool(slot.words) or slot.name == "init"
        if entry[0].text == "per" and not c.inner.braces:
            items.words({k: meanings.SCOPES[k] for k in ("sample", "frame")}, Kind.EnumMember)
            return True
    if not c.inner.braces and not entry and slots:
        if word in meanings.FUNCTIONS:  # `average(`, a function of roles as well
            items.locals(r.reach.of("role"))
            return c.inner.count == 0
        return True
    return False


def _value(r: Request, slot: Slot) -> None:
    for word in slot.words:
        r.items.add(word, Kind.EnumMember, 1, "the default" if word == slot.default else "")
    for word in slot.calls:
        r.items.add(word, Kind.Function, 1, says=meanings.CALLED.get(word, ""), write=f"{word}(")
    if slot.name in ("init", "role"):
        r.items.locals(r.reach.of("role"))


def by_first_word(r: Request) -> bool:
    """Places that the entry's first word tells; True where nothing else may stand."""
    c, items, entry = r.c, r.items, r.entry
    last = entry[-1] if entry else ""
    in_call = not c.inner.braces
    if last == "per":
        items.words(meanings.SCOPES, Kind.EnumMember)
        return True
    match entry[0] if entry else "":
        case "role" if entry[2:] == ["="]:
            r.of_kind(ast.FamilyDecl)
        case "role" if in_call and len(c.frames) > 2 and c.path == ["program"]:
            if c.inner.count == 0 and not c.inner.entry:
                items.add(
                    "tiny", Kind.Function, 1, "tiny(seed = 0)", meanings.CALLED["tiny"], "tiny(seed = 0)"
                )
                r.of_kind(ast.ProgramDecl)
        case "use" if len(entry) == 1:
            r.of_kind(ast.MethodDecl)
        case "use" if in_call:
            items.locals(r.reach.of("role"))
        case "method" if last == "from":
            r.of_kind(ast.MethodDecl)
        case "optimize" if len(entry) == 1:
            items.locals(r.reach.of("role"))
        case "update" if len(entry) == 1 or last == ",":
            items.locals(r.reach.of("role"))
        case "optimize" if entry[2:] == ["="]:
            items.words({o: meanings.CALLED.get(o, "") for o in settings.OPTIMIZERS}, Kind.Function, "(")
        case "data" if entry[2:] == ["="]:
            items.words({s: meanings.CALLED.get(s, "") for s in settings.DATA_SOURCES}, Kind.Function, "(")
        case "track" if len(entry) == 1:
            items.words({t: meanings.CALLED.get(t, "") for t in settings.TRACKERS}, Kind.EnumMember)
        case "produce" if last == "to":
            for name, m in meanings.TARGETS.items():
                items.add(name, Kind.Function, 1, m.form, m.says, f"{name}(")
        case "component" if entry[2:] == ["="]:
            items.words(meanings.ROOTS, Kind.Module, ".")
        case "stage" if last == "by":
            items.locals(r.reach.of("component"))
            items.add("python", Kind.Function, 1, "python(function of binding.py)", write="python(")
            items.add("select", Kind.Function, 1, meanings.FUNCTIONS["select"].form, write="select(")
        case "stage" if "by" in entry and in_call:
            if len(c.inner.entry) > 1:  # the module's own names stand before `=`
                _stage_arguments(r)
        case "space" if last == "from":
            items.locals(r.reach.of("component"))
        case "space" if entry[2:] == ["="] or last == "*":
            for word in FLOATS:
                items.add(word, Kind.TypeParameter, 1, says=meanings.TYPES[word], write=f"{word}[b, ")
            items.locals((n for n in r.reach.of("space") if n.name != entry[1]), 2)
        case _ if c.path == ["family", "sizes"]:
            pass  # what a size is made of is any name: `F = 4*k + 1`
        case _ if c.path[-1:] == ["space"] and entry:
            items.add("z", Kind.Variable, 1, says=meanings.FORMULAS["z"])
            items.locals(r.reach.of("component"))
        case _ if c.path[-1:] == ["process"] and entry:
            items.words({k: says for k, says in meanings.FORMULAS.items() if k != "z"}, Kind.Variable)
        case _:
            return False
    return True


def _stage_arguments(r: Request) -> None:
    """The stage's own parameters, which the values after `by component(` are made of."""
    depth = 0
    head = r.c.entry[: r.entry.index("by")]
    for token, following in pairwise(head):
        depth += (token.kind in ("LPAR", "LSQB")) - (token.kind in ("RPAR", "RSQB"))
        if token.kind == "NAME" and depth == 1 and following.kind == "COLON":
            r.items.add(token.text, Kind.Variable, 1)
