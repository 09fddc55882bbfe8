"""Hashes of what functions of an emitted module compute: of their code and all that it reaches, without comments."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping

from ...emit.source_map import edited

ANY = "*"
"""Stands for every encoder, where an edited module leaves open which one it keeps the results of."""


def computation_hash(text: str, function: str) -> str:
    """A hash of what a function computes. A kernel counts as its reference, unless the module was edited."""
    bound = _bound(ast.parse(text), whole=edited(text))
    return _hash(_reached(bound[function], bound))


def encoders(text: str) -> dict[str, str]:
    """What makes the results that are kept on disk, by `ROLE.STAGE`."""
    tree = ast.parse(text)
    bound = _bound(tree, whole=True)
    found: dict[str, dict[str, str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="cached"), args=[role, stage, *_, make]):
                role_name = ast.unparse(role).removeprefix("run.")
                known = isinstance(stage, ast.Constant) and role_name.isidentifier()
                key = f"{role_name}.{ast.literal_eval(stage)}" if known else ANY
                found.setdefault(key, {})[ast.dump(make)] = _hash(_reached(make, bound))
    return {key: _hash(made) for key, made in found.items()}


def edited_keys(
    encoder_keys: Mapping[str, Mapping[str, str]], text: str, original: str
) -> dict[str, Mapping[str, str]]:
    """The encoder_keys of an edited module: what it makes in another way than `original` has rows of its own."""
    made, before = encoders(text), encoders(original)
    other = {key: made_so for key, made_so in made.items() if before.get(key) != made_so}
    return {
        key: {**encoder_key, "edited": other.get(key) or other[ANY]}
        if key in other or ANY in other
        else encoder_key
        for key, encoder_key in encoder_keys.items()
    }


def _bound(tree: ast.Module, whole: bool) -> dict[str, ast.AST]:
    """What the names of a module stand for; with `whole`, its imports and kernels, too."""
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                if ast.get_docstring(node) is not None:
                    node.body = node.body[1:]
                found[name] = node
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                kernels = isinstance(value, ast.Call) and ast.unparse(value.func) == "Fused"
                found[name] = (
                    value.args[0] if isinstance(value, ast.Call) and kernels and not whole else value
                )
            case ast.Import() | ast.ImportFrom() if whole:
                found.update({alias.asname or alias.name: node for alias in node.names})
    return found


def _reached(start: ast.AST, bound: Mapping[str, ast.AST]) -> dict[str, str]:
    """The code of a node and of all names that it leads to."""
    reached = {"": ast.dump(start)}
    waiting: list[ast.AST] = [start]
    while waiting:
        for n in ast.walk(waiting.pop()):
            if isinstance(n, ast.Name) and n.id in bound and n.id not in reached:
                reached[n.id] = ast.dump(bound[n.id])
                waiting.append(bound[n.id])
    return reached


def _hash(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
