"""Places where the first word of the entry says what may follow: `optimize R = `, `update `, `space s = f from `."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from ....grammar import meanings
from ....grammar.codes import CODES
from ...base.diagnostics import LINTS
from ...base.frozen import struct
from ...check.core.annotations import FLOATS
from ...modules import settings
from ...syntax import ast
from .request import Kind, Request

When = Callable[[Request], bool]
Offer = Callable[[Request], None]


@struct
class EntryPlace:
    """A place in an entry that begins with a word. Nothing but what is offered may stand there."""

    first: str
    when: When
    offer: Offer


# where the place is


def _value(r: Request) -> bool:
    """`optimize student = |`"""
    return r.entry[2:] == ["="]


def _name(r: Request) -> bool:
    """`optimize |`"""
    return len(r.entry) == 1


def _after(word: str) -> When:
    return lambda r: r.entry[-1:] == [word]


def _in_call(r: Request) -> bool:
    return not r.c.inner.braces


def _in_source(r: Request) -> bool:
    """`role r = wan(|`"""
    return _in_call(r) and len(r.c.frames) > 2 and r.c.path == ["program"]


def _in_stage_call(r: Request) -> bool:
    """`stage s : denoise(...) -> ... by transformer(|`"""
    return "by" in r.entry and _in_call(r)


# what is offered there


def _locals(*kinds: str) -> Offer:
    return lambda r: r.items.locals(r.reach.of(*kinds))


def _declared(kind: type) -> Offer:
    def offer(r: Request) -> None:
        r.of_kind(kind)
        r.to_import(kind)

    return offer


def _called(names: Iterable[str]) -> Offer:
    """Words with arguments: `adamw(`, `folder(`."""
    return lambda r: r.items.words({n: meanings.CALLED.get(n, "") for n in names}, Kind.Function, "(")


def _trackers(r: Request) -> None:
    r.items.words({t: meanings.CALLED.get(t, "") for t in settings.TRACKERS}, Kind.EnumMember)


def _targets(r: Request) -> None:
    for name, m in meanings.TARGETS.items():
        r.items.add(name, Kind.Function, 1, m.form, m.says, f"{name}(")


def _warnings(r: Request) -> None:
    r.items.words({code: CODES[code].title for code in sorted(LINTS)}, Kind.EnumMember)


def _class_roots(r: Request) -> None:
    r.items.words(meanings.ROOTS, Kind.Module, ".")


def _weights(r: Request) -> None:
    """The source of a role, which stands before its parameters."""
    if r.c.inner.count == 0 and not r.c.inner.entry:
        r.items.add("tiny", Kind.Function, 1, "tiny(seed = 0)", meanings.CALLED["tiny"], "tiny(seed = 0)")
        r.of_kind(ast.ProgramDecl)


def _makers(r: Request) -> None:
    """What a stage may be made by."""
    r.items.locals(r.reach.of("component"))
    r.items.add("python", Kind.Function, 1, "python(function of binding.py)", write="python(")
    r.items.add("select", Kind.Function, 1, meanings.FUNCTIONS["select"].form, write="select(")
    r.items.add("hidden", Kind.Function, 1, meanings.FUNCTIONS["hidden"].form, write="hidden(")


def _stage_parameters(r: Request) -> None:
    """The stage's own parameters, which the values after `by component(` are made of."""
    if len(r.c.inner.entry) < 2:  # the module's own names stand before `=`
        return
    depth = 0
    head = r.c.entry[: r.entry.index("by")]
    for token, following in pairwise(head):
        depth += (token.kind in ("LPAR", "LSQB")) - (token.kind in ("RPAR", "RSQB"))
        if token.kind == "NAME" and depth == 1 and following.kind == "COLON":
            r.items.add(token.text, Kind.Variable, 1)


def _spaces(r: Request) -> None:
    for word in FLOATS:
        r.items.add(word, Kind.TypeParameter, 1, says=meanings.TYPES[word], write=f"{word}[b, ")
    r.items.locals((n for n in r.reach.of("space") if n.name != r.entry[1]), 2)


def _formula_of_space(r: Request) -> None:
    r.items.add("z", Kind.Variable, 1, says=meanings.FORMULAS["z"])
    r.items.locals(r.reach.of("component"))


def _formula_of_process(r: Request) -> None:
    r.items.words({k: says for k, says in meanings.FORMULAS.items() if k != "z"}, Kind.Variable)


ENTRIES = (
    EntryPlace("role", _value, _declared(ast.FamilyDecl)),
    EntryPlace("role", _in_source, _weights),
    EntryPlace("use", _name, _declared(ast.MethodDecl)),
    EntryPlace("use", _in_call, _locals("role")),
    EntryPlace("method", _after("from"), _declared(ast.MethodDecl)),
    EntryPlace("optimize", _name, _locals("role")),
    EntryPlace("optimize", _value, _called(settings.OPTIMIZERS)),
    EntryPlace("update", _name, _locals("role")),
    EntryPlace("update", _after(","), _locals("role")),
    EntryPlace("data", _value, _called(settings.DATA_SOURCES)),
    EntryPlace("track", _name, _trackers),
    EntryPlace("produce", _after("to"), _targets),
    EntryPlace("allow", _in_call, _warnings),
    EntryPlace("component", _value, _class_roots),
    EntryPlace("stage", _after("by"), _makers),
    EntryPlace("stage", _in_stage_call, _stage_parameters),
    EntryPlace("space", _after("from"), _locals("component")),
    EntryPlace("space", _value, _spaces),
    EntryPlace("space", _after("*"), _spaces),
)
"""Places by the first word of their entry; the first that fits counts."""

FORMULAS: Mapping[str, Offer] = {"space": _formula_of_space, "process": _formula_of_process}
"""What the values of a block's entries are made of."""


def by_first_word(r: Request) -> bool:
    """Offers what may stand at such a place; True where nothing else may."""
    if r.entry[-1:] == ["per"]:
        r.items.words(meanings.SCOPES, Kind.EnumMember)
        return True
    for place in ENTRIES:
        if r.entry[:1] == [place.first] and place.when(r):
            place.offer(r)
            return True
    if r.c.path == ["family", "sizes"]:  # what a size is made of is any name: `F = 4*k + 1`
        return True
    block = r.c.path[-1] if r.c.path else ""
    if block in FORMULAS and r.entry:
        FORMULAS[block](r)
        return True
    return False
