"""The corpus of mistakes: each refused with one diagnostic, where and with the code that its first line says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from paths import MISTAKES

from fdc.compiler.driver.pipeline import check

PROGRAMS = sorted(MISTAKES.glob("*.fdl"))
HEAD = re.compile(r"# expect: ([\w-]+) on line (\d+)\n# incident: \S.*\n")
README = (MISTAKES / "README.md").read_text()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_a_mistake_is_refused_once_where_it_was_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MISTAKES)  # data sets are looked for in the working folder
    head = HEAD.match(path.read_text())
    assert head is not None, "the first two lines say what is expected, and what happened to somebody"
    found = check(path).diagnostics
    told = [(d.code, d.span.line, Path(d.span.source.path).name) for d in found]
    assert told == [(head[1], int(head[2]), path.name)], [d.message for d in found]
    assert found[0].severity != "info"
    d = found[0]
    assert d.help or d.labels or d.note or " must be " in d.message, "what is, what was expected, and why"


def test_the_corpus_is_large_and_every_program_stands_for_a_row() -> None:
    assert len(PROGRAMS) >= 80
    rows = README.partition("## Rows that no FDL program can make")[0]
    named = set(re.findall(r"`(\w+)`", rows.partition("| --- |")[2]))
    assert named == {p.stem for p in PROGRAMS}
