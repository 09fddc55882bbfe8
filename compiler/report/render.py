"""A report in one of the formats of `fdc check`. Each format is a file of this folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Literal

from ..base import terminal
from ..base.diagnostics import Diagnostic

Format = Literal["text", "concise", "json", "sarif", "github"]


def render(
    diagnostics: Sequence[Diagnostic],
    format: Format,
    color: bool,
    width: int,
    remark: str = "",
    version: str = "",
) -> str:
    """The report, without a newline at its end. `width` is that of the terminal, in columns.

    As text, an empty list gives an empty string, and `remark` stands behind the numbers of errors and warnings; the
    formats for tools always give a whole document, the SARIF log with fdc's `version`.
    """
    match format:  # a command pays for the format that it prints
        case "text":
            from .text import report

            return report(diagnostics, color, width, remark)
        case "concise":
            from .concise import lines

            return lines(diagnostics)
        case "json":
            from .json import document

            return document(diagnostics)
        case "sarif":
            from .sarif import log

            return log(diagnostics, version)
        case "github":
            from .github import commands

            return commands(diagnostics)


def complain(found: Sequence[Diagnostic]) -> None:
    """The report as text on standard error, for a command whose own output is another."""
    out = sys.stderr
    print(render(found, "text", terminal.colour(out), terminal.width(out)), file=out)
