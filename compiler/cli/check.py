"""`fdc check`: what goes together, and which of its files does it."""

from __future__ import annotations

import argparse

from ..base import terminal
from ..driver import inputs
from ..driver.inputs import Reading
from .checking.several_files import check_files, fixes_on_offer, gathered_files, print_report
from .options import settings

FORMATS = ("text", "concise", "json", "sarif", "github")


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
        from .checking.watch import run as watch

        return watch(args)
    gathered = gathered_files(args)
    if args.fix or args.diff:
        from .checking.fixes import run as mend

        return mend(args, gathered)
    outcome = check_files(gathered, Reading({}), args.overrides, noting=args.explain)
    if args.explain:
        from ..report.explain_types import explain

        tables = [text for c in outcome.checked if (text := explain(c))]
        print(terminal.harmless("\n\n".join(tables)), end="\n\n" if tables else "")
    print_report(args, gathered, outcome, fixes_on_offer(gathered, outcome))
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
