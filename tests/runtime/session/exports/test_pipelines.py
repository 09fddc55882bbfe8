"""Exported pipelines: schedulers that mean the process of the network, samples that are fdc's own, cards."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import typed_role, wan_checkpoint
from diffusers.schedulers import scheduling_flow_match_lcm
from lowering import loaded
from safetensors.torch import load_file

from fdc.compiler.base.source import Source
from fdc.compiler.contracts.classes import PREDICTIONS
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.process import NOW
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.session.exports.model_card import origin_of
from fdc.compiler.runtime.session.exports.own_levels import OwnLevels, own_levels
from fdc.compiler.runtime.session.exports.pipeline_scheduler import scheduler_of
from fdc.compiler.runtime.weights.load_roles import Registry, load_role, load_roles

CPU = torch.device("cpu")
PROGRAM = """
import wan
import METHOD
program p {
  sizes { F = 9, H = 32, W = 32 }
  role student = wan.tiny("CHECKPOINT") { train = TRAIN, precision = f32 }
  role teacher = wan.tiny("CHECKPOINT") { precision = f32 }
  role critic = wan.tiny("CHECKPOINT") { train = full, precision = f32 }
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  use METHOD(ROLES)
  optimize student = adamw(lr = 1e-4)
  optimize critic = adamw(lr = 1e-4)
  train { steps = 6, batch = 2 }
  validate every 5 { sample = SAMPLE }
}
"""
DMD = {
    "METHOD": "dmd2",
    "ROLES": "student, teacher, critic) { steps = ticks([1000, 750, 500, 250]) }",
    "SAMPLE": "sample",
}
TUNE = {"METHOD": "finetune", "ROLES": "student)", "SAMPLE": "student.sample(steps = STEPS, scale = 3.0)"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("wan"), seed=1)


def program(checkpoint: Path, changes: dict[str, str], train: str = "full", steps: int = 1) -> TypedProgram:
    text = PROGRAM
    for old, new in changes.items():
        text = text.replace(f"{old})", new) if old == "ROLES" else text.replace(old, new)
    text = text.replace("CHECKPOINT", str(checkpoint)).replace("TRAIN", train).replace("STEPS", str(steps))
    if changes is TUNE:
        text = "\n".join(line for line in text.splitlines() if "critic" not in line and "teacher" not in line)
    checked = check_source(Source("p.fdl", text), Path("p.fdl"))
    assert checked.clean, checked.diagnostics
    return checked.programs[0]


@torch.no_grad()
def ours(p: TypedProgram, roles: dict[str, Role]) -> tuple[torch.Tensor, Streams]:
    """What `validate` makes of one prompt, in [0, 1], and the draws that it was made from."""
    draws = Streams(5, 0, (0,))
    run = Run(roles=roles, step=0, draws=draws, batch_size=1, device=CPU)
    made = loaded(compile(p, "test").text).sample(run, {"prompt": ["a cat"]})
    return (made / 2 + 0.5).clamp(0, 1).transpose(1, 2), draws


def exported(p: TypedProgram, folder: Path, **options: Any) -> tuple[Path, dict[str, Role]]:
    roles = load_roles(p.roles, Registry(), allow_python=False, device=CPU)
    with torch.no_grad():
        for q in roles["student"].parameters():
            q.add_(0.02 * torch.randn(q.shape, generator=torch.Generator().manual_seed(q.numel())))
    origin = origin_of(folder, p, None)
    out = export_role(
        roles["student"], folder / "out", own=own_levels(p, "student"), origin=origin, **options
    )
    return out, roles


def blocks(out: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (out / "README.md").read_text(), re.S)


def pipeline_of(code: str) -> dict[str, Any]:
    """Runs a card's code up to the call."""
    names: dict[str, Any] = {}
    exec("\n".join(line for line in code.splitlines() if not line.startswith("made")), names)
    names["pipeline"].set_progress_bar_config(disable=True)
    return names


SIZES = {"height": 32, "width": 32, "num_frames": 9, "output_type": "pt"}


@pytest.mark.slow
def test_the_pipeline_of_a_few_step_student_makes_the_students_samples(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = program(checkpoint, DMD)
    out, roles = exported(p, tmp_path)
    expected, draws = ours(p, roles)
    (code,) = blocks(out)
    assert "num_inference_steps=4, guidance_scale=1.0" in code
    pipeline = pipeline_of(code)["pipeline"]
    shape = (16, 3, 4, 4)
    noises = iter([draws.normal("validate.sample.eps", shape, iteration=(i,)) for i in range(3)])
    last = torch.zeros(1, *shape)  # multiplied by zero
    monkeypatch.setattr(scheduling_flow_match_lcm, "randn_tensor", lambda *_, **__: next(noises, last))
    start = draws.normal("validate.sample.x", shape)
    made = pipeline("a cat", latents=start, num_inference_steps=4, guidance_scale=1.0, **SIZES).frames
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    load_role(typed_role(source=out), Registry(), allow_python=False, device=CPU)


@pytest.mark.parametrize("steps", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_the_pipeline_of_a_tuned_network_makes_fdcs_samples(
    checkpoint: Path, tmp_path: Path, steps: int
) -> None:
    """As it is where the levels of the two agree, which is one step; with the card's two lines else."""
    p = program(checkpoint, TUNE, steps=steps)
    out, roles = exported(p, tmp_path)
    expected, draws = ours(p, roles)
    first, grid = blocks(out)
    names = pipeline_of(first)
    if steps > 1:
        exec(grid, names)
    start = draws.normal("validate.sample.x", (16, 3, 4, 4))
    made = names["pipeline"](
        "a cat", latents=start, num_inference_steps=steps, guidance_scale=3.0, **SIZES
    ).frames
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_the_card_of_an_adapter_loads_it(checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    p = program(checkpoint, DMD, train="lora(rank = 2)")
    out, roles = exported(p, tmp_path)
    (code,) = blocks(out)
    assert "FlowMatchLCMScheduler(" in code and "load_lora_weights" in code
    pipeline = pipeline_of(code)["pipeline"]
    pipeline.scheduler.set_timesteps(4)
    assert [round(float(s), 4) for s in pipeline.scheduler.sigmas] == [1.0, 0.75, 0.5, 0.25, 0.0]
    call = {
        "hidden_states": torch.randn(1, 16, 3, 8, 8),
        "timestep": torch.tensor([937.5]),
        "encoder_hidden_states": torch.randn(1, 512, 32),
    }
    with torch.no_grad():
        there, here = pipeline.transformer(**call).sample, roles["student"].transformer(**call)
    torch.testing.assert_close(there, here, atol=1e-4, rtol=1e-4)


def test_weights_may_be_written_as_bf16(checkpoint: Path, tmp_path: Path) -> None:
    out, roles = exported(program(checkpoint, TUNE), tmp_path, dtype=torch.bfloat16)
    held = roles["student"].transformer.module.state_dict()
    written = load_file(out / "transformer" / "diffusion_pytorch_model.safetensors")
    assert written["blocks.0.norm2.weight"].dtype == torch.float32, "what the class keeps in float32"
    assert torch.equal(written["patch_embedding.weight"], held["patch_embedding.weight"].bfloat16())
    assert held["patch_embedding.weight"].dtype == torch.float32


def test_a_family_without_a_pipeline_says_what_to_load(tmp_path: Path) -> None:
    text = """
    import mini
    import finetune
    program p {
      sizes { F = 4, H = 16, W = 16 }
      role student = mini(tiny(seed = 0)) { train = full }
      data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
      use finetune(student)
      optimize student = adamw(lr = 1e-4)
      train { steps = 5, batch = 2 }
    }
    """
    checked = check_source(Source("p.fdl", text), Path("p.fdl"))
    out, roles = exported(checked.programs[0], tmp_path)
    assert "`codec`, `tokenizer` are of the family's own Python" in (out / "README.md").read_text()
    names: dict[str, Any] = {}
    exec(blocks(out)[0], names)
    assert torch.equal(
        names["transformer"].proj_out.weight, roles["student"].transformer.module.proj_out.weight
    )


# schedulers


def role(source: Path | int, **process: Any) -> Role:
    typed = typed_role(source=source)
    loaded_role = load_role(typed, Registry(), allow_python=False, device=CPU)
    changed = {**{n: getattr(loaded_role.process, n) for n in vars_of(loaded_role.process)}, **process}
    loaded_role.process = type(loaded_role.process)(**changed)
    return loaded_role


def vars_of(process: Any) -> list[str]:
    return [
        "name",
        "kind",
        "prediction",
        "ticks",
        "tick_ends",
        "shift",
        "place",
        "settings",
        "lets",
        "chosen",
        "top",
    ]


def test_schedulers_of_flows(checkpoint: Path) -> None:
    assert scheduler_of(role(checkpoint), None).kept
    other = scheduler_of(role(checkpoint, shift=5.0), None)
    assert other.config is not None and other.config["shift"] == 5.0 and not other.kept
    made = scheduler_of(role(0, shift=5.0), None).config
    assert made == {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "shift": 5.0,
    }
    few = scheduler_of(role(checkpoint), OwnLevels((1.0, 0.9, 0.6, 0.5), True))
    assert few.kept and "0.9, 0.6, 0.5" in few.notes[0]
    unknown = scheduler_of(role(checkpoint), OwnLevels((1.0, 0.5), None))
    assert unknown.kept and "as the process does" in unknown.notes[0]
    clean = scheduler_of(role(0, prediction=PREDICTIONS["sample"].mix("flow", NOW)), None)
    assert clean.config is None and "no velocity" in clean.notes[0]


def test_schedulers_of_diffusion(tmp_path: Path) -> None:
    def found(prediction: str, source: Path | None, schedule: object) -> Any:
        process = SimpleNamespace(
            kind="vp",
            name="p",
            predicted=lambda t: PREDICTIONS[prediction].mix("vp", t),
            tick_ends=None,
            table=None,
        )
        return scheduler_of(
            SimpleNamespace(process=process, components={}, source=source, schedule=schedule), None
        )

    made = found("v_prediction", None, object()).config
    assert made["_class_name"] == "DDIMScheduler" and made["prediction_type"] == "v_prediction"
    assert found("epsilon", None, None).config is None
    (tmp_path / "scheduler").mkdir()
    file = tmp_path / "scheduler" / "scheduler_config.json"
    file.write_text('{"_class_name": "DDPMScheduler", "prediction_type": "epsilon", "beta_start": 0.001}')
    assert found("epsilon", tmp_path, object()).kept
    other = found("v_prediction", tmp_path, object()).config
    assert other == {"_class_name": "DDPMScheduler", "prediction_type": "v_prediction", "beta_start": 0.001}


@pytest.mark.parametrize(
    "levels", [(1.0,), (1.0, 0.5), (1.0, 0.8, 0.3), (1.0, 0.75, 0.5, 0.25), (1.0, 0.9375, 0.8333, 0.625)]
)
def test_a_config_says_levels(levels: tuple[float, ...]) -> None:
    found = scheduler_of(role(0), OwnLevels(levels, True))
    assert found.exact and found.config is not None
    from diffusers import FlowMatchLCMScheduler

    scheduler: Any = FlowMatchLCMScheduler.from_config(
        {k: v for k, v in found.config.items() if k != "_class_name"}
    )
    scheduler.set_timesteps(len(levels))
    assert max(abs(float(a) - b) for a, b in zip(scheduler.sigmas, levels)) < 1e-4


def test_levels_of_a_program(checkpoint: Path) -> None:
    assert own_levels(program(checkpoint, DMD), "student") == OwnLevels((1.0, 0.75, 0.5, 0.25), True)
    assert own_levels(program(checkpoint, DMD), "critic") is None
    assert own_levels(program(checkpoint, TUNE), "student") is None
