"""Two mistakes in two blocks of a program give exactly the two reports that each gives alone."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

UPDATES = """import mini

program tune {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini("a") { train = full }
  role teacher = mini("b")
  role critic = mini("c") { train = full }
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  param scale = 2.0
  graph mixed(x0, eps, t) { return student.noisy(x0, eps, t) }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = mixed(x0, eps, t)
    c = student.cond(batch)
    loss flow = scale*mse(student.predict(xt, t, c), eps - x0)
  }
  update critic every 2 {
    z0 = critic.clean(batch)
    s ~ uniform(0, 1)
    e ~ noise[critic]
    zs = critic.noisy(z0, e, s)
    d = critic.cond(batch)
    loss teach = mse(critic.x0(zs, s, d), stop(teacher.x0(zs, s, d)))
  }
  optimize student = adamw(lr = 1e-4)
  optimize critic = adamw(lr = 1e-4)
  train { steps = 100, batch = 2 }
  validate every 50 { sample = student.sample(steps = 4) }
  checkpoint every 50
  track tensorboard
}
""".replace("checkpoint every 50\n", "checkpoint every 50 { keep = 2 }\n")

USE = """import mini
import "./pair.fdl"

program tune {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini("a") { train = full }
  role teacher = mini("b")
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  use pair(student, teacher) { scale = 2.0, steps = 3 }
  optimize student = adamw(lr = 1e-4)
  train { steps = 100, batch = 2 }
  validate every 50 { sample = student.sample(steps = 4), prompts = ["a"] }
  mesh { shard = 1 }
}
"""

PAIR = """method pair(student, teacher) {
  param scale = 1.0
  param steps = 4
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = scale*steps*mse(student.x0(xt, t, student.cond(batch)), stop(teacher.x0(xt, t, teacher.cond(batch))))
  }
}
"""

INSIDE = """import mini

program tune {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini("a") { train = full }
  role teacher = mini("b")
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    s ~ uniform(0, 1)
    eps ~ noise[student]
    z ~ noise[student]
    xt = student.noisy(x0, eps, t)
    xs = student.noisy(x0, z, s)
    c = student.cond(batch)
    u = teacher.cond(batch)
    loss flow = mse(student.predict(xt, t, c), eps - x0)
    loss again = mse(student.velocity(xs, s, c), z - x0, weight = 1 + s.sigma)
    loss near = mse(student.x0(xt, t, c), teacher.x0(xt, t, u))
  }
  optimize student = adamw(lr = 1e-4)
  train { steps = 100, batch = 2 }
}
"""

# by block: what is written in place of what
MISTAKES = {
    INSIDE: {
        "flow": [
            ("eps - x0)", "z - x0)"),
            ("eps - x0)", "2*x0)"),
            ("predict(xt, t", "predict(xt, s"),
            ("predict(xt, t, c)", "predict(xt, t)"),
            ("mse(student.predict", "msee(student.predict"),
        ],
        "again": [
            ("z - x0,", "eps - x0,"),
            ("1 + s.sigma", "1 + t.sigma"),
            ("z - x0,", "x0 - z,"),
            ("velocity(xs, s, c)", "velocity(xs, s, cc)"),
        ],
        "near": [
            ("student.x0(xt, t, c)", "student.eps(xt, t, c)"),
            ("teacher.x0(xt, t, u)", "teacher.eps(xt, t, u)"),
            ("u = teacher.cond", "u = teacher.uncond"),
            ("teacher.x0(xt, t, u)", "teechr.x0(xt, t, u)"),
        ],
    },
    UPDATES: {
        "sizes": [
            ("H = 16", "H = 17"),
            ("F = 4, ", ""),
            ("W = 16", "W = sixteen"),
            ("F = 4,", "F = 4 frames,"),
            ("sizes { F = 4, H = 16, W = 16 }\n", ""),
        ],
        "data": [
            ("folder(", "foldr("),
            ('"data/clips"', "data/clips"),
            ("prompt: str", "prompt: strr"),
            ("video: pixels", "video: wave"),
            ('  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }\n', ""),
        ],
        "student": [
            ('mini("a")', "mini(1)"),
            ("train = full }\n  role teacher", "train = ful }\n  role teacher"),
            ("train = full }\n  role teacher", "train = full, precision = fp8 }\n  role teacher"),
            ("train = full }\n  role teacher", "train = lora }\n  role teacher"),
        ],
        "teacher": [('mini("b")', 'minni("b")'), ('mini("b")', 'mini.tiny("b")'), ('mini("b")', '"b"')],
        "param": [("scale = 2.0", "scale: int = 2.0"), ("scale = 2.0", "scale = doubl")],
        "graph": [("return student.noisy(x0, eps, t)", "return student.noisy(x0, t, eps)")],
        "critic's update": [
            ("d = critic.cond(batch)", "d = critic.cond(batch, 3)"),
            ("every 2", "every 0"),
            ("z0 = critic.clean(batch)", "z0 = critic.cleann(batch)"),
        ],
        "optimize": [
            ("student = adamw(lr = 1e-4)", "student = adamw(lr = -1)"),
            ("student = adamw(lr = 1e-4)", "student = sgdd(lr = 1e-4)"),
            ("  optimize critic = adamw(lr = 1e-4)\n", ""),
        ],
        "train": [
            ("steps = 100", "num_epochs = 100"),
            ("batch = 2", "batch = 0"),
            ("  train { steps = 100, batch = 2 }\n", ""),
        ],
        "validate": [("sample(steps = 4)", "sample(stepps = 4)"), ("every 50 { sample", "every 0 { sample")],
        "checkpoint": [("keep = 2", "keeep = 2")],
        "track": [("tensorboard", "tensorbord")],
    },
    USE: {
        "sizes": [("H = 16", "H = 17"), ("F = 4, ", "")],
        "data": [("folder(", "foldr("), ("prompt: str", "prompt: strr")],
        "student": [("train = full", "train = full, precision = fp8"), ('mini("a")', 'minii("a")')],
        "teacher": [('mini("b")', 'minii("b")')],
        "use": [
            ("pair(student, teacher)", "pair(teacher, student)"),
            ("pair(student, teacher)", "pair(student, student)"),
            ("pair(student, teacher)", "pair(student, techer)"),
            ("pair(student, teacher)", "pear(student, teacher)"),
            ("scale = 2.0", "scael = 2.0"),
            ("steps = 3", 'steps = "3"'),
        ],
        "optimize": [("lr = 1e-4", "lr = -1"), ("adamw", "adamv")],
        "train": [("steps = 100", "num_epochs = 100"), ("batch = 2", "batch = two")],
        "validate": [("sample(steps = 4)", "sampel(steps = 4)"), ('["a"]', "[]")],
        "mesh": [("shard = 1", "shards = 1")],
    },
}
NOT_INDEPENDENT = {("sizes", "data"), ("student", "use"), ("teacher", "use"), ("student", "validate")}
"""Blocks of which one names what the other declares."""


def pairs() -> list[tuple[str, tuple[str, str], tuple[str, str]]]:
    found = []
    for text, blocks in MISTAKES.items():
        for a, b in combinations(blocks, 2):
            if (a, b) not in NOT_INDEPENDENT:
                found += [(text, x, y) for x in blocks[a] for y in blocks[b]]
    return found


@pytest.fixture
def found(tmp_path: Path) -> Found:
    return Found(tmp_path)


class Found:
    """What is found in a program with edits made, without the places: another line may have moved them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, list[tuple[str, str]]] = {}
        (folder / "pair.fdl").write_text(PAIR)

    def __call__(self, text: str, *edits: tuple[str, str]) -> list[tuple[str, str]]:
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        if text not in self.known:
            checked = check_source(Source("tune.fdl", text), self.folder / "tune.fdl")
            self.known[text] = sorted((d.code, d.message) for d in checked.diagnostics)
        return self.known[text]


def test_each_mistake_alone_gives_one_error(found: Found) -> None:
    assert all(found(text) == [] for text in MISTAKES)
    alone = {
        (text, edit): found(text, edit)
        for text, b in MISTAKES.items()
        for edits in b.values()
        for edit in edits
    }
    assert {edit: told for (_, edit), told in alone.items() if len(told) != 1} == {}


@pytest.mark.slow
def test_two_mistakes_give_both_errors_and_no_other(found: Found) -> None:
    tried = pairs()
    assert len(tried) > 400
    wrong = []
    for text, a, b in tried:
        if found(text, a, b) != sorted([*found(text, a), *found(text, b)]):
            wrong.append((a, b, found(text, a, b), found(text, a), found(text, b)))
    assert wrong == []
