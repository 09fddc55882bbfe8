"""What a family's tensors are: latent spaces with their normalisation, and conditioning records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Diagnostic, Label
from ...base.frozen import field, mutable, replace
from ...base.source import Span
from ...modules.imports import Definition
from ...modules.names.lookup import beside
from ...program.family import Coding, Ratio
from ...program.values import Formula, Value
from ...syntax import ast
from ...syntax.visitor import nodes
from ...types.dims import Dim, Facts
from ...types.types import UNKNOWN, Latent, Record, RecordField, Scalar, Space, Tensor
from ..core.annotations import BUILT_IN, FLOATS, Annotations, did_you_mean
from .formulas import typed


class NotLinear(Exception):
    """Something in a `normalize` that may not stand there; the text says what."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


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
            found = self._product(definition, d, use) if d.factors else self._tensor(d, key, bag)
            if definition.family is None or definition.family is self.home:
                _normalize(d, self.components, self.bag)
            if use is not None:
                moved(bag.found, use, self.bag)
            self.busy.pop()
            self.built[key] = found
        found = self.built[key]
        self.codings.setdefault(written, coding(d, found))
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
        return Space(key, name, d.type.name, tensor.dims, tensor.axes)

    def _product(self, definition: Definition, d: ast.SpaceDecl, use: Span | None) -> Space | None:
        factors: dict[str, Space] = {}
        whole = True
        for part in d.factors:
            place = use or part.span
            inner = beside(definition, part.id, ast.SpaceDecl)
            if inner is None and part.id in definition.module.broken:
                whole = False
                continue
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
                self.bag.error(
                    "type-mismatch", f"`{part.id}` is itself a product: name its parts instead", place
                )
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


def moved(found: Iterable[Diagnostic], use: Span, bag: Bag) -> None:
    """What a declaration from elsewhere lacks here is reported where it is used."""
    for d in found:
        label = Label(d.span, d.note or "because of this")
        bag.add(replace(d, span=use, note="used here", labels=(label, *d.labels), fixes=()))


def _normalize(d: ast.SpaceDecl, components: Collection[str], bag: Bag) -> None:
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
    if d.codec is None or codec not in components:
        return
    try:
        degree = _degree(entry.value, codec)
    except NotLinear as why:
        bag.error(
            "bad-setting",
            f"`normalize` {why}",
            why.span,
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
    """The degree in z, 2 standing for all that is not linear. Raises `NotLinear`."""
    match e:
        case ast.Number():
            return 0
        case ast.Name(id="z"):
            return 1
        case (
            ast.Attr(base=ast.Name(id=name)) | ast.Attr(base=ast.Attr(base=ast.Name(id=name), name="config"))
        ):
            if name == codec:
                return 0
            raise NotLinear(f"reads `{name}`, which is not the space's codec", e.span)
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
            raise NotLinear(f"knows no `{name}`", e.span)
        case _:
            raise NotLinear("cannot hold this", e.span)


def coding(d: ast.SpaceDecl, space: Space | None) -> Coding:
    """How a space's latents come about. What `_normalize` refuses has the op `unknown` in the formula."""
    codec = d.codec.id if d.codec is not None else ""
    rule = next((e for e in d.entries if e.name == "normalize"), None)
    normalize = None
    if rule is not None and rule.value is not None:
        z = Value("param", (), UNKNOWN if space is None else Latent(space, None), d.name.span, {"name": "z"})
        normalize = Formula((z,), typed(rule.value, {"z": z}, lambda e: _constant(e, codec)))
    dims = d.type.dims if d.type is not None else ()
    ratios = {
        e.axis: Ratio(ratio, e.span)
        for e in dims
        if e.axis is not None and (ratio := _pixels_for_one(e.value)) is not None
    }
    return Coding(codec, normalize, ratios, d.span, d.name.span, rule.span if rule is not None else None)


def _constant(e: ast.Expr, codec: str) -> Value | None:
    """`vae.scaling_factor` and `vae.config.scaling_factor`, constants of the codec."""
    match e:
        case ast.Attr(base=ast.Attr(base=ast.Name(id=name), name="config"), name=key) if name == codec:
            through = True
        case ast.Attr(base=ast.Name(id=name), name=key) if name == codec:
            through = False
        case _:
            return None
    attrs = {"component": codec, "name": key, "through_config": through}
    return Value("constant", (), Scalar("float"), e.span, attrs)


def _pixels_for_one(e: ast.Expr) -> Fraction | None:
    """How many of a size make one latent: 8 for `H/8`, 4 for `(F - 1)/4 + 1`. None for what is no line in one size."""
    names = {n.id for n in nodes([e]) if isinstance(n, ast.Name)}
    line = _line(e) if len(names) == 1 else None
    return 1 / line[0] if line is not None and line[0] > 0 else None


def _line(e: ast.Expr) -> tuple[Fraction, Fraction] | None:
    """Slope and offset in the one size that an expression reads."""
    match e:
        case ast.Number(value=value):
            return Fraction(0), Fraction(value)
        case ast.Name():
            return Fraction(1), Fraction(0)
        case ast.Binary(op=op, left=left, right=right):
            a, b = _line(left), _line(right)
            if a is None or b is None:
                return None
            if op in "+-":
                sign = 1 if op == "+" else -1
                return a[0] + sign * b[0], a[1] + sign * b[1]
            if op == "*" and 0 in (a[0], b[0]):
                return a[0] * b[1] + b[0] * a[1], a[1] * b[1]
            if op == "/" and b[0] == 0 and b[1] != 0:
                return a[0] / b[1], a[1] / b[1]
    return None


# records


def record(d: ast.RecordDecl, annotations: Annotations, bag: Bag) -> Record | None:
    """A conditioning record; None after an error in any of its fields."""
    fields: dict[str, RecordField] = {}
    broken = False
    if d.name.id in BUILT_IN:
        bag.error(
            "duplicate-name",
            f"`{d.name.id}` is a type of the language",
            d.name.span,
            help="rename the record",
        )
    for f in d.fields:
        name = f.name.id
        stated = _stated(f, bag)
        declared = annotations.resolve(f.type)
        if name in fields:
            bag.error("duplicate-name", f"record `{d.name.id}` has two fields `{name}`", f.name.span)
        elif declared is None:
            broken = True
        elif declared.kind == "clean" and declared.space is not None and not declared.space.factors:
            space = declared.space
            fields[name] = RecordField(name, Tensor(space.dtype, space.dims, space.axes), space=space)
        elif not isinstance(declared.type, Tensor):
            bag.error(
                "type-mismatch",
                f"a record holds tensors and clean latents, and `{name}` is {f.type.span.text}",
                f.type.span,
                help=f"for example `{name}: bf16[b, 512, 4096] {{ pad = zero }}`",
            )
            broken = True
        else:
            fields[name] = RecordField(name, declared.type, stated.get("pad"), stated.get("one"))
    _check_masks(d, fields, bag)
    return Record(tuple(fields.values()), d.name.id) if not broken else None


OPTIONS: Mapping[str, tuple[str, ...]] = {
    "pad": ("zero", "attend", "mask"),
    "one": ("attend", "skip", "given", "generated"),
}
"""What a field may state: what stands in rows without a token, and what the ones of a mask mean."""


def _stated(f: ast.FieldDecl, bag: Bag) -> dict[str, str]:
    found: dict[str, str] = {}
    for e in f.entries:
        words = OPTIONS.get(e.name)
        if words is None:
            bag.error(
                "unknown-setting",
                f"a record's field has no setting `{e.name}`",
                e.span,
                help=did_you_mean(e.name, OPTIONS, f"it has {' and '.join(OPTIONS)}"),
            )
        elif not isinstance(e.value, ast.Name) or e.value.id not in words:
            given = e.value.id if isinstance(e.value, ast.Name) else ""
            bag.error(
                "bad-setting",
                f"`{e.name}` is one of {', '.join(words)}",
                e.span,
                help=did_you_mean(given, words),
            )
        elif e.name == "one" and not (isinstance(f.type, ast.TypeExpr) and f.type.name == "mask"):
            bag.error(
                "bad-setting",
                f"`one` says what the ones of a mask mean, and `{f.name.id}` is no mask",
                e.span,
                help=f"`{f.name.id}: mask[...] {{ one = {e.value.id} }}`",
            )
        else:
            found[e.name] = e.value.id
    return found


def _check_masks(d: ast.RecordDecl, fields: Mapping[str, RecordField], bag: Bag) -> None:
    """A mask over tokens is as long as the tokens of a masked field, or as all of them together."""
    tokens = [f for f in fields.values() if f.pad is not None and len(f.type.dims) > 1]
    masked = [f.type.dims[1] for f in tokens if f.pad == "mask"]
    if not masked:
        return
    total = Dim()
    for f in tokens:
        total = total + f.type.dims[1]
    places = {f.name.id: f.span for f in d.fields}
    for f in fields.values():
        if f.type.kind != "mask" or len(f.type.dims) != 2 or f.one in ("given", "generated"):
            continue
        length = f.type.dims[1]
        if length not in masked and length != total:
            long = next(t for t in tokens if t.pad == "mask")
            bag.error(
                "dim-mismatch",
                f"mask `{f.name}` is {length} long, and `{long.name}` has {long.type.dims[1]} tokens",
                places[f.name],
                str(f.type),
                labels=(Label(places[long.name], "what it masks"),),
                help=f"`{f.name}: mask[b, {long.type.dims[1]}]`",
            )
