"""The family that a role names: found, built for the program's sizes, its parameters filled in."""

from __future__ import annotations

from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Span
from ...modules.imports import Definition
from ...modules.names.lookup import meaning, words_of
from ...modules.names.missing_imports import advice, excused
from ...syntax import ast
from ...syntax.visitor import names_read
from ...types.dims import Dim
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.lexical_scope import LexicalScope
from ..core.role_binding import RoleBinding
from ..core.suggestions import report_unknown
from ..core.term import Term
from ..elaborator import new_session
from ..families.hidden_states import read_by_stages
from ..families.processes import process
from ..families.processes.shift import at_sizes
from .program_state import ProgramState
from .sources.laid_over import WEIGHTS, laid_over, read_overlays
from .sources.weight_sources import read_source


def family_of(state: ProgramState, d: ast.RoleDecl) -> FamilyModel | None:
    if not isinstance(d.source, ast.Call):
        state.bag.error(
            "type-mismatch",
            "a role's source is a family called with its weights",
            d.source.span,
            help='for example `wan.t2v_1_3b("checkpoints/wan")`',
        )
        return None
    found = _find_family(state, d.source.func)
    read_source(state, d)
    if found is None:
        return None
    definition, variant = found
    assert isinstance(definition.declaration, ast.FamilyDecl)
    layers = read_by_stages([m for m in definition.declaration.members if isinstance(m, ast.StageDecl)])
    given = {a.name: a.value for a in d.source.args if a.name in layers}
    key = (definition.key, variant, tuple((n, e.span.text) for n, e in given.items()))
    if key not in state.models:
        state.models[key] = state.library.build(
            definition, variant, state.sizes, state.bag, where=d.source.span, given=given
        )
        model = state.models[key]
        own = state.members(ast.ProcessDecl)
        if model is not None and own:
            sizes = {n: v for n, (v, _) in state.sizes.items()}
            chosen = tuple(e.name for e in own[0].entries)
            built = process.build(own[0], state.bag, chosen=chosen)
            if built is not None:
                wide = {**{n: Dim.of(v) for n, v in sizes.items()}, **model.sizes}
                built = at_sizes(built, wide, model.space, state.bag)
            state.sizes_read |= names_read([e.value for e in own[0].entries]) & sizes.keys()
            state.models[key] = replace(model, process=built) if built is not None else model
    model = state.models[key]
    for member in definition.declaration.members:
        if isinstance(member, ast.SizesDecl):
            state.sizes_read |= {e.name for e in member.entries}
    return model


def _find_family(state: ProgramState, e: ast.Expr) -> tuple[Definition, str | None] | None:
    """The family, and the variant's name, that a role's source calls."""
    meant = meaning(state.module.names, words_of(e))
    if not meant.path:
        state.bag.error("type-mismatch", "this is not a family", e.span)
        return None
    if meant.family is not None:
        return meant.family
    if excused(state.module, meant.path):
        return None
    found = meant.definition
    if found is None:
        told = advice(state.module, meant.path, ast.FamilyDecl, e.span)
        first, known = meant.path[0], meant.path[0] in state.module.names
        place = e.span if known else Span(e.span.source, e.span.start, e.span.start + len(first))
        state.bag.error(
            "unknown-name",
            f"no family is called `{place.text}`",
            place,
            help=told.help,
            fixes=told.fixes,
        )
        return None
    if isinstance(found.declaration, ast.FamilyDecl):
        state.bag.error("unknown-name", f"`{e.span.text}` is not a family's variant", e.span)
    else:
        state.bag.error("type-mismatch", f"`{e.span.text}` is not a family", e.span)
    return None


def family_parameters(
    state: ProgramState, d: ast.RoleDecl, model: FamilyModel, role: RoleBinding
) -> dict[str, Term]:
    assert isinstance(d.source, ast.Call)
    session = new_session(state.bag, role, state.session.notes)
    context = Context(LexicalScope(), {}, {}, family=role)
    given = {a.name: a for a in d.source.args if a.name is not None}
    found: dict[str, Term] = {}
    for name, p in model.params.items():
        if name in given:
            found[name] = evaluate(session, given.pop(name).value, context)
        elif p.default is not None:
            found[name] = evaluate(session, p.default, context)
        else:
            state.bag.error(
                "missing-argument",
                f"`{model.name}` needs `{name}`",
                d.source.span,
                labels=(Label(p.name.span, "has no default"),),
            )
    read_overlays(state, d, model)
    for name, arg in given.items():
        if name in laid_over(model, given):
            continue
        if name in model.components:
            state.bag.error(
                "unknown-parameter",
                f"no file is laid over `{name}`: `{model.name}` loads no tensors of it",
                arg.span,
                help="leave it out; a checkpoint's folder holds its own",
            )
            continue
        report_unknown(
            state.bag,
            "unknown-parameter",
            f"`{model.name}` has no parameter `{name}`",
            arg.span,
            name,
            (*model.params, WEIGHTS),
        )
    return found
