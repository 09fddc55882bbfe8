"""The settings that the runtime reads are those that the checker's tables let through."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from fdc.compiler.modules.setting_checks import validate
from fdc.compiler.modules.setting_kinds import REQUIRED, Setting
from fdc.compiler.modules.settings import ARGUMENTS, BLOCKS, IN_PLACE_OF, OPTIMIZERS, SOURCES
from fdc.compiler.runtime.base import settings
from fdc.compiler.runtime.base.settings import Block, ProgramSettings, TrainSettings

MODELS: Mapping[str, type[Block]] = {
    "role": settings.RoleSettings,
    "train": settings.TrainSettings,
    "validate": settings.ValidateSettings,
    "checkpoint": settings.CheckpointSettings,
    "mesh": settings.MeshSettings,
    "produce": settings.ProduceSettings,
    "lora": settings.LoraSettings,
    "only": settings.OnlySettings,
    "value": settings.ClipByValue,
    "lokr": settings.LokrSettings,
    "average": settings.AveragedWeights,
    "cosine": settings.CosineSchedule,
    "polynomial": settings.PolynomialSchedule,
    "difference": settings.Difference,
    **settings.OPTIMIZERS,
    **settings.DATA_OPTIONS,
}
TABLES: Mapping[str, Mapping[str, Setting]] = {**BLOCKS, **ARGUMENTS}
IN_THE_TABLES_ALONE = {"tensorboard", "wandb", "trackio", "mlflow", "vsa", "vmoba", "sla", "bsa"}


def test_every_block_has_a_model() -> None:
    assert set(TABLES) - set(MODELS) == IN_THE_TABLES_ALONE
    assert set(settings.OPTIMIZERS) == set(OPTIMIZERS) and set(settings.DATA_OPTIONS) == set(SOURCES)


@pytest.mark.parametrize("name", MODELS)
def test_a_block_and_its_model_have_the_same_entries_and_defaults(name: str) -> None:
    model = MODELS[name]
    fields = {str(f.validation_alias or n): f for n, f in model.model_fields.items() if n != "kind"}
    assert set(fields) == set(TABLES[name])
    for entry, setting in TABLES[name].items():
        field = fields[entry]
        if entry in IN_PLACE_OF:
            assert setting.default is REQUIRED and field.default is None
            continue
        assert field.is_required() == (setting.default is REQUIRED), entry
        if not field.is_required():
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            assert default == setting.default, entry


@pytest.mark.parametrize("name", [n for n in MODELS if n in BLOCKS and n != "mix"])
def test_checked_blocks_are_read(name: str) -> None:
    needed = {
        "steps": 3,
        "every": 2,
        "sample": settings.Opaque(0),
        "count": 2,
        "path": "data",
        "lr": 0.1,
        "name": "a",
    }
    given = {n: needed[n] for n, s in BLOCKS[name].items() if s.default is REQUIRED}
    values = validate(name, given).values
    assert values is not None
    MODELS[name].model_validate(values)


def test_an_entry_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="speed"):
        TrainSettings.model_validate({"steps": 3, "speed": 2})
    with pytest.raises(ValidationError, match="pace"):
        ProgramSettings.model_validate({"pace": {}})
