"""Programs as trees: what the generator builds, the oracle runs, a mutation changes, and the checker reads as text.

The trees know nothing of the compiler: they are written as text, and read by the checker as anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .families import CHOSEN, MEDIA, NUMBERS, Family


@dataclass(frozen=True, eq=False)
class Node:
    """An expression. `names` are the names of arguments, "" for one by position.

    number name text word batch    word
    + - * / > < neg                operands
    sigma alpha                    (time,)
    entry                          (list, index)
    part                           word: of a latent in a product
    of                             a role's function, word, of (role, arguments...)
    average                        (role,) with its decay in word
    call                           a built-in function or a graph, word, of arguments
    pair                           values in brackets
    noise                          (role,)
    levels                         ticks([...]) or sigmas([...]): word, numbers
    one                            ticks(n): word, (number,)
    grid range                     (n,), (low, high)
    as                             (latent, role, [time]) with the quantity in word
    """

    op: str
    args: tuple[Node, ...] = ()
    word: str = ""
    names: tuple[str, ...] = ()

    def name_of(self, i: int) -> str:
        return self.names[i] if i < len(self.names) else ""


@dataclass(frozen=True, eq=False)
class Statement:
    """bind draw for loss return. `names` are its targets, `value` what is bound, drawn from or gone over."""

    kind: str
    names: tuple[str, ...]
    value: Node
    body: tuple[Statement, ...] = ()
    scope: str = ""


@dataclass(frozen=True)
class Param:
    name: str
    type: str = ""


@dataclass(frozen=True, eq=False)
class Block:
    """A member: shared (one statement), param, state, graph or update. A `default` of a parameter is what the method says
    in place of what the program gives."""

    kind: str
    name: str
    body: tuple[Statement, ...]
    params: tuple[Param, ...] = ()
    roles: tuple[str, ...] = ()
    type: str = ""
    every: str = ""
    default: Node | None = None


@dataclass(frozen=True)
class Role:
    name: str
    family: Family
    trained: bool
    train: str = "full"


@dataclass(frozen=True, eq=False)
class Program:
    """`method` names the method that holds the blocks; empty if the program holds them itself. `used` are the names that
    the program gives to the method's roles, in the order in which `use` passes them."""

    roles: tuple[Role, ...]
    blocks: tuple[Block, ...]
    method: str = ""
    used: tuple[tuple[str, str], ...] = ()
    by_keyword: bool = False
    sample: Node | None = None
    """What `validate` makes: the call of a graph."""
    changes: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    """Words of the declarations outside of the blocks that are written otherwise."""

    def role(self, name: str) -> Role:
        return next(r for r in self.roles if r.name == name)


Path = tuple[int, ...]
"""A statement: its block, its place there, its places in loops."""
SAMPLE: Path = (-1,)


def statements(p: Program) -> Iterator[tuple[Path, Statement]]:
    def inside(at: Path, body: tuple[Statement, ...]) -> Iterator[tuple[Path, Statement]]:
        for i, s in enumerate(body):
            yield (*at, i), s
            yield from inside((*at, i), s.body)

    for i, b in enumerate(p.blocks):
        yield from inside((i,), b.body)


def nodes(n: Node, at: Path = ()) -> Iterator[tuple[Path, Node]]:
    yield at, n
    for i, a in enumerate(n.args):
        yield from nodes(a, (*at, i))


def put(n: Node, at: Path, new: Node) -> Node:
    """`n` with `new` in the place of the node there."""
    if not at:
        return new
    args = list(n.args)
    args[at[0]] = put(args[at[0]], at[1:], new)
    return replace(n, args=tuple(args))


def with_statement(p: Program, at: Path, new: Statement) -> Program:
    def change(body: tuple[Statement, ...], way: Path) -> tuple[Statement, ...]:
        i, *rest = way
        changed = replace(body[i], body=change(body[i].body, tuple(rest))) if rest else new
        return (*body[:i], changed, *body[i + 1 :])

    b = p.blocks[at[0]]
    b = replace(b, body=change(b.body, at[1:]))
    return replace(p, blocks=(*p.blocks[: at[0]], b, *p.blocks[at[0] + 1 :]))


def names_in(n: Node) -> Iterator[str]:
    for _, x in nodes(n):
        if x.op == "name" or x.op == "call":
            yield x.word


# building


def name(word: str) -> Node:
    return Node("name", word=word)


def number(word: str | int) -> Node:
    return Node("number", word=str(word))


def of(role: Node, function: str, *args: Node, names: tuple[str, ...] = ()) -> Node:
    return Node("of", (role, *args), function, ("", *names) if names else ())


def call(function: str, *args: Node, **named: Node) -> Node:
    return Node("call", (*args, *named.values()), function, (*("" for _ in args), *named))


BATCH = name("batch")


# text

STRENGTH = {">": 1, "<": 1, "+": 2, "-": 2, "*": 3, "/": 3, "neg": 4}
TIGHT = 6


def written(n: Node, room: int = 0) -> str:
    """The node as text, in brackets where what stands around it binds more tightly."""
    strength = 0.5 if n.op == "as" else STRENGTH.get(n.op, TIGHT)
    text = _plain(n)
    return f"({text})" if strength < room else text


def _plain(n: Node) -> str:
    match n.op:
        case "number" | "name" | "text" | "word":
            return n.word
        case ">" | "<" | "+" | "-" | "*" | "/":
            here = STRENGTH[n.op]
            space = " " if here < 3 or n.op == "/" else ""
            return f"{written(n.args[0], here)}{space}{n.op}{space}{written(n.args[1], here + 1)}"
        case "neg":
            return f"-{written(n.args[0], 5)}"
        case "sigma" | "alpha":
            return f"{written(n.args[0], TIGHT)}.{n.op}"
        case "entry":
            return f"{written(n.args[0], TIGHT)}[{written(n.args[1])}]"
        case "part":
            return f"{written(n.args[0], TIGHT)}.{n.word}"
        case "of":
            return f"{written(n.args[0], TIGHT)}.{n.word}({_arguments(n, 1)})"
        case "average":
            return f"average({written(n.args[0])}, decay = {n.word})"
        case "call":
            return f"{n.word}({_arguments(n, 0)})"
        case "pair":
            return f"({', '.join(map(written, n.args))})"
        case "noise":
            return f"noise[{written(n.args[0])}]"
        case "levels":
            return f"{n.word}([{', '.join(map(written, n.args))}])"
        case "one":
            return f"{n.word}({written(n.args[0])})"
        case "grid":
            return f"grid({written(n.args[0])})"
        case "range":
            return f"{written(n.args[0], 2)} .. {written(n.args[1], 2)}"
        case "as":
            inside = ", ".join(map(written, n.args[1:]))
            return f"{written(n.args[0], 1)} as {n.word}[{inside}]"
    raise AssertionError(n.op)


def _arguments(n: Node, start: int) -> str:
    return ", ".join(
        (f"{n.name_of(i)} = " if n.name_of(i) else "") + written(a)
        for i, a in enumerate(n.args)
        if i >= start
    )


@dataclass(frozen=True)
class Text:
    """A program as text: the line of each statement, and of each block's head."""

    text: str
    lines: dict[Path, int]


def render(p: Program) -> Text:
    lines: dict[Path, int] = {}
    families = dict.fromkeys(r.family.name for r in p.roles)
    out = [*(f'import "./{f}.fdl" {{ {f} }}' for f in families), ""]
    if p.method:
        out.append(f"method {p.method}({', '.join(r.name for r in p.roles)}) {{")
        _blocks(p, out, lines)
        out += ["}", ""]
    names = dict(p.used)
    data = {r.family.data for r in p.roles}
    sizes = [s for s in NUMBERS if any(s in CHOSEN[d] for d in data)]
    fields = dict.fromkeys(x for d in sorted(data) for x in _split(MEDIA[d]))
    out += ["program p {", f"  sizes {{ {', '.join(f'{s} = {NUMBERS[s]}' for s in sizes)} }}"]
    for r in p.roles:
        train = f" {{ train = {r.train} }}" if r.trained else ""
        out.append(f'  role {names.get(r.name, r.name)} = {r.family.name}("checkpoints/{r.name}"){train}')
    out.append(f'  data clips = folder("data/clips") {{ prompt: str, {", ".join(fields)} }}')
    if p.method:
        passed = [f"{m} = {given}" if p.by_keyword else given for m, given in p.used]
        given = {i: b for i, b in enumerate(p.blocks) if b.default is not None}
        lines |= {(i, 0): len(out) + 2 + k for k, i in enumerate(given)}
        values = [f"    {b.name} = {written(b.body[0].value)}" for b in given.values()]
        out.append(f"  use {p.method}({', '.join(passed)})" + (" {" if given else ""))
        out += [*values, "  }"] if given else []
    else:
        _blocks(p, out, lines)
    for r in p.roles:
        if r.trained:
            out.append(f"  optimize {names.get(r.name, r.name)} = adamw(lr = 1e-5)")
    out.append("  train { steps = 100, batch = 8 }")
    if p.sample is not None:
        out.append(f"  validate every 50 {{ sample = {written(p.sample)} }}")
        lines[SAMPLE] = len(out)
    out.append("}")
    text = "\n".join(out) + "\n"
    for old, new in p.changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return Text(text, lines)


def _split(media: str) -> list[str]:
    return [x if x.endswith("]") else f"{x}]" for x in media.split("], ")]


def _blocks(p: Program, out: list[str], lines: dict[Path, int]) -> None:
    for i, b in enumerate(p.blocks):
        lines[(i,)] = len(out) + 1
        match b.kind:
            case "shared":
                _body(b.body, (i,), "  ", out, lines)
            case "param" | "state":
                lines[(i, 0)] = len(out) + 1
                value = b.default if b.default is not None else b.body[0].value
                type_ = f": {b.type}" if b.type and b.kind == "param" else ""
                out.append(f"  {b.kind} {b.name}{type_} = {written(value)}")
            case _:
                params = ", ".join(q.name + (f": {q.type}" if q.type else "") for q in b.params)
                head = f"graph {b.name}({params})" if b.kind == "graph" else f"update {', '.join(b.roles)}"
                out.append(f"  {head}{f' every {b.every}' if b.every else ''} {{")
                _body(b.body, (i,), "    ", out, lines)
                out.append("  }")


def _body(body: tuple[Statement, ...], at: Path, indent: str, out: list[str], lines: dict[Path, int]) -> None:
    for i, s in enumerate(body):
        lines[(*at, i)] = len(out) + 1
        targets = s.names[0] if len(s.names) == 1 else f"({', '.join(s.names)})"
        match s.kind:
            case "bind":
                out.append(f"{indent}{targets} = {written(s.value)}")
            case "draw":
                out.append(f"{indent}{targets} ~ {written(s.value)}{f' per {s.scope}' if s.scope else ''}")
            case "loss":
                out.append(f"{indent}loss {targets} = {written(s.value)}")
            case "return":
                out.append(f"{indent}return {written(s.value)}")
            case "for":
                out.append(f"{indent}for {targets} in {written(s.value)} {{")
                _body(s.body, (*at, i), indent + "  ", out, lines)
                out.append(f"{indent}}}")
