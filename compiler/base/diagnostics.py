"""A diagnostic as data. Rendering lives in `report.py`, the pages of `fdc explain` in `grammar/codes.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from .frozen import replace, struct
from .source import Span

MAX_KNOWN = 300
MAX_WORD = 60
"""Among how many names one that may be meant is looked for, and how much of each is compared."""
MAX_TEXT = 1000
MAX_MORE = 12
"""How long a message may be, and how many further places or facts it has."""

Severity = Literal["error", "warning", "info"]

LINTS = frozenset(
    {
        "redundant-stop",
        "unused-binding",
        "constant-loss",
        "asserted-quantity",
        "redundant-allow",
        "heaped-draws",
        "unseen-levels",
        "late-start",
        "live-scalar",
        "moves-away",
        "live-target",
        "condition-mismatch",
        "unfitted-role",
        "score-sign",
    }
)
"""Codes that are warnings: the program is accepted."""
ANSWERS = frozenset({"reveal"})
"""Codes that say what was asked for."""
SEVERAL = frozenset({"config-mismatch", "missing-file", "missing-argument"})
"""Codes of which one place may have several: each tells of something else in the files that are named there, or of
something else that is missing."""


@struct
class Label:
    """A further place, with what to see there."""

    span: Span
    text: str


@struct
class Fix:
    """An exact edit: replace `span` by `text`.

    A `safe` one is the only reasonable reading of what stands there and changes nothing that was right: `fdc check --fix`
    applies it unasked. Other sizes, names of the user's and swapped operands never are.
    """

    title: str
    span: Span
    text: str
    safe: bool = False


@struct
class Diagnostic:
    """One message.

    `span` is where the user made the choice, `note` what is to be seen there; `facts` are what was known at that
    place, each with its origin already in words (`F = 81 from wan_dmd2.fdl:5`).
    """

    code: str
    message: str
    span: Span
    note: str = ""
    labels: tuple[Label, ...] = ()
    facts: tuple[str, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()
    role: str = ""
    """The role whose contract is not met, by the program's name of it."""
    mild: bool = False
    """A warning, although its code is that of an error: the program does what it says, and no more than that."""

    @property
    def severity(self) -> Severity:
        if self.mild or self.code in LINTS:
            return "warning"
        return "info" if self.code in ANSWERS else "error"


def exit_status(found: Iterable[Diagnostic]) -> int:
    """That of a command which found these: 0 without an error, 2 where nothing but files is missing, else 1."""
    errors = {d.code for d in found if d.severity == "error"}
    return (2 if errors == {"missing-file"} else 1) if errors else 0


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, if one is near enough to be meant.

    Of very many names `MAX_KNOWN` are looked at, those that begin as `name` does before others.
    """
    from difflib import SequenceMatcher  # a program without a mistake does not pay for it

    matcher = SequenceMatcher(None, "", name[:MAX_WORD])
    best = (0.6, "")
    for other in sorted(known, key=lambda n: n[:2] != name[:2])[:MAX_KNOWN]:
        matcher.set_seq1(other[:MAX_WORD])
        # two bounds from above, which cost less, come first
        if matcher.real_quick_ratio() >= best[0] and matcher.quick_ratio() >= best[0]:
            best = max(best, (matcher.ratio(), other))
    return best[1] or None


def respelt(word: str, meant: str | None, span: Span, closed: bool = False) -> tuple[Fix, ...]:
    """The fix that writes `meant` for the one `word` in `span`; none where nothing is meant or the word stands twice.

    `closed` says that the language or a block has a fixed list of such words. Then it is safe to mend a slip of the
    fingers; `fp16` for `bf16` is none.
    """
    if meant is None:
        return ()
    places = [m.span() for m in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", span.text)]
    if len(places) != 1 and places[:1] != [(0, len(word))]:
        return ()
    start, end = places[0]
    place = Span(span.source, span.start + start, span.start + end)
    return (Fix(f"write `{meant}`", place, meant, closed and is_slip(word.strip('"'), meant)),)


def is_slip(word: str, meant: str) -> bool:
    """Whether a word is another one mistyped: a letter too few, too many, wrong or swapped, two in a long word."""
    if [c for c in word if c.isdigit()] != [c for c in meant if c.isdigit()]:
        return False
    allowed = 2 if len(meant) >= 8 else 1
    if abs(len(word) - len(meant)) > allowed:
        return False
    # edits[j]: how many turn the letters of `word` so far into the first j of `meant`; rows of the two letters before
    before: list[int] = []
    edits = list(range(len(meant) + 1))
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(meant, 1):
            row.append(min(edits[j] + 1, row[j - 1] + 1, edits[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == meant[j - 2] and word[i - 2] == b:
                row[j] = min(row[j], before[j - 2] + 1)
        before, edits = edits, row
    return edits[-1] <= allowed


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file and place; the same code at the same place only once, unless it is one of `SEVERAL`.

    Names and lists in messages are somebody's, and may be of any length: what is too long is cut.
    """
    seen: set[tuple[str, object, int, str]] = set()
    kept = []
    for d in sorted(found, key=lambda d: (d.span.source.path, d.span.start, d.code)):
        more = d.message if d.code in SEVERAL else ""
        key = (d.code, d.span.source.file or d.span.source.path, d.span.start, more)
        if key not in seen:
            seen.add(key)
            kept.append(bounded(d))
    return tuple(kept)


def bounded(d: Diagnostic) -> Diagnostic:
    """The same, with texts of at most `MAX_TEXT` characters and at most `MAX_MORE` labels and facts."""
    texts = (d.message, d.note, d.help, *(label.text for label in d.labels), *d.facts)
    if max(map(len, texts)) <= MAX_TEXT and max(len(d.labels), len(d.facts)) <= MAX_MORE:
        return d
    labels = tuple(Label(label.span, _short(label.text)) for label in d.labels[:MAX_MORE])
    facts = tuple(map(_short, d.facts[:MAX_MORE]))
    return replace(
        d, message=_short(d.message), note=_short(d.note), help=_short(d.help), labels=labels, facts=facts
    )


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
