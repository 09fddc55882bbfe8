"""Slips that have one exact edit: `fdc check --fix --unsafe-fixes` makes it, and the program is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import REFUSED

from fdc.compiler.base.source import Source
from fdc.compiler.driver.inputs import Reading
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.report.apply_fixes import mend

MENDED = (
    "names/import_of_a_method_forgotten",
    "names/import_of_a_family_forgotten",
    "names/import_misspelt_is_told_once",
    "names/import_as_a_text",
    "names/import_of_a_built_in_by_path",
    "names/method_of_an_imported_file",
    "names/function_of_another_library",
    "settings/path_without_quotes",
    "settings/weights_without_quotes",
    "settings/adapter_without_a_rank",
    "settings/adapter_as_a_word",
    "settings/rank_by_another_name",
    "settings/average_by_another_name",
    "settings/epochs_by_another_name",
    "settings/clipping_of_nothing",
    "settings/validation_without_every",
    "sizes/no_sizes",
    "sizes/sizes_of_nothing",
    "sizes/size_with_a_unit",
    "data/no_data",
    "data/no_data_for_a_method",
    "syntax/comment_with_slashes",
    "syntax/data_without_its_word",
    "syntax/every_without_a_number",
    "syntax/opening_brace_of_a_program",
    "syntax/opening_brace_of_a_role",
    "syntax/opening_brace_of_an_update",
    "syntax/opening_brace_of_validate",
    "syntax/path_without_quotes",
    "syntax/role_without_its_word",
    "syntax/semicolon_between_entries",
    "syntax/use_without_brackets",
    "settings/init_of_nothing",
    "training/frozen_role_with_an_optimizer",
    "training/role_passed_twice",
    "training/roles_swapped_in_use",
)


@pytest.mark.parametrize("name", MENDED)
def test_the_edit_makes_the_program_right(name: str) -> None:
    path = REFUSED / f"{name}.fdl"

    def found(texts: dict[Path, str]) -> list[object]:
        source = Source(path.name, texts[path], path)
        return [
            d for d in check_source(source, path, reader=Reading(texts)).diagnostics if d.severity == "error"
        ]

    text = path.read_text()
    mended = mend({path: text}, found, unsafe=True)  # type: ignore[arg-type]
    assert found({path: text}) != []
    assert [d.message for d in mended.found] == []
    assert len(mended.made) == 1
