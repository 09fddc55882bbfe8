"""Every family has a page of the guide, made from its file as it is now."""

from __future__ import annotations

import pytest

from fdc.grammar import family_pages


@pytest.mark.parametrize("name", family_pages.names())
def test_the_page_is_made_from_the_family_as_it_is(name: str) -> None:
    found = family_pages.PAGES / f"{name}.md"
    assert found.exists() and found.read_text("utf-8") == family_pages.page(name), (
        "`python -m fdc.grammar.family_pages` writes it anew"
    )


def test_no_page_is_of_a_family_that_is_gone() -> None:
    pages = {p.stem for p in family_pages.PAGES.glob("*.md")} - {"README"}
    assert pages == set(family_pages.names())
