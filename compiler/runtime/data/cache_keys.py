"""What the result of a frozen encoder depends on beside its input: part of the key of every cached row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from ...program.typed_program import TypedProgram
from ...syntax import ast
from ..api.components import Role


def conventions(
    program: TypedProgram, roles: Mapping[str, Role], hashes: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """For each role's encode stages by frozen components: what the result depends on beside the input."""
    found: dict[str, dict[str, str]] = {}
    for name, typed in program.roles.items():
        family = typed.family
        for stage, d in family.stages.items():
            if d.kind.id != "encode":
                continue
            everything = set(family.components) - set(roles[name].trained)
            used = {d.by.component.id} if isinstance(d.by, ast.ByComponent) else everything
            if used & set(roles[name].trained):
                continue
            spaces = [
                s.span.text for s in family.space_declarations.values() if s.codec and s.codec.id in used
            ]
            weights = {c: hashes.get(f"{name}.{c}", "") for c in used if not family.components[c].trainable}
            found[f"{name}.{stage}"] = {
                "stage": f"{family.name}.{stage}",
                "declared": d.span.text,
                "spaces": "\n".join(spaces),
                "components": json.dumps(weights, sort_keys=True),
                "precision": str(typed.settings["precision"]),
                "sizes": json.dumps(dict(program.sizes), sort_keys=True),
                "binding": _text_hash(Path(family.path).parent / "binding.py") if family.has_binding else "",
            }
    return found


def _text_hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
