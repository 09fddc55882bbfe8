"""The surface that an emitted module stands on: what it declares, and what its functions are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ...program.averaging import Averaging
from ...program.schedule import Schedule
from ..base.encoder_cache import Cache
from ..base.errors import RunError
from ..base.media.late_rows import LateRows
from ..random.streams import Streams
from .components import Role
from .hidden_states import one_forward
from .verify_kernels import Verifier

Batch = dict[str, Any]
"""A micro-batch: for each field a tensor [b, ...], a record of them, or a list of b texts. What only encoders read whose
results are kept may be late rows, of which `cached` asks for those that it needs."""


@dataclass(frozen=True)
class BatchNumbers:
    """Numbers of a step's whole batch, which is taken in parts.

    `parts(run, batch)` gives the scalars of one part; `joined` says by their names whether the batch's is the "mean", "sum",
    "max" or "min" of the parts'. A gradient of the losses flows on through those of `gradient`.
    """

    parts: Callable[[Run, Batch], Mapping[str, Tensor]]
    joined: Mapping[str, str]
    gradient: tuple[str, ...] = ()


@dataclass(frozen=True)
class Update:
    """Minimises the sum of its losses over the parameters of `roles`, on steps from `first` to before `end` that `every`
    divides, but for those that `excepted` divides.

    `losses(run, batch)` gives scalars by name; "log.NAME" is one that is reported alone, and "next.NAME" what a state
    becomes. It reads the numbers of `before`, which are made in this order.
    """

    name: str
    roles: tuple[str, ...]
    every: int
    losses: Callable[[Run, Batch], Mapping[str, Tensor]]
    excepted: int = 0
    first: int = 1
    end: int | None = None
    before: tuple[BatchNumbers, ...] = ()

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.every, self.excepted, self.first, self.end)


@dataclass(frozen=True)
class State:
    """A value that is carried from step to step. `initial(run, batch)` is what it begins with, of the first step's batch
    where it reads one; `of_samples`: it has a row for each sample of a batch."""

    initial: Callable[[Run, Batch], Any]
    of_samples: bool = False


Encode = Callable[[Batch], Any]
"""What a frozen encoder makes of a batch: a tensor [b, ...], or a record of them."""

Expert = tuple[Any, ...]
"""A function of the module, `f(run, *inputs)`, and the components that it runs."""

_BARE = "<tensor>"
"""The name of a result's only tensor in the cache; a record's have the names of its fields."""


@dataclass(eq=False)
class Run:
    """One micro-batch of one step, as the emitted functions see it.

    `draws` are the step's random streams for the samples of the micro-batch, `state` the values carried from
    the last step, `numbers` those of the whole batch, `sizes` those that its bucket has its own of, `batch_size` the number
    of samples at hand, of which the first is number `first` of the `whole` batch. A role is also an attribute: `run.student`.
    `encoder_keys` says, for `role.stage`, on what a cached result depends beside its input. `one_by_one` names the
    stages of which memory allows one call at a time; `say` reports that.
    """

    roles: Mapping[str, Role]
    step: int
    draws: Streams
    batch_size: int
    device: torch.device
    averages: Mapping[tuple[str, Averaging], Role] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, Tensor] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    first: int = 0
    whole: int | None = None
    cache: Cache | None = None
    encoder_keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    verifier: Verifier | None = None
    one_by_one: set[str] = field(default_factory=set)
    say: Callable[[str], None] = lambda message: None
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    def __getattr__(self, name: str) -> Any:
        roles = self.__dict__.get("roles", {})
        if name in roles:
            return roles[name]
        raise AttributeError(f"there is no role `{name}`")

    def averaged(self, role: str, **kind: Any) -> Role:
        """A frozen copy that follows the role, as `Averaging` says: `run.averaged("student", decay=0.999)`."""
        return self.averages[role, Averaging(**kind)]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """A method-level value that no update needs a gradient through: made at most once a micro-batch."""
        if name not in self._made:
            with torch.no_grad():
                self._made[name] = make()
        return self._made[name]

    def scalar(self, number: float) -> Tensor:
        """A number of Python as a tensor of one number."""
        return torch.tensor(float(number), device=self.device)

    def share_of_batch(self, low: int, high: int) -> Tensor:
        """By how much each sample at hand counts, float32 [b], in a mean over the samples from `low` to before `high` of the
        step's batch: the mean over all of them is that of these, and the mean of its parts' means as well."""
        places = torch.arange(self.first, self.first + self.batch_size, device=self.device)
        inside = (places >= low) & (places < high)
        return inside.float() * ((self.whole or self.batch_size) / (high - low))

    def noise(self, site: str, shape: tuple[int, ...], iteration: tuple[int, ...] = ()) -> Tensor:
        """A draw that several fused groups read; where kernels do not draw it again, it is made once and kept."""
        key = f"noise {site} {iteration}"
        if key not in self._made:
            self._made[key] = self.draws.normal(site, shape, iteration)
        found: Tensor = self._made[key]
        return found

    def batched(self, stage: Callable[..., Any], *calls: tuple[Any, ...]) -> tuple[Any, ...]:
        """What `stage(run, *call)` gives for each call, from one call of all their samples.

        Where memory does not allow that, it says so once, and calls the stage for each of them from then on.
        """
        if stage.__name__ not in self.one_by_one:
            try:
                return _apart(stage(self, *map(_joined, zip(*calls, strict=True))), len(calls))
            except torch.OutOfMemoryError:
                self.one_by_one.add(stage.__name__)
            self.say(
                f"{len(calls)} calls of {stage.__name__} at once need more memory than there is: one by one"
            )
        return tuple(stage(self, *call) for call in calls)

    def together(self, shown: Callable[..., Any], stage: Callable[..., Any], *inputs: Any) -> tuple[Any, Any]:
        """What two stages of one network give of the same inputs, by one forward of it: the layers that `shown` looks into,
        and what `stage` says."""
        with one_forward() as forward:
            layers = shown(self, *inputs)
            forward.again = True
            return layers, stage(self, *inputs)

    def experts(self, holds: Any, one: Expert, other: Expert, *inputs: Any) -> Any:
        """What `one` gives of the samples for which a condition holds, and `other` of the rest.

        Each is a function of the module with the components that it runs. A condition that is Python's, or one number,
        calls one of the two; one for each sample calls each of them on its own rows. The parameters of one that no row
        went to get a gradient of zero.
        """
        if isinstance(holds, Tensor) and holds.dim():
            (first,), (second,) = holds.nonzero(as_tuple=True), (~holds).nonzero(as_tuple=True)
            if len(first) and len(second):
                made = [
                    function(self, *(_rows_of(x, rows) for x in inputs))
                    for (function, *_), rows in ((one, first), (other, second))
                ]
                order = torch.cat([first, second]).argsort()
                return _put_back(made, order)
            holds = len(first) > 0
        chosen, idle = (one, other) if bool(holds) else (other, one)
        return _with_idle(chosen[0](self, *inputs), idle[1:])

    def cached(self, role: Role, stage: str, batch: Batch, fields: tuple[str, ...], make: Encode) -> Any:
        """What a frozen encoder makes of fields of the batch; rows known on disk are read instead of made.

        A text is its own key; a tensor's rows have theirs in `batch["FIELD.key"]`. Which field it was does not matter, its
        place among the encoder's arguments does.
        """
        encoder_key = self.encoder_keys.get(f"{role.name}.{stage}")
        if self.cache is None or encoder_key is None:
            with torch.no_grad():
                return make(batch)
        contents = [batch[f if isinstance(batch[f], list) else f"{f}.key"] for f in fields]
        keys = [
            {**encoder_key, **{f"input.{k}": row for k, row in enumerate(rows)}} for rows in zip(*contents)
        ]

        def missing(rows: list[int]) -> list[dict[str, Tensor]]:
            with torch.no_grad():
                made = make({name: _rows(batch[name], rows) for name in fields})
            record = made if isinstance(made, Mapping) else {_BARE: made}
            return [{name: value[i] for name, value in record.items()} for i in range(len(rows))]

        entries = self.cache.get_or_make_batch(keys, missing)
        record = {name: torch.stack([e[name] for e in entries]).to(self.device) for name in entries[0]}
        return record.get(_BARE, record)


def _rows_of(value: Any, rows: Tensor) -> Any:
    """The rows of a stage's argument: a tensor's, a record's, or all of what holds for every sample."""
    if isinstance(value, Mapping):
        return {name: _rows_of(part, rows) for name, part in value.items()}
    if isinstance(value, list):
        return [_rows_of(part, rows) for part in value]
    return value[rows] if isinstance(value, Tensor) and value.dim() else value


def _put_back(made: Sequence[Any], order: Tensor) -> Any:
    """The rows of several results in the order of their samples."""
    if isinstance(made[0], Mapping):
        return {name: _put_back([m[name] for m in made], order) for name in made[0]}
    if isinstance(made[0], list):
        return [_put_back(parts, order) for parts in zip(*made, strict=True)]
    return torch.cat(list(made))[order]


def _with_idle(made: Any, idle: Sequence[Any]) -> Any:
    """A result on which parameters depend with a gradient of zero."""
    if not torch.is_grad_enabled():
        return made
    parameters = [p for component in idle for p in component.parameters() if p.requires_grad]
    if not parameters:
        return made
    nothing = torch.stack([0 * p.sum().float() for p in parameters]).sum()
    if isinstance(made, Mapping):
        return {name: x + nothing for name, x in made.items()}
    return [x + nothing for x in made] if isinstance(made, list) else made + nothing


def _joined(values: Sequence[Any]) -> Any:
    """The samples of several values of one kind, after one another; a number holds for all of them."""
    first = values[0]
    if isinstance(first, Mapping):
        return {name: _joined([v[name] for v in values]) for name in first}
    return torch.cat(list(values)) if isinstance(first, Tensor) and first.dim() else first


def _apart(made: Any, count: int) -> tuple[Any, ...]:
    """The results of as many calls as were joined."""
    if isinstance(made, Mapping):
        parts = {name: _apart(tensor, count) for name, tensor in made.items()}
        return tuple({name: part[k] for name, part in parts.items()} for k in range(count))
    return tuple(made.chunk(count))


def _rows(values: Any, rows: Sequence[int]) -> Any:
    if isinstance(values, Mapping):
        return {name: tensor[list(rows)] for name, tensor in values.items()}
    if isinstance(values, LateRows):
        return values.rows(rows)
    return values[list(rows)] if isinstance(values, Tensor) else [values[i] for i in rows]


_KINDS: Mapping[str, tuple[torch.dtype, ...]] = {
    "f32": (torch.float32,),
    "bf16": (torch.bfloat16, torch.float32),
    "f16": (torch.float16, torch.float32),
    "i64": (torch.int64,),
    "mask": (torch.bool, torch.int64, torch.int32),
    "latent": (torch.float32, torch.bfloat16, torch.float16),
    "pixels": (torch.float32, torch.bfloat16, torch.float16),
    "wave": (torch.float32, torch.bfloat16, torch.float16),
}
"""Which tensors may stand where a kind is declared: more precision than declared is no mistake."""

Declared = tuple[str, Sequence[int | None]]


def checked(value: Any, declared: Declared | Mapping[str, Declared] | list[Declared], what: str) -> Any:
    """The value of a stage if it is as declared: (kind, dims after the batch), those by field, or a list of such tensors.

    Raises RunError `type-mismatch` naming the stage, the field, what was declared and what came.
    """
    if isinstance(declared, Mapping):
        if not isinstance(value, Mapping) or set(value) != set(declared):
            came = ", ".join(sorted(map(str, value))) if isinstance(value, Mapping) else type(value).__name__
            raise _mismatch(what, "a record of " + ", ".join(sorted(declared)), came)
        return {name: checked(value[name], kind, f"{what}.{name}") for name, kind in declared.items()}
    if isinstance(declared, list):
        (entry,) = declared
        if not isinstance(value, Sequence):
            raise _mismatch(what, "a list of tensors", type(value).__name__)
        return [checked(x, entry, f"{what}[{k}]") for k, x in enumerate(value)]
    kind, dims = declared
    shown = f"{kind}[b, {', '.join('...' if d is None else str(d) for d in dims)}]" if dims else f"{kind}[b]"
    if not isinstance(value, Tensor):
        raise _mismatch(what, shown, type(value).__name__)
    if not dims and value.shape[1:] == (1,):  # a linear layer of one output
        value = value[:, 0]
    found = tuple(value.shape[1:])
    fits = len(found) == len(dims) and all(d is None or d == n for d, n in zip(dims, found))
    if value.dtype not in _KINDS[kind] or not fits:
        raise _mismatch(what, shown, f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}")
    return value


def _mismatch(what: str, declared: str, came: str) -> RunError:
    return RunError("type-mismatch", f"`{what}` is declared to give {declared}, and gave {came}")
