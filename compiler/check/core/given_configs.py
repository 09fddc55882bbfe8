"""Facts of a head's config that follow from what it is given: `config = { width = d, layers = len(h) }`.

A head judges hidden tensors of any network, whose width is that network's. The family says which fact of its component is
which dim that its `head` stages leave open, or how long a list is; a program's calls tell the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Span
from ...program.family import Component, Family, Given
from ...types.dims import Dim
from ...types.types import ListOf, Type
from .family_model import FamilyModel, StageModel

Numbers = dict[tuple[str, str, str], tuple[int, Span]]
"""What is known of a program's roles: by role, component and fact, with the call that tells it."""


def given_facts(components: Mapping[str, Component]) -> Iterator[tuple[Component, str, Given]]:
    """The facts of components that calls tell, with the component and their names."""
    for c in components.values():
        yield from ((c, key, value) for key, value in c.config.items() if isinstance(value, Given))


def check_given(stages: Iterable[StageModel], components: Mapping[str, Component], bag: Bag) -> None:
    """Each is an open dim of every head stage that calls the component, or the length of a list that it takes."""
    known = [s for s in stages if s.body is not None]
    for c, key, value in given_facts(components):
        calling = [s for s in known if c.name in s.typed().components]
        offered = [_offered(s) for s in calling]
        if not any(s.declaration.kind.id == "head" for s in calling) or not any(offered):
            bag.error(
                "bad-setting",
                "`config` holds numbers, strings in quotes, true, false, none, lists and maps",
                value.span,
            )
            continue
        if not all(value.text in o for o in offered):
            listed = " and ".join(f"`{n}`" for n in dict.fromkeys(n for o in offered for n in o))
            bag.error(
                "bad-setting",
                f"`{key}` of `{c.name}` is `{value.text}`, which no `head` stage that calls it is given",
                value.span,
                help=f"it is given {listed}; all else holds numbers, texts in quotes, true, false, none, lists and maps",
            )


def _offered(s: StageModel) -> list[str]:
    lists = [f"len({p.name})" for p in s.params if isinstance(p.declared.type, ListOf)]
    return [*sorted(s.opened), *lists]


def tell(
    known: Numbers,
    role: str,
    model: FamilyModel,
    stage: StageModel,
    opened: Mapping[str, Dim],
    given: Mapping[str, Type],
    place: Span,
    bag: Bag,
) -> None:
    """Keeps what a call of a head tells of its component's config; a call that tells another number than one before is
    reported."""
    called = stage.typed().components
    for c, key, value in given_facts(model.components):
        if c.name not in called:
            continue
        found = _found(value, opened, given)
        if found is None:
            bag.error(
                "dim-mismatch",
                f"`{key}` of `{role}` is `{value.text}`, which this call does not tell",
                place,
                labels=(Label(value.span, "asked for here"),),
                help="its width and the number of layers have to be numbers where the role is built",
            )
            continue
        before, where = known.setdefault((role, c.name, key), (found, place))
        if before != found:
            bag.error(
                "dim-mismatch",
                f"`{key}` of `{role}` is {found} by this call, and {before} by another",
                place,
                labels=(Label(where, f"{before}"),),
                help="one head judges tensors of one width, and as many of them each time: declare a role for each",
            )


def _found(value: Given, opened: Mapping[str, Dim], given: Mapping[str, Type]) -> int | None:
    if value.text in opened:
        return opened[value.text].constant
    for name, type in given.items():
        if value.text == f"len({name})" and isinstance(type, ListOf) and type.length is not None:
            return type.length.constant
    return None


def told(family: Family, role: str, known: Numbers) -> Family:
    """The family with the numbers that a program's calls of the role tell."""
    components = {
        n: replace(c, config={k: known.get((role, n, k), (v, None))[0] for k, v in c.config.items()})
        for n, c in family.components.items()
    }
    return replace(family, components=components)


def check_told(known: Numbers, role: str, model: FamilyModel, place: Span, bag: Bag) -> None:
    """Whether some call tells every such fact of a role."""
    for c, key, value in given_facts(model.components):
        if (role, c.name, key) not in known:
            bag.error(
                "dead-setting",
                f"no call tells `{key}` of `{role}`, so that `{c.name}` cannot be built",
                place,
                labels=(Label(value.span, f"`{value.text}` of what a head is given"),),
                help=f"ask `{role}` for a head of its family, or leave the role out",
            )
            return
