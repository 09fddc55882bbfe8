"""What every family must have: process, denoise stage, the graphs that methods call, and parameters that are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ....stages.table import ROLE_FUNCTIONS
from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...syntax import ast
from ...syntax.visitor import expressions_in, names_read
from ..core.annotations import Annotations, check_distinct
from ..core.family_model import PUBLISHED, StageModel
from .declarations import FamilyDeclarations
from .hidden_states import read_by_stages
from .stages import STAGE_KINDS


def check_graphs(declared: FamilyDeclarations, bag: Bag) -> None:
    """The parameters of graphs have names of their own, and a published graph takes the batch first."""
    graphs = {d.name.id: d for d in declared.of(ast.GraphDecl)}
    for name, graph in graphs.items():
        check_distinct([p.name for p in graph.params], name, bag)
    for name in PUBLISHED:
        graph = graphs.get(name)
        if graph is not None and (not graph.params or graph.params[0].name.id != "batch"):
            bag.error(
                "missing-argument",
                f"graph `{name}` takes the batch first",
                graph.params[0].span if graph.params else graph.name.span,
                help=f"`graph {name}(batch{', ...' if graph.params else ''})`",
            )


def check_params(
    declared: FamilyDeclarations, params: Mapping[str, ast.Param], annotations: Annotations, bag: Bag
) -> None:
    read = names_read(expressions_in(declared.of(ast.GraphDecl))) | read_by_stages(
        list(declared.of(ast.StageDecl))
    )
    for name, p in params.items():
        if p.type is not None:
            annotations.resolve(p.type)
        if name not in read:
            bag.error(
                "dead-setting",
                f"nothing in `{declared.name}` reads the parameter `{name}`",
                p.name.span,
                "never read",
                help="remove it, or use it where it was meant",
            )


def consists_of_heads(stage_kinds: Collection[str]) -> bool:
    """Whether a family of stages of these kinds judges and does not denoise: it needs no process and no graphs."""
    return "head" in stage_kinds and "denoise" not in stage_kinds


def check_stage_names(declared: FamilyDeclarations, bag: Bag) -> None:
    """A role offers a stage by its name, beside what every role has and stages by their kinds."""
    for d in declared.of(ast.StageDecl):
        name, kind = d.name.id, d.kind.id
        if name in ROLE_FUNCTIONS or name in PUBLISHED:
            what = f"`role.{name}` is what every role offers"
        elif name in STAGE_KINDS and name != kind:
            what = f"`role.{name}` is a stage of kind `{name}`"
        else:
            continue
        bag.error(
            "duplicate-name",
            f"a stage of kind `{kind}` is not called `{name}`: {what}",
            d.name.span,
            help="give it another name",
        )


def check_no_ticks(stages: Iterable[StageModel], bag: Bag) -> None:
    """A family of heads without a process has noise levels, and nothing that says what ticks are."""
    for s in stages:
        read = next((p for p, part in sorted(s.parts or ()) if part == "ticks"), None)
        if read is not None:
            bag.error(
                "missing-argument",
                f"`{s.declaration.name.id}` reads `{read}.ticks`, and its family has no process that says what they are",
                s.declaration.by.span,
                help=f"hand over the noise level, `{read}.sigma`, or declare a process with `ticks`",
            )


def check_complete(declared: FamilyDeclarations, stage_kinds: Collection[str], bag: Bag) -> None:
    """Reports all that is missing at once. `stage_kinds` are the kinds of the family's stages."""
    if consists_of_heads(stage_kinds):
        return
    missing = [
        f"graph `{n}(batch)`" for n in PUBLISHED if not isinstance(declared.members.get(n), ast.GraphDecl)
    ]
    if "denoise" not in stage_kinds and set(stage_kinds) <= STAGE_KINDS.keys():
        missing.append("a stage of kind `denoise`")
    has_own = any(declared.of(ast.ProcessDecl))
    shared = [] if has_own else declared.processes_of_file()
    if not shared and not has_own and not declared.module.broken:
        missing.append("a process")
    labels = []
    if len(shared) > 1:
        missing.append("a process of its own")
        labels = [Label(p.name.span, "not told which of these") for p in shared]
    if missing:
        last = f" and {missing[-1]}" if len(missing) > 1 else missing[-1]
        bag.error(
            "missing-argument",
            f"family `{declared.name}` lacks {', '.join(missing[:-1])}{last}",
            declared.family.name.span,
            labels=labels,
            help="a method relies on all of: process, denoise stage, graphs cond, uncond, clean, sample",
        )
