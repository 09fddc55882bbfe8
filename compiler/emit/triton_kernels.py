"""A fused group in the emitted module: its Triton kernels forward and backward, the functions that launch them, and
its torch reference.

Every kernel works on BLOCK elements of one sample of N; sums are finished on the [b, blocks] partial sums of its
programs, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...stages.op import ATOM
from ...stages.table import OPS
from ..base.source import Span
from ..ir.graph import Function
from ..ir.places import base_name, places
from ..ir.value_names import Names
from ..passes.fusion.group import Arithmetic, arithmetic
from ..passes.fusion.scalar_autodiff import SUM as ADDED
from ..passes.fusion.scalar_autodiff import Phase
from .expression_text import WIDTH, Expression, call, defined, fill, literal, wrapped
from .kernel_function import Argument, KernelWriter
from .lines import EmittedLine

RUNTIME = "fdc.compiler.runtime"
IMPORTS = frozenset(
    f"{RUNTIME}.{i}" for i in ("api.fused:Fused", "api.fused:Launch", "api.triton:tl", "api.triton:triton")
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

    def indexes(*kinds: str) -> str:
        return repr(tuple(k for k, i in enumerate(group.inputs) if i.kind in kinds))

    parts = [
        Expression(f"{name}_reference"),
        Expression(f"{name}_forward"),
        *([Expression(f"{name}_backward")] if group.gradients else []),
        Expression(f"lines={_lines(function)!r}".replace("'", '"')),
        Expression(f"latents={indexes('latent')}"),
        *(
            [Expression(f"samples={indexes('sample', 'frame')}")]
            if any(i.kind in ("sample", "frame") for i in group.inputs)
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
            kernel = KernelWriter(group, name, function.span, launch.stored)
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

    def launch(self, kernel: KernelWriter, phase: Phase) -> None:
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

    def _argument(self, read: Argument) -> str:
        match read:
            case ("input", index):
                whole = self.group.inputs[index].dtype == "int"
                return f"float({self.inputs[index]})" if whole else self.inputs[index]
            case ("draw", address):
                return f"*launch.stream({', '.join(self.inputs[i] for i in address)})"
            case ("value", value):
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
