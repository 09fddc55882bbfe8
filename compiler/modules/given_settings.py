"""What stands in an entry of a settings block, before it is known whether it may."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.frozen import field, struct

NOTHING = frozenset({"none", "None", "null", "nil", "off", "no", "false", "False"})
"""Words for a setting that is not to be; where its default is nothing, it is left out."""


@struct
class Word:
    """A bare name, such as `full` or `cosine`."""

    name: str


@struct
class SettingCall:
    """A word with arguments, such as `lora(rank = 16)`."""

    name: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)


class Opaque:
    """A value known only at run time: an expression of `step`, say."""

    def __init__(self, value: object) -> None:
        self.value = value


@struct
class Unquoted:
    """A path without its quotes: letters, dots and slashes, of which no name is known."""

    text: str


UNITS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3600}
"""Seconds, by the words for times."""


@struct
class Duration:
    """A time, such as `30 min`, as it is written and in seconds."""

    text: str
    seconds: float

    def __str__(self) -> str:
        return self.text


class Faulty:
    """A value in which an error was reported already."""
