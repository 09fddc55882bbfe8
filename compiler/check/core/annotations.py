"""Type annotations to types: `bf16[b, 512, 4096]`, `clean[wan21]`, `time[b]`, a record's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label
from ...base.frozen import replace, struct
from ...base.source import Span
from ...program.family import Declared
from ...syntax import ast
from ...syntax.visitor import dotted
from ...types.coefficients import Time
from ...types.dims import Answer, Dim, Facts
from ...types.quantity import LATENTS
from ...types.types import PART, Latent, ListOf, Record, Scalar, Space, Tensor, TimeType, Tuple
from .dim_expressions import PREDEFINED, _values, dim_of
from .suggestions import did_you_mean

SCALARS = ("int", "float", "bool", "str")
FLOATS = ("bf16", "f16", "f32")
DTYPES = (*FLOATS, "i64", "mask")
MEDIA = {
    "pixels": ((4, 5), "pixels[b, 3, F, H, W] for video, pixels[b, 3, H, W] for images"),
    "wave": ((3,), "wave[b, 2, N]"),
}
BUILT_IN = (*SCALARS, "time", "guidance", *MEDIA, *DTYPES, *LATENTS)


def check_distinct(names: Sequence[ast.Name], owner: str, bag: Bag) -> None:
    """What a method or a graph takes has names of its own."""
    seen: dict[str, Span] = {}
    for name in names:
        if name.id in seen:
            bag.error(
                "duplicate-name",
                f"`{owner}` takes `{name.id}` twice",
                name.span,
                labels=(Label(seen[name.id], "the first"),),
            )
        seen.setdefault(name.id, name.span)


# dims


# types


@struct
class Annotations:
    """What annotations may name. A size, space or record that is None is broken: what names it stays silent.

    `records` and `spaces` go by the names that annotations write (`text`, `wan.text`).
    """

    names: Mapping[str, Dim | None]
    facts: Facts
    spaces: Mapping[str, Space | None]
    records: Mapping[str, Record | None]
    bag: Bag

    def resolve(self, t: ast.AnyType) -> Declared | None:
        """The declared type; None after an error."""
        match t:
            case ast.ListType(item=item):
                inner = self.resolve(item)
                return Declared("value", ListOf(inner.type)) if inner is not None else None
            case ast.TupleType(items=items):
                parts = [self.resolve(i) for i in items]
                found = tuple(p.type for p in parts if p is not None)
                return Declared("value", Tuple(found)) if len(found) == len(parts) else None
            case ast.TypeExpr(at=None):
                return self._named(t)
            case ast.TypeExpr(at=at):
                named = self._named(t)
                return self._placed(named, at) if named is not None and at is not None else None

    def _placed(self, d: Declared, at: ast.Expr) -> Declared | None:
        """With what stands behind `at`: frames or samples a second, or a noise level."""
        if isinstance(d.type, Tensor) and d.type.kind in MEDIA:
            rate = dim_of(at, self.names, self.facts, self.bag)
            if rate is not None and self.facts.prove_at_least(rate, 1) is Answer.REFUTED:
                self._mismatch(
                    f"a rate is at least 1 a second, and this is {self.facts.show(rate)}", at.span, ""
                )
                return None
            return replace(d, rate=rate) if rate is not None else None
        if d.kind == "noisy":
            if isinstance(at, ast.Number) and 0 <= at.value <= 1:
                return replace(d, level=Fraction(at.value))
            self._mismatch(
                "a noise level is a number from 0, data, to 1, noise",
                at.span,
                "for example `noisy[S] at 0.5`",
            )
            return None
        self._mismatch(
            "`at` says the rate of pixels or sound, or the level of noisy latents, and this is neither",
            at.span,
            "`wave[b, 2, N] at 16000`, `noisy[S] at 0.5`",
        )
        return None

    def tensor(self, t: ast.TypeExpr) -> Tensor | None:
        """Dims and axes between the brackets, whatever the type's word."""
        dims: list[Dim] = []
        axes: list[str | None] = []
        for d in t.dims:
            if d.to is not None:
                self._mismatch(
                    "`to` stands between two times, and this is a dim", d.span, "`predict[S, t to r]`"
                )
                return None
            dim = dim_of(d.value, self.names, self.facts, self.bag)
            axis = d.axis
            if axis is None and isinstance(d.value, ast.Name) and d.value.id in PREDEFINED:
                axis = d.value.id
            if axis is not None and axis in axes:
                self.bag.error("duplicate-name", f"two dims have the axis `{axis}`", d.span)
                continue
            if dim is not None and self.facts.prove_at_least(dim, 1) is Answer.REFUTED:
                self.bag.error(
                    "dim-mismatch",
                    f"`{d.value.span.text}` is {self.facts.show(dim)}: a dim is at least 1",
                    d.span,
                    facts=_values(d.value, self.names),
                )
            elif dim is not None:
                dims.append(dim)
                axes.append(axis)
        return Tensor(t.name, tuple(dims), tuple(axes)) if len(dims) == len(t.dims) else None

    def _named(self, t: ast.TypeExpr) -> Declared | None:
        name = t.name
        if name in SCALARS:
            axes = self._axes(t)
            if axes is None:
                return None
            return Declared("value", Scalar(name, axes, "sample" if axes else "step"))
        if name == "guidance":
            axes = self._axes(t) if t.dims else ("b",)
            return Declared("guidance", Scalar("float", axes, "sample")) if axes is not None else None
        if name == "time":
            axes = self._axes(t)
            return Declared("value", TimeType(Time("symbol", "declared"), axes)) if axes is not None else None
        if name in LATENTS:
            return self._latent(t)
        if name in MEDIA or name in DTYPES:
            return self._tensor(t)
        if name in self.records:
            if t.dims:
                self._mismatch(
                    f"record `{name}` takes no brackets", t.span, f"its fields have them: write `{name}`"
                )
                return None
            record = self.records[name]
            return Declared("value", record) if record is not None else None
        help = f"`{name}` is a space: a latent in it is `clean[{name}]`, `noisy[{name}]`, ..."
        if name not in self.spaces:
            other = next((r for r in self.records if r.rpartition(".")[2] == name.rpartition(".")[2]), "")
            help = did_you_mean(
                name,
                [*BUILT_IN, *self.records],
                f"did you mean `{other}`?" if other else "a type is a record's name or one of the language's",
            )
        self.bag.error("unknown-name", f"no type is called `{name}`", t.span, help=help)
        return None

    def _mismatch(self, message: str, span: Span, help: str) -> None:
        self.bag.error("type-mismatch", message, span, help=help)

    def _axes(self, t: ast.TypeExpr) -> tuple[str, ...] | None:
        """The axes that a scalar or a time varies over: `[b]`, `[b, t]`, or another axis of a space."""
        known = dict.fromkeys(PREDEFINED)
        for space in self.spaces.values():
            if space is not None:
                known.update(dict.fromkeys(a for a in space.axes if a is not None))
                known.update({PART: None} if space.factors else {})
        found: list[str] = []
        for d in t.dims:
            if d.axis is not None or d.to is not None or not isinstance(d.value, ast.Name):
                self._mismatch(
                    f"`{t.name}` varies over axes, and this is not the name of one",
                    d.span,
                    f"`{t.name}[b]` is one for each sample",
                )
                return None
            axis = d.value.id
            if axis not in known:
                self.bag.error(
                    "unknown-name",
                    f"no axis is called `{axis}`",
                    d.span,
                    help=did_you_mean(axis, known, f"there are {', '.join(known)}"),
                )
                return None
            if axis in found or (not found and axis != "b"):
                self._mismatch(
                    f"`{t.name}` names each axis once, the batch `b` first",
                    d.span,
                    f"`{t.name}[b]`, `{t.name}[b, t]`",
                )
                return None
            found.append(axis)
        return tuple(found)

    def _latent(self, t: ast.TypeExpr) -> Declared | None:
        if t.name == "predict" and len(t.dims) == 2 and t.dims[1].to is not None:
            return self._on_the_way(t, t.dims[1])
        if len(t.dims) != 1 or t.dims[0].axis is not None or t.dims[0].to is not None:
            first = next(iter(self.spaces), "S")
            self._mismatch(f"`{t.name}` names one latent space", t.span, f"for example `{t.name}[{first}]`")
            return None
        value = t.dims[0].value
        name = dotted(value)
        if name is None:
            self._mismatch(f"`{t.name}` names a latent space, and this is none", value.span, "")
            return None
        if name not in self.spaces:
            known = ", ".join(self.spaces)
            self.bag.error(
                "unknown-name",
                f"no latent space is called `{name}`",
                value.span,
                help=did_you_mean(
                    name, self.spaces, f"there are {known}" if known else "no space is declared"
                ),
            )
            return None
        space = self.spaces[name]
        return Declared(t.name, Latent(space, LATENTS[t.name]), space) if space is not None else None

    def _on_the_way(self, t: ast.TypeExpr, way: ast.DimExpr) -> Declared | None:
        """`predict[S, t to r]`"""
        ends = [e.id for e in (way.value, way.to) if isinstance(e, ast.Name)]
        if len(ends) != 2 or way.axis is not None:
            self._mismatch(
                "a prediction goes from one time of its stage to another", way.span, "`predict[S, t to r]`"
            )
            return None
        found = self._latent(ast.TypeExpr(t.span, t.name, t.dims[:1]))
        return replace(found, way=(ends[0], ends[1])) if found is not None else None

    def _tensor(self, t: ast.TypeExpr) -> Declared | None:
        if t.name in MEDIA and len(t.dims) not in MEDIA[t.name][0]:
            ranks, form = MEDIA[t.name]
            wanted = " or ".join(map(str, reversed(ranks)))
            self.bag.error(
                "rank-mismatch",
                f"`{t.name}` has {wanted} dims, and these are {len(t.dims)}",
                t.span,
                help=form,
            )
            return None
        if not t.dims:
            self._mismatch(f"`{t.name}` needs its dims", t.span, f"for example `{t.name}[b, 512, 4096]`")
            return None
        tensor = self.tensor(t)
        return Declared("value", tensor) if tensor is not None else None
