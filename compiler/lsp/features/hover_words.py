"""What a hover says of a word of the language, by where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ....grammar import meanings
from ...base.frozen import struct
from ...syntax.syntax_errors import KEYWORD_FORMS, KEYWORD_PLACES
from ..cursor import Cursor
from ..names_in_reach import reach
from ..settings_blocks import Slot, slot_at
from ..workspace import View, Workspace
from . import symbol_text
from .enclosing_call import Parameter, called
from .hover_text import code, result, types


@struct
class WordAt:
    """A word with the text before it, the first character behind it, and the entry of a block that it belongs to."""

    workspace: Workspace
    view: View
    cursor: Cursor
    text: str
    before: str
    following: str
    keyword: str | None
    slot: Slot | None

    @property
    def called(self) -> bool:
        return self.following == "("

    @property
    def block(self) -> str:
        return self.cursor.path[-1] if self.cursor.path else ""


Rows = Iterator[str]
When = Callable[[WordAt], bool]
Says = Callable[[WordAt], Rows]


def described(m: meanings.Meaning) -> Rows:
    yield code(m.form)
    yield m.says


# what is said


def _of_slot(w: WordAt) -> Rows:
    assert w.slot is not None
    yield code(f"{w.slot.name} = {w.text}" if w.slot.name != w.text else w.slot.name)
    yield w.slot.described
    if w.text != w.slot.name and w.text in meanings.CALLED:
        yield meanings.CALLED[w.text]


def _of_keyword(w: WordAt) -> Rows:
    yield code(KEYWORD_FORMS.get(w.text, w.text))
    yield f"Stands {KEYWORD_PLACES[w.text]}."


def _function(table: Mapping[str, meanings.Meaning]) -> Says:
    """What a function does, and what this call of it gives."""

    def says(w: WordAt) -> Rows:
        yield from described(table[w.text])
        yield result(w.workspace, w.view, w.cursor.word.start, w.cursor.word.end)

    return says


def _of_target(w: WordAt) -> Rows:
    yield from described(meanings.TARGETS[w.text])


def _word(table: Mapping[str, str], form: str = "{}") -> Says:
    """A word as it is written, and its meaning."""

    def says(w: WordAt) -> Rows:
        yield code(form.format(w.text))
        yield table[w.text]

    return says


def _of_expression(w: WordAt) -> Rows:
    """The types that the expression was found to have; behind a dot, those of the whole of it."""
    word = w.cursor.word
    found = symbol_text.types_at(w.workspace, w.view, word.start, word.end)
    place = symbol_text.around(w.workspace, w.view, word.start, word.end)
    if not found and w.before == "." and place is not None:
        found = symbol_text.types_at(w.workspace, w.view, *place)
    if found:
        yield from types(w.text, found)


def _of_file(w: WordAt) -> Rows:
    parameter = _file_of_role(w)
    assert parameter is not None
    yield code(parameter.text)
    yield parameter.says


# where the word stands


def _file_of_role(w: WordAt) -> Parameter | None:
    """`role student = wan("folder", weights = "tuned.safetensors")`: what the name of a file stands for."""
    inner, module = w.cursor.inner, w.view.main
    if w.following != "=" or inner.braces or not inner.head or inner.head[0].text != "role":
        return None
    found = called(w.cursor, reach(w.cursor, module.names, module), module.names, module)
    return next((p for p in found.parameters if p.path and p.name == w.text), None) if found else None


def _in_slot(w: WordAt) -> bool:
    return w.slot is not None and w.text in (w.slot.name, *w.slot.words, *w.slot.calls)


def _starts_entry(w: WordAt) -> bool:
    return w.keyword is not None and w.keyword in w.cursor.expected and w.text in KEYWORD_PLACES


def _stage_kind(w: WordAt) -> bool:
    entry = w.cursor.entry
    return w.before == ":" and entry[:1] != [] and entry[0].text == "stage" and w.text in meanings.STAGE_KINDS


def _formula(w: WordAt) -> bool:
    return w.block in ("process", "space") and w.text in meanings.FORMULAS and bool(w.cursor.entry)


def _behind(before: str, table: Mapping[str, object], called: bool = False) -> When:
    return lambda w: w.before == before and w.text in table and (w.called or not called)


def _called(table: Mapping[str, object]) -> When:
    return lambda w: w.called and w.text in table


WORDS: tuple[tuple[When, Says], ...] = (
    (_in_slot, _of_slot),
    (lambda w: _file_of_role(w) is not None, _of_file),
    (_behind(".", meanings.ROLE_FUNCTIONS, called=True), _function(meanings.ROLE_FUNCTIONS)),
    (_behind(".", meanings.TIME_PARTS), _word(meanings.TIME_PARTS, ".{}")),
    (_starts_entry, _of_keyword),
    (_behind("per", meanings.SCOPES), _word(meanings.SCOPES, "per {}")),
    (_stage_kind, _word(meanings.STAGE_KINDS, "stage NAME : {}(...)")),
    (_called(meanings.FUNCTIONS), _function(meanings.FUNCTIONS)),
    (_called(meanings.TARGETS), _of_target),
    (_called(meanings.CALLED), _word(meanings.CALLED)),
    (_behind("track", meanings.CALLED), _word(meanings.CALLED)),
    (_formula, _word(meanings.FORMULAS)),
    (lambda w: w.text in meanings.TYPES and w.before != ".", _word(meanings.TYPES)),
    (lambda w: True, _of_expression),
)
"""The first row that holds says what the word is."""


def about_word(workspace: Workspace, view: View, c: Cursor) -> Rows:
    """The rows of a hover over a word that means no declaration."""
    word = WordAt(
        workspace,
        view,
        c,
        c.word.text,
        c.last.text if c.last is not None else "",
        view.source.text[c.word.end :].lstrip()[:1],
        next((t.keyword for t in c.piece if t.start == c.word.start), None),
        slot_at(c),
    )
    yield from next(says for when, says in WORDS if when(word))(word)
