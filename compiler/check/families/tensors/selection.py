"""`select(c.given, x, y)` in what a component is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .....stages.table import OPS
from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.frozen import replace, struct
from ....base.source import Span
from ....program.family import Component
from ....program.ops import NAME, NAMES
from ....program.values import Value
from ....syntax import ast
from ....types.dims import Dim, Facts
from ....types.types import UNKNOWN, Latent, Scalar, Tensor, Type, Unknown
from ...core.matching.quantity_match import spaces_fit


@struct
class Selection:
    """`value` makes the value of an expression, `calls` says whether that is the call of a component."""

    value: Callable[[ast.Expr], Value]
    calls: Callable[[ast.Expr], bool]
    components: Mapping[str, Component]
    facts: Facts
    bag: Bag

    def of(self, e: ast.Call) -> Value:
        """`select(c.given, x, y)` between values: the condition is spread over their other axes."""
        stated = self._stated(e.args[0].value) if len(e.args) == 3 else None
        if stated is not None:
            branches = [self.value(a.value) for a in e.args[1:]]
            return branches[0 if stated else 1]
        made = tuple(self.value(a.value) for a in e.args)
        if len(e.args) != 3 or any(a.name is not None for a in e.args):
            return self._wrong(
                "`select` takes a condition and two values", e.span, "`select(t.sigma >= 0.875, a, b)`"
            )
        return self._chosen(e.args, made, e.span)

    def around(
        self, args: tuple[ast.Arg, ...], span: Span, result: Type, call: Callable[[ast.Expr, Type], Value]
    ) -> Value:
        """`by select(c.given, x, net(...))`: what a component says, but for where something else holds whatever it says.
        `call` makes the value of its call, whose result has the type that is given. Of a product of spaces it is so for each
        part that is named, `select(c.given, video = x, net(...))`."""
        if isinstance(result, Latent) and result.space.factors:
            return self._around_parts(args, span, result, call)
        made = [self.value(args[0].value)]
        for a in args[1:]:
            said = self.calls(a.value)
            made.append(call(a.value, result) if said else self.value(a.value))
            if not said and not self._is_result(made[-1].type, result, a.value):
                return Value("unknown", (), UNKNOWN, span)
        chosen = self._chosen(args, made, span)
        return Value(chosen.op, chosen.args, result, span)

    def _around_parts(
        self, args: tuple[ast.Arg, ...], span: Span, result: Latent, call: Callable[[ast.Expr, Type], Value]
    ) -> Value:
        factors = dict(result.space.factors)
        named = {a.name: a for a in args if a.name is not None}
        plain = [a for a in args if a.name is None]
        if len(plain) != 2 or not named or len(named) + 2 < len(args) or not set(named) <= set(factors):
            first = next(iter(factors))
            return self._wrong(
                f"`select` of latents of `{result.space}` says of which part something else holds than what is called",
                span,
                f"`select(c.given, {first} = x.{first}, net(...))`; there are {', '.join(factors)}",
            )
        condition, made = self.value(plain[0].value), call(plain[1].value, result)
        kept = []
        for name, factor in factors.items():
            part = Value("part", (made,), Latent(factor, None), span, dict([NAME(name)]))
            if name in named:
                x = self.value(named[name].value)
                if not self._is_result(x.type, part.type, named[name].value):
                    return Value("unknown", (), UNKNOWN, span)
                chosen = self._chosen((plain[0], named[name], plain[1]), (condition, x, part), span)
                part = Value(chosen.op, chosen.args, part.type, span)
            kept.append(part)
        return Value("product", tuple(kept), result, span, dict([NAMES(tuple(factors))]))

    def _is_result(self, found: Type, result: Type, e: ast.Expr) -> bool:
        """Whether a value is what a stage gives, or a number in each place of it."""
        if isinstance(found, Unknown | Scalar) or isinstance(result, Unknown):
            return True
        spaces = [t.space for t in (found, result) if isinstance(t, Latent)]
        if len(spaces) == 2 and not spaces_fit(*spaces):
            self.bag.error(
                "space-mismatch",
                f"this is a latent of `{spaces[0]}`, and the stage gives one of `{spaces[1]}`",
                e.span,
            )
            return False
        dims = [_dims(t) for t in (found, result)]
        if None in dims or dims[0] != dims[1]:
            shown = " and ".join(map(self._dims_shown, (found, result)))
            message = f"`select` chooses between tensors of one shape, and {shown} are two"
            self.bag.error("dim-mismatch", message, e.span, help="")
            return False
        return True

    def _chosen(self, args: tuple[ast.Arg, ...], made: Sequence[Value], span: Span) -> Value:
        condition, one, other = made
        type_ = one.type if not isinstance(one.type, Scalar) or one.type.axes else other.type
        mask = isinstance(condition.type, Tensor) and condition.type.kind == "mask"
        known = not isinstance(condition.type, Unknown)
        missing = _missing(condition.type, type_)
        if known and not mask and OPS[condition.op].gives != "bool":
            return self._wrong(
                f"`select` chooses by a comparison or a mask, not {condition.type}", args[0].span, ""
            )
        if mask and not _lies_over(condition.type, type_):
            self.bag.error(
                "dim-mismatch",
                "this mask does not lie over what `select` chooses between",
                args[0].span,
                self._dims_shown(condition.type),
                labels=(Label(args[1].span, self._dims_shown(type_)),),
                help="each of its dims is 1 or that of the values; `mask[b]` is one for each sample",
            )
        elif missing is not None:
            self.bag.error(
                "rank-mismatch",
                f"this condition varies over `{missing}`, and what `select` chooses between has no such axis",
                args[0].span,
                str(condition.type),
                labels=(Label(args[1].span, str(one.type)),),
            )
        if mask and isinstance(type_, Scalar):  # a number for each element of the mask
            assert isinstance(condition.type, Tensor)
            type_ = replace(condition.type, kind="f32")
        return Value("select", tuple(made), type_, span)

    def _stated(self, e: ast.Expr) -> bool | None:
        """`net.config.guidance_embeds`, by which a variant's config chooses: what the family states of it."""
        match e:
            case ast.Attr(base=ast.Attr(base=ast.Name(id=name), name="config"), name=key) if (
                name in self.components
            ):
                found = self.components[name].config.get(key)
            case _:
                return None
        if not isinstance(found, bool):
            help = f"`config = {{ {key} = true }}`"
            self._wrong(f"the family does not state whether `{key}` of `{name}` is true", e.span, help)
            return True
        return found

    def _dims_shown(self, t: Type) -> str:
        return f"[{', '.join(map(self.facts.show, _dims(t) or ()))}]"

    def _wrong(self, message: str, span: Span, help: str) -> Value:
        self.bag.error("type-mismatch", message, span, help=help)
        return Value("unknown", (), UNKNOWN, span)


def _missing(condition: Type, chosen: Type) -> str | None:
    """An axis that a condition varies over, and what is chosen by it does not."""
    match chosen:
        case Latent(space=space):
            axes: tuple[str | None, ...] = ("b", *space.axes)
        case Tensor(axes=named):
            axes = ("b", *named)
        case _:
            return None
    varies = condition.axes if isinstance(condition, Scalar) else ()
    return next((a for a in varies if a not in axes), None)


def _lies_over(mask: Type, chosen: Type) -> bool:
    """Whether a mask broadcasts over what is chosen by it."""
    dims = _dims(chosen)
    if dims is None or not isinstance(mask, Tensor):
        return True
    one = Dim.of(1)
    whole = len(mask.dims) in (1, len(dims))
    return whole and all(m in (one, d) for m, d in zip(mask.dims, dims))


def _dims(t: Type) -> tuple[Dim, ...] | None:
    if isinstance(t, Latent):
        return t.space.dims or None
    return t.dims if isinstance(t, Tensor) else None
