"""What each rule of the grammar becomes: tokens and subtrees to a node of `ast`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..base.source import Source, Span
from . import ast as s
from .lexer import Token, string_value

Doc = tuple[str, ...]
Children = list[Any]
Action = Callable[["Place", Children], Any]


class Place:
    """Where a rule was found: its text's span, and the doc comments that belong to it."""

    __slots__ = ("_doc", "first", "last", "source", "tokens")

    def __init__(self, source: Source, tokens: list[Token], doc: Callable[[int, int], Doc]) -> None:
        self.source = source
        self.tokens = tokens
        self.first = self.last = 0
        self._doc = doc

    @property
    def span(self) -> Span:
        return Span(self.source, self.tokens[self.first].start, self.tokens[self.last].end)

    @property
    def doc(self) -> Doc:
        return self._doc(self.first, self.last)

    def of(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    def name(self, token: Token) -> s.Name:
        return s.Name(Span(self.source, token.start, token.end), token.text)


class InvalidTree(Exception):
    """A tree that the grammar lets through and the language does not; `span` is the part at fault."""

    def __init__(self, message: str, span: Span, note: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.note = message, span, note


def _dotted(place: Place, tokens: Children) -> s.Expr:
    value: s.Expr = place.name(tokens[0])
    for token in tokens[1:]:
        span = Span(place.source, tokens[0].start, token.end)
        value = s.Attr(span, value, token.text, place.of(token))
    return value


def _names(place: Place, tokens: Children) -> tuple[s.Name, ...]:
    return tuple(place.name(token) for token in tokens)


def _all(place: Place, children: Children) -> tuple[Any, ...]:
    return tuple(children)


def _param(place: Place, c: Children) -> s.Param:
    return s.Param(place.span, place.name(c[0]), c[1], c[2], place.doc)


def _import(place: Place, c: Children) -> s.Import:
    target, alias, names = c
    is_path = target.kind == "STRING"
    text = string_value(target.text) if is_path else target.text
    return s.Import(place.span, text, is_path, alias.text if alias else None, names or ())


def _process(place: Place, c: Children) -> s.ProcessDecl:
    entries = tuple(x for x in c[1:] if isinstance(x, s.Entry))
    lets = tuple(x for x in c[1:] if isinstance(x, s.Bind))
    return s.ProcessDecl(place.span, place.name(c[0]), entries, lets, place.doc)


def _stage(place: Place, c: Children) -> s.StageDecl:
    name, kind, params, result, component, method, args, outputs = c
    by: s.ByComponent | s.ByPython
    if component.text == "python" and method is None:
        if len(args) != 1 or args[0].name is not None or not isinstance(args[0].value, s.Name):
            raise InvalidTree(
                "`by python` takes the name of one function",
                place.of(component),
                "as in `by python(encode_text)`",
            )
        by = s.ByPython(place.of(component).to(args[0].span), args[0].value)
    else:
        span = Span(place.source, component.start, place.tokens[place.last].end)
        by = s.ByComponent(span, place.name(component), method.text if method else None, args, outputs)
    return s.StageDecl(place.span, place.name(name), place.name(kind), params, result, by, place.doc)


def _changed_stage(place: Place, c: Children) -> s.StageDecl:
    name, kind, params, result, stage, entries = c
    span = Span(place.source, stage.start, place.tokens[place.last].end)
    by = s.ByStage(span, place.name(stage), entries)
    return s.StageDecl(place.span, place.name(name), place.name(kind), params, result, by, place.doc)


def _graph(place: Place, c: Children) -> s.GraphDecl:
    name, params, body = c
    for p in params:
        if isinstance(p.type, s.TypeExpr) and p.type.at is not None:
            raise InvalidTree("what a graph takes has a type alone", p.type.at.span, "`at` stands in stages")
    return s.GraphDecl(place.span, place.name(name), params, body, place.doc)


def _number(place: Place, c: Children) -> s.Number:
    text = c[0].text.replace("_", "")
    if text.isdigit():
        return s.Number(place.span, int(text), False)
    return s.Number(place.span, Fraction(text), True)


def _type(place: Place, c: Children) -> s.TypeExpr:
    return s.TypeExpr(place.span, ".".join(token.text for token in c[0]), c[1] or ())


def _outputs(place: Place, c: Children) -> tuple[str | int, ...]:
    found: list[str | int] = []
    for part in c:
        match part:
            case s.Number(value=int() as index, is_float=False):
                found.append(index)
            case s.Unary(op="-", operand=s.Number(value=int() as index, is_float=False)):
                found.append(-index)
            case s.Syntax():
                raise InvalidTree(
                    "an entry of what a component returns has a whole number",
                    part.span,
                    "as in `by net(...).hidden_states[-3]`",
                )
            case token:
                found.append(token.text)
    return tuple(found)


def _at(place: Place, c: Children) -> s.TypeExpr:
    type, at = c
    if not isinstance(type, s.TypeExpr):
        raise InvalidTree(
            "`at` stands behind one type, not behind several", at.span, "as in `wave[b, 2, N] at 16000`"
        )
    return s.TypeExpr(place.span, type.name, type.dims, None, at)


def _verdict(place: Place, c: Children) -> s.TypeExpr:
    return s.TypeExpr(place.span, c[0].text, (), c[1].text)


def _draw(place: Place, c: Children) -> s.Draw:
    return s.Draw(place.span, place.name(c[0]), c[1], c[2].text if c[2] else None, c[3])


ACTIONS: dict[str, Action] = {
    # files
    "import_": _import,
    "import_names": _names,
    # families
    "family": lambda p, c: s.FamilyDecl(p.span, p.name(c[0]), tuple(c[1:]), p.doc),
    "sizes": lambda p, c: s.SizesDecl(p.span, c[0]),
    "component": lambda p, c: s.ComponentDecl(
        p.span, p.name(c[0]), ".".join(t.text for t in c[1]), c[2] or (), p.doc
    ),
    "space": lambda p, c: s.SpaceDecl(
        p.span, p.name(c[0]), c[1], (), p.name(c[2]) if c[2] else None, c[3] or (), p.doc
    ),
    "product": lambda p, c: s.SpaceDecl(p.span, p.name(c[0]), None, _names(p, c[1:]), None, (), p.doc),
    "process": _process,
    "let": lambda p, c: s.Bind(p.span, (p.name(c[0]),), c[1]),
    "record": lambda p, c: s.RecordDecl(p.span, p.name(c[0]), c[1], p.doc),
    "stage": _stage,
    "changed_stage": _changed_stage,
    "resized": lambda p, c: s.SpaceDecl(p.span, p.name(c[0]), None, (), None, c[2], p.doc, p.name(c[1])),
    "variant": lambda p, c: s.VariantDecl(p.span, p.name(c[0]), c[2], p.doc, p.name(c[1]) if c[1] else None),
    # methods
    "method": lambda p, c: s.MethodDecl(p.span, p.name(c[0]), c[1], c[2], tuple(c[3:]), p.doc),
    "role_names": _names,
    "param": _param,
    "state": lambda p, c: s.StateDecl(p.span, p.name(c[0]), c[1], p.doc),
    "graph": _graph,
    "update": lambda p, c: s.UpdateDecl(p.span, c[0], c[1], c[2], c[3], c[4], c[5], p.doc),
    "updated": _names,
    # programs
    "program": lambda p, c: s.ProgramDecl(p.span, p.name(c[0]), tuple(c[1:]), p.doc),
    "role": lambda p, c: s.RoleDecl(p.span, p.name(c[0]), c[1], c[2] or (), p.doc),
    "data": lambda p, c: s.DataDecl(p.span, p.name(c[0]), c[1], c[2] or (), p.doc),
    "use": lambda p, c: s.UseDecl(p.span, c[0], c[1], c[2] or ()),
    "optimize": lambda p, c: s.OptimizeDecl(p.span, p.name(c[0]), c[1]),
    "settings": lambda p, c: s.SettingsDecl(p.span, p.name(c[0]), c[1], p.name(c[2]) if c[2] else None, c[3]),
    "track": lambda p, c: s.TrackDecl(p.span, p.name(c[0]), c[1] or ()),
    "produce": lambda p, c: s.ProduceDecl(p.span, p.name(c[0]), c[1], c[2], c[3] or ()),
    # entries, fields, parameters, types
    "entries": _all,
    "entry": lambda p, c: s.Entry(p.span, tuple(t.text for t in c[0]), c[1], p.doc),
    "entry_of": lambda p, c: s.Entry(p.span, tuple(t.text for t in c[0]), c[2], p.doc, p.name(c[1])),
    "path": _all,
    "dotted": _dotted,
    "fields": _all,
    "field": lambda p, c: s.FieldDecl(p.span, p.name(c[0]), c[1], c[2] or (), p.doc),
    "params": _all,
    "parameter": _param,
    "type": _type,
    "verdict": _verdict,
    "at": _at,
    "outputs": _outputs,
    "dims": _all,
    "dim": lambda p, c: s.DimExpr(p.span, c[0].text if c[0] else None, c[1], c[2]),
    "list_type": lambda p, c: s.ListType(p.span, c[0]),
    "pair_type": lambda p, c: s.TupleType(p.span, tuple(c)),
    # statements
    "body": _all,
    "bind": lambda p, c: s.Bind(p.span, (p.name(c[0]),), c[1]),
    "bind_many": lambda p, c: s.Bind(p.span, _names(p, c[:-1]), c[-1]),
    "draw": _draw,
    "for_": lambda p, c: s.For(p.span, c[0], c[1], c[2]),
    "for_targets": _names,
    "loss": lambda p, c: s.Loss(p.span, p.name(c[0]), c[1]),
    "log": lambda p, c: s.Log(p.span, p.name(c[0]), c[1]),
    "return_": lambda p, c: s.Return(p.span, c[0]),
    "assert_": lambda p, c: s.Assert(p.span, c[0], None),
    "assert_why": lambda p, c: s.Assert(p.span, c[0], string_value(c[1].text)),
    "reveal": lambda p, c: s.Reveal(p.span, c[0]),
    "allow": lambda p, c: s.Allow(p.span, tuple(c)),
    "code": lambda p, c: s.Name(p.span, "".join(t.text for t in c)),
    # expressions
    "cast": lambda p, c: s.As(p.span, c[0], c[1]),
    "span": lambda p, c: s.Range(p.span, c[0], c[1]),
    "binary": lambda p, c: s.Binary(p.span, c[1].text, c[0], c[2]),
    "not_": lambda p, c: s.Unary(p.span, "not", c[0]),
    "minus": lambda p, c: s.Unary(p.span, "-", c[0]),
    "attr": lambda p, c: s.Attr(p.span, c[0], c[1].text, p.of(c[1])),
    "call": lambda p, c: s.Call(p.span, c[0], c[1]),
    "index": lambda p, c: s.Index(p.span, c[0], c[1]),
    "samples_of": lambda p, c: s.SamplesOf(p.span, c[0], p.name(c[1]), c[2]),
    "name": lambda p, c: p.name(c[0]),
    "number": _number,
    "string": lambda p, c: s.String(p.span, string_value(c[0].text)),
    "true": lambda p, c: s.Bool(p.span, True),
    "false": lambda p, c: s.Bool(p.span, False),
    "tuple": lambda p, c: s.TupleExpr(p.span, tuple(c)),
    "list": lambda p, c: s.ListExpr(p.span, tuple(c)),
    "each": lambda p, c: s.Each(p.span, c[0], p.name(c[1]), c[2]),
    "map": lambda p, c: s.MapExpr(p.span, c[0]),
    "args": _all,
    "arg": lambda p, c: s.Arg(p.span, c[0].text if c[0] else None, c[1]),
}
