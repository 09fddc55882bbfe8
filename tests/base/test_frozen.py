"""`@struct` behaves as `@dataclass(frozen=True)` does, in all that fdc relies on."""

from __future__ import annotations

import dataclasses

import pytest

from fdc.compiler.base.frozen import GENERIC, FrozenError, field, fields, mutable, replace, struct


@struct
class Point:
    """A place."""

    x: int
    y: int = 2
    seen: list[int] = field(default_factory=list, compare=False, repr=False)

    @property
    def total(self) -> int:
        return self.x + self.y


@struct
class Place(Point):
    name: str = ""


@struct(eq=False)
class Thing:
    x: int


@struct
class Named:
    """A class with methods of its own keeps them."""

    x: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "named"


def test_fields_and_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(x=1, y=5).total) == (1, 2, 6)
    assert Point(1).seen == [] and Point(1).seen is not Point(1).seen
    assert [f.name for f in dataclasses.fields(Place)] == ["x", "y", "seen", "name"]
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Point(1, z=2)  # type: ignore[call-arg]


def test_equality_and_hashes_are_those_of_the_compared_fields() -> None:
    assert Point(1, 2, [3]) == Point(1, 2, [4]) and hash(Point(1, 2, [3])) == hash(Point(1, 2))
    assert Point(1) != Point(2) and Point(1) != (1, 2)
    assert Place(1, name="a") != Point(1) and Place(1, name="a") == Place(1, name="a") != Place(1, name="b")
    one = Thing(1)
    assert one == one and one != Thing(1) and hash(one) != hash(Thing(1))
    assert Named(1) == Named(2) and hash(Named(1)) == 7 and repr(Named(1)) == "named"


def test_nothing_can_be_assigned_or_deleted() -> None:
    point = Point(1)
    with pytest.raises(FrozenError):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(FrozenError):
        del point.y
    assert point == Point(1)


@mutable
class Counter:
    count: int = 0
    seen: list[int] = field(default_factory=list)


def test_the_compiled_constructor_does_what_the_general_one_does() -> None:
    @struct
    class Pair:
        first: int
        second: int = 2
        rest: list[int] = field(default_factory=list)

    general = Pair.__init__
    made = [Pair(i, second=i) for i in range(2 * GENERIC)]
    assert Pair.__init__ is not general
    assert [(p.first, p.second, p.rest) for p in made] == [(i, i, []) for i in range(2 * GENERIC)]
    assert len({id(p.rest) for p in made}) == len(made)
    for wrong in (
        lambda: Pair(),
        lambda: Pair(1, third=3),
        lambda: Pair(1, first=1),
        lambda: Pair(1, 2, [], 4),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_arguments_that_a_new_class_refuses() -> None:
    for wrong in ((), (1, 2, [], "name", 5)):
        with pytest.raises(TypeError):
            Place(*wrong)
    with pytest.raises(TypeError):
        Point(1, x=2)  # type: ignore[misc]


def test_a_mutable_record_equals_only_itself() -> None:
    one, other = Counter(), Counter()
    one.count += 1
    assert (one.count, other.count) == (1, 0) and one.seen is not other.seen
    assert one != other and len({one, other}) == 2


def test_a_default_that_can_change_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @struct
        class Bad:
            seen: list[int] = []  # noqa: RUF012


def test_replace_match_and_show() -> None:
    assert replace(Point(1), y=9) == dataclasses.replace(Point(1), y=9) == Point(1, 9)
    assert list(fields(Place)) == ["x", "y", "seen", "name"]
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 2, "seen": []}
    match Place(1, 2, name="here"):
        case Place(x, y, name=name):
            assert (x, y, name) == (1, 2, "here")
    assert repr(Point(1, 2, [3])) == "Point(x=1, y=2)"
    assert Point.__doc__ == "A place."
