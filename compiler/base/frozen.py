"""`@struct` and `@mutable`: dataclasses that are cheap to make.

`fdc check` imports over a hundred record classes before it reads a word. `dataclasses` itself takes a sixth of a short
check to import, and compiles six functions a class. Here nothing is compiled for a class until it has had `GENERIC`
instances, equality and hashes go through one C function, and `match` works as usual. `fields`, `replace` and the rest of
the standard `dataclasses` work on instances too, and are imported when they are first used on one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

Class = TypeVar("Class", bound=type)
Record = TypeVar("Record")

GENERIC, WIDE = 40, 16
"""Instances that a class makes with the general constructor before one of its own is compiled, and the fields of one for
which that would take longer than it saves."""


class _Missing:
    """No default."""


MISSING = _Missing()


class FrozenError(AttributeError):
    """A field of a frozen record was assigned to or deleted."""


class Field:
    """What `field` says of a field beside its type."""

    __slots__ = ("compare", "default", "default_factory", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, repr: bool, compare: bool) -> None:
        self.name = ""
        self.default, self.default_factory = default, default_factory
        self.repr, self.compare = repr, compare


def field(
    *, default: Any = MISSING, default_factory: Any = MISSING, repr: bool = True, compare: bool = True
) -> Any:
    """A field with a default made for each instance, or one that is not compared or not shown."""
    return Field(default, default_factory, repr, compare)


def fields(record: Any) -> Mapping[str, Field]:
    """The fields of a record or its class by their names, in order."""
    found: Mapping[str, Field] = record.__fields__
    return found


def replace(record: Record, **changes: Any) -> Record:
    """The same record with other values for some fields."""
    cls: Any = record.__class__
    own = record.__dict__
    for name in cls.__match_args__:
        if name not in changes:
            changes[name] = own[name]
    made: Record = cls(**changes)
    return made


@overload
def struct(cls: Class) -> Class: ...
@overload
def struct(*, eq: bool) -> Any: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def struct(cls: Any = None, *, eq: bool = True) -> Any:
    """Makes a class's annotations the fields of its frozen instances; without `eq`, an instance equals only itself."""
    if cls is None:
        return lambda cls: _made(cls, eq, True)
    return _made(cls, eq, True)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable(cls: Class) -> Class:
    """Makes a class's annotations the fields of its instances, which may be assigned to; each equals only itself."""
    made: Class = _made(cls, False, False)
    return made


def _made(cls: Any, eq: bool, frozen: bool) -> Any:
    given = cls.__dict__
    found: dict[str, Field] = dict(getattr(cls, "__fields__", ()))
    for name, annotation in given.get("__annotations__", {}).items():
        if not str(annotation).startswith("ClassVar"):
            found[name] = _field(cls, name, given.get(name, MISSING))
    cls.__fields__ = found
    cls.__match_args__ = tuple(found)  # type: ignore[misc]
    cls.__dataclass_fields__ = _STANDARD
    cls.__init__ = _general(cls, found)
    if frozen:
        cls.__setattr__, cls.__delattr__ = _set, _delete
    if "__repr__" not in given:
        cls.__repr__ = _shown
    if eq:
        compared = [f.name for f in found.values() if f.compare]
        cls.__compared__ = attrgetter(*compared) if compared else _nothing
        cls.__eq__, cls.__hash__ = given.get("__eq__", _equal), given.get("__hash__") or _hash
    return cls


def _field(cls: Any, name: str, default: Any) -> Field:
    """A field as its class declares it; a plain default stays readable on the class."""
    made = default if isinstance(default, Field) else Field(default, MISSING, True, True)
    made.name = name
    if isinstance(made.default, (list, dict, set)):
        raise ValueError(f"{cls.__name__}.{name}: a default that can change needs a `default_factory`")
    if made.default is not MISSING:
        setattr(cls, name, made.default)
    elif name in cls.__dict__:
        delattr(cls, name)
    return made


def _general(cls: Any, found: Mapping[str, Field]) -> Callable[..., None]:
    """A constructor that serves any class. It is slower than a compiled one, which takes its place after a while unless
    the class is wide.
    """
    names = tuple(found)
    defaults = {f.name: f.default for f in found.values() if f.default is not MISSING}
    missing = tuple((f.name, f.default_factory) for f in found.values() if f.default is MISSING)
    left = GENERIC if len(names) <= WIDE else -1

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0 or len(args) > len(names):
            compiled = _compiled(found)
            if cls.__dict__.get("__init__") is __init__:
                cls.__init__ = compiled
            compiled(self, *args, **named)
            return
        own = self.__dict__
        own.update(defaults)
        own.update(zip(names, args))
        for name in named:
            if name not in found or name in names[: len(args)]:
                wrong = "got several values for" if name in found else "takes no"
                raise TypeError(f"{cls.__name__}() {wrong} argument {name!r}")
        own.update(named)
        for name, make in missing:
            if name not in own:
                if make is MISSING:
                    raise TypeError(f"{cls.__name__}() is missing the argument {name!r}")
                own[name] = make()

    return __init__


def _compiled(found: Mapping[str, Field]) -> Any:
    names: dict[str, Any] = {"absent": MISSING}
    head, body = ["self"], ["_own = self.__dict__"]
    for f in found.values():
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
    exec("\n  ".join([f"def __init__({', '.join(head)}):", *body]), names)
    return names["__init__"]


class _Standard:
    """The fields as `dataclasses` describes them: made, and kept on the class, when somebody asks."""

    def __get__(self, record: object, cls: Any) -> dict[str, Any]:
        import dataclasses

        shape = [(f.name, object, dataclasses.field(**_options(f))) for f in cls.__fields__.values()]
        made: dict[str, Any] = dataclasses.fields(
            dataclasses.make_dataclass(cls.__name__, shape, kw_only=True)
        )  # type: ignore[assignment]
        cls.__dataclass_fields__ = {f.name: f for f in made}  # type: ignore[attr-defined]
        found: dict[str, Any] = cls.__dataclass_fields__
        return found


def _options(f: Field) -> dict[str, Any]:
    options: dict[str, Any] = {"repr": f.repr, "compare": f.compare}
    if f.default is not MISSING:
        options["default"] = f.default
    if f.default_factory is not MISSING:
        options["default_factory"] = f.default_factory
    return options


_STANDARD = _Standard()


def _set(self: Any, name: str, value: object) -> None:
    raise FrozenError(f"cannot assign to field {name!r}")


def _delete(self: Any, name: str) -> None:
    raise FrozenError(f"cannot delete field {name!r}")


def _nothing(self: Any) -> tuple[()]:
    return ()


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = self.__class__.__compared__
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(self.__class__.__compared__(self))


def _shown(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in self.__fields__.values() if f.repr)
    return f"{self.__class__.__qualname__}({shown})"
