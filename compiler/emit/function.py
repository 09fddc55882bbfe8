"""One graph as the body of one Python function: statements in the order written, single uses folded in,
unrecorded parts under `torch.no_grad()`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..base.source import Span
from ..ir.graph import Array, Function, Graph, Host, Node, Results
from ..ir.places import base_name, places
from ..ir.value_names import Names, noun
from .expression_text import WIDTH, Expression
from .lines import BodyWriter
from .op_writers import imports, written

LONGEST = 72
"""Characters of an expression that is still folded into the one that uses it."""


class Body:
    """Writes a function's graph; `taken` are the names of the module's functions that it may call."""

    def __init__(self, function: Function, taken: Collection[str]) -> None:
        self.function = function
        self.names = Names(taken, (n.name for n in function.graph.walk() if n.name))
        self.text: dict[int, Expression] = {}
        self.uses: dict[int, int] = {}
        self.nodes: dict[int, Node] = {n.id: n for n in function.graph.walk()}
        self.imports: set[str] = set()
        self.rename: dict[int, str] = {}
        # of values that are folded into others: what stands above the statement, and which autograd would record
        self.notes: dict[int, tuple[str, ...]] = {}
        self.recorded: set[int] = set()
        self._count(function.graph, 1)

    # which values get a statement of their own

    def _count(self, graph: Graph, weight: int) -> None:
        inside = {n.id for n in graph.nodes}
        for node in graph.nodes:
            for i in node.inputs:
                self.uses[i] = self.uses.get(i, 0) + (1 if i in inside or weight == 1 else 2)
            if node.body is not None:
                self._count(node.body, 2)
        for _, i in graph.outputs:
            self.uses[i] = self.uses.get(i, 0) + 1

    def _stands_alone(self, node: Node, code: Expression) -> bool:
        if node.op_info.stands == "inline":
            return False
        if node.op_info.stands == "alone" or node.name:
            return True
        if isinstance(node.type, Host):
            return self.uses.get(node.id, 0) > 1 and len(code.text) > 16
        if self.uses.get(node.id, 0) == 1 and len(code.text) <= LONGEST:
            reader = self._reader(node.id)
            records = node.grad != "free" and node.op_info.differentiable
            return records and reader is not None and reader.grad != node.grad
        return not (len(code.text) <= 12 and node.op == "sub" and self._is_host_one(node))

    def _is_host_one(self, node: Node) -> bool:
        """`1 - sigma`, which reads better in place."""
        first = self.nodes.get(node.inputs[0])
        return first is not None and first.op == "const"

    def _reader(self, id: int) -> Node | None:
        return next((n for n in self.nodes.values() if id in n.inputs), None)

    def freed(self) -> list[str]:
        """Names of the values to let go that stand for nothing else outside of loops."""
        texts = [self.text[n.id].text for n in self.function.graph.nodes if n.id in self.text]
        found = [self.text[i].text for i in self.function.freed if i in self.text]
        return [name for name in found if name.isidentifier() and texts.count(name) == 1]

    # text

    def code(self, node: Node) -> Expression:
        hosts = [not isinstance(self.nodes[i].type, Array) for i in node.inputs]
        self.imports |= imports(node, all(hosts))
        return written(node, [self.text[i] for i in node.inputs], hosts)

    # statements

    def write(self, out: BodyWriter) -> None:
        f = self.function
        for id, name in zip(f.graph.parameters, f.parameters):
            self.text[id] = Expression(name)
            self.names.used.add(name)
        self._block(f.graph.in_written_order(), out, f.kind in ("update", "numbers", "fused"))
        self._return(out)

    def _return(self, out: BodyWriter) -> None:
        f = self.function
        outputs = f.graph.outputs
        if len(outputs) == 1 and (outputs[0][0] == "" or f.kind == "fused"):
            node = self.nodes[outputs[0][1]]
            code = self.text[outputs[0][1]]
            out.statement("return ", code, node.spans[0] if node.spans else None, self._comment(node))
            return
        self._quiet([self.nodes[i] for _, i in outputs if i in self.recorded], out)
        if f.kind == "fused":
            texts = [self.text[i].text for _, i in outputs]
            if len(", ".join(texts)) > WIDTH - len("    return "):
                self._assign([self.nodes[i] for _, i in outputs if not self.text[i].text.isidentifier()], out)
            out.add(f"return {', '.join(self.text[i].text for _, i in outputs)}", f.span)
            return
        entries = [Expression(f'"{n}": {self.text[i].text}') for n, i in outputs]
        text = "{" + ", ".join(e.text for e in entries) + "}"
        out.statement("return ", Expression(text, parts=tuple(entries), brackets=("{", "}")), f.span, "")

    def _quiet(self, results: Iterable[Node], out: BodyWriter) -> None:
        """Statements under `no_grad` for results that would be recorded where they are returned."""
        wanted = [node for node in results if not self.text[node.id].text.isidentifier()]
        if wanted:
            out.add("with torch.no_grad():")
            out.indent += 4
            self._assign(wanted, out)
            out.indent -= 4
            self.imports.add("torch")

    def _assign(self, results: Iterable[Node], out: BodyWriter) -> None:
        """Statements of their own for results that are too long to be returned as they stand."""
        for node in results:
            name = self._fresh(node)
            out.statement(f"{name} = ", self.text[node.id], self._place(node), self._comment(node))
            self.text[node.id] = Expression(name)

    def _block(self, graph: Graph, out: BodyWriter, quieten: bool) -> None:
        """Statements of a graph; where values would be recorded that must not be, they stand under `no_grad`, in as
        few blocks as the order allows."""
        quiet = False
        for node in graph.nodes:
            if node.id in self.text and node.op == "param":
                continue
            if node.op == "result":
                self.text[node.id] = self.text[self._carried(node)]
                continue
            if node.op == "part" and node.id in self.text:  # named where the whole group was
                continue
            value = None if node.op == "loop" else self.code(node)
            parts = self._parts(node, graph)
            notes = self._notes(node)
            would_record = self._would_record(node)
            folded = not parts and value is not None and not self._stands_alone(node, value)
            if value is not None and (folded or self._is_returned(node)):
                self.text[node.id] = value
                self.notes[node.id] = notes
                self.recorded |= {node.id} if would_record else set()
                continue
            if quieten and not quiet and would_record:
                out.add("with torch.no_grad():")
                out.indent += 4
                quiet = True
                self.imports.add("torch")
            elif quiet and node.grad == "tape":
                out.indent -= 4
                quiet = False
            if value is None:
                self._loop(node, out, quieten and not quiet)
                continue
            assigned = parts or [node]
            names = [self.rename.get(n.id) or self._fresh(n) for n in assigned]
            place = self._place(node)
            out.statement(f"{', '.join(names)} = ", value, place, self._comment(assigned[0]), notes)
            self.text |= {n.id: Expression(name) for n, name in zip(assigned, names)}
        if quiet:
            out.indent -= 4

    def _would_record(self, node: Node) -> bool:
        """Whether autograd would record a value that must not be recorded: it runs parameters, or it is made of what
        is recorded."""
        if node.grad != "none":
            return False
        if node.body is not None:
            return any(map(self._would_record, node.body.nodes))
        made_of = (i in self.recorded or self.nodes[i].grad == "tape" for i in node.inputs)
        return bool(node.op_info.runs) or any(made_of)

    def _notes(self, node: Node) -> tuple[str, ...]:
        """What passes decided about a value, and about those that are folded into it."""
        return tuple(dict.fromkeys([*(n for i in node.inputs for n in self.notes.get(i, ())), *node.notes]))

    def _place(self, node: Node) -> Span | None:
        """Where the program has a statement. What calls a function of the module that stands for a whole graph of the
        program, and so takes no inputs, is where that graph is called."""
        if node.op_info.calls and not node.inputs and node.trace:
            return node.trace[-1]
        return node.spans[0] if node.spans else None

    def _parts(self, node: Node, graph: Graph) -> list[Node]:
        """The results of a fused group that has several, in order."""
        if not self._several(node):
            return []
        found = [n for n in graph.nodes if n.op == "part" and n.inputs == (node.id,)]
        return sorted(found, key=lambda n: int(n.text("index")))

    def _is_returned(self, node: Node) -> bool:
        """The one result of a function is returned as it stands."""
        outputs = self.function.graph.outputs
        only = len(outputs) == 1 and outputs[0][1] == node.id and self.uses.get(node.id) == 1
        return only and (self.function.kind == "fused" or outputs[0][0] == "")

    def _fresh(self, node: Node) -> str:
        return self.names.own(node.name) if node.name else self.names.other(node.hint or noun(node.op))

    def _comment(self, node: Node) -> str:
        """The line of the program, and the shape."""
        shape = str(node.type) if isinstance(node.type, Array) and node.type.dims else ""
        if self.function.kind == "stage":
            return shape
        if node.op == "part":
            where = places(self.nodes[node.inputs[0]].spans)
        else:
            place = self._place(node)
            where = places([place] if place is not None else [])
        return " ".join(filter(None, (where, shape)))

    # loops

    def _carried(self, result: Node) -> int:
        loop = self.nodes[result.inputs[0]]
        assert loop.body is not None
        count = len(loop.body.outputs)
        return loop.body.parameters[len(loop.body.parameters) - count + int(result.text("index"))]

    def _loop(self, loop: Node, out: BodyWriter, quieten: bool) -> None:
        assert loop.body is not None
        body = loop.body.in_written_order()
        count = len(body.outputs)
        heads, carried = (
            body.parameters[: len(body.parameters) - count],
            body.parameters[len(body.parameters) - count :],
        )
        given, start = loop.inputs[: int(loop.text("given"))], loop.inputs[int(loop.text("given")) :]
        span = loop.spans[0] if loop.spans else None
        for head, first in zip(carried, start, strict=True):
            code = self.text[first]
            mine = self.uses.get(first, 0) == 1 and code.text.isidentifier() and code.text in self.names.used
            if mine and first not in self.function.graph.parameters:
                self.text[head] = code
                continue
            name = self._fresh(self.nodes[head])
            out.statement(f"{name} = ", code, span, "")
            self.text[head] = Expression(name)
        outside = set(self.names.used)
        read = {i for n in body.walk() for i in n.inputs} | {i for _, i in body.outputs}
        index, *items = heads
        for head in heads:
            self.text[head] = Expression(
                self._fresh(self.nodes[head]) if head in read or head in items else "_"
            )
        target = ", ".join(self.text[i].text for i in items)
        iterable = self._iterable(loop, given)
        if loop["iterable"] == "range":
            target = self.text[index].text
        elif index in read:
            target = f"{self.text[index].text}, {f'({target})' if len(items) > 1 else target}"
            iterable = f"enumerate({iterable})"
        out.add(f"for {target} in {iterable}:" + (f"  # {base_name(span)}:{span.line}" if span else ""), span)
        out.indent += 4
        self._rounds(body, carried, out, quieten)
        out.indent -= 4
        self.names.used = outside  # nothing after the loop reads what its rounds call theirs

    def _iterable(self, loop: Node, given: tuple[int, ...]) -> str:
        if loop["iterable"] != "range":
            return self.text[given[0]].text
        low, high = given
        zero = self.nodes[low].op == "const" and self.nodes[low]["value"] == 0
        return (
            f"range({self.text[high].text})"
            if zero
            else f"range({self.text[low].text}, {self.text[high].text})"
        )

    def _rounds(self, body: Graph, carried: tuple[int, ...], out: BodyWriter, quieten: bool) -> None:
        outputs = [i for _, i in body.outputs]
        order = {n.id: k for k, n in enumerate(body.nodes)}
        if len(outputs) == 1:
            result = outputs[0]
            place = self._written(body[result]) if result in order else result
            last = max((order[r] for r in self._places(carried[0], body)), default=-1)
            if (
                result in order
                and last <= order[place]
                and body[result].op_info.stands != "inline"
                and body[result].body is None
                and body[result].op != "result"
            ):
                self.rename[result] = self.text[carried[0]].text
        before = len(out.lines)
        self._block(body, out, quieten)
        moved = [
            (c, r) for c, r in zip(carried, outputs, strict=True) if self.text[c].text != self.text[r].text
        ]
        if moved:
            names = ", ".join(self.text[c].text for c, _ in moved)
            out.add(f"{names} = {', '.join(self.text[r].text for _, r in moved)}")
        elif len(out.lines) == before:
            out.add("pass")

    def _places(self, id: int, body: Graph) -> set[int]:
        """Nodes of a body at whose statement the text of `id` may stand: its readers, and readers of those
        folded in."""
        found: set[int] = set()
        stack = [id]
        while stack:
            current = stack.pop()
            for node in body.nodes:
                if current in node.reads and node.id not in found:
                    found.add(node.id)
                    if not self._surely_alone(node):
                        stack.append(node.id)
        return found

    def _written(self, node: Node) -> int:
        """The node at whose statement a value is written."""
        several = node.op == "part" and self._several(self.nodes[node.inputs[0]])
        return node.inputs[0] if several else node.id

    def _several(self, node: Node) -> bool:
        return node.op_info.parts and isinstance(node.type, Results) and len(node.type.items) > 1

    def _surely_alone(self, node: Node) -> bool:
        if node.op_info.parts:
            return self._several(node)
        stands = node.op_info.stands
        return stands != "inline" and (stands == "alone" or bool(node.name))
