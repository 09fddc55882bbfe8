"""`fdc explain`: the page of a diagnostic's code, or all codes."""

from __future__ import annotations

import argparse

from ...grammar.codes import CODES, explain
from ..base import terminal
from ..base.diagnostics import nearest


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("code", metavar="CODE", nargs="?", help="a code, such as sign-mismatch")
    p.add_argument("--list", action="store_true", help="all codes, a line each")


def run(args: argparse.Namespace) -> int:
    if args.list != (args.code is None):
        terminal.complain("give either a code or --list")
        return 2
    if args.list:
        wide = max(map(len, CODES))
        print("\n".join(f"{code:{wide}}  {page.title}" for code, page in CODES.items()))
        return 0
    text = explain(args.code)
    if text is None:
        near = nearest(args.code, CODES)
        hint = f"; did you mean `{near}`?" if near else ""
        terminal.complain(f"there is no code `{args.code}`{hint}")
        return 2
    print(text)
    return 0
