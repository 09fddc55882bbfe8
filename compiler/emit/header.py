"""The docstring of an emitted module: how it was made, how its roles are trained, and where a training step happens."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from ..base.frozen import struct
from ..ir.graph import Function, Plan, TrainingSummary
from ..program.averaging import Averaging

TRAINING_STEP = "fdc/compiler/runtime/train/training_step.py"
OPTIMIZERS = "fdc/compiler/runtime/train/optimizers.py"
NO_BREAK = "\N{NO-BREAK SPACE}"
WHOLE = re.compile(r" = |\[[^]]*\]")
"""What stays on one line: a setting with its value, and a list."""
STEP = "one_step"
"""The function of `TRAINING_STEP` that runs one."""


@struct
class ModuleOrigin:
    """How a module was made: by which command, from which file (told from where the module lies, or from the working
    folder if that is not known), with which settings in place of that file's, and by which version of fdc."""

    command: str
    source: str
    overrides: tuple[str, ...] = ()
    version: str = ""


def header(plan: Plan, origin: ModuleOrigin) -> list[str]:
    """The docstring's lines, quotes included."""
    dims = ", ".join(f"{n} = {v}" for n, v in plan.dims)
    command = origin.command.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    updates = plan.of_kind("update")
    what = (
        "losses of its updates" if updates else "what it produces" if plan.of_kind("produce") else "samples"
    )
    lines = [
        f'"""Program {plan.program} as plain torch: {what}.',
        "",
        f"    made by   {command}",
        f"    program   {plan.path}, sha256 {plan.digest} with what it imports",
        *_wrapped("sizes", dims),
        *(_wrapped("buckets", _buckets(plan)) if plan.buckets else []),
        *([f"    version   fdc {origin.version}"] if origin.version else []),
        "    run by    fdc run plan.py, edited or not",
    ]
    if plan.training is not None:
        lines += _roles(plan.training, plan.of_kind("stage"))
        lines += _step(plan.training, bool(plan.of_kind("numbers"))) if updates else []
    lines += ["", "Comments give the line of the program and the shape. Arithmetic on latents is float32."]
    if plan.of_kind("fused"):
        lines.append(
            "Where it is fused, it stands at the end: Triton kernels for GPUs, and a reference that runs elsewhere."
        )
    return [*lines, '"""', ""]


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(f"    {head:<9} {text}", 116, subsequent_indent=" " * 14)


def _buckets(plan: Plan) -> str:
    """The sizes of all buckets, in one line."""
    names = " x ".join(name for name, _ in plan.buckets[0].sizes)
    return f"{names} = " + ", ".join("x".join(str(n) for _, n in b.sizes) for b in plan.buckets)


def _roles(training: TrainingSummary, stages: Sequence[Function]) -> list[str]:
    averages = {f.role for f in stages if f.role is not None}
    width = max((len(name) for name, _ in training.roles), default=0)
    lines = ["", "Roles:", ""]
    for name, words in training.roles:
        kept = sorted(_followed(average) for role, average in averages if role == name and average)
        indent = " " * (width + 6)
        whole = WHOLE.sub(lambda m: m[0].replace(" ", NO_BREAK), "; ".join((*words, *kept)))
        wrapped = textwrap.wrap(f"    {name:<{width}}  {whole}", 116, subsequent_indent=indent)
        lines += [line.replace(NO_BREAK, " ") for line in wrapped]
    return lines


def _followed(kind: Averaging) -> str:
    """How a copy of a role follows it, in words."""
    if kind.every is not None:
        return f"copied every {kind.every} updates"
    (name, value), *_ = kind.stated.items()
    start = f" from update {kind.start} on" if kind.start else ""
    return f"moving average of {name.replace('_', '-')} {value}{start}"


def _step(training: TrainingSummary, numbers: bool) -> list[str]:
    parts, size = training.accumulate, training.batch
    many = f"each of the {parts} parts of the batch of {size}" if parts > 1 else f"the batch of {size}"
    over = f", over {parts}," if parts > 1 else ""
    clip = f"clips the gradients to {training.clip}, and " if training.clip else ""
    return [
        "",
        f"A training step is `{STEP}` in {TRAINING_STEP}.",
        "For each update of UPDATES that is due, in their order, it",
        "",
        *(
            [
                "    0  makes the numbers of the whole batch that the losses read, from all its parts (BatchNumbers);"
            ]
            if numbers
            else []
        ),
        f"    1  calls the update's function below for {many}, with gradients for the update's roles alone;",
        f"    2  adds its losses up{over} and calls backward();",
        "    3  takes the norm of each role's gradients, and stops before any weight changes if one is not finite;",
        f"    4  sets the learning rate, {clip}steps the optimizer and the moving averages",
        f"       (`step` in {OPTIMIZERS});",
        "    5  clears the gradients.",
    ]
