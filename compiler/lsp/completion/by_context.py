"""Places where the words around them say what may follow: types, dims, values of settings."""

from __future__ import annotations

from ....grammar import meanings
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
        if entry[0].text in meanings.GOES_OVER and not c.inner.braces:
            items.words(meanings.GOES_OVER[entry[0].text], Kind.EnumMember)
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
