"""The edits that diagnostics carry, made: `fdc check --fix` and `--diff`.

An edit is kept only if the check that follows finds that it helped, so that no file comes out worse than it went in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..base.diagnostics import Diagnostic, Fix
from ..base.frozen import struct
from ..base.source import Source

ROUNDS = 8
"""How often what is found is mended and checked again."""
TRIALS = 100
"""How often edits are tried. Of very many that do not help, those that are not tried by then wait for another time."""

Texts = Mapping[Path, str]
"""The files that may be edited."""
Check = Callable[[Texts], Sequence[Diagnostic]]
"""What is found where these texts stand for the files at their paths."""


@struct
class Edit:
    """A fix and the diagnostic that it is to remove."""

    fix: Fix
    diagnostic: Diagnostic

    @property
    def file(self) -> Path | None:
        return self.fix.span.source.file

    @property
    def syntax(self) -> bool:
        return self.diagnostic.code == "syntax"


@struct
class Mended:
    """`found` is what remains; `refused` are the last round's edits that would not have helped."""

    texts: Texts
    made: tuple[Edit, ...]
    refused: tuple[Edit, ...]
    found: tuple[Diagnostic, ...]


class _Enough(Exception):
    """Edits were tried often enough."""


def mend(
    texts: Texts,
    check: Check,
    unsafe: bool = False,
    *,
    known: Sequence[Diagnostic] | None = None,
    trials: int = TRIALS,
) -> Mended:
    """Makes the safe fixes, and the others too where `unsafe`, until nothing is left to do, at most `ROUNDS` times.

    `known` is what a check of these texts finds, where that has been done; `trials` bounds the checks that follow it.
    """
    left = iter(range(trials))

    def tried(texts: Texts) -> Sequence[Diagnostic]:
        if next(left, None) is None:
            raise _Enough
        return check(texts)

    found = tuple(check(texts) if known is None else known)
    made: list[Edit] = []
    refused: list[Edit] = []
    for _ in range(ROUNDS):
        edits = _apart([e for d in found if (e := fixable(d, texts, unsafe)) is not None])
        refused = []
        kept = _Kept((), texts, found)
        # What cannot be read hides other mistakes, so it is mended first: only then is a new one to be expected.
        for some in ([e for e in edits if e.syntax], [e for e in edits if not e.syntax]):
            kept = kept if kept.edits else _helpful(kept, some, tried, refused)
        if not kept.edits:
            break
        made += kept.edits
        texts, found = kept.texts, kept.found
    return Mended(texts, tuple(made), tuple(refused), found)


def fixable(d: Diagnostic, texts: Texts, unsafe: bool = False) -> Edit | None:
    """A diagnostic's one safe edit of these files; where `unsafe`, else its only edit."""
    safe = [f for f in d.fixes if f.safe]
    chosen = safe[0] if len(safe) == 1 else d.fixes[0] if unsafe and len(d.fixes) == 1 else None
    return Edit(chosen, d) if chosen is not None and chosen.span.source.file in texts else None


def offer(found: Sequence[Diagnostic], texts: Texts) -> str:
    """`1 can be fixed with --fix, 1 more with --unsafe-fixes`"""
    safe = sum(fixable(d, texts) is not None for d in found)
    more = sum(fixable(d, texts, unsafe=True) is not None for d in found) - safe
    said = [f"{safe} can be fixed with --fix"] if safe else []
    if more:
        said.append(
            f"{more} more with --unsafe-fixes" if safe else f"{more} can be fixed with --fix --unsafe-fixes"
        )
    return ", ".join(said)


def summed(mended: Mended, unsafe: bool = False) -> str:
    """`3 fixed, 1 can be fixed with --unsafe-fixes`; what --fix left it will leave again."""
    said = [f"{len(mended.made)} fixed"] if mended.made else []
    more = [d for d in mended.found if fixable(d, mended.texts, unsafe=True)]
    more = [d for d in more if not fixable(d, mended.texts) and not unsafe]
    if more:
        said.append(f"{len(more)} can be fixed with --unsafe-fixes")
    return ", ".join(said)


def diff(before: str, after: str, name: str) -> str:
    """The unified diff of a file, as `patch` and `git apply` take it."""
    from difflib import unified_diff

    lines = unified_diff(_lines(before), _lines(after), name, name)
    return "".join(x if x.endswith("\n") else f"{x}\n\\ No newline at end of file\n" for x in lines)


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


# one round


@struct
class _Kept:
    """Edits that help together, with the texts after them and what is found there."""

    edits: tuple[Edit, ...]
    texts: Texts
    found: tuple[Diagnostic, ...]


def _apart(edits: Sequence[Edit]) -> list[Edit]:
    """In order of place, without those that overlap or touch an earlier one: they wait for the next round."""
    kept: list[Edit] = []
    for e in sorted(edits, key=lambda e: (str(e.file), e.fix.span.start, e.fix.span.end)):
        if not kept or kept[-1].file != e.file or kept[-1].fix.span.end < e.fix.span.start:
            kept.append(e)
    return kept


def _helpful(start: _Kept, edits: Sequence[Edit], check: Check, refused: list[Edit]) -> _Kept:
    """All of these edits if they help together, else those that do, found by halving."""
    kept = start
    waiting = [tuple(edits)] if edits else []
    while waiting:
        part = waiting.pop()
        try:
            tried = _tried(start, (*kept.edits, *part), check)
        except _Enough:
            break
        if tried is not None:
            kept = tried
        elif len(part) == 1:
            refused.append(part[0])
        else:
            half = len(part) // 2
            waiting += [part[half:], part[:half]]
    return kept


def _tried(start: _Kept, edits: tuple[Edit, ...], check: Check) -> _Kept | None:
    """The texts with these edits; None if what they are to remove is still found, or a new mistake is."""
    texts = dict(start.texts)
    for file in {e.file for e in edits}:
        if file is not None:
            texts[file] = _edited(texts[file], [e.fix for e in edits if e.file == file])
    found = tuple(check(texts))
    places = _Places(edits, start.texts)
    known = {places.key(d) for d in start.found}
    due = {places.key(e.diagnostic) for e in edits}
    after = {_key(d) for d in found}
    if due & after:
        return None
    new = [d for d in found if d.severity == "error" and _key(d) not in known]
    if all(e.syntax for e in edits):
        new = [d for d in new if not places.hidden(d)]
        if _unread(found) - _unread(start.found):
            return None
    return None if new else _Kept(edits, texts, found)


def _unread(found: Sequence[Diagnostic]) -> Counter[Path | None]:
    """How many declarations of each file cannot be read."""
    return Counter(d.span.source.file for d in found if d.code == "syntax")


def _edited(text: str, fixes: Sequence[Fix]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    for fix in sorted(fixes, key=lambda f: f.span.start, reverse=True):
        text = text[: fix.span.start] + fix.text.replace("\n", newline) + text[fix.span.end :]
    return text


Key = tuple[str, str, tuple[tuple[Path | None, int], ...]]
"""What makes a diagnostic the same before and after an edit: code, message, and where it and its labels are."""


def _key(d: Diagnostic, after: Callable[[Path | None, int], int] = lambda _, offset: offset) -> Key:
    spans = (d.span, *(label.span for label in d.labels))
    return (d.code, d.message, tuple((s.source.file, after(s.source.file, s.start)) for s in spans))


class _Places:
    """Where the places of a text are once edits are made."""

    def __init__(self, edits: Sequence[Edit], texts: Texts) -> None:
        self.edits: dict[Path | None, list[Fix]] = {}
        for e in sorted(edits, key=lambda e: e.fix.span.start):
            self.edits.setdefault(e.file, []).append(e.fix)
        self._lines: dict[Source, frozenset[int]] = {}
        self.crlf = {file for file in self.edits if file is not None and "\r\n" in texts[file]}

    def key(self, d: Diagnostic) -> Key:
        """A diagnostic of the text before, as it would be found after the edits."""
        return _key(d, self._after)

    def hidden(self, d: Diagnostic) -> bool:
        """Whether a mistake in the text after was there before, unseen: reading stopped above it.

        A mistake beside a bracket that was closed says that it was to be closed elsewhere.
        """
        source = d.span.source
        fixes = self.edits.get(source.file, ())
        if d.code == "syntax":
            return any(self._after(source.file, f.span.start) <= d.span.start for f in fixes[:1])
        return d.span.line not in self._closed(source)

    def _closed(self, source: Source) -> frozenset[int]:
        """The lines of a text after the edits in which one closed a bracket."""
        if source not in self._lines:
            ends = [f.span.end for f in self.edits.get(source.file, ()) if f.text in (")", "]")]
            places = (source.position(self._after(source.file, end)) for end in ends)
            self._lines[source] = frozenset(line for line, _ in places)
        return self._lines[source]

    def _after(self, file: Path | None, offset: int) -> int:
        fixes = self.edits.get(file, [])
        moved = offset
        for f in fixes[: bisect_right(fixes, offset, key=lambda f: f.span.start)]:
            new = len(f.text) + (f.text.count("\n") if file in self.crlf else 0)
            if f.span.end <= offset:
                moved += new - (f.span.end - f.span.start)
            else:
                moved -= offset - f.span.start
        return moved


def told(edits: Sequence[Edit]) -> Iterator[str]:
    """`a.fdl:51:11: write `steps` (unknown-setting)`, for each edit."""
    for e in edits:
        at = e.fix.span
        yield f"{at.source.path}:{at.line}:{at.column}: {e.fix.title} ({e.diagnostic.code})"
