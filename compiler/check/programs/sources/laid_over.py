"""Files of weights that a role lays over its source: `wan.t2v_1_3b("folder", weights = "tuned.safetensors")`."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Fix
from ....syntax import ast
from ...core.family_model import FamilyModel
from ..program_state import ProgramState

WEIGHTS = "weights"
"""The network that is trained, whatever its component is called."""
SUFFIX = ".safetensors"


def laid_over(model: FamilyModel, arguments: Mapping[str, ast.Arg]) -> dict[str, ast.Arg]:
    """Of the arguments that a family is called with those that name a file for a component, or for its network."""
    if not arguments:
        return {}
    from ....contracts.classes import is_model  # not before there is a file

    networks = {n for n, c in model.components.items() if is_model(c.cls) and not c.skip}
    known = {WEIGHTS, *networks} - set(model.params)
    return {name: a for name, a in arguments.items() if name in known}


def read_overlays(state: ProgramState, d: ast.RoleDecl, model: FamilyModel) -> None:
    """The paths of a role's files by component; reports what cannot be one."""
    assert isinstance(d.source, ast.Call)
    given = laid_over(model, {a.name: a for a in d.source.args if a.name is not None})
    found: dict[str, str] = {}
    for name, arg in given.items():
        path = _path(state, name, arg)
        component = _network(state, model, arg) if name == WEIGHTS else name
        if path is None or component is None:
            continue
        if component in found:
            state.bag.error(
                "bad-setting",
                f"`{WEIGHTS}` and `{component}` both name a file for `{component}`",
                arg.span,
                help="leave one of them out",
            )
            continue
        found[component] = path
    if found:
        state.overlays[d.name.id] = found


def _path(state: ProgramState, name: str, arg: ast.Arg) -> str | None:
    if not isinstance(arg.value, ast.String):
        bare = arg.value.span.text
        fixes = (Fix(f'write `"{bare}"`', arg.value.span, f'"{bare}"'),) if bare.endswith(SUFFIX) else ()
        state.bag.error(
            "type-mismatch",
            f"`{name}` is the path of a {SUFFIX} file",
            arg.value.span,
            help="a path stands in quotes",
            fixes=fixes,
        )
        return None
    if not arg.value.value.endswith(SUFFIX):
        state.bag.error(
            "bad-setting",
            f"`{name}` is a {SUFFIX} file, and this ends otherwise",
            arg.value.span,
            help="a whole folder is the source itself; a file of pickled tensors can be saved anew by `safetensors`",
        )
        return None
    return arg.value.value


def _network(state: ProgramState, model: FamilyModel, arg: ast.Arg) -> str | None:
    """The one component that is trained."""
    trained = [c.name for c in model.components.values() if c.trainable]
    if len(trained) == 1:
        return trained[0]
    named = trained or list(model.components)
    state.bag.error(
        "bad-setting",
        f"`{WEIGHTS}` is a file for one network, and `{model.name}` has {' and '.join(f'`{n}`' for n in named)}",
        arg.span,
        help=f'name the component: `{named[0]} = "{SUFFIX}"`'.replace('"', '"tuned', 1),
    )
    return None
