"""Families and methods on their own: an author learns of a mistake without a program."""

from __future__ import annotations

from functools import cache

from ...base.diagnostic_bag import Bag, TooLong
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Source
from ...modules.imports import Definition
from ...program.process import Process
from ...program.values import Value
from ...syntax import ast
from ...syntax.parser import parse
from ...syntax.visitor import names_read
from ...types.quantity import CLEAN
from ...types.types import ANY_SPACE, UNKNOWN, Batch, Latent, Space, Unknown
from ..core.annotations import Annotations
from ..core.context import Context, family_context
from ..core.evaluate import check_body, evaluate
from ..core.family_model import FamilyModel
from ..core.lexical_scope import Binding, LexicalScope
from ..core.matching.quantity_match import spaces_fit
from ..core.matching.type_match import mismatch
from ..core.notes import Notes, Outline
from ..core.role_binding import AnyFamily, RoleBinding
from ..core.session import Session
from ..core.term import Term
from ..elaborator import new_session
from ..expressions.calls.graph_calls import check_uncalled
from ..expressions.calls.guidance import CONDITIONS, same
from ..expressions.unused import lint
from ..families import family
from ..families.hidden_states import shown_layers
from ..families.processes import process
from ..families.python_names import check_binding
from .methods.method_members import check_dead, check_roles_used, merge
from .methods.published_sampler import check_published, published
from .methods.updates import expand_updates


def check_family(definition: Definition, bag: Bag, notes: Notes | None = None) -> None:
    """A family on its own: its contract with symbolic sizes, and each of its graphs."""
    model = family.build(definition, None, None, bag, where=None)
    _check_variants(definition, bag)
    if model is not None and shown_layers(model):
        from .shown_layers import check_of_family  # few families look into their networks

        check_of_family(definition, model, bag)
    if model is None or model.process is None:
        return
    check_binding(model, bag)
    lint(_check_graphs(model, bag, notes))


def _check_graphs(model: FamilyModel, bag: Bag, notes: Notes | None = None) -> Session:
    """Each graph of a family, with what is known of its parameters."""
    definition = model.definition
    role = RoleBinding(model.name, model, definition.declaration.name.span)
    session = new_session(bag, role, notes)
    session.families = {model.name: model.typed()}
    if notes is not None:
        notes.families |= session.families
    start = Context(LexicalScope(), {}, {})
    role.params = {
        name: evaluate(session, p.default, family_context(role, start))
        for name, p in model.params.items()
        if p.default is not None
    }
    batch = Term(Value("batch", (), Batch(None), model.definition.declaration.name.span, {}, (), "batch"))
    given: dict[str, Term] = {}
    before = len(bag.found)
    guided = "guide" in names_read(
        g.body for g in model.graphs.values()
    )  # a model without prompts needs no two
    for graph in sorted(model.graphs.values(), key=lambda g: g.name.id not in CONDITIONS):
        home = family_context(role, start)
        scope = LexicalScope({}, home.scope)
        for p in graph.params:
            scope.names[p.name.id] = Binding(_parameter(session, p, home, model, batch), None, used=True)
        made = check_body(
            session, graph.body, Context(scope, home.graphs, {}, (graph.name.id,), family=role, home=home)
        )
        session.usage.add(scope)
        if made is not None and notes is not None:
            notes.outlines.append(Outline("graph", graph.name.id, (("", made.value),), graph.name.span))
        if made is not None and graph.name.id in CONDITIONS:
            given[graph.name.id] = made
        if made is not None and graph.name.id == "clean":
            _check_clean(model, graph, made, bag)
        if guided and len(given) == len(CONDITIONS) and same(*(t.value for t in given.values())):
            _alike(model, bag)
    if len(given) == len(CONDITIONS):
        _check_conditions(model, given["cond"], given["uncond"], bag, before)
    return session


def _check_variants(definition: Definition, bag: Bag) -> None:
    """What a variant changes must agree with what it keeps: a size with the configs that carry it, and a graph or stage that
    it publishes with the others."""
    told = {d.span for d in bag.found}
    declaration = definition.declaration
    assert isinstance(declaration, ast.FamilyDecl)
    members = {m.name.id for m in declaration.members if isinstance(m, ast.GraphDecl | ast.StageDecl)}
    for v in declaration.members:
        if not isinstance(v, ast.VariantDecl):
            continue
        entries = [e for one in declaration.lineage(v.name.id) for e in one.entries]
        publishes = any(e.path[0] in members for e in entries)
        if not publishes and not any(map(_changes_widths, entries)):
            continue
        apart = Bag()
        model = family.build(definition, v.name.id, None, apart, where=None)
        if publishes and model is not None and model.process is not None and not apart.broken:
            _check_graphs(model, apart)
        for d in apart.found:
            of_graphs = publishes and d.severity == "error"
            if (d.code == "config-mismatch" or of_graphs) and d.span not in told:
                told.add(d.span)
                bag.add(replace(d, facts=(*d.facts, f"of variant `{v.name.id}`")) if of_graphs else d)


def _changes_widths(e: ast.Entry) -> bool:
    return e.path[0] == "sizes" or e.path[1:2] == ("config",)


def _check_conditions(model: FamilyModel, cond: Term, uncond: Term, bag: Bag, before: int) -> None:
    """Guidance asks one network under both; `before` is how much was reported before the graphs were checked."""
    problem = mismatch(cond.type, uncond.type)
    told = problem is not None and any(d.code == problem.code for d in bag.found[before:])
    if problem is not None and not told:
        bag.error(
            problem.code,
            f"`uncond` of `{model.name}` gives another record than `cond`: `cond` {problem.clause}",
            uncond.span,
            str(uncond.type),
            labels=(Label(cond.span, f"`cond` gives {cond.type}"),),
            help="both go into the same network",
        )


def _check_clean(model: FamilyModel, graph: ast.GraphDecl, made: Term, bag: Bag) -> None:
    """`clean` gives the latents that the codec made, in the space of the denoise stage."""
    t = made.type
    if isinstance(t, Unknown | Batch) or not model.denoises:
        return
    if not isinstance(t, Latent):
        code, note = "type-mismatch", str(t)
    elif not spaces_fit(t.space, model.space):
        code, note = "space-mismatch", f"latents of `{t.space}`"
    elif t.quantity != CLEAN:
        code, note = "quantity-mismatch", "not what the codec made"
    else:
        return
    bag.error(
        code,
        f"`clean` of `{model.name}` gives clean latents of `{model.space}`, as the codec made them",
        made.span,
        note,
        labels=(Label(graph.name.span, "what every method trains on"),),
        help="return what an `encode` stage gives",
    )


def _alike(model: FamilyModel, bag: Bag) -> None:
    cond, uncond = (model.graphs[name] for name in CONDITIONS)
    bag.error(
        "missing-condition",
        f"`{uncond.name.id}` of `{model.name}` gives the same record as `{cond.name.id}`",
        uncond.name.span,
        "unconditional in name only",
        labels=(Label(cond.name.span, "the same record"),),
        help='guidance with it changes nothing, and costs a call: encode an empty or negative text, `encode_text("")`',
        mild=True,
    )


def _parameter(session: Session, p: ast.Param, home: Context, model: FamilyModel, batch: Term) -> Term:
    """A parameter of a graph that nobody calls: its default, else a value of its type, else the batch."""
    if p.default is not None:
        return evaluate(session, p.default, home)
    if p.type is None:
        return batch
    annotations = Annotations(model.sizes, model.facts, model.spaces, model.records, Bag())
    declared = annotations.resolve(p.type)
    type_ = declared.type if declared is not None else UNKNOWN
    return Term(Value("batch", (), type_, p.name.span, {}, (), p.name.id))


_PROCESSES = (
    ("flow", "(1 - s)*x0 + s*eps", "eps - x0"),
    ("flow", "(1 - s)*x0 + s*eps", "x0 - eps"),
    ("flow", "(1 - s)*x0 + s*eps", "x0"),
    ("vp", "a*x0 + s*eps", "eps"),
    ("vp", "a*x0 + s*eps", "a*eps - s*x0"),
    ("vp", "a*x0 + s*eps", "x0"),
    ("trig", "cos(u)*x0 + sin(u)*eps", "cos(u)*eps - sin(u)*x0"),
    ("edm", "x0 + s*eps", "x0"),
    ("edm", "x0 + s*eps", "eps"),
)


TRIAL = 5
"""What it takes to try a method with one process, beside what is in it, in expressions."""


def check_method(definition: Definition, bag: Bag, notes: Notes | None = None) -> None:
    """Checks a method that no program uses here: it is refused if it is wrong for every process that is known."""
    d = definition.declaration
    assert isinstance(d, ast.MethodDecl)
    members = merge(definition, bag)
    if members.broken:
        return
    check_dead(members, bag)
    best: Bag | None = None
    best_notes: Notes | None = None
    heirs = _has_heirs(definition)
    for model in standard_processes():
        bag.meter.spend(d.name.span, TRIAL)
        trial = Bag(bag.meter)
        found_out = Notes() if notes is not None else None
        roles = {
            r.id: RoleBinding(r.id, AnyFamily(model, space=Space(ANY_SPACE, r.id)), r.span)
            for r in members.roles
        }
        first = next(iter(roles.values()), None)
        session = new_session(trial, first, found_out)
        session.complete = False
        session.own = d.span.source
        try:
            done = expand_updates(session, members, roles, Batch(None), {})
            sampler = published(session, members, roles, done.context)
            if sampler is not None:
                check_published(session, sampler)
            if not heirs:
                check_uncalled(session, own_graphs(d), done.context)
        except TooLong:
            bag.found.extend(trial.found)
            raise
        if not trial.broken:
            check_roles_used(members, roles, trial)
        lint(session)
        if best is None or len(trial.found) < len(best.found):
            best, best_notes = trial, found_out
        if not trial.found:
            break
    if best is not None:
        for found in best.found:
            bag.add(found)
        if notes is not None and best_notes is not None:
            notes.take(best_notes)


def own_graphs(d: ast.MethodDecl) -> list[ast.GraphDecl]:
    return [m for m in d.members if isinstance(m, ast.GraphDecl)]


def _has_heirs(definition: Definition) -> bool:
    """Whether another method of the file comes from this one, and so may call its graphs."""
    source, declared = definition.module.source, definition.module.file.declarations
    if "parents" not in source.kept:
        parents = (d.parent for d in declared if isinstance(d, ast.MethodDecl))
        source.kept["parents"] = {p.id for p in parents if isinstance(p, ast.Name)}
    return definition.name in source.kept["parents"]


@cache
def standard_processes() -> tuple[Process, ...]:
    found = []
    for name, noisy, predict in _PROCESSES:
        text = f"process {name} {{ noisy = {noisy}, predict = {predict}, ticks = 1000*s }}"
        if name == "trig":
            text = text.replace("1000*s", "1000*u")
        file, _ = parse(Source(f"<{name}>", text))
        declaration = file.declarations[0]
        assert isinstance(declaration, ast.ProcessDecl)
        model = process.build(declaration, Bag())
        assert model is not None
        found.append(replace(model, top=None))  # a program's family may end below level 1
    return tuple(found)
