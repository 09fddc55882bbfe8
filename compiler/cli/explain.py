"""`fdc explain`: the page of a diagnostic's code."""

from __future__ import annotations

import argparse

from ...grammar.codes import CODES, explain
from ..base import terminal
from ..base.diagnostics import nearest


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("code", metavar="CODE")


def run(args: argparse.Namespace) -> int:
    text = explain(args.code)
    if text is None:
        near = nearest(args.code, CODES)
        hint = f"; did you mean `{near}`?" if near else ""
        terminal.complain(f"there is no code `{args.code}`{hint}")
        return 2
    print(text)
    return 0
