"""Several files, as `fdc check` checks and reports them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ...base import terminal
from ...base.diagnostics import Diagnostic, exit_status, in_order
from ...base.frozen import struct
from ...base.source import Source
from ...driver import pipeline
from ...driver.inputs import Gathered, Reading, Target, gather
from ...driver.pipeline import Checked
from ...modules.imports import Unreadable
from ...modules.overrides import BadOverride


@struct
class Outcome:
    """What a check of several files found, in order of place, and what could not be checked."""

    checked: tuple[Checked, ...]
    found: tuple[Diagnostic, ...]
    refused: tuple[str, ...]

    @property
    def status(self) -> int:
        return 2 if self.refused else exit_status(self.found)


def gathered_files(args: argparse.Namespace) -> Gathered:
    """The files that the command names."""
    return gather(args.files, sys.stdin.buffer.read, args.stdin_filename)


def check_files(
    gathered: Gathered, reading: Reading, overrides: Sequence[str], *, noting: bool = False
) -> Outcome:
    """Each file with settings replaced; `noting` keeps what was found out, for `--explain`."""
    checked: list[Checked] = []
    refused = list(gathered.refused)
    for target in gathered.targets:
        try:
            source = source_of(target, reading)
            found_here = pipeline.check_source(
                source, target.path, tuple(overrides), reader=reading, noting=noting
            )
            checked.append(found_here)
        except (Unreadable, BadOverride) as e:
            refused.append(str(e))
    found = in_order([d for c in checked for d in c.diagnostics])
    return Outcome(tuple(checked), found, tuple(refused))


def source_of(target: Target, reading: Reading) -> Source:
    """A file's text as it is read now, or as standard input gave it."""
    if target.text is None or target.file in reading.texts:
        return reading(target.path, target.shown)
    return Source(target.shown, target.text, target.file)


def print_report(args: argparse.Namespace, gathered: Gathered, outcome: Outcome, remark: str) -> None:
    """The report on standard output, what could not be checked on the other."""
    text = ""
    if outcome.found or args.format in ("json", "sarif"):
        from ...report.render import render

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


def editable(gathered: Gathered) -> dict[Path, Target]:
    """The files that were named, less those of fdc's own."""
    return {t.file: t for t in gathered.targets if not t.built_in}


def fixes_on_offer(gathered: Gathered, outcome: Outcome) -> str:
    """How many fixes `--fix` would make, in words."""
    if not any(d.fixes for d in outcome.found):
        return ""
    from ...report.apply_fixes import offer

    return offer(outcome.found, {file: "" for file, t in editable(gathered).items() if t.text is None})
