"""What a typing rule is, and what rules of all kinds ask of the types of their inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...base.frozen import struct
from ...types.dims import Dim
from ..graph import BATCH, Array, Fields, Function, Host, Many, Node, Type
from ..text import type_text

ONE = Dim.of(1)
ROW = Array((BATCH,))
TEXTS = Array((BATCH,), "str")
NUMBERS = frozenset({"int", "float", "bool"})


class TypeMismatch(Exception):
    """A type that a rule does not allow: of which value, what it must be, and what it is."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(f"{what}: expected {expected}, found {found}")


@struct
class Environment:
    """What is around a node: the plan's functions, the types of its batch and states, the declared types of the
    parameters of the function or loop that the node stands in, and the function's declared result."""

    functions: Mapping[str, Function]
    batch: Fields
    states: Mapping[str, Type]
    parameters: Mapping[int, Type]
    result: Type | None = None


Rule = Callable[[Node, Sequence[Type], Environment], Type]


def same(what: str, expected: Type, found: Type) -> None:
    """Raises `TypeMismatch` if two types are not equal."""
    if expected != found:
        raise TypeMismatch(what, type_text(expected), type_text(found))


def require_number(what: str, type: Type) -> None:
    """Raises `TypeMismatch` unless the type is a tensor of numbers, or a number."""
    numbers = isinstance(type, Host) and type.kind in NUMBERS
    if not numbers and not (isinstance(type, Array) and type.dtype != "str"):
        raise TypeMismatch(what, "a tensor or a number", type_text(type))


def shape_of(node: Node) -> tuple[Dim, ...]:
    """The dims that a node states, without that of samples."""
    shape = node["shape"]
    assert isinstance(shape, tuple)
    return tuple(map(Dim.of, shape))


def require_time(what: str, type: Type, widest: Type = ROW) -> None:
    """A time is a number, or a tensor of one number or one a sample; or as the `widest` that may stand here."""
    number = isinstance(type, Host) and type.kind in NUMBERS
    if not number and not (isinstance(type, Array) and type in (Array(()), ROW, widest)):
        raise TypeMismatch(what, f"a number, f32[] or {type_text(widest)}", type_text(type))


def require_host(kind: str, what: str, type: Type) -> None:
    """Raises `TypeMismatch` unless the type is a number or text of Python of this kind."""
    if type != Host(kind):
        raise TypeMismatch(what, kind, type_text(type))


def item_of(what: str, type: Type) -> Type:
    """The type of a list's items."""
    if not isinstance(type, Many):
        raise TypeMismatch(what, "a list", type_text(type))
    return type.item
