"""`python -m fdc.grammar.build` writes tables.py from fdl.lark.

lark compiles the grammar here and nowhere else: importing it and building a parser takes longer than the
whole of `fdc check` may. A row is one state; `symbol symbol>n` goes to state n, `symbol symbol<r` reduces
by rule r, and `@k` stands for the k-th set of LOOKAHEADS.
"""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STARTS = ("declaration", "expr")


def build() -> str:
    """The text of tables.py. The same for every run: states and rules are numbered in an order of our own."""
    from lark import Lark
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    # mypy sees lark's internals as they are typed there; the table is read through Any.
    compiled: Any = Lark(
        (HERE / "fdl.lark").read_text("utf-8"),
        parser="lalr",
        lexer="basic",
        start=list(STARTS),
        maybe_placeholders=True,
    )
    table = compiled.parser.parser._parse_table
    rules = sorted(compiled.rules, key=lambda r: (r.origin.name, [s.name for s in r.expansion]))
    rule_number = {rule: i for i, rule in enumerate(rules)}

    order = [table.start_states[start] for start in STARTS]
    number = {state: i for i, state in enumerate(order)}
    queue = deque(order)
    while queue:
        for _, (action, target) in sorted(table.states[queue.popleft()].items()):
            if action is Shift and target not in number:
                number[target] = len(number)
                order.append(target)
                queue.append(target)

    lookaheads: dict[str, int] = {}
    rows = []
    for state in order:
        shifts: dict[int, list[str]] = {}
        reductions: dict[int, list[str]] = {}
        for symbol, (action, target) in sorted(table.states[state].items()):
            if action is Shift:
                shifts.setdefault(number[target], []).append(symbol)
            else:
                reductions.setdefault(rule_number[target], []).append(symbol)
        entries = [f"{' '.join(symbols)}>{target}" for target, symbols in sorted(shifts.items())]
        for rule, symbols in sorted(reductions.items()):
            key = " ".join(symbols)
            if len(symbols) > 1:
                key = f"@{lookaheads.setdefault(key, len(lookaheads))}"
            entries.append(f"{key}<{rule}")
        rows.append(",".join(entries))

    ends = " ".join(str(number[table.end_states[start]]) for start in STARTS)
    fixed = {t.pattern.value: t.name for t in compiled.terminals if isinstance(t.pattern, PatternStr)}
    words = sorted(f"{text} {name}" for text, name in fixed.items() if re.match(r"[a-z]", text))
    marks = sorted(f"{text} {name}" for text, name in fixed.items() if not re.match(r"[a-z]", text))
    parts = {
        "KEYWORDS": words,
        "PUNCTUATION": marks,
        "RULES": [_rule(rule) for rule in rules],
        "LOOKAHEADS": list(lookaheads),
        "STATES": rows,
    }
    text = '"""Made from fdl.lark by `python -m fdc.grammar.build`; see there for the notation."""\n'
    text += "\n# ruff: noqa: E501\n"
    text += f'\nSTARTS = "{" ".join(STARTS)}"\nENDS = "{ends}"\n'
    for name, lines in parts.items():
        text += f'{name} = """\\\n' + "\n".join(lines) + '\n"""\n'
    return text


def _rule(rule: Any) -> str:
    """`origin length action children`: which children the action gets, `-` for an absent optional part.

    An action `.` passes its only child on; `_` gives the children of a rule to the one above.
    """
    empty = rule.options.empty_indices or (False,) * len(rule.expansion)
    children = []
    symbols = iter(enumerate(rule.expansion))
    for absent in empty:
        if absent:
            children.append("-")
        else:
            i, symbol = next(symbols)
            if not getattr(symbol, "filter_out", False):
                children.append(str(i))
    name = rule.origin.name
    if name.startswith("_"):
        action = "_"
    elif rule.alias is None and rule.options.expand1 and len(children) == 1:
        action = "."
    else:
        action = rule.alias or name
    if action == "_" and len(rule.expansion) == 1 and not name.startswith("__"):
        action = "."
    return " ".join([name, str(len(rule.expansion)), action, *children])


if __name__ == "__main__":
    (HERE / "tables.py").write_text(build(), "utf-8")
