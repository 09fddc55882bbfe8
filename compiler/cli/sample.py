"""`fdc sample`: samples from a run or an export, without a program."""

from __future__ import annotations

import argparse
from pathlib import Path


def options(p: argparse.ArgumentParser) -> None:
    p.add_argument("run", metavar="RUN", help="a run's folder, or an export")
    p.add_argument("--prompt", action="append", required=True, help="what is to be seen; may be given again")
    p.add_argument("--negative", default=None, help="what is not to be seen, for samplers that guide")
    p.add_argument(
        "--steps", type=_count, default=None, help="of the family's sampler [as validation samples]"
    )
    p.add_argument("--scale", type=float, default=None, help="guidance of the family's sampler")
    p.add_argument("--count", type=_count, default=1, help="samples of each prompt [1]")
    p.add_argument("--seed", type=int, default=0, help="[0]")
    p.add_argument("--fps", type=float, default=8.0, help="frames a second of clips [8]")
    p.add_argument("--role", default=None, help="which role [the first that is trained]")
    p.add_argument("--weights", choices=("live", "average"), default=None, help="[those that are validated]")
    p.add_argument("--device", default=None, help="cpu, cuda or cuda:N [cuda where there is one]")
    p.add_argument("--allow-python", action="store_true")
    p.add_argument("-o", "--out", default="samples", metavar="FOLDER", help="the folder to write [samples]")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number above 0")
    return value


def run(args: argparse.Namespace) -> int:
    from ..runtime.session.exports.sample_run import Asked, sample_run

    asked = Asked(
        tuple(args.prompt),
        role=args.role,
        weights=args.weights,
        negative=args.negative,
        steps=args.steps,
        scale=args.scale,
        count=args.count,
        seed=args.seed,
        rate=args.fps,
        device=args.device,
        allow_python=args.allow_python,
    )
    for line in sample_run(Path(args.run), Path(args.out), asked):
        print(line)
    return 0
