"""Names that nothing has: the help, and the whole diagnostic."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import nearest, respelt
from ...base.source import Span


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The help for an unknown name: the nearest known one, if one is near."""
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else otherwise


def report_unknown(
    bag: Bag,
    code: str,
    message: str,
    span: Span,
    name: str,
    known: Collection[str],
    *,
    otherwise: str = "",
    closed: bool = False,
) -> None:
    """Reports a name that is none of `known`, and offers the nearest of these.

    `otherwise` is the help where none is near; `closed` says that the language has a fixed list of such names.
    """
    near = nearest(name, known)
    help = f"did you mean `{near}`?" if near else otherwise
    bag.error(code, message, span, help=help, fixes=respelt(name, near, span, closed))
