"""`fdc export`: a trained role of a run, as a pipeline or an adapter that other tools read."""

from __future__ import annotations

import argparse
from pathlib import Path


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("run", metavar="RUN", help="a run's folder")
    p.add_argument("out", metavar="OUT", help="the folder to write")
    p.add_argument("--role", default=None, help="which role [the only one that the run trains]")
    p.add_argument("--weights", choices=("live", "average"), default=None, help="[those that are validated]")
    p.add_argument(
        "--lora",
        choices=("diffusers", "comfy", "kohya", "merged"),
        default=None,
        help="how adapters are written; merged: into a whole pipeline [as `checkpoint { export = ... }` says]",
    )
    p.add_argument(
        "--dtype",
        choices=("f32", "bf16", "f16"),
        default=None,
        help="of the trained weights [as they are held]",
    )
    p.add_argument("--push", default=None, metavar="OWNER/NAME", help="upload the folder to the hub, too")
    p.add_argument("--private", action="store_true", help="a repository that --push makes is private")
    p.add_argument("--allow-python", action="store_true")


def run(args: argparse.Namespace) -> int:
    from ..runtime.session.exports.export_run import Asked, export_run

    asked = Asked(args.role, args.weights, args.lora, args.dtype, args.push, args.private)
    for line in export_run(Path(args.run), Path(args.out), asked, args.allow_python):
        print(line)
    return 0
