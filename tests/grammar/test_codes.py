"""The pages of diagnostics: complete, current, and true of the checker."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from refused import PROGRAMS, expected

from fdc.compiler.base.diagnostics import ANSWERS, LINTS
from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check
from fdc.compiler.syntax.formatter import format
from fdc.grammar import codes
from fdc.grammar.codes import CODES, document, explain

EXPECTED = """
    syntax unknown-name duplicate-name unknown-import import-cycle unknown-parameter missing-argument
    type-mismatch
    dim-mismatch rank-mismatch not-divisible size-not-accepted dtype-mismatch
    space-mismatch quantity-mismatch sign-mismatch time-mismatch process-mismatch not-a-time time-shape
    noise-start top-level nonlinear-quantity target-unseen
    record-mismatch missing-condition pad-mismatch attention-grid
    no-gradient not-trainable no-optimizer never-updated unused-role rank-divergence
    unknown-setting bad-setting dead-setting lr-too-small mesh-mismatch data-mismatch not-run-yet missing-file
    config-mismatch
    redundant-stop unused-binding constant-loss asserted-quantity redundant-allow heaped-draws
    live-scalar moves-away live-target condition-mismatch unfitted-role score-sign unseen-levels late-start
    reveal
"""


def found(text: str, folder: Path, files: Mapping[str, str]) -> list[str]:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    path = folder / "example.fdl"
    path.write_text(text)
    return [d.code for d in check(path).diagnostics]


def test_every_code_has_a_page() -> None:
    assert list(CODES) == EXPECTED.split()
    assert set(codes.LINTS) == LINTS


@pytest.mark.parametrize("code", CODES)
def test_examples(code: str, tmp_path: Path) -> None:
    page = CODES[code]
    assert found(page.fixed, tmp_path, page.files) == []
    assert found(page.failing, tmp_path, page.files) == [code]


@pytest.mark.parametrize("code", [c for c in CODES if c not in ANSWERS])
def test_two_programs_or_more_reach_each_code(code: str) -> None:
    assert sum(code in {c for c, *_ in expected(p.read_text())} for p in PROGRAMS) >= 2


@pytest.mark.parametrize("code", CODES)
def test_examples_are_canonical(code: str) -> None:
    page = CODES[code]
    assert format(Source("example.fdl", page.fixed)) == page.fixed
    if code != "syntax":
        assert format(Source("example.fdl", page.failing)) == page.failing


def test_the_document_is_current() -> None:
    written = Path(codes.__file__).with_name("diagnostics.md").read_text("utf-8")
    assert written == document(), "run `python -m fdc.grammar.codes`"


def test_explain() -> None:
    page = explain("sign-mismatch")
    assert page is not None
    assert page.startswith("sign-mismatch: ")
    assert "x0 - eps" in page and "eps - x0" in page
    assert explain("no-such-code") is None
