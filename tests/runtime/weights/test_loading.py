"""Roles from folders, the hub and seeds: what is refused before and after weights are read, who shares what,
and precision.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import typed_role, wan_checkpoint
from diffusers import WanTransformer3DModel
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from fdc.compiler.contracts.config_files import mismatches
from fdc.compiler.program.typed_program import TypedRole
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.placement import place_module
from fdc.compiler.runtime.weights import component_classes, load_component
from fdc.compiler.runtime.weights.load_roles import Registry, load_role, load_roles
from fdc.compiler.runtime.weights.preparation import activation_checkpointing
from fdc.compiler.runtime.weights.preparation.activation_checkpointing import ATTENTION

CPU = torch.device("cpu")
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("made"), seed=1)


@pytest.fixture
def checkpoint(made: Path, tmp_path: Path) -> Path:
    """A checkpoint of one's own to spoil."""
    return Path(shutil.copytree(made, tmp_path / "checkpoint"))


def load(role: TypedRole, registry: Registry | None = None, allow_python: bool = False) -> Role:
    return load_role(role, registry or Registry(), allow_python=allow_python, device=CPU)


def refused(role: TypedRole, registry: Registry | None = None) -> RunError:
    with pytest.raises(RunError) as caught:
        load(role, registry)
    assert caught.value.place is not None and caught.value.place[1] == role.span.line
    return caught.value


def edit(path: Path, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("weights were read")

    monkeypatch.setattr(component_classes, "read", read)


# contracts


@pytest.mark.parametrize(
    ("component", "change", "expected"),
    [
        ("transformer", {"in_channels": 36}, "`in_channels` is 36 in {file}, and `wan.tiny` says 16"),
        (
            "transformer",
            {"_class_name": "CogVideoXTransformer3DModel"},
            "`_class_name` is CogVideoXTransformer3DModel in {file}",
        ),
        ("vae", {"z_dim": 48}, "`z_dim` is 48 in {file}, and `wan.tiny` says 16"),
        ("vae", {"latents_std": [1.0] * 16}, "`latents_std[0]` is 1.0 in {file}, and `wan.tiny` says 2.8184"),
        ("vae", {"is_residual": True}, "`is_residual` is true in {file}, and `wan.tiny` says false"),
        ("text_encoder", {"d_model": 64}, "`d_model` is 64 in {file}, and `wan.tiny` says 32"),
        ("text_encoder", {"model_type": "t5"}, "`model_type` is t5 in {file}, and `wan.tiny` says umt5"),
    ],
)
def test_a_config_of_another_architecture_is_refused_before_weights_are_read(
    checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    component: str,
    change: dict[str, object],
    expected: str,
) -> None:
    forbid_reading(monkeypatch)
    file = checkpoint / component / "config.json"
    edit(file, lambda c: c.update(change))
    error = refused(typed_role(source=checkpoint))
    assert error.code == "config-mismatch" and expected.format(file=file) in error.message


def test_every_wrong_fact_is_named(checkpoint: Path) -> None:
    error = refused(typed_role(source=checkpoint, variant="t2v_1_3b"))
    assert "`text_dim` is 32 in" in error.message and "`wan.t2v_1_3b` says 4096" in error.message
    assert "`num_layers` is 2, and `wan.t2v_1_3b` says 30" in error.facts
    assert any("`d_model` is 32 in" in fact for fact in error.facts)


def test_a_key_that_a_config_leaves_out_has_the_classes_default(checkpoint: Path) -> None:
    """Published configs of the Wan VAE were written before `is_residual` and its like existed."""
    config = checkpoint / "vae" / "config.json"
    edit(config, lambda c: [c.pop(k) for k in ("is_residual", "patch_size", "latents_mean")])
    load(typed_role(source=checkpoint))
    edit(checkpoint / "transformer" / "config.json", lambda c: c.pop("num_layers"))
    assert "`num_layers` is 40" in refused(typed_role(source=checkpoint)).message


@pytest.mark.parametrize(
    ("expected", "config", "keys"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 0.1}, {"a": 0.1 + 1e-9}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": None}, {}, []),
        ({"a": [1, [2, 3]]}, {"a": (1, (2, 4))}, ["a[1][1]"]),
        ({"a": [1, 2]}, {"a": [1]}, ["a"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, ["a.b", "a.c"]),
    ],
)
def test_facts(expected: dict[str, object], config: dict[str, object], keys: list[str]) -> None:
    assert [m.key for m in mismatches(expected, config)] == keys


# files


def test_missing_and_broken_files_are_named(checkpoint: Path, tmp_path: Path) -> None:
    def code_and(text: str, role: TypedRole | None = None) -> None:
        error = refused(role or typed_role(source=checkpoint))
        assert error.code == "missing-file" and text in error.message and error.exit_status == 2

    code_and("there is no folder", typed_role(source=tmp_path / "none"))
    (tmp_path / "file").write_text("")
    code_and("is a file", typed_role(source=tmp_path / "file"))
    (checkpoint / "transformer" / WEIGHTS).write_bytes(b"no safetensors")
    code_and("component `transformer` cannot be read")
    (checkpoint / "transformer" / WEIGHTS).unlink()
    code_and("component `transformer` has no weights")
    (checkpoint / "transformer" / "config.json").write_text("{")
    code_and("config.json cannot be read")
    (checkpoint / "transformer" / "config.json").unlink()
    code_and("component `transformer` has no config.json")
    shutil.rmtree(checkpoint / "transformer")
    code_and("component `transformer` is not in")


def test_the_model_index_is_not_needed(checkpoint: Path) -> None:
    (checkpoint / "model_index.json").unlink()
    load(typed_role(source=checkpoint))


@pytest.mark.parametrize(("component", "file"), [("vae", WEIGHTS), ("text_encoder", "model.safetensors")])
def test_pickled_weights_are_refused(checkpoint: Path, component: str, file: str) -> None:
    folder = checkpoint / component
    torch.save(load_file(folder / file), folder / Path(file).with_suffix(".bin"))
    (folder / file).unlink()
    error = refused(typed_role(source=checkpoint))
    assert error.code == "missing-file" and f"`{component}`" in error.message and ".bin" in error.message
    assert "safetensors only" in (error.help or "")


@pytest.mark.parametrize(
    ("component", "file", "gone"),
    [
        ("vae", WEIGHTS, "decoder.conv_in.bias"),
        ("transformer", WEIGHTS, "proj_out.bias"),
        ("text_encoder", "model.safetensors", "encoder.final_layer_norm.weight"),
    ],
)
def test_missing_unexpected_and_misshapen_tensors_are_refused(
    checkpoint: Path, component: str, file: str, gone: str
) -> None:
    path = checkpoint / component / file
    tensors = load_file(path)

    def with_tensors(change: dict[str, torch.Tensor | None]) -> RunError:
        kept = {k: v for k, v in {**tensors, **change}.items() if v is not None}
        save_file(kept, path, metadata={"format": "pt"})
        return refused(typed_role(source=checkpoint))

    missing = with_tensors({gone: None})
    assert missing.code == "config-mismatch" and missing.facts == (f"missing: {gone}",)
    extra = with_tensors({"extra.weight": torch.zeros(1)})
    assert extra.facts == ("not the class's: extra.weight",)
    other = with_tensors({gone: torch.zeros(tensors[gone].shape[0] + 1)})
    assert other.code == "config-mismatch" and gone in f"{other.message} {other.facts}"


def test_a_hub_name_without_a_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    error = refused(typed_role(source="some/model"))
    assert error.code == "missing-file" and "the hub gave nothing of that name" in error.message
    assert "name the folder" in (error.help or "")


def test_a_hub_name_is_read_in_two_rounds(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs first, so that a wrong checkpoint costs no download; then safetensors of what the family
    declares.
    """
    import huggingface_hub

    asked: list[list[str]] = []

    def snapshot_download(repository: str, *, allow_patterns: list[str], ignore_patterns: list[str]) -> str:
        asked.append(allow_patterns)
        return str(made)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    load(typed_role(source="some/model"))
    first, *rest = asked
    assert not any("safetensors" in p for p in first)
    assert {p.split("/")[0] for patterns in rest for p in patterns} >= {"transformer", "vae", "text_encoder"}
    assert all(".safetensors" in p for patterns in rest for p in patterns)
    asked.clear()
    refused(typed_role(source="some/model", variant="t2v_1_3b"))
    assert len(asked) == 1


def test_another_programs_role(made: Path, tmp_path: Path) -> None:
    role = replace(typed_role(), source=("role", "teach.student"))
    error = refused(role)
    assert error.code == "missing-file" and "run program `teach` first" in (error.help or "")
    load(role, Registry(exports={"teach.student": made}))


# seeds


def weights(role: Role, component: str = "transformer") -> dict[str, torch.Tensor]:
    return dict(role.components[component].module.state_dict())


def test_tiny_is_a_function_of_its_seed() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = load(typed_role(source=3))
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(6)
    two, other = load(typed_role("teacher", source=3)), load(typed_role(source=4))
    for component in ("transformer", "vae", "text_encoder"):
        a, b, c = (weights(r, component) for r in (one, two, other))
        assert all(torch.equal(a[k], b[k]) for k in a)
        assert any(not torch.equal(a[k], c[k]) for k in a)


# ownership


def test_frozen_components_are_shared_and_trained_ones_are_not(made: Path) -> None:
    roles = {
        "student": typed_role("student", made, train="full"),
        "critic": typed_role("critic", made, train="full"),
        "teacher": typed_role("teacher", made),
        "second": typed_role("second", made),
        "half": typed_role("half", made, precision="bf16"),
    }
    loaded = load_roles(roles, Registry(), allow_python=False, device=CPU)
    student, critic, teacher, second, half = loaded.values()
    assert len({id(r.text_encoder) for r in (student, critic, teacher, second)}) == 1
    assert teacher.transformer is second.transformer
    assert len({id(r.transformer.module) for r in (student, critic, teacher, half)}) == 4
    assert half.vae is not teacher.vae or half.vae.compute == torch.float32
    assert student.trained == ("transformer",) and teacher.trained == ()
    assert student.trainable and not teacher.trainable
    names = [n for n, _ in student.named_parameters()]
    assert names == sorted(names) and names[0].startswith("transformer.")
    for role in loaded.values():
        for name, module in role.modules():
            on = name in role.trained
            assert module.training == on
            assert all(p.requires_grad == on for p in module.parameters())


def test_frozen_components_go_to_their_device_when_they_are_first_used(made: Path) -> None:
    there = torch.device("meta")
    role = load_role(typed_role("student", made, train="full"), Registry(), allow_python=False, device=there)

    def where(name: str) -> str:
        return next(role.components[name].held.parameters()).device.type

    assert (where("transformer"), where("text_encoder"), where("vae")) == ("meta", "cpu", "cpu")
    assert dict(role.modules())["vae"] is role.vae.held and role.vae.config is role.vae.held.config
    assert role.vae.device == there and where("vae") == "cpu"
    assert role.vae.module is role.vae.held
    assert (where("vae"), where("text_encoder")) == ("meta", "cpu")


def test_init_starts_from_another_roles_weights(made: Path) -> None:
    roles = {
        "student": typed_role("student", 0, train="full", init="critic"),
        "critic": typed_role("critic", 0, train="full", init="teacher"),
        "teacher": typed_role("teacher", made),
    }
    loaded = load_roles(roles, Registry(), allow_python=False, device=CPU)
    student, teacher = weights(loaded["student"]), weights(loaded["teacher"])
    assert all(torch.equal(student[k], teacher[k]) for k in teacher)
    assert all(p.requires_grad for p in loaded["student"].parameters())
    circle = {
        "a": typed_role("a", 0, train="full", init="b"),
        "b": typed_role("b", 0, train="full", init="a"),
    }
    with pytest.raises(RunError, match="each other"):
        load_roles(circle, Registry(), allow_python=False, device=CPU)


# precision


@pytest.mark.parametrize(
    ("precision", "trained", "frozen"),
    [
        ("f32", torch.float32, torch.float32),
        ("bf16", torch.float32, torch.bfloat16),
        ("pure_bf16", torch.bfloat16, torch.bfloat16),
    ],
)
@pytest.mark.parametrize("seeded", [False, True])
def test_policies(
    made: Path, precision: str, trained: torch.dtype, frozen: torch.dtype, seeded: bool
) -> None:
    """What the class keeps in float32 stays so; the codec is declared float32; results are float32."""
    source = 0 if seeded else made
    student = load(typed_role("student", source, train="full", precision=precision))
    teacher = load(typed_role("teacher", source, precision=precision))

    def dtypes(role: Role) -> tuple[torch.dtype, ...]:
        module = role.transformer.module
        time = module.condition_embedder.time_embedder
        return (
            module.blocks[0].ffn.net[2].weight.dtype,
            time.linear_1.weight.dtype,
            module.rope.freqs_cos.dtype,
        )

    assert dtypes(student) == (trained, torch.float32, torch.float32)
    assert dtypes(teacher) == (frozen, torch.float32, torch.float32)
    assert {p.dtype for p in student.vae.module.parameters()} == {torch.float32}
    assert {p.dtype for p in teacher.text_encoder.module.parameters()} == {frozen}
    x, t, c = torch.randn(1, 16, 3, 8, 8), torch.tensor([937.0]), torch.randn(1, 512, 32)
    with torch.no_grad():
        a, b = (
            r.transformer(hidden_states=x, timestep=t, encoder_hidden_states=c) for r in (student, teacher)
        )
    assert a.dtype == b.dtype == torch.float32
    torch.testing.assert_close(a, b, rtol=0.1, atol=0.15)
    assert (precision == "f32") == torch.equal(a, b) or precision == "pure_bf16"


@pytest.mark.parametrize("trained", [False, True])
def test_bf16_rounds_no_time(made: Path, trained: bool) -> None:
    """937.5 is 936 in bf16; what the time embedder is fed and what it computes stay in float32."""
    role = load(typed_role(source=made, precision="bf16", train="full" if trained else "frozen"))
    seen: list[torch.Tensor] = []
    embedder = role.transformer.module.condition_embedder.time_embedder
    embedder.register_forward_hook(lambda _m, _i, out: seen.append(out))
    exact = load(typed_role(source=made)).transformer.module.condition_embedder
    x, c = torch.randn(1, 16, 3, 8, 8), torch.randn(1, 512, 32)
    t = torch.tensor([937.5])
    with torch.no_grad():
        role.transformer(hidden_states=x, timestep=t, encoder_hidden_states=c)
        expected = exact.time_embedder(exact.timesteps_proj(t))
    torch.testing.assert_close(seen[0], expected, rtol=0, atol=1e-6)


def test_a_copy_of_a_trained_module_computes_with_its_own_weights(made: Path) -> None:
    import copy

    module = load(typed_role(source=made, precision="bf16", train="full")).transformer.module
    other = copy.deepcopy(module)
    with torch.no_grad():
        for p in other.condition_embedder.time_embedder.parameters():
            p.zero_()
        assert other.condition_embedder.time_embedder(torch.ones(1, 16)).abs().max() == 0
        assert module.condition_embedder.time_embedder(torch.ones(1, 16)).abs().max() > 0


# addresses


def shifted(checkpoint: Path, offset: int) -> None:
    """Pads the header of every file of weights, so that its tensors begin at an offset modulo 64."""
    for path in checkpoint.rglob("*.safetensors"):
        whole = path.read_bytes()
        size = int.from_bytes(whole[:8], "little")
        header = whole[8 : 8 + size].rstrip(b" ")
        header += b" " * ((offset - 8 - len(header)) % 64)
        path.write_bytes(len(header).to_bytes(8, "little") + header + whole[8 + size :])


def mapped_offset(path: Path) -> int:
    """Where the first tensor of a mapped file lies, modulo 64."""
    return min(t.data_ptr() for t in load_file(path).values()) % 64


LORA = {"kind": "lora", "rank": 2, "alpha": 2, "dropout": 0.0, "targets": None}


@pytest.mark.slow
@pytest.mark.parametrize("train", ["frozen", LORA], ids=["frozen", "lora"])
def test_results_do_not_depend_on_where_the_tensors_of_a_file_lie(checkpoint: Path, train: object) -> None:
    torch.manual_seed(0)
    x, t, c = torch.randn(1, 16, 3, 8, 8), torch.tensor([500.0]), torch.randn(1, 512, 32)
    found = []
    for offset in range(0, 64, 8):
        shifted(checkpoint, offset)
        assert mapped_offset(checkpoint / "transformer" / WEIGHTS) == offset
        role = load(typed_role(source=checkpoint, train=train))
        with torch.no_grad():
            made = (
                role.transformer(hidden_states=x, timestep=t, encoder_hidden_states=c),
                role.vae.decode(z=x),
                role.text_encoder(input_ids=torch.arange(24).view(2, 12)),
            )
        for name, module in role.modules():
            for path, tensor in module.state_dict().items():
                assert tensor.data_ptr() % 64 == 0, f"{name}.{path}"
        found.append(made)
    for other in found[1:]:
        assert all(map(torch.equal, other, found[0]))


def test_weights_that_go_to_another_device_are_not_copied_on_the_way(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(_: torch.Tensor) -> torch.Tensor:
        raise AssertionError("a tensor was copied")

    there = torch.device("meta")
    role = load_role(typed_role(source=made), Registry(), allow_python=False, device=there)
    with monkeypatch.context() as patch:
        patch.setattr(torch.Tensor, "clone", copied)
        assert next(role.vae.module.parameters()).device == there


def test_tied_weights_stay_tied(tmp_path: Path) -> None:
    module = nn.ModuleList([nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)])
    module[1].weight = module[0].weight
    module[0].weight.data = torch.arange(10.0)[1:].view(3, 3)
    place_module(module, CPU)
    assert module[0].weight is module[1].weight and module[0].weight.data_ptr() % 64 == 0
    assert module[0].weight.flatten().tolist() == list(range(1, 10))


# settings


class Counted(TorchDispatchMode):
    """Counts what torch computes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kind = "attention" if func in ATTENTION else func.name()
        self.seen[kind] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("train", ["full", LORA])
def test_checkpointed_activations_give_the_same_gradients(made: Path, train: object) -> None:
    x, t, c = torch.randn(1, 16, 3, 8, 8), torch.tensor([500.0]), torch.randn(1, 512, 32)
    gradients, counts = [], []
    for how in ("none", "full", "selective"):
        role = load(typed_role(source=made, train=train, checkpointing=how))
        assert role.transformer.module.is_gradient_checkpointing == (how == "full")
        with Counted() as counted:
            role.transformer(hidden_states=x, timestep=t, encoder_hidden_states=c).square().mean().backward()
        gradients.append([p.grad for p in role.parameters()])
        counts.append(counted.seen)
    for others in zip(*gradients):
        for other in others[1:]:
            torch.testing.assert_close(other, others[0], rtol=0, atol=1e-6)
    once, all_again, most_again = counts
    assert all_again["attention"] == 2 * once["attention"] > 0
    assert most_again["attention"] == once["attention"]
    assert most_again["aten::addmm"] == all_again["aten::addmm"] > once["aten::addmm"]


def test_blocks_that_recompute_keep_their_names_and_copies_their_weights(made: Path) -> None:
    plain = load(typed_role(source=made, train="full"))
    role = load(typed_role(source=made, train="full", checkpointing="selective"))
    assert list(weights(plain)) == list(weights(role))
    x, t, c = torch.randn(1, 16, 3, 8, 8), torch.tensor([500.0]), torch.randn(1, 512, 32)
    other = copy.deepcopy(role.transformer.module)
    with torch.no_grad():
        for p in role.parameters():
            p.zero_()
    given = {"hidden_states": x, "timestep": t, "encoder_hidden_states": c}
    assert torch.equal(other(**given).sample, plain.transformer.module(**given).sample)


@pytest.mark.parametrize("how", ["full", "selective"])
def test_a_network_that_cannot_recompute_is_refused(
    how: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WanTransformer3DModel, "_supports_gradient_checkpointing", False)
    monkeypatch.setattr(activation_checkpointing, "repeated_blocks", lambda model: [])
    error = refused(typed_role(source=made, train="full", checkpointing=how))
    assert error.code == "bad-setting" and f"`checkpointing = {how}`" in error.message


def test_compile_keeps_the_names_of_weights(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(nn.Module, "compile", lambda self, *_, **__: compiled.append(type(self).__name__))
    plain, fast = load(typed_role(source=made)), load(typed_role(source=made, compile="regional"))
    assert compiled == ["WanTransformerBlock"] * 2
    assert list(weights(plain)) == list(weights(fast)) and plain.vae is not None
    load_component.compile_module(nn.Linear(2, 2))
    assert compiled[-1] == "Linear"


def test_a_scheduler_of_another_shift_is_refused_unless_the_program_states_one(checkpoint: Path) -> None:
    role = typed_role(source=checkpoint)
    assert load(role).notes == ()
    path = checkpoint / "scheduler" / "scheduler_config.json"
    edit(path, lambda c: c.update(shift=5.0))
    assert "`shift` is 5.0 in" in refused(role).message
    process = replace(role.family.process, chosen=("shift",))
    assert load(replace(role, family=replace(role.family, process=process))).notes == (
        "`student`: the checkpoint's scheduler has a flow shift of 5; this run uses 3",
    )


# a family's own Python


def own_family(folder: Path, binding: str | None) -> TypedRole:
    role = typed_role()
    if binding is not None:
        (folder / "binding.py").write_text(binding)
    return replace(role, family=replace(role.family, path=str(folder / "mine.fdl")))


def test_a_users_python_runs_only_when_allowed(tmp_path: Path) -> None:
    assert "no file" in refused(own_family(tmp_path, None)).message
    flag = tmp_path / "ran"
    role = own_family(tmp_path, f"open({str(flag)!r}, 'w')\nfrom fdc.families.wan.binding import *\n")
    assert "--allow-python" in (refused(role).help or "")
    assert not flag.exists()
    load(role, allow_python=True)
    assert flag.exists()


def test_an_unknown_class_is_named(tmp_path: Path) -> None:
    role = typed_role()
    transformer = replace(role.family.components["transformer"], cls="diffusers.WanTransformr3DModel")
    family = replace(role.family, components={**role.family.components, "transformer": transformer})
    error = refused(replace(role, family=family))
    assert error.code == "unknown-name" and error.help == "did you mean `diffusers.WanTransformer3DModel`?"


def test_optional_and_fallback_components(checkpoint: Path, made: Path) -> None:
    role = typed_role(source=checkpoint)
    shutil.rmtree(checkpoint / "tokenizer")

    def with_tokenizer(**changes: object) -> TypedRole:
        tokenizer = replace(role.family.components["tokenizer"], **changes)  # type: ignore[arg-type]
        family = replace(role.family, components={**role.family.components, "tokenizer": tokenizer})
        return replace(role, family=family)

    refused(role)
    assert "tokenizer" not in load(with_tokenizer(optional=True)).components
    assert load(with_tokenizer(fallback=str(made))).tokenizer.origin == made / "tokenizer"


# adapters


def test_lora_trains_adapters_alone(made: Path) -> None:
    pytest.importorskip("peft")
    lora = {"kind": "lora", "rank": 4, "alpha": 8, "dropout": 0.0, "targets": None}
    role, plain = load(typed_role(source=made, train=lora)), load(typed_role(source=made))
    x, t, c = torch.randn(1, 16, 3, 8, 8), torch.tensor([500.0]), torch.randn(1, 512, 32)
    call = {"hidden_states": x, "timestep": t, "encoder_hidden_states": c}
    assert torch.equal(role.transformer(**call), plain.transformer(**call))
    assert all("lora_" in n for n, _ in role.named_parameters())
    role.transformer(**call).square().mean().backward()
    assert all(p.grad is not None for p in role.parameters())
    assert all(p.grad is None for n, p in role.transformer.module.named_parameters() if "lora_" not in n)
    lora["targets"] = ["no_such_layer"]
    assert refused(typed_role(source=made, train=lora)).code == "bad-setting"


def test_lora_without_peft(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "peft", None)
    lora = {"kind": "lora", "rank": 4, "alpha": None, "dropout": 0.0, "targets": None}
    error = refused(typed_role(train=lora))
    assert error.code == "missing-file" and "fdc[lora]" in (error.help or "")
