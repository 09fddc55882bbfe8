"""The device that `--device` names, or the best one that is here."""

from __future__ import annotations

import torch

from ..base.errors import RunError

KINDS = ("cpu", "cuda")


def choose_device(asked: str | None) -> torch.device:
    """`cpu`, `cuda` or `cuda:N`; cuda where there is one and nothing is asked for. Raises RunError for what is not there."""
    if asked is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, mark, number = asked.partition(":")
    if kind not in KINDS or (mark and not number.isdecimal()) or (mark and kind == "cpu" and number != "0"):
        raise RunError(
            "bad-setting",
            f"`--device {asked}` names no device: there are cpu, cuda, and cuda:N for one of several",
            exit_status=2,
        )
    if kind == "cuda" and not torch.cuda.is_available():
        built = "finds no GPU" if torch.version.cuda else "was built without CUDA"
        raise RunError(
            "bad-setting",
            f"`--device {asked}`: there is no CUDA here; torch {torch.__version__} {built}",
            help="leave `--device` out to run on the processor",
            exit_status=2,
        )
    if mark and kind == "cuda" and int(number) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise RunError(
            "bad-setting",
            f"`--device {asked}`: there {'is 1 GPU' if count == 1 else f'are {count} GPUs'}, counted from 0",
            exit_status=2,
        )
    return torch.device(asked)
