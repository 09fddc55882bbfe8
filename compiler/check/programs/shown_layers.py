"""Layers that a family's stages look into, against those that the network has, by the file beside the family."""

from __future__ import annotations

from collections.abc import Iterable

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.source import Span
from ...contracts.config_files import BadConfig, Reader
from ...contracts.networks.layer_lists import beside, read_network
from ...contracts.networks.shown_layers import layer_called, layers_like, shown_layer
from ...modules.imports import Definition
from ...program.ops import COMPONENT, LAYERS, PLACES, ROLE, STAGE
from ...program.values import Value, every_value
from ...syntax import ast
from ..core.family_model import FamilyModel
from ..families import family
from ..families.hidden_states import shown_layers
from .program_state import ProgramState


def check_called(state: ProgramState, roots: Iterable[Value]) -> None:
    """The layers of the stages that a program calls. They are told where the program names them, else at the role."""
    told = set()
    for v in every_value(roots):
        ref = ROLE.find(v) if v.op == "stage" else None
        role = state.roles.get(ref.name) if ref is not None else None
        if role is None or (role.name, STAGE.of(v)) in told or not isinstance(role.model, FamilyModel):
            continue
        told.add((role.name, STAGE.of(v)))
        own = next(m for m in state.members(ast.RoleDecl) if m.name.id == role.name)
        shown = [made for name, made in shown_layers(role.model) if name == STAGE.of(v)]
        for made in shown:
            check_layers(role.model, made, state.library.configs, state.bag, own.source.span)


def check_of_family(definition: Definition, model: FamilyModel, bag: Bag) -> None:
    """The layers of a family's own stages, in each of its variants."""
    reader, told = Reader(), set[Span]()
    declaration = definition.declaration
    assert isinstance(declaration, ast.FamilyDecl)
    variants = [v.name.id for v in declaration.members if isinstance(v, ast.VariantDecl)]
    models = (family.build(definition, n, None, Bag(), where=None) for n in variants)
    for one in (model, *(m for m in models if m is not None)):
        for _, made in shown_layers(one):
            apart = Bag()
            check_layers(one, made, reader, apart)
            for d in apart.found:
                if d.span not in told:
                    told.add(d.span)
                    bag.add(d)


def check_layers(
    model: FamilyModel, made: Value, reader: Reader, bag: Bag, place: Span | None = None
) -> None:
    """Each layer is one that the variant's network has. What the family does not list is left to the run, and so is a block
    by its number where no variant says how many there are. `place` is where one that the family names is told in a
    program."""
    name = COMPONENT.of(made)
    try:
        network = read_network(model.typed(), name, reader)
    except BadConfig as e:
        file = beside(model.definition.module.path).name
        bag.error("config-mismatch", f"{file} of `{model.name}` {e}", place or made.span)
        return
    if network is None:
        return
    for text, where in zip(LAYERS.of(made), PLACES.of(made), strict=True):
        shown = shown_layer(text)
        if shown is None or layer_called(shown.path, network.weights) is not None:
            continue
        if not network.whole and any(c.isdigit() for c in shown.path):
            continue
        whose = f"{model.name}.{model.variant}" if model.variant else model.name
        other = place is not None and where.source is not place.source
        bag.error(
            "bad-setting",
            f"`{name}` of `{whose}` has no layer `{text}`",
            place if other and place is not None else where,
            labels=(Label(where, "named here"),) if other else (),
            help=layers_like(shown.path, network.weights),
        )
