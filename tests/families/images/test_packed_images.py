"""Families of images whose pipelines tell their schedulers the levels: Flux.1, Flux2 Klein, QwenImage, Z-Image."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import family_trials
import pytest
import torch
from references.cases import Asked, all_cases

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.session.exports.own_levels import own_levels
from fdc.compiler.runtime.session.exports.pipeline_scheduler import scheduler_of
from fdc.families import qwen_chat, tiny_tokenizers
from fdc.families.flux2 import binding as flux2
from fdc.families.qwenimage import binding as qwenimage
from fdc.families.qwenimage21 import binding as qwenimage21
from fdc.families.zimage import binding as zimage

FAMILIES = {
    "flux": (16, 8, 8),
    "flux2": (128, 4, 4),
    "qwenimage": (16, 8, 8),
    "qwenimage21": (64, 4, 4),
    "zimage": (16, 8, 8),
}
"""With the dims of their latents at 64 x 64 pixels."""
LEFT = len(qwenimage21.BEFORE + qwenimage21.BEHIND) + 1
"""Bytes that stand around a prompt of QwenImage 2.1 and are kept, and the end of the text."""
LEVELS = [1.0, 0.9, 0.75, 0.5]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_pipeline_of_a_few_step_student_steps_at_its_levels(family: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    case = all_cases()[family]
    program = family_trials.program_that_ships(case, "dmd2")
    student = family_trials.roles_of(program)["student"]
    own = own_levels(program, "student")
    assert own is not None and list(own.levels) == LEVELS
    assert scheduler_of(student, own).exact
    out = export_role(student, tmp_path / "out", own=own)
    index = json.loads((out / "model_index.json").read_text("utf-8"))
    assert index.get("is_distilled", "not said") == ("not said" if family != "flux2" else False)
    like = case.pipeline()
    if "processor" in like.components:  # of random weights only its tokenizer is made
        cls = type(like.processor)
        like.processor.save_pretrained(out / "processor")
        index["processor"] = [cls.__module__, cls.__name__]
        (out / "model_index.json").write_text(json.dumps(index))
    pipeline: Any = type(like).from_pretrained(out)
    pipeline.set_progress_bar_config(disable=True)
    noise = torch.randn(2, *FAMILIES[family], generator=torch.Generator().manual_seed(0))
    asked = Asked({"prompt": ["a circle", "two squares"]}, {"x": [noise]}, {}, len(LEVELS), 1.0, case.sizes)
    case.sample(pipeline, asked)
    assert type(pipeline.scheduler).__name__ == "FlowMatchLCMScheduler"
    torch.testing.assert_close(pipeline.scheduler.sigmas, torch.tensor([*LEVELS, 0.0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_random_weights_are_exported_with_a_scheduler_of_the_same_shift(family: str, tmp_path: Path) -> None:
    """Which the checkpoint's check accepts."""
    case = all_cases()[family]
    text = case.program(Path("x")).replace('("x")', "(tiny(seed = 0))")
    found = check_source(Source("ask.fdl", text), tmp_path / "ask.fdl")
    role = family_trials.roles_of(found.programs[0])["student"]
    made = scheduler_of(role, None)
    assert made.config is not None and not made.notes
    wanted = case.pipeline().scheduler.config
    said = {k: v for k, v in made.config.items() if k not in ("_class_name", "num_train_timesteps")}
    assert said and {k: wanted[k] for k in said} == said


def plan_of(family: str, variant: str, **sizes: int) -> str:
    text = all_cases()[family].program(Path("x")).replace('tiny("x")', f"{variant}(tiny(seed = 0))")
    if variant in ("klein_4b_distilled", "turbo"):
        text = text.replace(f", scale = {all_cases()[family].scale}", "")
    for name, value in sizes.items():
        text = text.replace(f"{name} = 64", f"{name} = {value}")
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    return compile(found.programs[0], "test").text


def test_only_networks_that_follow_a_scale_are_told_one() -> None:
    told = 'guidance=c["guidance"]'
    assert told in plan_of("flux", "dev") and told not in plan_of("flux", "schnell")
    assert "positions([512, 1, 1]" in plan_of("flux", "dev")
    assert "positions([256, 1, 1]" in plan_of("flux", "schnell")


@pytest.mark.parametrize(
    ("family", "variant", "shift"),
    [
        ("flux", "dev", "3.158192"),
        ("flux", "schnell", "1.0"),
        ("flux2", "klein_4b", "9.944327"),
        ("qwenimage", "image", "2.000"),
        ("qwenimage21", "image", "2.000"),
        ("zimage", "base", "6.0"),
        ("zimage", "turbo", "3.0"),
    ],
)
def test_the_shift_of_a_megapixel(family: str, variant: str, shift: str) -> None:
    """mu is 1.15 for Flux.1, 0.6935 for QwenImage and 2.30 for Klein at three steps; Z-Image's is one for all sizes."""
    assert f"grid(3, {shift}" in plan_of(family, variant, H=1024, W=1024)


def test_a_prompt_beside_a_longer_one_is_no_other_input() -> None:
    """The places of QwenImage 2.1's images begin behind the text, and the pipeline's batches count the padding too."""
    text = all_cases()["qwenimage21"].program(Path("x")).replace('("x")', "(tiny(seed = 0))")
    role = family_trials.roles_of(check_source(Source("ask.fdl", text), Path("ask.fdl")).programs[0])[
        "student"
    ]
    x, t = torch.randn(2, 64, 4, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([0.3, 0.8])
    short, long = "a circle", "two green squares, one above the other"
    with torch.no_grad():
        both = qwenimage21.denoise(role, x, t, qwenimage21.encode_text(role, [short, long]))
        alone = qwenimage21.denoise(role, x[:1], t[:1], qwenimage21.encode_text(role, [short]))
    torch.testing.assert_close(both[:1], alone, atol=1e-6, rtol=0)
    assert qwenimage21.cut_by_encode_text(role, [short, long * 8]) == [0, 8 * len(long) + LEFT - 256]


def test_training_leaves_the_statistics_of_the_codec_as_they_are() -> None:
    """They are buffers of a batch norm, which would move if it trained."""
    case = all_cases()["flux2"]
    roles = family_trials.roles_of(family_trials.program_that_ships(case, "finetune"))
    vae = roles["student"].vae
    before = vae.held.bn.running_mean.clone()
    assert not vae.held.training and not vae.held.bn.training
    with torch.no_grad():
        vae.encode(x=torch.rand(2, 3, 64, 64))
    assert torch.equal(vae.held.bn.running_mean, before)


@pytest.mark.parametrize(
    ("family", "variant", "steps"), [("flux2", "klein_4b_distilled", 4), ("zimage", "turbo", 8)]
)
def test_a_distilled_model_is_sampled_without_guidance(family: str, variant: str, steps: int) -> None:
    """Which diffusers' pipeline of Klein ignores, and that of Z-Image applies."""
    text = all_cases()[family].program(Path("x")).replace('tiny("x")', f"{variant}(tiny(seed = 0))")
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    assert [d.code for d in found.diagnostics] == ["bad-setting"], found.diagnostics
    assert "trained without guidance" in found.diagnostics[0].message
    scale = f", scale = {all_cases()[family].scale}"
    assert scale in text
    alone = check_source(
        Source("ask.fdl", text.replace(", steps = 3", "").replace(scale, "")), Path("ask.fdl").absolute()
    )
    assert alone.clean, [d.message for d in alone.diagnostics]
    assert f"grid({steps}, " in compile(alone.programs[0], "test").text


@pytest.mark.parametrize(("variant", "told"), [("dev", False), ("schnell", True)])
def test_a_scale_that_a_network_is_not_told_is_refused(variant: str, told: bool) -> None:
    source = f"{variant}(tiny(seed = 0), guidance = 7.0)"
    text = all_cases()["flux"].program(Path("x")).replace('tiny("x")', source)
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute()).diagnostics
    assert bool(found) == told
    assert all(d.code == "bad-setting" and "no scale of guidance" in d.message for d in found)
    assert all("follows = false" in d.facts for d in found)


def of_bytes(**config: object) -> SimpleNamespace:
    """A role with a tokenizer of bytes, and encoders that nothing reaches."""
    tokenizer = SimpleNamespace(module=tiny_tokenizers.of_bytes(config))
    return SimpleNamespace(name="student", tokenizer=tokenizer, sizes={"L": 64}, text_encoder=None)


@pytest.mark.parametrize(
    ("config", "skipped", "told"),
    [
        ({}, 34, "98 tokens long or more"),
        ({}, 150, "180 tokens long"),
        ({"padding_side": "left"}, 180, "pads before the text"),
    ],
)
def test_rows_of_a_template_are_not_read_as_those_of_a_prompt(
    config: dict[str, object], skipped: int, told: str
) -> None:
    with pytest.raises(RunError, match=told) as e:
        qwenimage.encode_text(of_bytes(**config), ["a", "bcd"], skipped)
    assert e.value.code == "config-mismatch"


@pytest.mark.parametrize("binding", [flux2, zimage])
def test_a_tokenizer_without_a_chat_is_told(binding: Any) -> None:
    with pytest.raises(RunError, match="has no chat template"):
        binding.encode_text(of_bytes(), ["a"])


@pytest.mark.parametrize(("thinking", "thoughts"), [(True, 0), (False, 1)])
def test_a_chat_leaves_room_for_thoughts_or_says_that_there_are_none(thinking: bool, thoughts: int) -> None:
    """Z-Image's encoder is asked in the first way, Klein's in the second."""
    role = of_bytes(chat_template=qwen_chat.CHAT)
    role.sizes = {"L": 128}
    ids = qwen_chat.tokens(role, ["a"], thinking).input_ids
    assert role.tokenizer.module.decode(ids[0]).count("<think>") == thoughts
