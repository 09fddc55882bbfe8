"""The arithmetic of a fused group evaluated in float64, with torch's own functions."""

from __future__ import annotations

import torch
from torch import Tensor

from fdc.compiler.passes.fusion.scalar_autodiff import ScalarGraph

B, N = 3, 7
BASIC = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "abs": torch.abs,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "sigmoid": torch.sigmoid,
    "min": torch.minimum,
    "max": torch.maximum,
    "clamp": torch.clamp,
    "select": torch.where,
    "lt": torch.lt,
    "le": torch.le,
    "gt": torch.gt,
    "ge": torch.ge,
    "eq": torch.eq,
    "and": torch.logical_and,
    "stop": torch.clone,
}


def values(s: ScalarGraph, inputs: list[Tensor]) -> list[Tensor]:
    """Every value in float64: [b, n], [b, 1] or [1, 1] by its level."""
    found: list[Tensor] = []
    for v in s.values:
        args = [found[a] for a in v.args]
        match v.op:
            case "const":
                found.append(torch.full((1, 1), float(v.data), dtype=torch.float64))  # type: ignore[arg-type]
            case "load":
                found.append(inputs[v.data])  # type: ignore[index]
            case "elements" | "samples":
                found.append(torch.full((1, 1), float(N if v.op == "elements" else B), dtype=torch.float64))
            case "sum":
                over = (1,) if v.level == 1 else (0, 1)
                found.append(args[0].sum(over, keepdim=True))
            case op:
                found.append(BASIC[op](*args))
    return found
