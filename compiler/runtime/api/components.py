"""A loaded component, and a role as a view of components: what emitted modules call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ...contracts.preconditioning import Preconditioning
from ...program.process import Process
from ..base.errors import RunError
from ..base.placement import place_module
from .few_samples import joined, of_samples, samples
from .hidden_states import now, watching
from .schedule import Schedule

DTYPES: Mapping[str, torch.dtype] = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


Made = TypeVar("Made")

Frames = tuple[int, int, int]
"""Channels and frames of latents, and which dim counts frames."""

OutputPath = tuple[str | int, ...]
"""The way to a part of what a module returns: names of fields and numbers of entries."""


def tensor_of(result: object) -> Tensor:
    """The tensor in what a diffusers or transformers module returns; a codec's posterior gives its mode."""
    if isinstance(result, Tensor):
        return result
    if isinstance(result, (tuple, list)) and result:
        return tensor_of(result[0])
    for name in ("latent_dist", "sample", "last_hidden_state", "latent"):
        part = getattr(result, name, None)
        if part is None or callable(part):
            continue
        return part.mode() if name == "latent_dist" else tensor_of(part)
    raise RunError(
        "type-mismatch", f"a component returned {type(result).__name__}, in which no tensor is known"
    )


def tensors_of(result: object, names: Sequence[str]) -> dict[str, Tensor]:
    """Several tensors of what a module returns: by these names in a mapping or an output, or as many in this order."""
    if isinstance(result, Mapping) and set(names) <= set(result):
        return {n: tensor_of(result[n]) for n in names}
    if isinstance(result, (tuple, list)) and len(result) == len(names) and type(result) in (tuple, list):
        return {n: tensor_of(part) for n, part in zip(names, result, strict=True)}
    if all(getattr(result, n, None) is not None for n in names):
        return {n: tensor_of(getattr(result, n)) for n in names}
    if len(names) == 1:
        return {names[0]: tensor_of(result)}
    raise RunError(
        "type-mismatch",
        f"a component returned {type(result).__name__}, in which {', '.join(names)} are not known",
        help="return them in a dictionary by these names, or a tuple of them in this order",
    )


def all_tensors_of(result: object) -> list[Tensor]:
    """The tensors of a module that gives several; a module that gives one gives a list of it."""
    if isinstance(result, (tuple, list)) and result:
        if all(isinstance(x, Tensor) for x in result):
            return list(result)
        return all_tensors_of(result[0])
    part = getattr(result, "sample", None)
    return all_tensors_of(part) if isinstance(part, (tuple, list)) else [tensor_of(result)]


class LoadedComponent:
    """One module (or tokenizer) under a policy.

    `compute` is the dtype that floating inputs are cast to; `autocast` says that float32 master weights
    compute in `compute`. Results come back in float32, on which all latent arithmetic is done. `origin` is
    the folder whose files hold exactly these weights; None if they are trained or random. `subfolder` is its
    place in a checkpoint. With `late` it goes to `device` when it is first used, and never if nothing uses it: an
    encoder of which all rows are kept on disk, a codec of a program that reads latents. `notes` say what is worth
    knowing of how it was loaded. One call takes `rows` samples at most, of a class that is wrong for more. `idle` are
    the kinds of parameters that no gradient reaches, by name.
    """

    def __init__(
        self,
        name: str,
        module: Any,
        compute: torch.dtype = torch.float32,
        autocast: bool = False,
        origin: Path | None = None,
        subfolder: str | None = None,
        device: torch.device | None = None,
        late: bool = False,
        notes: tuple[str, ...] = (),
        rows: int | None = None,
        idle: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.rows = rows
        self.idle = idle
        self.notes = notes
        self.origin = origin
        self.subfolder = subfolder or name
        self._device = device
        self.held = module  # wherever it is: to look at, not to call
        self._late = late and isinstance(module, nn.Module)
        self.compute = compute
        self.autocast = autocast
        self._constants: dict[tuple[str, int, int, Frames | None, torch.device], Tensor] = {}

    @property
    def module(self) -> Any:
        """To call: on its device."""
        if self._late:
            place_module(self.held, self._device)
            self._late = False
        return self.held

    @property
    def config(self) -> Any:
        return self.held.config

    @property
    def device(self) -> torch.device:
        """Where its weights are when it is called; `device` of the constructor for a module without weights."""
        first = None if self._late else next(self.parameters(), None)
        return first.device if first is not None else self._device or torch.device("cpu")

    def __call__(self, **inputs: Any) -> Tensor:
        """The module's forward, `[b, ...]` tensors by keyword; gives float32."""
        return self._each_row(self.module, inputs, lambda made: tensor_of(made).float())

    def encode(self, **inputs: Any) -> Tensor:
        return self._each_row(self.module.encode, inputs, lambda made: tensor_of(made).float())

    def decode(self, **inputs: Any) -> Tensor:
        return self._each_row(self.module.decode, inputs, lambda made: tensor_of(made).float())

    def giving(
        self, *names: str, method: str | None = None, path: OutputPath = ()
    ) -> Callable[..., dict[str, Tensor]]:
        """The module's forward, or another method, which gives several tensors by these names, in float32; `path` leads to
        the part of what it returns that has them."""

        def named(made: Any) -> dict[str, Tensor]:
            return {n: x.float() for n, x in tensors_of(self._part(made, path), names).items()}

        def call(**inputs: Any) -> dict[str, Tensor]:
            return self._each_row(self._method(method or ""), inputs, named)

        return call

    def output(self, method: str = "", path: OutputPath = (), /, **inputs: Any) -> Tensor:
        """What a method of the module (its forward for "") returns, or the part of it at `path`; gives float32."""
        return self._each_row(
            self._method(method), inputs, lambda made: tensor_of(self._part(made, path)).float()
        )

    def outputs(self, method: str = "", path: OutputPath = (), /, **inputs: Any) -> list[Tensor]:
        """All tensors of what a method of the module returns, or of the part of it at `path`: float32, in their order."""
        return self._each_row(
            self._method(method),
            inputs,
            lambda made: [x.float() for x in all_tensors_of(self._part(made, path))],
        )

    def hidden(self, layers: Sequence[str], method: str = "", /, **inputs: Any) -> list[Tensor]:
        """What these layers give on the way through a method of the module (its forward for ""): float32, in their order.
        The call ends behind the last of them."""
        return self._each_row(self._method(method), inputs, lambda made: made, layers)

    def hidden_in(self, layers: Sequence[str], function: Callable[..., Any], *args: Any) -> list[Tensor]:
        """What these layers give on the way through a function that calls the module: float32, in their order. It ends behind
        the last of them."""
        with watching(self.name, self.module, layers) as watched:
            function(*args)
        size = max(map(samples, args), default=0)
        if any(len(x) != size for x in watched.tensors):
            raise RunError(
                "type-mismatch",
                f"`{self.name}` is not called for all {size} samples at once, so that its layers show some of them alone",
                help="`hidden` looks into one call: leave this stage out, or have the network asked about all samples",
            )
        return watched.tensors

    def _method(self, name: str) -> Any:
        if not name:
            return self.module
        found = getattr(self.module, name, None)
        if not callable(found):
            raise RunError("config-mismatch", f"`{self.name}` has no method `{name}`")
        return found

    def _part(self, made: Any, path: OutputPath) -> Any:
        """A part of a result: fields by name, entries by number."""
        for k, step in enumerate(path):
            try:
                made = (
                    made[step] if isinstance(made, Mapping) or isinstance(step, int) else getattr(made, step)
                )
            except (AttributeError, IndexError, KeyError, TypeError):
                made = None
            if made is None:
                shown = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path[: k + 1])
                raise RunError("config-mismatch", f"what `{self.name}` returns has no `{shown}`")
        return made

    def _each_row(
        self,
        function: Any,
        inputs: Mapping[str, Any],
        read: Callable[[Any], Made],
        layers: Sequence[str] = (),
    ) -> Made:
        """What is read of the function's result, or of what these layers give on the way to it; of results one after another
        where a call takes few samples."""
        size = samples(inputs) if self.rows is not None else 0
        if self.rows is None or size <= self.rows:
            return read(self._run(function, inputs, layers))
        parts = [slice(first, first + self.rows) for first in range(0, size, self.rows)]
        made: Made = joined(
            [read(self._run(function, of_samples(inputs, part, size), layers)) for part in parts]
        )
        return made

    def _run(self, function: Any, inputs: Mapping[str, Any], layers: Sequence[str] = ()) -> Any:
        device = self.device
        # a noise level in bf16 is another noise level, and so are a scale of guidance and a size in pixels
        kept = {"timestep", "time_ids"}

        def cast(name: str, x: Any) -> Any:
            if isinstance(x, dict):
                return {k: cast(k, v) for k, v in x.items()}
            if isinstance(x, list):
                return [cast(name, v) for v in x]
            if not isinstance(x, Tensor):
                return x
            x = x.to(device)
            plain = self.autocast or name in kept or x.dim() < 2 or not x.is_floating_point()
            return x if plain else x.to(self.compute)

        on = torch.autocast(device.type, dtype=self.compute) if self.autocast else nullcontext()
        given = {n: cast(n, x) for n, x in inputs.items()}
        with on:
            if not layers:
                return now().made(self, function, given)
            with watching(self.name, self.module, layers) as watched:
                now().made(self, function, given)
            return watched.tensors

    def constant(self, name: str, axis: int, ndim: int, frames: Frames | None = None) -> Tensor:
        """A normalisation constant of the config: a number, or a list shaped to broadcast along `axis` of
        `ndim`. `frames` are the channels and frames of latents, and which dim counts frames, where the list has numbers for
        each frame of each channel, of which the first are used.
        """
        value = self.held
        for part in ("config", *name.split(".")):
            value = getattr(value, part, None) if not isinstance(value, Mapping) else value.get(part)
            if value is None:
                raise RunError("config-mismatch", f"the config of `{self.name}` has no `{name}`")
        return self._aligned(f"config.{name}", value, axis, ndim, frames)

    def buffer(self, name: str, axis: int, ndim: int, frames: Frames | None = None) -> Tensor:
        """As `constant`, of a number, list or buffer that the module itself or a part of it holds: `bn.running_mean`."""
        value = self.held
        for part in name.split("."):
            value = getattr(value, part, None)
        if not isinstance(value, (Tensor, list, tuple, int, float)):
            raise RunError("config-mismatch", f"`{self.name}` holds no constant `{name}`")
        return self._aligned(name, value, axis, ndim, frames)

    def _aligned(self, name: str, value: Any, axis: int, ndim: int, frames: Frames | None = None) -> Tensor:
        device = self.device
        key = (name, axis, ndim, frames, device)
        if key not in self._constants:
            shape = [1] * ndim
            shape[axis] = -1
            found = torch.as_tensor(value).detach().to(device, torch.float32)
            if frames is not None and found.dim():
                channels, count, along = frames
                shape[axis], shape[along] = channels, count
                found = self._of_frames(name, found, channels, count)
            self._constants[key] = found.view(shape if found.dim() else ())
        return self._constants[key]

    def _of_frames(self, name: str, numbers: Tensor, channels: int, count: int) -> Tensor:
        """The numbers of the first frames, channel by channel."""
        held = numbers.numel() // channels
        if held * channels != numbers.numel() or held < count:
            raise RunError(
                "config-mismatch",
                f"`{name}` of `{self.name}` holds {numbers.numel()} numbers, and {count} frames of {channels} channels need "
                f"{count * channels} of them",
                help="clips are at most as long as the codec has constants for",
            )
        return numbers.view(channels, held)[:, :count].contiguous()

    def parameters(self) -> Iterator[nn.Parameter]:
        return self.held.parameters() if isinstance(self.held, nn.Module) else iter(())


@dataclass(eq=False)
class Role:
    """A role's components by name (`role.transformer`), and its family's Python functions (`role.binding`).

    `sizes` are those of the family, and the dims of its latents by their axes: `role.sizes["H"]`, `role.sizes["t"]`.
    `source` is the checkpoint's folder, None for random weights; `origin` is how it is named where it is to be found
    again, `repository` its name on the hub, `overlays` the files that were laid over its components and `adapters` those
    that were merged into it; `notes` say what is worth knowing about it; `schedule` tells the ticks of its network where its
    `process` does not; `pipeline` are the facts that the family states of a checkpoint's index; `preconditioning` is what is
    done around its network, where that is what EDM does.
    """

    name: str
    components: Mapping[str, LoadedComponent]
    binding: ModuleType | None = None
    trained: tuple[str, ...] = ()  # names of the components that are trained
    sizes: Mapping[str, int] = field(default_factory=dict)
    source: Path | None = None
    notes: tuple[str, ...] = ()
    schedule: Schedule | None = None
    origin: str = ""
    repository: str | None = None
    adapters: tuple[str, ...] = ()
    overlays: Mapping[str, str] = field(default_factory=dict)
    process: Process | None = None
    pipeline: Mapping[str, object] = field(default_factory=dict)
    preconditioning: Preconditioning | None = None

    def __getattr__(self, name: str) -> Any:
        components = self.__dict__.get("components", {})
        if name in components:
            return components[name]
        raise AttributeError(f"role `{self.__dict__.get('name')}` has no component `{name}`")

    def at_sizes(self, sizes: Mapping[str, int]) -> Role:
        """The same role where these of its sizes are other ones."""
        return replace(self, sizes={**self.sizes, **sizes})

    @property
    def trainable(self) -> bool:
        return bool(self.trained)

    @cached_property
    def _trained_parameters(self) -> tuple[tuple[str, nn.Parameter], ...]:
        found = []
        for component in sorted(self.trained):
            module = self.components[component].held
            names = trained_names(module)
            every = sorted(
                ((n, p) for n, p in module.named_parameters() if n in names), key=lambda pair: pair[0]
            )
            found += [(f"{component}.{n}", p) for n, p in every]
        return tuple(found)

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """The trained parameters as `component.path`, in order of name."""
        return iter(self._trained_parameters)

    def parameters(self) -> Iterator[nn.Parameter]:
        return (p for _, p in self.named_parameters())

    @cached_property
    def idle(self) -> Mapping[str, str]:
        """The kinds of the trained parameters that no gradient reaches, as `component.path`."""
        return {f"{c}.{n}": kind for c in self.trained for n, kind in self.components[c].idle.items()}

    def modules(self) -> Iterator[tuple[str, nn.Module]]:
        for name, c in self.components.items():
            if isinstance(c.held, nn.Module):
                yield name, c.held


def trained_names(module: nn.Module) -> set[str]:
    """Which parameters of a trained module are trained: all, or those that an adapter marked."""
    marked = getattr(module, "fdc_trained", None)
    return set(marked) if marked is not None else {n for n, _ in module.named_parameters()}
