"""A picture as a page that opens from disk."""

from __future__ import annotations

from html import escape

from ..program.typed_program import TypedProgram
from .model import picture
from .svg import to_svg


def page(program: TypedProgram) -> str:
    """The picture as a page that opens from disk."""
    svg = to_svg(picture(program))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(program.name)}</title>\n'
        f'<body style="margin: 1rem">\n{svg}\n</body></html>\n'
    )
