"""Records of a run: read and written as they stand, and what is wrong with one is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fdc.compiler.runtime.base.records import (
    CheckpointManifest,
    Finished,
    Lock,
    parse_record,
    read_record,
    record_or_none,
)

MANIFEST = {"format": 1, "step": 3, "program": "p", "files": {"state.json": "00"}}
LOCK_OF_BEFORE = {
    "program": "p",
    "command": "fdc run p.fdl",
    "python": "3.11.7",
    "versions": {"fdc": "0.1.0", "triton": None},
    "settings": {"train": {"steps": 3}, "validate": {"sample": "<an object>"}},
    "hashes": {"data": "h"},
    "name": "p",
    "source": "p.fdl",
    "plan": {"sha256": "00", "version": "0.1.0", "built": None, "edited": False},
}


def test_records_of_the_version_before_are_read_and_written_alike() -> None:
    for kind, value in ((Lock, LOCK_OF_BEFORE), (CheckpointManifest, MANIFEST), (Finished, {"program": "p"})):
        assert parse_record(kind, value, "it").json_value() == value
    text = parse_record(Lock, LOCK_OF_BEFORE, "it").text(sort_keys=True)
    assert text == json.dumps(LOCK_OF_BEFORE, indent=1, sort_keys=True)


def test_keys_that_are_not_known_are_kept() -> None:
    later = {**MANIFEST, "compressed": True}
    assert parse_record(CheckpointManifest, later, "manifest.json").json_value() == later


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "manifest.json: "),
        ({**MANIFEST, "step": "three"}, "manifest.json: `step`: "),
        ({k: v for k, v in MANIFEST.items() if k != "files"}, "manifest.json: `files`: "),
        ({**MANIFEST, "files": {"state.json": 3}}, "manifest.json: `files.state.json`: "),
    ],
)
def test_what_is_wrong_is_named_on_one_line(value: object, words: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(value))
    with pytest.raises(ValueError) as caught:
        read_record(CheckpointManifest, path)
    assert str(caught.value).startswith(words) and "\n" not in str(caught.value)
    assert record_or_none(CheckpointManifest, path) is None
