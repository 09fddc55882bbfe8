"""What the result of a frozen encoder depends on beside its input: part of the key of every cached row."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from ...program.typed_program import TypedProgram
from ..api.components import Role
from ..base.settings import RoleSettings


def encoder_keys(
    program: TypedProgram, roles: Mapping[str, Role], hashes: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """For each role's encode stages by frozen components: what the result depends on beside the input."""
    found: dict[str, dict[str, str]] = {}
    for name, typed in program.roles.items():
        family = typed.family
        for stage, d in family.stages.items():
            if d.kind != "encode":
                continue
            everything = set(family.components) - set(roles[name].trained)
            used = everything if d.body is None else set(d.components)
            if used & set(roles[name].trained):
                continue
            spaces = [c.span.text for c in family.codings.values() if c.codec in used]
            weights = {c: hashes.get(f"{name}.{c}", "") for c in used if not family.components[c].trainable}
            found[f"{name}.{stage}"] = {
                "stage": f"{family.name}.{stage}",
                "declared": d.span.text,
                "spaces": "\n".join(spaces),
                "components": json.dumps(weights, sort_keys=True),
                "precision": RoleSettings.model_validate(typed.settings).precision,
                "sizes": json.dumps(dict(program.sizes), sort_keys=True),
                "binding": python_hash(Path(family.path).parent) if family.has_binding else "",
            }
    return found


def python_hash(folder: Path) -> str:
    """Of the texts of a family's `binding.py` and of the files beside and around it that it imports, over any number of
    others: modules of its own folder, and those that several families share in the folder above."""
    around = folder.resolve().parent
    found: dict[Path, bytes] = {}
    left = [folder.resolve() / "binding.py"]
    while left:
        path = left.pop()
        if path not in found and path.is_file() and path.is_relative_to(around):
            found[path] = path.read_bytes()
            left += _imported(path, found[path])
    told = sha256()
    for path in sorted(found):
        told.update(f"{path.relative_to(around).as_posix()}\0{len(found[path])}\0".encode() + found[path])
    return told.hexdigest()


def _imported(path: Path, text: bytes) -> Iterator[Path]:
    """The files that relative imports of a file may name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            yield base.with_suffix(".py")
            yield from (base / f"{name.name}.py" for name in node.names)
