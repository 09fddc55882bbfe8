"""Hints in the margin of the text: dims of roles, values of times, what latents are."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from ...check.core.family_model import FamilyModel
from ...check.core.notes import Note
from ...check.core.role_binding import RoleBinding
from ...syntax import ast
from ...syntax.visitor import nodes
from ...types.describe import dims_of
from ...types.types import Latent
from ..positions import moved
from ..workspace import View
from .symbol_text import Finding, finding, levels, owner

MAX_LEVELS = 8
"""Entries of a list of times that a hint shows; longer lists have none."""


def hints(view: View, now: View, start: int, end: int) -> Iterator[lsp.InlayHint]:
    """The hints of a view for the lines between two places of the text as it is now.

    `wan21[b, 16, t = 21, h = 60, w = 104]` behind a role, `noise levels 1, 0.5` behind a program's times, `clean[wan21]`
    behind a binding.
    """
    hints_at: dict[int, str] = {}
    for old, text in (*_roles(view), *_parameters(view), *_latents(view)):
        offset = moved(view.source.text, now.source.text, old)
        if offset is not None and start <= offset <= end:
            hints_at.setdefault(now.text.line_end(offset), text)
    for offset, text in sorted(hints_at.items()):
        yield lsp.InlayHint(now.text.position(offset), text, padding_left=True)


def _roles(view: View) -> Iterator[tuple[int, str]]:
    for section in view.checked.sections:
        for role in section.notes.roles.values():
            if isinstance(role, RoleBinding) and isinstance(role.model, FamilyModel) and role.denoises:
                latents = Latent(role.model.space, None)
                yield role.span.end, f"{role.model.space}{dims_of(latents)}"


def _parameters(view: View) -> Iterator[tuple[int, str]]:
    for section in view.checked.sections:
        if not isinstance(section.definition.declaration, ast.ProgramDecl):
            continue  # only a family says which level a tick is
        for n in section.notes.chosen:
            found = n.term.levels
            if found is None or n.span.source is not view.source or len(found) > MAX_LEVELS:
                continue
            yield n.span.end, f"noise levels {levels(found)}"


def _latents(view: View) -> Iterator[tuple[int, str]]:
    """What bindings of latents are, where every expansion of them finds the same."""
    wanted: dict[tuple[int, int], int] = {}
    for node in nodes(view.main.file.declarations):
        match node:
            case ast.Bind(targets=(_,), value=value):
                wanted[value.span.start, value.span.end] = node.span.end
            case _:
                pass
    found: dict[int, list[Finding]] = {}
    for section in view.checked.sections:
        for n in section.notes.about:
            place = wanted.get((n.span.start, n.span.end)) if n.span.source is view.source else None
            if place is not None and _worth_it(n):
                one = finding(n, owner(section, view.source))
                if one is not None:
                    found.setdefault(place, []).append(one)
    for place, several in found.items():
        types = {s.type.replace("a difference of two like quantities", "difference") for s in several}
        if len(types) == 1:
            yield place, types.pop()


def _worth_it(n: Note) -> bool:
    return isinstance(n.term.type, Latent) and n.term.type.quantity is not None
