"""Adapters: which layers they go into, the files that other tools read, and what is read from such files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import typed_role, wan_checkpoint
from diffusers import WanPipeline, WanTransformer3DModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.weights.adapters.layers import adapter_layers
from fdc.compiler.runtime.weights.load_roles import Registry, load_role

pytest.importorskip("peft")

LORA = {"kind": "lora", "rank": 2, "alpha": 6}
BLOCK = (
    *(f"attn{n}.{end}" for n in (1, 2) for end in ("to_q", "to_k", "to_v", "to_out.0")),
    "ffn.net.0.proj",
    "ffn.net.2",
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("wan"), seed=1)


def load(source: Path | int, **settings: object) -> Role:
    role = typed_role(source=source, **settings)
    return load_role(role, Registry(), allow_python=False, device=torch.device("cpu"))


@torch.no_grad()
def trained(source: Path | int, **lora: object) -> Role:
    """A role whose adapters have moved away from their start."""
    role = load(source, train={**LORA, **lora})
    for p in role.parameters():
        p.add_(0.2 * torch.randn_like(p))
    return role


CALL = {
    "hidden_states": torch.randn(1, 16, 3, 8, 8, generator=torch.Generator().manual_seed(0)),
    "timestep": torch.tensor([937.5]),
    "encoder_hidden_states": torch.randn(1, 512, 32, generator=torch.Generator().manual_seed(1)),
}


@torch.no_grad()
def says(role: Role) -> torch.Tensor:
    role.transformer.module.eval()
    return role.transformer(**CALL)


def refused(source: Path | int, **settings: object) -> RunError:
    with pytest.raises(RunError) as caught:
        load(source, **settings)
    return caught.value


# files


@torch.no_grad()
@pytest.mark.parametrize(
    "layout, kind",
    [
        ("diffusers", {}),
        ("comfy", {}),
        ("kohya", {}),
        ("diffusers", {"kind": "lokr"}),
        ("diffusers", {"kind": "lokr", "rank": 1, "factor": 2}),
    ],
    ids=["diffusers", "comfy", "kohya", "lokr", "lokr-of-low-rank"],
)
def test_diffusers_loads_the_file_and_says_what_the_role_says(
    checkpoint: Path, tmp_path: Path, layout: str, kind: dict[str, object]
) -> None:
    role = trained(checkpoint, **kind)
    out = export_role(role, tmp_path / "out", lora=layout)
    name = "pytorch_lora_weights.safetensors" if layout == "diffusers" else f"student_{layout}.safetensors"
    assert sorted(p.name for p in out.iterdir()) == sorted(["fdc.json", name])
    pipeline = WanPipeline.from_pretrained(checkpoint)
    before = pipeline.transformer(**CALL).sample
    if "kind" in kind:  # the pipeline's own loader knows LoRA alone, its transformer's knows both
        pipeline.transformer.load_lora_adapter(load_file(out / name), prefix="transformer")
    else:
        pipeline.load_lora_weights(out, weight_name=name)
    torch.testing.assert_close(pipeline.transformer(**CALL).sample, says(role), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(before, says(role), atol=1e-2)


def test_the_keys_of_each_layout(checkpoint: Path, tmp_path: Path) -> None:
    role = trained(checkpoint, targets=["blocks.0.attn1.to_q", "to_out"])
    found = {}
    for layout in ("diffusers", "comfy", "kohya"):
        out = export_role(role, tmp_path / layout, lora=layout)
        (path,) = out.glob("*.safetensors")
        found[layout] = sorted(load_file(path))
    assert found["diffusers"][:2] == [
        "transformer.blocks.0.attn1.to_out.0.lora_A.weight",
        "transformer.blocks.0.attn1.to_out.0.lora_B.weight",
    ]
    assert "diffusion_model.blocks.1.cross_attn.o.lora_B.weight" in found["comfy"]
    assert "diffusion_model.blocks.0.self_attn.q.lora_A.weight" in found["comfy"]
    assert [k for k in found["kohya"] if "blocks_0_self_attn_q" in k] == [
        f"lora_unet_blocks_0_self_attn_q.{part}" for part in ("alpha", "lora_down.weight", "lora_up.weight")
    ]
    with safe_open(path, framework="pt") as file:
        said = file.metadata()
    assert (said["ss_network_dim"], said["ss_network_alpha"]) == ("2", "6")
    assert json.loads(said["fdc"])["alpha"] == 6


def test_an_adapter_may_be_written_as_bf16(checkpoint: Path, tmp_path: Path) -> None:
    out = export_role(trained(checkpoint), tmp_path / "out", dtype=torch.bfloat16)
    assert {t.dtype for t in load_file(out / "pytorch_lora_weights.safetensors").values()} == {torch.bfloat16}


@torch.no_grad()
def test_the_export_of_an_adapter_is_a_source(checkpoint: Path, tmp_path: Path) -> None:
    """Its base with the adapter merged, to be trained or not, and to start other adapters on."""
    role = trained(checkpoint)
    out = export_role(role, tmp_path / "one")
    frozen = load(out)
    torch.testing.assert_close(says(frozen), says(role), rtol=1e-4, atol=1e-4)
    assert frozen.transformer.origin is None and frozen.vae.origin == checkpoint / "vae"
    more = trained(out)
    again = load(export_role(more, tmp_path / "two"))
    torch.testing.assert_close(says(again), says(more), rtol=1e-4, atol=1e-4)
    whole = export_role(more, tmp_path / "whole", lora="merged")
    plain = WanTransformer3DModel.from_pretrained(whole, subfolder="transformer")
    torch.testing.assert_close(plain(**CALL).sample, says(more), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_base_of_an_adapter_may_be_of_random_weights(tmp_path: Path) -> None:
    role = trained(3)
    torch.testing.assert_close(
        says(load(export_role(role, tmp_path / "out"))), says(role), rtol=1e-4, atol=1e-4
    )


# starting from a file


@torch.no_grad()
@pytest.mark.parametrize("layout", ["diffusers", "comfy", "kohya"])
@pytest.mark.parametrize("alpha", [6, 1.5])
def test_training_goes_on_from_a_file(checkpoint: Path, tmp_path: Path, layout: str, alpha: float) -> None:
    role = trained(checkpoint)
    out = export_role(role, tmp_path / "out", lora=layout)
    again = load(checkpoint, train={**LORA, "alpha": alpha, "from": str(out)})
    torch.testing.assert_close(says(again), says(role), rtol=1e-4, atol=1e-4)
    assert any("adapters of 20 layers" in note for note in again.notes)
    told = alpha != (6 if layout == "kohya" else 2)
    assert any("rescaled" in note for note in again.notes) == told


@torch.no_grad()
def test_the_layers_of_the_file_are_those_that_are_trained(checkpoint: Path, tmp_path: Path) -> None:
    role = trained(checkpoint, targets=["to_q"])
    out = export_role(role, tmp_path / "out")
    again = load(checkpoint, train={**LORA, "from": str(out)})
    assert set(adapter_layers(again.transformer.held)) == set(adapter_layers(role.transformer.held))
    more = load(checkpoint, train={**LORA, "targets": ["to_q", "to_k"], "from": str(out)})
    torch.testing.assert_close(says(more), says(role), rtol=1e-4, atol=1e-4)
    assert "4 are new" in more.notes[0]
    error = refused(checkpoint, train={**LORA, "targets": ["to_k"], "from": str(out)})
    assert "which `targets` leaves out" in error.message


def test_files_that_do_not_fit(checkpoint: Path, tmp_path: Path) -> None:
    out = export_role(trained(checkpoint), tmp_path / "out")

    def told(text: str | Path) -> str:
        return refused(checkpoint, train={**LORA, "from": str(text)}).message

    error = refused(checkpoint, train={**LORA, "rank": 4, "from": str(out)})
    assert "rank 2" in error.message and error.help == "write `rank = 2`"
    assert told(tmp_path / "nowhere").startswith("there is no adapter")
    (tmp_path / "empty").mkdir()
    assert "no .safetensors" in told(tmp_path / "empty")
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    assert "cannot be read" in told(tmp_path / "torn.safetensors")
    file = out / "pytorch_lora_weights.safetensors"
    tensors = load_file(file)
    save_file({**tensors, "lora_te_q.lora_up.weight": torch.ones(2)}, tmp_path / "more.safetensors")
    assert "lora_te_q" in told(tmp_path / "more.safetensors")
    first = next(k for k in tensors if "lora_A" in k)
    save_file({k: t for k, t in tensors.items() if k != first}, tmp_path / "part.safetensors")
    assert "a part of the adapter" in told(tmp_path / "part.safetensors")
    save_file({**tensors, first: torch.ones(2, 5)}, tmp_path / "shape.safetensors")
    assert "is for a layer of" in told(tmp_path / "shape.safetensors")


@torch.no_grad()
def test_alpha_of_diffusers_metadata_counts(checkpoint: Path, tmp_path: Path) -> None:
    role = trained(checkpoint)
    layers = adapter_layers(role.transformer.held)
    WanPipeline.save_lora_weights(
        tmp_path / "out",
        {f"{n}.{p}.weight": t.clone() for n, a in layers.items() for p, t in a.tensors.items()},
        transformer_lora_adapter_metadata={"r": 2, "lora_alpha": 6, "target_modules": ["to_q"]},
    )
    again = load(checkpoint, train={**LORA, "from": str(tmp_path / "out")})
    torch.testing.assert_close(says(again), says(role), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_an_adapter_is_merged_into_a_role(checkpoint: Path, tmp_path: Path) -> None:
    """A teacher with somebody's adapter; and one network serves all roles that read it alike."""
    role = trained(checkpoint)
    file = export_role(role, tmp_path / "out", lora="kohya") / "student_kohya.safetensors"
    registry = Registry()

    def shared(**settings: object) -> Role:
        typed = typed_role(source=checkpoint, **settings)
        return load_role(typed, registry, allow_python=False, device=torch.device("cpu"))

    plain, teacher, other = shared(), shared(adapter=str(file)), shared(adapter=str(file))
    torch.testing.assert_close(says(teacher), says(role), rtol=1e-4, atol=1e-4)
    assert teacher.transformer.held is other.transformer.held is not plain.transformer.held
    assert teacher.vae.held is plain.vae.held
    assert "are merged into `transformer`" in teacher.notes[0]


# the hub, as its library's cache lies on this machine


def cached(files: Path, hub: Path, name: str) -> None:
    """A repository as `huggingface_hub` keeps it."""
    folder = hub / f"models--{name.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    shutil.copytree(files, folder / "snapshots" / ("0" * 40))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import huggingface_hub.constants as constants

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@torch.no_grad()
def test_weights_and_adapters_by_their_names_on_the_hub(checkpoint: Path, hub: Path, tmp_path: Path) -> None:
    role = trained(checkpoint)
    out = export_role(role, tmp_path / "out")
    export_role(role, tmp_path / "more", lora="kohya")
    shutil.copy(tmp_path / "more" / "student_kohya.safetensors", out / "style.safetensors")
    cached(checkpoint, hub, "owner/wan-tiny")
    cached(out, hub, "owner/style")
    for name in ("owner/style", "owner/style/style.safetensors"):
        again = load("owner/wan-tiny", train={**LORA, "from": name})
        torch.testing.assert_close(says(again), says(role), rtol=1e-4, atol=1e-4)
    teacher = load("owner/wan-tiny", adapter="owner/style")
    torch.testing.assert_close(says(teacher), says(role), rtol=1e-4, atol=1e-4)
    assert teacher.adapters == ("owner/style",)
    assert teacher.origin == "owner/wan-tiny"


def test_adapters_that_the_hub_does_not_have(checkpoint: Path, hub: Path) -> None:
    cached(checkpoint, hub, "owner/whole-model")
    for name, said in [
        ("owner/whole-model", "owner/whole-model holds no pytorch_lora_weights.safetensors or adapter_model"),
        ("owner/whole-model/style.safetensors", "owner/whole-model holds no style.safetensors"),
        ("owner/nothing", "the hub gave nothing of that name"),
        ("loras/style.safetensors", "there is no adapter loras/style.safetensors"),
        ("style", "there is no adapter style"),
    ]:
        error = refused(checkpoint, train={**LORA, "from": name})
        assert error.code == "missing-file" and said in error.message, error.message


# targets


@pytest.mark.parametrize(
    "target, expected",
    [
        ("to_q", ("attn1.to_q", "attn2.to_q")),
        ("to_out", ("attn1.to_out.0", "attn2.to_out.0")),
        ("to_out.0", ("attn1.to_out.0", "attn2.to_out.0")),
        ("attn1", ("attn1.to_k", "attn1.to_out.0", "attn1.to_q", "attn1.to_v")),
        ("blocks.*.ffn", ("ffn.net.0.proj", "ffn.net.2")),
        ("self_attn.q", ("attn1.to_q",)),
        ("cross_attn", ("attn2.to_k", "attn2.to_out.0", "attn2.to_q", "attn2.to_v")),
        ("all-linear", tuple(sorted(BLOCK))),
    ],
)
def test_what_targets_mean(target: str, expected: tuple[str, ...]) -> None:
    layers = sorted(adapter_layers(load(0, train={**LORA, "targets": [target]}).transformer.held))
    assert layers == sorted(f"blocks.{i}.{end}" for i in range(2) for end in expected)


def test_a_target_that_names_no_layer() -> None:
    error = refused(0, train={**LORA, "targets": ["to_qq"]})
    assert error.code == "bad-setting" and "`to_qq`" in error.message
    assert (error.help or "").startswith("did you mean `to_q`? it has ") and "to_out" in (error.help or "")
