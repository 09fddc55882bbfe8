"""Messages are pinned: garble a word of any one of them, and what is printed about some refused program is another text.

`garbling.messages` finds every message of the packages. The programs that may print one are those whose `.err` has its fixed
text; `pytest -m long tests/check/test_messages.py` garbles each message, the default suite a few of them.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from functools import cache

import pytest
from garbling import Message, messages, plain, rendered_in
from paths import REFUSED, SUPPORT
from refused import NAMES

SEED = 11
UNPINNED = TESTED_ELSEWHERE = frozenset()


@cache
def reports() -> dict[str, str]:
    return {name: plain((REFUSED / f"{name}.err").read_text()) for name in NAMES}


def programs_with(message: Message) -> list[str]:
    return [name for name, text in reports().items() if rendered_in(message, text)]


def garbled(chosen: list[Message]) -> list[str]:
    """The messages that can be garbled although nothing fails."""
    orders = [(f"{m.file}#{m.number}", programs_with(m)) for m in chosen]
    done = subprocess.run(
        [sys.executable, str(SUPPORT / "garbling.py")], input=json.dumps(orders), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-4000:]
    expected = [[(REFUSED / f"{name}.err").read_text() for name in names] for _, names in orders]
    return [m.name for m, now, before in zip(chosen, json.loads(done.stdout), expected) if now == before]
