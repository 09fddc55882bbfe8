"""`fdc export`: a trained role in diffusers layout."""

from __future__ import annotations

import argparse
from pathlib import Path


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("run", metavar="RUN", help="a run's folder")
    p.add_argument("out", metavar="OUT", help="the folder to write")
    p.add_argument("--role", required=True, help="which role")
    p.add_argument("--weights", choices=("live", "average"), default=None, help="[those that are validated]")
    p.add_argument("--allow-python", action="store_true")


def run(args: argparse.Namespace) -> int:
    from ..runtime.session.export_run import export_run

    path = export_run(Path(args.run), args.role, Path(args.out), args.weights, args.allow_python)
    print(f"wrote {path}")
    return 0
