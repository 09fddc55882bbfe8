"""A folder brought to a repository of the hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.errors import RunError
from .role_sources import HUB_NAME

RECORD = "fdc.json"


def publish(folder: Path, repository: str, *, private: bool, message: str) -> str:
    """Uploads a folder to `OWNER/NAME`, which is made if it is not there; gives where it lies. Paths of this machine in
    `fdc.json` become the last part of them. Raises RunError; the folder stays as it is."""
    require_name(repository)
    try:
        from huggingface_hub import HfApi
    except ImportError:
        raise RunError(
            "missing-file",
            "uploading needs the package huggingface_hub, which is not installed",
            help='pip install "fdc[hub]"',
            exit_status=2,
        ) from None
    api = HfApi()
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    try:
        made = api.create_repo(repository, private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repository, folder_path=folder, commit_message=message, ignore_patterns=[RECORD]
        )
        said = json.dumps(_without_places(record), indent=2, sort_keys=True) + "\n"
        api.upload_file(
            path_or_fileobj=said.encode(), path_in_repo=RECORD, repo_id=repository, commit_message=message
        )
    except Exception as e:  # clients of a network raise errors of their own
        raise RunError(
            "run-error",
            f"{folder} cannot be uploaded to {repository}: {(str(e).strip() or type(e).__name__).splitlines()[0]}",
            help=f"log in with `hf auth login`; `hf upload {repository} {folder}` does it by hand",
            facts=(f"the export is whole, in {folder}",),
        ) from e
    return str(made)


def require_name(repository: str) -> None:
    """Raises RunError for what is no name of a repository."""
    if not HUB_NAME.fullmatch(repository):
        raise RunError(
            "bad-setting",
            f"`{repository}` is no name of a repository",
            help="write OWNER/NAME",
            exit_status=2,
        )


def _without_places(record: Mapping[str, Any]) -> dict[str, Any]:
    def shown(value: object) -> object:
        if isinstance(value, list):
            return [shown(v) for v in value]
        return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value

    return {n: shown(v) for n, v in record.items()}
