"""A family at a tiny size: what it makes beside diffusers' own classes, how it trains, what its networks count."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from lowering import loaded
from paths import ROOT
from PIL import Image
from references.cases import Asked, Case
from safetensors.torch import load_file
from torch import Tensor, nn

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check, check_source, compile
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4
from fdc.compiler.runtime.base.media.waves import write_wav
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.train import batch_numbers
from fdc.compiler.runtime.weights import component_classes
from fdc.compiler.runtime.weights.load_roles import Registry, load_roles

CPU = torch.device("cpu")
SEED, SAMPLES = 5, 2
FIXED = 10
"""Steps of which each has draws of its own; then they come again."""


# what it makes


@dataclass(frozen=True)
class Compared:
    """The largest difference by what was made, over the spread of what the reference made (or 1, where that is more)."""

    stages: Mapping[str, float]
    sample: Mapping[str, float]

    @property
    def worst(self) -> float:
        return max(*self.stages.values(), *self.sample.values())


def compared(case: Case, checkpoint: Path) -> Compared:
    """The family on a checkpoint of `case.pipeline()` beside the pipeline that diffusers loads from it."""
    pipeline = pipeline_of(case, checkpoint)
    program = asked_program(case, checkpoint)
    plan = loaded(compile(program, "test").text)
    roles = roles_of(program)
    role, batch = roles["student"], batch_of(program, case.prompts)
    with torch.no_grad():
        stages = asked(case, plan, roles, batch, "stages")
        said = case.stages(pipeline, stages)
        with decoded([role.components[c].held for c in case.codecs]) as ours:
            sample = asked(case, plan, roles, batch, "samples")
        with decoded([getattr(pipeline, c) for c in case.codecs]) as theirs:
            case.sample(pipeline, sample)
    found = {n: difference(stages.made[n], x) for n, x in said.items()}
    missing = {n for n in stages.made if n.partition(".")[0] != "noisy"} - said.keys()
    assert not missing, f"the reference says nothing of {', '.join(sorted(missing))}"
    named = zip(case.codecs, ours, theirs, strict=True)
    return Compared(found, {c: difference(torch.cat(a), torch.cat(b)) for c, a, b in named})


def pipeline_of(case: Case, checkpoint: Path) -> Any:
    """The pipeline of a checkpoint, as diffusers loads it."""
    like = case.pipeline()
    absent = {n: None for n in like.components if not (checkpoint / n).is_dir()}
    found = type(like).from_pretrained(checkpoint, **absent)
    found.set_progress_bar_config(disable=True)
    return found


def difference(ours: Tensor, theirs: Tensor) -> float:
    assert ours.shape == theirs.shape, f"{tuple(ours.shape)} and {tuple(theirs.shape)}"
    assert bool(theirs.isfinite().all()), "the reference is not finite"
    return float((ours.double() - theirs.double()).abs().max() / max(1.0, float(theirs.double().std())))


def asked_program(case: Case, checkpoint: Path) -> TypedProgram:
    found = check_source(Source("ask.fdl", case.program(checkpoint)), Path("ask.fdl").absolute())
    assert found.clean, [f"{d.code}: {d.message}" for d in found.diagnostics]
    return found.programs[0]


def roles_of(program: TypedProgram) -> dict[str, Role]:
    return load_roles(program.roles, Registry(), allow_python=True, device=CPU)


def batch_of(program: TypedProgram, prompts: Sequence[str]) -> dict[str, Any]:
    """A value for each field of a program's data: the prompts, and noise of its shape within [-1, 1]."""
    assert program.data is not None
    random = torch.Generator().manual_seed(3)
    made: dict[str, Any] = {}
    for name, type in program.data.fields.items():
        dims = getattr(type, "dims", None)
        if dims is None or len(dims) < 2:
            made[name] = list(prompts)
        else:
            shape = (len(prompts), *(int(d.constant) for d in dims[1:]))
            made[name] = torch.rand(shape, generator=random) * 2 - 1
    return made


class Recorded(Streams):
    """Streams that keep what was drawn of them."""

    def keep(self, into: dict[str, list[Tensor]]) -> Recorded:
        object.__setattr__(self, "into", into)
        return self

    def normal(self, site: str, *rest: Any, **more: Any) -> Tensor:
        return self._kept(site, super().normal(site, *rest, **more))

    def uniform(self, site: str, *rest: Any, **more: Any) -> Tensor:
        return self._kept(site, super().uniform(site, *rest, **more))

    def _kept(self, site: str, found: Tensor) -> Tensor:
        self.into.setdefault(site.rpartition(".")[2], []).append(found)  # type: ignore[attr-defined]
        return found


def asked(
    case: Case, plan: ModuleType, roles: Mapping[str, Role], batch: Mapping[str, Any], name: str
) -> Asked:
    drawn: dict[str, list[Tensor]] = {}
    draws = Recorded(SEED, 0, tuple(range(SAMPLES))).keep(drawn)
    made = plan.PRODUCE[name](Run(roles, 0, draws, SAMPLES, CPU), dict(batch))
    return Asked(batch, drawn, _flat(made), case.steps, case.scale, case.sizes)


def _flat(made: Mapping[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, value in made.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{field}": x for field, x in value.items()}
        else:
            found[name] = value
    return found


@contextmanager
def decoded(codecs: Sequence[Any]) -> Iterator[list[list[Tensor]]]:
    """What reaches `decode` of each codec, call by call."""
    found: list[list[Tensor]] = [[] for _ in codecs]

    def decode(plain: Any, into: list[Tensor], z: Tensor, *args: Any, **more: Any) -> Any:
        into.append(z.detach().clone())
        return plain(z, *args, **more)

    plain = [c.decode for c in codecs]
    for codec, function, into in zip(codecs, plain, found, strict=True):
        codec.decode = partial(decode, function, into)
    try:
        yield found
    finally:
        for codec in codecs:
            del codec.decode


# how it trains, and what it leaves


@dataclass(frozen=True)
class Trained:
    """Losses by `UPDATE.NAME`, and the parameters (`ROLE.COMPONENT.PATH`) of which no step gave a finite gradient that is
    not zero, or of idle ones that it was not as their family says."""

    losses: Mapping[str, tuple[float, ...]]
    untouched: tuple[str, ...]

    def fall(self, name: str) -> float:
        """By how many of its standard errors the mean of the last losses lies below the first, each beside the one of the
        same draws."""
        losses = torch.tensor(self.losses[name], dtype=torch.float64)
        count = min(FIXED, len(losses) // 2)
        fallen = losses[:count] - losses[len(losses) - count :]
        return float(fallen.mean() / (fallen.std() / math.sqrt(count)))


def trained(case: Case, method: str, steps: int = 2 * FIXED) -> Trained:
    """The updates of `programs/FAMILY_METHOD.fdl` with tiny weights, on draws that come again after `FIXED` of a loss."""
    program = program_that_ships(case, method)
    plan = loaded(compile(program, "test").text)
    roles = roles_of(program)
    batch = batch_of(program, case.prompts)
    losses: dict[str, list[float]] = {}
    seen: dict[str, bool] = {}
    updates = plan.UPDATES
    optimizers = {
        name: torch.optim.AdamW(list(role.parameters()), lr=case.rates[method])
        for name, role in roles.items()
        if role.trained
    }
    for step in range(steps * max(u.schedule.every for u in updates)):
        for update in updates:
            if not update.schedule.due(step + 1):
                continue
            turn = len(losses.get(f"{update.name}.{_first(losses, update.name)}", ())) % FIXED
            draws = Streams(SEED, turn, tuple(range(SAMPLES)))
            parts = [(Run(roles, step, draws, SAMPLES, CPU), dict(batch))]
            for name, role in roles.items():
                for p in role.parameters():
                    p.requires_grad_(name in update.roles)
                    p.grad = None
            numbers, shares = batch_numbers.joined(update.before, parts, lambda k: None)
            found = update.losses(*parts[0])
            torch.stack([v.float() for v in found.values()]).sum().backward()
            batch_numbers.backward(update.before, parts, numbers, shares, lambda k: None)
            for name, value in found.items():
                losses.setdefault(f"{update.name}.{name}", []).append(float(value.detach()))
            for name in update.roles:
                for path, p in roles[name].named_parameters():
                    size = float(p.grad.abs().sum()) if p.grad is not None else 0.0
                    moved = 0.0 < size < math.inf
                    idle = {
                        "none": p.grad is None,
                        "zero": p.grad is not None and not moved,
                        "sometimes": True,
                    }
                    ok = idle[roles[name].idle[path]] if path in roles[name].idle else moved
                    seen[f"{name}.{path}"] = seen.get(f"{name}.{path}", False) or ok
                optimizers[name].step()
    return Trained({n: tuple(v) for n, v in losses.items()}, tuple(n for n, ok in seen.items() if not ok))


def _first(losses: Mapping[str, Sequence[float]], update: str) -> str:
    return next((n.partition(".")[2] for n in losses if n.startswith(f"{update}.")), "")


def settings_of(case: Case, method: str) -> tuple[str, ...]:
    """The program that ships at the tiny size of the family."""
    text = (ROOT / "programs" / f"{case.shipped}_{method}.fdl").read_text("utf-8")
    names = [n for n in ("student", "teacher", "critic") if f"role {n} " in text]
    return (
        *(f"sizes.{n}={v}" for n, v in case.sizes.items()),
        *(f"{n}.source={case.family}.{case.variant}(tiny(seed = {k}))" for k, n in enumerate(names)),
        *(f"{n}.precision=f32" for n in names),
        *case.sets.get(method, ()),
    )


def program_that_ships(case: Case, method: str) -> TypedProgram:
    path = ROOT / "programs" / f"{case.shipped}_{method}.fdl"
    found = check(path, overrides=settings_of(case, method))
    assert found.clean, [f"{d.code}: {d.message}" for d in found.diagnostics]
    return found.programs[0]


@dataclass(frozen=True)
class Ran:
    """A run's folder, its export beside what diffusers loads of it, and how many of the tensors it trains moved."""

    folder: Path
    export: Compared
    moved: int
    tensors: int


def ran(case: Case, method: str, folder: Path, *more: str) -> Ran:
    """Runs the program that ships on a checkpoint, at the tiny size, with a sheet of samples and an export at its end."""
    checkpoint = folder / "checkpoint"
    case.pipeline().save_pretrained(checkpoint)
    write_data(case, folder / "data")
    given = (
        *(re.sub(r"tiny\(seed = \d\)", f'"{checkpoint}"', s) for s in settings_of(case, method)),
        f'data.path="{folder / "data"}"',
        "train.steps=2",
        f"train.batch={SAMPLES}",
        "train.accumulate=1",
        "validate.every=2",
        'validate.prompts=["a red circle moving left", "two green squares, one above the other"]',
        *more,
    )
    program = ROOT / "programs" / f"{case.shipped}_{method}.fdl"
    with chdir(folder):
        status = main(["run", str(program), *(w for s in given for w in ("--set", s))])
    assert status == 0, f"fdc run ended with {status}"
    (run,) = (folder / "runs" / f"{case.shipped}_{method}").iterdir()
    assert list((run / "samples").glob("*/sheet.png")), "no sheet of samples"
    export = run / "export" / "student"
    moved = tensors = 0
    for part in trained_components(case, method):
        before, after = weights_in(checkpoint / part), weights_in(export / part)
        assert before.keys() == after.keys()
        tensors += len(before)
        moved += sum(not torch.equal(before[n], after[n]) for n in before)
    return Ran(run, compared(case, export), moved, tensors)


def weights_in(folder: Path) -> dict[str, Tensor]:
    return {n: x for file in sorted(folder.glob("*.safetensors")) for n, x in load_file(file).items()}


def trained_components(case: Case, method: str) -> list[str]:
    """The folders of what the student trains."""
    family = program_that_ships(case, method).roles["student"].family
    return [c.subfolder for c in family.components.values() if c.trainable]


def write_data(case: Case, folder: Path) -> None:
    """A few plain pictures or clips with captions, and sound beside them, as the fields of the case need them."""
    folder.mkdir(parents=True, exist_ok=True)
    if ": wave[" in case.fields:
        for n in range(2 * SAMPLES):
            tone = 0.5 * torch.sin(0.05 * (n + 1) * torch.arange(2 * case.sizes["N"]))
            write_wav(folder / f"{n}.wav", tone.repeat(2, 1), 16_000)
    for n in range(2 * SAMPLES):
        height, width = case.sizes["H"], case.sizes["W"]
        (folder / f"{n}.txt").write_text(case.prompts[n % SAMPLES])
        if "F" in case.sizes:
            clip = torch.full((case.sizes["F"], height, width, 3), 40 * n, dtype=torch.uint8)
            write_mp4(folder / f"{n}.mp4", clip, case.sizes.get("fps", 8), lossless=True)
        else:
            Image.new("RGB", (width, height), (40 * n, 255 - 50 * n, 90)).save(folder / f"{n}.png")


# what it counts


def counts(case: Case, variant: str) -> dict[str, int]:
    """Parameters of each component of a variant for which the case states a number, built on the meta device."""
    asked, _, _ = case.program(Path("checkpoint")).partition("  produce samples")
    text = asked.replace(f"{case.family}.{case.variant}(", f"{case.family}.{variant}(") + "}\n"
    found = check_source(Source("count.fdl", text), Path("count.fdl").absolute())
    role = found.programs[0].roles["student"]
    return {name: parameters(role.family.components[name]) for name in case.counts[variant]}


def parameters(component: Any) -> int:
    kind = component_classes.find(component.cls, None, None)
    with torch.device("meta"):
        module = component_classes.build(kind, component.config)
    assert isinstance(module, nn.Module)
    return sum(p.numel() for p in module.parameters())
