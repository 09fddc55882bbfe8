"""`fdc check --fix` and `--diff`: the edits that diagnostics offer, made or shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from ...base import terminal
from ...base.source import Source, save
from ...driver.inputs import Gathered, Reading
from ...modules.imports import Unreadable, read
from ...report.apply_fixes import Mended, diff, mend, summed, told
from ...report.text import summary
from .several_files import Outcome, check_files, editable, print_report, source_of


def run(args: argparse.Namespace, gathered: Gathered) -> int:
    """Gives the exit status."""
    sources: dict[Path, Source] = {}
    for file, target in editable(gathered).items():
        try:
            sources[file] = source_of(target, Reading({}))
        except Unreadable:
            continue  # the check says so
    texts = {file: source.text for file, source in sources.items()}
    mended = mend(texts, lambda texts: check_files(gathered, Reading(texts), ()).found, args.unsafe_fixes)
    outcome = check_files(gathered, Reading(mended.texts), ())
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
    print_report(args, gathered, outcome, summed(mended, args.unsafe_fixes))
    return outcome.status


def _show(changed: Mapping[Path, Source], mended: Mended, outcome: Outcome) -> int:
    """The diff on standard output, how much it is on the other."""
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
