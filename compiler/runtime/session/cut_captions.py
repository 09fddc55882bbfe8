"""Captions that are longer than what an encoder reads of them: counted before the first step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...program.typed_program import TypedProgram
from ...types.types import Scalar
from ..api.components import Role
from ..base.errors import Report
from ..data.samples import DataSource
from ..data.texts import Written
from .plans.fields_read import FieldUses

_AT_ONCE = 256


def tell_cut_captions(
    program: TypedProgram, uses: FieldUses, roles: Mapping[str, Role], source: DataSource, report: Report
) -> None:
    """A line for each encoder of one text, whatever else it is given, that cuts some: how many, and the worst, by its file.

    How much is cut is asked of the family: `cut_by_FUNCTION(role, prompts)` beside the Python function of a stage gives the
    number of tokens of each prompt that it leaves out. A stage without one is not asked, and a store whose texts are not at
    hand is not read for it.
    """
    if not isinstance(source, Written):
        return
    asked: set[tuple[str, str, str]] = set()
    for field, encodings in uses.encoded.items():
        for e in encodings:
            family = program.roles[e.role].family
            stage = family.stages[e.stage]
            texts = [k for k, i in enumerate(stage.inputs) if _is_text(i.declared.type)]
            count = getattr(roles[e.role].binding, f"cut_by_{stage.python}", None) if stage.python else None
            if count is None or texts != [e.place] or (family.name, e.stage, field) in asked:
                continue
            asked.add((family.name, e.stage, field))
            _tell(field, f"{e.role}.{e.stage}", list(source.texts(field)), roles[e.role], count, report)


def _is_text(type: object) -> bool:
    return isinstance(type, Scalar) and type.kind == "str"


def _tell(
    field: str,
    stage: str,
    texts: Sequence[tuple[str, str]],
    role: Role,
    count: Callable[[Role, list[str]], Sequence[int]],
    report: Report,
) -> None:
    cut: dict[str, int] = {}
    for first in range(0, len(texts), _AT_ONCE):
        some = texts[first : first + _AT_ONCE]
        for (name, _), tokens in zip(some, count(role, [text for _, text in some]), strict=True):
            if tokens > 0:
                cut[name] = max(tokens, cut.get(name, 0))
    if cut:
        worst = max(cut, key=lambda name: cut[name])
        are = "is" if len(cut) == 1 else "are"
        most = f"{cut[worst]} token{'' if cut[worst] == 1 else 's'}"
        report(
            f"{len(cut)} of {len({name for name, _ in texts})} texts for `{field}` {are} longer than `{stage}` reads, "
            f"which cuts the rest: {most} of {worst}" + ("" if len(cut) == 1 else ", fewer of the others")
        )
