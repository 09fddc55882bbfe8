"""The table of families: each checks, trains, makes samples, loads as diffusers does, exports, and counts.

Run by hand: `python tests/bench/families.py [FAMILY ...]`, minutes a family. It writes the rows of these families into
`grammar/families/README.md`, and a sheet of the samples of each into `grammar/pictures/`. Nothing is written of a family of
which something fails.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))

import family_trials
import torch
from harness import version
from paths import ROOT
from references.cases import Case, all_cases

from fdc.compiler.driver.pipeline import check

TABLE = ROOT / "grammar" / "families" / "README.md"
PICTURES = ROOT / "grammar" / "pictures"
STEPS = 60
HEAD = """# Families

What each family does at its tiny size, in float32 on a processor. Made by `python tests/bench/families.py`; a family that
does not reach 1e-4 has no row.

`discriminators` has no row: diffusers has no class like its own.

* **trains**: with `programs/FAMILY_METHOD.fdl`, by how many standard errors the mean of the last ten losses lies below
  that of the first ten, on the same draws.
* **stages, sample**: a checkpoint of diffusers' own classes, loaded by fdc; the largest difference of a stage from the class
  called with tensors, and of a whole guided sample from the pipeline's on the same noise.
* **export**: the same after fine-tuning, of what the run left, read again by the pipeline's class.
* **counts**: parameters at the published sizes, on the meta device, as they were published.

| family | checks | trains: finetune, dmd2 | stages | sample | export | samples | counts | seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def row(name: str, case: Case) -> str:
    """The cells of a family, or of a variant of it. Raises AssertionError where something does not hold."""
    start = time.perf_counter()
    path = ROOT / "families" / case.family / f"{case.family}.fdl"
    assert not check(path).diagnostics
    falls = {m: family_trials.trained(case, m, STEPS) for m in ("finetune", "dmd2")}
    for method, found in falls.items():
        assert not found.untouched, found.untouched
        assert all(found.fall(n) > 3 for n in case.losses[method]), (method, found.losses)
    fallen = ", ".join(f"{min(f.fall(n) for n in case.losses[m]):.1f}" for m, f in falls.items())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ran = family_trials.ran(case, "finetune", folder, "train.steps=60", "validate.every=60")
        assert ran.moved
        loaded = family_trials.compared(case, folder / "checkpoint")
        assert max(loaded.worst, ran.export.worst) <= 1e-4, (loaded, ran.export)
        sheet = f"{case.family}_{case.variant}.png"
        (made,) = (ran.folder / "samples" / "step-60").glob("sheet.png")
        shutil.copyfile(made, PICTURES / sheet)
    counted = _counted(case)
    cells = (
        f"[{name}]({case.family}.md)",
        "yes",
        fallen,
        f"{max(loaded.stages.values()):.1e}",
        f"{max(loaded.sample.values()):.1e}",
        f"{ran.export.worst:.1e}",
        f"[sheet](../pictures/{sheet})",
        "<br>".join(counted),
        f"{time.perf_counter() - start:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _counted(case: Case) -> list[str]:
    said = []
    for variant, wanted in case.counts.items():
        assert family_trials.counts(case, variant) == wanted
        said += [f"{variant}.{component} {number:,}" for component, number in wanted.items()]
    return said


def written(rows: Mapping[str, str]) -> str:
    """The page with these rows, and those of other families as they were."""
    old = TABLE.read_text("utf-8").splitlines() if TABLE.exists() else []
    kept = {line[3:].partition("]")[0]: line for line in old if line.startswith("| [")}
    every = {**kept, **rows}
    return HEAD + "\n".join(every[n] for n in sorted(every)) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    cases = all_cases()
    parser.add_argument("family", nargs="*", choices=[*cases, []], default=[])
    chosen = parser.parse_args().family or list(cases)
    torch.set_num_threads(1)
    print(", ".join(f"{n} {version(n)}" for n in ("torch", "diffusers", "transformers")))
    for name in chosen:
        line = row(name, cases[name])
        print(line)
        TABLE.write_text(written({name: line}), "utf-8")


if __name__ == "__main__":
    main()
