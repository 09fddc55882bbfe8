"""Where in a text a place stands, found from the tokens before it, so that it works in the middle of an edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ..base.frozen import field, mutable
from ..base.source import Source, Span
from ..syntax.automaton import expected, stack_after
from ..syntax.declarations import TOP
from ..syntax.lexer import CLOSERS, KEYWORDS, Lexed, Token, lex, match_brackets
from ..syntax.parser import mark_targets

OPENING = frozenset(CLOSERS)
CLOSING = frozenset(CLOSERS.values())
COMPLETE = frozenset({"NAME", "NUMBER", "STRING", *CLOSING})
"""A line that ends in one of these may be a whole entry."""
GOING_ON = frozenset({"by", "from", "every", "except", "until", "as", "per", "and", "or", "to", "in", "not"})
"""Words that go on with the entry of the line before."""


@mutable
class OpenBracket:
    """An open bracket around the place. `head` are the tokens of the entry that it stands in, up to it; `entry` those
    of the entry or argument inside that is being written; `count` is how many came before it.
    """

    opener: Token | None
    head: list[Token]
    entry: list[Token] = field(default_factory=list)
    count: int = 0
    start: int = 0  # of its first token within the piece
    done: list[list[Token]] = field(default_factory=list)  # entries before

    @property
    def braces(self) -> bool:
        return self.opener is None or self.opener.kind == "LBRACE"

    @property
    def block(self) -> str:
        """The word that a block of braces begins with; "map" for `x = { ... }`, "field" for a field's options."""
        if self.opener is None:
            return ""
        words = [t.text for t in self.head]
        if words and words[0] in KEYWORDS and len(words) == 1:
            return words[0]
        if len(words) > 1 and words[0] in KEYWORDS and self.head[1].kind in ("NAME", "LPAR", "STRING"):
            return words[0]
        return "field" if len(words) > 1 and self.head[1].kind == "COLON" else "map"


@mutable
class Cursor:
    """A place in a text. `word` is the name that is being written there, empty where there is none."""

    source: Source
    offset: int
    word: Span
    before: list[Token]
    """The tokens of the declaration that end before the word."""
    piece: list[Token]
    """All tokens of the declaration."""
    frames: list[OpenBracket]
    """What is open around the place, the file first."""
    string: Token | None = None
    comment: bool = False

    @property
    def inner(self) -> OpenBracket:
        return self.frames[-1]

    @property
    def block(self) -> OpenBracket:
        """The innermost braces, or the file."""
        return next(f for f in reversed(self.frames) if f.braces)

    @property
    def entry(self) -> list[Token]:
        """What is written of the entry in the innermost braces, arguments in open brackets included."""
        at = max(i for i, f in enumerate(self.frames) if f.braces)
        found = list(self.frames[at].entry)
        for f in self.frames[at + 1 :]:
            assert f.opener is not None
            found += [f.opener, *(t for e in f.done for t in e), *f.entry]
        return found

    @property
    def last(self) -> Token | None:
        return self.before[-1] if self.before else None

    @property
    def path(self) -> list[str]:
        """The blocks around the place, outermost first: `["program", "use"]`."""
        return [f.block for f in self.frames[1:] if f.braces]

    @cached_property
    def expected(self) -> frozenset[str]:
        """The terminals that may stand here. Where an earlier entry is broken, only the open ones count."""
        for tokens in (self.before, list(self._skeleton())):
            stack = stack_after(tokens, "declaration")
            if stack is not None:
                return expected(stack)
        return frozenset()

    def _skeleton(self) -> Iterator[Token]:
        for f in self.frames:
            if f.opener is not None:
                yield f.opener
                if not f.braces:
                    for e in f.done:
                        yield from e
            yield from f.entry


def cursor(source: Source, offset: int, lexed: Lexed | None = None) -> Cursor:
    lexed = lexed or lex(source)
    tokens = lexed.tokens[:-1]
    here = next((t for t in tokens if t.kind == "NAME" and t.start <= offset <= t.end), None)
    word = Span(source, here.start, here.end) if here is not None else Span(source, offset, offset)
    string = next((t for t in tokens if t.text[:1] == '"' and t.start < offset and _inside(t, offset)), None)
    comment = any(c.span.start < offset <= c.span.end for c in lexed.comments)
    piece = _piece(source, tokens, word.start)
    match_brackets(piece)
    mark_targets(piece)
    before = [t for t in piece if t.end <= word.start and t is not here and t is not string]
    frames = _open_brackets(source, before, word.start)
    if len(frames) == 1 and before and _next_declaration(source, before[-1], word):
        before, piece, frames = [], [here] if here is not None else [], [OpenBracket(None, [])]
    return Cursor(source, offset, word, before, piece, frames, string, comment)


def _next_declaration(source: Source, last: Token, word: Span) -> bool:
    """Whether a declaration is complete before a word on another line."""
    new_line = "\n" in source.text[last.end : word.start]
    return new_line and last.kind in COMPLETE and word.text not in GOING_ON


def _inside(token: Token, offset: int) -> bool:
    """Whether a place stands in a string, which may not be closed yet."""
    return offset < token.end or token.kind == "ERROR"


def _piece(source: Source, tokens: Sequence[Token], offset: int) -> list[Token]:
    """The tokens of the declaration around a place: from the last word at the margin that starts one to the next."""
    declaration_starts = [i for i, t in enumerate(tokens) if t.text in TOP and _column(source, t) == 0]
    starts = [i for i in declaration_starts if tokens[i].start < offset or tokens[i].start == offset == 0]
    first = starts[-1] if starts else 0
    following = [i for i in declaration_starts if i > first and tokens[i].start >= offset]
    last = following[0] if following else len(tokens)
    if not starts and declaration_starts and tokens[declaration_starts[0]].start <= offset:
        first = declaration_starts[0]
    return list(tokens[first:last])


def _column(source: Source, token: Token) -> int:
    return token.start - source.text.rfind("\n", 0, token.start) - 1


def _open_brackets(source: Source, before: Sequence[Token], end: int) -> list[OpenBracket]:
    """The brackets that are open at the end, with what is written in them."""
    text = source.text
    frames = [OpenBracket(None, [])]
    previous: Token | None = None

    def ends_entry(at: int, word: str | None) -> bool:
        """Whether a new entry begins at a name that stands there."""
        if previous is None or not frames[-1].braces or not frames[-1].entry or word in GOING_ON:
            return False
        fresh_line = "\n" in text[previous.end : at]
        if frames[-1].opener is None:
            return False
        return previous.kind == "RBRACE" or (fresh_line and previous.kind in COMPLETE)

    for i, token in enumerate(before):
        frame = frames[-1]
        if token.kind in ("NAME", "_TARGETS") and ends_entry(token.start, token.text):
            frame.done.append(frame.entry)
            frame.entry = []
        if token.kind == "COMMA":
            if frame.braces and frame.opener is not None:
                frame.done.append(frame.entry)
            elif not frame.braces:
                frame.done.append([*frame.entry, token])
            frame.entry = []
            frame.count += 1
        elif token.kind in OPENING or token.kind == "_TARGETS":
            frames.append(OpenBracket(token, list(frame.entry), start=i + 1))
        elif token.kind in CLOSING:
            _close(frames, token)
        else:
            frame.entry.append(token)
        previous = token
    word = text[end : end + 12].split(" ")[0]
    if ends_entry(end, word if word.isidentifier() else None):
        frames[-1].done.append(frames[-1].entry)
        frames[-1].entry = []
    return frames


def _close(frames: list[OpenBracket], token: Token) -> None:
    """Takes the bracket off that a closing one belongs to, and those inside it that were left open."""
    at = next(
        (
            i
            for i in range(len(frames) - 1, 0, -1)
            if (o := frames[i].opener) is not None and (CLOSERS.get(o.kind, "RPAR") == token.kind)
        ),
        None,
    )
    if at is None:
        return
    inside: list[Token] = []
    for frame in frames[at:]:
        assert frame.opener is not None
        inside += [frame.opener, *(t for e in frame.done for t in e), *frame.entry]
    del frames[at:]
    frames[-1].entry += [*inside, token]


def chain_before(tokens: Sequence[Token]) -> list[Token]:
    """The expression that a `.` at the end stands behind: `student`, `steps[i]`, `average(student, 0.9)`."""
    found: list[Token] = []
    i = len(tokens) - 1
    wants_name = True
    while i >= 0:
        token = tokens[i]
        if wants_name and token.kind in ("RPAR", "RSQB"):
            depth = 0
            while i >= 0:
                depth += (tokens[i].kind in CLOSING) - (tokens[i].kind in OPENING)
                found.insert(0, tokens[i])
                if not depth:
                    break
                i -= 1
        elif wants_name and token.kind == "NAME":
            found.insert(0, token)
            wants_name = False
        elif not wants_name and token.kind == "DOT":
            found.insert(0, token)
            wants_name = True
        else:
            break
        i -= 1
    return found
