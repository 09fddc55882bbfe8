"""`@struct`: a frozen dataclass that is cheap to make.

`dataclass(frozen=True)` compiles six functions a class, half a millisecond each on a common machine, and
`fdc check` imports over a hundred such classes before it reads a word. Here one function is compiled, the
constructor; the others are shared and read the names of the fields. `fields`, `replace` and `match` work as usual.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, FrozenInstanceError
from typing import Any, TypeVar, dataclass_transform, overload

Class = TypeVar("Class", bound=type)


@overload
def struct(cls: Class) -> Class: ...
@overload
def struct(*, eq: bool) -> Any: ...


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def struct(cls: Any = None, *, eq: bool = True) -> Any:
    """Makes a class's annotations the fields of its frozen instances; without `eq`, an instance equals only itself."""
    if cls is None:
        return lambda cls: _made(cls, eq)
    return _made(cls, eq)


def _made(cls: Any, eq: bool) -> Any:
    cls.__doc__ = cls.__doc__ or ""  # dataclass would write a signature, which takes as long as all the rest
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(cls)
    cls.__init__ = _constructor(fields)
    cls.__setattr__, cls.__delattr__ = _set, _delete
    cls.__shown__ = tuple(f.name for f in fields if f.repr)
    given = cls.__dict__
    if "__repr__" not in given:
        cls.__repr__ = _shown
    if eq:
        cls.__compared__ = tuple(f.name for f in fields if f.compare)
        cls.__eq__, cls.__hash__ = given.get("__eq__", _equal), given.get("__hash__") or _hash
    return cls


def _constructor(fields: tuple[dataclasses.Field[Any], ...]) -> Any:
    names: dict[str, Any] = {"absent": MISSING}
    head, body = ["self"], []
    for f in fields:
        value = f.name
        if f.default is not MISSING:
            names[f"default_{f.name}"] = f.default
            head.append(f"{f.name}=default_{f.name}")
        elif f.default_factory is not MISSING:
            names[f"make_{f.name}"] = f.default_factory
            head.append(f"{f.name}=absent")
            value = f"make_{f.name}() if {f.name} is absent else {f.name}"
        else:
            head.append(f.name)
        body.append(f"_own[{f.name!r}] = {value}")
    exec("\n  ".join([f"def __init__({', '.join(head)}):", "_own = self.__dict__", *body]), names)
    return names["__init__"]


def _set(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return all(getattr(self, n) == getattr(other, n) for n in self.__compared__)


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, n) for n in self.__compared__]))


def _shown(self: Any) -> str:
    return f"{self.__class__.__qualname__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self.__shown__)})"
