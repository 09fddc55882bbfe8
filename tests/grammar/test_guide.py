"""The guide is true: its programs check as it says, its messages are the checker's, its tables name every setting."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from paths import ROOT

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.modules import settings
from fdc.compiler.report.render import render
from fdc.compiler.syntax.formatter import format

GUIDE = ROOT / "grammar" / "guide.md"
FENCE = re.compile(r"^```(\w*)(?: error=([\w-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WIDTH = 100


@dataclass(frozen=True)
class Block:
    line: int
    text: str
    error: str | None
    message: str | None


def blocks() -> list[Block]:
    """The guide's programs; a wrong one is followed by the message that it gives."""
    text = GUIDE.read_text("utf-8")
    fences = list(FENCE.finditer(text))
    found = []
    for at, following in zip(fences, [*fences[1:], None]):
        if at[1] == "fdl":
            next_ = following[3] if following is not None and following[1] == "text" else None
            found.append(Block(text.count("\n", 0, at.start()) + 2, at[3], at[2], next_ if at[2] else None))
    return found


BLOCKS = blocks()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: f"line {b.line}")
def test_programs(block: Block) -> None:
    source = Source("example.fdl", block.text)
    found = check_source(source, GUIDE.with_name("example.fdl")).diagnostics
    if block.error is None:
        assert [(d.code, d.message) for d in found] == []
        assert format(source) == block.text
    else:
        assert [d.code for d in found] == [block.error]
        assert block.message == render(found, "text", False, WIDTH).rstrip("\n") + "\n"


def test_there_are_programs_of_both_kinds() -> None:
    assert sum(b.error is None for b in BLOCKS) >= 6
    assert len({b.error for b in BLOCKS if b.error}) >= 8


def test_every_fence_is_closed_and_known() -> None:
    text = GUIDE.read_text("utf-8")
    assert text.count("\n```") == 2 * len(FENCE.findall(text))
    assert {at[1] for at in FENCE.finditer(text)} <= {"", "fdl", "text", "python"}


def test_the_tables_name_every_setting() -> None:
    text = GUIDE.read_text("utf-8")
    data, chosen = (
        text[text.index(f"\n## {head}") : text.index(f"\n## {next_}")]
        for head, next_ in (("7. Data", "8. Settings"), ("8. Settings", "9. Precision"))
    )
    blocks = {**settings.BLOCKS, "lora": settings.ARGUMENTS["lora"], "average": settings.ARGUMENTS["average"]}
    for name, entries in blocks.items():
        where = data if name in settings.SOURCES else chosen
        wanted = {*entries, name} - {"path", "role", "every"}
        assert {word for word in wanted if not re.search(rf"\b{word}\b", where)} == set(), name


def test_links_within_the_page() -> None:
    text = GUIDE.read_text("utf-8")
    heads = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ")).strip().lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    assert {m[1] for m in re.finditer(r"\]\(#([^)]+)\)", text)} <= heads
    for m in re.finditer(r"\]\(([^)#:]+)\)", text):
        assert (GUIDE.parent / m[1]).is_file()
