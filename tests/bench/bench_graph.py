"""How long the drawing of a large program takes: fusions of its plan, the document with every pass, its JSON, the page and
the still layout, for 1, 10 and 50 updates of bench_compile's program (an update has about 60 nodes).

Run by hand: `python tests/bench/bench_graph.py`. By the processor's time, in turn over the lengths.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench_compile import program
from harness import Candidate, Measured, Table, interleaved, processor, record

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.graph.document import to_json
from fdc.compiler.graph.formats import to_html
from fdc.compiler.graph.program import document
from fdc.compiler.graph.still.svg import to_svg
from fdc.compiler.passes.fusion.fuse import fuse

COUNTS = (1, 10, 50)
PATH = Path(__file__).with_name("many.fdl")  # not there: the text is made
PARTS = ("fuse", "document", "json", "page", "svg")


def measured(rounds: int, counts: Sequence[int] = COUNTS) -> dict[str, list[Measured]]:
    """Times of each part by count of updates, and under "nodes" how many nodes the plan has."""
    made: dict[str, list[Candidate]] = {part: [] for part in PARTS}
    for n in counts:
        checked = check_source(Source("many.fdl", program(n), PATH), PATH)
        (typed,) = checked.programs
        done = compile(typed, "bench")
        plan = next(r.before for r in done.records if r.name == "fuse")
        drawn = document(typed, done.records, checked.files, done.text)
        print(n, sum(1 for f in plan.functions for _ in f.graph.walk()), "nodes", file=sys.stderr)
        made["fuse"].append(Candidate(str(n), lambda p=plan: fuse(p)))
        made["document"].append(
            Candidate(str(n), lambda t=typed, d=done, c=checked: document(t, d.records, c.files, d.text))
        )
        made["json"].append(Candidate(str(n), lambda d=drawn: to_json(d)))
        made["page"].append(Candidate(str(n), lambda d=drawn: to_html(d)))
        made["svg"].append(Candidate(str(n), lambda d=drawn: to_svg(d)))
    meter = processor()
    return {part: interleaved(candidates, rounds, meter) for part, candidates in made.items()}


def table(found: dict[str, list[Measured]]) -> Table:
    """Medians in ms."""
    names = [m.name for m in found[PARTS[0]]]
    rows = [
        [n, *(f"{1000 * found[part][k].spread.median:.1f}" for part in PARTS)] for k, n in enumerate(names)
    ]
    raw = {k: {m.name: m.seconds for m in v} for k, v in found.items()}
    return Table("From plan to picture", ["updates", *(f"{part} ms" for part in PARTS)], rows, (), raw)


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(given).rounds
    print(record("bench_graph", [table(measured(rounds))], given).markdown())


if __name__ == "__main__":
    main()
