"""Options that several commands take."""

from __future__ import annotations

import argparse

from ..passes.pass_list import PASSES


def settings(p: argparse.ArgumentParser) -> None:
    """`--set`, as `args.overrides`."""
    p.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="BLOCK.ENTRY=VALUE",
        help="replace a setting, as if written in the file (may be repeated)",
    )


def passes(p: argparse.ArgumentParser) -> None:
    """A switch for each pass, as `args.without`."""
    group = p.add_argument_group("passes", "each may be left out; results are the same")
    for name, about in PASSES.items():
        group.add_argument(
            f"--no-{name}",
            dest="without",
            action="append_const",
            const=name,
            default=[],
            help=f"do not {about}",
        )
