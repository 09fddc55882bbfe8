"""What a family is made of: components with their settings, latent spaces and conditioning records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from .. import syntax as ast
from ..diagnostics import Diagnostic, Label
from ..dims import Dim, Facts
from ..resolve import Definition
from ..source import Span
from ..typed import Component
from ..types import Record, RecordField, Space, Tensor
from .annotations import BUILT_IN, FLOATS, Annotations, did_you_mean
from .terms import Bag

ROOTS = ("diffusers", "transformers", "python")
PADS = ("zero", "attend", "mask")


class BadValue(Exception):
    """A setting's value is of the wrong kind; the text says what it should be."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span


def plain(e: ast.Expr) -> object:
    """Numbers, strings, booleans, lists and maps as Python has them. Raises `BadValue`."""
    match e:
        case ast.Number(value=value, is_float=is_float):
            try:
                return float(value) if is_float else value
            except OverflowError:
                raise BadValue("is too large a number", e.span) from None
        case ast.String(value=text):
            return text
        case ast.Bool(value=flag):
            return flag
        case ast.Unary(op="-", operand=ast.Number() as number):
            value = plain(number)
            return -value if isinstance(value, (int, float)) else value
        case ast.ListExpr(items=items):
            return [plain(i) for i in items]
        case ast.MapExpr():
            return _map(e)
        case _:
            raise BadValue("holds numbers, strings, booleans, lists and maps", e.span)


def _map(e: ast.Expr | None) -> dict[str, object]:
    if not isinstance(e, ast.MapExpr):
        raise BadValue("is a map: `{ num_layers = 30 }`")
    found: dict[str, object] = {}
    for entry in e.entries:
        if entry.value is None or len(entry.path) != 1:
            raise BadValue("has entries of the form `name = value`", entry.span)
        if entry.name in found:
            raise BadValue(f"names `{entry.name}` twice", entry.span)
        found[entry.name] = plain(entry.value)
    return found


def _flag(e: ast.Expr | None) -> bool:
    if e is None:
        return True
    if isinstance(e, ast.Bool):
        return e.value
    raise BadValue("is a flag: it stands alone")


def _text(e: ast.Expr | None) -> str:
    if isinstance(e, ast.String):
        return e.value
    raise BadValue("is a text in quotes")


def _dtype(e: ast.Expr | None) -> str:
    if isinstance(e, ast.Name) and e.id in FLOATS:
        return e.id
    raise BadValue(f"is one of {', '.join(FLOATS)}")


SETTINGS: Mapping[str, Callable[[ast.Expr | None], object]] = {
    "trainable": _flag,
    "optional": _flag,
    "dtype": _dtype,
    "subfolder": _text,
    "fallback": _text,
    "config": _map,
}


def component(d: ast.ComponentDecl, bag: Bag) -> Component:
    root, _, rest = d.cls.partition(".")
    if root not in ROOTS or not rest:
        near = did_you_mean(root, ROOTS, "for example `diffusers.AutoencoderKLWan`")
        bag.error(
            "bad-setting",
            f"a component's class comes from {', '.join(f'`{r}.`' for r in ROOTS)}, not from `{d.cls}`",
            d.span,
            help=near,
        )
    name = d.name.id
    found = Component(name, d.cls, False, None, False, name, None, {}, d.name.span)
    seen: dict[str, Span] = {}
    for e in d.entries:
        if e.name in seen:
            bag.error("duplicate-name", f"`{e.name}` is given twice", e.span, labels=(Label(seen[e.name], "here first"),))
            continue
        seen[e.name] = e.span
        found = changed(found, e, e.path, bag)
    return found


def changed(c: Component, e: ast.Entry, path: tuple[str, ...], bag: Bag) -> Component:
    """The component with one setting replaced; `config` is merged over what was there."""
    name, *inner = path
    if name not in SETTINGS or (inner and (name != "config" or len(inner) > 1)):
        shown = ".".join(path)
        bag.error(
            "unknown-setting",
            f"a component has no setting `{shown}`",
            e.span,
            help=did_you_mean(shown, SETTINGS, f"it has {', '.join(SETTINGS)}"),
        )
        return c
    try:
        if inner:
            if e.value is None:
                raise BadValue("has entries of the form `name = value`")
            value: object = {inner[0]: plain(e.value)}
        else:
            value = SETTINGS[name](e.value)
    except BadValue as why:
        bag.error("bad-setting", f"`{name}` {why}", why.span or e.span)
        return c
    if isinstance(value, dict):
        value = {**c.config, **value}
    return replace(c, **{name: value})  # type: ignore[arg-type]


# spaces


@dataclass(eq=False)
class SpaceBuilder:
    """The spaces that one family uses, each built once, with that family's sizes and components.

    `declarations` goes by the names as written, those of a product's parts included.
    """

    home: ast.FamilyDecl
    names: Mapping[str, Dim | None]
    facts: Facts
    components: Collection[str]
    bag: Bag
    declarations: dict[str, ast.SpaceDecl] = field(default_factory=dict)
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
            found = self._product(definition, d, use) if d.factors else self._tensor(d, key, bag)
            if definition.family is None or definition.family is self.home:
                _normalize(d, self.bag)
            if use is not None:
                moved(bag.found, use, self.bag)
            self.busy.pop()
            self.built[key] = found
        self.declarations.setdefault(written, d)
        found = self.built[key]
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
                f"space `{name}` comes from `{d.codec.id}`, and family `{self.home.name.id}` has no such component",
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
        return Space(key, name, d.type.name, tensor.dims, tensor.axes)

    def _product(self, definition: Definition, d: ast.SpaceDecl, use: Span | None) -> Space | None:
        factors: dict[str, Space] = {}
        whole = True
        for part in d.factors:
            place = use or part.span
            inner = _beside(definition, part.id)
            if inner is None:
                self.bag.error(
                    "unknown-name",
                    f"no latent space is called `{part.id}`",
                    place,
                    help=did_you_mean(part.id, _spaces_beside(definition)),
                )
                whole = False
                continue
            own = use is None and inner.family is self.home
            space = self.build(inner, part.id, None if own else place)
            if space is None:
                whole = False
            elif space.factors:
                self.bag.error("type-mismatch", f"`{part.id}` is itself a product: name its parts instead", place)
                whole = False
            elif part.id in factors:
                self.bag.error("duplicate-name", f"`{part.id}` stands twice in this product", place)
                whole = False
            else:
                factors[part.id] = space
        return Space(definition.key, d.name.id, factors=tuple(factors.items())) if whole else None


def _spaces_beside(definition: Definition) -> Iterable[str]:
    if definition.family is not None:
        yield from (m.name.id for m in definition.family.members if isinstance(m, ast.SpaceDecl))
    for name, named in definition.module.names.items():
        if isinstance(named, Definition) and isinstance(named.declaration, ast.SpaceDecl):
            yield name


def _beside(definition: Definition, name: str) -> Definition | None:
    """The space that a declaration means by a name: of the family around it, or of its file."""
    if definition.family is not None:
        for m in definition.family.members:
            if isinstance(m, ast.SpaceDecl) and m.name.id == name:
                return Definition(m, definition.module, definition.family)
    named = definition.module.names.get(name)
    if isinstance(named, Definition) and isinstance(named.declaration, ast.SpaceDecl):
        return named
    return None


def moved(found: Iterable[Diagnostic], use: Span, bag: Bag) -> None:
    """What a declaration from elsewhere lacks here is reported where it is used."""
    for d in found:
        label = Label(d.span, d.note or "because of this")
        bag.add(replace(d, span=use, note="used here", labels=(label, *d.labels), fixes=()))


def _normalize(d: ast.SpaceDecl, bag: Bag) -> None:
    for e in d.entries:
        if e.name != "normalize":
            bag.error(
                "unknown-setting",
                f"a space has no setting `{e.name}`",
                e.span,
                help=did_you_mean(e.name, ("normalize",), "it has `normalize`"),
            )
    if d.factors:
        return
    codec = d.codec.id if d.codec is not None else "vae"
    entry = next((e for e in d.entries if e.name == "normalize"), None)
    if entry is None or entry.value is None:
        bag.error(
            "missing-argument",
            f"space `{d.name.id}` does not say how its latents are normalised",
            d.name.span,
            help=f"for example `normalize = z * {codec}.config.scaling_factor`, or `normalize = z`",
        )
        return
    try:
        degree = _degree(entry.value, codec)
    except BadValue as why:
        bag.error(
            "bad-setting",
            f"`normalize` {why}",
            why.span or entry.span,
            help=f"it is made of z, numbers and the codec's own constants: `{codec}.config.NAME`",
        )
        return
    if degree != 1:
        bag.error(
            "bad-setting",
            "`normalize` must be linear in z, so that it can be undone",
            entry.value.span,
            help=f"for example `normalize = z * {codec}.config.scaling_factor`",
        )


def _degree(e: ast.Expr, codec: str) -> int:
    """The degree in z, 2 standing for all that is not linear. Raises `BadValue`."""
    match e:
        case ast.Number():
            return 0
        case ast.Name(id="z"):
            return 1
        case ast.Attr(base=ast.Name(id=name)) | ast.Attr(base=ast.Attr(base=ast.Name(id=name), name="config")):
            if name == codec:
                return 0
            raise BadValue(f"reads `{name}`, which is not the space's codec", e.span)
        case ast.Unary(op="-", operand=x):
            return _degree(x, codec)
        case ast.Binary(op="+" | "-" | "*" | "/" as op, left=left, right=right):
            a, b = _degree(left, codec), _degree(right, codec)
            if op in "+-":
                return max(a, b)
            if op == "*":
                return min(a + b, 2)
            return a if b == 0 else 2
        case ast.Name(id=name):
            raise BadValue(f"knows no `{name}`", e.span)
        case _:
            raise BadValue("cannot hold this", e.span)


# records


def record(d: ast.RecordDecl, annotations: Annotations, bag: Bag) -> Record | None:
    """A conditioning record; None after an error in any of its fields."""
    fields: dict[str, RecordField] = {}
    broken = False
    if d.name.id in BUILT_IN:
        bag.error("duplicate-name", f"`{d.name.id}` is a type of the language", d.name.span, help="rename the record")
    for f in d.fields:
        name = f.name.id
        pad = _pad(f, bag)
        declared = annotations.resolve(f.type)
        if name in fields:
            bag.error("duplicate-name", f"record `{d.name.id}` has two fields `{name}`", f.name.span)
        elif declared is None:
            broken = True
        elif not isinstance(declared.type, Tensor):
            bag.error(
                "type-mismatch",
                f"a record holds tensors, and `{name}` is {declared.type}",
                f.type.span,
                help=f"for example `{name}: bf16[b, 512, 4096] {{ pad = zero }}`",
            )
            broken = True
        else:
            fields[name] = RecordField(name, declared.type, pad)
    return Record(tuple(fields.values()), d.name.id) if not broken else None


def _pad(f: ast.FieldDecl, bag: Bag) -> str | None:
    pad = None
    for e in f.entries:
        if e.name != "pad":
            bag.error(
                "unknown-setting",
                f"a record's field has no setting `{e.name}`",
                e.span,
                help=did_you_mean(e.name, ("pad",), "it has `pad`"),
            )
        elif isinstance(e.value, ast.Name) and e.value.id in PADS:
            pad = e.value.id
        else:
            given = e.value.id if isinstance(e.value, ast.Name) else ""
            help = did_you_mean(given, PADS)
            bag.error("bad-setting", f"`pad` is one of {', '.join(PADS)}", e.span, help=help)
    return pad
