"""The refused programs, `tests/programs/refused/TOPIC/NAME.fdl`: what each expects, and what is printed about it.

A program's first line says the code and the line of its diagnostic, `# expect: CODE on line N` (`or M` where two lines are
right, `of FILE` for another file, `, CODE on line N` for each further diagnostic); `# incident: ...` below it is what
happened to somebody. `NAME.err` is what `fdc check TOPIC/NAME.fdl` prints in the folder `refused`.
"""

from __future__ import annotations

import re

import pytest
from paths import REFUSED

from fdc.compiler.cli.main import main

PROGRAMS = sorted(p for p in REFUSED.glob("*/*.fdl") if p.parent.name != "parts")
NAMES = [p.relative_to(REFUSED).with_suffix("").as_posix() for p in PROGRAMS]
ONE = r"([\w-]+) on line (\d+)(?: or (\d+))?(?: of ([\w./]+))?"
EXPECT = re.compile(rf"# expect: ({ONE}(?:, {ONE})*)\n(# incident: \S.*\n)?")
TOLD = re.compile(r"^(error|warning|info)\[([\w-]+)\]: .*(?:\n    .*)*\n +--> (.+):(\d+):\d+$", re.MULTILINE)


def expected(text: str, name: str = "") -> list[tuple[str, str, set[int]]]:
    """The code of each diagnostic, and the file and the lines where it may be."""
    head = EXPECT.match(text)
    assert head is not None, "the first line says what is expected"
    return [
        (code, file or f"{name}.fdl", {int(n) for n in lines if n})
        for code, *lines, file in re.findall(ONE, head[1])
    ]


def printed(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, int]:
    """What `fdc check` prints about a program, and its status."""
    for variable in ("FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(REFUSED)  # checkpoints and data sets are looked for in the working folder
    status = main(["check", f"{name}.fdl"])
    out, err = capsys.readouterr()
    assert err == ""
    return out, status


def told(text: str) -> list[tuple[str, str, str, int]]:
    """Severity, code, file and line of each diagnostic of a report."""
    return [(m[1], m[2], m[3], int(m[4])) for m in TOLD.finditer(text)]
