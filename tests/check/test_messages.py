"""Messages are pinned: garble a word of any message of the checker, and what is printed about a refused program differs.

`garbling.messages` finds the messages. The programs that may print one are those whose `.err` (or the titles of whose edits)
has its fixed text. `pytest -m long tests/check/test_messages.py` garbles each message, the default suite a few of them.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import astuple
from functools import cache

import pytest
from generated.garbling import Message, messages, plain, rendered_in
from paths import GOLDEN, REFUSED, SUPPORT
from refused import NAMES

SEED = 11
NOT_PRINTED = {
    # `reveal` answers a question: no program is refused for it
    "its dims are ",
    "it is made of ",
    # of a family in a file of its own, beside its list of layers: `fdc check` of that family prints the rest
    "named here",
}
"""Messages of `check/` without a mark in what is printed about the refused programs, by text."""


@cache
def reports() -> dict[str, str]:
    return {name: f"{text}{titles}" for name, (text, titles) in pinned().items()}


@cache
def pinned() -> dict[str, tuple[str, str]]:
    """The `.err` of each program, and the titles of its edits."""
    titles = dict.fromkeys(NAMES, "")
    for line in (GOLDEN / "titles_of_edits.txt").read_text().splitlines(keepends=True):
        titles[line.partition(":")[0]] += line
    return {name: ((REFUSED / f"{name}.err").read_text(), titles[name]) for name in NAMES}


@cache
def searched() -> dict[str, str]:
    return {name: plain(text) for name, text in reports().items()}


def programs_with(message: Message) -> list[str]:
    return [name for name, text in searched().items() if rendered_in(message, text)]


def told(work: str, given: object) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-m", "generated.garbling", work],
        cwd=SUPPORT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def survivors(chosen: list[Message]) -> list[str]:
    """The messages that can be garbled without any difference in what is printed."""
    orders = [(astuple(m), {name: reports()[name] for name in programs_with(m)}) for m in chosen]
    return [chosen[n].name for n in told("survivors", orders)]


all_messages = cache(messages)


def of_check() -> list[Message]:
    return [m for m in all_messages() if m.file.startswith("check/")]


def to_be_printed() -> list[Message]:
    return [m for m in of_check() if m.text not in NOT_PRINTED]


@pytest.mark.slow
def test_every_message_of_the_checker_is_printed_about_a_refused_program() -> None:
    printed = {all_messages()[n] for n in told("marked", NAMES)}
    assert [(m.name, m.text) for m in to_be_printed() if m not in printed] == []
    exceptions = {m.text for m in of_check()} & NOT_PRINTED
    assert exceptions == NOT_PRINTED, "the messages are gone: so are their exceptions"


@pytest.mark.slow
def test_garbled_messages_are_noticed() -> None:
    assert survivors(random.Random(SEED).sample(to_be_printed(), 20)) == []


def test_a_garbled_message_that_nobody_pins_is_found() -> None:
    """The test above can fail: without a program, nothing differs."""
    first = of_check()[0]
    lost = Message(first.file, first.number, first.line, ("no such words in any report",))
    assert survivors([lost]) == [lost.name]


@pytest.mark.long
def test_each_message_garbled_is_noticed() -> None:
    assert survivors(to_be_printed()) == []
