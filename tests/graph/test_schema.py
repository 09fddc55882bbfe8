"""The schema of `fdc graph --format json`: its page names every field, and one document is kept as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from paths import GOLDEN, LIBRARY, ROOT

from fdc.compiler.driver.notebook import graph
from fdc.compiler.graph import document
from fdc.compiler.graph.document import SCHEMA, to_json

PAGE = (ROOT / "compiler" / "graph" / "schema.md").read_text("utf-8")

TEXT, FLAG = {"type": "string"}, {"type": "boolean"}
COUNT, LINE = {"type": ["integer", "null"], "minimum": 0}, {"type": ["integer", "null"], "minimum": 1}
NAMES = {"type": "array", "items": TEXT}


def thing(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def many(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


PLACE = thing(file=TEXT, line=LINE, end=LINE, text=TEXT)
PORT = thing(
    name=TEXT, side={"enum": ["in", "out"]}, type=TEXT, space=TEXT,
    dims=many({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}),
    dtype=TEXT, quantity=TEXT, sigma=TEXT, words=TEXT,
)  # fmt: skip
COST = {"anyOf": [{"type": "null"}, thing(flops=COUNT, bytes=COUNT, parameters=COUNT, forwards=TEXT)]}
CHANGE = {"enum": ["", "added", "removed", "retyped"]}
KINDS = [
    "stage",
    "draw",
    "time",
    "data",
    "op",
    "loss",
    "result",
    "constant",
    "text",
    "loop",
    "state",
    "program",
]
NODE = thing(
    id=TEXT, kind={"enum": KINDS}, title=TEXT, note=TEXT, lane=TEXT, parent={"type": ["string", "null"]},
    ports=many(PORT), trains=FLAG, frozen=FLAG, tape=FLAG, shared=FLAG, hoisted=FLAG, doc=TEXT, trace=many(PLACE),
    plan_line=LINE, formula=TEXT, cost=COST, plan=many({"type": "integer"}), change=CHANGE,
)  # fmt: skip
EDGE = thing(
    id=TEXT, source=TEXT, source_port=TEXT, target=TEXT, target_port=TEXT, label=TEXT, quantity=TEXT, gradient=FLAG,
    back=FLAG, change=CHANGE,
)  # fmt: skip
KERNEL = thing(
    id=TEXT,
    kernel=TEXT,
    nodes=NAMES,
    bytes_saved={"type": "integer"},
    formula=TEXT,
    source=TEXT,
    lines=many(PLACE),
)
SNAPSHOT = {
    "type": "object",
    "required": ["pass", "words", "passes", "nodes", "edges", "groups", "refused"],
    "additionalProperties": False,
    "properties": {
        "pass": TEXT, "words": TEXT, "passes": NAMES, "nodes": many(NODE), "edges": many(EDGE), "groups": many(KERNEL),
        "refused": many(thing(nodes=NAMES, reason=TEXT, lines=many(PLACE))),
    },
}  # fmt: skip
GRAPH = thing(
    id=TEXT, kind={"enum": ["update", "validation", "produce", "stage-graph", "part", "overview"]}, title=TEXT,
    every=TEXT, trains=NAMES, snapshots=many(SNAPSHOT),
    losses=many(thing(name=TEXT, weight=TEXT, normaliser=TEXT, node=TEXT, trains=NAMES)),
    roles=many(thing(role=TEXT, forwards=TEXT, backwards=FLAG, flops=COUNT, bytes=COUNT)), program=TEXT,
)  # fmt: skip
DOCUMENT = thing(
    schema={"const": SCHEMA}, program=TEXT, kind={"enum": ["program", "method", "family", "file"]}, doc=TEXT,
    sizes={"type": "object", "additionalProperties": {"type": "integer"}}, trained=NAMES,
    roles=many(thing(
        name=TEXT, family=TEXT, variant=TEXT, train=TEXT, init=TEXT, averages=NAMES, parameters=COUNT, bytes=COUNT,
        program=TEXT,
    )),
    sources={"type": "object", "additionalProperties": TEXT}, plan={"type": ["string", "null"]},
    legend=many(thing(quantity=TEXT, words=TEXT)), graphs=many(GRAPH),
    diagnostics=many(thing(
        severity=TEXT, code=TEXT, message=TEXT, help=TEXT, file=TEXT, line=LINE, node={"type": ["string", "null"]}
    )),
    run={"type": "null"}, compared_with=TEXT,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wan_dmd2", "quickstart", "dmd2", "mini"])
def test_documents_are_of_the_schema(name: str) -> None:
    (path,) = [p for p in LIBRARY if p.stem == name]
    made = json.loads(to_json(graph(str(path)).document))
    jsonschema.validate(made, DOCUMENT)
    quantities = {w["quantity"] for w in made["legend"]}
    drawn = [s for g in made["graphs"] for s in g["snapshots"]]
    assert {e["quantity"] for s in drawn for e in s["edges"]} <= quantities
    assert {p["quantity"] for s in drawn for n in s["nodes"] for p in n["ports"]} - {""} <= quantities


def test_its_page_names_every_field() -> None:
    said = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", PAGE))))
    records = [c for c in vars(document).values() if isinstance(c, type) and hasattr(c, "__fields__")]
    named = {f.rstrip("_") for c in records for f in c.__fields__}
    assert records and named <= said, named - said


def test_one_document_is_as_it_was(
    golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "programs")
    golden(GOLDEN / "graph_produce_latents.json", to_json(graph("produce_latents.fdl").document))


def test_a_notebook_shows_the_page_in_a_frame() -> None:
    shown = graph("dmd2")._repr_html_()
    assert (
        shown.startswith("<iframe sandbox=")
        and "&lt;!doctype html&gt;" in shown.lower()
        and "<script" not in shown
    )
    with pytest.raises(ValueError, match="holds nothing to draw that is called none"):
        graph("dmd2", "none")
