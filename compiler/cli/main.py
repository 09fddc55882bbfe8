"""The command line. A command is the file of its name in this folder: `options` says what it takes, `run` does it.

Only the file of the command that is asked for is imported: `fdc check` never imports torch.

Exit status: 0 done, 1 errors in the program, 2 used wrongly or a file cannot be read, 3 a defect of fdc itself, 75 stopped
by a signal after a checkpoint was written.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from ..base import terminal

COMMANDS: Mapping[str, str] = {
    "check": "prove that a program fits together, before a weight is read",
    "run": "check a program, then train or produce what it says",
    "build": "write the module that a run executes",
    "graph": "draw a program: stages, roles, spaces, losses",
    "fmt": "put files into the canonical form",
    "new": "begin a program, a method or a family of your own",
    "explain": "document a diagnostic's code",
    "export": "write a trained role in diffusers layout",
    "completion": "print what makes a shell complete commands, options and files",
    "sample": "make samples from a run or an export",
    "lsp": "the language server, for editors; speaks on standard input and output",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a character that the terminal's encoding lacks must not end a command
            stream.reconfigure(errors="backslashreplace")
    # Start-up makes many objects and hardly a cycle: the collector's default pace costs a twentieth of a short check.
    gc.set_threshold(50_000)
    atexit.register(_leave)
    words = list(sys.argv[1:] if argv is None else argv)
    parser = parser_for(words[0] if words else "")
    args, more = parser.parse_known_args(words[1:] if words and words[0] in COMMANDS else words)
    if any(a.startswith("-") and a != "-" for a in more) or (more and not hasattr(args, "files")):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    if more:  # files after an option that stands between files
        args.files += more
    command: Callable[[argparse.Namespace], int] | None = getattr(args, "command", None)
    if command is None:
        parser.print_help()
        return 2
    try:
        return command(args)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as e:
        from .failures import failed

        return failed(e)


def _leave() -> None:
    """Everything goes at once: a last search for cycles would be a fifteenth of a short check. Extension modules look for
    what is left of theirs, so it takes place where they were loaded."""
    if "torch" not in sys.modules:
        gc.freeze()


def parser_for(command: str, whole: bool = False) -> argparse.ArgumentParser:
    """The parser of one command, and for any other word the parser that knows the names of all, and if it is to be
    whole their options."""
    # Left to themselves, the pages of help import a library of files and archives to ask how wide the terminal is.
    pages = partial(argparse.RawDescriptionHelpFormatter, width=terminal.width(sys.stdout) - 2)
    if command in COMMANDS:
        about = COMMANDS[command]
        parser = argparse.ArgumentParser(prog=f"fdc {command}", description=about, formatter_class=pages)
        module = import_module(f".{command}", __package__)
        module.options(parser)
        parser.set_defaults(command=module.run)
        return parser
    parser = argparse.ArgumentParser(
        prog="fdc",
        description="Checks, draws and runs programs that train diffusion models.",
        epilog="examples:\n  fdc check program.fdl\n  fdc run program.fdl --set train.steps=100\n"
        "  fdc explain sign-mismatch",
        formatter_class=pages,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="fdc")
    for name, about in COMMANDS.items():
        one = commands.add_parser(name, help=about)
        if whole:
            import_module(f".{name}", __package__).options(one)
    return parser


class _Version(argparse.Action):
    """Asks for the version only when it is wanted: that takes longer than reading all the other options."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"fdc {terminal.version()}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
