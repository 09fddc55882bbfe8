"""The parts of the language server by themselves: places, the index of names, words, what broken texts give."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp
from paths import ACCEPTED, EXAMPLES, LIBRARY, ROOT

from fdc.compiler.base.source import Source
from fdc.compiler.check.core.annotations import BUILT_IN
from fdc.compiler.check.core.dim_expressions import PREDEFINED
from fdc.compiler.check.core.family_model import PUBLISHED
from fdc.compiler.check.expressions.functions import builtins
from fdc.compiler.check.expressions.times import draws
from fdc.compiler.check.families import components, records
from fdc.compiler.check.families import stages as stage_kinds
from fdc.compiler.check.families.processes import process
from fdc.compiler.check.programs.blocks import produce_blocks
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.lsp.completion.complete import complete
from fdc.compiler.lsp.completion.request import Request
from fdc.compiler.lsp.documents import Document
from fdc.compiler.lsp.edits import applied, between
from fdc.compiler.lsp.features import code_actions, hover, inlay_hints, lenses, navigate, outline, rename
from fdc.compiler.lsp.features.enclosing_call import signature
from fdc.compiler.lsp.positions import Text, moved, units
from fdc.compiler.lsp.settings_blocks import TABLES
from fdc.compiler.lsp.workspace import Read, View, Workspace
from fdc.compiler.modules import settings
from fdc.grammar import meanings
from fdc.stages import table

RIGHT = [*sorted(EXAMPLES.glob("*.fdl")), *sorted(ACCEPTED.glob("*.fdl"))]
FILES = [*RIGHT, *LIBRARY]

TEXTS = st.text(st.sampled_from("ab \n\r\t😀é画\u2028\u0085\x0b\ud800"), max_size=40)

ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


# places


@given(TEXTS, ENCODINGS)
def test_places_lead_back_to_their_characters(text: str, encoding: str) -> None:
    lines = Text(text, encoding)
    for offset in range(len(text) + 1):
        inside_break = text[offset - 1 : offset + 1] == "\r\n"
        assert inside_break or lines.offset(lines.position(offset)) == offset


@given(TEXTS, ENCODINGS, st.integers(0, 50), st.integers(0, 200))
def test_every_place_means_a_character_on_its_line(text: str, encoding: str, line: int, unit: int) -> None:
    lines = Text(text, encoding)
    offset = lines.offset(lsp.Position(line, unit))
    if line < len(lines.starts):
        assert lines.starts[line] <= offset <= lines.ends[line]
        before = sum(units(c, encoding) for c in text[lines.starts[line] : offset])
        following = text[offset : offset + 1]
        inside = following and before + units(following, encoding) > unit
        assert before == unit or (before < unit and (offset == lines.ends[line] or inside))
    else:
        assert offset == len(text)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_what_an_edit_leaves_alone_is_found_again(start: str, old: str, new: str, end: str) -> None:
    before, after = start + old + end, start + new + end
    for i in range(len(start)):
        assert moved(before, after, i) == i
    for i in range(len(before) + 1):
        place = moved(before, after, i)
        if place is None:
            assert i > len(start) and not after.startswith(before[:i])
        else:
            assert before[:i] == after[:place] or before[i:] == after[place:]


@given(TEXTS, TEXTS)
def test_edits_between_two_texts_make_the_second(before: str, after: str) -> None:
    assert applied(before, between(before, after)) == after


# names


@pytest.mark.slow
@pytest.mark.parametrize("path", RIGHT, ids=lambda p: p.name)
def test_every_name_that_may_be_renamed_can_be(path: Path) -> None:
    """Some of the declared names of each example: the renamed program still checks, and back again it is the same."""
    text = path.read_text("utf-8")
    workspace, view = opened(path, text)
    names = [s for s in view.names.declared() if s.kind not in rename.FIXED]
    for symbol in random.Random(path.name).sample(names, min(2, len(names))):
        try:
            changes = rename.rename(workspace, view, symbol.span.start, "fresh_name")
        except rename.Refused:
            continue
        assert list(changes) == [path]
        after = applied(*changes[path])
        assert after.replace("fresh_name", symbol.name) == text
        assert check_source(Source(path.name, after, path), path).clean, symbol.name


def opened(path: Path, *texts: str) -> tuple[Workspace, View]:
    workspace = Workspace()
    view = None
    for i, text in enumerate(texts):
        workspace.documents.put(path.as_uri(), i, text)
        view = workspace.view(path)
    assert view is not None
    return workspace, view


# words


def test_every_word_of_the_language_has_a_meaning_and_no_other_has() -> None:
    assert set(meanings.FUNCTIONS) == set(builtins.BUILT_IN)
    assert set(meanings.ROLE_FUNCTIONS) == {*table.ROLE_FUNCTIONS, *PUBLISHED}
    assert set(meanings.TYPES) == set(BUILT_IN)
    assert set(meanings.DIMS) == set(PREDEFINED)
    assert set(meanings.STAGE_KINDS) == set(stage_kinds.STAGE_KINDS)
    assert set(meanings.SCOPES) == set(draws.SCOPES)
    assert set(meanings.TIME_PARTS) == set(table.TIME_PARTS)
    assert set(meanings.ROOTS) == set(components.ROOTS)
    assert set(meanings.TARGETS) == set(produce_blocks.TARGETS)
    called = {*settings.DATA_SOURCES, *settings.OPTIMIZERS, *settings.TRACKERS, *settings.ARGUMENTS, "tiny"}
    assert called == set(meanings.CALLED) | ({"shards"} & set(settings.DATA_SOURCES))


def test_every_setting_has_a_meaning_and_no_other_has() -> None:
    for block, slots in TABLES.items():
        for name, slot in slots.items():
            assert slot.says, f"`{name}` of `{block}` has no meaning"
    known: dict[str, set[str]] = {b: set(t) for b, t in {**settings.BLOCKS, **settings.ARGUMENTS}.items()}
    known["optimizer"] = {n for o in settings.OPTIMIZERS for n in settings.BLOCKS[o]}
    known |= {"component": set(components.SETTINGS), "process": set(process.SETTINGS), "space": {"normalize"}}
    known["field"] = set(records.OPTIONS)
    known["field of a data set"] = {n for t in settings.FIELDS.values() for n in t}
    for block, entries in meanings.SETTINGS.items():
        assert entries.keys() <= known[block], block


def test_forms_name_their_parameters() -> None:
    assert meanings.FUNCTIONS["guide"].parameters == (
        "c",
        "u",
        "scale",
        "zero = false",
        "rescale = 0",
        "norm = [h, w]",
    )
    assert meanings.FUNCTIONS["jvp"].parameters == ("f(x, t)", "x = dx", "t = dt")
    for name, meaning in (*meanings.FUNCTIONS.items(), *meanings.ROLE_FUNCTIONS.items()):
        assert meaning.form.startswith(f"{name}(") and meaning.form.endswith(")"), name
        assert meaning.says.endswith((".", ":")) or "`" in meaning.says, name


# completion

WRITTEN = [
    ROOT / "programs" / "wan_dmd2.fdl",
    *(
        pytest.param(path, marks=pytest.mark.slow)
        for path in (ROOT / "programs" / "dmd2.fdl", ACCEPTED / "draws.fdl")
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.name)
@pytest.mark.parametrize("rest", [True, False], ids=["within", "at the end"])
def test_every_word_that_an_author_wrote_is_offered_there(path: Path, rest: bool) -> None:
    """After its first letter, with the rest of the text behind it and without; names that are new there aside.

    Every fifth word, for the time that it takes.
    """
    text = path.read_text("utf-8")
    _, view = opened(path, text)
    new = {u.span.start for u in view.names.uses if u.declares and u.span == u.symbol.span}
    for token in view.lexed.tokens[int(rest) :: 5]:
        if token.kind != "NAME" or token.start in new:
            continue
        written = text[: token.start + 1] + (text[token.end :] if rest else "")
        workspace, now = opened(path, *((text,) if rest else ()), written)
        offered = {item.label for item in complete(workspace, now, token.start + 1)}
        line = view.source.line_text(view.source.position(token.start)[0])
        assert token.text in offered, f"`{token.text}` in {line.strip()}"


# edits on offer


@pytest.mark.parametrize(
    ("client", "most"),
    [(code_actions.Client(resolves=True), 0), (code_actions.Client(), code_actions.TRIALS_AT_CURSOR)],
)
def test_actions_are_offered_from_the_check_that_is_kept(
    client: code_actions.Client, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eighty brackets whose fixes do not help: which of them do is found by as many checks as are allowed."""
    text = "\n".join(f"method m{i}(a) {{ param x = f([1, (2) }}" for i in range(80))
    workspace, view = opened(ROOT / "brackets.fdl", text)
    checks = []
    checked = workspace.checked

    def counted(document: Document, source: Source, reads: Read | None = None) -> View:
        checks.append(source)
        return checked(document, source, reads)

    monkeypatch.setattr(workspace, "checked", counted)
    offered = list(code_actions.actions(workspace, view, 0, len(text), None, client))
    assert len(checks) <= most
    assert sum(a.kind == "quickfix" for a in offered) == 80
    (every,) = (a for a in offered if a.kind == code_actions.FIX_ALL)
    assert (every.edit is None) == client.resolves


# texts in the middle of an edit

INSERTED = (
    ".",
    "(",
    "{",
    "[",
    '"',
    "}",
    ")",
    "😀",
    "\u2028",
    " = ",
    ":",
    "\r\n",
    "##",
    " graph ",
    " param x: ",
    " use ",
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_no_text_is_too_broken_to_answer_about(seed: int) -> None:
    """Examples cut short, with pieces missing or put in, asked about everything at and around the wound."""
    rng = random.Random(seed)
    path = rng.choice(FILES)
    text = path.read_text("utf-8")
    at = rng.randrange(len(text))
    broken = rng.choice(
        (
            text[:at],
            text[:at] + text[at + rng.randrange(1, 40) :],
            text[:at] + rng.choice(INSERTED) + text[at:],
            text.replace("\n", "\r\n"),
        )
    )
    place = path.with_name("in_the_middle.fdl")
    workspace, now = opened(place, *((text,) if rng.random() < 0.5 else ()), broken)
    for offset in {max(0, min(len(broken), at + d)) for d in range(-2, 3)}:
        complete(workspace, now, offset)
        request = Request(workspace, now, offset)
        if request.called is not None:
            signature(request.called)
        view, there = workspace.readable(now, offset)
        hover.hover(workspace, view, there)
        navigate.definition(workspace, view, there)
        navigate.highlights(now, offset)
        list(code_actions.actions(workspace, now, offset, offset, None, code_actions.Client(True)))
        code_actions.formatted(now, offset, offset)
    before = workspace.before(now) or now
    for symbol in outline.symbols(before, now):
        assert symbol.range.start <= symbol.selection_range.start <= symbol.range.end
    for fold in outline.folds(now):
        assert fold.start_line < fold.end_line
    list(inlay_hints.hints(before, now, 0, len(broken)))
    assert not list(lenses.lenses(before, now, ()))
    list(lenses.lenses(before, now, ("fdl.check", "fdl.graph")))
