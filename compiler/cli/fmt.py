"""`fdc fmt`: files in the canonical form, or what would make them so."""

from __future__ import annotations

import argparse
import sys

from ..base import terminal
from ..base.source import Source, save
from ..driver.inputs import Reading, gather
from ..modules.imports import Unreadable
from ..report.apply_fixes import diff
from ..report.render import complain
from ..syntax.formatter import format


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("files", nargs="+", metavar="FILE", help="files, folders, or `-` for standard input")
    p.add_argument("--stdin-filename", metavar="NAME", help="what `-` is called")
    p.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file would change")
    p.add_argument("--diff", action="store_true", help="change nothing; print what would change")


def run(args: argparse.Namespace) -> int:
    """A text from standard input goes to standard output."""
    gathered = gather(args.files, sys.stdin.buffer.read, args.stdin_filename)
    for message in gathered.refused:
        terminal.complain(message)
    status = 2 if gathered.refused else 0
    reading = Reading({})
    for target in gathered.targets:
        try:
            given = target.text is not None
            source = (
                Source(target.shown, target.text)
                if target.text is not None
                else reading(target.path, target.shown)
            )
        except Unreadable as e:
            terminal.complain(str(e))
            status = 2
            continue
        text = format(source)
        if not isinstance(text, str):
            complain(text)
            status = max(status, 1)
            continue
        changed = text != source.text
        if args.diff and changed:
            changes = diff(source.text, text, target.shown)
            sys.stdout.write(terminal.harmless(changes) if sys.stdout.isatty() else changes)
        if args.check or args.diff:
            if changed:
                print(f"{terminal.printable(target.shown)} would change", file=sys.stderr)
                status = max(status, 1)
        elif given:
            sys.stdout.write(text)
        elif changed:
            try:
                save(target.path, text)
            except OSError as e:
                terminal.complain(f"`{target.shown}` cannot be written: {e.strerror or e}")
                status = 2
                continue
            print(f"{terminal.printable(target.shown)} formatted")
    return status
