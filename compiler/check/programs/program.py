"""A program: its sizes, roles, data, updates, settings and products, checked in this order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial

from ...base.diagnostic_bag import Bag
from ...base.frozen import replace
from ...base.source import Span
from ...modules.imports import Definition
from ...modules.names.lookup import meaning, words_of
from ...program.typed_program import Produce, TypedProgram
from ...syntax import ast
from ..core.family_model import FamilyModel
from ..core.given_configs import check_told
from ..core.notes import Notes
from ..core.role_binding import first_with_latents
from ..expressions.calls.graph_calls import check_uncalled
from ..expressions.unused import lint
from ..families.hidden_states import shown_layers
from .blocks.data_block import check_data, check_data_use, report_absent_data
from .blocks.optimize_blocks import check_optimizers
from .blocks.own_sizes import at_own_sizes
from .blocks.settings_blocks import check_settings
from .blocks.sizes_block import read_sizes
from .legal_sizes import settle_sizes
from .library import Library
from .methods.batch_parts import check_parts
from .methods.method_use import check_updates
from .methods.update_schedule import check_schedule
from .program_state import ProgramState, program_context, start
from .purpose import check_purpose
from .roles import bind_roles, typed_role
from .sources.absent_files import check_paths
from .sources.media_rates import check_rates
from .unused_roles import check_unused


def check(
    definition: Definition, library: Library, wrong: Collection[str], bag: Bag, notes: Notes | None = None
) -> TypedProgram | None:
    """Checks one program; gives it typed if it has no errors. `wrong` are the keys of methods with errors of their own."""
    state, program = _check(definition, library, wrong, bag, notes, {})
    if program is None:
        return None

    def plain(
        definition: Definition, library: Library, wrong: Collection[str], bag: Bag
    ) -> TypedProgram | None:
        return _check(definition, library, wrong, bag, None, {})[1]

    sized = [at_own_sizes(state, v, definition, library, wrong, plain) for v in program.validations]
    if state.has_errors:
        return None
    program = replace(program, validations=tuple(sized)) if sized else program
    if not state.buckets:
        return program
    from .buckets.bucket_checks import check_buckets  # most programs have data of one size

    return check_buckets(state, program, partial(_check, definition, library, wrong))


def _check(
    definition: Definition,
    library: Library,
    wrong: Collection[str],
    bag: Bag,
    notes: Notes | None,
    given: Mapping[str, tuple[int, Span]],
) -> tuple[ProgramState, TypedProgram | None]:
    """The program with the sizes `given` in place of its own."""
    state = start(definition, library, wrong, bag, notes, given)
    read_sizes(state)
    settle_sizes(state)
    bind_roles(state)
    _open_session(state)
    check_data(state)
    done = check_updates(state)
    validations = check_settings(state, done.updates if done is not None else ())
    check_data_use(state, validations)
    products: tuple[Produce, ...] = ()
    if state.members(ast.ProduceDecl):
        from .blocks.produce_blocks import check_products  # few programs produce anything

        products = check_products(state)
    check_purpose(state)
    if not state.has_errors:
        check_paths(state)
        made = [v for u in done.updates for v in u.outputs] if done is not None else []
        shown = [v.sample for v in validations if v.sample is not None]
        check_rates(state, [*made, *shown, *(v for p in products for _, v in p.fields)])
    check_optimizers(state)
    if done is not None:
        check_schedule(state, done.updates)
        check_parts(state, done.updates)
    report_absent_data(state)
    check_unused(state)
    if done is not None and not state.has_errors:
        for name, role in state.roles.items():
            if isinstance(role.model, FamilyModel):
                check_told(state.session.told, name, role.model, role.span, state.bag)
    if done is not None and any(shown_layers(r.model) for r in state.roles.values()):
        from .shown_layers import check_called  # few programs look into a network

        made = [v for u in done.updates for v in u.outputs]
        check_called(state, [*made, *(v.sample for v in validations if v.sample is not None)])
    if done is not None and not state.broken:
        check_uncalled(state.session, state.members(ast.GraphDecl), program_context(state))
    lint(state.session)
    if state.has_errors or done is None:
        return state, None
    program = TypedProgram(
        name=state.declaration.name.id,
        path=state.module.source.path,
        sizes={n: v for n, (v, _) in state.sizes.items()},
        roles={n: typed_role(state, n, r) for n, r in state.roles.items()},
        data=state.data,
        updates=done.updates,
        shared=done.shared,
        states=done.states,
        validations=validations,
        produce=products,
        settings=state.blocks,
        needs=tuple(dict.fromkeys(state.needs)),
        claims=tuple((s, None) for s in state.session.claims),
        span=state.declaration.name.span,
        waiting=tuple(state.waiting),
    )
    return state, program


def _open_session(state: ProgramState) -> None:
    """The session learns of the roles; times are read in the process of the first one that has latents."""
    state.session.default_role = first_with_latents(state.roles.values())
    state.session.families = {
        n: r.model.typed() for n, r in state.roles.items() if isinstance(r.model, FamilyModel)
    }
    if state.session.notes is not None:
        state.session.notes.families |= state.session.families


def methods_used(definition: Definition) -> Iterator[str]:
    """The keys of the methods that a program uses."""
    assert isinstance(definition.declaration, ast.ProgramDecl)
    for m in definition.declaration.members:
        if isinstance(m, ast.UseDecl):
            method = meaning(definition.module.names, words_of(m.method)).method
            if method is not None:
                yield method.key
