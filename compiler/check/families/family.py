"""A family with variant, sizes and imports filled in, as programs and its own graphs are checked against it."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Span
from ...modules.imports import Definition
from ...program.family import Component, Sizes
from ...program.process import Process
from ...syntax import ast
from ...syntax.visitor import names_read
from ...types.dims import Facts
from ...types.types import Space, TimeType
from ..core.annotations import Annotations
from ..core.family_model import NO_LATENTS, FamilyModel, OtherSizes, StageModel, Tokens
from ..core.given_configs import check_given
from .config_facts import check_configs
from .declarations import FamilyDeclarations, declarations_of
from .hidden_states import shows_layers, with_layers
from .latent_spaces import sizes
from .latent_spaces.spaces import spaces_of
from .latent_spaces.tokens import tokens_of
from .processes.process import levels, process_of
from .processes.shift import at_sizes
from .records import records_of
from .requirements import (
    check_complete,
    check_graphs,
    check_no_ticks,
    check_params,
    check_stage_names,
    consists_of_heads,
)
from .stages import stage
from .tensors.repacking import called
from .unused_declarations import check_unread
from .variants import VariantChanges, with_variant


def build(
    definition: Definition,
    variant: str | None,
    chosen: sizes.Chosen | None,
    bag: Bag,
    *,
    where: Span | None,
    changed: Sizes = (),
    given: Mapping[str, ast.Expr] | None = None,
) -> FamilyModel | None:
    """Check a family, in a program that chose these sizes or, with None, on its own; with `changed` in place of some of
    them, and `given` in place of the parameters that name layers.

    `where` is the place that uses the family. None if so much is wrong (its sizes, its process, its denoise
    stage, the variant's name) that nothing can be checked against it.
    """
    declaration = definition.declaration
    place = where or declaration.name.span
    length = declaration.span.end - declaration.span.start
    bag.meter.spend(place, length // 20)  # a program may build many variants of a long one
    declared = declarations_of(definition, bag)
    now, has_variant = with_variant(
        declared, variant, place, bag, alone=where is None and variant is not None
    )
    for name, value in (given or {}).items():
        if name in now.params:
            now.params[name] = replace(now.params[name], default=value)
    declared = declared.publishing(now.published)
    names, facts, sizes_fit = sizes.resolve(declared.family, now.sizes, chosen, bag)
    names = {**names, **dict(changed)}
    spaces, codings = spaces_of(declared, names, facts, now.components, bag, changed)
    records = records_of(declared, Annotations(names, facts, spaces, {}, bag))
    annotations = Annotations(names, facts, spaces, records, bag)
    codecs = {
        s.key: c.codec for name, c in codings.items() if c.codec and (s := spaces.get(name)) is not None
    }
    stages = {
        d.name.id: stage(d, annotations, now.components, codecs, bag) for d in declared.of(ast.StageDecl)
    }
    stages = {
        n: with_layers(s, stages, now.components, now.params, bag)
        if shows_layers(s.declaration, now.components)
        else s
        for n, s in stages.items()
    }
    check_given(stages.values(), now.components, bag)
    kinds = {s.declaration.kind.id for s in stages.values()}
    heads = consists_of_heads(kinds)
    check_configs(stages.values(), now.components, variant, declared, bag)
    process = process_of(declared, now.components, now.process, bag)
    if process is None and heads and next(declared.of(ast.ProcessDecl), None) is None:
        process = levels(declared.family.name.span)
        check_no_ticks(stages.values(), bag)
    check_graphs(declared, bag)
    check_stage_names(declared, bag)
    check_params(declared, now.params, annotations, bag)
    check_complete(declared, kinds, bag)
    stated = next(declared.of(ast.ProcessDecl), None) if process is not None else None
    check_unread(stages, declared.of(ast.RecordDecl), stated, bag)
    denoise = next((s for s in stages.values() if s.declaration.kind.id == "denoise"), None)
    if denoise is not None and process is not None:
        _check_way(denoise, process, bag)
    space = _latents_of(denoise) if not heads else NO_LATENTS
    if process is not None:
        process = at_sizes(process, {n: d for n, d in names.items() if d is not None}, space, bag)
    if not has_variant or not sizes_fit or process is None or space is None:
        return None
    return FamilyModel(
        definition=definition,
        name=declared.name,
        variant=variant,
        sizes={n: d for n, d in names.items() if d is not None},
        facts=facts,
        components=_with_stand_ins(declared, now.components),
        spaces={n: s for n, s in spaces.items() if s is not None},
        codings=codings,
        records={n: r for n, r in records.items() if r is not None},
        process=process,
        stages=stages,
        graphs={d.name.id: d for d in declared.of(ast.GraphDecl)},
        params=now.params,
        denoise=denoise.declaration.name.id if denoise is not None else "",
        space=space,
        tokens=_tokens(denoise.declaration, now, space, facts, bag) if denoise is not None else Tokens(),
        has_binding=any(isinstance(s.declaration.by, ast.ByPython) for s in stages.values())
        or any(c.cls.startswith("python.") or c.chains for c in now.components.values()),
        resized=OtherSizes(
            lambda changed: build(
                definition, variant, chosen, Bag(), where=where, changed=changed, given=given
            )
        ),
    )


def _check_way(denoise: StageModel, process: Process, bag: Bag) -> None:
    """A prediction from one time to another is the mean velocity on the way, so that the process predicts velocities."""
    if not any(denoise.result.way) or process.way_sign is not None:
        return
    stated = process.settings.get("predict")
    bag.error(
        "process-mismatch",
        "what a network says from one time to another is a mean velocity, and this process predicts something else",
        stated.span if stated is not None else process.place,
        labels=(Label(denoise.declaration.result.span, "from one time to another"),),
        help="a flow whose `predict` is `eps - x0` has one",
    )


def _latents_of(denoise: StageModel | None) -> Space | None:
    """The space in which a denoise stage works; None if it takes no latents or no time."""
    if denoise is None or not any(isinstance(p.declared.type, TimeType) for p in denoise.params):
        return None
    return denoise.params[0].declared.space


def _tokens(denoise: ast.StageDecl, now: VariantChanges, space: Space, facts: Facts, bag: Bag) -> Tokens:
    called = names_read([denoise.by]) if isinstance(denoise.by, ast.ByComponent) else set()
    networks = [c for n, c in now.components.items() if c.trainable and (n in called or not called)]
    if not networks:
        return Tokens()
    return tokens_of(networks[0], now.tokens.get(networks[0].name), space, facts, bag)


def _with_stand_ins(declared: FamilyDeclarations, known: Mapping[str, Component]) -> dict[str, Component]:
    """A component that a stage names and nobody declares stands in, so that the rest can be checked."""
    calls = [
        d.by
        for d in declared.of(ast.StageDecl)
        if isinstance(d.by, ast.ByComponent) and not shows_layers(d, known)
    ]
    named = [called(by, known)[0] for by in calls]
    missing = {n.id: n for n in named if n.id not in known and n.id != "select"}
    stand_ins = {
        name: Component(name, "", True, None, False, name, None, {}, n.span) for name, n in missing.items()
    }
    return {**stand_ins, **known}
