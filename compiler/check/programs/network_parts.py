"""Parts of a network that a role names, as `targets` of adapters or to train alone, against the names that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...base.diagnostics import respelt
from ...base.source import Span
from ...contracts.config_files import BadConfig
from ...contracts.networks.layer_lists import Network, beside, read_network
from ...contracts.networks.layer_names import ALL_LINEAR, excess, layers_of, meant, misspelt, nearest_names
from ...program.family import Component
from ...syntax import ast
from ...syntax.visitor import nodes
from ..core.family_model import FamilyModel
from .program_state import ProgramState


def check_parts(state: ProgramState, d: ast.RoleDecl, model: FamilyModel, train: Mapping[str, Any]) -> None:
    """Every pattern means something in every component that is trained. Of what the family does not state nothing is
    said: the run reads the class itself.
    """
    kind = "layers" if train["kind"] == "only" else "targets"
    patterns, excepted = _listed(train.get(kind)), _listed(train.get("except"))
    entry = next((e for e in d.entries if e.name == "train"), None)
    if not patterns or entry is None or entry.value is None:
        return
    for component in model.components.values():
        if not component.trainable:
            continue
        try:
            network = read_network(model.typed(), component.name, state.library.configs)
        except BadConfig as e:
            file = beside(model.definition.module.path).name
            state.bag.error("config-mismatch", f"{file} of `{model.name}` {e}", d.source.span)
            return
        if network is None:
            continue
        names = network.weights if kind == "layers" else network.layers
        words = {"only" if kind == "layers" else "targets": patterns, "except": excepted}
        unknown = [
            (word, pattern)
            for word, some in words.items()
            for pattern in dict.fromkeys(some)
            if not _known(pattern, names, network)
        ]
        for word, pattern in unknown:
            _report(state, pattern, word, names, network, component, _place(entry, pattern, word))
        if not unknown and network.whole and excepted:
            _check_exceptions(state, entry, patterns, excepted, network)


def _listed(given: object) -> list[str]:
    return [given] if isinstance(given, str) else list(given) if isinstance(given, Sequence) else []


def _check_exceptions(
    state: ProgramState, entry: ast.Entry, patterns: list[str], excepted: list[str], network: Network
) -> None:
    """Each takes something away of what is trained, and all of them not the whole."""
    wrong = excess(patterns, excepted, network.weights, network.original)
    if wrong is not None:
        pattern, message, help = wrong
        state.bag.error("bad-setting", message, _place(entry, pattern, "except"), help=help)


def _known(pattern: str, names: Sequence[str], network: Network) -> bool:
    if pattern in ALL_LINEAR and names is network.layers:
        return True
    if not network.whole and any(c.isdigit() for c in pattern):
        return True  # a checkpoint may have more blocks than any variant
    return bool(meant(pattern, names, network.original))


def _place(entry: ast.Entry, pattern: str, word: str) -> Span:
    """The pattern's own place in the entry."""
    arguments = entry.value.args if isinstance(entry.value, ast.Call) else ()
    inside = [a.value for a in arguments if (a.name == "except") == (word == "except")]
    texts = (n.span for n in nodes(inside) if isinstance(n, ast.String) and n.value == pattern)
    return min(texts, key=lambda span: span.start, default=entry.span)


def _report(
    state: ProgramState,
    pattern: str,
    word: str,
    names: Sequence[str],
    network: Network,
    component: Component,
    place: Span,
) -> None:
    what, of = ("layer", names) if word == "targets" else ("part", layers_of(names))
    help = nearest_names(pattern, of, network.original)
    if word == "targets":
        help += "; `all-linear` is every linear layer of its blocks"
    slip = misspelt(pattern, of, network.original)
    fixes = respelt(*slip, place) if slip is not None else ()
    state.bag.error(
        "bad-setting",
        f"`{word}` names `{pattern}`, and `{component.cls.rpartition('.')[2]}` has no {what} of that name",
        place,
        help=help,
        fixes=fixes,
    )
