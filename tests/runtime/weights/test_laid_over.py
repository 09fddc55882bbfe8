"""Files of weights laid over a role's source: what is taken of them, what is told, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from checkpoints import published, typed_role
from safetensors.torch import save_file
from torch import Tensor

from fdc.compiler.base.frozen import replace
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.kept_hashes import file_hash
from fdc.compiler.runtime.weights.load_roles import Registry, load_role, load_roles


def loaded(registry: Registry | None = None, trained: bool = False, **overlays: Path) -> Role:
    typed = typed_role(source=0, train="full" if trained else "frozen")
    typed = replace(typed, overlays={c: str(p) for c, p in overlays.items()})
    return load_role(typed, registry or Registry(), allow_python=False, device=torch.device("cpu"))


def tensors(role: Role) -> dict[str, Tensor]:
    return dict(role.transformer.held.state_dict())


@pytest.fixture(scope="module")
def base() -> dict[str, Tensor]:
    return {k: t.clone() for k, t in tensors(loaded()).items()}


@pytest.fixture(scope="module")
def tuned(base: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: (t + 0.5).contiguous() for k, t in base.items()}


def saved(path: Path, of: dict[str, Tensor]) -> Path:
    save_file(of, path)
    return path


def test_the_network_has_the_tensors_of_the_file_in_any_of_its_names(
    tmp_path: Path, base: dict[str, Tensor], tuned: dict[str, Tensor]
) -> None:
    half = {k: t.bfloat16() for k, t in tuned.items()}
    files = {
        "own": tuned,
        "behind": {f"model.diffusion_model.{k}": t for k, t in tuned.items()},
        "published": published(tuned),
        "half": half,
    }
    for name, of in files.items():
        role = loaded(transformer=saved(tmp_path / f"{name}.safetensors", of))
        found = tensors(role)
        wanted = {k: t.float() for k, t in half.items()} if name == "half" else tuned
        assert found.keys() == base.keys() and all(torch.equal(found[k], wanted[k]) for k in found), name
        assert role.transformer.origin is None, "it is not what the folder holds"
        assert role.notes[-1].endswith(f"of `transformer` are those of {tmp_path / name}.safetensors")


def test_what_is_missing_and_what_fits_nothing_is_named(
    tmp_path: Path, base: dict[str, Tensor], tuned: dict[str, Tensor]
) -> None:
    some = sorted(tuned)[2:]
    file = saved(tmp_path / "part.safetensors", {**{k: tuned[k] for k in some}, "vae.weight": torch.ones(2)})
    role = loaded(transformer=file, trained=True)
    for k, t in tensors(role).items():
        assert torch.equal(t, tuned[k] if k in some else base[k])
    lacking = ", ".join(sorted(tuned)[:2])
    assert role.notes[-1].endswith(
        f"not in it, and as the role's source has them: {lacking}; 1 of the file fits nothing in `transformer`: vae.weight"
    )
    assert role.overlays == {"transformer": str(file)}


@pytest.mark.parametrize(
    ("made", "message", "fact"),
    [
        (lambda t: {"a.lora_A.weight": torch.ones(2)}, "no tensor of", "it holds a.lora_A.weight"),
        (
            lambda t: {k: v[:1].contiguous() for k, v in t.items()},
            "is no `transformer` of this role",
            "is [1] in the",
        ),
        (
            lambda t: {k: v.to(torch.float8_e4m3fn) for k, v in t.items()},
            "is no `transformer` of this role",
            "is not stored as a float of 16, 32 or 64 bits",
        ),
    ],
)
def test_a_file_of_something_else_is_refused(made, message: str, fact: str, tmp_path: Path, tuned) -> None:  # type: ignore[no-untyped-def]
    file = saved(tmp_path / "other.safetensors", made(tuned))
    with pytest.raises(RunError) as caught:
        loaded(transformer=file)
    assert message in caught.value.message and any(fact in f for f in caught.value.facts)


def test_a_file_that_is_not_there_and_a_component_without_weights(
    tmp_path: Path, tuned: dict[str, Tensor]
) -> None:
    with pytest.raises(RunError) as caught:
        loaded(transformer=tmp_path / "absent.safetensors")
    assert caught.value.code == "missing-file" and caught.value.exit_status == 2
    with pytest.raises(RunError, match="`tokenizer` has no weights over which"):
        loaded(tokenizer=saved(tmp_path / "t.safetensors", tuned))


def test_roles_share_what_is_the_same_and_not_what_a_file_lies_over(
    tmp_path: Path, tuned: dict[str, Tensor]
) -> None:
    file = saved(tmp_path / "tuned.safetensors", tuned)
    plain = typed_role("plain", train="frozen")
    over = replace(typed_role("over", train="frozen"), overlays={"transformer": str(file)})
    roles = load_roles(
        {"plain": plain, "over": over, "again": replace(over, name="again")},
        Registry(),
        allow_python=False,
        device=torch.device("cpu"),
    )
    assert roles["over"].transformer.held is roles["again"].transformer.held
    assert roles["over"].transformer.held is not roles["plain"].transformer.held


def test_a_file_is_read_once_for_its_hash_for_as_long_as_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, kept, said = tmp_path / "a.safetensors", tmp_path / "kept", list[str]()
    file.write_bytes(b"weights")
    first = file_hash(file, kept, said.append)
    with monkeypatch.context() as patch:
        patch.setattr("hashlib.file_digest", None)
        assert file_hash(file, kept, said.append) == first
    file.write_bytes(b"others!")
    assert file_hash(file, kept, said.append) != first
