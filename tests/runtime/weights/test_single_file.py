"""Checkpoints of one file under the names that a network was published with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import published, typed_role, wan_checkpoint
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers
from safetensors.torch import load_file, save_file

from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.weights.load_roles import Registry, load_role


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose transformer lies in one file beside the folders of the others."""
    folder = wan_checkpoint(tmp_path_factory.mktemp("wan"), seed=1)
    weights = load_file(folder / "transformer" / "diffusion_pytorch_model.safetensors")
    save_file(published(weights), folder / "wan2.1.safetensors")
    (folder / "transformer").rename(folder / "whole")
    return folder


def load(source: Path, **settings: object) -> Role:
    typed = typed_role(source=source, **settings)
    return load_role(typed, Registry(), allow_python=False, device=torch.device("cpu"))


def refused(source: Path) -> RunError:
    with pytest.raises(RunError) as caught:
        load(source)
    return caught.value


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_the_network_of_the_file_is_that_of_the_folder(made: Path, precision: str) -> None:
    file = load(made / "wan2.1.safetensors", precision=precision).transformer
    model = WanTransformer3DModel.from_pretrained(
        made / "whole", torch_dtype=torch.float32 if precision == "f32" else torch.bfloat16
    )
    ours, theirs = file.held.state_dict(), model.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[k], theirs[k]) and ours[k].dtype == theirs[k].dtype for k in ours)
    assert file.origin is None, "an export writes it in diffusers layout"


def test_names_of_diffusers_in_one_file(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "c")
    shutil.copy(made / "whole" / "diffusion_pytorch_model.safetensors", tmp_path / "c" / "wan2.1.safetensors")
    load(tmp_path / "c" / "wan2.1.safetensors")


def test_several_components_in_one_file(made: Path, tmp_path: Path) -> None:
    """The codec's converter tells its own tensors by their names; those of others are left to them."""
    vae = AutoencoderKLWan.from_pretrained(made, subfolder="vae").state_dict()
    names = {k: torch.empty(0) for k in vae}
    assert convert_wan_vae_to_diffusers(dict(names)).keys() == names.keys(), "names of diffusers pass through"
    shutil.copytree(made, tmp_path / "c")
    shutil.rmtree(tmp_path / "c" / "vae")
    both = {**load_file(made / "wan2.1.safetensors"), **{k: t.contiguous() for k, t in vae.items()}}
    save_file(both, tmp_path / "c" / "wan2.1.safetensors")
    role = load(tmp_path / "c" / "wan2.1.safetensors")
    assert all(torch.equal(t, vae[k]) for k, t in role.vae.held.state_dict().items())


def test_what_a_file_lacks(made: Path, tmp_path: Path) -> None:
    alone = shutil.copy(made / "wan2.1.safetensors", tmp_path / "alone.safetensors")
    error = refused(Path(alone))
    assert (
        error.code == "missing-file" and "`vae` is not in" in error.message and "beside it" in str(error.help)
    )
    weights = load_file(made / "wan2.1.safetensors")
    first = next(k for k in weights if "self_attn.q.weight" in k)
    shutil.copytree(made, tmp_path / "c")
    file = tmp_path / "c" / "wan2.1.safetensors"
    save_file({k: t for k, t in weights.items() if k != first}, file)
    assert "blocks.0.attn1.to_q.weight" in refused(file).facts[0]
    save_file({**weights, first: torch.ones(3, 3)}, file)
    assert "is [3, 3] in the file" in refused(file).facts[0]
    file.write_bytes(b"torn")
    assert "cannot be read" in refused(file).message
