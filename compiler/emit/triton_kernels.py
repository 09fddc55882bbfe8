"""A fused group in the emitted module: its Triton kernels forward and backward, the functions that launch them, and
its torch reference.

Every kernel works on BLOCK elements of one sample of N; sums are finished on the [b, blocks] partial sums of its
programs, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...stages.op import ATOM, COMPARE, SUM, Op
from ...stages.table import OPS
from ..base.source import Span
from ..ir.graph import Function
from ..ir.places import base_name, places
from ..ir.value_names import Names, noun
from ..passes.fusion.group import Arithmetic, Input, arithmetic
from ..passes.fusion.scalar_autodiff import SUM as ADDED
from ..passes.fusion.scalar_autodiff import Phase, needs
from .expression_text import WIDTH, Expression, call, defined, fill, literal, wrapped
from .lines import EmittedLine

RUNTIME = "fdc.compiler.runtime"
LONGEST = 64
"""Characters of an expression that is still folded into the one that uses it."""
WIDEST = 90
"""Characters of an expression that still stands on one line."""
IMPORTS = frozenset(
    f"{RUNTIME}.{i}" for i in ("api.fused:Fused", "api.fused:Launch", "api.triton:tl", "api.triton:triton")
)
PLACES = (
    "program = tl.program_id(0)",
    "sample = program // tl.cdiv(N, BLOCK)",
    "element = program % tl.cdiv(N, BLOCK) * BLOCK + tl.arange(0, BLOCK)",
    "inside = element < N",
    "offset = sample.to(tl.int64) * N + element",
)


def kernels(function: Function, imports: set[str]) -> list[EmittedLine]:
    """Everything of a group but its reference, which stands between the kernels and the object's line."""
    group = arithmetic(function)
    imports |= IMPORTS
    if any(v.op == "normal" for v in group.scalars.values):
        imports.add(f"{RUNTIME}.api.kernel_draws:normal")
    lines = _direction(function, group, "forward")
    if group.gradients:
        lines += [EmittedLine(""), EmittedLine(""), *_direction(function, group, "backward")]
    return [*map(EmittedLine, _about(function)), *lines]


def instance(function: Function) -> list[EmittedLine]:
    """The object that the module's functions call."""
    group = arithmetic(function)
    name = function.name

    def indexes(kind: str) -> str:
        return repr(tuple(k for k, i in enumerate(group.inputs) if i.kind == kind))

    parts = [
        Expression(f"{name}_reference"),
        Expression(f"{name}_forward"),
        *([Expression(f"{name}_backward")] if group.gradients else []),
        Expression(f"lines={_lines(function)!r}".replace("'", '"')),
        Expression(f"latents={indexes('latent')}"),
        *(
            [Expression(f"samples={indexes('sample')}")]
            if any(i.kind == "sample" for i in group.inputs)
            else []
        ),
        *([Expression(f"outputs={len(group.outputs)}")] if len(group.outputs) > 1 else []),
    ]
    if group.gradients:
        parts.append(Expression(f"gradients={tuple(k for k, _ in group.gradients)}"))
        parts.append(Expression(f"reads={group.read}"))
        quiet = tuple(k for k, o in enumerate(group.outputs) if not o.taped)
        if quiet:
            parts.append(Expression(f"quiet={quiet}"))
    return [EmittedLine(t, function.span) for t in wrapped(f"{name} = ", call("Fused", parts), 0)]


def _lines(function: Function) -> str:
    """`dmd2.fdl:15-17, wan.fdl:63`."""
    return places(s for n in function.graph.nodes if n.inputs for s in n.spans[:1])


def _about(function: Function) -> Iterable[str]:
    """The lines of the program that the group computes, as the user wrote them."""
    seen = dict.fromkeys(s for n in function.graph.nodes if n.inputs for s in n.spans[:1])
    texts = dict.fromkeys(
        f"# {base_name(s)}:{s.line}  {' '.join(s.source.line_text(s.line).split())}"
        for s in sorted(seen, key=lambda s: (base_name(s), s.line))
    )
    for text in texts:
        yield text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


# one direction


def _direction(function: Function, group: Arithmetic, which: str) -> list[EmittedLine]:
    schedule = group.forward if which == "forward" else group.backward
    stem = f"{function.name}_{'kernel' if which == 'forward' else 'gradient_kernel'}"
    launch = _Launch(group, which, function.span)
    lines: list[EmittedLine] = []
    wide = [p for p in schedule.phases if p.stores or p.sums]
    for phase in schedule.phases:
        if phase in wide:
            name = stem if len(wide) == 1 else f"{stem}_{wide.index(phase) + 1}"
            kernel = _Kernel(group, name, launch)
            lines += [*kernel.text(phase), EmittedLine(""), EmittedLine("")]
            launch.launch(kernel, phase)
        launch.after(phase)
    head = defined(f"{function.name}_{which}", launch.parameters, "tuple[Tensor, ...]")
    return [*lines, *(EmittedLine(t, function.span) for t in head), *launch.finished()]


def _stores(group: Arithmetic, which: str) -> list[tuple[int, str, bool]]:
    """(value, name, whether it holds booleans) of each latent that a direction writes."""
    if which == "forward":
        results = [(o.value, o.name, o.dtype == "bool") for o in group.outputs if o.level == 2]
        stored = {value for value, _, _ in results}
        kept = [i for i in group.saved if group.scalars.level(i) == 2 and i not in stored]
        return [*results, *((i, group.names[i], False) for i in kept)]
    return [(g, f"grad_{group.inputs[k].name}", False) for k, g in group.gradients]


class _Launch:
    """The function that launches a direction's kernels and finishes their sums."""

    def __init__(self, group: Arithmetic, which: str, span: Span) -> None:
        self.group, self.s, self.which, self.span = group, group.scalars, which, span
        self.names = Names()
        taken = group.read if which == "backward" else range(len(group.inputs))
        self.inputs = {k: self.names.own(group.inputs[k].name) for k in taken}
        self.known: dict[int, Expression] = {}  # small values and latents that have a name here
        self.body: list[EmittedLine] = []
        given = [*group.saved] if which == "backward" else []
        self.saved = [self._named(i) for i in given]
        self.upstream = [self._named(g) for _, g in group.upstream] if which == "backward" else []
        self.stored = {value: (name, boolean) for value, name, boolean in _stores(group, which)}

    @property
    def parameters(self) -> list[str]:
        kinds = {k: self.group.inputs[k] for k in self.inputs}
        typed = [
            f"{name}: {kinds[k].dtype if kinds[k].kind in ('host', 'address') else 'Tensor'}"
            for k, name in self.inputs.items()
        ]
        return ["launch: Launch", *typed, *(f"{n}: Tensor" for n in (*self.saved, *self.upstream))]

    def _named(self, value: int) -> str:
        name = self.names.own(self.group.names.get(value, "total"))
        self.known[value] = Expression(name)
        return name

    # kernels

    def launch(self, kernel: _Kernel, phase: Phase) -> None:
        read = [
            self._argument(a) for a in kernel.reads
        ]  # before results take the names of what they are made of
        made = []
        for value in phase.stores:
            word, boolean = self.stored[value]
            name = self.names.own(word)
            self.known[value] = Expression(name)
            self._write(f"{name} = ", Expression(f"launch.latent({'torch.bool' if boolean else ''})"), value)
            made.append(name)
        for value in phase.sums:
            name = self.names.own("partial")
            self._write(f"{name} = ", Expression("launch.partial_sums()"), value)
            self.known[value] = Expression(f"{name}.sum({'1' if self.s.level(value) == 1 else ''})", ATOM)
            made.append(name)
        arguments = [*read, *made]
        text = call(
            f"{kernel.name}[launch.grid]", [*map(Expression, arguments), Expression("**launch.options")]
        )
        last = (*phase.stores, *phase.sums)[-1]
        self._write("", text, last)

    def _write(self, prefix: str, code: Expression, value: int) -> None:
        span = self.group.places.get(value, self.span)
        self.body += [EmittedLine(t, span) for t in wrapped(prefix, code, 4)]

    def _argument(self, read: object) -> str:
        match read:
            case ("input", int(index)):
                whole = self.group.inputs[index].dtype == "int"
                return f"float({self.inputs[index]})" if whole else self.inputs[index]
            case ("draw", tuple(address)):
                return f"*launch.stream({', '.join(self.inputs[i] for i in address)})"
            case ("value", int(value)):
                return self.known[value].text
            case word:
                return f"launch.{word}"

    # sums, and what follows from them

    def after(self, phase: Phase) -> None:
        for value in (*phase.sums, *phase.after):
            self.code(value)
        uses = self._uses()
        for value in (*phase.sums, *phase.after):
            code = self.code(value)
            kept = value in self.group.saved or value in {o.value for o in self.group.outputs}
            read = any(value in p.reads for p in self._phases())
            if kept or read or uses.get(value, 0) > 1:
                name = self.names.own(self.group.names.get(value, "total"))
                if code.text != name:
                    self._write(f"{name} = ", code, value)
                self.known[value] = Expression(name)

    def _phases(self) -> Sequence[Phase]:
        return (self.group.forward if self.which == "forward" else self.group.backward).phases

    def _uses(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for phase in self._phases():
            for value in phase.after:
                for a in self.s[value].args:
                    found[a] = found.get(a, 0) + 1
        return found

    def code(self, id: int) -> Expression:
        """A small value as torch text: a tensor [b] or [], or a number of Python."""
        if id in self.known:
            return self.known[id]
        value = self.s[id]
        match value.op:
            case "const":
                return literal(value.data)
            case "host" | "load":
                assert isinstance(value.data, int)
                return Expression(self.inputs[value.data])
            case "elements":
                return Expression("launch.n")
            case "samples":
                return Expression("launch.b")
            case "stop":
                return self.code(value.args[0])
            case _ if value.op == ADDED:
                return Expression(f"{self.code(value.args[0]).at(ATOM)}.sum()")
        arguments = [self.code(a) for a in value.args]
        tensors = [self._is_tensor(a) for a in value.args]
        op = OPS[value.op]
        if op.bounded and any(tensors) and not all(tensors):
            x, bound = arguments if tensors[0] else reversed(arguments)
            return Expression(op.bounded.format(x.at(ATOM), bound.text))
        return fill(op, arguments, not any(tensors))

    def _is_tensor(self, id: int) -> bool:
        value = self.s[id]
        if id in self.known or value.op == "load":
            return True
        return any(map(self._is_tensor, value.args))

    # the end

    def finished(self) -> list[EmittedLine]:
        if self.which == "backward":
            results = [self.known[g].text for _, g in self.group.gradients]
        else:
            results = [self._shaped(self.known[o.value].text, o.level, o.axes) for o in self.group.outputs]
            results += [self.known[i].text for i in self.group.saved]
        tupled = f"({', '.join(results)}{',' if len(results) == 1 else ''})"
        plain = f"return {', '.join(results)}" if len(results) > 1 else f"return {tupled}"
        return [*self.body, EmittedLine(f"    {plain}", self.span)]

    def _shaped(self, text: str, level: int, axes: int) -> str:
        return f"{text}.view(-1{', 1' * (axes - 1)})" if level == 1 and axes > 1 else text


class _Kernel:
    """One kernel. `reads` tells how a launch finds its arguments, in their order."""

    def __init__(self, group: Arithmetic, name: str, launch: _Launch) -> None:
        self.group, self.s, self.name, self.span = group, group.scalars, name, launch.span
        self.stored = launch.stored
        self.names = Names((), group.names.values())
        self.reads: list[object] = []
        self.parameters: list[str] = []
        self.fixed: list[str] = []  # integers of which no special kernel is made
        self.text_of: dict[int, Expression] = {}
        self.body: list[EmittedLine] = []

    def text(self, phase: Phase) -> list[EmittedLine]:
        s = self.s
        roots = [*phase.stores, *(s[i].args[0] for i in phase.sums)]
        there = frozenset(phase.reads)
        inside = sorted(needs(s, roots, there))
        self._leaves(inside, there)
        outputs = [self._parameter(f"{self.stored[v][0]}_out") for v in phase.stores]
        parts = [self._parameter("partial_out") for _ in phase.sums]
        uses: dict[int, int] = {}
        for i in inside:
            for a in s[i].args if i not in there else ():
                uses[a] = uses.get(a, 0) + 1
        for r in roots:
            uses[r] = uses.get(r, 0) + 1
        for i in inside:
            if i not in self.text_of:
                self._value(i, uses.get(i, 0))
        for name, value in zip(outputs, phase.stores):
            store = call(
                "tl.store", [Expression(f"{name} + offset"), self.text_of[value], Expression("inside")]
            )
            self._statement("", store, value)
        for name, total in zip(parts, phase.sums):
            each = call("tl.where", [Expression("inside"), self.text_of[s[total].args[0]], Expression("0.0")])
            self._statement(
                "", call("tl.store", [Expression(f"{name} + program"), call("tl.sum", [each])]), total
            )
        decorator = "@triton.jit"
        if self.fixed:
            quoted = ", ".join(f'"{f}"' for f in self.fixed)
            decorator += f"(do_not_specialize=[{quoted}])"
        parameters = [*self.parameters, "N: tl.constexpr", "BLOCK: tl.constexpr"]
        head = defined(self.name, parameters)
        first = [decorator, *head, *(f"    {t}" for t in PLACES)]
        return [*(EmittedLine(t, self.span) for t in first), *self.body]

    def _parameter(self, word: str) -> str:
        name = self.names.other(word)
        self.parameters.append(name)
        return name

    def _statement(self, prefix: str, code: Expression, value: int) -> None:
        span = self.group.places.get(value, self.span)
        self.body += [EmittedLine(t, span) for t in wrapped(prefix, code, 4)]

    # what is read

    def _leaves(self, inside: list[int], there: frozenset[int]) -> None:
        s = self.s
        draws = [i for i in inside if s[i].op == "normal"]
        for i in sorted(inside, key=self._order):
            value = s[i]
            if i in there:
                self._read(i, self.group.names.get(i, "total"), ("value", i), value.level)
            elif value.op == "const":
                self.text_of[i] = literal(value.data)
            elif value.op == "host":
                assert isinstance(value.data, int)
                name = self._parameter(self.group.inputs[value.data].name)
                self.reads.append(("input", value.data))
                self.text_of[i] = Expression(name)
            elif value.op == "load" and isinstance(value.data, int):
                given = self.group.inputs[value.data]
                self._read(i, given.name, ("input", value.data), value.level, given)
            elif value.op == "load":
                self._read(i, self.group.names[i], ("value", i), value.level)
            elif value.op == "elements":
                self.text_of[i] = Expression("(N * 1.0)")
            elif value.op == "samples":
                self.text_of[i] = Expression(self._parameter("samples"))
                self.reads.append("samples")
        for i in draws:
            self._draw(i)
        if draws:
            self.parameters.append("rows")
            self.reads.append("rows")

    def _order(self, id: int) -> tuple[int, int]:
        """Inputs as the group has them, then what else is read."""
        data = self.s[id].data
        return (0, data) if self.s[id].op in ("host", "load") and isinstance(data, int) else (1, id)

    def _read(self, id: int, word: str, read: object, level: int, given: Input | None = None) -> None:
        pointer = self._parameter(f"{word}_ptr")
        self.reads.append(read)
        boolean = given is not None and given.dtype == "bool"
        beyond = "False" if boolean else "0.0"
        where = {2: f"{pointer} + offset, inside, other={beyond}", 1: f"{pointer} + sample", 0: pointer}[
            level
        ]
        cast = ".to(tl.float32)" if level == 2 and not boolean else ""
        name = self.names.own(self.group.names.get(id, word))
        self._statement(f"{name} = ", Expression(f"tl.load({where}){cast}"), id)
        self.text_of[id] = Expression(name)

    def _draw(self, id: int) -> None:
        word = self.group.names.get(id, "noise")
        keys = [self._parameter(f"{word}_{part}") for part in ("key_0", "key_1", "round")]
        self.fixed += keys
        self.reads.append(("draw", self.s[id].data))
        name = self.names.own(word)
        parts = [Expression(k) for k in keys] + [Expression("tl.load(rows + sample)"), Expression("element")]
        self._statement(f"{name} = ", call("normal", parts), id)
        self.text_of[id] = Expression(name)

    # arithmetic

    def _noun(self, id: int) -> str:
        op = self.s[id].op
        return noun(op) if op in OPS else op

    def _value(self, id: int, uses: int) -> None:
        value = self.s[id]
        if value.op == "stop":
            self.text_of[id] = self.text_of[value.args[0]]
            return
        code = _triton(OPS[value.op], [self.text_of[a] for a in value.args])
        while len(code.text) > WIDEST:
            longest = max(value.args, key=lambda a: len(self.text_of[a].text))
            if self.text_of[longest].text.isidentifier():
                break
            name = self.names.own(self._noun(longest))
            self._statement(f"{name} = ", self.text_of[longest], longest)
            self.text_of[longest] = Expression(name)
            code = _triton(OPS[value.op], [self.text_of[a] for a in value.args])
        word = self.group.names.get(id)
        if uses > 1 or word or len(code.text) > LONGEST:
            name = self.names.own(word or self._noun(id))
            self._statement(f"{name} = ", code, id)
            code = Expression(name)
        self.text_of[id] = code


def _triton(op: Op, arguments: Sequence[Expression]) -> Expression:
    if "(" in op.triton:
        return Expression(op.triton.format(*(a.text for a in arguments)), ATOM)
    binds, slots = (op.binds, op.slots) if op.triton == op.torch else (COMPARE, (SUM,))
    texts = [a.at(slots[min(k, len(slots) - 1)]) for k, a in enumerate(arguments)]
    return Expression(op.triton.format(*texts), binds)
