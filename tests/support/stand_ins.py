"""Roles and data in place of those that a program names: tiny, made from what its stages declare.

A stand-in takes whatever a component is given and gives what its stage declares. Its result depends on each floating
tensor that it was given and on each of its own weights, so that gradients reach both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from fdc.compiler.ir.graph import Array, Fields, Many, Plan, Results, Type
from fdc.compiler.lower.array_types import lowered
from fdc.compiler.program.typed_program import TypedProgram, TypedRole
from fdc.compiler.runtime.api.components import DTYPES, LoadedComponent, Role
from fdc.compiler.runtime.data.prefetch import Feed
from fdc.compiler.runtime.data.samples import FieldValue, Sample
from fdc.compiler.runtime.weights.noise_schedules import LATENT_DIFFUSION, table

DTYPE = {**DTYPES, "i64": torch.int64, "mask": torch.bool, "bool": torch.bool}


class Config(dict[str, Any]):
    """What a config says; a key that it does not state is 0.5."""

    def __missing__(self, key: str) -> float:
        return 0.5

    def get(self, key: str, default: object = None) -> Any:
        return self[key]


@dataclass(frozen=True)
class Call:
    """What a call gives, and the dims after the first of the tensors that it is handed."""

    gives: Type
    takes: frozenset[tuple[int, ...]]


Calls = dict[tuple[str, tuple[str, ...]], list[Call]]


class StandIn(nn.Module):
    """`results` are its calls by method ("" for its forward) and names of inputs: one for each size of what it is handed."""

    def __init__(self, results: Calls, config: Mapping[str, object]) -> None:
        super().__init__()
        self.results = results
        self.config = Config(config)
        self.weight = nn.Parameter(torch.tensor([[0.5, 0.1], [0.2, -0.3]]))

    def forward(self, **inputs: Any) -> Any:
        return self._made("", inputs)

    def __getattr__(self, name: str) -> Any:
        if any(method == name for method, _ in self.__dict__.get("results", {})):
            return lambda **inputs: self._made(name, inputs)
        return super().__getattr__(name)

    def _made(self, method: str, inputs: Mapping[str, Any]) -> Any:
        return made(fitting(self.results[method, tuple(inputs)], inputs), list(inputs.values()), self.weight)


def made(type: Type, inputs: Sequence[Any], weight: Tensor) -> Any:
    """A value of this type: an input of its shape under tanh, or a ramp, and what the means of all inputs of a sample move.
    `weight` is [2, 2]."""
    match type:
        case Fields(fields=fields):
            return {name: made(part, inputs, weight) for name, part in fields}
        case Results(items=items):
            return [made(item, inputs, weight) for item in items]
        case Many(item=item, length=length):
            return [made(item, inputs, weight) for _ in range(length or 4)]
        case Array(dims=dims, dtype=dtype):
            tensors = flat(inputs)
            counts = [len(t) for t in tensors if t.dim()] + [len(i) for i in inputs if isinstance(i, list)]
            shape = (counts[0] if counts else 1, *(d.constant or 1 for d in dims[1:])) if dims else ()
            ramp = torch.linspace(-1, 1, torch.Size(shape[1:]).numel()).view(shape[1:]).expand(shape)
            like = next((t for t in tensors if t.shape == shape), ramp).float()
            rows = [
                t.float().flatten(1).mean(1) for t in tensors if t.dim() > 1 and len(t) in (1, *shape[:1])
            ]
            rows += [t.float() for t in tensors if t.dim() < 2 and shape and t.shape in ((), shape[:1])]
            moved = sum(rows, torch.zeros(shape[:1])).view(*shape[:1], *[1] * (len(shape) - 1))
            (a, b), (c, d) = weight.float()
            value = a * torch.tanh(like + c) + b * torch.cos(moved + ramp + d)
            return value > 0 if dtype in ("mask", "bool") else value.to(DTYPE.get(dtype, torch.float32))
    raise TypeError(f"no stand-in for {type}")


def flat(values: object) -> list[Tensor]:
    """The tensors of numbers in what a component is given."""
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, Mapping):
        values = list(values.values())
    return [t for v in values for t in flat(v)] if isinstance(values, (list, tuple)) else []


def results_of(plan: Plan, role: str) -> dict[str, Calls]:
    """What a role's components ("binding" for its family's functions) are to give, by method and names of inputs."""
    found: dict[str, Calls] = {}
    for function in plan.of_kind("stage"):
        for node in function.graph.walk():
            if function.role is None or function.role[0] != role or node.op not in ("component", "python"):
                continue
            callee = node.text("callee")
            path = re.fullmatch(r"run\.(?:averaged\(.*?\)|\w+)\.(\w+)(?:\.(\w+)(?:\(.*\))?)?", callee)
            assert path is not None
            names = node["names"] if node.op == "component" else ()
            assert isinstance(names, tuple)
            method = path[2] or ""
            if method == "giving":
                named = re.search(r'method="(\w+)"', callee)
                method = named[1] if named is not None else ""
            if method in ("output", "outputs"):
                method = str(dict(node.attributes).get("leading", "")).split(",")[0].strip('"')
            types = {n.id: n.type for n in function.graph.walk()}
            given = [types[i] for i in node.inputs]
            takes = frozenset(
                tuple(d.constant or 1 for d in t.dims[1:]) for t in given if isinstance(t, Array)
            )
            found.setdefault(path[1], {}).setdefault((method, names), []).append(Call(node.type, takes))
    return found


def fitting(calls: Sequence[Call], inputs: object) -> Type:
    """What the call gives that takes most of what is handed over."""
    shapes = {tuple(t.shape[1:]) for t in flat(inputs)}
    return max(calls, key=lambda c: len(c.takes & shapes)).gives


def buffers_of(plan: Plan, component: str) -> set[str]:
    """What a component's own constants are called."""
    nodes = [n for f in plan.of_kind("stage") for n in f.graph.walk() if n.op == "constant"]
    read = [n.text("read") for n in nodes if n.text("callee").endswith(f".{component}")]
    return {found[1] for text in read if (found := re.match(r'buffer\("(\w+)"', text))}


def role(typed: TypedRole, plan: Plan) -> Role:
    """A role of stand-ins; what its program trains is trained."""
    results = results_of(plan, typed.name)
    trains = typed.settings.get("train", "frozen") != "frozen"
    declared = typed.family.components
    trained = tuple(name for name, c in declared.items() if c.trainable and trains)
    components = {}
    for name, c in declared.items():
        module = StandIn(results.get(name, {}), c.config).requires_grad_(name in trained)
        for held in buffers_of(plan, name):
            module.register_buffer(held, torch.tensor(0.5))
        components[name] = LoadedComponent(name, module)
    functions = {name: partial(called, calls) for (name, _), calls in results.get("binding", {}).items()}
    schedule = table(typed.family.process, LATENT_DIFFUSION)
    binding = SimpleNamespace(**functions)
    return Role(typed.name, components, binding, trained, schedule=schedule)  # type: ignore[arg-type]


def called(calls: Sequence[Call], role: Role, *inputs: Any) -> Any:
    """A function of a family's binding: it runs all components of its role."""
    return made(fitting(calls, inputs), inputs, sum((m.weight for _, m in role.modules()), torch.zeros(2, 2)))


class Rows:
    """Samples as a function of their position, of the fields that the data declares."""

    def __init__(self, fields: Mapping[str, Type]) -> None:
        self.fields = fields

    def __len__(self) -> int:
        return 64

    def sample(self, position: int) -> Sample:
        generator = torch.Generator().manual_seed(position)
        values = {n: self._value(t, position, generator) for n, t in self.fields.items()}
        keys = {n: f"{n} {position}" for n in values}
        return Sample(position, position, f"sample {position}", values, keys)

    def _value(self, type: Type, position: int, generator: torch.Generator) -> FieldValue:
        match type:
            case Array(dtype="str"):
                return f"a text {position}"
            case Array(dims=dims, dtype=dtype):
                value = torch.rand([d.constant or 1 for d in dims[1:]], generator=generator) * 2 - 1
                return value > 0 if dtype in ("mask", "bool") else value.to(DTYPE.get(dtype, torch.float32))
            case Fields(fields=fields):
                return {n: torch.as_tensor(self._value(t, position, generator)) for n, t in fields}
        raise TypeError(f"no stand-in for {type}")

    def fingerprint(self) -> str:
        return "stand-ins"


def feed(program: TypedProgram) -> Feed | None:
    """The data of a program that names some."""
    d = program.data
    return (
        Feed(Rows({n: lowered(t, d.span) for n, t in d.fields.items()}), torch.device("cpu")) if d else None
    )
