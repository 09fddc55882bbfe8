"""How the time from text to plan grows with the number of updates: 1, 10 and 100 of one program, each with a
role of its own.

Run by hand: `python tests/bench/bench_compile.py`. Reading and checking the text (`check_source`) and the way from there
to an emitted module (`compile`) are timed apart, in turn over the lengths, by the processor's time. Linear means that an
update costs the same in all three rows, but for what a program costs without any: its family and its imports.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness import Candidate, Measured, Table, interleaved, processor, record, spread

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile

COUNTS = (1, 10, 100)
PATH = Path(__file__).with_name("many.fdl")  # not there: the text is made
HEAD = """import wan

program many {
  sizes { F = 17, H = 128, W = 128 }
  role teacher = wan.tiny(tiny(seed = 1000))
  role critic = wan.tiny(tiny(seed = 1001))
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  train { steps = 1000, batch = 8 }
"""
UPDATE = """
  role s{i} = wan.tiny(tiny(seed = {i})) {{ train = full }}
  optimize s{i} = adamw(lr = 1e-5)

  update s{i} {{
    x0 = s{i}.clean(batch)
    t ~ shifted(uniform(0, 1), 3.0)
    eps ~ noise[s{i}]
    xt = s{i}.noisy(x0, eps, t)
    made = s{i}.x0(xt, t, s{i}.cond(batch))
    real = guide(teacher.x0(xt, t, teacher.cond(batch)), teacher.x0(xt, t, teacher.uncond(batch)), {i} + 1.5)
    fake = critic.x0(xt, t, critic.cond(batch))
    grad = (fake - real) / mean(abs(made - real), per = sample)
    loss dmd = 0.5*mse(made, stop(made - grad))
  }}
"""


def program(updates: int) -> str:
    """A program of so many like updates, each of a role of its own."""
    return HEAD + "".join(UPDATE.format(i=i) for i in range(updates)) + "}\n"


def measured(rounds: int, counts: Sequence[int] = COUNTS) -> dict[str, list[Measured]]:
    """Times of both halves by count of updates."""
    checks, compiles = [], []
    for n in counts:
        source = Source("many.fdl", program(n), PATH)
        checked = check_source(source, PATH)
        if not checked.clean:
            raise ValueError([d.message for d in checked.diagnostics])
        (typed,) = checked.programs
        checks.append(Candidate(str(n), lambda s=source: check_source(s, PATH)))
        compiles.append(Candidate(str(n), lambda t=typed: compile(t, "bench")))
    meter = processor()
    return {
        "check": interleaved(checks, rounds, meter),
        "compile": interleaved(compiles, rounds, meter),
    }


def table(found: dict[str, list[Measured]]) -> Table:
    """Medians in ms; an update's share is what the row costs more than the first, by the updates that it has more."""
    header = [
        "updates",
        "check ms",
        "compile ms",
        "both ms",
        "quartiles",
        "both by updates",
        "an update more than in the first row",
    ]
    rows = []
    first: tuple[int, float] | None = None
    for a, b in zip(found["check"], found["compile"], strict=True):
        n = int(a.name)
        both = spread([x + y for x, y in zip(a.seconds, b.seconds, strict=True)])
        more = f"{1000 * (both.median - first[1]) / (n - first[0]):.2f}" if first else ""
        first = first or (n, both.median)
        ms = [f"{1000 * x:.1f}" for x in (a.spread.median, b.spread.median, both.median)]
        rows.append(
            [
                a.name,
                *ms,
                f"{1000 * both.q1:.1f} – {1000 * both.q3:.1f}",
                f"{1000 * both.median / n:.2f}",
                more,
            ]
        )
    raw = {k: {m.name: m.seconds for m in v} for k, v in found.items()}
    return Table("From text to plan", header, rows, (), raw)


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args(given).rounds
    print(record("bench_compile", [table(measured(rounds))], given).markdown())


if __name__ == "__main__":
    main()
