"""How `fdc check` grows with the length of a file.

Run by hand: `python -m checks.long`. Each run is a process of its own, the lengths in turn, so that all meet the
same load; medians are compared. Two kinds of file: one of many methods, each with its program, as a large project in one
file would be, and one of a single update that goes on and on, as a generator might write it.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from itertools import count
from pathlib import Path
from statistics import median

from harness import process_seconds, version

LENGTHS = (1_000, 3_000, 10_000)
PART = """
## One of many.
method m{i}(student, teacher) {{
  param times = shifted(uniform(0, 1), 3.0)
  param scale: float = 3.5

  graph noised(batch, x0, t) {{
    eps ~ noise[student]
    return student.noisy(x0, eps, t)
  }}

  update student {{
    x0 = student.clean(batch)
    t ~ times
    xt = noised(batch, x0, t)
    c = student.cond(batch)
    real = guide(teacher.x0(xt, t, c), teacher.x0(xt, t, teacher.uncond(batch)), scale)
    grad = (student.x0(xt, t, c) - real) / mean(abs(x0 - real), per = sample)
    loss near = mse(student.x0(xt, t, c), stop(real))
    loss moved = 0.5*mse(x0, stop(x0 - grad))
  }}
}}

program p{i} {{
  sizes {{ F = 17, H = 128, W = 128 }}
  role student = wan.t2v_1_3b("checkpoints/{i}") {{ train = full }}
  role teacher = wan.t2v_1_3b("checkpoints/t{i}")
  data clips = folder("data/clips") {{ prompt: str, video: pixels[b, 3, F, H, W] }}
  use m{i}(student, teacher) {{ scale = {i}.5 }}
  optimize student = adamw(lr = 1e-5)
  train {{ steps = 1000, batch = 8 }}
}}
"""
ROUND = """
    t{i} ~ uniform(0, 1)
    eps{i} ~ noise[student]
    xt{i} = student.noisy(x0, eps{i}, t{i})
    mixed{i} = 0.25*x0 + 0.75*eps{i}
    kept{i} = student.x0(xt{i}, t{i}, c)
    loss flow{i} = mse(student.predict(xt{i}, t{i}, c), student.target(x0, eps{i}, t{i}))
    loss near{i} = mse(0.5*kept{i} + 0.5*eps{i}, mixed{i} + 0.25*(x0 - eps{i}), weight = 0.1)
"""


def many_programs(lines: int) -> str:
    """Methods and programs up to about so many lines."""
    parts = ["import wan\n"]
    for i in count():
        parts.append(PART.format(i=i))
        if sum(p.count("\n") for p in parts) >= lines:
            return "".join(parts)
    raise AssertionError


def one_update(lines: int) -> str:
    """A single update of about so many lines."""
    rounds = "".join(ROUND.format(i=i) for i in range(lines // ROUND.count("\n")))
    body = f"\n    x0 = student.clean(batch)\n    c = student.cond(batch)\n{rounds}"
    head, _, tail = PART.format(i=0).partition("  use ")
    program = head[head.index("program") :]
    update = f"  update student {{{body}  }}\n"
    rest = tail[tail.index("\n") + 1 :]
    program = program.replace('  role teacher = wan.t2v_1_3b("checkpoints/t0")\n', "")
    return f"import wan\n\n{program}{update}{rest}"


KINDS = {"many programs": many_programs, "one update": one_update}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"Python {platform.python_version()}, fdc {version('fdc')}, {runs} runs")
    with tempfile.TemporaryDirectory() as folder:
        files: dict[tuple[str, int], Path] = {}
        for kind, make in KINDS.items():
            for lines in LENGTHS:
                files[kind, lines] = Path(folder) / f"{make.__name__}_{lines}.fdl"
                files[kind, lines].write_text(make(lines), "utf-8")
        times: dict[tuple[str, int], list[float]] = {key: [] for key in files}
        alone: list[float] = []
        for _ in range(runs):
            alone.append(process_seconds((sys.executable, "-c", "pass")))
            for key, path in files.items():
                times[key].append(
                    process_seconds((sys.executable, "-m", "fdc.compiler.cli.main", "check", str(path)))
                )
        print(f"{'':<16}{'lines':>8}{'median s':>10}{'least':>8}{'ms a line':>11}")
        print(f"{'python alone':<16}{'':>8}{median(alone):>10.3f}{min(alone):>8.3f}")
        for (kind, _), found in times.items():
            lines = files[kind, _].read_text("utf-8").count("\n")
            middle = median(found)
            print(f"{kind:<16}{lines:>8}{middle:>10.2f}{min(found):>8.2f}{1000 * middle / lines:>11.3f}")


if __name__ == "__main__":
    main()
