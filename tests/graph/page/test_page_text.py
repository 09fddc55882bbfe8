"""The page as text: nothing in a program can end an element of it, and its policy lets only its own script run."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from graph_documents import HOSTILE, TURNED, step, text

from fdc.compiler.graph.page import browser
from fdc.compiler.graph.page.browser import NotRendered, render
from fdc.compiler.graph.page.page import HERE, SCRIPTS, to_page


def test_only_what_the_page_brings_may_run() -> None:
    page = to_page(text(step()), "toy")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; ")
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        (body,) = re.findall(f"<{element}>(.*?)</{element}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert not re.search(r"\b(?:src|href)=|@import|url\(|unsafe", page.replace("<noscript>", ""))
    assert [a for a in re.findall(r"https?://[^\s\"'<]+", page) if a != "http://www.w3.org/2000/svg"] == []


@pytest.mark.parametrize("name", [HOSTILE, TURNED, "]]>", "${x}`\\"])
def test_no_name_ends_the_data(name: str) -> None:
    document = step(name, doc=name)
    page = to_page(text(document), name)
    (data,) = re.findall(r'<script type="application/json" id="graph">(.*?)</script>', page, re.S)
    assert json.loads(data) == document
    assert not set(data) & {"<", ">", "&", "\u2028", "\u2029"}
    assert page.count("<script") == 2 and page.count("</script>") == 2


def test_every_script_is_part_of_the_page() -> None:
    assert {p.name for p in HERE.glob("*.js")} == set(SCRIPTS)


def test_where_no_browser_is_a_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FDC_BROWSER", "no-such-browser")
    assert browser.found() is None
    with pytest.raises(NotRendered, match=r"a \.png is drawn by a browser, and none is found here: install"):
        render("", "png")
