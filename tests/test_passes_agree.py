"""Every pass can be left out, and what is computed stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
import torch
from groups import PROCESSES, ROLES, UPDATES, update
from lowering import DMD2, STUDENT, Net, batch, compiled, role, run, typed
from torch import Tensor

from fdc.compiler import optimise
from fdc.compiler.passes import PASSES, flags

BITWISE, SUMMED = 0.0, 2.0**-12
BOUNDS: Mapping[str, float] = {
    "slice": BITWISE,
    "share": SUMMED,  # what is made twice adds up its gradient in another order, and large parts cancel
    "early-exit": BITWISE,
    "freeze": BITWISE,
    "hoist": BITWISE,
    "batch": SUMMED,  # a matrix product over more rows may add up in another order
    "liveness": BITWISE,
    "fuse": BITWISE,  # the groups' references; their kernels are measured in under_interpreter/fused.py
}
"""How far results may be apart with and without a pass, of the largest in an update."""

PROGRAMS = {
    "dmd2": ("use dmd2(student, teacher, critic) { ratio = 2, scale = 2.5 }", ROLES, "flow", DMD2),
    **{name: (update(UPDATES[name]), STUDENT, "trig", "") for name in ("mse", "guided", "renoised", "ddim")},
    "huber": (update(UPDATES["huber"]), STUDENT, "edm", ""),
}


def test_every_pass_has_a_switch_and_a_bound() -> None:
    assert set(PASSES) == set(BOUNDS) == set(optimise._PASSES)
    assert flags(("fuse", "slice")) == ["--no-slice", "--no-fuse"]


def results(module: ModuleType) -> dict[str, Tensor]:
    """Losses and gradients of every update, for three steps."""
    found: dict[str, Tensor] = {}
    for step in range(3):
        for u in module.UPDATES:
            nets = {name: Net(10 + i) for i, name in enumerate(("student", "teacher", "critic"))}
            for name, net in nets.items():
                net.requires_grad_(name in u.roles)
            at = run({name: role(name, net) for name, net in nets.items()}, step=step)
            losses = u.losses(at, batch())
            torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
            found |= {f"{step} {u.name} {name}": value.detach() for name, value in losses.items()}
            for name in u.roles:
                for part, p in nets[name].named_parameters():
                    assert p.grad is not None
                    found[f"{step} {u.name} {name}.{part}"] = p.grad
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Tensor]]:
    return {name: results(compiled(program(tmp_path_factory.mktemp(name), name))[1]) for name in PROGRAMS}


def program(folder: Path, name: str):  # type: ignore[no-untyped-def]
    body, roles, process, methods = PROGRAMS[name]
    return typed(folder, body, roles, PROCESSES[process], methods)


@pytest.mark.parametrize("left_out", PASSES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_results_agree_without(
    name: str, left_out: str, whole: dict[str, dict[str, Tensor]], tmp_path: Path
) -> None:
    agree(whole[name], results(compiled(program(tmp_path, name), {left_out})[1]), BOUNDS[left_out])


@pytest.mark.parametrize("name", PROGRAMS)
def test_results_agree_without_any(name: str, whole: dict[str, dict[str, Tensor]], tmp_path: Path) -> None:
    agree(whole[name], results(compiled(program(tmp_path, name), set(PASSES))[1]), max(BOUNDS.values()))


def agree(with_: dict[str, Tensor], without: dict[str, Tensor], bound: float) -> None:
    assert with_.keys() == without.keys()
    for name, value in with_.items():
        largest = max(v.abs().max() for n, v in with_.items() if n.split()[:2] == name.split()[:2])
        apart = (value - without[name]).abs().max()
        assert apart <= bound * largest, f"{name}: {apart}"
