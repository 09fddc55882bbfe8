"""Emitted modules kept on disk, under a key of the graph they were made from, the passes, versions and device.

An entry is one JSON file with its key in clear and a hash of its text. It is written aside and renamed, so that two
processes may write the same one; one that is damaged is made anew. A folder that cannot be written is no error: nothing
is kept then. Reading an entry takes a quarter of the time that the passes and the emitter take. What Triton makes of the
kernels lies in Triton's own cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

from ..base import terminal
from ..base.source import Source, Span, save
from ..ir.graph import Graph, Plan, Type

Key = Mapping[str, str]


def folder() -> Path:
    """`$FDC_CACHE`, or `fdc` in the user's cache folder."""
    given = os.environ.get("FDC_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fdc"


def versions(device: str) -> Key:
    """What a module depends on beside its graph: Python, libraries, fdc's own code, and the device."""
    package = Path(__file__).parents[2]
    code = [
        (str(p.relative_to(package)), (stat := p.stat()).st_size, stat.st_mtime_ns)
        for part in ("compiler", "stages")
        for p in sorted((package / part).rglob("*.py"))
    ]
    return {
        "fdc": f"{terminal.version()} {_hash(repr(code))[:16]}",
        "python": platform.python_version(),
        **{name: _version(name) for name in ("torch", "triton")},
        "device": device,
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def kept(at: Path, key: Key, make: Callable[[], str], tell: Callable[[str], None]) -> str:
    """The text for a key: read, or made and written. `tell` is told of an entry that was damaged."""
    path = at / "builds" / f"{_hash(json.dumps(dict(key), sort_keys=True))}.json"
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        text = entry["text"]
        if entry["key"] == dict(key) and entry["sha256"] == _hash(text):
            return str(text)
        tell(f"{path} is damaged; it is made anew")
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, KeyError):
        tell(f"{path} cannot be read; it is made anew")
    text = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, json.dumps({"key": dict(key), "sha256": _hash(text), "text": text}, indent=1))
    except OSError:
        pass  # it is made again the next time
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(plan: Plan) -> str:
    """A hash of everything in a plan that its module is made from, the texts that it names lines of included."""
    sources: dict[int, Source] = {}
    types: dict[Type, str] = {}

    def place(span: Span) -> tuple[str, int, int]:
        sources.setdefault(id(span.source), span.source)
        return span.source.path, span.start, span.end

    def shown(type: Type) -> str:
        if type not in types:
            types[type] = repr(type)
        return types[type]

    def graph(g: Graph) -> object:
        return (
            [
                (
                    (n.id, n.op, n.inputs, shown(n.type), n.attributes, n.name, n.hint, n.grad),
                    [place(s) for s in n.spans],
                    [place(s) for s in n.trace],
                    graph(n.body) if n.body is not None else None,
                )
                for n in g.nodes
            ],
            g.parameters,
            g.outputs,
        )

    made = [
        (
            (f.name, f.kind, f.parameters, f.about, f.roles, f.every, f.role, f.frozen, f.identity),
            (f.stage, f.stage_kind, place(f.span)),
            graph(f.graph),
        )
        for f in plan.functions
    ]
    texts = sorted((s.path, s.text) for s in sources.values())
    return _hash(repr((plan.program, plan.path, plan.digest, plan.dims, plan.training, made, texts)))
