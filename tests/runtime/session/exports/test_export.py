"""Exports in diffusers layout: read by diffusers alone, whole or not there, and true about what they hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import typed_role, wan_checkpoint
from diffusers import (
    AutoencoderKLWan,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    WanPipeline,
    WanTransformer3DModel,
)

from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.train.ema import Average
from fdc.compiler.runtime.weights import component_classes
from fdc.compiler.runtime.weights.load_roles import Registry, load_role

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("wan"), seed=1)


def trained(source: Path | int, **settings: object) -> Role:
    """A role whose weights have moved away from its checkpoint's."""
    role = load_role(
        typed_role(source=source, **{"train": "full", **settings}), Registry(), allow_python=False, device=CPU
    )
    with torch.no_grad():
        for p in role.parameters():
            p.add_(0.05 * torch.randn_like(p))
    return role


def forward(role: Role) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    call = {
        "hidden_states": torch.randn(1, 16, 3, 8, 8),
        "timestep": torch.tensor([937.5]),
        "encoder_hidden_states": torch.randn(1, 512, 32),
    }
    with torch.no_grad():
        return call, role.transformer(**call)


def same_weights(a: torch.nn.Module, b: torch.nn.Module) -> None:
    """Bit for bit. What the two compute may differ in the last digits: weights that diffusers maps lie at any address,
    and a product of matrices takes another path for them."""
    ours, theirs = a.state_dict(), b.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[k], theirs[k]) for k in ours)


@torch.no_grad()
def test_diffusers_alone_reads_the_trained_weights(checkpoint: Path, tmp_path: Path) -> None:
    role = trained(checkpoint)
    call, expected = forward(role)
    out = export_role(role, tmp_path / "out", metadata={"program": "p", "step": 7})
    reloaded = WanTransformer3DModel.from_pretrained(out, subfolder="transformer")
    same_weights(reloaded, role.transformer.module)
    torch.testing.assert_close(reloaded(**call).sample, expected)
    loaded = load_role(typed_role(source=out), Registry(), allow_python=False, device=torch.device("cpu"))
    assert torch.equal(loaded.transformer(**call), expected)
    before = WanTransformer3DModel.from_pretrained(checkpoint, subfolder="transformer")
    assert not torch.allclose(before(**call).sample, expected, atol=1e-3)
    assert json.loads((out / "fdc.json").read_text()) == {
        "role": "student",
        "program": "p",
        "step": 7,
        "weights": "live",
        "components": {n: n for n in ("transformer", "vae", "text_encoder", "tokenizer")},
    }


def test_the_pipeline_of_the_checkpoint_runs_on_the_export(checkpoint: Path, tmp_path: Path) -> None:
    """Frozen components are the checkpoint's own files under every precision; the scheduler comes along."""
    role = trained(checkpoint, precision="bf16")
    out = export_role(role, tmp_path / "out")
    pipeline = DiffusionPipeline.from_pretrained(out)
    assert isinstance(pipeline, WanPipeline)
    assert isinstance(pipeline.scheduler, FlowMatchEulerDiscreteScheduler)
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline("a cat", height=64, width=64, num_frames=9, num_inference_steps=2, output_type="pt")
    assert made.frames.shape == (1, 9, 3, 64, 64)
    for name in ("vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"):
        assert (out / name).read_bytes() == (checkpoint / name).read_bytes()
    masters = WanTransformer3DModel.from_pretrained(out, subfolder="transformer")
    same_weights(masters, role.transformer.module)


@torch.no_grad()
def test_a_role_from_a_seed(tmp_path: Path) -> None:
    role = trained(0)
    out = export_role(role, tmp_path / "out")
    pipeline = DiffusionPipeline.from_pretrained(out, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0))
    assert isinstance(pipeline, WanPipeline)
    rows, _ = pipeline.encode_prompt(["a cat"], do_classifier_free_guidance=False, max_sequence_length=512)
    torch.testing.assert_close(rows, role.binding.encode_text(role, ["a cat"])["embeds"])
    z = torch.randn(1, 16, 3, 8, 8)
    vae = AutoencoderKLWan.from_pretrained(out, subfolder="vae")
    same_weights(vae, role.vae.module)
    torch.testing.assert_close(vae.decode(z).sample, role.vae.decode(z=z))
    again = load_role(typed_role(source=out), Registry(), allow_python=False, device=CPU)
    call, expected = forward(role)
    same_weights(again.transformer.module, role.transformer.module)
    torch.testing.assert_close(again.transformer(**call), expected)


@torch.no_grad()
def test_the_average_is_exported(checkpoint: Path, tmp_path: Path) -> None:
    role = trained(checkpoint)
    average = Average(role, 0.9)
    for p in role.parameters():
        p.add_(1.0)
    out = export_role(role, tmp_path / "out", averaged=average.role)
    call, expected = forward(average.role)
    reloaded = WanTransformer3DModel.from_pretrained(out, subfolder="transformer")
    same_weights(reloaded, average.role.transformer.module)
    torch.testing.assert_close(reloaded(**call).sample, expected)
    assert json.loads((out / "fdc.json").read_text())["weights"] == "average"


def test_weights_only(checkpoint: Path, tmp_path: Path) -> None:
    out = export_role(trained(checkpoint), tmp_path / "out", weights_only=True)
    assert sorted(p.name for p in out.iterdir()) == ["fdc.json", "transformer"]
    assert sorted(p.name for p in (out / "transformer").iterdir()) == [
        "config.json",
        "diffusion_pytorch_model.safetensors",
    ]


def test_what_a_snapshot_holds_in_part_is_struck_out(checkpoint: Path, tmp_path: Path) -> None:
    source = Path(shutil.copytree(checkpoint, tmp_path / "source"))
    index = json.loads((source / "model_index.json").read_text())
    # a model of diffusers or transformers that the family does not know would be refused
    index["transformer_2"] = ["elsewhere", "WanTransformer3DModel"]
    (source / "model_index.json").write_text(json.dumps(index))
    (source / "transformer_2").mkdir()
    shutil.copy(source / "transformer" / "config.json", source / "transformer_2")
    out = export_role(trained(source), tmp_path / "out")
    assert json.loads((out / "model_index.json").read_text())["transformer_2"] == [None, None]
    assert not (out / "transformer_2").exists() and (out / "scheduler").is_dir()
    assert WanPipeline.from_pretrained(out).transformer_2 is None


def test_an_export_replaces_an_export_and_nothing_else(checkpoint: Path, tmp_path: Path) -> None:
    role = trained(checkpoint)
    out = export_role(role, tmp_path / "out", metadata={"step": 1})
    export_role(role, out, weights_only=True, metadata={"step": 2})
    assert json.loads((out / "fdc.json").read_text())["step"] == 2 and not (out / "vae").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="not overwritten"):
        export_role(role, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_full_disk_leaves_the_last_export(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = trained(checkpoint)
    out = export_role(role, tmp_path / "out", metadata={"step": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(component_classes, "write", full)
    with pytest.raises(RunError, match="No space left on device") as caught:
        export_role(role, out, metadata={"step": 2})
    assert "unchanged" in (caught.value.help or "")
    assert json.loads((out / "fdc.json").read_text())["step"] == 1
    WanTransformer3DModel.from_pretrained(out, subfolder="transformer")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@torch.no_grad()
def test_adapters_are_merged(checkpoint: Path, tmp_path: Path) -> None:
    """An export has no adapter in it, says what the adapted role says, and leaves the role alone."""
    pytest.importorskip("peft")
    lora = {"kind": "lora", "rank": 4, "alpha": 8, "dropout": 0.0, "targets": None}
    role = trained(checkpoint, train=lora)
    before = {k: v.clone() for k, v in role.transformer.module.state_dict().items()}
    out = export_role(role, tmp_path / "out", lora="merged")
    assert all(torch.equal(before[k], v) for k, v in role.transformer.module.state_dict().items())
    plain = WanTransformer3DModel.from_pretrained(out, subfolder="transformer")
    original = WanTransformer3DModel.from_pretrained(checkpoint, subfolder="transformer")
    assert list(plain.state_dict()) == list(original.state_dict())
    call, expected = forward(role)
    torch.testing.assert_close(plain(**call).sample, expected, rtol=0, atol=1e-5)
    assert not torch.allclose(original(**call).sample, expected, atol=1e-3)
