"""What to say where a text leaves the grammar: common mistakes by name, else what was expected, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..base import limits
from ..base.diagnostics import Diagnostic, Fix, Label, is_slip, nearest
from ..base.source import Source, Span
from .common_slips import AFTER_BRACKETS, BEFORE_ALL, python_import
from .lexer import CLOSERS, KEYWORDS, PUNCTUATION, Token
from .trouble import Trouble

MARKS = {kind: mark for mark, kind in PUNCTUATION.items()}
OPENERS = {closer: opener for opener, closer in CLOSERS.items()}
COMPARISONS = frozenset({"EQ", "NE", "LT", "LE", "GT", "GE"})
OPERANDS = frozenset({"NAME", "NUMBER", "STRING"})

# Words of other languages, and what FDL has instead.
OTHER_LANGUAGES = {
    "while": "there is no `while`: `for i in 0 .. n { ... }` says how often",
    "if": "there is no `if`: `select(condition, a, b)` chooses a value",
    "elif": "there is no `elif`: `select(condition, a, b)` chooses a value",
    "else": "there is no `else`: `select(condition, a, b)` chooses a value",
    "def": "there is no `def`: a function is a `graph name(args) { ... }`",
    "fn": "there is no `fn`: a function is a `graph name(args) { ... }`",
    "func": "there is no `func`: a function is a `graph name(args) { ... }`",
    "function": "there is no `function`: a function is a `graph name(args) { ... }`",
    "lambda": "there is no `lambda`: a function is a `graph name(args) { ... }`",
    "from": 'an import begins with `import`: `import wan`, `import "./mine.fdl"`',
    "include": 'there is no `include`: `import wan`, `import "./mine.fdl"`',
    "class": "there is no `class`: a file holds families, methods and programs",
    "var": "a binding needs no word before it: `x = ...`",
    "const": "a binding needs no word before it: `x = ...`",
    "let": "a binding needs no word before it: `x = ...`",
}

# Where each keyword that starts an entry may stand.
KEYWORD_PLACES = {
    "import": "at the top of a file",
    "family": "at the top of a file",
    "method": "at the top of a file",
    "program": "at the top of a file",
    "space": "in a family or at the top of a file",
    "record": "in a family or at the top of a file",
    "process": "in a family, a program or at the top of a file",
    "component": "in a family",
    "stage": "in a family",
    "variant": "in a family",
    "sizes": "in a family or a program",
    "param": "in a family, a method or a program",
    "graph": "in a family, a method or a program",
    "state": "in a method or a program",
    "update": "in a method or a program",
    "role": "in a program",
    "data": "in a program",
    "use": "in a program",
    "optimize": "in a program",
    "train": "in a program",
    "validate": "in a program",
    "checkpoint": "in a program",
    "mesh": "in a program",
    "track": "in a program",
    "produce": "in a program",
    "loss": "in an update",
    "log": "in an update",
    "return": "in a graph",
    "for": "in a graph or an update",
    "let": "in a process",
}

# What follows a keyword, for the message where it does not.
KEYWORD_FORMS = {
    "loss": "loss NAME = expression",
    "allow": "allow(CODE)",
    "log": "log NAME = expression",
    "state": "state NAME = expression",
    "param": "param NAME: type = default",
    "role": "role NAME = family(source) { ... }",
    "data": "data NAME = source { field: type }",
    "use": "use method(role, ...) { ... }",
    "optimize": "optimize ROLE = adamw(...)",
    "update": "update ROLE every N except every N from N until N { ... }",
    "graph": "graph NAME(args) { ... }",
    "train": "train { ... }",
    "mesh": "mesh { ... }",
    "validate": "validate every N { ... }",
    "checkpoint": "checkpoint every N { ... }",
    "track": "track NAME",
    "produce": "produce NAME = expression to shards(folder)",
    "stage": "stage NAME : kind(args) -> type by component(...)",
    "component": "component NAME = diffusers.Class { ... }",
    "sizes": "sizes { ... }",
    "for": "for NAME in list { ... }",
}

# A group of terminals that together have a name; the first whose marks are all expected is used.
GROUPS = (
    (frozenset({"ROLE", "OPTIMIZE"}), "an entry of a program"),
    (frozenset({"STAGE", "COMPONENT"}), "an entry of a family"),
    (frozenset({"UPDATE", "STATE"}), "an entry of a method"),
    (frozenset({"LOSS", "RETURN"}), "a statement"),
    (frozenset({"NUMBER", "STRING", "TRUE"}), "an expression"),
)


def describe(t: Trouble) -> Diagnostic:
    """The one diagnostic of a broken piece."""
    for slip in BEFORE_ALL:
        found = slip(t)
        if found is not None:
            return found
    if t.token is not None and t.token.error is not None:
        return t.token.error
    expected = t.expected(t.at)
    for mistake in (
        _bracket,
        _brace,
        _slips,
        _elsewhere,
        _keyword_typo,
        _keyword_shape,
        _sign,
        _separator,
        _misplaced,
    ):
        found = mistake(t, expected)
        if found is not None:
            return found
    return _generic(t, expected)


def _slips(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    return next((d for slip in AFTER_BRACKETS if (d := slip(t)) is not None), None)


def too_deep(source: Source, token: Token) -> Diagnostic:
    return Diagnostic(
        "syntax",
        "this is nested too deeply to be read",
        Span(source, token.start, token.end),
        f"at most {limits.BRACKETS} brackets, or 100 operations, inside one another",
    )


def too_long(source: Source, at: int) -> Diagnostic:
    return Diagnostic(
        "syntax",
        f"this file holds more than {limits.WORDS:,} words and signs, which is more than can be read",
        Span(source, at, min(at + 1, len(source.text))),
        help="write it in several files, and import what they declare",
    )


def stray_text(source: Source, tokens: Sequence[Token]) -> Diagnostic:
    """Text between declarations that starts none."""
    first = tokens[0]
    span = Span(source, first.start, first.end)
    if first.error is not None:
        return first.error
    if first.kind in OPENERS:
        fix = Fix(f"remove the `{first.text}`", span, "")
        return Diagnostic("syntax", f"this `{first.text}` closes nothing", span, fixes=(fix,))
    if first.text in KEYWORD_PLACES:
        article = f"`{first.text}` stands {KEYWORD_PLACES[first.text]}"
        return Diagnostic("syntax", f"`{first.text}` cannot stand at the top of a file", span, article)
    if (found := python_import(source, first)) is not None:
        return found
    if first.text in OTHER_LANGUAGES:
        return Diagnostic("syntax", OTHER_LANGUAGES[first.text], span)
    tops = [word for word, home in KEYWORD_PLACES.items() if "top" in home]
    meant = nearest(first.text, tops) if first.kind == "NAME" else None
    message = f"expected a declaration, found {_found(first)}"
    if meant:
        fix = Fix(f"write `{meant}`", span, meant, safe=is_slip(first.text, meant))
        return Diagnostic("syntax", message, span, help=f"did you mean `{meant}`?", fixes=(fix,))
    return Diagnostic("syntax", message, span, "a file holds " + ", ".join(f"`{w}`" for w in tops))


def closed_early(source: Source, before: Sequence[Token], first: Token) -> Diagnostic | None:
    """A declaration whose last `}` stands at the end of a line of its body, with more of the body behind it: the `{` of
    that line is missing. None where it ends as it should."""
    last = before[-1]
    line = source.position(last.start)[0]
    leads = len(before) < 2 or source.position(before[-2].start)[0] < line
    one_line = source.position(before[0].start)[0] == line
    if last.kind != "RBRACE" or leads or one_line or first.text not in KEYWORD_PLACES:
        return None
    if "top" in KEYWORD_PLACES[first.text]:
        return None
    span = Span(source, last.start, last.end)
    opened = Label(Span(source, before[0].start, before[0].end), "closed by it, before its end")
    message = f"this `}}` closes the whole `{before[0].text}`: its `{{` is missing in this line"
    return Diagnostic("syntax", message, span, labels=(opened,))


# brackets


def _bracket(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """A `(` or `[` that is never closed, a closing bracket of the wrong kind or one too many."""
    openers = [i for i in t.unmatched if i < t.at and t.tokens[i].kind in ("LPAR", "LSQB", "_TARGETS")]
    token = t.token
    if token is not None and t.at in t.unmatched and token.kind in OPENERS:
        inside = [i for i in openers if t.tokens[i].depth == token.depth - 1]
        span = t.span(token)
        if inside:
            opener = t.tokens[inside[-1]]
            right = MARKS[CLOSERS[opener.kind]]
            label = Label(t.span(opener), "opened here")
            fix = Fix(f"write `{right}`", span, right, safe=True)
            message = f"`{opener.text}` is closed by `{right}`, not by `{token.text}`"
            return Diagnostic("syntax", message, span, labels=(label,), fixes=(fix,))
        fix = Fix(f"remove the `{token.text}`", span, "")
        return Diagnostic("syntax", f"this `{token.text}` closes nothing", span, fixes=(fix,))
    if not openers:
        return None
    opener = t.tokens[openers[-1]]
    last = t.tokens[t.at - 1]
    if token is not None and token.kind not in ("LBRACE", *OPENERS) and t.line(token) == t.line(last):
        same = [x for x in t.tokens[t.at :] if t.line(x) == t.line(last) and x.kind != "RBRACE"]
        last = same[-1] if same and same[0] is token else last
    missing = MARKS[CLOSERS["LPAR" if opener.kind == "_TARGETS" else opener.kind]]
    place = Span(t.source, last.end, last.end)
    return Diagnostic(
        "syntax",
        f"this `{opener.text}` is never closed",
        place,
        f"`{missing}` is missing",
        labels=(Label(t.span(opener), "opened here"),),
        fixes=(Fix(f"close it with `{missing}`", place, missing, safe=_calls(t, openers[-1])),),
    )


def _calls(t: Trouble, opener: int) -> bool:
    """Whether a bracket holds a list or arguments, so that it ends with them; a grouping may end after any operand."""
    before = t.tokens[opener - 1] if opener else None
    called = before is not None and before.kind == "NAME" and before.end == t.tokens[opener].start
    return called or t.tokens[opener].kind == "LSQB"


def _brace(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """A `{` that is never closed: indentation shows where each was meant to end."""
    if not any(t.tokens[i].kind == "LBRACE" for i in t.unmatched if i < t.at):
        return None
    scans = 0
    for i, opener in enumerate(t.tokens[: t.at]):
        if opener.kind != "LBRACE" or scans > limits.BRACKETS:
            continue
        closer = t.tokens[opener.partner] if opener.partner >= 0 else None
        indent = t.indent(opener)
        if closer is not None and (t.line(closer) == t.line(opener) or t.indent(closer) >= indent):
            continue
        # The block ends before the first line that is indented no deeper than the one that opened it.
        due = len(t.tokens)
        scans += 1
        for j in range(i + 1, len(t.tokens)):
            if t.leads(j) and t.indent(t.tokens[j]) <= indent:
                due = j
                break
        if closer is None and due < len(t.tokens) and t.tokens[due].kind == "RBRACE":
            continue
        if due > t.at:
            return None
        last = t.tokens[due - 1]
        place = Span(t.source, last.end, last.end)
        labels = (Label(place, "the block seems to end here"),)
        one_line = t.line(last) == t.line(opener)
        text = " }" if one_line else "\n" + " " * indent + "}"
        fix = Fix("close it with `}`", place, text, safe=True)
        return Diagnostic(
            "syntax", "this `{` is never closed", t.span(opener), "`}` is missing", labels, fixes=(fix,)
        )
    opener = t.tokens[next(i for i in reversed(t.unmatched) if t.tokens[i].kind == "LBRACE")]
    if t.at < len(t.tokens):
        return None
    place = Span(t.source, t.tokens[-1].end, t.tokens[-1].end)
    fix = Fix("close it with `}`", place, "\n}", safe=True)
    return Diagnostic("syntax", "this `{` is never closed", t.span(opener), "`}` is missing", fixes=(fix,))


# words


def _elsewhere(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    for index in (t.at, t.at - 1):
        if 0 <= index < len(t.tokens):
            token = t.tokens[index]
            starts = t.leads(index) or t.tokens[index - 1].kind in ("LBRACE", "RBRACE", "COMMA", "EQUAL")
            if token.text in OTHER_LANGUAGES and starts:
                return Diagnostic("syntax", OTHER_LANGUAGES[token.text], t.span(token))
    return None


def _keyword_typo(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """`grpah generate(...)`: a name with what never follows one, where a keyword like it may stand."""
    before, token = t.before, t.token
    if (
        before is None
        or before.kind != "NAME"
        or token is None
        or token.kind not in ("NAME", "LBRACE", "STRING")
    ):
        return None
    earlier = t.expected(t.at - 1)
    if "NAME" not in earlier and before.keyword:
        return None
    words = [word for word, kind in KEYWORDS.items() if kind in earlier]
    meant = nearest(before.text, words)
    if meant is None or meant == before.text:
        return None
    span = t.span(before)
    return Diagnostic(
        "syntax",
        f"`{before.text}` starts nothing here",
        span,
        help=f"did you mean `{meant}`?",
        fixes=(Fix(f"write `{meant}`", span, meant, safe=is_slip(before.text, meant)),),
    )


def _keyword_shape(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """`loss = ...`: a keyword without what it takes."""
    before, token = t.before, t.token
    if before is None or before.text not in KEYWORD_FORMS or before.keyword not in t.expected(t.at - 1):
        return None
    form = KEYWORD_FORMS[before.text]
    message = f"`{before.text}` is written `{form}`"
    if token is not None and token.kind in ("EQUAL", "TILDE"):
        note = "a keyword here, not a name"
    else:
        note = f"{_found(token)} follows"
    return Diagnostic("syntax", message, t.span(before), note)


def _misplaced(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """A keyword whose entry belongs elsewhere."""
    token, before = t.token, t.before
    if (
        before is not None
        and before.text in KEYWORD_PLACES
        and before.kind == "NAME"
        and {"EQUAL", "TILDE"} <= expected
    ):
        note = f"`{before.text}` stands {KEYWORD_PLACES[before.text]}"
        return Diagnostic("syntax", f"`{before.text}` cannot stand here", t.span(before), note)
    if token is None or token.text not in KEYWORD_PLACES or not (t.leads(t.at) or "RBRACE" in expected):
        return None
    if _wants_operand(expected):
        return None
    note = f"`{token.text}` stands {KEYWORD_PLACES[token.text]}"
    labels: tuple[Label, ...] = ()
    if t.before is not None and t.before.kind == "RBRACE" and expected == {"$END"}:
        labels = (Label(t.span(t.before), f"`{t.tokens[0].text}` ends here"),)
    return Diagnostic("syntax", f"`{token.text}` cannot stand here", t.span(token), note, labels)


# marks


def _sign(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """`:` for `=`, `=` for `==`, and their like."""
    token, before = t.token, t.before
    if token is None or before is None:
        return None
    span = t.span(token)

    def swap(message: str, mark: str) -> Diagnostic:
        text = " " + mark if mark == "=" and before.end == token.start else mark
        place = Span(t.source, before.end, token.end) if mark == ":" else span
        fix = Fix(f"write `{mark}`", place, text, safe=True)
        return Diagnostic("syntax", message, span, help=f"write `{mark}`", fixes=(fix,))

    if token.kind == "COLON" and "EQUAL" in expected:
        return swap("a value is given with `=`; `:` comes before a type", "=")
    if token.kind == "EQ" and "EQUAL" in expected:
        return swap("`==` compares; a value is given with `=`", "=")
    if token.kind == "EQUAL" and "COLON" in expected:
        return swap("a field's type comes after `:`", ":")
    if token.kind == "EQUAL" and "EQ" in expected:
        return swap("`=` gives a value; `==` compares", "==")
    if token.kind in COMPARISONS and "PLUS" in expected:
        return Diagnostic("syntax", "comparisons do not chain", span, "join two of them with `and`")
    following = t.tokens[t.at + 1] if t.at + 1 < len(t.tokens) else None
    if token.kind == "DOT" and following is not None and following.kind == "NUMBER" and "NUMBER" in expected:
        both = span.to(t.span(following))
        fix = Fix(f"write `0.{following.text}`", both, f"0.{following.text}", safe=True)
        return Diagnostic("syntax", "a number starts with a digit", both, fixes=(fix,))
    if before.kind == "DOT" and t.at > 1 and t.tokens[t.at - 2].kind == "NUMBER":
        both = t.span(t.tokens[t.at - 2]).to(t.span(before))
        fix = Fix(f"write `{both.text}0`", both, both.text + "0", safe=True)
        return Diagnostic("syntax", "a number ends with a digit", both, fixes=(fix,))
    if token.kind == "LPAR" and before.kind == "NAME" and "EQUAL" in expected and "TILDE" in expected:
        note = f"give its value a name: `x = {before.text}(...)`"
        return Diagnostic("syntax", "a call alone does nothing", t.span(before), note)
    return None


def _separator(t: Trouble, expected: frozenset[str]) -> Diagnostic | None:
    """A comma too few or too many."""
    token, before = t.token, t.before
    if token is None or before is None:
        return None
    inside = any(
        x.kind in ("LPAR", "LSQB", "_TARGETS") and x.partner > t.at
        for x in t.tokens[: t.at]
        if x.depth == token.depth - 1
    )
    if "COMMA" in expected and inside and token.kind in OPERANDS and "PLUS" in expected | {"COLON"}:
        place = Span(t.source, before.end, before.end)
        fix = Fix("write `,`", place, ",")
        return Diagnostic("syntax", f"`,` is missing before {_found(token)}", t.span(token), fixes=(fix,))
    if token.kind == "COMMA" and "AS" in expected and t.tokens[t.at - 2].text == "import":
        fix = Fix("write `import` once more", t.span(token), "\nimport")
        return Diagnostic("syntax", "each file has an `import` of its own", t.span(token), fixes=(fix,))
    if (
        token.kind == "COMMA"
        and "COMMA" not in expected
        and before.kind in ("COMMA", "LPAR", "LSQB", "LBRACE")
    ):
        span = t.span(token)
        fix = Fix("remove the `,`", span, "", safe=True)
        return Diagnostic("syntax", "this `,` separates nothing", span, fixes=(fix,))
    return None


def _generic(t: Trouble, expected: frozenset[str]) -> Diagnostic:
    wanted = _in_words(expected)
    message = (
        f"expected {wanted}, found {_found(t.token)}" if wanted else f"{_found(t.token)} cannot stand here"
    )
    before = t.before
    if t.token is None or (
        before is not None and _wants_operand(expected) and t.line(before) < t.line(t.token)
    ):
        end = before.end if before is not None else len(t.source.text)
        span = Span(t.source, end, end)
    else:
        span = t.span(t.token)
    labels: tuple[Label, ...] = ()
    if before is not None and before.kind == "RBRACE" and expected == {"$END"}:
        labels = (Label(t.span(before), f"`{t.tokens[0].text}` ends here"),)
    return Diagnostic("syntax", message, span, labels=labels)


def _wants_operand(expected: frozenset[str]) -> bool:
    return "NUMBER" in expected or (
        bool(expected) and expected <= {"NAME", "STRING", "LSQB", "LPAR", "_TARGETS"}
    )


def _found(token: Token | None) -> str:
    if token is None:
        return "the end of the declaration"
    text = token.text if len(token.text) <= 24 else token.text[:23] + "…"
    return f"`{text}`" if token.kind != "STRING" else text


def _in_words(expected: frozenset[str]) -> str:
    """At most five things, the most telling first."""
    words: list[str] = []
    for marks, name in GROUPS:
        if marks <= expected:
            words.append(name)
            break
    if not words and "NAME" in expected:
        words.append("a name")
    if "STRING" in expected and "NUMBER" not in expected:
        words.append("a string")
    simple = ("EQUAL", "COLON", "TILDE", "ARROW", "LBRACE", "LPAR", "COMMA", "RPAR", "RSQB", "RBRACE")
    operand = "NUMBER" in expected
    if not operand:
        words += [
            f"`{MARKS[kind]}`"
            for kind in simple
            if kind in expected and (kind != "LPAR" or "PLUS" not in expected)
        ]
        keywords = [word for word, kind in KEYWORDS.items() if kind in expected]
        if len(keywords) <= 4 and len(words) < 5:
            words += [
                f"`{word}`" for word in keywords if "PLUS" not in expected or word not in ("and", "or", "as")
            ]
        if "PLUS" in expected and len(words) < 4:
            words.append("an operator")
        if expected == {"$END"}:
            words.append("the next declaration")
    words = words[:5]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1] if words else ""
