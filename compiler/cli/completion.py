"""`fdc completion`: a script that makes a shell complete commands, options and files."""

from __future__ import annotations

import argparse

from ..base import terminal

SHELLS = ("bash", "zsh", "fish")


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"{', '.join(SHELLS[:-1])} or {SHELLS[-1]}")


def run(args: argparse.Namespace) -> int:
    try:
        import shtab
    except ImportError:
        terminal.complain("completion needs the library shtab: pip install 'fdc[completion]'")
        return 2
    from .main import parser_for

    parser = parser_for("", whole=True)
    for action in _actions(parser):
        if action.metavar in ("FILE", "RUN"):
            vars(action)["complete"] = shtab.FILE
        if action.metavar in ("FOLDER", "OUT"):
            vars(action)["complete"] = shtab.DIRECTORY
    print(shtab.complete(parser, args.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """All options and arguments of a parser and of its commands."""
    found: list[argparse.Action] = []
    for action in parser._actions:
        found.append(action)
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found += _actions(command)
    return found
