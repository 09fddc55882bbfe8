"""Settings blocks: what they accept, their defaults, and what they say of a mistake."""

from __future__ import annotations

import pytest

from fdc.compiler.modules.given_settings import Opaque, SettingCall, Word
from fdc.compiler.modules.setting_checks import bf16_step, check_mesh, validate

STEP = Opaque("an expression of step")


def values(block: str, entries: dict[str, object]) -> dict[str, object]:
    checked = validate(block, entries)
    assert checked.problems == () and checked.values is not None
    return dict(checked.values)


def test_defaults_of_a_training_block() -> None:
    assert values("train", {"steps": 100}) == {
        "steps": 100,
        "epochs": None,
        "batch": 1,
        "accumulate": 1,
        "each": 1,
        "clip": None,
        "seed": 0,
        "deterministic": False,
        "skip_nonfinite": 0,
    }


def test_defaults_of_a_role_and_an_optimizer() -> None:
    role = values("role", {})
    assert (role["train"], role["precision"], role["attention"]) == ("frozen", "bf16", "dense")
    adamw = values("adamw", {"lr": 1e-4})
    assert adamw["betas"] == [0.9, 0.999] and adamw["schedule"] == "constant" and adamw["warmup"] == 0


def test_the_programs_of_the_guide() -> None:
    values("role", {"train": Word("full"), "precision": Word("bf16"), "init": Word("teacher")})
    values("adamw", {"lr": 2e-6, "betas": [0.0, 0.999], "weight_decay": 0.01})
    values("train", {"steps": 4000, "batch": 64, "clip": 1.0, "seed": 42})
    values("checkpoint", {"every": 500, "keep": 3, "async": True})
    values("mesh", {"shard": 8, "sequence": 2})
    values("tensorboard", {})
    values("folder", {"path": "data/clips"})
    values("lines", {"path": "prompts.txt"})
    values("shapes", {"path": "data/shapes", "count": 300, "may_fail": 0})
    produced = values("produce", {"fields": [Word("noise"), Word("clean")], "count": 10000, "batch": 8})
    assert produced["fields"] == ["noise", "clean"]


def test_words_with_arguments() -> None:
    lora = values("role", {"train": SettingCall("lora", (), {"rank": 16, "targets": ["to_q"]})})["train"]
    assert lora == {
        "kind": "lora",
        "rank": 16,
        "alpha": None,
        "dropout": 0.0,
        "targets": ["to_q"],
        "from": None,
    }
    by_place = values("role", {"train": SettingCall("lora", (16, 32))})["train"]
    assert isinstance(by_place, dict) and (by_place["rank"], by_place["alpha"]) == (16, 32.0)
    sparse = values("role", {"attention": SettingCall("vsa", ([4, 4, 4],), {"sparsity": 0.9})})["attention"]
    assert sparse == {"kind": "vsa", "tile": [4, 4, 4], "sparsity": 0.9}
    # a bare word whose arguments all have defaults
    assert values("role", {"attention": Word("sla")})["attention"] == {
        "kind": "sla",
        "topk": 0.1,
        "block": 64,
    }
    average = SettingCall("average", (Word("student"),), {"decay": 0.99})
    weights = values("validate", {"every": 10, "sample": STEP, "weights": average})["weights"]
    assert weights == {
        "kind": "average",
        "role": "student",
        "decay": 0.99,
        "half_life": None,
        "power": None,
        "start": 0,
    }


def test_run_time_values_pass_through_as_they_are() -> None:
    assert values("adamw", {"lr": STEP})["lr"] is STEP
    assert values("validate", {"every": 10, "sample": STEP})["sample"] is STEP


@pytest.mark.parametrize(
    ("block", "entries", "entry", "kind", "message", "suggestion"),
    [
        ("train", {"steps": -3}, "steps", "bad", "`steps` must be a whole number above 0, not -3", None),
        ("train", {"steps": 1.5}, "steps", "bad", "`steps` must be a whole number above 0, not 1.5", None),
        (
            "train",
            {"steps": True},
            "steps",
            "bad",
            "`steps` must be a whole number above 0, not `true`",
            None,
        ),
        ("train", {"steps": "9"}, "steps", "bad", '`steps` must be a whole number above 0, not "9"', None),
        (
            "train",
            {"steps": STEP},
            "steps",
            "bad",
            "`steps` must be a whole number above 0, not a value known only at run time",
            None,
        ),
        (
            "train",
            {"steps": 10**9999},
            "steps",
            "bad",
            "`steps` must be a whole number above 0, not a number of more than 128 bits",
            None,
        ),
        ("train", {}, "steps", "missing", "`train` needs `steps`, a whole number above 0", None),
        ("train", {"steps": 1, "stepz": 2}, "stepz", "unknown", "`train` has no setting `stepz`", "steps"),
        (
            "train",
            {"steps": 1, "stepz": SettingCall("f")},
            "stepz",
            "unknown",
            "`train` has no setting `stepz`",
            "steps",
        ),
        (
            "train",
            {"steps": 1, "deterministic": 1},
            "deterministic",
            "bad",
            "`deterministic` must be `true` or `false`, not 1",
            None,
        ),
        (
            "train",
            {"steps": 1, "clip": 0},
            "clip",
            "bad",
            "`clip` must be a number above 0, or `value(...)`, not 0",
            None,
        ),
        ("adamw", {"lr": 0.0}, "lr", "bad", "`lr` must be a number above 0, not 0.0", None),
        ("adamw", {"lr": float("inf")}, "lr", "bad", "`lr` must be a number above 0, not inf", None),
        ("adamw", {"lr": [1e-4]}, "lr", "bad", "`lr` must be a number above 0, not [0.0001]", None),
        (
            "adamw",
            {"lr": 1e-4, "betas": [0.9]},
            "betas",
            "bad",
            "`betas` must be two numbers from 0 up to, but not including, 1, such as [0.9, 0.999], not [0.9]",
            None,
        ),
        (
            "adamw",
            {"lr": 1e-4, "betas": [0.9, 1.0]},
            "betas",
            "bad",
            "`betas` must be two numbers from 0 up to, but not including, 1, such as [0.9, 0.999],"
            " not [0.9, 1.0]",
            None,
        ),
        (
            "adamw",
            {"lr": 1e-4, "schedule": Word("cosin")},
            "schedule",
            "bad",
            "`schedule` must be `constant`, `linear`, `cosine`, `polynomial` or `rex`, not `cosin`",
            "cosine",
        ),
        (
            "role",
            {"train": Word("ful")},
            "train",
            "bad",
            "`train` must be `frozen`, `full`, `only(...)`, `lora(...)` or `lokr(...)`, not `ful`",
            "full",
        ),
        (
            "role",
            {"train": SettingCall("lorra", (), {"rank": 4})},
            "train",
            "bad",
            "`train` must be `frozen`, `full`, `only(...)`, `lora(...)` or `lokr(...)`, not `lorra(...)`",
            "lora",
        ),
        (
            "role",
            {"train": SettingCall("lora", (), {"rank": 0})},
            "train",
            "bad",
            "`rank` must be a whole number above 0, not 0, in `lora(...)`",
            None,
        ),
        (
            "role",
            {"train": Word("lora")},
            "train",
            "bad",
            "`lora` needs `rank`, a whole number above 0",
            None,
        ),
        (
            "role",
            {"train": SettingCall("lora", (), {"rank": 4, "alfa": 4})},
            "train",
            "bad",
            "`lora` has no setting `alfa`",
            "alpha",
        ),
        (
            "role",
            {"train": SettingCall("lora", (4,), {"rank": 4})},
            "train",
            "bad",
            "`lora` is given `rank` twice",
            None,
        ),
        (
            "role",
            {"train": SettingCall("lora", (1, 2, 0.0, ["a"], "b", 5))},
            "train",
            "bad",
            "`lora` takes 5 arguments, not 6",
            None,
        ),
        (
            "role",
            {"precision": Word("fp32")},
            "precision",
            "bad",
            "`precision` must be `f32`, `bf16` or `pure_bf16`, not `fp32`",
            "f32",
        ),
        (
            "checkpoint",
            {},
            "every",
            "missing",
            "`checkpoint` needs `every`, a whole number above 0, or a time such as `30 min`",
            None,
        ),
        ("wandb", {"projekt": "x"}, "projekt", "unknown", "`wandb` has no setting `projekt`", None),
        (
            "folder",
            {"path": "x", "may_fail": 2},
            "may_fail",
            "bad",
            "`may_fail` must be a number from 0 to 1, not 2",
            None,
        ),
    ],
)
def test_one_mistake_gives_one_problem(block, entries, entry, kind, message, suggestion) -> None:
    checked = validate(block, entries)
    assert checked.values is None
    (found,) = checked.problems
    assert (found.entry, found.kind, found.message, found.suggestion) == (entry, kind, message, suggestion)


def test_all_mistakes_are_reported_at_once() -> None:
    found = validate("train", {"steps": 0, "bach": 4, "seed": -1}).problems
    assert {(p.entry, p.kind) for p in found} == {("steps", "bad"), ("bach", "unknown"), ("seed", "bad")}


def test_a_default_cannot_be_changed_through_a_value() -> None:
    betas = values("adamw", {"lr": 1e-4})["betas"]
    assert isinstance(betas, list)
    betas.clear()
    assert values("adamw", {"lr": 1e-4})["betas"] == [0.9, 0.999]


# rules across entries


@pytest.mark.parametrize(
    ("batch", "accumulate", "mesh", "message"),
    [
        (64, 1, {"shard": 8}, None),
        (64, 2, {"replicate": 2, "shard": 8, "sequence": 3}, None),
        (60, 1, {"shard": 8}, "a batch of 60 does not divide by 8 (shard); 56 or 64 does"),
        (
            6,
            2,
            {"replicate": 2, "shard": 4},
            "a batch of 6 does not divide by 2 (replicate) x 4 (shard) x 2 (accumulate) = 16; 16 does",
        ),
    ],
)
def test_the_batch_divides_among_ranks_and_rounds(batch, accumulate, mesh, message) -> None:
    train = values("train", {"steps": 1, "batch": batch, "accumulate": accumulate})
    found = check_mesh(train, values("mesh", mesh))
    assert [(p.entry, p.kind, p.message) for p in found] == ([("batch", "bad", message)] if message else [])


@pytest.mark.parametrize("magnitude", [0.02, 0.0157, 1.0, 0.75, 3e-5, 200.0])
def test_a_bf16_weight_moves_from_half_a_unit_in_the_last_place_on(magnitude: float) -> None:
    import torch

    weight = torch.tensor(magnitude, dtype=torch.bfloat16)
    step = bf16_step(weight.item())
    assert step == bf16_step(-weight.item())
    up = (weight.double() + 1.01 * step).to(torch.bfloat16)
    stays = (weight.double() + 0.99 * step).to(torch.bfloat16)
    assert up > weight and stays == weight


def test_a_typical_weight() -> None:
    assert bf16_step() == 2.0**-14
