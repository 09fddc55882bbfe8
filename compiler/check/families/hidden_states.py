"""Stages that show what layers of a network give: `by hidden(denoise, ["blocks.3", "blocks.-1"])`.

The call is that of another stage of the family, so that its arguments are written once. The body of such a stage is a value
`hidden` of the layers: over that call, or over the stage's own inputs where the other one is Python.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ....stages.table import IN_STAGES
from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace
from ...base.source import Span
from ...contracts.networks.shown_layers import shown_layer
from ...program.family import Component
from ...program.ops import COMPONENT, LAYERS, LOOKS_INTO, NAME, PLACES, PYTHON
from ...program.values import Formula, Value, every_value
from ...syntax import ast
from ...types.dims import Dim
from ...types.types import ListOf
from ..core.family_model import FamilyModel, StageModel
from ..core.suggestions import did_you_mean

HIDDEN = IN_STAGES["hidden"]


def shows_layers(d: ast.StageDecl, components: Collection[str]) -> bool:
    """Whether a stage is `by hidden(...)`, and no component is called so."""
    return isinstance(d.by, ast.ByComponent) and d.by.component.id == HIDDEN.name not in components


def shown_layers(model: object) -> list[tuple[str, Value]]:
    """The stages of a family that show layers, by name, each with its value `hidden`."""
    stages = model.stages if isinstance(model, FamilyModel) else {}
    bodies = [(n, s.body.result) for n, s in stages.items() if s.body is not None]
    return [(n, v) for n, v in bodies if v.op == HIDDEN.name]


def read_by_stages(stages: Collection[ast.StageDecl]) -> set[str]:
    """Parameters of a family that name the layers of its stages."""
    calls = [d.by for d in stages if isinstance(d.by, ast.ByComponent) and d.by.component.id == HIDDEN.name]
    given = (by.args[1].value for by in calls if len(by.args) == 2)
    return {e.id for e in given if isinstance(e, ast.Name)}


def with_layers(
    stage: StageModel,
    stages: Mapping[str, StageModel],
    components: Mapping[str, Component],
    params: Mapping[str, ast.Param],
    bag: Bag,
) -> StageModel:
    """The stage with its body, and as many tensors in its result as it names layers; as it is after an error."""
    d, by = stage.declaration, stage.declaration.by
    assert isinstance(by, ast.ByComponent)
    if d.kind.id != "feature":
        bag.error(
            "type-mismatch",
            f"a `feature` stage shows hidden states, and `{d.name.id}` is of kind `{d.kind.id}`",
            by.component.span,
            labels=(Label(d.kind.span, "its kind"),),
            help="`stage layers : feature(x: noisy[S], t: time[b], c: text) -> [bf16[b, n, d]] by hidden(...)`",
        )
        return stage
    if len(by.args) != 2 or by.method is not None or by.outputs or any(a.name is not None for a in by.args):
        bag.error(
            "type-mismatch",
            "`hidden` is given a `denoise` stage and a list of layers",
            by.span,
            help=f"`{HIDDEN.form}`",
        )
        return stage
    shown = _call(d, by.args[0].value, stages, components, bag)
    layers = _layers(by.args[1].value, params, bag)
    result = stage.result.type
    if shown is None or layers is None or not isinstance(result, ListOf):
        return stage
    inputs, made, whose = shown
    names, places = layers
    attrs = {**made.attrs, **dict([LOOKS_INTO(whose.declaration.name.id), LAYERS(names), PLACES(places)])}
    type_ = ListOf(result.item, Dim.of(len(names)))
    body = Formula(inputs, replace(made, type=type_, span=by.span, attrs=attrs))
    return replace(stage, result=replace(stage.result, type=type_), body=body, parts=whose.parts)


def _call(
    d: ast.StageDecl,
    e: ast.Expr,
    stages: Mapping[str, StageModel],
    components: Mapping[str, Component],
    bag: Bag,
) -> tuple[tuple[Value, ...], Value, StageModel] | None:
    """The parameters of the stage whose call is looked into, `hidden` of that call, and the stage; None after an error."""
    known = {n: s for n, s in stages.items() if s.declaration.kind.id == "denoise"}
    whose = known.get(e.id) if isinstance(e, ast.Name) else None
    if whose is None:
        name = e.id if isinstance(e, ast.Name) else ""
        kind = f", and `{name}` is of kind `{stages[name].declaration.kind.id}`" if name in stages else ""
        bag.error(
            "type-mismatch" if name in stages or not name else "unknown-name",
            f"no stage is called `{name}`"
            if name and not kind
            else f"`hidden` looks into a `denoise` stage{kind}",
            e.span,
            help=did_you_mean(name, known, f"there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"),
            fixes=respelt(name, nearest(name, known), e.span) if name and not kind else (),
        )
        return None
    own, other = d.params, whose.declaration.params
    if [_written(p) for p in own] != [_written(p) for p in other]:
        place = own[0].span.to(own[-1].span) if own else d.name.span
        told = other[0].span.to(other[-1].span) if other else whose.declaration.name.span
        bag.error(
            "type-mismatch",
            f"`{d.name.id}` takes other parameters than `{whose.declaration.name.id}`, whose call it looks into",
            place,
            labels=(Label(told, "those of the call"),),
            help=f"`{d.kind.id}({', '.join(map(_written, other))})`",
        )
        return None
    if isinstance(whose.declaration.by, ast.ByPython):
        return _of_python(whose, whose.declaration.by, components, e.span, bag)
    if whose.body is None:  # told where the stage is declared
        return None
    calls = [v for v in every_value([whose.body.result]) if v.op == "component"]
    if len(calls) > 1:
        bag.error(
            "type-mismatch",
            f"`{whose.declaration.name.id}` has {len(calls)} calls of networks, and `hidden` looks into one",
            e.span,
            labels=(Label(whose.declaration.by.span, "calls them"),),
            help="declare a `denoise` stage that calls one of them alone, and look into that",
        )
    if len(calls) != 1:
        return None
    (made,) = calls
    return (
        whose.body.parameters,
        Value(HIDDEN.name, (made,), made.type, e.span, dict([COMPONENT(COMPONENT.of(made))])),
        whose,
    )


def _of_python(
    whose: StageModel, by: ast.ByPython, components: Mapping[str, Component], place: Span, bag: Bag
) -> tuple[tuple[Value, ...], Value, StageModel] | None:
    trained = [n for n, c in components.items() if c.trainable]
    if len(trained) != 1:
        bag.error(
            "type-mismatch",
            f"`{whose.declaration.name.id}` is Python, which may call any of {len(trained)} trainable components",
            place,
            labels=(Label(by.span, "not told which"),),
            help="`hidden` looks into the call of a component, or into Python of a family with one trainable component",
        )
        return None
    if components[trained[0]].rows is not None:
        bag.error(
            "type-mismatch",
            f"`{whose.declaration.name.id}` is Python, and `{trained[0]}` takes a few samples at a time (`rows`)",
            place,
            labels=(Label(by.span, "calls it several times"),),
            help="`hidden` looks into one call: state the call in FDL, `by net(...)`",
        )
        return None
    params = tuple(Value("param", (), p.declared.type, p.span, dict([NAME(p.name)])) for p in whose.params)
    attrs = dict([COMPONENT(trained[0]), PYTHON(by.function.id)])
    return params, Value(HIDDEN.name, params, whose.result.type, place, attrs), whose


def _written(p: ast.Param) -> str:
    """A parameter as it is written, on one line."""
    return " ".join(p.span.text.split())


def _layers(
    e: ast.Expr, params: Mapping[str, ast.Param], bag: Bag
) -> tuple[tuple[str, ...], tuple[Span, ...]] | None:
    """The layers that a list or a parameter of the family names, with their places; None after an error."""
    given = e
    if isinstance(e, ast.Name):
        if e.id not in params:
            bag.error(
                "unknown-name",
                f"the family has no parameter `{e.id}`",
                e.span,
                help=did_you_mean(e.id, params, f'declare it: `param {e.id}: [str] = ["blocks.-1"]`'),
            )
            return None
        default = params[e.id].default
        if default is None:
            bag.error(
                "missing-argument",
                f"`{e.id}` names no layers",
                params[e.id].name.span,
                help=f'`param {e.id}: [str] = ["blocks.-1"]`, which variants and programs replace',
            )
            return None
        given = default
    items = given.items if isinstance(given, ast.ListExpr) else ()
    texts = [i for i in items if isinstance(i, ast.String)]
    if not items or len(texts) != len(items):
        bag.error(
            "type-mismatch",
            "layers are named by a list of texts",
            given.span,
            help='`["blocks.3", "blocks.-1"]`: a number below 0 counts from the last',
        )
        return None
    for text in texts:
        first = next(t for t in texts if t.value == text.value)
        if shown_layer(text.value) is None:
            bag.error(
                "bad-setting",
                f"`{text.value}` is no name of a layer",
                text.span,
                help="parts with dots between them, as in the network: `blocks.3.attn1`, or `blocks.3[1]` for the second "
                "tensor that the layer gives",
            )
            return None
        if first is not text:
            bag.error(
                "duplicate-name",
                f"`{text.value}` is named twice",
                text.span,
                labels=(Label(first.span, "first here"),),
                help="a list has one tensor for each layer: keep one of the two",
            )
            return None
    return tuple(t.value for t in texts), tuple(t.span for t in texts)
