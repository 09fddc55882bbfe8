"""What layers of a network give on its way through a call.

A layer is looked into by a hook for as long as the call runs. What torch has compiled takes no hooks: a layer that is
compiled is called through what looks at its result, and compiled code around a layer is left aside for the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any

from torch import Tensor, nn

from ...contracts.networks.shown_layers import layer_called, layers_like, shown_layer
from ..base.errors import RunError


class Seen(Exception):
    """Every layer has given its tensor: what comes after them is not asked for."""


class Forward:
    """What components made in the calls of one stage, for another one that calls them alike: with `again` each call is given
    what it made before."""

    def __init__(self, keeps: bool = False) -> None:
        self.keeps, self.again = keeps, False
        self._made: list[tuple[object, Any]] = []

    def made(self, component: object, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        """What a function of a component gives."""
        if self.again and self._made and self._made[0][0] is component:
            return self._made.pop(0)[1]
        result = function(**given)
        if self.keeps and not self.again:
            self._made.append((component, result))
        return result


_NOW: ContextVar[Forward | None] = ContextVar("forward", default=None)


def now() -> Forward:
    """The forward that runs: outside of `one_forward` one that keeps nothing."""
    return _NOW.get() or Forward()


@contextmanager
def one_forward() -> Iterator[Forward]:
    """In it two stages are called that run one network on the same inputs, the second one with `again`."""
    before = _NOW.set(forward := Forward(keeps=True))
    try:
        yield forward
    finally:
        _NOW.reset(before)


class Watched:
    """Layers of a module by their names, and what each gave in the call that runs: the first time, where it is called more
    often.

    With `ends` the call ends, by `Seen`, once all of them have given something.
    """

    def __init__(self, name: str, module: nn.Module, layers: Sequence[str], ends: bool) -> None:
        self.name, self.module, self.ends = name, module, ends
        self.layers = {text: _layer(name, module, text) for text in layers}
        self.found: dict[str, Tensor] = {}

    def saw(self, text: str, result: Any) -> None:
        if text in self.found:
            return
        self.found[text] = _tensor(self.name, text, result)
        if self.ends and len(self.found) == len(self.layers):
            raise Seen

    @property
    def tensors(self) -> list[Tensor]:
        """In the order in which the layers are named, in float32. Raises RunError for a layer that was not called."""
        for text in self.layers:
            if text not in self.found:
                raise RunError(
                    "config-mismatch",
                    f"`{self.name}` did not call its layer `{text}`, so that there is nothing of it to show",
                    help="name a layer that every call goes through, such as a whole block",
                )
        return [self.found[text].float() for text in self.layers]


@contextmanager
def watching(name: str, module: nn.Module, layers: Sequence[str]) -> Iterator[Watched]:
    """Looks into the layers of a module, called `name`, while it is called. Raises RunError for a layer that it has not."""
    watched = Watched(name, module, layers, ends=not now().keeps)
    with ExitStack() as stack:
        for owner in dict.fromkeys(o for layer in watched.layers.values() for o in _around(module, layer)):
            if owner._compiled_call_impl is not None:
                _replace(stack, owner, None)
        for text, layer in watched.layers.items():
            _look(stack, module, layer, partial(watched.saw, text))
        with suppress(Seen):
            yield watched


def _around(module: nn.Module, layer: str) -> list[nn.Module]:
    """The modules that a layer lies in."""
    parts = layer.split(".")
    return [module, *(module.get_submodule(".".join(parts[:k])) for k in range(1, len(parts)))]


def _look(stack: ExitStack, module: nn.Module, layer: str, saw: Callable[[Any], None]) -> None:
    """Has what a layer gives told to `saw`, until the stack is left."""
    held = module.get_submodule(layer)
    compiled = held._compiled_call_impl
    if compiled is None:
        handle = held.register_forward_hook(lambda *call: saw(call[-1]))
        stack.callback(handle.remove)
        return

    def call(*args: Any, **kwargs: Any) -> Any:
        result = compiled(*args, **kwargs)
        saw(result)
        return result

    _replace(stack, held, call)


def _replace(stack: ExitStack, module: nn.Module, call: Callable[..., Any] | None) -> None:
    before = module._compiled_call_impl
    module._compiled_call_impl = call
    stack.callback(setattr, module, "_compiled_call_impl", before)


def _layer(name: str, module: nn.Module, text: str) -> str:
    shown = shown_layer(text)
    weights = [n for n, _ in module.named_parameters()]
    found = layer_called(shown.path, weights) if shown is not None else None
    if found is None:
        raise RunError(
            "bad-setting",
            f"`{name}` has no layer `{text}`",
            help=layers_like(shown.path, weights) if shown is not None else "",
        )
    return found


def _tensor(name: str, text: str, result: Any) -> Tensor:
    """The tensor that a layer is asked for: of several the first, or the one of the number that stands behind its name."""
    shown = shown_layer(text)
    assert shown is not None
    if isinstance(result, Mapping):
        result = tuple(result.values())
    given = result if isinstance(result, (tuple, list)) else (result,)
    found = given[shown.entry] if shown.entry < len(given) else None
    if not isinstance(found, Tensor):
        tensors = [k for k, x in enumerate(given) if isinstance(x, Tensor)]
        raise RunError(
            "type-mismatch",
            f"layer `{text}` of `{name}` gives no tensor at place {shown.entry}",
            help=" or ".join(f"`{shown.path}[{k}]`" for k in tensors) + " is one"
            if tensors
            else "name another layer",
        )
    return found
