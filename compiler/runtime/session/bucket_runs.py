"""What a run sees of its bucket: roles at the bucket's sizes, the numbers that the module reads of it, keys of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from ...program.averaging import Averaging
from ...program.typed_program import TypedProgram
from ..api.components import Role
from ..base.errors import RunError
from ..data.cache_keys import encoder_keys
from ..train.ema import Average


@dataclass(frozen=True)
class OfBucket:
    """Roles and averages share their weights with those of all other buckets."""

    roles: Mapping[str, Role]
    averages: Mapping[tuple[str, Averaging], Role]
    sizes: Mapping[str, Any]
    encoder_keys: Mapping[str, Mapping[str, str]]


def of_buckets(
    program: TypedProgram,
    plan: ModuleType,
    roles: Mapping[str, Role],
    averages: Mapping[tuple[str, Averaging], Average],
    hashes: Mapping[str, str],
) -> list[OfBucket]:
    """For each bucket, or of a program without any, once. RunError for a module that has other buckets."""
    averaged = {key: a.role for key, a in averages.items()}
    if not program.buckets:
        return [OfBucket(roles, averaged, {}, encoder_keys(program, roles, hashes))]
    tables = getattr(plan, "BUCKETS", None)
    wanted = [tuple(p.sizes.values()) for p in program.buckets]
    if not isinstance(tables, Mapping) or set(tables) != set(wanted):
        raise RunError(
            "run-error",
            f"`{plan.__file__}` has other BUCKETS than program `{program.name}`",
            help="undo what was edited there, or build the module again",
        )
    return [
        OfBucket(
            {name: replace(role, sizes=p.roles[name].family.sizes) for name, role in roles.items()},
            {key: replace(role, sizes=p.roles[key[0]].family.sizes) for key, role in averaged.items()},
            tables[key],
            encoder_keys(p, roles, hashes),
        )
        for p, key in zip(program.buckets, wanted, strict=True)
    ]
