"""`fdc lsp`: the language server."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..base import terminal


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--log", type=Path, metavar="FILE", help="write there what the server does [standard error]"
    )
    p.add_argument("--stdio", action="store_true", help="what it does anyway; some editors ask for it")


def run(args: argparse.Namespace) -> int:
    try:
        from ..lsp.server import log_to, serve
    except ModuleNotFoundError as e:
        if e.name is None or e.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        terminal.complain("the language server needs pygls: pip install 'fdc[lsp]'")
        return 2
    try:
        log_to(args.log)
    except OSError as e:
        terminal.complain(f"`{args.log}` cannot be written: {e.strerror}")
        return 2
    serve()
    return 0
