"""A family's latent spaces with their normalisation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ....base.diagnostic_bag import Bag
from ....base.frozen import field, mutable, replace
from ....base.source import Span
from ....modules.imports import Definition
from ....modules.names.lookup import beside
from ....program.family import Coding, Sizes
from ....syntax import ast
from ....types.dims import Dim, Facts
from ....types.types import Space
from ...core.annotations import BUILT_IN, FLOATS, Annotations
from ...core.dim_expressions import dim_of
from ...core.suggestions import did_you_mean
from ..declarations import FamilyDeclarations, report_at_use
from .codings import coding
from .normalization import check_normalize


def spaces_of(
    declared: FamilyDeclarations,
    names: Mapping[str, Dim | None],
    facts: Facts,
    components: Collection[str],
    bag: Bag,
    sizes: Sizes = (),
) -> tuple[dict[str, Space | None], dict[str, Coding]]:
    """Spaces by name, those from elsewhere too, with their codings: None for broken ones and for those that
    nothing uses. `sizes` are those of `names` that differ from the family's own.
    """
    builder = SpaceBuilder(declared.family, names, facts, components, bag, sizes)
    found: dict[str, Space | None] = {}
    for d in declared.of(ast.SpaceDecl):
        here = Definition(d, declared.module, declared.family)
        found[d.name.id] = builder.build(here, d.name.id, None)
    used = declared.names_written
    for name, definition in declared.elsewhere(ast.SpaceDecl).items():
        found[name] = builder.build(definition, name, used[name]) if name in used else None
    return {**declared.broken_names, **found}, builder.codings


@mutable
class SpaceBuilder:
    """The spaces that one family uses, each built once, with that family's sizes and components.

    `codings` goes by the names as written, those of a product's parts included.
    """

    home: ast.FamilyDecl
    names: Mapping[str, Dim | None]
    facts: Facts
    components: Collection[str]
    bag: Bag
    sizes: Sizes = ()
    codings: dict[str, Coding] = field(default_factory=dict)
    built: dict[str, Space | None] = field(default_factory=dict)
    busy: list[str] = field(default_factory=list)

    def build(self, definition: Definition, written: str, use: Span | None) -> Space | None:
        """`use` is where the family names a space that is declared elsewhere; None for its own."""
        d = definition.declaration
        assert isinstance(d, ast.SpaceDecl)
        key = definition.key
        if key in self.busy:
            self.bag.error("type-mismatch", f"space `{d.name.id}` is made of itself", use or d.name.span)
            return None
        if key not in self.built:
            self.busy.append(key)
            # what does not fit this family is reported where the family uses it, what is wrong with the space
            # itself at its declaration; that of another family is checked with that family
            bag = Bag() if use is not None else self.bag
            if d.of is not None:
                found = self._resized(definition, d, d.of, use)
            else:
                found = self._product(definition, d, use) if d.factors else self._tensor(d, key, bag)
            if d.of is None and (definition.family is None or definition.family is self.home):
                check_normalize(d, self.components, self.bag)
            if use is not None:
                report_at_use(bag.found, use, self.bag)
            self.busy.pop()
            self.built[key] = found
        found = self.built[key]
        self.codings.setdefault(
            written, self.codings.get(d.of.id) or coding(d, found) if d.of else coding(d, found)
        )
        return replace(found, name=written) if found is not None else None

    def _tensor(self, d: ast.SpaceDecl, key: str, bag: Bag) -> Space | None:
        assert d.type is not None
        name = d.name.id
        if d.codec is None:
            bag.error(
                "missing-argument",
                f"space `{name}` does not say which component makes its latents",
                d.name.span,
                help=f"`space {name} = {d.type.span.text} from vae {{ normalize = ... }}`",
            )
        elif d.codec.id not in self.components:
            bag.error(
                "unknown-name",
                f"space `{name}` comes from `{d.codec.id}`, which is no component of `{self.home.name.id}`",
                d.codec.span,
                help=did_you_mean(d.codec.id, self.components, f"declare `component {d.codec.id} = ...`"),
            )
        if d.type.name not in FLOATS:
            known = d.type.name in BUILT_IN
            bag.error(
                "dtype-mismatch" if known else "unknown-name",
                f"latents are stored as {', '.join(FLOATS)}, not as `{d.type.name}`",
                d.type.span,
                help="" if known else did_you_mean(d.type.name, FLOATS),
            )
            return None
        tensor = Annotations(self.names, self.facts, {}, {}, bag).tensor(d.type)
        if tensor is None:
            return None
        if not tensor.dims or tensor.dims[0] != Dim.of("b"):
            bag.error(
                "dim-mismatch",
                f"the first dim of space `{name}` is not the batch",
                d.type.span,
                help=f"`{d.type.name}[b, ...]`",
            )
            return None
        return Space(key, name, d.type.name, tensor.dims, tensor.axes, sizes=self.sizes)

    def _resized(
        self, definition: Definition, d: ast.SpaceDecl, of: ast.Name, use: Span | None
    ) -> Space | None:
        """`video with { H = 2*H }`: the latents of that space, at other sizes."""
        inner = self._named(definition, of, use)
        if inner is None:
            return None
        if self.build(inner, of.id, use) is None:
            return None
        changed: dict[str, Dim] = {}
        for e in d.entries:
            form = "`with { H = 2*H }` names sizes of the family"
            if e.value is None:
                self.bag.error("bad-setting", f"`{e.name}` is given no size", use or e.span, help=form)
                return None
            if e.name not in self.names:
                help = did_you_mean(e.name, self.names, form)
                self.bag.error("unknown-name", f"no size is called `{e.name}`", use or e.span, help=help)
                return None
            size = dim_of(e.value, self.names, self.facts, self.bag)
            if size is None:
                return None
            changed[e.name] = size
        sizes = tuple(sorted(changed.items()))
        other = replace(
            self, names={**self.names, **changed}, sizes=sizes, codings={}, built={}, busy=list(self.busy)
        )
        found = other.build(inner, of.id, use)
        return replace(found, name=d.name.id) if found is not None else None

    def _named(self, definition: Definition, name: ast.Name, use: Span | None) -> Definition | None:
        """The space of this name beside a declaration; reports one that is not there."""
        inner = beside(definition, name.id, ast.SpaceDecl)
        if inner is None and name.id not in definition.module.broken:
            self.bag.error(
                "unknown-name",
                f"no latent space is called `{name.id}`",
                use or name.span,
                help=did_you_mean(name.id, _spaces_beside(definition)),
            )
        return inner

    def _product(self, definition: Definition, d: ast.SpaceDecl, use: Span | None) -> Space | None:
        factors: dict[str, Space] = {}
        whole = True
        for part in d.factors:
            place = use or part.span
            inner = self._named(definition, part, use)
            if inner is None:
                whole = False
                continue
            own = use is None and inner.family is self.home
            space = self.build(inner, part.id, None if own else place)
            if space is None:
                whole = False
            elif space.factors:
                self.bag.error(
                    "type-mismatch", f"`{part.id}` is itself a product: name its parts instead", place
                )
                whole = False
            elif part.id in factors:
                self.bag.error("duplicate-name", f"`{part.id}` stands twice in this product", place)
                whole = False
            else:
                factors[part.id] = space
        made = Space(definition.key, d.name.id, factors=tuple(factors.items()), sizes=self.sizes)
        return made if whole else None


def _spaces_beside(definition: Definition) -> Iterable[str]:
    if definition.family is not None:
        yield from (m.name.id for m in definition.family.members if isinstance(m, ast.SpaceDecl))
    for name, named in definition.module.names.items():
        if isinstance(named, Definition) and isinstance(named.declaration, ast.SpaceDecl):
            yield name
