"""Documents of `fdc-graph/1` by hand, for tests of the page: a step with a loop and a kernel, and hostile names."""

from __future__ import annotations

import json
from typing import Any

HOSTILE = "</script><script>document.title='broken'</script><img src=x onerror=document.title='broken'>"
TURNED = "\u202eabc\u202c \u2067right\u2069 <!-- & \u2028 'quoted' \"twice\" -->"
DIMS = [["b", "2"], ["c", "16"], ["", "8"]]


def port(name: str, side: str, quantity: str = "clean", **more: Any) -> dict[str, Any]:
    plain = {
        "type": "f32",
        "space": "toy",
        "dims": DIMS,
        "dtype": "f32",
        "sigma": "",
        "words": f"{quantity} of {name}",
    }
    return {"name": name, "side": side, "quantity": quantity, **plain, **more}


def node(id: str, kind: str, title: str, ports: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    place = {"file": "toy.fdl", "line": 2, "end": 2, "text": "x = draw()"}
    plain = {
        "note": "",
        "lane": "data",
        "parent": None,
        "trains": False,
        "frozen": False,
        "tape": True,
        "shared": False,
        "hoisted": False,
        "doc": "",
        "trace": [place],
        "plan_line": 2,
        "formula": "",
        "cost": None,
        "plan": [],
        "change": "",
    }
    return {"id": id, "kind": kind, "title": title, "ports": ports, **plain, **more}


def edge(source: str, target: str, **more: Any) -> dict[str, Any]:
    (a, out), (b, into) = source.split("."), target.split(".")
    plain = {"label": "clean", "quantity": "clean", "gradient": False, "back": False, "change": ""}
    ends = {"source": a, "source_port": out, "target": b, "target_port": into}
    return {"id": f"{source}>{target}", **ends, **plain, **more}


def step(name: str = "toy", doc: str = "What the toy does.") -> dict[str, Any]:
    """Two passes of one update: a draw, a rollout with a carried state, a frozen judge, a loss; the second has a kernel."""
    nodes = [
        node("x", "draw", f"x ~ {name}", [port("x", "out", "noise")], tape=False),
        node("loop", "loop", "3 rounds", [port("x", "out")], lane="student", tape=False),
        node(
            "kept", "state", "x", [port("start", "in"), port("next", "in"), port("x", "out")], parent="loop"
        ),
        node(
            "go",
            "stage",
            "student.x0",
            [port("x", "in"), port("x0", "out")],
            parent="loop",
            lane="student",
            trains=True,
        ),
        node("more", "op", "x0 + 1", [port("x0", "in"), port("x", "out")], parent="loop", lane="student"),
        node(
            "last",
            "stage",
            "student.x0",
            [port("x", "in"), port("x0", "out")],
            lane="student",
            trains=True,
            doc=doc,
        ),
        node("judge", "stage", "teacher.x0", [port("x", "in"), port("x0", "out")], lane="teacher",
             frozen=True, tape=False),
        node("less", "op", "x0 - real", [port("a", "in"), port("b", "in"), port("d", "out", "difference")]),
        node(
            "mse",
            "loss",
            f"loss {name}",
            [port("d", "in", "difference"), port("flow", "out", "number")],
            formula="mse(d)",
        ),
        node("end", "result", "student", [port("student", "in", "number")], lane="student", note="is trained"),
    ]  # fmt: skip
    edges = [
        edge("x.x", "kept.start"),
        edge("kept.x", "go.x"),
        edge("go.x0", "more.x0"),
        edge("more.x", "kept.next", back=True),
        edge("loop.x", "last.x"),
        edge("last.x0", "judge.x"),
        edge("last.x0", "less.a", gradient=True),
        edge("judge.x0", "less.b"),
        edge("less.d", "mse.d", gradient=True, quantity="difference"),
        edge("mse.flow", "end.student", gradient=True, quantity="number"),
    ]
    line = {"file": "toy.fdl", "line": 3, "end": 3, "text": f"loss {name} = mse(x0 - real)"}
    kernel = {
        "id": "k0",
        "kernel": f"fused_{name}",
        "nodes": ["less", "mse"],
        "bytes_saved": 12_000_000,
        "formula": "mse(x0 - real)",
        "source": f"d = x0 - real  # {name}",
        "lines": [line],
    }
    refused = {"nodes": ["last", "less"], "reason": f"a call of {name} stands between them", "lines": []}
    plain: dict[str, Any] = {"words": "", "passes": [], "edges": edges, "groups": [], "refused": []}
    after = [{**n, "shared": True} if n["id"] == "judge" else n for n in nodes]
    role = {"variant": "", "init": "", "averages": [], "parameters": 1_300_000_000, "bytes": None}
    return {
        "schema": "fdc-graph/1",
        "program": name,
        "kind": "program",
        "doc": doc,
        "sizes": {"b": 2, "c": 16},
        "trained": ["student"],
        "roles": [
            {"name": "student", "family": name, "train": "full", **role},
            {"name": "teacher", "family": "toy", "train": "frozen", **role},
        ],
        "sources": {"toy.fdl": f"## {doc}\nx = draw()\nloss {name} = mse(x0 - real)\n"},
        "plan": f"# {name}\nx = draw()\n",
        "legend": [{"quantity": q, "words": f"{q} in words"} for q in ("clean", "noise", "difference", "number")],
        "graphs": [
            {
                "id": "update_student",
                "kind": "update",
                "title": "update student",
                "every": "every 5 steps",
                "trains": ["student"],
                "losses": [
                    {"name": name, "weight": "0.5", "normaliser": "mean", "node": "mse", "trains": ["student"]}
                ],
                "roles": [{"role": "teacher", "forwards": "1", "backwards": False, "flops": 2_000_000, "bytes": None}],
                "snapshots": [
                    {**plain, "pass": "lowered", "nodes": nodes},
                    {**plain, "pass": "fuse", "nodes": after, "groups": [kernel], "refused": [refused]},
                ],
            },
            {
                "id": "sample",
                "kind": "validation",
                "title": "validation",
                "every": "every 200 steps",
                "trains": [],
                "losses": [],
                "roles": [],
                "snapshots": [{**plain, "pass": "lowered", "nodes": nodes[:1], "edges": []}],
            },
        ],
        "diagnostics": [
            {
                "severity": "warning",
                "code": "toy-warning",
                "message": f"this is {doc}",
                "help": "leave it",
                "file": "toy.fdl",
                "line": 2,
                "node": "update_student/judge",
            }
        ],
        "run": {"steps": [1, 2, 3], "losses": {f"student.{name}": [3.0, None, 1.25]}, "step_time": [0.5, 0.4, 0.4]},
        "compared_with": "",
    }  # fmt: skip


def large(count: int) -> dict[str, Any]:
    """A step of about `count` nodes: loops of twenty, one after the other, over four lanes."""
    made = step()
    nodes, edges = [node("x", "draw", "x", [port("x", "out", "noise")])], []
    before = "x.x"
    for k in range(count // 20):
        nodes.append(node(f"l{k}", "loop", f"loop {k}", [port("x", "out")], lane=f"role{k % 4}"))
        for j in range(19):
            nodes.append(
                node(
                    f"l{k}n{j}",
                    "stage" if j % 5 == 0 else "op",
                    f"step {k}.{j}",
                    [port("a", "in"), port("b", "in"), port("x", "out")],
                    parent=f"l{k}",
                    lane=f"role{k % 4}",
                )
            )
            edges.append(edge(before if j == 0 else f"l{k}n{j - 1}.x", f"l{k}n{j}.a"))
            if j > 3:
                edges.append(edge(f"l{k}n{j - 3}.x", f"l{k}n{j}.b"))
        before = f"l{k}.x"
    snapshot = {
        "pass": "lowered",
        "words": "",
        "passes": [],
        "nodes": nodes,
        "edges": edges,
        "groups": [],
        "refused": [],
    }
    made["graphs"][0]["snapshots"] = [snapshot]
    return made


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)
