"""A family's stages: do their types suit their kinds?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace, struct
from ...program.family import Component, Declared
from ...program.ops import NAME
from ...program.values import Formula, Value
from ...syntax import ast
from ...types.quantity import LATENTS
from ...types.types import UNKNOWN, ListOf, Record, Scalar, Tensor, TimeType, Unknown
from ..core.annotations import MEDIA, Annotations
from ..core.family_model import StageModel, StageParam
from ..core.suggestions import did_you_mean
from .component_calls import ComponentCalls


@struct
class StageKind:
    """What a kind of stage takes and gives, in the words of `_sort`.

    `first` is what its first parameter is, `needs` what must be among the others, `once` what may be there
    once only, `never` what may not; `same_space` says that the result is a latent of the first one's space.
    """

    first: str | None
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    form: str
    once: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    same_space: bool = False


STAGE_KINDS: Mapping[str, StageKind] = {
    "encode": StageKind(
        None,
        (),
        ("clean", "record"),
        "encode(video: pixels[b, 3, F, H, W]) -> clean[S], or encode(prompt: str[b]) -> text",
        never=(*(kind for kind in LATENTS if kind != "clean"), "time"),
    ),
    "noise": StageKind(
        "clean",
        ("noise", "time"),
        ("noisy",),
        "noise(x0: clean[S], eps: noise[S], t: time[b]) -> noisy[S]",
        same_space=True,
    ),
    "denoise": StageKind(
        "noisy",
        ("time",),
        ("predict",),
        "denoise(x: noisy[S], t: time[b], c: text) -> predict[S]",
        once=("noisy",),
        same_space=True,
    ),
    "feature": StageKind(
        "noisy",
        ("time",),
        ("list",),
        "feature(x: noisy[S], t: time[b], c: text) -> [bf16[...]]",
        once=("noisy",),
    ),
    "refine": StageKind("clean", (), ("noisy",), "refine(x0: clean[S]) -> noisy[S]"),
    "decode": StageKind("clean", (), ("pixels",), "decode(x0: clean[S]) -> pixels[b, 3, F, H, W]"),
    "audio_decode": StageKind("clean", (), ("wave",), "audio_decode(x0: clean[S]) -> wave[b, 2, N]"),
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
    """Checks a stage. Parts with errors are `UNKNOWN` in the model. `codecs` are components by the keys of spaces."""
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
        params[name] = StageParam(name, declared or BROKEN, p.default, p.span)
    result = annotations.resolve(d.result) or BROKEN
    model = StageModel(d, tuple(params.values()), result)
    rule = STAGE_KINDS.get(d.kind.id)
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
    if isinstance(d.by, ast.ByComponent):
        axes = {a for s in annotations.spaces.values() if s is not None for a in s.axes if a is not None}
        given = {
            p.name: Value("param", (), p.declared.type, p.span, dict([NAME(p.name)])) for p in model.params
        }
        calls = ComponentCalls(given, result.type, components, codecs, {"c", *axes}, bag)
        made, whole = calls.value_of(d.by)
        model = replace(model, body=Formula(tuple(given.values()), made))
        if whole:
            _check_read(model, calls.read, d.by, bag)
            model = replace(model, parts=frozenset(calls.parts))
    return model


def _check_kind(model: StageModel, rule: StageKind, bag: Bag) -> StageModel:
    """The same stage, with `UNKNOWN` for what its kind does not allow."""
    d, kind = model.declaration, model.declaration.kind.id
    stage = f"an `{kind}` stage" if kind[0] in "aeiou" else f"a `{kind}` stage"
    sorts = [_sort(p.declared) for p in model.params]
    help = f"`{rule.form}`"
    wrong: set[str] = set()
    if rule.first is not None and (not sorts or sorts[0] not in (rule.first, "unknown")):
        place = model.params[0].span if sorts else d.name.span
        bag.error("type-mismatch", f"{stage} takes {WORDS[rule.first]} first", place, help=help)
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
    first = model.params[0].declared.space if model.params else None
    if rule.same_space and first is not None and result.space is not None and first.key != result.space.key:
        bag.error(
            "space-mismatch",
            f"{stage} stays in one space: it takes `{first}` and gives `{result.space}`",
            d.result.span,
            labels=(Label(model.params[0].span, f"latents of `{first}`"),),
        )
    params = tuple(replace(p, declared=BROKEN) if p.name in wrong else p for p in model.params)
    return StageModel(d, params, result)


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
