"""What the result of a frozen encoder depends on beside its input: part of the key of every cached row."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
                "binding": _text_hash(Path(family.path).parent / "binding.py") if family.has_binding else "",
            }
    return found


def _text_hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
