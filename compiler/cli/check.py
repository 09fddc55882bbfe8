"""`fdc check`: what it reads, what it prints, and what it changes where it is asked to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..base import terminal
from ..base.diagnostics import Diagnostic, in_order
from ..base.frozen import struct
from ..base.source import Source, save
from ..driver import inputs, pipeline
from ..driver.inputs import Gathered, Reading, Target, gather
from ..driver.pipeline import Checked
from ..modules.imports import Unreadable, read
from ..modules.overrides import BadOverride
from .options import settings

if TYPE_CHECKING:
    from ..driver.watch import Round
    from ..report.apply_fixes import Mended

FORMATS = ("text", "concise", "json", "sarif", "github")
CLEAR = "\x1b[2J\x1b[H"


@struct
class Outcome:
    """What a check of several files found, in order of place, and what could not be checked."""

    checked: tuple[Checked, ...]
    found: tuple[Diagnostic, ...]
    refused: tuple[str, ...]

    @property
    def status(self) -> int:
        return 2 if self.refused else int(any(d.severity == "error" for d in self.found))


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("files", nargs="+", metavar="FILE", help="files, folders, or `-` for standard input")
    p.add_argument("--format", choices=FORMATS, default="text", help="what to print [text]")
    p.add_argument(
        "--fix", action="store_true", help="make the edits that have one reading, then report the rest"
    )
    p.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: the other edits offered, too"
    )
    p.add_argument("--diff", action="store_true", help="change nothing; print what --fix would change")
    p.add_argument(
        "--explain",
        action="store_true",
        help="also print the types that were found, call by call and loss by loss",
    )
    p.add_argument("--watch", action="store_true", help="check again whenever a file changes, until Ctrl-C")
    p.add_argument("--stdin-filename", metavar="NAME", help="what `-` is called; imports are relative to it")
    settings(p)


def run(args: argparse.Namespace) -> int:
    fault = _misused(args)
    if fault:
        terminal.complain(fault)
        return 2
    if args.watch:
        from ..driver.watch import watch

        return watch(lambda: _round(args))
    gathered = _gathered(args)
    if args.fix or args.diff:
        return _mend(args, gathered)
    outcome = _check(gathered, Reading({}), args.overrides, noting=args.explain)
    if args.explain:
        from ..report.explain_types import explain

        told = [text for c in outcome.checked if (text := explain(c))]
        print(terminal.harmless("\n\n".join(told)), end="\n\n" if told else "")
    _print(args, gathered, outcome, _offer(gathered, outcome))
    return outcome.status


def _misused(args: argparse.Namespace) -> str:
    """What does not go together, in words."""
    changes = "--diff" if args.diff else "--fix" if args.fix else ""
    stdin = inputs.STDIN in args.files
    if args.unsafe_fixes and not changes:
        return "--unsafe-fixes goes with --fix or --diff"
    if args.stdin_filename and not stdin:
        return "--stdin-filename names the text of standard input: give `-` as a file"
    if args.watch and (changes or stdin):
        return f"--watch does not go with {changes or '`-`'}"
    if changes and args.overrides:
        return f"{changes} is about the files as they stand: leave --set out"
    if args.fix and not args.diff and stdin:
        return "--fix has no file to write to where the text comes from standard input; --diff prints what it would do"
    if args.explain and (changes or args.watch or args.format != "text"):
        return "--explain prints tables of text: give it alone"
    if args.diff and args.format != "text":
        return "--diff prints a diff: leave --format out"
    return ""


def _gathered(args: argparse.Namespace) -> Gathered:
    return gather(args.files, sys.stdin.buffer.read, args.stdin_filename)


def _check(
    gathered: Gathered, reading: Reading, overrides: Sequence[str], *, noting: bool = False
) -> Outcome:
    checked: list[Checked] = []
    refused = list(gathered.refused)
    for target in gathered.targets:
        try:
            source = _source(target, reading)
            found_here = pipeline.check_source(
                source, target.path, tuple(overrides), reader=reading, noting=noting
            )
            checked.append(found_here)
        except (Unreadable, BadOverride) as e:
            refused.append(str(e))
    found = in_order([d for c in checked for d in c.diagnostics])
    return Outcome(tuple(checked), found, tuple(refused))


def _source(target: Target, reading: Reading) -> Source:
    if target.text is None or target.file in reading.texts:
        return reading(target.path, target.shown)
    return Source(target.shown, target.text, target.file)


def _print(args: argparse.Namespace, gathered: Gathered, outcome: Outcome, remark: str) -> None:
    """The report on standard output, what could not be checked on the other."""
    text = ""
    if outcome.found or args.format in ("json", "sarif"):
        from ..report.render import render

        out, version = sys.stdout, terminal.version() if args.format == "sarif" else ""
        text = render(outcome.found, args.format, terminal.colour(out), terminal.width(out), remark, version)
    if args.format == "text" and not outcome.refused and not any(d.severity != "info" for d in outcome.found):
        n = len(gathered.targets)
        clean = f"{n} file{'s' if n > 1 else ''} checked, no errors" + (f" ({remark})" if remark else "")
        text = f"{text}\n\n{clean}" if text else clean
    if text:
        print(text)
    for message in outcome.refused:
        terminal.complain(message)


# --fix and --diff


def _editable(gathered: Gathered) -> dict[Path, Target]:
    """The files that were named, less those of fdc's own."""
    return {t.file: t for t in gathered.targets if not t.built_in}


def _offer(gathered: Gathered, outcome: Outcome) -> str:
    if not any(d.fixes for d in outcome.found):
        return ""
    from ..report.apply_fixes import offer

    return offer(outcome.found, {file: "" for file, t in _editable(gathered).items() if t.text is None})


def _mend(args: argparse.Namespace, gathered: Gathered) -> int:
    from ..report.apply_fixes import mend, summed, told

    sources: dict[Path, Source] = {}
    for file, target in _editable(gathered).items():
        try:
            sources[file] = _source(target, Reading({}))
        except Unreadable:
            continue  # the check says so
    texts = {file: source.text for file, source in sources.items()}
    mended = mend(texts, lambda texts: _check(gathered, Reading(texts), ()).found, args.unsafe_fixes)
    outcome = _check(gathered, Reading(mended.texts), ())
    changed = {f: s for f, s in sources.items() if mended.texts[f] != s.text}
    if args.diff:
        return _show(changed, mended, outcome)
    notes = sys.stdout if args.format == "text" else sys.stderr
    problems = [p for f, s in changed.items() if (p := _write(f, s, mended.texts[f]))]
    if problems:
        for problem in problems:
            terminal.complain(problem)
        return 2
    for line in told(mended.made):
        print(f"fixed {terminal.printable(line)}", file=notes)
    for line in told(mended.refused):
        print(f"left {terminal.printable(line)}: it would not help, or bring another mistake", file=notes)
    if mended.made or mended.refused:
        print(file=notes)
    _print(args, gathered, outcome, summed(mended, args.unsafe_fixes))
    return outcome.status


def _show(changed: Mapping[Path, Source], mended: Mended, outcome: Outcome) -> int:
    """The diff on standard output, how much it is on the other."""
    from ..report.apply_fixes import diff
    from ..report.text import summary

    for file, source in changed.items():
        mark = _mark(file)
        text = diff(mark + source.text, mark + mended.texts[file], source.path)
        sys.stdout.write(terminal.harmless(text) if sys.stdout.isatty() else text)
    n = len(mended.made)
    left = summary(outcome.found) or "no errors"
    said = f"{n} fix{'es' if n != 1 else ''} would be made, {left} would remain"
    print(said, file=sys.stderr)
    for message in outcome.refused:
        terminal.complain(message)
    return outcome.status or int(bool(changed))


def _mark(file: Path) -> str:
    """The byte order mark that a file begins with, if it does."""
    try:
        with open(file, "rb") as f:
            return "\ufeff" if f.read(3) == b"\xef\xbb\xbf" else ""
    except OSError:
        return ""


def _write(file: Path, source: Source, text: str) -> str:
    """Saves a file that is as it was when it was read; gives what went wrong, in words."""
    try:
        if read(file, source.path).text != source.text:
            return f"`{source.path}` has changed in the meantime and was left alone"
        save(file, _mark(file) + text)
    except Unreadable as e:
        return str(e)
    except OSError as e:
        return f"`{source.path}` cannot be written: {e.strerror or e}"
    return ""


# --watch


def _round(args: argparse.Namespace) -> Round:
    import time

    from ..driver.watch import Round

    gathered, reading = _gathered(args), Reading({})
    for folder in gathered.folders:
        reading.note(folder)
    outcome = _check(gathered, reading, args.overrides)
    if args.format == "text":
        n = len(reading.stamps)
        before = CLEAR if sys.stdout.isatty() else ""
        said = f"watching {n} file{'s' if n > 1 else ''}; Ctrl-C ends"
        print(f"{before}[{time.strftime('%H:%M:%S')}] {said}\n")
    _print(args, gathered, outcome, _offer(gathered, outcome))
    if args.format == "text" and not sys.stdout.isatty():
        print()
    sys.stdout.flush()
    return Round(outcome.status, reading.stamps)
