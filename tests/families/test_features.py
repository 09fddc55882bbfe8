"""What each family shows of its network's layers is what hooks see there, and is as wide as the family says."""

from __future__ import annotations

from typing import Any

import family_trials
import pytest
import torch
from lowering import loaded
from paths import ROOT
from references.cases import Case, all_cases
from torch import Tensor, nn

from fdc.compiler.base.source import Source
from fdc.compiler.contracts.networks.shown_layers import shown_layer
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.ops import LAYERS
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams

NONE = ("qwenimage21",)
"""Its network is asked about samples one by one, where their prompts are not equally long."""
VARIANTS = ("cosmos1.tiny_v2w",)
"""Those that publish a stage of their own, here one that draws noise for the network."""
CASES = {n: case for n, case in all_cases().items() if n in VARIANTS or ("." not in n and n not in NONE)}
METHOD = """
method show(student) {
  param times = uniform(0.2, 0.8)

  update student {
    x0 = student.clean(batch)
    t ~ times
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    shown = student.features(xt, t, c)
    loss flow = mse(student.predict(xt, t, c), student.target(x0, eps, t))
    loss layers = LOSSES
  }
}
"""


def layers_of(program: TypedProgram) -> tuple[str, ...]:
    body = program.roles["student"].family.stages["features"].body
    assert body is not None
    return LAYERS.of(body.result)


def program_of(case: Case) -> TypedProgram:
    """The program that ships, with a method that looks into the network."""
    count = len(layers_of(family_trials.program_that_ships(case, "finetune")))
    losses = " + ".join(f"mean(square(shown[{k}]))" for k in range(count))
    path = ROOT / "programs" / f"{case.shipped}_finetune.fdl"
    text = path.read_text("utf-8").replace("import finetune\n", "").replace("use finetune", "use show")
    text += METHOD.replace("LOSSES", losses)
    found = check_source(Source(str(path), text), path, family_trials.settings_of(case, "finetune"))
    assert found.programs, [f"{d.code}: {d.message}" for d in found.diagnostics]
    return found.programs[0]


def by_hand(module: nn.Module, layer: str) -> tuple[nn.Module, int]:
    """The layer that is meant, and which of its tensors."""
    shown = shown_layer(layer)
    assert shown is not None
    found: Any = module
    for part in shown.path.split("."):
        found = found[int(part)] if part.lstrip("-").isdigit() else getattr(found, part)
    return found, shown.entry


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_features_are_what_hooks_see(case: Case) -> None:
    torch.set_num_threads(1)
    program = program_of(case)
    plan = loaded(compile(program, "test").text)
    roles = family_trials.roles_of(program)
    component = roles["student"].components[roles["student"].trained[0]]
    run = Run(roles, 0, Streams(5, 0, (0, 1)), 2, torch.device("cpu"))
    plain: Any = plan.student_features
    asked: list[tuple[tuple[Any, ...], list[Tensor]]] = []

    def features(run: Run, *inputs: Any) -> list[Tensor]:
        asked.append((inputs, plain(run, *inputs)))
        return asked[-1][1]

    plan.student_features = features  # type: ignore[attr-defined]
    losses = plan.UPDATES[0].losses(run, family_trials.batch_of(program, case.prompts))
    assert torch.isfinite(losses["layers"]) and losses["layers"] > 0
    losses["layers"].backward()
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in component.module.parameters())
    ((inputs, shown),) = asked
    seen: dict[str, Tensor] = {}
    for layer in layers_of(program):
        block, entry = by_hand(component.module, layer)
        block.register_forward_hook(
            lambda m, i, o, layer=layer, entry=entry: seen.update(
                {layer: o[entry] if isinstance(o, tuple) else o}
            )
        )
    plan.student_denoise(run, *inputs)
    for layer, ours, alone in zip(layers_of(program), shown, plain(run, *inputs), strict=True):
        torch.testing.assert_close(ours, seen[layer].float(), msg=lambda m, layer=layer: f"{layer}: {m}")
        torch.testing.assert_close(alone, ours)
