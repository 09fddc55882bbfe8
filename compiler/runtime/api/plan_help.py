"""`python plan.py --help`: what an emitted module is, holds, and is run by."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...emit.source_map import edited
from .fused import Fused


def about(module: Mapping[str, Any]) -> int:
    """Prints what the module is; the exit status is 0 if that was asked for, 2 if it was to be run."""
    asked = sys.argv[1:]
    wanted = bool(asked) and all(a in ("-h", "--help") for a in asked)
    try:
        print("\n".join(lines(module)), file=sys.stdout if wanted else sys.stderr, flush=True)
    except BrokenPipeError:  # its reader has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if wanted else 2


def lines(module: Mapping[str, Any]) -> list[str]:
    """The header, the updates, the groups with kernels, and how to run it."""
    path = sys.argv[0]
    found = [str(module["__doc__"]).strip(), ""]
    for u in module.get("UPDATES", ()):
        often = u.schedule.often
        found.append(f"    {u.losses.__name__:24} trains {', '.join(u.roles)}, {often}")
    products = module.get("PRODUCE", {}).items()
    found += [f"    {make.__name__:24} makes the items of {name}" for name, make in products]
    if "sample" in module:
        found.append(f"    {'sample':24} what validation shows")
    groups = [v for v in module.values() if isinstance(v, Fused)]
    for g in groups:
        ways = "forward and backward" if g.backward is not None else "forward"
        found.append(f"    {g.name:24} {g.lines}, {ways}")
    changed = edited(Path(module["__file__"]).read_text(encoding="utf-8"))
    return [
        *found,
        "",
        *(["It was edited since it was built."] if changed else []),
        f"fdc run {path}    runs it as it stands, with the roles, data and settings of {module['SOURCE']}",
    ]
