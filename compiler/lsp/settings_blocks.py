"""What the blocks and calls that hold settings take: the tables of the checker, in one form for editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...grammar import meanings
from ..base.frozen import struct
from ..check.core.annotations import FLOATS
from ..check.families import components, records
from ..check.families.processes import process
from ..modules import setting_kinds, settings
from .cursor import Cursor, OpenBracket


@struct
class Slot:
    """An entry or argument: what it must be and is for; the words that may be its value."""

    name: str
    wanted: str = ""
    default: str | None = None
    says: str = ""
    words: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    flag: bool = False
    path: bool = False

    @property
    def described(self) -> str:
        rows = [self.says] if self.says else []
        if self.wanted:
            default = f"Default: `{self.default}`" if self.default is not None else "Required"
            rows.append(f"{self.wanted[0].upper()}{self.wanted[1:]}. {default}.")
        return "\n\n".join(rows)


def _slot(block: str, name: str, s: setting_kinds.Setting) -> Slot:
    says = meanings.setting(block, name, settings.OPTIMIZERS)
    words = s.words or (("true", "false") if bool in s.types else ())
    return Slot(name, s.wanted, _default(s), says, words, s.calls, path=s.path)


def _default(s: setting_kinds.Setting) -> str | None:
    if s.default is setting_kinds.REQUIRED:
        return None
    if s.default is None:
        return "none"
    return str(s.default).lower() if isinstance(s.default, bool) else str(s.default)


def _plain(
    block: str, names: Iterable[str], words: Mapping[str, tuple[str, ...]], flags: Iterable[str]
) -> list[Slot]:
    return [Slot(n, says=meanings.setting(block, n), words=words.get(n, ()), flag=n in flags) for n in names]


DATA_FIELD = "field of a data set"
"""Beside the field of a record, which is "field"."""

_TABLES: Mapping[str, Iterable[Slot]] = {
    **{b: [_slot(b, n, s) for n, s in t.items()] for b, t in settings.BLOCKS.items()},
    **{b: [_slot(b, n, s) for n, s in t.items()] for b, t in settings.ARGUMENTS.items()},
    "component": _plain("component", components.SETTINGS, {"dtype": FLOATS}, ("trainable", "optional")),
    "process": _plain("process", process.SETTINGS, {}, ()),
    "space": _plain("space", ("normalize",), {}, ()),
    DATA_FIELD: [
        _slot(DATA_FIELD, n, s)
        for n, s in {n: s for t in settings.FIELDS.values() for n, s in t.items()}.items()
    ],
    "field": _plain("field", records.OPTIONS, {n: tuple(w) for n, w in records.OPTIONS.items()}, ()),
}
TABLES: Mapping[str, Mapping[str, Slot]] = {b: {s.name: s for s in slots} for b, slots in _TABLES.items()}
"""By the word of the block or call. `average` in a program's settings is one, too."""


def table_of(frame: OpenBracket, outer: Iterable[OpenBracket]) -> tuple[str, Mapping[str, Slot]]:
    """The slots of a block or call, and the word that they go by; none where it takes no settings."""
    if frame.opener is None:
        return "", {}
    if frame.opener.kind == "LPAR":
        called = frame.head[-1].text if frame.head else ""
        dotted = len(frame.head) > 1 and frame.head[-2].kind == "DOT"
        known = {} if dotted or called in ("train", "role") else TABLES.get(called, {})
        return called, known
    block = frame.block
    if block == "field" and "record" not in [f.block for f in outer]:
        return block, TABLES[DATA_FIELD]
    if block in ("every", "track"):
        return block, {}
    return block, TABLES.get(block, {}) if block not in meanings.CALLED else {}


def slot_at(c: Cursor) -> Slot | None:
    """The setting whose name or value stands at the cursor."""
    for i in range(len(c.frames) - 1, 0, -1):
        frame = c.frames[i]
        _, slots = table_of(frame, c.frames[:i])
        if not slots:
            continue
        if frame.entry:
            named = len(frame.entry) > 1 and frame.entry[1].kind == "EQUAL"
            return slots.get(frame.entry[0].text) if named else None
        if i < len(c.frames) - 1:
            return None
        found = slots.get(c.word.text)
        if found is None and not frame.braces and frame.count < len(slots):
            return list(slots.values())[frame.count]
        return found
    return None
