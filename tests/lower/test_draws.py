"""Every distribution for every scope: the shape that is documented, its moments, and the same numbers however a batch is
taken in parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import pytest
import torch
from lowering import BACK, FAMILY, loaded, typed
from torch import Tensor

from fdc.compiler.base.frozen import replace
from fdc.compiler.emit.module import emit
from fdc.compiler.lower.lowering import Lowering
from fdc.compiler.lower.program import _plain, lower
from fdc.compiler.lower.rules.table import RULES
from fdc.compiler.program.ops import SITE
from fdc.compiler.program.values import every_value
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams
from fdc.stages.table import OPS

U = (torch.arange(20000, dtype=torch.float64) + 0.5) / 20000
Z = math.sqrt(2) * torch.erfinv(2 * U - 1)
"""Quantiles of the uniform and of the normal distribution."""


def _cut(x: Tensor, low: float, high: float) -> Tensor:
    return x[(x > low) & (x < high)]


DISTRIBUTIONS: dict[str, tuple[str, Tensor]] = {
    "even": ("uniform(2, 4)", 2 + 2 * U),
    "bell": ("normal(1, 0.5)", 1 + 0.5 * Z),
    "level": ("logit_normal(-0.5, 1.5)", torch.sigmoid(1.5 * Z - 0.5)),
    "moved": ("shifted(uniform(0, 1), 3.0)", 3 * U / (1 + 2 * U)),
    "kept": ("clamp(normal(0, 1), -1.5, 2)", Z.clamp(-1.5, 2)),
    "cut": ("truncated(normal(0, 1), -0.5, 2)", _cut(Z, -0.5, 2)),
    "tilted": ("beta(1, 3)", 1 - (1 - U) ** (1 / 3)),
    "cut_tilted": ("truncated(beta(1, 3), 0.1, 0.6)", _cut(1 - (1 - U) ** (1 / 3), 0.1, 0.6)),
    "entry": ("pick([1.0, 2.0, 4.0])", torch.tensor([1.0, 2.0, 4.0])),
    "whole": ("pick(0 .. 5)", torch.arange(5.0)),
    "number": ("pick([1, 2, 3])", torch.tensor([1.0, 2.0, 3.0])),
    "time": ("pick(sigmas([0.9, 0.5, 0.25]))", torch.tensor([0.9, 0.5, 0.25])),
    "late": ("shifted(pick(sigmas([0.9, 0.5])), 2.0)", torch.tensor([1.8 / 1.9, 1 / 1.5])),
}
SCOPES = {"sample": "sample", "step": "step", "frame": "frame", "chunk": "chunk(2)"}
FRAMES, SAMPLES = 4, 3000
READ = {"time": ".sigma", "late": ".sigma"}
OF_DRAWS = {
    "most": "pick(1 .. 5)",
    "below": "pick(0 .. most)",
    "below_frame": "pick(most .. 2*most + 1) per frame",
    "low": "uniform(-1, -0.5)",
    "bounded": "clamp(normal(0, 1), low, 0.7) per frame",
    "wide": "normal(0, most) per chunk(2)",
    "uneven": "uniform(0, 1) per chunk(3)",
}
"""Draws whose distributions are made of other draws."""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Its function `produce_all` gives every draw by `distribution_scope`."""
    family = FAMILY.replace("t: time[b], c: text", "t: time[b, t], c: text").replace("SAMPLE", BACK)
    draws, losses = [], []
    for scope, text in SCOPES.items():
        for name, (distribution, _) in DISTRIBUTIONS.items():
            draws.append(f"{name}_{scope} ~ {distribution} per {text}")
            losses.append(
                f"loss of_{name}_{scope} = mse(p, v, per = frame)*{name}_{scope}{READ.get(name, '')}"
            )
        draws.append(f"noise_{scope} ~ noise[student] per {text}")
        noisy = f"student.noisy(x0, noise_{scope}, s)"
        target = f"student.target(x0, noise_{scope}, s)"
        losses.append(f"loss of_noise_{scope} = mse(student.predict({noisy}, s, c), {target})")
    for name, distribution in OF_DRAWS.items():
        draws += ["allow(not-divisible)"] if name == "uneven" else []
        draws.append(f"{name} ~ {distribution}")
        losses.append(f"loss of_{name} = mse(p, v, per = frame)*{name}")
    lines = "\n    ".join(draws + losses)
    body = f"""update student {{
    x0 = student.clean(batch)
    c = student.cond(batch)
    s = sigmas([0.5])[0]
    e ~ noise[student]
    p = student.predict(student.noisy(x0, e, s), s, c)
    v = student.target(x0, e, s)
    {lines}
  }}"""
    folder = tmp_path_factory.mktemp("draws")
    process = "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s"
    program = typed(folder, body, process=process, family=family, frames=4 * (FRAMES - 1) + 1)
    found = {
        SITE.of(v).removeprefix("student."): v
        for u in program.updates
        for v in every_value([value for _, value in u.losses])
        if v.op == "draw"
    }
    at = Lowering(RULES, program.roles, {}, {})
    plan = lower(program)
    function = _plain("produce_all", "produce", found.items(), program.updates[0].span, at)
    return loaded(emit(replace(plan, functions=(function,))))


def drawn(module: ModuleType, samples: range, step: int = 3) -> Mapping[str, Any]:
    streams = Streams(5, step, tuple(samples))
    made: Callable[..., Mapping[str, Any]] = module.produce_all
    return made(Run({}, step, streams, len(samples), torch.device("cpu")), {})


@pytest.fixture(scope="module")
def many(module: ModuleType) -> Mapping[str, Any]:
    return drawn(module, range(SAMPLES))


def moments_agree(found: Tensor, wanted: Tensor, count: int, what: str) -> None:
    """Mean and variance within five standard errors of `count` independent draws."""
    x, y = found.double(), wanted.double()
    mean, var = y.mean(), y.var(correction=0)
    spread = ((y - mean).pow(4).mean() - var * var).clamp(min=0)
    assert (x.mean() - mean).abs() <= 5 * (var / count).sqrt() + 1e-4, what
    assert (x.var(correction=0) - var).abs() <= 5 * (spread / count).sqrt() + 25 * var / count + 1e-4, what


def test_no_distribution_is_missing() -> None:
    written = " ".join(text for text, _ in DISTRIBUTIONS.values())
    # entries of a schedule's table need a family that states one: tests/families
    known = {op.name for op in OPS.values() if op.distribution} - {"entry_level"}
    assert known == {name for name in known if f"{name}(" in written} | {"noise"}


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_for_each_sample_frame_and_chunk(name: str, many: Mapping[str, Any]) -> None:
    wanted = DISTRIBUTIONS[name][1]
    one, each, chunks = (many[f"{name}_{scope}"] for scope in ("sample", "frame", "chunk"))
    assert one.shape == (SAMPLES,) and each.shape == chunks.shape == (SAMPLES, FRAMES)
    assert one.dtype == each.dtype == chunks.dtype
    assert one.dtype == (torch.int64 if name in ("whole", "number") else torch.float32)
    assert torch.equal(chunks[:, 0], chunks[:, 1]) and torch.equal(chunks[:, 2], chunks[:, 3])
    moments_agree(one, wanted, SAMPLES, "sample")
    moments_agree(each, wanted, SAMPLES * FRAMES, "frame")
    moments_agree(chunks[:, ::2], wanted, SAMPLES * 2, "chunk")
    apart = [(each[:, 0], each[:, 3]), (chunks[:, 0], chunks[:, 2]), (one, each[:, 0]), (one[1:], one[:-1])]
    for a, b in apart:
        assert abs(torch.corrcoef(torch.stack((a.double(), b.double())))[0, 1]) < 5 / SAMPLES**0.5


def test_a_last_chunk_that_is_shorter(many: Mapping[str, Any]) -> None:
    found = many["uneven"]
    assert found.shape == (SAMPLES, FRAMES)
    assert torch.equal(found[:, 0], found[:, 1]) and torch.equal(found[:, 0], found[:, 2])
    assert not torch.equal(found[:, 0], found[:, 3])
    moments_agree(found[:, ::3], U, SAMPLES * 2, "uneven")


def test_noise_for_each_scope(many: Mapping[str, Any]) -> None:
    shape = (SAMPLES, 4, FRAMES, 2, 3)
    for scope in SCOPES:
        assert many[f"noise_{scope}"].shape == shape
    sample, step, frame, chunk = (many[f"noise_{scope}"] for scope in SCOPES)
    assert torch.equal(step, step[:1].expand(shape)) and not torch.equal(sample[0], sample[1])
    assert torch.equal(chunk[:, :, 0], chunk[:, :, 1]) and torch.equal(chunk[:, :, 2], chunk[:, :, 3])
    assert not torch.equal(chunk[:, :, 0], chunk[:, :, 2]) and not torch.equal(frame[:, :, 0], frame[:, :, 1])
    for x, count in ((sample, sample.numel()), (frame, frame.numel()), (chunk, chunk.numel() // 2)):
        moments_agree(x.flatten(), Z, count, "noise")


def test_of_other_draws(many: Mapping[str, Any]) -> None:
    """Each sample's numbers lie between ends of its own."""
    most, below, each, low, bounded, wide, uneven = (many[n] for n in OF_DRAWS)
    assert most.dtype == below.dtype == each.dtype == torch.int64
    assert below.shape == most.shape and each.shape == bounded.shape == wide.shape == (SAMPLES, FRAMES)
    for k in range(1, 5):
        moments_agree(below[most == k], torch.arange(float(k)), int((most == k).sum()), f"below {k}")
        counted = torch.arange(float(k), 2 * k + 1)
        moments_agree(each[most == k].flatten(), counted, 4 * int((most == k).sum()), f"from {k}")
        moments_agree(wide[most == k][:, ::2].flatten(), k * Z, 2 * int((most == k).sum()), f"wide {k}")
    assert torch.equal(bounded.amin(1).clamp(min=low), bounded.amin(1)) and bounded.max() <= 0.7
    assert ((bounded == low[:, None]).any(1).float().mean() - 0.6).abs() < 0.2
    assert torch.equal(uneven[:, :3], uneven[:, :1].expand(-1, 3))  # the last chunk is a frame of its own
    assert (uneven[:, 3] != uneven[:, 0]).all()


@pytest.mark.parametrize("size", [1, 7])
def test_a_batch_in_parts_draws_the_same(size: int, module: ModuleType) -> None:
    whole = drawn(module, range(14))
    parts = [drawn(module, range(k, k + size)) for k in range(0, 14, size)]
    for name, value in whole.items():
        found = [p[name] for p in parts]
        if name.endswith("_step") and name != "noise_step":
            assert all(f == value for f in found), name
        elif name.startswith(
            ("level", "tilted", "cut_tilted")
        ):  # torch rounds by where a number stands in a vector
            torch.testing.assert_close(torch.cat(found), value, rtol=3e-7, atol=0)
        else:
            assert torch.equal(torch.cat(found), value), name


@pytest.fixture(scope="module")
def steps(module: ModuleType) -> list[Mapping[str, Any]]:
    return [drawn(module, range(1), step) for step in range(120)]


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_one_for_each_step(name: str, steps: list[Mapping[str, Any]]) -> None:
    values = [s[f"{name}_step"] for s in steps]
    assert all(not isinstance(v, Tensor) or v.shape == () for v in values)
    moments_agree(torch.tensor([float(v) for v in values]), DISTRIBUTIONS[name][1], len(values), name)
