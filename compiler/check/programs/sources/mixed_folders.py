"""Several folders as one data set: `mix([folder("a"), folder("b", repeat = 3)])`, each with its own options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....base.frozen import struct
from ....base.source import Span
from ....modules import setting_checks
from ....modules.settings import SOURCES, STORES
from ....syntax import ast
from ....types.types import Scalar, Tensor, Type
from ..blocks.setting_values import argument_values, report_problems
from ..program_state import ProgramState
from .store_paths import check_path

MIXED = "mix"
MIXABLE = ("folder", *STORES)
"""Sources whose items may stand beside those of others."""


@struct
class Named:
    """A folder or store that the data names: its kind, its options as they are checked, and where it and they stand."""

    kind: str
    options: Mapping[str, Any]
    places: Mapping[str, Span]
    whole: Span


def mixed_folders(state: ProgramState, given: ast.Expr) -> tuple[Named, ...] | None:
    """The folders of a mix; None after an error."""
    if not isinstance(given, ast.ListExpr):
        return None  # the table says what must stand there
    found: list[Named] = []
    before = len(state.bag.found)
    for item in given.items:
        kind = item.func.id if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) else ""
        if not isinstance(item, ast.Call) or kind not in MIXABLE:
            what = f"`{kind}`" if kind else f"`{item.span.text}`"
            state.bag.error(
                "bad-setting",
                f"a mix is of folders and stores, and {what} is none",
                item.span,
                help='`folder("path")`, with its options',
            )
            continue
        options, at = argument_values(state, item.args, (next(iter(SOURCES[kind])),), None)
        if "buckets" in options:
            state.bag.error(
                "bad-setting",
                "`buckets` are those of all folders of a mix",
                at["buckets"],
                help="write them behind the list: `mix([...], buckets = ...)`",
            )
        checked = setting_checks.validate(kind, options)
        report_problems(state, checked, at, item.span, f"`{kind}`")
        if checked.values is not None and (kind not in STORES or check_path(checked.values, at, state.bag)):
            found.append(Named(kind, checked.values, at, item.span))
    return tuple(found) if len(state.bag.found) == before else None


def check_folders(
    state: ProgramState, folders: tuple[Named, ...], fields: Mapping[str, Type], mixed: bool
) -> None:
    """Options that change nothing here, and those of several folders that do not go together."""
    kinds = [t.kind for t in fields.values() if isinstance(t, (Scalar, Tensor))]
    for named in folders:
        _heard(state, named, "wave" in kinds)
        _worded(state, named, kinds.count("str"))
        if "repeat" in named.places and not mixed:
            state.bag.error(
                "dead-setting",
                "`repeat` says how often a folder's files come beside those of others, and there is one folder",
                named.places["repeat"],
                help='leave it out, or mix it with another: `mix([folder("a"), folder("b", repeat = 3)])`',
            )
    rates = {named.options["rate"]: named for named in folders if named.options["rate"] is not None}
    if len(rates) > 1:
        *_, (rate, last) = rates.items()
        state.bag.error(
            "bad-setting",
            f"the sound of one data set has one rate, and this is {rate} beside {next(iter(rates))}",
            last.places["rate"],
            help="give every folder the same `rate`: files of other rates are resampled",
        )


def _heard(state: ProgramState, named: Named, heard: bool) -> None:
    if named.options["rate"] is not None and not heard:
        state.bag.error(
            "dead-setting",
            "`rate` says how sound is read, and no field is sound",
            named.places.get("rate", named.whole),
            help="declare a field `sound: wave[b, 2, N]`, or leave `rate` out",
        )


def _worded(state: ProgramState, named: Named, texts: int) -> None:
    """`prompt` and `prefix` are about the one text of a file."""
    for entry in ("prompt", "prefix"):
        if entry not in named.places or texts == 1:
            continue
        if texts == 0:
            state.bag.error(
                "dead-setting",
                f"`{entry}` is about the files' text, and no field is text",
                named.places[entry],
                help=f"declare a field `prompt: str`, or leave `{entry}` out",
            )
        else:
            state.bag.error(
                "bad-setting",
                f"`{entry}` is about the one text of a file, and here a file has {texts}",
                named.places[entry],
                help="write the texts to `metadata.jsonl`, under the fields' names",
            )
