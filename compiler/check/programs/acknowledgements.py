"""`allow(CODE)`: warnings that the statement or member after it may give, and acknowledgements that nothing needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...base.diagnostics import Diagnostic, Fix, nearest, respelt
from ...base.frozen import struct
from ...base.source import Span
from ...modules.imports import Module
from ...modules.names.lineage import lineage, method_decl
from ...modules.names.lookup import meaning, words_of
from ...syntax import ast
from ...syntax.visitor import nodes

BLOCKS = ("members", "body")
"""The fields of declarations and statements that hold statements or members one after the other."""


@struct
class Acknowledgement:
    """One code of an `allow`. `meant`: the code, or the known one that it is most like. `covers`: what follows it, and the
    methods that a `use` there brings in."""

    statement: ast.Allow
    code: ast.Name
    meant: str | None
    covers: tuple[Span, ...]

    def silences(self, d: Diagnostic) -> bool:
        return (
            d.severity == "warning" and d.code == self.meant and any(_holds(s, d.span) for s in self.covers)
        )


@struct
class Acknowledged:
    """What is left to report, with what was found out about the acknowledgements, and what they silenced."""

    told: tuple[Diagnostic, ...]
    silenced: tuple[Diagnostic, ...] = ()


def acknowledge(
    found: Sequence[Diagnostic], modules: Sequence[Module], unread: Collection[str]
) -> Acknowledged:
    """Takes out the warnings that an `allow` covers. The first module is the main one: only there, and not in the methods
    whose keys are `unread` because no program here uses them, is an acknowledgement told that silences nothing."""
    given = [(m, a) for m in modules if "allow" in m.source.text for a in _acknowledgements(m)]
    if not given:
        return Acknowledged(tuple(found))
    silenced = tuple(d for d in found if any(a.silences(d) for _, a in given))
    told = [d for d in found if d not in silenced]
    for module, a in given:
        if a.meant != a.code.id:
            told.append(_unknown(a))
        elif module is modules[0] and not any(a.silences(d) for d in silenced):
            around = next(d for d in module.own() if _holds(d.declaration.span, a.statement.span))
            if around.key not in unread:
                told.append(_redundant(a))
    return Acknowledged(tuple(told), silenced)


def _acknowledgements(module: Module) -> Iterator[Acknowledgement]:
    from ....grammar.codes import CODES  # few programs acknowledge anything

    for node in nodes(module.file.declarations):
        for name in BLOCKS:
            block = getattr(node, name, ())
            for i, s in enumerate(block):
                if isinstance(s, ast.Allow):
                    after = next((x for x in block[i + 1 :] if not isinstance(x, ast.Allow)), None)
                    covers = tuple(_covered(after, module)) if after is not None else ()
                    for code in s.codes:
                        meant = code.id if code.id in CODES else nearest(code.id, CODES)
                        yield Acknowledgement(s, code, meant, covers)


def _covered(s: ast.Syntax, module: Module) -> Iterator[Span]:
    yield s.span
    if isinstance(s, ast.UseDecl):
        used = meaning(module.names, words_of(s.method)).method
        if used is not None:
            yield from (method_decl(m).span for m in lineage(used).methods)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.source.path == inner.source.path and outer.start <= inner.start and inner.end <= outer.end


def _unknown(a: Acknowledgement) -> Diagnostic:
    return Diagnostic(
        "unknown-name",
        f"no warning has the code `{a.code.id}`",
        a.code.span,
        help=f"did you mean `{a.meant}`?"
        if a.meant
        else "the code stands in brackets where a warning is told",
        fixes=respelt(a.code.id, a.meant, a.code.span),
    )


def _redundant(a: Acknowledgement) -> Diagnostic:
    kept = ", ".join(c.id for c in a.statement.codes if c is not a.code)
    text = f"allow({kept})" if kept else ""
    return Diagnostic(
        "redundant-allow",
        f"no warning `{a.code.id}` is given by what follows",
        a.code.span,
        "silences nothing",
        help="remove it; it stands right before the statement that is warned about, and an error cannot be allowed",
        fixes=(Fix(f"write `{text}`" if text else "remove it", a.statement.span, text),),
    )
