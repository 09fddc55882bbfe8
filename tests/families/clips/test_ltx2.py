"""LTX-2 beyond the trials of all families: samples at twice the size, what a loss on one part reaches, checkpoints that
contradict the family, files of sound."""

from __future__ import annotations

import json
import shutil
import wave
from contextlib import chdir
from pathlib import Path

import family_trials
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTX2LatentUpsamplePipeline
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from lowering import loaded
from references.cases import Asked
from references.clips import ltx2
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.weights.load_roles import Registry, load_role

NEWER, OLDER, IMAGE = ltx2.CASES
LEVELS = (0.909375, 0.725, 0.421875)
SIZES = ", ".join(f"{n} = {v}" for n, v in NEWER.sizes.items())


def program(checkpoint: Path, produced: str, fields: str, variant: str = "tiny") -> TypedProgram:
    text = f"""import ltx2
program ask {{
  sizes {{ {SIZES} }}
  role student = ltx2.{variant}("{checkpoint}") {{ precision = f32 }}
  data d = {NEWER.source} {{ {NEWER.fields} }}
  produce samples = {produced} to shards("out") {{ fields = [{fields}], count = 2, batch = 2 }}
}}
"""
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    errors = [f"{d.code}: {d.message}" for d in found.diagnostics if d.severity == "error"]
    assert not errors, errors
    return found.programs[0]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ltx2")
    NEWER.pipeline().save_pretrained(folder)
    torch.manual_seed(3)
    upsampler = LTX2LatentUpsamplerModel(in_channels=8, mid_channels=32, num_blocks_per_stage=1)
    upsampler.save_pretrained(folder / "latent_upsampler")
    return folder


@pytest.mark.slow
def test_a_sample_at_twice_the_size_is_that_of_three_pipelines(checkpoint: Path) -> None:
    """Two of LTX-2 with the upsampler's between them, which begins the second one at a noise level of 0.909375."""
    typed = program(checkpoint, "student.sample_large(batch, steps = 3)", "pictures, sounds")
    batch = family_trials.batch_of(typed, NEWER.prompts)
    plan = loaded(compile(typed, "test").text)
    with torch.no_grad():
        made = family_trials.asked(NEWER, plan, family_trials.roles_of(typed), batch, "samples")
    first = family_trials.pipeline_of(NEWER, checkpoint)
    asked = Asked(batch, made.drawn, made.made, 3, 3.0, made.sizes)
    video, sound = ltx2.latents(first, asked)
    upsampler = LTX2LatentUpsamplerModel.from_pretrained(checkpoint / "latent_upsampler")
    larger = LTX2LatentUpsamplePipeline(first.vae, upsampler)(
        latents=video, height=ltx2.HEIGHT, width=ltx2.WIDTH, output_type="latent", return_dict=False
    )[0]
    first.scheduler = FlowMatchEulerDiscreteScheduler()
    s, vae, audio_vae = LEVELS[0], first.vae, first.audio_vae
    mean, std = (x.view(1, -1, 1, 1, 1) for x in (vae.latents_mean, vae.latents_std))
    rows = (ltx2.packed(sound) - audio_vae.latents_mean) / audio_vae.latents_std
    heard = (1 - s) * rows + s * asked.noise("eps[audio]").transpose(1, 2)
    moved = (1 - s) * (larger - mean) / std + s * asked.noise("eps[video]")
    shown = first(
        prompt=list(NEWER.prompts),
        height=2 * ltx2.HEIGHT,
        width=2 * ltx2.WIDTH,
        num_frames=ltx2.FRAMES,
        frame_rate=float(ltx2.FPS),
        num_inference_steps=len(LEVELS),
        sigmas=list(LEVELS),
        guidance_scale=1.0,
        audio_guidance_scale=1.0,
        stg_scale=0.0,
        audio_stg_scale=0.0,
        modality_scale=1.0,
        audio_modality_scale=1.0,
        guidance_rescale=0.0,
        audio_guidance_rescale=0.0,
        latents=moved.flatten(2).transpose(1, 2),
        audio_latents=heard * audio_vae.latents_std + audio_vae.latents_mean,
        output_type="pt",
        max_sequence_length=ltx2.ROWS,
    ).frames
    ours = made.made["pictures"].transpose(1, 2)
    assert family_trials.difference((ours / 2 + 0.5).clamp(0, 1), shown) <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "count"), [("tiny", 19), ("tiny_v20", 17)])
def test_a_loss_on_one_part_leaves_the_end_of_the_other_idle(variant: str, count: int) -> None:
    role = tiny(variant)
    torch.manual_seed(0)
    x = {"video": torch.randn(1, 8, 3, 2, 3), "audio": torch.randn(1, 8, 18)}
    widths = {"embeds": 32, "audio_embeds": 32 if variant == "tiny_v20" else 16}
    c = {n: torch.randn(1, 32, w) for n, w in widths.items()}
    module = role.transformer.module
    for parts, idle in ((("video",), count), (("audio",), count), (("video", "audio"), 0)):
        rows = c["embeds"], c["audio_embeds"]
        said = ltx2.network(module, "said", list(x.values()), [torch.tensor([500.0])] * 2, rows, {})
        module.zero_grad(set_to_none=True)
        sum(said[f"said.{p}"].square().mean() for p in parts).backward()
        none = {n for n, p in role.named_parameters() if p.grad is None}
        assert len(none) == idle and none <= role.idle.keys()


def tiny(variant: str, checkpoint: Path | None = None) -> Role:
    source = f'"{checkpoint}"' if checkpoint is not None else "tiny(seed = 0)"
    text = f"""import ltx2
import finetune
program p {{
  sizes {{ {SIZES} }}
  role student = ltx2.{variant}({source}) {{ train = full, precision = f32 }}
  data d = {NEWER.source} {{ {NEWER.fields} }}
  use finetune(student)
  optimize student = adamw(lr = 1e-3)
  train {{ steps = 1, batch = 1 }}
}}
"""
    found = check_source(Source("p.fdl", text), Path("p.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    role = found.programs[0].roles["student"]
    return load_role(role, Registry(), allow_python=False, device=family_trials.CPU)


@pytest.mark.slow
def test_given_frames_have_no_part_in_the_loss() -> None:
    """Of a network that says 0 everywhere: the mean of squares over all elements, those of the given frame being 0."""
    program = family_trials.program_that_ships(IMAGE, "finetune")
    (update,) = loaded(compile(program, "test").text).UPDATES
    roles = family_trials.roles_of(program)
    role, batch = roles["student"], family_trials.batch_of(program, IMAGE.prompts)
    batch["image"] = batch["video"][:, :, 0]
    for end in (role.transformer.held.proj_out, role.transformer.held.audio_proj_out):
        torch.nn.init.zeros_(end.weight)
        torch.nn.init.zeros_(end.bias)
    drawn: dict[str, list[Tensor]] = {}
    draws = family_trials.Recorded(family_trials.SEED, 0, (0, 1)).keep(drawn)
    found = update.losses(Run(roles, 0, draws, 2, family_trials.CPU), batch)
    made = role.binding.encode_both(role, batch["video"], batch["sound"])
    wanted = torch.zeros(())
    for name, codec in (("video", role.vae), ("audio", role.audio_vae)):
        x0 = made[name]
        mean, std = (codec.buffer(n, axis=1, ndim=x0.dim()) for n in ("latents_mean", "latents_std"))
        target = drawn[f"eps[{name}]"][0] - (x0 - mean) / std
        if name == "video":
            target[:, :, 0] = 0
        wanted = wanted + target.square().mean()
    torch.testing.assert_close(found["flow"], wanted, rtol=1e-4, atol=1e-5)
    (gradient,) = torch.autograd.grad(found["flow"], [role.transformer.held.proj_out.bias])
    assert float(gradient.abs().sum()) > 0


@pytest.mark.slow
def test_the_tokenizer_may_lie_beside_the_text_encoder(checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoint, folder)
    shutil.move(folder / "tokenizer", folder / "text_encoder" / "gemma")
    role = tiny("tiny", folder)
    assert role.tokenizer.origin == folder / "text_encoder" / "gemma"
    assert role.binding.encode_text(role, ["a cat"])["embeds"].shape == (1, 32, 32)
    assert role.binding.cut_by_encode_text(role, ["a cat", "a" * 40]) == [0, 9]


@pytest.mark.parametrize(
    ("file", "edit", "told"),
    [
        ("scheduler/scheduler_config.json", {"shift_terminal": 0.2}, "shift_terminal"),
        ("scheduler/scheduler_config.json", {"max_shift": 1.15}, "max_shift"),
        ("transformer/config.json", {"perturbed_attn": False}, "perturbed_attn"),
        ("transformer/config.json", {"rope_type": "interleaved"}, "rope_type"),
        ("connectors/config.json", {"per_modality_projections": False}, "per_modality_projections"),
        ("audio_vae/config.json", {"mel_hop_length": 320}, "mel_hop_length"),
        ("vae/config.json", {"spatial_compression_ratio": 64}, "spatial_compression_ratio"),
        ("vocoder/config.json", {"_class_name": "LTX2Vocoder"}, "_class_name"),
        ("text_encoder/config.json", {"text_config": {"num_hidden_layers": 3}}, "num_hidden_layers"),
    ],
)
def test_what_a_checkpoint_says_otherwise(
    file: str, edit: dict[str, object], told: str, configs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(configs, folder)
    values = json.loads((folder / file).read_text())
    for key, value in edit.items():
        values[key] = {**values[key], **value} if isinstance(value, dict) else value
    (folder / file).write_text(json.dumps(values))
    text = NEWER.program(folder)
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    (d,) = (d for d in found.diagnostics if d.code == "config-mismatch")
    assert f"`{told}" in d.message or told in d.message


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JSON of a checkpoint alone, which is all that a check reads."""
    folder = tmp_path_factory.mktemp("configs")
    pipeline = NEWER.pipeline()
    for name, part in pipeline.components.items():
        if part is None:
            continue
        save = getattr(part, "save_config", None) or getattr(
            getattr(part, "config", None), "save_pretrained", None
        )
        (save or part.save_pretrained)(folder / name)
    pipeline.save_config(folder)
    return folder


def test_guidance_away_from_attention_that_cannot_be_passed_over() -> None:
    text = OLDER.program(Path("checkpoint")).replace("scale = 5.0", "scale = 5.0, stg = 1.0")
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    assert [(d.message, d.span.text) for d in found.diagnostics if d.severity == "error"] == [
        ("required: LTX-2.0 has no attention that is passed over: `stg` is 0", "1.0")
    ]


@pytest.mark.parametrize(("variant", "told"), [("tiny", []), ("tiny_v20", ["perturbed_attn"])])
def test_a_method_asks_for_attention_that_cannot_be_passed_over(variant: str, told: list[str]) -> None:
    text = NEWER.program(Path("checkpoint")).replace("ltx2.tiny(", f"ltx2.{variant}(")
    text = text.replace("scale = 5.0", "scale = 5.0, stg = 0.0, audio_stg = 0.0")
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    errors = [d for d in found.diagnostics if d.severity == "error"]
    assert [d.code for d in errors] == ["config-mismatch"] * len(told)
    assert all(
        d.span.text == "perturbed" and t in d.labels[0].text for d, t in zip(errors, told, strict=True)
    )


@pytest.mark.slow
def test_a_sample_is_heard(checkpoint: Path, tmp_path: Path) -> None:
    """A sheet of clips, and beside them waves at the rate that the vocoder has."""
    family_trials.write_data(NEWER, tmp_path / "data")
    text = NEWER.program(checkpoint)
    first, last = text.index("  graph stages"), text.index("  produce samples")
    text = text[:first] + text[last:].replace('shards("samples")', 'sheet("samples")')
    (tmp_path / "ask.fdl").write_text(text)
    with chdir(tmp_path):
        assert main(["run", "ask.fdl"]) == 0
    with wave.open(str(tmp_path / "samples" / "sounds-00.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (48_000, 2, 33_120)
