"""Every pass can be left out, and what is computed stays the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from kernels.groups import PROCESSES, ROLES, UPDATES, update
from lowering import DMD2, FOLDER, STUDENT, TEACHER, Net, batch, compiled, role, run, typed
from torch import Tensor

from fdc.compiler.driver.pipeline import check
from fdc.compiler.passes import optimise
from fdc.compiler.passes.pass_list import PASSES, flags
from fdc.compiler.program.averaging import Averaging
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.weights.load_roles import Registry, load_roles

pytestmark = pytest.mark.slow

BITWISE, SUMMED = 0.0, 2.0**-12
BOUNDS: Mapping[str, float] = {
    "slice": BITWISE,
    "share": SUMMED,  # what is made twice adds up its gradient in another order, and large parts cancel
    "one-forward": SUMMED,  # what is shown adds its gradient to that of what is said
    "early-exit": BITWISE,
    "freeze": SUMMED,  # where all is recorded, no calls are joined: as for "batch"
    "hoist": BITWISE,
    "batch": SUMMED,  # a matrix product over more rows may add up in another order
    "liveness": BITWISE,
    "fuse": BITWISE,  # the groups' references; their kernels are measured in under_interpreter/fused.py
}
"""How far results may be apart with and without a pass, of the largest in an update."""

DISTILL = "use dmd2(student, teacher, critic) { ratio = 2, scale = 2.5 }"
SHOWN = "validate { every = 5, sample = student.sample(steps = 3, scale = 2.0) }"
AVERAGED = """update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
    eps ~ noise[student]
    t ~ uniform(0.1, 0.9)
    xt = student.noisy(x0, eps, t)
    p = student.x0(xt, t, c)
    loss fast = mse(p, average(student, 0.9).x0(xt, t, c))
    loss slow = mse(p, average(student, 0.99).x0(xt, t, c))
    loss start = mse(p, teacher.x0(xt, t, teacher.cond(batch)))
  }"""
MINI = """import mini
import dmd2

program try {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 1)) { train = full, precision = f32 }
  role critic = mini(tiny(seed = 1)) { train = full, precision = f32 }
  role teacher = mini(tiny(seed = 2)) { precision = f32 }
  data clips = shapes("clips", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }
  use dmd2(student, teacher, critic) { ratio = 1, scale = 2.5 }
  optimize student = adamw(lr = 1e-3)
  optimize critic = adamw(lr = 1e-3)
  train { steps = 10, batch = 2 }
  validate every 5 { sample = student.sample(steps = 2, scale = 2.0) }
}
"""

PROGRAMS = {
    "dmd2": (f"{DISTILL}\n  {SHOWN}", ROLES, "flow", DMD2),
    "averages": (AVERAGED, "\n".join((STUDENT, TEACHER.replace('"two"', '"one"'))), "flow", ""),
    **{name: (update(UPDATES[name]), STUDENT, "trig", "") for name in ("mse", "guided", "renoised", "ddim")},
    "huber": (update(UPDATES["huber"]), STUDENT, "edm", ""),
    "mini": (MINI, "", "", ""),
}


def test_every_pass_has_a_switch_and_a_bound() -> None:
    assert set(PASSES) == set(BOUNDS) == set(optimise._PASSES)
    assert flags(("fuse", "slice")) == ["--no-slice", "--no-fuse"]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """How a sum is split among threads is no pass's doing."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def toys(trained: tuple[str, ...]) -> dict[str, Any]:
    """Roles of toy networks, and averages of one by their decay."""
    names = ("student", "teacher", "critic", "student 0.9", "student 0.99")
    nets = {name: Net(10 + i).requires_grad_(name in trained) for i, name in enumerate(names)}
    return {name: role(name.split()[0], net) for name, net in nets.items()}


@cache
def _small() -> dict[str, Role]:
    path = Path(FOLDER.name) / "mini.fdl"
    path.write_text(MINI)
    return load_roles(
        check(path).programs[0].roles, Registry(), allow_python=False, device=torch.device("cpu")
    )


def small(trained: tuple[str, ...]) -> dict[str, Any]:
    """Roles of the family that ships."""
    for name, found in _small().items():
        found.transformer.module.requires_grad_(name in trained).zero_grad()
    return dict(_small())


def clips() -> dict[str, Any]:
    video = torch.rand(2, 3, 4, 16, 16, generator=torch.Generator().manual_seed(2)) * 2 - 1
    return {"prompt": ["a red circle moving left", "a blue square"], "video": video}


def at(roles: Mapping[str, Any], step: int, samples: int) -> Run:
    made = run({name: r for name, r in roles.items() if " " not in name}, step=step, samples=samples)
    averages = {tuple(name.split()): r for name, r in roles.items() if " " in name}
    made.averages = {(name, Averaging(float(decay))): r for (name, decay), r in averages.items()}
    return made


def results(name: str, module: ModuleType) -> dict[str, Tensor]:
    """Losses and gradients of every update, for three steps, and a sample."""
    make, given, net = (small, clips(), "transformer") if name == "mini" else (toys, batch(), "net")
    found: dict[str, Tensor] = {}
    samples = len(given["prompt"])
    for step in range(3):
        for u in module.UPDATES:
            roles = make(u.roles)
            losses = u.losses(at(roles, step, samples), given)
            torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
            found |= {f"{step} {u.name} {loss}": value.detach() for loss, value in losses.items()}
            for trained in u.roles:
                component = getattr(roles[trained], net)
                for part, p in getattr(component, "module", component).named_parameters():
                    assert p.grad is not None
                    found[f"{step} {u.name} {trained}.{part}"] = p.grad.clone()
    if hasattr(module, "sample"):
        with torch.no_grad():
            found["- sample pixels"] = module.sample(at(make(()), 0, samples), given)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Tensor]]:
    return {
        name: results(name, compiled(program(tmp_path_factory.mktemp(name), name))[1]) for name in PROGRAMS
    }


def program(folder: Path, name: str) -> TypedProgram:
    if name == "mini":
        (folder / "try.fdl").write_text(MINI)
        return check(folder / "try.fdl").programs[0]
    body, roles, process, methods = PROGRAMS[name]
    return typed(folder, body, roles, PROCESSES[process], methods)


@pytest.mark.parametrize("left_out", PASSES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_results_agree_without(
    name: str, left_out: str, whole: dict[str, dict[str, Tensor]], tmp_path: Path
) -> None:
    agree(whole[name], results(name, compiled(program(tmp_path, name), {left_out})[1]), BOUNDS[left_out])


@pytest.mark.parametrize("name", PROGRAMS)
def test_results_agree_without_any(name: str, whole: dict[str, dict[str, Tensor]], tmp_path: Path) -> None:
    found = results(name, compiled(program(tmp_path, name), set(PASSES))[1])
    agree(whole[name], found, max(BOUNDS.values()))


def agree(with_: dict[str, Tensor], without: dict[str, Tensor], bound: float) -> None:
    assert with_.keys() == without.keys()
    for name, value in with_.items():
        largest = max(v.abs().max() for n, v in with_.items() if n.split()[:2] == name.split()[:2])
        apart = (value - without[name]).abs().max()
        assert apart <= bound * largest, f"{name}: {apart}"
