"""`--set`: what it writes, which of two it keeps, what it says of a path or a value that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.modules.overrides import BadOverride, apply
from fdc.compiler.report.render import render

TEXT = """import mini
import finetune

program tune {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini("weights") { train = full }
  data clips = shapes("data/shapes", count = 10) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-4)
  train { steps = 100, batch = 2 }
}
"""
SOURCE = Source("tune.fdl", TEXT)


def changed(*options: str) -> str:
    return apply(SOURCE, options)[0].text


def told(*options: str) -> str:
    found = check_source(SOURCE, Path("tune.fdl"), options).diagnostics
    return render(found, "text", False, 100)


def test_the_later_of_two_for_one_entry_wins() -> None:
    assert changed("train.steps=7", "train.batch=4", "train.steps=9") == changed(
        "train.batch=4", "train.steps=9"
    )
    assert "steps = 9" in changed("train.steps=7", "train.steps=9")
    assert changed("mesh.shard=2", "mesh.shard=1").count("shard") == 1
    assert "lr = 3e-4" in changed("optimize.student.lr=2e-4", "tune.optimize.student.lr=3e-4")


def test_products_are_changed_by_their_settings() -> None:
    text = TEXT.split("  use ")[0] + '  produce a = student.sample(batch) to shards("a") { count = 9 }\n}\n'
    source = Source("tune.fdl", text)
    for option in ("produce.count=2", "produce.a.count=2", "tune.produce.count=2"):
        assert "{ count = 2 }" in apply(source, (option,))[0].text
    with pytest.raises(BadOverride, match="or `--set produce"):
        apply(source, ("count=2",))


def test_a_block_is_added_to_programs_that_train() -> None:
    product = TEXT[TEXT.index("program") :].split("  use ")[0].replace("tune", "shown")
    source = Source(
        "tune.fdl", TEXT + product + '  produce a = student.sample(batch) to shards("a") { count = 9 }\n}\n'
    )
    for option in ("train.steps=7", "checkpoint.every=5"):
        tune, shown = apply(source, (option,))[0].text.split("program shown")
        assert option.split("=")[1] in tune and "train {" not in shown and "checkpoint" not in shown
    assert (
        "checkpoint every 5" in apply(source, ("shown.checkpoint.every=5",))[0].text.split("program shown")[1]
    )


def test_a_call_over_several_lines() -> None:
    """A comma may stand behind its last argument, and what a source begins with has no name."""
    shapes = 'shapes("data/shapes", count = 10)'
    lines = 'mix(\n    [folder("a")],\n    buckets = auto,\n  )'
    source = Source("tune.fdl", TEXT.replace(shapes, lines))
    text = apply(source, ('data.folders=[folder("b")]', "data.buckets=[sizes(F = 1)]"))[0].text
    assert 'mix(\n    [folder("b")],\n    buckets = [sizes(F = 1)],\n  )' in text
    source = Source("tune.fdl", TEXT.replace(shapes, 'folder(\n    "a",\n  )'))
    assert 'folder(\n    "a", fps = 8,\n  )' in apply(source, ("data.fps=8",))[0].text


def test_right_overrides_check_clean() -> None:
    assert (
        told("train.steps=7", "sizes.H=32", "student.precision=f32", "data.count=3", "checkpoint.every=5")
        == ""
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("steps=1", "does not say of which block `steps` is; did you mean `--set train.steps=1`?"),
        ("F=8", "did you mean `--set sizes.F=8`?"),
        ("lr=1e-5", "did you mean `--set optimize.student.lr=1e-5`?"),
        ("times=uniform(0, 0.5)", "did you mean `--set use.times=uniform(0, 0.5)`?"),
        ("seed=3", "did you mean `--set data.seed=3` or `--set train.seed=3`?"),
        ("nothing=3", "it is of the form block.entry=value"),
        ("train.steps", "is not of the form block.entry=value"),
        ("trian.steps=3", "did you mean `train`?"),
        ("validate.count=3", "no program here has `validate`"),
        ("train.steps=3)", "`--set train.steps=3)`: "),
    ],
)
def test_a_path_that_leads_nowhere(option: str, said: str) -> None:
    with pytest.raises(BadOverride) as e:
        apply(SOURCE, (option,))
    assert said in str(e.value)


@pytest.mark.parametrize(
    "option",
    [
        "train.steps=0",
        "train.stepz=1",
        "sizes.H=17",
        "student.train=ful",
        "optimize.student.lr=-1",
        "use.times=3",
        "mesh.shard=3",
    ],
)
def test_an_error_in_what_was_written_says_so(option: str) -> None:
    assert f"= note: written by `--set {option}`" in told(option)
    assert "can be fixed" not in told(option), "an edit would be of what the file does not hold"


def test_an_error_elsewhere_does_not() -> None:
    broken = Source("tune.fdl", TEXT.replace("lr = 1e-4", "lr = -1"))
    found = check_source(broken, Path("tune.fdl"), ("train.steps=5", "checkpoint.every=2")).diagnostics
    assert [d.code for d in found] == ["bad-setting"] and found[0].facts == ()
