"""The refused programs, `tests/programs/refused/TOPIC/NAME.fdl`: what each expects, and what is printed about it.

A program's first line says the code and the line of its diagnostic, `# expect: CODE on line N` (`or M` where two lines are
right, `of FILE` for another file, `, CODE on line N` for each further diagnostic); `# incident: ...` below it is what
happened to somebody. `NAME.err` is what `fdc check TOPIC/NAME.fdl` prints in the folder `refused`.
"""

from __future__ import annotations

import contextlib
import io
import json
import re

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


def report(name: str) -> tuple[str, str]:
    """What `fdc check` prints about a program, and the titles of the edits on offer; to be called in `REFUSED`.

    There checkpoints and data sets are looked for, and from there paths are shown.
    """
    text = _output("check", f"{name}.fdl")
    if "can be fixed with" not in text.rpartition("\n\n")[2]:
        return text, ""
    found = json.loads(_output("check", f"{name}.fdl", "--format", "json"))["diagnostics"]
    return text, "".join(f"{name}: {fix['title']}\n" for d in found for fix in d["fixes"])


def _output(*command: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main(list(command))
    return out.getvalue()


def told(text: str) -> list[tuple[str, str, str, int]]:
    """Severity, code, file and line of each diagnostic of a report."""
    return [(m[1], m[2], m[3], int(m[4])) for m in TOLD.finditer(text)]
