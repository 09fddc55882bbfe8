"""What `by component(...)` hands to a module: the stage's parameters, their parts, and a few functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .. import syntax as ast
from ..source import Span
from ..types import Latent, Record, TimeType, Unknown
from .annotations import Declared, did_you_mean
from .terms import Bag

TIME_PARTS = ("ticks", "sigma", "alpha")


@dataclass(eq=False)
class By:
    """Checks what `by` hands to a component; `read` gathers the stage's parameters that it uses."""

    params: Mapping[str, Declared]
    components: Collection[str]
    axes: Collection[str]
    bag: Bag
    read: set[str] = field(default_factory=set)

    def by(self, by: ast.ByComponent) -> bool:
        """False if the mapping is broken, so that what it reads cannot be told."""
        before = len(self.bag.found)
        if by.component.id == "select" and "select" not in self.components:
            self._choice(by)
        else:
            self._component(by.component, by.args)
        return len(self.bag.found) == before

    def _choice(self, by: ast.ByComponent) -> None:
        """`by select(t.sigma >= 0.875, high(...), low(...))`"""
        if len(by.args) != 3 or any(a.name is not None for a in by.args):
            self._wrong(
                "`select` takes a condition and two calls",
                by.span,
                "`select(t.sigma >= 0.875, a(...), b(...))`",
            )
            return
        condition, *branches = by.args
        self.value(condition.value)
        for branch in branches:
            match branch.value:
                case ast.Call(func=ast.Name() as name, args=args):
                    self._component(name, args)
                case ast.Call(func=ast.Attr(base=ast.Name() as name), args=args):
                    self._component(name, args)
                case other:
                    self._wrong("`select` chooses between calls of components", other.span, "")

    def _component(self, name: ast.Name, args: tuple[ast.Arg, ...]) -> None:
        if name.id not in self.components:
            self.bag.error(
                "unknown-name",
                f"no component is called `{name.id}`",
                name.span,
                help=did_you_mean(
                    name.id, [*self.components, "python"], f"there are {', '.join(self.components)}"
                ),
            )
        seen: set[str] = set()
        for a in args:
            if a.name is not None and a.name in seen:
                self.bag.error("duplicate-name", f"`{a.name}` is given twice", a.span)
            if a.name is None:
                self.bag.error(
                    "missing-argument",
                    f"`{name.id}` is given a value without a name",
                    a.span,
                    help="name the module's own argument: `hidden_states = x`",
                )
            else:
                seen.add(a.name)
            self.value(a.value)

    def _wrong(self, message: str, span: Span, help: str) -> None:
        self.bag.error("type-mismatch", message, span, help=help)

    def value(self, e: ast.Expr) -> None:
        match e:
            case ast.Number() | ast.String() | ast.Bool():
                pass
            case ast.Name():
                self._name(e)
            case ast.Attr():
                self._attribute(e)
            case ast.Unary(operand=x):
                self.value(x)
            case ast.Binary(left=left, right=right):
                self.value(left)
                self.value(right)
            case ast.Index(base=base, index=index):
                self.value(base)
                self.value(index)
            case ast.ListExpr(items=items) | ast.TupleExpr(items=items):
                for item in items:
                    self.value(item)
            case ast.MapExpr(entries=entries):
                for entry in entries:
                    if entry.value is None:
                        self._wrong("an entry of a map has a value", entry.span, f"`{entry.name} = ...`")
                    else:
                        self.value(entry.value)
            case ast.Call():
                self._call(e)
            case _:
                self._wrong("this cannot be handed to a component", e.span, "")

    def _find(self, e: ast.Name) -> Declared | None:
        declared = self.params.get(e.id)
        if declared is None:
            known = ", ".join(self.params)
            self.bag.error(
                "unknown-name",
                f"the stage has no parameter `{e.id}`",
                e.span,
                help=did_you_mean(e.id, self.params, f"it has {known}" if known else ""),
            )
            return None
        self.read.add(e.id)
        return declared

    def _name(self, e: ast.Name) -> None:
        declared = self._find(e)
        if declared is None:
            return
        match declared.type:
            case Record(fields=fields):
                named = ", ".join(f"`{e.id}.{f.name}`" for f in fields)
                self._wrong(f"`{e.id}` is a record; a component takes its fields", e.span, f"it has {named}")
            case TimeType():
                self._wrong(
                    f"`{e.id}` is a noise level; say which number the component reads",
                    e.span,
                    f"`{e.id}.ticks`, `{e.id}.sigma` or `{e.id}.alpha`",
                )
            case _:
                pass

    def _attribute(self, e: ast.Attr) -> None:
        if not isinstance(e.base, ast.Name):
            self.value(e.base)
            self._wrong(f"`{e.base.span.text}` has no parts", e.name_span, "")
            return
        declared = self._find(e.base)
        if declared is None:
            return
        match declared.type:
            case Unknown():
                pass
            case Record(fields=fields) as record:
                names = [f.name for f in fields]
                if e.name not in names:
                    self.bag.error(
                        "record-mismatch",
                        f"record `{record}` has no field `{e.name}`",
                        e.name_span,
                        help=did_you_mean(e.name, names, f"it has {', '.join(names)}"),
                    )
            case TimeType():
                self._part(e, TIME_PARTS, "a time")
            case Latent(space=space) if space.factors:
                self._part(e, [n for n, _ in space.factors], f"a latent of `{space}`")
            case other:
                self._wrong(f"`{e.base.id}` is {other} and has no parts", e.name_span, f"`{e.base.id}`")

    def _part(self, e: ast.Attr, known: Collection[str], what: str) -> None:
        if e.name not in known:
            self.bag.error(
                "unknown-name",
                f"{what} has no `{e.name}`",
                e.name_span,
                help=did_you_mean(e.name, known, f"it has {', '.join(known)}"),
            )

    def _call(self, e: ast.Call) -> None:
        name = e.func.id if isinstance(e.func, ast.Name) else ""
        if name == "select":
            if len(e.args) != 3 or any(a.name is not None for a in e.args):
                self._wrong(
                    "`select` takes a condition and two values", e.span, "`select(t.sigma >= 0.875, a, b)`"
                )
            for a in e.args:
                self.value(a.value)
        elif name == "concat":
            self._concat(e)
        elif name in self.components:
            self._wrong(f"`{name}` is a component: `by` calls it", e.span, f"`by {name}(...)`")
        else:
            self.bag.error(
                "unknown-name",
                f"no function is called `{e.func.span.text}` here",
                e.func.span,
                help=did_you_mean(name, ("select", "concat"), "`select` and `concat` may stand here"),
            )

    def _concat(self, e: ast.Call) -> None:
        axis = next((a.value for a in e.args if a.name == "axis"), None)
        for a in e.args:
            if a.name is None:
                self.value(a.value)
            elif a.name != "axis":
                self.bag.error(
                    "unknown-parameter", f"`concat` has no parameter `{a.name}`", a.span, help="it has `axis`"
                )
        if axis is None:
            self.bag.error(
                "missing-argument", "`concat` needs its axis", e.span, help="`concat(x, y, axis = c)`"
            )
        elif not isinstance(axis, ast.Name) or axis.id not in self.axes:
            given = axis.id if isinstance(axis, ast.Name) else ""
            self.bag.error(
                "unknown-name",
                f"no axis is called `{axis.span.text}`",
                axis.span,
                help=did_you_mean(given, self.axes, f"there are {', '.join(sorted(self.axes))}"),
            )
