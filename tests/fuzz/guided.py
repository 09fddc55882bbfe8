"""Inputs that reach new lines of the checker, found by atheris, where it is installed (it is no dependency of the tests).

`python -m fuzz.guided FOUND SEEDS... -max_total_time=600`, in the folder `tests`, with libFuzzer's own options. New inputs
are kept in the folder FOUND, what does not hold is told and kept in FOUND/problems, and the search goes on.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["fdc.compiler", "fdc.grammar"], enable_loader_override=False):
    from . import inputs, judge

MOST = 20_000
"""Bytes of an input."""
PROBLEMS: set[str] = set()


def one_input(data: bytes) -> None:
    digest = sha256(data).hexdigest()
    given = judge.Input("guided", data, inputs.TESTS / "accepted")
    verdict = judge.judge(given, thorough=int(digest[0], 16) == 0)
    if verdict.problem and verdict.problem not in PROBLEMS:
        PROBLEMS.add(verdict.problem)
        kept = Path(sys.argv[1]) / "problems" / f"{digest[:12]}.fdl"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(data)
        print(f"{kept}: {verdict.problem}", flush=True)


def changed(data: bytes, most: int, seed: int) -> bytes:
    """A step from one input to the next: words or pieces exchanged, or bytes as libFuzzer does it."""
    rng = Random(seed)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    match rng.randrange(8) if text else 7:
        case 0 | 1 | 2:
            text = inputs.with_tokens_changed(rng, text)
        case 3 | 4 | 5:
            text = inputs.with_pieces_changed(rng, text)
        case 6:
            text = inputs.with_pieces_changed(rng, rng.choice(inputs.seeds())[1])
        case _:
            return bytes(atheris.Mutate(data, most))
    return text.encode("utf-8", "replace")[:most]


if __name__ == "__main__":
    kept = f"-artifact_prefix={sys.argv[1]}/"
    atheris.Setup([*sys.argv, f"-max_len={MOST}", kept], one_input, custom_mutator=changed)
    atheris.Fuzz()
