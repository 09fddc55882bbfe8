"""A draw with a share of a second one on top: noise that is too large, or meant to be."""

from __future__ import annotations

import re

from ....base.diagnostics import Fix
from ....types.forms import Form
from ..term import Term


def perturbed(form: Form, term: Term) -> tuple[str, tuple[Fix, ...]]:
    """How `perturb` writes such a sum, and the edit where the sum stands in the place that asks for noise."""
    shares = {s: c.constant for s, c in form.noise.items()}
    whole = [s for s, c in shares.items() if c == 1 and s.kind == "draw" and s.name]
    others = [(s, c) for s, c in shares.items() if s not in whole]
    more, amount = others[0] if len(whole) == len(others) == 1 else (None, None)
    if more is None or more.kind != "draw" or amount is None or amount <= 0:
        return "perturb(a, 0.1)", ()
    name = whole[0].name
    text = f"perturb({name}, {float(amount):g})"
    words = set(re.findall(r"\w+", term.span.text))
    here = {name, more.name} <= words and form.shares.keys() == shares.keys()
    return text, (Fix(f"write `{text}`", term.span, text),) if here else ()
