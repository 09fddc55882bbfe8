"""A family's stages: do their types suit their kinds?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace, struct
from ...program.family import Component, Declared
from ...program.ops import NAME
from ...program.values import Formula, Value, every_value
from ...syntax import ast
from ...syntax.visitor import names_read, nodes
from ...types.dims import Dim
from ...types.quantity import LATENTS
from ...types.types import PART, UNKNOWN, ListOf, Record, Scalar, Space, Tensor, TimeType, Unknown
from ..core.annotations import MEDIA, Annotations
from ..core.dim_expressions import PREDEFINED
from ..core.family_model import StageModel, StageParam
from ..core.suggestions import did_you_mean
from .component_calls import ComponentCalls
from .hidden_states import shows_layers
from .tensors.repacking import called


@struct
class StageKind:
    """What a kind of stage takes and gives, in the words of `_sort`.

    `first` is what its first parameter may be, `needs` what must be among the others, `once` what may be there
    once only, `never` what may not; `same_space` says that the result is a latent of the first one's space. Dims of
    the parameters of an `open` kind that are no sizes of the family are those of what it is given; dims of what one gives
    that `finds` are those that the run finds.
    """

    first: tuple[str, ...]
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    form: str
    once: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    same_space: bool = False
    open: bool = False
    finds: bool = False


STAGE_KINDS: Mapping[str, StageKind] = {
    "encode": StageKind(
        (),
        (),
        ("clean", "record"),
        "encode(video: pixels[b, 3, F, H, W]) -> clean[S], or encode(prompt: str[b]) -> text",
        never=(*(kind for kind in LATENTS if kind != "clean"), "time"),
    ),
    "noise": StageKind(
        ("clean",),
        ("noise", "time"),
        ("noisy",),
        "noise(x0: clean[S], eps: noise[S], t: time[b]) -> noisy[S]",
        same_space=True,
    ),
    "denoise": StageKind(
        ("noisy",),
        ("time",),
        ("predict",),
        "denoise(x: noisy[S], t: time[b], c: text) -> predict[S]",
        once=("noisy",),
        same_space=True,
    ),
    "feature": StageKind(
        ("noisy",),
        ("time",),
        ("list",),
        "feature(x: noisy[S], t: time[b], c: text) -> [bf16[...]]",
        once=("noisy",),
        finds=True,
    ),
    "head": StageKind(
        ("list", "tensor", "noisy", "clean", "pixels", "wave"),
        (),
        ("figure", "tensor", "list"),
        "head(h: [f32[b, n, d]], t: time[b], c: text) -> float[b]",
        open=True,
    ),
    "refine": StageKind(
        ("clean",), (), ("noisy", "clean"), "refine(x0: clean[S], eps: noise[large]) -> noisy[large] at 0.909"
    ),
    "decode": StageKind(("clean",), (), ("pixels",), "decode(x0: clean[S]) -> pixels[b, 3, F, H, W]"),
    "audio_decode": StageKind(("clean",), (), ("wave",), "audio_decode(x0: clean[S]) -> wave[b, 2, N]"),
}
WORDS = {
    "clean": "clean latents",
    "noise": "noise",
    "noisy": "noisy latents",
    "predict": "a prediction (`predict[S]`)",
    "time": "a time",
    "record": "a record",
    "list": "a list of tensors",
    "tensor": "a tensor",
    "pixels": "pixels",
    "wave": "a wave",
    "figure": "a number for each sample",
}
VERDICTS: Mapping[tuple[str, str | None], str] = {
    ("logit", "real"): "real",
    ("logit", "fake"): "fake",
    ("score", None): "good",
}
"""What a head may say that a high value of it means, as it is written."""


BROKEN = Declared("value", UNKNOWN)
"""Stands for a type that is wrong or not known; what meets it reports nothing more."""


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
        case Scalar(kind="float", axes=("b",)):
            return "figure"
        case Scalar():
            return "scalar"
        case _:
            return "value"


def stage(
    d: ast.StageDecl,
    annotations: Annotations,
    components: Mapping[str, Component],
    codecs: Mapping[str, str],
    bag: Bag,
) -> StageModel:
    """Checks a stage, but for a body that looks into another one. Parts with errors are `UNKNOWN` in the model.
    `codecs` are components by the keys of spaces."""
    rule = STAGE_KINDS.get(d.kind.id)
    taken = [p.type for p in d.params if p.type is not None]
    opened = _open_dims(taken, annotations.names) if rule is not None and rule.open else frozenset()
    if opened:
        annotations = replace(annotations, names={**annotations.names, **{n: Dim.of(n) for n in opened}})
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
            if declared is not None and declared.level is not None:
                assert isinstance(p.type, ast.TypeExpr) and p.type.at is not None
                bag.error(
                    "time-shape",
                    f"`{name}` of stage `{d.name.id}` is noisy at the time that the stage is told",
                    p.type.at.span,
                    help="a stage says the level of what it gives: `-> noisy[S] at 0.5`",
                )
        params[name] = StageParam(name, declared or BROKEN, p.default, p.span)
    found = _open_dims([d.result], annotations.names) if rule is not None and rule.finds else frozenset()
    own = replace(annotations, names={**annotations.names, **{n: Dim.of(n) for n in found}})
    result, means = _result(d, own, bag)
    model = StageModel(d, tuple(params.values()), result, means=means, opened=opened)
    if rule is None:
        bag.error(
            "unknown-name",
            f"no kind of stage is called `{d.kind.id}`",
            d.kind.span,
            help=did_you_mean(d.kind.id, STAGE_KINDS, f"there are {', '.join(STAGE_KINDS)}"),
            fixes=respelt(d.kind.id, nearest(d.kind.id, STAGE_KINDS), d.kind.span, closed=True),
        )
    else:
        model = _check_kind(model, rule, bag)
    _check_direction(model, codecs, components, bag)
    _check_axes(model, bag)
    if isinstance(d.by, ast.ByComponent) and not shows_layers(d, components):
        axes = {a for s in annotations.spaces.values() if s is not None for a in s.axes if a is not None}
        given = {
            p.name: Value("param", (), p.declared.type, p.span, dict([NAME(p.name)])) for p in model.params
        }
        calls = ComponentCalls(
            given, result.type, components, codecs, {"c", *axes}, annotations.names, annotations.facts, bag
        )
        made, whole = calls.value_of(d.by)
        model = replace(model, body=Formula(tuple(given.values()), made))
        if whole:
            _check_normalized(model, made, bag)
            _check_read(model, calls.read, d.by, called(d.by, components)[0].id, bag)
            model = replace(model, parts=frozenset(calls.parts))
    return model


def _check_normalized(model: StageModel, made: Value, bag: Bag) -> None:
    """Codecs are handed latents as they make them, and what they make is normalised, by no stage's doing."""
    kind = model.declaration.kind.id
    twice = {"encode": "normalize", "decode": "denormalize", "audio_decode": "denormalize"}.get(kind)
    found = next((v for v in every_value([made]) if v.op == twice), None)
    if found is not None:
        bag.error(
            "quantity-mismatch",
            f"`{twice}` stands in a stage of kind `{kind}`, which does so by itself",
            found.span,
            labels=(Label(model.declaration.kind.span, "once here"),),
            help=f"leave `{twice}(...)` out",
        )


def _check_axes(model: StageModel, bag: Bag) -> None:
    """Times and numbers of a stage vary over axes that its latents have."""
    latents = [p for p in model.params if p.declared.space is not None]
    axes = {a for p in latents if p.declared.space is not None for a in _axes_of(p.declared.space)}
    for p in model.params if latents else ():
        type_ = p.declared.type
        if not isinstance(type_, TimeType | Scalar):
            continue
        missing = next((a for a in type_.axes if a not in axes), None)
        if missing is not None:
            bag.error(
                "time-shape" if isinstance(type_, TimeType) else "rank-mismatch",
                f"`{p.name}` has one for each `{missing}`, and latents of `{latents[0].declared.space}` have no such axis",
                p.span,
                labels=(Label(latents[0].span, "the latents"),),
                help=f"`{p.name}: {'time' if isinstance(type_, TimeType) else type_.kind}[b]` is one for each sample",
            )


def _axes_of(space: Space) -> set[str | None]:
    """The axes of a space, or of any part of a product."""
    own = {"b", PART} if space.factors else {"b"}
    return {*own, *space.axes, *(a for _, part in space.factors for a in _axes_of(part))}


DIRECTIONS: Mapping[str, str] = {"encode": "decode", "decode": "encode", "audio_decode": "encode"}
"""The method of a codec that a stage of this kind does not call."""


def _check_direction(
    model: StageModel, codecs: Mapping[str, str], components: Collection[str], bag: Bag
) -> None:
    """A decode stage that encodes, an encode stage that decodes, and clean latents that another codec makes."""
    d, by = model.declaration, model.declaration.by
    if not isinstance(by, ast.ByComponent):
        return
    name, method = called(by, components)
    if name.id not in components:
        return
    kind, component = d.kind.id, name.id
    if method is not None and DIRECTIONS.get(kind) == method:
        right = "decode" if method == "encode" else "encode"
        bag.error(
            "type-mismatch",
            f"`{d.name.id}` is of kind `{kind}`, and calls `{component}.{method}`",
            by.span,
            labels=(Label(d.kind.span, f"a stage of kind `{kind}`"),),
            help=f"`by {component}.{right}(...)`",
        )
        return
    space = model.result.space if kind == "encode" and model.result.kind == "clean" else None
    codec = codecs.get(space.key) if space is not None else None
    if codec is not None and codec != component and codec in components:
        bag.error(
            "quantity-mismatch",
            f"`clean[{space}]` is what `{codec}` makes, and `{d.name.id}` calls `{component}`",
            name.span,
            labels=(Label(d.result.span, f"the latents of `{codec}`"),),
            help=f"`by {codec}.encode(...)`, or a space of its own: `space NAME = ... from {component}`",
        )


def _open_dims(types: Iterable[ast.AnyType], sizes: Collection[str]) -> frozenset[str]:
    """The dims of a stage's types that are names of its own."""
    dims = [x.value for x in nodes(types) if isinstance(x, ast.DimExpr)]
    return frozenset(names_read(dims) - {*sizes, *PREDEFINED})


def _result(d: ast.StageDecl, annotations: Annotations, bag: Bag) -> tuple[Declared, str]:
    """What a stage gives, and what a high value of it means: "real", "fake", "good", or "" where that is not said."""
    t = d.result
    is_verdict = isinstance(t, ast.TypeExpr) and (t.of is not None or t.name == "logit")
    if not isinstance(t, ast.TypeExpr) or not (is_verdict or (d.kind.id == "head" and t.name == "score")):
        return annotations.resolve(t) or BROKEN, ""
    if d.kind.id != "head":
        bag.error(
            "type-mismatch",
            f"only a `head` stage says what a high value means, not `{d.kind.id}`",
            t.span,
            help="`head(h: [f32[b, n, d]], t: time[b]) -> logit(real)`",
        )
        return BROKEN, ""
    means = VERDICTS.get((t.name, t.of))
    if means is None or t.dims:
        bag.error(
            "type-mismatch",
            f"a head does not say `{t.span.text}`",
            t.span,
            help="`-> logit(real)` where it judges, `-> score` where it rewards, `-> float[b]` where neither",
        )
    return Declared("value", Scalar("float", ("b",), "sample")), means or ""


def _check_kind(model: StageModel, rule: StageKind, bag: Bag) -> StageModel:
    """The same stage, with `UNKNOWN` for what its kind does not allow."""
    d, kind = model.declaration, model.declaration.kind.id
    stage = f"an `{kind}` stage" if kind[0] in "aeiou" else f"a `{kind}` stage"
    sorts = [_sort(p.declared) for p in model.params]
    help = f"`{rule.form}`"
    wrong: set[str] = set()
    if rule.first and (not sorts or sorts[0] not in (*rule.first, "unknown")):
        place = model.params[0].span if sorts else d.name.span
        words = [WORDS.get(sort, sort) for sort in rule.first]
        first = " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
        bag.error("type-mismatch", f"{stage} takes {first} first", place, help=help)
        wrong |= {p.name for p in model.params[:1]}
    elif "unknown" not in sorts:
        for sort in rule.needs:
            if sort not in sorts[1:]:
                bag.error("type-mismatch", f"{stage} needs {WORDS[sort]}", d.name.span, help=help)
    for i, (p, sort) in enumerate(zip(model.params, sorts)):
        if sort in rule.never:
            what = WORDS.get(sort, f"`{sort}` latents")
            bag.error("type-mismatch", f"{stage} takes raw data, not {what}", p.span, help=help)
            wrong.add(p.name)
        elif sort in rule.once and sort in sorts[:i]:
            bag.error("type-mismatch", f"{stage} takes {WORDS[sort]} once", p.span, help=help)
            wrong.add(p.name)
    given, result = _sort(model.result), model.result
    if given not in (*rule.gives, "unknown"):
        wanted = " or ".join(WORDS.get(g, g) for g in rule.gives)
        text = d.result.span.text
        bag.error("type-mismatch", f"{stage} gives {wanted}, not `{text}`", d.result.span, help=help)
        result = BROKEN
    times = [p.name for p, sort in zip(model.params, sorts) if sort == "time"]
    if any(result.way) and (result.way[0] not in times[:1] or result.way[1] not in times[1:]):
        bag.error(
            "type-mismatch",
            f"{stage} predicts from its first time to another one, and this goes from `{result.way[0]}` to `{result.way[1]}`",
            d.result.span,
            help="`denoise(x: noisy[S], t: time[b], r: time[b], c: text) -> predict[S, t to r]`",
        )
        result = BROKEN
    given_space = model.params[0].declared.space if model.params else None
    if (
        rule.same_space
        and given_space is not None
        and result.space is not None
        and given_space.key != result.space.key
    ):
        bag.error(
            "space-mismatch",
            f"{stage} stays in one space: it takes `{given_space}` and gives `{result.space}`",
            d.result.span,
            labels=(Label(model.params[0].span, f"latents of `{given_space}`"),),
        )
    params = tuple(replace(p, declared=BROKEN) if p.name in wrong else p for p in model.params)
    return replace(model, params=params, result=result)


def _check_read(model: StageModel, read: Collection[str], by: ast.ByComponent, name: str, bag: Bag) -> None:
    for p in model.params:
        if p.name not in read:
            bag.error(
                "dead-setting",
                f"`{name}` is called without `{p.name}`, so nothing reads it",
                p.span,
                "never read",
                labels=(Label(by.span, "what the component is given"),),
                help="pass it on, or remove it",
            )
