"""`fdc check --watch`: checks again whenever a file that was read changes."""

from __future__ import annotations

import argparse
import sys
import time

from ...driver.inputs import Reading
from ...driver.watch import Round, watch
from .several_files import check_files, fixes_on_offer, gathered_files, print_report

CLEAR = "\x1b[2J\x1b[H"


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C; gives the exit status of the last round."""
    return watch(lambda: one_round(args))


def one_round(args: argparse.Namespace) -> Round:
    gathered, reading = gathered_files(args), Reading({})
    for folder in gathered.folders:
        reading.note(folder)
    outcome = check_files(gathered, reading, args.overrides)
    if args.format == "text":
        n = len(reading.stamps)
        before = CLEAR if sys.stdout.isatty() else ""
        said = f"watching {n} file{'s' if n > 1 else ''}; Ctrl-C ends"
        print(f"{before}[{time.strftime('%H:%M:%S')}] {said}\n")
    print_report(args, gathered, outcome, fixes_on_offer(gathered, outcome))
    if args.format == "text" and not sys.stdout.isatty():
        print()
    sys.stdout.flush()
    return Round(outcome.status, reading.stamps)
