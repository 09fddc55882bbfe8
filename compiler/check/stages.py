"""A family's stages: do a stage's types suit its kind, and does `by` map them on a component?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .. import syntax as ast
from ..diagnostics import Label
from ..source import Span
from ..types import UNKNOWN, Latent, ListOf, Record, Scalar, Tensor, TimeType, Unknown
from .annotations import LATENTS, MEDIA, Annotations, Declared, did_you_mean
from .terms import Bag


@dataclass(frozen=True)
class StageParam:
    name: str
    declared: Declared
    default: ast.Expr | None
    span: Span


@dataclass(frozen=True)
class StageModel:
    """A stage with its types. A type that could not be told after an error is `UNKNOWN`."""

    declaration: ast.StageDecl
    params: tuple[StageParam, ...]
    result: Declared


@dataclass(frozen=True)
class Rule:
    """What a kind of stage takes and gives, in the words of `_sort`.

    `first` is what its first parameter is, `needs` what must be among them, `once` what is there once only, `never`
    what is not; `same_space` says that the result is a latent of the first parameter's space.
    """

    first: str | None
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    form: str
    once: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    same_space: bool = False


RULES: Mapping[str, Rule] = {
    "encode": Rule(
        None,
        (),
        ("clean", "record"),
        "encode(video: pixels[b, 3, F, H, W]) -> clean[S], or encode(prompt: str[b]) -> text",
        never=("noise", "noisy", "predict", "eps", "velocity", "score", "time"),
    ),
    "noise": Rule(
        "clean",
        ("noise", "time"),
        ("noisy",),
        "noise(x0: clean[S], eps: noise[S], t: time[b]) -> noisy[S]",
        same_space=True,
    ),
    "denoise": Rule(
        "noisy",
        ("time",),
        ("predict",),
        "denoise(x: noisy[S], t: time[b], c: text) -> predict[S]",
        once=("noisy",),
        same_space=True,
    ),
    "feature": Rule(
        "noisy", ("time",), ("list",), "feature(x: noisy[S], t: time[b], c: text) -> [bf16[...]]", once=("noisy",)
    ),
    "refine": Rule("clean", (), ("noisy",), "refine(x0: clean[S]) -> noisy[S]"),
    "decode": Rule("clean", (), ("pixels",), "decode(x0: clean[S]) -> pixels[b, 3, F, H, W]"),
    "audio_decode": Rule("clean", (), ("wave",), "audio_decode(x0: clean[S]) -> wave[b, 2, N]"),
}
WORDS = {
    "clean": "clean latents",
    "noise": "noise",
    "noisy": "noisy latents",
    "predict": "a prediction (`predict[S]`)",
    "time": "a time",
    "record": "a record",
    "list": "a list of tensors",
}


def _sort(d: Declared) -> str:
    """A declared type in one word; "unknown" after an error."""
    if d.kind in LATENTS:
        return d.kind
    match d.type:
        case Unknown():
            return "unknown"
        case TimeType():
            return "time"
        case Record():
            return "record"
        case Tensor(kind=kind):
            return kind if kind in MEDIA else "tensor"
        case ListOf(item=Tensor()):
            return "list"
        case Scalar():
            return "scalar"
        case _:
            return "value"


def stage(
    d: ast.StageDecl, annotations: Annotations, components: Collection[str], bag: Bag
) -> StageModel:
    """Checks a stage. Parts with errors are `UNKNOWN` in the model."""
    params: dict[str, StageParam] = {}
    for p in d.params:
        name = p.name.id
        if name in params:
            bag.error(
                "duplicate-name",
                f"stage `{d.name.id}` has two parameters `{name}`",
                p.name.span,
                labels=(Label(params[name].span, "first here"),),
            )
            continue
        declared = None
        if p.type is None:
            bag.error(
                "missing-argument",
                f"parameter `{name}` of stage `{d.name.id}` has no type",
                p.name.span,
                help=f"for example `{name}: time[b]`",
            )
        else:
            declared = annotations.resolve(p.type)
        params[name] = StageParam(name, declared or Declared("value", UNKNOWN), p.default, p.span)
    result = annotations.resolve(d.result) or Declared("value", UNKNOWN)
    model = StageModel(d, tuple(params.values()), result)
    rule = RULES.get(d.kind.id)
    if rule is None:
        bag.error(
            "unknown-name",
            f"no kind of stage is called `{d.kind.id}`",
            d.kind.span,
            help=did_you_mean(d.kind.id, RULES, f"there are {', '.join(RULES)}"),
        )
    else:
        _check_kind(model, rule, bag)
    if isinstance(d.by, ast.ByComponent):
        axes = {a for s in annotations.spaces.values() if s is not None for a in s.axes if a is not None}
        check = _By({p.name: p.declared for p in model.params}, components, {"c", *axes}, bag)
        if check.by(d.by):
            _check_read(model, check.read, d.by, bag)
    return model


def _check_kind(model: StageModel, rule: Rule, bag: Bag) -> None:
    d, kind = model.declaration, model.declaration.kind.id
    sorts = [_sort(p.declared) for p in model.params]
    help = f"`{rule.form}`"
    if rule.first is not None and (not sorts or sorts[0] not in (rule.first, "unknown")):
        place = model.params[0].span if sorts else d.name.span
        bag.error("type-mismatch", f"a `{kind}` stage takes {WORDS[rule.first]} first", place, help=help)
    elif "unknown" not in sorts:
        for sort in rule.needs:
            if sort not in sorts[1:]:
                bag.error("type-mismatch", f"a `{kind}` stage needs {WORDS[sort]}", d.name.span, help=help)
    for i, (p, sort) in enumerate(zip(model.params, sorts)):
        if sort in rule.never:
            what = WORDS.get(sort, f"`{sort}` latents")
            bag.error("type-mismatch", f"a `{kind}` stage takes raw data, not {what}", p.span, help=help)
        elif sort in rule.once and sort in sorts[:i]:
            bag.error("type-mismatch", f"a `{kind}` stage takes {WORDS[sort]} once", p.span, help=help)
    given = _sort(model.result)
    if given not in (*rule.gives, "unknown"):
        wanted = " or ".join(WORDS.get(g, g) for g in rule.gives)
        text = d.result.span.text
        bag.error("type-mismatch", f"a `{kind}` stage gives {wanted}, not `{text}`", d.result.span, help=help)
    first = model.params[0].declared.space if model.params else None
    here = model.result.space
    if rule.same_space and first is not None and here is not None and first.key != here.key:
        bag.error(
            "space-mismatch",
            f"a `{kind}` stage stays in one space: it takes `{first}` and gives `{here}`",
            d.result.span,
            labels=(Label(model.params[0].span, f"latents of `{first}`"),),
        )


def _check_read(model: StageModel, read: Collection[str], by: ast.ByComponent, bag: Bag) -> None:
    for p in model.params:
        if p.name not in read:
            bag.error(
                "dead-setting",
                f"`{by.component.id}` is called without `{p.name}`, so nothing reads it",
                p.span,
                "never read",
                labels=(Label(by.span, "what the component is given"),),
                help="pass it on, or remove it",
            )


TIME_PARTS = ("ticks", "sigma", "alpha")


@dataclass(eq=False)
class _By:
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
            self._wrong("`select` takes a condition and two calls", by.span, "`select(t.sigma >= 0.875, a(...), b(...))`")
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
                help=did_you_mean(name.id, [*self.components, "python"], f"there are {', '.join(self.components)}"),
            )
        seen: set[str] = set()
        for a in args:
            if a.name is not None and a.name in seen:
                self.bag.error("duplicate-name", f"`{a.name}` is given twice", a.span)
            if a.name is not None:
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
                self._wrong("`select` takes a condition and two values", e.span, "`select(t.sigma >= 0.875, a, b)`")
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
                self.bag.error("unknown-parameter", f"`concat` has no parameter `{a.name}`", a.span, help="it has `axis`")
        if axis is None:
            self.bag.error("missing-argument", "`concat` needs its axis", e.span, help="`concat(x, y, axis = c)`")
        elif not isinstance(axis, ast.Name) or axis.id not in self.axes:
            given = axis.id if isinstance(axis, ast.Name) else ""
            self.bag.error(
                "unknown-name",
                f"no axis is called `{axis.span.text}`",
                axis.span,
                help=did_you_mean(given, self.axes, f"there are {', '.join(sorted(self.axes))}"),
            )
