"""A family's components with their settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import PurePosixPath

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace
from ...base.source import Span
from ...program.family import IDLE_KINDS, Component, Given, Idle
from ...syntax import ast
from ..core.annotations import FLOATS
from ..core.suggestions import did_you_mean

ROOTS = ("diffusers", "transformers", "python")


class WrongSetting(Exception):
    """A setting's value is of the wrong kind; the text says what it should be."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span


def plain(e: ast.Expr) -> object:
    """Numbers, strings, booleans, `none`, lists and maps as Python has them. Raises `BadValue`."""
    match e:
        case ast.Number(value=value, is_float=is_float):
            return float(value) if is_float else value
        case ast.String(value=text):
            return text
        case ast.Bool(value=flag):
            return flag
        case ast.Name(id="none"):
            return None
        case ast.Unary(op="-", operand=ast.Number() as number):
            positive = plain(number)
            return -positive if isinstance(positive, (int, float)) else positive
        case ast.ListExpr(items=items):
            return [plain(i) for i in items]
        case ast.MapExpr():
            return _map(e)
        case _:
            raise WrongSetting("holds numbers, strings in quotes, true, false, none, lists and maps", e.span)


def _map(e: ast.Expr | None) -> dict[str, object]:
    if not isinstance(e, ast.MapExpr):
        raise WrongSetting("is a map: `{ num_layers = 30 }`")
    found: dict[str, object] = {}
    for entry in e.entries:
        if entry.value is None or len(entry.path) != 1:
            raise WrongSetting("has entries of the form `name = value`", entry.span)
        if entry.name in found:
            raise WrongSetting(f"names `{entry.name}` twice", entry.span)
        found[entry.name] = plain(entry.value)
    return found


def _config(e: ast.Expr | None) -> dict[str, object]:
    """Facts, some of which may be what a head is given."""
    given: dict[str, object] = {}
    rest = []
    for entry in e.entries if isinstance(e, ast.MapExpr) else ():
        match entry.value:
            case ast.Name(id=name) if name != "none" and len(entry.path) == 1:
                given[entry.name] = Given(name, entry.value.span)
            case ast.Call(func=ast.Name(id="len"), args=[ast.Arg(name=None, value=ast.Name(id=name))]):
                given[entry.name] = Given(f"len({name})", entry.value.span)
            case _:
                rest.append(entry)
    return {**_map(replace(e, entries=tuple(rest)) if isinstance(e, ast.MapExpr) else e), **given}


def _flag(e: ast.Expr | None) -> bool:
    if e is None:
        return True
    if isinstance(e, ast.Bool):
        return e.value
    raise WrongSetting("is a flag: it stands alone")


def _text(e: ast.Expr | None) -> str:
    if isinstance(e, ast.String):
        return e.value
    raise WrongSetting("is a text in quotes")


def _inside(e: ast.Expr | None) -> str:
    path = PurePosixPath(_text(e))
    if path.is_absolute() or ".." in path.parts or set("\\:\0") & set(str(path)):
        raise WrongSetting("is a folder inside of the checkpoint, such as `transformer`")
    return str(path)


def _dtype(e: ast.Expr | None) -> str:
    if isinstance(e, ast.Name) and e.id in FLOATS:
        return e.id
    raise WrongSetting(f"is one of {', '.join(FLOATS)}")


def _levels(e: ast.Expr | None) -> tuple[Fraction, Fraction]:
    if isinstance(e, ast.ListExpr) and len(e.items) == 2:
        ends = [Fraction(i.value) for i in e.items if isinstance(i, ast.Number)]
        if len(ends) == 2 and 0 <= ends[0] < ends[1] <= 1:
            return ends[0], ends[1]
    raise WrongSetting("is two noise levels from 0 to 1, the lower first: `[0.875, 1.0]`")


def _tokens(e: ast.Expr | None) -> ast.Expr:
    lists = [x.value for x in e.entries] if isinstance(e, ast.MapExpr) else [e]
    if e is not None and lists and all(isinstance(x, ast.ListExpr) and x.items for x in lists):
        return e
    if isinstance(e, ast.MapExpr):
        raise WrongSetting(
            "has a list of dims for each part of the latents: `{ video = [t, h, w], audio = [l] }`"
        )
    raise WrongSetting("is a list of dims over the axes of the latents: `[t, h/2, w/2]`")


def _python(e: ast.Expr | None) -> str:
    match e:
        case ast.Call(func=ast.Name(id="python"), args=[ast.Arg(name=None, value=ast.Name(id=name))]):
            return name
        case _:
            raise WrongSetting("is a function of the family's binding.py: `python(chains)`")


def _rows(e: ast.Expr | None) -> int:
    if isinstance(e, ast.Number) and not e.is_float and e.value >= 1:
        return int(e.value)
    raise WrongSetting("is how many samples one call takes: a whole number from 1 on")


def _idle(e: ast.Expr | None) -> tuple[Idle, ...]:
    """`{ none = ["blocks.-1.ff_context"], sometimes = ["x_pad_token"] }`"""
    found: list[Idle] = []
    for kind, patterns in _map(e).items():
        if kind not in IDLE_KINDS:
            raise WrongSetting(f"has the kinds {', '.join(IDLE_KINDS)}, and no `{kind}`")
        if not isinstance(patterns, list) or not all(isinstance(p, str) and p for p in patterns):
            raise WrongSetting(f'lists names of parameters in quotes: `{{ {kind} = ["proj_out"] }}`')
        found += [Idle(p, kind) for p in patterns]
    return tuple(found)


SETTINGS: Mapping[str, Callable[[ast.Expr | None], object]] = {
    "trainable": _flag,
    "optional": _flag,
    "dtype": _dtype,
    "subfolder": _inside,
    "fallback": _text,
    "config": _config,
    "levels": _levels,
    "tokens": _tokens,
    "chains": _python,
    "skip": _flag,
    "rows": _rows,
    "idle": _idle,
}


def is_class(cls: str, place: Span, bag: Bag) -> bool:
    """Whether a class is one that a component may have; reports it else."""
    root, _, rest = cls.partition(".")
    if root not in ROOTS or not rest:
        near = did_you_mean(root, ROOTS, "for example `diffusers.AutoencoderKLWan`")
        bag.error(
            "bad-setting",
            f"a component's class comes from {', '.join(f'`{r}.`' for r in ROOTS)}, not from `{cls}`",
            place,
            help=near,
        )
        return False
    return True


def component(d: ast.ComponentDecl, bag: Bag) -> Component:
    is_class(d.cls, d.span, bag)
    name = d.name.id
    found = Component(name, d.cls, False, None, False, name, None, {}, d.name.span)
    seen: dict[str, Span] = {}
    for e in d.entries:
        if e.name in seen:
            bag.error(
                "duplicate-name",
                f"`{e.name}` is given twice",
                e.span,
                labels=(Label(seen[e.name], "here first"),),
            )
            continue
        seen[e.name] = e.span
        found = changed(found, e, e.path, bag)
    if found.skip and found.trainable:
        bag.error(
            "dead-setting",
            f"`{name}` is never loaded, so that nothing of it is trained",
            seen["trainable"],
            labels=(Label(seen["skip"], "never loaded"),),
            help="leave one of the two out",
        )
    if found.idle and not found.trainable:
        bag.error(
            "dead-setting",
            f"`{name}` is not trained, so that no gradient is looked for",
            seen["idle"],
            "never read",
            help="`idle` is for components that are `trainable`",
        )
    return found


def changed(c: Component, e: ast.Entry, path: tuple[str, ...], bag: Bag) -> Component:
    """The component with one setting replaced; `config` and its places are merged over what was there."""
    name, *inner = path
    if name not in SETTINGS or (inner and (name != "config" or len(inner) > 1)):
        shown = ".".join(path)
        bag.error(
            "unknown-setting",
            f"a component has no setting `{shown}`",
            e.span,
            help=did_you_mean(shown, SETTINGS, f"it has {', '.join(SETTINGS)}"),
            fixes=respelt(shown, nearest(shown, SETTINGS), e.span, closed=True),
        )
        return c
    try:
        if inner:
            if e.value is None:
                raise WrongSetting("has entries of the form `name = value`")
            value: object = {inner[0]: plain(e.value)}
        else:
            value = SETTINGS[name](e.value)
    except WrongSetting as why:
        bag.error("bad-setting", f"`{name}` {why}", why.span or e.span)
        return c
    if isinstance(value, dict):  # of `config`
        stated = e.value.entries if isinstance(e.value, ast.MapExpr) and not inner else (e,)
        places = {**c.places, **{s.path[-1]: s.span for s in stated}}
        return replace(c, config={**c.config, **value}, places=places)
    at = {name: e.span} if name in ("tokens", "levels") else {}
    places = {**c.places, **at}
    if name == "tokens":  # read where the axes are known
        return replace(c, places=places)
    return replace(c, **{name: value, "places": places})
