"""Exports of exploding processes: EDM's scheduler, which scales what the network is given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import family_trials
import pytest
from references.cases import Case
from references.clips import cosmos1, cosmos1_shown

from fdc.compiler.base.frozen import replace as changed
from fdc.compiler.base.source import Source
from fdc.compiler.contracts.preconditioning import Preconditioning, preconditioning
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.program.family import Family
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.session.exports.pipeline_scheduler import scheduler_of

CASES = {
    "cosmos1": (cosmos1.CASE, cosmos1.made_by),
    "cosmos1.tiny_v2w": (cosmos1_shown.CASE, cosmos1_shown.made_by),
}
TEXT = """
import cosmos1
family own {
  sizes { F = 8*k + 1, H = 16*m, W = 16*n, L = 40, D = 32 }
  component net = diffusers.CosmosTransformer3DModel { trainable }
  component vae = diffusers.AutoencoderKLCosmos { dtype = f32 }
  process edm {
    let r = sqrt(s*s + 0.25)
    noisy = x0 + s*eps
    predict = PREDICT
    ticks = TICKS
    GRID
  }
  record text { embeds: bf16[b, L, D] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_video : encode(video: pixels[b, 3, F, H, W]) -> clean[cosmos1.cv8] by vae.encode(x = video)
  stage denoise : denoise(x: noisy[cosmos1.cv8], t: time[b], c: text) -> predict[cosmos1.cv8]
    by net(hidden_states = GIVEN, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_video : decode(x0: clean[cosmos1.cv8]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_video(batch.video) }
  graph sample(batch) { return decode_video(clean(batch)) }
}
program p {
  sizes { F = 9, H = 32, W = 32 }
  role student = own("checkpoints/own")
  data clips = folder("data") { prompt: str, video: pixels[b, 3, F, H, W] }
  produce latents = student.clean(batch) to shards("latents") { fields = [x0], count = 2 }
}
"""
RIGHT = {
    "PREDICT": "(s*x0 - 0.25*eps)/(0.5*r)",
    "TICKS": "0.25*log(s)",
    "GIVEN": "x / sqrt(t.sigma*t.sigma + 0.25)",
    "GRID": "range = [0.01, 40]\n grid(n) = [(40**(1/7) + i/(n - 1)*(0.01**(1/7) - 40**(1/7)))**7 for i in 0 .. n]",
}


def family(text: str = TEXT, **changes: str) -> Family:
    for name, said in {**RIGHT, **changes}.items():
        text = text.replace(name, said)
    found = check_source(Source("own.fdl", text), Path("own.fdl").absolute())
    assert found.programs, [d.message for d in found.diagnostics]
    return found.programs[0].roles["student"].family


def found(of: Family, source: Path | None = None, binding: object = None) -> Any:
    role = SimpleNamespace(
        process=of.process, components={}, source=source, preconditioning=preconditioning(of), binding=binding
    )
    return scheduler_of(role, None)  # type: ignore[arg-type]


def test_what_is_done_around_a_network_tells_the_scheduler() -> None:
    assert preconditioning(family()) == Preconditioning(0.5, "epsilon")
    assert found(family()).config == {
        "_class_name": "EDMEulerScheduler",
        "sigma_data": 0.5,
        "prediction_type": "epsilon",
        "sigma_min": 0.01,
        "sigma_max": 40.0,
        "sigma_schedule": "karras",
        "rho": 7.0,
    }
    turned = family(PREDICT="(0.25*eps - s*x0)/(0.5*r)")
    assert preconditioning(turned) == Preconditioning(0.5, "v_prediction")


@pytest.mark.parametrize(
    "change",
    [{"PREDICT": "x0"}, {"TICKS": "log(s)"}, {"GIVEN": "x"}, {"GIVEN": "x / sqrt(t.sigma*t.sigma + 1)"}],
)
def test_a_network_of_another_kind_gets_none(change: dict[str, str]) -> None:
    assert preconditioning(family(**change)) is None
    none = found(family(**change))
    assert none.config is None and not none.kept and "no scheduler of diffusers" in none.notes[0]


def test_a_checkpoints_own_is_kept_where_it_means_the_same(tmp_path: Path) -> None:
    (tmp_path / "scheduler").mkdir()
    file = tmp_path / "scheduler" / "scheduler_config.json"
    same = {
        "_class_name": "EDMEulerScheduler",
        "sigma_min": 0.01,
        "sigma_max": 40.0,
        "final_sigmas_type": "sigma_min",
    }
    file.write_text(json.dumps(same))
    assert found(family(), tmp_path).kept and not found(family(), tmp_path).notes
    file.write_text(json.dumps({**same, "sigma_data": 1.0}))
    mended = found(family(), tmp_path)
    assert mended.config["sigma_data"] == 0.5 and mended.config["final_sigmas_type"] == "sigma_min"
    assert found(family(GIVEN="x"), tmp_path).notes[0].endswith("the checkpoint's own is in the export")


def test_a_flow_with_a_grid_of_its_own_says_whose_scheduler_goes_down_it() -> None:
    """In place of one that would go down other levels, which is told where a family names none."""
    text = TEXT.replace("x0 + s*eps", "(1 - s)*x0 + s*eps")
    flow = family(
        PREDICT="eps - x0", TICKS="s", GIVEN="x", GRID="grid(n) = [1 - (i/n)**2 for i in 0 .. n]", text=text
    )
    named = found(flow, binding=SimpleNamespace(SCHEDULER={"_class_name": "UniPCMultistepScheduler"}))
    assert named.config == {"_class_name": "UniPCMultistepScheduler"} and not named.notes
    unnamed = found(flow)
    assert unnamed.config["_class_name"] == "FlowMatchEulerDiscreteScheduler"
    assert "levels of the grids" in unnamed.notes[0]
    even = family(
        PREDICT="eps - x0",
        TICKS="s",
        GIVEN="x",
        GRID="grid(n) = [1 - 0.999*i/(n - 1) for i in 0 .. n]",
        text=text,
    )
    assert not found(even).notes


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_export_samples_as_its_family_does(name: str, tmp_path: Path) -> None:
    """Of random weights with a scheduler of its own making; of a checkpoint with that of the checkpoint, as it was."""
    case, made_by = CASES[name]
    checkpoint, out, again = (tmp_path / n for n in ("checkpoint", "out", "again"))
    case.pipeline().save_pretrained(checkpoint)
    export_role(role_of(case, checkpoint), again, own=None)
    own = "scheduler/scheduler_config.json"
    assert (again / own).read_text() == (checkpoint / own).read_text()
    program = family_trials.asked_program(case, tmp_path / "none")
    random = changed(program.roles["student"], source=("tiny", 0))
    role = family_trials.roles_of(changed(program, roles={"student": random}))["student"]
    export_role(role, out, own=None)
    compared = family_trials.compared(replace(case, sample=made_by), out)
    assert compared.worst <= 1e-4, compared


def role_of(case: Case, checkpoint: Path) -> Any:
    return family_trials.roles_of(family_trials.asked_program(case, checkpoint))["student"]
