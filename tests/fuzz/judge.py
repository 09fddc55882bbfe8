"""What must hold of every input: diagnostics within bounds of time, in every format, and never an exception."""

from __future__ import annotations

import json
import re
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.base.source import Source
from fdc.compiler.driver.inputs import Reading
from fdc.compiler.driver.pipeline import Checked, check_source
from fdc.compiler.modules.imports import PACKAGE, Unreadable, decoded
from fdc.compiler.modules.overrides import BadOverride
from fdc.compiler.report.apply_fixes import mend
from fdc.compiler.report.explain_types import explain
from fdc.compiler.report.render import Format, render
from fdc.compiler.report.styled_text import STYLES
from fdc.compiler.syntax.formatter import format
from fdc.compiler.syntax.parser import parse
from fdc.grammar.codes import CODES

HERE = Path(__file__).parent
SECONDS = 2.0
"""How long a check may take, its report included."""
GIVEN_UP = 20.0
"""Seconds of processor time after which an input is not waited for."""
FORMATS: tuple[Format, ...] = ("text", "concise", "json", "sarif", "github")
QUICK = 0.05
"""Inputs that are checked in this time are mended too, which checks them many times."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
ESCAPE = re.compile("|".join(re.escape(code) for code in (*STYLES.values(), "\x1b[0m")))


@dataclass(frozen=True)
class Input:
    """A file's bytes as it would lie in `folder`, with what `--set` says."""

    kind: str
    data: bytes
    folder: Path = HERE / "corpus"
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """`seconds` of processor time for each thing done; `codes` found; `problem` is empty where all holds."""

    seconds: dict[str, float]
    codes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def slowest(self) -> float:
        """The time of one command: a check with its slowest report, or formatting."""
        reports = [s for name, s in self.seconds.items() if name in FORMATS]
        others = (self.seconds.get(name, 0) for name in ("explain", "fmt"))
        return max(self.seconds.get("check", 0) + max(reports, default=0), *others)


class _TooSlow(BaseException):
    """Not an `Exception`: nothing that is judged may catch it."""


class _Wrong(Exception):
    pass


LIBRARY = Reading({})
"""Reads files of fdc's own once for all inputs: they are the same each time, and most of a small check's work."""


def judge(given: Input, *, thorough: bool = True, most: float = SECONDS) -> Verdict:
    """What must hold of one input, within `most` seconds of processor time for each command.

    Where not `thorough`, that it can be checked and reported, which takes a fifth of the time.
    """
    seconds: dict[str, float] = {}
    codes: tuple[str, ...] = ()
    try:
        codes = tuple(sorted({d.code for d in _judge(given, seconds, thorough)}))
    except _Wrong as e:
        return Verdict(seconds, codes, str(e))
    except _TooSlow:
        return Verdict(seconds, codes, f"nothing after {GIVEN_UP:g} s: {_slow(seconds)}")
    except Exception as e:
        return Verdict(seconds, codes, f"{type(e).__name__}: {e} at {_where(e)}")
    found = Verdict(seconds, codes)
    if found.slowest > most:
        return Verdict(seconds, codes, f"took {found.slowest:.1f} s: {_slow(seconds)}")
    return found


def _judge(given: Input, seconds: dict[str, float], thorough: bool) -> Sequence[Diagnostic]:
    path = given.folder / "fuzz.fdl"
    try:
        source = Source("fuzz.fdl", decoded(given.data, "fuzz.fdl"), path)
    except Unreadable as e:
        _require(not CONTROL.search(str(e)), "a control character in the message")
        return ()
    try:
        with _timed(seconds, "check"):
            checked = check_source(source, path, given.overrides, reader=_read)
    except BadOverride as e:
        _require(bool(str(e)), "an override is refused without a word")
        return ()
    found = checked.diagnostics
    for d in found:
        _diagnostic(d, checked)
    if not thorough:
        _reports(found, seconds, ("text",))
        return found
    with _timed(seconds, "explain"):
        told = explain(check_source(source, path, given.overrides, reader=_read, noting=True))
    _require(not CONTROL.search(told), "--explain prints a control character")
    _reports(found, seconds, FORMATS)
    _formatted(source, seconds)
    if not given.overrides and seconds["check"] < QUICK and any(d.fixes for d in found):
        with _timed(seconds, "fix"):
            _mended(source, path)
    return found


def _read(path: Path, shown: str) -> Source:
    if path.is_relative_to(PACKAGE / "families") or path.is_relative_to(PACKAGE / "programs"):
        return LIBRARY(path, shown)
    return Reading({})(path, shown)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _Wrong(otherwise)


def _diagnostic(d: Diagnostic, checked: Checked) -> None:
    _require(d.code in CODES, f"the code `{d.code}` is not documented")
    _require(bool(d.message.strip()), f"{d.code} says nothing")
    spans = [d.span, *(label.span for label in d.labels), *(f.span for f in d.fixes)]
    for span in spans:
        _require(span.source in checked.files, f"{d.code}: {d.message} is in a file that was not read")
        inside = 0 <= span.start <= span.end <= len(span.source.text)
        _require(inside, f"{d.code}: {d.message} is at {span.start} to {span.end}, outside of its file")
    meant = re.fullmatch(r"did you mean `(.*)`\?", d.help)
    _require(not meant or meant[1] != d.span.text, f"{d.code}: {d.help} It is what stands there")
    for f in d.fixes:
        _require(f.span.text != f.text, f"{d.code}: the fix `{f.title}` changes nothing")


def _reports(found: Sequence[Diagnostic], seconds: dict[str, float], forms: Sequence[Format]) -> None:
    for form in forms:
        with _timed(seconds, form):
            text = render(found, form, False, 100, "", "0")
        _require(not CONTROL.search(text), f"{form} holds a control character")
        text.encode()
        if form == "concise":
            _require(len(text.split("\n")) == max(len(found), 1), "concise is not a line for each")
        elif form == "github":
            lines = text.split("\n") if found else []
            _require(len(lines) == len(found), "github is not a line for each")
            _require(all(line.startswith("::") for line in lines), "a line of github starts no command")
        elif form == "json":
            _require(len(json.loads(text)["diagnostics"]) == len(found), "json is not an entry for each")
        elif form == "sarif":
            _require(
                len(json.loads(text)["runs"][0]["results"]) == len(found), "sarif is not a result for each"
            )
    text = render(found[:50], "text", True, 40)
    _require(not CONTROL.search(ESCAPE.sub("", text)), "narrow and coloured text holds a control character")


def _formatted(source: Source, seconds: dict[str, float]) -> None:
    """The canonical form has the same tree and comments, and is its own canonical form."""
    file, errors = parse(source)
    with _timed(seconds, "fmt"):
        once = format(source)
    if not isinstance(once, str):
        _require(bool(once), "fmt refuses without a word")
        return
    _require(not errors, "fmt formats what cannot be read")
    again, errors = parse(Source("fuzz.fdl", once))
    _require(not errors, "fmt writes what cannot be read")
    _require(again.declarations == file.declarations, "fmt changes the tree")
    _require([c.text for c in again.comments] == [c.text for c in file.comments], "fmt changes comments")
    if seconds["fmt"] < QUICK:
        _require(format(Source("fuzz.fdl", once)) == once, "fmt is not done after one time")


def _mended(source: Source, path: Path) -> None:
    """Each edit that is made removes what it is offered for: `mend` checks that, and must end."""

    def check(texts: dict[Path, str]) -> Sequence[Diagnostic]:
        return check_source(Source("fuzz.fdl", texts[path], path), path, reader=_read).diagnostics

    for unsafe in (False, True):
        mended = mend({path: source.text}, check, unsafe)  # type: ignore[arg-type]
        _require(bool(mended.made) == (mended.texts[path] != source.text), "what was mended is not told")
        for e in mended.made:
            _require(unsafe or e.fix.safe, f"the unsafe fix `{e.fix.title}` was made unasked")


# time


@contextmanager
def _timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, GIVEN_UP)
    start = time.process_time()
    try:
        yield
    finally:
        seconds[what] = time.process_time() - start
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _slow(seconds: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {s:.1f}" for name, s in sorted(seconds.items(), key=lambda i: -i[1]) if s > 0.05
    )


def _where(e: BaseException) -> str:
    """The last files and lines of fdc's on the way to an exception."""
    frames = traceback.extract_tb(e.__traceback__)
    own = [
        f"{Path(f.filename).name}:{f.lineno}"
        for f in frames
        if Path(f.filename).is_relative_to(PACKAGE / "compiler")
    ]
    return " < ".join(reversed(own[-5:]))
