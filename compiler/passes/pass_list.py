"""The passes by name, in their order, with what each is for. Each may be left out: results are the same."""

from __future__ import annotations

from collections.abc import Mapping

PASSES: Mapping[str, str] = {
    "slice": "drop what no loss, sample or product needs",
    "share": "compute equal values once, across updates and roles with the same weights",
    "one-forward": "predict and show hidden states by one call of a network",
    "early-exit": "skip a rollout that runs no round",
    "freeze": "record for the backward pass only what a gradient goes through",
    "hoist": "keep what frozen encoders make of the data and of constant texts",
    "batch": "join calls of one denoiser with and without a condition into one call",
    "fuse": "compute arithmetic on latents in kernels of its own",
    "liveness": "let large values go after they are read for the last time",
}


def replaced(overrides: tuple[str, ...]) -> list[str]:
    """Replaced settings as they are given to a command."""
    return [word for o in overrides for word in ("--set", o)]


def flags(without: tuple[str, ...]) -> list[str]:
    """The switches as they are given to a command."""
    return [f"--no-{name}" for name in PASSES if name in without]
